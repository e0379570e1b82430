"""MNIST and Fashion-MNIST, from the one folder that whoever runs convviz has named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from convviz.lab.data.idx import DataError, read_idx
from convviz.lab.data.kinds import KINDS
from convviz.lab.data.pictures import Dataset, Pictures

VARIABLE: Final = "CONVVIZ_DATA"
"""The environment variable that names the folder."""

_FOLDERS: Final = {"mnist": ("mnist",), "fashion_mnist": ("fashion_mnist", "fashion-mnist")}
MNIST: Final = tuple(_FOLDERS)
"""The kinds that lie in that folder."""
_ENDINGS: Final = "-ubyte.gz", "-ubyte"


def load_mnist(name: str) -> Dataset:
    """The pictures of "mnist" or "fashion_mnist": 28×28 cells, values from 0 to 255, split as they come.

    They are looked for in the folder `mnist` (`fashion_mnist`, `fashion-mnist`) of the folder that the environment variable
    `CONVVIZ_DATA` names: four IDX files, gzip'ed or not, as they are distributed. Raises `DataError` where variable, folder or
    file is missing, and where a file holds something else; `KeyError` for another name.

    >>> import os
    >>> folder = os.environ.pop("CONVVIZ_DATA", None)
    >>> load_mnist("mnist")
    Traceback (most recent call last):
    convviz.lab.data.idx.DataError: MNIST: expected the environment variable CONVVIZ_DATA, found it not set; set it to a \
folder, and put the four files of MNIST into its folder mnist
    >>> from tempfile import TemporaryDirectory
    >>> from convviz.lab.data.idx import write_idx
    >>> with TemporaryDirectory() as os.environ["CONVVIZ_DATA"]:
    ...     made = Path(os.environ["CONVVIZ_DATA"]) / "mnist"
    ...     made.mkdir()
    ...     for part in "train", "t10k":
    ...         write_idx(made / f"{part}-images-idx3-ubyte.gz", np.zeros((5, 28, 28), np.uint8))
    ...         write_idx(made / f"{part}-labels-idx1-ubyte.gz", np.arange(5, dtype=np.uint8))
    ...     len(load_mnist("mnist").train)
    5
    >>> _ = os.environ.pop("CONVVIZ_DATA") if folder is None else os.environ.update(CONVVIZ_DATA=folder)
    """
    return Dataset(KINDS[name], _part(_folder(name), "train"), load_mnist_test(name))


def load_mnist_test(name: str) -> Pictures:
    """The pictures to test with alone, from two of the four files. Raises as `load_mnist` does.

    >>> load_mnist_test("letters")
    Traceback (most recent call last):
    KeyError: 'letters'
    """
    return _part(_folder(name), "t10k")


def _folder(name: str) -> Path:
    title, names = KINDS[name].title, _FOLDERS[name]
    root = os.environ.get(VARIABLE)
    if not root:
        raise DataError(
            f"{title}: expected the environment variable {VARIABLE}, found it not set; "
            f"set it to a folder, and put the four files of {title} into its folder {names[0]}"
        )
    for folder in (Path(root) / each for each in names):
        if folder.is_dir():
            return folder
    raise DataError(
        f"{title}: expected the folder {' or '.join(names)} in {root}, found neither file nor folder of that name; "
        f"make it, and put the four files of {title} into it"
    )


def _part(folder: Path, part: str) -> Pictures:
    images_file, labels_file = _file(folder, f"{part}-images", "idx3"), _file(folder, f"{part}-labels", "idx1")
    images, labels = read_idx(images_file), read_idx(labels_file)
    _require_pictures(images_file, images)
    _require_labels(labels_file, labels, len(images))
    return Pictures(images[:, None], labels.astype(np.int64))


def _file(folder: Path, stem: str, code: str) -> Path:
    names = [f"{stem}{joint}{code}{ending}" for joint in "-." for ending in _ENDINGS]
    for file in (folder / name for name in names):
        if file.is_file():
            return file
    raise DataError(f"{folder}: expected one of {', '.join(names)}, found none of them; put it there")


def _require_pictures(file: Path, images: NDArray[np.uint8]) -> None:
    if images.ndim != 3 or images.shape[1:] != (28, 28) or not len(images):
        raise DataError(
            f"{file}: expected pictures of 28×28, found the shape {images.shape}; put the original file in its place"
        )


def _require_labels(file: Path, labels: NDArray[np.uint8], count: int) -> None:
    if labels.shape != (count,):
        raise DataError(
            f"{file}: expected {count:,} labels, one a picture, found the shape {labels.shape}; "
            "put the original files of both in their place"
        )
    if labels.max() > 9:
        raise DataError(f"{file}: expected labels from 0 to 9, found {labels.max()}; put the original file in its place")
