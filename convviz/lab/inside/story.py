"""The shortcut story, of one network: what it says when a give-away is put on a picture, or exchanged; where it looks.

Source of the pointing game: Zhang, Bargal, Lin, Brandt, Shen and Sclaroff 2018, "Top-Down Neural Attention by Excitation
Backprop"; here a patch is what points, so that a map's peak covers as many cells as were covered to find it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import prod
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from convviz.geometry import GeometryError
from convviz.lab.data import NO_TAG, DataSettings, Pictures, draw
from convviz.lab.data.settings import DRAWN
from convviz.lab.inside.answer import Answer
from convviz.lab.inside.arguments import text, whole
from convviz.lab.inside.opened import MOST_MACS, Opened
from convviz.lab.inside.pictures import inputs_of
from convviz.lab.occlusion import occluded_scores
from convviz.lab.patches import positions_of

PATCH: Final = 4
"""Cells, either way, of what points."""
GREY: Final = 0.5
MOST_GAME: Final = 48
"""Pictures of one answer."""
EXAMPLE: Final = "example"
_EXAMPLE_CLASS, _EXAMPLE_GAP = "square", 8
"""The example is the first square with so many free cells, at least, between itself and its tag."""
_MOST: Final = 1200
"""Test pictures that are counted: half a second of one core, and as much again for each two tags."""
_FEW: Final = 24

Cells = NDArray[np.bool_]


class Counted(NamedTuple):
    """Shares of the test pictures that are taken for what they are, `without` a tag and `tagged` with their own."""

    without: float
    tagged: float
    pictures: int


class Swapped(NamedTuple):
    """Of the test pictures with each other class's tag, `followed` are taken for the class of the tag, `kept` for theirs."""

    followed: float
    kept: float
    pictures: int


class Played(NamedTuple):
    """One round of the pointing game: whether the peak touches the object and the tag, and how many places in all would."""

    hit: bool
    on_tag: bool
    chance: float
    chance_tag: float


def story(opened: Opened, arguments: Mapping[str, str]) -> Answer:
    """The answer to `story?picture=N`, N being a test picture's number or `example`.

    Raises `GeometryError` for a number of none, and for a run whose pictures are not drawn.
    """
    _require_drawn(opened)
    number = _number(opened, arguments)
    label = int(opened.tests.labels[number])
    tags = range(len(opened.kind.classes))
    without, *moved = (_drawn(opened.settings.data, number, label, tag) for tag in (NO_TAG, *tags))
    images = np.concatenate([without.images, *(each.images for each in moved)])
    plain, *tagged = _logits(opened, images)
    counted = opened.once("counted", lambda: count(opened))
    tensors = {
        "without": images[0],
        "tagged": images[1 + label],
        "moved": images[1:],
        "logits_without": plain,
        "logits_tagged": tagged[label],
        "logits_moved": np.stack(tagged),
        "object": _only(without.objects).astype(np.uint8),
        "tag": _only(moved[label].tags).astype(np.uint8),
    }
    told = {
        "number": number,
        "label": label,
        "accuracy": {"without": counted.without, "tagged": counted.tagged},
        "pictures": counted.pictures,
    }
    return Answer(tensors, told)


def swapped(opened: Opened, _: Mapping[str, str]) -> Answer:
    """The answer to `swapped`: what the network says of its test pictures with the tags of other classes.

    Asked apart from the story, for it takes more than twice as long. Raises `GeometryError` for a run whose pictures are not
    drawn.
    """
    return Answer({}, opened.once("swapped", lambda: swap(opened))._asdict())


def game(opened: Opened, arguments: Mapping[str, str]) -> Answer:
    """The answer to `game?from=0&count=24`: the pointing game, on those of so many test pictures that are recognised.

    `count` is told anew: a large network is asked about fewer at once. Raises `GeometryError` for numbers of no picture, and
    for a run of whose pictures nobody knows the cells of the objects.
    """
    objects = opened.tests.objects
    if objects is None:
        raise _refused(opened, "nobody knows which cells of its pictures belong to the object")
    of = len(opened.tests)
    first, wanted = whole(arguments, "from", 0, of - 1), whole(arguments, "count", 1, MOST_GAME)
    count = min(wanted, of - first, _affordable(opened))
    rounds = [each for number in range(first, first + count) if (each := play(opened, number))]
    sums = np.array(rounds, np.float64).reshape(-1, len(Played._fields)).sum(axis=0)
    hits, on_tag, chance, chance_tag = sums.tolist()
    told = {
        "from": first,
        "count": count,
        "right": len(rounds),
        "hits": int(hits),
        "on_tag": int(on_tag),
        "chance": chance,
        "chance_tag": chance_tag,
        "of": of,
    }
    return Answer({}, told)


def count(opened: Opened) -> Counted:
    """What a network says of its test pictures without a tag, and with their own.

    Raises `GeometryError` for a run whose pictures are not drawn.

    >>> from convviz.lab.inside.opened import opened as open_run
    >>> from convviz.lab.runs import shipped
    >>> counted = count(open_run(str(shipped()[0].folder), 0))
    >>> counted.without > 0.97, counted.tagged > 0.9
    (True, True)
    >>> count(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'settings'
    """
    _require_drawn(opened)
    labels = _labels(opened)
    without, tagged = (float(np.mean(_taken_for(opened, tags) == labels)) for tags in (np.full_like(labels, NO_TAG), labels))
    return Counted(without, tagged, len(labels))


def swap(opened: Opened) -> Swapped:
    """What a network says of its test pictures with the tag of each other class. Raises as `count` does.

    >>> from convviz.lab.inside.opened import opened as open_run
    >>> from convviz.lab.runs import shipped
    >>> swapped = swap(open_run(str(shipped()[0].folder), 0))
    >>> swapped.kept > 0.85, swapped.followed < 0.1
    (True, True)
    >>> swap(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'settings'
    """
    _require_drawn(opened)
    labels, classes = _labels(opened), len(opened.kind.classes)
    others = [(labels + apart) % classes for apart in range(1, classes)]
    said = [_taken_for(opened, tags) for tags in others]
    return Swapped(float(np.mean(np.equal(said, others))), float(np.mean(np.equal(said, labels))), len(labels))


def play(opened: Opened, number: int) -> Played | None:
    """The pointing game on a test picture whose object is known; None for one that is not recognised.

    The peak is where a grey patch of 4×4 cells makes the score of the picture's class, before the softmax, fall most: of all
    positions at stride 1, the first one among equals. It is a hit if the patch touches the object.

    >>> from convviz.lab.inside.opened import opened as open_run
    >>> from convviz.lab.runs import shipped
    >>> run = open_run(str(shipped()[0].folder), 0)
    >>> play(run, 1).hit, play(run, 1).chance < 0.5
    (True, True)
    >>> play(run, 1200)
    Traceback (most recent call last):
    IndexError: index 1200 is out of bounds for axis 0 with size 1200
    """
    image = torch.tensor(inputs_of(opened.tests.images[number], opened.kind), device=opened.device)
    label = opened.tests.labels[number]
    found = occluded_scores(opened.module, image, patch=PATCH, fill=GREY)
    if found.plain.argmax() != label:
        return None
    scores = found.scores[..., label]
    peak = np.unravel_index(scores.argmin(), scores.shape)
    on_object, on_tag = (_touched(cells, number, scores) for cells in (opened.tests.objects, opened.tests.tags))
    return Played(bool(on_object[peak]), bool(on_tag[peak]), float(on_object.mean()), float(on_tag.mean()))


def touching(cells: Cells, patch: int) -> Cells:
    """By position of a patch, at stride 1, whether it covers any of the cells (H, W).

    >>> touching(np.eye(3, dtype=bool), 2).tolist()
    [[True, True], [True, True]]
    >>> touching(np.eye(3, dtype=bool), 4)
    Traceback (most recent call last):
    ValueError: window shape cannot be larger than input array shape
    """
    windows = np.lib.stride_tricks.sliding_window_view(cells, (patch, patch))
    return np.asarray(windows.any(axis=(2, 3)))


def gap(cells: Cells, others: Cells) -> int:
    """How many cells lie between the nearest two of one mask and of another, along the longer way of both axes.

    >>> gap(np.array([[True, False, False, False]]), np.array([[False, False, False, True]]))
    2
    >>> gap(np.zeros((1, 1), bool), np.ones((1, 1), bool))
    Traceback (most recent call last):
    ValueError: zero-size array to reduction operation minimum which has no identity
    """
    ways = np.argwhere(cells)[:, None] - np.argwhere(others)[None]
    return int(np.abs(ways).max(axis=2).min()) - 1


def _number(opened: Opened, arguments: Mapping[str, str]) -> int:
    if text(arguments, "picture") != EXAMPLE:
        return whole(arguments, "picture", 0, len(opened.tests) - 1)
    return opened.once(EXAMPLE, lambda: _example(opened))


def _example(opened: Opened) -> int:
    """The number of the first picture that shows the story well; of the first of its class where none does."""
    label = opened.kind.classes.index(_EXAMPLE_CLASS)
    of_class = np.flatnonzero(opened.tests.labels == label).tolist()
    return next((number for number in of_class if _is_clear(opened.settings.data, number, label)), of_class[0])


def _is_clear(data: DataSettings, number: int, label: int) -> bool:
    picture = _drawn(data, number, label, label)
    return gap(_only(picture.objects), _only(picture.tags)) >= _EXAMPLE_GAP


def _drawn(data: DataSettings, number: int, label: int, tag: int) -> Pictures:
    """A test picture as the data has it, but for its tag, which is that of any class or none."""
    return draw([label], data.seed, "test", [tag], first=number)


def _labels(opened: Opened) -> NDArray[np.int64]:
    """Of the test pictures that are counted: fewer where a network is so large that all of them would hold up everyone."""
    passes = len(opened.kind.classes) + 1
    affordable = max(MOST_MACS // (passes * opened.network.table().macs), _FEW)
    return opened.tests.labels[: min(_MOST, affordable)]


def _taken_for(opened: Opened, tags: NDArray[np.int64]) -> NDArray[np.intp]:
    """The class that each of them is taken for with these tags on."""
    images = _all_drawn(opened.settings.data.seed, _labels(opened).tobytes(), tags.tobytes())
    found: NDArray[np.intp] = _logits(opened, images).argmax(axis=1)
    return found


@lru_cache(maxsize=7)
def _all_drawn(seed: int, labels: bytes, tags: bytes) -> NDArray[np.uint8]:
    """The first test pictures, with some tags: kept for the network that is asked next, about the same ones."""
    return draw(np.frombuffer(labels, np.int64), seed, "test", np.frombuffer(tags, np.int64)).images


def _only(cells: Any) -> Cells:
    """Those of one picture, which was drawn, so that they are known."""
    only: Cells = cells[0]
    return only


def _logits(opened: Opened, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The scores of all classes, before the softmax: (N, classes)."""
    inputs = inputs_of(images, opened.kind)
    with torch.inference_mode():
        batches = range(0, len(inputs), opened.at_once)
        scores = [opened.module(opened.taken(inputs[first : first + opened.at_once])) for first in batches]
    found: NDArray[np.float32] = torch.cat(scores).cpu().numpy()
    return found


def _touched(cells: Cells | None, number: int, like: NDArray[Any]) -> Cells:
    """By position, whether the patch touches a picture's cells; nowhere where there are none."""
    return np.zeros(like.shape, bool) if cells is None else touching(cells[number], PATCH)


def _affordable(opened: Opened) -> int:
    """Pictures of which all positions together are computed in some seconds, however that is done."""
    sizes = opened.kind.input_shape[1:]
    positions = prod(axis.output_size for axis in positions_of(sizes, PATCH, 1))
    return max(MOST_MACS // (opened.network.table().macs * positions), 1)


def _require_drawn(opened: Opened) -> None:
    if opened.settings.data.name not in DRAWN:
        raise _refused(opened, "its pictures are not drawn, and carry no tags")


def _refused(opened: Opened, why: str) -> GeometryError:
    name = opened.settings.data.name
    return GeometryError(f"data is {name}: {why}; take a run of {' or '.join(DRAWN)}", "data", name, DRAWN)
