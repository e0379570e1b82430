"""The lower half of an opened network's stage: units, sizes, words and pixels, against numpy and the Python that answers."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from convviz.geometry import GeometryError
from convviz.lab.fields.effective import EffectiveField
from convviz.lab.inside.stages import Stage, stages
from convviz.lab.inside.targets import read_target
from convviz.lab.runs import shipped
from tests.conftest import Modules

STAGES: Final = stages(shipped()[0].settings.network())
CLASSES: Final = ["circle", "square", "triangle", "star", "cross", "ring"]
TITLES: Final = {"convolution": "Layer", "pooling": "pooled", "dense": "scores"}


def about(known: tuple[Stage, ...] = STAGES) -> dict[str, Any]:
    """What the page tells of a network with these stages."""
    numbered = {stage.name: at + 1 for at, stage in enumerate(stage for stage in known if stage.has_filters)}
    titles = [f"Layer {numbered[stage.name]}" if stage.has_filters else TITLES[stage.kind] for stage in known]
    told = [{**vars(stage), "title": title} for stage, title in zip(known, titles, strict=True)]
    return {"stages": told, "classes": CLASSES, "marks": [], "picture": [3, 32, 32]}


def unit(stage: str, channel: int, row: int | None = None, column: int | None = None) -> dict[str, Any]:
    return {"stage": stage, "channel": channel, "row": row, "column": column}


def tensor(array: NDArray[Any]) -> dict[str, Any]:
    """As an answer has it; typed again in the page."""
    return {"shape": list(array.shape), "data": array.ravel().tolist()}


# --- Units --------------------------------------------------------------------------------------------------------------------


VALUES: Final = np.random.default_rng(3).normal(size=(32, 16, 16)).round(4)
TYPED: Final = "const values = { ...a.values, data: Float64Array.from(a.values.data) }; const stages = a.about.stages;"


def test_units_are_found_and_their_values_read(modules: Modules) -> None:
    body = (
        TYPED
        + """const stage = m.stageNamed(stages, "conv2_1");
        const peaks = [0, 7, 31].map((channel) => m.strongestOf(values, stage, channel));
        const under = [[0, 0], [0.999, 0.5], [1, 1.2], [-0.1, 0.26]].map((point) => m.unitUnder(stage, 4, point));
        const flat = m.unitAt(m.stageNamed(stages, "dense"), 2, 0);
        return [peaks, peaks.map((unit) => m.valueOf(values, stage, unit)), under, flat];"""
    )
    peaks, found, under, flat = modules("inside/units.mjs", body, {"values": tensor(VALUES), "about": about()})
    places = [np.unravel_index(VALUES[channel].argmax(), (16, 16)) for channel in (0, 7, 31)]
    assert [(each["row"], each["column"]) for each in peaks] == places
    assert found == [VALUES[channel].max() for channel in (0, 7, 31)]
    assert [(each["row"], each["column"]) for each in under] == [(0, 0), (8, 15), (15, 15), (4, 0)]
    assert flat == unit("dense", 2)


def test_the_strongest_channels_are_shown_with_the_chosen_one_among_them(modules: Modules) -> None:
    body = (
        TYPED
        + 'return a.asked.map(([most, always]) => m.shownChannels(values, m.stageNamed(stages, "conv2_1"), most, always));'
    )
    order = np.argsort(-VALUES.max((1, 2)), kind="stable").tolist()
    asked = [(16, None), (16, order[20]), (16, order[3]), (32, 5)]
    found = modules("inside/units.mjs", body, {"values": tensor(VALUES), "about": about(), "asked": asked})
    assert found == [order[:16], [*order[:15], order[20]], order[:16], [*range(32)]]


def test_what_a_unit_sees_in_words(modules: Modules) -> None:
    body = """return a.units.map((unit) => {
        const field = m.seenBy(unit, a.about);
        return [m.fieldSize(field), m.paddingWords(field, [32, 32]), m.unitWords(unit, a.about)];
    });"""
    units = [
        unit("conv2_1", 2, 13, 7),
        unit("conv2_1", 2, 0, 7),
        unit("conv2_1", 2, 15, 1),
        unit("conv1_1", 0, 0, 0),
        unit("pool1", 3, 4, 5),
        unit("pool", 9, 0, 0),
        unit("dense", 4),
    ]
    assert modules("inside/units.mjs", body, {"units": units, "about": about()}) == [
        ["12 × 12", "1 row is padding", "layer 2, channel 2, at (13, 7)"],
        ["12 × 12", "5 rows are padding", "layer 2, channel 2, at (0, 7)"],
        ["12 × 12", "5 rows, 3 columns are padding", "layer 2, channel 2, at (15, 1)"],
        ["7 × 7", "3 rows, 3 columns are padding", "layer 1, channel 0, at (0, 0)"],
        ["8 × 8", "", "pool1, channel 3, at (4, 5)"],
        ["50 × 50", "18 rows, 18 columns are padding", "pool, channel 9"],
        ["32 × 32", "", "score of cross"],
    ]


def test_numbers_have_three_digits(modules: Modules) -> None:
    asked = [0, 5.6912, -0.04321, 12.04, 999.6, 1234.5, 0.00012, -100000]
    assert modules("inside/units.mjs", "return a.map(m.threeDigits)", asked) == [
        "0",
        "5.69",
        "−0.0432",
        "12.0",
        "1.00e+3",
        "1235",
        "1.2e-4",
        "−100000",
    ]


def test_targets_are_those_that_the_answers_read(modules: Modules) -> None:
    body = """const [unit, number] = a;
        const parts = m.readDirection(" 5*1, 9*−0.5,05*.25", 32).parts;
        const units = [m.channelTarget(unit), m.unitTarget(unit), m.unitTarget(number)];
        return [m.classTarget(4), ...units, m.directionTarget(unit, parts)];"""
    found = modules("inside/units.mjs", body, [unit("conv2_1", 5, 13, 7), unit("dense", 3)])
    assert found[:4] == ["class:4", "channel:conv2_1:5", "unit:conv2_1:5:13:7", "channel:dense:3"]
    assert found[4] == "direction:conv2_1:5*1,9*-0.5,5*0.25"
    for target in found:
        read_target(target, STAGES, len(CLASSES))


WRONG: Final = ("", "5", "5*", "5*1;9*2", "32*1", "5*0,6*0", ",".join(f"{channel}*1" for channel in range(9)), "a*1", "-1*2")


def test_directions_that_are_none_are_refused_as_the_answers_would(modules: Modules) -> None:
    found = modules("inside/units.mjs", "return a.map((text) => m.readDirection(text, 32).refused ?? '')", WRONG)
    assert all(found)
    assert found[4] == "channel 32 is not one of 0 to 31"
    for text in WRONG:
        with pytest.raises(GeometryError):
            read_target(f"direction:conv2_1:{text}", STAGES, len(CLASSES))


# --- Pixels -------------------------------------------------------------------------------------------------------------------


COLOURS: Final = {
    "card": [255, 255, 255],
    "output": [0, 158, 115],
    "ink": [27, 39, 51],
    "slate": [74, 86, 99],
    "input": [0, 114, 178],
    "gradient": [204, 121, 167],
}
PIXELS: Final = "const pixels = ({ data, width, height }) => [[height, width, 4], [...data]];"


def pixels(found: Any) -> NDArray[np.uint8]:
    shape, data = found
    return np.array(data, np.uint8).reshape(shape)


def test_zero_is_white_and_more_is_deeper_either_way(modules: Modules) -> None:
    body = PIXELS + "const ramps = m.rampsOf(a.colours); return pixels(m.planeImage(a.values, 2, [1, 5], 4, ramps));"
    row = pixels(modules("inside/shades.mjs", body, {"colours": COLOURS, "values": [9, 9, 0, 2.48, 4, -4, 40]}))[0]
    assert row[0].tolist() == [255, 255, 255, 255]
    np.testing.assert_allclose(row[1, :3], COLOURS["output"], atol=3)
    deepest = np.array(COLOURS["output"]) * 0.45 + np.array(COLOURS["ink"]) * 0.55
    np.testing.assert_allclose(row[2, :3], deepest, atol=1)
    assert (row[4] == row[2]).all()
    assert row[3, 2] > row[3, 1] > row[3, 0]
    assert row[3].sum() < row[0].sum()


def test_over_a_picture_little_is_seen_through(modules: Modules) -> None:
    body = (
        PIXELS
        + "return [pixels(m.overImage(a.values, [1, 4], 2, m.rampsOf(a.colours))), m.strongOf(a.many), m.strongOf([0, 0])];"
    )
    many = [*range(1, 200), -10_000]
    found, strong, nothing = modules("inside/shades.mjs", body, {"colours": COLOURS, "values": [0, 0.5, -2, 1], "many": many})
    assert pixels(found)[0, :, 3].tolist() == [0, 96, 255, 191]
    assert strong == 199
    assert nothing == 1


def test_crops_leave_out_what_lies_beyond(modules: Modules) -> None:
    generator = np.random.default_rng(0)
    for channels in (1, 3):
        crops = generator.integers(0, 256, (2, channels, 4, 5))
        inside = generator.integers(0, 2, (2, 4, 5))
        body = PIXELS + "return pixels(m.cropImage(a.crops, a.inside, 1));"
        found = pixels(modules("inside/shades.mjs", body, {"crops": tensor(crops), "inside": tensor(inside)}))
        np.testing.assert_array_equal(found[..., 3], inside[1] * 255)
        seen = inside[1].astype(bool)
        wanted = np.broadcast_to(crops[1].transpose(1, 2, 0), (4, 5, 3))
        np.testing.assert_array_equal(found[..., :3][seen], wanted[seen])


def test_filters_of_one_channel_or_the_mean_of_all(modules: Modules) -> None:
    weights = np.random.default_rng(1).normal(size=(4, 3, 2, 5)).astype(np.float32)
    body = """return [-1, 2].map((channel) => {
        const { data, shape } = m.filterPlanes(a, channel);
        return [shape, [...data]];
    });"""
    mean, one = modules("inside/shades.mjs", body, tensor(weights))
    assert mean[0] == one[0] == [4, 1, 2, 5]
    np.testing.assert_allclose(np.reshape(mean[1], (4, 2, 5)), weights.mean(1), atol=1e-6)
    np.testing.assert_allclose(np.reshape(one[1], (4, 2, 5)), weights[:, 2], atol=1e-6)


def test_marginals_and_gaussians_are_those_of_the_field(modules: Modules) -> None:
    magnitude = np.random.default_rng(2).random((6, 9))
    magnitude /= magnitude.sum()
    field = EffectiveField((-2, 4), magnitude, 1, 0.5, (1.2, 8.9), (1.7, 2.4))
    body = """return [0, 1].map((axis) => [
        [...m.marginal(a.field, axis)],
        [...m.gaussianOn(a.first[axis], a.field.shape[axis], a.mean[axis], a.deviation[axis])],
    ]);"""
    asked = {"field": tensor(magnitude), "first": field.first, "mean": field.mean, "deviation": field.deviation}
    for axis, (marginal, gaussian) in enumerate(modules("inside/shades.mjs", body, asked)):
        np.testing.assert_allclose(marginal, field.marginal(axis), atol=1e-12)
        np.testing.assert_allclose(gaussian, field.gaussian(axis), atol=1e-6)


# --- Room ---------------------------------------------------------------------------------------------------------------------


def test_the_columns_of_a_network_fit_their_room(modules: Modules) -> None:
    body = """const columns = m.columnsOf(a.about.stages, 6);
        return [columns.map(({ kind }) => kind), a.rooms.map(([width, height]) => {
            const laid = m.layColumns(columns, width, height);
            const used = laid.columns.reduce((sum, { width }) => sum + width, 0) + laid.gap * (laid.columns.length - 1);
            return { ...laid, used, kinds: laid.columns.map(({ kind }) => kind).join(" ") };
        })];"""
    rooms = [(1600, 260), (1200, 250), (870, 190), (500, 190)]
    kinds, (wide, usual, low, tight) = modules("inside/layers.mjs", body, {"about": about(), "rooms": rooms})
    assert kinds == ["picture", "filters", "maps", "narrow", "maps", "narrow", "maps", "numbers", "scores"]
    assert wide["kinds"] == " ".join(kinds)
    assert usual["kinds"] == low["kinds"] == tight["kinds"] == "picture filters maps maps maps scores"
    for laid, (_, height) in zip((wide, usual, low), rooms, strict=False):
        assert laid["used"] <= laid["room"]
        assert laid["tall"] == 4 * laid["cell"] + 6 <= height - 46
    assert usual["tall"] >= 132
    assert tight["used"] > tight["room"]
    assert tight["tall"] >= 62


def test_the_card_of_a_unit_has_room_for_crops(modules: Modules) -> None:
    found = modules("inside/unit.mjs", "return a.map((size) => m.layUnit(...size))", [(246, 250), (196, 190), (246, 320)])
    assert [each["most"] for each in found] == [9, 5, 9]
    for laid, height in zip(found, (250, 190, 320), strict=True):
        rows = -(-laid["most"] // 5)
        assert 46 + laid["map"] + rows * (laid["crop"] + 6) <= height


def test_a_field_is_solid_on_the_picture_and_closed_near_its_edge(modules: Modules) -> None:
    body = """const box = m.boxOf([[-9, 3], [2, 8]], 4, [8, 8]);
        return [box, m.outlines(box, [32, 32]), m.outlines([[4, 8], [4, 8]], [32, 32]).on];"""
    box, lines, inside = modules("inside/lower-parts.mjs", body, None)
    assert box == [[-9, 12], [8, 32]]
    assert lines == {"whole": "M8 -9H32V12H8Z", "on": "M8 12H32M8 0V12M32 0V12"}
    assert inside == "M4 4H8M4 8H8M4 4V8M8 4V8"


# --- Words --------------------------------------------------------------------------------------------------------------------


def test_a_filter_in_words(modules: Modules) -> None:
    likes = [
        ({"kernel": "Sobel, vertical edges", "cosine": 0.931, "channel": None}, 3),
        ({"kernel": "Laplace", "cosine": -0.6, "channel": 2}, 3),
        ({"kernel": "emboss", "cosine": 0.74, "channel": 11}, 16),
        ({"kernel": "emboss", "cosine": -0.31, "channel": None}, 16),
    ]
    waves = [{"cycles": 0.214, "degrees": 0}, {"cycles": 0.5, "degrees": 124.2}, {"cycles": 0, "degrees": 0}]
    told = {"norms": [1.0, 3.0, *[0.7] * 20, 0.5, 0.25], "by_norm": [1, 0, *range(2, 24)]}
    body = """const joined = (words) => words.join("");
        const likes = a.likes.map((each) => joined(m.likeWords(...each)));
        const norms = [1, 0, 22, 23].map((filter) => joined(m.normWords(a.told, filter)));
        return [likes, a.waves.map((wave) => joined(m.waveWords(wave))), norms];"""
    like, wave, norm = modules("inside/filters.mjs", body, {"likes": likes, "waves": waves, "told": told})
    assert like == [
        "0.93 like Sobel, vertical edges",
        "0.60 like Laplace, signs turned in blue",
        "0.74 like emboss in input channel 11",
        "like none of the named kernels: 0.31 for emboss",
    ]
    assert wave == [
        "0.21 cycles a cell, stripes at 90°",
        "0.50 cycles a cell, stripes at 34°",
        "no stripes: all its numbers are alike",
    ]
    assert norm == ["norm 3.00, strongest of 24", "norm 1.00, 2nd of 24", "norm 0.500, 23rd of 24", "norm 0.250, 24th of 24"]


def test_sums_scores_and_fields_in_words(modules: Modules) -> None:
    assert (
        modules("inside/saliency.mjs", "return m.sumWords(a)", {"sum": 4.312, "difference": -4.33}) == "sums to 4.31 of −4.33"
    )
    assert modules("inside/excites.mjs", "return m.scoreWords(...a).join('')", [12.41, 9.06]) == "12.4 against 9.06"
    trained = {"central_mass": 0.858, "mean": [1, 2], "deviation": [2.5, 3]}
    told = {"trained": trained, "untrained": {**trained, "central_mass": 0.74}, "pictures": 32}
    nothing = {**told, "trained": {"central_mass": 0, "mean": None, "deviation": None}}
    whole, none = modules("inside/field.mjs", "return a.map(m.fieldWords)", [told, nothing])
    assert whole["centre"] == [["86 %", "of it in the central half of the box"], ["", "untrained 74 %"]]
    assert whole["wide"][0] == ["2.50 × 3.00 cells", "is its standard deviation"]
    assert none["centre"] == []
    assert none["wide"] == [["", "Nothing comes through: the unit is 0 for all of these pictures."]]


# --- Answers that come and go -------------------------------------------------------------------------------------------------


def test_the_last_good_answer_stays_until_the_next_one(modules: Modules) -> None:
    body = """const asked = m.makeAsked();
        const kept = new Map([["a", { told: 1 }], ["c", { refused: "no" }]]);
        const other = new Map();
        const said = ({ answer, isOld, refused }) => [answer?.told ?? null, isOld, refused];
        const questions = [["a"], ["b"], ["c"], ["a"], ["a", other]];
        return questions.map(([question, answers = kept]) => said(asked(answers, question)));"""
    found = modules("inside/lower-parts.mjs", body, None)
    assert found == [[1, False, ""], [1, True, ""], [1, True, "no"], [1, False, ""], [None, True, ""]]


EMERGING: Final = """
    const answers = new Map();
    const picked = {};
    const look = m.makeExcites({ picked: (picks) => Object.assign(picked, picks), opened: () => {} });
    const about = a.about;
    const pictures = { pictureOf: () => undefined, wantPictures: () => {} };
    const model = () => ({ about, answers, unit: a.unit, klass: 1, picks: { ...picked }, ...pictures });
    const frame = () => {
        const questions = look.questions(model());
        look.show(model(), [1200, 250]);
        return questions;
    };
    const start = look.node.querySelector(".cv-in-start");
    const answer = (question) => {
        const step = Number(question.match(/step=(\\d+)/)[1]);
        const scores = Float32Array.from({ length: step / 8 + 1 }, (_, at) => at);
        const image = { shape: [3, 2, 2], data: new Uint8Array(12).fill(step % 256) };
        const told = { best: { number: 7, score: 3 } };
        answers.set(question, { image, scores: { shape: [scores.length], data: scores }, told });
    };
"""


def test_a_picture_emerges_step_by_step_until_it_is_stopped(modules: Modules) -> None:
    body = (
        EMERGING
        + """const before = frame();
        start.click();
        const seen = [];
        for (let at = 0; at < 3; at += 1) {
            const [question] = frame();
            seen.push(question);
            answer(question);
        }
        const [next] = frame();
        const words = start.textContent;
        start.click();
        const stopped = frame();
        const score = ["h3", "p"].map((part) => look.node.querySelector(`.cv-in-course ${part}`).textContent).join(": ");
        start.click();
        const on = frame();
        picked["excites.of"] = "class";
        const other = frame();
        return { before, seen, next, words, stopped, score, on, other, left: start.textContent };"""
    )
    found = modules("inside/excites.mjs", body, {"about": about(), "unit": unit("conv2_1", 5, 13, 7)})
    asked = [f"emerging?target=channel%3Aconv2_1%3A5&jitter=2&smooth=0.05&seed=0&step={step}" for step in (0, 8, 16, 24)]
    assert found["before"] == asked[:1], "what it begins from is there at once"
    assert [*found["seen"], found["next"]] == asked
    assert found["words"] == "Stop"
    assert found["stopped"] == []
    assert found["score"] == "Mean score: 2.00 against 3.00"
    assert found["on"] == [asked[3]]
    assert found["other"] == ["emerging?target=class%3A1&jitter=2&smooth=0.05&seed=0&step=0"]
    assert found["left"] == "Start"


def test_a_picture_that_emerged_is_looked_at_again_and_another_begun(modules: Modules) -> None:
    body = (
        EMERGING
        + """start.click() || frame();
        start.click();
        let asked = 0;
        for (let [question] = frame(); question; [question] = frame()) {
            answer(question);
            asked += 1;
        }
        const said = () => [...look.node.querySelectorAll(".cv-in-emerges .cv-note")].map((node) => node.textContent);
        const done = [asked, start.textContent, said()];
        const range = look.node.querySelector(".cv-in-range");
        range.value = 4;
        range.dispatchEvent(new Event("input"));
        frame();
        const again = [said(), look.node.querySelector(".cv-in-score b").textContent];
        look.node.querySelector(".cv-in-other").click();
        return [done, again, picked, frame()];"""
    )
    done, again, picked, other = modules("inside/excites.mjs", body, {"about": about(), "unit": unit("conv2_1", 5, 13, 7)})
    assert done == [33, "Again", ["step 256 of 256", "number 7: 3.00"]]
    assert again == [["step 32 of 256", "number 7: 3.00"], "4.00"]
    assert picked == {"excites.seed": 1}
    assert other == ["emerging?target=channel%3Aconv2_1%3A5&jitter=2&smooth=0.05&seed=1&step=0"]


def test_each_view_asks_what_it_shows(modules: Modules) -> None:
    body = """const does = new Proxy({}, { get: () => () => {} });
        const lower = m.makeLower(does);
        const chosen = { unit: a.unit, hover: null, klass: 1, picks: {}, picture: "7" };
        const model = { about: a.about, answers: new Map(), shown: {}, ...chosen };
        const asked = (view, more) => lower.questions({ ...model, view, ...more });
        const views = ["layers", "filters", "saliency", "excites", "field", "code"].map((view) => asked(view));
        const hover = asked("layers", { hover: { ...a.unit, channel: 9 } });
        const ofUnit = asked("saliency", { picks: { "saliency.of": "unit" } });
        return [views, hover, ofUnit, asked("field", { unit: a.flat }), asked("layers", { shown: null })];"""
    asked = {"about": about(), "unit": unit("conv2_1", 5, 13, 7), "flat": unit("dense", 3)}
    views, hover, of_unit, flat, nothing = modules("inside/lower.mjs", body, asked)
    assert views == [
        ["filters?layer=conv1_1", "excites?layer=conv2_1&channel=5"],
        ["filters?layer=conv2_1"],
        ["attributions?picture=7&target=class%3A1"],
        ["emerging?target=channel%3Aconv2_1%3A5&jitter=2&smooth=0.05&seed=0&step=0"],
        ["field?layer=conv2_1&channel=5&row=13&column=7"],
        [],
    ]
    assert hover[1] == "excites?layer=conv2_1&channel=9"
    assert of_unit == ["attributions?picture=7&target=unit%3Aconv2_1%3A5%3A13%3A7"]
    assert flat[0].startswith("field?layer=dense&channel=3")
    assert nothing == []
