"""What stands on the stage: grids, the relations between them, and where they are to stand. Values and tables, no pictures.

A relation is a table between two grids: each cell of `rows` has a window of positions on `window`. Where the rows *read*, it is
a convolution or a pooling; where they *send*, a transposed convolution or an unpooling stamps. One grid is the clock: the step
is a cell of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from convviz.geometry import Axis, Integers, PaddingMode, Table, TransposedAxis
from convviz.trace import Reduction, Trace

Role = Literal["input", "weight", "output"]
Extent = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Grid:
    """Numbers on the stage: (channels, *sizes), or weights (C_out, C_in / groups, *taps) in the order in which they are met.

    `extent` is first position drawn and the one behind the last, on each axis, `padded` the same without overhang; cell i of an
    axis stands at i * `spread`. `shows` says whether all channels stand there as sheets or the current one. A grid that
    `follows` another has the same place as it; one that `grows` shows a cell once its step has come. `beyond` names what lies
    outside: padding that is read, or what is cut away.
    """

    role: Role
    tag: str
    values: NDArray[Any]
    extent: Extent
    padded: Extent
    spread: tuple[int, ...]
    label: str = ""
    caption: str = ""
    shows: Literal["all", "one"] = "all"
    follows: str = ""
    grows: bool = False
    editable: bool = False
    beyond: Literal["padding", "cut"] = "padding"
    by_taps: bool = False
    places: bool = False
    """The numbers are positions, not values: written as they are, never coloured by size."""


@dataclass(frozen=True, eq=False)
class Relation:
    """Each cell of grid `rows` and its window on grid `window`; `sends` where the rows stamp rather than read.

    `swapped`: the grid of weights has the channels of the rows in front, though these send.
    `function` is applied to each value where the window is a single cell and nothing is summed: "relu", "sigmoid", "tanh".
    """

    rows: str
    window: str
    tables: tuple[Table, ...]
    reduction: Reduction = "sum"
    weight: str = ""
    bias: NDArray[np.float64] | None = None
    groups: int = 1
    sends: bool = False
    swapped: bool = False
    flip: bool = False
    padding_mode: PaddingMode = "zeros"
    norm_type: float = 2.0
    count_include_pad: bool = True
    function: str = ""
    winners: Integers | None = None
    remembered: Integers | None = None


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything on one stage: grids by name, relations, the clock, and `plan`: rows of columns of grid names."""

    grids: Mapping[str, Grid]
    relations: tuple[Relation, ...]
    plan: tuple[tuple[tuple[str, ...], ...], ...]
    clock: str = "output"


WEIGHT_AXES: Final = 2
"""Axes of a weight before its taps."""


def plain_extent(values: NDArray[Any], lead: int = 1) -> Extent:
    """The extent of a grid without anything around it."""
    return tuple((0, size) for size in values.shape[lead:])


def value_grid(role: Role, tag: str, values: NDArray[Any], **rest: Any) -> Grid:
    """A grid of (channels, *sizes) with nothing around it, unless `rest` says otherwise."""
    extent = plain_extent(values)
    return Grid(role, tag, values, **{"extent": extent, "padded": extent, "spread": (1,) * len(extent), **rest})


def weight_grid(kernel: NDArray[Any], **rest: Any) -> Grid:
    """The grid of the weights, as the taps meet them."""
    extent = plain_extent(kernel, WEIGHT_AXES)
    return Grid("weight", "Kernel", kernel, extent, extent, (1,) * len(extent), editable=True, **rest)


def input_grid(trace: Trace, **rest: Any) -> Grid:
    """What a trace reads, with its padding, its holes and what hangs over."""
    spread = tuple(axis.stride if isinstance(axis, TransposedAxis) else 1 for axis in trace.axes)
    extent = tuple(axis.extent for axis in trace.axes)
    padded = tuple(
        (-axis.before, axis.input_size + axis.after) if isinstance(axis, Axis) else axis.extent for axis in trace.axes
    )
    return replace(value_grid("input", "Input", trace.input, extent=extent, padded=padded, spread=spread), **rest)


def reading(trace: Trace, rows: str = "output", window: str = "input", weight: str = "weight") -> Relation:
    """The relation of a trace read from its output: each output cell and what it reads.

    Of a transposed convolution the taps run backwards over the spread input: they are turned round, and so is the kernel
    (`met_kernel`), and what is left is a plain convolution.
    """
    tables = tuple(_reversed(table) for table in trace.tables) if trace.backwards else trace.tables
    return Relation(
        rows,
        window,
        tables,
        trace.reduction,
        weight if trace.weight is not None else "",
        trace.bias,
        trace.groups,
        flip=trace.flip != trace.backwards,
        padding_mode=trace.padding_mode,
        norm_type=trace.norm_type,
        count_include_pad=trace.count_include_pad,
        winners=trace.indices if trace.reduction == "max" else None,
    )


def met_kernel(trace: Trace) -> NDArray[np.float64]:
    """The kernel in the order in which the taps of `reading` meet it."""
    return np.flip(trace.kernel, tuple(range(WEIGHT_AXES, trace.kernel.ndim))) if trace.backwards else trace.kernel


def sending(trace: Trace, rows: str = "input", window: str = "output", weight: str = "weight") -> Relation:
    """The relation of a transposed convolution or an unpooling read from its input: each input cell and where it stamps."""
    return Relation(
        rows,
        window,
        _sent_tables(trace),
        trace.reduction,
        weight if trace.weight is not None else "",
        trace.bias,
        trace.groups,
        sends=True,
        remembered=trace.remembered,
    )


def cut_extent(trace: Trace) -> Extent:
    """Where the stamps of a transposed convolution land, and its output: what is drawn of the output."""
    extents = []
    for axis, table in zip(trace.axes, _sent_tables(trace), strict=True):
        first, last = int(table.positions.min()), int(table.positions.max())
        extents.append((min(0, first), max(axis.output_size, last + 1)))
    return tuple(extents)


def _sent_tables(trace: Trace) -> tuple[Table, ...]:
    """One row for each input cell: the windows of the convolution that is transposed; a single one where it is remembered."""
    tables = []
    for axis in trace.axes:
        if isinstance(axis, TransposedAxis):
            table = axis.adjoint.table()
            tables.append(Table(*(part[: axis.input_size] for part in (table.positions, table.reads, table.places))))
        else:
            everywhere = np.zeros((axis.input_size, 1), dtype=np.intp)
            tables.append(Table(everywhere, everywhere, everywhere))
    return tuple(tables)


def _reversed(table: Table) -> Table:
    return Table(table.positions[:, ::-1], table.reads[:, ::-1], table.places[:, ::-1])
