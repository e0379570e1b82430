"""The training as a program of its own."""

from __future__ import annotations

import streamlit as st

from convviz.explain import pytorch_network_code
from convviz.geometry import GeometryError
from convviz.lab.script import script
from convviz.lab.settings import require
from convviz.ui.training.state import LabPage
from convviz.ui.training.watched import Watched


def show_code(page: LabPage, _: Watched | None, __: str) -> None:
    """Model, data and loop in PyTorch, to read and to take along."""
    settings = page.settings
    try:
        require(settings)
        code = script(settings, pytorch_network_code(settings.network()))
    except GeometryError:
        st.caption("There is code for settings that can be trained.")
        return
    st.download_button(
        "Download train.py",
        code,
        "train.py",
        "text/x-python",
        on_click="ignore",
        help="Needs PyTorch, and convviz for the pictures.",
    )
    with st.container(key="scrolled", height=560):
        st.code(code, language="python")
