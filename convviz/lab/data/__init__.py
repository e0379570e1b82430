"""Pictures to train with: digits that come along, shapes that are drawn, MNIST where there is a folder of it.

Knows nothing of torch. `KINDS` says what there is, `DataSettings` which of it, and `load` brings it.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from convviz.lab.data.digits import load_digits, load_digits28
from convviz.lab.data.idx import DataError, read_idx, write_idx
from convviz.lab.data.kinds import KINDS
from convviz.lab.data.mnist import load_mnist
from convviz.lab.data.pictures import Dataset, DatasetKind, Pictures
from convviz.lab.data.settings import DRAWN, MOST_TESTING, MOST_TRAINING, DataSettings, train_count
from convviz.lab.data.shapes import NO_TAG, carried_tags, draw, load_shapes, load_tagged_shapes

_LOADERS: Final[Mapping[str, Callable[[DataSettings], Dataset]]] = {
    "digits": lambda _: load_digits(),
    "digits28": lambda _: load_digits28(),
    "shapes": load_shapes,
    "tagged_shapes": load_tagged_shapes,
    "mnist": lambda _: load_mnist("mnist"),
    "fashion_mnist": lambda _: load_mnist("fashion_mnist"),
}


def load(settings: DataSettings) -> Dataset:
    """The pictures that the settings name; the last few are kept, and all who ask for them share them.

    Raises `DataError` where files are missing or damaged.

    >>> load(DataSettings("digits")).train.images.shape
    (1438, 1, 8, 8)
    >>> load(DataSettings("letters"))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: name "letters" is not one of digits, digits28, shapes, tagged_shapes, mnist, fashion_mnist
    """
    return _kept(settings if settings.name in DRAWN else DataSettings(settings.name))


@lru_cache(maxsize=3)
def _kept(settings: DataSettings) -> Dataset:
    return _LOADERS[settings.name](settings)


__all__ = [
    "KINDS",
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
    "read_idx",
    "train_count",
    "write_idx",
]
