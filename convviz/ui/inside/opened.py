"""What is known of a run before any of its numbers is read: its pictures, its stages, how often it is right. No torch."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from convviz.geometry import GeometryError
from convviz.lab.data import KINDS, DataError, DatasetKind, Pictures, load_test
from convviz.lab.errors import StoreError
from convviz.lab.inside.office import stamp_of
from convviz.lab.inside.pictures import picture_of
from convviz.lab.inside.stages import Stage, stages
from convviz.lab.runs import the_store
from convviz.lab.settings import Settings
from convviz.ui.inside.state import NAME, InsidePage, take_picture, take_place

_FIRST: Final = 1
"""Of the pictures in turn, the one that the page begins with."""


@dataclass(frozen=True, eq=False)
class Known:
    """A run that can be opened.

    `weights` tells those that are meant from the next ones of a run that trains on. `order` are its test pictures in turn: one
    of each class, a second of each, and so on.
    """

    id: str
    weights: int
    settings: Settings
    stages: tuple[Stage, ...]
    tests: Pictures
    order: NDArray[np.intp]

    @property
    def accuracy(self) -> float | None:
        """How often it was right after its last epoch; None before any line of it is written."""
        with suppress(StoreError):  # it may be deleted while its page is drawn
            figures = the_store().run(self.id).figures()
            return figures[-1].test_accuracy if figures else None
        return None

    @property
    def kind(self) -> DatasetKind:
        """What is known of its pictures."""
        return KINDS[self.settings.data.name]

    @property
    def sizes(self) -> tuple[int, int]:
        """Rows and columns of a picture."""
        return self.kind.input_shape[1:]


def known(run_id: str) -> Known:
    """The run of an id, with its weights. Raises `StoreError` where there is none, `DataError` where its pictures are missing.

    >>> run = known("shapes-7x7")
    >>> run.sizes, [stage.name for stage in run.stages][:2], len(run.tests)
    ((32, 32), ['conv1_1', 'pool1'], 1200)
    >>> known("nothing")
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: nothing: there is no such run: it was deleted, or the link is wrong
    """
    run = the_store().run(run_id)
    return _known(run.id, stamp_of(run))


@lru_cache(maxsize=6)  # each holds its test pictures
def _known(run_id: str, weights: int) -> Known:
    run = the_store().run(run_id)
    settings = run.settings
    tests = load_test(settings.data)
    return Known(run.id, weights, settings, stages(settings.network()), tests, in_turn(tests.labels))


def in_turn(labels: NDArray[np.int64]) -> NDArray[np.intp]:
    """Numbers of pictures: the first of each class, then the second of each, and so on.

    >>> in_turn(np.array([1, 0, 0, 1, 1])).tolist()
    [1, 0, 2, 3, 4]
    >>> in_turn(None)
    Traceback (most recent call last):
    TypeError: object of type 'NoneType' has no len()
    """
    rounds = np.zeros(len(labels), np.intp)
    for label in np.unique(labels):
        rounds[labels == label] = np.arange((labels == label).sum())
    return np.lexsort((labels, rounds))


def begun(run: Known, picture: str | None = None) -> InsidePage:
    """The page of a run with what is usual: a patch of a quarter of the side, the class that the picture is of.

    >>> page = begun(known("shapes-7x7"), "3")
    >>> page.patch, page.klass == label_of("3", known("shapes-7x7"))
    (8, True)
    >>> begun(known("shapes-7x7"), "1200")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: picture is 1200: there are test pictures 0 to 1,199; a picture of your own \
begins with a dot
    """
    picture = str(run.order[_FIRST]) if picture is None else picture
    return InsidePage(NAME, run.id, picture, label_of(picture, run) or 0, max(min(run.sizes) // 4, 1))


def with_run(old: InsidePage, run_id: str) -> InsidePage:
    """The page of another run, in the same view: with the same picture where both have the same, else as it begins.

    >>> page = with_run(begun(known("shapes-7x7"), "3").changed(view="field"), "shapes-7x7")
    >>> page.picture, page.view, page.beginning
    ('3', 'field', 1)
    >>> with_run(page, "nothing")
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: nothing: there is no such run: it was deleted, or the link is wrong
    """
    after, kept = known(run_id), {"view": old.view, "beginning": old.beginning + 1, "experiment": old.experiment}
    with suppress(StoreError, DataError):  # what was open may be gone
        if known(old.run).settings.data == after.settings.data:
            return replace(old, run=run_id, place=replace(old.place, unit=None), beginning=old.beginning + 1, problems=())
    return replace(begun(after), **kept)  # type: ignore[arg-type]  # of several kinds


def with_picture(old: InsidePage, said: Any) -> InsidePage:
    """The page with another picture, and the class it is of; one's own leaves the class as it is.

    >>> page = with_picture(begun(known("shapes-7x7")), {"picture": "3"})
    >>> page.picture, page.klass == label_of("3", known("shapes-7x7"))
    ('3', True)
    >>> with_picture(page, {"picture": "1200"}) == page
    True
    """
    page = take_picture(old, said)
    try:
        label = label_of(page.picture, known(page.run))
    except (GeometryError, StoreError, DataError):  # the picker is of another run by now, or this one is gone
        return old
    return page if label is None else replace(page, klass=label)


def with_place(old: InsidePage, said: Any) -> InsidePage:
    """The page where the stage has come to rest; a class or a picture that the run has not is not taken over.

    >>> page = begun(known("shapes-7x7"))
    >>> taken = with_place(page, {"cue": 0, "step": 7, "klass": 99})
    >>> taken.place.step, taken.klass == page.klass
    (7, True)
    >>> with_place(page, None) == page
    True
    """
    page = take_place(old, said)
    try:
        run = known(old.run)
    except (StoreError, DataError):  # it is gone: the page will say so
        return old
    with suppress(GeometryError):
        label_of(page.picture, run)
        return page if page.klass < len(run.kind.classes) else replace(page, klass=old.klass)
    return replace(page, picture=old.picture, klass=old.klass)


def label_of(picture: str, run: Known) -> int | None:
    """The class of a test picture, None of one's own. Raises `GeometryError` for a picture that is none.

    >>> label_of("3", known("shapes-7x7"))
    3
    >>> label_of("1200", known("shapes-7x7"))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: picture is 1200: there are test pictures 0 to 1,199; a picture of your own \
begins with a dot
    """
    return picture_of(picture, run.tests, run.kind).label
