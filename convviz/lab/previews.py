"""Pictures as training changes them, for a server that loads no torch: made in another process, and kept for a while."""

from __future__ import annotations

from concurrent.futures import Executor
from importlib import import_module
from typing import Final

import numpy as np
from numpy.typing import NDArray

from convviz.lab.asked import Asked
from convviz.lab.augmentation_settings import require as require_augmentation
from convviz.lab.data import KINDS, train_count
from convviz.lab.data.settings import MOST_SEED, number_between
from convviz.lab.errors import PreviewError
from convviz.lab.executor import ProcessExecutor
from convviz.lab.settings import Settings
from convviz.lab.worker import WorkerDiedError

MOST_COUNT: Final = 64
"""Changes of a picture that are shown together."""
MOST_WAITING: Final = 8
"""Previews that are asked for and not yet made."""
MOST_KEPT: Final = 32
"""Previews that are made."""
_SENTENCES: Final = "GeometryError: ", "DataError: "
"""Errors whose words say everything, as the process that raises them names them."""


def augmented_preview(settings: Settings, picture: int, count: int, seed: int = 0) -> NDArray[np.uint8] | None:
    """What `convviz.lab.preview.augmented` makes, not to be written to; None until it is made: ask again.

    Everyone who asks for the same gets the same. While `MOST_WAITING` others wait, nothing new is begun. Raises `GeometryError`
    as `require_preview` does, and `PreviewError`, with a way out, where it could not be made; asking again tries it again.

    >>> augmented_preview(Settings(), 0, 2) is None
    True
    >>> augmented_preview(Settings(), 1438, 2)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: picture is 1438: it must be at most 1,437
    """
    return _PREVIEWS.of(settings, picture, count, seed)


def require_preview(settings: Settings, picture: int, count: int, seed: int = 0) -> None:
    """Raises `GeometryError` for pictures, counts and amounts that cannot be, before anything is loaded.

    >>> require_preview(Settings(), 0, 64)
    >>> require_preview(Settings(), 0, 65)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: count is 65: it must be at most 64
    """
    require_augmentation(settings.augmentation, KINDS[settings.data.name])
    number_between("picture", picture, 0, train_count(settings.data) - 1)
    number_between("count", count, 1, MOST_COUNT)
    number_between("seed", seed, 0, MOST_SEED)


def make(settings: Settings, picture: int, count: int, seed: int) -> NDArray[np.uint8]:
    """What is submitted to the executor. Only the process that calls it loads torch; raises as `augmented` there does.

    >>> make.__module__
    'convviz.lab.previews'
    >>> make(Settings(), 0, 0, 0)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: count is 0: it must be at least 1
    """
    made: NDArray[np.uint8] = import_module("convviz.lab.preview").augmented(settings, picture, count, seed)
    return made


class Previews:
    """Who asked for what, made by an executor; threads may share it.

    >>> with ProcessExecutor() as executor:
    ...     Previews(executor).of(Settings(), 0, 1) is None
    True
    >>> Previews(executor).of(Settings(), 0, 1)
    Traceback (most recent call last):
    RuntimeError: the executor was shut down: make a new one
    """

    def __init__(self, executor: Executor) -> None:
        self._asked = Asked(executor, MOST_WAITING, MOST_KEPT)

    def of(self, settings: Settings, picture: int, count: int, seed: int = 0) -> NDArray[np.uint8] | None:
        """As `augmented_preview`."""
        require_preview(settings, picture, count, seed)
        key = settings.data, settings.augmentation, picture, count, seed
        future = self._asked.future(key, make, settings, picture, count, seed)
        if future is None or not future.done():
            return None
        if error := future.exception():
            self._asked.forget(key, future)
            raise PreviewError(_why(error)) from error
        made: NDArray[np.uint8] = future.result()
        made.setflags(write=False)
        return made


def _why(error: BaseException) -> str:
    if isinstance(error, WorkerDiedError):
        return "the process that changes pictures was ended from outside: ask once more"
    words = str(error)
    for known in _SENTENCES:
        words = words.removeprefix(known)
    return words


_PREVIEWS: Final = Previews(ProcessExecutor())
"""Everyone's."""
