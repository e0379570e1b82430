"""An executor that gives each call a process to itself: a bounded number at once, and one that is ended harms no other.

It is a `concurrent.futures.Executor`: that of a cluster can stand in its place. Unlike a `ProcessPoolExecutor` it survives a
process that is killed, and its futures can be cancelled while they run. One process that nobody needs is kept ready: that of a
call that went well, or one that `warm` has started ahead of the first call.
"""

from __future__ import annotations

import atexit
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from contextlib import suppress
from threading import Condition, Lock, Thread, Timer
from typing import Any, Final
from weakref import WeakSet

from convviz.geometry import whole_number
from convviz.lab.spare import SpareWorker

IDLE: Final = 600.0
"""Seconds after which a process that nobody needs is let go."""


class ProcessFuture(Future[Any]):
    """What comes of a call; `cancel` ends its process, too."""

    def __init__(self) -> None:
        super().__init__()
        self._changing = Lock()
        self._worker: SpareWorker | None = None
        self._unwanted = self._over = False

    def cancel(self) -> bool:
        """Take it out of the queue, or end its process; False only once it is over."""
        if super().cancel():
            return True
        with self._changing:
            if self._over:  # its process may be another call's by now
                return False
            self._unwanted = True
            if self._worker:
                self._worker.close()
        return True

    def carry_out(self, call: Callable[..., Any], arguments: tuple[Any, ...], spare: SpareWorker | None) -> SpareWorker | None:
        """In the spare process, once that is ready, or in a new one; the process is returned where all went well.

        What it raises there is raised by `result`, as `WorkError` or `WorkerDiedError`.
        """
        answer, error = None, None
        try:
            self._worker = spare or SpareWorker()
            if not self._worker.is_ready() and not self._unwanted:
                self._worker.close()
                self._worker = SpareWorker()
            if not self._unwanted:
                answer = self._worker.ask(call.__module__, call.__qualname__, *arguments)
        except BaseException as raised:  # whoever waits for it has to know; a process that was ended can fail in any way
            error = raised
        worker, unwanted = self._released()
        if not unwanted and not error:
            self.set_result(answer)
            return worker
        if worker:
            worker.close()
        self.set_exception(CancelledError() if unwanted else error)
        return None

    def _released(self) -> tuple[SpareWorker | None, bool]:
        """The process, which is nobody's to end any more, and whether somebody wanted to."""
        with self._changing:
            self._over = True
            worker, self._worker = self._worker, None
            return worker, self._unwanted


class ProcessExecutor(Executor):
    """At most `max_workers` processes at once; the other calls wait in the order they came in.

    Calls are functions of a module, found there by their name. Ending the program ends the processes. `idle` is after how many
    seconds without use a spare one is let go.

    >>> from math import comb
    >>> with ProcessExecutor(max_workers=1) as executor:
    ...     executor.submit(comb, 5, 2).result()
    10
    >>> ProcessExecutor(max_workers=0)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: max_workers is 0: it must be at least 1
    """

    def __init__(self, max_workers: int = 1, idle: float = IDLE) -> None:
        self._most = whole_number("max_workers", max_workers, 1)
        self._changed = Condition()
        self._waiting: deque[tuple[ProcessFuture, Callable[..., Any], tuple[Any, ...]]] = deque()
        self._running: set[ProcessFuture] = set()
        self._open = True
        self._idle = idle
        self._spare: SpareWorker | None = None
        self._timer: Timer | None = None
        _EXECUTORS.add(self)

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> ProcessFuture:  # type: ignore[override]  # no keywords
        """The future of `fn(*args)`. Raises RuntimeError after `shutdown`."""
        future = ProcessFuture()
        with self._changed:
            if not self._open:
                raise RuntimeError("the executor was shut down: make a new one")
            self._waiting.append((future, fn, args))
            self._start()
        return future

    def warm(self, module: str, function: str, *arguments: Any) -> None:
        """Have the spare process call a module's function, in the background, so that it has loaded what the next call needs.

        Nothing is done where that was the last thing it was asked, where as many processes run as may, for one of them will be
        the spare one, and where none can be started. Raises nothing.
        """
        with self._changed, suppress(OSError):
            spare = self._taken()
            if self._open and (spare or len(self._running) < self._most):
                self._keep(_warmed(spare, module, function, *arguments))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls; end what runs and waits, or let it end, and wait for it, or not."""
        with self._changed:
            self._open = False
            if spare := self._taken():
                spare.close()
            if cancel_futures:
                for future in (*self._running, *(each for each, *_ in self._waiting)):
                    future.cancel()
            if wait:
                self._changed.wait_for(lambda: not self._running and not self._waiting)

    def _start(self) -> None:
        """As many as may run."""
        while self._waiting and len(self._running) < self._most:
            future, call, arguments = self._waiting.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            self._running.add(future)
            Thread(target=self._carry_out, args=(future, call, arguments, self._taken()), daemon=True).start()

    def _carry_out(
        self, future: ProcessFuture, call: Callable[..., Any], arguments: tuple[Any, ...], spare: SpareWorker | None
    ) -> None:
        worker = future.carry_out(call, arguments, spare)
        with self._changed:
            self._running.remove(future)
            if worker:
                self._keep(worker)
            self._start()
            self._changed.notify_all()

    def _taken(self) -> SpareWorker | None:
        """The spare process: it is whoever's takes it."""
        spare, self._spare = self._spare, None
        if self._timer:
            self._timer.cancel()
        return spare

    def _keep(self, worker: SpareWorker) -> None:
        """As the spare one, if there is none yet, and for a while."""
        if not self._open or self._spare:
            worker.close()
            return
        self._spare = worker
        self._timer = Timer(self._idle, self._let_go, (worker,))
        self._timer.daemon = True
        self._timer.start()

    def _let_go(self, worker: SpareWorker) -> None:
        with self._changed:
            if self._spare is worker:
                self._taken()
                worker.close()


def _warmed(spare: SpareWorker | None, *question: Any) -> SpareWorker:
    """The spare process, or a new one, that gets ready; one that failed at that very question is left to rest."""
    if spare and spare.was_asked(*question):
        return spare
    if spare and not spare.alive:
        spare.close()
        spare = None
    spare = spare or SpareWorker()
    spare.warm(*question)
    return spare


_EXECUTORS: Final[WeakSet[ProcessExecutor]] = WeakSet()


def _end_all() -> None:
    for executor in list(_EXECUTORS):
        executor.shutdown(wait=False, cancel_futures=True)


atexit.register(_end_all)
