"""The bytes that the stage gets, and the stage's pure functions, both read in the browser that runs them."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext

from convviz import Trace, convolution
from convviz.geometry import NOTHING, PADDING_MODES
from convviz.player import MEDIA_TYPES, STATIC, encode
from convviz.samples import PRESETS
from convviz.ui.server import ASSET_FOLDER
from tests.conftest import Server

Modules = Callable[[str, str, Any], Any]


@pytest.fixture
def modules(context: BrowserContext, server: Server) -> Modules:
    """Run a function body with one of the stage's modules as `m` and an argument as `a`."""
    page = context.new_page()
    page.goto(f"{server.address}/_stcore/health")

    def run(name: str, body: str, argument: Any = None) -> Any:
        address = f"{server.address}/{ASSET_FOLDER}/{name}"
        return page.evaluate(f"async ([address, a]) => {{ const m = await import(address); {body} }}", [address, argument])

    return run


HEADER = {"cue": {"id": 1}, "labels": {"input": "5 × 5"}}
SCENES = {
    "small whole numbers": (np.arange(9).reshape(1, 3, 3), np.arange(4).reshape(1, 1, 2, 2)),
    "negative": (-np.arange(12).reshape(1, 3, 4), np.array([[[[1, -1]]]])),
    "large": (np.array([[[70_000, -3], [2, 1]]]), np.array([[[[40_000]]]])),
    "beyond whole 32 bits": (np.array([[[1e15, 2], [3, 4]]]), np.array([[[[1]]]])),
    "halves": (np.array([[[0.5, -1.25], [3, 4]]]), np.array([[[[0.75]]]])),
    "tenths": (np.array([[[0.1, 0.2], [0.3, 0.4]]]), np.array([[[[0.7]]]])),
}


@pytest.mark.parametrize(("x", "weight"), SCENES.values(), ids=list(SCENES))
def test_the_browser_reads_exactly_what_was_traced(modules: Modules, x: Any, weight: Any) -> None:
    trace = convolution(x, weight, padding=1, bias=[0.5])
    scene = decoded(modules, trace)
    for name, values in (("input", trace.input), ("weight", trace.kernel), ("bias", trace.bias), ("output", trace.output)):
        assert tuple(scene[name]["shape"]) == values.shape
        assert scene[name]["data"] == values.ravel().tolist(), name
    for table, drawn in zip(trace.tables, scene["tables"], strict=True):
        assert drawn["positions"] == table.positions.ravel().tolist()
        assert drawn["reads"] == table.reads.ravel().tolist()
        assert drawn["places"] == table.places.ravel().tolist()
    assert scene["labels"] == HEADER["labels"]


def decoded(modules: Modules, trace: Trace) -> Any:
    return modules(
        "payload.mjs",
        """
        const scene = m.decode(new Uint8Array(a));
        const plain = (value) => ArrayBuffer.isView(value) ? Array.from(value) : value;
        return JSON.parse(JSON.stringify(scene, (key, value) => plain(value)));
        """,
        list(encode(trace, HEADER)),
    )


def test_numbers_travel_in_the_smallest_type_that_holds_them() -> None:
    small = convolution(np.ones((1, 64, 64)), np.ones((1, 1, 5, 5)))
    assert len(encode(small, {})) < 64 * 64 + 60 * 60 + 12 * 60 * 5
    tenths = convolution(np.full((1, 64, 64), 0.1), np.ones((1, 1, 5, 5)))
    assert len(encode(tenths, {})) > 8 * (64 * 64 + 60 * 60)


@pytest.mark.parametrize("preset", ["numeric-strided", "dilation", "even-same", "edge"])
@pytest.mark.parametrize("mode", PADDING_MODES)
def test_the_terms_in_the_browser_are_the_terms_of_the_trace(modules: Modules, preset: str, mode: str) -> None:
    x, weight, options = PRESETS[preset].sample.changed(padding_mode=mode, flip=True).arguments()
    trace = convolution(x, weight, **options)
    found = modules(
        "payload.mjs",
        """
        const scene = m.decode(new Uint8Array(a[0]));
        const links = await import(address.replace("payload", "links"));
        return Array.from({ length: links.stepCount(scene) }, (_, step) =>
            links.termsOf(scene, links.cellAt(step, scene.output.shape)));
        """,
        [list(encode(trace, HEADER))],
    )
    for cell, terms in zip(np.ndindex(*trace.output.shape), found, strict=True):
        step = trace.step(cell)
        for term, drawn in zip(step.terms, terms, strict=True):
            assert tuple(drawn["position"]) == term.position
            assert drawn["cell"] == (None if term.cell is None else list(term.cell))
            assert (drawn["value"], drawn["weight"], drawn["place"]) == (term.value, term.weight, int(term.place))
        assert sum(drawn["value"] * drawn["weight"] for drawn in terms) == step.output


@pytest.mark.parametrize("mode", PADDING_MODES)
def test_every_input_cell_lights_the_outputs_that_read_it(modules: Modules, mode: str) -> None:
    trace = convolution(
        np.arange(30).reshape(1, 5, 6), np.ones((1, 1, 3, 2)), stride=(2, 1), padding=2, dilation=(1, 2), padding_mode=mode
    )
    lit = modules(
        "payload.mjs",
        """
        const scene = m.decode(new Uint8Array(a[0]));
        const links = await import(address.replace("payload", "links"));
        return a[1].map((cell) => links.product(links.litBy(scene, { grid: "input", cell }).output));
        """,
        [list(encode(trace, HEADER)), [list(cell) for cell in np.ndindex(*trace.input.shape)]],
    )
    steps = {cell[1:]: {term.cell for term in trace.step(cell).terms} for cell in np.ndindex(*trace.output.shape)}
    for cell, outputs in zip(np.ndindex(*trace.input.shape), lit, strict=True):
        assert {tuple(output) for output in outputs} == {output for output, cells in steps.items() if cell in cells}


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
    assert modules("links.mjs", near, [8, [1, 3, 3], [1, 3, 3]]) == 8
    assert modules("links.mjs", near, [24, [1, 12, 12], [1, 6, 6]]) == 12  # row 2, column 0
    assert modules("links.mjs", near, [8, [1, 3, 3], [1, 2, 2]]) == 3


def test_every_point_of_a_grid_finds_its_cell_and_padding_is_none(modules: Modules) -> None:
    x, weight, options = PRESETS["unequal-strides"].sample.arguments()
    found = modules(
        "payload.mjs",
        """
        const scene = m.decode(new Uint8Array(a));
        const layout = await import(address.replace("payload", "layout"));
        const laid = layout.layOut(scene, 1200, 500);
        const at = (name, position) => {
            const { x, y, size } = layout.cellRect(laid[name], position);
            return layout.hit(scene, laid, x + size / 2, y + size / 2);
        };
        return [at("input", [-1, 0]), at("input", [2, 1]), at("weight", [1, 0]), at("output", [0, 1]),
            layout.hit(scene, laid, 1, 1)];
        """,
        list(encode(convolution(x, weight, **options), HEADER)),
    )
    assert found == [
        None,
        {"grid": "input", "cell": [0, 2, 1]},
        {"grid": "weight", "cell": [0, 0, 1, 0]},
        {"grid": "output", "cell": [0, 0, 1]},
        None,
    ]


@pytest.mark.parametrize("size", [1, 5, 23, 24, 64])
@pytest.mark.parametrize("area", [(1230, 520), (890, 330)])
def test_all_grids_stand_inside_the_stage_and_apart(modules: Modules, size: int, area: tuple[int, int]) -> None:
    trace = convolution(np.ones((1, size, size)), np.ones((1, 1, 5, 5)), padding=2)
    layout = modules(
        "payload.mjs",
        """
        const { layOut } = await import(address.replace("payload", "layout"));
        return layOut(m.decode(new Uint8Array(a[0])), ...a[1]);
        """,
        [list(encode(trace, HEADER)), area],
    )
    right = 0
    for name in ("input", "weight", "output"):
        grid = layout[name]
        assert grid["left"] >= right
        right = grid["left"] + grid["columns"] * grid["cell"]
        assert grid["top"] >= 40, "room for the tag"
        assert grid["top"] + grid["rows"] * grid["cell"] <= area[1]
    assert right <= area[0]


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


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_and_numbers_stand_out_by_four_and_a_half_to_one(theme: str) -> None:
    colours = themes()[theme]
    plain = {name: channels(colours[name]) for name in colours}
    drawn = "".join((STATIC / name).read_text() for name in ("draw.mjs", "paint.mjs"))
    deepest = {role: float(share) for role, share in re.findall(r"(input|weight|output): \[[\d.]+, ([\d.]+)\]", drawn)}
    assert set(deepest) == {"input", "weight", "output"}
    in_padding = mixed(colours, "input", float(re.findall(r"IN_PADDING = ([\d.]+)", drawn)[0]))
    cells = [mixed(colours, role.replace("weight", "kernel"), share) for role, share in deepest.items()]
    grounds = {
        "ink": [plain["paper"], plain["card"], *cells],
        "faint": [plain["paper"], plain["card"], in_padding],
        "on-strong": [plain["input-strong"], plain["output-strong"]],
        "on-kernel": [plain["kernel-strong"]],
        "kernel-text": [plain["card"], in_padding],
        "input-text": [plain["card"]],
        "output-text": [plain["card"]],
    }
    for name, backgrounds in grounds.items():
        for background in backgrounds:
            assert contrast(plain[name], background) >= 4.5, (name, background)


def test_every_file_of_the_stage_has_a_type_to_be_served_with() -> None:
    assert {path.suffix for path in STATIC.iterdir()} == set(MEDIA_TYPES)
