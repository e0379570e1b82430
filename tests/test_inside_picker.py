"""The picker of pictures: what a pen leaves and what becomes of a file, against numpy, zlib and Pillow; then in the browser."""

from __future__ import annotations

import base64
import json
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, expect

from convviz.lab.data import KINDS, DataSettings, load_test
from convviz.lab.inside.pictures import packed_picture, picture_of
from convviz.ui.inside.state import is_picture
from convviz.ui.server import ASSET_FOLDER
from convviz.ui.training.feed import pictures_query, scaled
from tests.conftest import Modules, Server
from tests.stage import wait_until

Bytes = NDArray[np.uint8]

# --- A picture as a text ------------------------------------------------------------------------------------------------------


def random_picture(*shape: int, seed: int = 0) -> Bytes:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def unpacked(text: str) -> bytes:
    assert text.startswith(".")
    return zlib.decompress(base64.urlsafe_b64decode(text[1:] + "=="), wbits=-15)


def test_a_picture_is_packed_as_the_page_unpacks_it(modules: Modules) -> None:
    blank, noise, odd = np.zeros((3, 32, 32), np.uint8), random_picture(3, 32, 32), random_picture(1, 7, 5)
    huge = random_picture(1, 100, 100)
    contents = [[*each.tobytes()] for each in (blank, noise, odd, huge)]
    texts = modules("inside/packed.mjs", "return Promise.all(a.map((each) => m.packed(Uint8Array.from(each))))", contents)
    assert [[*unpacked(text)] for text in texts] == contents
    assert all(map(is_picture, texts[:3]))
    assert len(texts[0]) < 60
    tests, kind = load_test(DataSettings("shapes")), KINDS["shapes"]
    assert picture_of(texts[1], tests, kind).shown.tolist() == noise.tolist()
    back = "return Promise.all(a.map(async (each) => [...await m.unpacked(each)]))"
    assert modules("inside/packed.mjs", back, [packed_picture(bytes(each)) for each in contents]) == contents


def test_what_was_never_packed_is_not_unpacked(modules: Modules) -> None:
    body = "return Promise.all(a.map((each) => m.unpacked(each).then(() => 'read', () => 'refused')))"
    assert (
        modules("inside/packed.mjs", body, [".", ".!!!", ".AAAA", "." + base64.urlsafe_b64encode(b"no").decode()])
        == ["refused"] * 4
    )


# --- The pen ------------------------------------------------------------------------------------------------------------------


def test_a_line_of_cells_has_no_gap_and_stays_at_the_line(modules: Modules) -> None:
    ends = [
        ((0, 0), (0, 0)),
        ((0, 0), (0, 9)),
        ((5, 2), (0, 2)),
        ((0, 0), (7, 7)),
        ((3, 9), (-2, -4)),
        ((0, 0), (3, 10)),
        ((9, 1), (0, 3)),
    ]
    for (first, last), cells in zip(
        ends, modules("inside/pen.mjs", "return a.map((each) => m.cellsBetween(...each))", ends), strict=True
    ):
        found, (from_, to) = np.array(cells), np.array([first, last])
        assert cells[0] == list(first)
        assert cells[-1] == list(last)
        assert len(cells) == np.abs(to - from_).max() + 1
        assert (np.abs(np.diff(found, axis=0)).max(1) == 1).all()
        ideal = from_ + np.linspace(0, 1, len(cells))[:, None] * (to - from_)
        assert np.abs(found - ideal).max() <= 0.5


# A hard pen of each size in the middle of a cell: an even one stands on the corner that is nearer.
NIBS = {
    1: ["..", ".#"],
    2: ["##", "##"],
    3: ["###", "###", "###"],
    4: [".##.", "####", "####", ".##."],
}


@pytest.mark.parametrize("size", NIBS)
def test_a_hard_pen_covers_whole_cells(modules: Modules, size: int) -> None:
    pen = {"size": size, "soft": False}
    found = np.array(list(modules("inside/pen.mjs", "return [...m.covered([3, 9, 9], ...a)]", [pen, [4.4, 4.4], [4.4, 4.4]])))
    rows = NIBS[size]
    first = 3 if size in {1, 3} else 4 - size // 2
    expected = np.zeros((9, 9))
    expected[first : first + len(rows), first : first + len(rows)] = [[letter == "#" for letter in row] for row in rows]
    assert found.reshape(9, 9).tolist() == expected.tolist()


def test_what_is_drawn_beyond_the_edge_is_lost(modules: Modules) -> None:
    for soft in (False, True):
        pen = {"size": 1, "soft": soft}
        body = "return a.ends.map((each) => [...m.covered([1, 6, 8], a.pen, ...each)])"
        down, right = modules("inside/pen.mjs", body, {"pen": pen, "ends": [[[-5, 4.5], [2.5, 4.5]], [[2.5, 5.5], [2.5, 20]]]})
        assert (np.reshape(down, (6, 8))[:3, 4] == 1).all()
        assert np.reshape(down, (6, 8))[4:].max() == 0
        assert np.reshape(right, (6, 8))[2].tolist() == [0, 0, 0, 0, 0.25 * soft, 1, 1, 1]
        assert np.reshape(right, (6, 8))[4:].max() == 0
        assert np.reshape(right, (6, 8))[3, :4].max() == 0


def test_a_soft_pen_fades_away_within_a_cell(modules: Modules) -> None:
    strokes = [([3.5, 3.5], [3.5, 3.5]), ([4, 2], [4, 9]), ([1.2, 8.7], [6.9, 0.3]), ([0, 0], [20, 20])]
    middles = np.stack(np.meshgrid(np.arange(8) + 0.5, np.arange(10) + 0.5, indexing="ij"), -1)
    for size in (1, 2, 3, 4):
        for from_, to in strokes:
            found = modules(
                "inside/pen.mjs", "return [...m.covered([1, 8, 10], ...a)]", [{"size": size, "soft": True}, from_, to]
            )
            along = np.array(from_) + np.linspace(0, 1, 801)[:, None] * np.subtract(to, from_)
            distance = np.linalg.norm(middles[:, :, None] - along, axis=-1).min(-1)
            np.testing.assert_allclose(np.reshape(found, (8, 10)), np.clip(size / 2 + 0.75 - distance, 0, 1), atol=0.01)


def test_ink_a_rubber_and_paint(modules: Modules) -> None:
    body = "const [bytes, shape, pen, ...ends] = a; return [...m.stroked(Uint8Array.from(bytes), shape, pen, ...ends)];"

    def stroked(picture: Bytes, pen: dict[str, Any]) -> Bytes:
        found = modules("inside/pen.mjs", body, [picture.ravel().tolist(), picture.shape, pen, [2.5, 2.5], [2.5, 2.5]])
        return np.array(found, np.uint8).reshape(picture.shape)

    before = np.full((1, 5, 5), 100, np.uint8)
    ink = stroked(before, {"size": 1, "soft": True, "colour": [255]})
    assert ink[0, 2].tolist() == [100, 100, 255, 100, 100]  # a quarter of ink is less than there was
    assert stroked(np.zeros_like(before), {"size": 1, "soft": True, "colour": [255]})[0, 2].tolist() == [0, 64, 255, 64, 0]
    assert stroked(ink, {"size": 1, "soft": True, "colour": [255]}).tolist() == ink.tolist()
    rubbed = stroked(np.full_like(before, 255), {"size": 1, "soft": True, "colour": [0]})
    assert rubbed[0, 2].tolist() == [255, 191, 0, 191, 255]
    picture = random_picture(3, 5, 5)
    expected = picture.copy()
    expected[:, 1:4, 1:4] = np.array([9, 0, 200])[:, None, None]
    assert stroked(picture, {"size": 3, "soft": False, "colour": [9, 0, 200]}).tolist() == expected.tolist()


# --- A file -------------------------------------------------------------------------------------------------------------------


def test_the_middle_is_cut_out(modules: Modules) -> None:
    sizes = [((900, 600), (32, 32)), ((600, 900), (32, 32)), ((10, 10), (28, 28)), ((300, 100), (20, 40))]
    asked = [[{"width": w, "height": h}, {"width": wide, "height": high}] for (w, h), (high, wide) in sizes]
    found = modules("inside/upload.mjs", "return a.map((each) => m.cropOf(...each))", asked)
    assert [[round(each[name], 9) for name in ("x", "y", "width", "height")] for each in found] == [
        [150, 0, 600, 600],
        [0, 150, 600, 600],
        [0, 0, 10, 10],
        [50, 0, 200, 100],
    ]


def test_it_is_made_smaller_by_halves(modules: Modules) -> None:
    asked = [[1000, 32], [32, 32], [64, 32], [65, 32], [8, 32], [100_000, 32]]
    expected = [[16, 8, 4, 2, 1], [1], [1], [2, 1], [1], [64, 32, 16, 8, 4, 2, 1]]
    assert modules("inside/upload.mjs", "return a.map((each) => m.halvings(...each))", asked) == expected


READ = """
    const [content, shape, name] = a;
    const file = new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name);
    try {
        const { bytes, isInverted } = await m.readPicture(file, shape);
        return { bytes: [...bytes], isInverted };
    } catch (error) {
        return error.message;
    }
"""


def png(picture: Bytes) -> bytes:
    """Of (H, W) greys, (H, W, 3) or (H, W, 4) bytes."""
    content = BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


def read(modules: Modules, content: bytes, shape: tuple[int, ...], name: str = "a.png") -> tuple[Bytes, bool]:
    found = modules("inside/upload.mjs", READ, [base64.b64encode(content).decode(), shape, name])
    return np.array(found["bytes"], np.uint8).reshape(shape), found["isInverted"]


def test_a_picture_of_the_right_size_is_taken_as_it_is(modules: Modules) -> None:
    picture = random_picture(32, 32, 3)
    found, is_inverted = read(modules, png(picture), (3, 32, 32))
    assert found.tolist() == picture.transpose(2, 0, 1).tolist()
    assert not is_inverted
    tall = random_picture(5, 3)  # rows are not columns
    tall[0], tall[-1], tall[:, 0], tall[:, -1] = 0, 0, 0, 0
    assert read(modules, png(tall), (1, 5, 3))[0][0].tolist() == tall.tolist()


def test_one_channel_is_as_bright_as_it_looks(modules: Modules) -> None:
    picture = random_picture(9, 9, 3) // 2
    found, _ = read(modules, png(picture), (1, 9, 9))
    np.testing.assert_allclose(found[0], picture @ [0.299, 0.587, 0.114], atol=0.51)


def test_a_large_picture_is_averaged_and_cut_at_its_sides(modules: Modules) -> None:
    smooth = np.array(Image.fromarray(random_picture(6, 9, 3)).resize((900, 600), Image.Resampling.BICUBIC))
    found, _ = read(modules, png(smooth), (3, 32, 32))
    box = Image.fromarray(smooth[:, 150:750]).resize((32, 32), Image.Resampling.BOX)
    np.testing.assert_allclose(found.transpose(1, 2, 0), np.array(box), atol=8)
    checks = (np.indices((640, 640)).sum(0) % 2 * 255).astype(np.uint8)  # nothing but the mean is right
    found, _ = read(modules, png(checks), (3, 32, 32))
    np.testing.assert_allclose(found, 127.5, atol=3)


def test_dark_on_light_becomes_light_on_dark(modules: Modules) -> None:
    light = np.full((28, 28), 250, np.uint8)
    light[10:18, 10:18] = 20
    found, is_inverted = read(modules, png(light), (1, 28, 28))
    assert is_inverted
    assert found[0].tolist() == (255 - light).tolist()
    assert not read(modules, png(255 - light), (1, 28, 28))[1]
    assert not read(modules, png(np.repeat(light[..., None], 3, 2)), (3, 28, 28))[1]
    bright_inside = np.zeros((28, 28), np.uint8)
    bright_inside[1:-1, 1:-1] = 255  # the ground is what is at the edges
    assert not read(modules, png(bright_inside), (1, 28, 28))[1]


def test_what_is_transparent_is_white(modules: Modules) -> None:
    picture = np.zeros((8, 8, 4), np.uint8)
    picture[:4] = 0, 0, 200, 255
    found, _ = read(modules, png(picture), (3, 8, 8))
    assert found[:, 0, 0].tolist() == [0, 0, 200]
    assert found[:, 7, 7].tolist() == [255, 255, 255]


def test_what_is_no_picture_is_refused_in_a_sentence(modules: Modules) -> None:
    words = "letter.txt is no picture that this browser can read: take a PNG or a JPEG."
    assert modules("inside/upload.mjs", READ, [base64.b64encode(b"Dear you").decode(), (1, 8, 8), "letter.txt"]) == words
    assert modules("inside/upload.mjs", READ, ["", (1, 8, 8), ""]) == words.replace("letter.txt", "This file")
    body = """
        const file = new File([new Uint8Array(20 * 2 ** 20 + a)], "huge.png");
        return m.readPicture(file, [1, 8, 8]).catch((error) => error.message);
    """
    assert modules("inside/upload.mjs", body, 2**20) == (
        "huge.png is 21.0 MB large, and at most 20 MB are read: make it smaller first."
    )
    assert modules("inside/upload.mjs", body, 0).startswith("huge.png is no picture")


# --- What is where ------------------------------------------------------------------------------------------------------------


def test_ten_pictures_a_page_one_s_own_first(modules: Modules) -> None:
    body = """
        const numbers = Array.from({ length: 23 }, (_, at) => 100 + at);
        const pages = (own) => Array.from({ length: m.pagesOf(numbers, own) }, (_, page) => m.placesOf(numbers, own, page));
        const pictures = ["100", "109", "110", "122", ".own", "7"];
        const at = pictures.map((picture) => [null, ".own"].map((own) => m.pageOf(numbers, own, picture)));
        return { plain: pages(null), own: pages(".own"), at, offered: [null, 6, 9].map((number) => m.offered([5, 6], number)) };
    """
    found = modules("inside/picker.mjs", body)
    numbers = [str(100 + at) for at in range(23)]
    assert found["plain"] == [numbers[:10], numbers[10:20], numbers[20:]]
    assert found["own"] == [[".own", *numbers[:9]], [".own", *numbers[9:18]], [".own", *numbers[18:]]]
    assert found["at"] == [[0, 0], [0, 1], [1, 1], [2, 2], [0, 0], [0, 0]]
    assert found["offered"] == [[5, 6], [5, 6], [9, 5, 6]]


def test_a_picture_in_words(modules: Modules) -> None:
    about = {"count": 1200, "classes": ["circle", "square"]}
    body = "return a.pictures.map((each) => m.words(each, a.about, a.labels))"
    asked = {"about": about, "labels": [0, 1], "pictures": ["1", ".q1b", "1065"]}
    assert modules("inside/picker.mjs", body, asked) == ["number 1: square", "your own", "number 1,065"]


# --- In the browser -----------------------------------------------------------------------------------------------------------

MOUNT = """async ([address, folder, data, hurry]) => {
    document.head.append(Object.assign(document.createElement("base"), { href: `${address}/` }));
    const { setTimeout: later } = window;
    if (hurry) window.setTimeout = (act, time) => later(act, time / hurry);
    const parentElement = document.body.appendChild(document.createElement("div"));
    parentElement.style = "width: 256px; margin: 30px";
    const { mount } = await import(`${address}/${folder}/inside/picker.mjs`);
    Object.assign(window, { data, said: [], takes: true });
    window.receive = (change) => {
        Object.assign(data, change);
        const setStateValue = (name, value) => {
            said.push([name, value]);
            if (takes) later(() => receive({ picture: value.picture }), 5);
        };
        const bytes = new TextEncoder().encode(JSON.stringify(data));
        window.leave = mount({ data: bytes, parentElement, setStateValue, setTriggerValue() {} });
    };
    receive({});
}"""
PIXELS = """(canvas) => {
    const { width, height } = canvas;
    return [[height, width, 4], [...canvas.getContext("2d").getImageData(0, 0, width, height).data]];
}"""


class Picker:
    """The picker alone on a page that takes what it says, unless told otherwise."""

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self.page = context.new_page()
        self.server = server
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, name: str, picture: str = "30", hurry: int = 0) -> Picker:
        self.kind = KINDS[name]
        settings = DataSettings(name)
        tests = load_test(settings)
        self.pictures = scaled(tests, range(len(tests)), self.kind.white)
        self.labels = tests.labels
        self.order = [*range(30, 54)]
        labels = base64.b64encode(tests.labels.astype(np.uint8).tobytes()).decode()
        about = {"classes": self.kind.classes, "marks": [], "picture": self.kind.input_shape, "data": pictures_query(settings)}
        about = {**about, "count": len(tests), "labels": labels}
        data = {"picture": picture, "order": self.order, "about": about, "feed": {"pictures": "convviz-pictures"}}
        self.page.goto(f"{self.server.address}/_stcore/health")
        self.page.evaluate(MOUNT, [self.server.address, ASSET_FOLDER, json.loads(json.dumps(data)), hurry])
        return self

    @property
    def root(self) -> Locator:
        return self.page.locator('[data-convviz="picker"]')

    @property
    def thumbs(self) -> Locator:
        return self.root.locator(".cv-in-pick-thumb:not(.cv-in-pick-none)")

    @property
    def message(self) -> Locator:
        return self.root.get_by_role("status")

    @property
    def paper(self) -> Locator:
        return self.root.locator(".cv-in-pad-paper")

    def button(self, name: str) -> Locator:
        return self.root.get_by_text(name, exact=True)

    def shown(self) -> list[str]:
        return self.thumbs.evaluate_all("(all) => all.map((each) => each.dataset.picture)")

    def pixels(self, canvas: Locator) -> Bytes:
        """(C, H, W), as the picture is kept."""
        size, data = canvas.evaluate(PIXELS)
        return np.array(data, np.uint8).reshape(size)[..., : self.kind.input_shape[0]].transpose(2, 0, 1)

    def said(self, count: int) -> list[str]:
        """The pictures it has said, once there are so many."""
        wait_until(self.page, "said.length >= argument", count)
        return [value["picture"] for name, value in self.page.evaluate("said") if name == "picked"]

    def own(self, count: int) -> Bytes:
        """The last of so many, unpacked."""
        return np.frombuffer(unpacked(self.said(count)[-1]), np.uint8).reshape(self.kind.input_shape)

    def wait_for_thumbs(self) -> None:
        expect(self.root.locator(".cv-in-pick-waits")).to_have_count(0)

    def draw(self) -> None:
        self.wait_for_thumbs()
        self.button("draw").click()
        expect(self.paper).to_be_visible()

    def stroke(self, *cells: tuple[float, float], steps: int = 1) -> None:
        """From cell to cell, by their rows and columns."""
        box = self.paper.bounding_box()
        assert box
        _, rows, columns = self.kind.input_shape
        points = [
            (box["x"] + (x + 0.5) * box["width"] / columns, box["y"] + (y + 0.5) * box["height"] / rows) for y, x in cells
        ]
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*point, steps=steps)
        self.page.mouse.up()


@pytest.fixture
def picker(context: BrowserContext, server: Server) -> Picker:
    return Picker(context, server)


def test_test_pictures_are_shown_and_chosen(picker: Picker) -> None:
    picker.open("shapes")
    picker.wait_for_thumbs()
    assert picker.shown() == [str(number) for number in range(30, 40)]
    for at in (0, 3, 9):
        assert picker.pixels(picker.thumbs.nth(at).locator("canvas")).tolist() == picker.pictures[30 + at].tolist()
    names = picker.kind.classes
    expect(picker.thumbs.nth(3)).to_have_attribute("title", f"Test picture 33: {names[picker.labels[33]]}")
    expect(picker.thumbs.nth(0)).to_have_attribute("aria-pressed", "true")
    picker.thumbs.nth(3).click()
    assert picker.said(1) == ["33"]
    expect(picker.thumbs.nth(3)).to_have_attribute("aria-pressed", "true")
    expect(picker.root.locator(".cv-in-pick-note")).to_have_text(f"number 33: {names[picker.labels[33]]}")
    picker.thumbs.nth(3).click()  # it is chosen already
    picker.button("›").click()
    picker.wait_for_thumbs()
    assert picker.shown() == [str(number) for number in range(40, 50)]
    picker.button("›").click()
    assert picker.shown() == ["50", "51", "52", "53"]
    expect(picker.button("›")).to_be_disabled()
    picker.thumbs.nth(1).click()
    assert picker.said(2) == ["33", "51"]
    assert picker.errors == []


def test_one_tab_stop_and_arrows_within(picker: Picker) -> None:
    picker.open("digits", picture="31")
    picker.wait_for_thumbs()
    focused = "document.activeElement.dataset.picture"
    picker.thumbs.nth(1).focus()
    seen = []
    for key in (
        "ArrowRight",
        "ArrowDown",
        "ArrowLeft",
        "End",
        "ArrowRight",
        "ArrowLeft",
        "Home",
        "PageDown",
        "PageUp",
        "ArrowUp",
    ):
        picker.page.keyboard.press(key)
        seen.append(picker.page.evaluate(focused))
    assert seen == ["32", "37", "36", "39", "40", "39", "30", "40", "39", "34"]
    assert picker.thumbs.evaluate_all("(all) => all.filter((each) => each.tabIndex === 0).length") == 1
    assert picker.said(0) == []
    picker.page.keyboard.press("Enter")
    assert picker.said(1) == ["34"]
    picker.page.keyboard.press("Tab")
    assert picker.page.evaluate("document.activeElement.textContent") == "draw"
    assert picker.errors == []


def test_it_is_said_until_it_is_taken(picker: Picker) -> None:
    picker.open("digits", hurry=20)
    picker.page.evaluate("takes = false")
    picker.thumbs.nth(2).click()
    assert picker.said(3)[:3] == ["32"] * 3
    picker.page.evaluate("receive({ order: [...data.order, 99] })")  # something else changed
    assert picker.said(4)[-1] == "32"
    numbers = [value["said"] for _, value in picker.page.evaluate("said")]
    assert len(set(numbers)) == len(numbers)
    picker.page.evaluate("receive({ picture: '32' }), said.length = 0")
    picker.page.wait_for_timeout(250)
    assert picker.said(0) == []
    picker.thumbs.nth(4).click()
    expect(picker.message).to_have_text("The page has not taken this picture: choose it once more.")
    assert picker.said(6) == ["34"] * 6
    expect(picker.thumbs.nth(2)).to_have_attribute("aria-pressed", "true")
    assert picker.errors == []


def test_a_picture_that_was_chosen_elsewhere_is_turned_to(picker: Picker) -> None:
    picker.open("digits", picture="52")
    assert picker.shown() == ["50", "51", "52", "53"]
    picker.page.evaluate("receive({ picture: '300' })")
    assert picker.shown()[:2] == ["300", "30"]
    own = random_picture(1, 8, 8)
    picker.page.evaluate("(picture) => receive({ picture })", packed_picture(own.tobytes()))
    expect(picker.thumbs.first).to_have_attribute("data-picture", "own")
    assert picker.pixels(picker.thumbs.first.locator("canvas")).tolist() == own.tolist()
    expect(picker.thumbs.first).to_have_attribute("aria-pressed", "true")
    assert picker.shown() == ["own", "300", *(str(number) for number in range(30, 38))]
    for none in (".AAAA", packed_picture(bytes(5))):  # the page says why
        picker.page.evaluate("(picture) => receive({ picture })", none)
        picker.page.wait_for_timeout(100)
        assert picker.pixels(picker.thumbs.first.locator("canvas")).tolist() == own.tolist()
        expect(picker.button("draw")).to_be_disabled()
    picker.page.evaluate("receive({ picture: '31' })")
    expect(picker.thumbs.nth(3)).to_have_attribute("aria-pressed", "true")
    assert picker.said(0) == []
    assert picker.errors == []


def test_drawing_says_the_picture_at_the_end_of_each_stroke(picker: Picker) -> None:
    picker.open("shapes")
    picker.draw()
    picker.root.get_by_title("red", exact=True).click()
    picker.root.get_by_title("A pen of 2 cells").click()
    picker.stroke((10, 5), (10, 20), (25, 20))
    expected = picker.pictures[30].copy()
    expected[:, 10:12, 5:22] = expected[:, 10:27, 20:22] = np.array([214, 40, 40])[:, None, None]
    assert picker.own(1).tolist() == expected.tolist()
    picker.root.get_by_title("A pen of 1 cell", exact=True).click()
    picker.root.get_by_title("black", exact=True).click()
    picker.stroke((2, 2), (30, 30))  # fast: one move
    for at in range(2, 31):
        expected[:, at, at] = 0
    assert picker.own(2).tolist() == expected.tolist()
    assert picker.pixels(picker.paper.locator("canvas")).tolist() == expected.tolist()
    picker.button("done").click()
    expect(picker.thumbs.first).to_have_attribute("data-picture", "own")
    assert picker.pixels(picker.thumbs.first.locator("canvas")).tolist() == expected.tolist()
    picker.thumbs.nth(1).click()
    picker.thumbs.first.click()
    assert picker.said(4)[1:] == [picker.said(4)[1], "30", picker.said(4)[1]]
    assert picker.errors == []


def test_strokes_are_taken_back(picker: Picker) -> None:
    picker.open("shapes")
    picker.draw()
    picker.stroke((3, 3), (3, 9))
    first = picker.own(1)
    picker.stroke((9, 3), (9, 9))
    picker.own(2)
    picker.page.keyboard.press("Control+z")
    assert picker.own(3).tolist() == first.tolist()
    picker.button("undo").click()
    assert picker.said(4)[-1] == "30"  # what is as it was is no picture of one's own
    expect(picker.button("undo")).to_be_disabled()
    picker.page.keyboard.press("Escape")
    expect(picker.button("draw")).to_be_focused()
    assert picker.errors == []


def test_a_blank_ground_and_ink(picker: Picker) -> None:
    picker.open("digits28")
    picker.draw()
    picker.button("blank").click()
    assert picker.own(1).max() == 0
    picker.stroke((5, 14), (22, 14))
    ink = picker.own(2)[0]
    assert ink[10, 12:17].tolist() == [0, 191, 255, 191, 0]  # a pen of 2 cells, soft at both sides
    assert (ink[5:23, 14] == 255).all()
    picker.button("rubber").click()
    picker.stroke((14, 2), (14, 25))
    assert picker.own(3)[0, 14].max() == 0
    assert picker.errors == []


def test_a_colour_is_taken_from_the_picture_and_fills_it(picker: Picker) -> None:
    picker.open("shapes")
    picker.draw()
    picker.root.get_by_role("button", name="Take the colour").click()
    picker.stroke((20, 11))
    expect(picker.root.get_by_title("taken from the picture")).to_have_attribute("aria-pressed", "true")
    picker.button("fill").click()
    assert (picker.own(1) == picker.pictures[30][:, 20, 11][:, None, None]).all()
    picker.page.keyboard.press("Control+z")
    picker.page.keyboard.down("Alt")
    picker.stroke((4, 29))
    picker.page.keyboard.up("Alt")
    picker.stroke((0, 0))
    assert picker.own(3)[:, 0, 0].tolist() == picker.pictures[30][:, 4, 29].tolist()
    assert picker.errors == []


def test_a_finger_draws_and_does_not_scroll(picker: Picker) -> None:
    picker.open("shapes")
    picker.draw()
    assert picker.paper.evaluate("(paper) => getComputedStyle(paper).touchAction") == "none"
    box = picker.paper.bounding_box()
    assert box
    session = picker.page.context.new_cdp_session(picker.page)
    at = {"x": box["x"] + 40, "y": box["y"] + 40}
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{**at, "y": at["y"] + 100}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    changed = (picker.own(1) != picker.pictures[30]).any(0)
    assert changed.any(1).sum() >= 14
    assert picker.errors == []


LIGHT = np.full((280, 280), 240, np.uint8)
LIGHT[60:220, 120:160] = 10


def test_a_file_is_brought_dropped_and_pasted(picker: Picker) -> None:
    picker.open("digits28")
    picker.wait_for_thumbs()
    file = {"name": "one.png", "mimeType": "image/png", "buffer": png(LIGHT)}
    picker.root.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    own = picker.own(1)
    assert own[0, 14].argmax() in range(12, 16)
    assert own[0, 0, 0] == 15
    expect(picker.message).to_have_text("Inverted, as its ground is light · undo")
    picker.message.get_by_role("button").click()
    assert picker.own(2).tolist() == (255 - own).tolist()
    expect(picker.message).to_be_empty()
    for event, holder, count in (("drop", "dataTransfer", 3), ("paste", "clipboardData", 4)):
        picker.thumbs.nth(1).focus()
        picker.page.evaluate(
            """async ([event, holder, content]) => {
                const root = document.querySelector('[data-convviz="picker"]');
                const carried = new DataTransfer();
                const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
                carried.items.add(new File([bytes], "one.png", { type: "image/png" }));
                const Kind = event === "drop" ? DragEvent : ClipboardEvent;
                root.dispatchEvent(new Kind(event, { [holder]: carried, bubbles: true, cancelable: true }));
            }""",
            [event, holder, base64.b64encode(png(255 - LIGHT)).decode()],
        )
        assert picker.own(count)[0, 0, 0] == 15
        expect(picker.message).to_be_empty()
    assert picker.errors == []


def test_what_is_no_picture_is_said(picker: Picker) -> None:
    picker.open("shapes")
    picker.wait_for_thumbs()
    file = {"name": "letter.png", "mimeType": "image/png", "buffer": b"Dear you"}
    picker.root.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    expect(picker.message).to_contain_text("letter.png is no picture that this browser can read")
    picker.root.evaluate(
        "(root) => root.dispatchEvent(new ClipboardEvent('paste', { clipboardData: new DataTransfer(), bubbles: true }))"
    )
    expect(picker.message).to_have_text("There is no picture in the clipboard: copy one first.")
    picker.thumbs.nth(1).click()
    expect(picker.message).to_be_empty()
    assert picker.said(1) == ["31"]
    assert picker.errors == []


def test_a_file_can_be_drawn_on_and_taken_back(picker: Picker) -> None:
    picker.open("shapes")
    picker.draw()
    picture = random_picture(32, 32, 3)
    file = {"name": "noise.png", "mimeType": "image/png", "buffer": png(picture)}
    picker.root.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    assert picker.own(1).tolist() == picture.transpose(2, 0, 1).tolist()
    assert picker.pixels(picker.paper.locator("canvas")).tolist() == picture.transpose(2, 0, 1).tolist()
    picker.button("undo").click()
    assert picker.said(2)[-1] == "30"
    assert picker.errors == []


def test_another_picture_closes_the_pad_and_leaving_ends_everything(picker: Picker) -> None:
    picker.open("shapes", hurry=20)
    picker.draw()
    picker.page.evaluate("receive({ picture: '41' })")
    expect(picker.paper).to_be_hidden()
    assert "41" in picker.shown()
    picker.page.evaluate("takes = false")
    picker.thumbs.first.click()
    picker.page.evaluate("leave(), said.length = 0")
    picker.page.wait_for_timeout(250)
    assert picker.said(0) == []
    assert picker.root.count() == 0
    assert picker.errors == []


@pytest.mark.parametrize("ground", ["#ffffff", "#171e27"])
def test_words_stand_out_in_both_themes(picker: Picker, ground: str) -> None:
    picker.open("digits")
    picker.page.evaluate(
        "(ground) => { document.body.style.setProperty('--st-background-color', ground); receive({}); }", ground
    )
    expect(picker.root).to_have_attribute("data-theme", "light" if ground == "#ffffff" else "dark")
    colours = "(node) => ['color', 'fontSize'].map((name) => getComputedStyle(node)[name])"
    for words in (picker.root.locator(".cv-in-pick-note"), picker.button("draw"), picker.root.locator(".cv-in-pick-title")):
        colour, size = words.evaluate(colours)
        assert float(size.removesuffix("px")) >= 12.5
        assert contrast(rgb(colour), tuple(bytes.fromhex(ground[1:]))) >= 4.5


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))


def contrast(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    """As WCAG 2 has it."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: tuple[int, ...]) -> float:
    shares = [part / 255 for part in colour]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
