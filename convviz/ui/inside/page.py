"""The whole page of an opened network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import streamlit as st

from convviz.lab.data import DataError
from convviz.lab.errors import StoreError
from convviz.lab.inside.office import OFFICE
from convviz.lab.runs import the_store
from convviz.ui import controls, frame, session
from convviz.ui.inside.code import show_code
from convviz.ui.inside.component import show_inside, show_walk, story
from convviz.ui.inside.links import read_link, write_link
from convviz.ui.inside.opened import Known, begun, known, with_run
from convviz.ui.inside.sidebar import Slide, sidebar, slide_of
from convviz.ui.inside.state import DEFAULT_RUN, NAME, InsidePage, Place, View
from convviz.ui.share import share

_TABS: Final[Mapping[View, str]] = {
    "layers": "Layers",
    "filters": "Filters",
    "saliency": "Saliency",
    "excites": "What excites it",
    "field": "Effective field",
    "code": "Code",
}
_SENTENCE: Final = "A patch slides over the picture; where the probability falls, the network was looking."
_WALK: Final = "Two networks, the same pictures: which one would you trust?"
_CAST: Final = (
    "<b>Network A</b> and <b>network B</b> are built alike, and were trained to name the same shapes. "
    "Seven steps show what each of them has learned."
)
STYLES: Final = Path(__file__).with_name("page.css")


@dataclass(frozen=True)
class InsideExperiment:
    """Something to try: the question, and the run, the settings and the place to answer it."""

    question: str
    run: str = DEFAULT_RUN
    changes: Mapping[str, Any] = field(default_factory=dict)
    place: Place | None = None

    def set_up(self, old: InsidePage) -> InsidePage:
        """The page on which the question is answered."""
        page = replace(with_run(old, self.run), **self.changes)
        return page.sent(self.place) if self.place else page

    def done(self, page: InsidePage) -> bool:
        """Whether the page is set up so."""
        return page.run == self.run and all(getattr(page, name) == value for name, value in self.changes.items())


def inside_page(experiments: tuple[InsideExperiment, ...]) -> None:
    """Run, picture and patch at the left; the patch and its map above, a look into the layers below."""
    page = session.opened(NAME, _begin)
    page, run = _found(page)
    parameters = write_link(page)
    session.write_address(page, parameters)
    slide = slide_of(page, run)
    walks = page.walk is not None and story() is not None
    with st.sidebar:
        if not walks:
            sidebar(page, run, slide)
        else:
            st.html(f'<p class="cv-in-told">{_CAST}</p>')
        share(parameters, (), page.callback(_afresh))
    if not walks:
        frame.head("Inside a CNN", _SENTENCE, page.problems, None, lambda: _formula(page, slide))
        st.html(STYLES)
        show_inside(page, run, slide.refused)
        if page.view == "code":
            with st.container(key="code"):
                show_code(page, run, slide)
        _foot(page, experiments)
    else:
        frame.head("Inside a CNN", _WALK, page.problems)
        st.html(STYLES)
        show_walk(page)
    OFFICE.warm(the_store().run(run.id))


def _found(page: InsidePage) -> tuple[InsidePage, Known]:
    """The page and its run; one that is gone is told of, and the one that comes along takes its place."""
    try:
        return page, known(page.run)
    except (StoreError, DataError) as error:
        run = known(DEFAULT_RUN)
        page = replace(begun(run), beginning=page.beginning + 1, problems=(str(error),))
        st.session_state[page.key("state")] = page
        return page, run


def _formula(page: InsidePage, slide: Slide) -> None:
    """How many positions there are, with the page's numbers."""
    if slide.refused:
        return
    axis = slide.axes[0]
    # Of a stride beyond the picture the last position would lie outside; a patch beyond it is cut.
    if axis.drops_last or page.patch > axis.input_size:
        return
    size, patch, count = axis.input_size, axis.kernel_size, axis.output_size
    st.html(
        '<span class="cv-in-formula">positions = '
        f'⌈(<b class="cv-in-size">{size}</b> − <b class="cv-in-patch">{patch}</b>) / {page.stride}⌉ + 1 = '
        f'<b class="cv-in-many">{count}</b></span>',
        width="content",
    )


def _foot(page: InsidePage, experiments: tuple[InsideExperiment, ...]) -> None:
    """The looks, and something to try."""
    tabs, try_column, set_column, next_column = st.columns([7.5, 4.2, 1.35, 1.15], vertical_alignment="center")
    with tabs.container(key="tabs"):
        controls.segments(page, "View", "view", _TABS, page.view, _seen, None, visibility="collapsed", width="content")
    frame.one_experiment(page, page.experiment, (try_column, set_column, next_column), experiments)


def _seen(old: InsidePage, view: View) -> InsidePage:
    return old.changed(view=view)


def _afresh(old: InsidePage) -> InsidePage:
    return replace(begun(known(DEFAULT_RUN)), beginning=old.beginning + 1)


def _begin(address: Mapping[str, str], old: InsidePage | None) -> InsidePage:
    page = read_link(address)
    return replace(page, beginning=old.beginning + 1) if old else page
