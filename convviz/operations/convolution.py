"""Convolution: cross-correlation as deep learning has it, or with the kernel flipped as mathematics has it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from convviz.geometry import Axis, GeometryError, NamedPadding, PaddingMode, named_padding, whole_number
from convviz.trace import Trace, Values

PerAxis = int | Sequence[int]
Padding = int | NamedPadding | Sequence[int | Sequence[int]]


def convolution(
    x: ArrayLike,
    weight: ArrayLike,
    *,
    bias: ArrayLike | None = None,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: PaddingMode = "zeros",
    flip: bool = False,
) -> Trace:
    """Slide `weight` over `x`, multiply what meets, add up.

    output_size = floor((input_size + before + after - dilation * (kernel_size - 1) - 1) / stride) + 1, on each axis

    `x` is (C_in, *sizes) and `weight` (C_out, C_in / groups, *kernel_size); the number of sizes is the dimension. A number for
    `stride`, `padding` or `dilation` stands for all axes; else one entry an axis, for `padding` a number or a pair (before,
    after), or a name (`convviz.geometry.named_padding`). `flip` turns the kernel round along every axis: true convolution.

    Raises `GeometryError` for what torch refuses, for a plane without channels, and for shapes that do not fit. Source:
    torch.nn.Conv2d; Dumoulin and Visin 2016, chapter 2.

    >>> convolution([[[0, 1, 2], [3, 4, 5], [6, 7, 8]]], [[[[0, 1], [2, 3]]]]).output.tolist()
    [[[19.0, 25.0], [37.0, 43.0]]]
    >>> convolution([[0, 1, 2], [3, 4, 5]], [[[[0, 1], [2, 3]]]])
    Traceback (most recent call last):
    convviz.geometry.GeometryError: x has shape (2, 3) and the weight slides along 2 axes: x must be (channels, 2 sizes); \
write x[None] for a single channel
    """
    inputs, weights = _frozen(x), _frozen(weight)
    groups = whole_number("groups", groups, 1)
    _require_shapes(inputs, weights, groups)
    dimension = weights.ndim - 2
    strides, dilations = _per_axis("stride", stride, dimension), _per_axis("dilation", dilation, dimension)
    axes = []
    for index in range(dimension):
        size, kernel_size = inputs.shape[1 + index], weights.shape[2 + index]
        try:
            before, after = _sides(padding, index, dimension, kernel_size, strides[index], dilations[index])
            axis = Axis(size, kernel_size, strides[index], before, after, dilations[index])
            axis.table(padding_mode)
        except GeometryError as error:
            error.axis = index
            raise
        axes.append(axis)
    return Trace("convolution", inputs, weights, _biases(bias, weights), tuple(axes), groups, padding_mode, flip)


def _frozen(values: ArrayLike) -> Values:
    """A copy that nobody can change: what a trace says of its steps stays true."""
    copy = np.asarray(values, dtype=np.float64).copy()
    copy.setflags(write=False)
    return copy


def _require_shapes(inputs: Values, weights: Values, groups: int) -> None:
    dimension = weights.ndim - 2
    if dimension < 1 or 0 in weights.shape[:2]:
        raise GeometryError(
            f"weight has shape {weights.shape}: it must be (C_out, C_in / groups, kernel size of each axis), none of them 0",
            parameter="weight",
            value=weights.shape,
            limit=3,
        )
    if inputs.ndim != dimension + 1:
        way = "write x[None] for a single channel" if inputs.ndim <= dimension else "write x[0] for one picture of a batch"
        raise GeometryError(
            f"x has shape {inputs.shape} and the weight slides along {dimension} axes: "
            f"x must be (channels, {dimension} sizes); {way}",
            parameter="x",
            value=inputs.shape,
            limit=dimension + 1,
        )
    if weights.shape[0] % groups or inputs.shape[0] != weights.shape[1] * groups:
        raise GeometryError(
            f"groups {groups} must divide the {weights.shape[0]} output channels, and x must have "
            f"groups × {weights.shape[1]} = {groups * weights.shape[1]} channels; it has {inputs.shape[0]}: "
            "change groups, or the channels of x or weight",
            parameter="groups",
            value=groups,
            limit=weights.shape[0],
        )


def _per_axis(name: str, value: PerAxis, dimension: int) -> tuple[int, ...]:
    value = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(value, Sequence):
        return (value,) * dimension
    if len(value) != dimension:
        raise GeometryError(
            f"{name} has {len(value)} entries for {dimension} axes: write one number, or one an axis",
            parameter=name,
            value=value,
            limit=dimension,
        )
    return tuple(value)


def _sides(padding: Padding, index: int, dimension: int, kernel_size: int, stride: int, dilation: int) -> tuple[int, int]:
    """(before, after) of one axis."""
    if isinstance(padding, str):
        return named_padding(padding, kernel_size, stride, dilation)
    padding = padding.tolist() if isinstance(padding, np.ndarray) else padding
    entries = padding if isinstance(padding, Sequence) else [padding] * dimension
    if len(entries) != dimension:
        raise GeometryError(
            f"padding has {len(entries)} entries for {dimension} axes: write one number, one entry an axis, or a name",
            parameter="padding",
            value=padding,
            limit=dimension,
        )
    entry = entries[index]
    if not isinstance(entry, Sequence):
        return (whole_number("padding", entry, 0),) * 2
    if isinstance(entry, str) or len(entry) != 2:
        raise GeometryError(
            f"padding has the entry {entry}: an axis takes a number, or a pair (before, after)",
            parameter="padding",
            value=entry,
            limit=2,
        )
    before, after = entry
    return before, after


def _biases(bias: ArrayLike | None, weights: Values) -> Values:
    channels = weights.shape[0]
    if bias is None:
        return np.zeros(channels)
    biases = _frozen(bias)
    if biases.shape != (channels,):
        raise GeometryError(
            f"bias has shape {biases.shape}: one number for each of the {channels} output channels",
            parameter="bias",
            value=biases.shape,
            limit=(channels,),
        )
    return biases
