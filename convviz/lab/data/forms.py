"""Six forms as formulas, looked at in sixteen points of every cell.

All have area 1, so that forms of one size have one area, and all are placed with the reach of the widest, so that they lie in
the same places: nothing but the form tells one from another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import cos, pi, sin, sqrt, tan
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating]
"""Of 32 bits, wherever there are many."""
Cells: TypeAlias = NDArray[np.bool_]
Inside: TypeAlias = Callable[[Floats, Floats], Cells]

SIDE: Final = 32
"""Cells of a picture, either way."""
REACH: Final = 0.88
"""From the centre of a form to its farthest point, in sizes: a triangle's 0.877."""
SMALLEST, LARGEST = 7.2, 9.8
"""The root of a form's area, in cells: a circle is 8 to 11 cells across, a triangle 11 to 15."""

_FINE: Final = 4
_WINDOW: Final = 20
_HOLE: Final = 0.55
_NOTCH: Final = 0.45


def _circle(down: Floats, right: Floats) -> Cells:
    return down**2 + right**2 <= 1 / pi


def _ring(down: Floats, right: Floats) -> Cells:
    away, outer = down**2 + right**2, 1 / (pi * (1 - _HOLE**2))
    return (away <= outer) & (away >= outer * _HOLE**2)


def _square(down: Floats, right: Floats) -> Cells:
    return np.maximum(np.abs(down), np.abs(right)) <= 1 / 2


def _triangle(down: Floats, right: Floats) -> Cells:
    return _farthest(down, right, 3) <= 1 / sqrt(3 * tan(pi / 3))


def _star(down: Floats, right: Floats) -> Cells:
    tip = 1 / sqrt(5 * _NOTCH * sin(pi / 5))
    along = _farthest(down, right, 5)
    across = np.sqrt(np.maximum(down**2 + right**2 - along**2, 0))
    # Below the edge that runs from a tip to the notch beside it.
    inside: Cells = across * (1 - _NOTCH * cos(pi / 5)) <= (tip - along) * _NOTCH * sin(pi / 5)
    return inside


def _cross(down: Floats, right: Floats) -> Cells:
    one, other, half = np.abs(down), np.abs(right), 3 / sqrt(20)
    return (np.maximum(one, other) <= half) & (np.minimum(one, other) <= half / 3)


def _farthest(down: Floats, right: Floats, directions: int) -> Floats:
    """How far a point lies in that of so many even directions in which it lies farthest."""
    angles = [2 * pi * number / directions for number in range(directions)]
    farthest = down
    for angle in angles[1:]:
        farthest = np.maximum(farthest, cos(angle) * down + sin(angle) * right)
    return farthest


FORMS: Final[Mapping[str, Inside]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "cross": _cross,
    "ring": _ring,
}
"""By name, which points lie inside, `down` and `right` of the centre in sizes; the number of a class is its place here."""


def placed(chances: Floats) -> Floats:
    """Rows (down, right, size, angle) out of rows of four chances from 0 to 1: the centre and the size in cells, in radians.

    The whole form lies in the picture. Raises `ValueError` for rows of another length.

    >>> placed(np.array([[0, 1, 0, 0.5]], np.float32)).round(2).tolist()
    [[6.340000152587891, 25.65999984741211, 7.199999809265137, 3.140000104904175]]
    >>> placed(np.zeros((1, 3), np.float32))
    Traceback (most recent call last):
    ValueError: not enough values to unpack (expected 4, got 3)
    """
    down, right, size, angle = chances.T
    sizes = SMALLEST + (LARGEST - SMALLEST) * size
    room = SIDE - 2 * REACH * sizes
    return np.stack([REACH * sizes + room * down, REACH * sizes + room * right, sizes, 2 * pi * angle], axis=1)


def coverage(labels: NDArray[np.int64], places: Floats) -> Floats:
    """How much of every cell the form covers, from 0 to 1 in sixteenths: (N, SIDE, SIDE) of N labels and rows of `placed`.

    Raises `IndexError` for more labels than places.

    >>> places = placed(np.full((2, 4), 0.5, np.float32))
    >>> coverage(np.array([0, 5]), places)[:, 16, 16].tolist()
    [1.0, 0.0]
    >>> coverage(np.array([0, 5]), places[:1])
    Traceback (most recent call last):
    IndexError: index 1 is out of bounds for axis 0 with size 1
    """
    covered = np.zeros((len(labels), SIDE, SIDE), np.float32)
    for number, inside in enumerate(FORMS.values()):
        chosen = np.flatnonzero(labels == number)
        corners = np.clip(np.floor(places[chosen, :2] - _WINDOW / 2), 0, SIDE - _WINDOW).astype(int)
        windows = _shares(inside(*_seen_from_form(places[chosen], corners)))
        for index, (row, column), window in zip(chosen, corners, windows, strict=True):
            covered[index, row : row + _WINDOW, column : column + _WINDOW] = window
    return covered


def _seen_from_form(places: Floats, corners: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """The points of the windows as the forms see them: upright, about their centre, in sizes."""
    points = (np.arange(_WINDOW * _FINE, dtype=np.float32) + 0.5) / _FINE
    centres, sizes, angles = places[:, :2], places[:, 2:3], places[:, 3]
    away = ((corners.astype(np.float32) - centres)[:, :, None] + points) / sizes[:, :, None]
    down, right = away[:, 0, :, None], away[:, 1, None, :]
    cosine, sine = np.cos(angles)[:, None, None], np.sin(angles)[:, None, None]
    return cosine * down - sine * right, sine * down + cosine * right


def _shares(inside: NDArray[np.bool_]) -> Floats:
    rows = inside.reshape(-1, _WINDOW, _FINE, _WINDOW * _FINE).sum(axis=2, dtype=np.uint8)
    cells = rows.reshape(-1, _WINDOW, _WINDOW, _FINE).sum(axis=3, dtype=np.uint8)
    shares: Floats = cells.astype(np.float32) / _FINE**2
    return shares
