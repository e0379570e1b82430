"""The state of a sliding page: one frozen value in the session, changed only as a whole.

Streamlit may stop a callback at any access to the session when newer input waits, and what the callback was to change would
then be lost. So a callback reads, computes the next state, writes it once, and is run again if it was stopped before that.
And input under way when the page changed a widget still carries the widget's old value, which looks like a choice. So a widget
whose value the page changes gets a new key, and what comes in under an old key is not heard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException

from convviz.geometry import GeometryError
from convviz.samples import PRESETS, Recipe, Sample
from convviz.ui.changes import SIZE_OF, with_cell, with_remedy
from convviz.ui.fields import SIZE_FIELDS
from convviz.ui.links import Example, Pin, read_link, write_link
from convviz.ui.stage import Cue

STAGE: Final = "stage"
"""Key of the stage's component."""
_PAGE: Final = "page"
_WRITTEN: Final = "written"
_VERSIONS: Final = "versions"
_REMEMBERED: Final = 50


@dataclass(frozen=True)
class Page:
    """What the page shows, where the stage is to be, which controls stand together, and what was not understood.

    `problems` are those of the link, `refused` holds (grid, text) of numbers that were typed and are none.
    """

    example: Example
    cue: Cue
    linked: bool
    by_sides: bool
    problems: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

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


def started(example: Example, before: Cue | None = None, problems: tuple[str, ...] = ()) -> Page:
    """A page at the beginning of an example: axes that agree are linked, padding that differs is shown side by side.

    `before` is the cue of the page it follows: the stage hears of a new beginning by a new number.
    """
    sample = example.sample
    sizes = [getattr(sample, name) for name in SIZE_FIELDS if name != "padding"]
    sides = () if isinstance(sample.padding, str) else sample.padding
    return Page(
        example=example,
        cue=Cue(before.id + 1 if before else 0, example.step, example.pin, before.edits if before else 0),
        linked=all(len(set(size)) == 1 for size in sizes) and len(set(sides)) <= 1,
        by_sides=any(first != last for first, last in sides),
        problems=problems,
    )


def open_page() -> Page:
    """The page of this session; the address decides where it says something that the page did not write itself."""
    address = dict(st.query_params)
    known = _PAGE in st.session_state
    if not known or (address and address not in st.session_state[_WRITTEN]):
        example, problems = read_link(address)
        st.session_state[_WRITTEN] = [address]
        st.session_state[_PAGE] = started(example, page().cue if known else None, problems)
    return page()


def page() -> Page:
    """The page as it is now."""
    return cast("Page", st.session_state[_PAGE])


def write_address(example: Example) -> tuple[dict[str, str], tuple[str, ...]]:
    """Put the example into the address; returns its parameters and the names of what had to be left out."""
    parameters, left_out = write_link(example)
    if parameters != dict(st.query_params):
        st.session_state[_WRITTEN] = [*st.session_state[_WRITTEN][-_REMEMBERED:], parameters]
        st.query_params.from_dict(parameters)
    return parameters, left_out


def widget_key(name: str, value: Any) -> str:
    """The key under which the widget `name` shows `value`: a new one where the widget has another value."""
    versions: dict[str, int] = st.session_state.setdefault(_VERSIONS, {})
    key = f"{name}.{versions.setdefault(name, 0)}"
    if key in st.session_state and st.session_state[key] != value:
        versions[name] += 1
        key = f"{name}.{versions[name]}"
    if key not in st.session_state:
        st.session_state[key] = value
    return key


def _is_current(key: str) -> bool:
    name, _, version = key.rpartition(".")
    return not name or st.session_state[_VERSIONS].get(name) == int(version)


def callback(change: Callable[..., Page], key: str | None = None) -> Callable[..., None]:
    """A callback that makes the page `change(page, *args)`, with the value of widget `key` behind the page if one is given.

    An emptied widget changes nothing, nor does one whose key is no longer in use.
    """

    def run(*args: Any) -> None:
        stopped: RerunException | None = None
        while True:
            try:
                values = () if key is None else (st.session_state[key],)
                if values != (None,) and (key is None or _is_current(key)):
                    st.session_state[_PAGE] = change(page(), *values, *args)
                break
            except RerunException as request:  # newer input waits: finish first
                stopped = request
        if stopped:
            raise stopped

    return run


def take_place(old: Page, stage: Any) -> Page:
    """The stage came to rest: step and pin for the link. What it says of an example that is gone comes too late."""
    place = stage["place"]
    if place["cue"] != old.cue.id:
        return old
    pin = place["pin"] and Pin(place["pin"]["grid"], tuple(place["pin"]["cell"]))
    return replace(old, example=replace(old.example, step=place["step"], pin=pin))


def take_edits(old: Page, stage: Any) -> Page:
    """Numbers were typed on the stage: those not taken over yet, in their order."""
    return _edited(old, [edit for edit in stage["edits"] or () if edit["id"] > old.cue.edits])


def _edited(old: Page, edits: Sequence[Any]) -> Page:
    sample = old.sample
    for edit in edits:
        sample = with_cell(sample, edit["grid"], tuple(edit["cell"]), edit["value"])
    taken = max((edit["id"] for edit in edits), default=old.cue.edits)
    return replace(old.with_sample(sample), cue=replace(old.cue, edits=taken))


def take_remedy(error: GeometryError) -> Callable[[Page], Page]:
    """What the button of a refusal does."""
    return lambda old: old.with_sample(with_remedy(old.sample, error, linked=old.linked))


def take_preset(old: Page, name: str) -> Page:
    """Start from a preset: every parameter and number as it has them."""
    return started(Example(name, PRESETS[name].sample), old.cue)


def take_back(old: Page) -> Page:
    """Back to the example the page started from."""
    return take_preset(old, old.example.preset)
