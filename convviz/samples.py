"""Small inputs, named kernels, and the worked examples of the guide and the lectures.

A `Recipe` says how numbers are made rather than listing them, so that random and typed numbers stay when a size changes.
A `Sample` is a whole example, every parameter and every number; `PRESETS` names those worth starting from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from convviz.geometry import NamedPadding, PaddingMode

Kind = Literal["random", "ramp", "impulse", "typed"]
Sizes = tuple[int, ...]
Sides = tuple[tuple[int, int], ...]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
LARGEST_SIZE: Final = 64
"""Random numbers are drawn for a grid of this many cells an axis and cut to size: growing keeps what is there."""


@dataclass(frozen=True)
class Recipe:
    """How the numbers of a grid are made: drawn with a seed, counting up, one 1 in the middle, or typed.

    `numbers` and `sizes` are the typed grid in C order; a larger grid fills up with random numbers, a smaller one hides the
    rest.

    >>> Recipe("ramp").values((2, 3)).tolist()
    [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    >>> Recipe("typed", numbers=(1, 2, 3), sizes=(2, 2))
    Traceback (most recent call last):
    ValueError: numbers has 3 entries, sizes (2, 2) hold 4
    """

    kind: Kind
    seed: int = 0
    numbers: tuple[float, ...] = ()
    sizes: Sizes = ()

    def __post_init__(self) -> None:
        if self.kind == "typed" and len(self.numbers) != np.prod(self.sizes):
            raise ValueError(f"numbers has {len(self.numbers)} entries, sizes {self.sizes} hold {np.prod(self.sizes):.0f}")

    def values(self, sizes: Sizes, low: int = 0, high: int = 5) -> NDArray[np.float64]:
        """The grid of `sizes` cells; random numbers are whole, from `low` up to and including `high`.

        Raises `ValueError` where random numbers do not reach: beyond `LARGEST_SIZE` cells an axis.

        >>> Recipe("impulse").values((1, 6)).tolist()
        [[0.0, 0.0, 1.0, 0.0, 0.0, 0.0]]
        >>> Recipe("random").values((65, 1))
        Traceback (most recent call last):
        ValueError: sizes (65, 1): random and typed grids have at most 64 cells an axis
        """
        if self.kind == "ramp":
            return np.arange(np.prod(sizes), dtype=np.float64).reshape(sizes)
        if self.kind == "impulse":
            grid = np.zeros(sizes)
            grid[tuple((size - 1) // 2 for size in sizes)] = 1
            return grid
        if max(sizes) > LARGEST_SIZE:
            raise ValueError(f"sizes {sizes}: random and typed grids have at most {LARGEST_SIZE} cells an axis")
        drawn = np.random.default_rng(self.seed).integers(low, high + 1, [LARGEST_SIZE] * len(sizes))
        grid = drawn[tuple(slice(size) for size in sizes)].astype(np.float64)
        if self.kind == "typed":
            known = tuple(slice(min(have, want)) for have, want in zip(self.sizes, sizes, strict=True))
            grid[known] = np.reshape(self.numbers, self.sizes)[known]
        return grid


def typed(rows: Sequence[Sequence[float]]) -> Recipe:
    """The recipe of a grid written out.

    >>> typed([[1, 2], [3, 4]]).numbers
    (1.0, 2.0, 3.0, 4.0)
    >>> typed([[1, 2], [3]])
    Traceback (most recent call last):
    ValueError: row 2 has 1 numbers, row 1 has 2: every row needs the same count
    """
    for index, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValueError(
                f"row {index + 1} has {len(row)} numbers, row 1 has {len(rows[0])}: every row needs the same count"
            )
    grid = np.asarray(rows, dtype=np.float64)
    return Recipe("typed", numbers=tuple(grid.ravel().tolist()), sizes=grid.shape)


@dataclass(frozen=True)
class Sample:
    """One whole example of a convolution of one channel: every parameter, every number.

    Sizes have one entry an axis; `padding` is a name or (before, after) of each axis, in cells.

    >>> sample = Sample((3, 3), (2, 2), input=Recipe("ramp"), weight=Recipe("ramp"))
    >>> x, weight, options = sample.arguments()
    >>> x.shape, weight.shape, options["stride"]
    ((1, 3, 3), (1, 1, 2, 2), (1, 1))
    >>> Sample((3, 3), (2,), input=Recipe("ramp"), weight=Recipe("ramp"))
    Traceback (most recent call last):
    ValueError: kernel_size (2,) needs 2 entries, one an axis
    """

    input_size: Sizes
    kernel_size: Sizes
    stride: Sizes = (1, 1)
    padding: NamedPadding | Sides = ((0, 0), (0, 0))
    dilation: Sizes = (1, 1)
    padding_mode: PaddingMode = "zeros"
    flip: bool = False
    bias: float = 0.0
    input: Recipe = Recipe("random")
    weight: Recipe = Recipe("random")

    def __post_init__(self) -> None:
        for name in ("kernel_size", "stride", "dilation", "padding"):
            value = getattr(self, name)
            if not isinstance(value, str) and len(value) != len(self.input_size):
                raise ValueError(f"{name} {value} needs {len(self.input_size)} entries, one an axis")

    def changed(self, **parameters: Any) -> Sample:
        """A copy with some parameters changed."""
        return replace(self, **parameters)

    def arguments(self) -> tuple[NDArray[np.float64], NDArray[np.float64], dict[str, Any]]:
        """The input (1, *sizes), the weight (1, 1, *kernel_size) and the options, as `convviz.convolution` takes them."""
        options = {
            "bias": [self.bias],
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "padding_mode": self.padding_mode,
            "flip": self.flip,
        }
        weight = self.weight.values(self.kernel_size, low=-1, high=2)
        return self.input.values(self.input_size)[None], weight[None, None], options


KERNELS: Final[Mapping[str, Recipe]] = {
    "identity": typed([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "edge [1, −1]": typed([[1, -1]]),
    "Sobel, vertical edges": typed([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "Sobel, horizontal edges": typed([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "Laplace": typed([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    "bar, upright": typed([[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]]),
    "bar, lying": typed([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]]),
    "bar, falling": typed([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]]),
    "bar, rising": typed([[-1, -1, 2], [-1, 2, -1], [2, -1, -1]]),
    "blur, box (sum)": typed([[1, 1, 1], [1, 1, 1], [1, 1, 1]]),
    "blur, binomial (sum 16)": typed([[1, 2, 1], [2, 4, 2], [1, 2, 1]]),
    "sharpen": typed([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "emboss": typed([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
}
"""Kernels with a name; whole numbers, so that sums can be checked by head."""


@dataclass(frozen=True)
class Preset:
    """A sample worth starting from, with where it comes from. `name` stands in links and never changes."""

    name: str
    title: str
    source: str
    sample: Sample


_GUIDE: Final = "Dumoulin and Visin, A guide to convolution arithmetic"
_NUMBERS: Final = typed([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]])
_WEIGHTS: Final = typed([[0, 1, 2], [2, 2, 0], [0, 1, 2]])
_BANDS: Final = [[1, 1, 0, 0, 0, 0, 1, 1]] * 6
_COUNT: Final = typed([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
_RAMP: Final = Recipe("ramp")


def _square(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1, **rest: Any) -> Sample:
    """A sample whose two axes agree."""
    sides = ((padding, padding),) * 2
    return Sample((size,) * 2, (kernel,) * 2, (stride,) * 2, sides, (dilation,) * 2, **rest)


def _even(padding: NamedPadding) -> Sample:
    return Sample((1, 6), (1, 4), padding=padding, input=Recipe("impulse"), weight=typed([[1, 2, 3, 4]]))


def _impulse(*, flip: bool) -> Sample:
    return Sample((7, 7), (3, 3), padding="full", flip=flip, input=Recipe("impulse"), weight=_COUNT)


PRESETS: Final[Mapping[str, Preset]] = {
    preset.name: preset
    for preset in (
        Preset("numeric-strided", "Strided and padded", _GUIDE, _square(5, 3, 2, 1, input=_NUMBERS, weight=_WEIGHTS)),
        Preset("numeric", "Numbers of the guide", _GUIDE, _square(5, 3, input=_NUMBERS, weight=_WEIGHTS)),
        Preset("no-padding", "No padding, no strides", _GUIDE, _square(4, 3)),
        Preset("arbitrary-padding", "Arbitrary padding", _GUIDE, _square(5, 4, 1, 2)),
        Preset("same-padding", "Same padding", _GUIDE, _square(5, 3, 1, 1)),
        Preset("full-padding", "Full padding", _GUIDE, _square(5, 3, 1, 2)),
        Preset("strides", "No padding, strides", _GUIDE, _square(5, 3, 2)),
        Preset("padding-strides", "Padding and strides", _GUIDE, _square(5, 3, 2, 1)),
        Preset("padding-strides-odd", "Padding and strides, one left over", _GUIDE, _square(6, 3, 2, 1)),
        Preset("dilation", "Dilation", _GUIDE, _square(7, 3, dilation=2)),
        Preset("first", "First example", "S2, S4 figure 3", _square(3, 2, input=_RAMP, weight=_RAMP)),
        Preset("padded", "First example, padded", "S4 figure 4", _square(3, 2, 1, 1, input=_RAMP, weight=_RAMP)),
        Preset(
            "unequal-strides",
            "Strides 3 and 2",
            "S2, S4 figure 5",
            Sample((3, 3), (2, 2), (3, 2), ((1, 1), (1, 1)), input=_RAMP, weight=_RAMP),
        ),
        Preset("fraction", "28 to 14: the floor", "S3 section 3.2", _square(28, 5, 2, 2)),
        Preset(
            "matrix",
            "Four outputs",
            "S3 figure 5",
            _square(
                4,
                3,
                input=typed([[4, 5, 8, 7], [1, 8, 8, 8], [3, 6, 6, 4], [6, 5, 7, 8]]),
                weight=typed([[1, 4, 1], [1, 4, 3], [3, 3, 1]]),
            ),
        ),
        Preset("even-same", "Even kernel, same", "torch, TensorFlow: larger half after", _even("same")),
        Preset("even-same-lower", "Even kernel, same, larger half first", "S2, S4", _even("same_lower")),
        Preset("impulse-correlation", "Impulse, correlation", "S2", _impulse(flip=False)),
        Preset("impulse-convolution", "Impulse, true convolution", "S2", _impulse(flip=True)),
        Preset(
            "edge", "Edges by [1, −1]", "S2, S4", Sample((6, 8), (1, 2), input=typed(_BANDS), weight=KERNELS["edge [1, −1]"])
        ),
        Preset(
            "edge-transposed",
            "Edges by [1, −1], picture transposed",
            "S4",
            Sample(
                (8, 6), (1, 2), input=typed([list(row) for row in zip(*_BANDS, strict=True)]), weight=KERNELS["edge [1, −1]"]
            ),
        ),
    )
}
"""The canonical convolutions of the guide, then the worked examples of the lectures, by name."""

DEFAULT_PRESET: Final = "numeric-strided"
