"""A worker that gets ready, in the background, for what it may be asked later."""

from __future__ import annotations

from collections import deque
from threading import Condition, Thread
from typing import Any

from convviz.lab.worker import Worker


class SpareWorker(Worker):
    """A worker that nobody needs yet: `warm` has it load what will be needed, `is_ready` waits for that.

    >>> worker = SpareWorker()
    >>> worker.warm("math", "comb", 5, 2)
    >>> worker.is_ready(), worker.ask("math", "comb", 5, 2)
    (True, 10)
    >>> worker.warm("math", "comb", 5, -1)
    >>> worker.is_ready()
    False
    >>> worker.close()
    """

    def __init__(self) -> None:
        super().__init__()
        self._changed = Condition()
        self._questions: deque[tuple[Any, ...]] = deque()
        self._last: tuple[Any, ...] | None = None
        self._is_warming = False

    def was_asked(self, *question: Any) -> bool:
        """Whether that was the last thing that it was to get ready for."""
        return self._last == question

    def warm(self, module: str, function: str, *arguments: Any) -> None:
        """Have a module's function called there, after what it does now; where that fails, the process ends."""
        with self._changed:
            self._last = module, function, *arguments
            if self._is_warming:
                self._questions = deque([self._last])  # what was asked before, and not begun, nobody needs any more
                return
            self._is_warming = True
            Thread(target=self._get_ready, args=(self._last,), name="warm-up", daemon=True).start()

    def is_ready(self) -> bool:
        """Wait for what it does now, and let go what it has not begun; whether it can be asked then."""
        with self._changed:
            self._questions.clear()
            self._changed.wait_for(lambda: not self._is_warming)
            return self.alive

    def _get_ready(self, question: tuple[Any, ...] | None) -> None:
        while question:
            try:
                self.ask(*question)
            except Exception:  # whatever it was, who needs a worker takes another one
                self.close()
            question = self._next()

    def _next(self) -> tuple[Any, ...] | None:
        with self._changed:
            if self._questions and self.alive:
                return self._questions.popleft()
            self._is_warming = False
            self._changed.notify_all()
            return None
