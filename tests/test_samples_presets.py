"""The canonical configurations and the lectures' worked examples come out as the guide and the lectures print them."""

import re

import numpy as np
import pytest

from convviz import OPERATIONS, convolution, transposed_convolution, unpooling
from convviz.samples import DEFAULT_PRESETS, PRESETS, PoolingSample, Sample, TransposedSample, presets_of
from tests.reference import TWINS

SAMPLES = {"convolution": Sample, "pooling": PoolingSample, "transposed_convolution": TransposedSample}


def asked(name):
    """The operation of a preset, and what it is asked: its arguments and its options."""
    sample = PRESETS[name].sample
    if not isinstance(sample, PoolingSample):
        *tensors, options = sample.arguments()
        return sample.operation, tensors, options
    x, options = sample.arguments()
    if sample.view == "block":
        image, weight, settings = sample.block_arguments()
        x = np.tanh(convolution(image, weight, **settings).output)
    return sample.pooled_by, [x], options


def traced(name):
    operation, tensors, options = asked(name)
    return OPERATIONS[operation](*tensors, **options)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_computes_what_torch_computes(name):
    operation, tensors, options = asked(name)
    output = traced(name).output
    np.testing.assert_allclose(output, TWINS[operation](*tensors, **options).numpy(), rtol=1e-12, atol=1e-12)
    shape = PRESETS[name].sample.shape("output")
    assert output.shape == (*shape.lead, *shape.sizes)
    # The transposed picture has no edges for that kernel: that is its point.
    assert output.any() == (name != "edge-transposed")


CANONICAL = {
    # name: input, kernel, stride, padding, dilation, output: every configuration of the guide
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
    "transposed-no-padding": (2, 3, 1, 0, 1, 4),
    "transposed-arbitrary-padding": (6, 4, 1, 2, 1, 5),
    "transposed-same-padding": (5, 3, 1, 1, 1, 5),
    "transposed-full-padding": (7, 3, 1, 2, 1, 5),
    "transposed-strides": (2, 3, 2, 0, 1, 5),
    "transposed-padding-strides": (3, 3, 2, 1, 1, 5),
    "transposed-padding-strides-odd": (3, 3, 2, 1, 1, 6),
    "average-pooling": (5, 3, 1, 0, 1, 3),
    "max-pooling": (5, 3, 1, 0, 1, 3),
}


@pytest.mark.parametrize("name", CANONICAL)
def test_the_canonical_configurations_have_the_sizes_and_frames_of_the_guide(name):
    size, kernel_size, stride, padding, dilation, output_size = CANONICAL[name]
    sample = PRESETS[name].sample
    assert (sample.input_size, sample.kernel_size) == ((size, size), (kernel_size, kernel_size))
    assert (sample.stride, sample.dilation) == ((stride, stride), (dilation, dilation))
    assert sample.padding == ((padding, padding), (padding, padding))
    assert getattr(sample, "padding_mode", "zeros") == "zeros"
    assert getattr(sample, "output_padding", (0, 0)) == ((1, 1) if name == "transposed-padding-strides-odd" else (0, 0))
    assert traced(name).output.shape == (1, output_size, output_size)


def test_nothing_else_claims_to_be_from_the_guide():
    from_the_guide = {name for name, preset in PRESETS.items() if "guide" in preset.source}
    assert from_the_guide == set(CANONICAL)
    assert len(from_the_guide) == 19


def test_seven_of_them_are_the_convolutions_before_them_sent_back():
    for name, back in CANONICAL.items():
        if name.startswith("transposed-"):
            there = CANONICAL[name.removeprefix("transposed-")]
            assert (back[0], *back[1:5], back[5]) == (there[5], *there[1:5], there[0])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("numeric", [[[12, 12, 17], [10, 17, 19], [9, 6, 14]]]),
        ("numeric-strided", [[[6, 17, 3], [8, 17, 13], [6, 4, 4]]]),
        ("first", [[[19, 25], [37, 43]]]),
        ("padded", [[[0, 3, 8, 4], [9, 19, 25, 10], [21, 37, 43, 16], [6, 7, 8, 0]]]),
        ("unequal-strides", [[[0, 8], [6, 8]]]),
        ("matrix", [[[122, 148], [126, 134]]]),
        ("even-same", [[[4, 3, 2, 1, 0, 0]]]),
        ("even-same-lower", [[[0, 4, 3, 2, 1, 0]]]),
        ("edge", [[[0, 1, 0, 0, 0, -1, 0]] * 6]),
        ("two-channels", [[[56, 72], [104, 120]]]),
        ("three-filters", [[[56, 72], [104, 120]], [[76, 100], [148, 172]], [[96, 128], [192, 224]]]),
        ("max-pooling", [[[3, 3, 3], [3, 3, 3], [3, 2, 3]]]),
        ("average-pooling", [[[5 / 3, 5 / 3, 5 / 3], [1, 11 / 9, 16 / 9], [10 / 9, 7 / 9, 4 / 3]]]),
        ("ceil-mode", [[[3, 3, 1], [3, 2, 3], [2, 0, 1]]]),
        ("global", [[[1.36]]]),
        ("adaptive", [[[1.5, 5 / 3, 1.25], [1, 11 / 9, 13 / 6], [1, 1 / 3, 1.25]]]),
        ("unpooling", [[[5, 6], [7, 8]]]),
        ("four-stamps", [[[2, 9, 6, 1], [6, 29, 30, 7], [10, 29, 33, 13], [12, 24, 16, 4]]]),
        ("transposed-first", [[[0, 0, 1], [0, 4, 6], [4, 12, 9]]]),
        ("transposed-strided", [[[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]]),
        ("one-dimension", [[14, 20, 26]]),
    ],
)
def test_a_worked_example_comes_out_as_printed(name, expected):
    np.testing.assert_allclose(traced(name).output, expected, rtol=1e-15)


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


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("remembered", [[0, 0, 2, 0], [0, 1, 0, 0], [0, 0, 0, 0], [3, 0, 0, 4]]),
        ("nearest", [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]),
        ("bed_of_nails", [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]),
    ],
)
def test_later_values_are_unpooled_as_the_lecture_does(kind, expected):
    pooled = traced("unpooling")
    later = PRESETS["unpooling"].sample.later_values(pooled.output.shape)
    if kind == "remembered":
        output = unpooling(later, pooled.indices, output_size=(4, 4)).output
    else:
        output = unpooling(later, 2, kind=kind).output
    assert output.tolist() == [expected]


def test_a_transposed_convolution_is_no_inverse():
    sample = PRESETS["no-inverse"].sample
    original, weight, options = sample.round_trip_arguments()
    there = convolution(original, weight, **options).output
    assert there.tolist() == [[[122, 148], [126, 134]]]
    assert (there == sample.arguments()[0]).all()
    back = transposed_convolution(there, weight, **options).output
    assert (original[0, 1, 1], back[0, 1, 1]) == (8, 1274)


def test_5_and_6_cells_are_convolved_to_3():
    samples = [PRESETS[f"output-padding-{padding}"].sample for padding in (0, 1)]
    assert [sample.output_sizes for sample in samples] == [(5, 5), (6, 6)]
    for sample in samples:
        assert convolution(*sample.round_trip_arguments()[:2], **sample.round_trip_arguments()[2]).output.shape == (1, 3, 3)
        assert sample.input_size == (3, 3)


def test_the_checkerboard_counts_how_often_each_cell_is_written():
    # Ones stamped by ones: the output counts the stamps.
    checkerboard, cure = traced("checkerboard").output[0], traced("checkerboard-cure").output[0]
    assert checkerboard[2:-2, 2:-2].tolist() == [[4, 2, 4, 2, 4], [2, 1, 2, 1, 2]] * 2 + [[4, 2, 4, 2, 4]]
    assert set(cure[1:-1, 1:-1].ravel()) == {4}


def test_one_cell_wide_filters_are_a_dense_layer_at_every_pixel():
    trace = traced("pointwise")
    assert trace.input.shape == (64, 56, 56)
    assert trace.output.shape == (32, 56, 56)
    np.testing.assert_array_equal(trace.output, np.tensordot(trace.weight[:, :, 0, 0], trace.input, 1))


def test_groups_are_convolved_by_themselves():
    for name, groups in (("grouped", 2), ("depthwise", 3)):
        trace = traced(name)
        inputs, weights = np.split(trace.input, groups), np.split(trace.weight, groups)
        alone = [convolution(x, weight).output for x, weight in zip(inputs, weights, strict=True)]
        np.testing.assert_array_equal(trace.output, np.concatenate(alone))


def test_each_output_of_the_line_is_a_sum_of_three_terms():
    trace = traced("one-dimension")
    assert trace.output.shape == (1, 3)
    assert [len(trace.step((0, output)).terms) for output in range(3)] == [3, 3, 3]


def test_the_cube_slides_in_three_directions():
    trace = traced("cube")
    assert trace.output.shape == (1, 2, 3, 3)
    assert {len(trace.step((0, *position)).terms) for position in np.ndindex(2, 3, 3)} == {27}


def test_lenets_first_block_has_the_shapes_of_the_paper():
    sample = PRESETS["lenet-block"].sample
    x, weight, options = sample.block_arguments()
    assert (x.shape, weight.shape) == ((1, 28, 28), (6, 1, 5, 5))
    convolved = convolution(x, weight, **options).output
    assert convolved.shape == (6, 28, 28)
    assert traced("lenet-block").output.shape == (6, 14, 14)
    # Filters of a direction each: none is flat, and no two find the same.
    assert (np.abs(weight).sum(axis=(1, 2, 3)) > 1).all()
    assert len({tuple(channel.ravel()) for channel in convolved}) == 6


def test_padding_never_wins_a_maximum():
    assert (traced("max-padded").output < 0).all()


def test_the_signal_is_smoothed():
    trace = traced("signal")
    assert trace.output.shape == (1, 62)
    assert np.abs(np.diff(trace.output[0] / 4)).sum() < np.abs(np.diff(trace.input[0])).sum()


def test_names_stand_in_links_and_never_change():
    linked = {
        *CANONICAL,
        *("first", "padded", "unequal-strides", "fraction", "twenty-filters", "matrix", "even-same", "even-same-lower"),
        *("impulse-correlation", "impulse-convolution", "edge", "edge-transposed", "two-channels", "three-filters"),
        *("pointwise-small", "pointwise", "grouped", "depthwise", "one-dimension", "signal", "cube"),
        *("ceil-mode", "lp-pooling", "average-padded", "max-padded", "max-dilated", "overlapping", "adaptive", "global"),
        *("unpooling", "beside-stride", "small-block", "lenet-block", "pooled-channels", "pooled-line", "pooled-cube"),
        *("four-stamps", "no-inverse", "transposed-first", "transposed-strided", "output-padding-0", "output-padding-1"),
        *("checkerboard", "checkerboard-cure", "transposed-channels", "transposed-line", "transposed-cube"),
    }
    assert linked <= set(PRESETS)
    assert all(name == preset.name and re.fullmatch("[a-z0-9-]+", name) for name, preset in PRESETS.items())
    assert all(preset.title and preset.source for preset in PRESETS.values())
    assert len({preset.title for preset in PRESETS.values()}) == len(PRESETS)


@pytest.mark.parametrize("operation", SAMPLES)
def test_each_operation_has_its_presets(operation):
    presets = presets_of(operation)
    assert len(presets) > 15
    assert all(type(preset.sample) is SAMPLES[operation] for preset in presets.values())
    assert next(iter(presets)) == DEFAULT_PRESETS[operation]


def test_every_preset_belongs_to_one_operation():
    assert sum(len(presets_of(operation)) for operation in SAMPLES) == len(PRESETS)
