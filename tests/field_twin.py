"""What units see, by torch's gradients: the oracle of `convviz.receptive_field`.

An input without ends is one with so many cells on both sides that no unit asked for comes near its ends. Every layer is then
applied without padding, on as many units as the cells it has allow, and remembers which unit its first cell is. One channel
and positive weights: no field gets lost in a cancellation. It knows a layer by its class's name and its settings' names.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch.nn import functional

Span = tuple[int, int] | None

_CONVOLUTIONS: Final = (functional.conv1d, functional.conv2d)
_TRANSPOSED: Final = (functional.conv_transpose1d, functional.conv_transpose2d)
_ADAPTIVE: Final = (functional.adaptive_avg_pool1d, functional.adaptive_avg_pool2d)
_LINEAR: Final = ("linear", "bilinear")


BESIDE: Final = 2


class TooShortError(Exception):
    """The input has to go on further."""


@dataclass(frozen=True)
class Stretch:
    """Units of a layer along every axis: the first of them, and their values in a batch of one with one channel."""

    first: tuple[int, ...]
    values: torch.Tensor

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(self.values.shape[2:])

    def cut(self, starts: Sequence[int], stops: Sequence[int]) -> "Stretch":
        """The units from starts to stops."""
        values = self.values
        for axis, (start, stop, first) in enumerate(zip(starts, stops, self.first, strict=True)):
            if start < first or stop > first + self.sizes[axis] or stop <= start:
                raise TooShortError
            values = values.narrow(2 + axis, start - first, stop - start)
        return Stretch(tuple(starts), values)


def fields(network: Any, rows: Sequence[Any], ends: Callable[[Any, int], bool]) -> dict[str, list[list[Span]]]:
    """By layer and axis: first and last cell that every unit sees, None for one that sees nothing.

    Units from `BESIDE` in front of the first to `BESIDE` behind the last. Layers from the first flatten or dense on are left
    out. `ends(row, axis)` says that a layer ends where its units do: beyond them nothing is seen.
    """
    margin = 32
    while True:
        try:
            return _fields(network.input_shape[1:], rows, ends, margin)
        except TooShortError:
            margin *= 2
            assert margin <= 4096, "that is no small network"


def _fields(sizes: Sequence[int], rows: Sequence[Any], ends: Callable[[Any, int], bool], margin: int) -> Any:
    source = torch.zeros(1, 1, *(size + 2 * margin for size in sizes), dtype=torch.float64, requires_grad=True)
    known = {"input": Stretch((-margin,) * len(sizes), source)}
    found = {}
    for row in rows:
        if not set(row.inputs) <= set(known) or type(row.operation).__name__ in {"Flatten", "Dense"}:
            continue
        known[row.name] = _ended(_applied(row, [known[name] for name in row.inputs]), row, ends, margin)
        found[row.name] = [_seen(source, known[row.name], row.output_shape[1:], axis, margin) for axis in range(len(sizes))]
    return found


def _seen(source: torch.Tensor, stretch: Stretch, sizes: Sequence[int], axis: int, margin: int) -> list[Span]:
    """Along one axis; what a unit sees there is what any unit beside it sees."""
    values = stretch.cut((-BESIDE,) * len(sizes), [size + BESIDE for size in sizes]).values
    return [_span(source, values.select(2 + axis, unit).sum(), axis, margin) for unit in range(values.shape[2 + axis])]


def _span(source: torch.Tensor, value: torch.Tensor, axis: int, margin: int) -> Span:
    (gradient,) = torch.autograd.grad(value, source, retain_graph=True, allow_unused=True)
    if gradient is None:
        return None
    others = [2 + other for other in range(source.ndim - 2) if other != axis]
    along = gradient.sum(dim=others)[0, 0] if others else gradient[0, 0]
    # A cell exactly on another one's middle may leave a rest of rounding in its neighbour.
    cells = torch.nonzero(along > 1e-9 * along.max()).ravel().tolist()
    if not cells:
        return None
    if cells[0] == 0 or cells[-1] == len(along) - 1:
        raise TooShortError
    return cells[0] - margin, cells[-1] - margin


def _applied(row: Any, inputs: Sequence[Stretch]) -> Stretch:
    kind = type(row.operation).__name__
    if kind in {"Add", "Concat"}:
        return _together([_centred(one, shape, row) for one, shape in zip(inputs, row.input_shapes, strict=True)])
    (stretch,) = inputs
    if kind not in _LAYERS:
        return stretch
    return _LAYERS[kind](row.operation, stretch, row.input_shapes[0][1:], row.output_shape[1:])


def _ended(stretch: Stretch, row: Any, ends: Callable[[Any, int], bool], margin: int) -> Stretch:
    """The same; behind the layer's own ends there is nothing to see."""
    sizes = row.output_shape[1:]
    for axis, size in enumerate(sizes):
        if not ends(row, axis):
            continue
        whole = stretch.sizes
        starts = [0 if each == axis else first for each, first in enumerate(stretch.first)]
        stops = [size if each == axis else first + whole[each] for each, first in enumerate(stretch.first)]
        inner = stretch.cut(starts, stops)
        pads = [margin if each == axis else 0 for each in reversed(range(len(sizes))) for _ in range(2)]
        starts = [-margin if each == axis else first for each, first in enumerate(inner.first)]
        stretch = Stretch(tuple(starts), functional.pad(inner.values, pads))
    return stretch


def _together(stretches: Sequence[Stretch]) -> Stretch:
    """Their sum where all of them have units."""
    starts = [max(firsts) for firsts in zip(*(one.first for one in stretches), strict=True)]
    ends = ([first + size for first, size in zip(one.first, one.sizes, strict=True)] for one in stretches)
    stops = [min(each) for each in zip(*ends, strict=True)]
    cut = [one.cut(starts, stops).values for one in stretches]
    return Stretch(tuple(starts), torch.stack(cut).sum(0))


def _centred(stretch: Stretch, shape: Sequence[int], row: Any) -> Stretch:
    """Counted from the first unit that a crop leaves."""
    lost = [(have - want) // 2 for have, want in zip(shape[1:], row.output_shape[1:], strict=True)]
    return Stretch(tuple(first - cells for first, cells in zip(stretch.first, lost, strict=True)), stretch.values)


def _each(value: Any, axes: int) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,) * axes


def _ones(sizes: Sequence[int]) -> torch.Tensor:
    return torch.ones(1, 1, *sizes, dtype=torch.float64) / math.prod(sizes)


def _windows(stretch: Stretch, kernel_size: Any, stride: Any, padding: Any, dilation: Any) -> Stretch:
    axes = len(stretch.sizes)
    kernels, strides, dilations = _each(kernel_size, axes), _each(stride, axes), _each(dilation, axes)
    if padding == "same":
        befores = [spread * (size - 1) // 2 for size, spread in zip(kernels, dilations, strict=True)]
    else:
        befores = [0] * axes if padding == "valid" else _each(padding, axes)
    outputs = [-(-(first + before) // step) for first, before, step in zip(stretch.first, befores, strides, strict=True)]
    starts = [output * step - before for output, step, before in zip(outputs, strides, befores, strict=True)]
    stops = [first + size for first, size in zip(stretch.first, stretch.sizes, strict=True)]
    values = stretch.cut(starts, stops).values
    spans = [spread * (size - 1) + 1 for size, spread in zip(kernels, dilations, strict=True)]
    if any(size < span for size, span in zip(values.shape[2:], spans, strict=True)):
        raise TooShortError
    return Stretch(tuple(outputs), _CONVOLUTIONS[axes - 1](values, _ones(kernels), stride=strides, dilation=dilations))


def _convolution(layer: Any, stretch: Stretch, _: Any, __: Any) -> Stretch:
    return _windows(stretch, layer.kernel_size, layer.stride, layer.padding, layer.dilation)


def _pooling(layer: Any, stretch: Stretch, _: Any, __: Any) -> Stretch:
    """A window's maximum may be any of its cells: their mean sees them all."""
    stride = layer.kernel_size if layer.stride is None else layer.stride
    return _windows(stretch, layer.kernel_size, stride, layer.padding, layer.dilation)


def _transposed(layer: Any, stretch: Stretch, _: Any, __: Any) -> Stretch:
    axes = len(stretch.sizes)
    kernels, strides, paddings = _each(layer.kernel_size, axes), _each(layer.stride, axes), _each(layer.padding, axes)
    dilations = _each(layer.dilation, axes)
    values = _TRANSPOSED[axes - 1](stretch.values, _ones(kernels), stride=strides, dilation=dilations)
    first = [cell * step - before for cell, step, before in zip(stretch.first, strides, paddings, strict=True)]
    # The outermost stamps lack the neighbours that an endless input has.
    reach = [spread * (size - 1) for size, spread in zip(kernels, dilations, strict=True)]
    starts = [each + more for each, more in zip(first, reach, strict=True)]
    lengths = [min(size * step, have) for size, step, have in zip(stretch.sizes, strides, values.shape[2:], strict=True)]
    return Stretch(tuple(first), values).cut(starts, [each + length for each, length in zip(first, lengths, strict=True)])


def _turns(stretch: Stretch, cells: Sequence[int], more: Sequence[int]) -> tuple[list[int], list[int], Stretch]:
    """The whole turns of so many cells that a stretch has: first, one behind the last, and their units."""
    starts = [-(-first // each) for first, each in zip(stretch.first, cells, strict=True)]
    behind = [first + size - extra for first, size, extra in zip(stretch.first, stretch.sizes, more, strict=True)]
    stops = [stop // each for stop, each in zip(behind, cells, strict=True)]
    if any(stop - start < 3 for start, stop in zip(starts, stops, strict=True)):
        raise TooShortError
    first = [start * each for start, each in zip(starts, cells, strict=True)]
    last = [stop * each + extra for stop, each, extra in zip(stops, cells, more, strict=True)]
    return starts, stops, stretch.cut(first, last)


def _paces(have: Sequence[int], want: Sequence[int], ends: int) -> tuple[list[int], list[int]]:
    """So many cells, and the outputs that lie on them."""
    common = [math.gcd(cells - ends, outputs - ends) for cells, outputs in zip(have, want, strict=True)]
    cells = [(size - ends) // each for size, each in zip(have, common, strict=True)]
    return cells, [(size - ends) // each for size, each in zip(want, common, strict=True)]


def _adaptive(_: Any, stretch: Stretch, have: Sequence[int], want: Sequence[int]) -> Stretch:
    cells, outputs = _paces(have, want, 0)
    starts, stops, whole = _turns(stretch, cells, [0] * len(cells))
    sizes = [(stop - start) * each for start, stop, each in zip(starts, stops, outputs, strict=True)]
    first = tuple(start * each for start, each in zip(starts, outputs, strict=True))
    return Stretch(first, _ADAPTIVE[len(cells) - 1](whole.values, sizes))


def _upsampling(layer: Any, stretch: Stretch, have: Sequence[int], want: Sequence[int]) -> Stretch:
    ends = int(layer.align_corners)
    cells, outputs = _paces(have, want, ends)
    starts, stops, whole = _turns(stretch, cells, [ends] * len(cells))
    sizes = [(stop - start) * each + ends for start, stop, each in zip(starts, stops, outputs, strict=True)]
    first = [start * each for start, each in zip(starts, outputs, strict=True)]
    if layer.mode == "nearest":
        return Stretch(tuple(first), _nearest(whole.values, cells, outputs))
    options = {"mode": _LINEAR[len(cells) - 1], "align_corners": layer.align_corners}
    values = functional.interpolate(whole.values, size=sizes, **options)
    # At the edges torch reads a cell twice.
    trimmed = [each + more for each, more in zip(first, outputs, strict=True)]
    behind = [each + size - more for each, size, more in zip(first, sizes, outputs, strict=True)]
    return Stretch(tuple(first), values).cut(trimmed, behind)


def _nearest(values: torch.Tensor, cells: Sequence[int], outputs: Sequence[int]) -> torch.Tensor:
    """Turn by turn: torch's nearest divides in float32, and is sometimes the cell before where a picture is large."""
    for axis, (have, want) in enumerate(zip(cells, outputs, strict=True), start=2):
        turn = functional.interpolate(torch.arange(float(have))[None, None], size=want)[0, 0].long()
        places = torch.arange(0, values.shape[axis], have)[:, None] + turn
        values = values.index_select(axis, places.ravel())
    return values


_LAYERS: Final[Mapping[str, Callable[[Any, Stretch, Any, Any], Stretch]]] = {
    "Convolution": _convolution,
    "Pooling": _pooling,
    "TransposedConvolution": _transposed,
    "AdaptivePooling": _adaptive,
    "Upsampling": _upsampling,
}
