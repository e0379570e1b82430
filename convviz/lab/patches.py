"""Where a patch that slides over a picture lies: the one home of its positions, for pages and for networks. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from convviz.geometry import Axis, GeometryError, on_each_axis, whole_number

PerAxis: TypeAlias = int | Sequence[int]
"""A number for both axes, or one for the rows and one for the columns."""


def positions_of(sizes: Sequence[int], patch: PerAxis, stride: PerAxis) -> tuple[Axis, ...]:
    """The axes that a patch slides along: position o begins at o · stride, and the last one may be cut at the edge.

    positions = ceil((size - patch) / stride) + 1, less a last one that would begin beyond the edge; a patch larger than the
    picture covers it once. Sizes are in cells. Raises `GeometryError` for a patch or a stride below 1.

    >>> [axis.output_size for axis in positions_of((32, 20), 8, (1, 5))]
    [25, 4]
    >>> positions_of((32, 32), 8, 0)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: stride is 0: it must be at least 1
    """
    patches, strides = _on_both("patch", patch), _on_both("stride", stride)
    return on_each_axis(2, lambda index: _axis(sizes[index], patches[index], strides[index]))


def _on_both(name: str, value: Any) -> tuple[int, ...]:
    numbers = tuple(value) if isinstance(value, Sequence) else (value, value)
    if len(numbers) != 2:
        raise GeometryError(
            f"{name} has {len(numbers)} entries: write a number, or one for the rows and one for the columns",
            name,
            value,
            2,
        )
    return tuple(whole_number(name, number, 1) for number in numbers)


def _axis(size: int, patch: int, stride: int) -> Axis:
    return Axis(size, min(patch, size), stride, ceil_mode=True)
