"""Which pictures, how many, and drawn from which seed."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from convviz.geometry import GeometryError, require_one_of, whole_number
from convviz.lab.data.kinds import KINDS

MOST_TRAINING: Final = 5000
"""Drawn pictures of a class: of six classes, with their masks, 150 MB."""
MOST_TESTING: Final = 1000
MOST_SEED: Final = 2**32 - 1
"""So that a seed is one word of numpy's SeedSequence, and no two streams are the same."""
READ: Final = {"digits": 1_438, "digits28": 1_438, "mnist": 60_000, "fashion_mnist": 60_000}
"""Pictures to train with, of the kinds that are read."""
DRAWN: Final = ("shapes", "tagged_shapes")
"""The kinds that are drawn: for the others all settings but the name go without saying."""


@dataclass(frozen=True)
class DataSettings:
    """Everything that decides which pictures are loaded; all but `name` is for drawn pictures alone.

    `train_per_class` and `test_per_class` are counts; `tag_probability` is how often a tagged shape carries its tag. Raises
    `GeometryError` for a name that is no kind, and for numbers out of bounds.

    >>> DataSettings("shapes", train_per_class=100).test_per_class
    200
    >>> DataSettings("shapes", tag_probability=1.5)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: tag_probability is 1.5: it must be a number from 0 to 1
    """

    name: str = "digits"
    seed: int = 0
    train_per_class: int = 1200
    test_per_class: int = 200
    tag_probability: float = 1.0

    def __post_init__(self) -> None:
        require_one_of("name", self.name, tuple(KINDS))
        for name, least, most in (
            ("seed", 0, MOST_SEED),
            ("train_per_class", 1, MOST_TRAINING),
            ("test_per_class", 1, MOST_TESTING),
        ):
            object.__setattr__(self, name, number_between(name, getattr(self, name), least, most))
        object.__setattr__(self, "tag_probability", probability("tag_probability", self.tag_probability))


def number_between(name: str, value: Any, least: int, most: int) -> int:
    """`value` as a plain int. Raises `GeometryError` for what is no whole number, below `least` or above `most`.

    >>> number_between("seed", 7, 0, 9)
    7
    >>> number_between("seed", 10, 0, 9)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: seed is 10: it must be at most 9
    """
    number = whole_number(name, value, least)
    if number > most:
        raise GeometryError(f"{name} is {value}: it must be at most {most:,}", name, value, most, {name: most})
    return number


def probability(name: str, value: Any) -> float:
    """`value` as a plain float. Raises `GeometryError` for what is no number from 0 to 1.

    >>> probability("tag_probability", 1)
    1.0
    >>> probability("tag_probability", float("nan"))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: tag_probability is nan: it must be a number from 0 to 1
    """
    return require_between(name, value, 0, 1)


def require_between(
    name: str, value: Any, least: float, most: float, *, open_below: bool = False, usual: float | None = None
) -> float:
    """`value` as a plain float. Raises `GeometryError` for what is no number, or lies outside; `open_below`: so does `least`.

    `usual` is the way out, unless given the largest.

    >>> require_between("lr", 0.01, 0, 10, open_below=True)
    0.01
    >>> require_between("lr", 0, 0, 10, open_below=True)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: lr is 0: it must be a number above 0 and at most 10
    """
    is_number = isinstance(value, float | int | np.floating | np.integer) and not isinstance(value, bool)
    if not is_number or not least <= value <= most or (open_below and value == least):
        span = f"above {least} and at most {most}" if open_below else f"from {least} to {most}"
        raise GeometryError(
            f"{name} is {reprlib.repr(value)}: it must be a number {span}",
            parameter=name,
            value=value,
            limit=(least, most),
            remedy={name: float(most if usual is None else usual)},
        )
    return float(value)


def train_count(settings: DataSettings) -> int:
    """How many pictures there are to train with, before any is loaded; other files than MNIST's own may hold others.

    >>> train_count(DataSettings("shapes")), train_count(DataSettings("digits"))
    (7200, 1438)
    >>> train_count("shapes")
    Traceback (most recent call last):
    AttributeError: 'str' object has no attribute 'name'
    """
    if settings.name in DRAWN:
        return settings.train_per_class * len(KINDS[settings.name].classes)
    return READ[settings.name]
