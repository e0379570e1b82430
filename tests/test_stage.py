"""The stage in a real browser: what it says and lights equals what torch computes; it stays alive while parameters change."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
import torch
from playwright.sync_api import BrowserContext, expect

from convviz.samples import PRESETS
from tests.conftest import Server
from tests.reference import TWINS
from tests.stage import Stage

WALKED = [
    "numeric-strided",
    "numeric",
    "padding-strides-odd",
    "dilation",
    "unequal-strides",
    "impulse-convolution",
    "even-same-lower",
    "edge",
    "arbitrary-padding",
]


def torch_output(preset: str) -> np.ndarray[Any, Any]:
    x, weight, options = PRESETS[preset].sample.arguments()
    return np.asarray(TWINS["convolution"](x, weight, **options))


def number(words: str) -> float:
    return float(words.replace("−", "-"))


def result_of(arithmetic: str) -> float:
    return number(arithmetic.rsplit("=", 1)[1].strip())


def sum_of(arithmetic: str) -> float:
    """The left side, multiplied and added up as written."""
    terms = re.findall(r"\(?(−?[\d.]+)\)?×\(?(−?[\d.]+)\)?", arithmetic.rsplit("=", 1)[0])
    return sum(number(value) * number(weight) for value, weight in terms)


@pytest.mark.parametrize("preset", WALKED)
def test_the_sum_at_every_step_is_torchs_output_at_that_position(stage: Stage, preset: str) -> None:
    expected = torch_output(preset)
    stage.open(f"/convolution?from={preset}")
    assert stage.shape == expected.shape
    assert stage.steps == expected.size
    for step, value in enumerate(expected.ravel()):
        stage.expect("step", step)
        arithmetic = stage.arithmetic
        assert result_of(arithmetic) == value, (step, arithmetic)
        assert "more" in arithmetic or sum_of(arithmetic) == value, (step, arithmetic)
        stage.press("ArrowRight")
    stage.expect("step", expected.size - 1)
    assert stage.errors == []


def test_the_first_line_of_the_lectures_comes_out_letter_by_letter(stage: Stage) -> None:
    stage.open("/convolution?from=first")
    assert stage.arithmetic == "0×0 + 1×1 + 3×2 + 4×3 = 19"


def reached(preset: str, cell: tuple[int, int]) -> set[tuple[int, ...]]:
    """Outputs whose gradient reaches an input cell, by torch, with weights that cannot cancel."""
    x, weight, options = PRESETS[preset].sample.arguments()
    values = torch.zeros(x.shape, dtype=torch.float64, requires_grad=True)
    twin = TWINS["convolution"](values, np.ones_like(weight), **{**options, "bias": None})
    found = set()
    for position in np.ndindex(*twin.shape[1:]):
        (gradient,) = torch.autograd.grad(twin[(0, *position)], values, retain_graph=True)
        if gradient[(0, *cell)] != 0:
            found.add(position)
    return found


@pytest.mark.parametrize("preset", ["numeric-strided", "dilation", "unequal-strides", "padding-strides-odd", "matrix", "edge"])
def test_pointing_at_an_input_cell_lights_exactly_the_outputs_its_gradient_reaches(stage: Stage, preset: str) -> None:
    stage.open(f"/convolution?from={preset}")
    rows, columns = PRESETS[preset].sample.input_size
    counts = []
    for cell in [(0, 0), (rows - 1, columns - 1), (rows // 2, columns // 2), (0, columns // 2), (rows // 2, 0)]:
        stage.point("input", cell)
        expected = reached(preset, cell)
        assert stage.lit()["output"] == expected, cell
        counts.append(len(expected))
    assert max(counts) > 0


def test_pointing_at_an_output_lights_what_it_reads_and_says_its_sum(stage: Stage) -> None:
    stage.open("/convolution?from=numeric-strided")
    stage.point("output", (2, 2))
    assert stage.lit()["input"] == {(row, column) for row in (3, 4, 5) for column in (3, 4, 5)}
    stage.expect_arithmetic("= 4")
    expect(stage.page.locator(".cv-sum .cv-label")).to_have_text("output [2, 2]")


def test_pointing_at_a_weight_lights_every_cell_it_multiplies(stage: Stage) -> None:
    stage.open("/convolution?from=numeric-strided")
    stage.point("weight", (0, 2))
    assert stage.lit()["input"] == {(row, column) for row in (-1, 1, 3) for column in (1, 3, 5)}


def test_what_is_lit_is_seen_on_the_canvas(stage: Stage) -> None:
    stage.open("/convolution?from=numeric-strided&step=8")
    before = {position: stage.colour_at("output", position) for position in np.ndindex(3, 3)}
    stage.point("input", (2, 2))
    lit = stage.lit()["output"]
    changed = {position for position, colour in before.items() if stage.colour_at("output", position) != colour}
    assert lit
    assert changed == lit


def test_a_change_of_stride_in_mid_play_neither_remounts_nor_stops_the_stage(stage: Stage) -> None:
    stage.open("/convolution?size=12&kernel=3&stride=1&values=random:1")
    stage.evaluate("void (stage.parts.root.marked = true)")
    stage.press("+", "+", "Space")
    stage.wait_until("stage.view.step >= 24")
    stage.set_number("Stride", 2)
    stage.wait_until("stage.scene.grids.output.shape.join() === '1,6,6'")
    assert stage.evaluate("stage.parts.root.marked")
    assert stage.evaluate("stage.transport.playing")
    step = stage.evaluate("stage.view.step")
    assert 12 <= step < 36, "row 2 or more of 12 columns is row 2 or more of 6: the place is kept, not lost"
    stage.wait_until("stage.view.step > argument", step)
    assert stage.page.locator('[data-convviz="stage"]').count() == 1


def test_the_place_is_kept_as_near_as_the_new_shape_allows(stage: Stage) -> None:
    stage.open("/convolution?from=numeric&step=8")
    stage.set_number("Stride", 2)
    stage.expect("steps", 9)
    stage.set_number("Padding (height)", 0)
    stage.expect("output-shape", "1×2×2")
    stage.expect("step", 3)


def test_every_key_does_what_the_list_says(stage: Stage) -> None:
    stage.open("/convolution?from=numeric")
    for keys, step in [("ArrowRight", 1), ("ArrowDown", 4), ("End", 8), ("ArrowUp", 5), ("ArrowLeft", 4), ("Home", 0)]:
        stage.press(keys)
        stage.expect("step", step)
    stage.press("Space")
    stage.expect("playing", "true")
    stage.press("Space")
    stage.expect("playing", "false")
    stage.press("+")
    expect(stage.page.locator(".cv-speed-value")).to_have_text("2×")
    stage.press("-", "-")
    expect(stage.page.locator(".cv-speed-value")).to_have_text("0.5×")
    stage.press("?")
    expect(stage.page.locator("dl.cv-help")).to_be_visible()
    stage.press("Escape")
    expect(stage.page.locator("dl.cv-help")).to_be_hidden()


def test_keys_leave_alone_whoever_types_a_number(stage: Stage) -> None:
    stage.open("/convolution?from=numeric&step=4")
    field = stage.page.get_by_role("spinbutton", name="Bias")
    field.focus()
    for key in ("Home", "End", "ArrowLeft"):
        stage.page.keyboard.press(key)
    stage.click("weight", (0, 0))
    for key in ("Home", "ArrowLeft", "+", "5"):
        stage.page.keyboard.press(key)
    stage.expect("step", 4)
    stage.expect("playing", "false")


def test_loop_and_unfold_have_keys_too(stage: Stage) -> None:
    stage.open("/convolution?kernel=7&size=16&padding=3&values=random:1&weights=random:2&step=30")
    stage.press("l")
    expect(stage.page.get_by_role("button", name="Loop")).to_have_attribute("aria-pressed", "true")
    stage.press("Enter")
    expect(stage.page.locator(".cv-unfolded")).to_be_visible()
    stage.press("Enter")
    expect(stage.page.locator(".cv-unfolded")).to_have_count(0)


def test_a_second_click_lets_go(stage: Stage) -> None:
    stage.open("/convolution?from=first")
    stage.click("weight", (0, 0))
    stage.page.keyboard.press("Enter")
    stage.wait_until("stage.view.pin?.grid === 'weight'")
    stage.click("weight", (0, 0))
    stage.wait_until("stage.view.pin === null")
    expect(stage.page.locator(".cv-edit")).to_have_count(0)


def test_an_input_that_padding_repeats_shows_each_of_its_weights(stage: Stage) -> None:
    stage.open("/convolution?size=3&kernel=3&stride=1&padding=1&padding_mode=reflect&values=ramp&weights=ramp")
    stage.point("input", (1, 1))
    assert stage.lit()["output"] == {(row, column) for row in range(3) for column in range(3)}


def test_it_plays_to_the_end_or_loops(stage: Stage) -> None:
    stage.open("/convolution?from=strides")
    stage.press(*["+"] * 8, "Space")
    stage.expect("step", 3)
    stage.expect("playing", "false")
    stage.page.get_by_role("button", name="Loop").click()
    stage.press("Space")
    stage.wait_until("stage.view.step === 3")
    stage.wait_until("stage.view.step === 0")
    stage.expect("playing", "true")


def test_the_scrubber_goes_anywhere(stage: Stage) -> None:
    stage.open("/convolution?from=numeric")
    stage.page.locator(".cv-scrubber").fill("7")
    stage.expect("step", 7)


def test_a_weight_and_an_input_cell_are_edited_in_place(stage: Stage) -> None:
    stage.open("/convolution?from=first")
    stage.click("weight", (1, 1))
    stage.page.keyboard.type("-3")
    stage.page.keyboard.press("Enter")
    stage.expect_output([-5, -5, -5, -5])
    stage.click("input", (0, 0))
    stage.page.keyboard.type("0.5")
    stage.page.keyboard.press("Enter")
    stage.expect_output([-5, -5, -5, -5])  # its weight is 0
    stage.click("weight", (0, 0))
    stage.page.keyboard.type("2")
    stage.page.keyboard.press("Enter")
    stage.expect_output([-4, -3, 1, 3])
    stage.look_away()
    stage.expect_whole_arithmetic("0.5×2 + 1×1 + 3×2 + 4×(−3) = −4")


def test_edits_in_quick_succession_are_all_taken_over(stage: Stage) -> None:
    stage.open("/convolution?from=first")
    stage.click("weight", (0, 0))
    for value in ("9", "8", "7", "6"):
        stage.page.keyboard.type(value)
        stage.page.keyboard.press("Tab")
    stage.page.keyboard.press("Escape")
    stage.wait_until("Array.from(stage.scene.grids.weight.data).join() === '9,8,7,6'")


def test_what_is_no_number_is_marked_and_not_taken_over(stage: Stage) -> None:
    stage.open("/convolution?from=first")
    stage.click("weight", (0, 0))
    stage.page.keyboard.type("abc")
    stage.page.keyboard.press("Enter")
    expect(stage.page.locator(".cv-edit.cv-invalid")).to_be_visible()
    stage.page.keyboard.press("Escape")
    expect(stage.page.locator(".cv-edit")).to_have_count(0)
    stage.look_away()
    stage.expect_whole_arithmetic("0×0 + 1×1 + 3×2 + 4×3 = 19")


def test_what_is_no_number_is_told_when_the_field_is_left(stage: Stage) -> None:
    stage.open("/convolution?from=first")
    stage.click("weight", (0, 0))
    stage.page.keyboard.type("abc")
    stage.page.locator(".cv-edit").blur()
    expect(stage.page.locator(".cv-sum .cv-note")).to_contain_text(
        '"abc" is no number: type one like -1 or 0.5; nothing was changed'
    )


def test_with_a_flipped_kernel_the_weight_that_is_clicked_is_the_weight_that_changes(stage: Stage) -> None:
    stage.open("/convolution?from=impulse-convolution")
    before = stage.evaluate("Array.from(stage.scene.grids.weight.data)")
    assert before == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    stage.click("weight", (0, 1))
    stage.page.keyboard.type("50")
    stage.page.keyboard.press("Enter")
    stage.wait_until("Array.from(stage.scene.grids.weight.data).join() === '9,50,7,6,5,4,3,2,1'")


def test_a_pinned_output_keeps_its_sum_while_the_steps_go_on(stage: Stage) -> None:
    stage.open("/convolution?from=numeric")
    stage.click("output", (1, 1))
    stage.look_away()
    stage.press("ArrowRight", "ArrowRight")
    stage.expect("step", 2)
    stage.expect_arithmetic("= 17")
    stage.press("Escape")
    stage.expect_arithmetic("= 17")  # step 2 of the guide's numbers is 17 too
    stage.press("ArrowRight")
    stage.expect_arithmetic("= 10")


def test_an_impossible_setting_is_explained_and_the_button_mends_it(stage: Stage) -> None:
    stage.open("/convolution?from=numeric-strided")
    before = stage.evaluate("Array.from(stage.scene.grids.output.data)")
    stage.set_number("Kernel", 9)
    message = stage.page.locator(".cv-reason")
    expect(message).to_have_text("Kernel 9 spans 9 cells; the padded input has 7: add 2 padding, or lower kernel to 7.")
    expect(stage.root).to_have_class(re.compile("cv-refused"))
    assert stage.evaluate("Array.from(stage.scene.grids.output.data)") == before, "the last good picture stays"
    expect(stage.number("Kernel")).to_have_value("9")
    stage.page.get_by_role("button", name="Set kernel to 7").click()
    expect(stage.root).not_to_have_class(re.compile("cv-refused"))
    stage.expect("output-shape", "1×1×1")


def test_a_bad_link_says_what_was_wrong_and_shows_the_rest(stage: Stage) -> None:
    stage.open("/convolution?from=numeric&stride=many&bias=2&colour=red")
    problem = stage.page.locator(".cv-problem")
    expect(problem).to_contain_text("stride=many is no whole number")
    expect(problem).to_contain_text("colour is no parameter")
    assert result_of(stage.arithmetic) == 14


def test_the_link_reopened_in_a_second_window_shows_the_same(stage: Stage, browser: Any, server: Server) -> None:
    stage.open("/convolution?from=numeric-strided")
    stage.click("weight", (0, 0))
    stage.page.keyboard.type("5")
    stage.page.keyboard.press("Enter")
    stage.wait_until("stage.scene.grids.weight.data[0] === 5")
    stage.press("Escape")
    stage.set_number("Bias", -2)
    stage.wait_until("stage.scene.relations[0].bias.data[0] === -2")
    stage.click("output", (1, 0))
    stage.look_away()
    stage.press("End", "ArrowLeft")
    stage.page.wait_for_url(re.compile("step=7.*pin=output|pin=output.*step=7"))
    other = browser.new_context(viewport={"width": 1600, "height": 900})
    try:
        second = Stage(other.new_page(), server.address)
        second.open(stage.page.url.removeprefix(server.address))
        second.expect("step", 7)
        for part in ("scene.grids.input.data", "scene.grids.weight.data", "scene.grids.output.data", "view.pin"):
            assert second.evaluate(f"JSON.stringify(stage.{part})") == stage.evaluate(f"JSON.stringify(stage.{part})"), part
        assert second.arithmetic == stage.arithmetic
    finally:
        other.close()


def test_copy_link_carries_the_step_we_are_at_even_while_playing(context: BrowserContext, stage: Stage, server: Server) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.origin)
    stage.open("/convolution?from=numeric")
    stage.press("+", "+", "+", "Space")
    stage.wait_until("stage.view.step >= 2")
    stage.page.get_by_role("button", name="copy link").click()
    stage.page.get_by_role("button", name="copied").wait_for()
    link = stage.page.evaluate("navigator.clipboard.readText()")
    parameters = dict(parse_qsl(urlsplit(link).query))
    assert parameters["from"] == "numeric"
    assert int(parameters["step"]) >= 2


def test_back_to_the_example_undoes_everything(stage: Stage) -> None:
    stage.open("/convolution?from=numeric&stride=2&weights=ramp&bias=3&step=2")
    stage.page.get_by_role("button", name="Back to the example").click()
    stage.expect_output([12, 12, 17, 10, 17, 19, 9, 6, 14])
    stage.expect("step", 0)
    stage.page.wait_for_url(lambda url: urlsplit(url).query == "from=numeric")


def test_the_arithmetic_never_hides_its_result(stage: Stage) -> None:
    """Long sums fold in the middle, at any width."""
    for width in (1280, 1600):
        stage.page.set_viewport_size({"width": width, "height": 720})
        for query in (
            "from=numeric",
            "kernel=7&size=16&padding=3&weights=random:2",
            "kernel=2&bias=-12.345&values=typed:0:1x1:-123.456",
        ):
            stage.open(f"/convolution?{query}")
            stage.press("End")
            assert stage.page.evaluate(
                """() => {
                    const line = document.querySelector('[data-convviz="arithmetic"]');
                    return line.scrollWidth <= line.clientWidth && line.textContent.includes("=");
                }"""
            ), (width, query)


def test_a_long_sum_opens_on_click(stage: Stage) -> None:
    stage.open("/convolution?kernel=7&size=16&padding=3&values=random:1&weights=random:2&step=100")
    assert "more" in stage.arithmetic
    stage.page.get_by_role("button", name="more").click()
    stage.wait_until("stage.unfolded")
    expect(stage.page.locator(".cv-unfolded")).to_be_visible()
    assert stage.arithmetic.count("×") == 49
    assert sum_of(stage.arithmetic) == number(stage.arithmetic.split("=")[1].split()[0])


def test_the_stage_is_one_tab_stop_with_a_name_and_a_polite_voice(stage: Stage) -> None:
    stage.open("/convolution?from=first")
    stops = stage.page.evaluate(
        """() => [document.querySelector('[data-convviz="stage"]'), ...document.querySelectorAll('[data-convviz="stage"] *')]
            .filter((node) => node.tabIndex >= 0).length"""
    )
    assert stops == 1
    assert "stage" in (stage.root.get_attribute("aria-label") or "")
    voice = stage.page.locator('[aria-live="polite"].cv-live')
    expect(voice).to_have_text("Step 1 of 4, output [0, 0]: 0×0 + 1×1 + 3×2 + 4×3 equals 19")


def test_the_stage_follows_the_theme_at_once(stage: Stage) -> None:
    stage.page.emulate_media(color_scheme="light")
    stage.open("/convolution?from=numeric")
    light = stage.colour_at("weight", (0, 0))
    stage.page.emulate_media(color_scheme="dark")
    stage.expect("theme", "dark")
    assert stage.colour_at("weight", (0, 0)) != light
    stage.page.emulate_media(color_scheme="light")
    stage.expect("theme", "light")
    assert stage.colour_at("weight", (0, 0)) == light


def test_the_window_glides_unless_motion_is_unwanted(stage: Stage) -> None:
    stage.page.emulate_media(reduced_motion="no-preference")
    stage.open("/convolution?from=numeric")
    stage.press("ArrowRight")
    stage.wait_until("stage.view.glide > 0 && stage.view.glide < 1 || stage.view.from === 0")
    assert stage.evaluate("stage.view.from") == 0
    stage.wait_until("stage.view.glide === 1")
    stage.page.emulate_media(reduced_motion="reduce")
    stage.press("ArrowRight")
    stage.expect("step", 2)
    assert stage.evaluate("stage.view.glide") == 1


@pytest.mark.parametrize("size", [(1600, 900), (1280, 720)])
def test_stage_and_transport_fit_without_scrolling(stage: Stage, size: tuple[int, int]) -> None:
    stage.page.set_viewport_size({"width": size[0], "height": size[1]})
    stage.open("/convolution?from=numeric-strided")
    box = stage.page.locator(".cv-controls").bounding_box()
    assert box
    assert box["y"] + box["height"] <= size[1]
    assert not stage.page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollHeight > innerHeight + 1")


def test_from_24_cells_colour_takes_the_place_of_numbers(stage: Stage) -> None:
    stage.open("/convolution?size=24&values=random:1")
    assert not stage.evaluate("stage.layout.grids.input.numbered")
    stage.point("input", (3, 4))
    expect(stage.page.locator(".cv-sum .cv-label")).to_contain_text("input [3, 4] = ")
    stage.set_number("Input height × width", 12)
    stage.wait_until("stage.layout.grids.input.numbered")


def test_cells_that_no_window_reads_are_hatched(stage: Stage) -> None:
    """A blank cell has one colour, a hatched one has several."""
    stage.open("/convolution?size=6&kernel=2&stride=3&padding=0&values=impulse")

    def colours(position: tuple[int, int]) -> int:
        rectangle = stage.rectangle("input", position)
        corner = [rectangle[side] + 0.05 * rectangle["size"] for side in ("x", "y")]
        return stage.page.evaluate(
            """([x, y, side]) => {
                const { scale, parts } = document.querySelector('[data-convviz="stage"]').convviz;
                const size = Math.floor(side * scale);
                const { data } = parts.context.getImageData(x * scale, y * scale, size, size);
                const seen = new Set();
                for (let at = 0; at < data.length; at += 4) seen.add(data.slice(at, at + 3).join());
                return seen.size;
            }""",
            [*corner, 0.3 * rectangle["size"]],
        )

    assert colours((4, 4)) == 1  # read by the last window
    assert colours((2, 4)) > 1
    assert colours((5, 5)) > 1
