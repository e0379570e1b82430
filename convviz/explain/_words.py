"""Counting in words: rows and columns, and lists that a lecturer can read out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

AXIS_NAMES: Final = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
_UNITS: Final = {"height": "row", "width": "column", "depth": "slice", "length": "cell"}


def named(count: int, names: Iterable[str]) -> str:
    """What an axis counts, of each axis named: "row and column", "rows". Raises KeyError for an axis without a unit.

    >>> named(2, ("height", "width")), named(1, ("length",))
    ('rows and columns', 'cell')
    >>> named(1, ("time",))
    Traceback (most recent call last):
    KeyError: 'time'
    """
    units = [_UNITS[name] for name in names]
    return " and ".join(unit if count == 1 else f"{unit}s" for unit in units)


def listed(items: Iterable[object], last: str = "and") -> str:
    """Items in a row, the last behind `last`. Raises IndexError for no item.

    >>> listed([2, 3, 2]), listed([5, 6], last="or")
    ('2, 3 and 2', '5 or 6')
    >>> listed([])
    Traceback (most recent call last):
    IndexError: list index out of range
    """
    words = [str(item) for item in items]
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if words[1:] else words[0]


def times(sizes: Sequence[int]) -> str:
    """Sizes as they are read out: 2 × 5 × 5."""
    return " × ".join(map(str, sizes))
