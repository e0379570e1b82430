"""A network with a name and a source, and what several of them share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from convviz.network.layers import Activation, Dense, Dropout, Layer, Shape
from convviz.network.table import LayerTable, Network

IMAGE: Final[Shape] = (3, 224, 224)
"""A colour picture as ImageNet's networks take it."""
CLASSES: Final = 1000
"""ImageNet's."""


@dataclass(frozen=True)
class Preset:
    """A network worth starting from, with where it comes from."""

    title: str
    source: str
    network: Network

    def table(self) -> LayerTable:
        """The network, computed: see `convviz.network.Network.table`.

        >>> network = Network((3, 32, 32), (Layer("dense1", Dense(10)),))
        >>> Preset("A line", "nowhere", Network((4,), network.layers)).table().parameters
        50
        >>> Preset("A picture", "nowhere", network).table()
        Traceback (most recent call last):
        convviz.network.table.NetworkError: dense1, with 3×32×32 coming in: its 3,072 numbers are not in a row, \
and it takes all of them: put a flatten before it
        """
        return self.network.table()


def classifier() -> Iterator[Layer]:
    """The three dense layers that end AlexNet and VGG, numbered on from five convolutions or five blocks of them.

    Source: Krizhevsky et al., 2012; torchvision's VGG.

    >>> [layer.name for layer in classifier()]
    ['dense1', 'relu6', 'dropout1', 'dense2', 'relu7', 'dropout2', 'dense3']
    >>> classifier(10)
    Traceback (most recent call last):
    TypeError: classifier() takes 0 positional arguments but 1 was given
    """
    for number in (1, 2):
        yield Layer(f"dense{number}", Dense(4096))
        yield Layer(f"relu{number + 5}", Activation())
        yield Layer(f"dropout{number}", Dropout())
    yield Layer("dense3", Dense(CLASSES))
