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
_REFUSED: Final = "This cannot be trained: what to change stands at the left."
_NOTHING_YET: Final = "Press Train: filters take shape while you watch."


def show_lab(page: LabPage, now: Watched | None, settings: Settings, *, refused: bool) -> None:
    """All of it, or its progress alone above another view; it asks for the run's epochs by itself.

    `refused` says that the page's settings cannot be trained: `settings` are then the last that could.
    """
    key = page.key("stage")
    only = "" if page.view == "run" else "strip"
    cue = {"id": page.beginning, **asdict(page.place)}
    told = about(settings, is_loaded=now is not None and now.is_loaded)
    _lab(
        key=key,
        data=_data(only, cue, now.run.id if now else None, now.state if now else None, told, refused=refused and not now),
        on_place_change=page.callback(said("place", take_place), key),
        on_stands_change=page.callback(lambda old: old),
    )


def show_lab_card(run: Run) -> None:
    """The filters of a finished run, epoch by epoch, in a card."""
    cue = {"id": 0, **asdict(Place(epoch=0))}
    _lab(key=f"card.{run.id}", data=_data("card", cue, run.id, run.state, about(run.settings)))


def _data(
    only: str, cue: dict[str, Any], run: str | None, state: State | None, told: Mapping[str, Any], *, refused: bool = False
) -> bytes:
    return as_bytes(
        {
            "only": only,
            "cue": cue,
            "run": run,
            "state": state,
            "feed": {"runs": RUNS, "pictures": PICTURES},
            "about": told,
            "refused": refused,
            "told": _REFUSED if refused else _NOTHING_YET,
        }
    )
