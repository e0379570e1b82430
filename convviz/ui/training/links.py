"""The page of the lab in its address, and back: the run that is watched, and the settings that differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from convviz.geometry import GeometryError
from convviz.lab.data import KINDS
from convviz.lab.errors import StoreError
from convviz.lab.names import changed, named
from convviz.lab.runs import the_store
from convviz.lab.settings import Settings, recommended
from convviz.ui.codecs import whole
from convviz.ui.links import read_parameter
from convviz.ui.network.links import given, one_of, shortened_link
from convviz.ui.texts import shortened
from convviz.ui.training.state import DEFAULT, MOST_COMPARED, NAME, PAINTS, VIEWS, LabPage, Place, as_asked

_LARGEST: Final = 10**6
_RUNS: Final = "~"


def write_link(page: LabPage, run: Settings | None) -> tuple[dict[str, str], tuple[str, ...]]:
    """The parameters of the link, and the names of those left out because it would be too long.

    `run` are the settings of the run that is watched: only what differs from them is written.

    >>> write_link(LabPage(NAME, recommended("shapes")), None)
    ({'data': 'shapes'}, ())
    """
    parameters = {"run": page.run} if page.run else {"data": page.settings.data.name}
    base = run or recommended(page.settings.data.name)
    parameters |= _different(base, page.settings)
    place = page.place
    numbers = {"epoch": place.epoch, "filter": None if place.filter is None else place.filter + 1}
    parameters |= {name: str(value) for name, value in numbers.items() if value is not None}
    if place.paint != PAINTS[0]:
        parameters["paint"] = place.paint
    if place.cell:
        parameters["cell"] = "x".join(str(each) for each in place.cell)
    if page.view != VIEWS[0]:
        parameters["view"] = page.view
    if page.view == "compare" and page.compared:
        parameters["runs"] = _RUNS.join(page.compared)
    return shortened_link(parameters, "runs")


def read_link(parameters: Mapping[str, str]) -> LabPage:
    """The page that a link means; `problems` has a sentence for each part of it that made no sense.

    >>> page = read_link({"data": "digits", "training.epochs": "3", "training.lr": "fast"})
    >>> page.settings.training.epochs, page.problems
    (3, ("training.lr=fast: training.lr is 'fast': Input should be a valid number",))
    >>> read_link(None)
    Traceback (most recent call last):
    TypeError: argument of type 'NoneType' is not iterable
    """
    problems: list[str] = []
    run, settings = _read_run(parameters, problems)
    if settings is None:
        data = read_parameter(parameters, "data", one_of(KINDS), problems) or DEFAULT
        settings = recommended(data)
    known = {"run", "data", *_PLACES, "view", "runs"}
    for name in sorted(set(parameters) - known, key=lambda each: (each != "model", each)):
        try:
            settings = changed(settings, [f"{name}={parameters[name]}"])
        except GeometryError as error:
            problems.append(f"{shortened(name)}={shortened(parameters[name])}: {error}")
    view = read_parameter(parameters, "view", one_of(VIEWS), problems)
    compared = tuple(filter(None, parameters.get("runs", "").split(_RUNS)))[:MOST_COMPARED] or None
    page = LabPage(NAME, settings, run, place=_read_place(parameters, problems), compared=compared)
    return replace(page, **given("view", view), problems=tuple(problems))


_PLACES: Final = ("epoch", "filter", "paint", "cell")


def _different(base: Settings, settings: Settings) -> dict[str, str]:
    """By dotted name what differs; the kind of the model first, for it brings its own settings along."""
    before, after = named(base), named(settings)
    if before["model"] != after["model"]:
        before = named(changed(base, [f"model={after['model']}"]))
        return {"model": after["model"], **_unequal(before, after)}
    return _unequal(before, after)


def _unequal(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in after.items() if before.get(name) != value}


def _read_run(parameters: Mapping[str, str], problems: list[str]) -> tuple[str | None, Settings | None]:
    if "run" not in parameters:
        return None, None
    try:
        run = the_store().run(parameters["run"])
        settings = run.settings
    except StoreError as error:
        problems.append(str(error))
        return None, None
    return run.id, as_asked(settings)


def _read_place(parameters: Mapping[str, str], problems: list[str]) -> Place:
    number = read_parameter(parameters, "filter", lambda text: whole(text, 1, _LARGEST) - 1, problems)
    return Place(
        read_parameter(parameters, "epoch", lambda text: whole(text, 0, _LARGEST), problems),
        number,
        **given("paint", read_parameter(parameters, "paint", one_of(PAINTS), problems)),
        cell=read_parameter(parameters, "cell", _read_cell, problems),
    )


def _read_cell(text: str) -> tuple[int, int]:
    parts = text.split("x")
    if len(parts) != 2:
        raise ValueError("is no cell like 2x3")
    return whole(parts[0], 0, _LARGEST), whole(parts[1], 0, _LARGEST)
