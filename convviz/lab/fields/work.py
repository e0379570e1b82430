"""Effective receptive fields as jobs that everyone shares: one process computes them, seed by seed, in turns.

The server never loads torch. Jobs stand in a ring: each gets a seed computed, then the next one does, so that all pictures
emerge together. Threads of the server may call everything here at the same time.
"""

from __future__ import annotations

import atexit
from collections import OrderedDict, deque
from threading import Condition, Thread
from typing import Final

from convviz.geometry import whole_number
from convviz.lab.fields.budget import affordable
from convviz.lab.fields.job import Job
from convviz.lab.fields.units import box_of, unit_left
from convviz.lab.worker import Worker, WorkerDiedError, WorkError
from convviz.network.table import Network

__all__ = ["MOST_WAITING", "BusyError", "Job", "effective_field_job"]

MOST_WAITING: Final = 8
"""Jobs that are not finished."""
MOST_KEPT: Final = 32
"""Jobs that are."""
IDLE: Final = 600.0
"""Seconds after which a process without work ends."""


class BusyError(RuntimeError):
    """So many jobs wait that another one would not be done soon."""


def effective_field_job(network: Network, layer: str, unit: tuple[int, ...], seeds: int = 20) -> Job:
    """The job that averages the effective field of a unit over seeds 0, 1, … of random weights.

    Whoever asks for the same gets the same job, started or finished; one that failed is forgotten: asking again starts anew. It
    computes in another process, with channels narrowed to 16 or fewer. `unit` is a position for each axis of `layer`, or the
    index of one number of what is flat.

    Raises `NetworkError` for a network that cannot be; `GeometryError` for a layer or a unit that is not there, or that sees
    nothing or too much, and for a network that is too large to compute; `BusyError` while `MOST_WAITING` jobs wait. Source: Luo
    et al., 2016, "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks".

    >>> from convviz.network import Convolution, Layer
    >>> network = Network((1, 6), (Layer("conv1", Convolution(4, 3)),))
    >>> job = effective_field_job(network, "conv1", (1,), seeds=2)
    >>> job.total, job is effective_field_job(network, "conv1", (1,), seeds=2)
    (2, True)
    >>> effective_field_job(network, "conv1", (4,))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: unit is (4,): conv1 has units (0,) to (3,)
    """
    return _OFFICE.job(network, layer, tuple(unit), whole_number("seeds", seeds, 1))


class _Office:
    """Who asked for what, and the one thread that has it computed; `_changed` guards everything in here."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._ring: deque[Job] = deque()
        self._thread: Thread | None = None
        self._worker: Worker | None = None
        self._open = True

    def job(self, network: Network, layer: str, unit: tuple[int, ...], seeds: int) -> Job:
        """The job of these arguments, a new one where there is none."""
        key = repr((network, layer, unit, seeds))
        with self._changed:
            if known := self._known(key):
                return known
        box = box_of(network, layer, unit)
        small = affordable(network, layer)
        job = Job(small, layer, unit_left(small, layer, unit), box, seeds)
        with self._changed:
            return self._known(key) or self._started(key, job)

    def close(self) -> None:
        """End the process, and the thread, for good: nothing more is computed."""
        with self._changed:
            self._open = False
            self._ring.clear()
            self._dismiss()
            self._changed.notify_all()

    def _known(self, key: str) -> Job | None:
        job = self._jobs.get(key)
        if job is None or job.failed or job.abandoned:
            return None
        self._jobs.move_to_end(key)
        return job

    def _started(self, key: str, job: Job) -> Job:
        waiting = sum(not each.over for each in self._jobs.values())
        if waiting >= MOST_WAITING:
            raise BusyError(f"{waiting} effective fields are being computed, and no more can wait: come back in a minute.")
        self._jobs.pop(key, None)
        self._jobs[key] = job
        done = [each for each, other in self._jobs.items() if other.over]
        for each in done[:-MOST_KEPT]:
            del self._jobs[each]
        self._ring.append(job)
        self._changed.notify_all()
        if self._thread is None:
            self._thread = Thread(target=self._run, name="effective fields", daemon=True)
            self._thread.start()
        return job

    def _run(self) -> None:
        while job := self._next():
            if job.abandon():
                self._forget(job)
                continue
            self._advance(job)
            with self._changed:
                if self._open and not job.over:
                    self._ring.append(job)

    def _forget(self, job: Job) -> None:
        """Whoever asks for it again gets a new one."""
        with self._changed:
            for key in [key for key, other in self._jobs.items() if other is job]:
                del self._jobs[key]

    def _next(self) -> Job | None:
        """The job whose turn it is; when there was none for long, None, and the process ends."""
        with self._changed:
            self._changed.wait_for(lambda: self._ring or not self._open, IDLE)
            if self._ring:
                return self._ring.popleft()
            self._dismiss()
            self._thread = None
            return None

    def _advance(self, job: Job) -> None:
        try:
            job.advance(self._living())
        except WorkError as error:
            job.fail(f"{error}. Choose another layer, or change the network.")
        except WorkerDiedError:
            self._give_up(job, "The process that computes was ended from outside, perhaps for want of memory.")
        except Exception as error:  # the thread has to go on, whatever it was
            self._give_up(job, f"{type(error).__name__}: {error}.")

    def _give_up(self, job: Job, why: str) -> None:
        """On a job, and on the process: the next job gets a new one."""
        with self._changed:
            self._dismiss()
        job.fail(f"{why} Start it once more.")

    def _living(self) -> Worker:
        with self._changed:
            if not self._open:
                raise RuntimeError("the server is about to end")
            if self._worker is None or not self._worker.alive:
                self._dismiss()
                self._worker = Worker()
            return self._worker

    def _dismiss(self) -> None:
        worker, self._worker = self._worker, None
        if worker:
            worker.close()


_OFFICE: Final = _Office()
atexit.register(_OFFICE.close)
