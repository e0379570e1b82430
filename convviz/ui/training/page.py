"""The whole page of the training lab."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import streamlit as st

from convviz.geometry import GeometryError
from convviz.lab.data import DataError, load_test
from convviz.lab.errors import StoreError
from convviz.lab.names import changed
from convviz.lab.runs import the_store
from convviz.lab.settings import Settings, recommended, require
from convviz.ui import controls, frame, session
from convviz.ui.share import share
from convviz.ui.training.code import show_code
from convviz.ui.training.compare import show_compared
from convviz.ui.training.component import show_lab
from convviz.ui.training.data import show_data
from convviz.ui.training.links import read_link, write_link
from convviz.ui.training.model import show_model
from convviz.ui.training.owner import owner
from convviz.ui.training.sidebar import sidebar
from convviz.ui.training.state import NAME, LabPage, Place, Told, View, told_of
from convviz.ui.training.watched import Watched, watched
from convviz.ui.training.weights import show_weights

_TABS: Final[Mapping[str, str]] = {
    "run": "Run",
    "data": "Data",
    "model": "Model",
    "compare": "Compare runs",
    "code": "Code",
    "weights": "Weights",
}
_SENTENCES: Final[Mapping[View, str]] = {
    "run": "The network guesses, the loss says how wrong it was, and every weight takes one small step downhill.",
    "data": "What is learned from, what is only tested on, and how a picture is changed at random each time it is seen.",
    "model": "The layers that are trained: every shape follows from the one above it, every weight begins at random.",
    "compare": "Runs side by side: what they differ in, and what came of it.",
    "code": "The same training in plain PyTorch, from top to bottom: take it along and run it.",
    "weights": "What was learned, in one file: take it along, or load one and see what it knows.",
}
_REPLAY: Final = "shapes-7x7"
STYLES: Final = Path(__file__).with_name("page.css")


@dataclass(frozen=True)
class LabExperiment:
    """Something to try: the question, and the settings to answer it, or a run that comes along and a place of it."""

    question: str
    data: str = ""
    changes: tuple[str, ...] = ()
    run: str | None = None
    place: Place = field(default_factory=Place)

    def set_up(self, old: LabPage) -> LabPage:
        """The page on which the question is answered."""
        if self.run:
            return old.watching(self.run, the_store().run(self.run).settings, self.place)
        return replace(old.begun(self.data), settings=self._settings)

    def done(self, page: LabPage) -> bool:
        """Whether the page is set up so."""
        if self.run:
            return page.run == self.run
        return page.settings == self._settings

    @property
    def _settings(self) -> Settings:
        return changed(recommended(self.data), self.changes)


def lab_page(experiments: tuple[LabExperiment, ...]) -> None:
    """Settings at the left, the run in the middle, other views of it below the tabs."""
    page = session.opened(NAME, _begin)
    token = owner()
    page, now = _found(page, token)
    problem = _problem(page.settings)
    parameters, left_out = write_link(page, now.settings if now else None)
    session.write_address(page, parameters)
    with st.sidebar:
        sidebar(page, now, token, page.told or problem, blocked=problem is not None)
        share(parameters, left_out, page.callback(lambda old: old.begun(old.settings.data.name)))
    frame.head("Training lab", _SENTENCES[page.view], page.problems, None, lambda: _beside(page))
    st.html(STYLES)
    show_lab(page, now, now.settings if now else _last_good(page, problem), refused=problem is not None)
    if page.view in _VIEWS:
        with st.container(key="view"):
            _VIEWS[page.view](page, now, token)
    _foot(page, experiments)
    if not (now and now.goes_on):
        the_store().warm(page.settings.data)


def _found(page: LabPage, token: str) -> tuple[LabPage, Watched | None]:
    """The page and its run; one that is gone is told of, and watched no more."""
    try:
        now = watched(page.run, token)
    except StoreError as error:
        page = replace(page.watching(None), told=Told(str(error)))
        st.session_state[page.key("state")] = page
        return page, None
    if now and now.goes_on and page.settings != now.settings:
        page = replace(page, settings=now.settings)
        st.session_state[page.key("state")] = page
    return page, now


def _problem(settings: Settings) -> Told | None:
    """Why these settings cannot be trained, with the way out."""
    try:
        require(settings)
        load_test(settings.data)
    except GeometryError as error:
        return told_of(error, settings)
    except DataError as error:
        return Told(str(error))
    return None


def _last_good(page: LabPage, problem: Told | None) -> Settings:
    """The page's settings, or in place of some that cannot be the last that could."""
    kept = page.key("last_good")
    if problem is None:
        st.session_state[kept] = page.settings
    good: Settings = st.session_state.get(kept, recommended(page.settings.data.name))
    return good if good.data.name == page.settings.data.name else recommended(page.settings.data.name)


def _beside(page: LabPage) -> None:
    """To a run that is finished, or back to none."""
    if page.run:
        words = "Where this network looks, what its layers answer, what excites them: once it has weights."
        st.page_link("inside_a_cnn.py", label="Look inside ›", query_params={"run": page.run}, help=words)
        label, change, words = "A new run ›", lambda old: old.watching(None), "This one stays where it is, under its link."
    else:
        label, change, words = (
            "Replay a finished run ›",
            lambda old: old.watching(_REPLAY, the_store().run(_REPLAY).settings),
            "Colour shapes with 7×7 kernels, trained already: it plays where nothing may be trained.",
        )
    st.button(label, on_click=page.callback(change), type="tertiary", help=words)


def _foot(page: LabPage, experiments: tuple[LabExperiment, ...]) -> None:
    """The tabs, and something to try."""
    tabs, try_column, set_column, next_column = st.columns([6.6, 5.1, 1.35, 1.15], vertical_alignment="center")
    with tabs.container(key="tabs"):
        controls.segments(page, "View", "view", _TABS, page.view, _seen, None, visibility="collapsed", width="content")
    frame.one_experiment(page, page.experiment, (try_column, set_column, next_column), experiments)


def _seen(old: LabPage, view: View) -> LabPage:
    return replace(old, view=view)


def _begin(address: Mapping[str, str], old: LabPage | None) -> LabPage:
    page = read_link(address)
    return replace(page, beginning=old.beginning + 1, uploads=old.uploads) if old else page


_VIEWS: Final[Mapping[View, Callable[[LabPage, Watched | None, str], Any]]] = {
    "data": show_data,
    "model": show_model,
    "compare": show_compared,
    "code": show_code,
    "weights": show_weights,
}
"""What stands below the progress of the run; the run itself is the stage's."""
