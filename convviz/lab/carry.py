"""One run carried out, in the process that trains it: epoch by epoch into its folder, from wherever it stood."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from convviz.geometry import GeometryError
from convviz.lab.data import KINDS, DataError, Dataset, load_test, some_of
from convviz.lab.devices import described
from convviz.lab.errors import CancelledError, DivergedError, GaveWayError, StoreError, TrainingError, WeightsError
from convviz.lab.records import Progress
from convviz.lab.run import Run, State
from convviz.lab.settings import Settings
from convviz.lab.train import Trainer
from convviz.lab.weights import packed, unpacked

OnProgress = Callable[[Progress], None]

_GUESSING: Final = 1.5
"""Times the accuracy of a guess: what says no more than that."""
_FEW: Final = 100
"""Steps with which nothing is learned, at whatever rate."""
_EVERY: Final = 0.2
"""Seconds between two words about the progress; then somebody's wish to end or to hold it is heard, too."""
MOST_HELD: Final = 600.0
"""Seconds after which a run that is held gives way: it keeps its place at the machine, and others wait for it."""
_SHORT: Final = 0.05
"""Seconds between two looks whether a run that is held is let go, or cancelled."""


def carry_out(folder: str, on_progress: OnProgress | None = None) -> State:
    """Train the run in a folder to its end, from its last checkpoint, or test what was loaded; return how it then stands.

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
            if run.order.loaded:
                _test(run, settings)
            else:
                _train(run, Trainer(settings), on_progress)
        except CancelledError:
            run.stand("cancelled")
        except GaveWayError as error:
            run.stand("interrupted", str(error))
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
    teller = _Teller(run, device, on_progress)
    state = run.checkpoint()
    if state:
        trainer.restore(state)
    run.rewind(trainer.figures)
    teller.between_epochs(trainer)
    for epoch in trainer.epochs(teller):
        run.keep(epoch, packed(epoch.weights, trainer.settings), trainer.state())
        teller.between_epochs(trainer)
    run.finish(device, _what_to_know(trainer))


def _test(run: Run, settings: Settings) -> None:
    """Weights that were loaded, once, on whatever device there is. Raises `WeightsError` for those that cannot be."""
    weights = run.weights()
    module = unpacked(weights, settings)
    few = Dataset(KINDS[settings.data.name], some_of(settings.data, 1), load_test(settings.data))
    trainer = Trainer(replace(settings, training=replace(settings.training, device="auto")), few)
    device = described(trainer.device, settings.training.threads)
    run.stand("training", device=device)
    run.rewind(None)
    trainer.take(module.state_dict())
    try:
        run.keep(trainer.untrained(), weights, trainer.state())
    except DivergedError as error:
        raise WeightsError("their loss is no number: the training diverged, or the file is damaged") from error
    run.finish(device)


def _what_to_know(trainer: Trainer) -> str:
    """Of a network that learned nothing; its losses are numbers, so nothing else says so."""
    figures, lr = trainer.figures, trainer.settings.training.lr
    if figures is None or figures.test_accuracy > _GUESSING / len(figures.confusion):
        return ""
    steps = trainer.steps * figures.epoch
    if steps < _FEW:
        return f"no better than guessing after {steps} steps: lower batch_size, or train for more epochs"
    return f"no better than guessing: lower lr from {lr:g} to {lr / 10:g}, or train for more epochs"


def _require_wanted(run: Run) -> None:
    if run.is_unwanted:
        raise CancelledError("it was cancelled")


def _gave_way() -> str:
    return f"it was paused for {MOST_HELD / 60:g} minutes, and gave way to others: resume it from its last epoch"


class _Teller:
    """Says in the run's folder how far the epoch is, now and then, and hears there who wants it to end or to wait."""

    def __init__(self, run: Run, device: str, on_progress: OnProgress | None) -> None:
        self._run, self._device, self._on_progress = run, device, on_progress
        self._next = 0.0

    def __call__(self, progress: Progress) -> None:
        """After each step."""
        if self._on_progress:
            self._on_progress(progress)
        now = time.monotonic()
        if now < self._next and 1 < progress.step < progress.steps:
            return
        self._next = now + _EVERY
        self._look(progress)

    def between_epochs(self, trainer: Trainer) -> None:
        """Before the first step of the next one, where there is one."""
        if trainer.figures and not trainer.over:
            self._look(Progress(trainer.figures.epoch + 1, 0, trainer.steps, trainer.figures.pictures_per_second))

    def _look(self, progress: Progress) -> None:
        _require_wanted(self._run)
        self._run.tell(progress)
        complete = progress.epoch - 1
        if self._is_held(complete):
            self._run.stand("paused", device=self._device)
            self._wait(complete)
            self._run.stand("training", device=self._device)

    def _wait(self, complete: int) -> None:
        """Until it is let go. Raises `CancelledError`, and `GaveWayError` once it has taken too long."""
        end = time.monotonic() + MOST_HELD
        while self._is_held(complete):
            _require_wanted(self._run)
            if time.monotonic() > end:
                raise GaveWayError(_gave_way())
            time.sleep(_SHORT)

    def _is_held(self, complete: int) -> bool:
        """Whether somebody wants it to wait after that epoch, or after an earlier one."""
        hold = self._run.hold
        return hold is not None and hold <= complete
