"""Where a server asks about trained networks. It loads no torch: one process, which keeps the networks, answers everyone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from importlib import import_module
from typing import Any, Final

from convviz.geometry import GeometryError
from convviz.lab.asked import Asked
from convviz.lab.errors import StoreError
from convviz.lab.executor import ProcessExecutor
from convviz.lab.run import Run

Arguments = tuple[tuple[str, str], ...]
Said = tuple[bool, Any]
"""Whether it could be answered; then the bytes of a safetensors file, else a sentence."""

MOST_WAITING: Final = 64
"""Questions that are not answered yet."""
MOST_BYTES: Final = 96 * 2**20
"""Of answers that are kept."""
LONGEST: Final = 12_000
"""Letters of a question's arguments."""
_LEAST: Final = 2**14
"""Bytes that a short answer counts as: its question, which is kept with it, may be nearly as long."""


def answered(question: str, folder: str, stamp: int, arguments: Arguments) -> Said:
    """What is submitted to the executor. Only the process that calls it loads torch.

    >>> answered.__name__
    'answered'
    >>> answered("nothing", "nowhere", 0, ())[0]
    False
    """
    said: Said = import_module("convviz.lab.inside.desk").answer(question, folder, stamp, arguments)
    return said


class Office:
    """Who asked what of which run; threads may share it.

    >>> from convviz.lab.runs import shipped
    >>> with ProcessExecutor() as executor:
    ...     is_answer, content = Office(executor).ask(shipped()[0], "maps", (("picture", "7"),)).result()
    >>> is_answer, b"conv1_1" in content
    (True, True)
    >>> Office(executor).ask(shipped()[0], "maps", (("picture", "7" * 20_000),))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: the question has 20,007 letters: at most 12,000 are read
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._asked = Asked(executor, MOST_WAITING, MOST_BYTES, lambda said: max(len(said[1]), _LEAST))

    def ask(self, run: Run, question: str, arguments: Sequence[tuple[str, str]]) -> Future[Said] | None:
        """The future of what `convviz.lab.inside.desk.answer` says; None while too many wait: ask again.

        Raises `StoreError` for a run without weights, `GeometryError` for a question that is too long. What the process was
        not prepared for is raised by the future, and asked anew the next time.
        """
        long = sum(len(name) + len(value) for name, value in arguments)
        if long > LONGEST:
            raise GeometryError(f"the question has {long:,} letters: at most {LONGEST:,} are read", "question", long, LONGEST)
        key = question, str(run.folder.resolve()), stamp_of(run), tuple(arguments)
        future = self._asked.future(key, answered, *key)
        if future is not None and future.done() and (future.cancelled() or future.exception()):
            self._asked.forget(key, future)
        return future

    def warm(self, run: Run) -> None:
        """Have the process load a run's network and pictures in the background, so that its first answer comes soon."""
        if isinstance(self._executor, ProcessExecutor):
            self._executor.warm("convviz.lab.inside.desk", "warm", str(run.folder.resolve()), stamp_of(run))


def stamp_of(run: Run) -> int:
    """When its weights were written, in nanoseconds: a run that trains on has other ones. Raises `StoreError` without any.

    >>> from convviz.lab.runs import shipped
    >>> stamp_of(shipped()[0]) > 0
    True
    >>> from pathlib import Path
    >>> stamp_of(Run(Path("nowhere")))
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: nowhere: it has no weights yet: wait for its first epoch
    """
    try:
        return (run.folder / "weights.safetensors").stat().st_mtime_ns
    except FileNotFoundError:
        raise StoreError(f"{run.id}: it has no weights yet: wait for its first epoch") from None


OFFICE: Final = Office(ProcessExecutor())
"""Everyone's."""
