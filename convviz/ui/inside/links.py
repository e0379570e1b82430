"""The page of an opened network in its address, and back: only what differs from the usual is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from math import isfinite, prod
from typing import Any, Final

from convviz.geometry import GeometryError
from convviz.lab.patches import positions_of
from convviz.ui.codecs import whole
from convviz.ui.inside.opened import Known, begun, known, label_of
from convviz.ui.inside.state import (
    DEFAULT_RUN,
    FILLS,
    LONGEST_PICK,
    PICKS,
    SHOWS,
    VIEWS,
    InsidePage,
    Pick,
    Place,
    Unit,
    is_pick,
    is_picture,
    picks_of,
)
from convviz.ui.links import read_parameter
from convviz.ui.network.links import given, one_of
from convviz.ui.texts import shortened

_LARGEST: Final = 10**6
_MOST_STEPS: Final = 7
"""Of the guided walk."""
_KNOWN: Final = frozenset(
    ("run", "picture", "class", "patch", "stride", "fill", "view", "step", "shows", "mix", "unit", "walk"),
)


def write_link(page: InsidePage) -> dict[str, str]:
    """The parameters of the link: the largest picture of one's own still has its place in it.

    >>> list(write_link(begun(known(DEFAULT_RUN))))
    ['run', 'picture']
    """
    usual = begun(known(page.run), page.picture)
    parameters = {"run": page.run, "picture": page.picture}
    values = {"class": "klass", "patch": "patch", "stride": "stride", "fill": "fill", "view": "view"}
    parameters |= {
        name: str(getattr(page, field)) for name, field in values.items() if getattr(page, field) != getattr(usual, field)
    }
    parameters |= _write_place(page.place)
    if page.walk is not None:
        parameters["walk"] = str(page.walk + 1)
    return parameters


def read_link(parameters: Mapping[str, str]) -> InsidePage:
    """The page that a link means; `problems` has a sentence for each part of it that made no sense.

    >>> page = read_link({"picture": "12", "patch": "many", "unit": "conv2_1.3.9.7", "excites.seed": "4"})
    >>> page.picture, page.place.unit, page.place.picks
    ('12', Unit(stage='conv2_1', channel=3, row=9, column=7), (('excites.seed', 4),))
    >>> page.problems
    ('patch=many is no whole number',)
    >>> read_link(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'get'
    """
    problems: list[str] = []
    run = _read_run(parameters.get("run", DEFAULT_RUN), problems)
    picture = read_parameter(parameters, "picture", lambda text: _read_picture(text, run), problems)
    page = begun(run, picture)
    reads: Mapping[str, tuple[str, Callable[[str], Any]]] = {
        "class": ("klass", lambda text: whole(text, 0, len(run.kind.classes) - 1)),
        "patch": ("patch", _read_cells),
        "stride": ("stride", _read_cells),
        "fill": ("fill", one_of(FILLS)),
        "view": ("view", one_of(VIEWS)),
        "walk": ("walk", lambda text: whole(text, 1, _MOST_STEPS) - 1),
    }
    changes: dict[str, Any] = {}
    for name, (field, read) in reads.items():
        changes |= given(field, read_parameter(parameters, name, read, problems))
    page = replace(page, **changes)
    place = _read_place(parameters, page, run, problems)
    problems += [f"{shortened(name)} is no parameter" for name in parameters if name not in _KNOWN and name not in PICKS]
    return replace(page, place=place, problems=tuple(problems))


def _write_place(place: Place) -> dict[str, str]:
    found = {name: f"{value}" for name, value in place.picks}
    if place.step is not None:
        found["step"] = str(place.step)
    if place.shows != SHOWS[0]:
        found["shows"] = place.shows
    if place.mix != Place().mix:
        found["mix"] = f"{place.mix:g}"
    if unit := place.unit:
        places = [each for each in (unit.channel, unit.row, unit.column) if each is not None]
        found["unit"] = ".".join([unit.stage, *map(str, places)])
    return found


def _read_place(parameters: Mapping[str, str], page: InsidePage, run: Known, problems: list[str]) -> Place:
    steps = prod(axis.output_size for axis in positions_of(run.sizes, page.patch, page.stride))
    read: dict[str, Any] = {
        "step": read_parameter(parameters, "step", lambda text: whole(text, 0, steps - 1), problems),
        "shows": read_parameter(parameters, "shows", one_of(SHOWS), problems),
        "mix": read_parameter(parameters, "mix", _read_share, problems),
        "unit": read_parameter(parameters, "unit", lambda text: _read_unit(text, run), problems),
    }
    picks = {name: _read_pick(value) for name, value in parameters.items() if name in PICKS}
    problems += [
        f"{name}={shortened(str(value))} {_why_no_pick(name)}" for name, value in picks.items() if not is_pick(name, value)
    ]
    return Place(**{name: value for name, value in read.items() if value is not None}, picks=picks_of(picks))


def _why_no_pick(name: str) -> str:
    return f"is none of {', '.join(PICKS[name])}" if PICKS[name] else "is too large"


def _read_run(name: str, problems: list[str]) -> Known:
    try:
        return known(name)
    except RuntimeError as error:  # of the store, or of a network that cannot be opened
        problems.append(str(error))
        return known(DEFAULT_RUN)


def _read_picture(text: str, run: Known) -> str:
    if not is_picture(text):
        raise ValueError("is no number of a test picture, and no picture")
    try:
        label_of(text, run)
    except GeometryError as error:
        raise ValueError(f"is none: {str(error).partition(': ')[2]}") from None
    return text


def _read_cells(text: str) -> int:
    return whole(text, 1, _LARGEST)


def _read_share(text: str) -> float:
    with suppress(ValueError):
        if 0 <= float(text) <= 1:
            return float(text)
    raise ValueError("is no number from 0 to 1")


def _read_unit(text: str, run: Known) -> Unit:
    name, *numbers = text.split(".")
    shapes = {stage.name: stage.shape for stage in run.stages}
    if name not in shapes:
        raise ValueError(f"names none of {', '.join(shapes)}")
    shape = shapes[name]
    if len(numbers) != len(shape):
        raise ValueError(f"needs {len(shape)} numbers behind {name}")
    return Unit(name, *(whole(number, 0, most - 1) for number, most in zip(numbers, shape, strict=True)))


def _read_pick(text: str) -> Pick:
    text = text[:LONGEST_PICK]
    for kind in (int, float):
        with suppress(ValueError):
            if isfinite(number := kind(text)):
                return number
    return text
