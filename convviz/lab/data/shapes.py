"""Colour shapes: six forms at any place, size and angle on grounds of any kind, drawn from a seed; with a tag or without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convviz.geometry import GeometryError, require_one_of
from convviz.lab.data.forms import FORMS, SIDE, Cells, Floats, coverage, placed
from convviz.lab.data.grounds import grounds
from convviz.lab.data.kinds import KINDS
from convviz.lab.data.pictures import Dataset, Pictures
from convviz.lab.data.settings import MOST_SEED, DataSettings, number_between, probability
from convviz.lab.data.tags import TAG_SIDE, TAGS, tag_corners

Split = Literal["train", "test"]
SPLITS: Final[tuple[Split, ...]] = get_args(Split)
NO_TAG: Final = -1

_CHUNK: Final = 256
"""Pictures drawn together, from one stream: as many as caches hold. A picture depends on its place in it, not on the others."""
_PIXEL_NOISE: Final = 6.0
_PURPOSES: Final = ("pictures", "tags")


def draw(labels: ArrayLike, seed: int, split: Split, tags: ArrayLike | None = None) -> Pictures:
    """A picture of 32×32 cells in three colours for every label, a number of a class, with the exact cells of its object.

    Picture n depends on the seed, the split, n and its label alone. `tags` says for every picture which class's tag is on it,
    −1 for none; the tag's place and all else are the same whatever it says, so that a tag can be taken away or exchanged. A tag
    covers 5×5 cells and leaves at least one free between itself and the object. Raises `GeometryError` for a label, a tag, a
    seed or a split that is none.

    >>> pictures = draw([0, 5], seed=0, split="train", tags=[-1, 5])
    >>> pictures.images.shape, pictures.tags.sum(axis=(1, 2)).tolist()
    ((2, 3, 32, 32), [0, 25])
    >>> draw([0, 6], seed=0, split="train")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: labels has 6: there are classes 0 to 5
    """
    classes = _class_numbers("labels", labels, least=0)
    carried = np.full(len(classes), NO_TAG) if tags is None else _class_numbers("tags", tags, least=NO_TAG)
    if len(carried) != len(classes):
        raise GeometryError(
            f"tags has {len(carried)} numbers: there are {len(classes)} labels, and each picture has one",
            parameter="tags",
            value=len(carried),
            limit=len(classes),
        )
    images = np.empty((len(classes), 3, SIDE, SIDE), np.uint8)
    objects, stickers = (np.empty((len(classes), SIDE, SIDE), bool) for _ in range(2))
    for part, rng in _chunks(len(classes), seed, split, "pictures"):
        images[part], objects[part], stickers[part] = _drawn(classes[part], carried[part], rng)
    return Pictures(images, classes, objects, None if tags is None else stickers)


def carried_tags(labels: ArrayLike, seed: int, split: Split, chance: float) -> NDArray[np.int64]:
    """For every picture the class whose tag is on it: its own, with the given chance, or −1 for none.

    With a greater chance the same pictures carry one, and more. Raises `GeometryError` for what `draw` refuses, and for a
    chance that is none.

    >>> carried_tags([0, 1, 2, 3], seed=0, split="test", chance=1).tolist()
    [0, 1, 2, 3]
    >>> carried_tags([0, 1, 2, 3], seed=0, split="test", chance=2)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: chance is 2: it must be a number from 0 to 1
    """
    carried = _class_numbers("labels", labels, least=0).copy()
    likely = probability("chance", chance)
    for part, rng in _chunks(len(carried), seed, split, "tags"):
        without = rng.random(_CHUNK)[: len(carried[part])] >= likely
        carried[part][without] = NO_TAG
    return carried


def load_shapes(settings: DataSettings) -> Dataset:
    """As many shapes of every class as the settings say, class after class by turns. Raises nothing: settings are checked.

    >>> load_shapes(DataSettings("shapes", train_per_class=2, test_per_class=1)).train.counts(6)
    (2, 2, 2, 2, 2, 2)
    >>> load_shapes()
    Traceback (most recent call last):
    TypeError: load_shapes() missing 1 required positional argument: 'settings'
    """
    train, test = (draw(labels, settings.seed, split) for split, labels in _by_turns(settings))
    return Dataset(KINDS["shapes"], train, test)


def load_tagged_shapes(settings: DataSettings) -> Dataset:
    """The same shapes, with their class's tag as often as the settings say, to train and to test alike. Raises nothing.

    >>> few = DataSettings("tagged_shapes", train_per_class=2, test_per_class=1)
    >>> load_tagged_shapes(few).test.tags.any(axis=(1, 2)).tolist()
    [True, True, True, True, True, True]
    >>> load_tagged_shapes()
    Traceback (most recent call last):
    TypeError: load_tagged_shapes() missing 1 required positional argument: 'settings'
    """
    train, test = (
        draw(labels, settings.seed, split, carried_tags(labels, settings.seed, split, settings.tag_probability))
        for split, labels in _by_turns(settings)
    )
    return Dataset(KINDS["tagged_shapes"], train, test)


def _by_turns(settings: DataSettings) -> Iterator[tuple[Split, NDArray[np.int64]]]:
    for split, count in zip(SPLITS, (settings.train_per_class, settings.test_per_class), strict=True):
        yield split, np.tile(np.arange(len(FORMS)), count)


def _class_numbers(name: str, values: ArrayLike, least: int) -> NDArray[np.int64]:
    numbers = np.asarray(values)
    wrong: Any = numbers.shape
    if numbers.ndim == 1 and (numbers.dtype.kind in "iu" or not numbers.size):
        outside = numbers[(numbers < least) | (numbers >= len(FORMS))]
        if not outside.size:
            return numbers.astype(np.int64)
        wrong = outside[0]
    raise GeometryError(
        f"{name} has {wrong}: there are classes {least} to {len(FORMS) - 1}",
        parameter=name,
        value=wrong,
        limit=(least, len(FORMS) - 1),
    )


def _chunks(count: int, seed: int, split: Split, purpose: str) -> Iterator[tuple[slice, np.random.Generator]]:
    """The pictures in parts, each with a stream of its own that no other seed, split, part or purpose has."""
    require_one_of("split", split, SPLITS)
    words = number_between("seed", seed, 0, MOST_SEED), SPLITS.index(split), _PURPOSES.index(purpose)
    for number, start in enumerate(range(0, count, _CHUNK)):
        yield slice(start, start + _CHUNK), np.random.Generator(np.random.PCG64([*words, number]))


def _drawn(
    labels: NDArray[np.int64], tags: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], Cells, Cells]:
    """Images, objects and tags of a chunk, the last of which may be short: it is drawn whole, so that no chance moves."""
    count = len(labels)
    ground, colours = (drawn[:count] for drawn in grounds(rng, _CHUNK))
    chances = rng.random((_CHUNK, 5), dtype=np.float32)[:count]
    noise = rng.standard_normal((_CHUNK, 3, SIDE, SIDE), dtype=np.float32)[:count]
    covered = coverage(labels, placed(chances[:, :4]))
    objects = covered > 0
    values = _mixed(ground, colours[:, :, None, None], covered[:, None])
    stickers = _stick(values, tags, objects, chances[:, 4])
    values += np.float32(_PIXEL_NOISE) * noise
    return np.rint(np.clip(values, 0, 255, out=values), out=values).astype(np.uint8), objects, stickers


def _mixed(ground: Floats, colours: Floats, shares: Floats) -> Floats:
    """In place where it can be: new memory is what takes the time."""
    values = colours - ground
    values *= shares
    values += ground
    return values


def _stick(values: Floats, tags: NDArray[np.int64], objects: Cells, chances: Floats) -> Cells:
    """Put tags on pictures, in place; returns the cells that they cover."""
    covered = np.zeros_like(objects)
    tagged = np.flatnonzero(tags != NO_TAG)
    for index, (row, column) in zip(tagged, tag_corners(objects[tagged], chances[tagged]), strict=True):
        cells = slice(row, row + TAG_SIDE), slice(column, column + TAG_SIDE)
        values[index, :, *cells] = TAGS[tags[index]]
        covered[index, *cells] = True
    return covered
