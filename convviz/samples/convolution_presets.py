"""The guide's canonical convolutions, and the lectures' worked examples of them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from convviz.geometry import NamedPadding
from convviz.samples.convolutions import Sample
from convviz.samples.kernels import KERNELS
from convviz.samples.preset import GUIDE, MATRIX_INPUT, MATRIX_KERNEL, NUMBERS, RAMP, Preset, square
from convviz.samples.recipes import Recipe, typed, written

_WEIGHTS: Final = typed([[0, 1, 2], [2, 2, 0], [0, 1, 2]])
_BANDS: Final = [[1, 1, 0, 0, 0, 0, 1, 1]] * 6
_COUNT: Final = typed([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
_EDGE: Final = KERNELS["edge [1, −1]"]


def _square(size: int, kernel: int, stride: int = 1, padding: int = 0, **rest: Any) -> Sample:
    return Sample(**square(size, kernel, stride, padding), **rest)


def _ramps(size: int, kernel: int, **rest: Any) -> Sample:
    return _square(size, kernel, input=RAMP, weight=RAMP, **rest)


def _even(padding: NamedPadding) -> Sample:
    return Sample((1, 6), (1, 4), padding=padding, input=Recipe("impulse"), weight=typed([[1, 2, 3, 4]]))


def _impulse(*, flip: bool) -> Sample:
    return Sample((7, 7), (3, 3), padding="full", flip=flip, input=Recipe("impulse"), weight=_COUNT)


def _line(size: int, weight: tuple[int, ...], **rest: Any) -> Sample:
    return Sample((size,), (len(weight),), weight=written(np.asarray(weight, dtype=np.float64), 1), **rest)


CONVOLUTIONS: Final = (
    Preset("numeric-strided", "Strided and padded", GUIDE, _square(5, 3, 2, 1, input=NUMBERS, weight=_WEIGHTS)),
    Preset("numeric", "Numbers of the guide", GUIDE, _square(5, 3, input=NUMBERS, weight=_WEIGHTS)),
    Preset("no-padding", "No padding, no strides", GUIDE, _square(4, 3)),
    Preset("arbitrary-padding", "Arbitrary padding", GUIDE, _square(5, 4, 1, 2)),
    Preset("same-padding", "Same padding", GUIDE, _square(5, 3, 1, 1)),
    Preset("full-padding", "Full padding", GUIDE, _square(5, 3, 1, 2)),
    Preset("strides", "No padding, strides", GUIDE, _square(5, 3, 2)),
    Preset("padding-strides", "Padding and strides", GUIDE, _square(5, 3, 2, 1)),
    Preset("padding-strides-odd", "Padding and strides, one left over", GUIDE, _square(6, 3, 2, 1)),
    Preset("dilation", "Dilation", GUIDE, _square(7, 3, dilation=(2, 2))),
    Preset("first", "First example", "S2, S4 figure 3", _ramps(3, 2)),
    Preset("padded", "First example, padded", "S4 figure 4", _ramps(3, 2).changed(padding=((1, 1), (1, 1)))),
    Preset(
        "unequal-strides",
        "Strides 3 and 2",
        "S2, S4 figure 5",
        _ramps(3, 2).changed(padding=((1, 1), (1, 1)), stride=(3, 2)),
    ),
    Preset("fraction", "28 to 14: the floor", "S3 section 3.2", _square(28, 5, 2, 2)),
    Preset("twenty-filters", "28 to 14, with 20 filters", "S3 section 3.2", _square(28, 5, 2, 2, out_channels=20)),
    Preset("matrix", "Four outputs", "S3 figure 5", _square(4, 3, input=MATRIX_INPUT, weight=MATRIX_KERNEL)),
    Preset("even-same", "Even kernel, same", "torch, TensorFlow: larger half after", _even("same")),
    Preset("even-same-lower", "Even kernel, same, larger half first", "S2, S4", _even("same_lower")),
    Preset("impulse-correlation", "Impulse, correlation", "S2", _impulse(flip=False)),
    Preset("impulse-convolution", "Impulse, true convolution", "S2", _impulse(flip=True)),
    Preset("edge", "Edges by [1, −1]", "S2, S4", Sample((6, 8), (1, 2), input=typed(_BANDS), weight=_EDGE)),
    Preset(
        "edge-transposed",
        "Edges by [1, −1], picture transposed",
        "S4",
        Sample((8, 6), (1, 2), input=typed([list(row) for row in zip(*_BANDS, strict=True)]), weight=_EDGE),
    ),
    Preset("two-channels", "Two input channels", "S4", _ramps(3, 2, in_channels=2)),
    Preset("three-filters", "Two channels in, three out", "S4", _ramps(3, 2, in_channels=2, out_channels=3)),
    Preset(
        "pointwise-small",
        "1 × 1: a dense layer at every pixel",
        "S4",
        _ramps(3, 1, in_channels=3, out_channels=2, by_taps=True),
    ),
    Preset("pointwise", "1 × 1: 64 maps of 56 × 56 to 32", "S2", Sample((56, 56), (1, 1), in_channels=64, out_channels=32)),
    Preset("grouped", "Two groups", "torch.nn.Conv2d", _square(5, 3, in_channels=4, out_channels=4, groups=2)),
    Preset("depthwise", "Depthwise", "torch.nn.Conv2d", _square(5, 3, in_channels=3, out_channels=3, groups=3)),
    Preset("one-dimension", "A line: length 5, kernel 3", "S0 equation 4", _line(5, (1, 2, 3), input=Recipe("count"))),
    Preset(
        "signal",
        "A line: yearly sunspots, smoothed",
        "Wolf's sunspot numbers, 1700 to 1763",
        _line(64, (1, 2, 1), input=Recipe("signal")),
    ),
    Preset("cube", "A cube in three directions", "S0, S1", Sample((4, 5, 5), (3, 3, 3))),
)
