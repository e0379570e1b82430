"""One effective field in the making: seed by seed, a little more of it each time."""

from __future__ import annotations

import time
from typing import Final

import numpy as np

from convviz.lab.fields.effective import EffectiveField, over_box
from convviz.lab.fields.units import Box
from convviz.lab.worker import Worker
from convviz.network.table import Network

PATIENCE: Final = 20.0
"""Seconds after which a job that nobody looks at is given up."""


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
        self._looked_at = time.monotonic()
        self._abandoned = False

    @property
    def done(self) -> int:
        """Seeds that are computed, of `total`. Who asks looks at it: a job that nobody looks at is given up."""
        self._looked_at = time.monotonic()
        return self._sum[0]

    @property
    def abandoned(self) -> bool:
        """Whether nothing more will come because nobody looked: ask for the job again."""
        return self._abandoned

    def abandon(self) -> bool:
        """Give it up if nobody has looked for long; returns whether that is so."""
        self._abandoned = time.monotonic() - self._looked_at > PATIENCE
        return self._abandoned

    @property
    def total(self) -> int:
        """Seeds that are asked for."""
        return self._total

    @property
    def finished(self) -> bool:
        """Whether nothing more will come: all seeds are computed, or it failed. Who asks looks at it, too."""
        self._looked_at = time.monotonic()
        return self.over

    @property
    def over(self) -> bool:
        """The same, for who computes it and does not look."""
        return self._sum[0] == self._total or bool(self._failed)

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
        more = worker.ask("convviz.lab.fields.gradients", "gradient_magnitude", *self._question, done)
        self._sum = done + 1, magnitudes + more  # at once: who looks meanwhile sees both numbers or neither

    def fail(self, why: str) -> None:
        """Nothing more will come."""
        self._failed = why
