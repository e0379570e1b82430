"""The whole page of receptive fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import streamlit as st

from convviz.network import INPUT, PRESETS
from convviz.ui import frame, session
from convviz.ui.network.edited import DEFAULT as TABLE_DEFAULT
from convviz.ui.network.foot import network_foot, view_switch
from convviz.ui.network.links import write_network
from convviz.ui.receptive_field import against
from convviz.ui.receptive_field.component import last_good, show_field
from convviz.ui.receptive_field.effective import effective_payload
from convviz.ui.receptive_field.links import read_link, write_link
from convviz.ui.receptive_field.sidebar import axis_switch, sidebar
from convviz.ui.receptive_field.state import NAME, FieldPage
from convviz.ui.share import share

_VIEWS: Final[dict[str, str]] = {"field": "Field", "against": "Three 3×3 or one 7×7"}
_SENTENCES: Final = {
    "field": "Layer by layer, a unit comes to see more; follow it down to the cells it really reads.",
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
    beside = (lambda: _beside(page)) if page.view == "field" else None
    frame.head(
        "Receptive field", _SENTENCES[page.view], page.problems, lambda: view_switch(page, _VIEWS, page.view, _seen), beside
    )
    if page.view == "against":
        against.show_against(page)
    else:
        show_field(page, shown, effective_payload(page))
        network_foot(page, experiments)


def _beside(page: FieldPage) -> None:
    """To the same network as a table, and the axis of the rows."""
    preset = page.preset if page.preset in PRESETS else TABLE_DEFAULT
    st.page_link(
        "network.py",
        label="As a table ›",
        query_params={
            **write_network(preset, page.network, PRESETS),
            **({"row": page.row} if page.row not in {None, INPUT} else {}),
        },
        help="All its layers, to be edited: shapes, parameters, and what each costs.",
    )
    axis_switch(page)


def _begin(address: Mapping[str, str], old: FieldPage | None) -> FieldPage:
    page = read_link(address)
    return replace(page, beginning=old.beginning + 1, edits=old.edits) if old else page


def _seen(old: FieldPage, view: Any) -> FieldPage:
    return replace(old, view=view)
