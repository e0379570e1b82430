"""The only sliding loop: tables and values in, every output and every step out.

The tables say who reads whom; here it is only asked how much. Values are float64 of shape (channels, *sizes), so whole numbers
come out exact, and the same code serves one, two, three or more axes, forwards (convolution, pooling) and backwards
(transposed convolution, unpooling).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import product
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convviz.geometry import (
    NOTHING,
    AdaptiveAxis,
    Axis,
    GeometryError,
    Integers,
    PaddingMode,
    Place,
    RememberedAxis,
    Table,
    TransposedAxis,
)

Values: TypeAlias = NDArray[np.float64]
AnyAxis: TypeAlias = Axis | TransposedAxis | AdaptiveAxis | RememberedAxis
Reduction = Literal["sum", "max", "average", "lp", "remembered"]
"""What becomes of the values of a window."""


@dataclass(frozen=True)
class Term:
    """One tap of a step: `value * weight`.

    `cell` is the input cell (channel, *position) that was read, None where nothing stands; `position` is where the tap is
    drawn; `place` what it fell on; `weight_index` where the weight stands in the weight tensor as given, None where there is
    no tensor: then the weight is 1. What nothing stands for is 0, before a maximum −∞.
    """

    position: tuple[int, ...]
    cell: tuple[int, ...] | None
    place: Place
    value: float
    weight_index: tuple[int, ...] | None
    weight: float


@dataclass(frozen=True)
class Step:
    """How one output cell comes about from its terms, in the order of the taps.

    sum: bias + the sum of value * weight; max: the largest value; average: the sum / divisor; lp: (sum of |value|^p)^(1/p);
    remembered: the last value that was sent here, 0 if none was. `cell` is (channel, *position), counted from 0; `winner` the
    term that a maximum took, None where there is none to take. Made by `Trace.step`, which refuses cells outside the output.

    >>> from convviz import convolution
    >>> step = convolution([[1, 2, 4]], [[[1, -1]]]).step((0, 1))
    >>> step.output == step.bias + sum(term.value * term.weight for term in step.terms) == -2
    True
    """

    cell: tuple[int, ...]
    terms: tuple[Term, ...]
    bias: float
    output: float
    divisor: float = 1.0
    winner: Term | None = None


@dataclass(frozen=True, eq=False)
class Trace:
    """An operation carried out: what went in, the axes that decided who reads whom, and what came out.

    output[o, p] = bias[o] + sum over channels i and taps t of kernel[o, i, t] * input[i, reads(p, t)]

    or, of the same windows, their maximum, average or norm (`reduction`). `input` is (C_in, *sizes), `weight` as given:
    (C_out, C_in / groups, *kernel_size), or (C_in, C_out / groups, *kernel_size) of an operation that goes backwards, or None
    where every channel is taken by itself. `bias` is (C_out,), `output` (C_out, *output sizes), all float64; sizes in cells,
    positions from 0. `tables` are the axes' own, one each. `flip` says that taps meet the weights in reverse order: true
    convolution. `remembered` are the positions that an unpooling sends its input to. Operations make traces and refuse what
    cannot be; a trace does not change. Source: torch.nn.Conv2d, MaxPool2d, AvgPool2d, ConvTranspose2d, MaxUnpool2d.

    >>> from convviz import convolution
    >>> trace = convolution([[1, 2, 4]], [[[1, -1]]], bias=[10], padding=((1, 0),))
    >>> trace.output.tolist(), trace.axes[0].output_size
    ([[9.0, 9.0, 8.0]], 3)
    >>> trace.groups = 2
    Traceback (most recent call last):
    dataclasses.FrozenInstanceError: cannot assign to field 'groups'
    """

    operation: str
    input: Values
    axes: tuple[AnyAxis, ...]
    tables: tuple[Table, ...]
    bias: Values
    weight: Values | None = None
    groups: int = 1
    reduction: Reduction = "sum"
    padding_mode: PaddingMode = "zeros"
    flip: bool = False
    norm_type: float = 2.0
    count_include_pad: bool = True
    remembered: Integers | None = None

    @property
    def backwards(self) -> bool:
        """Whether each input cell sends its value to outputs rather than being read by them."""
        return any(isinstance(axis, TransposedAxis | RememberedAxis) for axis in self.axes)

    @cached_property
    def kernel(self) -> Values:
        """The weights as the taps of an output meet them, (C_out, C_in / groups, *taps): ones where there is no weight."""
        if self.weight is None:
            return np.ones((len(self.bias), 1, *(table.reads.shape[1] for table in self.tables)))
        if self.backwards:
            grouped = self.weight.reshape(self.groups, -1, *self.weight.shape[1:]).swapaxes(1, 2)
            return grouped.reshape(-1, *grouped.shape[2:])
        return np.flip(self.weight, _spatial(self.weight)) if self.flip else self.weight

    @cached_property
    def output(self) -> Values:
        """All outputs, accumulated over the taps: memory for one shifted view at a time, not for every window."""
        return _REDUCTIONS[self.reduction](self)

    @property
    def indices(self) -> Integers:
        """Where the maximum of each window stood: its position in the input's channel, counted in C order.

        The first of equal values, the last NaN, as torch has it; -1 for a window that reads no cell. Raises `GeometryError` for
        an operation that keeps no maximum. Source: torch.nn.MaxPool2d, `return_indices`.

        >>> from convviz import pooling
        >>> pooling([[1, 4, 4, 0]], 2).indices.tolist()
        [[1, 2]]
        >>> pooling([[1, 4, 4, 0]], 2, kind="average").indices
        Traceback (most recent call last):
        convviz.geometry.GeometryError: kind is average: only a maximum remembers where it stood; pool with kind max
        """
        if self.reduction != "max":
            raise GeometryError(
                f"kind is {self.reduction}: only a maximum remembers where it stood; pool with kind max",
                parameter="kind",
                value=self.reduction,
                limit="max",
                remedy={"kind": "max"},
            )
        return self._maxima[1]

    @cached_property
    def divisors(self) -> Values:
        """What the sum of each window is divided by, (*output sizes): the cells that count; 1 where nothing is averaged.

        Input cells always count, padding while `count_include_pad` is on, overhang never.
        """
        if self.reduction != "average":
            return np.ones([len(table.reads) for table in self.tables])
        counted = [Place.INPUT, Place.PADDING] if self.count_include_pad else [Place.INPUT]
        counts = [np.isin(table.places, counted).sum(axis=1).astype(np.float64) for table in self.tables]
        return reduce(np.multiply.outer, counts)

    def step(self, cell: Sequence[int]) -> Step:
        """What output `cell` (channel, *position) read, from where, times what.

        Raises `GeometryError` for a cell outside the output.

        >>> from convviz import convolution
        >>> trace = convolution([[[0, 1, 2], [3, 4, 5], [6, 7, 8]]], [[[[0, 1], [2, 3]]]])
        >>> step = trace.step((0, 0, 0))
        >>> " + ".join(f"{term.value:.0f}×{term.weight:.0f}" for term in step.terms), step.output
        ('0×0 + 1×1 + 3×2 + 4×3', 19.0)
        >>> trace.step((0, 2, 0))
        Traceback (most recent call last):
        convviz.geometry.GeometryError: output cell (0, 2, 0) lies outside the output of shape (1, 2, 2)
        """
        shape = self.output.shape
        if len(cell) != len(shape) or not all(0 <= index < size for index, size in zip(cell, shape, strict=True)):
            raise GeometryError(
                f"output cell {tuple(cell)} lies outside the output of shape {shape}",
                parameter="cell",
                value=tuple(cell),
                limit=shape,
            )
        channel, *position = cell
        terms = tuple(self._terms(channel, position) if self.remembered is None else self._sent_terms(channel, position))
        output = float(self.output[tuple(cell)])
        return Step(
            tuple(cell),
            terms,
            float(self.bias[channel]),
            output,
            float(self.divisors[tuple(position)]),
            self._winner(cell, terms),
        )

    def _terms(self, channel: int, position: Sequence[int]) -> Iterator[Term]:
        rows = [_row(table, index) for table, index in zip(self.tables, position, strict=True)]
        inputs = self.kernel.shape[1]
        first = channel * self.groups // len(self.bias) * inputs
        for offset in range(inputs):
            for taps in product(*map(enumerate, rows)):
                yield self._term(channel, (first + offset, offset), taps)

    def _sent_terms(self, channel: int, position: Sequence[int]) -> Iterator[Term]:
        """Of an unpooling: the cells that remember this position, in their order."""
        remembered: Any = self.remembered
        wanted = np.ravel_multi_index(tuple(position), tuple(axis.output_size for axis in self.axes))
        for found in np.argwhere(remembered[channel] == wanted).tolist():
            cell = (channel, *found)
            yield Term(tuple(found), cell, Place.INPUT, float(self.input[cell]), None, 1.0)

    def _term(self, channel: int, source: tuple[int, int], taps: Sequence[tuple[int, tuple[int, int, int]]]) -> Term:
        source_channel, offset = source
        tap = tuple(index for index, _ in taps)
        position, reads, places = zip(*(entry for _, entry in taps), strict=True)
        cell = None if NOTHING in reads else (source_channel, *reads)
        return Term(
            position=position,
            cell=cell,
            place=Place(max(places)),
            value=self._nothing if cell is None else float(self.input[cell]),
            weight_index=self._weight_index(channel, source, tap),
            weight=float(self.kernel[(channel, offset, *tap)]),
        )

    def _weight_index(self, channel: int, source: tuple[int, int], tap: tuple[int, ...]) -> tuple[int, ...] | None:
        """Where the weight of a tap stands in the tensor as given."""
        if self.weight is None:
            return None
        if self.backwards:
            return (source[0], channel % self.weight.shape[1], *tap)
        met = tuple(size - 1 - index for size, index in zip(self.weight.shape[2:], tap, strict=True)) if self.flip else tap
        return (channel, source[1], *met)

    def _winner(self, cell: Sequence[int], terms: Sequence[Term]) -> Term | None:
        if self.reduction != "max":
            return None
        index = self.indices[tuple(cell)]
        return next((term for term in terms if term.cell and self._flat(term.cell[1:]) == index), None)

    def _flat(self, position: Sequence[int]) -> int:
        return int(np.ravel_multi_index(tuple(position), self.input.shape[1:]))

    @property
    def _nothing(self) -> float:
        """The value of a tap that reads no cell."""
        return -np.inf if self.reduction == "max" else 0.0

    @cached_property
    def _maxima(self) -> tuple[Values, Integers]:
        """The maximum of each window and where it stood. A NaN beats everything, a later NaN an earlier one: as torch."""
        cells = np.arange(np.prod(self.input.shape[1:]), dtype=np.intp).reshape(1, *self.input.shape[1:])
        found, where = np.full(_output_shape(self), -np.inf), np.full(_output_shape(self), NOTHING, dtype=np.intp)
        for (_, values), (_, index) in zip(_views(self, self.input, -np.inf), _views(self, cells, NOTHING), strict=True):
            better = (index != NOTHING) & ((where == NOTHING) | (values > found) | np.isnan(values))
            found, where = np.where(better, values, found), np.where(better, index, where)
        return found, where


def _output_shape(trace: Trace) -> tuple[int, ...]:
    return len(trace.bias), *(len(table.reads) for table in trace.tables)


def _views(trace: Trace, values: NDArray[Any], nothing: float) -> Iterator[tuple[tuple[int, ...], NDArray[Any]]]:
    """Each tap, and of every output the cell that it reads there: (channels, *output sizes)."""
    # One cell behind each axis: NOTHING is -1 and indexes it.
    extended = np.full([len(values), *(size + 1 for size in values.shape[1:])], nothing, dtype=values.dtype)
    extended[(slice(None), *[slice(-1)] * len(trace.tables))] = values
    for tap in np.ndindex(*(table.reads.shape[1] for table in trace.tables)):
        cells = np.ix_(*(table.reads[:, index] for table, index in zip(trace.tables, tap, strict=True)))
        everywhere: tuple[Any, ...] = (slice(None), *cells)
        yield tap, extended[everywhere]


def _sum(trace: Trace) -> Values:
    kernel = trace.kernel.reshape(trace.groups, -1, *trace.kernel.shape[1:])
    total = np.zeros((trace.groups, kernel.shape[1], *_output_shape(trace)[1:]))
    for tap, view in _views(trace, trace.input, 0):
        grouped = view.reshape(trace.groups, -1, *view.shape[1:])
        here: tuple[Any, ...] = (..., *tap)
        weights: Values = kernel[here]
        total += np.einsum("goi,gi...->go...", weights, grouped)
    return total.reshape(_output_shape(trace)) + trace.bias.reshape(-1, *[1] * len(trace.tables))


def _maximum(trace: Trace) -> Values:
    return trace._maxima[0]  # noqa: SLF001 - the trace keeps it: its indices come from the same pass


def _average(trace: Trace) -> Values:
    return _sum(trace) / trace.divisors


def _norm(trace: Trace) -> Values:
    norm = _powers(trace, np.ones(_output_shape(trace)))
    extreme = ~np.isfinite(norm) | (norm == 0)
    if not extreme.any():
        return norm
    # A large power leaves what float64 holds; the same windows, measured by their largest value, do not.
    largest = np.zeros(_output_shape(trace))
    for _, view in _views(trace, np.abs(trace.input), 0):
        largest = np.maximum(largest, view)
    measurable = extreme & np.isfinite(largest) & (largest > 0)
    unit = np.where(measurable, largest, 1)
    return np.where(measurable, unit * _powers(trace, unit), norm)


def _powers(trace: Trace, unit: Values) -> Values:
    """The norm of each window in units of its own."""
    total = np.zeros(_output_shape(trace))
    with np.errstate(over="ignore", under="ignore"):
        for _, view in _views(trace, trace.input, 0):
            total += (np.abs(view) / unit) ** trace.norm_type
        norm: Values = total ** (1 / trace.norm_type)
    return norm


def _sent(trace: Trace) -> Values:
    """Each value to its remembered position; where several meet, the last one stays."""
    output = np.zeros(_output_shape(trace))
    flat = output.reshape(len(output), -1)
    remembered: Any = trace.remembered
    for channel, (values, positions) in enumerate(zip(trace.input, remembered, strict=True)):
        flat[channel, positions.ravel()] = values.ravel()
    return output


_REDUCTIONS: Final[Mapping[Reduction, Callable[[Trace], Values]]] = {
    "sum": _sum,
    "max": _maximum,
    "average": _average,
    "lp": _norm,
    "remembered": _sent,
}


def _row(table: Table, output: int) -> list[tuple[int, int, int]]:
    """(position, cell read, place) of each tap of one window, as plain ints."""
    columns: list[Any] = [table.positions[output], table.reads[output], table.places[output]]
    return [(int(position), int(read), int(place)) for position, read, place in zip(*columns, strict=True)]


def _spatial(values: Values) -> tuple[int, ...]:
    return tuple(range(2, values.ndim))
