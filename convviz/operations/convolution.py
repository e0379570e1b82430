"""Convolution: cross-correlation as deep learning has it, or with the kernel flipped as mathematics has it."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from convviz.geometry import Axis, GeometryError, PaddingMode, on_each_axis, require_fillable, whole_number
from convviz.operations._arguments import (
    Padding,
    PerAxis,
    biases,
    frozen,
    per_axis,
    require_input,
    require_weight,
    sides,
)
from convviz.trace import Trace, Values


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
    inputs, weights = frozen(x), frozen(weight)
    groups = whole_number("groups", groups, 1)
    require_weight(weights, "C_out, C_in / groups")
    dimension = weights.ndim - 2
    require_input(inputs, dimension, "the weight slides")
    _require_channels(inputs, weights, groups)
    axes = convolution_axes(
        inputs.shape[1:], weights.shape[2:], stride=stride, padding=padding, dilation=dilation, padding_mode=padding_mode
    )
    return Trace(
        "convolution",
        inputs,
        axes,
        tuple(axis.table(padding_mode) for axis in axes),
        biases(bias, len(weights)),
        weights,
        groups,
        padding_mode=padding_mode,
        flip=flip,
    )


def convolution_axes(
    input_size: Sequence[int],
    kernel_size: PerAxis,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    padding_mode: PaddingMode = "zeros",
) -> tuple[Axis, ...]:
    """The axes of a convolution over an input of these sizes, in cells: all that its output size needs.

    Raises `GeometryError` as `convolution` does.

    >>> [axis.output_size for axis in convolution_axes((28, 14), 5, padding=(2, 0))]
    [28, 10]
    >>> convolution_axes((4, 4), 5)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: kernel 5 spans 5 cells; the padded input has 4: add 1 padding, or lower kernel to 4
    """
    dimension = len(input_size)
    kernel_sizes, strides = per_axis("kernel_size", kernel_size, dimension), per_axis("stride", stride, dimension)
    dilations = per_axis("dilation", dilation, dimension)

    def axis_of(index: int) -> Axis:
        before, after = sides(padding, index, dimension, kernel_sizes[index], strides[index], dilations[index])
        axis = Axis(input_size[index], kernel_sizes[index], strides[index], before, after, dilations[index])
        require_fillable(axis, padding_mode)
        return axis

    return on_each_axis(dimension, axis_of)


def _require_channels(inputs: Values, weights: Values, groups: int) -> None:
    if weights.shape[0] % groups or inputs.shape[0] != weights.shape[1] * groups:
        raise GeometryError(
            f"groups {groups} must divide the {weights.shape[0]} output channels, and x must have "
            f"groups × {weights.shape[1]} = {groups * weights.shape[1]} channels; it has {inputs.shape[0]}: "
            "change groups, or the channels of x or weight",
            parameter="groups",
            value=groups,
            limit=weights.shape[0],
        )
