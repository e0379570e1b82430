"""The page of networks: table, picture, edits, paste, and what is explained when it does not fit."""

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from convviz.explain import sequential_code
from convviz.network import PRESETS, Row
from tests.conftest import Server
from tests.stage import Stage, wait_until

ROOT = '[data-convviz="network"]'
PICTURE = f"{ROOT} svg.cv-picture"


class Driver:
    """The page as a test drives it: every wait is for a condition."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, query: str) -> "Driver":
        self.page.goto(f"{self.address}/network{query}")
        self.expect_rows()
        return self

    @property
    def root(self) -> Locator:
        return self.page.locator(ROOT)

    @property
    def grid(self) -> Locator:
        return self.root.get_by_role("grid").first

    def row(self, name: str) -> Locator:
        return self.root.locator(f'tr[data-name="{name}"]')

    def shape(self, name: str) -> Locator:
        return self.row(name).locator(".cv-cell-shape")

    def field(self, label: str) -> Locator:
        return self.root.get_by_label(label, exact=True)

    def expect_rows(self, *names: str) -> None:
        wait_until(self.page, f"document.querySelector('{ROOT}')?.dataset.rows")
        if names:
            lines = self.root.locator("tbody tr[data-name]")
            expect(lines).to_have_count(len(names))
            assert [line.get_attribute("data-name") for line in lines.all()] == list(names)

    def expect_shapes(self, rows: list[Row]) -> None:
        for row in rows:
            expect(self.shape(row.name)).to_have_text(" × ".join(map(str, row.output_shape)))

    def select(self, name: str) -> None:
        self.row(name).locator(".cv-cell-shape").click()
        expect(self.root).to_have_attribute("data-selected", name)

    def set(self, label: str, value: str) -> None:
        self.field(label).fill(value)
        self.field(label).press("Enter")

    def press(self, *keys: str) -> None:
        self.grid.focus()
        for key in keys:
            self.page.keyboard.press(key)

    def expect_total(self, parameters: int) -> None:
        expect(self.root.locator(".cv-total-parameters b").first).to_have_text(f"{parameters:,}")


@pytest.fixture
def network(context: BrowserContext, server: Server) -> Driver:
    return Driver(context.new_page(), server.address)


def test_lenet_stands_there_as_the_core_has_it_and_keeps_its_link(network: Driver) -> None:
    network.open("?net=lenet5&row=conv2")
    table = PRESETS["lenet5"].table()
    shown = [row for row in table if not row.name.startswith("sigmoid")]
    network.expect_rows("input", *(row.name for row in shown))
    network.expect_shapes(shown)
    network.expect_total(61_706)
    expect(network.root).to_contain_text("416,520")
    expect(network.root).to_contain_text("78 % of the parameters sit in dense1 · 58 % of the MACs in conv2")
    expect(network.row("conv2").locator(".cv-cell-field")).to_have_text("14")
    line = network.root.locator(".cv-working")
    for words in ("⌊(14 + 2·0 − 5) / 1⌋ + 1 = 10", "16·(6·5·5 + 1) = 2,416", "16·10·10·6·5·5 = 240,000", "6 + (5 − 1)·2 = 14"):
        expect(line).to_contain_text(words)
    expect(network.page.locator('[data-convviz="paste"] textarea')).to_have_value(sequential_code(PRESETS["lenet5"].network))
    network.select("dense1")
    network.page.wait_for_url(re.compile("row=dense1"))
    assert network.errors == []


def test_an_edited_row_changes_every_row_below_and_comes_back_with_its_link(network: Driver) -> None:
    network.open("?row=conv1")
    network.set("out of conv1", "8")
    expect(network.shape("pool1")).to_have_text("8 × 14 × 14")
    network.set("kernel of conv1", "3x5")
    expect(network.shape("conv1")).to_have_text("8 × 30 × 28")
    network.page.wait_for_url(re.compile("kernel_size.3x5"))
    network.page.reload()
    expect(network.shape("conv1")).to_have_text("8 × 30 × 28")
    network.set("out of conv1", "many")
    expect(network.root.locator(".cv-working")).to_contain_text(
        '"many" is not a whole number, or press Escape: nothing was changed'
    )
    network.field("out of conv1").press("Escape")
    expect(network.root.locator(".cv-working")).to_contain_text("parameters 8·")
    network.page.get_by_role("button", name="Back to the example").click()
    network.expect_total(61_706)
    network.page.wait_for_url(re.compile(r"\?net=lenet5(&row=\w+)?$"))


def test_what_does_not_fit_is_explained_in_its_row_and_mended_by_a_button(network: Driver) -> None:
    network.open("?row=conv2")
    network.set("kernel of conv2", "15")
    reason = network.root.locator(".cv-reason")
    expect(reason).to_contain_text("conv2, with 6×14×14 coming in: kernel 15 spans 15 cells; the padded input has 14")
    expect(network.shape("pool2")).to_have_text("–")
    expect(network.root).to_contain_text("only what stands above conv2 is counted")
    expect(network.shape("pool1")).to_have_text("6 × 14 × 14")
    network.root.get_by_role("button", name="Set kernel to 14").click()
    expect(network.shape("conv2")).to_have_text("16 × 1 × 1")
    # what the smaller picture asks for further down is explained in turn
    expect(reason).to_contain_text("pool2, with 16×1×1 coming in")


def test_a_missing_flatten_is_put_back(network: Driver) -> None:
    network.open("?row=flatten")
    network.press("Delete")
    expect(network.row("flatten")).to_have_count(0)
    expect(network.root.locator(".cv-reason")).to_contain_text("dense1, with 16×5×5 coming in")
    network.root.get_by_role("button", name="Insert a flatten").click()
    expect(network.shape("flatten")).to_have_text("400")
    network.expect_total(61_706)


def test_layers_are_added_doubled_moved_and_removed_by_keys(network: Driver) -> None:
    network.open("?net=stack&row=conv1")
    network.press("d")
    expect(network.row("conv3")).to_have_count(1)
    network.press("a")
    network.page.get_by_role("menuitem", name="Pooling", exact=True).click()
    expect(network.row("pool1")).to_have_count(1)
    network.press("Alt+ArrowUp")
    wait_until(
        network.page,
        f"[...document.querySelectorAll('{ROOT} tbody tr[data-name]')].map((line) => line.dataset.name).join() === argument",
        "input,conv1,pool1,conv3,conv2",
    )
    network.press("Delete")
    expect(network.row("pool1")).to_have_count(0)
    expect(network.shape("conv2")).to_have_text("10 × 22 × 22")


def test_pasted_code_is_read_and_what_is_not_understood_named_with_its_line(network: Driver) -> None:
    network.open("")
    area = network.page.locator('[data-convviz="paste"] textarea')
    area.fill("nn.Sequential(\n  nn.Conv2d(3, 8, 3),\n  nn.Transformer(8),\n)")
    area.press("Control+Enter")
    message = network.page.locator('[data-convviz="paste"]')
    expect(message).to_contain_text("Line 3")
    expect(message).to_contain_text("Transformer")
    network.expect_total(61_706)
    area.fill("nn.Sequential(\n  nn.Conv2d(3, 8, 3),\n  nn.Flatten(),\n  nn.Linear(9, 2),\n)")
    area.press("Control+Enter")
    expect(message).to_contain_text("Line 4: dense1, with 5408 coming in: in_features is 9, and 5,408 come in")
    expect(area).to_have_value(re.compile(r"nn\.Linear\(9, 2\)"))
    area.fill("nn.Sequential(\n  nn.Conv2d(3, 8, 3),\n  nn.ReLU(),\n  nn.Flatten(),\n  nn.Linear(5408, 2),\n)")
    area.press("Control+Enter")
    expect(network.shape("conv1")).to_have_text("8 × 26 × 26")
    network.expect_total(8 * 28 + 2 * 5409)
    network.page.wait_for_url(re.compile("layers="))


def test_152_layers_come_in_closed_groups_that_open(network: Driver) -> None:
    network.open("?net=resnet152")
    network.expect_rows("input", "conv1", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "flatten", "fc")
    expect(network.root).to_have_attribute("data-rows", str(len(PRESETS["resnet152"].network.layers) + 1))
    network.expect_total(60_192_808)
    network.select("layer3")
    network.press("ArrowRight")
    expect(network.row("layer3.35")).to_have_count(1)
    blocks = network.page.locator(f"{PICTURE} [data-name]")
    assert blocks.count() > 152
    network.page.locator(f'{PICTURE} [data-name="layer4.2.conv2"]').first.click()
    expect(network.root).to_have_attribute("data-selected", "layer4.2.conv2")
    expect(network.shape("layer4.2.conv2")).to_have_text("512 × 7 × 7")


def test_a_row_opens_on_its_stage_page_with_its_numbers(network: Driver) -> None:
    network.open("?row=pool1")
    network.root.get_by_role("link", name="Open pool1 on its page").click()
    stage = Stage(network.page, network.address)
    stage.root.wait_for()
    stage.expect("output-shape", "6×14×14")


def test_lenet_stands_beside_alexnet(network: Driver) -> None:
    network.open("?view=beside")
    expect(network.page.locator(PICTURE)).to_have_count(2)
    expect(network.root).to_contain_text("61,100,840")
    expect(network.root).to_contain_text("61,706")
    expect(network.root.locator("input")).to_have_count(0)


def test_a_dense_layer_against_a_convolution_of_ones_own_size(network: Driver) -> None:
    network.page.goto(f"{network.address}/network?view=dense")
    against = network.page.locator(".cv-against")
    expect(against).to_contain_text("1,000,000,000 weights")
    expect(against).to_contain_text("36 weights and 4 biases")
    network.page.get_by_role("button", name="1 megapixel, RGB").click()
    expect(against).to_contain_text("3,000,000,000 weights")
    expect(against).to_contain_text("108 weights and 4 biases")
    network.page.get_by_role("button", name="28×28×3, one neuron").click()
    expect(against).to_contain_text("2,352 weights and 1 bias")
    network.page.wait_for_url(re.compile("dense=3x28x28x1x4x3"))
    field = network.page.get_by_role("spinbutton", name="Convolution: kernel")
    field.fill("29")
    field.press("Enter")
    expect(network.page.locator(".cv-problem")).to_contain_text("kernel 29 spans 29 cells; the padded input has 28")


def test_the_code_on_the_page_runs_and_prints_the_last_shape(network: Driver) -> None:
    network.open("?net=resnet18&input=3x32x32")
    network.page.get_by_role("button", name="PyTorch").click()
    code = network.page.locator('[data-testid="stCode"] code').first
    expect(code).to_contain_text("class Network")
    shapes: list = []
    exec(code.text_content() or "", {"print": shapes.append, "__name__": "pasted"})  # noqa: S102 - what a student would do with it
    assert shapes[-1][1:] == (1000,)


def test_experiments_answer_where_the_parameters_are_and_what_a_skip_costs(network: Driver) -> None:
    network.open("")
    network.page.get_by_role("button", name="Set it up").click()
    expect(network.root).to_have_attribute("data-selected", "dense1")
    expect(network.root).to_contain_text("62 % of the parameters sit in dense1")
    network.page.get_by_role("button", name="1 of 4").click()
    expect(network.page.get_by_text("What does a skip connection cost?")).to_be_visible()
    network.page.get_by_role("button", name="Set it up").click()
    expect(network.root).to_have_attribute("data-selected", "layer1.0.add")
    line = network.root.locator(".cv-working")
    expect(line).to_contain_text("64×56×56 + 64×56×56 → 64×56×56")
    expect(line).to_contain_text("parameters 0")


def test_a_link_that_makes_no_sense_is_told(network: Driver) -> None:
    network.open("?net=lenet6&blocks=round")
    problem = network.page.locator(".cv-problem")
    expect(problem).to_contain_text("net=lenet6 names no network; blocks=round is none of scale, equal")
    network.expect_total(61_706)


def test_the_page_remembers_itself_while_another_one_is_open(network: Driver) -> None:
    network.open("?net=stack&row=conv2")
    network.set("out of conv2", "7")
    expect(network.shape("conv2")).to_have_text("7 × 26 × 26")
    network.page.get_by_role("link", name="Pooling", exact=True).click()
    network.page.locator('[data-convviz="stage"]').wait_for()
    network.page.get_by_role("link", name="Network", exact=True).click()
    expect(network.shape("conv2")).to_have_text("7 × 26 × 26")
    expect(network.root).to_have_attribute("data-selected", "conv2")
