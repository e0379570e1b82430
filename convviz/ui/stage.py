"""Mounts the player. The modules come from this server's own route, so a rerun sends only the scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from convviz.player import encode
from convviz.ui.component import shim
from convviz.ui.links import Pin
from convviz.ui.pictures import Picture

_stage = st.components.v2.component("convviz_stage", js=shim("stage.mjs"), isolate_styles=False)


@dataclass(frozen=True)
class Cue:
    """Where the stage is to be: a new `id` makes it go to `step`, `pin` and `channel`, an old one lets it stay where it is.

    `channel` is the output channel on show where the steps are inputs, `edits` the number of the last edit in place that the
    page has taken over.
    """

    id: int
    step: int = 0
    pin: Pin | None = None
    edits: int = 0
    channel: int = 0


@dataclass(frozen=True)
class Refusal:
    """An impossible setting: what was asked, why not, and the words on the button that mends it."""

    message: str
    remedy: str


def show_stage(
    picture: Picture,
    key: str,
    cue: Cue,
    *,
    refusal: Refusal | None = None,
    on_place: Callable[[], None] | None = None,
    on_edits: Callable[[], None] | None = None,
    on_remedy: Callable[[], None] | None = None,
    compact: bool = False,
) -> None:
    """Show `picture` on the stage called `key`; a `compact` one plays by itself in a card and takes no orders."""
    header: dict[str, Any] = {
        "compact": compact,
        "cue": asdict(cue),
        "refusal": asdict(refusal) if refusal else None,
        "formula": [{"label": formula.label, "tokens": formula.tokens, "words": formula.words} for formula in picture.formulas],
        "notes": picture.notes,
        "aside": picture.aside,
    }
    _stage(
        key=key,
        data=encode(picture.scene, header),
        on_place_change=on_place or _ignore,
        on_edits_change=on_edits or _ignore,
        on_remedy_change=on_remedy or _ignore,
    )


def _ignore() -> None:
    """A card reports nothing."""
