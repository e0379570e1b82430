"""DenseNet: each layer reads what all before it in its block have made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from convviz.network.layers import (
    Activation,
    AdaptivePooling,
    BatchNorm,
    Concat,
    Convolution,
    Dense,
    Flatten,
    Layer,
    Operation,
    Pooling,
)
from convviz.network.presets.preset import CLASSES, IMAGE
from convviz.network.table import Network

_STEM_CHANNELS: Final = 64
_GROWTH: Final = 32
"""How many channels a layer adds."""
_STEM: Final = (
    Layer("conv0", Convolution(_STEM_CHANNELS, 7, 2, padding=3, bias=False)),
    Layer("norm0", BatchNorm()),
    Layer("relu0", Activation()),
    Layer("pool0", Pooling(3, 2, padding=1)),
)
_HEAD: Final = (
    Layer("norm5", BatchNorm()),
    Layer("relu5", Activation()),
    Layer("avgpool", AdaptivePooling(1)),
    Layer("flatten", Flatten()),
    Layer("classifier", Dense(CLASSES)),
)
_DENSE_LAYER: Final[tuple[tuple[str, Operation], ...]] = (
    ("norm1", BatchNorm()),
    ("relu1", Activation()),
    ("conv1", Convolution(4 * _GROWTH, 1, bias=False)),
    ("norm2", BatchNorm()),
    ("relu2", Activation()),
    ("conv2", Convolution(_GROWTH, 3, padding=1, bias=False)),
)


def _dense_block(name: str, repeats: int, source: str) -> Iterator[Layer]:
    # torchvision concatenates all that came before anew in each layer: the same as adding the newest to the last concat.
    for number in range(1, repeats + 1):
        prefix = f"{name}.denselayer{number}"
        yield from (Layer(f"{prefix}.{part}", operation) for part, operation in _DENSE_LAYER)
        yield Layer(f"{prefix}.concat", Concat(), (source, f"{prefix}.conv2"))
        source = f"{prefix}.concat"


def _transition(name: str, channels: int) -> tuple[Layer, ...]:
    return (
        Layer(f"{name}.norm", BatchNorm()),
        Layer(f"{name}.relu", Activation()),
        Layer(f"{name}.conv", Convolution(channels, 1, bias=False)),
        Layer(f"{name}.pool", Pooling(2, kind="average")),
    )


def densenet(*repeats: int) -> Network:
    """DenseNet, growing by 32 channels a layer, from the number of layers in each block; between blocks the channels halve.

    Source: Huang et al., 2018, table 1, as torchvision has it.

    >>> densenet(6, 12, 24, 16).table().parameters
    7978856
    >>> densenet(1, 1, 1, 1, 1, 1, 1).table()
    Traceback (most recent call last):
    convviz.network.table.NetworkError: transition6.pool, with 32×1×1 coming in: kernel 2 spans 2 cells; \
the padded input has 1: add 1 padding, or lower kernel to 1
    """
    layers, channels = [*_STEM], _STEM_CHANNELS
    for number, count in enumerate(repeats, start=1):
        layers += _dense_block(f"denseblock{number}", count, layers[-1].name)
        channels += count * _GROWTH
        if number < len(repeats):
            channels //= 2
            layers += _transition(f"transition{number}", channels)
    return Network(IMAGE, (*layers, *_HEAD))
