"""What each kind of layer makes of what comes in: one function a kind, and the one table of them.

MACs are multiply–accumulates; biases, pooling, normalisation and activations count none. A transposed convolution multiplies at
its *input* positions. Source: torch.utils.flop_counter, which counts two operations for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Final, Literal

from convviz.geometry import GeometryError, UpsampledAxis, on_each_axis, require_one_of, whole_number
from convviz.network._paste_arguments import setting
from convviz.network.layers import (
    ACTIVATIONS,
    UPSAMPLING_MODES,
    Activation,
    AdaptivePooling,
    Add,
    BatchNorm,
    Concat,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Pooling,
    Shape,
    TransposedConvolution,
    Upsampling,
)
from convviz.network.modules import MODULES
from convviz.operations import adaptive_axes, convolution_axes, per_axis, pooling_axes, require_norm_type, transposed_axes
from convviz.receptive_field import AnyAxis
from convviz.samples.limits import require_groups

Memory = Literal["own", "in place", "view"]
SEVERAL: Final = (Add, Concat)
"""Kinds of layer that read several others."""
INSERT_BEFORE: Final = "insert_before"
"""In a remedy: the kind of layer that mends the network when put before the one that fails."""


@dataclass(frozen=True)
class Effect:
    """What a layer does to shapes and counts. `axes` are those of its windows, one for each size; () moves nothing.

    `memory`: whether the output takes memory of its own, overwrites the input, or is another view of it. `mixes`: whether
    every output sees everything. `crop`: cells cut off in front, for each input and axis.
    """

    output_shape: Shape
    weights: int = 0
    biases: int = 0
    buffers: int = 0
    macs: int = 0
    axes: tuple[AnyAxis, ...] = ()
    memory: Memory = "own"
    mixes: bool = False
    crop: tuple[tuple[int, ...], ...] = ()


def effect(operation: Any, shapes: tuple[Shape, ...]) -> Effect:
    """What `operation` makes of inputs of these shapes.

    Raises `GeometryError` for what torch refuses; KeyError for what is no operation.

    >>> effect(Convolution(6, 5, padding=2), ((1, 28, 28),)).output_shape
    (6, 28, 28)
    >>> effect(Add(), ((6, 28, 28), (16, 10, 10)))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: its inputs are 6×28×28 and 16×10×10: a sum needs equal shapes; give both layers before it \
the same channels, strides and padding
    """
    return RULES[type(operation)](operation, shapes)


def shape_words(shape: Shape) -> str:
    """A shape as people write it. Raises TypeError for what is no shape.

    >>> shape_words((6, 28, 28))
    '6×28×28'
    >>> shape_words(6)
    Traceback (most recent call last):
    TypeError: 'int' object is not iterable
    """
    return "×".join(map(str, shape))


def _convolution(layer: Convolution, shapes: tuple[Shape, ...]) -> Effect:
    channels, *sizes = _sliding(shapes)
    out = whole_number("out_channels", layer.out_channels, 1)
    _require_declared("in_channels", layer.in_channels, channels)
    _require_groups(layer, channels)
    _require_padding(layer.padding, ("valid", "same"))
    axes = convolution_axes(
        sizes,
        layer.kernel_size,
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
        padding_mode=layer.padding_mode,
    )
    weights = out * channels // layer.groups * prod(axis.kernel_size for axis in axes)
    outputs = tuple(axis.output_size for axis in axes)
    return Effect((out, *outputs), weights, out * bool(layer.bias), macs=weights * prod(outputs), axes=axes)


def _transposed(layer: TransposedConvolution, shapes: tuple[Shape, ...]) -> Effect:
    channels, *sizes = _sliding(shapes)
    out = whole_number("out_channels", layer.out_channels, 1)
    _require_declared("in_channels", layer.in_channels, channels)
    _require_groups(layer, channels)
    _require_padding(layer.padding)
    axes = transposed_axes(
        sizes,
        layer.kernel_size,
        stride=layer.stride,
        padding=layer.padding,
        output_padding=layer.output_padding,
        dilation=layer.dilation,
    )
    weights = channels * out // layer.groups * prod(axis.kernel_size for axis in axes)
    outputs = tuple(axis.output_size for axis in axes)
    return Effect((out, *outputs), weights, out * bool(layer.bias), macs=weights * prod(sizes), axes=axes)


def _pooling(layer: Pooling, shapes: tuple[Shape, ...]) -> Effect:
    channels, *sizes = _sliding(shapes)
    _require_padding(layer.padding)
    dilations = per_axis("dilation", layer.dilation, len(sizes))
    if layer.kind == "lp":
        require_norm_type(layer.norm_type)
    if layer.kind == "lp" and set(per_axis("padding", layer.padding, len(sizes))) != {0}:
        raise GeometryError(
            f"padding {layer.padding} with kind lp: torch's lp pooling has none; set padding to 0",
            parameter="padding",
            value=layer.padding,
            limit=0,
            remedy={"padding": 0},
        )
    axes = pooling_axes(
        sizes,
        layer.kernel_size,
        # torch takes a norm from an average: over three axes both want an input as large as their kernel.
        kind="average" if layer.kind == "lp" and set(dilations) == {1} else layer.kind,
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
        ceil_mode=layer.ceil_mode,
    )
    return Effect((channels, *(axis.output_size for axis in axes)), axes=axes)


def _adaptive(layer: AdaptivePooling, shapes: tuple[Shape, ...]) -> Effect:
    channels, *sizes = _sliding(shapes)
    require_one_of("kind", layer.kind, ("average", "max"))
    axes = adaptive_axes(sizes, layer.output_size)
    return Effect((channels, *(axis.output_size for axis in axes)), axes=axes)


def _upsampling(layer: Upsampling, shapes: tuple[Shape, ...]) -> Effect:
    channels, *sizes = _sliding(shapes)
    require_one_of("mode", layer.mode, UPSAMPLING_MODES)
    if (layer.size is None) == (layer.scale_factor is None):
        raise GeometryError(
            f"size {layer.size} and scale_factor {layer.scale_factor}: an upsampling needs exactly one of them",
            parameter="scale_factor",
            value=layer.scale_factor,
            limit=1,
            remedy={"scale_factor": 2, "size": None},
        )
    linear = layer.mode == "linear"
    if layer.align_corners and not linear:
        raise GeometryError(
            "align_corners with mode nearest: there is nothing to align; set mode to linear",
            parameter="align_corners",
            value=True,
            limit=False,
            remedy={"align_corners": False},
        )
    name, given = ("size", layer.size) if layer.scale_factor is None else ("scale_factor", layer.scale_factor)
    entries = per_axis(name, given, len(sizes))

    def axis_of(index: int) -> UpsampledAxis:
        number = whole_number(name, entries[index], 1)
        target = number if layer.scale_factor is None else number * sizes[index]
        return UpsampledAxis(sizes[index], target, linear, layer.align_corners)

    axes = on_each_axis(len(sizes), axis_of)
    return Effect((channels, *(axis.output_size for axis in axes)), axes=axes)


def _batch_norm(layer: BatchNorm, shapes: tuple[Shape, ...]) -> Effect:
    (shape,) = shapes
    _require_declared("num_features", layer.num_features, shape[0])
    learned = shape[0] * bool(layer.affine)
    return Effect(shape, learned, learned, (2 * shape[0] + 1) * bool(layer.track_running_stats))


def _activation(layer: Activation, shapes: tuple[Shape, ...]) -> Effect:
    require_one_of("function", layer.function, ACTIVATIONS)
    if layer.function == "LocalResponseNorm":
        _sliding(shapes)
        _require_neighbours(layer)
    _require_options(layer)
    return Effect(shapes[0], memory="in place")


def _require_options(layer: Activation) -> None:
    """Only what torch's class takes, and can be."""
    module = MODULES[layer.function]
    arguments = {argument.name: argument for argument in module.arguments}
    for name, value in layer.options:
        try:
            setting(arguments[name], module, value)
        except (KeyError, ValueError) as error:
            why = error if isinstance(error, ValueError) else f"it takes {', '.join(arguments) or 'none'}"
            raise GeometryError(
                f"option {name}={value} of nn.{layer.function}: {why}; or leave the options out",
                parameter="options",
                value=layer.options,
                limit=tuple(arguments),
                remedy={"options": tuple(option for option in layer.options if option[0] != name)},
            ) from None


def _require_neighbours(layer: Activation) -> None:
    """Of a response norm torch has to know over how many channels."""
    size = dict(layer.options).get("size")
    if not isinstance(size, int) or size < 1:
        raise GeometryError(
            f"size of the LocalResponseNorm is {size}: it says over how many channels; set options to size=5",
            parameter="options",
            value=layer.options,
            limit=1,
            remedy={"options": (("size", 5),)},
        )


def _dropout(layer: Dropout, shapes: tuple[Shape, ...]) -> Effect:
    if not isinstance(layer.p, int | float) or not 0 <= layer.p <= 1:
        raise GeometryError(
            f"p is {layer.p}: a probability lies between 0 and 1", parameter="p", value=layer.p, limit=1, remedy={"p": 0.5}
        )
    return Effect(shapes[0], memory="in place")


def _flatten(_: Flatten, shapes: tuple[Shape, ...]) -> Effect:
    return Effect((prod(shapes[0]),), memory="view", mixes=True)


def _dense(layer: Dense, shapes: tuple[Shape, ...]) -> Effect:
    (shape,) = shapes
    out = whole_number("out_features", layer.out_features, 1)
    if len(shape) > 1 and layer.in_features != shape[-1]:
        takes = "all of them" if layer.in_features is None else _number(layer.in_features)
        raise GeometryError(
            f"its {prod(shape):,} numbers are not in a row, and it takes {takes}: put a flatten before it",
            parameter="in_features",
            value=layer.in_features,
            limit=prod(shape),
            remedy={INSERT_BEFORE: "flatten"},
        )
    _require_declared("in_features", layer.in_features, shape[-1])
    weights = out * shape[-1]
    return Effect((*shape[:-1], out), weights, out * bool(layer.bias), macs=weights * prod(shape[:-1]), mixes=True)


def _add(_: Add, shapes: tuple[Shape, ...]) -> Effect:
    _require_several("a sum", shapes)
    if len(set(shapes)) > 1:
        raise GeometryError(
            f"its inputs are {_listed(shapes)}: a sum needs equal shapes; "
            "give both layers before it the same channels, strides and padding",
            parameter="inputs",
            value=shapes,
            limit=shapes[0],
        )
    return Effect(shapes[0])


def _concat(layer: Concat, shapes: tuple[Shape, ...]) -> Effect:
    _require_several("a concatenation", shapes)
    if len({len(shape) for shape in shapes}) > 1:
        raise GeometryError(
            f"its inputs are {_listed(shapes)}: flat and not flat; flatten all of them or none",
            parameter="inputs",
            value=shapes,
            limit=shapes[0],
        )
    least = tuple(map(min, zip(*(shape[1:] for shape in shapes), strict=True)))
    if not layer.crop and len({shape[1:] for shape in shapes}) > 1:
        raise GeometryError(
            f"its inputs are {_listed(shapes)}: only the channels may differ; "
            f"crop the larger ones to {shape_words(least)}, or give both layers before it the same strides and padding",
            parameter="crop",
            value=False,
            limit=True,
            remedy={"crop": True},
        )
    crop = tuple(tuple((have - want) // 2 for have, want in zip(shape[1:], least, strict=True)) for shape in shapes)
    return Effect((sum(shape[0] for shape in shapes), *least), crop=crop)


RULES: Final[Mapping[type, Callable[[Any, tuple[Shape, ...]], Effect]]] = {
    Convolution: _convolution,
    TransposedConvolution: _transposed,
    Pooling: _pooling,
    AdaptivePooling: _adaptive,
    Upsampling: _upsampling,
    BatchNorm: _batch_norm,
    Activation: _activation,
    Dropout: _dropout,
    Flatten: _flatten,
    Dense: _dense,
    Add: _add,
    Concat: _concat,
}


def _sliding(shapes: tuple[Shape, ...]) -> Shape:
    """The shape that windows slide over."""
    (shape,) = shapes
    if len(shape) == 1:
        raise GeometryError(
            f"these are {shape[0]:,} numbers in a row: windows slide over channels × sizes; move it above the flatten",
            parameter="inputs",
            value=shape,
            limit=2,
        )
    return shape


def _require_padding(padding: Any, names: tuple[str, ...] = ()) -> None:
    """Both sides of an axis are padded alike, as torch does, and by name only where it knows `names`."""
    entries = padding if isinstance(padding, tuple | list) else (padding,)
    if padding not in names and any(isinstance(entry, str | tuple | list) for entry in entries):
        said = f'"{padding}"' if isinstance(padding, str) else padding
        raise GeometryError(
            f"padding is {said}: write a number for both sides, or one an axis{''.join(f', or {name}' for name in names)}",
            parameter="padding",
            value=padding,
            limit=names,
            remedy={"padding": 0},
        )


def _require_declared(name: str, declared: int | None, have: int) -> None:
    if declared is not None and declared != have:
        raise GeometryError(
            f"{name} is {_number(declared)}, and {have:,} come in: set {name} to {have:,}",
            parameter=name,
            value=declared,
            limit=have,
            remedy={name: have},
        )


def _require_groups(layer: Convolution | TransposedConvolution, channels: int) -> None:
    whole_number("groups", layer.groups, 1)
    require_groups(replace(layer, in_channels=channels))


def _require_several(what: str, shapes: tuple[Shape, ...]) -> None:
    if len(shapes) < 2:
        raise GeometryError(
            f"{what} needs two inputs or more, this one has {len(shapes)}: name the layers it reads",
            parameter="inputs",
            value=len(shapes),
            limit=2,
        )


def _listed(shapes: tuple[Shape, ...]) -> str:
    words = [shape_words(shape) for shape in shapes]
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _number(value: Any) -> str:
    """What should be a number, as it is read out."""
    return f"{value:,}" if isinstance(value, int | float) else repr(value)
