"""A process of its own for what loads torch: the server's side, and `python -m convviz.lab.worker`, which is the other.

Not multiprocessing: that runs a server's main script once more in every process it spawns, and to Streamlit the main script is
the page. The two talk through pipes, a pickled question at a time; the process ends with whoever started it.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from threading import Thread
from typing import Any, BinaryIO, Final, cast

NICENESS: Final = 5
"""The process gives way to the server, so that pages stay quick."""
_LOOKS: Final = 1.0
"""Seconds between two looks whether whoever started the process is still there."""
_BROKEN: Final = (EOFError, OSError, pickle.UnpicklingError)
"""What reading from or writing to a process that has ended raises."""


class WorkerDiedError(RuntimeError):
    """The process ended in the middle of its work."""


class WorkError(RuntimeError):
    """The work itself failed, in the process, which goes on."""


class Worker:
    """A process that calls functions, one at a time; `ask` is for one thread at a time, `close` for any.

    >>> worker = Worker()
    >>> worker.ask("math", "comb", 5, 2)
    10
    >>> worker.ask("math", "comb", 5, -1)
    Traceback (most recent call last):
    convviz.lab.worker.WorkError: ValueError: k must be a non-negative integer
    >>> worker.close()
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "convviz.lab.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,  # Ctrl+C is for the server, which closes its pipes
        )

    @property
    def process_id(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def ask(self, module: str, function: str, *arguments: Any) -> Any:
        """What a module's function returns there.

        Raises `WorkError` for what it raises, in words, and `WorkerDiedError` when the process ends meanwhile.
        """
        pipes = cast("BinaryIO", self._process.stdin), cast("BinaryIO", self._process.stdout)
        try:
            _send(pipes[0], (module, function, arguments))
            went_well, answer = pickle.load(pipes[1])  # noqa: S301 - our own process wrote it
        except _BROKEN as error:
            raise WorkerDiedError(f"process {self.process_id} ended") from error
        if not went_well:
            raise WorkError(answer)
        return answer

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in filter(None, (self._process.stdin, self._process.stdout)):
            with suppress(OSError):
                pipe.close()


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """The other side: answer questions until there are no more.

    >>> from io import BytesIO
    >>> questions, answers = BytesIO(pickle.dumps(("math", "comb", (5, 2)))), BytesIO()
    >>> serve(questions, answers)
    >>> pickle.loads(answers.getvalue())
    (True, 10)
    >>> serve(BytesIO(b"what?"), answers)
    Traceback (most recent call last):
    _pickle.UnpicklingError: invalid load key, 'w'.
    """
    while True:
        try:
            module, function, arguments = pickle.load(questions)  # noqa: S301 - the server wrote it
        except EOFError:
            return
        _send(answers, _answer(module, function, arguments))


def _answer(module: str, function: str, arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return True, getattr(import_module(module), function)(*arguments)
    except Exception as error:  # whatever it is, whoever asked has to know
        return False, f"{type(error).__name__}: {error}"


def _send(pipe: BinaryIO, message: Any) -> None:
    pickle.dump(message, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _environment() -> Mapping[str, str]:
    """The same modules, and a core left to the server: torch asks OMP_NUM_THREADS how many it may have.

    Threads that wait for each other sleep: spinning, they take the cores from those they wait for.
    """
    threads = max((os.cpu_count() or 1) - 1, 1)
    own = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}
    return {**os.environ, **own}


def _end_with(parent: int) -> None:
    """In the middle of its work nobody reads the pipe that would say so."""
    while os.getppid() == parent:
        time.sleep(_LOOKS)
    os._exit(1)


def _main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a module prints is no answer
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    warnings.filterwarnings("ignore", message="Using padding='same' with even kernel", category=UserWarning)
    with suppress(BrokenPipeError, KeyboardInterrupt):
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    _main()
