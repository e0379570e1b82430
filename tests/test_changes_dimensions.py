"""The same example on a line, a plane or in space; and grids that take what is typed into them."""

import re
from itertools import product

import numpy as np
import pytest

from convviz import GeometryError
from convviz.samples import KERNELS, PRESETS, PoolingSample, Recipe, Sample, TransposedSample, typed
from convviz.ui.dimensions import with_dimension
from convviz.ui.fields import SIZE_FIELDS
from convviz.ui.pictures import picture
from convviz.ui.sheets import kernel_name, size_of, text_limit, with_kernel, with_sheets
from convviz.ui.texts import parse_sheets, write_sheets


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_a_picture_on_a_line_on_a_plane_and_in_space(preset: str) -> None:
    sample = PRESETS[preset].sample
    for dimension in (1, 2, 3):
        changed = with_dimension(sample, dimension)
        assert changed.dimension == dimension
        assert (changed == sample) == (dimension == sample.dimension)
        picture(changed)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_sample_in_space_is_no_larger_than_its_page_shows(preset: str) -> None:
    sizes = with_dimension(PRESETS[preset].sample, 3).input_size
    assert all(size <= SIZE_FIELDS["input_size"].most_on(axis, 3) for axis, size in enumerate(sizes))


def test_a_new_axis_is_set_like_its_neighbour() -> None:
    sample = Sample((5, 6), (3, 2), (2, 1), ((1, 1), (0, 1)), (1, 2))
    cube = with_dimension(sample, 3)
    assert (cube.input_size, cube.kernel_size, cube.stride) == ((4, 5, 6), (3, 3, 2), (2, 2, 1))
    assert (cube.padding, cube.dilation) == (((1, 1), (1, 1), (0, 1)), (1, 1, 2))
    assert with_dimension(cube, 2) == sample
    line = with_dimension(sample, 1)
    assert (line.input_size, line.kernel_size, line.stride, line.padding) == ((6,), (2,), (1,), ((0, 1),))


def test_a_padding_by_name_keeps_its_name() -> None:
    assert with_dimension(Sample((5, 5), (3, 3), padding="causal"), 3).padding == "causal"


def test_a_large_window_makes_the_new_axis_deep_enough() -> None:
    sample = with_dimension(Sample((20, 20), (7, 7)), 3)
    assert (sample.input_size, sample.kernel_size) == ((7, 16, 16), (7, 7, 7))
    larger = with_dimension(Sample((64, 64), (12, 12)), 3)
    assert (larger.input_size, larger.kernel_size) == ((8, 16, 16), (8, 12, 12))
    spread = with_dimension(Sample((64, 64), (5, 5), dilation=(3, 3)), 3)
    assert (spread.input_size, spread.kernel_size) == ((8, 16, 16), (3, 5, 5))


def test_typed_numbers_stay_on_the_first_plane_and_on_the_first_row() -> None:
    sample = PRESETS["numeric"].sample
    assert (with_dimension(sample, 3).values("input")[:, 0] == sample.values("input")).all()
    assert (with_dimension(sample, 3).values("weight")[:, :, 0] == sample.values("weight")).all()
    assert (with_dimension(sample, 1).values("input") == sample.values("input")[:, 0]).all()
    assert (with_dimension(with_dimension(sample, 3), 2).values("input") == sample.values("input")).all()


def test_typed_channels_stay_channels() -> None:
    sample = with_sheets(PRESETS["two-channels"].sample, "input", np.arange(18.0).reshape(2, 3, 3))
    for dimension in (1, 2, 3):
        changed = with_dimension(sample, dimension)
        assert changed.values("input").shape[0] == 2
        assert changed.values("input")[1].flat[0] == 9


def test_random_numbers_stay_where_they_are() -> None:
    sample = Sample((5, 5), (3, 3), in_channels=2, out_channels=2)
    cube = with_dimension(sample, 3)
    assert (cube.values("input")[:, 0] == sample.values("input")).all()
    assert (cube.values("weight")[:, :, 0] == sample.values("weight")).all()
    assert (with_dimension(sample, 1).values("weight") == sample.values("weight")[:, :, 0]).all()


# --- Typed sheets --------------------------------------------------------------------------------------------------------


SAMPLES = {
    "a plane": Sample((3, 4), (2, 2)),
    "channels and groups": Sample((3, 4), (2, 3), in_channels=4, out_channels=6, groups=2),
    "a line": Sample((5,), (2,), in_channels=2, out_channels=3),
    "a block": Sample((2, 3, 4), (2, 2, 2), in_channels=2, out_channels=2),
    "a pooling": PoolingSample((4, 4), (2, 2), channels=2),
    "a strided pooling": PoolingSample((4, 4), (2, 2), channels=2, view="strided"),
    "the block of a network": PoolingSample((5, 5), (2, 2), channels=2, view="block", block_channels=3),
    "stamps": TransposedSample((2, 3), (2, 3), in_channels=2, out_channels=3),
    "stamps in groups": TransposedSample((2, 3), (2, 3), in_channels=4, out_channels=6, groups=2),
    "stamps in space": TransposedSample((2, 2, 3), (2, 1, 2), in_channels=2, out_channels=2),
}


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=list(SAMPLES))
def test_what_a_grid_shows_can_be_typed_back_into_it(sample) -> None:
    for grid in sample.grids:
        typed_back = with_sheets(sample, grid, parse_sheets(write_sheets(sample.values(grid)), text_limit(sample, grid)))
        assert typed_back.changed(**{grid: getattr(sample, grid)}) == sample
        assert (typed_back.values(grid) == sample.values(grid)).all()
        assert getattr(typed_back, grid).kind == "typed"


FOLLOWS = {
    # (sample, grid, sheets) and the parameters that follow
    "sheets are input channels": (Sample((3, 3), (2, 2)), "input", (3, 4, 5), {"in_channels": 3, "input_size": (4, 5)}),
    "rows of a line are channels": (Sample((3,), (2,)), "input", (1, 4, 5), {"in_channels": 4, "input_size": (5,)}),
    "sheets are filters": (Sample((3, 3), (2, 2)), "weight", (3, 1, 2), {"out_channels": 3, "kernel_size": (1, 2)}),
    "filters of two channels": (Sample((3, 3), (2, 2), in_channels=2), "weight", (6, 1, 2), {"out_channels": 3}),
    "sheets are slices": (Sample((2, 3, 3), (2, 2, 2)), "input", (4, 3, 5), {"in_channels": 1, "input_size": (4, 3, 5)}),
    "channels share slices": (
        Sample((2, 3, 3), (2, 2, 2), in_channels=2),
        "input",
        (6, 3, 5),
        {"in_channels": 2, "input_size": (3, 3, 5)},
    ),
    "channels pooled": (PoolingSample((3, 3), (2, 2)), "input", (3, 4, 5), {"channels": 3, "input_size": (4, 5)}),
    "a block's filters": (
        PoolingSample((3, 3), (2, 2), view="block"),
        "weight",
        (3, 2, 2),
        {"block_channels": 3, "block_kernel": (2, 2), "kernel_size": (2, 2)},
    ),
    "a stamp of each channel": (
        TransposedSample((3, 3), (2, 2), in_channels=2, out_channels=2, groups=2),
        "weight",
        (4, 3, 3),
        {"out_channels": 4, "kernel_size": (3, 3)},
    ),
    "later values have the size they have": (PoolingSample((4, 4), (2, 2)), "later", (1, 3, 3), {"input_size": (4, 4)}),
}


@pytest.mark.parametrize(("sample", "grid", "shape", "expected"), FOLLOWS.values(), ids=list(FOLLOWS))
def test_sizes_and_channels_follow_what_is_typed(sample, grid: str, shape: tuple[int, ...], expected: dict) -> None:
    numbers = np.arange(float(np.prod(shape))).reshape(shape)
    changed = with_sheets(sample, grid, numbers)
    assert {name: getattr(changed, name) for name in expected} == expected
    assert set(changed.values(grid).ravel()) <= set(numbers.ravel())


REFUSED = {
    "filters of two channels": (
        Sample((3, 3), (2, 2), in_channels=2),
        "weight",
        (3, 2, 2),
        "3 sheets do not share out among 2 input channels",
    ),
    "slices of two channels": (
        Sample((2, 3, 3), (2, 2, 2), in_channels=2),
        "input",
        (3, 3, 3),
        "3 sheets do not share out among 2 channels",
    ),
    "a window for each channel": (
        PoolingSample((4, 4), (2, 2), channels=2, view="strided"),
        "weight",
        (3, 2, 2),
        "3 sheets for 2 channels: one for each is needed",
    ),
    "later values of two channels": (
        PoolingSample((4, 4), (2, 2), channels=2),
        "later",
        (1, 2, 2),
        "1 sheet for 2 channels: one for each is needed",
    ),
    "too many channels": (Sample((3, 3), (2, 2)), "input", (65, 1, 1), "65 channels: at most 64"),
    "too large": (Sample((3, 3), (2, 2)), "weight", (1, 17, 2), "17 × 2 cells: at most 16 × 16"),
    "too large in space": (Sample((2, 3, 3), (2, 2, 2)), "input", (9, 3, 3), "9 × 3 × 3 cells: at most 8 × 16 × 16"),
}


@pytest.mark.parametrize(("sample", "grid", "shape", "words"), REFUSED.values(), ids=list(REFUSED))
def test_sheets_that_do_not_fit_are_refused(sample, grid: str, shape: tuple[int, ...], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        with_sheets(sample, grid, np.ones(shape))


def test_a_grid_without_a_size_takes_no_sheets() -> None:
    with pytest.raises(GeometryError):
        with_sheets(PoolingSample((1, 1), (5, 5)), "later", np.ones((1, 2, 2)))


def test_typing_keeps_the_seed() -> None:
    sample = with_sheets(Sample((3, 3), (2, 2), input=Recipe("random", 8)), "input", np.ones((1, 2, 2)))
    assert sample.input.seed == 8
    assert (sample.changed(input_size=(4, 4)).values("input")[0, 2:] == Recipe("random", 8).values((4, 4))[2:]).all()


# --- Named kernels -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KERNELS)
def test_a_named_kernel_goes_into_every_channel_and_keeps_its_name(name: str) -> None:
    kernel = np.reshape(KERNELS[name].numbers, KERNELS[name].sizes)
    samples = (Sample((5, 5), (2, 2)), Sample((5, 5), (2, 2), in_channels=2, out_channels=3), TransposedSample((5, 5), (2, 2)))
    blocks = (PoolingSample((5, 5), (2, 2), view="block", block_channels=2), PoolingSample((5, 5), (2, 2), view="strided"))
    for sample, seed in product((*samples, *blocks), (0, 5)):
        named = with_kernel(sample.changed(weight=Recipe("random", seed)), name)
        assert (named.values("weight") == kernel).all()
        assert getattr(named, size_of(named, "weight")) == KERNELS[name].sizes
        assert kernel_name(named) == name


def test_a_kernel_that_was_changed_has_no_name() -> None:
    named = with_kernel(Sample((5, 5), (2, 2), out_channels=2), "Laplace")
    assert kernel_name(named.changed(kernel_size=(2, 2))) == ""
    assert kernel_name(named.changed(out_channels=3)) == ""
    assert kernel_name(Sample((5, 5), (3, 3), weight=typed([[0, 1, 0], [1, -4, 1], [0, 1, 1]]))) == ""
    assert kernel_name(Sample((5,), (3,))) == ""
