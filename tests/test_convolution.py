"""Convolution: every output against its twin, every step against torch's gradients, laws, and the examples of the lectures.

All numbers are whole, so everything that agrees agrees exactly.
"""

import tracemalloc
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convviz import GeometryError, Place, convolution
from convviz.geometry import NAMED_PADDINGS, PADDING_MODES, Axis
from tests.checks import derived, same_array, whole
from tests.counted import counted
from tests.reference import REFUSALS, TWINS

RAMP = np.arange(9).reshape(1, 3, 3)
QUAD = np.arange(4).reshape(1, 1, 2, 2)
COUNT = np.arange(1, 10).reshape(1, 1, 3, 3)
NUMERIC = [[[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]]
NUMERIC_KERNEL = [[[[0, 1, 2], [2, 2, 0], [0, 1, 2]]]]
TWO_SHEETS = np.stack([np.arange(9), np.arange(1, 10)]).reshape(2, 3, 3)
TWO_KERNELS = np.array([[[0, 1], [2, 3]], [[1, 2], [3, 4]]])


def impulse(size, *position):
    grid = np.zeros((1, *[size] * len(position)))
    grid[(0, *position)] = 1
    return grid


# --- Anything that can be asked, against the twin -------------------------------------------------------------------------


@st.composite
def cases(draw, largest=20, kernels=6, strides=5, pads=6, dilations=4, low=-9):
    """Arguments of a convolution. One in ten has a channel too many, many have a kernel too wide or a padding too large."""
    dimension = draw(st.integers(1, 3))
    size, kernel_size = (largest, kernels) if dimension < 3 else (min(largest, 8), min(kernels, 4))

    def per_axis(entries):
        return st.tuples(*[entries] * dimension)

    pad = st.integers(0, pads)
    padding = st.one_of(pad, per_axis(pad), per_axis(st.tuples(pad, pad)), per_axis(pad | st.tuples(pad, pad)))
    generator = np.random.default_rng(draw(st.integers(0, 10**6)))
    groups, per_group, filters = (draw(st.integers(1, most)) for most in (3, 2, 2))
    channels = groups * per_group + draw(st.sampled_from([0] * 9 + [1]))
    x = whole(generator, channels, *draw(per_axis(st.integers(1, size))), low=low)
    weight = whole(generator, groups * filters, per_group, *draw(per_axis(st.integers(1, kernel_size))), low=low)
    stride, dilation = (st.integers(1, most) for most in (strides, dilations))
    options = {
        "bias": draw(st.sampled_from([None, whole(generator, groups * filters)])),
        "stride": draw(stride | per_axis(stride)),
        "padding": draw(padding | st.sampled_from(NAMED_PADDINGS)),
        "dilation": draw(dilation | per_axis(dilation)),
        "groups": groups,
        "padding_mode": draw(st.sampled_from(PADDING_MODES)),
        "flip": draw(st.booleans()),
    }
    return x, weight, options


def outcome(x, weight, options):
    """How it came out, here as there."""
    try:
        expected = TWINS["convolution"](x, weight, **options).numpy()
    except REFUSALS:
        with pytest.raises(GeometryError):
            convolution(x, weight, **options)
        return "refused"
    same_array(convolution(x, weight, **options).output, expected)
    return "computed"


def test_every_output_is_that_of_torch_and_what_torch_refuses_is_refused():
    counts = Counter()

    @derived(1500)
    @given(cases())
    def agrees(case):
        x, _, options = case
        counts[outcome(*case)] += 1
        counts.update([f"{x.ndim - 1}-D", options["padding_mode"], f"flip {options['flip']}"])

    agrees()
    counted("convolution", "axes mixed", {name: counts[name] for name in ("computed", "refused")})
    assert counts["computed"] > 500
    assert counts["refused"] > 500
    assert all(counts[kind] > 150 for kind in ("1-D", "2-D", "3-D", *PADDING_MODES, "flip False", "flip True"))


# --- Steps, against torch's gradients -------------------------------------------------------------------------------------


def small_cases(low=-9):
    return cases(largest=5, kernels=3, strides=3, pads=2, dilations=2, low=low)


def jacobians(x, weight, options):
    """Of every output, how it answers to every input and to every weight."""
    arguments = tuple(torch.tensor(values, dtype=torch.float64) for values in (x, weight))
    return [
        jacobian.numpy()
        for jacobian in torch.autograd.functional.jacobian(lambda *pair: TWINS["convolution"](*pair, **options), arguments)
    ]


def is_true_of_its_arrays(term, trace):
    assert term.weight == trace.weight[term.weight_index]
    assert term.value == (0 if term.cell is None else trace.input[term.cell])
    inside = all(0 <= at < size for at, size in zip(term.position, trace.input.shape[1:], strict=True))
    assert term.place == (Place.INPUT if inside else Place.PADDING)
    assert (term.cell is None) == (not inside and trace.padding_mode == "zeros")
    assert not inside or term.cell[1:] == term.position


def is_true_of_torch(step, trace, by_input, by_weight):
    """Each input was met by the weights that torch's gradient says, each weight by the inputs."""
    met, used = np.zeros_like(trace.input), np.zeros_like(trace.weight)
    for term in step.terms:
        used[term.weight_index] += term.value
        if term.cell is not None:
            met[term.cell] += term.weight
    same_array(met, by_input[step.cell])
    same_array(used, by_weight[step.cell])


def terms_follow_the_taps(step, trace):
    """Channel by channel, and within one as numpy counts: the last axis fastest."""
    _, per_group, *kernel_size = trace.weight.shape
    starts = [at * axis.stride - axis.before for at, axis in zip(step.cell[1:], trace.axes, strict=True)]
    expected = [
        tuple(start + tap * axis.dilation for start, tap, axis in zip(starts, taps, trace.axes, strict=True))
        for taps in np.ndindex(*kernel_size)
    ]
    assert [term.position for term in step.terms] == expected * per_group
    assert [term.weight_index[1] for term in step.terms] == np.repeat(range(per_group), len(expected)).tolist()


def explains_itself(x, weight, options):
    trace = convolution(x, weight, **options)
    by_input, by_weight = jacobians(x, weight, options)
    for cell in np.ndindex(*trace.output.shape):
        step = trace.step(cell)
        assert step.cell == cell
        assert len(step.terms) == weight[0].size
        assert sum(term.value * term.weight for term in step.terms) + step.bias == step.output == trace.output[cell]
        assert step.bias == (0 if options["bias"] is None else options["bias"][cell[0]])
        for term in step.terms:
            is_true_of_its_arrays(term, trace)
        terms_follow_the_taps(step, trace)
        is_true_of_torch(step, trace, by_input, by_weight)
    return trace.output.size


def read_pairs(trace):
    """(output, input) cells over all steps."""
    steps = map(trace.step, np.ndindex(*trace.output.shape))
    return {(*step.cell, *term.cell) for step in steps for term in step.terms if term.cell is not None}


def each_computed(examples, strategy, check):
    """Run `check` on every case that torch computes; how many there were, and what the checks counted."""
    counts = Counter()

    @derived(examples)
    @given(strategy)
    def on_each(case):
        if outcome(*case) == "computed":
            counts.update(cases=1, checked=check(*case))

    on_each()
    return counts["cases"], counts["checked"]


def test_every_step_shows_what_torch_multiplies_and_adds_up_to_its_output():
    computed, steps = each_computed(300, small_cases(), explains_itself)
    assert computed > 120
    assert steps > 3000


def test_the_steps_together_read_the_support_of_torchs_gradient():
    def reads_the_support(x, weight, options):
        by_input, _ = jacobians(x, weight, options)
        pairs = read_pairs(convolution(x, weight, **options))
        assert pairs == set(map(tuple, np.argwhere(by_input).tolist()))
        return len(pairs)

    # Positive weights: none is 0, and none cancels another.
    computed, pairs = each_computed(60, small_cases(low=1), reads_the_support)
    assert computed > 20
    assert pairs > 1000


# --- Laws ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def generator():
    return np.random.default_rng(7)


def test_convolution_is_linear_in_the_input_and_in_the_weight(generator):
    x, other = whole(generator, 2, 2, 6, 7)
    weight, another = whole(generator, 2, 3, 2, 3, 2)
    options = {"stride": (2, 1), "padding": ((1, 0), (2, 1)), "padding_mode": "reflect"}

    def output(x, weight):
        return convolution(x, weight, **options).output

    same_array(output(2 * x - 3 * other, weight), 2 * output(x, weight) - 3 * output(other, weight))
    same_array(output(x, 2 * weight - 3 * another), 2 * output(x, weight) - 3 * output(x, another))


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_shifting_the_input_by_the_stride_shifts_the_output_by_one(generator, stride):
    x, weight = whole(generator, 2, 6, 12), whole(generator, 3, 2, 3, 4)

    def output(x):
        return convolution(x, weight, stride=stride, padding="same_lower", padding_mode="circular").output

    for axis, cells in ((1, 1), (2, 1), (2, 2)):
        same_array(output(np.roll(x, stride * cells, axis)), np.roll(output(x), cells, axis))
    # A shift that the stride does not divide is no shift of the output.
    shifted = [np.roll(output(x), cells, 2) for cells in range(12 // stride)]
    assert any((output(np.roll(x, 1, 2)) == each).all() for each in shifted) == (stride == 1)


def test_true_convolution_commutes_and_correlation_does_not(generator):
    one, other = whole(generator, 1, 4, 5), whole(generator, 1, 3, 2)
    both = [
        [convolution(x, weight[None], padding="full", flip=flip).output for x, weight in ((one, other), (other, one))]
        for flip in (True, False)
    ]
    same_array(*both[0])
    # Correlated the other way round, the output comes out turned round.
    same_array(both[1][0], both[1][1][:, ::-1, ::-1])
    assert (both[1][0] != both[1][1]).any()


def test_convolving_twice_is_convolving_with_the_convolved_kernel(generator):
    x, first, second = whole(generator, 1, 7, 6), whole(generator, 1, 3, 2), whole(generator, 1, 2, 2)

    def convolved(x, kernel):
        return convolution(x, kernel[None], padding="full", flip=True).output

    same_array(convolved(convolved(x, first), second), convolved(x, convolved(first, second)))


def test_flip_is_the_kernel_turned_round_along_every_axis(generator):
    x, weight = whole(generator, 2, 4, 5, 6), whole(generator, 3, 2, 2, 3, 2)
    turned = weight[:, :, ::-1, ::-1, ::-1]
    same_array(convolution(x, weight, flip=True).output, convolution(x, turned).output)
    assert (convolution(x, weight, flip=True).output != convolution(x, weight).output).any()


def test_a_stride_keeps_every_so_manyth_output(generator):
    x, weight = whole(generator, 1, 9, 11), whole(generator, 2, 1, 3, 2)
    everywhere = convolution(x, weight, padding=1).output
    same_array(convolution(x, weight, padding=1, stride=(2, 3)).output, everywhere[:, ::2, ::3])


def test_dilation_inserts_zeros_into_the_kernel(generator):
    x, weight = whole(generator, 1, 9, 11), whole(generator, 2, 1, 3, 2)
    spread = np.zeros((2, 1, 5, 4))
    spread[:, :, ::2, ::3] = weight
    same_array(convolution(x, weight, dilation=(2, 3)).output, convolution(x, spread).output)


@pytest.mark.parametrize(
    ("padding_mode", "numpy_mode"),
    [("zeros", "constant"), ("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap")],
)
def test_padding_is_a_larger_input(generator, padding_mode, numpy_mode):
    x, weight = whole(generator, 2, 5, 6), whole(generator, 2, 2, 3, 2)
    larger = np.pad(x, ((0, 0), (2, 1), (0, 3)), mode=numpy_mode)
    padded = convolution(x, weight, padding=((2, 1), (0, 3)), padding_mode=padding_mode)
    same_array(padded.output, convolution(larger, weight).output)


def test_groups_are_convolutions_side_by_side(generator):
    x, weight, bias = whole(generator, 6, 5, 5), whole(generator, 9, 2, 3, 3), whole(generator, 9)
    apart = [convolution(x[2 * group :][:2], weight[3 * group :][:3], bias=bias[3 * group :][:3]).output for group in range(3)]
    same_array(convolution(x, weight, bias=bias, groups=3).output, np.concatenate(apart))


def test_a_pointwise_convolution_is_a_dense_layer_at_every_pixel(generator):
    """A13 of the mission."""
    x, weight = whole(generator, 64, 56, 56), whole(generator, 32, 64, 1, 1)
    output = convolution(x, weight).output
    assert output.shape == (32, 56, 56)
    same_array(output, np.tensordot(weight[:, :, 0, 0], x, axes=1))


def test_autocorrelation_is_symmetric_and_peaks_where_nothing_is_shifted(generator):
    x = whole(generator, 1, 5, 4)
    output = convolution(x, x[None], padding="full").output
    same_array(output, output[:, ::-1, ::-1])
    assert output[0, 4, 3] == (x**2).sum() == output.max()
    assert (output == output.max()).sum() == 1


# --- The worked examples -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "weight", "options", "expected"),
    [
        # A1, first example
        (RAMP, QUAD, {}, [[[19, 25], [37, 43]]]),
        # A2, the numeric figures
        (NUMERIC, NUMERIC_KERNEL, {}, [[[12, 12, 17], [10, 17, 19], [9, 6, 14]]]),
        (NUMERIC, NUMERIC_KERNEL, {"stride": 2, "padding": 1}, [[[6, 17, 3], [8, 17, 13], [6, 4, 4]]]),
        # A5, even kernel, larger half after, and before
        (impulse(6, 2), [[[1, 2, 3, 4]]], {"padding": "same"}, [[4, 3, 2, 1, 0, 0]]),
        (impulse(6, 2), [[[1, 2, 3, 4]]], {"padding": "same_lower"}, [[0, 4, 3, 2, 1, 0]]),
        # A6, padded
        (RAMP, QUAD, {"padding": 1}, [[[0, 3, 8, 4], [9, 19, 25, 10], [21, 37, 43, 16], [6, 7, 8, 0]]]),
        # A7, a stride for each axis
        (RAMP, QUAD, {"padding": 1, "stride": (3, 2)}, [[[0, 8], [6, 8]]]),
        # A11, two input channels
        (TWO_SHEETS, TWO_KERNELS[None], {}, [[[56, 72], [104, 120]]]),
        # A12, three output channels, and a bias for each
        (
            TWO_SHEETS,
            np.stack([TWO_KERNELS, TWO_KERNELS + 1, TWO_KERNELS + 2]),
            {},
            [[[56, 72], [104, 120]], [[76, 100], [148, 172]], [[96, 128], [192, 224]]],
        ),
        (
            TWO_SHEETS,
            np.stack([TWO_KERNELS, TWO_KERNELS + 1]),
            {"bias": [1000, -1]},
            [[[1056, 1072], [1104, 1120]], [[75, 99], [147, 171]]],
        ),
        # A15, a line of five under three taps
        ([[1, 2, 3, 4, 5]], [[[1, 10, 100]]], {}, [[321, 432, 543]]),
        # A15, a cube within a cube, one of eight corners taken out
        (np.arange(27).reshape(1, 3, 3, 3), impulse(2, 1, 1, 1)[None], {}, [[[[13, 14], [16, 17]], [[22, 23], [25, 26]]]]),
        # A16, edges
        ([[[1, 1, 0, 0, 0, 0, 1, 1]] * 2], [[[[1, -1]]]], {}, [[[0, 1, 0, 0, 0, -1, 0]] * 2]),
        (np.repeat([[[1], [1], [0], [0], [0], [0], [1], [1]]], 3, axis=2), [[[[1, -1]]]], {}, np.zeros((1, 8, 2))),
    ],
)
def test_worked_example(x, weight, options, expected):
    same_array(convolution(x, weight, **options).output, expected)
    same_array(TWINS["convolution"](x, weight, **options), expected)


def written_out(step):
    return f"{' + '.join(f'{term.value:.0f}×{term.weight:.0f}' for term in step.terms)} = {step.output:.0f}"


def test_the_first_line_of_the_first_example():
    assert written_out(convolution(RAMP, QUAD).step((0, 0, 0))) == "0×0 + 1×1 + 3×2 + 4×3 = 19"


def test_the_first_line_of_several_channels_takes_one_channel_after_the_other():
    step = convolution(TWO_SHEETS, TWO_KERNELS[None]).step((0, 0, 0))
    assert written_out(step) == "0×0 + 1×1 + 3×2 + 4×3 + 1×1 + 2×2 + 4×3 + 5×4 = 56"


def test_the_first_line_of_true_convolution_meets_the_last_weight_first():
    step = convolution(RAMP, QUAD, flip=True).step((0, 0, 0))
    assert written_out(step) == "0×3 + 1×2 + 3×1 + 4×0 = 5"
    assert [term.weight_index for term in step.terms] == [(0, 0, 1, 1), (0, 0, 1, 0), (0, 0, 0, 1), (0, 0, 0, 0)]


def test_the_first_line_of_a_padded_example_reads_nothing_three_times():
    step = convolution(RAMP, QUAD, padding=1).step((0, 0, 0))
    assert written_out(step) == "0×0 + 0×1 + 0×2 + 0×3 = 0"
    assert [term.cell for term in step.terms] == [None, None, None, (0, 0, 0)]
    assert [term.position for term in step.terms] == [(-1, -1), (-1, 0), (0, -1), (0, 0)]


def test_28_under_kernel_5_padding_2_stride_2_makes_14_and_throws_one_away():
    """A4 of the mission, with its 20 filters."""
    trace = convolution(np.ones((3, 28, 28)), np.ones((20, 3, 5, 5)), stride=2, padding=2)
    assert trace.output.shape == (20, 14, 14)
    assert trace.axes == (Axis(28, 5, 2, 2, 2),) * 2
    assert [(axis.room, axis.leftover) for axis in trace.axes] == [(27, 1)] * 2


@pytest.mark.parametrize(
    ("size", "options", "expected"),
    [
        # A8
        (5, {"padding": "valid"}, 3),
        (5, {"padding": "same"}, 5),
        (5, {"padding": "full"}, 7),
        (5, {"padding": "causal"}, 5),
        # A9
        (7, {"dilation": 2}, 3),
    ],
)
def test_a_kernel_of_3_makes(size, options, expected):
    assert convolution(np.zeros((1, size, size)), COUNT, **options).output.shape == (1, expected, expected)


def test_an_impulse_shows_the_kernel_turned_round_or_under_true_convolution_as_it_is():
    """A10 of the mission: 7×7, full."""
    picture = impulse(7, 3, 3)
    correlated = convolution(picture, COUNT, padding="full").output
    convolved = convolution(picture, COUNT, padding="full", flip=True).output
    assert correlated.shape == convolved.shape == (1, 9, 9)
    assert correlated[0, 3:6, 3:6].tolist() == [[9, 8, 7], [6, 5, 4], [3, 2, 1]]
    assert convolved[0, 3:6, 3:6].tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert correlated.sum() == convolved.sum() == 45
    symmetric = [[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]]
    same_array(convolution(picture, symmetric).output, convolution(picture, symmetric, flip=True).output)


# --- Numbers and memory --------------------------------------------------------------------------------------------------


def test_bytes_do_not_overflow():
    x, weight = np.full((1, 2, 2), 200, np.uint8), np.full((1, 1, 2, 2), 100, np.uint8)
    trace = convolution(x, weight)
    assert trace.output.tolist() == [[[80_000]]]
    assert {values.dtype for values in (trace.input, trace.weight, trace.bias, trace.output)} == {np.dtype(np.float64)}


def test_the_arguments_stay_as_they_were():
    x, weight, bias = np.ones((1, 3)), np.ones((1, 1, 2)), np.ones(1)
    before = [values.copy() for values in (x, weight, bias)]
    assert convolution(x, weight, bias=bias, padding=1, flip=True).output.size == 4
    for values, copy in zip((x, weight, bias), before, strict=True):
        same_array(values, copy)


def test_a_large_kernel_never_holds_every_window_at_once():
    x, weight = np.ones((3, 96, 96)), np.ones((1, 3, 11, 11))
    every_window = x.nbytes * 11 * 11
    tracemalloc.start()
    output = convolution(x, weight, padding="same").output
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert output[0, 48, 48] == 3 * 11 * 11
    assert peak < every_window / 20


# --- Refusals ------------------------------------------------------------------------------------------------------------

LINE, TAPS = np.ones((2, 5)), np.ones((4, 2, 3))
PLANE, WINDOW = np.ones((1, 5, 3)), np.ones((1, 1, 3, 3))

REFUSED = {
    "x without channels": (
        (np.ones((5, 5)), WINDOW, {}),
        "x has shape (5, 5) and the weight slides along 2 axes: x must be (channels, 2 sizes); "
        "write x[None] for a single channel",
        ("x", (5, 5), 3, None),
    ),
    # torch takes it for a batch; a trace is of one input
    "x with a batch": (
        (np.ones((1, 1, 5, 5)), WINDOW, {}),
        "x has shape (1, 1, 5, 5) and the weight slides along 2 axes: x must be (channels, 2 sizes); "
        "write x[0] for one picture of a batch",
        ("x", (1, 1, 5, 5), 3, None),
    ),
    "a number for x": (
        (3, TAPS, {}),
        "x has shape () and the weight slides along 1 axes: x must be (channels, 1 sizes); write x[None] for a single channel",
        ("x", (), 2, None),
    ),
    "weight without kernel size": (
        (LINE, np.ones((4, 2)), {}),
        "weight has shape (4, 2): it must be (C_out, C_in / groups, kernel size of each axis), none of them 0",
        ("weight", (4, 2), 3, None),
    ),
    "weight without output channels": (
        (LINE, np.ones((0, 2, 3)), {}),
        "weight has shape (0, 2, 3): it must be (C_out, C_in / groups, kernel size of each axis), none of them 0",
        ("weight", (0, 2, 3), 3, None),
    ),
    "weight without input channels": (
        (np.ones((0, 5)), np.ones((4, 0, 3)), {}),
        "weight has shape (4, 0, 3): it must be (C_out, C_in / groups, kernel size of each axis), none of them 0",
        ("weight", (4, 0, 3), 3, None),
    ),
    "too many channels for the groups": (
        (np.ones((3, 5)), TAPS, {"groups": 2}),
        "groups 2 must divide the 4 output channels, and x must have groups × 2 = 4 channels; it has 3: "
        "change groups, or the channels of x or weight",
        ("groups", 2, 4, None),
    ),
    "groups that do not divide the filters": (
        (np.ones((6, 5)), TAPS, {"groups": 3}),
        "groups 3 must divide the 4 output channels, and x must have groups × 2 = 6 channels; it has 6: "
        "change groups, or the channels of x or weight",
        ("groups", 3, 4, None),
    ),
    "no groups": ((LINE, TAPS, {"groups": 0}), "groups is 0: it must be at least 1", ("groups", 0, 1, None)),
    "half a group": (
        (LINE, TAPS, {"groups": 0.5}),
        "groups is 0.5: it must be a whole number of at least 1",
        ("groups", 0.5, 1, None),
    ),
    "a bias for another number of channels": (
        (LINE, TAPS, {"bias": [1, 2]}),
        "bias has shape (2,): one number for each of the 4 output channels",
        ("bias", (2,), (4,), None),
    ),
    "one number for the bias": (
        (LINE, TAPS, {"bias": 1}),
        "bias has shape (): one number for each of the 4 output channels",
        ("bias", (), (4,), None),
    ),
    "too many strides": (
        (PLANE, WINDOW, {"stride": (1, 1, 1)}),
        "stride has 3 entries for 2 axes: write one number, or one an axis",
        ("stride", (1, 1, 1), 2, None),
    ),
    "too few dilations": (
        (PLANE, WINDOW, {"dilation": [1]}),
        "dilation has 1 entries for 2 axes: write one number, or one an axis",
        ("dilation", [1], 2, None),
    ),
    "too many paddings": (
        (LINE, TAPS, {"padding": (1, 1)}),
        "padding has 2 entries for 1 axes: write one number, one entry an axis, or a name",
        ("padding", (1, 1), 1, 0),
    ),
    "three sides": (
        (PLANE, WINDOW, {"padding": (0, (1, 2, 3))}),
        "padding has the entry (1, 2, 3): an axis takes a number, or a pair (before, after)",
        ("padding", (1, 2, 3), 2, 1),
    ),
    "a name for one axis": (
        (PLANE, WINDOW, {"padding": ("same", 0)}),
        "padding has the entry same: an axis takes a number, or a pair (before, after)",
        ("padding", "same", 2, 0),
    ),
    "half a cell of padding": (
        (PLANE, WINDOW, {"padding": 0.5}),
        "padding is 0.5: it must be a whole number of at least 0",
        ("padding", 0.5, 0, 0),
    ),
    "an unknown name": (
        (PLANE, WINDOW, {"padding": "half"}),
        'padding "half" is not one of valid, same, same_lower, full, causal',
        ("padding", "half", NAMED_PADDINGS, 0),
    ),
    # the axis that cannot be is named
    "same with a stride on the second axis": (
        (PLANE, WINDOW, {"padding": "same", "stride": (1, 2)}),
        'padding "same" needs stride 1, this stride is 2: set stride to 1, or write the padding as numbers (1 before, 1 after)',
        ("padding", "same", 1, 1),
    ),
    # ... and a stride of 0 is refused as such: writing numbers would not help
    "same with no stride at all": (
        (PLANE, WINDOW, {"padding": "same", "stride": 0}),
        "stride is 0: it must be at least 1",
        ("stride", 0, 1, 0),
    ),
    "same with half a dilation": (
        (PLANE, WINDOW, {"padding": "same", "dilation": 0.5}),
        "dilation is 0.5: it must be a whole number of at least 1",
        ("dilation", 0.5, 1, 0),
    ),
    "a kernel too wide on the second axis": (
        (PLANE, WINDOW, {"dilation": (1, 2)}),
        "kernel 3 with dilation 2 spans 5 cells; the padded input has 3: add 2 padding, or lower dilation to 1 or kernel to 2",
        ("kernel_size", 3, 2, 1),
    ),
    "a kernel without taps": (
        (LINE, np.ones((4, 2, 0)), {}),
        "kernel_size is 0: it must be at least 1",
        ("kernel_size", 0, 1, 0),
    ),
    "an input without cells": (
        (np.ones((1, 5, 0)), WINDOW, {"padding": 2}),
        "input_size is 0: it must be at least 1",
        ("input_size", 0, 1, 1),
    ),
    "a padding that cannot be filled on the second axis": (
        (PLANE, WINDOW, {"padding": ((3, 3), (0, 3)), "padding_mode": "reflect"}),
        "reflect padding of 3 after an input of 3: the edge itself is not repeated, so at most 2; "
        "lower the padding or fill it with zeros",
        ("after", 3, 2, 1),
    ),
    "an unknown mode": (
        (PLANE, WINDOW, {"padding_mode": "mirror"}),
        'padding_mode "mirror" is not one of zeros, reflect, replicate, circular',
        ("padding_mode", "mirror", PADDING_MODES, 0),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_names_parameter_value_limit_and_axis(name):
    (x, weight, options), message, attributes = REFUSED[name]
    with pytest.raises(GeometryError) as caught:
        convolution(x, weight, **options)
    error = caught.value
    assert str(error) == message
    assert (error.parameter, error.value, error.limit, error.axis) == attributes


@pytest.mark.parametrize("cell", [(0, 3, 0), (0, 0, 3), (1, 0, 0), (0, -1, 0), (0, 0), (0, 0, 0, 0), ()])
def test_a_step_outside_the_output_is_refused(cell):
    trace = convolution(np.ones((1, 5, 5)), WINDOW)
    with pytest.raises(GeometryError) as caught:
        trace.step(cell)
    assert str(caught.value) == f"output cell {cell} lies outside the output of shape (1, 3, 3)"
    assert (caught.value.parameter, caught.value.value, caught.value.limit) == ("cell", cell, (1, 3, 3))


def test_a_trace_does_not_change_with_the_arrays_it_was_made_from():
    x, weight = np.ones((1, 3, 3)), np.ones((1, 1, 2, 2))
    trace = convolution(x, weight)
    x[:], weight[:] = 100, 100
    step = trace.step((0, 0, 0))
    assert sum(term.value * term.weight for term in step.terms) == step.output == 4
    with pytest.raises(ValueError, match="read-only"):
        trace.input[0] = 1


def test_numpys_arrays_are_parameters_too():
    x, weight = np.ones((1, 5, 5)), np.ones((1, 1, 2, 2))
    by_array = convolution(x, weight, stride=np.array([1, 2]), padding=np.array([[0, 1], [1, 0]]), dilation=np.int64(2))
    by_number = convolution(x, weight, stride=(1, 2), padding=((0, 1), (1, 0)), dilation=2)
    assert by_array.axes == by_number.axes
