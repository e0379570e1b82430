"""The 1,797 scans of handwritten digits that come with convviz."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convviz.lab.data.idx import read_idx
from convviz.lab.data.kinds import KINDS
from convviz.lab.data.pictures import Dataset, Pictures

SCANS: Final = Path(__file__).with_name("scans")
"""The folder with the two files and a README of where they are from; scripts/make_digits.py makes them."""
IMAGES: Final = "images.idx3-ubyte.gz"
LABELS: Final = "labels.idx1-ubyte.gz"

_SIDE, _MARGIN = 20, 4


def load_digits() -> Dataset:
    """The scans as they are: 8×8 cells, values from 0 to 16.

    For testing is, of each class, the third of every five scans in the order of the file: 359 of them; 1,438 are left to train
    with. The same 13 people wrote both. Raises `DataError` for a damaged file. Source: Alpaydin and Kaynak 1998, UCI Machine
    Learning Repository, Optical Recognition of Handwritten Digits.

    >>> len(load_digits().train), int(load_digits().train.images.max())
    (1438, 16)
    >>> load_digits(3)
    Traceback (most recent call last):
    TypeError: load_digits() takes 0 positional arguments but 1 was given
    """
    return _split("digits", read_idx(SCANS / IMAGES)[:, None])


def load_digits28() -> Dataset:
    """The scans enlarged to 20×20 cells within 28×28, as MNIST's are, values from 0 to 255; split as `load_digits` does.

    Raises `DataError` for a damaged file.

    >>> load_digits28().test.images.shape
    (359, 1, 28, 28)
    >>> load_digits28(3)
    Traceback (most recent call last):
    TypeError: load_digits28() takes 0 positional arguments but 1 was given
    """
    enlarged = np.stack([_enlarged(scan) for scan in read_idx(SCANS / IMAGES)])
    return _split("digits28", np.pad(enlarged, ((0, 0), (_MARGIN, _MARGIN), (_MARGIN, _MARGIN)))[:, None])


def _enlarged(scan: NDArray[np.uint8]) -> NDArray[np.uint8]:
    # 255 / 16, rounded: white stays white.
    bright = np.round(scan * (255 / 16)).astype(np.uint8)
    return np.asarray(Image.fromarray(bright).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC))


def _split(name: str, images: NDArray[np.uint8]) -> Dataset:
    labels = read_idx(SCANS / LABELS).astype(np.int64)
    testing = _for_testing(labels)
    train, test = (Pictures(images[part], labels[part]) for part in (~testing, testing))
    return Dataset(KINDS[name], train, test)


def _for_testing(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    chosen = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        chosen[np.flatnonzero(labels == label)[2::5]] = True
    return chosen
