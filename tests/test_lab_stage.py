"""The stage of the lab: what it reads, draws and says, against the run that comes along, numpy and the run's own files."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext, Locator, Route, expect
from safetensors.numpy import save

from convviz.lab.data import KINDS, load
from convviz.lab.records import watched
from convviz.lab.runs import shipped
from tests.conftest import Modules, Server
from tests.stage import Stage

RUN = shipped()[0]
FIGURES = RUN.figures()
CLASSES = KINDS["shapes"].classes
TEST = load(RUN.settings.data).test


# --- What it reads ------------------------------------------------------------------------------------------------------------


def unaligned() -> bytes:
    """A file whose numbers of four bytes begin anywhere."""
    header = {
        "predictions": {"dtype": "U8", "shape": [3], "data_offsets": [0, 3]},
        "filters": {"dtype": "F32", "shape": [1, 2], "data_offsets": [3, 11]},
        "__metadata__": {"made": "by hand"},
    }
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes([1, 2, 255]) + np.array([0.5, -3], "<f4").tobytes()


def test_tensors_are_read_wherever_they_begin(modules: Modules) -> None:
    body = """return a.map(({ bytes, skipped }) => {
        const found = m.readTensors(Uint8Array.from([...Array(skipped).fill(7), ...bytes]).subarray(skipped));
        return Object.fromEntries(Object.entries(found).map(([name, { shape, data }]) => [name, [shape, Array.from(data)]]));
    });"""
    arrays = dict(RUN.arrays(0))
    asked = [{"bytes": [*unaligned()], "skipped": skipped} for skipped in (0, 1)]
    *by_hand, whole = modules("lab/tensors.mjs", body, [*asked, {"bytes": [*save(arrays)], "skipped": 3}])
    assert by_hand == [{"predictions": [[3], [1, 2, 255]], "filters": [[1, 2], [0.5, -3]]}] * 2
    assert {name: (tuple(shape), data) for name, (shape, data) in whole.items()} == {
        name: (array.shape, array.ravel().tolist()) for name, array in arrays.items()
    }


def test_what_is_no_kind_of_number_is_refused(modules: Modules) -> None:
    text = b'{"x":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'
    body = "try { m.readTensors(Uint8Array.from(a)); } catch (error) { return error.message; }"
    assert (
        modules("lab/tensors.mjs", body, [*len(text).to_bytes(8, "little"), *text, 0, 0])
        == "x is of BF16: only F32 and I32 and U8 are read"
    )


def test_a_run_is_asked_for_what_is_new_and_as_a_whole_once_it_stands_otherwise(modules: Modules) -> None:
    body = """
        const asked = [];
        const answers = [["training", [0, 1]], ["training", [2]], ["queued", []], ["queued", [0, 1]], null, ["queued", [0, 1]]];
        globalThis.fetch = async (address) => {
            asked.push(address);
            const answer = answers[asked.length - 1];
            if (!answer) throw new TypeError("the server restarts");
            const [state, epochs] = answer;
            return Response.json({ state, figures: epochs.map((epoch) => ({ epoch })) });
        };
        const heard = [];
        await new Promise((resolve) => {
            const stop = m.watchRun("run", (stands) => {
                heard.push([stands.state, stands.figures.length, stands.silent]);
                if (asked.length === answers.length) resolve(stop());
            });
        });
        return [asked.map((address) => address.split("=")[1]), heard];
    """
    asked, heard = modules("lab/feed.mjs", body)
    assert asked == ["-1", "1", "2", "-1", "1", "-1"]
    assert heard == [
        ["training", 2, False],
        ["training", 3, False],
        ["queued", 3, False],
        ["queued", 2, False],
        ["queued", 2, True],
        ["queued", 2, False],
    ]


# --- What it computes ---------------------------------------------------------------------------------------------------------


def test_frequencies_are_those_of_numpy(modules: Modules) -> None:
    body = """return a.map(({ shape, data }) => Array.from({ length: shape[0] }, (_, filter) => {
        const { raster, magnitude } = m.spectrumOf({ shape, data: Float32Array.from(data) }, filter);
        return [raster, Array.from(magnitude)];
    }));"""
    shapes = {(2, 3, 7, 7): 16, (2, 1, 3, 3): 16, (1, 3, 5, 8): 16, (1, 1, 16, 16): 16, (1, 1, 28, 28): 32}
    filters = [np.random.default_rng(0).normal(size=shape).astype(np.float32) for shape in shapes]
    found = modules("lab/filters.mjs", body, [{"shape": each.shape, "data": each.ravel().tolist()} for each in filters])
    for each, side, spectra in zip(filters, shapes.values(), found, strict=True):
        expected = np.abs(np.fft.fftshift(np.fft.fft2(each, (side, side)), (2, 3))).mean(1)
        assert [raster for raster, _ in spectra] == [side] * len(each)
        np.testing.assert_allclose([magnitude for _, magnitude in spectra], expected.reshape(len(each), -1), atol=1e-5)


def test_filters_fit_their_room(modules: Modules) -> None:
    rooms = [(width, height) for width in (520, 760, 1100) for height in (90, 130, 190)]
    body = "return a.map(([many, width, height]) => m.fitSquares(many, width, height));"
    asked = [(many, *room) for many in range(1, 65) for room in rooms]
    for (many, width, height), fit in zip(asked, modules("lab/filters.mjs", body, asked), strict=True):
        columns, rows, size = fit["columns"], fit["rows"], fit["size"]
        assert columns * rows >= many > columns * (rows - 1)
        assert columns * size + (columns - 1) * fit["gap"] <= width
        assert rows * size + (rows - 1) * fit["rowGap"] <= height
        assert columns == 1 or fit["gap"] >= 2
        assert rows == 1 or fit["rowGap"] >= 2
        assert size >= min(0.6 * (width * height / many) ** 0.5, height, 118)
    assert modules("lab/filters.mjs", "return m.fitSquares(16, 760, 185).columns") == 8


def test_epochs_below_an_axis(modules: Modules) -> None:
    expected = {
        (24, 6): [0, 4, 8, 12, 16, 20, 24],
        (12, 4): [0, 3, 6, 9, 12],
        (1, 6): [0, 1],
        (2, 4): [0, 1, 2],
        (7, 4): [0, 2, 4, 7],
        (13, 6): [0, 3, 6, 9, 13],
        (100, 6): [0, 20, 40, 60, 80, 100],
    }
    found = modules("lab/curves.mjs", "return a.map((each) => m.epochTicks(...each))", list(expected))
    assert dict(zip(expected, found, strict=True)) == expected


def test_an_axis_ends_on_a_round_number(modules: Modules) -> None:
    found = modules("lab/curves.mjs", "return a.map(m.roundAxis)", [1.79, 2.3, 0.04, 1.0, 37])
    words = [[tick for _, tick in axis["ticks"]] for axis in found]
    assert [round(axis["top"], 6) for axis in found] == [2, 2.5, 0.04, 1, 40]
    assert words[0] == ["0", "0.5", "1.0", "1.5", "2.0"]
    assert words[2] == ["0", "0.01", "0.02", "0.03", "0.04"]
    assert words[3] == ["0", "0.25", "0.50", "0.75", "1.00"]
    assert words[4] == ["0", "10", "20", "30", "40"]


def test_the_axis_of_the_loss_is_that_of_the_whole_run(modules: Modules) -> None:
    def top(*losses: float | None) -> float:
        figures = [{"epoch": at, "test_loss": loss, "train_loss": None} for at, loss in enumerate(losses)]
        found: dict[str, float] = modules("lab/curves.mjs", "return m.lossAxis(a, 6)", figures)
        return found["top"]

    assert [top(), top(1.8), top(1.8, 0.1), top(1.8, 0.1, 2.2), top(1.8, None, 900)] == [2, 2, 2, 2.5, 8]


def test_the_row_of_epochs_shows_the_place_and_both_ends(modules: Modules) -> None:
    asked = [(last, place) for last in (1, 5, 11, 12, 24, 40, 200) for place in range(last + 1)]
    for (last, place), row in zip(
        asked, modules("lab/place.mjs", "return a.map(([...each]) => m.byEpoch(...each, 12))", asked), strict=True
    ):
        assert {0, place, last} <= set(row)
        assert len(row) == min(last + 1, 12)
        assert all(before < after for before, after in pairwise(row))


def test_only_epochs_that_were_reached_are_gone_to(modules: Modules) -> None:
    body = """
        const { seek, onKey, toggle, advance, initial } = await import(new URL("../transport.mjs", address));
        const start = m.grown({ ...initial(1), speed: 2 }, 10, 24, true);
        const back = onKey(start, "ArrowLeft");
        const later = m.grown(back, 11, 24, m.isNewest(back));
        const end = onKey(later, "End");
        const played = advance(toggle(seek(end, 8)), 10);
        const rewound = m.grown(end, 4, 24, false);
        const all = [start, seek(start, 20), back, later, end, played, rewound];
        return all.map((state) => [state.step, state.steps, state.of, m.isNewest(state)]);
    """
    assert modules("lab/place.mjs", body) == [
        [9, 10, 25, True],
        [9, 10, 25, True],
        [8, 10, 25, False],
        [8, 11, 25, False],
        [10, 11, 25, True],
        [10, 11, 25, True],
        [3, 4, 25, True],
    ]


def test_mistakes_by_their_size_and_the_pictures_of_a_cell(modules: Modules) -> None:
    confusion = [[5, 0, 2], [3, 9, 0], [1, 0, 4]]
    assert modules("lab/confusion.mjs", "return m.mistakes(a)", confusion) == [[1, 0], [0, 2], [2, 0]]
    assert modules("lab/confusion.mjs", "return m.mistakes(a)", [[5, 0], [0, 5]]) == []
    assert modules("lab/confusion.mjs", "return m.picturesOf(...a)", [[1, 0, 1, 1], [0, 0, 1, 0], [1, 0]]) == [0, 3]


# --- What it says -------------------------------------------------------------------------------------------------------------


def test_time_that_is_left(modules: Modules) -> None:
    seconds = [0, 3, 21, 59, 61, 200, 3599, 3600, 5400]
    words = ["5 s", "5 s", "25 s", "1 min", "1 min", "3 min", "1 h", "1 h", "1 h 30 min"]
    assert modules("lab/words.mjs", "return a.map(m.timeLeft)", seconds) == words
    assert modules("lab/words.mjs", "return [NaN, Infinity, -1].map(m.timeLeft)") == ["", "", ""]


def test_time_is_watched_calmly(modules: Modules) -> None:
    body = """
        let samples = [];
        for (let at = 0; at <= 20; at += 1) samples = m.sampled(samples, 1000 * at, 50 * at);
        const again = m.sampled(samples, 21000, 3);
        const ends = [m.endsAt(null, 500, 100, 50), m.endsAt(2500, 500, 300, 50)];
        return [m.stepsPerSecond(samples, 7), m.stepsPerSecond(again, 7), ...ends];
    """
    assert modules("lab/pace.mjs", body) == [50, 7, 2500, 3300]


STANDS: list[tuple[dict[str, Any], str, str]] = [
    ({"state": None}, "press Train", ""),
    ({"state": "queued", "place": 3}, "Waiting: 2 before it", ""),
    ({"state": "queued", "place": 2, "paused": True}, "Waiting: 1 before it, paused by whoever started it", ""),
    ({"state": "queued", "place": 1}, "Starting …", ""),
    ({"state": "queued", "place": 0}, "Waiting for its turn", ""),
    ({"state": "training"}, "Starting …", ""),
    ({"state": "training", "figures": 10}, "9 of 24 epochs", ""),
    ({"state": "training", "figures": 1, "silent": True}, "0 of 24 epochs", "The server does not answer: trying again"),
    ({"state": "paused", "figures": 10}, "Paused after 9 of 24 epochs", ""),
    ({"state": "finished", "figures": 13, "message": "as told"}, "Finished: 98.2 % of 1,200 test pictures right", "As told"),
    ({"state": "cancelled", "figures": 2}, "Cancelled after 1 of 24 epochs", ""),
    ({"state": "failed", "message": "the loss is no number"}, "Failed after 0 of 24 epochs", "The loss is no number"),
    ({"state": None, "refused": "there is no such run"}, "There is no such run", ""),
]


def test_how_a_run_stands(modules: Modules) -> None:
    body = """return a.map((stands) => {
        const all = { place: 0, message: "", progress: null, refused: "", silent: false, ...stands };
        const { says, note } = m.standingWords(all, { epochs: 24, count: 1200 }, "press Train");
        return [says.map(([, words]) => words).join(""), note];
    });"""
    accuracies = [{"test_accuracy": each.test_accuracy} for each in FIGURES]
    asked = [{**stands, "figures": accuracies[: stands.get("figures", 0)]} for stands, _, _ in STANDS]
    assert modules("lab/words.mjs", body, asked) == [[says, note] for _, says, note in STANDS]


def test_a_cell_in_words(modules: Modules) -> None:
    body = "return a.map(([confusion, cell, classes]) => m.cellWords(confusion, cell, classes).join(''))"
    shapes, digits, clothes = ["triangle", "cross"], ["3", "8"], ["ankle boot", "dress"]
    asked = [
        ([[185, 12], [1, 7]], [0, 1], shapes),
        ([[185, 12], [1, 7]], [1, 0], shapes),
        ([[185, 12], [0, 7]], [1, 0], shapes),
        ([[185, 12], [1, 7]], [1, 1], shapes),
        ([[30, 4], [1, 7]], [0, 1], digits),
        ([[30, 4], [5, 7]], [1, 0], clothes),
    ]
    assert modules("lab/words.mjs", body, asked) == [
        "12 triangles read as cross",
        "1 cross read as triangle",
        "No crosses read as triangle",
        "7 of 8 crosses recognised",
        "4 pictures of 3 read as 8",
        "5 dresses read as ankle boot",
    ]


def test_names_are_shortened_until_they_would_be_alike(modules: Modules) -> None:
    clothes = KINDS["fashion_mnist"].classes
    short = modules("lab/words.mjs", "return m.shortNames(a)", clothes)
    assert len(set(short)) == len(clothes)
    assert set(map(len, short)) == {3}
    assert modules("lab/words.mjs", "return m.shortNames(a)", [*"0123456789"]) == [*"0123456789"]
    assert modules("lab/words.mjs", "return ['star', 'ankle boot', '8', '3'].map(m.withArticle)") == [
        "a star",
        "an ankle boot",
        "an 8",
        "a 3",
    ]


# --- The stage on its page ----------------------------------------------------------------------------------------------------


PIXELS = "[...argument.getContext('2d').getImageData(0, 0, argument.width, argument.height).data]"


class LabStage(Stage):
    """The stage with the run that comes along."""

    def see(self, query: str = "") -> LabStage:
        self.open(f"/training-lab?run={RUN.id}{query}")
        self.expect("steps", len(FIGURES))
        return self

    def at(self, epoch: int) -> None:
        """Everything shows this epoch."""
        self.expect("step", epoch)
        self.wait_until("stage.record?.epoch === argument", epoch)

    def pixels(self, canvas: Locator) -> NDArray[np.uint8]:
        size, data = canvas.evaluate("(argument) => [[argument.height, argument.width, 4], " + PIXELS + "]")
        return np.array(data, np.uint8).reshape(size)[..., :3]

    def cell(self, is_: int, said: int) -> Locator:
        return self.root.locator(".cv-lab-cell").nth(is_ * len(CLASSES) + said)

    @property
    def thumbs(self) -> Locator:
        return self.root.locator(".cv-lab-thumb:not([hidden]):not(.cv-lab-waits)")

    def expect_numbers(self, numbers: list[int]) -> None:
        """The pictures beside the counts are these."""
        thumbs = "[...stage.parts.root.querySelectorAll('.cv-lab-thumb:not([hidden]):not(.cv-lab-waits)')]"
        self.wait_until(f"{thumbs}.map((thumb) => thumb.dataset.number).join() === argument", ",".join(map(str, numbers)))


@pytest.fixture
def lab(context: BrowserContext, server: Server) -> LabStage:
    return LabStage(context.new_page(), server.address)


def painted(epoch: int) -> NDArray[np.uint8]:
    """The filters after an epoch, grey where weights are 0, as (filters, height, width, 3)."""
    weights = RUN.arrays(epoch)["filters"].astype(np.float64)
    largest = np.abs(weights).max((1, 2, 3), keepdims=True)
    scale = np.maximum(largest, largest.max() / 4)
    return np.rint(np.clip(127.5 + 127.5 * weights / scale, 0, 255)).astype(np.uint8).transpose(0, 2, 3, 1)


def numbers_of(epoch: int, is_: int, said: int) -> list[int]:
    predictions = RUN.arrays(epoch)["predictions"]
    return np.flatnonzero((TEST.labels == is_) & (predictions == said)).tolist()


def test_all_parts_show_the_epoch(lab: LabStage) -> None:
    lab.see()
    lab.at(12)
    lab.expect_whole_arithmetic("epoch 12 of 12: test loss 0.053, accuracy 98.2 %")
    assert lab.shape == (16, 7, 7)
    expect(lab.root.locator(".cv-lab-sentence")).to_have_text("Finished: 98.2 % of 1,200 test pictures right")
    for key, epoch in (("Home", 0), ("ArrowRight", 1), ("ArrowUp", 0), ("ArrowDown", 5), ("ArrowLeft", 4)):
        lab.press(key)
        lab.at(epoch)
    figures = FIGURES[4]
    loss, accuracy = (lab.root.locator(".cv-lab-chart").nth(at) for at in (0, 1))
    expect(loss.locator(".cv-lab-legend")).to_have_text(f"test {figures.test_loss:.3f}train {figures.train_loss:.3f}")
    expect(accuracy.locator(".cv-lab-legend")).to_have_text(
        f"test {figures.test_accuracy:.1%}train {figures.train_accuracy:.1%}".replace("%", " %")
    )
    counts = [count or "" for row in figures.confusion for count in row]
    assert lab.root.locator(".cv-lab-cell").all_inner_texts() == [str(count) for count in counts]
    found = [lab.pixels(canvas) for canvas in lab.root.locator(".cv-lab-filter canvas").all()]
    np.testing.assert_array_equal(found, painted(4))
    row = lab.root.locator(".cv-lab-at")
    assert row.all_inner_texts() == ["0", "1", "2", "3", "4", "5", "7", "8", "9", "10", "11", "12"]
    np.testing.assert_array_equal(lab.pixels(row.nth(9).locator("canvas")), painted(10)[0])
    expect(lab.root.locator(".cv-lab-at.cv-lab-chosen")).to_have_text("4")
    expect(lab.root.locator("[aria-live]")).to_have_text("epoch 4: test accuracy 80.3 %, loss 0.510")
    assert lab.errors == []


def test_test_pictures_and_what_they_are_taken_for(lab: LabStage) -> None:
    lab.see("&epoch=3")
    lab.at(3)
    first = watched(TEST.labels, len(CLASSES)).reshape(len(CLASSES), -1)
    probabilities = RUN.arrays(3)["probabilities"].reshape(*first.shape, -1)
    for turn in (0, 1):
        cards = lab.root.locator(".cv-lab-watched")
        lab.wait_until("stage.parts.root.querySelector('.cv-lab-picture').dataset.number === argument", str(first[0, turn]))
        for is_, card in enumerate(cards.all()):
            row = probabilities[is_, turn]
            best = np.argsort(-row, kind="stable")[:2]
            article = "a"
            words = f"✓ {CLASSES[is_]}" if best[0] == is_ else f"✗ is {article} {CLASSES[is_]}"
            assert card.locator(".cv-lab-is").inner_text() == words
            assert card.locator(".cv-lab-value").all_inner_texts() == [f"{row[each]:.2f}" for each in best]
            assert [mark.get_attribute("title") for mark in card.locator(".cv-lab-mark").all()] == [
                CLASSES[each] for each in best
            ]
            picture = TEST.images[first[is_, turn]].transpose(1, 2, 0)
            np.testing.assert_array_equal(lab.pixels(card.locator("canvas")), picture)
        lab.press("p")


def test_a_cell_is_pointed_at_held_and_let_go(lab: LabStage) -> None:
    lab.see()
    lab.at(12)
    words = lab.root.locator(".cv-lab-cell-words")
    expect(words).to_have_text("8 stars read as cross")
    lab.expect_numbers(numbers_of(12, 3, 4))
    lab.cell(0, 1).hover()
    expect(words).to_have_text("4 circles read as square")
    lab.expect_numbers(numbers_of(12, 0, 1))
    np.testing.assert_array_equal(lab.pixels(lab.thumbs.first), TEST.images[numbers_of(12, 0, 1)[0]].transpose(1, 2, 0))
    lab.cell(0, 1).click()
    lab.page.mouse.move(5, 5)
    expect(lab.cell(0, 1)).to_have_class(re.compile("cv-lab-pinned"))
    lab.press("Home", "ArrowDown", "ArrowLeft")
    lab.at(4)
    expect(words).to_have_text(f"{FIGURES[4].confusion[0][1]} circle read as square")
    lab.expect_numbers(numbers_of(4, 0, 1)[:12])
    lab.press("Escape")
    expect(lab.root.locator(".cv-lab-pinned")).to_have_count(0)
    lab.press("End", "m", "m")
    expect(words).to_have_text("4 circles read as square")
    assert lab.errors == []


def test_a_chart_a_filter_and_the_row_are_clicked(lab: LabStage) -> None:
    lab.see()
    lab.at(12)
    grid = lab.root.locator(".cv-lab-axes").first.bounding_box()
    zero, last = (
        lab.root.locator(".cv-lab-axes").first.locator("text", has_text=re.compile(f"^{words}$")).last.bounding_box()
        for words in ("0", "12")
    )
    assert grid
    assert zero
    assert last
    ends = [box["x"] + box["width"] / 2 for box in (zero, last)]
    middle = grid["y"] + grid["height"] / 2
    lab.page.mouse.move(ends[0] + (ends[1] - ends[0]) * 0.5, middle)
    lab.page.mouse.down()
    lab.at(6)
    lab.page.mouse.move(ends[0] + (ends[1] - ends[0]) * 0.25, middle + 300)
    lab.at(3)
    lab.page.mouse.up()
    lab.root.locator(".cv-lab-filter").nth(11).click()
    expect(lab.root.locator(".cv-lab-by")).to_have_text("Filter 12by epoch")
    lab.press("]", "[", "[")
    expect(lab.root.locator(".cv-lab-by")).to_have_text("Filter 11by epoch")
    lab.root.locator(".cv-lab-at", has_text=re.compile("^9$")).click()
    lab.at(9)
    lab.press("f")
    expect(lab.root.get_by_role("button", name="frequencies")).to_have_attribute("aria-pressed", "true")
    lab.wait_until("stage.parts.root.querySelector('.cv-lab-filter canvas').width === 16")
    lab.press("+", "+", "+", "+", "Home", " ")
    lab.at(12)
    lab.expect("playing", "false")


def standing(address: str, reached: int) -> str:
    """What the server would say of the run while it trains."""
    progress = {"epoch": reached, "step": 56, "steps": 112, "pictures_per_second": 2000.0}
    figures = [vars(each) for each in FIGURES[:reached] if each.epoch > int(address.partition("after=")[2])]
    told = {"state": "training", "message": "", "device": "CPU, 2 threads of 2, x86_64", "place": 0, "progress": progress}
    return json.dumps({**told, "figures": figures})


def test_a_run_is_followed_left_and_followed_again(lab: LabStage) -> None:
    reached = [4]

    def answer(route: Route) -> None:
        if reached[0]:
            route.fulfill(body=standing(route.request.url, reached[0]), content_type="application/json")
        else:
            route.abort()

    lab.page.route(re.compile(r"convviz-runs/[^/]*\?"), answer)
    lab.open(f"/training-lab?run={RUN.id}")
    lab.expect("steps", 4)
    lab.at(3)
    lab.expect("live", "true")
    lab.wait_until("stage.toldState === 'training'")  # the page took it for finished
    expect(lab.root.locator(".cv-lab-sentence")).to_have_text("3 of 12 epochs")
    expect(lab.root.locator(".cv-lab-fact").nth(1)).to_have_text("2,000 pictures/s")
    expect(lab.root.locator(".cv-lab-at.cv-lab-empty")).to_have_count(8)
    reached[0] = 5
    lab.at(4)
    lab.press("ArrowLeft")
    lab.expect("live", "false")
    reached[0] = 7
    lab.expect("steps", 7)
    lab.at(3)
    lab.root.get_by_role("button", name="live").click()
    lab.at(6)
    lab.expect("live", "true")
    lab.press("Home", " ")
    lab.expect("live", "false")
    lab.press("+", "+", "+")
    lab.at(6)
    lab.expect("live", "true")
    reached[0] = 0
    expect(lab.root.locator(".cv-lab-strip-note")).to_have_text("The server does not answer: trying again")
    lab.at(6)
    reached[0] = 8
    lab.at(7)
    expect(lab.root.locator(".cv-lab-strip-note")).to_be_hidden()
    assert lab.errors == []


# What sticks out of its part, or out of the stage.
OUTSIDE = """[...document.querySelectorAll('.cv-lab-panel, .cv-lab-strip, .cv-lab > .cv-controls')].flatMap((part) => {
    const room = part.getBoundingClientRect();
    const all = [...part.querySelectorAll('*')].filter((node) => node.checkVisibility() && !node.closest('dl, svg'));
    return all.filter((node) => {
        const box = node.getBoundingClientRect();
        return box.right > room.right + 4 || box.bottom > room.bottom + 4 || box.left < room.left - 4 || box.top < room.top - 4;
    }).map((node) => `${part.className}: ${node.className}`);
})"""


def test_it_fits_without_scrolling_in_both_themes(lab: LabStage) -> None:
    lab.page.emulate_media(color_scheme="light")
    lab.see("&epoch=2")
    lab.at(2)
    for scheme in ("light", "dark"):
        lab.page.emulate_media(color_scheme=scheme)
        lab.expect("theme", scheme)
        np.testing.assert_array_equal(lab.pixels(lab.root.locator(".cv-lab-filter canvas").first), painted(2)[0])
    for width, height in ((1600, 900), (1280, 720)):
        lab.page.set_viewport_size({"width": width, "height": height})
        lab.wait_until("stage.parts.root.getBoundingClientRect().bottom + 44 <= innerHeight")
        lab.wait_until(f"{OUTSIDE}.length === 0")
