"""U-Net: down to few cells of many channels, and up again beside what was there on the way down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from convviz.network.layers import Activation, Concat, Convolution, Layer, Pooling, TransposedConvolution
from convviz.network.table import Network

_WIDTHS: Final = (64, 128, 256, 512)
_BOTTOM: Final = 1024
_CLASSES: Final = 2
"""Cell and background."""


def _double(name: str, width: int, padding: int) -> Iterator[Layer]:
    for number in (1, 2):
        yield Layer(f"{name}.conv{number}", Convolution(width, 3, padding=padding))
        yield Layer(f"{name}.relu{number}", Activation())


def _down(padding: int) -> Iterator[Layer]:
    for number, width in enumerate(_WIDTHS, start=1):
        yield from _double(f"down{number}", width, padding)
        yield Layer(f"down{number}.pool", Pooling(2))


def _up(padding: int) -> Iterator[Layer]:
    for number, width in enumerate(reversed(_WIDTHS), start=1):
        name, beside = f"up{number}", f"down{len(_WIDTHS) + 1 - number}.relu2"
        yield Layer(f"{name}.up", TransposedConvolution(width, 2, 2))
        yield Layer(f"{name}.concat", Concat(crop=not padding), (beside, f"{name}.up"))
        yield from _double(name, width, padding)


def unet(size: int, *, padded: bool) -> Network:
    """U-Net on a grey picture of `size` × `size` cells.

    Its 3×3 convolutions are padded, so that what comes out is as large as what goes in, or not, as published: then what stands
    beside is cropped. Source: Ronneberger et al., 2015, figure 1.

    >>> unet(572, padded=False).table().output_shape
    (2, 388, 388)
    >>> unet(572, padded=True).table()
    Traceback (most recent call last):
    convviz.network.table.NetworkError: up1.concat: its inputs are 512×71×71 and 512×70×70: only the channels may differ; \
crop the larger ones to 70×70, or give both layers before it the same strides and padding
    """
    padding = 1 if padded else 0
    bottom = _double("bottom", _BOTTOM, padding)
    layers = (*_down(padding), *bottom, *_up(padding), Layer("out", Convolution(_CLASSES, 1)))
    return Network((1, size, size), layers)
