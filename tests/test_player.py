"""The bytes that the stage gets, and the stage's pure functions, both read in the browser that runs them."""

import re
from typing import Any

import numpy as np
import pytest

from convviz import Trace, adaptive_pooling, convolution, pooling, transposed_convolution, unpooling
from convviz.geometry import NOTHING, PADDING_MODES
from convviz.player import MEDIA_TYPES, STATIC, Scene, encode
from convviz.player.scenes import block_scene, pooling_scene, reading_scene, stamping_scene
from convviz.samples import PRESETS
from convviz.ui.pictures import picture
from tests.conftest import Modules
from tests.reference import TWINS

HEADER = {"cue": {"id": 1}, "notes": ["5 × 5"]}
VALUES = {
    "small whole numbers": (np.arange(9).reshape(1, 3, 3), np.arange(4).reshape(1, 1, 2, 2)),
    "negative": (-np.arange(12).reshape(1, 3, 4), np.array([[[[1, -1]]]])),
    "large": (np.array([[[70_000, -3], [2, 1]]]), np.array([[[[40_000]]]])),
    "beyond whole 32 bits": (np.array([[[1e15, 2], [3, 4]]]), np.array([[[[1]]]])),
    "halves": (np.array([[[0.5, -1.25], [3, 4]]]), np.array([[[[0.75]]]])),
    "tenths": (np.array([[[0.1, 0.2], [0.3, 0.4]]]), np.array([[[[0.7]]]])),
}


def plain(modules: Modules, scene: Scene, body: str, *arguments: Any) -> Any:
    """What `body` makes of a decoded scene in the browser, with `links`, `cells` and the arguments `b`."""
    return modules(
        "payload.mjs",
        """
        const scene = m.decode(new Uint8Array(a[0]));
        const links = await import(address.replace("payload", "links"));
        const cells = await import(address.replace("payload", "cells"));
        const b = a[1];
        const listed = (key, value) => {
            if (ArrayBuffer.isView(value)) return Array.from(value);
            return value === -Infinity ? "-inf" : value;
        };
        const result = await (async () => { BODY })();
        return JSON.parse(JSON.stringify(result, listed));
        """.replace("BODY", body),
        [list(encode(scene, HEADER)), list(arguments)],
    )


@pytest.mark.parametrize(("x", "weight"), VALUES.values(), ids=list(VALUES))
def test_the_browser_reads_exactly_what_was_traced(modules: Modules, x: Any, weight: Any) -> None:
    trace = convolution(x, weight, padding=1, bias=[0.5])
    scene = plain(modules, reading_scene(trace), "return scene;")
    for name, values in (("input", trace.input), ("weight", trace.kernel), ("output", trace.output)):
        assert tuple(scene["grids"][name]["shape"]) == values.shape
        assert scene["grids"][name]["data"] == values.ravel().tolist(), name
    (relation,) = scene["relations"]
    assert relation["bias"]["data"] == trace.bias.tolist()
    for table, drawn in zip(trace.tables, relation["tables"], strict=True):
        assert drawn["positions"] == table.positions.ravel().tolist()
        assert drawn["reads"] == table.reads.ravel().tolist()
        assert drawn["places"] == table.places.ravel().tolist()
    assert scene["notes"] == HEADER["notes"]


def test_numbers_travel_in_the_smallest_type_that_holds_them() -> None:
    small = reading_scene(convolution(np.ones((1, 64, 64)), np.ones((1, 1, 5, 5))))
    assert len(encode(small, {})) < 64 * 64 + 60 * 60 + 12 * 60 * 5
    tenths = reading_scene(convolution(np.full((1, 64, 64), 0.1), np.ones((1, 1, 5, 5))))
    assert len(encode(tenths, {})) > 8 * (64 * 64 + 60 * 60)


def whole(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(sum(shape)).integers(-4, 6, shape)


def conv(mode: str = "zeros", **options: Any) -> Trace:
    return convolution(whole(1, 5, 6), whole(1, 1, 3, 2), padding=2, padding_mode=mode, flip=True, **options)


READ: dict[str, Trace] = {
    **{f"convolution, {mode}": conv(mode, stride=(2, 1), dilation=(1, 2)) for mode in PADDING_MODES},
    "several channels with bias": convolution(whole(3, 5, 4), whole(2, 3, 2, 2), bias=[1, -2]),
    "groups": convolution(whole(4, 5, 4), whole(6, 2, 2, 2), groups=2),
    "one dimension": convolution(whole(2, 9), whole(3, 2, 3), stride=2, padding=1),
    "three dimensions": convolution(whole(2, 3, 4, 4), whole(2, 2, 2, 3, 2), padding=1),
    "maximum with overhang": pooling(whole(2, 5, 6), 3, stride=2, padding=1, ceil_mode=True),
    "dilated maximum": pooling(whole(1, 7, 7), 2, stride=2, dilation=3),
    "average with overhang": pooling(whole(2, 5, 5), 2, kind="average", ceil_mode=True),
    "norm": pooling(whole(1, 4, 4), 2, kind="lp"),
    "adaptive average": adaptive_pooling(whole(2, 7, 5), (3, 4)),
    "adaptive maximum": adaptive_pooling(whole(1, 5, 8), 3, kind="max"),
}


@pytest.mark.parametrize("trace", READ.values(), ids=list(READ))
def test_the_terms_in_the_browser_are_the_terms_of_the_trace(modules: Modules, trace: Trace) -> None:
    found = plain(
        modules,
        reading_scene(trace),
        """
        const [relation] = scene.relations;
        return Array.from({ length: links.stepCount(scene) }, (_, step) => {
            const cell = cells.cellAt(step, scene.grids.output.shape);
            const terms = links.termsOf(scene, relation, cell);
            return { terms, winner: terms.indexOf(links.winnerOf(scene, relation, cell, terms)) };
        });
        """,
    )
    for cell, drawn in zip(np.ndindex(*trace.output.shape), found, strict=True):
        step = trace.step(cell)
        for term, sent in zip(step.terms, drawn["terms"], strict=True):
            assert tuple(sent["position"]) == term.position
            assert sent["cell"] == (None if term.cell is None else list(term.cell))
            assert (float(sent["value"]), sent["weight"], sent["place"]) == (term.value, term.weight, int(term.place))
        assert drawn["winner"] == (-1 if step.winner is None else step.terms.index(step.winner))


BACKWARDS: dict[str, Trace] = {
    "transposed": transposed_convolution(whole(1, 3, 4), whole(1, 1, 3, 2), stride=(2, 1), padding=1, dilation=(1, 2)),
    "transposed, output padding": transposed_convolution(whole(1, 3, 3), whole(1, 1, 3, 3), stride=2, output_padding=1),
    "transposed, groups and bias": transposed_convolution(
        whole(4, 3, 3), whole(4, 3, 2, 2), groups=2, bias=[5, 0, 1, -1, 2, 3]
    ),
    "transposed line": transposed_convolution(whole(2, 5), whole(2, 3, 3), stride=3, output_padding=2),
    "transposed cube": transposed_convolution(whole(1, 2, 3, 2), whole(1, 2, 2, 2, 3), stride=2),
}


@pytest.mark.parametrize("trace", BACKWARDS.values(), ids=list(BACKWARDS))
def test_with_zeros_inserted_a_plain_convolution_gives_every_output(modules: Modules, trace: Trace) -> None:
    found = plain(
        modules,
        reading_scene(trace),
        """
        return Array.from({ length: links.stepCount(scene) }, (_, step) =>
            links.termsOf(scene, scene.relations[0], cells.cellAt(step, scene.grids.output.shape)));
        """,
    )
    for cell, terms in zip(np.ndindex(*trace.output.shape), found, strict=True):
        assert sum(term["value"] * term["weight"] for term in terms) + trace.bias[cell[0]] == trace.output[cell]
        first, last = terms[0]["position"], terms[-1]["position"]
        assert all(start <= end for start, end in zip(first, last, strict=True)), "the window runs forwards"


LANDED = """
    const { landed } = await import(address.replace("payload", "landed"));
    const relation = scene.relations.at(-1);
    return b[0].map((step) => Array.from({ length: scene.grids[relation.window].shape[0] }, (_, channel) => {
        const state = landed(scene, relation, channel, step);
        return { values: state.values, written: state.written };
    }));
"""


@pytest.mark.parametrize("trace", BACKWARDS.values(), ids=list(BACKWARDS))
def test_what_has_landed_by_a_step_is_the_transposed_convolution_of_the_inputs_so_far(modules: Modules, trace: Trace) -> None:
    steps = [0, trace.input.size // 2, trace.input.size - 1]
    options = {
        "stride": tuple(axis.stride for axis in trace.axes),
        "padding": tuple(axis.before for axis in trace.axes),
        "output_padding": tuple(axis.output_padding for axis in trace.axes),
        "dilation": tuple(axis.dilation for axis in trace.axes),
        "groups": trace.groups,
        "bias": trace.bias.copy(),
    }
    for step, channels_ in zip(steps, plain(modules, stamping_scene(trace), LANDED, steps), strict=True):
        so_far = np.where(np.arange(trace.input.size) <= step, trace.input.ravel(), 0).reshape(trace.input.shape)
        expected = TWINS["transposed_convolution"](so_far, trace.weight.copy(), **options).numpy()
        touched = TWINS["transposed_convolution"](
            (np.arange(trace.input.size) <= step).reshape(trace.input.shape),
            np.ones_like(trace.weight),
            **{**options, "bias": None},
        ).numpy()
        for channel, plane in enumerate(channels_):
            assert plane["values"] == expected[channel].ravel().tolist()
            assert [bool(cell) for cell in plane["written"]] == (touched[channel].ravel() > 0).tolist()


def test_going_on_from_a_known_step_lands_the_same_as_starting_over(modules: Modules) -> None:
    scene = stamping_scene(BACKWARDS["transposed, groups and bias"])
    walked = plain(
        modules,
        scene,
        """
        const { landed } = await import(address.replace("payload", "landed"));
        const [relation] = scene.relations;
        let state;
        return [0, 1, 5, 9, 4, 20].map((step) => [...(state = landed(scene, relation, 3, step, state)).values]
            .every((value, index) => value === landed(scene, relation, 3, step).values[index]));
        """,
    )
    assert walked == [True] * 6


POOLED = pooling(whole(2, 5, 5), 2, ceil_mode=True)
UNPOOLED = {
    "remembered": unpooling(whole(2, 3, 3), POOLED.indices, output_size=5),
    "nearest": unpooling(whole(2, 3, 3), 2, kind="nearest"),
    "bed of nails": unpooling(whole(2, 3, 3), 3, kind="bed_of_nails"),
}


@pytest.mark.parametrize("trace", UNPOOLED.values(), ids=list(UNPOOLED))
def test_unpooling_on_the_stage_ends_with_its_output(modules: Modules, trace: Trace) -> None:
    (planes,) = plain(modules, pooling_scene(POOLED, trace), LANDED, [trace.input.size - 1])
    for channel, plane in enumerate(planes):
        assert plane["values"] == trace.output[channel].ravel().tolist()


LIT = """
    return b[0].map((cell) => {
        const lit = links.litBy(scene, { grid: b[1], cell })[b[2]];
        return lit ? lit.channels.flatMap((channel) => cells.product(lit.lists).map((position) => [channel, ...position])) : [];
    });
"""


@pytest.mark.parametrize("trace", [*READ.values(), *BACKWARDS.values()], ids=[*READ, *BACKWARDS])
def test_every_input_cell_lights_the_outputs_that_read_it(modules: Modules, trace: Trace) -> None:
    chosen = list(np.ndindex(*trace.input.shape))[:40]
    scenes = [reading_scene(trace), *([stamping_scene(trace)] if trace.backwards else [])]
    steps = {cell: {term.cell for term in trace.step(cell).terms} for cell in np.ndindex(*trace.output.shape)}
    for scene in scenes:
        lit = plain(modules, scene, LIT, [list(cell) for cell in chosen], "input", "output")
        for cell, outputs in zip(chosen, lit, strict=True):
            real = {tuple(output) for output in outputs} & set(steps)
            assert real == {output for output, cells in steps.items() if cell in cells}, cell


@pytest.mark.parametrize("trace", BACKWARDS.values(), ids=list(BACKWARDS))
def test_an_output_of_a_stamp_lights_the_inputs_that_write_it(modules: Modules, trace: Trace) -> None:
    chosen = list(np.ndindex(*trace.output.shape))[:40]
    lit = plain(modules, stamping_scene(trace), LIT, [list(cell) for cell in chosen], "output", "input")
    for cell, inputs in zip(chosen, lit, strict=True):
        assert {tuple(source) for source in inputs} == {term.cell for term in trace.step(cell).terms} - {None}


def test_a_chain_lights_up_through_all_its_links(modules: Modules) -> None:
    convolved = convolution(whole(1, 6, 6), whole(1, 1, 3, 3))
    activated = np.maximum(convolved.output, 0)
    pooled = pooling(activated, 2)
    scene = block_scene(convolved, "relu", activated, pooled)
    for grid, expected in {"activated": 4, "map": 4, "input": 16}.items():
        (lit,) = plain(modules, scene, LIT, [[0, 1, 1]], "output", grid)
        assert len(lit) == expected
    (reached,) = plain(modules, scene, LIT, [[0, 0, 0]], "input", "output")
    assert reached == [[0, 0, 0]]


def test_a_pooled_cell_lights_its_place_among_the_later_values(modules: Modules) -> None:
    scene = pooling_scene(POOLED, UNPOOLED["remembered"])
    for grid in ("later", "positions"):
        assert plain(modules, scene, LIT, [[1, 0, 2]], "output", grid) == [[[1, 0, 2]]]
    index = int(POOLED.indices[1, 0, 2])
    assert plain(modules, scene, LIT, [[1, 0, 2]], "output", "unpooled") == [[[1, *divmod(index, 5)]]]


def test_positions_in_padding_read_nothing_when_it_is_zeros() -> None:
    trace = convolution(np.ones((1, 2, 2)), np.ones((1, 1, 3, 3)), padding=1)
    assert (trace.tables[0].reads == NOTHING).any()


NUMBERS = {
    0: "0",
    3: "3",
    -3: "−3",
    0.5: "0.5",
    -0.25: "−0.25",
    1 / 3: "0.333",
    1e-9: "1.0e-9",
    1e6: "1000000",
    -0.0004: "−4.0e-4",
}


@pytest.mark.parametrize(("value", "words"), NUMBERS.items())
def test_numbers_in_words(modules: Modules, value: float, words: str) -> None:
    assert modules("words.mjs", "return m.formatNumber(a);", value) == words


TYPED = {"3": 3, " -1.5 ": -1.5, "−2": -2, "0,5": 0.5, "1e3": 1000, "": None, "abc": None, "1 2": None, "Infinity": None}


@pytest.mark.parametrize(("words", "value"), TYPED.items())
def test_a_number_is_read_as_people_type_it(modules: Modules, words: str, value: float | None) -> None:
    assert modules("edit.mjs", "return m.parseNumber(a);", words) == value


FOLDS = {
    "everything fits": ([3] * 5, 30, (5, 0)),
    "the middle folds, both ends stay": ([3] * 49, 60, (5, 40)),
    "one from each end at least": ([9] * 10, 5, (1, 8)),
    "a single term is never folded": ([50], 5, (1, 0)),
}


@pytest.mark.parametrize(("lengths", "room", "expected"), FOLDS.values(), ids=list(FOLDS))
def test_a_long_sum_folds_in_the_middle(modules: Modules, lengths: list[int], room: int, expected: tuple[int, int]) -> None:
    folded = modules("words.mjs", "return m.fold(...a);", [lengths, room])
    assert (folded["head"], folded["hidden"]) == expected


def advanced(modules: Modules, state: dict[str, Any], seconds: float) -> Any:
    full = {"step": 0, "steps": 10, "playing": True, "speed": 1, "loop": False, "fraction": 0}
    return modules("transport.mjs", "return m.advance(...a);", [{**full, **state}, seconds])


def test_time_takes_whole_steps_and_keeps_the_rest(modules: Modules) -> None:
    state = advanced(modules, {"speed": 4}, 0.6)
    assert state["step"] == 2
    assert state["fraction"] == pytest.approx(0.4)
    assert advanced(modules, {"playing": False}, 5)["step"] == 0


def test_at_the_end_it_stops_or_loops(modules: Modules) -> None:
    ended = advanced(modules, {"step": 8}, 5)
    assert (ended["step"], ended["playing"]) == (9, False)
    looped = advanced(modules, {"step": 8, "loop": True}, 5)
    assert (looped["step"], looped["playing"]) == (3, True)


def test_the_nearest_step_keeps_the_position_where_the_new_shape_has_it(modules: Modules) -> None:
    near = "return m.nearestStep(...a);"
    assert modules("cells.mjs", near, [8, [1, 3, 3], [1, 3, 3], True]) == 8
    assert modules("cells.mjs", near, [24, [1, 12, 12], [1, 6, 6], True]) == 12  # row 2, column 0
    assert modules("cells.mjs", near, [8, [1, 3, 3], [1, 2, 2], True]) == 3


def test_another_clock_is_entered_at_the_same_part_of_the_way(modules: Modules) -> None:
    near = "return m.nearestStep(...a);"
    assert modules("cells.mjs", near, [0, [1, 2, 2], [1, 6, 6], False]) == 7  # the middle of the first quarter
    assert modules("cells.mjs", near, [35, [1, 6, 6], [1, 2, 2], False]) == 3


CENTRES = """
    const layout = await import(address.replace("payload", "layout"));
    const { focusOf } = await import(address.replace("payload", "faces"));
    const laid = layout.layOut(scene, 1200, 500);
    return b[0].map(([name, slot, position]) => {
        const { x, y, size } = layout.rectAt(laid.grids[name], slot, position);
        return layout.hit(scene, laid, focusOf(scene, 0, 0), x + size / 2, y + size / 2);
    });
"""


def test_every_point_of_a_grid_finds_its_cell_and_padding_is_none(modules: Modules) -> None:
    x, weight, options = PRESETS["unequal-strides"].sample.arguments()
    points = [["input", 0, [-1, 0]], ["input", 0, [2, 1]], ["weight", 0, [1, 0]], ["output", 0, [0, 1]]]
    assert plain(modules, reading_scene(convolution(x, weight, **options)), CENTRES, points) == [
        None,
        {"grid": "input", "cell": [0, 2, 1]},
        {"grid": "weight", "cell": [0, 0, 1, 0]},
        {"grid": "output", "cell": [0, 0, 1]},
    ]


def test_every_sheet_finds_its_channel_and_its_slice(modules: Modules) -> None:
    flat = reading_scene(READ["several channels with bias"])
    points = [["input", 2, [4, 3]], ["weight", 1, [1, 0]], ["output", 0, [2, 1]]]
    found = plain(modules, flat, CENTRES, points)
    assert [each["cell"] for each in found] == [[2, 4, 3], [0, 1, 1, 0], [0, 2, 1]]
    deep = reading_scene(READ["three dimensions"])
    points = [["input", 1, [2, 3, 0]], ["input", 1, [-1, 3, 0]], ["weight", 1, [1, 2, 1]], ["output", 0, [1, 0, 2]]]
    found = plain(modules, deep, CENTRES, points)
    assert [each and each["cell"] for each in found] == [[1, 2, 3, 0], None, [0, 1, 1, 2, 1], [0, 1, 0, 2]]


def test_a_hole_between_spread_inputs_is_no_cell(modules: Modules) -> None:
    scene = reading_scene(BACKWARDS["transposed, output padding"])
    found = plain(modules, scene, CENTRES, [["input", 0, [2, 4]], ["input", 0, [1, 2]], ["input", 0, [-1, 0]]])
    assert found == [{"grid": "input", "cell": [0, 1, 2]}, None, None]


AREAS = [(1230, 520), (960, 520), (890, 330), (640, 300)]
BOXES = """
    const layout = await import(address.replace("payload", "layout"));
    const laid = layout.layOut(scene, ...b[0]);
    return Object.values(laid.grids).flatMap((box) =>
        box.sheets.map((sheet) => ({ name: box.name, ...layout.boxOfSheet(box, sheet) })));
"""


def stand_apart(boxes: list[dict[str, Any]], area: tuple[int, int]) -> None:
    for index, box in enumerate(boxes):
        assert box["x"] >= -0.01
        assert box["x"] + box["width"] <= area[0] + 0.01, (box, area)
        assert box["y"] >= 40, "room for the tag"
        assert box["y"] + box["height"] <= area[1] + 0.01, (box, area)
        for other in boxes[:index]:
            across = box["x"] < other["x"] + other["width"] - 0.01 and other["x"] < box["x"] + box["width"] - 0.01
            down = box["y"] < other["y"] + other["height"] - 0.01 and other["y"] < box["y"] + box["height"] - 0.01
            assert not (across and down), (box, other)


@pytest.mark.parametrize("size", [1, 5, 23, 24, 64])
@pytest.mark.parametrize("area", AREAS)
def test_all_grids_stand_inside_the_stage_and_apart(modules: Modules, size: int, area: tuple[int, int]) -> None:
    trace = convolution(np.ones((1, size, size)), np.ones((1, 1, 5, 5)), padding=2)
    stand_apart(plain(modules, reading_scene(trace), BOXES, area), area)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_grids_of_every_preset_stand_inside_the_stage_and_apart(modules: Modules, preset: str) -> None:
    for area in AREAS[:3]:
        stand_apart(plain(modules, picture(PRESETS[preset].sample).scene, BOXES, area), area)


def themes() -> dict[str, dict[str, str]]:
    """The colours of both themes, as the style sheet has them."""
    css = (STATIC / "stage.css").read_text()
    light, dark = (dict(re.findall(r"--cv-([\w-]+): (#[0-9a-f]{6});", block)) for block in css.split("}")[:2])
    return {"light": light, "dark": {**light, **dark}}


def channels(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def luminance(parts: list[float]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def mixed(colours: dict[str, str], role: str, amount: float) -> list[float]:
    pairs = zip(channels(colours[role]), channels(colours["paper"]), strict=True)
    return [part * amount + paper * (1 - amount) for part, paper in pairs]


def contrast(first: list[float], second: list[float]) -> float:
    low, high = sorted([luminance(first), luminance(second)])
    return (high + 0.05) / (low + 0.05)


CHIP = 0.55
"""Of the kernel's colour below what a stamp adds."""
LOSER = 0.5
"""At most of the input's colour below a number that a maximum did not take."""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_and_numbers_stand_out_by_four_and_a_half_to_one(theme: str) -> None:
    colours = themes()[theme]
    plain = {name: channels(colours[name]) for name in colours}
    drawn = "".join((STATIC / name).read_text() for name in ("draw.mjs", "paint.mjs"))
    deepest = {role: float(share) for role, share in re.findall(r"(input|weight|output): \[[\d.]+, ([\d.]+)\]", drawn)}
    assert set(deepest) == {"input", "weight", "output"}
    in_padding = mixed(colours, "input", float(re.findall(r"IN_PADDING = ([\d.]+)", drawn)[0]))
    cells = [mixed(colours, role.replace("weight", "kernel"), share) for role, share in deepest.items()]
    cells += [mixed(colours, "kernel", CHIP), mixed(colours, "input", LOSER)]
    grounds = {
        "ink": [plain["paper"], plain["card"], *cells],
        "faint": [plain["paper"], plain["card"], in_padding],
        "on-strong": [plain["input-strong"], plain["output-strong"]],
        "on-kernel": [plain["kernel-strong"]],
        "kernel-text": [plain["card"], in_padding],
        "input-text": [plain["card"]],
        "output-text": [plain["card"], plain["paper"]],
        "on-weight": [cells[1]],
    }
    for name, backgrounds in grounds.items():
        for background in backgrounds:
            assert contrast(plain[name], background) >= 4.5, (name, background)


def test_every_file_of_the_stage_has_a_type_to_be_served_with() -> None:
    assert {path.suffix for path in STATIC.rglob("*") if path.is_file()} == set(MEDIA_TYPES)
