"""VGG: 3×3 convolutions, twice as many channels after each pooling."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from convviz.network.layers import Activation, AdaptivePooling, Convolution, Flatten, Layer, Pooling
from convviz.network.presets.preset import IMAGE, classifier
from convviz.network.table import Network

_WIDTHS: Final = (64, 128, 256, 512, 512)


def _block(number: int, repeats: int, width: int) -> Iterator[Layer]:
    for position in range(1, repeats + 1):
        yield Layer(f"conv{number}_{position}", Convolution(width, 3, padding=1))
        yield Layer(f"relu{number}_{position}", Activation())
    yield Layer(f"pool{number}", Pooling(2))


def vgg(*repeats: int) -> Network:
    """VGG without batch norm from the number of convolutions in each of its five blocks.

    Source: Simonyan and Zisserman, 2014, configurations D (VGG-16) and E (VGG-19), as torchvision has them.

    >>> vgg(2, 2, 3, 3, 3).table().parameters
    138357544
    >>> vgg(2, 2, 3)
    Traceback (most recent call last):
    ValueError: zip() argument 2 is longer than argument 1
    """
    blocks = (_block(number, *block) for number, block in enumerate(zip(repeats, _WIDTHS, strict=True), start=1))
    ending = (Layer("avgpool", AdaptivePooling(7)), Layer("flatten", Flatten()), *classifier())
    return Network(IMAGE, (*chain.from_iterable(blocks), *ending))
