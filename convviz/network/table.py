"""A network and the table it makes: shapes, parameters, multiply–accumulates, memory, receptive fields, layer by layer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, Final, Literal

from convviz.geometry import GeometryError, whole_number
from convviz.network.layers import INPUT, Layer, Operation, Shape
from convviz.network.rules import SEVERAL, Effect, Memory, effect, shape_words
from convviz.operations import per_axis
from convviz.receptive_field import WHOLE, Reach, merged

BYTES: Final = 4
"""Of a float32 number."""
LARGEST_SIZE: Final = 2**20
"""Cells that an axis may have."""
LONGEST_NAME: Final = 62
"""Characters of a layer's name."""
NAME_RULE: Final = f'write up to {LONGEST_NAME} letters, digits, "_", "-" or "."'
_NAME: Final = re.compile(rf"[A-Za-z0-9_]([A-Za-z0-9_.-]{{0,{LONGEST_NAME - 2}}}[A-Za-z0-9_-])?", re.ASCII)

Field = tuple[int, ...] | Literal["all"]
Reaches = tuple[Reach, ...] | Literal["all"]


class NetworkError(GeometryError):
    """A layer that does not fit, with the way out.

    `layer` is its name; the rest is as in `GeometryError`, and `remedy` holds settings of that layer, or names under
    "insert_before" a kind of layer to put in front of it. Survives pickling.

    >>> NetworkError("dense1: …", "in_features", 400, 256, {"in_features": 256}, layer="dense1").layer
    'dense1'
    >>> NetworkError("dense1: …")
    Traceback (most recent call last):
    TypeError: GeometryError.__init__() missing 3 required positional arguments: 'parameter', 'value', and 'limit'
    """

    def __init__(self, *args: Any, layer: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.layer = layer

    def __reduce__(self) -> tuple[Any, ...]:
        return (*super().__reduce__()[:2], {"layer": self.layer})


@dataclass(frozen=True)
class Row:
    """What a layer does in its network: shapes without the batch, counts, memory in bytes, receptive field in cells.

    `inputs` are the names of the layers it reads, "input" the network's own. `reaches` says what its units see, axis by axis.
    """

    name: str
    operation: Operation
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    effect: Effect
    memory: Memory
    reaches: Reaches

    @property
    def output_shape(self) -> Shape:
        """(channels, *sizes), or (numbers,) once flat."""
        return self.effect.output_shape

    @property
    def weights(self) -> int:
        """Numbers that are learned, without the biases."""
        return self.effect.weights

    @property
    def biases(self) -> int:
        """Numbers that are learned to be added."""
        return self.effect.biases

    @property
    def buffers(self) -> int:
        """Numbers that are kept but not learned: running means and variances."""
        return self.effect.buffers

    @property
    def parameters(self) -> int:
        """Numbers that are learned: weights and biases."""
        return self.weights + self.biases

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one input; biases are not counted."""
        return self.effect.macs

    @property
    def bytes(self) -> int:
        """Memory of the output in float32; nothing where it overwrites the input or is another view of it."""
        return BYTES * prod(self.output_shape) * (self.memory == "own")

    @property
    def receptive_field(self) -> Field:
        """Cells of the input that a unit sees, an entry an axis: those of the widest; "all" after flatten and dense."""
        return "all" if self.reaches == "all" else tuple(reach.size for reach in self.reaches)


@dataclass(frozen=True)
class LayerTable:
    """The rows of a network, and their totals.

    >>> from convviz.network import PRESETS
    >>> table = PRESETS["lenet5"].table()
    >>> len(table), table.parameters, table.macs, table.row("conv2").output_shape
    (12, 61706, 416520, (16, 10, 10))
    >>> table.row("conv9")
    Traceback (most recent call last):
    KeyError: 'conv9'
    """

    input_shape: Shape
    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def row(self, name: str) -> Row:
        """The row of a layer. Raises KeyError for a name that no layer has."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Row]:
        return {row.name: row for row in self.rows}

    @property
    def output_shape(self) -> Shape:
        """Shape of the last layer; of the input where there is none."""
        return self.rows[-1].output_shape if self.rows else self.input_shape

    @property
    def weights(self) -> int:
        """Of all layers."""
        return sum(row.weights for row in self.rows)

    @property
    def biases(self) -> int:
        """Of all layers."""
        return sum(row.biases for row in self.rows)

    @property
    def buffers(self) -> int:
        """Of all layers."""
        return sum(row.buffers for row in self.rows)

    @property
    def parameters(self) -> int:
        """Of all layers: weights and biases."""
        return self.weights + self.biases

    @property
    def macs(self) -> int:
        """Of all layers, for one input."""
        return sum(row.macs for row in self.rows)

    @property
    def bytes(self) -> int:
        """Memory that the outputs of all layers take together, in float32, for one input."""
        return sum(row.bytes for row in self.rows)


@dataclass(frozen=True)
class Network:
    """Named layers, each reading others above it, from an input of `input_shape`: (channels, *sizes), or (numbers,).

    It may be impossible: `table` says so.

    >>> from convviz.network import Convolution, Dense, Flatten
    >>> layers = Layer("conv", Convolution(6, 5)), Layer("flatten", Flatten()), Layer("dense", Dense(10))
    >>> [(row.name, row.output_shape, row.parameters) for row in Network((1, 8, 8), layers).table()]
    [('conv', (6, 4, 4), 156), ('flatten', (96,), 0), ('dense', (10,), 970)]
    >>> Network((1, 4, 4), layers).table()
    Traceback (most recent call last):
    convviz.network.table.NetworkError: conv, with 1×4×4 coming in: kernel 5 spans 5 cells; the padded input has 4: \
add 1 padding, or lower kernel to 4
    """

    input_shape: Shape
    layers: tuple[Layer, ...] = ()

    def table(self) -> LayerTable:
        """All rows. Raises `NetworkError` for the first layer that does not fit."""
        rows, error = partial(self)
        if error:
            raise error
        return LayerTable(self.input_shape, rows)


def partial(network: Network) -> tuple[tuple[Row, ...], NetworkError | None]:
    """The rows above the first layer that does not fit, and what is wrong with it.

    >>> from convviz.network import Dense
    >>> rows, error = partial(Network((1, 4, 4), (Layer("up", Dense(3)),)))
    >>> rows, error.layer, error.remedy
    ((), 'up', {'insert_before': 'flatten'})
    >>> partial(Network((), ()))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: input_shape is (): write (channels, sizes of 1 to 3 axes), or (numbers,)
    """
    return _Reading(network).rows()


class _Reading:
    """One pass down a network, with what is known of the layers above."""

    def __init__(self, network: Network) -> None:
        self.layers = network.layers
        self.shapes: dict[str, Shape] = {INPUT: _input_shape(network.input_shape)}
        self.reaches: dict[str, Reaches] = {INPUT: (WHOLE,) * (len(network.input_shape) - 1)}
        readers = Counter(name for index in range(len(self.layers)) for name in self._inputs(index))
        self.shared = {name for name, count in readers.items() if count > 1} | {INPUT}

    def rows(self) -> tuple[tuple[Row, ...], NetworkError | None]:
        found: list[Row] = []
        for index, layer in enumerate(self.layers):
            try:
                found.append(self._row(index, layer))
            except GeometryError as error:
                return tuple(found), self._explained(index, layer, error)
        return tuple(found), None

    def _inputs(self, index: int) -> tuple[str, ...]:
        above = self.layers[index - 1].name if index else INPUT
        return self.layers[index].inputs or (above,)

    def _row(self, index: int, layer: Layer) -> Row:
        inputs = self._inputs(index)
        self._require_name(layer)
        self._require_known(layer, inputs)
        shapes = tuple(self.shapes[name] for name in inputs)
        done = effect(layer.operation, _as_many_as_taken(layer.operation, shapes))
        _require_small(done.output_shape)
        memory: Memory = "own" if done.memory == "in place" and inputs[0] in self.shared else done.memory
        reaches = self._seen(inputs, done)
        if done.memory == "view" and inputs[0] in self.shared:
            self.shared.add(layer.name)  # what overwrites the view overwrites what others still read
        self.shapes[layer.name], self.reaches[layer.name] = done.output_shape, reaches
        return Row(layer.name, layer.operation, inputs, shapes, done, memory, reaches)

    def _seen(self, inputs: tuple[str, ...], done: Effect) -> Reaches:
        """What the outputs of a layer see, through what its inputs see."""
        seen = [self.reaches[name] for name in inputs]
        if done.mixes or "all" in seen:
            return "all"
        crop = done.crop or ((0,) * len(seen[0]),) * len(seen)
        sizes = done.output_shape[1:]
        along = []
        for axis, size in enumerate(sizes):
            cut = [reaches[axis].cropped(before[axis], size) for reaches, before in zip(seen, crop, strict=True)]  # type: ignore[union-attr]
            reach = merged(cut, size)
            along.append(reach.through(done.axes[axis]) if done.axes else reach)
        return tuple(along)

    def _require_name(self, layer: Layer) -> None:
        if layer.name in self.shapes or not is_name(layer.name):
            why = "is taken: every layer needs a name of its own" if layer.name in self.shapes else "is no name"
            raise GeometryError(f'"{layer.name}" {why}; {NAME_RULE}', "name", layer.name, LONGEST_NAME, {"name": self._free()})

    def _require_known(self, layer: Layer, inputs: tuple[str, ...]) -> None:
        for name in inputs:
            if name in self.shapes:
                continue
            later = any(other.name == name for other in self.layers)
            why = "stands below it: move it up" if later else "is no layer: name one above it"
            if name == layer.name:
                why = "cannot read itself: name a layer above it"
            raise GeometryError(f'"{name}" {why}', "inputs", layer.inputs, tuple(self.shapes), {"inputs": ()})

    def _free(self) -> str:
        taken = {layer.name for layer in self.layers} | {INPUT}
        return next(name for name in (f"layer{number}" for number in range(1, len(taken) + 2)) if name not in taken)

    def _explained(self, index: int, layer: Layer, error: GeometryError) -> NetworkError:
        shapes = [self.shapes[name] for name in self._inputs(index) if name in self.shapes]
        coming = f", with {shape_words(shapes[0])} coming in" if len(shapes) == 1 else ""
        remedy = _remedy(layer.operation, shapes[0] if shapes else (), error)
        return NetworkError(
            f"{layer.name}{coming}: {error}", error.parameter, error.value, error.limit, remedy, error.axis, layer=layer.name
        )


def is_name(text: str) -> bool:
    """Whether a layer can be called so.

    >>> is_name("layer1.0.conv-2"), is_name("conv:2")
    (True, False)
    >>> is_name(2)
    Traceback (most recent call last):
    TypeError: expected string or bytes-like object, got 'int'
    """
    return _NAME.fullmatch(text) is not None


def _input_shape(shape: Shape) -> Shape:
    if not isinstance(shape, tuple) or not 1 <= len(shape) <= 4:
        raise GeometryError(
            f"input_shape is {shape}: write (channels, sizes of 1 to 3 axes), or (numbers,)", "input_shape", shape, 4
        )
    for size in shape:
        whole_number("input_shape", size, 1)
    _require_small(shape)
    return shape


def _require_small(shape: Shape) -> None:
    if max(shape[1:], default=0) > LARGEST_SIZE:
        raise GeometryError(
            f"{shape_words(shape)} comes out: at most {LARGEST_SIZE:,} cells an axis are followed", "size", shape, LARGEST_SIZE
        )


def _as_many_as_taken(operation: Operation, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """Only a sum and a concatenation read several layers."""
    if len(shapes) > 1 and not isinstance(operation, SEVERAL):
        raise GeometryError(
            f"it names {len(shapes)} inputs and reads one: name one, or join them in a sum or a concatenation first",
            "inputs",
            len(shapes),
            1,
            {"inputs": ()},
        )
    return shapes


def _remedy(operation: Operation, shape: Shape, error: GeometryError) -> dict[str, Any]:
    """The way out in settings of the layer: cells before and after are its padding, one axis is one entry of several."""
    remedy: dict[str, Any] = dict(error.remedy)
    sides = [remedy.pop(side) for side in ("before", "after") if side in remedy]
    if sides:
        same = isinstance(getattr(operation, "padding", 0), str) and len(set(sides)) > 1
        remedy |= {"stride": 1} if same else {"padding": min(sides)}
    return {name: _on_its_axis(operation, name, value, shape, error.axis) for name, value in remedy.items()}


def _on_its_axis(operation: Operation, name: str, value: Any, shape: Shape, axis: int | None) -> Any:
    given = getattr(operation, name, None)
    square = len(set(shape[1:])) <= 1 and not isinstance(given, tuple)
    if axis is None or square or not isinstance(given, int | tuple) or len(shape) < 2:
        return value
    entries = list(per_axis(name, given, len(shape) - 1))
    entries[axis] = value
    return tuple(entries)
