"""Mounts the player. The modules come from this server's own route, so a rerun sends only the scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from convviz.explain import grid_labels, size_formulas
from convviz.player import encode
from convviz.trace import Trace
from convviz.ui.links import Pin
from convviz.ui.server import ASSET_FOLDER

_SHIM: Final = """
const modules = import(new URL("FOLDER/FILE", document.baseURI).href);
export default function (component) {
  let cleanup = () => {};
  let gone = false;
  modules.then(
    ({ mount }) => { if (!gone) cleanup = mount(component); },
    () => { component.parentElement.textContent = "This page is older than the server: reload it."; },
  );
  return () => { gone = true; cleanup(); };
}
"""


def shim(file: str) -> str:
    """The inline part of a component: all it does is import `file` from the asset folder and hand over."""
    return _SHIM.replace("FOLDER", ASSET_FOLDER).replace("FILE", file)


_stage = st.components.v2.component("convviz_stage", js=shim("stage.mjs"), isolate_styles=False)


@dataclass(frozen=True)
class Cue:
    """Where the stage is to be: a new `id` makes it go to `step` and `pin`, an old one lets it stay where it is.

    `edits` is the number of the last edit in place that the page has taken over.
    """

    id: int
    step: int = 0
    pin: Pin | None = None
    edits: int = 0


@dataclass(frozen=True)
class Refusal:
    """An impossible setting: what was asked, why not, and the words on the button that mends it."""

    message: str
    remedy: str


def show_stage(
    trace: Trace,
    key: str,
    cue: Cue,
    *,
    refusal: Refusal | None = None,
    captions: Mapping[str, str] | None = None,
    on_place: Callable[[], None] | None = None,
    on_edits: Callable[[], None] | None = None,
    on_remedy: Callable[[], None] | None = None,
    compact: bool = False,
) -> None:
    """Show `trace` on the stage called `key`; a `compact` one plays by itself in a card and takes no orders."""
    pin = {"grid": cue.pin.grid, "cell": cue.pin.cell} if cue.pin else None
    header: dict[str, Any] = {
        "compact": compact,
        "cue": {"id": cue.id, "step": cue.step, "pin": pin, "edits": cue.edits},
        "refusal": {"message": refusal.message, "remedy": refusal.remedy} if refusal else None,
        "labels": grid_labels(trace),
        "captions": captions or {"weight": "", "output": ""},
        "formula": [
            {"label": formula.label, "tokens": formula.tokens, "words": formula.words}
            for formula in size_formulas(trace.axes, trace.padding_mode)
        ],
    }
    _stage(
        key=key,
        data=encode(trace, header),
        on_place_change=on_place or _ignore,
        on_edits_change=on_edits or _ignore,
        on_remedy_change=on_remedy or _ignore,
    )


def _ignore() -> None:
    """A card reports nothing."""
