"""The link to what is on the screen, one click from the clipboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import streamlit as st

from convviz.ui.component import shim

_share = st.components.v2.component("convviz_share", js=shim("share.mjs"), isolate_styles=False)


def share(parameters: Mapping[str, str], left_out: tuple[str, ...], back: Callable[[], None]) -> None:
    """The link, a button that copies it with the step the stage is at, and the way back to the preset."""
    _share(key="share", data={"query": urlencode(parameters, safe=",:~"), "leftOut": " and ".join(left_out)})
    st.button("Back to the example", on_click=back, width="stretch", help="Every parameter and number as the preset has them.")
