"""What a run takes on the disk, before and after."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from convviz.lab.errors import StoreError
from convviz.lab.records import MOST_FILTERS, WATCHED
from convviz.lab.run import Run
from convviz.lab.settings import Settings

_TEST_PICTURES: Final = 10_000
"""As many as any data set has, or more."""
_SMALL_FILES: Final = 2**16


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


def taken_bytes(run: Run) -> int | None:
    """What a run takes, or will; None for one that was deleted meanwhile.

    >>> from pathlib import Path
    >>> taken_bytes(Run(Path("nowhere"))) is None
    True
    >>> taken_bytes(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'state'
    """
    with suppress(StoreError):
        return run.size if run.state == "finished" else max(run.size, run.order.expected_bytes)
    return None
