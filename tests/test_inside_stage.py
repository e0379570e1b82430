"""The stage of an opened network, its upper half: where the patch lies, what the map shows and what is said."""

from __future__ import annotations

import base64
import json
import re
from itertools import product
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext, Route, expect
from safetensors.numpy import save

from convviz.geometry import Axis
from convviz.lab.inside.stages import stages
from convviz.network import PRESETS
from convviz.ui.server import ASSET_FOLDER
from tests.conftest import Modules, Server
from tests.stage import Stage

MODEL, MAP, SCALE, TOP, WORDS = (f"inside/{name}.mjs" for name in ("model", "map", "scale", "top", "words"))


def softmax(scores: NDArray[Any]) -> NDArray[np.float64]:
    powers = np.exp(scores.astype(np.float64) - scores.max(-1, keepdims=True))
    chances: NDArray[np.float64] = powers / powers.sum(-1, keepdims=True)
    return chances


# --- Chances and what the map shows -------------------------------------------------------------------------------------------

SCORES = np.random.default_rng(0).normal(0, 3, (4, 5, 6)).astype(np.float32)
PLAIN = np.array([0.5, 4, -1, 3.5, 0, -2], np.float32)
OCCLUSION = {
    "scores": {"shape": SCORES.shape, "data": SCORES.ravel().tolist()},
    "plain": {"shape": [6], "data": PLAIN.tolist()},
}
KLASS, RIVAL = 1, 3


def test_chances_are_softmax_also_of_large_scores(modules: Modules) -> None:
    scores = np.concatenate([SCORES.reshape(-1, 6), [[800, 799, -800, 0, 0, 1]]])
    found = modules(MODEL, "return Array.from(m.chancesOf(Float32Array.from(a), 6))", scores.ravel().tolist())
    np.testing.assert_allclose(np.reshape(found, scores.shape), softmax(scores), rtol=1e-6, atol=1e-12)


def test_views_of_the_map(modules: Modules) -> None:
    body = """const reading = m.readOcclusion(a);
        const views = m.VIEWS.map((view) => Array.from(m.valuesOf(reading, view, 1)));
        return [views, m.steepest(reading, 1), Array.from(m.rowOf(reading, 7))];"""
    (left, lost, gained), steepest, row = modules(MODEL, body, OCCLUSION)
    chances, plain = softmax(SCORES).reshape(-1, 6), softmax(PLAIN)
    np.testing.assert_allclose(left, chances[:, KLASS], rtol=1e-6)
    np.testing.assert_allclose(lost, plain[KLASS] - chances[:, KLASS], atol=1e-7)
    np.testing.assert_allclose(gained, chances[:, RIVAL] - plain[RIVAL], atol=1e-7)
    assert steepest == chances[:, KLASS].argmin()
    np.testing.assert_allclose(row, chances[7], rtol=1e-6)


def test_the_runner_up_is_another_class_even_where_the_chosen_one_is_not_the_most_probable(modules: Modules) -> None:
    assert modules(MODEL, "return [0, 1, 2].map((klass) => m.rivalOf(Float64Array.from(a), klass))", [0.2, 0.5, 0.3]) == [
        1,
        2,
        1,
    ]


def test_what_nobody_wants_any_more_leaves_its_place_at_once(modules: Modules) -> None:
    body = """const asked = [];
        globalThis.fetch = (address, { signal }) => new Promise((_, fail) => {
            asked.push(address);
            signal.addEventListener("abort", () => setTimeout(() => fail(new Error("aborted")), 5));
        });
        const answers = m.keepAnswers("base", () => {});
        answers.want(["a", "b", "c", "d", "e"]);
        answers.want(["e", "f"]);
        answers.want(["a", "e"]);
        answers.stop();
        return asked;"""
    asked = [f"base/{each}" for each in "abcdefa"]
    assert modules("inside/answers.mjs", body, None) == asked


def test_a_class_that_the_stage_said_before_can_be_chosen_at_the_left_again(modules: Modules) -> None:
    body = """const told = { klass: 4 };
        const first = m.news({ klass: 4 }, { klass: 1 }, told);
        return [first, m.news({ klass: 4 }, { klass: 1 }, { ...told, klass: 1 })];"""
    assert modules(MODEL, body, None) == [{}, {"klass": 4}]


# --- Where the patch lies -----------------------------------------------------------------------------------------------------

GEOMETRIES = [(size, patch, stride) for size in (7, 12, 32) for patch in (1, 3, 4, 7, 12, 40) for stride in (1, 2, 3, 5)]


def starts_and_ends(size: int, patch: int, stride: int) -> list[list[int]]:
    """Cells [from, to) of every position, from the one home of sizes."""
    if patch >= size:
        return [[0, size]]
    axis = Axis(size, patch, stride, ceil_mode=True)
    reads = [[cell for cell in axis.reads(position) if cell is not None] for position in range(axis.output_size)]
    return [[min(cells), max(cells) + 1] for cells in reads]


def test_the_patch_covers_what_the_axis_reads(modules: Modules) -> None:
    body = """return a.map(([size, patch, stride, count]) =>
        Array.from({ length: count }, (_, at) => m.covered(at, size, { patch, stride })));"""
    expected = [starts_and_ends(*each) for each in GEOMETRIES]
    asked = [(*each, len(spans)) for each, spans in zip(GEOMETRIES, expected, strict=True)]
    assert modules(MODEL, body, asked) == expected


def test_cells_of_the_map_follow_each_other_around_the_middles_of_the_patch(modules: Modules) -> None:
    body = """return a.map(([size, patch, stride, count]) => {
        const cells = Array.from({ length: count }, (_, at) => m.cellOf(at, size, { patch, stride }));
        return [cells, m.extentOf(count, size, { patch, stride })];
    });"""
    counts = [len(starts_and_ends(*each)) for each in GEOMETRIES]
    asked = [(*each, count) for each, count in zip(GEOMETRIES, counts, strict=True)]
    for (size, patch, stride, count), (cells, extent) in zip(asked, modules(MODEL, body, asked), strict=True):
        middles = np.arange(count) * stride + min(patch, size) / 2
        expected = np.clip([middles - stride / 2, middles + stride / 2], 0, size).T
        np.testing.assert_allclose(cells, expected)
        assert (np.diff(expected) > 0).all()
        assert extent == [expected[0, 0], expected[-1, 1]]


def test_the_nearest_position_to_a_place(modules: Modules) -> None:
    body = "return a.map(([place, count, size, patch, stride]) => m.nearest(place, count, size, { patch, stride }))"
    places = np.linspace(-3, 36, 40) + 0.01
    asked = [(place, len(starts_and_ends(*each)), *each) for each in GEOMETRIES for place in places.tolist()]
    for (place, count, size, patch, stride), found in zip(asked, modules(MODEL, body, asked), strict=True):
        away = np.abs(np.arange(count) * stride + min(patch, size) / 2 - place)
        assert away[found] <= away.min() + 1e-9


def grid(patch: int, stride: int, size: int = 32) -> dict[str, Any]:
    return {"counts": [len(starts_and_ends(size, patch, stride))] * 2, "sizes": [size, size], "patch": patch, "stride": stride}


def test_a_change_of_the_patch_keeps_its_middle(modules: Modules) -> None:
    grids = [grid(8, 1), grid(4, 1), grid(8, 4), grid(11, 3), grid(40, 1), grid(2, 1, 8)]
    asked = [(step, before, after) for before, after in product(grids, grids) for step in (0, 7, before["counts"][0] ** 2 - 1)]
    body = """return a.map(([step, before, after]) => {
        const next = m.carried(step, before, after);
        return [next, m.middleOf(before, step), m.middleOf(after, next)];
    });"""
    for (step, before, after), (found, old, new) in zip(asked, modules(MODEL, body, asked), strict=True):
        (size,), (old_size,) = set(after["sizes"]), set(before["sizes"])
        covered = min(after["patch"], size)
        reachable = [covered / 2, (after["counts"][0] - 1) * after["stride"] + covered / 2]
        wanted = np.clip(np.array(old) * size / old_size, *reachable)
        assert np.abs(wanted - new).max() <= after["stride"] / 2
        assert before is not after or found == min(step, after["counts"][0] ** 2 - 1)


# --- Units --------------------------------------------------------------------------------------------------------------------

LENET = stages(PRESETS["lenet5"].network)
ABOUT = [{"name": each.name, "kind": each.kind, "shape": each.shape, "spans": each.spans} for each in LENET]


def test_the_strongest_unit_is_in_the_second_convolution(modules: Modules) -> None:
    values = {each.name: np.random.default_rng(1).normal(size=each.shape) for each in LENET}
    shown = {name: {"data": each.ravel().tolist()} for name, each in values.items()}
    body = """const only = a.stages.filter(({ name }) => !["conv2", "pool2"].includes(name));
        return [a.stages, only, a.stages.slice(-1)].map((stages) => m.strongestUnit(a.shown, stages));"""
    second, first, flat = modules(MODEL, body, {"shown": shown, "stages": ABOUT})
    for unit, name in ((second, "conv2"), (first, "conv1")):
        expected = np.unravel_index(values[name].argmax(), values[name].shape)
        assert unit == {"stage": name, **dict(zip(("channel", "row", "column"), map(int, expected), strict=True))}
    assert flat == {"stage": "dense3", "channel": int(values["dense3"].argmax()), "row": None, "column": None}


def test_a_unit_sees_what_its_spans_say(modules: Modules) -> None:
    (conv2,) = (each for each in LENET if each.name == "conv2")
    assert conv2.spans
    units = [("conv2", 3, 0, 9), ("conv2", 0, 4, 4), ("dense1", 7, None, None)]
    asked = [dict(zip(("stage", "channel", "row", "column"), unit, strict=True)) for unit in units]
    found = modules(
        MODEL, "return a.units.map((unit) => m.fieldOf(unit, a.stages, [28, 28]))", {"units": asked, "stages": ABOUT}
    )
    rows, columns = conv2.spans
    ends = [[[first, last + 1] for first, last in (rows[row], columns[column])] for row, column in ((0, 9), (4, 4))]
    assert found == [*ends, [[0, 28], [0, 28]]]


def test_units_of_another_network_are_none(modules: Modules) -> None:
    units = {
        ("conv2", 3, 0, 9): True,
        ("conv2", 16, 0, 9): False,
        ("conv2", 3, 0, 10): False,
        ("conv2", 3, None, None): False,
        ("conv9", 0, 0, 0): False,
        ("dense1", 7, None, None): True,
        ("dense1", 7, 0, 0): False,
        ("dense1", -1, None, None): False,
    }
    asked = [dict(zip(("stage", "channel", "row", "column"), unit, strict=True)) for unit in units]
    found = modules(
        MODEL, "return [...a.units, null].map((unit) => m.isUnit(unit, a.stages))", {"units": asked, "stages": ABOUT}
    )
    assert found == [*units.values(), False]


def test_the_page_is_followed_where_it_says_something_new(modules: Modules) -> None:
    body = "return a.map(([asked, before, told]) => m.news(asked, before, told))"
    asked = {"picture": "7", "klass": 2, "patch": 8}
    found = modules(
        MODEL, body, [[asked, None, {}], [asked, asked, {}], [asked, {**asked, "picture": "3", "patch": 4}, {"picture": "7"}]]
    )
    assert found == [asked, {}, {"patch": 8}]


# --- Colours ------------------------------------------------------------------------------------------------------------------

COLOURS = {"paper": [253, 253, 251], "output": [0, 158, 115], "ink": [27, 39, 51], "slate": [74, 86, 99]}


def scale(modules: Modules, shows: str, *values: float) -> tuple[float, float, list[str]]:
    found = modules(SCALE, "return m.scaleOf(a[0], a[1])", [shows, values])
    return found["low"], found["high"], [words for _, words in found["ticks"]]


def test_scales_end_where_values_do_and_gains_have_their_half(modules: Modules) -> None:
    assert scale(modules, "probability", 0.2, 0.3) == (0, 1, ["1.00", "0.75", "0.5", "0.25", "0"])
    assert scale(modules, "drop", 0, 0.91) == (0, 1, ["1.00", "0.75", "0.5", "0.25", "0"])
    assert scale(modules, "drop", -0.001, 0.15) == (0, 0.2, ["0.2", "0.15", "0.1", "0.05", "0"])
    assert scale(modules, "runner-up", -0.25, 0.3) == (-0.4, 0.4, ["0.4", "0.2", "0", "−0.2", "−0.4"])
    assert scale(modules, "drop", -0.3, 0.05)[:2] == (-0.4, 0.4)
    assert scale(modules, "drop", 0, 0) == (0, 0.02, ["0.02", "0.015", "0.01", "0.005", "0"])


def test_what_matters_more_is_deeper(modules: Modules) -> None:
    amounts = np.linspace(0, 1, 21).tolist()
    light = np.array(modules(SCALE, "return a[1].map((amount) => m.colourOf(a[0], amount))", [COLOURS, amounts]))
    assert (np.diff(light @ [0.299, 0.587, 0.114]) < 0).all()
    assert (light[1:, 1] > light[1:, [0, 2]].max(1)).all()  # green throughout
    body = "return a.map(([shows, value]) => m.amountOf(shows, { low: -0.5, high: 0.5 }, value))"
    asked = [("probability", 0), ("probability", 1), ("drop", 0.5), ("drop", 0), ("runner-up", -0.25)]
    assert modules(SCALE, body, asked) == [1, 0, 1, 0, -0.5]
    (red, green, blue), *_ = modules(SCALE, "return [m.colourOf(a, -1)]", COLOURS)
    assert [red, green, blue] == COLOURS["slate"]


def test_values_are_written_with_a_minus_that_is_one(modules: Modules) -> None:
    assert modules(SCALE, "return a.map(m.valueWords)", [0.914, -0.031, -0.001, 0, 1]) == [
        "0.91",
        "−0.03",
        "0.00",
        "0.00",
        "1.00",
    ]


def test_under_the_map_the_picture_is_grey_at_a_quarter_of_its_contrast(modules: Modules) -> None:
    picture = np.random.default_rng(2).integers(0, 256, (3, 4, 5), np.uint8)
    body = """const picture = { shape: a.shape, data: Uint8Array.from(a.data) };
        return a.looks.map(([mix, isDark]) => Array.from(m.pale(picture, mix, isDark).data));"""
    asked = {
        "shape": picture.shape,
        "data": picture.ravel().tolist(),
        "looks": [(0, False), (0.5, False), (1, False), (0.5, True)],
    }
    found = np.array(modules(MAP, body, asked)).reshape(4, 20, 4)[..., :3]
    grey = np.tensordot([0.299, 0.587, 0.114], picture, 1).ravel()[:, None]
    for levels, expected in zip(found, [grey, 191.25 + grey / 4, 191.25 + grey / 4, 22.5 + grey / 4], strict=True):
        np.testing.assert_allclose(levels, np.broadcast_to(expected, (20, 3)), atol=0.51)


def test_cells_still_to_come_are_faded_and_the_mix_goes_from_picture_to_map(modules: Modules) -> None:
    body = """const look = { shows: "drop", scale: { low: 0, high: 1 }, colours: a.colours };
        return [[0.5, Infinity], [0.5, 2], [0, Infinity], [1, Infinity]].map(([mix, until]) => {
            const { data, width, height } = m.cellsOf({ values: a.values, counts: [2, 3] }, { ...look, mix, until });
            return [height, width, Array.from(data).filter((_, at) => at % 4 === 3)];
        });"""
    values = [0, 0.2, 1, 0.2, 0.4, 1]
    whole, part, picture, alone = modules(MAP, body, {"values": values, "colours": COLOURS})
    assert [found[:2] for found in (whole, part, picture, alone)] == [[2, 3]] * 4
    own = np.minimum(1.5 * np.array(values), 1) * 255
    np.testing.assert_allclose(whole[2], own, atol=1)
    np.testing.assert_allclose(part[2], np.where(np.arange(6) > 2, 0.25, 1) * own, atol=1)
    assert picture[2] == [0] * 6
    assert alone[2] == [255] * 6


# --- Words and room -----------------------------------------------------------------------------------------------------------


def test_the_sum_of_a_place_adds_up_as_it_is_written(modules: Modules) -> None:
    chances = np.random.default_rng(3).random((200, 2)).tolist()
    asked = [(0.99964, 0.0906), (0.4, 0.52), (0.3, 0.3), *chances]
    found = modules(
        WORDS,
        "return a.map(([without, withPatch]) => m.sumWords('square', without, withPatch).map(([, words]) => words).join(' '))",
        asked,
    )
    assert found[0] == "P(square): 1.000 without − 0.091 with the patch = 0.909 lost here"
    assert found[1] == "P(square): 0.520 with the patch − 0.400 without = 0.120 gained here"
    assert found[2] == "P(square): 0.300 without − 0.300 with the patch = 0.000 lost here"
    for words in found:
        numbers = [round(1000 * float(word)) for word in words.split() if word[0].isdigit()]
        assert numbers[0] - numbers[1] == numbers[2] >= 0


def test_a_place_in_words(modules: Modules) -> None:
    told = {"position": [17, 12], "counts": [25, 25], "name": "square", "without": 1, "withPatch": 0.091, "before": 1, "now": 4}
    classes = ["circle", "square", "triangle", "star", "cross"]
    found = modules(WORDS, "return [a, { ...a, now: 1, withPatch: 1 }].map(m.spokenWords)", {**told, "classes": classes})
    assert found == [
        "patch at row 18 of 25, column 13 of 25: the probability of square falls from 1.000 to 0.091; it now says cross",
        "patch at row 18 of 25, column 13 of 25: the probability of square stays at 1.000; it still says square",
    ]
    body = "return [m.pictureWords('265', 1, a), m.pictureWords('3', null, a), m.pictureWords('.eJw', null, a)]"
    assert modules(WORDS, body, classes) == ["test picture 265: a square", "test picture 3", "a picture of your own"]


def test_questions_are_always_written_alike(modules: Modules) -> None:
    body = """return [
        m.mapsQuestion("265"),
        m.occlusionQuestion(".q1b-_8", { fill: "grey", stride: 1, patch: 8 }),
        m.excitesQuestion("conv2_1", 2),
        m.attributionsQuestion("265", "unit:conv2_1:2:13:7"),
        m.emergingQuestion("direction:conv2:5*1,9*-0.5", { jitter: 2, smooth: 0.05, seed: 0, step: 16 }),
        m.fieldQuestion({ stage: "conv2_1", channel: 2, row: 13, column: 7 }),
        m.filtersQuestion("conv2_1"),
        m.storyQuestion("example"),
        m.gameQuestion(0, 24),
    ];"""
    assert modules("inside/ask.mjs", body, None) == [
        "maps?picture=265",
        "occlusion?picture=.q1b-_8&patch=8&stride=1&fill=grey",
        "excites?layer=conv2_1&channel=2",
        "attributions?picture=265&target=unit%3Aconv2_1%3A2%3A13%3A7",
        "emerging?target=direction%3Aconv2%3A5*1%2C9*-0.5&jitter=2&smooth=0.05&seed=0&step=16",
        "field?layer=conv2_1&channel=2&row=13&column=7",
        "filters?layer=conv2_1",
        "story?picture=example",
        "game?from=0&count=24",
    ]


def test_everything_has_its_room(modules: Modules) -> None:
    rooms = [(width, height) for width in (640, 700, 900, 1000, 1200, 1520) for height in (180, 236, 279, 280, 330, 440)]
    body = "return a.map(([width, height, hasStory]) => m.layTop(width, height, { hasStory, isCard: false }))"
    asked = [(*room, has_story) for room in rooms for has_story in (False, True)]
    for (width, height, has_story), laid in zip(asked, modules(TOP, body, asked), strict=True):
        story = laid["story"] + 26 if laid["story"] else 0
        assert bool(laid["story"]) == (has_story and width >= 1100)
        assert laid["side"] + laid["gap"] + laid["map"] + 26 + laid["answer"] + story <= width
        assert laid["head"] + laid["side"] + laid["foot"] <= height
        assert laid["side"] >= min(height - 60, 0.24 * width)
        assert laid["map"] >= laid["side"] + 80
        assert laid["answer"] >= 170
    body = "return a.map(([classes, height]) => m.fitRows(classes, height))"
    for (classes, height), fit in zip(
        product((2, 6, 10), (178, 270)), modules("inside/answer.mjs", body, list(product((2, 6, 10), (178, 270)))), strict=True
    ):
        assert 15 <= fit["row"] <= height / classes


# --- The stage, with a server that answers as it is told -----------------------------------------------------------------

SIDE, CLASSES = 12, ["ring", "star", "cross"]
PICTURES = np.random.default_rng(4).integers(0, 256, (3, 1, SIDE, SIDE), np.uint8)
STAGES: list[dict[str, Any]] = [
    {
        "name": "conv1",
        "title": "Layer 1",
        "kind": "convolution",
        "shape": [2, 12, 12],
        "spans": [[[at - 1, at + 1] for at in range(12)]] * 2,
    },
    {
        "name": "conv2",
        "title": "Layer 2",
        "kind": "convolution",
        "shape": [3, 6, 6],
        "spans": [[[2 * at - 3, 2 * at + 4] for at in range(6)]] * 2,
    },
    {"name": "dense", "title": "scores", "kind": "dense", "shape": [3], "spans": None},
]


def logits(picture: str, patch: int, stride: int, fill: str) -> NDArray[np.float32]:
    """Of every place, and at last without the patch: made up, another one for every question."""
    count = len(starts_and_ends(SIDE, patch, stride))
    seed = [int(picture), patch, stride, len(fill)]
    return np.random.default_rng(seed).normal(0, 2, (count * count + 1, len(CLASSES))).astype(np.float32)


def maps(picture: str) -> dict[str, NDArray[Any]]:
    random = np.random.default_rng([int(picture), 99])
    made = {each["name"]: random.normal(size=each["shape"]).astype(np.float32) for each in STAGES}
    return {"picture": PICTURES[int(picture)], **made, "logits": np.array([0, 1, 0], np.float32)}


def answer(route: Route) -> None:
    """As the server would, to `maps` and `occlusion`; a patch of 0 is refused."""
    url = urlsplit(route.request.url)
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    question = url.path.rpartition("/")[2]
    if question == "maps":
        route.fulfill(body=save(maps(asked["picture"]), {"told": json.dumps({"label": int(asked["picture"])})}))
    elif question == "occlusion" and asked["patch"] != "0":
        found = logits(asked["picture"], int(asked["patch"]), int(asked["stride"]), asked["fill"])
        count = round((len(found) - 1) ** 0.5)
        scores = found[:-1].reshape(count, count, -1)
        filled = np.full_like(PICTURES[0], 127)
        route.fulfill(body=save({"scores": scores, "plain": found[-1], "filled": filled}, {"told": "{}"}))
    else:
        route.fulfill(status=400, body=json.dumps({"message": f"{question} is not told here"}))


MOUNT = """async ([address, data]) => {
    const { mount } = await import(address);
    const parentElement = document.body.appendChild(document.createElement("div"));
    Object.assign(parentElement.style, { width: "1200px" });
    const told = (window.told = []);
    const tell = (name, value) => told.push([name, value]);
    const setters = { setStateValue: tell, setTriggerValue: tell };
    window.send = (change) => {
        Object.assign(data.asked, change.asked);
        Object.assign(data.cue, change.cue);
        mount({ data: new TextEncoder().encode(JSON.stringify({ ...data, ...change.data })), parentElement, ...setters });
    };
    window.send({});
}"""


class InsideStage(Stage):
    """A stage that is mounted on a bare page."""

    def mount(self, **asked: Any) -> InsideStage:
        labels = base64.b64encode(bytes(3)).decode()
        about = {"title": "Signs", "accuracy": 0.9, "classes": CLASSES, "marks": ["◯", "★", "✚"], "picture": [1, SIDE, SIDE]}
        data: dict[str, Any] = {
            "run": "made-up",
            "feed": {"inside": "convviz-inside", "pictures": "convviz-pictures"},
            "about": {**about, "data": "of=none", "count": 3, "labels": labels, "stages": STAGES},
            "asked": {"picture": "0", "klass": 0, "patch": 4, "stride": 1, "fill": "grey", "view": "layers", **asked},
            "cue": {"id": 1, "step": None, "shows": "probability", "mix": 0.5, "unit": None, "picks": {}},
            "story": None,
            "refused": "",
            "only": "top",
        }
        self.page.goto(f"{self.address}/_stcore/health")
        self.asked: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url.rpartition("/")[2]))
        self.page.route("**/convviz-inside/**", answer)
        self.page.evaluate(MOUNT, [f"{self.address}/{ASSET_FOLDER}/inside/mount.mjs", data])
        return self

    def send(self, **change: Any) -> None:
        self.page.evaluate("(change) => window.send(change)", change)

    def place(self, name: str, row: float, column: float) -> tuple[float, float]:
        """A place on a picture, in cells, as the pointer finds it."""
        box = self.root.locator(name).bounding_box()
        assert box
        return box["x"] + column * box["width"] / SIDE, box["y"] + row * box["height"] / SIDE

    def told(self) -> Any:
        return self.page.evaluate("window.told.filter(([name]) => name === 'place').at(-1)?.[1]")


@pytest.fixture
def inside(context: BrowserContext, server: Server) -> InsideStage:
    return InsideStage(context.new_page(), server.address)


def sum_of(klass: int, step: int, *, picture: str = "0", patch: int = 4, stride: int = 1) -> str:
    found = softmax(logits(picture, patch, stride, "grey"))
    without, here = (np.rint(1000 * row[klass]) / 1000 for row in (found[-1], found[step]))
    first, second = ("with the patch", "without") if here > without else ("without", "with the patch")
    change = "gained" if here > without else "lost"
    high, low = max(without, here), min(without, here)
    return f"P({CLASSES[klass]}): {high:.3f} {first} − {low:.3f} {second} = {high - low:.3f} {change} here"


def test_it_begins_where_the_class_loses_most_and_plays_from_the_first_place(inside: InsideStage) -> None:
    inside.mount()
    steepest = int(softmax(logits("0", 4, 1, "grey"))[:-1, 0].argmin())
    inside.expect("step", steepest)
    assert (inside.steps, inside.shape) == (81, (1, 9, 9))
    inside.expect_arithmetic(sum_of(0, steepest))
    assert inside.evaluate("stage.report !== null && stage.played") is False
    asked = len(inside.asked)
    inside.press(" ")
    inside.wait_until("stage.transport.playing && stage.transport.step < argument", steepest)
    inside.press("+", "+")
    inside.expect("playing", "false")
    inside.expect("step", 80)
    inside.expect_arithmetic(sum_of(0, 80))
    assert len(inside.asked) == asked  # playing asks nothing
    inside.press("ArrowUp", "ArrowLeft")
    inside.expect("step", 70)
    inside.press("c", "v")
    inside.expect("klass", 1)
    inside.wait_until("window.told.at(-1)?.[1].klass === 1")
    assert inside.told() == {
        "cue": 1,
        "step": 70,
        "shows": "drop",
        "mix": 0.5,
        "unit": None,
        "picks": {},
        "klass": 1,
        "picture": "0",
    }
    assert inside.errors == []


def test_the_patch_is_dragged_and_looked_at_by_pointing(inside: InsideStage) -> None:
    inside.mount()
    inside.expect("steps", 81)
    inside.send(cue={"id": 2, "step": 0})
    inside.expect("step", 0)
    inside.page.mouse.move(*inside.place(".cv-in-picture-box", 5.2, 7.4))
    inside.page.mouse.down()
    inside.expect("step", 3 * 9 + 5)
    inside.page.mouse.up()
    inside.page.mouse.move(*inside.place(".cv-in-picture-box", 3.2, 5.2))  # in a corner of the patch
    inside.page.mouse.down()
    inside.page.mouse.move(*inside.place(".cv-in-picture-box", 4.2, 40))
    inside.expect("step", 4 * 9 + 8)
    inside.page.mouse.up()
    inside.page.mouse.move(*inside.place(".cv-in-map-box", 2.4, 6.6))
    inside.expect_arithmetic(sum_of(0, 0 * 9 + 5))
    inside.expect("step", 4 * 9 + 8)
    inside.page.mouse.move(5, 5)
    inside.expect_arithmetic(sum_of(0, 4 * 9 + 8))
    inside.page.mouse.click(*inside.place(".cv-in-map-box", 2.4, 6.6))
    inside.expect("step", 5)
    inside.root.locator(".cv-in-class").nth(2).click()
    inside.expect("klass", 2)
    inside.expect_arithmetic(sum_of(2, 5))
    expect(inside.root.locator(".cv-in-class[aria-pressed=true] .cv-in-name")).to_have_text("cross")
    found = softmax(logits("0", 4, 1, "grey"))[5]
    assert inside.root.locator(".cv-in-chance").all_inner_texts() == [f"{each:.2f}" for each in found]
    assert inside.errors == []


def test_a_change_keeps_playing_and_the_nearest_place(inside: InsideStage) -> None:
    inside.mount()
    inside.expect("steps", 81)
    inside.send(cue={"id": 2, "step": 40})
    inside.expect("step", 40)
    inside.press(" ")
    inside.send(asked={"patch": 6})
    inside.expect("steps", 49)
    assert inside.step in range(24, 40)
    inside.expect("playing", "true")
    inside.send(asked={"picture": "2"})
    inside.wait_until("stage.scene.of === '2'")
    inside.expect("playing", "true")
    inside.expect("klass", 2)  # its own
    inside.press(" ")
    inside.expect_arithmetic(sum_of(2, inside.step, picture="2", patch=6))
    assert inside.errors == []


def test_a_refusal_greys_the_stage_and_keeps_its_picture(inside: InsideStage) -> None:
    inside.mount()
    inside.expect("steps", 81)
    inside.send(asked={"patch": 0})
    inside.expect_whole_arithmetic("occlusion is not told here ")
    expect(inside.root).to_have_class(re.compile("cv-refused"))
    assert inside.steps == 81
    inside.send(asked={"patch": 4}, data={"refused": "patch 0 covers nothing: it must be at least 1"})
    inside.expect_arithmetic("patch 0 covers nothing: it must be at least 1")
    inside.send(data={"refused": ""})
    inside.expect_arithmetic(sum_of(0, inside.step))
    expect(inside.root).not_to_have_class(re.compile("cv-refused"))


def test_what_the_stage_has_told_is_no_news(inside: InsideStage) -> None:
    inside.mount()
    inside.expect("steps", 81)
    inside.press("c")
    inside.wait_until("window.told.at(-1)?.[1].klass === 1")
    inside.press("c")
    inside.expect("klass", 2)
    inside.send(asked={"klass": 1})  # the page only says what it has heard
    inside.expect("klass", 2)
    inside.send(asked={"klass": 0})
    inside.expect("klass", 0)
