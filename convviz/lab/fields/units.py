"""Units of a layer and the part of the input they see: a position an axis, or the index of one number of what is flat."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Final

from convviz.geometry import GeometryError
from convviz.lab.fields.narrowing import required_row
from convviz.network.layers import Shape
from convviz.network.table import Network, Row

MOST_CELLS: Final = 2**20
"""Of an input: as many numbers are kept of every job."""
MOST_DRAWN: Final = 2**23
"""Cells of a box, those beyond the input counted."""


@dataclass(frozen=True)
class Box:
    """The theoretical receptive field of a unit: cells from `first` on, `sizes` of them; those beyond the input included."""

    first: tuple[int, ...]
    sizes: tuple[int, ...]


def required_unit(row: Row, unit: tuple[int, ...]) -> tuple[int, ...]:
    """`unit`, which there is: a position for each axis of the layer; one number, an index, where it is flat.

    Raises `GeometryError` for a unit that is not there.

    >>> from convviz.network import PRESETS
    >>> table = PRESETS["lenet5"].table()
    >>> required_unit(table.row("conv2"), (9, 9)), required_unit(table.row("dense1"), (119,))
    ((9, 9), (119,))
    >>> required_unit(table.row("conv2"), (9, 10))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: unit is (9, 10): conv2 has units (0, 0) to (9, 9)
    """
    sizes = _places(row.output_shape)
    if len(unit) != len(sizes) or not all(place in range(size) for place, size in zip(unit, sizes, strict=True)):
        last = tuple(size - 1 for size in sizes)
        raise GeometryError(
            f"unit is {unit}: {row.name} has units {(0,) * len(sizes)} to {last}",
            parameter="unit",
            value=unit,
            limit=last,
            remedy={"unit": tuple(size // 2 for size in sizes)},
        )
    return tuple(map(int, unit))


def unit_left(network: Network, layer: str, unit: tuple[int, ...]) -> tuple[int, ...]:
    """`unit` in a narrowed network: where it is flat, the index of one of the fewer numbers that are left.

    Raises `GeometryError` for a layer that is not there.

    >>> from convviz.lab.fields.narrowing import narrowed
    >>> from convviz.network import PRESETS
    >>> unit_left(narrowed(PRESETS["lenet5"].network, "dense1"), "dense1", (119,))
    (7,)
    >>> unit_left(PRESETS["stack"].network, "conv9", (0, 0))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: layer "conv9" is no layer of this network: name one of conv1, relu1, conv2
    """
    shape = required_row(network.table(), layer).output_shape
    return tuple(index % shape[0] for index in unit) if len(shape) == 1 else unit


def box_of(network: Network, layer: str, unit: tuple[int, ...]) -> Box:
    """The cells that a unit sees, those of padding too, from first to last; the whole input behind a flatten or a dense layer.

    Raises `NetworkError` for a network that cannot be; `GeometryError` for a layer or a unit that is not there, for an input
    that is flat, for a unit that sees nothing, and for an input or a box of too many cells.

    >>> from convviz.network import PRESETS
    >>> box_of(PRESETS["vgg16"].network, "conv1_2", (0, 9))
    Box(first=(-2, 7), sizes=(5, 5))
    >>> box_of(PRESETS["vgg16"].network, "conv1_2", (0,))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: unit is (0,): conv1_2 has units (0, 0) to (223, 223)
    """
    row = required_row(network.table(), layer)
    place = required_unit(row, unit)
    sizes = network.input_shape[1:]
    if not sizes:
        raise GeometryError(
            f"input_shape is {network.input_shape}: numbers in a row have no cells to see; give it sizes, as in (3, 32, 32)",
            parameter="input_shape",
            value=network.input_shape,
            limit=2,
        )
    _require_few("an input", sizes, MOST_CELLS)
    if row.reaches == "all":
        return Box((0,) * len(sizes), sizes)
    spans = [reach.of(position) for reach, position in zip(row.reaches, place, strict=True)]
    seen = [span for span in spans if span]
    if len(seen) < len(spans):
        raise GeometryError(
            f"unit is {unit}: it lies between the stamps of a transposed convolution and sees nothing; choose one beside it",
            parameter="unit",
            value=unit,
            limit=None,
        )
    box = Box(tuple(first for first, _ in seen), tuple(last - first + 1 for first, last in seen))
    _require_few("a field", box.sizes, MOST_DRAWN)
    return box


def _places(shape: Shape) -> Shape:
    return shape if len(shape) == 1 else shape[1:]


def _require_few(what: str, sizes: tuple[int, ...], most: int) -> None:
    if prod(sizes) > most:
        raise GeometryError(
            f"{what} of {prod(sizes):,} cells: at most {most:,} are drawn; "
            "choose a layer nearer to the input, or a smaller input",
            parameter="input_shape",
            value=prod(sizes),
            limit=most,
        )
