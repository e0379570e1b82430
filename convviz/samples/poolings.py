"""An example of a pooling, with what it undoes, what it is compared with, and the block it ends."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal, get_args

from convviz.geometry import Axis, GeometryError, on_each_axis
from convviz.samples.recipes import Recipe, Sizes, Values
from convviz.samples.sliding import Shape, SlidingSample

PoolingKind = Literal["max", "average", "lp"]
Windows = Literal["sliding", "adaptive", "global"]
PoolingView = Literal["alone", "strided", "block"]
Unpooling = Literal["remembered", "nearest", "bed_of_nails"]
Activation = Literal["relu", "sigmoid", "tanh"]

POOLING_KINDS: Final[tuple[PoolingKind, ...]] = get_args(PoolingKind)
WINDOWS: Final[tuple[Windows, ...]] = get_args(Windows)
POOLING_VIEWS: Final[tuple[PoolingView, ...]] = get_args(PoolingView)
UNPOOLINGS: Final[tuple[Unpooling, ...]] = get_args(Unpooling)
ACTIVATIONS: Final[tuple[Activation, ...]] = get_args(Activation)


@dataclass(frozen=True)
class PoolingSample(SlidingSample):
    """A pooling; the stride is the kernel size where it is left out.

    `windows` slide, or are as many as `output_size` says ("adaptive"), or are one ("global"). `view` shows the pooling alone
    with an unpooling of the values `later`, beside a strided convolution of the same window with `weight`, or as the end of a
    block: a convolution of `block_channels` filters of `block_kernel` with `block_padding` on both sides, an activation, then
    the pooling.

    >>> sample = PoolingSample((4, 4), (2, 2), kind="average")
    >>> x, options = sample.arguments()
    >>> x.shape, options["stride"], sample.pooled_by
    ((1, 4, 4), (2, 2), 'pooling')
    >>> PoolingSample((4, 4), (2, 2), output_size=(1,))
    Traceback (most recent call last):
    ValueError: output_size (1,) needs 2 entries, one an axis
    """

    operation: ClassVar[str] = "pooling"
    axis_fields: ClassVar[Mapping[str, Any]] = {
        **SlidingSample.axis_fields,
        "output_size": 3,
        "block_kernel": 3,
        "block_padding": 1,
    }
    grids: ClassVar[tuple[str, ...]] = ("input", "weight", "later")
    drawn: ClassVar[tuple[str, ...]] = ("input", "weight", "map", "output")
    lowered: ClassVar[tuple[str, ...]] = (
        *("block_channels", "channels", "input_size", "output_size", "padding", "block_padding", "kernel_size"),
        "block_kernel",
    )

    channels: int = 1
    kind: PoolingKind = "max"
    windows: Windows = "sliding"
    ceil_mode: bool = False
    count_include_pad: bool = True
    norm_type: float = 2.0
    output_size: Sizes = ()
    view: PoolingView = "alone"
    unpooling: Unpooling = "remembered"
    later: Recipe = field(default=Recipe("count"), kw_only=True)
    block_kernel: Sizes = ()
    block_padding: Sizes = ()
    block_channels: int = 1
    activation: Activation = "relu"

    def __post_init__(self) -> None:
        if self.stride == ():
            object.__setattr__(self, "stride", self.kernel_size)
        super().__post_init__()

    @property
    def pooled_by(self) -> Literal["pooling", "adaptive_pooling"]:
        """The function of `convviz` that takes `pooling_options`."""
        return "pooling" if self.windows == "sliding" else "adaptive_pooling"

    @property
    def pooled_shape(self) -> Shape:
        """The shape of what is pooled: the input, or the block's map. Raises `GeometryError` where a window does not fit."""
        if self.view != "block":
            return self.shape("input")
        axes = on_each_axis(self.dimension, self._block_axis)
        return Shape((self.block_channels,), tuple(axis.output_size for axis in axes))

    @property
    def output_sizes(self) -> Sizes:
        """Sizes of the output. Raises `GeometryError` where a window does not fit."""
        if self.windows != "sliding":
            return self.output_size if self.windows == "adaptive" else (1,) * self.dimension
        return tuple(axis.output_size for axis in on_each_axis(self.dimension, self._axis))

    def shape(self, grid: str) -> Shape:
        """The shape of "input", "weight" (of the view that is shown), "map" (what is pooled), "later" or "output"."""
        match grid:
            case "input":
                return Shape((self.channels,), self.input_size)
            case "weight":
                if self.view == "block":
                    return Shape((self.block_channels, self.channels), self.block_kernel)
                return Shape((self.channels, 1), self.kernel_size)
            case "map":
                return self.pooled_shape
            case "later" | "output":
                return Shape(self.pooled_shape.lead, self.output_sizes)
        return super().shape(grid)

    @property
    def products(self) -> int:
        """Every window counts as products; those of adaptive windows are few."""
        window = math.prod(self.kernel_size) if self.windows == "sliding" else 1
        block = math.prod(self.pooled_shape.sizes) * self.shape("weight").cells if self.view == "block" else 0
        return block + self.shape("output").cells * window

    def pooling_options(self) -> dict[str, Any]:
        """The options of the function that is named by `pooled_by`."""
        if self.windows != "sliding":
            return {"output_size": self.output_sizes, "kind": self.kind}
        return {
            "kernel_size": self.kernel_size,
            "kind": self.kind,
            "norm_type": self.norm_type,
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "ceil_mode": self.ceil_mode,
            "count_include_pad": self.count_include_pad,
        }

    def arguments(self) -> tuple[Values, dict[str, Any]]:
        """The input (C, *sizes) and the pooling's options; in a block, its map is pooled instead of the input.

        Raises `GeometryError` for too much work.
        """
        self.require_feasible()
        return self.values("input"), self.pooling_options()

    def strided_arguments(self) -> tuple[Values, Values, dict[str, Any]]:
        """The input, the weight (C, 1, *kernel_size) and the options of a depthwise convolution that strides as the pooling.

        Raises `GeometryError` for too much work.
        """
        alone = self.changed(view="strided")
        alone.require_feasible()
        options = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation, "groups": self.channels}
        return alone.values("input"), alone.values("weight"), options

    def block_arguments(self) -> tuple[Values, Values, dict[str, Any]]:
        """The input, the weight (block_channels, C, *block_kernel) and the options of the block's convolution.

        Raises `GeometryError` for too much work, and for a block kernel that does not fit.
        """
        block = self.changed(view="block")
        block.require_feasible()
        on_each_axis(self.dimension, self._block_axis)
        options = {"bias": self.biases(self.block_channels), "padding": self.block_padding}
        return block.values("input"), block.values("weight"), options

    def later_values(self, shape: Sizes) -> Values:
        """The values that are unpooled, for an output of `shape` (C, *sizes)."""
        return self.later.values(tuple(shape[1:]), tuple(shape[:1]))

    def _axis(self, index: int) -> Axis:
        size, kernel_size = self.pooled_shape.sizes[index], self.kernel_size[index]
        before, after = self.sides[index]
        return Axis(size, kernel_size, self.stride[index], before, after, self.dilation[index], self.ceil_mode)

    def _block_axis(self, index: int) -> Axis:
        padding = self.block_padding[index]
        try:
            return Axis(self.input_size[index], self.block_kernel[index], before=padding, after=padding)
        except GeometryError as error:
            # The same words under the names that the parameters have here: the window has a kernel_size of its own.
            remedy = {f"block_{name.removesuffix('_size')}": value for name, value in error.remedy.items()}
            parameter = f"block_{error.parameter.removesuffix('_size')}"
            raise GeometryError(str(error), parameter, error.value, error.limit, remedy, index) from None
