"""Pooling: what a window holds in a single number: its largest value, its average, its norm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from convviz.geometry import AdaptiveAxis, Axis, GeometryError, on_each_axis, require_one_of, whole_number
from convviz.operations._arguments import (
    Padding,
    PerAxis,
    frozen,
    per_axis,
    require_input,
    sides,
)
from convviz.trace import Trace

PoolingKind = Literal["max", "average", "lp"]
POOLING_KINDS: Final[tuple[PoolingKind, ...]] = get_args(PoolingKind)
_AVERAGED_AXES: Final = 3
"""Over so many axes torch's average asks more of its input than over fewer."""


def pooling(
    x: ArrayLike,
    kernel_size: PerAxis,
    *,
    kind: PoolingKind = "max",
    norm_type: float = 2,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Trace:
    """Slide a window over each channel of `x` and keep one number of it.

    output_size = floor((input_size + before + after - dilation * (kernel_size - 1) - 1) / stride) + 1, on each axis; with
    `ceil_mode` a ceiling, and a last window that would start beyond input and left padding is dropped

    `x` is (C, *sizes), and the number of sizes is the dimension; a number for `kernel_size`, `stride` (by default the kernel
    size), `padding` or `dilation` stands for all axes. max: padding is −∞; a tie goes to the first, and `Trace.indices` say
    where. average: divided by the input cells of the window, by its padding too while `count_include_pad`, by overhang never.
    lp: the norm (sum of |value|^p)^(1/p) with p = `norm_type`. torch's lp_pool differs: it counts cells that overhang, and with
    an odd p keeps the signs, which gives a negative "norm" or NaN.

    Raises `GeometryError` for what torch refuses: padding beyond half the kernel, dilation other than for max, windows that do
    not fit. Source: torch.nn.MaxPool2d, AvgPool2d, LPPool2d.

    >>> pooling([[[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]], 2).output.tolist()
    [[[5.0, 6.0], [7.0, 8.0]]]
    >>> pooling([[[1, 2], [3, 4]]], 2, padding=2)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: padding 2 is more than half of kernel 2: a window could lie in padding alone; lower \
padding to 1 or widen the kernel to 4
    """
    inputs = frozen(x)
    dimension = max(inputs.ndim - 1, 1) if not isinstance(kernel_size, Sequence) else len(kernel_size)
    require_input(inputs, dimension, "the window slides")
    axes = pooling_axes(
        inputs.shape[1:],
        kernel_size,
        kind=kind,
        stride=stride,
        padding=padding,
        dilation=dilation,
        ceil_mode=ceil_mode,
    )
    return Trace(
        "pooling",
        inputs,
        axes,
        tuple(axis.table() for axis in axes),
        np.zeros(len(inputs)),
        groups=len(inputs),
        reduction=kind,
        norm_type=require_norm_type(norm_type),
        count_include_pad=count_include_pad,
    )


def adaptive_pooling(
    x: ArrayLike, output_size: int | Sequence[int | None], *, kind: Literal["average", "max"] = "average"
) -> Trace:
    """Cut each axis of `x` into `output_size` windows, and keep one number of each; 1 is global pooling.

    window o covers floor(o * n / m) up to ceil((o + 1) * n / m), not included, of n input cells and m outputs

    `x` is (C, *sizes), and the number of sizes is the dimension; a number stands for all axes, None leaves an axis as it is.
    Raises `GeometryError` for sizes below 1 and shapes that do not fit. Source: torch.nn.AdaptiveAvgPool2d, AdaptiveMaxPool2d.

    >>> adaptive_pooling([[1, 2, 3, 4, 6]], 3).output.tolist()
    [[1.5, 3.0, 5.0]]
    >>> adaptive_pooling([[1, 2, 3, 4, 6]], 0)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: output_size is 0: it must be at least 1
    """
    inputs = frozen(x)
    if kind not in ("average", "max"):
        raise GeometryError(
            f"kind {kind} with adaptive windows: they average or take the largest, in torch too; set kind to average",
            parameter="kind",
            value=kind,
            limit=("average", "max"),
            remedy={"kind": "average"},
        )
    dimension = max(inputs.ndim - 1, 1) if not isinstance(output_size, Sequence) else len(output_size)
    require_input(inputs, dimension, "the windows lie")
    axes = adaptive_axes(inputs.shape[1:], output_size)
    return Trace(
        "adaptive_pooling",
        inputs,
        axes,
        tuple(axis.table() for axis in axes),
        np.zeros(len(inputs)),
        groups=len(inputs),
        reduction=kind,
    )


def pooling_axes(
    input_size: Sequence[int],
    kernel_size: PerAxis,
    *,
    kind: PoolingKind = "max",
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> tuple[Axis, ...]:
    """The axes of a pooling over an input of these sizes, in cells: all that its output size needs.

    Raises `GeometryError` as `pooling` does.

    >>> [axis.output_size for axis in pooling_axes((28, 14), 3, stride=2, ceil_mode=True)]
    [14, 7]
    >>> pooling_axes((4,), 2, padding=2)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: padding 2 is more than half of kernel 2: a window could lie in padding alone; lower \
padding to 1 or widen the kernel to 4
    """
    dimension = len(input_size)
    require_one_of("kind", kind, POOLING_KINDS)
    kernel_sizes = per_axis("kernel_size", kernel_size, dimension)
    strides = per_axis("stride", kernel_sizes if stride is None else stride, dimension)
    dilations = per_axis("dilation", dilation, dimension)

    # torch's average over three axes wants an input as large as its kernel, whatever the padding.
    unpadded = kind == "average" and dimension == _AVERAGED_AXES

    def axis_of(index: int) -> Axis:
        size = whole_number("kernel_size", kernel_sizes[index], 1)
        before, after = sides(padding, index, dimension, size, strides[index], dilations[index])
        _require_halves(size, before, after)
        if kind != "max":
            _require_undilated(dilations[index], kind)
        window = (size, strides[index], before, after, dilations[index], ceil_mode)
        return _axis(input_size[index], *window, unpadded=unpadded)

    return on_each_axis(dimension, axis_of)


def adaptive_axes(input_size: Sequence[int], output_size: int | Sequence[int | None]) -> tuple[AdaptiveAxis, ...]:
    """The axes of an adaptive pooling over an input of these sizes, in cells.

    Raises `GeometryError` as `adaptive_pooling` does.

    >>> [axis.output_size for axis in adaptive_axes((28, 14), (7, None))]
    [7, 14]
    >>> adaptive_axes((28, 14), 0)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: output_size is 0: it must be at least 1
    """
    sizes = per_axis("output_size", output_size, len(input_size))
    wanted = [have if want is None else want for have, want in zip(input_size, sizes, strict=True)]
    return on_each_axis(len(input_size), lambda index: AdaptiveAxis(input_size[index], wanted[index]))


def _require_undilated(dilation: int, kind: PoolingKind) -> None:
    if dilation != 1 and whole_number("dilation", dilation, 1):
        raise GeometryError(
            f"dilation {dilation} with kind {kind}: only max pooling spreads its window, in torch too; set dilation to 1",
            parameter="dilation",
            value=dilation,
            limit=1,
            remedy={"dilation": 1},
        )


def _require_halves(kernel_size: int, before: int, after: int) -> None:
    """As torch has it: a window must not lie in padding alone; its dilation does not count."""
    half = kernel_size // 2
    for padding in (before, after):
        if whole_number("padding", padding, 0) > half:
            raise GeometryError(
                f"padding {padding} is more than half of kernel {kernel_size}: a window could lie in padding alone; "
                f"lower padding to {half} or widen the kernel to {2 * padding}",
                parameter="padding",
                value=padding,
                limit=half,
                remedy={"before": min(before, half), "after": min(after, half)},
            )


def _axis(
    size: int, kernel_size: int, stride: int, before: int, after: int, dilation: int, ceil_mode: bool, *, unpadded: bool
) -> Axis:
    """The axis, where its window fits; if not, the way out leaves the padding within half the kernel."""
    try:
        axis = Axis(size, kernel_size, stride, before, after, dilation, ceil_mode)
    except GeometryError as error:
        if error.parameter != "kernel_size":
            raise
        limit = error.limit
        problem, _, ways = str(error).partition(": ")
        missing = dilation * (kernel_size - 1) + 1 - (before + size + after + (stride - 1) * ceil_mode)
        wider = before + after + missing <= 2 * (kernel_size // 2)
        problem += f": {ways.partition(', or ')[0]}, or" if wider else ":"
    else:
        if not unpadded or size >= kernel_size:
            return axis
        limit = size
        problem = (
            f"kernel {kernel_size} is larger than the input of {size}: "
            "torch's avg_pool3d refuses that even where padding would make room;"
        )
    way = _way_out(size, kernel_size, stride, before, after, dilation, ceil_mode, unpadded)
    words = " and ".join(f"{name.removesuffix('_size')} to {value}" for name, value in way.items())
    raise GeometryError(f"{problem} lower {words}", "kernel_size", kernel_size, limit, way)


def _way_out(
    size: int, kernel_size: int, stride: int, before: int, after: int, dilation: int, ceil_mode: bool, unpadded: bool
) -> dict[str, int]:
    """The largest dilation that makes the window fit, else the largest kernel, with as much of the padding as it may have."""
    wanted = {"kernel_size": kernel_size, "before": before, "after": after, "dilation": dilation}
    tries = [(kernel_size, each) for each in range(dilation, 0, -1)] + [(each, dilation) for each in range(kernel_size, 0, -1)]
    for kernel, spread in tries:
        sides_left = min(before, kernel // 2), min(after, kernel // 2)
        room = size + sum(sides_left) + (stride - 1) * ceil_mode
        if spread * (kernel - 1) + 1 > room or (unpadded and kernel > size):
            continue
        found = dict(zip(wanted, (kernel, *sides_left, spread), strict=True))
        return {name: value for name, value in found.items() if value != wanted[name]}
    raise AssertionError("a kernel of one cell fits any input")


def require_norm_type(value: float) -> float:
    """The power of a norm as a float. Raises `GeometryError` for what is no number above 0.

    >>> require_norm_type(2)
    2.0
    >>> require_norm_type(0)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: norm_type is 0: it must be a number above 0; for the largest value pool with kind max
    """
    if not isinstance(value, int | float | np.number) or not 0 < value < np.inf:
        raise GeometryError(
            f"norm_type is {value}: it must be a number above 0; for the largest value pool with kind max",
            parameter="norm_type",
            value=value,
            limit=0,
            remedy={"norm_type": 2},
        )
    return float(value)
