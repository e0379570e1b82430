"""The store of runs: started, queued, cancelled, resumed, listed, compared, deleted; each a folder, each trained by a process.

Whoever starts a run owns it, by a token that only they know: the store keeps its hash. The store has a token of its own, in a
file that only those can read who may read its folder: it owns everything. No torch: a server that shows runs need not load it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock, RLock
from typing import Any, Final

from filelock import FileLock

from convviz.lab import safely
from convviz.lab.errors import FullError, OwnerError, StoreError
from convviz.lab.executor import ProcessExecutor
from convviz.lab.records import MOST_FILTERS, WATCHED, Figures
from convviz.lab.run import OVER, Order, Run, State, is_locked
from convviz.lab.settings import Settings, require, with_threads

__all__ = ["SHIPPED", "Run", "State", "Store", "carry_out", "differences", "follow", "shipped", "the_store"]

MOST_BYTES: Final = 2**30
"""Of a store, unless it is told otherwise."""
SHIPPED: Final = Path(__file__).parent / "shipped"
"""The store of runs that come along, to be read only."""
_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_LONGEST_ID: Final = 40
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Of ids: none that is taken for another one."""
_TEST_PICTURES: Final = 10_000
"""As many as any data set has, or more."""
_SMALL_FILES: Final = 2**16


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
    return state


def shipped() -> tuple[Run, ...]:
    """The runs that come with convviz: trained, and to be looked at where nothing may be trained.

    >>> [(run.id, run.state) for run in shipped()]
    [('shapes-7x7', 'finished')]
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
    ...     store = Store(Path(folder))
    ...     store.runs()
    ...     store.run("../secrets")
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: "../secrets" is no id of a run: ids are letters and digits, as in shapes-4k2f
    >>> with TemporaryDirectory() as folder:
    ...     Store(Path(folder)).runs()
    ()
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
                found.append((self.run(folder.name).order.created, folder.name))
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
        """How many are before it in this program's queue: 0 for one that trains, or that is not in the queue."""
        with self._changing:
            waiting = [each for each, future in self._futures.items() if not future.running() and not future.done()]
        return waiting.index(id) + 1 if id in waiting else 0

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
        """The store's own, which owns every run. Raises `StoreError` where it can be neither read nor made."""
        path = self.folder / "owner.token"
        with safely.told(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                with os.fdopen(descriptor, "w") as file:
                    file.write(secrets.token_urlsafe())
            return path.read_text()

    # --- Change -------------------------------------------------------------------------------------------------------------

    def start(self, settings: Settings, owner: str | None = None) -> Run:
        """A new run, in the queue; `owner` is the token that may cancel and delete it, by default the store's own.

        Raises `GeometryError` for settings that cannot be, before anything is made; `FullError` where there is no room, and
        `StoreError` where the folder cannot be written.
        """
        run = self.prepare(settings, owner)
        self._submit(run)
        return run

    def prepare(self, settings: Settings, owner: str | None = None) -> Run:
        """A new run that nobody trains yet: for `carry_out`. Raises as `start` does."""
        settings = with_threads(settings)
        require(settings)
        order = Order(settings, time.time(), _hash(owner or self.token), expected_bytes(settings))
        with self._changing:
            self._require_room(order.expected_bytes)
            return self._made(order)

    def resume(self, id: str) -> Run:  # noqa: A002
        """Into the queue again, from its last epoch. Raises `StoreError` for one that is finished, or that goes on as it is."""
        run = self.run(id)
        with self._changing:
            state = run.state
            if state == "finished":
                raise StoreError(f"{id}: it is finished: start a new run with more epochs")
            if state not in OVER:
                raise StoreError(f"{id}: it goes on already: watch it, or cancel it first")
            run.want(end=False)
            self._submit(run)
        return run

    def cancel(self, id: str, owner: str) -> None:  # noqa: A002
        """End it, queued or training: at once where this program trains it, else as soon as whoever does hears of it.

        Raises `OwnerError` for a token that does not own it; nothing happens to one that is over.
        """
        run = self.run(id)
        self._require_owner(run, owner)
        if run.state in OVER:
            return
        run.want(end=True)
        if future := self._futures.get(id):
            future.cancel()
        with suppress(StoreError), run.claimed():
            if run.status.state not in OVER:
                run.stand("cancelled")

    def delete(self, id: str, owner: str) -> None:  # noqa: A002
        """With all its files, training or not. Raises `OwnerError` for a token that does not own it."""
        run = self.run(id)
        self._require_owner(run, owner)
        self.cancel(id, owner)
        gone = self.folder / f".gone-{id}-{secrets.token_hex(4)}"
        with safely.told(run.folder):
            run.folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        self._futures.pop(id, None)

    # --- How ----------------------------------------------------------------------------------------------------------------

    def _submit(self, run: Run) -> None:
        """Write down whose queue it is in, then put it there."""
        with self._changing:
            run.stand("queued", keeper=_keeper(self.folder.resolve()))
            self._executor = self._executor or ProcessExecutor(self._at_once)
            self._futures.pop(run.id, None)
            self._futures[run.id] = self._executor.submit(carry_out, str(run.folder.resolve()))

    def _made(self, order: Order) -> Run:
        """Its folder appears with all that belongs in it."""
        with safely.told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / f".new-{secrets.token_hex(8)}"
        with safely.told(new):
            new.mkdir()
        try:
            Run(new).make(order)
            return Run(self._named(new, order.settings.data.name.replace("_", "-")))
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise

    def _named(self, new: Path, name: str) -> Path:
        while True:
            folder = self.folder / f"{name}-{''.join(secrets.choice(_LETTERS) for _ in range(4))}"
            with suppress(FileExistsError), safely.told(folder):
                if not folder.exists():
                    return new.rename(folder)

    def _require_owner(self, run: Run, owner: str) -> None:
        if run.folder.parent == SHIPPED:
            raise OwnerError(f"{run.id}: it comes with convviz, for everyone: start a run of your own")
        known = run.order.owner, _hash(self.token)
        given = _hash(owner)
        if not any(hmac.compare_digest(given, each) for each in known):
            raise OwnerError(f"{run.id}: it belongs to whoever started it: ask them, or whoever keeps the store")

    def _require_room(self, wanted: int) -> None:
        runs = self.runs()
        taken = sum(run.size if run.state == "finished" else max(run.size, run.order.expected_bytes) for run in runs)
        if taken + wanted > self._most_bytes:
            largest = max(runs, key=lambda run: run.size, default=None)
            which = f" (the largest is {largest.id})" if largest else ""
            raise FullError(
                f"{taken:,} of {self._most_bytes:,} bytes are taken by {len(runs)} runs, and this one needs {wanted:,}: "
                f"delete some{which}, or train a smaller network for fewer epochs"
            )


def expected_bytes(settings: Settings) -> int:
    """What a run takes at most: its weights, a checkpoint (with two moments each) twice while one is written, and its epochs.

    >>> expected_bytes(Settings())
    701624
    >>> expected_bytes(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'network'
    """
    table = settings.network().table()
    classes, first = table.output_shape[0], next(row for row in table if row.weights)
    numbers = 4 * (table.parameters + table.buffers)
    filters = 4 * first.weights * MOST_FILTERS // max(first.output_shape[0], MOST_FILTERS)
    line = 200 + 6 * classes**2
    epoch = filters + _TEST_PICTURES + 4 * max(WATCHED, classes) * classes + line
    return numbers * 7 + (settings.training.epochs + 1) * epoch + _SMALL_FILES


def follow(run: Run, every: float = 0.1) -> Iterator[Figures]:
    """A run's figures, as they come, until it is over.

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
            return
        time.sleep(every)


def differences(runs: Sequence[Settings]) -> Mapping[str, tuple[Any, ...]]:
    """What settings differ in: by dotted name, the value of each; None where a kind of model has no such setting.

    >>> from convviz.lab.settings import Training
    >>> differences([Settings(), Settings(training=Training(lr=0.01))])
    {'training.lr': (0.004, 0.01)}
    >>> differences([None])
    Traceback (most recent call last):
    TypeError: asdict() should be called on dataclass instances
    """
    flat = [_flat(asdict(each)) for each in runs]
    names = dict.fromkeys(name for each in flat for name in each)
    rows = {name: tuple(each.get(name) for each in flat) for name in names}
    return {name: values for name, values in rows.items() if any(value != values[0] for value in values)}


def _flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(value, f"{before}{name}.") if isinstance(value, dict) else {before + name: value}
    return found


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
_KEEPERS: Final[dict[Path, FileLock]] = {}
_KEEPING: Final = Lock()


def _keeper(folder: Path) -> str:
    """The name of a lock that this program holds as long as it lives: with it, its queue is gone."""
    with _KEEPING:
        if folder not in _KEEPERS or not Path(_KEEPERS[folder].lock_file).exists():
            lock = FileLock(folder / f".keeper-{secrets.token_hex(8)}", thread_local=False)
            with safely.told(folder):
                for other in folder.glob(".keeper-*"):
                    if not is_locked(other):
                        other.unlink(missing_ok=True)
                lock.acquire()
            _KEEPERS[folder] = lock
        return Path(_KEEPERS[folder].lock_file).name


@cache
def _shipped_ids() -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in SHIPPED.iterdir() if folder.is_dir()))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
