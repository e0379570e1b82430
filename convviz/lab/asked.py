"""Questions that other processes answer: each asked once, however many ask it, and its answer kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future
from threading import Lock
from typing import Any


class Asked:
    """Who asked for what, answered by an executor; threads may share it.

    While `most_waiting` questions have no answer yet, nothing new is asked. Answers are let go, those first that nobody has
    looked at for long, once all together weigh more than `most_kept`; each weighs 1, or what `weight` says.

    >>> from convviz.lab.executor import ProcessExecutor
    >>> from math import comb
    >>> with ProcessExecutor() as executor:
    ...     asked = Asked(executor, most_waiting=1, most_kept=8)
    ...     future = asked.future("five over two", comb, 5, 2)
    ...     asked.future("six over two", comb, 6, 2), future.result()
    (None, 10)
    >>> asked.future("six over two", comb, 6, 2)
    Traceback (most recent call last):
    RuntimeError: the executor was shut down: make a new one
    """

    def __init__(
        self, executor: Executor, most_waiting: int, most_kept: int, weight: Callable[[Any], int] = lambda _: 1
    ) -> None:
        self._executor = executor
        self._most_waiting, self._most_kept = most_waiting, most_kept
        self._weight = weight
        self._changing = Lock()
        self._futures: OrderedDict[Hashable, Future[Any]] = OrderedDict()

    def future(self, key: Hashable, call: Callable[..., Any], *arguments: Any) -> Future[Any] | None:
        """The future of the question of that key, asked now if nobody has; None while too many wait: ask again."""
        with self._changing:
            if key not in self._futures:
                if sum(not each.done() for each in self._futures.values()) >= self._most_waiting:
                    return None
                self._let_go()
                self._futures[key] = self._executor.submit(call, *arguments)
            self._futures.move_to_end(key)
            return self._futures[key]

    def forget(self, key: Hashable, future: Future[Any]) -> None:
        """Whoever asks it again has it asked anew, unless somebody has by now."""
        with self._changing:
            if self._futures.get(key) is future:
                del self._futures[key]

    def _let_go(self) -> None:
        """Until one more answer has its place."""
        weights = {key: self._weighed(future) for key, future in self._futures.items() if future.done()}
        over = sum(weights.values()) + 1 - self._most_kept
        for key, weight in weights.items():
            if over <= 0:
                return
            del self._futures[key]
            over -= weight

    def _weighed(self, future: Future[Any]) -> int:
        return 1 if future.cancelled() or future.exception() else self._weight(future.result())
