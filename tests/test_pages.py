"""The pages as Streamlit runs them: controls, presets, typed numbers, experiments."""

import re

import pytest
from playwright.sync_api import expect

from convviz import convolution
from convviz.samples import PRESETS
from tests.conftest import Server
from tests.stage import Stage, wait_until


def choose(stage: Stage, label: str, option: str) -> None:
    # A long list shows only a part of itself: what is typed finds the rest.
    stage.page.get_by_role("combobox", name=label).fill(option)
    stage.page.get_by_role("option", name=option, exact=True).click()


@pytest.mark.parametrize(
    "name", ["Convolution", "Pooling", "Transposed convolution", "Receptive field", "Training lab", "Inside a CNN"]
)
def test_the_home_page_has_a_card_with_a_live_picture_that_leads_to_each_page(stage: Stage, server: Server, name: str) -> None:
    stage.page.emulate_media(reduced_motion="no-preference")
    stage.page.goto(server.address)
    cards = stage.page.locator('[data-convviz="card"]')
    expect(cards).to_have_count(6)
    for card in cards.all():
        expect(card).to_have_attribute("data-step", re.compile("[1-9]"))
    assert stage.page.locator('[data-convviz="stage"]').count() == 0
    expect(stage.page.locator('[data-convviz="network-card"] svg.cv-picture')).to_be_visible()
    stage.page.get_by_role("link", name=name, exact=True).last.click()
    stage.root.wait_for()
    expect(stage.page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def test_a_preset_brings_every_parameter_and_number(stage: Stage) -> None:
    stage.open("/convolution?step=3")
    for name in ("unequal-strides", "impulse-convolution", "even-same-lower", "fraction"):
        preset = PRESETS[name]
        choose(stage, "Start from", preset.title)
        x, weight, options = preset.sample.arguments()
        stage.expect_output([int(value) for value in convolution(x, weight, **options).output.ravel()])
        stage.expect("step", 0)


def test_height_and_width_go_together_until_they_are_unlinked(stage: Stage) -> None:
    stage.open("/convolution?from=numeric")
    stage.set_number("Stride", 2)
    stage.expect("output-shape", "1×2×2")
    stage.page.get_by_text("Height and width together").click()
    stage.set_number("Stride", 1)
    stage.expect("output-shape", "1×3×2")
    stage.set_number("Stride (width)", 3)
    stage.expect("output-shape", "1×3×1")
    expect(stage.page.locator(".cv-formula .cv-line")).to_have_count(2)


def test_an_emptied_number_comes_back(stage: Stage) -> None:
    stage.open("/convolution?from=numeric")
    field = stage.page.get_by_role("spinbutton", name="Kernel", exact=True)
    field.fill("")
    field.press("Enter")
    fields = "[...document.querySelectorAll('input[aria-label=Kernel]')]"
    wait_until(stage.page, f"{fields}.map((field) => field.value).join() === '3'")
    stage.expect("output-shape", "1×3×3")


@pytest.mark.parametrize(("name", "shape"), [("valid", "1×3×3"), ("same", "1×5×5"), ("full", "1×7×7"), ("causal", "1×5×5")])
def test_paddings_by_name(stage: Stage, name: str, shape: str) -> None:
    stage.open("/convolution?from=numeric")
    choose(stage, "Padding", name)
    stage.expect("output-shape", shape)
    expect(stage.page.get_by_role("spinbutton", name="Padding (height)")).to_have_count(0)


def test_each_side_has_its_own_padding(stage: Stage) -> None:
    stage.open("/convolution?from=numeric")
    choose(stage, "Padding", "each side")
    stage.set_number("After", 2)
    stage.expect("output-shape", "1×5×5")
    expect(stage.page.locator(".cv-formula")).to_contain_text("5 + 0 + 2")


def test_same_with_a_stride_is_refused_as_torch_does_and_mended_by_numbers(stage: Stage) -> None:
    stage.open("/convolution?from=numeric&padding=same")
    stage.set_number("Stride", 2)
    expect(stage.page.locator(".cv-reason")).to_contain_text('Padding "same" needs stride 1, this stride is 2')
    stage.page.get_by_role("button", name="Set padding to 1").click()
    stage.expect("output-shape", "1×3×3")
    expect(stage.number("Padding (height)")).to_have_value("1")


def test_the_padding_is_filled_as_chosen(stage: Stage) -> None:
    stage.open("/convolution?from=first&padding=1")
    choose(stage, "filled with", "circular")
    stage.wait_until("stage.scene.relations[0].paddingMode === 'circular'")
    assert stage.arithmetic == "8×0 + 6×1 + 2×2 + 0×3 = 10"


def test_numbers_are_typed_or_pasted_and_the_grid_takes_their_size(stage: Stage) -> None:
    stage.open("/convolution?from=first")
    stage.page.get_by_text("typed", exact=True).first.click()
    stage.page.get_by_role("button", name="Type the input").click()
    area = stage.page.get_by_role("textbox", name="One row a line")
    expect(area).to_have_value("0 1 2\n3 4 5\n6 7 8")
    area.fill("1 2 3 4\n5 6 seven 8")
    area.press("Control+Enter")
    expect(stage.page.get_by_text('Not taken over: "seven" is no number.')).to_be_visible()
    area = stage.page.get_by_role("textbox", name="One row a line")
    expect(area).to_have_value("1 2 3 4\n5 6 seven 8")
    area.fill("1 2 3 4\n5 6 7 8")
    area.press("Control+Enter")
    stage.expect("output-shape", "1×1×3")
    stage.expect_output([1 * 0 + 2 + 10 + 18, 3 + 12 + 21, 4 + 14 + 24])


def test_a_named_kernel_brings_its_size(stage: Stage) -> None:
    stage.open("/convolution?from=first")
    choose(stage, "Kernel values", "Sobel, vertical edges")
    stage.expect("output-shape", "1×1×1")
    stage.expect_output([8])


def test_another_seed_gives_other_numbers(stage: Stage) -> None:
    stage.open("/convolution?from=strides")
    before = stage.evaluate("Array.from(stage.scene.grids.input.data)")
    stage.set_number("Seed", 1)
    stage.wait_until("Array.from(stage.scene.grids.input.data).join() !== argument.join()", before)
    stage.page.wait_for_url(re.compile(r"values=random%3A1|values=random:1"))


def test_true_convolution_turns_the_kernel_round(stage: Stage) -> None:
    stage.open("/convolution?from=impulse-correlation")
    assert stage.evaluate("Array.from(stage.scene.grids.weight.data)") == list(range(1, 10))
    stage.page.get_by_text("convolution", exact=True).click()
    stage.wait_until("stage.scene.grids.weight.data[0] === 9")
    assert stage.evaluate("Array.from(stage.scene.grids.output.data).filter((value) => value)") == list(range(1, 10))


def test_an_experiment_sets_itself_up(stage: Stage) -> None:
    stage.open("/convolution")
    stage.page.get_by_role("button", name="Set it up").click()
    stage.wait_until("stage.scene.relations[0].tables[0].rows === 3")
    stage.page.get_by_role("button", name="1 of 3").click()
    expect(stage.page.get_by_role("button", name="2 of 3")).to_be_visible()


def test_the_snippet_on_the_page_prints_what_the_stage_shows(stage: Stage) -> None:
    stage.open("/convolution?from=numeric-strided&bias=1&flip=1&padding_mode=reflect")
    stage.page.get_by_role("button", name="PyTorch").click()
    code = stage.page.locator('[data-testid="stCode"] code').first
    code.wait_for()
    tensors: list = []
    exec(code.text_content() or "", {"print": tensors.append})  # noqa: S102 - what a student would do with it
    assert tensors[0].flatten().tolist() == stage.evaluate("Array.from(stage.scene.grids.output.data)")


def test_the_page_remembers_itself_while_another_one_is_open(stage: Stage) -> None:
    stage.open("/convolution?from=numeric&bias=5")
    stage.press("ArrowRight", "ArrowRight")
    stage.page.wait_for_url(re.compile(r"step=2\b"))
    stage.page.get_by_role("link", name="convviz").first.click()
    stage.page.locator('[data-convviz="card"]').first.wait_for()
    stage.page.get_by_role("link", name="Convolution").first.click()
    stage.root.wait_for()
    stage.expect("step", 2)
    stage.expect_arithmetic("= 22")
    stage.page.wait_for_url(re.compile(r"step=2\b"))


def test_a_new_shape_moves_the_step_in_the_link_too(stage: Stage) -> None:
    stage.open("/convolution?size=12&kernel=3&stride=1&padding=1&values=random:1&step=24")
    stage.set_number("Stride", 2)
    stage.expect("step", 12)
    stage.page.wait_for_url(re.compile(r"step=12\b"))


def test_the_way_out_of_same_with_an_even_kernel_shows_both_sides(stage: Stage) -> None:
    stage.open("/convolution?from=numeric&kernel=4&padding=same&stride=2")
    stage.page.get_by_role("button", name="Set padding before to 1").click()
    stage.expect("output-shape", "1×3×3")
    expect(stage.number("Before")).to_have_value("1")
    expect(stage.number("After")).to_have_value("2")


def test_a_large_padding_by_name_goes_over_into_numbers(stage: Stage) -> None:
    stage.open("/convolution?from=numeric&kernel=16&dilation=3&padding=full")
    choose(stage, "Padding", "by number")
    expect(stage.number("Padding (height)")).to_have_value("45")
    stage.page.wait_for_url(re.compile("padding=45"))
    stage.page.reload()
    stage.root.wait_for()
    expect(stage.page.locator(".cv-problem")).to_have_count(0)


def test_numbers_in_the_box_keep_every_digit(stage: Stage) -> None:
    stage.open("/convolution?from=first&values=typed:0:1x3:1234567_0.123456789_3&size=1x3&kernel=1")
    stage.page.get_by_role("button", name="Type the input").click()
    expect(stage.page.get_by_role("textbox", name="One row a line")).to_have_value("1234567 0.123456789 3")


def test_a_grid_that_is_not_square_parts_height_and_width(stage: Stage) -> None:
    stage.open("/convolution?from=numeric")
    choose(stage, "Kernel values", "edge [1, −1]")
    stage.expect("output-shape", "1×5×4")
    expect(stage.page.get_by_role("switch", name="Height and width together")).not_to_be_checked()


def test_a_named_kernel_keeps_its_name_under_another_seed(stage: Stage) -> None:
    stage.open("/convolution?from=strides")
    choose(stage, "Kernel values", "Laplace")
    stage.set_number("Seed", 5)
    stage.page.wait_for_url(re.compile("values=random"))
    expect(stage.page.get_by_role("combobox", name="Kernel values")).to_have_value("Laplace")
