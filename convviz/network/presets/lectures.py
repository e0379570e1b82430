"""LeNet-5 and the small networks of the lectures."""

from __future__ import annotations

from typing import Final

from convviz.network.layers import Activation, Convolution, Dense, Flatten, Layer, Pooling
from convviz.network.table import Network

_SIGMOID: Final = Activation("Sigmoid")
_AVERAGE: Final = Pooling(2, kind="average")

LENET5: Final = Network(
    (1, 28, 28),
    (
        Layer("conv1", Convolution(6, 5, padding=2)),
        Layer("sigmoid1", _SIGMOID),
        Layer("pool1", _AVERAGE),
        Layer("conv2", Convolution(16, 5)),
        Layer("sigmoid2", _SIGMOID),
        Layer("pool2", _AVERAGE),
        Layer("flatten", Flatten()),
        Layer("dense1", Dense(120)),
        Layer("sigmoid3", _SIGMOID),
        Layer("dense2", Dense(84)),
        Layer("sigmoid4", _SIGMOID),
        Layer("dense3", Dense(10)),
    ),
)

STACK: Final = Network(
    (3, 32, 32),
    (
        Layer("conv1", Convolution(6, 5)),
        Layer("relu1", Activation()),
        Layer("conv2", Convolution(10, 3)),
    ),
)

POINTWISE: Final = Network((64, 56, 56), (Layer("conv1", Convolution(32, 1)),))


def shrinking(size: int, layers: int) -> Network:
    """A picture of one channel under several 5×5 convolutions without padding: each takes four rows and four columns.

    What is left is `size` − 4 · `layers` cells a side. Source: S2, S4 section 3.3.

    >>> shrinking(32, 7).table().output_shape
    (1, 4, 4)
    >>> shrinking(32, 8).table()
    Traceback (most recent call last):
    convviz.network.table.NetworkError: conv8, with 1×4×4 coming in: kernel 5 spans 5 cells; the padded input has 4: \
add 1 padding, or lower kernel to 4
    """
    convolution = Convolution(1, 5)
    return Network((1, size, size), tuple(Layer(f"conv{number}", convolution) for number in range(1, layers + 1)))
