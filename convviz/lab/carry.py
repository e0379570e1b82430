"""One run carried out, in the process that trains it: epoch by epoch into its folder, from wherever it stood."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from convviz.geometry import GeometryError
from convviz.lab.data import DataError
from convviz.lab.devices import described
from convviz.lab.errors import CancelledError, StoreError, TrainingError
from convviz.lab.records import Progress
from convviz.lab.run import Run, State
from convviz.lab.train import Trainer
from convviz.lab.weights import packed

OnProgress = Callable[[Progress], None]

_GUESSING: Final = 1.5
"""Times the accuracy of a guess: what says no more than that."""
_EVERY: Final = 0.2
"""Seconds between two words about the progress; then somebody's wish to end it is heard, too."""


def carry_out(folder: str, on_progress: OnProgress | None = None) -> State:
    """Train the run in a folder to its end, from its last checkpoint, and return how it then stands.

    Whatever fails is written down in the run, and raised.

    >>> from tempfile import TemporaryDirectory
    >>> from convviz.lab.run import Order
    >>> from convviz.lab.settings import Settings, Training
    >>> with TemporaryDirectory() as folder:
    ...     Run(Path(folder)).make(Order(Settings(training=Training(epochs=1, threads=1)), created=0.0, owner=""))
    ...     carry_out(folder)
    ...     len(Run(Path(folder)).figures())
    'finished'
    2
    >>> carry_out("nowhere")
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: nowhere: there is no such run: it was deleted, or the link is wrong
    """
    run = Run(Path(folder))
    settings = run.settings
    with run.claimed():
        # Whoever waited for the claim may find that others were at it meanwhile.
        if run.status.state == "finished":
            return "finished"
        try:
            _require_wanted(run)
            run.stand("training")
            _train(run, Trainer(settings), on_progress)
        except CancelledError:
            run.stand("cancelled")
        except (GeometryError, DataError, TrainingError, StoreError) as error:
            run.stand("failed", str(error))
            raise
        except Exception as error:  # whatever it was, whoever looks at the run has to know
            run.stand("failed", f"{type(error).__name__}: {error}")
            raise
        return run.status.state


def _train(run: Run, trainer: Trainer, on_progress: OnProgress | None) -> None:
    device = described(trainer.device, trainer.settings.training.threads)
    run.stand("training", device=device)
    teller = _Teller(run, on_progress)
    state = run.checkpoint()
    if state:
        trainer.restore(state)
    run.rewind(trainer.figures)
    for epoch in trainer.epochs(teller):
        run.keep(epoch, packed(epoch.weights, trainer.settings), trainer.state())
    run.finish(device, _what_to_know(trainer))


def _what_to_know(trainer: Trainer) -> str:
    """Of a network that learned nothing; its losses are numbers, so nothing else says so."""
    figures, lr = trainer.figures, trainer.settings.training.lr
    if figures is None or figures.test_accuracy > _GUESSING / len(figures.confusion):
        return ""
    return f"no better than guessing: lower lr from {lr:g} to {lr / 10:g}, or train for more epochs"


def _require_wanted(run: Run) -> None:
    if run.is_unwanted:
        raise CancelledError("it was cancelled")


class _Teller:
    """Says in the run's folder how far the epoch is, now and then, and hears there whether somebody wants it to end."""

    def __init__(self, run: Run, on_progress: OnProgress | None) -> None:
        self._run, self._on_progress = run, on_progress
        self._next = 0.0

    def __call__(self, progress: Progress) -> None:
        if self._on_progress:
            self._on_progress(progress)
        now = time.monotonic()
        if now < self._next and progress.step < progress.steps:
            return
        self._next = now + _EVERY
        _require_wanted(self._run)
        self._run.tell(progress)
