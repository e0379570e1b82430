"""Mounts the stage of an opened network, its picker of pictures, and the guided walk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from convviz.lab.runs import shipped
from convviz.ui.component import as_bytes, said, shim
from convviz.ui.inside.feed import INSIDE
from convviz.ui.inside.opened import Known, begun, known, with_place, with_run
from convviz.ui.inside.payload import about, asked, cue, marks_of, offered, pictures_of
from convviz.ui.inside.state import InsidePage, Place, count
from convviz.ui.training.feed import PICTURES

_stage = st.components.v2.component("convviz_inside", js=shim("inside/mount.mjs"), isolate_styles=False)
_picker = st.components.v2.component("convviz_picker", js=shim("inside/picker.mjs"), isolate_styles=False)
_walk = st.components.v2.component("convviz_walk", js=shim("inside/walk.mjs"), isolate_styles=False)
_FEED: Final = {"inside": INSIDE, "pictures": PICTURES}
PLAIN, TAGGED = "shapes-7x7", "shapes-tagged"
"""The two runs of the story."""


def show_inside(page: InsidePage, run: Known, refused: str) -> None:
    """The stage; it asks for everything by itself. `refused` is why the patch cannot slide, if it cannot."""
    key = page.key("stage")
    _stage(
        key=key,
        data=_data(page, run, "top" if page.view == "code" else "", refused),
        on_place_change=page.callback(said("place", with_place), key),
        on_walk_change=page.callback(_begin_walk),
    )


def show_picker(page: InsidePage, run: Known, take: Callable[[InsidePage, Any], InsidePage]) -> None:
    """Test pictures to choose from, a pen, and a way to bring one's own."""
    key = page.key("picker")
    data = {"picture": page.picture, "order": offered(run), "about": pictures_of(run), "feed": _FEED}
    _picker(key=key, data=as_bytes(data), on_picked_change=page.callback(said("picked", take), key))


def show_walk(page: InsidePage) -> None:
    """The shortcut story, step by step, in place of the stage: of its own two runs, whatever run is open."""
    key, cast = page.key("walk"), known(PLAIN)
    data = {
        "runs": story(),
        "feed": _FEED,
        "classes": cast.kind.classes,
        "marks": marks_of(cast),
        "cue": {"id": page.beginning, "step": page.walk},
    }
    _walk(
        key=key,
        data=as_bytes(data),
        on_place_change=page.callback(said("place", _take_step), key),
        on_left_change=page.callback(leave_walk),
        on_open_change=page.callback(said("open", _open), key),
    )


def show_inside_card(run: Known) -> None:
    """A patch that slides over a picture, in a card."""
    page = begun(run)
    _stage(key=f"card.inside.{run.id}", data=_data(page, run, "card", ""))


def story() -> Mapping[str, str] | None:
    """The runs of the story, where they came along."""
    return {"plain": PLAIN, "tagged": TAGGED} if {PLAIN, TAGGED} <= {run.id for run in shipped()} else None


def leave_walk(old: InsidePage) -> InsidePage:
    """Back to the network."""
    return replace(old, walk=None, beginning=old.beginning + 1)


def _begin_walk(old: InsidePage) -> InsidePage:
    return replace(old, walk=0, beginning=old.beginning + 1, problems=())


def _take_step(old: InsidePage, said: Any) -> InsidePage:
    step = count(said.get("step")) if isinstance(said, dict) and said.get("cue") == old.beginning else None
    return replace(old, walk=step) if step is not None and old.walk is not None else old


def _open(old: InsidePage, said: Any) -> InsidePage:
    run = said.get("run") if isinstance(said, dict) else None
    return with_run(leave_walk(old), run) if run in {PLAIN, TAGGED} else old


def _data(page: InsidePage, run: Known, only: str, refused: str) -> bytes:
    return as_bytes(
        {
            "run": run.id,
            "feed": _FEED,
            "about": about(run),
            "asked": asked(page),
            "cue": cue(page.beginning, page.place if only != "card" else Place()),
            "story": story(),
            "refused": refused,
            "only": only,
        }
    )
