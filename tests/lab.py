"""Small trainings for the tests of the lab."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from convviz.lab.data import KINDS, Dataset, Pictures
from convviz.lab.model import SmallCNN
from convviz.lab.records import Epoch
from convviz.lab.settings import Settings, Training

TINY: Final = Settings(
    model=SmallCNN(channels=(3,), convolutions=1, dropout=0.2),
    training=Training(epochs=4, batch_size=480, threads=1, device="cpu", lr=0.05),
)
"""Twelve steps of a millisecond or two each, on the digits."""


def tiny(**training: Any) -> Settings:
    return replace(TINY, training=replace(TINY.training, **training))


def some_digits(labels: list[int], seed: int = 0) -> Dataset:
    """Noise of the digits' kind, the same to train and to test with."""
    images = np.random.default_rng(seed).integers(0, 17, (len(labels), 1, 8, 8), dtype=np.uint8)
    pictures = Pictures(images, np.array(labels, np.int64))
    return Dataset(KINDS["digits"], pictures, pictures)


def comparable(epoch: Epoch) -> tuple[Any, ...]:
    """All of an epoch but the time it took."""
    figures = replace(epoch.figures, seconds=0.0, pictures_per_second=0.0)
    arrays = (epoch.filters, epoch.predictions, epoch.probabilities, *epoch.weights.values())
    return figures, [array.tobytes() for array in arrays]
