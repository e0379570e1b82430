"""The state of a sliding page: one frozen value in the session, changed only as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import streamlit as st

from convviz.geometry import GeometryError
from convviz.samples import PRESETS, Recipe, Sample
from convviz.ui import session
from convviz.ui.changes import SIZE_OF, with_cell, with_remedy
from convviz.ui.fields import SIZE_FIELDS
from convviz.ui.links import Example, Pin, read_link, write_link
from convviz.ui.stage import Cue

_REMEMBERED: Final = 50
"""Addresses that a page knows to be its own."""


@dataclass(frozen=True)
class Page:
    """What the page shows, where the stage is to be, which controls stand together, and what was not understood.

    `name` begins its keys in the session. `problems` are those of the link, `refused` holds (grid, text) of numbers that were
    typed and are none; `experiment` counts those that were asked for. `beginning` counts the examples the page began with,
    `edits` is the number of the last edit in place that it has taken over.
    """

    name: str
    example: Example
    beginning: int
    edits: int
    linked: bool
    by_sides: bool
    experiment: int = 0
    problems: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

    def key(self, what: str) -> str:
        """The session's key of what this page keeps."""
        return session.session_key(self.name, what)

    def widget_key(self, widget: str, value: Any) -> str:
        """The key under which a widget shows `value`."""
        return session.widget_key(self.name, widget, value)

    def callback(self, change: Callable[..., Page], key: str | None = None) -> Callable[..., None]:
        """A callback that changes this page, by the value of a widget if its key is given."""
        return session.callback(self.name, change, key)

    @property
    def cue(self) -> Cue:
        """Where the stage is to be when it appears, or when the page begins with another example."""
        return Cue(self.beginning, self.example.step, self.example.pin, self.edits)

    @property
    def sample(self) -> Sample:
        """The sample that is shown."""
        return self.example.sample

    def with_sample(self, sample: Sample) -> Page:
        """The page with another sample: the problems of a link, and texts refused for numbers that are gone, are history."""
        refused = tuple((grid, text) for grid, text in self.refused if getattr(sample, grid) == getattr(self.sample, grid))
        return replace(self, example=replace(self.example, sample=sample), problems=(), refused=refused)

    def with_grid(self, grid: str, recipe: Recipe) -> Page:
        """The page with the numbers of a grid and its size; one that is not square parts height and width."""
        page = self.changed(**{grid: recipe, SIZE_OF[grid]: recipe.sizes})
        return replace(page, linked=self.linked and len(set(recipe.sizes)) == 1)

    def changed(self, **parameters: Any) -> Page:
        """The page with some parameters of its sample changed."""
        return self.with_sample(self.sample.changed(**parameters))


def started(name: str, example: Example, before: Page | None = None, problems: tuple[str, ...] = ()) -> Page:
    """A page at the beginning of an example: axes that agree are linked, padding that differs is shown side by side.

    `before` is the page it follows: the stage hears of a new beginning by a new number.
    """
    sample = example.sample
    sizes = [getattr(sample, field) for field in SIZE_FIELDS if field != "padding"]
    sides = () if isinstance(sample.padding, str) else sample.padding
    return Page(
        name=name,
        example=example,
        beginning=before.beginning + 1 if before else 0,
        edits=before.edits if before else 0,
        linked=all(len(set(size)) == 1 for size in sizes) and len(set(sides)) <= 1,
        by_sides=any(first != last for first, last in sides),
        problems=problems,
    )


def open_page(name: str) -> Page:
    """The page of this session; the address decides where it says something that the page did not write itself."""
    address = dict(st.query_params)
    state, written = session.session_key(name, "state"), session.session_key(name, "written")
    old: Page | None = st.session_state.get(state)
    if old and (not address or address in st.session_state[written]):
        return old
    example, problems = read_link(address)
    st.session_state[written] = [address]
    page = started(name, example, old, problems)
    st.session_state[state] = page
    return page


def write_address(page: Page) -> tuple[dict[str, str], tuple[str, ...]]:
    """Put the example into the address; returns its parameters and the names of what had to be left out."""
    parameters, left_out = write_link(page.example)
    if parameters != dict(st.query_params):
        written = page.key("written")
        st.session_state[written] = [*st.session_state[written][-_REMEMBERED:], parameters]
        st.query_params.from_dict(parameters)
    return parameters, left_out


def take_place(old: Page, stage: Any) -> Page:
    """The stage came to rest: step and pin for the link. What it says of an example that is gone comes too late."""
    place = stage["place"]
    if place["cue"] != old.beginning:
        return old
    pin = place["pin"] and Pin(place["pin"]["grid"], tuple(place["pin"]["cell"]))
    return replace(old, example=replace(old.example, step=place["step"], pin=pin))


def take_edits(old: Page, stage: Any) -> Page:
    """Numbers were typed on the stage: those not taken over yet, in their order."""
    return _edited(old, [edit for edit in stage["edits"] or () if edit["id"] > old.edits])


def _edited(old: Page, edits: Sequence[Any]) -> Page:
    sample = old.sample
    for edit in edits:
        sample = with_cell(sample, edit["grid"], tuple(edit["cell"]), edit["value"])
    taken = max((edit["id"] for edit in edits), default=old.edits)
    return replace(old.with_sample(sample), edits=taken)


def take_remedy(error: GeometryError) -> Callable[[Page], Page]:
    """What the button of a refusal does."""
    return lambda old: old.with_sample(with_remedy(old.sample, error, linked=old.linked))


def take_preset(old: Page, name: str) -> Page:
    """Start from a preset: every parameter and number as it has them."""
    return started(old.name, Example(name, PRESETS[name].sample), old)


def take_back(old: Page) -> Page:
    """Back to the example the page started from."""
    return take_preset(old, old.example.preset)
