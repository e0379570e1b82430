"""What the page does in the world: start, pause, step, resume, cancel, delete, load. Each returns the change of the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from convviz.geometry import GeometryError
from convviz.lab.data import DataError
from convviz.lab.errors import OwnerError, StoreError
from convviz.lab.run import Run
from convviz.lab.runs import the_store
from convviz.ui.training.owner import may_train
from convviz.ui.training.state import LabPage, Told, told_of
from convviz.ui.training.watched import acting, goes_on

Change = Callable[[LabPage], LabPage]
Deed = Callable[[LabPage], Change]


def train(token: str) -> Deed:
    """A new run of the page's settings, unless the one it watches goes on."""

    def act(page: LabPage) -> Change:
        if goes_on(page.run):
            return _unchanged
        return _watching(_allowed(token, lambda: the_store().start(page.settings, token)))

    return _told(act)


def load(token: str, weights: bytes) -> Deed:
    """A new run made of weights."""
    return _told(lambda _: _watching(_allowed(token, lambda: the_store().load(weights, token))))


def resume(token: str, run_id: str, *, is_paused: bool) -> Deed:
    """On with a run, from where it is paused or from its last epoch."""

    def act(_: LabPage) -> Change:
        if is_paused:
            the_store().hold(run_id, acting(token), None)
        else:
            _allowed(token, lambda: the_store().resume(run_id, acting(token)))
        return _live

    return _told(act)


def step(token: str, run_id: str) -> Deed:
    """One epoch more, then a pause."""

    def act(_: LabPage) -> Change:
        _allowed(token, lambda: the_store().step(run_id, acting(token)))
        return _live

    return _told(act)


def pause(token: str, run_id: str) -> Deed:
    """At the next step."""

    def act(_: LabPage) -> Change:
        the_store().hold(run_id, acting(token), 0)
        return _unchanged

    return _told(act)


def cancel(token: str, run_id: str) -> Deed:
    """At once; it can be resumed."""

    def act(_: LabPage) -> Change:
        the_store().cancel(run_id, acting(token))
        return _unchanged

    return _told(act)


def delete(token: str, run_ids: tuple[str, ...]) -> Deed:
    """With all their files."""

    def act(_: LabPage) -> Change:
        for each in run_ids:
            the_store().delete(each, acting(token))
        return lambda page: replace(
            page.watching(None) if page.run in run_ids else page,
            view=page.view,
            compared=tuple(each for each in page.compared or () if each not in run_ids),
        )

    return _told(act)


def _allowed(token: str, act: Callable[[], Any]) -> Any:
    if not may_train(token):
        raise OwnerError("training is for who knows the lecturer's key: everyone may watch")
    return act()


def _watching(run: Run) -> Change:
    return lambda page: page.watching(run.id, run.settings)


def _unchanged(page: LabPage) -> LabPage:
    return replace(page, told=None)


def _live(page: LabPage) -> LabPage:
    """At the newest epoch, whichever comes."""
    return page.watching(page.run, place=replace(page.place, epoch=None))


def _told(act: Deed) -> Deed:
    """What is refused is told; nothing else changes."""

    def done(page: LabPage) -> Change:
        try:
            return act(page)
        except GeometryError as error:
            told = told_of(error, page.settings)
        except (StoreError, DataError) as error:
            told = Told(str(error))
        return lambda now: replace(now, told=told)

    return done
