"""What the servers serve, for `uvicorn --factory`; the product itself is `app:app`."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any, Final

import streamlit as st

from convviz.ui import stage
from convviz.ui.inside import page as inside_page
from convviz.ui.inside.state import InsidePage
from convviz.ui.network import component, edited, page, payload, state
from convviz.ui.pictures import Picture
from convviz.ui.receptive_field import page as receptive_field_page
from convviz.ui.receptive_field.state import FieldPage

HERE: Final = Path(__file__).parent


def without_stage() -> st.App:
    """The product with stage and network left out: what the pages call when they run is this instead."""
    stage.show_stage = _mark
    page.show_network = _mark_network
    receptive_field_page.show_field = _mark_field
    inside_page.show_inside = _mark_inside
    from app import app  # noqa: PLC0415 - one process may make one App, so not while others import this module

    return app


def without_results() -> st.App:
    """The product with the results of a network's table left out: its rows are not worked out, written or drawn."""
    component.network_payload = lambda title, network, _: payload.network_payload(title, network, ())
    edited.worked_out = component.worked_out = lambda _: ((), None)
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
    _show(f"{zlib.crc32(picture.trace.output.tobytes()):08x}")


def _mark_network(shown: state.NetworkPage) -> None:
    """The same in a network's place: it changes with the input."""
    _show("x".join(map(str, shown.network.input_shape)))


def _mark_field(shown: FieldPage, *_: Any) -> None:
    """The same in place of a field: it changes with the unit."""
    _show(f"{shown.layer} {shown.place}")


def _mark_inside(shown: InsidePage, *_: Any) -> None:
    """The same in place of an opened network: it changes with the picture."""
    _show(f"picture {shown.picture}")


def _show(mark: str) -> None:
    st.html(f'<span data-bench="{mark}">{mark}</span>')
