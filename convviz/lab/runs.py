"""The store of runs: started, queued, held, cancelled, resumed, listed, deleted; each a folder, each trained by a process.

No torch: a server that only shows runs need not load it.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import RLock
from typing import Any, Final

from convviz.geometry import whole_number
from convviz.lab import safely
from convviz.lab.data import DataSettings
from convviz.lab.errors import FullError, OwnerError, StoreError
from convviz.lab.executor import ProcessExecutor
from convviz.lab.header import header_of, settings_in
from convviz.lab.locks import keeper
from convviz.lab.owners import hashed, require_owner, token_of
from convviz.lab.room import expected_bytes, taken_bytes
from convviz.lab.run import OVER, Order, Run, State, follow
from convviz.lab.settings import Settings, require, settings_of, with_threads

__all__ = ["SHIPPED", "Run", "State", "Store", "carry_out", "follow", "shipped", "the_store"]

MOST_BYTES: Final = 2**30
"""Of a store, unless it is told otherwise."""
SHIPPED: Final = Path(__file__).parent / "shipped"
"""The store of runs that come along, to be read only."""
_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_LONGEST_ID: Final = 40
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Of ids: none that is taken for another one."""
MOST_WAITING: Final = 20
"""Runs in the queue of a program."""
MOST_KNOWN: Final = 100
"""Runs that are over, of which is still known what they raised."""
PATIENCE: Final = 1.0
"""Seconds to wait for a claim, where somebody may only be about to let go."""
_LEFT_BEHIND: Final = 3600.0
"""Seconds after which nobody is still at it."""


def carry_out(folder: str) -> State:
    """What is submitted to the executor: train the run in a folder. Only the process that does so loads torch.

    Raises as `convviz.lab.carry.carry_out` does.

    >>> carry_out("nowhere")
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: nowhere: there is no such run: it was deleted, or the link is wrong
    >>> carry_out.__module__
    'convviz.lab.runs'
    """
    state: State = import_module("convviz.lab.carry").carry_out(folder)
    import_module("convviz.lab.devices").give_back()  # the process is kept, and others train meanwhile
    return state


def shipped() -> tuple[Run, ...]:
    """The runs that come with convviz: trained, and to be looked at where nothing may be trained.

    >>> [(run.id, run.state) for run in shipped()]
    [('shapes-7x7', 'finished'), ('shapes-tagged', 'finished')]
    >>> shipped()[0].arrays(99)
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: shapes-7x7: there is no epoch 99: it has 13 lines
    """
    return tuple(Run(SHIPPED / name) for name in _shipped_ids())


class Store:
    """Runs in one folder; threads of a server may share it, and so may several programs.

    `executor` trains them, by default up to `at_once` at a time in processes of their own; `most_bytes` is what all runs may
    take together.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     Store(Path(folder)).runs()
    ()
    >>> Store(Path("runs")).run("../secrets")
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: "../secrets" is no id of a run: ids are letters and digits, as in shapes-4k2f
    """

    def __init__(
        self, folder: Path, *, executor: Executor | None = None, at_once: int = 1, most_bytes: int = MOST_BYTES
    ) -> None:
        self.folder = Path(folder)
        self._executor, self._at_once = executor, at_once
        self._most_bytes = most_bytes
        self._changing = RLock()
        self._futures: dict[str, Future[Any]] = {}

    # --- Look ---------------------------------------------------------------------------------------------------------------

    def runs(self) -> tuple[Run, ...]:
        """All of them, the newest first; what is no run is left out."""
        found = []
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            with suppress(StoreError):
                run = self.run(folder.name)
                if run.folder.parent == self.folder and run.status:
                    found.append((run.order.created, run.id))
        return tuple(Run(self.folder / name) for _, name in sorted(found, reverse=True))

    def run(self, id: str) -> Run:  # noqa: A002 - as it is called in links
        """The run of an id, one that comes along among them. Raises `StoreError` for an id of none, or that leads elsewhere."""
        if not isinstance(id, str) or len(id) > _LONGEST_ID or not _ID.fullmatch(id):
            raise StoreError(f'"{id}" is no id of a run: ids are letters and digits, as in shapes-4k2f')
        folder = SHIPPED / id if id in _shipped_ids() else self.folder / id
        if folder.is_symlink() or not (folder / "run.json").is_file():
            raise StoreError(f"{id}: there is no such run: it was deleted, or the link is wrong")
        return Run(folder)

    def place(self, id: str) -> int:  # noqa: A002
        """How many are before it in this program, those that train and itself counted; 0 for one that does not wait in it."""
        with self._changing:
            waiting = self._waiting()
        return len(self.before(id)) + 1 if id in waiting else 0

    def before(self, id: str) -> tuple[str, ...]:  # noqa: A002
        """Runs of this program that one waits for: those that train, then those that wait longer; none if it waits not."""
        with self._changing:
            waiting = self._waiting()
            running = [each for each, future in self._futures.items() if future.running()]
        return (*running, *waiting[: waiting.index(id)]) if id in waiting else ()

    def problem(self, id: str) -> str:  # noqa: A002
        """Why a run does not go on, in a sentence; empty where it does, or is finished.

        What could not be written down in the run itself, on a full disk, only this program knows.
        """
        future = self._futures.get(id)
        if future and future.done() and not future.cancelled() and (error := future.exception()):
            return self.run(id).message or str(error)
        return self.run(id).message

    @property
    def token(self) -> str:
        """The store's own, which owns every run."""
        return token_of(self.folder)

    # --- Change -------------------------------------------------------------------------------------------------------------

    def start(self, settings: Settings | str, owner: str | None = None) -> Run:
        """A new run, in the queue, of these settings, or of those recommended for a data set's name.

        `owner` is the token that may cancel and delete it, by default the store's own. Raises `GeometryError` for settings that
        cannot be, before anything is made; `FullError` where there is no room or too many wait, and `StoreError` where the
        folder cannot be written.
        """
        with self._changing:
            return self._started(self.prepare(settings, owner))

    def load(self, weights: bytes, owner: str | None = None) -> Run:
        """A new run, in the queue, of a safetensors file that convviz wrote: it is tested, as epoch 0, and finished.

        Raises `WeightsError`, before anything is made, for a file that is too large, is none, or names no network; weights that
        do not fit theirs leave the run "failed". Raises `FullError` and `StoreError` as `start` does.
        """
        with self._changing:
            return self._started(self.prepare_load(weights, owner))

    def prepare(self, settings: Settings | str, owner: str | None = None) -> Run:
        """A new run that nobody trains yet: for `carry_out`. Raises as `start` does."""
        settings = with_threads(settings_of(settings))
        require(settings)
        return self._prepared(Order(settings, time.time(), hashed(owner or self.token), expected_bytes(settings)))

    def prepare_load(self, weights: bytes, owner: str | None = None) -> Run:
        """A new run of a file of weights that nobody carries out yet: for `carry_out`. Raises as `load` does."""
        settings = with_threads(settings_in(header_of(weights)))
        room = max(expected_bytes(settings), len(weights))
        return self._prepared(Order(settings, time.time(), hashed(owner or self.token), room, loaded=True), weights)

    def resume(self, id: str, owner: str = "") -> Run:  # noqa: A002
        """Into the queue again, from its last epoch: anybody's that was interrupted or failed, one's own that was cancelled.

        Raises `StoreError` for one that is finished, or that goes on as it is, and `OwnerError`.
        """
        with self._changing:
            return self._resumed(self.resumable(id, owner))

    def resumable(self, id: str, owner: str = "") -> Run:  # noqa: A002
        """The run, if it can be resumed. Raises as `resume` does."""
        run = self.run(id)
        state = run.state
        if state == "finished":
            raise _finished(run)
        if state == "paused":
            raise StoreError(f"{id}: it is paused: let it go on, with no epoch to hold it at, or cancel it first")
        if state not in OVER:
            raise StoreError(f"{id}: it goes on already: watch it, or cancel it first")
        if state == "cancelled":
            require_owner(run, owner, self.token)
        return run

    def warm(self, data: DataSettings) -> None:
        """Have a process load torch and these pictures, in the background, so that a run that is started next begins at once.

        Does nothing where others than processes of this program train. Raises nothing.
        """
        with self._changing:
            executor = self._executor = self._executor or ProcessExecutor(self._at_once)
        if isinstance(executor, ProcessExecutor):
            executor.warm("convviz.lab.warm", "ready", data)

    def hold(self, id: str, owner: str, epoch: int | None) -> None:  # noqa: A002
        """Have it wait once an epoch is complete, at once for 0 or for one that is; let it go on for None.

        It waits between two steps, "paused", and comes to the same numbers; after `convviz.lab.carry.MOST_HELD` seconds it
        gives way to others, and can be resumed. Raises `StoreError` for one that is over, `OwnerError` for a token that does
        not own it, and `GeometryError` for an epoch that is none.
        """
        run, wanted = self._owned(id, owner), None if epoch is None else whole_number("epoch", epoch, 0)
        with self._changing:
            state = run.state
            if state in OVER:
                raise _finished(run) if state == "finished" else StoreError(f"{id}: it is {state}: resume it instead")
            run.want_hold(wanted)

    def step(self, id: str, owner: str) -> Run:  # noqa: A002
        """Have it train for one more epoch and wait then; one that was interrupted, cancelled or failed is resumed for that.

        Raises as `hold` and `resume` do.
        """
        run = self._owned(id, owner)
        with self._changing:
            figures = run.figures()
            wanted = figures[-1].epoch + 1 if figures else 1
            if run.state in OVER:
                return self._resumed(self.resumable(id, owner), wanted)
            run.want_hold(wanted)
            return run

    def cancel(self, id: str, owner: str) -> State:  # noqa: A002
        """End it, queued, training or paused, and return how it then stands; one that is over stays as it is.

        At once where this program trains it; elsewhere, as it was until whoever trains it hears of it, at its next step. Raises
        `OwnerError` for a token that does not own it.
        """
        run = self._owned(id, owner)
        with self._changing:
            if run.state in OVER:
                return run.state
            future = self._futures.get(id)
            was_ended = future is not None and future.cancel()
            try:
                run.want(end=True)
            except FullError:
                if not was_ended:
                    raise
            with suppress(StoreError), run.claimed(PATIENCE):
                if run.status.state not in OVER:
                    run.stand("cancelled")
            return run.state

    def delete(self, id: str, owner: str) -> None:  # noqa: A002
        """With all its files, training or not. Raises `OwnerError` for a token that does not own it."""
        run = self._owned(id, owner)
        self.cancel(id, owner)
        with self._changing, safely.told(run.folder):
            gone = run.folder.rename(self.folder / f".gone-{secrets.token_hex(8)}")
            self._futures.pop(id, None)
        shutil.rmtree(gone, ignore_errors=True)

    # --- How ----------------------------------------------------------------------------------------------------------------

    def _owned(self, id: str, owner: str) -> Run:  # noqa: A002
        run = self.run(id)
        if run.folder.parent == SHIPPED:
            raise OwnerError(f"{run.id}: it comes with convviz, for everyone: start a run of your own")
        require_owner(run, owner, self.token)
        return run

    def _prepared(self, order: Order, weights: bytes | None = None) -> Run:
        with self._changing:
            self._clear()
            self._require_room(order.expected_bytes)
            return self._made(order, weights)

    def _started(self, run: Run) -> Run:
        """In the queue; or it is nowhere."""
        try:
            self._submit(run)
        except StoreError:
            shutil.rmtree(run.folder, ignore_errors=True)
            raise
        return run

    def _resumed(self, run: Run, hold: int | None = None) -> Run:
        """In the queue again, with no wish of former times."""
        run.want(end=False)
        run.want_hold(hold)
        self._submit(run)
        return run

    def _waiting(self) -> list[str]:
        return [each for each, future in self._futures.items() if not future.running() and not future.done()]

    def _submit(self, run: Run) -> None:
        """Write down whose queue it is in, then put it there."""
        if len(self._waiting()) >= MOST_WAITING:
            raise FullError(f"{MOST_WAITING} runs wait already, and no more can: come back later, or cancel one")
        with run.claimed(PATIENCE):
            run.stand("queued", keeper=keeper(self.folder.resolve()))
        self._executor = self._executor or ProcessExecutor(self._at_once)
        self._futures.pop(run.id, None)
        done = [each for each, future in self._futures.items() if future.done()]
        for each in done[:-MOST_KNOWN]:
            del self._futures[each]
        try:
            self._futures[run.id] = self._executor.submit(carry_out, str(run.folder.resolve()))
        except RuntimeError as error:
            run.stand("failed", "its queue takes no more runs: resume it in another program")
            raise StoreError(f"{run.id}: its queue takes no more runs: {error}") from error

    def _made(self, order: Order, weights: bytes | None) -> Run:
        """Its folder appears with all that belongs in it."""
        new = self.folder / f".new-{secrets.token_hex(8)}"
        with safely.told(new):
            new.mkdir(parents=True)
        try:
            Run(new).make(order, weights)
            while True:
                name = f"{order.settings.data.name.replace('_', '-')}-{''.join(secrets.choice(_LETTERS) for _ in range(4))}"
                with suppress(FileExistsError):
                    safely.put(new, self.folder / name)
                    return Run(self.folder / name)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise

    def _clear(self) -> None:
        """Away with what programs left that were killed while they made a run, or deleted one."""
        for left in (*self.folder.glob(".gone-*"), *self.folder.glob(".new-*")):
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > _LEFT_BEHIND:
                    shutil.rmtree(left, ignore_errors=True)

    def _require_room(self, wanted: int) -> None:
        sizes = {run.id: size for run in self.runs() if (size := taken_bytes(run)) is not None}
        taken = sum(sizes.values())
        if taken + wanted > self._most_bytes:
            which = f" (the largest is {max(sizes, key=lambda each: sizes[each])})" if sizes else ""
            raise FullError(
                f"{taken:,} of {self._most_bytes:,} bytes are taken by {len(sizes)} runs, and this one needs {wanted:,}: "
                f"delete some{which}, or train a smaller network for fewer epochs"
            )


def _finished(run: Run) -> StoreError:
    return StoreError(f"{run.id}: it is finished: start a new run with more epochs")


def the_store(environment: Mapping[str, str] = os.environ) -> Store:
    """The store of this machine: the folder that CONVVIZ_RUNS names, else `runs` in the current folder; the same for everyone.

    >>> the_store({"CONVVIZ_RUNS": "/tmp/elsewhere"}).folder.name, the_store({}).folder.name
    ('elsewhere', 'runs')
    >>> the_store({}).run("..")
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: ".." is no id of a run: ids are letters and digits, as in shapes-4k2f
    """
    return _store_in(Path(environment.get("CONVVIZ_RUNS") or "runs").absolute())


_store_in: Final = cache(Store)
"""One object for a folder, for its queue is in it."""


@cache
def _shipped_ids() -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in SHIPPED.iterdir() if folder.is_dir()))
