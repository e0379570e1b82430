"""One effective field in the making: seed by seed, a little more of it each time."""

from __future__ import annotations

import numpy as np

from convviz.lab.effective import EffectiveField, over_box
from convviz.lab.units import Box
from convviz.lab.worker import Worker
from convviz.network.table import Network


class Job:
    """The field of a unit of `network`, which is small enough to compute, over `box`; `total` seeds of it.

    One thread advances it; any may look.

    >>> from convviz.network import Convolution, Layer
    >>> job = Job(Network((1, 6), (Layer("conv1", Convolution(4, 3)),)), "conv1", (1,), Box((1,), (3,)), seeds=2)
    >>> job.done, job.total, job.finished, job.result()
    (0, 2, False, None)
    >>> job.total = 3
    Traceback (most recent call last):
    AttributeError: property 'total' of 'Job' object has no setter
    """

    def __init__(self, network: Network, layer: str, unit: tuple[int, ...], box: Box, seeds: int) -> None:
        self._question = network, layer, unit
        self._box = box
        self._total = seeds
        self._sum = 0, np.zeros(network.input_shape[1:])
        self._failed = ""

    @property
    def done(self) -> int:
        """Seeds that are computed, of `total`."""
        return self._sum[0]

    @property
    def total(self) -> int:
        """Seeds that are asked for."""
        return self._total

    @property
    def finished(self) -> bool:
        """Whether nothing more will come: all seeds are computed, or it failed."""
        return self.done == self.total or bool(self._failed)

    @property
    def failed(self) -> str:
        """What went wrong and what to do about it; empty if nothing did."""
        return self._failed

    def result(self) -> EffectiveField | None:
        """The field over the seeds that are computed so far; None before the first."""
        done, magnitudes = self._sum
        return over_box(self._box, magnitudes, done) if done else None

    def advance(self, worker: Worker) -> None:
        """Have the next seed computed. Raises as `Worker.ask` does."""
        done, magnitudes = self._sum
        more = worker.ask("convviz.lab.gradients", "gradient_magnitude", *self._question, done)
        self._sum = done + 1, magnitudes + more  # at once: who looks meanwhile sees both numbers or neither

    def fail(self, why: str) -> None:
        """Nothing more will come."""
        self._failed = why
