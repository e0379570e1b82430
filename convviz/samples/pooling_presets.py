"""The guide's poolings, the lectures' worked examples, and the traps that poolings are known for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from convviz.samples.kernels import KERNELS
from convviz.samples.poolings import PoolingSample
from convviz.samples.preset import GUIDE, NUMBERS, Preset, square
from convviz.samples.recipes import Recipe, typed, written


def _numbers(kernel: int, stride: int = 1, padding: int = 0, **rest: Any) -> PoolingSample:
    """The guide's numbers, pooled."""
    return PoolingSample(**square(5, kernel, stride, padding), input=NUMBERS, **rest)


def _oriented_edges() -> Recipe:
    """Six filters of 5 × 5, each for edges of its own direction."""
    down, right = np.mgrid[-2:3, -2:3]
    angles = np.arange(6)[:, None, None, None] * np.pi / 6
    return written(np.round((right * np.cos(angles) + down * np.sin(angles)) * 0.3, 1) + 0.0, 2)


def _ring() -> Recipe:
    """A zero as a pen would draw it on 28 × 28."""
    down, right = np.mgrid[:28, :28] - 13.5
    distance = np.hypot(down / 1.35, right)
    return written(((distance > 5) & (distance < 8)).astype(np.float64), 2)


_LENET: Final = PoolingSample(
    **square(28, 2, 2),
    kind="average",
    view="block",
    input=_ring(),
    weight=_oriented_edges(),
    block_kernel=(5, 5),
    block_padding=(2, 2),
    block_channels=6,
    activation="sigmoid",
)
_SMALL_BLOCK: Final = PoolingSample(
    **square(6, 2, 2),
    view="block",
    input=typed([[0, 0, 0, 5, 5, 5]] * 3 + [[5, 5, 5, 0, 0, 0]] * 3),
    weight=KERNELS["Sobel, vertical edges"],
    block_padding=(0, 0),
)
_BELOW_ZERO: Final = replace(NUMBERS, numbers=tuple(number - 4 for number in NUMBERS.numbers))
_REMEMBERED: Final = typed([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]])

POOLINGS: Final = (
    Preset("ceil-mode", "Ceil mode on 5 × 5", "torch.nn.MaxPool2d", _numbers(2, 2, ceil_mode=True)),
    Preset("max-pooling", "Largest of 3 × 3", GUIDE, _numbers(3)),
    Preset("average-pooling", "Average of 3 × 3", GUIDE, _numbers(3, kind="average")),
    Preset("lp-pooling", "L2 norm of 3 × 3", "S1", _numbers(3, kind="lp")),
    Preset("average-padded", "Average, padding counted", "torch.nn.AvgPool2d", _numbers(3, 2, 1, kind="average")),
    Preset(
        "max-padded",
        "Largest, padding never wins",
        "torch.nn.MaxPool2d",
        PoolingSample(**square(5, 3, 2, 1), input=_BELOW_ZERO),
    ),
    Preset("max-dilated", "Dilated window", "torch.nn.MaxPool2d", _numbers(2, dilation=(2, 2))),
    Preset(
        "overlapping",
        "Overlapping windows, as in AlexNet",
        "S0 figure 10",
        PoolingSample(**square(13, 3, 2)),
    ),
    Preset(
        "adaptive",
        "Adaptive average: 5 × 5 to 3 × 3",
        "torch.nn.AdaptiveAvgPool2d",
        _numbers(2, 2, kind="average", windows="adaptive", output_size=(3, 3)),
    ),
    Preset("global", "Global average", "S0", _numbers(2, 2, kind="average", windows="global")),
    Preset("unpooling", "Unpooling at remembered positions", "S3", PoolingSample(**square(4, 2, 2), input=_REMEMBERED)),
    Preset("beside-stride", "Beside a strided convolution", "S1", PoolingSample(**square(6, 2, 2), view="strided")),
    Preset("small-block", "Block: edges, ReLU, largest", "S1", _SMALL_BLOCK),
    Preset("lenet-block", "Block: the first of LeNet", "S1, S2", _LENET),
    Preset("pooled-channels", "Three channels, each by itself", "S4", PoolingSample(**square(4, 2, 2), channels=3)),
    Preset("pooled-line", "A line, pooled", "torch.nn.MaxPool1d", PoolingSample((8,), (2,))),
    Preset("pooled-cube", "A cube, pooled", "torch.nn.MaxPool3d", PoolingSample((4, 4, 4), (2, 2, 2))),
)
