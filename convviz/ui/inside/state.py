"""What the page of an opened network shows, and every change of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias, TypeGuard, get_args

from convviz.ui.session import Kept

NAME: Final = "inside_a_cnn"
DEFAULT_RUN: Final = "shapes-7x7"
View = Literal["layers", "filters", "saliency", "excites", "field", "code"]
Fill = Literal["grey", "mean", "blur", "black"]
Shows = Literal["probability", "drop", "runner-up"]
Pick: TypeAlias = str | int | float
VIEWS: Final[tuple[View, ...]] = get_args(View)
FILLS: Final[tuple[Fill, ...]] = get_args(Fill)
SHOWS: Final[tuple[Shows, ...]] = get_args(Shows)
PICKS: Final[Mapping[str, tuple[str, ...]]] = {
    "filters.layer": (),
    "filters.sort": ("norm", "similarity", "number"),
    "filters.channel": (),
    "filters.paint": ("weights", "frequencies"),
    "saliency.of": ("class", "unit"),
    "excites.of": ("class", "channel", "unit", "direction"),
    "excites.jitter": (),
    "excites.smooth": (),
    "excites.seed": (),
    "excites.direction": (),
}
"""Settings of the looks, with the words that there are for those that are words; the stage says what it makes of the others."""
LONGEST_PICK: Final = 80
LARGEST_PICK: Final = 10**9
LONGEST_PICTURE: Final = 8000
"""Letters of a picture of one's own."""


@dataclass(frozen=True)
class Unit:
    """A unit of a stage: its channel and its place, which what is flat has not."""

    stage: str
    channel: int
    row: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class Place:
    """Where the stage is: what it says, and what it is sent to.

    `step` is the place of the patch, None before it moved. `mix` is how much of the map covers the picture, from 0 to 1.
    `picks` are settings of the looks below, by name.
    """

    step: int | None = None
    shows: Shows = "probability"
    mix: float = 0.5
    unit: Unit | None = None
    picks: tuple[tuple[str, Pick], ...] = ()


@dataclass(frozen=True)
class InsidePage(Kept):
    """A run, one of its test pictures or one's own, a class, a patch, and a look.

    `picture` is a test picture's number, or the values of an own one, as `convviz.lab.inside.pictures` has them. `klass` is
    the class whose probability is shown. `walk` is the step of the guided walk, None where the page is not on it. `beginning`
    counts the places that the stage was sent to.
    """

    run: str = DEFAULT_RUN
    picture: str = "0"
    klass: int = 0
    patch: int = 8
    stride: int = 1
    fill: Fill = "grey"
    view: View = "layers"
    place: Place = Place()
    walk: int | None = None
    beginning: int = 0
    experiment: int = 0
    problems: tuple[str, ...] = ()

    def sent(self, place: Place) -> InsidePage:
        """The page at another place."""
        return replace(self, place=place, beginning=self.beginning + 1, problems=())

    def changed(self, **changes: Any) -> InsidePage:
        """The page with other settings; where the stage is, it stays."""
        return replace(self, **changes, problems=())


def take_place(old: InsidePage, said: Any) -> InsidePage:
    """The stage has come to rest somewhere; what it says of a place before it was sent elsewhere comes too late.

    >>> page = take_place(InsidePage(NAME), {"cue": 0, "step": 7, "shows": "drop", "mix": 2, "klass": 3, "picture": "12"})
    >>> page.place.step, page.place.shows, page.place.mix, page.klass, page.picture
    (7, 'drop', 0.5, 3, '12')
    >>> take_place(InsidePage(NAME), {"cue": 1, "step": 7}).place.step is None
    True
    """
    if not isinstance(said, dict) or said.get("cue") != old.beginning:
        return old
    shows, picture = said.get("shows"), said.get("picture")
    place = Place(
        count(said.get("step")),
        shows if shows in SHOWS else old.place.shows,
        share_of(said.get("mix"), old.place.mix),
        unit_of(said.get("unit")),
        picks_of(said.get("picks")),
    )
    return replace(
        old,
        place=place,
        klass=number if (number := count(said.get("klass"))) is not None else old.klass,
        picture=picture if is_picture(picture) else old.picture,
    )


def take_picture(old: InsidePage, said: Any) -> InsidePage:
    """Another picture was picked, drawn or brought along.

    >>> take_picture(InsidePage(NAME), {"picture": "12"}).picture, take_picture(InsidePage(NAME), {"picture": "<b>"}).picture
    ('12', '0')
    """
    picture = said.get("picture") if isinstance(said, dict) else None
    return old.changed(picture=picture) if is_picture(picture) else old


def is_picture(text: Any) -> TypeGuard[str]:
    """Whether a text is written as a picture is.

    >>> is_picture("265"), is_picture(".q1b-_8"), is_picture("-1"), is_picture(None)
    (True, True, False, False)
    """
    return isinstance(text, str) and len(text) <= LONGEST_PICTURE and bool(re.fullmatch(r"\d{1,6}|\.[\w-]+", text, re.ASCII))


def unit_of(said: Any) -> Unit | None:
    """The unit that the stage says, None for what is none.

    >>> unit_of({"stage": "conv1", "channel": 2, "row": 3, "column": 4})
    Unit(stage='conv1', channel=2, row=3, column=4)
    >>> unit_of({"stage": "conv1"}) is None
    True
    """
    match said:
        case {"stage": str(stage), "channel": int(channel)} if len(stage) <= LONGEST_PICK and count(channel) is not None:
            row, column = count(said.get("row")), count(said.get("column"))
            return Unit(stage, channel, row, column) if row is not None and column is not None else Unit(stage, channel)
    return None


def picks_of(said: Any) -> tuple[tuple[str, Pick], ...]:
    """Settings of the looks, in the order of their names; what makes no sense is left out.

    >>> picks_of({"excites.seed": 3, "excites.of": "class", "other": 1, "filters.sort": ["norm"]})
    (('excites.of', 'class'), ('excites.seed', 3))
    """
    if not isinstance(said, Mapping):
        return ()
    return tuple(sorted((name, value) for name, value in said.items() if is_pick(name, value)))


def is_pick(name: Any, value: Any) -> bool:
    """Whether a setting of the looks can have a value.

    >>> is_pick("excites.of", "class"), is_pick("excites.of", "all"), is_pick("excites.seed", 3), is_pick("field.of", 3)
    (True, False, True, False)
    """
    if not isinstance(name, str) or name not in PICKS:
        return False
    if PICKS[name]:
        return value in PICKS[name]
    if isinstance(value, str):
        return len(value) <= LONGEST_PICK
    return isinstance(value, int | float) and abs(value) < LARGEST_PICK


def share_of(value: Any, usual: float) -> float:
    """A number from 0 to 1, in hundredths; the usual one for what is none.

    >>> share_of(0.333333, 0.5), share_of("half", 0.5), share_of(7, 0.5)
    (0.33, 0.5, 0.5)
    """
    is_share = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return round(float(value), 2) if is_share else usual


def count(value: Any) -> int | None:
    """A whole number from 0 on, None for what is none.

    >>> count(3), count(-1), count(True), count("3")
    (3, None, None, None)
    """
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None
