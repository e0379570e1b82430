"""The only sliding loop: tables and values in, every output and every step out.

The tables say who reads whom; here it is only asked how much. Values are float64 of shape (channels, *sizes), so whole numbers
come out exact, and the same code serves one, two, three or more axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convviz.geometry import NOTHING, Axis, GeometryError, PaddingMode, Place, Table

Values: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Term:
    """One product of a step: `value * weight`.

    `cell` is the input cell (channel, *position) that was read, None where nothing stands; `position` is where the tap is
    drawn; `place` what it fell on; `weight_index` where the weight stands in the weight tensor as given.
    """

    position: tuple[int, ...]
    cell: tuple[int, ...] | None
    place: Place
    value: float
    weight_index: tuple[int, ...]
    weight: float


@dataclass(frozen=True)
class Step:
    """How one output cell comes about: output = bias + the sum of value * weight over its terms, in the order of the taps.

    `cell` is (channel, *position), counted from 0. Made by `Trace.step`, which refuses cells outside the output.

    >>> from convviz import convolution
    >>> step = convolution([[1, 2, 4]], [[[1, -1]]]).step((0, 1))
    >>> step.output == step.bias + sum(term.value * term.weight for term in step.terms) == -2
    True
    """

    cell: tuple[int, ...]
    terms: tuple[Term, ...]
    bias: float
    output: float


@dataclass(frozen=True, eq=False)
class Trace:
    """An operation carried out: what went in, the axes that decided who reads whom, and what came out.

    output[o, p] = bias[o] + sum over channels i and taps t of kernel[o, i, t] * input[i, reads(p, t)]

    `input` is (C_in, *sizes), `weight` as given (C_out, C_in / groups, *kernel_size), `bias` (C_out,), `output` (C_out, *output
    sizes), all float64; sizes in cells, positions from 0. `flip` says that taps meet the weights in reverse order: true
    convolution. Operations make traces and refuse what cannot be; a trace does not change. Source: torch.nn.Conv2d.

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
    weight: Values
    bias: Values
    axes: tuple[Axis, ...]
    groups: int = 1
    padding_mode: PaddingMode = "zeros"
    flip: bool = False

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """One table an axis."""
        return tuple(axis.table(self.padding_mode) for axis in self.axes)

    @cached_property
    def kernel(self) -> Values:
        """The weights in the order in which the taps meet them: flipped along every axis for true convolution."""
        return np.flip(self.weight, _spatial(self.weight)) if self.flip else self.weight

    @cached_property
    def output(self) -> Values:
        """All outputs, accumulated over the taps: memory for one shifted view at a time, not for every window."""
        grouped = self.input.reshape(self.groups, -1, *self.input.shape[1:])
        kernel = self.kernel.reshape(self.groups, -1, *self.kernel.shape[1:])
        # One cell of zero behind each axis: NOTHING is -1 and indexes it.
        extended = np.pad(grouped, [(0, 0), (0, 0), *[(0, 1)] * len(self.axes)])
        sizes = tuple(axis.output_size for axis in self.axes)
        total = np.zeros((self.groups, kernel.shape[1], *sizes))
        for tap in np.ndindex(*kernel.shape[3:]):
            cells = np.ix_(*(table.reads[:, index] for table, index in zip(self.tables, tap, strict=True)))
            everywhere: tuple[Any, ...] = (..., *cells)
            weights: Values = kernel[(..., *tap)]
            total += np.einsum("goi,gi...->go...", weights, extended[everywhere])
        return total.reshape(-1, *sizes) + self.bias.reshape(-1, *[1] * len(sizes))

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
        rows = [_row(table, index) for table, index in zip(self.tables, position, strict=True)]
        inputs = self.weight.shape[1]
        first = channel * self.groups // self.weight.shape[0] * inputs
        terms = tuple(
            self._term(channel, (first + offset, offset), taps)
            for offset in range(inputs)
            for taps in product(*map(enumerate, rows))
        )
        return Step(tuple(cell), terms, float(self.bias[channel]), float(self.output[tuple(cell)]))

    def _term(self, channel: int, source: tuple[int, int], taps: Sequence[tuple[int, tuple[int, int, int]]]) -> Term:
        source_channel, offset = source
        tap = tuple(index for index, _ in taps)
        position, reads, places = zip(*(entry for _, entry in taps), strict=True)
        cell = None if NOTHING in reads else (source_channel, *reads)
        met = tuple(size - 1 - index for size, index in zip(self.weight.shape[2:], tap, strict=True)) if self.flip else tap
        return Term(
            position=position,
            cell=cell,
            place=Place(max(places)),
            value=0.0 if cell is None else float(self.input[cell]),
            weight_index=(channel, offset, *met),
            weight=float(self.weight[(channel, offset, *met)]),
        )


def _row(table: Table, output: int) -> list[tuple[int, int, int]]:
    """(position, cell read, place) of each tap of one window, as plain ints."""
    columns: list[Any] = [table.positions[output], table.reads[output], table.places[output]]
    return [(int(position), int(read), int(place)) for position, read, place in zip(*columns, strict=True)]


def _spatial(values: Values) -> tuple[int, ...]:
    return tuple(range(2, values.ndim))
