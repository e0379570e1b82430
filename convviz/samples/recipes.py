"""How the numbers of a grid are made: a few words instead of a list, so that they stay when a size changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

Kind = Literal["random", "ramp", "count", "impulse", "signal", "typed"]
Sizes: TypeAlias = tuple[int, ...]
Values: TypeAlias = NDArray[np.float64]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_TILE: Final = 64
"""Random numbers are drawn in squares of this many cells a side and cut to size: growing keeps what is there."""

# Wolf's yearly mean sunspot numbers, 1700 to 1763: the first of the series kept by WDC-SILSO, Royal Observatory of Belgium,
# in the scale used until 2015.
SIGNAL: Final = (
    *(5, 11, 16, 23, 36, 58, 29, 20, 10, 8, 3, 0, 0, 2, 11, 27, 47, 63, 60, 39, 28, 26, 22, 11, 21, 40, 78, 122, 103, 73, 47),
    *(35, 11, 5, 16, 34, 70, 81, 111, 101, 73, 40, 20, 16, 5, 11, 22, 40, 60, 80.9, 83.4, 47.7, 47.8, 30.7, 12.2, 9.6, 10.2),
    *(32.4, 47.6, 54, 62.9, 85.9, 61.2, 45.1),
)
"""A signal that was measured."""


@dataclass(frozen=True)
class Recipe:
    """How the numbers of a grid are made.

    random: whole numbers drawn with `seed`. ramp, count: counting up from 0, from 1; the next channel starts one higher.
    impulse: one 1 in the middle of each channel. signal: the yearly sunspot numbers, along every row. typed: `numbers` in C
    order, a grid of `sizes`; a larger grid fills up with random numbers, a smaller one hides the rest. Raises `ValueError` for
    typed numbers that do not fill their sizes.

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

    def values(self, sizes: Sizes, lead: Sizes = (), low: int = 0, high: int = 5) -> Values:
        """The grid of `sizes` cells for each of the `lead` channels: (*lead, *sizes).

        Random numbers are whole, from `low` up to and including `high`. Typed numbers of fewer axes belong to the first
        channels; of more axes, the first entry is taken. Raises `ValueError` for negative sizes.

        >>> Recipe("impulse").values((1, 6)).tolist()
        [[0.0, 0.0, 1.0, 0.0, 0.0, 0.0]]
        >>> Recipe("ramp").values((3,), lead=(2,)).tolist()
        [[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]
        >>> Recipe("random").values((-1, 2))
        Traceback (most recent call last):
        ValueError: negative dimensions are not allowed
        """
        return _grid(self, sizes, lead, low, high).copy()


RANDOM: Final = Recipe("random")


def typed(rows: Sequence[Sequence[float]]) -> Recipe:
    """The recipe of a plane written out.

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
    return written(np.asarray(rows, dtype=np.float64), 2)


def written(values: Values, dimension: int, seed: int = 0) -> Recipe:
    """The typed recipe of `values`, of `dimension` axes; channels in front of them are left out where there is only one.

    Raises TypeError for what is no array.

    >>> written(np.ones((1, 1, 2, 3)), 2).sizes, written(np.ones((1, 3)), 2).sizes
    ((2, 3), (1, 3))
    >>> written([1, 2], 1)
    Traceback (most recent call last):
    TypeError: values is a list: an array is needed
    """
    if not isinstance(values, np.ndarray):
        raise TypeError(f"values is a {type(values).__name__}: an array is needed")
    while values.ndim > dimension and values.shape[0] == 1:
        values = values[0]
    return Recipe("typed", seed, tuple(values.ravel().tolist()), values.shape)


def aligned(values: NDArray[Any], axes: int) -> NDArray[Any]:
    """`values` with so many axes, counted from the last: the first entry of those too many, length 1 for those missing.

    Raises IndexError where an axis too many has no entry.

    >>> aligned(np.arange(6).reshape(2, 3), 1).tolist(), aligned(np.arange(2), 3).tolist()
    ([0, 1, 2], [[[0, 1]]])
    >>> aligned(np.ones((0, 3)), 1)
    Traceback (most recent call last):
    IndexError: index 0 is out of bounds for axis 0 with size 0
    """
    while values.ndim > axes:
        values = values[0]
    return values.reshape((1,) * (axes - values.ndim) + values.shape)


@lru_cache(maxsize=16)
def _grid(recipe: Recipe, sizes: Sizes, lead: Sizes, low: int, high: int) -> Values:
    return _MAKERS[recipe.kind](recipe, sizes, lead, low, high)


def _random(recipe: Recipe, sizes: Sizes, lead: Sizes, low: int, high: int) -> Values:
    """Every sheet is drawn by itself, so that neither a new channel nor a deeper grid changes the others."""
    grid = np.empty((*lead, *sizes))
    sheets = grid.reshape(*lead, *sizes[:-2], *(1,) * (2 - len(sizes)), *sizes[-2:])
    for index in np.ndindex(sheets.shape[:-2]):
        for row in range(0, sheets.shape[-2], _TILE):
            for column in range(0, sheets.shape[-1], _TILE):
                part = sheets[(*index, slice(row, row + _TILE), slice(column, column + _TILE))]
                part[...] = _tile(recipe.seed, (*index, row // _TILE, column // _TILE), part.shape, low, high)
    return grid


def _tile(seed: int, index: Sizes, shape: Sizes, low: int, high: int) -> NDArray[np.int64]:
    """The corner of a tile; the first one of all is drawn by the seed alone, whatever its axes."""
    while index and index[-1] == 0:
        index = index[:-1]
    rows, columns = shape
    return np.random.default_rng([seed, *index]).integers(low, high + 1, (rows, _TILE))[:, :columns]


def _typed(recipe: Recipe, sizes: Sizes, lead: Sizes, low: int, high: int) -> Values:
    grid = _random(recipe, sizes, lead, low, high)
    numbers = aligned(np.reshape(recipe.numbers, recipe.sizes), grid.ndim)
    known = tuple(slice(min(pair)) for pair in zip(numbers.shape, grid.shape, strict=True))
    grid[known] = numbers[known]
    return grid


def _impulse(_recipe: Recipe, sizes: Sizes, lead: Sizes, *_: int) -> Values:
    grid = np.zeros((*lead, *sizes))
    middle: tuple[Any, ...] = (..., *((size - 1) // 2 for size in sizes))
    grid[middle] = 1
    return grid


def _signal(_recipe: Recipe, sizes: Sizes, lead: Sizes, *_: int) -> Values:
    return np.tile(np.resize(SIGNAL, sizes[-1]).astype(np.float64), (*lead, *sizes[:-1], 1))


def _ramp(_recipe: Recipe, sizes: Sizes, lead: Sizes, *_: int) -> Values:
    starts = np.indices(lead).sum(axis=0).reshape(lead + (1,) * len(sizes))
    return np.asarray(starts + np.arange(np.prod(sizes, dtype=np.intp)).reshape(sizes), dtype=np.float64)


def _count(*arguments: Any) -> Values:
    return _ramp(*arguments) + 1


_MAKERS: Final[Mapping[Kind, Callable[[Recipe, Sizes, Sizes, int, int], Values]]] = {
    "random": _random,
    "ramp": _ramp,
    "count": _count,
    "impulse": _impulse,
    "signal": _signal,
    "typed": _typed,
}
