"""Recipes keep what is there, presets come out as the guide and the lectures print them."""

import re
from dataclasses import FrozenInstanceError
from itertools import permutations

import numpy as np
import pytest

from convviz import convolution
from convviz.samples import DEFAULT_PRESET, KERNELS, KINDS, LARGEST_SIZE, PRESETS, Recipe, Sample, typed
from tests.reference import TWINS

SIZES = [(1,), (4,), (64,), (1, 1), (2, 3), (3, 2), (5, 7), (7, 5), (64, 64), (1, 1, 1), (2, 3, 4), (5, 4, 3)]


def grows(recipe, small, large):
    """The smaller grid stands in the corner of the larger one."""
    corner = tuple(map(slice, small))
    assert (recipe.values(large)[corner] == recipe.values(small)).all()


def pairs_that_grow():
    return [
        (small, large)
        for small, large in permutations(SIZES, 2)
        if len(small) == len(large) and all(map(int.__le__, small, large))
    ]


def block(dimension):
    """2 cells an axis, typed."""
    return Recipe("typed", numbers=tuple(range(9, 9 + 2**dimension)), sizes=(2,) * dimension)


# --- Recipes -------------------------------------------------------------------------------------------------------------


def test_growing_a_grid_keeps_what_is_there():
    pairs = pairs_that_grow()
    assert len(pairs) == 18
    for small, large in pairs:
        for recipe in (Recipe("random"), Recipe("random", seed=5), block(len(small))):
            grows(recipe, small, large)


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


def test_random_numbers_are_whole_and_cover_their_range():
    for low, high in ((0, 5), (-1, 2), (3, 3), (-9, 9)):
        values = Recipe("random").values((40, 40), low, high)
        assert set(values.ravel().tolist()) == set(range(low, high + 1))


def test_random_numbers_are_the_same_each_time_and_others_for_another_seed():
    first, again, other = (Recipe("random", seed).values((6, 6)) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    # Links hold the seed alone: these numbers must not change with numpy.
    assert Recipe("random").values((2, 5)).tolist() == [[5, 3, 3, 1, 1], [5, 0, 3, 4, 5]]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_fills_every_grid_with_float64(kind, sizes):
    recipe = Recipe(kind, numbers=(8,), sizes=(1,) * len(sizes)) if kind == "typed" else Recipe(kind)
    values = recipe.values(sizes)
    assert values.shape == sizes
    assert values.dtype == np.float64


@pytest.mark.parametrize("kind", ["random", "typed"])
def test_a_grid_beyond_the_random_numbers_is_refused(kind):
    recipe = Recipe(kind, numbers=(8,), sizes=(1, 1)) if kind == "typed" else Recipe(kind)
    assert recipe.values((1, LARGEST_SIZE)).shape == (1, 64)
    with pytest.raises(ValueError, match=re.escape("sizes (1, 65): random and typed grids have at most 64 cells an axis")):
        recipe.values((1, LARGEST_SIZE + 1))


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
    sample = Sample((3, 3), (2, 2), (3, 2), ((1, 1), (1, 1)), bias=1, input=ramp, weight=ramp)
    x, weight, options = sample.arguments()
    assert convolution(x, weight, **options).output.tolist() == [[[1, 9], [7, 9]]]


def test_a_sample_may_be_a_line_or_a_cube():
    line = Sample((6,), (4,), (1,), "same", (1,), input=Recipe("impulse"), weight=Recipe("ramp"))
    x, weight, options = line.arguments()
    assert convolution(x, weight, **options).output.tolist() == [[3, 2, 1, 0, 0, 0]]
    cube = Sample((3,) * 3, (2,) * 3, (1,) * 3, ((0, 0),) * 3, (1,) * 3)
    x, weight, options = cube.arguments()
    assert convolution(x, weight, **options).output.shape == (1, 2, 2, 2)


def test_a_samples_random_numbers_are_small():
    x, weight, _ = Sample((40, 40), (30, 30)).arguments()
    assert set(x.ravel().tolist()) == {0, 1, 2, 3, 4, 5}
    assert set(weight.ravel().tolist()) == {-1, 0, 1, 2}


@pytest.mark.parametrize(
    ("name", "value"), [("kernel_size", (3,)), ("stride", (1,)), ("dilation", (1, 1, 1)), ("padding", ((0, 0),))]
)
def test_a_sample_with_a_wrong_number_of_axes_is_refused(name, value):
    entries = {"input_size": (5, 5), "kernel_size": (3, 3), name: value}
    with pytest.raises(ValueError, match=re.escape(f"{name} {value} needs 2 entries, one an axis")):
        Sample(**entries)


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


# --- Presets -------------------------------------------------------------------------------------------------------------


def traced(name):
    x, weight, options = PRESETS[name].sample.arguments()
    return convolution(x, weight, **options)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_computes_what_torch_computes(name):
    x, weight, options = PRESETS[name].sample.arguments()
    output = convolution(x, weight, **options).output
    assert (output == TWINS["convolution"](x, weight, **options).numpy()).all()
    # The transposed picture has no edges for that kernel: that is its point.
    assert output.any() == (name != "edge-transposed")


CANONICAL = {
    # name: input, kernel, stride, padding, dilation, output: the convolutions among the guide's figures
    "no-padding": (4, 3, 1, 0, 1, 2),
    "arbitrary-padding": (5, 4, 1, 2, 1, 6),
    "same-padding": (5, 3, 1, 1, 1, 5),
    "full-padding": (5, 3, 1, 2, 1, 7),
    "strides": (5, 3, 2, 0, 1, 2),
    "padding-strides": (5, 3, 2, 1, 1, 3),
    "padding-strides-odd": (6, 3, 2, 1, 1, 3),
    "dilation": (7, 3, 1, 0, 2, 3),
    "numeric": (5, 3, 1, 0, 1, 3),
    "numeric-strided": (5, 3, 2, 1, 1, 3),
}


@pytest.mark.parametrize("name", CANONICAL)
def test_the_canonical_configurations_have_the_sizes_and_frames_of_the_guide(name):
    size, kernel_size, stride, padding, dilation, output_size = CANONICAL[name]
    sample = PRESETS[name].sample
    assert (sample.input_size, sample.kernel_size) == ((size, size), (kernel_size, kernel_size))
    assert (sample.stride, sample.dilation) == ((stride, stride), (dilation, dilation))
    assert sample.padding == ((padding, padding), (padding, padding))
    assert sample.padding_mode == "zeros"
    assert traced(name).output.shape == (1, output_size, output_size)


def test_nothing_else_claims_to_be_from_the_guide():
    from_the_guide = {name for name, preset in PRESETS.items() if "guide" in preset.source}
    assert from_the_guide == set(CANONICAL)
    assert len(from_the_guide) == 10


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("numeric", [[12, 12, 17], [10, 17, 19], [9, 6, 14]]),
        ("numeric-strided", [[6, 17, 3], [8, 17, 13], [6, 4, 4]]),
        ("first", [[19, 25], [37, 43]]),
        ("padded", [[0, 3, 8, 4], [9, 19, 25, 10], [21, 37, 43, 16], [6, 7, 8, 0]]),
        ("unequal-strides", [[0, 8], [6, 8]]),
        ("matrix", [[122, 148], [126, 134]]),
        ("even-same", [[4, 3, 2, 1, 0, 0]]),
        ("even-same-lower", [[0, 4, 3, 2, 1, 0]]),
        ("edge", [[0, 1, 0, 0, 0, -1, 0]] * 6),
    ],
)
def test_a_worked_example_comes_out_as_printed(name, expected):
    assert traced(name).output[0].tolist() == expected


def test_the_transposed_picture_has_no_edges_for_the_kernel_that_found_them():
    x, weight, options = PRESETS["edge-transposed"].sample.arguments()
    assert (x[0] == PRESETS["edge"].sample.arguments()[0][0].T).all()
    output = convolution(x, weight, **options).output
    assert output.shape == (1, 8, 5)
    assert not output.any()


def test_the_impulse_shows_the_kernel_turned_round_and_as_it_is():
    shown = {name: traced(name).output for name in ("impulse-correlation", "impulse-convolution")}
    assert shown["impulse-correlation"].shape == shown["impulse-convolution"].shape == (1, 9, 9)
    assert shown["impulse-correlation"][0, 3:6, 3:6].tolist() == [[9, 8, 7], [6, 5, 4], [3, 2, 1]]
    assert shown["impulse-convolution"][0, 3:6, 3:6].tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def test_the_fraction_makes_14_of_28():
    trace = traced("fraction")
    assert trace.output.shape == (1, 14, 14)
    assert [(axis.room, axis.leftover) for axis in trace.axes] == [(27, 1)] * 2


def test_names_stand_in_links_and_never_change():
    linked = {
        *CANONICAL,
        *("first", "padded", "unequal-strides", "fraction", "matrix", "even-same", "even-same-lower"),
        *("impulse-correlation", "impulse-convolution", "edge", "edge-transposed"),
    }
    assert len(linked) == 21
    assert linked <= set(PRESETS)
    assert all(name == preset.name and re.fullmatch("[a-z0-9-]+", name) for name, preset in PRESETS.items())
    assert all(preset.title and preset.source for preset in PRESETS.values())
    assert len({preset.title for preset in PRESETS.values()}) == len(PRESETS)
    assert DEFAULT_PRESET in PRESETS
