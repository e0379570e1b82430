"""From the page's sample to its stage: the picture, or the last good one under what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from convviz.geometry import GeometryError
from convviz.samples import PRESETS
from convviz.ui import stage, state
from convviz.ui.changes import refusal_words, remedy_words
from convviz.ui.pictures import Picture, picture
from convviz.ui.stage import Refusal
from convviz.ui.state import Page


@dataclass(frozen=True, eq=False)
class Shown:
    """The picture on the page; of an impossible setting the last good one, and why not."""

    picture: Picture
    error: GeometryError | None = None


def picture_of(page: Page) -> Shown:
    """What the page shows now. The picture is kept, for the time when a setting cannot be."""
    last_good = page.key("last_good")
    try:
        st.session_state[last_good] = picture(page.sample)
    except GeometryError as error:
        if last_good not in st.session_state:
            st.session_state[last_good] = picture(PRESETS[page.example.preset].sample)
        return Shown(st.session_state[last_good], error)
    return Shown(st.session_state[last_good])


def show(page: Page, now: Shown) -> None:
    """The page's stage, and everything that happens on it."""
    key, error = page.key("stage"), now.error
    stage.show_stage(
        now.picture,
        key,
        page.cue,
        refusal=Refusal(refusal_words(page.sample, error), remedy_words(error)) if error else None,
        on_place=page.callback(state.take_place, key),
        on_edits=page.callback(state.take_edits, key),
        on_remedy=page.callback(state.take_remedy(error)) if error else None,
    )
