"""The test pictures that excite a channel most, each cut to what the unit sees that answered; and the best for any target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convviz.lab.inside.answer import Answer
from convviz.lab.inside.arguments import text, whole
from convviz.lab.inside.maps import answers
from convviz.lab.inside.opened import Opened
from convviz.lab.inside.pictures import shown_of
from convviz.lab.inside.scores import target_score
from convviz.lab.inside.stages import Stage, stage_of
from convviz.lab.inside.targets import Target

MOST_SHOWN: Final = 9
"""Pictures of a channel."""


class Best(NamedTuple):
    """Of every channel of a stage the pictures that excite it most, the strongest first: (k, channels) each.

    `values` are a channel's largest over all places, `numbers` the pictures', the lowest first among equals, `places` the flat
    index of the first place that answers so.
    """

    values: Tensor
    numbers: Tensor
    places: Tensor


@dataclass(frozen=True, eq=False)
class Crops:
    """Pictures (k, C, h, w), uint8, white as 255, cut to fields of one size; `inside` (k, h, w) where those lie in the picture.

    Beyond the picture they are 0.
    """

    pictures: NDArray[np.uint8]
    inside: NDArray[np.bool_]


def best(opened: Opened) -> Mapping[str, Best]:
    """By the name of each stage what excites its channels most: found in one pass over the test pictures, and kept.

    Raises `DataError` where files of test pictures are missing.

    >>> from convviz.lab.inside.opened import opened as open_run
    >>> from convviz.lab.runs import shipped
    >>> run = open_run(str(shipped()[0].folder), 0)
    >>> found = best(run)["conv2_1"]
    >>> found.values.shape, bool((found.values[0] >= found.values[1]).all()), best(run)["conv2_1"] is found
    (torch.Size([9, 32]), True, True)
    >>> best(run)["conv9"]
    Traceback (most recent call last):
    KeyError: 'conv9'
    """
    return opened.once("best", lambda: _found(opened))


def best_picture(opened: Opened, target: Target) -> tuple[int, float]:
    """The test picture of a target's highest score, the first one among equals, and that score; found once, and kept.

    Raises `GeometryError` for a stage that is not there.

    >>> from convviz.lab.inside.opened import opened as open_run
    >>> from convviz.lab.inside.targets import ChannelTarget, ClassTarget
    >>> from convviz.lab.runs import shipped
    >>> run = open_run(str(shipped()[0].folder), 0)
    >>> number, score = best_picture(run, ClassTarget(1))
    >>> int(run.tests.labels[number]), score > 5
    (1, True)
    >>> best_picture(run, ChannelTarget("conv9", 0))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: layer conv9 is none that is looked at: there are conv1_1, pool1, conv2_1, pool2, conv3_1, \
pool, dense
    """
    return opened.once(target, lambda: _best_picture(opened, target))


def cropped(images: NDArray[np.uint8], fields: NDArray[np.int64]) -> Crops:
    """Pictures (k, C, H, W) cut to `fields` (k, 2, 2): of rows and of columns the first and the last cell.

    Fields that are smaller than the largest are filled up behind with what is not inside.

    >>> crops = cropped(np.full((1, 1, 3, 3), 255, np.uint8), np.array([[[-1, 1], [1, 3]]]))
    >>> crops.inside[0].astype(int).tolist(), crops.pictures[0, 0, 0].tolist()
    ([[0, 0, 0], [1, 1, 0], [1, 1, 0]], [0, 0, 0])
    >>> cropped(np.zeros((3, 3), np.uint8), np.zeros((1, 2, 2), int))
    Traceback (most recent call last):
    ValueError: zip() argument 2 is shorter than argument 1
    """
    first, last = fields[..., 0], fields[..., 1]
    rows, columns = (
        first[:, axis, None] + np.arange(size) for axis, size in enumerate((last - first).max(axis=0, initial=0) + 1)
    )
    seen = [
        (cells >= 0) & (cells < size) & (cells <= last[:, axis, None])
        for axis, (cells, size) in enumerate(zip((rows, columns), images.shape[2:], strict=True))
    ]
    inside = seen[0][:, :, None] & seen[1][:, None, :]
    height, width = images.shape[2:]
    at = np.arange(len(images))[:, None, None], rows.clip(0, height - 1)[:, :, None], columns.clip(0, width - 1)[:, None, :]
    pictures = images.transpose(0, 2, 3, 1)[at] * inside[..., None]
    return Crops(pictures.transpose(0, 3, 1, 2), inside)


def excites(opened: Opened, arguments: Mapping[str, str]) -> Answer:
    """The answer to `excites?layer=conv2_1&channel=2`. Raises `GeometryError` for a layer or a channel of none."""
    stage = stage_of(opened.stages, text(arguments, "layer"))
    channel = whole(arguments, "channel", 0, stage.shape[0] - 1)
    found = best(opened)[stage.name]
    values, numbers, flat = (each[:, channel].numpy() for each in (found.values, found.numbers, found.places))
    places = np.stack(np.divmod(flat, stage.shape[2] if stage.spans else 1), axis=1)
    crops = cropped(shown_of(opened.tests.images[numbers], opened.kind), _fields(stage, opened, places))
    tensors = {
        "crops": crops.pictures,
        "inside": crops.inside.astype(np.uint8),
        "values": values,
        "numbers": numbers.astype(np.int32),
        "places": places.astype(np.int32),
    }
    return Answer(tensors, {"labels": opened.tests.labels[numbers].tolist(), "pictures": opened.searched})


def _fields(stage: Stage, opened: Opened, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each place the first and the last cell that it sees, along both axes: (k, 2, 2)."""
    whole_picture = [(0, size - 1) for size in opened.kind.input_shape[1:]]
    seen = [
        [spans[at] for spans, at in zip(stage.spans, place, strict=True)] if stage.spans else whole_picture for place in places
    ]
    return np.array(seen, np.int64)


def _found(opened: Opened) -> Mapping[str, Best]:
    found: dict[str, Best] = {}
    for first, images in opened.batches():
        for name, (values, places) in answers(opened, images, _largest).items():
            numbers = torch.arange(first, first + len(values))[:, None].expand_as(places)
            batch = Best(values, numbers, places)
            found[name] = _strongest(found[name], batch) if name in found else _strongest(batch)
    return found


def _largest(answers: Tensor) -> tuple[Tensor, Tensor]:
    """Of every picture and channel the largest value, and the first place with it."""
    values, places = answers.reshape(*answers.shape[:2], -1).max(dim=2)
    return values.cpu(), places.cpu()


def _strongest(*parts: Best) -> Best:
    """Of all parts, those of lower numbers first."""
    joined = Best(*(torch.cat(each) for each in zip(*parts, strict=True)))
    order = joined.values.sort(dim=0, descending=True, stable=True).indices[:MOST_SHOWN]
    return Best(*(each.gather(0, order) for each in joined))


def _best_picture(opened: Opened, target: Target) -> tuple[int, float]:
    with torch.inference_mode():
        scores = [target_score(opened.module, opened.stages, target, images) for _, images in opened.batches()]
    score, number = torch.cat(scores).max(dim=0)
    return int(number), float(score)
