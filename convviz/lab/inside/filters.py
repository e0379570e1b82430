"""Filters of a layer, described: how strong each is, which look alike, what named kernel each resembles, how fast it waves.

Weights are (filters, channels, rows, columns). No torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from convviz.samples import KERNELS

Numbers = NDArray[np.floating[Any]]

_RASTER: Final = 64
"""Frequencies along an axis, from −1/2 to 1/2 cycles per cell."""
_NOTHING: Final = 1e-12
"""Of a filter's largest number: what is smaller is what rounding leaves of 0."""


@dataclass(frozen=True)
class Likeness:
    """The named kernel that a filter is most like, or, with a negative `cosine`, most unlike; 0 for a filter of zeros.

    `channel` is the one of the filter that is, None for the mean over all of them.
    """

    kernel: str
    cosine: float
    channel: int | None


@dataclass(frozen=True)
class Wave:
    """The strongest wave in a filter: cycles per cell, and where its crests move: degrees from rightwards, anticlockwise.

    Upright stripes have 0 degrees, lying ones 90; always below 180. A filter whose numbers are all the same has no wave: 0, 0.
    """

    cycles: float
    degrees: float


def norms(weights: NDArray[Any]) -> Numbers:
    """The length of each filter: the root of its sum of squares.

    >>> norms(np.array([[[[3.0, 4.0]]], [[[0.0, 1.0]]]])).tolist()
    [5.0, 1.0]
    >>> norms(np.float64(1))
    Traceback (most recent call last):
    IndexError: tuple index out of range
    """
    lengths: Numbers = np.linalg.norm(_vectors(weights), axis=1)
    return lengths


def by_norm(weights: NDArray[Any]) -> list[int]:
    """The filters' numbers, those of the largest norm first.

    >>> by_norm(np.array([1.0, 3.0, 2.0, 3.0]).reshape(4, 1, 1, 1))
    [1, 3, 2, 0]
    >>> by_norm(np.float64(1))
    Traceback (most recent call last):
    IndexError: tuple index out of range
    """
    return [int(number) for number in np.argsort(-norms(weights), kind="stable")]


def by_similarity(weights: NDArray[Any]) -> list[int]:
    """The filters' numbers so that neighbours look alike: from the largest norm on, always the most alike of those left.

    Two are alike by the cosine between them; those of zeros come last.

    >>> by_similarity(np.array([[1.0, 0], [0, 3], [2, 1], [0, 0], [0, 1]]).reshape(5, 1, 1, 2))
    [1, 4, 2, 0, 3]
    >>> by_similarity(np.float64(1))
    Traceback (most recent call last):
    IndexError: tuple index out of range
    """
    first, *_ = by_norm(weights)
    units = _units(_vectors(weights))
    alike = np.round(units @ units.T, 9)  # equals stay equal, whatever the processor adds first
    alike[:, ~units.any(axis=1)] = -2
    order, left = [first], np.ones(len(units), bool)
    left[first] = False
    while left.any():
        order.append(int(np.where(left, alike[order[-1]], -np.inf).argmax()))
        left[order[-1]] = False
    return order


def resembles(weights: NDArray[Any]) -> list[Likeness]:
    """What each filter is like: the named kernel of the largest |cosine| with its mean over channels, or with one channel.

    Numbers count as they are, their mean with them: a blur is one because all of them have the same sign. Kernels are brought
    to the filter's size: bilinearly, cell by cell, and with the mean that they had, so that an edge still ignores what is
    even. Channels that hold less than an equal share of the filter's squares are passed over, and so is such a mean: what they
    are like matters to nobody.

    >>> sobel = KERNELS["Sobel, vertical edges"].values((3, 3))
    >>> resembles(-sobel.reshape(1, 1, 3, 3))
    [Likeness(kernel='Sobel, vertical edges', cosine=-1.0, channel=None)]
    >>> resembles(sobel)
    Traceback (most recent call last):
    ValueError: not enough values to unpack (expected 4, got 2)
    """
    count, channels, *sizes = _four(weights)
    planes = np.concatenate([weights.mean(axis=1, keepdims=True), weights], axis=1).astype(np.float64)
    planes = planes.reshape(count, channels + 1, -1)
    squares = (planes**2).sum(axis=2)
    squares[:, 0] *= channels  # the mean, in each of the channels
    counts = squares * channels >= squares[:, 1:].sum(axis=1, keepdims=True) * (1 - _NOTHING)
    cosines = np.round(_units(planes) @ _named(*sizes).T, 6) * counts[..., None]
    return [_likeness(each) for each in cosines]


def waves(weights: NDArray[Any]) -> list[Wave]:
    """The strongest wave in each filter: where its magnitude of the Fourier transform, averaged over channels, is largest.

    Every channel's mean is taken off first, so that nothing is found at frequency 0; then it is padded with zeros, to a raster
    of 1/64 cycle per cell.

    >>> stripes = np.cos(2 * np.pi * np.arange(8) / 4) * np.ones((8, 1))
    >>> waves(np.stack([stripes, stripes.T])[:, None])
    [Wave(cycles=0.25, degrees=0.0), Wave(cycles=0.25, degrees=90.0)]
    >>> waves(stripes)
    Traceback (most recent call last):
    ValueError: not enough values to unpack (expected 4, got 2)
    """
    _, _, *sizes = _four(weights)
    left = weights - weights.mean(axis=(2, 3), keepdims=True, dtype=np.float64)
    largest = np.abs(weights).max(axis=(1, 2, 3), initial=0)
    rows, columns = np.fft.fftfreq(_RASTER), np.fft.rfftfreq(_RASTER)
    along = [_turns(frequencies, size) for frequencies, size in zip((rows, columns), sizes, strict=True)]
    return [
        _wave(np.abs(along[0] @ each @ along[1].T).mean(axis=0), rows, columns, most)
        for each, most in zip(left, largest, strict=True)
    ]


def described(weights: NDArray[Any]) -> Mapping[str, Any]:
    """All of it, as JSON holds it."""
    return {
        "norms": norms(weights).tolist(),
        "by_norm": by_norm(weights),
        "by_similarity": by_similarity(weights),
        "resembles": [vars(each) for each in resembles(weights)],
        "frequency": [vars(each) for each in waves(weights)],
    }


def _four(weights: NDArray[Any]) -> tuple[int, int, int, int]:
    filters, channels, rows, columns = weights.shape
    return filters, channels, rows, columns


def _vectors(weights: NDArray[Any]) -> Numbers:
    vectors: Numbers = weights.reshape(weights.shape[0], -1).astype(np.float64)
    return vectors


def _units(vectors: Numbers) -> Numbers:
    """Scaled to a length of 1; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    units: Numbers = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return units


@lru_cache(maxsize=8)
def _named(rows: int, columns: int) -> Numbers:
    """The named kernels, in their order, at a size, each of a length of 1: (kernels, rows · columns)."""
    return _units(np.stack([_resized(each.values(each.sizes), (rows, columns)).ravel() for each in KERNELS.values()]))


def _resized(kernel: Numbers, sizes: tuple[int, int]) -> Numbers:
    """Bilinearly, the cells' middles being where the numbers are, and with the mean that it had."""
    rows, columns = (_between(have, size) for have, size in zip(kernel.shape, sizes, strict=True))
    resized: Numbers = rows @ kernel @ columns.T
    resized += kernel.mean() - resized.mean()
    return np.where(np.abs(resized) < _NOTHING * np.abs(kernel).max(), 0, resized)


def _between(have: int, size: int) -> Numbers:
    """How much of each of `have` numbers is in each of `size`."""
    at = ((np.arange(size) + 0.5) * have / size - 0.5).clip(0, have - 1)
    shares: Numbers = np.maximum(1 - np.abs(at[:, None] - np.arange(have)), 0)
    return shares


def _likeness(cosines: Numbers) -> Likeness:
    """Of (1 + channels, kernels), the first row being the mean's."""
    plane, kernel = np.unravel_index(np.abs(cosines).argmax(), cosines.shape)
    return Likeness([*KERNELS][kernel], float(cosines[plane, kernel]), int(plane) - 1 if plane else None)


def _turns(frequencies: Numbers, size: int) -> NDArray[np.complex128]:
    turns: NDArray[np.complex128] = np.exp(-2j * np.pi * frequencies[:, None] * np.arange(size))
    return turns


def _wave(magnitude: Numbers, rows: Numbers, columns: Numbers, largest: float) -> Wave:
    if magnitude.max() <= _NOTHING * largest:
        return Wave(0.0, 0.0)
    row, column = np.unravel_index(np.round(magnitude / magnitude.max(), 9).argmax(), magnitude.shape)
    cycles = float(np.hypot(rows[row], columns[column]))
    return Wave(cycles, float(np.degrees(np.arctan2(-rows[row], columns[column])) % 180))
