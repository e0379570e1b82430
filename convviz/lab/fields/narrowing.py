"""A network with fewer channels and no layer too many: windows, sizes and fields stay, and it computes in a moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import gcd
from typing import Any, Final

from convviz.geometry import GeometryError
from convviz.network.layers import INPUT, BatchNorm, Convolution, Dense, Layer, Shape, TransposedConvolution
from convviz.network.rules import effect
from convviz.network.table import LayerTable, Network, Row


def required_row(table: LayerTable, layer: str) -> Row:
    """The row of a layer. Raises `GeometryError` for a name that no layer has.

    >>> from convviz.network import PRESETS
    >>> required_row(PRESETS["lenet5"].table(), "conv2").output_shape
    (16, 10, 10)
    >>> required_row(PRESETS["stack"].table(), "conv9")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: layer "conv9" is no layer of this network: name one of conv1, relu1, conv2
    """
    names = tuple(row.name for row in table)
    if layer not in names:
        raise GeometryError(
            f'layer "{layer}" is no layer of this network: name one of {_listed(names)}',
            parameter="layer",
            value=layer,
            limit=names,
            remedy={"layer": names[-1]} if names else {},
        )
    return table.row(layer)


def pruned(network: Network, layer: str) -> Network:
    """Only the layers that `layer` depends on, itself the last; what each reads is written out.

    Raises `GeometryError` for a layer that is not there, and `NetworkError` for a network that cannot be.

    >>> from convviz.network import PRESETS
    >>> [each.name for each in pruned(PRESETS["resnet18"].network, "layer1.0.conv1").layers]
    ['conv1', 'bn1', 'relu', 'maxpool', 'layer1.0.conv1']
    >>> pruned(PRESETS["stack"].network, "conv9")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: layer "conv9" is no layer of this network: name one of conv1, relu1, conv2
    """
    table = network.table()
    needed = {required_row(table, layer).name}
    for row in reversed(table.rows):
        if row.name in needed:
            needed |= {*row.inputs}
    kept = (Layer(row.name, row.operation, row.inputs) for row in table if row.name in needed)
    return Network(network.input_shape, tuple(kept))


def narrowed(network: Network, layer: str, most: int = 16) -> Network:
    """Only what `layer` depends on, with at most `most` channels each, and features of what is flat.

    Cells, windows and paths are those of `network`. Groups are as many as still divide; what convolves each channel by itself
    goes on doing so. A concatenation has the channels of its parts. Where parts no longer fit together, as in the sum of a
    concatenation and a convolution, all channels stay as they are.

    Raises `GeometryError` for a layer that is not there, and `NetworkError` for a network that cannot be.

    >>> from convviz.network import PRESETS
    >>> PRESETS["vgg16"].table().row("pool5").output_shape, narrowed(PRESETS["vgg16"].network, "pool5").table().output_shape
    ((512, 7, 7), (16, 7, 7))
    >>> narrowed(PRESETS["stack"].network, "conv9")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: layer "conv9" is no layer of this network: name one of conv1, relu1, conv2
    """
    whole = pruned(network, layer)
    try:
        return _capped(whole, most)
    except GeometryError:
        return whole


def _capped(network: Network, most: int) -> Network:
    """All channels capped, layer by layer. Raises `GeometryError` where parts no longer fit together."""
    channels, *sizes = network.input_shape
    shapes: dict[str, Shape] = {INPUT: (min(channels, most), *sizes)}
    layers = []
    for row in network.table():
        coming = tuple(shapes[name] for name in row.inputs)
        operation = _NARROWED.get(type(row.operation), _as_it_is)(row, coming[0], most)
        shapes[row.name] = effect(operation, coming).output_shape
        layers.append(Layer(row.name, operation, row.inputs))
    return Network(shapes[INPUT], tuple(layers))


def _as_it_is(row: Row, _: Shape, __: int) -> Any:
    return row.operation


def _window(row: Row, coming: Shape, most: int) -> Any:
    """A convolution or a transposed one."""
    operation: Any = row.operation
    have, out = coming[0], min(operation.out_channels, most)
    if operation.groups == row.input_shapes[0][0]:
        return replace(operation, out_channels=max(out // have, 1) * have, groups=have, in_channels=None)
    groups = max(each for each in range(1, min(operation.groups, most) + 1) if gcd(have, out) % each == 0)
    return replace(operation, out_channels=out, groups=groups, in_channels=None)


def _dense(row: Row, coming: Shape, most: int) -> Any:
    operation: Any = row.operation
    if len(coming) > 1:
        return operation  # its features are cells of the last axis
    return replace(operation, out_features=min(operation.out_features, most), in_features=None)


def _norm(row: Row, _: Shape, __: int) -> Any:
    operation: Any = row.operation
    return replace(operation, num_features=None)


_NARROWED: Final[Mapping[type, Callable[[Row, Shape, int], Any]]] = {
    Convolution: _window,
    TransposedConvolution: _window,
    Dense: _dense,
    BatchNorm: _norm,
}


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown or "none: it has no layers"
