"""What a person can do to a sample: every refusal's way out leads out, and an edit changes one number."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from convviz import GeometryError, convolution
from convviz.geometry import PADDING_MODES
from convviz.samples import KERNELS, PRESETS, Recipe, Sample, typed
from convviz.ui.changes import (
    grid_values,
    padding_sides,
    refusal_words,
    remedy_words,
    with_axis,
    with_cell,
    with_remedy,
    with_side,
)


def refusal(sample: Sample) -> GeometryError | None:
    x, weight, options = sample.arguments()
    try:
        convolution(x, weight, **options)
    except GeometryError as error:
        return error
    return None


def samples() -> Iterator[Sample]:
    """Small settings, possible and impossible."""
    paddings = ("valid", "same", "same_lower", "full", "causal", ((0, 0), (0, 0)), ((3, 0), (0, 2)), ((2, 2), (2, 2)))
    for size, kernel, stride, dilation, padding, mode in product(
        [(1, 1), (2, 4), (5, 3)], [(1, 1), (3, 3), (2, 5)], [(1, 1), (2, 3)], [(1, 1), (3, 2)], paddings, PADDING_MODES
    ):
        yield Sample(size, kernel, stride, padding, dilation, mode)


@pytest.mark.parametrize("linked", [False, True])
def test_following_the_remedies_always_leads_to_a_picture(linked: bool) -> None:
    refused = 0
    for sample in samples():
        mended, presses = sample, 0
        while error := refusal(mended):
            assert remedy_words(error)
            assert refusal_words(mended, error).endswith(".")
            mended = with_remedy(mended, error, linked=linked)
            presses += 1
            assert presses <= 4, (sample, mended, error)
        refused += presses > 0
    assert refused > 100


def test_a_refusal_names_the_axis_where_axes_differ() -> None:
    sample = Sample((5, 3), (4, 4))
    error = refusal(sample)
    assert error
    assert (
        refusal_words(sample, error)
        == "Width: kernel 4 spans 4 cells; the padded input has 3: add 1 padding, or lower kernel to 3."
    )


REMEDIES = {
    "a kernel too large": (Sample((3, 3), (5, 5)), "Set kernel to 3"),
    "a dilation too large": (Sample((7, 7), (5, 5), dilation=(2, 2)), "Set dilation to 1"),
    "same with a stride": (Sample((5, 5), (3, 3), (2, 2), "same"), "Set padding before to 1 and set padding after to 1"),
    "reflect beyond the input": (
        Sample((2, 2), (3, 3), padding=((2, 2), (2, 2)), padding_mode="reflect"),
        "Fill the padding with zeros",
    ),
}


@pytest.mark.parametrize(("sample", "words"), REMEDIES.values(), ids=list(REMEDIES))
def test_the_button_says_what_it_does(sample: Sample, words: str) -> None:
    error = refusal(sample)
    assert error
    assert remedy_words(error) == words


@pytest.mark.parametrize("preset", PRESETS)
def test_an_edit_changes_one_number_of_what_is_shown(preset: str) -> None:
    sample = PRESETS[preset].sample
    x, weight, options = sample.arguments()
    trace = convolution(x, weight, **options)
    for grid, shown in (("input", trace.input), ("weight", trace.kernel)):
        for cell in np.ndindex(*shown.shape):
            expected = shown.copy()
            expected[cell] = 77
            x, weight, options = with_cell(sample, grid, cell, 77).arguments()
            after = convolution(x, weight, **options)
            np.testing.assert_array_equal(after.kernel if grid == "weight" else after.input, expected)


def test_an_edit_of_a_cell_that_is_gone_changes_nothing() -> None:
    sample = PRESETS["first"].sample
    assert with_cell(sample, "input", (0, 9, 9), 1) is sample


def test_an_edit_of_a_grid_that_shrank_keeps_what_it_hides() -> None:
    sample = PRESETS["numeric"].sample
    edited = with_cell(sample.changed(input_size=(3, 3)), "input", (0, 0, 0), 9)
    assert grid_values(edited, "input").shape == (3, 3)
    expected = grid_values(sample, "input").copy()
    expected[0, 0] = 9
    np.testing.assert_array_equal(grid_values(edited.changed(input_size=(5, 5)), "input"), expected)


def test_an_edit_keeps_the_seed_so_that_growing_goes_on_as_before() -> None:
    sample = Sample((3, 3), (2, 2), input=Recipe("random", 8))
    edited = with_cell(sample, "input", (0, 0, 0), 99).changed(input_size=(5, 5))
    expected = Recipe("random", 8).values((5, 5))
    expected[0, 0] = 99
    np.testing.assert_array_equal(grid_values(edited, "input"), expected)


def test_a_refusal_names_the_axis_where_only_the_padding_differs() -> None:
    sample = Sample((3, 3), (5, 5), padding=((0, 0), (1, 1)))
    error = refusal(sample)
    assert error
    assert refusal_words(sample, error).startswith("Height: ")


def test_one_axis_or_all_of_them() -> None:
    sample = Sample((5, 5), (3, 3))
    assert with_axis(sample, "stride", 1, 2).stride == (1, 2)
    assert with_axis(sample, "stride", None, 2).stride == (2, 2)
    assert with_side(sample, 0, 1, 2).padding == ((0, 2), (0, 0))
    assert with_side(sample, None, None, 2).padding == ((2, 2), (2, 2))


def test_a_named_padding_in_numbers_is_the_same_padding() -> None:
    for name in ("valid", "same", "same_lower", "full", "causal"):
        by_name = Sample((6, 5), (4, 3), padding=name, dilation=(1, 2), input=Recipe("ramp"), weight=KERNELS["Laplace"])
        x, weight, options = by_name.arguments()
        by_number = {**options, "padding": padding_sides(by_name)}
        np.testing.assert_array_equal(convolution(x, weight, **options).output, convolution(x, weight, **by_number).output)


def test_typed_rows_must_be_of_one_length() -> None:
    with pytest.raises(ValueError, match="row 2 has 1 numbers, row 1 has 2"):
        typed([[1, 2], [3]])
