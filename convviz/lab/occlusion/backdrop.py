"""A layer as it is without a patch, looked at through the windows of many positions at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor
from torch.nn import functional

from convviz.lab.occlusion.windows import Windows

OnAxes: TypeAlias = tuple[Windows, ...]
"""Windows over a plane: those of the rows, those of the columns."""


@dataclass(frozen=True, eq=False)
class Backdrop:
    """A layer (height, width, channels) that begins at the cells `starts`, as there is something beyond its ends."""

    values: Tensor
    starts: tuple[int, ...]

    def at(self, windows: OnAxes) -> Tensor:
        """What lies in the windows, (rows, columns, height, width, channels), without copying it."""
        *strides, last = self.values.stride()
        corners = zip(strides, windows, self.starts, strict=True)
        first = sum(stride * (each.first - start) for stride, each, start in corners)
        steps = [stride * each.step for stride, each in zip(strides, windows, strict=True)]
        sizes = [*(each.count for each in windows), *(each.size for each in windows), self.values.shape[-1]]
        return self.values.as_strided(sizes, [*steps, *strides, last], self.values.storage_offset() + first)


def backdrop(values: Tensor, outside: float, windows: Sequence[Sequence[Windows]]) -> Backdrop:
    """A layer with as much of `outside` around it as any of the windows wants, those of each axis.

    >>> import torch
    >>> around = backdrop(torch.ones(3, 3, 1), 0, [[Windows(-1, 1, 4, 2)], [Windows(0, 1, 2, 2)]])
    >>> around.starts, around.at((Windows(-1, 3, 2, 2), Windows(0, 1, 1, 2)))[:, 0, :, :, 0].tolist()
    ((-1, 0), [[[0.0, 0.0], [1.0, 1.0]], [[1.0, 1.0], [0.0, 0.0]]])
    >>> backdrop(torch.ones(3, 3, 1), 0, [[], []])
    Traceback (most recent call last):
    ValueError: min() arg is an empty sequence
    """
    ends = [(min(each.first for each in axis), max(each.stop for each in axis)) for axis in windows]
    around = [(max(0, -first), max(0, stop - size)) for (first, stop), size in zip(ends, values.shape, strict=False)]
    sides = [side for before_and_after in reversed(around) for side in before_and_after]
    return Backdrop(functional.pad(values, (0, 0, *sides), value=outside), tuple(-before for before, _ in around))
