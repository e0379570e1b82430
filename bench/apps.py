"""What the servers serve, for `uvicorn --factory`; the product itself is `app:app`."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any, Final

import streamlit as st

from convviz.ui import stage
from convviz.ui.pictures import Picture

HERE: Final = Path(__file__).parent


def without_stage() -> st.App:
    """The product with the stage left out: the pages import `show_stage` when they run, and find this one."""
    stage.show_stage = _mark
    from app import app  # noqa: PLC0415 - one process may make one App, so not while others import this module

    return app


def one_widget() -> st.App:
    """The least a Streamlit app can do."""
    return st.App(HERE / "one_widget.py")


def plotly_frames() -> st.App:
    """The same animation as Plotly frames."""
    return st.App(HERE / "plotly_frames.py")


def _mark(picture: Picture, *_: Any, **__: Any) -> None:
    """In the stage's place something to wait for, that changes with the output."""
    mark = f"{zlib.crc32(picture.trace.output.tobytes()):08x}"
    st.html(f'<span data-bench="{mark}">{mark}</span>')
