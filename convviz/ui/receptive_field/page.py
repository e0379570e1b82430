"""The whole page of receptive fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import streamlit as st

from convviz.explain import pytorch_network_code
from convviz.ui import controls, frame, session
from convviz.ui.receptive_field import against
from convviz.ui.receptive_field.component import last_good, show_field
from convviz.ui.receptive_field.effective import effective_payload
from convviz.ui.receptive_field.links import read_link, write_link
from convviz.ui.receptive_field.sidebar import axis_switch, sidebar
from convviz.ui.receptive_field.state import NAME, FieldPage
from convviz.ui.share import share

_VIEWS: Final = {"field": "Field", "against": "Three 3×3 or one 7×7"}
_SENTENCES: Final = {
    "field": "Layer by layer, one unit comes to see more of the picture; follow it down to the cells it really reads.",
    "against": "Several layers of 3×3 see as far as one wide layer: what does each cost, and what can each do?",
}


@dataclass(frozen=True)
class FieldExperiment:
    """Something to try: the question, the network it is asked of, and how the page looks then."""

    question: str
    preset: str
    look: Mapping[str, Any]

    def set_up(self, old: FieldPage) -> FieldPage:
        """The page on which the question is answered."""
        return replace(old.begun(self.preset), **self.look)

    def done(self, page: FieldPage) -> bool:
        """Whether the page is set up so."""
        return page.preset == self.preset and all(getattr(page, name) == value for name, value in self.look.items())


def field_page(experiments: tuple[FieldExperiment, ...]) -> None:
    """A stack of layers as rows of units, with the field of one of them; or two stacks against each other."""
    page = session.opened(NAME, _begin)
    parameters, left_out = write_link(page)
    session.write_address(page, parameters)
    shown = last_good(page)
    with st.sidebar:
        if page.view == "against":
            against.sidebar(page)
        else:
            sidebar(page, shown)
        share(parameters, left_out, page.callback(lambda old: old.begun(old.preset)))
    beside = (lambda: axis_switch(page)) if page.view == "field" else None
    frame.head("Receptive field", _SENTENCES[page.view], page.problems, lambda: _switch(page), beside)
    if page.view == "against":
        against.show_against(page)
    else:
        show_field(page, shown, effective_payload(page))
        _foot(page, experiments)


def _begin(address: Mapping[str, str], old: FieldPage | None) -> FieldPage:
    page = read_link(address)
    return replace(page, beginning=old.beginning + 1, edits=old.edits) if old else page


def _switch(page: FieldPage) -> None:
    controls.segments(
        page,
        "View",
        "view",
        _VIEWS,
        page.view,
        lambda old, view: replace(old, view=view),
        None,
        visibility="collapsed",
        width="content",
    )


def _foot(page: FieldPage, experiments: tuple[FieldExperiment, ...]) -> None:
    code_column, try_column, set_column, next_column = st.columns([1.5, 8.4, 1.4, 1.1], vertical_alignment="center")
    with code_column.popover("PyTorch", width="stretch", key=page.key("code"), on_change="rerun") as code:
        if code.open:
            _code(page)
    number = page.experiment % len(experiments)
    experiment = experiments[number]
    frame.experiment_line(
        page,
        (try_column, set_column, next_column),
        f"{number + 1} of {len(experiments)}",
        experiment.question,
        experiment.set_up,
        done=experiment.done(page),
    )


def _code(page: FieldPage) -> None:
    if page.rows[1]:
        st.caption("There is code for a network whose layers fit.")
    else:
        st.code(pytorch_network_code(page.network), language="python", height=420)
