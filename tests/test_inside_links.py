"""The page of an opened network in its address, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
import pytest

from convviz.lab.inside.pictures import packed_picture
from convviz.lab.runs import Store
from convviz.ui.inside.links import read_link, write_link
from convviz.ui.inside.opened import begun, known, with_picture, with_place, with_run
from convviz.ui.inside.state import DEFAULT_RUN, LONGEST_PICK, PICKS, InsidePage, Place, Unit
from convviz.ui.links import LONGEST_LINK
from tests.lab import TINY

LONG_PICKS = tuple((name, "a" * LONGEST_PICK) for name, words in PICKS.items() if not words)
OWN = packed_picture(bytes(range(256)) * 12)


@pytest.fixture
def page() -> InsidePage:
    return begun(known(DEFAULT_RUN))


CHANGES: list[dict[str, Any]] = [
    {},
    {"picture": "7", "klass": 5},
    {"picture": OWN},
    {"patch": 3, "stride": 2, "fill": "mean", "view": "excites"},
    {"walk": 3},
    {"place": Place(step=562, shows="drop", mix=0.25)},
    {"place": Place(unit=Unit("conv2_1", 3, 9, 7))},
    {"place": Place(unit=Unit("dense", 2), picks=(("excites.of", "direction"), ("excites.smooth", 0.1), ("excites.seed", 4)))},
]


@pytest.mark.parametrize("changes", CHANGES)
def test_what_is_written_is_read_again(page: InsidePage, changes: dict[str, Any]) -> None:
    changed = replace(page, **changes)
    read = read_link(write_link(changed))
    assert read.problems == ()
    assert {**vars(read), "place": set(read.place.picks)} == {**vars(changed), "place": set(changed.place.picks)}
    assert replace(read.place, picks=()) == replace(changed.place, picks=())


def test_the_longest_picture_still_has_its_place_in_a_link(page: InsidePage) -> None:
    noise = packed_picture(np.random.default_rng(0).bytes(3072))
    parameters = write_link(replace(page, picture=noise, place=Place(picks=LONG_PICKS)))
    assert sum(len(name) + len(value) + 2 for name, value in parameters.items()) < LONGEST_LINK
    assert read_link(parameters).picture == noise


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("run", "../secrets", "is no id of a run"),
        ("run", "nothing", "there is no such run"),
        ("picture", "1200", "there are test pictures 0 to 1,199"),
        ("picture", "<b>", "is no number of a test picture"),
        ("picture", ".AAAA", "this network takes 3,072"),
        ("class", "6", "lies outside 0 … 5"),
        ("patch", "0", "lies outside 1"),
        ("stride", "-1", "is no whole number"),
        ("fill", "pink", "is none of grey, mean, blur, black"),
        ("view", "all", "is none of layers"),
        ("step", "x", "is no whole number"),
        ("step", "625", "lies outside 0 … 624"),
        ("shows", "all", "is none of probability"),
        ("mix", "2", "is no number from 0 to 1"),
        ("unit", "conv9.0.0.0", "names none of conv1_1, pool1"),
        ("unit", "conv1_1.0", "needs 3 numbers"),
        ("unit", "conv1_1.16.0.0", "lies outside 0 … 15"),
        ("walk", "8", "lies outside 1 … 7"),
        ("excites.seed", "9999999999", "is too large"),
        ("excites.of", "all", "is none of class, channel, unit, direction"),
        ("field.of", "all", "is no parameter"),
        ("colour", "red", "is no parameter"),
    ],
)
def test_what_makes_no_sense_is_said_and_the_rest_is_read(name: str, value: str, problem: str) -> None:
    page = read_link({"fill": "mean", "shows": "drop", name: value})
    (said,) = page.problems
    assert problem in said
    assert (page.fill, page.place.shows) == ("grey" if name == "fill" else "mean", "probability" if name == "shows" else "drop")


def test_another_run_of_the_same_pictures_keeps_the_picture_and_forgets_the_unit(
    page: InsidePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = replace(page, picture="7", patch=5, place=Place(step=4, unit=Unit("conv1_1", 0, 0, 0)))
    same = with_run(there, DEFAULT_RUN)
    assert (same.picture, same.patch, same.place) == ("7", 5, Place(step=4))
    monkeypatch.setenv("CONVVIZ_RUNS", str(tmp_path))
    run = Store(tmp_path).prepare(TINY)
    (run.folder / "weights.safetensors").write_bytes(b"of no interest here")
    other = with_run(there, run.id)
    assert (other.run, other.patch) == (run.id, 2)
    assert other.picture != "7"


def test_a_test_picture_brings_its_class_and_ones_own_leaves_it(page: InsidePage) -> None:
    labels = known(DEFAULT_RUN).tests.labels
    other = with_picture(page, {"picture": "9"})
    assert (other.picture, other.klass) == ("9", labels[9])
    own = with_picture(other, {"picture": OWN})
    assert (own.picture, own.klass) == (OWN, labels[9])
    assert with_picture(own, {"picture": ".AAAA"}) == own


def test_what_the_stage_says_of_another_network_is_not_taken_over(page: InsidePage) -> None:
    said = {"cue": page.beginning, "step": 3, "klass": 99, "picture": "1200"}
    taken = with_place(page, said)
    assert (taken.place.step, taken.klass, taken.picture) == (3, page.klass, page.picture)
    assert with_place(page, {**said, "klass": 2, "picture": "12"}).picture == "12"


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "-inf", "9" * 400])
def test_what_no_browser_can_read_is_never_sent(text: str) -> None:
    page = read_link({"excites.seed": text})
    json.loads(json.dumps(dict(page.place.picks), allow_nan=False))


def test_a_run_that_is_gone_is_left_to_the_page_to_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVVIZ_RUNS", str(tmp_path))
    run = Store(tmp_path).prepare(TINY)
    (run.folder / "weights.safetensors").write_bytes(b"of no interest here")
    there = begun(known(run.id))
    rmtree(run.folder)
    assert with_picture(there, {"picture": "5"}) == there
    assert with_place(there, {"cue": there.beginning, "step": 3}) == there
    assert with_run(there, DEFAULT_RUN).run == DEFAULT_RUN
