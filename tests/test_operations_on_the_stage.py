"""Channels, pooling, unpooling, transposed convolution, one and three dimensions: what their pages say, light and change."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, expect

from convviz import adaptive_pooling, convolution, pooling, transposed_convolution
from convviz.samples import PRESETS
from tests.stage import Stage


def view(stage: Stage, name: str) -> None:
    stage.page.get_by_text(name, exact=True).click()


def label(stage: Stage) -> Locator:
    return stage.page.locator(".cv-sum .cv-label")


def note(stage: Stage) -> Locator:
    return stage.page.locator(".cv-sum .cv-note").last


# --- Channels -------------------------------------------------------------------------------------------------------------


def test_each_input_channel_has_its_sum_then_comes_the_total_then_the_bias(stage: Stage) -> None:
    stage.open("/convolution?from=two-channels&bias=100")
    stage.expect_whole_arithmetic("(0×0 + 1×1 + 3×2 + 4×3) + (1×1 + 2×2 + 4×3 + 5×4) = 19 + 37 + 100 = 156")


def test_as_a_matrix_per_tap_the_same_sum_is_grouped_by_taps(stage: Stage) -> None:
    stage.open("/convolution?from=two-channels")
    assert stage.page.get_by_text("Matrix per tap").count() == 1
    view(stage, "Matrix per tap")
    stage.expect_whole_arithmetic("(0×0 + 1×1) + (1×1 + 2×2) + (3×2 + 4×3) + (4×3 + 5×4) = 1 + 5 + 18 + 32 = 56")
    stage.page.wait_for_url(re.compile("by=taps"))


def test_the_window_runs_through_all_input_sheets_of_its_group(stage: Stage) -> None:
    stage.open("/convolution?from=grouped")
    channels = stage.evaluate("stage.scene.grids.input.shape[0]")
    groups = stage.evaluate("stage.scene.relations[0].groups")
    stage.point("output", (1, 1))
    assert stage.page.evaluate(
        """async () => {
            const source = performance.getEntriesByType("resource").find((entry) => entry.name.endsWith("/stage.mjs")).name;
            const { litNow } = await import(source);
            return litNow(document.querySelector('[data-convviz="stage"]')).input.channels;
        }"""
    ) == list(range(channels // groups))


def test_another_output_channel_is_chosen_by_key_and_by_its_small_picture(stage: Stage) -> None:
    stage.open("/convolution?from=three-filters&step=1")
    stage.press("]")
    stage.expect("step", 5)
    stage.expect_arithmetic("= 100")
    expect(label(stage)).to_have_text("output channel 1 [0, 1]")
    thumbs = stage.evaluate("stage.layout.thumbs")
    box = stage.page.locator(".cv-canvas").bounding_box()
    assert box
    stage.page.mouse.click(box["x"] + thumbs["left"] + 2.5 * thumbs["step"] - 4, box["y"] + thumbs["top"] + 8)
    stage.expect("step", 9)
    stage.expect_arithmetic("= 128")
    stage.press("[", "[")
    stage.expect("step", 1)


def test_a_weight_of_the_second_input_channel_is_edited_in_place(stage: Stage) -> None:
    stage.open("/convolution?from=three-filters&step=4")
    stage.click("weight", (0, 0), slot=1)
    stage.page.keyboard.type("0")
    stage.page.keyboard.press("Enter")
    stage.look_away()
    weight = PRESETS["three-filters"].sample.arguments()[1].copy()
    x, _, options = PRESETS["three-filters"].sample.arguments()
    weight[1, 1, 0, 0] = 0
    stage.expect_output([int(value) for value in convolution(x, weight, **options).output.ravel()])


def test_weights_and_macs_of_dense_grouped_and_separable_layers_are_compared(stage: Stage) -> None:
    stage.open("/convolution?from=depthwise")
    line = stage.page.locator(".cv-extra").last
    for words in ("dense: 81 weights", "27 and 243", "depthwise-separable: 36"):
        expect(line).to_contain_text(words)


def test_one_by_one_is_called_what_it_is(stage: Stage) -> None:
    stage.open("/convolution?from=pointwise")
    expect(stage.page.locator(".cv-extra").first).to_contain_text(
        "one dense layer of 64 → 32 numbers at each of the 3,136 pixels"
    )
    stage.expect("output-shape", "32×56×56")


# --- Pooling --------------------------------------------------------------------------------------------------------------


def test_the_winner_is_marked_and_said_and_overhang_has_no_number(stage: Stage) -> None:
    stage.open("/pooling?from=ceil-mode&step=5")
    expect(stage.page.locator(".cv-winner")).to_have_text("3")
    expect(stage.page.locator(".cv-blank")).to_have_count(2)
    expect(note(stage)).to_have_text("found at [2, 4] → position 2·5 + 4 = 14")


def test_a_tie_goes_to_the_first_as_in_torch(stage: Stage) -> None:
    stage.open("/pooling?from=ceil-mode&values=typed:0:2x2:7_7_7_7&size=2")
    expect(note(stage)).to_contain_text("found at [0, 0]")
    assert torch.nn.functional.max_pool2d(torch.full((1, 2, 2), 7.0), 2, return_indices=True)[1].item() == 0


def test_the_divisor_of_an_average_is_written_out_with_what_it_counts(stage: Stage) -> None:
    stage.open("/pooling?from=average-padded")
    stage.expect_arithmetic("÷ 9 = 0.667")
    expect(note(stage)).to_have_text("counts 4 of input, 5 of padding")
    card = stage.page.locator(".cv-counted")
    assert card.locator("b").all_text_contents() == ["4", "5", "0", "9", "the divisor"]
    stage.page.get_by_text("Count padding").click()
    stage.expect_arithmetic("÷ 4 = 1.5")
    expect(note(stage)).to_have_text("counts 4 of input, not the 5 of padding")


def test_the_same_window_is_averaged_beside_a_maximum(stage: Stage) -> None:
    stage.open("/pooling?from=ceil-mode&step=5")
    expect(stage.page.locator(".cv-quotient")).to_have_text("(3 + 2) ÷ 2 = 2.5")


def test_unpooling_follows_the_same_step_to_the_remembered_position(stage: Stage) -> None:
    stage.open("/pooling?from=unpooling&step=3")
    assert stage.evaluate("Array.from(stage.scene.grids.unpooled.data)") == [0, 0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 4]
    stage.point("later", (1, 0))
    assert stage.lit()["unpooled"] == {(3, 0)}
    expect(label(stage)).to_have_text("later values [1, 0] = 3 goes to [3, 0]")
    stage.click("later", (1, 0))
    stage.page.keyboard.type("50")
    stage.page.keyboard.press("Enter")
    stage.wait_until("stage.scene.grids.unpooled.data[12] === 50")


def test_where_remembered_positions_meet_the_last_value_stays(stage: Stage) -> None:
    stage.open("/pooling?from=max-pooling&step=8")
    stage.point("unpooled", (2, 0))
    stage.expect_whole_arithmetic("4, then 7 → 7")
    expect(note(stage)).to_have_text("the last one stays")


def test_an_average_remembers_no_position_and_says_so(stage: Stage) -> None:
    stage.open("/pooling?from=average-pooling")
    expect(stage.page.locator(".cv-extra")).to_contain_text("Only a maximum remembers a position")


def test_the_divisor_follows_the_pointer(stage: Stage) -> None:
    stage.open("/pooling?from=ceil-mode")
    stage.point("output", (0, 1))
    expect(stage.page.locator(".cv-quotient")).to_have_text("(2 + 1 + 1 + 3) ÷ 4 = 1.75")


@pytest.mark.parametrize(("kind", "first_row"), [("nearest", [1, 1, 2, 2]), ("bed of nails", [1, 0, 2, 0])])
def test_the_other_unpoolings_stand_in_the_same_place(stage: Stage, kind: str, first_row: list[int]) -> None:
    stage.open("/pooling?from=unpooling")
    view(stage, kind)
    stage.wait_until("stage.scene.grids.unpooled.data.slice(0, 4).join() === argument.join()", first_row)


def test_an_input_of_a_pooling_says_what_it_reaches(stage: Stage) -> None:
    stage.open("/pooling?from=max-pooling")
    stage.point("input", (2, 2))
    assert stage.lit()["output"] == set(np.ndindex(3, 3))
    expect(label(stage)).to_have_text("input [2, 2] = 2 reaches 9 outputs")


def test_adaptive_windows_and_the_global_one_come_by_a_press(stage: Stage) -> None:
    stage.open("/pooling?from=average-pooling")
    view(stage, "global")
    stage.expect("output-shape", "1×1×1")
    stage.expect_arithmetic("= 1.36")
    view(stage, "adaptive")
    stage.wait_until("stage.scene.grids.output.shape[1] > 1")
    size = stage.evaluate("stage.scene.grids.output.shape.slice(1)")
    x = PRESETS["average-pooling"].sample.arguments()[0]
    shown = stage.evaluate("Array.from(stage.scene.grids.output.data)")
    assert shown == adaptive_pooling(x, size).output.ravel().tolist()


def test_a_strided_convolution_stands_beside_on_the_same_windows(stage: Stage) -> None:
    stage.open("/pooling?from=ceil-mode")
    view(stage, "floor: drop")
    view(stage, "Beside a strided convolution")
    stage.wait_until("Boolean(stage.scene.grids.convolved)")
    assert stage.evaluate("stage.scene.grids.convolved.shape") == stage.evaluate("stage.scene.grids.output.shape")
    stage.point("convolved", (1, 1))
    assert stage.lit()["input"] == {(row, column) for row in (2, 3) for column in (2, 3)}
    assert "×" in stage.arithmetic


def test_a_block_is_linked_through_all_its_layers(stage: Stage) -> None:
    stage.open("/pooling?from=small-block")
    stage.point("output", (0, 1))
    lit = stage.lit()
    assert lit["activated"] == lit["map"] == {(row, column) for row in (0, 1) for column in (2, 3)}
    assert lit["input"] == {(row, column) for row in range(4) for column in range(2, 6)}
    stage.point("activated", (0, 0))
    assert re.fullmatch(r"ReLU\(−?\d+\) = \d+", stage.arithmetic)
    stage.point("map", (0, 0))
    assert stage.arithmetic.count("×") == 9


def test_lenets_first_block_has_its_shapes(stage: Stage) -> None:
    stage.open("/pooling?from=lenet-block")
    shapes = {
        name: stage.evaluate(f"stage.scene.grids.{name}.shape") for name in ("input", "weight", "map", "activated", "output")
    }
    assert shapes == {
        "input": [1, 28, 28],
        "weight": [6, 1, 5, 5],
        "map": [6, 28, 28],
        "activated": [6, 28, 28],
        "output": [6, 14, 14],
    }


def test_too_much_padding_is_refused_as_torch_does_and_mended(stage: Stage) -> None:
    stage.open("/pooling?from=max-pooling&padding=2")
    expect(stage.page.locator(".cv-reason")).to_contain_text("Padding 2 is more than half of kernel 3")
    stage.page.locator(".cv-remedy").click()
    stage.expect("output-shape", "1×5×5")
    x = PRESETS["max-pooling"].sample.arguments()[0]
    stage.expect_output([int(value) for value in pooling(x, 3, stride=1, padding=1).output.ravel()])


# --- Transposed convolution -----------------------------------------------------------------------------------------------


def test_a_pinned_output_says_what_has_landed_and_what_is_to_come(stage: Stage) -> None:
    stage.open("/transposed-convolution?from=four-stamps&step=2&pin=output.0.2.2")
    stage.expect_arithmetic("2×1 + 1×3 + 4×3 = 17")
    expect(stage.page.locator(".cv-later")).to_contain_text("4×4")
    expect(stage.page.locator(".cv-later")).to_contain_text("33")
    expect(note(stage)).to_have_text("3 of its 4 stamps have landed")
    stage.press("ArrowRight")
    stage.expect_whole_arithmetic("2×1 + 1×3 + 4×3 + 4×4 = 33")


def test_views_change_while_playing_and_the_place_is_kept(stage: Stage) -> None:
    stage.open("/transposed-convolution?from=checkerboard")
    stage.evaluate("void (stage.parts.root.marked = true)")
    stage.press("+", "Space")
    stage.wait_until("stage.view.step >= 8")  # of 16 inputs
    view(stage, "Insert zeros")
    stage.wait_until("stage.scene.clock === 'output'")
    assert stage.evaluate("stage.transport.playing")
    assert stage.evaluate("stage.parts.root.marked")
    step = stage.evaluate("stage.view.step")
    assert step >= 81 * 0.4, "half of the inputs is half of the outputs"
    stage.wait_until("stage.view.step > argument", step)
    view(stage, "Stamp")
    stage.wait_until("stage.scene.clock === 'input'")
    assert stage.evaluate("stage.transport.playing")
    assert stage.evaluate("stage.view.step") >= 6


def test_both_views_show_one_output(stage: Stage) -> None:
    outputs = []
    for name in ("stamp", "zeros"):
        stage.open(f"/transposed-convolution?from=transposed-channels&view={name}")
        outputs.append(stage.evaluate("Array.from(stage.scene.grids.output.data)"))
    x, weight, options = PRESETS["transposed-channels"].sample.arguments()
    assert outputs[0] == outputs[1] == transposed_convolution(x, weight, **options).output.ravel().tolist()


def test_in_the_view_with_zeros_the_weight_that_is_clicked_is_the_weight_that_changes(stage: Stage) -> None:
    stage.open("/transposed-convolution?from=four-stamps&view=zeros")
    before = stage.evaluate("Array.from(stage.scene.grids.weight.data)")
    stage.click("weight", (0, 2))
    stage.page.keyboard.type("50")
    stage.page.keyboard.press("Enter")
    stage.wait_until("stage.scene.grids.weight.data[2] === 50")
    after = stage.evaluate("Array.from(stage.scene.grids.weight.data)")
    assert [first == second for first, second in zip(before, after, strict=True)] == [index != 2 for index in range(9)]


def test_a_weight_of_several_channels_is_edited_where_it_stands(stage: Stage) -> None:
    """The tensor is (C_in, C_out / groups, …): the stage shows the kernel the other way round."""
    stage.open("/transposed-convolution?from=transposed-channels&channel=2&step=4")
    x, weight, options = PRESETS["transposed-channels"].sample.arguments()
    shown = stage.evaluate("[stage.focus.ticking, stage.focus.grids.output]")
    assert shown == [1, 2]
    stage.click("weight", (0, 1))
    stage.page.keyboard.type("70")
    stage.page.keyboard.press("Enter")
    changed = weight.copy()
    changed[1, 2, 0, 1] = 70
    stage.expect_output([int(value) for value in transposed_convolution(x, changed, **options).output.ravel()])


def test_a_stamp_shows_an_output_channel_of_its_own_group(stage: Stage) -> None:
    stage.open("/transposed-convolution?from=transposed-channels&channels=4&out=4&groups=2&step=13")
    assert stage.evaluate("[stage.focus.ticking, stage.focus.grids.output]") == [3, 2]


def test_the_convolution_it_transposes_is_one_click_away(stage: Stage) -> None:
    stage.open("/transposed-convolution?from=transposed-padding-strides-odd")
    outputs = stage.evaluate("Array.from(stage.scene.grids.output.data)")
    weights = stage.evaluate("Array.from(stage.scene.grids.weight.data)")
    stage.page.get_by_role("link", name="The convolution it transposes").click()
    expect(stage.page.get_by_role("heading", name="Convolution", exact=True)).to_be_visible()
    stage.expect("output-shape", "1×3×3")
    assert stage.evaluate("Array.from(stage.scene.grids.input.data)") == outputs
    assert stage.evaluate("Array.from(stage.scene.grids.weight.data)") == weights
    expect(stage.number("Stride")).to_have_value("2")
    expect(stage.number("Padding (height)")).to_have_value("1")


def test_it_is_no_inverse(stage: Stage) -> None:
    stage.open("/transposed-convolution?from=four-stamps")
    stage.page.get_by_role("button", name="It is no inverse").click()
    stage.wait_until("Boolean(stage.scene.grids.original)")
    stage.open("/transposed-convolution?from=no-inverse&step=3")
    stage.point("output", (1, 1))
    stage.expect_whole_arithmetic("122×4 + 148×1 + 126×4 + 134×1 = 1274")
    stage.point("original", (1, 1))
    expect(label(stage)).to_contain_text("original [1, 1] = 8")


def test_how_often_outputs_are_written_and_the_cure_of_the_checkerboard(stage: Stage) -> None:
    stage.open("/transposed-convolution?from=checkerboard")
    counts = [
        [int(cell) for cell in row.locator("td").all_text_contents()] for row in stage.page.locator(".cv-written tr").all()
    ]
    axis = [1, 1, 2, 1, 2, 1, 2, 1, 1]
    assert counts == np.multiply.outer(axis, axis).tolist()
    card = stage.page.locator(".cv-aside")
    expect(card).to_contain_text("checkerboard")
    expect(card).to_contain_text("a kernel size that the stride divides")
    stage.set_number("Kernel", 4)
    expect(card).to_contain_text("even inside")


def test_output_padding_picks_among_the_sizes_that_share_an_input(stage: Stage) -> None:
    stage.open("/transposed-convolution?from=output-padding-0")
    words = stage.page.locator(".cv-line .cv-note").first
    expect(words).to_have_text("outputs of 5 and 6 both convolve to 3: output_padding 0 picks 5")
    stage.set_number("Output padding", 1)
    expect(words).to_have_text("outputs of 5 and 6 both convolve to 3: output_padding 1 picks 6")
    stage.set_number("Output padding", 2)
    expect(stage.page.locator(".cv-reason")).to_contain_text("output_padding 2 must be smaller than stride 2", ignore_case=True)
    stage.page.locator(".cv-remedy").click()
    stage.expect("output-shape", "1×6×6")


def test_input_and_output_are_labelled_in_every_view(stage: Stage) -> None:
    for name in ("stamp", "zeros"):
        stage.open(f"/transposed-convolution?from=four-stamps&view={name}")
        assert stage.evaluate("[stage.scene.grids.input.tag, stage.scene.grids.output.tag]") == ["Input", "Output"]
        assert stage.evaluate("stage.layout.grids.input.left < stage.layout.grids.output.left")


# --- One and three dimensions ---------------------------------------------------------------------------------------------


def test_the_dimension_is_switched_on_every_page(stage: Stage) -> None:
    for page in ("convolution", "pooling", "transposed-convolution"):
        stage.open(f"/{page}")
        for dimension in ("1-D", "3-D", "2-D"):
            view(stage, dimension)
            stage.wait_until("stage.scene.dimension === argument", int(dimension[0]))
            assert len(stage.shape) == int(dimension[0]) + 1
        assert stage.errors == []


def test_the_equations_of_a_line_are_written_out(stage: Stage) -> None:
    stage.open("/convolution?from=one-dimension")
    stage.page.get_by_role("button", name="Formula").click()
    formulas = stage.page.get_by_role("dialog", name="Formula").locator("annotation")
    expect(formulas.filter(has_text=re.compile("^a_"))).to_have_count(3)
    written = [words for words in formulas.all_text_contents() if words.startswith("a_")]
    assert all(words.split("=")[1].count("W_") == 3 for words in written)
    assert [words.rsplit("=", 1)[1].strip() for words in written] == ["14", "20", "26"]


def test_a_real_signal_slides(stage: Stage) -> None:
    stage.open("/convolution?from=signal")
    assert stage.shape == (1, 62)
    assert stage.arithmetic == "5×1 + 11×2 + 16×1 = 43"


def test_a_window_spans_several_slices(stage: Stage) -> None:
    stage.open("/convolution?from=cube&step=10")
    x, weight, options = PRESETS["cube"].sample.arguments()
    expected = convolution(x, weight, **options).output
    cell = tuple(int(index) for index in np.unravel_index(10, expected.shape))
    stage.expect_arithmetic(f"= {expected[cell]:g}".replace("-", "−"))
    stage.point("output", cell[1:])
    assert {position[0] for position in stage.lit()["input"]} == {1, 2, 3}
    expect(stage.page.get_by_text("spans all channels already")).to_be_visible()


def test_a_line_of_several_channels_keeps_its_numbers(stage: Stage) -> None:
    stage.open("/convolution?from=one-dimension&size=20&channels=4&out=6&kernel=5")
    assert stage.evaluate("Object.values(stage.layout.grids).every(({ numbered }) => numbered)")


@pytest.mark.parametrize("query", ["size=8x16x16&kernel=3", "size=8x16x16&kernel=3&channels=2"])
def test_the_largest_cube_still_shows_its_numbers_when_pointed_at(stage: Stage, query: str) -> None:
    stage.open(f"/convolution?from=cube&{query}")
    stage.point("input", (7, 15, 15))
    expect(label(stage)).to_contain_text("[7, 15, 15] = ")


# --- Everywhere -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/pooling?from=average-padded",
        "/pooling?from=unpooling",
        "/pooling?from=small-block",
        "/transposed-convolution?from=transposed-channels",
        "/convolution?from=grouped",
        "/convolution?from=cube",
    ],
)
def test_the_snippet_prints_what_the_stage_shows(stage: Stage, path: str) -> None:
    stage.open(path)
    stage.page.get_by_role("button", name="PyTorch").click()
    code = stage.page.locator('[data-testid="stCode"] code').first
    code.wait_for()
    tensors: list[torch.Tensor] = []
    exec(code.text_content() or "", {"print": tensors.append})  # noqa: S102 - what a student would do with it
    assert tensors[0].flatten().tolist() == stage.evaluate("Array.from(stage.scene.grids.output.data)")


@pytest.mark.parametrize("path", ["/pooling", "/transposed-convolution", "/convolution?from=three-filters"])
@pytest.mark.parametrize("size", [(1600, 900), (1280, 720)])
def test_stage_and_transport_fit_without_scrolling(stage: Stage, path: str, size: tuple[int, int]) -> None:
    stage.page.set_viewport_size({"width": size[0], "height": size[1]})
    stage.open(path)
    box = stage.page.locator(".cv-controls").bounding_box()
    assert box
    assert box["y"] + box["height"] <= size[1]
    assert not stage.page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollHeight > innerHeight + 1")


@pytest.mark.parametrize("path", ["/pooling?kind=median", "/transposed-convolution?view=upside-down&output_padding=x"])
def test_a_bad_link_says_what_was_wrong_and_shows_the_rest(stage: Stage, path: str) -> None:
    stage.open(path)
    expect(stage.page.locator(".cv-problem")).to_contain_text(path.split("=")[1].partition("&")[0])
    assert stage.errors == []


@pytest.mark.parametrize(
    "path",
    ["/pooling?from=ceil-mode&step=4&pin=input.0.2.2", "/transposed-convolution?from=transposed-channels&step=2&channel=1"],
)
def test_the_link_of_a_page_opens_the_same_again(stage: Stage, path: str) -> None:
    stage.open(path)
    shown = "JSON.stringify([stage.view.step, stage.view.pin, stage.channel, Array.from(stage.scene.grids.output.data)])"
    before = stage.evaluate(shown)
    stage.press("ArrowRight", "ArrowLeft")
    stage.page.reload()
    stage.root.wait_for()
    stage.wait_until("stage.scene !== undefined && stage.focus !== undefined")
    assert stage.evaluate(shown) == before


def test_three_dimensions_and_channels_speak_too(stage: Stage) -> None:
    stage.open("/pooling?from=max-pooling")
    voice = stage.page.locator('[aria-live="polite"].cv-live')
    expect(voice).to_have_text(re.compile(r"^Step 1 of 9, output \[0, 0\]: largest of 3, .* equals 3$"))
    stage.open("/transposed-convolution?from=four-stamps")
    expect(voice).to_have_text("Step 1 of 4, input [0, 0] = 2 stamps 9 output cells")
