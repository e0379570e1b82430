"""Textured backgrounds, and colours that stand out from them."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from typing import Final, NamedTuple

import numpy as np

from convviz.lab.data.forms import SIDE, Cells, Floats

FAR: Final = 85.0
"""How far a form's colour is at least from every colour of its ground, where one of the colours tried is."""

_TRIED: Final = 12
_COARSE: Final = 7
_WEIGHTS: Final = np.sqrt(np.array([2, 4, 3], np.float32) / 3)
"""The eye tells greens apart better than blues, and those better than reds."""


class Ground(NamedTuple):
    """Backgrounds of shape (N, 3, SIDE, SIDE), values from 0 to 255, and for each a colour (N, 3) that stands out from it."""

    pixels: Floats
    colours: Floats


def grounds(rng: np.random.Generator, count: int) -> Ground:
    """So many backgrounds: fine noise, stripes, checks, gradients and blotches, each between two colours.

    Raises `ValueError` for a negative count.

    >>> grounds(np.random.default_rng(0), 2).pixels.shape
    (2, 3, 32, 32)
    >>> grounds(np.random.default_rng(0), -1)
    Traceback (most recent call last):
    ValueError: negative dimensions are not allowed
    """
    kinds = rng.integers(len(_PATTERNS), size=count)
    turns, widths, places = rng.random((3, count), dtype=np.float32)
    chances = _Chances(turns, widths, places, rng.random((count, SIDE, SIDE), dtype=np.float32))
    first = rng.uniform(25, 230, (count, 3)).astype(np.float32)
    second = np.clip(first + rng.uniform(-100, 100, (count, 3)), 25, 230).astype(np.float32)
    tried = rng.uniform(10, 245, (count, _TRIED, 3)).astype(np.float32)
    mixed = np.empty((count, SIDE, SIDE), np.float32)
    for number, pattern in enumerate(_PATTERNS):
        chosen = kinds == number
        mixed[chosen] = pattern(chances.of(chosen))
    pixels = first[:, :, None, None] + (second - first)[:, :, None, None] * mixed[:, None]
    return Ground(pixels, _standing_out(tried, first, second))


def _standing_out(tried: Floats, first: Floats, second: Floats) -> Floats:
    """The first colour that is far enough from all between two others; where none is, the farthest."""
    steps = np.linspace(0, 1, 6, dtype=np.float32)[:, None]
    between = first[:, None] + (second - first)[:, None] * steps
    differences = (tried[:, :, None] - between[:, None]) * _WEIGHTS
    distances = np.sqrt((differences**2).sum(axis=3)).min(axis=2)
    chosen = np.minimum(distances, FAR).argmax(axis=1)
    colours: Floats = tried[np.arange(len(tried)), chosen]
    return colours


class _Chances(NamedTuple):
    """What decides a pattern, from 0 to 1: three numbers a picture, and one a cell."""

    turns: Floats
    widths: Floats
    places: Floats
    grain: Floats

    def of(self, chosen: Cells) -> _Chances:
        return _Chances(self.turns[chosen], self.widths[chosen], self.places[chosen], self.grain[chosen])


def _noise(chances: _Chances) -> Floats:
    return chances.grain


def _stripes(chances: _Chances) -> Floats:
    return _soft(np.sin(_phases(chances)))


def _checks(chances: _Chances) -> Floats:
    across = chances._replace(turns=chances.turns + np.float32(1 / 4))
    return _soft(1.5 * np.sin(_phases(chances)) * np.sin(_phases(across)))


def _gradient(chances: _Chances) -> Floats:
    mixed: Floats = 0.5 + _along(chances.turns) / (SIDE * sqrt(2))
    return mixed


def _blotches(chances: _Chances) -> Floats:
    return _soft(4 * (_STRETCH @ chances.grain[:, :_COARSE, :_COARSE] @ _STRETCH.T - 0.5))


_PATTERNS: Final[tuple[Callable[[_Chances], Floats], ...]] = (_noise, _stripes, _checks, _gradient, _blotches)
"""How much of its second colour every cell has, from 0 to 1."""


def _soft(wave: Floats) -> Floats:
    mixed: Floats = np.clip(0.5 + 0.9 * wave, 0, 1)
    return mixed


def _phases(chances: _Chances) -> Floats:
    lengths = 5 + 6 * chances.widths
    phases: Floats = 2 * pi * (_along(chances.turns) / lengths[:, None, None] + chances.places[:, None, None])
    return phases


def _along(turns: Floats) -> Floats:
    """How far every cell lies in a direction from the middle of the picture, in cells."""
    middle = np.arange(SIDE, dtype=np.float32) - np.float32((SIDE - 1) / 2)
    sines, cosines = np.sin(2 * pi * turns)[:, None, None], np.cos(2 * pi * turns)[:, None, None]
    along: Floats = sines * middle[:, None] + cosines * middle
    return along


def _stretch() -> Floats:
    """A matrix that stretches a few numbers over a side, smoothly."""
    places = np.linspace(0, _COARSE - 1, SIDE)
    apart = np.clip(np.abs(places[:, None] - np.arange(_COARSE)), 0, 1)
    return (0.5 + 0.5 * np.cos(pi * apart)).astype(np.float32)


_STRETCH: Final = _stretch()
