"""What a training says after each epoch: a line of figures, the first layer's filters, what it takes the test pictures for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

MOST_FILTERS: Final = 64
"""Of the first layer, kept for each epoch."""
WATCHED: Final = 24
"""Test pictures whose probabilities are kept for each epoch."""


@dataclass(frozen=True)
class Figures:
    """One epoch in numbers; epoch 0 is the untrained network, with nothing known of the training pictures.

    `train_loss` and `train_accuracy` are means over the epoch's steps, while weights change; the test's are those after it.
    `confusion[is][said]` counts test pictures. `seconds` went by from the epoch's first step to its last,
    `pictures_per_second` among them.

    >>> figures = Figures(0, None, None, 2.3, 0.1, ((1, 9), (0, 0)))
    >>> Figures.read(figures.written()) == figures
    True
    >>> Figures.read('{"epoch": 1}')
    Traceback (most recent call last):
    ValueError: no line of figures: {"epoch": 1}
    """

    epoch: int
    train_loss: float | None
    train_accuracy: float | None
    test_loss: float
    test_accuracy: float
    confusion: tuple[tuple[int, ...], ...]
    seconds: float = 0.0
    pictures_per_second: float = 0.0

    def written(self) -> str:
        """As one line of JSON."""
        return _ADAPTER.dump_json(self).decode()

    @staticmethod
    def read(line: str | bytes) -> Figures:
        """Out of a line of JSON. Raises ValueError for any other."""
        try:
            return _ADAPTER.validate_json(line)
        except ValidationError:
            text = line.decode(errors="replace") if isinstance(line, bytes) else line
            raise ValueError(f"no line of figures: {text[:80]}") from None


_ADAPTER: Final = TypeAdapter(Figures)


@dataclass(frozen=True, eq=False)
class Epoch:
    """All that is known after an epoch.

    `filters` are the first layer's weights (filters, C, height, width), of a dense layer as pictures; at most `MOST_FILTERS`.
    `predictions` holds a class for each test picture, `probabilities` a row for each of the `watched` ones. `weights` is a copy
    of all that is learned or kept, by name.
    """

    figures: Figures
    filters: NDArray[np.float32]
    predictions: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    weights: Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Progress:
    """How many of an epoch's steps are done, and the pictures a second in it so far."""

    epoch: int
    step: int
    steps: int
    pictures_per_second: float


def watched(labels: NDArray[np.int64], classes: int) -> NDArray[np.intp]:
    """Which test pictures are followed from epoch to epoch: the first ones of each class, class by class, `WATCHED` at most.

    >>> watched(np.array([1, 0, 0, 1, 1]), 2).tolist()
    [1, 2, 0, 3, 4]
    >>> watched(np.array([0, 1]), 0)
    Traceback (most recent call last):
    ZeroDivisionError: integer division or modulo by zero
    """
    each = max(WATCHED // classes, 1)
    return np.concatenate([np.flatnonzero(labels == index)[:each] for index in range(classes)])


def confusion(labels: NDArray[np.int64], predictions: NDArray[np.uint8], classes: int) -> tuple[tuple[int, ...], ...]:
    """How many pictures of each class (rows) were taken for each class (columns).

    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1], np.uint8), 2)
    ((1, 1), (0, 1))
    >>> confusion(np.array([0, 3]), np.array([0, 1], np.uint8), 2)
    Traceback (most recent call last):
    ValueError: cannot reshape array of size 8 into shape (2,2)
    """
    counted = np.bincount(labels * classes + predictions, minlength=classes**2).reshape(classes, classes)
    return tuple(tuple(row) for row in counted.tolist())
