"""Small stacks to see fields in: each shows one thing that a receptive field does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from convviz.network.layers import Add, Convolution, Layer, Pooling, TransposedConvolution
from convviz.network.presets.preset import Preset
from convviz.network.table import Network

_SMALL: Final = Convolution(1, 3, padding=1)
_DILATED: Final = Convolution(1, 3, padding=3, dilation=3)


def beside(first: Convolution, second: Convolution) -> Network:
    """Two convolutions of one input, and their sum.

    >>> beside(_SMALL, _DILATED).table().row("sum").receptive_field
    (7, 7)
    >>> beside(_SMALL, Convolution(1, 3)).table()
    Traceback (most recent call last):
    convviz.network.table.NetworkError: sum: its inputs are 1×15×15 and 1×13×13: a sum needs equal shapes; give both layers \
before it the same channels, strides and padding
    """
    layers = Layer("one", first, ("input",)), Layer("other", second, ("input",)), Layer("sum", Add(), ("one", "other"))
    return Network((1, 15, 15), layers)


STACKS: Final[Mapping[str, Preset]] = {
    "strided_dilated": Preset(
        "Strided, then dilated",
        "a field with holes, part of it outside",
        Network(
            (1, 32, 32),
            (
                Layer("conv1", _SMALL),
                Layer("conv2", Convolution(1, 3, 2, padding=1)),
                Layer("pool", Pooling(3, 2, 1)),
                Layer("conv3", _DILATED),
            ),
        ),
    ),
    "two2x2": Preset(
        "Two 2 × 2 layers: all nine inputs",
        "S4, figure 3",
        Network((1, 3, 3), (Layer("hidden", Convolution(1, 2)), Layer("z", Convolution(1, 2)))),
    ),
    "dilated_start": Preset(
        "Dilated: the centre moves too",
        "centre 2.5, where formulas without dilation say 1.5",
        Network((1, 13, 13), (Layer("conv1", Convolution(1, 3, dilation=2)), Layer("conv2", Convolution(1, 3)))),
    ),
    "phases": Preset(
        "Transposed: phases of 2 and 1",
        "Odena, Dumoulin, Olah 2016: kernel 3 does not divide by stride 2",
        Network((1, 8, 8), (Layer("up", TransposedConvolution(1, 3, 2, padding=1)),)),
    ),
    "cross": Preset(
        "1 × 7 beside 7 × 1: a cross",
        "13 cells, not 49",
        beside(Convolution(1, (1, 7), padding=(0, 3)), Convolution(1, (7, 1), padding=(3, 0))),
    ),
    "dilations": Preset("Dilation 3 beside 1", "17 cells, not 25", beside(_SMALL, _DILATED)),
    "three3x3": Preset(
        "Three 3 × 3 layers",
        "Simonyan and Zisserman 2014, section 2.3: why VGG stacks them",
        Network((1, 15, 15), tuple(Layer(f"conv{number}", _SMALL) for number in (1, 2, 3))),
    ),
    "one7x7": Preset(
        "One 7 × 7 layer",
        "Simonyan and Zisserman 2014, section 2.3",
        Network((1, 15, 15), (Layer("conv1", Convolution(1, 7, padding=3)),)),
    ),
    "line": Preset(
        "A signal: dilations 1, 2, 4",
        "van den Oord et al. 2016: eight cells for three layers of two weights",
        Network(
            (1, 24),
            tuple(Layer(f"conv{number}", Convolution(1, 2, dilation=2**number)) for number in range(3)),
        ),
    ),
}
"""By the name that stands in links and never changes."""
