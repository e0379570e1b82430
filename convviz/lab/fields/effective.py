"""The effective receptive field of a unit: how much of its theoretical box really moves it, and the Gaussian that fits.

Nothing here computes a gradient: `convviz.lab.fields.gradients` does, in a process of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf, sqrt

import numpy as np
from numpy.typing import NDArray

from convviz.lab.fields.units import Box, box_of
from convviz.network.table import Network

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EffectiveField:
    """Gradient magnitudes over the theoretical box, averaged over `seeds` random networks. Source: Luo et al., 2016.

    `magnitude` starts at the cell `first`; beyond the input it is 0. It adds up to 1, or is 0 everywhere if nothing came
    through. `central_mass` is the share of it inside the central half of the box along every axis, a cell cut by the border
    counting by its share: 1/2 an axis if all cells were equal. `mean` and `deviation` are those of the fitted Gaussian, axis
    by axis, in cells from the edge of the input, the middle of cell i lying at i + 0.5; None if nothing came through.
    """

    first: tuple[int, ...]
    magnitude: Numbers
    seeds: int
    central_mass: float
    mean: tuple[float, ...] | None
    deviation: tuple[float, ...] | None

    def marginal(self, axis: int) -> Numbers:
        """The magnitude along one axis of the box, added up over all others."""
        return _marginal(self.magnitude, axis)

    def gaussian(self, axis: int) -> Numbers:
        """The share of the fitted Gaussian on each cell of the box along one axis; what lies beyond the box is missing."""
        size = self.magnitude.shape[axis]
        if self.mean is None or self.deviation is None:
            return np.zeros(size)
        edges = [self.first[axis] + cell - self.mean[axis] for cell in range(size + 1)]
        return np.diff([_below(edge, self.deviation[axis]) for edge in edges])


def averaged(network: Network, layer: str, unit: tuple[int, ...], magnitudes: Sequence[Numbers]) -> EffectiveField:
    """The effective field from magnitudes over the whole input, one a seed, each of a sum of 1 or all 0.

    What lies outside the box, where padding that wraps around reads, is left out. Raises as `box_of` does.

    >>> from convviz.network import Convolution, Layer, Network
    >>> network = Network((1, 5), (Layer("conv1", Convolution(1, 3, padding=1)),))
    >>> field = averaged(network, "conv1", (0,), [np.array([0.5, 0.5, 0, 0, 0]), np.array([1.0, 0, 0, 0, 0])])
    >>> field.first, field.magnitude.tolist(), field.mean
    ((-1,), [0.0, 0.75, 0.25], (0.75,))
    >>> averaged(network, "conv1", (5,), [])
    Traceback (most recent call last):
    convviz.geometry.GeometryError: unit is (5,): conv1 has units (0,) to (4,)
    """
    total = sum(magnitudes, np.zeros(network.input_shape[1:]))
    return over_box(box_of(network, layer, unit), total, len(magnitudes))


def over_box(box: Box, total: Numbers, seeds: int) -> EffectiveField:
    """The effective field from magnitudes over the whole input, added up over seeds.

    Raises ValueError for a total of other axes than the box has.

    >>> over_box(Box((1,), (2,)), np.array([0.0, 1, 3, 0]), seeds=4).magnitude.tolist()
    [0.25, 0.75]
    >>> over_box(Box((1,), (2,)), np.zeros((2, 2)), seeds=4)
    Traceback (most recent call last):
    ValueError: zip() argument 3 is longer than arguments 1-2
    """
    magnitude = np.zeros(box.sizes)
    axes = list(zip(box.first, box.sizes, total.shape, strict=True))
    starts = [max(first, 0) for first, _, _ in axes]
    stops = [max(min(first + size, have), start) for (first, size, have), start in zip(axes, starts, strict=True)]
    inner = tuple(slice(start - first, stop - first) for start, stop, first in zip(starts, stops, box.first, strict=True))
    magnitude[inner] = total[tuple(map(slice, starts, stops))]
    mass = magnitude.sum()
    if not mass:
        return EffectiveField(box.first, _fixed(magnitude), seeds, 0.0, None, None)
    magnitude /= mass
    mean, deviation = zip(*(_moments(magnitude, axis, first) for axis, first in enumerate(box.first)), strict=True)
    return EffectiveField(box.first, _fixed(magnitude), seeds, _central_mass(magnitude), mean, deviation)


def _central_mass(magnitude: Numbers) -> float:
    left = magnitude
    for size in magnitude.shape:
        cells = np.arange(size)
        inside = np.clip(np.minimum(cells + 1, 0.75 * size) - np.maximum(cells, 0.25 * size), 0, 1)
        left = np.tensordot(inside, left, (0, 0))
    return float(left)


def _moments(magnitude: Numbers, axis: int, first: int) -> tuple[float, float]:
    """Mean and standard deviation along one axis: the Gaussian of largest likelihood, each cell's mass at its middle."""
    along = _marginal(magnitude, axis)
    middles = np.arange(len(along)) + 0.5
    mean = float(along @ middles)
    return first + mean, sqrt(float(along @ (middles - mean) ** 2))


def _marginal(magnitude: Numbers, axis: int) -> Numbers:
    others = tuple(other for other in range(magnitude.ndim) if other != axis)
    along: Numbers = magnitude.sum(axis=others)
    return along


def _below(distance: float, deviation: float) -> float:
    """How much of a Gaussian around 0 lies below; one without width lies at 0."""
    return (1 + erf(distance / deviation / sqrt(2))) / 2 if deviation else float(distance > 0)


def _fixed(array: Numbers) -> Numbers:
    array.flags.writeable = False
    return array
