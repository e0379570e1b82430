"""A picture that can be drawn at any size: shapes as formulas, looked at in the middle of every cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float64]


def cat(rows: int, columns: int) -> Plane:
    """The head of a cat, from 0 (light) to 1 (dark), on so many cells. Raises ValueError for a negative number of them.

    >>> cat(4, 4).shape, float(cat(32, 32)[16, 10])
    ((4, 4), 1.0)
    >>> cat(-1, 4)
    Traceback (most recent call last):
    ValueError: negative dimensions are not allowed
    """
    y, x = ((np.indices((rows, columns)) + 0.5).T / (rows, columns)).T
    picture: Plane = np.full((rows, columns), 0.12) + 0.1 * y
    away = np.abs(x - 0.5)
    picture[_triangle(y, away, (0.04, 0.37), (0.3, 0.08), (0.52, 0.43))] = 0.62
    picture[_triangle(y, away, (0.12, 0.35), (0.3, 0.16), (0.4, 0.38))] = 0.38
    picture[_ellipse(y - 0.58, away, 0.34, 0.38)] = 0.55
    picture[_ellipse(y - 0.73, away, 0.17, 0.2)] = 0.3
    eyes = _ellipse(y - 0.5, away - 0.18, 0.1, 0.085)
    picture[eyes] = 0.08
    picture[eyes & _ellipse(y - 0.5, away - 0.17, 0.095, 0.035)] = 1
    picture[_ellipse(y - 0.66, away, 0.035, 0.05)] = 0.9
    picture[(away < 0.012) & (y > 0.66) & (y < 0.76)] = 0.85
    for slope in (-0.25, 0.0, 0.25):
        picture[(np.abs(y - 0.74 - slope * (away - 0.2)) < 0.008) & (away > 0.16) & (away < 0.47)] = 0.8
    return picture


def _ellipse(y: Plane, x: Plane, height: float, width: float) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (y / height) ** 2 + (x / width) ** 2 < 1
    return inside


def _triangle(y: Plane, x: Plane, *corners: tuple[float, float]) -> NDArray[np.bool_]:
    """Where a point lies on the same side of all three edges, which go round to the left."""
    inside = np.ones(y.shape, dtype=np.bool_)
    for (y0, x0), (y1, x1) in zip(corners, (*corners[1:], corners[0]), strict=True):
        inside &= (y1 - y0) * (x - x0) >= (x1 - x0) * (y - y0)
    return inside
