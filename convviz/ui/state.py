"""The state of a sliding page: one frozen value in the session, changed only as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from convviz.geometry import GeometryError
from convviz.samples import PRESETS, AnySample
from convviz.ui import session
from convviz.ui.changes import with_cell, with_parameters, with_remedy
from convviz.ui.dimensions import with_dimension
from convviz.ui.links import Example, Pin, read_link, write_link
from convviz.ui.stage import Cue


@dataclass(frozen=True)
class Page(session.Kept):
    """What the page shows, where the stage is to be, which controls stand together, and what was not understood.

    `name` is the operation it is about. `problems` are those of the link, `refused` holds
    (field, text) of numbers that were typed and are none; `experiment` counts those that were asked for. `beginning` counts
    the examples the page began with, `edits` is the number of the last edit in place that it has taken over.
    """

    example: Example
    beginning: int
    edits: int
    linked: bool
    by_sides: bool
    experiment: int = 0
    problems: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def cue(self) -> Cue:
        """Where the stage is to be when it appears, or when the page begins with another example."""
        return Cue(self.beginning, self.example.step, self.example.pin, self.edits, self.example.channel)

    @property
    def sample(self) -> AnySample:
        """The sample that is shown."""
        return self.example.sample

    def with_sample(self, sample: AnySample) -> Page:
        """The page with another sample: the problems of a link, and texts refused for numbers that are gone, are history."""
        refused = tuple((field, text) for field, text in self.refused if _value(sample, field) == _value(self.sample, field))
        return replace(self, example=replace(self.example, sample=sample), problems=(), refused=refused)

    def with_sized(self, sample: AnySample, size: str) -> Page:
        """The page with another sample whose `size` was brought along; one that differs from axis to axis parts the axes."""
        sizes = set(getattr(sample, size)) if size else ()
        return replace(self.with_sample(sample), linked=self.linked and len(sizes) <= 1)

    def with_dimension(self, dimension: int) -> Page:
        """The page with axes added or taken away."""
        sample = with_dimension(self.sample, dimension)
        return replace(self.with_sample(sample), linked=_agree(sample), by_sides=_by_sides(sample))

    def with_refused(self, field: str, text: str) -> Page:
        """The page with a text that is no numbers, to be mended where it was typed; "" takes it back."""
        kept = tuple((name, words) for name, words in self.refused if name != field)
        return replace(self, refused=(*kept, (field, text)) if text else kept)

    def changed(self, **parameters: Any) -> Page:
        """The page with some parameters of its sample changed; a single number stands for all axes."""
        return self.with_sample(with_parameters(self.sample, parameters))


def _value(sample: AnySample, field: str) -> Any:
    """What a text was refused for; another sample's dimension makes it another one."""
    return sample.dimension, getattr(sample, field)


def _agree(sample: AnySample) -> bool:
    """Whether all axes are alike."""
    entries = (getattr(sample, name) for name in ("input_size", *sample.axis_fields))
    return all(isinstance(entry, str) or len(set(entry)) == 1 for entry in entries)


def _by_sides(sample: AnySample) -> bool:
    """Whether there is more padding on one side than on the other, in numbers."""
    return not isinstance(sample.padding, str) and any(before != after for before, after in sample.padding)


def started(name: str, example: Example, before: Page | None = None, problems: tuple[str, ...] = ()) -> Page:
    """A page at the beginning of an example: axes that agree are linked, padding that differs is shown side by side.

    `before` is the page it follows: the stage hears of a new beginning by a new number.
    """
    return Page(
        name=name,
        example=example,
        beginning=before.beginning + 1 if before else 0,
        edits=before.edits if before else 0,
        linked=_agree(example.sample),
        by_sides=_by_sides(example.sample),
        problems=problems,
    )


def open_page(name: str) -> Page:
    """The page of this session about an operation."""

    def begin(address: Mapping[str, str], old: Page | None) -> Page:
        example, problems = read_link(address, name)
        return started(name, example, old, problems)

    return session.opened(name, begin)


def write_address(page: Page) -> tuple[dict[str, str], tuple[str, ...]]:
    """Put the example into the address; returns its parameters and the names of what had to be left out."""
    parameters, left_out = write_link(page.example)
    session.write_address(page, parameters)
    return parameters, left_out


def take_place(old: Page, stage: Any) -> Page:
    """The stage came to rest: step, pin and channel for the link. What it says of an example that is gone comes too late."""
    place = stage["place"]
    if place["cue"] != old.beginning:
        return old
    pin = place["pin"] and Pin(place["pin"]["grid"], tuple(place["pin"]["cell"]))
    return replace(old, example=replace(old.example, step=place["step"], pin=pin, channel=place.get("channel", 0)))


def take_edits(old: Page, stage: Any) -> Page:
    """Numbers were typed on the stage: those not taken over yet, in their order."""
    return _edited(old, [edit for edit in stage["edits"] or () if edit["id"] > old.edits])


def _edited(old: Page, edits: Sequence[Any]) -> Page:
    sample: AnySample = old.sample
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
