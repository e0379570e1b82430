"""AlexNet, as torchvision has it and as it was published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from convviz.network.layers import Activation, AdaptivePooling, Convolution, Dense, Dropout, Flatten, Layer, Operation, Pooling
from convviz.network.presets.preset import CLASSES, IMAGE, classifier
from convviz.network.table import Network

_CONVOLUTIONS: Final = (
    Convolution(64, 11, 4, padding=2),
    Convolution(192, 5, padding=2),
    Convolution(384, 3, padding=1),
    Convolution(256, 3, padding=1),
    Convolution(256, 3, padding=1),
)
_PUBLISHED: Final = (
    Convolution(96, 11, 4),
    Convolution(256, 5, padding=2, groups=2),
    Convolution(384, 3, padding=1),
    Convolution(384, 3, padding=1, groups=2),
    Convolution(256, 3, padding=1, groups=2),
)
"""Two groups: the network was spread over two graphics cards, which met in the third convolution and the dense layers."""
_POOL: Final = Pooling(3, 2)
_POOLED: Final = {1: "pool1", 2: "pool2", 5: "pool3"}
"""What follows which convolution."""
# The paper multiplies the sum of five squares by 0.0001, torch its mean: five times as much.
_NORM: Final = Activation("LocalResponseNorm", (("size", 5), ("alpha", 5e-4), ("k", 2)))
_NORMED: Final = {1: "norm1", 2: "norm2"}


def _named(names: dict[int, str], number: int, operation: Operation) -> Iterator[Layer]:
    if number in names:
        yield Layer(names[number], operation)


def _features(convolutions: tuple[Convolution, ...], normed: dict[int, str]) -> Iterator[Layer]:
    for number, convolution in enumerate(convolutions, start=1):
        yield Layer(f"conv{number}", convolution)
        yield Layer(f"relu{number}", Activation())
        yield from _named(normed, number, _NORM)
        yield from _named(_POOLED, number, _POOL)


ALEXNET: Final = Network(
    IMAGE,
    (
        *_features(_CONVOLUTIONS, {}),
        Layer("avgpool", AdaptivePooling(6)),
        Layer("flatten", Flatten()),
        Layer("dropout1", Dropout()),
        Layer("dense1", Dense(4096)),
        Layer("relu6", Activation()),
        Layer("dropout2", Dropout()),
        Layer("dense2", Dense(4096)),
        Layer("relu7", Activation()),
        Layer("dense3", Dense(CLASSES)),
    ),
)

# 227, not the 224 of the paper and of S0: (224 − 11) / 4 + 1 would leave 54.25 cells, and 55 are published.
ALEXNET_PUBLISHED: Final = Network((3, 227, 227), (*_features(_PUBLISHED, _NORMED), Layer("flatten", Flatten()), *classifier()))
