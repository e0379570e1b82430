"""What a person can do to a sample: every refusal's way out leads out, and an edit changes one number."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from convviz import GeometryError, convolution
from convviz.geometry import PADDING_MODES
from convviz.samples import KERNELS, PRESETS, PoolingSample, Recipe, Sample, TransposedSample, typed
from convviz.ui.changes import (
    refusal_words,
    remedy_words,
    with_axis,
    with_cell,
    with_parameters,
    with_remedy,
    with_side,
)
from convviz.ui.pictures import picture


def refusal(sample) -> GeometryError | None:
    try:
        picture(sample)
    except GeometryError as error:
        return error
    return None


def convolutions() -> Iterator[Sample]:
    """Small settings, possible and impossible."""
    paddings = ("valid", "same", "same_lower", "full", "causal", ((0, 0), (0, 0)), ((3, 0), (0, 2)), ((2, 2), (2, 2)))
    for size, kernel, stride, dilation, padding, mode in product(
        [(1, 1), (2, 4), (5, 3)], [(1, 1), (3, 3), (2, 5)], [(1, 1), (2, 3)], [(1, 1), (3, 2)], paddings, PADDING_MODES
    ):
        yield Sample(size, kernel, stride, padding, dilation, mode)


def grouped() -> Iterator[Sample | TransposedSample]:
    for make, channels_in, channels_out, groups in product([Sample, TransposedSample], [1, 2, 6], [1, 4, 9], [1, 2, 3, 64]):
        yield make((4, 4), (2, 2), in_channels=channels_in, out_channels=channels_out, groups=groups)


def poolings() -> Iterator[PoolingSample]:
    for size, kernel, padding, dilation, kind, windows, view in product(
        [(1, 2), (5, 4), (3, 4, 5)],
        [1, 2, 6],
        [0, 2],
        [1, 2],
        ["max", "average", "lp"],
        ["sliding", "adaptive"],
        ["alone", "strided"],
    ):
        axes = len(size)
        yield PoolingSample(
            size,
            (kernel,) * axes,
            (2,) * axes,
            ((padding, 0),) * axes,
            (dilation,) * axes,
            kind=kind,
            windows=windows,
            view=view,
            ceil_mode=dilation == 1,
        )


def blocks() -> Iterator[PoolingSample]:
    for size, kernel, padding, window, kind in product(
        [(1, 2), (5, 4)], [1, 3, 6], [0, 1], [1, 2, 5], ["max", "average", "lp"]
    ):
        yield PoolingSample(
            size, (window,) * 2, view="block", kind=kind, block_kernel=(kernel,) * 2, block_padding=(padding,) * 2
        )


def transposed() -> Iterator[TransposedSample]:
    for size, kernel, stride, padding, dilation, extra, view in product(
        [(1, 1), (2, 4)], [1, 3], [1, 2], [0, 1, 5], [1, 2], [0, 1, 4], ["stamp", "zeros", "round_trip"]
    ):
        sides = ((padding, padding), (0, padding))
        yield TransposedSample(size, (kernel,) * 2, (stride,) * 2, sides, (dilation,) * 2, output_padding=(extra, 0), view=view)


def too_much() -> Iterator[Sample | PoolingSample | TransposedSample]:
    for channels in (1, 64):
        yield Sample((64, 64), (16, 16), padding="full", in_channels=channels, out_channels=channels)
        yield Sample((8, 16, 16), (5, 5, 5), padding="full", dilation=(9, 9, 9), in_channels=channels)
        yield TransposedSample((64, 64), (16, 16), (16, 16), in_channels=channels, out_channels=64)
        yield PoolingSample((64, 64), (3, 3), (1, 1), view="block", channels=channels, block_channels=64, block_kernel=(9, 9))


MADE = {
    # what is tried, and how many of it must be refused at first
    "convolutions": (convolutions, 100),
    "groups": (grouped, 20),
    "poolings": (poolings, 100),
    "blocks": (blocks, 30),
    "transposed convolutions": (transposed, 100),
    "too much work": (too_much, 5),
}


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("name", MADE)
def test_following_the_remedies_always_leads_to_a_picture(name: str, linked: bool) -> None:
    make, least = MADE[name]
    refused = 0
    for sample in make():
        mended, presses = sample, 0
        while error := refusal(mended):
            assert remedy_words(error), (sample, error)
            assert refusal_words(mended, error).endswith(".")
            mended = with_remedy(mended, error, linked=linked)
            presses += 1
            assert presses <= 8, (sample, mended, error)
        refused += presses > 0
    assert refused >= least


def test_a_refusal_names_the_axis_where_axes_differ() -> None:
    sample = Sample((5, 3), (4, 4))
    error = refusal(sample)
    assert error
    assert (
        refusal_words(sample, error)
        == "Width: kernel 4 spans 4 cells; the padded input has 3: add 1 padding, or lower kernel to 3."
    )


def test_a_refusal_names_the_axis_where_only_the_padding_differs() -> None:
    sample = Sample((3, 3), (5, 5), padding=((0, 0), (1, 1)))
    error = refusal(sample)
    assert error
    assert refusal_words(sample, error).startswith("Height: ")


def test_a_refusal_in_space_names_the_depth() -> None:
    sample = PoolingSample((2, 5, 5), (3, 3, 3))
    error = refusal(sample)
    assert error
    assert refusal_words(sample, error).startswith("Depth: kernel 3 spans 3 cells")


REMEDIES = {
    "a kernel too large": (Sample((3, 3), (5, 5)), "Set kernel to 3"),
    "a dilation too large": (Sample((7, 7), (5, 5), dilation=(2, 2)), "Set dilation to 1"),
    "same with a stride": (Sample((5, 5), (3, 3), (2, 2), "same"), "Set padding to 1"),
    "reflect beyond the input": (
        Sample((2, 2), (3, 3), padding=((2, 2), (2, 2)), padding_mode="reflect"),
        "Fill the padding with zeros",
    ),
    "groups that do not divide": (Sample((3, 3), (2, 2), in_channels=4, out_channels=4, groups=3), "Set groups to 2"),
    "a padding beyond half the window": (
        PoolingSample((5, 5), (2, 2), padding=((2, 0), (2, 0))),
        "Set padding before to 1 and set padding after to 0",
    ),
    "an average spread apart": (PoolingSample((5, 5), (2, 2), dilation=(2, 2), kind="average"), "Set dilation to 1"),
    "a norm of adaptive windows": (PoolingSample((5, 5), (2, 2), windows="adaptive", kind="lp"), "Set kind to average"),
    "no norm": (PoolingSample((5, 5), (2, 2), kind="lp", norm_type=-1.0), "Set p to 2"),
    "a block kernel too large": (
        PoolingSample((2, 2), (1, 1), view="block", block_kernel=(5, 5), block_padding=(0, 0)),
        "Set the block's kernel to 2",
    ),
    "an output padding too large": (TransposedSample((2, 2), (3, 3), output_padding=(1, 1)), "Set output padding to 0"),
    "an output cut away": (
        TransposedSample((1, 1), (2, 2), padding=((1, 1), (1, 1))),
        "Set padding to 0",
    ),
    "too many filters": (Sample((64, 64), (16, 16), in_channels=64, out_channels=64), "Set output channels to 5"),
    "too large an output": (TransposedSample((64, 64), (16, 16), (16, 16)), "Set input to 44 × 44"),
}


@pytest.mark.parametrize(("sample", "words"), REMEDIES.values(), ids=list(REMEDIES))
def test_the_button_says_what_it_does(sample, words: str) -> None:
    error = refusal(sample)
    assert error
    assert remedy_words(error) == words
    assert refusal(with_remedy(sample, error, linked=True)) is None


# --- Edits ---------------------------------------------------------------------------------------------------------------


def given(sample, grid: str) -> np.ndarray:
    """A grid as the stage shows it: a weight as (output channel, input channel of its group, *tap as given)."""
    values = sample.values(grid)
    if grid != "weight" or not isinstance(sample, TransposedSample):
        return values
    by_group = values.reshape(sample.groups, -1, *values.shape[1:]).swapaxes(1, 2)
    return by_group.reshape(-1, *by_group.shape[2:])


def edit_every_cell(sample, grid: str) -> None:
    """Each edit changes the cell that was clicked and no other, of no other grid."""
    before = {name: given(sample, name) for name in sample.grids}
    cells = list(np.ndindex(*before[grid].shape))
    for cell in cells[:: max(1, len(cells) // 40)]:
        after = with_cell(sample, grid, cell, 77)
        expected = before[grid].copy()
        expected[cell] = 77
        np.testing.assert_array_equal(given(after, grid), expected)
        for other in set(sample.grids) - {grid}:
            np.testing.assert_array_equal(given(after, other), before[other])


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "pointwise"])
def test_an_edit_changes_one_number_of_what_is_shown(preset: str) -> None:
    sample = PRESETS[preset].sample
    for grid in sample.grids:
        edit_every_cell(sample, grid)


@pytest.mark.parametrize(
    "sample",
    [
        Sample((3, 4), (2, 3), in_channels=4, out_channels=6, groups=2),
        Sample((5,), (2,), in_channels=3, out_channels=3, groups=3, flip=True),
        TransposedSample((3, 4), (2, 3), in_channels=4, out_channels=6, groups=2),
        TransposedSample((2, 2, 3), (2, 1, 2), in_channels=2, out_channels=2, groups=2),
        PoolingSample((5, 4), (2, 3), channels=3, view="strided"),
        PoolingSample((6, 5), (2, 2), channels=2, view="block", block_channels=3),
    ],
)
def test_an_edit_finds_its_channel_in_every_group(sample) -> None:
    for grid in sample.grids:
        edit_every_cell(sample, grid)


@pytest.mark.parametrize("sample", [Sample((3, 3), (2, 2), in_channels=4, out_channels=6, groups=2)])
def test_an_edit_of_a_weight_is_seen_in_the_kernel_of_the_trace(sample: Sample) -> None:
    transposed = TransposedSample((3, 3), (2, 2), in_channels=4, out_channels=6, groups=2)
    for each in (sample, transposed):
        kernel = picture(each).trace.kernel
        for cell in ((0, 0, 0, 0), (3, 1, 1, 0), (5, 0, 0, 1)):
            expected = kernel.copy()
            expected[cell] = 77
            np.testing.assert_array_equal(picture(with_cell(each, "weight", cell, 77)).trace.kernel, expected)


def test_a_flipped_kernel_is_edited_as_it_was_given() -> None:
    sample = PRESETS["impulse-convolution"].sample
    assert with_cell(sample, "weight", (0, 0, 0, 2), 77).values("weight")[0, 0].tolist() == [[1, 2, 77], [4, 5, 6], [7, 8, 9]]


NOT_EDITED = {
    "a cell that is gone": ("first", "input", (0, 9, 9)),
    "a channel that is gone": ("first", "input", (1, 0, 0)),
    "a cell before the first": ("first", "input", (0, -1, 0)),
    "a cell of too few numbers": ("first", "input", (0,)),
    "a weight of no number": ("four-stamps", "weight", ()),
    "a filter that is gone": ("four-stamps", "weight", (1, 0, 0, 0)),
    "a grid that is computed": ("first", "output", (0, 0, 0)),
    "a map": ("small-block", "map", (0, 0, 0)),
    "no grid": ("first", "nothing", (0, 0, 0)),
}


@pytest.mark.parametrize(("preset", "grid", "cell"), NOT_EDITED.values(), ids=list(NOT_EDITED))
def test_an_edit_of_what_is_not_there_changes_nothing(preset: str, grid: str, cell: tuple[int, ...]) -> None:
    sample = PRESETS[preset].sample
    assert with_cell(sample, grid, cell, 1) is sample


def test_an_edit_of_a_grid_without_a_size_changes_nothing() -> None:
    pooled = PRESETS["ceil-mode"].sample.changed(input_size=(1, 1), kernel_size=(5, 5), ceil_mode=False)
    assert with_cell(pooled, "later", (0, 0, 0), 1) is pooled
    large = Sample((64, 64), (16, 16), in_channels=64, out_channels=64)
    assert with_cell(large, "weight", (0, 0, 0, 0), 1) is large


def test_an_edit_of_a_grid_that_shrank_keeps_what_it_hides() -> None:
    sample = PRESETS["numeric"].sample
    edited = with_cell(sample.changed(input_size=(3, 3)), "input", (0, 0, 0), 9)
    assert edited.values("input").shape == (1, 3, 3)
    expected = sample.values("input")
    expected[0, 0, 0] = 9
    np.testing.assert_array_equal(edited.changed(input_size=(5, 5)).values("input"), expected)


def test_an_edit_keeps_hidden_channels_too() -> None:
    sample = PRESETS["three-filters"].sample
    whole = with_cell(sample, "weight", (2, 1, 1, 1), 77)
    edited = with_cell(whole.changed(in_channels=1, out_channels=1), "weight", (0, 0, 0, 0), 55)
    assert edited.values("weight").shape == (1, 1, 2, 2)
    expected = whole.values("weight")
    expected[0, 0, 0, 0] = 55
    np.testing.assert_array_equal(edited.changed(in_channels=2, out_channels=3).values("weight"), expected)


def test_an_edit_keeps_the_seed_so_that_growing_goes_on_as_before() -> None:
    sample = Sample((3, 3), (2, 2), input=Recipe("random", 8))
    edited = with_cell(sample, "input", (0, 0, 0), 99).changed(input_size=(5, 5), in_channels=2)
    expected = Recipe("random", 8).values((5, 5), (2,))
    expected[0, 0, 0] = 99
    np.testing.assert_array_equal(edited.values("input"), expected)


def test_an_edited_channel_alone_is_typed_as_a_plane() -> None:
    assert with_cell(PRESETS["first"].sample, "weight", (0, 0, 1, 1), 9).weight == typed([[0, 1], [2, 9]])


# --- Parameters ----------------------------------------------------------------------------------------------------------


def test_one_axis_or_all_of_them() -> None:
    sample = Sample((5, 5), (3, 3))
    assert with_axis(sample, "stride", 1, 2).stride == (1, 2)
    assert with_axis(sample, "stride", None, 2).stride == (2, 2)
    assert with_side(sample, 0, 1, 2).padding == ((0, 2), (0, 0))
    assert with_side(sample, None, None, 2).padding == ((2, 2), (2, 2))


def test_a_number_stands_for_every_axis_of_whatever_sample() -> None:
    wanted = {"kernel_size": 2, "stride": 3, "padding": 1, "dilation": 2, "input_size": 6}
    for make, dimension in product((Sample, PoolingSample, TransposedSample), (1, 2, 3)):
        sample = with_parameters(make((5,) * dimension, (3,) * dimension), wanted)
        assert (sample.kernel_size, sample.stride, sample.dilation) == ((2,) * dimension, (3,) * dimension, (2,) * dimension)
        assert (sample.padding, sample.input_size) == (((1, 1),) * dimension, (6,) * dimension)
    named = with_parameters(Sample((5, 5), (3, 3)), {"padding": "same", "flip": True, "out_channels": 3})
    assert (named.padding, named.flip, named.out_channels) == ("same", True, 3)


def test_a_named_padding_in_numbers_is_the_same_padding() -> None:
    for name in ("valid", "same", "same_lower", "full", "causal"):
        by_name = Sample((6, 5), (4, 3), padding=name, dilation=(1, 2), input=Recipe("ramp"), weight=KERNELS["Laplace"])
        x, weight, options = by_name.arguments()
        by_number = {**options, "padding": by_name.sides}
        np.testing.assert_array_equal(convolution(x, weight, **options).output, convolution(x, weight, **by_number).output)
