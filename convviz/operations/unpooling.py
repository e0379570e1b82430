"""Unpooling: a small map laid out large again, its values repeated, spread apart, or sent where a maximum once stood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, cast, get_args

import numpy as np
from numpy.typing import ArrayLike

from convviz.geometry import GeometryError, Integers, RememberedAxis, TransposedAxis, on_each_axis, require_one_of, whole_number
from convviz.operations._arguments import PerAxis, frozen, per_axis, require_input
from convviz.trace import Trace, Values

UnpoolingKind = Literal["max", "nearest", "bed_of_nails"]
UNPOOLING_KINDS: Final[tuple[UnpoolingKind, ...]] = get_args(UnpoolingKind)


def unpooling(
    x: ArrayLike,
    indices_or_factor: ArrayLike | PerAxis = 2,
    *,
    kind: UnpoolingKind = "max",
    kernel_size: PerAxis = 2,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    output_size: PerAxis | None = None,
) -> Trace:
    """Lay the cells of `x` out on a larger map.

    output_size = input_size * factor; of kind max (input_size - 1) * stride - 2 * padding + kernel_size, or as given

    `x` is (C, *sizes), and the number of sizes is the dimension. nearest repeats each value `factor` times along each axis;
    bed_of_nails puts it into the first cell of such a block, the rest is 0. max sends each value to the position that a
    max-pooling remembered: `indices_or_factor` are then `Trace.indices`, of the shape of `x`, counted in C order within a
    channel of the output; the rest is 0, and where several values meet the last one stays. `kernel_size`, `stride` (by default
    the kernel size) and `padding` are the pooling's and give the output size; `output_size` names it where the pooling's
    windows did not divide its input.

    Raises `GeometryError` for shapes that do not fit and positions outside the output. Source: torch.nn.MaxUnpool2d, Upsample.

    >>> from convviz.operations.pooling import pooling
    >>> pooled = pooling([[[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]], 2)
    >>> unpooling([[[1, 2], [3, 4]]], pooled.indices).output.tolist()
    [[[0.0, 0.0, 2.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [3.0, 0.0, 0.0, 4.0]]]
    >>> unpooling([[1, 2]], [[0, 4]])
    Traceback (most recent call last):
    convviz.geometry.GeometryError: indices hold 4: the output of sizes (4,) has positions 0 to 3; raise output_size, or pass \
the indices of the pooling that is undone
    """
    inputs = frozen(x)
    require_one_of("kind", kind, UNPOOLING_KINDS)
    dimension = max(inputs.ndim - 1, 1)
    require_input(inputs, dimension, "the cells are laid out")
    if kind != "max":
        return _spread(inputs, kind, per_axis("factor", cast("Any", indices_or_factor), dimension))
    sizes = inputs.shape[1:]
    windows = (kernel_size, kernel_size if stride is None else stride, padding, output_size)
    kernels, strides, paddings, wanted = (
        per_axis(name, value, dimension)
        for name, value in zip(("kernel_size", "stride", "padding", "output_size"), windows, strict=True)
    )

    def axis_of(index: int) -> RememberedAxis:
        least = whole_number("padding", paddings[index], 0)
        return _remembered(sizes[index], kernels[index], strides[index], least, wanted[index])

    axes = on_each_axis(dimension, axis_of)
    return Trace(
        "unpooling",
        inputs,
        axes,
        tuple(axis.table() for axis in axes),
        np.zeros(len(inputs)),
        groups=len(inputs),
        reduction="remembered",
        remembered=_positions(indices_or_factor, inputs, tuple(axis.output_size for axis in axes)),
    )


def _remembered(size: int, kernel_size: int, stride: int, padding: int, wanted: int | None) -> RememberedAxis:
    """The axis that the pooling's window gives, or, less than a stride away from it, the output size that is asked for."""
    kernel_size, stride = whole_number("kernel_size", kernel_size, 1), whole_number("stride", stride, 1)
    given = (size - 1) * stride - 2 * padding + kernel_size
    if wanted is None and given < 1:
        most = (given + 2 * padding - 1) // 2
        raise GeometryError(
            f"padding {padding} cuts away all {given + 2 * padding} cells that {size} windows reach: lower padding to {most}",
            parameter="padding",
            value=padding,
            limit=most,
            remedy={"padding": most},
        )
    if wanted is not None and not given - stride < whole_number("output_size", wanted, 1) < given + stride:
        raise GeometryError(
            f"output_size {wanted} is no input that {size} windows of {kernel_size} at stride {stride} pool: "
            f"it must lie between {max(1, given - stride + 1)} and {given + stride - 1}; leave it out for {given}",
            parameter="output_size",
            value=wanted,
            limit=(max(1, given - stride + 1), given + stride - 1),
            remedy={"output_size": max(1, given)},
        )
    return RememberedAxis(size, given if wanted is None else wanted)


def _spread(inputs: Values, kind: UnpoolingKind, factors: Sequence[int]) -> Trace:
    """Every cell with a block of the output: filled, or with the value in its first cell alone."""

    def axis_of(index: int) -> TransposedAxis:
        factor = whole_number("factor", factors[index], 1)
        size = inputs.shape[1 + index]
        if kind == "nearest":
            return TransposedAxis(size, factor, factor)
        return TransposedAxis(size, 1, factor, output_padding=factor - 1)

    axes = on_each_axis(inputs.ndim - 1, axis_of)
    tables = tuple(axis.table() for axis in axes)
    return Trace("unpooling", inputs, axes, tables, np.zeros(len(inputs)), groups=len(inputs))


def _positions(indices: ArrayLike, inputs: Values, sizes: tuple[int, ...]) -> Integers:
    positions = np.array(indices)
    if positions.shape != inputs.shape or not np.issubdtype(positions.dtype, np.integer):
        raise GeometryError(
            f"indices have shape {positions.shape} and type {positions.dtype}: one whole number for each cell of x, "
            f"which has shape {inputs.shape}",
            parameter="indices",
            value=positions.shape,
            limit=inputs.shape,
        )
    cells = int(np.prod(sizes))
    outside = positions[(positions < 0) | (positions >= cells)]
    if outside.size:
        raise GeometryError(
            f"indices hold {outside[0]}: the output of sizes {sizes} has positions 0 to {cells - 1}; "
            "raise output_size, or pass the indices of the pooling that is undone",
            parameter="indices",
            value=int(outside[0]),
            limit=cells - 1,
        )
    positions = positions.astype(np.intp)
    positions.setflags(write=False)
    return positions
