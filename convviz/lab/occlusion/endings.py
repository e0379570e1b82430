"""What becomes of a change behind the last layer that is done window by window.

Each takes the change, its windows and the `whole` layer without a patch, (height, width, channels), and makes pictures of it,
(positions, channels, height, width), that further layers read as they read any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Final

import torch
from torch import Tensor

from convviz.lab.occlusion.backdrop import OnAxes, backdrop
from convviz.lab.occlusion.chain import GlobalPooling
from convviz.lab.occlusion.layers import as_pictures
from convviz.lab.occlusion.windows import Windows

Ending = Callable[[Tensor, OnAxes, Tensor], Tensor]


def completed(change: Tensor, windows: OnAxes, whole: Tensor) -> Tensor:
    """The whole layer of each position: what the patch changes, and all the rest."""
    for dimension, each in enumerate(windows):
        shape = [*change.shape]
        shape[dimension + 2] = whole.shape[dimension]
        wide = change.new_zeros(shape)
        for number, cells in enumerate(each):
            first, stop = max(cells.start, 0), min(cells.stop, whole.shape[dimension])
            if first < stop:
                part = change.select(dimension, number).narrow(dimension + 1, first - cells.start, stop - first)
                wide.select(dimension, number).narrow(dimension + 1, first, stop - first).copy_(part)
        change = wide
    return as_pictures(change.add_(whole))


def averaged(change: Tensor, _: OnAxes, whole: Tensor) -> Tensor:
    """The average of each channel: that of the whole layer, and the average change."""
    cells = whole.shape[0] * whole.shape[1]
    return _flat(change.sum((2, 3)) / cells + whole.mean((0, 1)))


def largest(change: Tensor, windows: OnAxes, whole: Tensor) -> Tensor:
    """The largest of each channel: within the window, in the rows before and behind it, in the columns beside it."""
    rows, columns = windows
    values = change + backdrop(whole, -inf, [[each] for each in windows]).at(windows)
    band = backdrop(whole, -inf, [[rows], [Windows(0, 1, 1, 1)]])
    beside = torch.stack([band.values.narrow(0, cells.start - band.starts[0], len(cells)).amax(0) for cells in rows], 1)
    outside = _before_and_behind(whole.amax(1), rows)[:, None], _before_and_behind(beside, columns).transpose(0, 1)
    return _flat(values.amax((2, 3)).maximum(outside[0]).maximum(outside[1]))


def _before_and_behind(values: Tensor, windows: Windows) -> Tensor:
    """The largest of the cells, those along the first dimension, that lie in each window's front or back; nothing is -inf."""
    size, nothing = len(values), values.new_full((1, *values.shape[1:]), -inf)
    before = torch.cat([nothing, values.cummax(0).values])
    behind = torch.cat([values.flip(0).cummax(0).values.flip(0), nothing])
    firsts, stops = (
        [min(max(end, 0), size) for end in ends] for ends in zip(*((c.start, c.stop) for c in windows), strict=True)
    )
    return before[firsts].maximum(behind[stops])


def _flat(channels: Tensor) -> Tensor:
    return channels.flatten(0, 1)[..., None, None]


ENDINGS: Final[Mapping[GlobalPooling | None, Ending]] = {"average": averaged, "max": largest, None: completed}
"""By the global pooling that follows; where none follows, the whole layer is wanted."""
