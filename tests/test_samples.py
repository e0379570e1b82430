"""Recipes keep what is there, and a sample is what its operation takes."""

import re
from dataclasses import FrozenInstanceError, fields
from itertools import permutations

import numpy as np
import pytest

from convviz import adaptive_pooling, convolution, pooling, transposed_convolution
from convviz.explain import ACTIVATIONS as EXPLAINED_ACTIVATIONS
from convviz.operations.pooling import POOLING_KINDS as POOLED_KINDS
from convviz.samples import (
    ACTIVATIONS,
    KERNELS,
    KINDS,
    POOLING_KINDS,
    PoolingSample,
    Recipe,
    Sample,
    TransposedSample,
    aligned,
    typed,
    written,
)

SIZES = [(1,), (4,), (64,), (1, 1), (2, 3), (3, 2), (5, 7), (7, 5), (64, 64), (1, 1, 1), (2, 3, 4), (5, 4, 3)]


LEADS = [(), (1,), (3,), (2, 1), (2, 3)]


def corner_of(values, shape):
    return values[tuple(map(slice, shape))]


def grows(recipe, small, large):
    """The smaller grid stands in the corner of the larger one; each is (lead, sizes)."""
    assert (corner_of(recipe.values(large[1], large[0]), small[0] + small[1]) == recipe.values(small[1], small[0])).all()


def pairs_that_grow():
    shapes = [(lead, sizes) for lead in LEADS for sizes in SIZES]
    for small, large in permutations(shapes, 2):
        alike = len(small[0]) == len(large[0]) and len(small[1]) == len(large[1])
        if alike and all(map(int.__le__, small[0] + small[1], large[0] + large[1])):
            yield small, large


def block(dimension):
    """2 cells an axis, typed."""
    return Recipe("typed", numbers=tuple(range(9, 9 + 2**dimension)), sizes=(2,) * dimension)


# --- Recipes -------------------------------------------------------------------------------------------------------------


def test_growing_a_grid_in_any_direction_keeps_what_is_there():
    pairs = list(pairs_that_grow())
    assert len(pairs) == 150
    for small, large in pairs:
        for recipe in (Recipe("random"), Recipe("random", seed=5), block(len(small[1])), block(len(small[0] + small[1]))):
            grows(recipe, small, large)


def test_random_sheets_differ_from_each_other():
    values = Recipe("random").values((4, 8, 8), lead=(3, 2)).reshape(-1, 64)
    assert len({tuple(sheet) for sheet in values.tolist()}) == 24


def test_beyond_a_tile_random_numbers_go_on():
    values = Recipe("random").values((130, 70))
    tiles = [values[:2, :6], values[:2, 64:], values[64:66, :6], values[128:, :6]]
    assert len({tuple(tile.ravel()) for tile in tiles}) == 4
    assert (values[:64, :64] == Recipe("random").values((64, 64))).all()


def test_one_channel_has_the_numbers_of_a_plain_grid():
    for sizes in SIZES:
        one, plain = Recipe("random", 7).values(sizes, (1,))[0], Recipe("random", 7).values(sizes)
        assert (one == plain).all() if len(sizes) < 3 else (one[0] == plain[0]).all()
    # The first slice of a block is the plane; a line is the plane's first row.
    assert (Recipe("random").values((3, 5, 5))[0] == Recipe("random").values((5, 5))).all()
    assert (Recipe("random").values((5,)) == Recipe("random").values((5, 5))[0]).all()


def test_values_are_copies():
    Recipe("random").values((2, 2))[0, 0] = 99
    assert Recipe("random").values((2, 2)).tolist() == [[5, 3], [5, 0]]


def test_typed_numbers_of_fewer_axes_belong_to_the_first_channel():
    values = typed([[1, 2], [3, 4]]).values((2, 2), lead=(2, 2))
    assert values[0, 0].tolist() == [[1, 2], [3, 4]]
    drawn = Recipe("random").values((2, 2), lead=(2, 2))
    assert (values[0, 1] == drawn[0, 1]).all()
    assert (values[1] == drawn[1]).all()


def test_typed_numbers_of_more_axes_show_their_first_entry():
    values = np.arange(24.0).reshape(2, 3, 4)
    assert written(values, 2).values((3, 4)).tolist() == values[0].tolist()


def test_written_numbers_lose_only_channels_that_are_alone():
    assert written(np.ones((1, 1, 1, 3)), 2).sizes == (1, 3)
    assert written(np.ones((1, 2, 1, 3)), 2).sizes == (2, 1, 3)
    assert written(np.ones((2, 1, 3, 3)), 2, seed=4).seed == 4
    assert aligned(np.ones((2, 3)), 3).shape == (1, 2, 3)


def test_shrinking_and_growing_again_loses_no_typed_number():
    recipe = typed([[1, 2, 3], [4, 5, 6]])
    assert recipe.values((1, 2)).tolist() == [[1, 2]]
    assert recipe.values((2, 3)).tolist() == [[1, 2, 3], [4, 5, 6]]
    grown = recipe.values((3, 4))
    assert grown[:2, :3].tolist() == [[1, 2, 3], [4, 5, 6]]
    # What is new is drawn as if nothing had been typed.
    assert (grown[2] == Recipe("random").values((3, 4))[2]).all()
    assert (grown[:, 3] == Recipe("random").values((3, 4))[:, 3]).all()
    assert recipe == typed([[1, 2, 3], [4, 5, 6]])
    with pytest.raises(FrozenInstanceError):
        recipe.numbers = ()


def test_what_is_typed_need_not_be_whole():
    assert typed([[0.5, -1.25]]).values((1, 2)).tolist() == [[0.5, -1.25]]


@pytest.mark.parametrize(
    ("sizes", "position"),
    [
        # odd: the middle
        ((7,), (3,)),
        ((7, 5), (3, 2)),
        # even: the cell before the middle, as in "impulse at 2 of 6"
        ((6,), (2,)),
        ((1, 6), (0, 2)),
        ((2, 2, 2), (0, 0, 0)),
        # one cell
        ((1, 1), (0, 0)),
    ],
)
def test_an_impulse_stands_in_the_middle(sizes, position):
    values = Recipe("impulse").values(sizes)
    assert values.shape == sizes
    assert np.argwhere(values).tolist() == [list(position)]
    assert values[position] == 1


def test_a_ramp_counts_in_the_order_of_reading():
    assert Recipe("ramp").values((2, 2, 2)).ravel().tolist() == list(range(8))
    assert Recipe("count").values((2, 2, 2)).ravel().tolist() == list(range(1, 9))


def test_the_next_channel_of_a_ramp_starts_one_higher():
    values = Recipe("ramp").values((2, 2), lead=(3, 2))
    assert values[:, :, 0, 0].tolist() == [[0, 1], [1, 2], [2, 3]]
    assert (values[2, 1] - values[0, 0] == 3).all()


def test_the_signal_runs_along_every_row():
    line = Recipe("signal").values((64,))
    assert line[:6].tolist() == [5, 11, 16, 23, 36, 58]
    assert line[-1] == 45.1
    plane = Recipe("signal").values((3, 10), lead=(2,))
    assert (plane == line[:10]).all()
    assert Recipe("signal").values((70,))[64:].tolist() == line[:6].tolist()


def test_random_numbers_are_whole_and_cover_their_range():
    for low, high in ((0, 5), (-1, 2), (3, 3), (-9, 9)):
        values = Recipe("random").values((40, 40), low=low, high=high)
        assert set(values.ravel().tolist()) == set(range(low, high + 1))


def test_random_numbers_are_the_same_each_time_and_others_for_another_seed():
    first, again, other = (Recipe("random", seed).values((6, 6)) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    # Links hold the seed alone: these numbers must not change with numpy.
    assert Recipe("random").values((2, 5)).tolist() == [[5, 3, 3, 1, 1], [5, 0, 3, 4, 5]]


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_fills_every_grid_with_float64(kind, sizes, lead):
    recipe = Recipe(kind, numbers=(8,), sizes=(1,) * len(sizes)) if kind == "typed" else Recipe(kind)
    values = recipe.values(sizes, lead)
    assert values.shape == lead + sizes
    assert values.dtype == np.float64


@pytest.mark.parametrize(
    ("numbers", "sizes", "message"),
    [
        ((1, 2, 3), (2, 2), "numbers has 3 entries, sizes (2, 2) hold 4"),
        ((), (1,), "numbers has 0 entries, sizes (1,) hold 1"),
        ((1, 2), (), "numbers has 2 entries, sizes () hold 1"),
    ],
)
def test_typed_numbers_that_do_not_fill_their_sizes_are_refused(numbers, sizes, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Recipe("typed", numbers=numbers, sizes=sizes)


def test_rows_of_different_lengths_are_refused_by_number():
    with pytest.raises(ValueError, match="row 3 has 1 numbers, row 1 has 2: every row needs the same count"):
        typed([[1, 2], [3, 4], [5]])


# --- Samples -------------------------------------------------------------------------------------------------------------


def test_a_sample_is_what_convolution_takes():
    ramp = Recipe("ramp")
    sample = Sample((3, 3), (2, 2), (3, 2), ((1, 1), (1, 1)), bias=(1,), input=ramp, weight=ramp)
    x, weight, options = sample.arguments()
    assert convolution(x, weight, **options).output.tolist() == [[[1, 9], [7, 9]]]


def test_a_sample_may_be_a_line_or_a_cube():
    line = Sample((6,), (4,), padding="same", input=Recipe("impulse"), weight=Recipe("ramp"))
    x, weight, options = line.arguments()
    assert convolution(x, weight, **options).output.tolist() == [[3, 2, 1, 0, 0, 0]]
    cube = Sample((3,) * 3, (2,) * 3)
    x, weight, options = cube.arguments()
    assert convolution(x, weight, **options).output.shape == (1, 2, 2, 2)


def test_what_is_left_out_is_one_step_and_no_padding():
    sample = Sample((5, 6, 7), (2, 2, 2))
    assert (sample.stride, sample.dilation) == ((1, 1, 1), (1, 1, 1))
    assert sample.padding == sample.sides == ((0, 0),) * 3
    pooled = PoolingSample((5,), (3,))
    assert (pooled.stride, pooled.output_size, pooled.block_kernel, pooled.block_padding) == ((3,), (3,), (3,), (1,))
    assert TransposedSample((5,), (3,)).output_padding == (0,)


def test_a_samples_random_numbers_are_small():
    x, weight, _ = Sample((40, 40), (30, 30)).arguments()
    assert set(x.ravel().tolist()) == {0, 1, 2, 3, 4, 5}
    assert set(weight.ravel().tolist()) == {-1, 0, 1, 2}


def test_a_bias_too_few_is_0_and_one_too_many_is_kept_for_later():
    sample = Sample((3, 3), (2, 2), out_channels=3, bias=(1, 2, 3, 4))
    assert sample.arguments()[2]["bias"] == [1, 2, 3]
    assert sample.changed(out_channels=5).arguments()[2]["bias"] == [1, 2, 3, 4, 0]


@pytest.mark.parametrize(
    ("name", "value"), [("kernel_size", (3,)), ("stride", (1,)), ("dilation", (1, 1, 1)), ("padding", ((0, 0),))]
)
@pytest.mark.parametrize("kind", [Sample, PoolingSample, TransposedSample])
def test_a_sample_with_a_wrong_number_of_axes_is_refused(kind, name, value):
    entries = {"input_size": (5, 5), "kernel_size": (3, 3), name: value}
    with pytest.raises(ValueError, match=re.escape(f"{name} {value} needs 2 entries, one an axis")):
        kind(**entries)


@pytest.mark.parametrize("kind", [Sample, PoolingSample, TransposedSample])
def test_the_shapes_that_a_sample_tells_are_those_of_its_numbers(kind):
    sample = kind((5, 4), (3, 2), **{name: 2 for name in ("in_channels", "out_channels", "channels") if name in names(kind)})
    for grid in sample.grids:
        shape = sample.shape(grid)
        assert sample.values(grid).shape == shape.lead + shape.sizes
        assert sample.values(grid).size == shape.cells
    with pytest.raises(KeyError, match="nothing"):
        sample.shape("nothing")


def names(kind):
    return {field.name for field in fields(kind)}


@pytest.mark.parametrize(
    "settings",
    [
        # as many in as out
        {"in_channels": 2, "out_channels": 2},
        {"in_channels": 3, "out_channels": 1, "padding": ((1, 0), (0, 2))},
        {"in_channels": 4, "out_channels": 6, "groups": 2, "stride": (2, 1)},
        # depthwise
        {"in_channels": 3, "out_channels": 3, "groups": 3, "dilation": (2, 1)},
    ],
)
def test_the_output_of_a_sample_has_the_shape_it_tells(settings):
    sample = Sample((7, 6), (2, 3), **settings)
    x, weight, options = sample.arguments()
    assert convolution(x, weight, **options).output.shape == (*sample.shape("output").lead, *sample.shape("output").sizes)
    transposed = TransposedSample((4, 3), (2, 3), **settings)
    x, weight, options = transposed.arguments()
    shape = transposed.shape("output")
    assert transposed_convolution(x, weight, **options).output.shape == (*shape.lead, *shape.sizes)


@pytest.mark.parametrize("output_padding", [(0, 0), (1, 0)])
@pytest.mark.parametrize("groups", [1, 2])
def test_the_round_trip_begins_with_the_convolution_that_is_transposed(output_padding, groups):
    sample = TransposedSample(
        (3, 4), (3, 2), (2, 2), ((1, 1), (0, 0)), output_padding=output_padding, in_channels=2, out_channels=4, groups=groups
    )
    original, weight, options = sample.round_trip_arguments()
    there = convolution(original, weight, **options)
    x, weight_back, options_back = sample.arguments()
    back = transposed_convolution(there.output, weight_back, **options_back)
    assert (weight == weight_back).all()
    assert there.output.shape == x.shape
    assert back.output.shape == original.shape
    # The same relation, read backwards: <conv(original), x> == <original, transposed(x)>.
    sent = transposed_convolution(x, weight, **{**options_back, "bias": None})
    assert (there.output * x).sum() == (original * sent.output).sum()


@pytest.mark.parametrize("kind", POOLING_KINDS)
@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_a_pooling_sample_is_what_pooling_takes(dimension, kind):
    sample = PoolingSample((5,) * dimension, (2,) * dimension, (2,) * dimension, channels=2, kind=kind, ceil_mode=True)
    x, options = sample.arguments()
    assert pooling(x, **options).output.shape == (2, *(3,) * dimension) == (2, *sample.output_sizes)
    assert sample.pooled_by == "pooling"


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize(("windows", "sizes"), [("adaptive", (4, 2)), ("global", (1, 1))])
def test_windows_that_do_not_slide_are_as_many_as_asked_for(windows, sizes, kind):
    sample = PoolingSample((5, 7), (2, 2), windows=windows, output_size=(4, 2), kind=kind)
    x, options = sample.arguments()
    assert adaptive_pooling(x, **options).output.shape == (1, *sizes) == (1, *sample.output_sizes)
    assert sample.pooled_by == "adaptive_pooling"


def test_the_rival_of_a_pooling_strides_as_it_does():
    sample = PoolingSample((7, 6), (3, 2), (2, 2), ((1, 1), (0, 0)), (1, 2), channels=3)
    x, weight, options = sample.strided_arguments()
    assert weight.shape == (3, 1, 3, 2)
    assert convolution(x, weight, **options).output.shape == pooling(x, **sample.pooling_options()).output.shape


def test_a_block_pools_the_map_that_its_convolution_makes():
    sample = PoolingSample((8, 8), (2, 2), view="block", channels=2, block_channels=3, block_padding=(0, 0), bias=(5,))
    x, weight, options = sample.block_arguments()
    convolved = convolution(x, weight, **options)
    assert options["bias"] == [5, 0, 0]
    assert convolved.output.shape == (3, 6, 6) == (*sample.shape("map").lead, *sample.shape("map").sizes)
    pooled = pooling(convolved.output, **sample.pooling_options()).output
    assert pooled.shape == (3, 3, 3) == (*sample.shape("output").lead, *sample.shape("output").sizes)
    assert sample.later_values(pooled.shape).tolist()[1] == [[2, 3, 4], [5, 6, 7], [8, 9, 10]]


def test_names_that_stand_in_two_places_are_the_same():
    assert POOLING_KINDS == POOLED_KINDS
    assert set(ACTIVATIONS) == set(EXPLAINED_ACTIVATIONS)


# --- Kernels -------------------------------------------------------------------------------------------------------------


def kernel(name):
    return np.reshape(KERNELS[name].numbers, KERNELS[name].sizes)


def test_every_kernel_is_a_plane_of_whole_numbers():
    assert len(KERNELS) == 13
    for name in KERNELS:
        assert kernel(name).ndim == 2
        assert (kernel(name) == np.round(kernel(name))).all()
        assert (KERNELS[name].values(KERNELS[name].sizes) == kernel(name)).all()


@pytest.mark.parametrize(
    ("total", "names"),
    [
        # a flat picture gives nothing
        (
            0,
            {"edge [1, −1]", "Sobel, vertical edges", "Sobel, horizontal edges", "Laplace"}
            | {f"bar, {direction}" for direction in ("upright", "lying", "falling", "rising")},
        ),
        # a flat picture stays as it is
        (1, {"identity", "sharpen", "emboss"}),
        # a flat picture is counted so often
        (9, {"blur, box (sum)"}),
        (16, {"blur, binomial (sum 16)"}),
    ],
)
def test_kernels_by_what_they_do_to_a_flat_picture(total, names):
    assert {name for name in KERNELS if kernel(name).sum() == total} == names


def test_kernels_that_turn_into_each_other():
    vertical, horizontal = kernel("Sobel, vertical edges"), kernel("Sobel, horizontal edges")
    upright, lying, falling, rising = (kernel(f"bar, {direction}") for direction in ("upright", "lying", "falling", "rising"))
    assert np.array_equal(vertical.T, horizontal)
    assert np.array_equal(upright.T, lying)
    assert np.array_equal(np.rot90(falling), rising)


def test_sobel_answers_to_the_edges_it_is_named_after():
    picture = np.tile([0, 0, 1, 1], (4, 1))
    for name, answers in (("Sobel, vertical edges", True), ("Sobel, horizontal edges", False)):
        assert convolution(picture[None], kernel(name)[None, None]).output.any() == answers
        assert convolution(picture.T[None], kernel(name)[None, None]).output.any() != answers


def test_a_bar_answers_most_to_its_own_direction():
    pictures = {
        "bar, upright": np.tile([0, 1, 0], (3, 1)),
        "bar, lying": np.tile([0, 1, 0], (3, 1)).T,
        "bar, falling": np.eye(3),
        "bar, rising": np.eye(3)[::-1],
    }
    for direction, picture in pictures.items():
        answers = {name: (kernel(name) * picture).sum() for name in pictures}
        assert max(answers, key=answers.get) == direction
        assert sorted(answers.values())[-2] < answers[direction]
