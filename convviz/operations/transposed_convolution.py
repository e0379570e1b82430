"""Transposed convolution: the adjoint of a convolution, its relation read backwards. It undoes the shape, not the values."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from convviz.geometry import GeometryError, TransposedAxis, on_each_axis, whole_number
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
from convviz.trace import Trace


def transposed_convolution(
    x: ArrayLike,
    weight: ArrayLike,
    *,
    bias: ArrayLike | None = None,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Trace:
    """Let every cell of `x` stamp `weight`, scaled by its value, onto the output; overlaps add.

    output_size = (input_size - 1) * stride - before - after + dilation * (kernel_size - 1) + output_padding + 1, on each axis

    `x` is (C_in, *sizes) and `weight` (C_in, C_out / groups, *kernel_size), as in torch; the number of sizes is the dimension.
    A number stands for all axes; else one entry an axis, for `padding` a number or a pair (before, after), or the name that the
    convolution had whose adjoint this is. `padding` cuts cells off the output; `output_padding` chooses among the output sizes
    that the convolution would give the same input size.

    Raises `GeometryError` for what torch refuses: output_padding that reaches both stride and dilation, an output of no cells,
    channels that do not fit. Source: torch.nn.ConvTranspose2d; Dumoulin and Visin 2016, chapter 4.

    >>> transposed_convolution([[[0, 1], [2, 3]]], [[[[0, 1], [2, 3]]]]).output.tolist()
    [[[0.0, 0.0, 1.0], [0.0, 4.0, 6.0], [4.0, 12.0, 9.0]]]
    >>> transposed_convolution([[[0, 1], [2, 3]]], [[[[0, 1], [2, 3]]]], output_padding=1)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: output_padding 1 must be smaller than stride 1 or dilation 1: it only chooses among the \
output sizes that one stride apart share an input size; lower it to 0
    """
    inputs, weights = frozen(x), frozen(weight)
    groups = whole_number("groups", groups, 1)
    require_weight(weights, "C_in, C_out / groups")
    dimension = weights.ndim - 2
    require_input(inputs, dimension, "the weight is stamped")
    if len(inputs) % groups or len(inputs) != len(weights):
        raise GeometryError(
            f"groups {groups} must divide the {len(inputs)} channels of x, and weight, (C_in, C_out / groups, …), must have "
            f"as many in front; it has {len(weights)}: change groups, or the channels of x or weight",
            parameter="groups",
            value=groups,
            limit=len(inputs),
        )
    axes = transposed_axes(
        inputs.shape[1:],
        weights.shape[2:],
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
    )
    return Trace(
        "transposed_convolution",
        inputs,
        axes,
        tuple(axis.table() for axis in axes),
        biases(bias, weights.shape[1] * groups),
        weights,
        groups,
    )


def transposed_axes(
    input_size: Sequence[int],
    kernel_size: PerAxis,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
) -> tuple[TransposedAxis, ...]:
    """The axes of a transposed convolution over an input of these sizes, in cells: all that its output size needs.

    Raises `GeometryError` as `transposed_convolution` does.

    >>> [axis.output_size for axis in transposed_axes((28, 14), 2, stride=2)]
    [56, 28]
    >>> transposed_axes((4, 4), 2, padding=3)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: padding 3 before and 3 after cuts away all 5 cells of the output: cut at most 4
    """
    dimension = len(input_size)
    kernel_sizes, strides = per_axis("kernel_size", kernel_size, dimension), per_axis("stride", stride, dimension)
    dilations, extra = per_axis("dilation", dilation, dimension), per_axis("output_padding", output_padding, dimension)

    def axis_of(index: int) -> TransposedAxis:
        window = kernel_sizes[index], strides[index]
        before, after = sides(padding, index, dimension, *window, dilations[index])
        return TransposedAxis(input_size[index], *window, before, after, dilations[index], extra[index])

    return on_each_axis(dimension, axis_of)
