"""The whole page of networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import streamlit as st

from convviz.explain import pytorch_network_code
from convviz.network import PRESETS
from convviz.ui import controls, frame, session
from convviz.ui.network.component import show_network
from convviz.ui.network.dense import show_compared
from convviz.ui.network.links import NAME, read_link, write_link
from convviz.ui.network.sidebar import sidebar
from convviz.ui.network.state import NetworkPage
from convviz.ui.share import share

_VIEWS: Final = {"layers": "Layers", "beside": "Beside another", "dense": "Dense or convolution"}
_SENTENCES: Final = {
    "layers": "Stack layers and their shapes must fit: each row computes what goes in, what comes out, and what it costs.",
    "beside": "Two networks beside each other: how alike they are, and where the larger one is larger.",
    "dense": "A dense layer has a weight for every cell and unit; a convolution has a kernel, and uses it everywhere.",
}
STYLES: Final = Path(__file__).with_name("page.css")


@dataclass(frozen=True)
class NetworkExperiment:
    """Something to try: the question, the network it is asked of, and how the page looks then."""

    question: str
    preset: str
    look: Mapping[str, Any]

    def set_up(self, old: NetworkPage) -> NetworkPage:
        """The page on which the question is answered."""
        return replace(old, view="layers").begun(self.preset, **self.look)

    def done(self, page: NetworkPage) -> bool:
        """Whether the page is set up so."""
        begun = page.view == "layers" and page.network == PRESETS[self.preset].network
        return begun and all(getattr(page, name) == value for name, value in self.look.items())


def network_page(experiments: tuple[NetworkExperiment, ...]) -> None:
    """Table and picture of a network, two networks beside each other, or a dense layer against a convolution."""
    page = session.opened(NAME, _begin)
    parameters, left_out = write_link(page)
    session.write_address(page, parameters)
    with st.sidebar:
        sidebar(page)
        share(parameters, left_out, page.callback(lambda old: old.begun(old.preset)))
    frame.head("Network", _SENTENCES[page.view], page.problems, lambda: _switch(page))
    st.html(STYLES)
    if page.view == "dense":
        show_compared(page)
    else:
        show_network(page)
        _foot(page, experiments)


def _begin(address: Mapping[str, str], old: NetworkPage | None) -> NetworkPage:
    page = read_link(address)
    return replace(page, beginning=old.beginning + 1, edits=old.edits, paste=old.paste) if old else page


def _switch(page: NetworkPage) -> None:
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


def _foot(page: NetworkPage, experiments: tuple[NetworkExperiment, ...]) -> None:
    code_column, words_column, try_column, set_column, next_column = st.columns(
        [1.5, 2, 6.8, 1.4, 1.1], vertical_alignment="center"
    )
    with code_column.popover("PyTorch", width="stretch", key=page.key("code"), on_change="rerun") as code:
        if code.open:
            _code(page)
    words_column.html('<div class="cv-convention">float32, one input</div>')
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


def _code(page: NetworkPage) -> None:
    if page.rows[1]:
        st.caption("There is code for a network whose layers fit.")
    else:
        st.code(pytorch_network_code(page.network), language="python", height=420)
