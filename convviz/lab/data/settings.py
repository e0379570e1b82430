"""Which pictures, how many, and drawn from which seed."""

from __future__ import annotations

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
    if not isinstance(value, float | int | np.floating | np.integer) or not 0 <= value <= 1:
        raise GeometryError(
            f"{name} is {value}: it must be a number from 0 to 1",
            parameter=name,
            value=value,
            limit=(0, 1),
            remedy={name: 1.0},
        )
    return float(value)
