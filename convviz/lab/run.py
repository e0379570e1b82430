"""A run: a folder that holds all of one training, readable at any moment, whoever was killed while writing to it.

    run.json                      what was asked for, by whom, when
    status.json                   how it stands
    epochs.jsonl                  a line of figures an epoch
    epochs/0003.safetensors       filters, predictions and probabilities after epoch 3
    weights.safetensors           of the last epoch, or as they were loaded, with their settings
    checkpoint.pt                 all that is needed to go on; gone once the run is finished
    progress.json                 how far the epoch is that is being trained
    lock                          held by the process that trains
    cancel                        there, when somebody wants it to end
    hold                          the epoch after which it waits, when somebody wants it to; 0 for at once

No torch: a server that only shows runs need not load it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from filelock import Timeout
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from safetensors.numpy import load, save

from convviz.lab import safely
from convviz.lab.errors import FullError, StoreError
from convviz.lab.locks import is_locked, lock_at
from convviz.lab.records import Epoch, Figures, Progress
from convviz.lab.settings import Settings, wrong

State = Literal["queued", "training", "paused", "finished", "cancelled", "failed", "interrupted"]
OVER: Final[frozenset[State]] = frozenset({"finished", "cancelled", "failed", "interrupted"})
"""States in which nothing happens any more, unless a run is resumed."""
PATIENCE: Final = 5.0
"""Seconds to wait for a lock that somebody only looks at."""


@dataclass(frozen=True)
class Order:
    """What was asked for, and what it was counted on to take, in bytes; `owner` is a hash of the owner's token.

    One that is `loaded` is of weights that somebody brought: they are tested, and not trained.
    """

    settings: Settings
    created: float
    owner: str
    expected_bytes: int = 0
    loaded: bool = False


@dataclass(frozen=True)
class Status:
    """How a run stands: `message` says why it failed, `device` what trains it, `keeper` whose queue it is in."""

    state: State
    message: str = ""
    device: str = ""
    keeper: str = ""


_ORDER: Final = TypeAdapter(Order)
_STATUS: Final = TypeAdapter(Status)
_PROGRESS: Final = TypeAdapter(Progress)


@dataclass(frozen=True)
class Run:
    """One run, by its folder; everything is read anew when it is asked for.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     run = Run(Path(folder))
    ...     run.make(Order(Settings(), created=0.0, owner=""))
    ...     run.state, run.figures(), run.settings == Settings()
    ('interrupted', (), True)
    >>> Run(Path("nowhere")).settings
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: nowhere: there is no such run: it was deleted, or the link is wrong
    """

    folder: Path

    @property
    def id(self) -> str:
        """What it is called in its store, and in links."""
        return self.folder.name

    # --- Read -----------------------------------------------------------------------------------------------------------

    @property
    def order(self) -> Order:
        """What was asked for. Raises `StoreError` where there is no run."""
        try:
            return _ORDER.validate_json((self.folder / "run.json").read_bytes())
        except FileNotFoundError:
            raise self._missing() from None
        except ValidationError as error:
            raise StoreError(f"{self.id}: its settings cannot be read ({wrong(error)}): delete it") from error

    @property
    def settings(self) -> Settings:
        """Of the training."""
        return self.order.settings

    @property
    def status(self) -> Status:
        """As it was last written: what `state` is derived from."""
        try:
            return _STATUS.validate_json((self.folder / "status.json").read_bytes())
        except FileNotFoundError:
            raise self._missing() from None
        except ValidationError as error:
            raise StoreError(f"{self.id}: how it stands cannot be read ({wrong(error)}): delete it") from error

    @property
    def state(self) -> State:
        """How it stands now: a training that nobody carries out, and a place in a queue that is gone, are interrupted."""
        status = self.status
        if status.state in {"training", "paused"} and not is_locked(self._lock):
            now = self.status.state  # it may have come to its end between the two looks
            return now if now in OVER else "interrupted"
        if status.state == "queued" and not is_locked(self.folder.parent / status.keeper):
            return "interrupted"
        return status.state

    @property
    def message(self) -> str:
        """Why it failed or was interrupted, or what to know of it once it is finished; mostly empty."""
        state, status = self.state, self.status
        if state != "interrupted" or status.state == "interrupted":
            return status.message
        if not self.figures():
            return "nobody trains it, and it has no epoch yet: resume it"
        return "nobody trains it any more, its process or its queue was ended: resume it from its last epoch"

    def figures(self) -> tuple[Figures, ...]:
        """A line an epoch, from epoch 0 on. Raises `StoreError` where they were damaged from outside."""
        try:
            return tuple(map(Figures.read, safely.lines(self.folder / "epochs.jsonl")))
        except ValueError as error:
            raise StoreError(f"{self.id}: its epochs cannot be read ({error}): delete it") from error

    def arrays(self, epoch: int) -> Mapping[str, NDArray[Any]]:
        """`filters`, `predictions` and `probabilities` after an epoch, as in `convviz.lab.records.Epoch`.

        `probabilities` has a row for each test picture that `convviz.lab.records.watched` names. Numbers that were kept in
        16 bits, as in the runs that come along, are float32 here as all others. Raises `StoreError` for an epoch that is not
        there.
        """
        try:
            found = load(self._arrays(epoch).read_bytes())
        except FileNotFoundError:
            raise StoreError(f"{self.id}: there is no epoch {epoch}: it has {len(self.figures())} lines") from None
        return {name: array.astype(np.float32) if array.dtype == np.float16 else array for name, array in found.items()}

    def weights(self) -> bytes:
        """The last epoch's, or those that were loaded, as a safetensors file. Raises `StoreError` where there are none yet."""
        try:
            return (self.folder / "weights.safetensors").read_bytes()
        except FileNotFoundError:
            raise StoreError(f"{self.id}: it has no weights yet: wait for its first epoch") from None

    def checkpoint(self) -> bytes | None:
        """All that is needed to go on; None before the first epoch, and once it is finished."""
        with suppress(FileNotFoundError):
            return (self.folder / "checkpoint.pt").read_bytes()
        return None

    def progress(self) -> Progress | None:
        """Of the epoch that is being trained."""
        with suppress(FileNotFoundError, ValidationError):
            return _PROGRESS.validate_json((self.folder / "progress.json").read_bytes())
        return None

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        found = 0
        for file in self.folder.rglob("*"):
            with suppress(FileNotFoundError):  # written aside a moment ago, and put in place since
                found += file.stat().st_size
        return found

    # --- Write: only whoever holds the claim --------------------------------------------------------------------------------

    def make(self, order: Order, weights: bytes | None = None) -> None:
        """Its first files; weights are those of a run that is loaded."""
        with safely.told(self.folder):
            (self.folder / "epochs").mkdir()
        if weights is not None:
            safely.write(self.folder / "weights.safetensors", weights)
        safely.write(self.folder / "status.json", _STATUS.dump_json(Status("queued")))
        safely.write(self.folder / "run.json", _ORDER.dump_json(order))

    @contextmanager
    def claimed(self, patience: float = PATIENCE) -> Iterator[None]:
        """Nobody else writes meanwhile. Raises `StoreError` where somebody does already, or where there is no run."""
        if not (self.folder / "run.json").exists():
            raise self._missing()
        lock = lock_at(self._lock)
        with safely.told(self._lock):
            try:
                lock.acquire(timeout=patience)
            except Timeout:
                raise StoreError(f"{self.id}: it is being trained already: watch it, or cancel it first") from None
        try:
            yield
        finally:
            lock.release()

    def stand(self, state: State, message: str = "", device: str = "", keeper: str = "") -> None:
        """Write down how it stands."""
        safely.write(self.folder / "status.json", _STATUS.dump_json(Status(state, message, device, keeper)))

    def keep(self, epoch: Epoch, weights: bytes, checkpoint: bytes) -> None:
        """An epoch. Whatever is killed in between: a checkpoint has all files of its epoch, and a line its checkpoint."""
        arrays: dict[str, NDArray[Any]] = {
            "filters": epoch.filters,
            "predictions": epoch.predictions,
            "probabilities": epoch.probabilities,
        }
        safely.write(self._arrays(epoch.figures.epoch), save(arrays))
        safely.write(self.folder / "weights.safetensors", weights)
        safely.write(self.folder / "checkpoint.pt", checkpoint)
        safely.append(self.folder / "epochs.jsonl", epoch.figures.written())

    def rewind(self, last: Figures | None) -> None:
        """To the checkpoint's epoch: its line is written where a kill came before it, later ones and halves are left out."""
        kept = [figures for figures in self.figures() if last and figures.epoch < last.epoch]
        lines = [figures.written() for figures in (*kept, *([last] if last else ()))]
        safely.write(self.folder / "epochs.jsonl", "".join(f"{line}\n" for line in lines).encode())

    def tell(self, progress: Progress) -> None:
        """How far the epoch is: not forced to the disk, for it is nothing that is missed."""
        with suppress(FullError):
            safely.write(self.folder / "progress.json", _PROGRESS.dump_json(progress), forced=False)

    def finish(self, device: str, message: str = "") -> None:
        """Trained to its end: what was only for going on is let go, once it is written down that nobody will."""
        (self.folder / "progress.json").unlink(missing_ok=True)
        self.want_hold(None)
        self.stand("finished", message, device)
        (self.folder / "checkpoint.pt").unlink(missing_ok=True)

    # --- Wishes: anybody may have them ----------------------------------------------------------------------------------------

    @property
    def is_unwanted(self) -> bool:
        """Whether somebody wants it to end."""
        return (self.folder / "cancel").exists()

    def want(self, *, end: bool) -> None:
        """That it ends; or not any more."""
        with safely.told(self.folder):
            if end:
                (self.folder / "cancel").touch()
            else:
                (self.folder / "cancel").unlink(missing_ok=True)

    @property
    def hold(self) -> int | None:
        """The epoch after which somebody wants it to wait: 0, or one that is complete, is at once; None for not at all."""
        with suppress(OSError, ValueError):
            text = (self.folder / "hold").read_text(encoding="ascii")
            return int(text) if text.isdigit() else None
        return None

    def want_hold(self, epoch: int | None) -> None:
        """That it waits once an epoch is complete; or, with None, not any more."""
        path = self.folder / "hold"
        if epoch is None:
            with safely.told(path):
                path.unlink(missing_ok=True)
        else:
            safely.write(path, str(epoch).encode(), forced=False)

    def _missing(self) -> StoreError:
        return StoreError(f"{self.id}: there is no such run: it was deleted, or the link is wrong")

    @property
    def _lock(self) -> Path:
        return self.folder / "lock"

    def _arrays(self, epoch: int) -> Path:
        return self.folder / "epochs" / f"{epoch:04}.safetensors"


def follow(run: Run, every: float = 0.1) -> Iterator[Figures]:
    """A run's figures, as they come, until it is over. Raises `StoreError` where it fails, or where nobody trains it any more.

    >>> next(follow(Run(Path("nowhere"))))
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: nowhere: there is no such run: it was deleted, or the link is wrong
    """
    seen = 0
    while True:
        over = run.state in OVER
        figures = run.figures()
        yield from figures[seen:]
        seen = len(figures)
        if over:
            break
        time.sleep(every)
    if run.state in {"failed", "interrupted"}:
        raise StoreError(f"{run.id}: {run.message}")
