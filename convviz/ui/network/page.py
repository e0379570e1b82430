"""The whole page of networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import streamlit as st

from convviz.network import PRESETS
from convviz.ui import frame, session
from convviz.ui.network.component import show_network
from convviz.ui.network.dense import show_compared
from convviz.ui.network.foot import network_foot, view_switch
from convviz.ui.network.links import NAME, read_link, write_link, write_network
from convviz.ui.network.sidebar import sidebar
from convviz.ui.network.state import NetworkPage
from convviz.ui.share import share

_VIEWS: Final[dict[str, str]] = {"layers": "Layers", "beside": "Beside another", "dense": "Dense or convolution"}
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
    beside = (lambda: _fields_link(page)) if page.view == "layers" else None
    frame.head("Network", _SENTENCES[page.view], page.problems, lambda: view_switch(page, _VIEWS, page.view, _seen), beside)
    st.html(STYLES)
    if page.view == "dense":
        show_compared(page)
    else:
        show_network(page)
        network_foot(page, experiments, "float32, one input")


def _fields_link(page: NetworkPage) -> None:
    """To the page that shows what the units of this network see, with the chosen layer."""
    fits = page.rows[1] is None and len(page.network.input_shape) > 1
    st.page_link(
        "receptive_field.py",
        label="What its units see ›",
        query_params={**write_network(page.preset, page.network, PRESETS), **({"layer": page.row} if page.row else {})},
        disabled=not fits,
        help="The receptive field of the chosen layer's units."
        if fits
        else "Windows slide over channels × sizes, in layers that fit.",
    )


def _begin(address: Mapping[str, str], old: NetworkPage | None) -> NetworkPage:
    page = read_link(address)
    return replace(page, beginning=old.beginning + 1, edits=old.edits, paste=old.paste) if old else page


def _seen(old: NetworkPage, view: Any) -> NetworkPage:
    return replace(old, view=view)
