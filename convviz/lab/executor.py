"""An executor that gives each call a process of its own: a bounded number at once, and one that can be ended harms no other.

It is a `concurrent.futures.Executor`: that of a cluster can stand in its place. Unlike a `ProcessPoolExecutor` it survives a
process that is killed, and its futures can be cancelled while they run.
"""

from __future__ import annotations

import atexit
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from threading import Condition, Thread
from typing import Any, Final
from weakref import WeakSet

from convviz.geometry import whole_number
from convviz.lab.worker import Worker


class ProcessFuture(Future[Any]):
    """What comes of a call; `cancel` ends its process, too."""

    def __init__(self) -> None:
        super().__init__()
        self._worker: Worker | None = None
        self._unwanted = False

    def cancel(self) -> bool:
        """Take it out of the queue, or end its process; False only once it is over."""
        self._unwanted = True
        if super().cancel():
            return True
        if self.done():
            return False
        if self._worker:
            self._worker.close()
        return True

    def carry_out(self, call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """In a new process; what it raises there is raised by `result`, as `WorkError` or `WorkerDiedError`."""
        try:
            self._worker = Worker()
            if self._unwanted:
                raise CancelledError  # noqa: TRY301 - as if it had been cancelled a moment later
            self.set_result(self._worker.ask(call.__module__, call.__qualname__, *arguments))
        except BaseException as error:  # whoever waits for it has to know; a process that was ended can fail in any way
            self.set_exception(CancelledError() if self._unwanted else error)
        finally:
            if self._worker:
                self._worker.close()


class ProcessExecutor(Executor):
    """At most `max_workers` processes at once; the other calls wait in the order they came in.

    Calls are functions of a module, found there by their name. Ending the program ends the processes.

    >>> from math import comb
    >>> with ProcessExecutor(max_workers=1) as executor:
    ...     executor.submit(comb, 5, 2).result()
    10
    >>> ProcessExecutor(max_workers=0)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: max_workers is 0: it must be at least 1
    """

    def __init__(self, max_workers: int = 1) -> None:
        self._most = whole_number("max_workers", max_workers, 1)
        self._changed = Condition()
        self._waiting: deque[tuple[ProcessFuture, Callable[..., Any], tuple[Any, ...]]] = deque()
        self._running: set[ProcessFuture] = set()
        self._open = True
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

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls; end what runs and waits, or let it end, and wait for it, or not."""
        with self._changed:
            self._open = False
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
            Thread(target=self._carry_out, args=(future, call, arguments), daemon=True).start()

    def _carry_out(self, future: ProcessFuture, call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        future.carry_out(call, arguments)
        with self._changed:
            self._running.remove(future)
            self._start()
            self._changed.notify_all()


_EXECUTORS: Final[WeakSet[ProcessExecutor]] = WeakSet()


def _end_all() -> None:
    for executor in list(_EXECUTORS):
        executor.shutdown(wait=False, cancel_futures=True)


atexit.register(_end_all)
