"""What a data set is: pictures with their labels, in two parts, and what is known of their kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convviz.geometry import GeometryError


@dataclass(frozen=True, eq=False)
class Pictures:
    """N pictures and what is on them; nothing of it can be written to.

    `images` are uint8 of shape (N, C, H, W), `labels` int64 of shape (N,). `objects` and `tags`, both bool of shape (N, H, W),
    hold the exact cells of the object and of the give-away, or are None where nobody knows. Raises `GeometryError` where their
    shapes disagree.

    >>> images = np.zeros((3, 1, 8, 8), np.uint8)
    >>> len(Pictures(images, np.array([0, 1, 1])))
    3
    >>> Pictures(images, np.array([0, 1]))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: labels has shape (2,): 3 pictures of 8×8 need (3,)
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    objects: NDArray[np.bool_] | None = None
    tags: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        count, _, rows, columns = self.images.shape
        for name, shape in (("labels", (count,)), ("objects", (count, rows, columns)), ("tags", (count, rows, columns))):
            array = getattr(self, name)
            if array is not None and array.shape != shape:
                raise GeometryError(
                    f"{name} has shape {array.shape}: {count} pictures of {rows}×{columns} need {shape}",
                    parameter=name,
                    value=array.shape,
                    limit=shape,
                )
        for name in ("images", "labels", "objects", "tags"):
            object.__setattr__(self, name, _read_only(getattr(self, name)))

    def __len__(self) -> int:
        return len(self.labels)

    def taken(self, numbers: ArrayLike) -> Pictures:
        """Those of some numbers, with what is known of them. Raises IndexError for a number of none.

        >>> pictures = Pictures(np.zeros((3, 1, 8, 8), np.uint8), np.array([0, 2, 1]))
        >>> pictures.taken([2, 0]).labels.tolist()
        [1, 0]
        >>> pictures.taken([3])
        Traceback (most recent call last):
        IndexError: index 3 is out of bounds for axis 0 with size 3
        """
        chosen = np.asarray(numbers, np.intp)
        cells = (None if each is None else each[chosen] for each in (self.objects, self.tags))
        return Pictures(self.images[chosen], self.labels[chosen], *cells)

    def counts(self, classes: int) -> tuple[int, ...]:
        """How many pictures there are of each class. Raises `GeometryError` for a label of no class.

        >>> pictures = Pictures(np.zeros((3, 1, 8, 8), np.uint8), np.array([0, 2, 2]))
        >>> pictures.counts(4)
        (1, 0, 2, 0)
        >>> pictures.counts(2)
        Traceback (most recent call last):
        convviz.geometry.GeometryError: classes is 2: there is a label 2, so at least 3
        """
        found = np.bincount(self.labels, minlength=classes)
        if len(found) > classes:
            raise GeometryError(
                f"classes is {classes}: there is a label {len(found) - 1}, so at least {len(found)}",
                parameter="classes",
                value=classes,
                limit=len(found),
                remedy={"classes": len(found)},
            )
        return tuple(found.tolist())


@dataclass(frozen=True)
class DatasetKind:
    """What is known of a kind of pictures before any is loaded.

    `white` is the value of a pixel that counts as 1.0. `flips`, `most_rotation` (degrees, either way), `most_translation`
    (a fraction of the side; where the cells of the object are known they say how far, and it is 0) and `most_scale` (a factor,
    larger or smaller) are what an augmentation may do and the label still be true. Raises nothing.

    >>> kind = DatasetKind("dots", "Dots", (1, 8, 8), ("one", "two"), 255, "drawn", "MIT", ("one",), 180, 0.1, 1.2)
    >>> kind.classes
    ('one', 'two')
    >>> kind.white = 1
    Traceback (most recent call last):
    dataclasses.FrozenInstanceError: cannot assign to field 'white'
    """

    name: str
    title: str
    input_shape: tuple[int, int, int]
    classes: tuple[str, ...]
    white: int
    source: str
    licence: str
    flips: tuple[str, ...]
    """The classes that stay themselves when mirrored left to right."""
    most_rotation: float
    most_translation: float
    most_scale: float


@dataclass(frozen=True, eq=False)
class Dataset:
    """Pictures to train with and pictures to test with, none in both. Raises nothing.

    >>> from convviz.lab.data import DataSettings, load
    >>> len(load(DataSettings("digits")).test)
    359
    >>> Dataset()
    Traceback (most recent call last):
    TypeError: Dataset.__init__() missing 3 required positional arguments: 'kind', 'train', and 'test'
    """

    kind: DatasetKind
    train: Pictures
    test: Pictures


def _read_only(array: NDArray[Any] | None) -> NDArray[Any] | None:
    """A view: the caller may go on writing to an array of its own."""
    if array is None:
        return None
    view = array.view()
    view.setflags(write=False)
    return view
