"""The page of receptive fields: its figures, stepping, pointing, following upwards, edits, links, measured fields."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from convviz.network import STACKS, upwards
from tests.conftest import ROOT as ROOT_FOLDER
from tests.conftest import Server
from tests.stage import ROOT, Stage, wait_until

# Where a unit stands, in page coordinates.
PLACE = """async ([at, unit]) => {
    const { layout, parts } = document.querySelector('[data-convviz="stage"]').convviz;
    const source = performance.getEntriesByType("resource").find((entry) => entry.name.endsWith("/field/mount.mjs")).name;
    const { boxOf } = await import(new URL("layout.mjs", source).href);
    const [box, frame] = [boxOf(layout, at, unit), parts.canvas.getBoundingClientRect()];
    return [frame.left + box.middle, frame.top + box.y + box.height / 2];
}"""


class Field(Stage):
    """The page as a test drives it: every wait is for a condition."""

    def see(self, query: str) -> "Field":
        self.open(f"/receptive-field{query}")
        return self

    @property
    def formula(self) -> Locator:
        return self.root.locator(".cv-formula")

    @property
    def note(self) -> Locator:
        return self.root.locator(".cv-sum .cv-note")

    @property
    def numbers(self) -> Locator:
        return self.root.locator(".cv-fields-numbers tbody tr")

    def place(self, at: int, unit: int) -> tuple[float, float]:
        x, y = self.page.evaluate(PLACE, [at, unit])
        return x, y

    def point_at(self, at: int, unit: int) -> None:
        self.page.mouse.move(*self.place(at, unit))

    def click_on(self, at: int, unit: int) -> None:
        self.page.mouse.click(*self.place(at, unit))

    def leave(self) -> None:
        self.page.mouse.move(5, 5)


@pytest.fixture
def field(context: BrowserContext, server: Server) -> Field:
    return Field(context.new_page(), server.address)


README = re.findall(
    r"^\| (C\d) \|[^|]*\| \[[^]]*\]\(http://localhost:8501/receptive-field(\S*)\) \| ([^|]*) \|$",
    (ROOT_FOLDER / "README.md").read_text(),
    re.MULTILINE,
)


@pytest.mark.parametrize(("row", "query", "words"), README, ids=[query or "start" for _, query, _ in README])
def test_the_readme_says_what_the_page_says(field: Field, row: str, query: str, words: str) -> None:
    field.see(query)
    expect(field.root).to_contain_text(words)
    expect(field.page.locator(".cv-problem")).to_have_count(0)
    assert row in {"C1", "C5"}
    assert field.errors == []


def test_the_readme_has_enough_rows() -> None:
    assert len(README) == 13


def test_the_figures_of_the_picture_to_aim_at(field: Field) -> None:
    field.see("")
    for words in ("9 + (3 − 1)·3·4 = 33", "4·1 = 4", "−4 − 3·4 = −16", "−16 + 33/2 = 0.5"):
        expect(field.formula).to_contain_text(words)
    field.expect_arithmetic("unit 3 starts at −16 + 3·4 = −4  ·  33 cells = 23 read + 6 in holes + 4 outside")
    expect(field.note).to_have_text("in 2-D: 26 × 23 = 598 of 1,089 cells read")
    assert (field.step, field.steps, field.shape) == (4, 5, (1, 8, 8))
    rows = [row.inner_text().split() for row in field.numbers.all()]
    assert rows == [
        ["conv3", "33", "4", "−16", "0.5", "3", "−4", "…", "28"],
        ["pool", "9", "4", "−4", "0.5", "3", "8", "…", "16"],
        ["conv2", "5", "2", "−2", "0.5", "6", "10", "…", "14"],
        ["conv1", "3", "1", "−1", "0.5", "12", "11", "…", "13"],
        ["input", "1", "1", "0", "0.5", "12", "12"],
    ]
    assert field.errors == []


def test_the_field_grows_layer_by_layer(field: Field) -> None:
    field.see("")
    field.press("Home")
    field.expect_whole_arithmetic("cell 12 of the input sees itself")
    for layer, words in (("conv1", "3 cells = 3 read"), ("conv2", "5 cells = 5 read"), ("pool", "9 cells = 9 read")):
        field.press("ArrowUp")
        field.expect("layer", layer)
        field.expect_arithmetic(words)
    field.page.wait_for_url(re.compile("step=3"))
    field.page.reload()
    field.expect("step", 3)
    field.press("End", "ArrowLeft", "ArrowRight")
    field.expect("layer", "conv3")
    field.press("Home", " ")
    field.expect("playing", "true")
    field.expect("step", 4)
    field.expect("playing", "false")


def test_the_two_traps_are_on_the_page(field: Field) -> None:
    field.see("?net=dilated_start&layer=conv1")
    expect(field.formula).to_contain_text("0 + 5/2 = 2.5")
    field.expect_arithmetic("5 cells = 3 read + 2 in holes")
    field.see("?net=phases&unit=6x6")
    expect(field.formula).to_contain_text("1 or 2, by the unit's phase")
    for words in ("1 cell = 1 read", "2 cells = 2 read", "1 cell = 1 read", "2 cells = 2 read"):
        field.expect_arithmetic(words)
        field.press("]")


def test_any_unit_is_pointed_at_chosen_and_let_go(field: Field) -> None:
    field.see("")
    field.point_at(3, 5)
    expect(field.formula).to_contain_text("5 + (3 − 1)·2 = 9")
    field.expect_arithmetic("unit 5 starts at −4 + 5·4 = 16")
    field.leave()
    expect(field.formula).to_contain_text("9 + (3 − 1)·3·4 = 33")
    field.click_on(3, 5)
    field.leave()
    field.expect("layer", "pool")
    field.expect("steps", 4)
    field.page.wait_for_url(re.compile(r"layer=pool&unit=4x5"))
    expect(field.number("Unit: column")).to_have_value("5")
    field.set_number("Unit: column", 0)
    field.expect("unit", "4×0")
    field.expect_arithmetic("9 cells = 5 read + 4 outside")
    field.click_on(1, 7)
    field.expect("layer", "conv1")
    field.press("Escape")
    field.expect("layer", "pool")
    assert field.errors == []


def test_a_cell_is_followed_upwards(field: Field) -> None:
    field.see("")
    field.page.get_by_role("radio", name="upwards").or_(field.page.get_by_role("button", name="upwards")).first.click()
    field.expect("layer", "input")
    reached = upwards(STACKS["strided_dilated"].table(), "input", (16, 12))["conv3"]
    units = (reached.counts > 0).any(0).sum()
    field.expect_arithmetic(f"cell 12 of the input reaches {units} of 8 units of conv3")
    expect(field.note).to_have_text(f"in 2-D: {(reached.counts > 0).sum()} of 64 units")
    field.page.wait_for_url(re.compile("follow=up"))
    field.press("Home", "ArrowUp")
    field.expect_arithmetic("cell 12 of the input reaches 3 of 32 units of conv1: 11 … 13")
    field.page.wait_for_url(re.compile("step=1"))
    field.page.reload()
    field.expect_arithmetic("of conv1")
    assert field.errors == []


def test_layers_are_edited_beside_the_stage(field: Field) -> None:
    field.see("")
    kernel = field.page.get_by_label("kernel of conv1")
    kernel.fill("5")
    kernel.press("Enter")
    expect(field.formula).to_contain_text("11 + (3 − 1)·3·4 = 35")
    field.page.wait_for_url(re.compile("layers="))
    field.page.reload()
    expect(field.formula).to_contain_text("11 + (3 − 1)·3·4 = 35")
    field.page.get_by_role("button", name="Remove pool").click()
    expect(field.formula).to_contain_text("7 + (3 − 1)·3·2 = 19")
    field.page.get_by_role("button", name="+ add a layer").click()
    field.page.get_by_role("menuitem", name="Pooling", exact=True).click()
    field.expect("layer", "pool1")
    expect(field.formula).to_contain_text("19 + (2 − 1)·2 = 21")
    field.page.get_by_role("button", name="conv2", exact=True).click()
    field.expect("layer", "conv2")
    field.page.get_by_role("button", name="Back to the example").click()
    expect(field.formula).to_contain_text("= 33")
    assert field.errors == []


def test_what_cannot_be_keeps_the_last_picture_and_is_mended_by_a_button(field: Field) -> None:
    field.see("")
    kernel = field.page.get_by_label("kernel of conv2")
    kernel.fill("77")
    kernel.press("Enter")
    expect(field.root.locator(".cv-reason")).to_contain_text("kernel 77 spans 77 cells; the padded input has 34")
    expect(field.root).to_have_class(re.compile("cv-refused"))
    field.expect("layer", "conv3")
    field.root.get_by_role("button", name="Set kernel to 34").click()
    field.expect_arithmetic("64 cells = 32 read + 32 outside")
    kernel.fill("many")
    kernel.press("Enter")
    expect(field.page.locator('[data-convviz="layers"]')).to_contain_text('"many" is no whole number')
    kernel.fill("3")
    kernel.press("Enter")
    expect(field.formula).to_contain_text("= 33")


def test_a_change_keeps_the_layer_and_the_play(field: Field) -> None:
    field.see("?net=vgg16&step=3")
    field.expect("layer", "pool1")
    field.press("-", "-", " ")
    field.expect("playing", "true")
    field.set_number("Input width", 200)
    wait_until(field.page, f"document.querySelector('{ROOT}').convviz.field.stations[0].sizes[1] === 200")
    field.expect("playing", "true")
    assert field.step < 8


def test_a_bad_link_is_explained(field: Field) -> None:
    field.see("?net=vgg99&unit=900x900&follow=down")
    expect(field.page.locator(".cv-problem")).to_contain_text("net=vgg99 names no network")
    field.expect("unit", "7×7")


def words_of(page: Page) -> str:
    note = page.locator(f"{ROOT} .cv-sum .cv-note")
    expect(note).to_contain_text("% in the central half", timeout=120_000)
    expect(note).not_to_contain_text("random networks", timeout=120_000)
    return note.inner_text()


def test_the_effective_field_is_measured_once_for_everyone(field: Field, browser: Browser, server: Server) -> None:
    field.see("?net=three3x3")
    field.page.get_by_role("radio", name="effective").or_(field.page.get_by_role("button", name="effective")).first.click()
    first = words_of(field.page)
    match = re.fullmatch(r"(\d+) % in the central half \(even: 25 %\) · Gaussian σ ([\d.]+) × ([\d.]+)", first)
    assert match
    assert 30 < int(match[1]) < 90
    assert 0.8 < float(match[2]) < 1.8
    with browser.new_context() as other:
        page = other.new_page()
        page.goto(f"{server.address}/receptive-field?net=three3x3&field=effective")
        assert words_of(page) == first
    # Networks are computed elsewhere: the server itself never loads torch.
    assert "libtorch" not in Path(f"/proc/{server.process.pid}/maps").read_text()
    assert field.errors == []


def test_three_small_kernels_stand_against_a_wide_one(field: Field) -> None:
    field.page.goto(f"{field.address}/receptive-field?view=against")
    expect(field.page.locator('[data-convviz="card"]')).to_have_count(2)
    expect(field.page.locator(".cv-against-two")).to_contain_text("3 · 64·64·3·3 = 110,592")
    expect(field.page.locator(".cv-against-two")).to_contain_text("64·64·7·7 = 200,704")
    expect(field.page.locator(".cv-against-two")).to_contain_text("1 3 6 7 6 3 1")
    expect(field.page.locator(".cv-verdict")).to_have_text(
        "Same field, 45 % fewer weights, and 3 nonlinearities instead of 1: why VGG stacks 3×3 layers."
    )
    field.set_number("Layers of 3×3", 2)
    expect(field.page.locator(".cv-verdict")).to_contain_text("28 % fewer weights")
    field.page.wait_for_url(re.compile("stacked=2x64"))


def test_one_layer_against_itself(field: Field) -> None:
    field.page.goto(f"{field.address}/receptive-field?view=against&stacked=1x8")
    expect(field.page.locator('[data-convviz="card"]')).to_have_count(2)
    expect(field.page.locator(".cv-verdict")).to_contain_text("add another")


def test_a_row_of_numbers_has_no_field(field: Field) -> None:
    field.see("?input=784&layers=d:dense:out_features.10")
    expect(field.page.locator(".cv-problem")).to_contain_text("input=784 is a row of numbers")


def test_a_flat_unit_sees_everything(field: Field) -> None:
    field.see("?net=lenet5&layer=dense1")
    field.expect_arithmetic("dense1 sees everything: 28 of 28 cells are read on the way")
    expect(field.note).to_have_text("in 2-D: 28 × 28 = 784 of 784 cells read")


def test_a_refused_network_leaves_the_unit_of_the_picture(field: Field) -> None:
    field.see("")
    kernel = field.page.get_by_label("kernel of conv2")
    kernel.fill("77")
    kernel.press("Enter")
    expect(field.root).to_have_class(re.compile("cv-refused"))
    field.set_number("Unit: column", 5)
    field.expect("layer", "conv3")
    field.expect("unit", "4×5")


def test_the_networks_page_leads_here_and_back(field: Field) -> None:
    field.page.goto(f"{field.address}/network?net=vgg16&row=conv3_1")
    field.page.get_by_role("link", name="What its units see").click()
    field.expect("layer", "conv3_1")
    field.page.get_by_role("link", name="As a table").click()
    expect(field.page.locator('[data-convviz="network"]')).to_have_attribute("data-selected", "conv3_1")


def test_a_line_and_a_block_have_fields_too(field: Field) -> None:
    field.see("?net=line")
    field.expect_arithmetic("8 cells = 8 read")
    expect(field.root.locator(".cv-fields-map")).to_be_hidden()
    field.see(
        "?input=1x9x9x9&layers=conv1:convolution:out_channels.1:kernel_size.3~conv2:convolution:out_channels.1:kernel_size.3"
    )
    field.expect_arithmetic("5 cells = 5 read")
    expect(field.note).to_have_text("in 2-D: 5 × 5 = 25 of 25 cells read")
    assert field.errors == []
