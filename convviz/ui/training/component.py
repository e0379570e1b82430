"""Mounts the stage of the lab: curves, filters, confusion and test pictures of a run, on one scrubber over its epochs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import streamlit as st

from convviz.lab.run import Run, State
from convviz.lab.settings import Settings
from convviz.ui.component import as_bytes, said, shim
from convviz.ui.training.feed import PICTURES, RUNS
from convviz.ui.training.payload import about
from convviz.ui.training.state import LabPage, Place, take_place
from convviz.ui.training.watched import Watched

_lab = st.components.v2.component("convviz_lab", js=shim("lab/mount.mjs"), isolate_styles=False)
_NOTHING_YET: Final = "Press Train: filters take shape while you watch."


def show_lab(page: LabPage, now: Watched | None, settings: Settings) -> None:
    """All of it, or its progress alone above another view; it asks for the run's epochs by itself."""
    key = page.key("stage")
    only = "" if page.view == "run" else "strip"
    cue = {"id": page.beginning, **asdict(page.place)}
    told = about(settings, is_loaded=now is not None and now.is_loaded)
    _lab(
        key=key,
        data=_data(only, cue, now.run.id if now else None, now.state if now else None, told),
        on_place_change=page.callback(said("place", take_place), key),
        on_stands_change=page.callback(lambda old: old),
    )


def show_lab_card(run: Run) -> None:
    """The filters of a finished run, epoch by epoch, in a card."""
    _lab(key=f"card.{run.id}", data=_data("card", {"id": 0, **asdict(Place(epoch=0))}, run.id, run.state, about(run.settings)))


def _data(only: str, cue: dict[str, Any], run: str | None, state: State | None, told: Mapping[str, Any]) -> bytes:
    return as_bytes(
        {
            "only": only,
            "cue": cue,
            "run": run,
            "state": state,
            "feed": {"runs": RUNS, "pictures": PICTURES},
            "about": told,
            "told": _NOTHING_YET,
        }
    )
