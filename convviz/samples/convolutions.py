"""An example of a convolution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from convviz.geometry import Axis, PaddingMode, named_padding, on_each_axis
from convviz.samples.recipes import Sizes, Values
from convviz.samples.sliding import Shape, SlidingSample


@dataclass(frozen=True)
class Sample(SlidingSample):
    """A convolution; `padding` may also be a name. `by_taps` shows the weights as one C_in × C_out matrix a tap.

    >>> from convviz.samples import Recipe
    >>> sample = Sample((3, 3), (2, 2), input=Recipe("ramp"), weight=Recipe("ramp"), in_channels=2)
    >>> x, weight, options = sample.arguments()
    >>> x.shape, weight.shape, options["stride"]
    ((2, 3, 3), (1, 2, 2, 2), (1, 1))
    >>> Sample((3, 3), (2,), input=Recipe("ramp"), weight=Recipe("ramp"))
    Traceback (most recent call last):
    ValueError: kernel_size (2,) needs 2 entries, one an axis
    """

    operation: ClassVar[str] = "convolution"
    lowered: ClassVar[tuple[str, ...]] = ("out_channels", "in_channels", "input_size", "padding", "kernel_size")

    padding_mode: PaddingMode = "zeros"
    flip: bool = False
    in_channels: int = 1
    out_channels: int = 1
    groups: int = 1
    by_taps: bool = False

    @property
    def output_sizes(self) -> Sizes:
        """Sizes of the output. Raises `GeometryError` where the window does not fit."""
        return tuple(axis.output_size for axis in on_each_axis(self.dimension, self._axis))

    def shape(self, grid: str) -> Shape:
        """The shape of "input", "weight" or "output"."""
        match grid:
            case "input":
                return Shape((self.in_channels,), self.input_size)
            case "weight":
                return Shape((self.out_channels, max(1, self.in_channels // self.groups)), self.kernel_size)
            case "output":
                return Shape((self.out_channels,), self.output_sizes)
        return super().shape(grid)

    @property
    def products(self) -> int:
        """Every output cell has one for each weight of its filter."""
        return self.shape("weight").cells * math.prod(self.output_sizes)

    def arguments(self) -> tuple[Values, Values, dict[str, Any]]:
        """The input (C_in, *sizes), the weight (C_out, C_in / groups, *kernel_size) and the options of `convviz.convolution`.

        Raises `GeometryError` for groups that do not divide the channels, and for too much work.
        """
        self.require_feasible()
        options = {
            "bias": self.biases(self.out_channels),
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
            "padding_mode": self.padding_mode,
            "flip": self.flip,
        }
        return self.values("input"), self.values("weight"), options

    def _axis(self, index: int) -> Axis:
        kernel_size, stride, dilation = (sizes[index] for sizes in (self.kernel_size, self.stride, self.dilation))
        if isinstance(self.padding, str):
            before, after = named_padding(self.padding, kernel_size, stride, dilation)
        else:
            before, after = self.padding[index]
        return Axis(self.input_size[index], kernel_size, stride, before, after, dilation)
