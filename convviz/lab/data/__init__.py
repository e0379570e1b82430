"""Pictures to train with: digits that come along, shapes that are drawn, MNIST where there is a folder of it.

Knows nothing of torch. `KINDS` says what there is, `DataSettings` which of it, and `load` brings it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from threading import Lock
from typing import Final

import numpy as np

from convviz.lab.data.digits import load_digits, load_digits28
from convviz.lab.data.idx import DataError, read_idx, write_idx
from convviz.lab.data.kinds import KINDS
from convviz.lab.data.mnist import MNIST, load_mnist, load_mnist_test
from convviz.lab.data.pictures import Dataset, DatasetKind, Pictures
from convviz.lab.data.settings import DRAWN, MOST_TESTING, MOST_TRAINING, DataSettings, number_between, train_count
from convviz.lab.data.shapes import NO_TAG, carried_tags, draw, drawn, load_shapes

_LOADERS: Final[Mapping[str, Callable[[DataSettings], Dataset]]] = {
    "digits": lambda _: load_digits(),
    "digits28": lambda _: load_digits28(),
    "shapes": load_shapes,
    "tagged_shapes": load_shapes,
    "mnist": lambda _: load_mnist("mnist"),
    "fashion_mnist": lambda _: load_mnist("fashion_mnist"),
}

_DRAWING: Final = Lock()
"""Who asks for pictures that somebody else is drawing waits for those; and there are never many drawn at once."""
MOST_SOME: Final = 12
"""Pictures of a class that are shown together."""


def load(settings: DataSettings) -> Dataset:
    """The pictures that the settings name; the last few are kept, and all who ask for them share them.

    Raises `DataError` where files are missing or damaged.

    >>> load(DataSettings("digits")).train.images.shape
    (1438, 1, 8, 8)
    >>> load(DataSettings("letters"))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: name "letters" is not one of digits, digits28, shapes, tagged_shapes, mnist, fashion_mnist
    """
    return _kept(_telling(settings))


def load_test(settings: DataSettings) -> Pictures:
    """The pictures to test with, as in `load(settings).test`, but no other is drawn; kept as those of `load` are.

    Raises as `load` does.

    >>> len(load_test(DataSettings("tagged_shapes", test_per_class=10)))
    60
    >>> load_test(DataSettings("letters"))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: name "letters" is not one of digits, digits28, shapes, tagged_shapes, mnist, fashion_mnist
    """
    with _DRAWING:
        return _kept_test(replace(_telling(settings), train_per_class=1))


def some_of(settings: DataSettings, per_class: int) -> Pictures:
    """The first few pictures to train with of each class, class by class; all of a class that has fewer.

    `per_class` is a count up to `MOST_SOME`. Drawn pictures are drawn without the others. Raises `GeometryError` for a count
    that is none, and `DataError` as `load` does.

    >>> some_of(DataSettings("shapes"), 2).labels.tolist()
    [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    >>> some_of(DataSettings("shapes"), 13)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: per_class is 13: it must be at most 12
    """
    few, classes = number_between("per_class", per_class, 1, MOST_SOME), len(KINDS[settings.name].classes)
    if settings.name in DRAWN:
        first = drawn(settings, "train", range(min(few, settings.train_per_class) * classes))
    else:
        first = load(settings).train
    return first.taken(np.concatenate([np.flatnonzero(first.labels == label)[:few] for label in range(classes)]))


def one_of(settings: DataSettings, picture: int) -> Pictures:
    """One picture to train with, by its number; a drawn one is drawn with few others.

    Raises `GeometryError` for a number of none, and `DataError` as `load` does.

    >>> one_of(DataSettings("shapes"), 7).labels.tolist()
    [1]
    >>> one_of(DataSettings("shapes"), 7200)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: picture is 7200: it must be at most 7,199
    """
    if settings.name in DRAWN:
        number = number_between("picture", picture, 0, train_count(settings) - 1)
        return drawn(settings, "train", range(number, number + 1))
    train = load(settings).train
    return train.taken([number_between("picture", picture, 0, len(train) - 1)])


def _telling(settings: DataSettings) -> DataSettings:
    """The same for all settings that name the same pictures."""
    return settings if settings.name in DRAWN else DataSettings(settings.name)


@lru_cache(maxsize=3)
def _kept(settings: DataSettings) -> Dataset:
    return _LOADERS[settings.name](settings)


@lru_cache(maxsize=3)
def _kept_test(settings: DataSettings) -> Pictures:
    if settings.name in DRAWN:
        return drawn(settings, "test")
    if settings.name in MNIST:
        return load_mnist_test(settings.name)
    return load(settings).test


__all__ = [
    "KINDS",
    "MOST_SOME",
    "MOST_TESTING",
    "MOST_TRAINING",
    "NO_TAG",
    "DataError",
    "DataSettings",
    "Dataset",
    "DatasetKind",
    "Pictures",
    "carried_tags",
    "draw",
    "load",
    "load_test",
    "one_of",
    "read_idx",
    "some_of",
    "train_count",
    "write_idx",
]
