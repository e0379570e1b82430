"""An example of a transposed convolution, and of the convolution it transposes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal, get_args

from convviz.geometry import TransposedAxis, on_each_axis
from convviz.samples.recipes import RANDOM, Recipe, Sizes, Values
from convviz.samples.sliding import Shape, SlidingSample

TransposedView = Literal["stamp", "zeros", "round_trip"]

TRANSPOSED_VIEWS: Final[tuple[TransposedView, ...]] = get_args(TransposedView)


@dataclass(frozen=True)
class TransposedSample(SlidingSample):
    """A transposed convolution; `view` shows the stamps, the zeros between the inputs, or the way there and back.

    On the round trip `original` is convolved first, and what comes out is this example's input.

    >>> sample = TransposedSample((2, 2), (3, 3), (2, 2), out_channels=3)
    >>> x, weight, options = sample.arguments()
    >>> x.shape, weight.shape, sample.output_sizes
    ((1, 2, 2), (1, 3, 3, 3), (5, 5))
    >>> TransposedSample((2, 2), (3, 3), output_padding=(1,))
    Traceback (most recent call last):
    ValueError: output_padding (1,) needs 2 entries, one an axis
    """

    operation: ClassVar[str] = "transposed_convolution"
    axis_fields: ClassVar[Mapping[str, Any]] = {**SlidingSample.axis_fields, "output_padding": 0}
    grids: ClassVar[tuple[str, ...]] = ("input", "weight", "original")
    lowered: ClassVar[tuple[str, ...]] = ("out_channels", "in_channels", "input_size", "stride", "kernel_size")

    output_padding: Sizes = ()
    in_channels: int = 1
    out_channels: int = 1
    groups: int = 1
    view: TransposedView = "stamp"
    original: Recipe = field(default=RANDOM, kw_only=True)

    @property
    def output_sizes(self) -> Sizes:
        """Sizes of the output. Raises `GeometryError` where there is none."""
        return tuple(axis.output_size for axis in on_each_axis(self.dimension, self._axis))

    def shape(self, grid: str) -> Shape:
        """The shape of "input", "weight", "original" or "output"."""
        match grid:
            case "input":
                return Shape((self.in_channels,), self.input_size)
            case "weight":
                return Shape((self.in_channels, max(1, self.out_channels // self.groups)), self.kernel_size)
            case "original" | "output":
                return Shape((self.out_channels,), self.output_sizes)
        return super().shape(grid)

    @property
    def products(self) -> int:
        """Every output cell has one for each weight of its filter, those with the zeros between the inputs too."""
        return self.shape("weight").cells * math.prod(self.output_sizes)

    def arguments(self) -> tuple[Values, Values, dict[str, Any]]:
        """The input (C_in, *sizes), the weight (C_in, C_out / groups, *kernel_size) and `transposed_convolution`'s options.

        Raises `GeometryError` for groups that do not divide the channels, and for too much work.
        """
        self.require_feasible()
        options = {
            "bias": self.biases(self.out_channels),
            **self._both_ways(),
            "output_padding": self.output_padding,
        }
        return self.values("input"), self.values("weight"), options

    def round_trip_arguments(self) -> tuple[Values, Values, dict[str, Any]]:
        """The original (C_out, *output sizes), the same weight, and the options of the `convolution` that is transposed.

        Raises `GeometryError` for groups that do not divide the channels, for too much work, and where there is no output.
        """
        self.require_feasible()
        return self.values("original"), self.values("weight"), self._both_ways()

    def _both_ways(self) -> dict[str, Any]:
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation, "groups": self.groups}

    def _axis(self, index: int) -> TransposedAxis:
        fields = (self.input_size, self.kernel_size, self.stride)
        size, kernel_size, stride = (sizes[index] for sizes in fields)
        before, after = self.sides[index]
        return TransposedAxis(size, kernel_size, stride, before, after, self.dilation[index], self.output_padding[index])
