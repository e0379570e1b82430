"""Layers that a change passes through window by window: of each, what it makes of the change alone.

A change is what a patch adds to the numbers of a layer, a tensor (rows, columns, height, width, channels): a window for every
position of the patch. Convolution and average pooling are linear, so they take changes as they are; the others need what is
there without a patch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import inf
from typing import Final, Protocol, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from convviz.geometry import Axis, Place
from convviz.lab.occlusion.backdrop import Backdrop, OnAxes, backdrop
from convviz.lab.occlusion.windows import Passage

Passages: TypeAlias = tuple[Passage, ...]
"""Of one group of positions, one an axis."""
AllPassages: TypeAlias = Sequence[Sequence[Passage]]
"""Of all groups, those of each axis."""

_IN_PLACE: Final[Mapping[type, Callable[[Tensor], Tensor]]] = {
    nn.ReLU: torch.relu_,
    nn.Sigmoid: torch.sigmoid_,
    nn.Tanh: torch.tanh_,
}
"""Functions that need no memory of their own: changes may be overwritten."""


class Layer(Protocol):
    """A layer that a change passes. `modules` make it of a whole picture, `axes` say who reads whom, rows first."""

    @property
    def modules(self) -> tuple[nn.Module, ...]:
        """The modules of torch, in their order."""

    @property
    def axes(self) -> tuple[Axis, ...]:
        """One for the rows, one for the columns."""

    @property
    def macs(self) -> int:
        """Multiply–accumulates for a cell that comes out, in all its channels."""

    def backdrops(self, before: Tensor, after: Tensor, passages: AllPassages) -> tuple[Backdrop, ...]:
        """What `passed` needs of the layer without a patch, (height, width, channels) before and after."""

    def passed(self, change: Tensor, passages: Passages, backdrops: tuple[Backdrop, ...]) -> Tensor:
        """The change of what comes out; that of what came in may be overwritten."""


@dataclass(frozen=True, eq=False)
class Convolution:
    """Linear: the change is convolved, without the bias. A batch norm behind it is part of the weight."""

    modules: tuple[nn.Module, ...]
    axes: tuple[Axis, ...]
    weight: Tensor
    groups: int

    @property
    def macs(self) -> int:
        """As many as there are weights."""
        return self.weight.numel()

    def backdrops(self, *_: object) -> tuple[Backdrop, ...]:
        """None."""
        return ()

    def passed(self, change: Tensor, passages: Passages, _: object) -> Tensor:
        """Around a change are zeros, as in torch's own padding: that serves where as many are read on either side."""
        have, read = _have(passages), _read(passages)
        around = [(a.first - b.first, b.at(0).stop - a.at(0).stop) for a, b in zip(have, read, strict=True)]
        even = all(before == after >= 0 for before, after in around)
        change = without_overhang(change, have, [axis.input_size for axis in self.axes])
        out = functional.conv2d(
            as_pictures(change if even else widened(change, have, read)),
            self.weight,
            stride=[axis.stride for axis in self.axes],
            padding=[before for before, _ in around] if even else 0,
            dilation=[axis.dilation for axis in self.axes],
            groups=self.groups,
        )
        return as_windows(out, change.shape[:2])


@dataclass(frozen=True, eq=False)
class Cellwise:
    """Functions of each cell alone: what they make of a cell with its change, less what they make of it without."""

    modules: tuple[nn.Module, ...]
    axes: tuple[Axis, ...]
    macs: int = 0

    def backdrops(self, before: Tensor, after: Tensor, passages: AllPassages) -> tuple[Backdrop, ...]:
        """What is there before and after."""
        windows = [[passage.have for passage in axis] for axis in passages]
        return backdrop(before, 0, windows), backdrop(after, 0, windows)

    def passed(self, change: Tensor, passages: Passages, backdrops: tuple[Backdrop, ...]) -> Tensor:
        """What comes out beyond the layer's ends means nothing: layers that look at other cells make it zero first."""
        before, after = (each.at(_have(passages)) for each in backdrops)
        return _run(self.modules, change.add_(before)).sub_(after)


@dataclass(frozen=True, eq=False)
class MaxPooling:
    """The largest of each window. `functions` that never fall come before it; behind it they have fewer cells to do."""

    modules: tuple[nn.Module, ...]
    axes: tuple[Axis, ...]
    functions: tuple[nn.Module, ...] = ()
    macs: int = 0

    def backdrops(self, before: Tensor, after: Tensor, passages: AllPassages) -> tuple[Backdrop, ...]:
        """What is there before, with nothing that could be the largest beyond the ends, and after."""
        read, then = ([[getattr(each, name) for each in axis] for axis in passages] for name in ("read", "then"))
        return backdrop(before, -inf, read), backdrop(after, 0, then)

    def passed(self, change: Tensor, passages: Passages, backdrops: tuple[Backdrop, ...]) -> Tensor:
        """The largest with the change, less the largest without it."""
        before, after = backdrops
        values = _added(change, _have(passages), before, _read(passages))
        largest = _run(self.functions, _together(values, passages, self.axes, torch.maximum))
        # Windows beyond the ends found nothing, and no number may come of that.
        sizes = [axis.output_size for axis in self.axes]
        return without_overhang(largest.sub_(after.at(_then(passages))), _then(passages), sizes)


@dataclass(frozen=True, eq=False)
class AveragePooling:
    """Linear: the changes in a window are added up and divided by the cells that torch counts: those on places `counted`."""

    modules: tuple[nn.Module, ...]
    axes: tuple[Axis, ...]
    counted: frozenset[Place]
    divisor: int | None = None
    macs: int = 0

    def backdrops(self, _: Tensor, after: Tensor, passages: AllPassages) -> tuple[Backdrop, ...]:
        """By what each sum is multiplied."""
        heights, widths = (_counts(axis, self.counted) for axis in self.axes)
        divisors = torch.outer(heights, widths) if self.divisor is None else torch.tensor(self.divisor)
        shares = (1 / divisors.to(after))[..., None].expand_as(after)
        return (backdrop(shares, 0, [[passage.then for passage in axis] for axis in passages]),)

    def passed(self, change: Tensor, passages: Passages, backdrops: tuple[Backdrop, ...]) -> Tensor:
        """The average of the changes."""
        (shares,) = backdrops
        change = without_overhang(change, _have(passages), [axis.input_size for axis in self.axes])
        added = _together(widened(change, _have(passages), _read(passages)), passages, self.axes, torch.add)
        return added.mul_(shares.at(_then(passages)))


def without_overhang(change: Tensor, windows: OnAxes, sizes: Sequence[int]) -> Tensor:
    """The change, in place, with zeros where windows hang over the ends of a layer of these sizes."""
    for dimension, (each, size) in enumerate(zip(windows, sizes, strict=False)):
        for number, cells in each.hanging_over(size):
            change.select(dimension, number).narrow(dimension + 1, cells.start, len(cells)).zero_()
    return change


def widened(change: Tensor, have: OnAxes, want: OnAxes) -> Tensor:
    """The change in other windows: in the cells that come in nothing changes."""
    if have == want:
        return change
    wide = change.new_zeros(*change.shape[:2], *(each.size for each in want), change.shape[-1])
    common = _common(have, want)
    _cut(wide, want, common).copy_(_cut(change, have, common))
    return wide


def _added(change: Tensor, have: OnAxes, before: Backdrop, want: OnAxes) -> Tensor:
    """What is there with the change, in other windows."""
    there = before.at(want)
    if have == want:
        return change.add_(there)
    values = there.clone(memory_format=torch.contiguous_format)
    common = _common(have, want)
    _cut(values, want, common).add_(_cut(change, have, common))
    return values


def as_pictures(change: Tensor) -> Tensor:
    """As torch's layers have it, (windows, channels, height, width), without copying: the channels are last in memory."""
    return change.flatten(0, 1).permute(0, 3, 1, 2)


def as_windows(pictures: Tensor, counts: Sequence[int]) -> Tensor:
    """Back from `as_pictures`, with so many rows and columns of windows."""
    return pictures.permute(0, 2, 3, 1).reshape(*counts, *pictures.shape[2:], pictures.shape[1])


def _common(have: OnAxes, want: OnAxes) -> list[range]:
    """The cells of the first windows that are also those of the others."""
    return [range(max(a.first, b.first), min(a.at(0).stop, b.at(0).stop)) for a, b in zip(have, want, strict=True)]


def _cut(change: Tensor, windows: OnAxes, common: Sequence[range]) -> Tensor:
    for dimension, (cells, each) in enumerate(zip(common, windows, strict=True), start=2):
        change = change.narrow(dimension, cells.start - each.first, len(cells))
    return change


def _run(modules: Iterable[nn.Module], change: Tensor) -> Tensor:
    functions = (_IN_PLACE.get(type(module), module) for module in modules)
    return as_windows(reduce(lambda value, function: function(value), functions, as_pictures(change)), change.shape[:2])


def _together(values: Tensor, passages: Passages, axes: Sequence[Axis], both: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """What the cells of each window make together, one axis after the other, tap by tap."""
    for dimension, (passage, axis) in enumerate(zip(passages, axes, strict=True), start=2):
        last = (passage.then.size - 1) * axis.stride
        cells = (slice(tap, tap + last + 1, axis.stride) for tap in range(0, axis.span, axis.dilation))
        values = reduce(both, [values[(slice(None),) * dimension + (each,)] for each in cells])
    return values


def _counts(axis: Axis, counted: frozenset[Place]) -> Tensor:
    return torch.tensor([sum(place in counted for place in window) for window in axis.table().places.tolist()])


def _have(passages: Passages) -> OnAxes:
    return tuple(passage.have for passage in passages)


def _read(passages: Passages) -> OnAxes:
    return tuple(passage.read for passage in passages)


def _then(passages: Passages) -> OnAxes:
    return tuple(passage.then for passage in passages)
