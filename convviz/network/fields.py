"""What a unit of a network reads, and what it has a part in: exact sets of units of every layer, along every branch.

Downwards they are the units a unit is made of, down to cells of the input; upwards all that changes with it. Channels are not
told apart: a unit is a place. What is flat has a single place, (): behind a flatten or a dense layer everything is seen. So it
is taken, as in the table, behind a dense layer along the last axis too, though its units see their own rows alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from convviz.geometry import GeometryError, Table
from convviz.network.layers import INPUT, Shape
from convviz.network.table import LayerTable, Row
from convviz.receptive_field import Paths, united

Unit = tuple[int, ...]
"""A place in a layer: a position for each axis."""
Step: TypeAlias = Callable[[Row, Mapping[str, Paths]], Iterator[tuple[str, Paths]]]
"""From a row and what is found so far to more of it, by layer."""


def downwards(table: LayerTable, layer: str, unit: Unit) -> Mapping[str, Paths]:
    """By layer, the input included: in how many ways each of its units is read by `unit` of `layer`.

    Layers that it does not read are left out. Raises `GeometryError` for a layer or a unit that is not there. Source: S4
    section 3.6, "receptive field"; Araujo, Norris, Sim 2019.

    >>> from convviz.network import Convolution, Layer, Network
    >>> table = Network((1, 3, 3), (Layer("hidden", Convolution(1, 2)), Layer("out", Convolution(1, 2)))).table()
    >>> read = downwards(table, "out", (0, 0))
    >>> read["hidden"].counts.tolist(), read["input"].counts.tolist()
    ([[1.0, 1.0], [1.0, 1.0]], [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]])
    >>> downwards(table, "out", (0, 1))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: unit is (0, 1): out has units (0, 0) to (0, 0)
    """
    return _walked(reversed(table.rows), _begin(table, layer, unit), _read)


def upwards(table: LayerTable, layer: str, unit: Unit) -> Mapping[str, Paths]:
    """By layer: in how many ways each of its units reads `unit` of `layer`, which may be the input.

    Layers without one are left out. Raises `GeometryError` for a layer or a unit that is not there.

    >>> from convviz.network import Convolution, Layer, Network
    >>> table = Network((1, 9), (Layer("conv1", Convolution(1, 3)), Layer("conv2", Convolution(1, 3, 2)))).table()
    >>> reached = upwards(table, "input", (4,))
    >>> [(name, paths.first, paths.counts.tolist()) for name, paths in reached.items()]
    [('input', (4,), [1.0]), ('conv1', (2,), [1.0, 1.0, 1.0]), ('conv2', (0,), [1.0, 3.0, 1.0])]
    >>> upwards(table, "conv3", (0,))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: layer is "conv3": it is none of input, conv1, conv2
    """
    return _walked(table.rows, _begin(table, layer, unit), _reached)


def sizes_of(table: LayerTable, layer: str) -> Shape:
    """Units along each axis of a layer or the input; () of what is flat. Raises KeyError for what is no layer.

    >>> from convviz.network import PRESETS
    >>> table = PRESETS["lenet5"].table()
    >>> sizes_of(table, "input"), sizes_of(table, "conv2"), sizes_of(table, "flatten")
    ((28, 28), (10, 10), ())
    >>> sizes_of(table, "conv9")
    Traceback (most recent call last):
    KeyError: 'conv9'
    """
    return (table.input_shape if layer == INPUT else table.row(layer).output_shape)[1:]


def _begin(table: LayerTable, layer: str, unit: Unit) -> dict[str, Paths]:
    names = [INPUT, *(row.name for row in table)]
    if layer not in names:
        raise GeometryError(f'layer is "{layer}": it is none of {", ".join(names)}', "layer", layer, names)
    sizes = sizes_of(table, layer)
    last = tuple(size - 1 for size in sizes)
    if len(unit) != len(sizes) or not all(0 <= position <= end for position, end in zip(unit, last, strict=True)):
        raise GeometryError(f"unit is {unit}: {layer} has units {(0,) * len(sizes)} to {last}", "unit", unit, last)
    return {layer: Paths.one(unit)}


def _walked(rows: Iterable[Row], found: dict[str, Paths], step: Step) -> dict[str, Paths]:
    for row in rows:
        for name, paths in step(row, found):
            found[name] = united([found[name], paths]) if name in found else paths
    return {name: paths for name, paths in found.items() if paths.counts.any()}


def _read(row: Row, found: Mapping[str, Paths]) -> Iterator[tuple[str, Paths]]:
    """By input of a row: which of its units are read by those of the row."""
    if row.name not in found:
        return
    paths = found[row.name]
    for index, name in enumerate(row.inputs):
        if row.effect.mixes:
            yield name, paths.mixed(row.input_shapes[index][1:])
        else:
            yield name, paths.down(_tables(row)) if row.effect.axes else paths.moved(_crop(row, index))


def _reached(row: Row, found: Mapping[str, Paths]) -> Iterator[tuple[str, Paths]]:
    """The units of a row that read those of its inputs."""
    for index, name in enumerate(row.inputs):
        if name not in found:
            continue
        paths, sizes = found[name], row.output_shape[1:]
        if row.effect.mixes:
            yield row.name, paths.mixed(sizes)
        elif row.effect.axes:
            yield row.name, paths.up(_tables(row))
        else:
            yield row.name, paths.moved([-cells for cells in _crop(row, index)]).within(sizes)


def _tables(row: Row) -> Sequence[Table]:
    mode = getattr(row.operation, "padding_mode", None)
    return [_table(axis, mode) for axis in row.effect.axes]


@lru_cache(maxsize=64)
def _table(axis: Any, mode: Any) -> Table:
    """Whoever asks for one unit asks for others, and a network repeats its axes. Only convolutions know padding modes."""
    table: Table = axis.table(mode) if mode else axis.table()
    return table


def _crop(row: Row, index: int) -> Sequence[int]:
    return row.effect.crop[index] if row.effect.crop else (0,) * (len(row.output_shape) - 1)
