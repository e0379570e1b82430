"""What a process does before anybody presses a button: it loads torch, the pictures, and all that torch loads late."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from convviz.lab.carry import carry_out
from convviz.lab.data import KINDS, DataError, Dataset, DataSettings, load, some_of
from convviz.lab.model import SmallCNN
from convviz.lab.settings import Settings, Training
from convviz.lab.train import Trainer
from convviz.lab.weights import packed

__all__ = ["carry_out", "ready"]

_TINY: Final = Settings(model=SmallCNN(channels=(2,), convolutions=1), training=Training(epochs=1, batch_size=8))


def ready(data: DataSettings) -> None:
    """Load the pictures, and train a tiny network for one epoch; nothing is written, and nothing is kept but in memory.

    Pictures that cannot be loaded are passed over: the run that needs them will say so. Raises nothing.

    >>> ready(DataSettings("digits"))
    >>> ready(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'name'
    """
    with suppress(DataError):
        load(data)
    few = some_of(_TINY.data, 1)
    trainer = Trainer(_TINY, Dataset(KINDS[_TINY.data.name], few, few))
    for epoch in trainer.epochs():
        packed(epoch.weights, _TINY)
        trainer.restore(trainer.state())
