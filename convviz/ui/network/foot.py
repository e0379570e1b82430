"""The foot of a page about a network: its code, and an experiment that one press sets up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from convviz.explain import pytorch_network_code
from convviz.ui import controls, frame
from convviz.ui.network.edited import EditedNetwork


def network_foot(page: EditedNetwork, experiments: Sequence[frame.Asked], words: str = "") -> None:
    """The network in PyTorch, `words` about its numbers, and one of the experiments."""
    code_column, words_column, try_column, set_column, next_column = st.columns(
        [1.5, 2, 6.8, 1.4, 1.1] if words else [1.5, 0.2, 8.6, 1.4, 1.1], vertical_alignment="center"
    )
    with code_column.popover("PyTorch", width="stretch", key=page.key("code"), on_change="rerun") as code:
        if code.open:
            _code(page)
    words_column.html(f'<div class="cv-convention">{words}</div>')
    frame.one_experiment(page, page.experiment, (try_column, set_column, next_column), experiments)


def view_switch(page: EditedNetwork, views: dict[str, str], view: str, take: Any) -> None:
    """Which view of the page is in sight, at the right of its name."""
    controls.segments(page, "View", "view", views, view, take, None, visibility="collapsed", width="content")


def _code(page: EditedNetwork) -> None:
    if page.rows[1]:
        st.caption("There is code for a network whose layers fit.")
    else:
        st.code(pytorch_network_code(page.network), language="python", height=420)
