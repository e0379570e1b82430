"""The guided walk of the shortcut story: what it asks, computes, shows and says, against numpy, with answers made by hand."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect
from safetensors.numpy import save

from convviz.lab.data import KINDS
from convviz.ui.server import ASSET_FOLDER
from tests.conftest import Modules, Server
from tests.stage import Stage

CLASSES = KINDS["shapes"].classes
MARKS = ["●", "■", "▲", "★", "✚", "◯"]
RUNS = {"plain": "shapes-7x7", "tagged": "shapes-tagged"}
LABEL, SIDE, TAG, PATCH, STEPS = 1, 32, 5, 5, 7
COUNT = SIDE - PATCH + 1
TAG_CORNER, OBJECT = (4, 21), (slice(14, 24), slice(5, 13))
PEAKS = {"shapes-7x7": (16, 7), "shapes-tagged": (3, 22)}
"""By run the place of the patch at which the class loses the most: on the object, on the sticker."""


# --- Answers by hand ----------------------------------------------------------------------------------------------------------


def mask(rows: slice, columns: slice) -> NDArray[np.uint8]:
    found = np.zeros((SIDE, SIDE), np.uint8)
    found[rows, columns] = 1
    return found


TAG_CELLS = tuple(slice(each, each + TAG) for each in TAG_CORNER)
WITHOUT = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE), np.uint8)
MOVED = np.stack([WITHOUT] * len(CLASSES))
MOVED[:, :, *TAG_CELLS] = np.random.default_rng(1).integers(0, 256, (len(CLASSES), 3, TAG, TAG), np.uint8)
TAGGED = MOVED[LABEL]


def logits(winner: int, lead: float) -> NDArray[np.float32]:
    found = np.linspace(-0.5, 0.5, len(CLASSES), dtype=np.float32)
    found[winner] += lead
    return found


def softmax(scores: NDArray[Any]) -> NDArray[np.float64]:
    powers = np.exp(np.float64(scores) - np.max(scores, axis=-1, keepdims=True))
    chances: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return chances


STORY: dict[str, dict[str, Any]] = {
    "shapes-7x7": {
        "without": logits(LABEL, 4),
        "tagged": logits(LABEL, 3),
        "moved": np.stack([logits(LABEL, 2 + each / 8) for each in range(len(CLASSES))]),
        "told": {"accuracy": {"without": 0.975, "tagged": 0.9691}},
        "swapped": {"followed": 0.004, "kept": 0.975},
    },
    "shapes-tagged": {
        "without": logits(4, 1),
        "tagged": logits(LABEL, 6),
        "moved": np.stack([logits(each, 5) for each in range(len(CLASSES))]),
        "told": {"accuracy": {"without": 0.218, "tagged": 1.0}},
        "swapped": {"followed": 1.0, "kept": 0.0},
    },
}

Answer = tuple[dict[str, NDArray[Any]], dict[str, Any]]


def story(run: str, _: dict[str, str]) -> Answer:
    own = STORY[run]
    tensors = {
        "without": WITHOUT,
        "tagged": TAGGED,
        "moved": MOVED,
        "object": mask(*OBJECT),
        "tag": mask(*TAG_CELLS),
        **{f"logits_{name}": own[name] for name in ("without", "tagged", "moved")},
    }
    return tensors, {"number": 265, "label": LABEL, "pictures": 1200, **own["told"]}


def swapped(run: str, _: dict[str, str]) -> Answer:
    return {}, {**STORY[run]["swapped"], "pictures": 1200}


def occluded(run: str, patch: int) -> NDArray[np.float32]:
    """Scores that fall the more, the nearer the patch is to the run's place."""
    count = SIDE - patch + 1
    rows, columns = np.ogrid[:count, :count]
    away = np.maximum(abs(rows - PEAKS[run][0]), abs(columns - PEAKS[run][1]))
    scores = np.tile(STORY[run]["tagged"], (count, count, 1))
    scores[..., LABEL] -= np.maximum(6.0 - 2 * away, 0)
    return scores


def occlusion(run: str, asked: dict[str, str]) -> Answer:
    packed = asked["picture"][1:]
    values = zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), wbits=-15)
    np.testing.assert_array_equal(np.frombuffer(values, np.uint8).reshape(TAGGED.shape), TAGGED)
    assert (asked["stride"], asked["fill"]) == ("1", "grey")
    scores = occluded(run, int(asked["patch"]))
    return {"scores": scores, "plain": STORY[run]["tagged"], "filled": np.full_like(TAGGED, 128)}, {"way": "plain"}


def emerged(run: str, step: int) -> NDArray[np.uint8]:
    picture: NDArray[np.uint8] = np.random.default_rng([len(run), step]).integers(0, 256, TAGGED.shape, np.uint8)
    return picture


def emerging(run: str, asked: dict[str, str]) -> Answer:
    assert {name: asked[name] for name in ("target", "jitter", "smooth", "seed")} == {
        "target": "class:1",
        "jitter": "2",
        "smooth": "0.05",
        "seed": "0",
    }
    step = int(asked["step"])
    scores = np.arange(step // 8 + 1, dtype=np.float32) / 2 - 1.25
    return {"image": emerged(run, step), "scores": scores}, {"step": step, "steps": 256, "best": {"number": 7, "score": 9.5}}


OF = 60


def game(run: str, asked: dict[str, str]) -> Answer:
    start = int(asked["from"])
    count = min(int(asked["count"]), OF - start)
    right, is_plain = count - 1, run == RUNS["plain"]
    told = (
        {"hits": right - 1, "on_tag": 0, "chance_tag": 0}
        if is_plain
        else {"hits": 0, "on_tag": right, "chance_tag": 0.08 * right}
    )
    return {}, {"from": start, "count": count, "of": OF, "right": right, "chance": 0.42 * right, **told}


QUESTIONS = {"story": story, "swapped": swapped, "occlusion": occlusion, "emerging": emerging, "game": game}


DATA = {"runs": RUNS, "feed": {"inside": "convviz-inside"}, "classes": CLASSES, "marks": MARKS}

MOUNTED = """async ([address, data]) => {
    const parentElement = document.createElement("div");
    document.body.replaceChildren(parentElement);
    const { mount } = await import(address);
    window.said = [];
    const setters = { setStateValue: (...words) => said.push(words), setTriggerValue: (...words) => said.push(words) };
    window.take = (data) => mount({ data: new TextEncoder().encode(JSON.stringify(data)), parentElement, ...setters });
    window.leave = take(data);
}"""

PIXELS = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [[canvas.height, canvas.width, 4], [...data]];
}"""

# Whether the board of a name shows a picture: its numbers, pixel by pixel.
SHOWS = """((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const [, wanted] = argument;
    const isSame = (value, at) => data[4 * Math.floor(at / 3) + (at % 3)] === value;
    return 3 * data.length === 4 * wanted.length && wanted.every(isSame);
})(stage.parts.root.querySelector(`[aria-label="${argument[0]}"]`))"""


class Walk(Stage):
    """The walk, mounted on an empty page of the server; `asked` is what it has asked for, `said` what it has reported."""

    def __init__(self, page: Page, address: str) -> None:
        super().__init__(page, address)
        self.asked: list[str] = []
        self.refused: dict[str, str] = {}
        self.held: set[str] = set()
        page.route("**/convviz-inside/**", self._answer)

    def _answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        run, name = url.path.split("/")[-2:]
        self.asked.append(f"{run}/{name}?{url.query}")
        if name in self.held:
            route.fulfill(status=503)
        elif name in self.refused:
            route.fulfill(status=404, json={"message": self.refused[name]})
        else:
            tensors, told = QUESTIONS[name](run, {key: values[0] for key, values in parse_qs(url.query).items()})
            route.fulfill(body=save(tensors, {"told": json.dumps(told)}))

    def see(self, step: int = 0, cue: int = 1) -> Walk:
        data = {**DATA, "cue": {"id": cue, "step": step}}
        self.page.goto(f"{self.address}/_stcore/health")
        self.page.evaluate(MOUNTED, [f"{self.address}/{ASSET_FOLDER}/inside/walk.mjs", data])
        self.expect("step", step)
        return self

    @property
    def said(self) -> list[list[Any]]:
        found: list[list[Any]] = self.page.evaluate("window.said")
        return found

    def asked_of(self, name: str, run: str = RUNS["tagged"]) -> list[dict[str, str]]:
        found = [urlsplit(each) for each in self.asked if each.startswith(f"{run}/{name}?")]
        return [{key: values[0] for key, values in parse_qs(each.query).items()} for each in found]

    def side(self, index: int) -> Locator:
        return self.root.get_by_role("region", name=f"Network {'AB'[index]}")

    def pixels(self, board: str) -> NDArray[np.uint8]:
        """The picture of a board, by its name: (3, height, width)."""
        size, data = self.root.get_by_role("img", name=board).evaluate(PIXELS)
        return np.array(data, np.uint8).reshape(size)[..., :3].transpose(2, 0, 1)

    def expect_pixels(self, board: str, picture: NDArray[np.uint8]) -> None:
        """Soon the board shows this picture."""
        self.wait_until(SHOWS, [board, picture.transpose(1, 2, 0).ravel().tolist()])

    def expect_answers(self, sides: list[NDArray[Any]]) -> None:
        for index, scores in enumerate(sides):
            chances = softmax(scores)
            values = self.side(index).locator(".cv-in-walk-row .cv-in-walk-value")
            expect(values).to_have_text([f"{each:.2f}" for each in chances])
            winner = int(np.argmax(chances))
            verdict = "right" if winner == LABEL else "wrong"
            expect(self.side(index).locator(".cv-in-walk-head-line")).to_have_text(
                f"says{CLASSES[winner]}{chances[winner]:.2f}{verdict}"
            )


@pytest.fixture
def walk(context: BrowserContext, server: Server) -> Walk:
    return Walk(context.new_page(), server.address)


@pytest.fixture
def moving(browser: Browser, server: Server) -> Iterator[Walk]:
    """The walk where things may move."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield Walk(context.new_page(), server.address)
    context.close()


# --- What it computes ---------------------------------------------------------------------------------------------------------


def masks(seed: int) -> NDArray[np.uint8]:
    return (np.random.default_rng(seed).random((7, 9)) < 0.2).astype(np.uint8)


def as_tensor(array: NDArray[Any]) -> dict[str, Any]:
    return {"shape": array.shape, "data": array.ravel().tolist()}


TYPED = "const typed = ({ shape, data }) => ({ shape, data: Uint8Array.from(data) });"


def test_a_mask_has_a_box_and_an_edge(modules: Modules) -> None:
    all_masks = [mask(*OBJECT), mask(*TAG_CELLS), *map(masks, range(5))]
    asked = [as_tensor(each) for each in all_masks]
    boxes = modules("inside/walk-facts.mjs", f"{TYPED} return a.map((each) => m.boxOf(typed(each)));", asked)
    edges = modules("inside/walk-parts.mjs", f"{TYPED} return a.map((each) => m.edgeOf(typed(each)));", asked)
    for each, box, path in zip(all_masks, boxes, edges, strict=True):
        spans = [np.flatnonzero(each.any(axis=1 - axis)) for axis in (0, 1)]
        assert box == [[int(span[0]), int(span[-1]) + 1] for span in spans]
        padded = np.pad(each.astype(int), 1)
        lines = {"h1": abs(np.diff(padded, axis=0))[:, 1:-1], "v1": abs(np.diff(padded, axis=1))[1:-1]}
        assert {name: path.count(name) for name in lines} == {name: int(found.sum()) for name, found in lines.items()}
    empty = as_tensor(np.zeros((3, 3), np.uint8))
    assert modules("inside/walk-facts.mjs", f"{TYPED} return m.boxOf(typed(a));", empty) == [[0, 0], [0, 0]]


def test_a_part_of_a_picture_and_one_between_two(modules: Modules) -> None:
    body = f"{TYPED} const found = m.cropped(typed(a), [[4, 9], [21, 26]]); return [found.shape, [...found.data]];"
    part = TAGGED[:, *TAG_CELLS]
    assert modules("inside/walk-parts.mjs", body, as_tensor(TAGGED)) == [list(part.shape), part.ravel().tolist()]
    pair = [WITHOUT.ravel().tolist(), TAGGED.ravel().tolist()]
    found = modules("inside/walk-steps.mjs", "return [0, 0.25, 1].map((amount) => [...m.blended(a[0], a[1], amount)]);", pair)
    assert found[0] == pair[0]
    assert found[2] == pair[1]
    expected = np.floor(WITHOUT + (TAGGED.astype(float) - WITHOUT) * 0.25 + 0.5)
    np.testing.assert_array_equal(found[1], expected.ravel())


def test_what_a_patch_touches(modules: Modules) -> None:
    places = [(row, column) for row in range(0, COUNT, 3) for column in range(COUNT)]
    body = f"{TYPED} return a[0].map((place) => m.touched(place, 5, {{ object: typed(a[1]), tag: typed(a[2]) }}));"
    shape, sticker = mask(*OBJECT), mask(*TAG_CELLS)
    found = modules("inside/walk-facts.mjs", body, [places, as_tensor(shape), as_tensor(sticker)])
    for (row, column), touched in zip(places, found, strict=True):
        cells = slice(row, row + PATCH), slice(column, column + PATCH)
        assert touched == {"shape": bool(shape[cells].any()), "sticker": bool(sticker[cells].any())}
    words = "return a.map((touched) => m.placeWords(touched, 'ring'));"
    kinds = [{"shape": shape, "sticker": sticker} for shape in (True, False) for sticker in (True, False)]
    assert modules("inside/walk-words.mjs", words, kinds) == [
        "between the ring and the sticker",
        "on the ring",
        "on the sticker",
        "beside both",
    ]


def test_things_that_come_by_turns(modules: Modules) -> None:
    times = [0, 0.99, 1, 4.5, 8.999, 9, 12]
    assert modules("inside/walk-steps.mjs", "return a.map((time) => m.turnAt(time, 9, 9));", times) == [0, 0, 1, 4, 8, 8, 8]
    assert modules("inside/walk-steps.mjs", "return a.map(m.clampedStep);", [-1, 0, 3, 6, 7, None, "x"]) == [
        0,
        0,
        3,
        6,
        6,
        0,
        0,
    ]


def test_shares_of_the_pointing_game_are_of_what_was_recognised(modules: Modules) -> None:
    told = {"right": 20, "hits": 19, "on_tag": 1, "chance": 5, "chance_tag": 1.25}
    found = modules("inside/walk-facts.mjs", "return m.gameShares(a);", told)
    assert found == {"shape": 0.95, "sticker": 0.05, "chance": {"shape": 0.25, "sticker": 0.0625}}
    assert modules("inside/walk-facts.mjs", "return m.gameShares(a);", {**told, "right": 0}) is None


def test_the_vote_is_said_back(modules: Modules) -> None:
    def facts(plain: float, tagged: float) -> dict[str, Any]:
        return {"isKnown": True, "sides": [{"story": {"accuracy": {"tagged": each}}} for each in (plain, tagged)]}

    body = "return m.voteWords(a.vote, a.facts);"
    said = [modules("inside/walk-words.mjs", body, {"vote": vote, "facts": facts(0.9, 1)}) for vote in ("A", "B", None)]
    assert said == [
        "You chose A, although B had the better test result. A is the one that looks at the shapes.",
        "You chose B, as its test result suggested. The test could not tell a shape from a sticker.",
        "",
    ]
    assert modules("inside/walk-words.mjs", body, {"vote": "B", "facts": facts(1, 1)}).startswith("You chose B. The test")


# --- The walk itself ----------------------------------------------------------------------------------------------------------


def test_both_are_right_and_one_is_chosen(walk: Walk) -> None:
    walk.see()
    assert (walk.step, walk.steps) == (0, STEPS)
    walk.expect_whole_arithmetic("Right on 1,200 such test pictures: A 96.9 %, B 100 %.")
    expect(walk.root.locator(".cv-in-walk-words")).to_contain_text(
        "six shapes, and neither has seen this picture. Both say square"
    )
    walk.expect_answers([STORY[run]["tagged"] for run in RUNS.values()])
    walk.expect_pixels("The test picture", TAGGED)
    expect(walk.root).to_be_focused()
    walk.press("b")
    expect(walk.root.get_by_role("button", name="I trust B (B)")).to_have_attribute("aria-pressed", "true")
    walk.press("a", "End")
    expect(walk.root.locator(".cv-in-walk-vote-said")).to_contain_text("You chose A, although B had the better test result.")
    walk.expect_whole_arithmetic("Right with stickers: A 96.9 %, B 100 %. Without: A 97.5 %, B 21.8 %.")
    for index, run in enumerate(RUNS.values()):
        walk.expect_pixels(f"What excited network {'AB'[index]} most", emerged(run, 256))
    assert walk.errors == []


def test_the_maps_show_where_each_looks(walk: Walk) -> None:
    walk.see(1)
    lowest = {run: softmax(occluded(run, PATCH))[..., LABEL].min() for run in RUNS.values()}
    plain = {run: softmax(STORY[run]["tagged"])[LABEL] for run in RUNS.values()}
    a, b = (f"{plain[run]:.2f} → {lowest[run]:.2f}" for run in RUNS.values())
    walk.expect_whole_arithmetic(f"A falls most on the square: {a}. B falls most on the sticker: {b}.")
    for index, run in enumerate(RUNS.values()):
        fallen = plain[run] - softmax(occluded(run, PATCH))[..., LABEL]
        shown = walk.pixels(f"Where network {'AB'[index]} looks").astype(int)
        green = np.zeros((SIDE, SIDE), bool)
        green[2:-2, 2:-2] = fallen > 0.02
        np.testing.assert_array_equal(abs(shown - shown[:1]).max(axis=0) > 1, green)  # all else is grey
    here = softmax(occluded(RUNS["tagged"], PATCH))[-1, -1, LABEL]
    expect(walk.side(1).locator(".cv-in-walk-number")).to_have_text(f"{here:.2f}")


def test_somebody_points_at_a_place(walk: Walk) -> None:
    walk.see(1)
    walk.expect_arithmetic("on the sticker")
    box = walk.root.get_by_role("img", name="Where network A looks").bounding_box()
    assert box
    row, column = PEAKS[RUNS["tagged"]]
    cell = box["width"] / SIDE
    walk.page.mouse.move(box["x"] + (column + 2.5) * cell, box["y"] + (row + 2.5) * cell)
    for index, run in enumerate(RUNS.values()):
        chance = softmax(occluded(run, PATCH))[row, column, LABEL]
        expect(walk.side(index).locator(".cv-in-walk-number")).to_have_text(f"{chance:.2f}")
    patch = walk.root.locator(".cv-in-walk-middle .cv-in-walk-patch")
    assert [float(patch.get_attribute(name) or -1) for name in ("y", "x", "height")] == [row, column, PATCH]


def test_the_sticker_is_taken_away_and_put_back(walk: Walk) -> None:
    walk.see(2)
    board = "The picture with its sticker or without"
    walk.expect_whole_arithmetic(
        "Right on the same 1,200 pictures without stickers: A 97.5 %, B 21.8 %. Guessing would get 16.7 %."
    )
    walk.expect_pixels(board, WITHOUT)
    walk.expect_answers([STORY[run]["without"] for run in RUNS.values()])
    walk.press("s")
    walk.expect_pixels(board, TAGGED)
    walk.expect_answers([STORY[run]["tagged"] for run in RUNS.values()])
    walk.expect_whole_arithmetic("Right on test pictures with stickers: A 96.9 %, B 100 %.")
    walk.root.get_by_role("button", name="without (S)").click()
    walk.expect_pixels(board, WITHOUT)


def test_a_sticker_of_another_class_is_put_on(walk: Walk) -> None:
    walk.see(3)
    walk.expect_whole_arithmetic(
        "With a wrong sticker on every test picture: A still names the shape in 97.5 %, B names the sticker in 100 %."
    )
    board = "The picture with the sticker of another class"
    walk.expect_pixels(board, MOVED[2])  # the first class behind the picture's own
    for klass in (0, 5):
        walk.press(str(klass + 1))
        walk.expect_pixels(board, MOVED[klass])
        walk.expect_answers([STORY[run]["moved"][klass] for run in RUNS.values()])
        expect(walk.side(0).locator(".cv-in-walk-note").nth(klass)).to_have_text("sticker")
        expect(walk.side(0).locator(".cv-in-walk-note").nth(LABEL)).to_have_text("shape")
    walk.root.get_by_role("button", name="The sticker of class square (2)").click()
    walk.expect_pixels(board, TAGGED)
    expect(walk.side(1).locator(".cv-in-walk-note").nth(LABEL)).to_have_text("shape, sticker")


def test_pictures_emerge_in_order(walk: Walk) -> None:
    walk.see(4)
    best = "(best test picture 9.5)"
    walk.expect_whole_arithmetic(f"Score of square after 256 steps: A 14.8 {best}, B 14.8 {best}.")
    for index, run in enumerate(RUNS.values()):
        assert [int(each["step"]) for each in walk.asked_of("emerging", run)] == list(range(0, 257, 8))
        walk.expect_pixels(f"What excites network {'AB'[index]} most", emerged(run, 256))
    walk.wait_until("stage.answers.get('shapes-tagged/game?from=0&count=24')")
    first = next(at for at, each in enumerate(walk.asked) if "/game?" in each)
    assert sum("/emerging?" in each for each in walk.asked[:first]) == 66  # the next step's questions wait for this one's
    slider = walk.root.get_by_role("slider", name="Step")
    slider.focus()
    walk.page.keyboard.press("Home")  # is the slider's own while it has the focus
    walk.expect("step", 4)
    slider.fill("500")
    walk.expect_arithmetic("after 128 steps: A 6.8")
    walk.expect_pixels("What excites network B most", emerged(RUNS["tagged"], 128))
    slider.fill("0")
    walk.expect_arithmetic("after 0 steps: A −1.3")


def test_the_pointing_game_is_counted_slice_by_slice(walk: Walk) -> None:
    walk.see(5)
    right = OF - 3
    share = f"{100 * (OF - 6) / right:.1f} %"
    walk.expect_whole_arithmetic(
        f"After 60 of 60 pictures: A touches the shape in {share}, B touches the sticker in 100 % (chance: 42 % and 8 %)."
    )
    assert [int(each["from"]) for each in walk.asked_of("game")] == [0, 24, 48]
    expect(walk.side(0).locator(".cv-in-walk-foot")).to_have_text("57 of 60 pictures recognised")
    peaks = walk.root.locator("g:has(> .cv-in-walk-peak)")
    for index, run in enumerate(RUNS.values()):
        row, column = PEAKS[run]
        expect(peaks.nth(index)).to_have_attribute("transform", f"translate({column} {row})")
    assert walk.root.locator(".cv-in-walk-tick").first.evaluate("(tick) => tick.style.left") == "42%"
    expect(walk.side(0).locator(".cv-in-walk-label").nth(1)).to_have_text("its test pictures have no sticker")
    expect(walk.side(1).locator(".cv-in-walk-share").nth(1)).to_have_text("touches the sticker100 %")


def test_it_asks_one_step_ahead(walk: Walk) -> None:
    walk.see()
    walk.wait_until("stage.answers.get(`shapes-tagged/occlusion?picture=${stage.picture}&patch=5&stride=1&fill=grey`)")
    assert {each.partition("?")[0].partition("/")[2] for each in walk.asked} == {"story", "occlusion"}
    walk.press("ArrowRight", "ArrowRight", "ArrowRight")
    walk.wait_until("stage.answers.get('shapes-tagged/emerging?target=class%3A1&jitter=2&smooth=0.05&seed=0&step=256')")
    assert walk.asked_of("game") == []
    assert len(walk.asked) == len(set(walk.asked))


def test_keys_buttons_and_dots_go_from_step_to_step(walk: Walk) -> None:
    walk.see()
    for key, step in (
        ("ArrowRight", 1),
        ("PageDown", 2),
        (" ", 3),
        ("PageUp", 2),
        ("ArrowLeft", 1),
        ("Shift+ ", 0),
        ("ArrowLeft", 0),
        ("End", 6),
        ("ArrowRight", 6),
        ("Home", 0),
    ):
        walk.press(key)
        walk.expect("step", step)
    walk.root.get_by_role("button", name="The next step").click()
    walk.expect("step", 1)
    walk.root.get_by_role("button", name="Step 6", exact=True).click()
    walk.expect("step", 5)
    expect(walk.root.locator(".cv-in-walk-counter")).to_have_text("6 of 7")
    expect(walk.root.locator("[aria-current=step]")).to_have_attribute("title", "Step 6")
    expect(walk.root.locator("[aria-live]")).to_contain_text("Step 6 of 7: Not only in this picture.")
    walk.page.evaluate("document.activeElement.blur()")
    walk.page.keyboard.press("PageDown")  # a presenter's clicker
    walk.expect("step", 6)
    walk.root.get_by_role("button", name="Again").click()
    walk.expect("step", 0)
    walk.page.evaluate("document.body.append(document.createElement('input')); document.querySelector('body > input').focus()")
    walk.page.keyboard.press("End")
    walk.page.keyboard.press("ArrowRight")
    walk.expect("step", 0)
    assert walk.errors == []


def test_it_says_where_it_is_and_when_it_is_left(walk: Walk) -> None:
    walk.see(2, cue=7)
    walk.press("ArrowRight", "ArrowLeft")
    walk.page.wait_for_timeout(450)
    assert walk.said == []  # the page knows that place
    walk.press("ArrowRight")
    walk.page.wait_for_timeout(450)
    assert walk.said == [["place", {"cue": 7, "step": 3}]]
    walk.press("?")
    expect(walk.root.locator("dl.cv-help")).to_be_visible()
    walk.press("Escape")
    expect(walk.root.locator("dl.cv-help")).to_be_hidden()
    walk.press("Escape")
    walk.root.get_by_role("button", name="Back to the network").click()
    walk.press("End")
    walk.root.get_by_role("button", name="Look inside network B").click()
    assert walk.said[1:4] == [["left", {"step": 3}], ["left", {"step": 3}], ["open", {"run": "shapes-tagged"}]]
    walk.page.evaluate("(data) => { window.leave = window.take(data); }", {**DATA, "cue": {"id": 8, "step": 1}})
    walk.expect("step", 1)
    walk.page.evaluate("window.leave()")
    expect(walk.root).to_have_count(0)


def test_what_is_refused_is_said(walk: Walk) -> None:
    walk.refused["story"] = "shapes-tagged: there is no such run"
    walk.see()
    walk.expect_whole_arithmetic("Network A: shapes-tagged: there is no such run")
    for step, name in ((1, "occlusion"), (4, "emerging"), (5, "game")):
        walk.refused = {name: f"no {name} today"}
        walk.see(step)
        walk.expect_whole_arithmetic(f"Network A: no {name} today")
    assert walk.errors == []


def places(walk: Walk) -> list[list[Any]]:
    """Where the frame of all steps stands, and what is in it at this step."""
    kinds = ".cv-in-walk-main, .cv-in-walk-foot, nav", ".cv-in-walk-board, .cv-in-walk-answer, .cv-in-walk-shares"
    return [[part.bounding_box() for part in walk.root.locator(kind).all()] for kind in kinds]


def test_while_an_answer_is_on_its_way_nothing_jumps(walk: Walk) -> None:
    walk.held = set(QUESTIONS)
    walk.see()
    empty = []
    for step in range(STEPS):
        walk.expect("step", step)
        empty.append(places(walk))
        walk.press("ArrowRight")
    assert [frame for frame, _ in empty] == [empty[0][0]] * STEPS
    walk.held = set()
    walk.see()
    for step in range(STEPS):
        walk.expect("step", step)
        walk.wait_until("stage.parts.arithmetic.textContent !== ''")
        assert places(walk) == empty[step]
        walk.press("ArrowRight")
    assert walk.errors == []


# What sticks out of its part, or out of the walk.
OUTSIDE = """() => ["top", "head", "main", "foot", "evidence", "nav"].flatMap((name) => {
    return [...document.querySelectorAll(`.cv-in-walk-${name}`)].flatMap((part) => {
        const room = part.getBoundingClientRect();
        const all = [...part.querySelectorAll("*")].filter((node) => node.checkVisibility() && !node.closest("dl, svg"));
        const isOut = ({ left, right, top, bottom }) =>
            left < room.left - 2 || right > room.right + 2 || top < room.top - 2 || bottom > room.bottom + 2;
        const out = all.filter((node) => isOut(node.getBoundingClientRect()));
        return out.map((node) => `${node.className}: ${node.textContent}`);
    });
})"""


@pytest.mark.parametrize("sizes", [(1600, 900, 1200), (1280, 720, 870)])
def test_everything_fits(walk: Walk, sizes: tuple[int, int, int]) -> None:
    width, height, column = sizes
    walk.page.set_viewport_size({"width": width, "height": height})
    walk.see()
    walk.page.evaluate("(width) => { document.body.style.margin = 0; document.body.style.width = `${width}px`; }", column)
    walk.press("b")
    for step in range(STEPS):
        walk.expect("step", step)
        walk.wait_until("stage.parts.arithmetic.textContent !== ''")
        assert walk.page.evaluate(OUTSIDE) == [], step
        assert walk.root.evaluate("(root) => [root.clientWidth, root.clientHeight]") == [column, height - 196]
        walk.press("ArrowRight")


def test_things_move_by_themselves_until_somebody_stops_them(moving: Walk) -> None:
    moving.see(1)
    moving.expect("playing", "true")
    moving.expect_arithmetic("with the patch here: A")
    moving.press("p")
    moving.expect("playing", "false")
    place = moving.evaluate("stage.time")
    moving.press("p")
    moving.wait_until("stage.time > argument", place)
    moving.press("ArrowRight")
    board = "The picture with its sticker or without"
    moving.expect_pixels(board, TAGGED)
    moving.expect_pixels(board, WITHOUT)  # after a while
    moving.expect("playing", "false")
    moving.press("ArrowRight")
    moving.expect_pixels("The picture with the sticker of another class", MOVED[3])
    moving.press("1")
    moving.expect("playing", "false")
    moving.expect_pixels("The picture with the sticker of another class", MOVED[0])
    assert moving.errors == []
