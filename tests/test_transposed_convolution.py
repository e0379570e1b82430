"""Transposed convolution: every configuration of an axis against torch, mixed axes, steps, its three readings, its examples.

All numbers are whole, so everything that agrees agrees exactly. The exhaustive test draws inputs and weights from thousands, so
that no two sums of products are alike by chance; the linear map of an axis, impulses under powers of 2, says who reads whom.
"""

import functools
import itertools
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import conv_transpose1d

from convviz import Axis, GeometryError, Place, TransposedAxis, convolution, transposed_convolution
from convviz.geometry import NAMED_PADDINGS
from tests.checks import derived, one_thread, refusal, same_array, whole  # noqa: F401 - a fixture
from tests.counted import counted
from tests.reference import REFUSALS, TWINS

QUAD = np.arange(4).reshape(1, 2, 2)
B2_INPUT = [[[4, 5, 8, 7], [1, 8, 8, 8], [3, 6, 6, 4], [6, 5, 7, 8]]]
B2_KERNEL = [[[[1, 4, 1], [1, 4, 3], [3, 3, 1]]]]


# --- One axis: every configuration ----------------------------------------------------------------------------------------

STAMPS = tuple(itertools.product(range(1, 10), range(1, 7), range(1, 5), range(1, 4), range(4)))
"""input_size, kernel_size, stride, dilation, output_padding"""
SIDES = tuple(itertools.product(range(6), repeat=2))


@functools.cache
def arrays(size, kernel_size, groups):
    """x and weight, for us and for torch: two channels a group in, and two out."""
    generator = np.random.default_rng((size, kernel_size, groups))
    ours = whole(generator, 2 * groups, size, high=9999), whole(generator, 2 * groups, 2, kernel_size, high=9999)
    ours = tuple(values.astype(np.float64) for values in ours)
    return ours, (torch.tensor(ours[0])[None], torch.tensor(ours[1]))


def linear_map(table, size):
    """Inputs × outputs: the sum of the powers of 2 through which they meet."""
    outputs, taps = table.reads.shape
    matrix = np.zeros((size + 1, outputs))
    np.add.at(matrix, (table.reads, np.arange(outputs)[:, None]), 2.0 ** np.arange(taps))  # NOTHING: the row behind the last
    return matrix[:size]


def torch_map(size, kernel_size, settings):
    impulses, powers = torch.eye(size, dtype=torch.float64)[:, None], 2.0 ** torch.arange(kernel_size, dtype=torch.float64)
    return conv_transpose1d(impulses, powers[None, None], **settings)[:, 0].numpy()


def torch_output(tensors, uncut, sides, settings):
    """The uncut output, cut; where both sides agree torch cuts itself. None where nothing is left, as torch says too."""
    before, after = sides
    if before != after:
        stop = uncut.shape[1] - after
        return uncut[:, before:stop] if before < stop else None
    try:
        return conv_transpose1d(*tensors, padding=before, **settings)[0].numpy()
    except RuntimeError as reason:
        if "Output size is too small" not in str(reason):
            raise
        return None


def refuses(x, weight, parameter, settings):
    error = refusal(transposed_convolution, x, weight, **settings)
    assert (error.parameter, error.axis) == (parameter, 0)
    return "refused"


def compare(stamp, groups):
    """One setting with all its sides; the linear map, which knows no groups, once."""
    size, kernel_size, stride, dilation, output_padding = stamp
    shared = {"stride": stride, "dilation": dilation, "output_padding": output_padding}
    settings = {**shared, "groups": groups}
    (x, weight), tensors = arrays(size, kernel_size, groups)
    try:
        uncut = conv_transpose1d(*tensors, **settings)[0].numpy()
    except RuntimeError as reason:
        if "output padding must be smaller than either stride or dilation" not in str(reason):
            raise
        return Counter(refuses(x, weight, "output_padding", {**settings, "padding": [sides]}) for sides in SIDES)
    reach = torch_map(size, kernel_size, shared) if groups == 1 else None
    counts = Counter()
    for sides in SIDES:
        expected = torch_output(tensors, uncut, sides, settings)
        if expected is None:
            counts[refuses(x, weight, "after" if sides[1] else "before", {**settings, "padding": [sides]})] += 1
            continue
        trace = transposed_convolution(x, weight, **settings, padding=[sides])
        assert trace.axes[0].output_size == expected.shape[1]
        same_array(trace.output, expected)
        if reach is not None:
            same_array(linear_map(trace.tables[0], size), reach[:, sides[0] : reach.shape[1] - sides[1]])
        counts["computed"] += 1
    return counts


@pytest.mark.parametrize("groups", [1, 2, 3])
def test_every_stamp_lands_where_torch_puts_it_or_is_refused(groups):
    counts = Counter()
    for stamp in STAMPS:
        counts += compare(stamp, groups)
    counted("transposed_convolution", "one axis, every one", counts)
    assert counts == {"computed": 60_315, "refused": 32_997}


# --- Several axes ---------------------------------------------------------------------------------------------------------


@st.composite
def cases(draw, largest=8, kernels=5, strides=4, pads=4, dilations=3, low=-9):
    """Arguments of a transposed convolution. One in ten has a channel too many, some too much padding or output_padding."""
    dimension = draw(st.integers(1, 3))
    size, kernel_size = (largest, kernels) if dimension < 3 else (min(largest, 4), min(kernels, 3))

    def per_axis(entries):
        return st.tuples(*[entries] * dimension)

    def some(entries):
        return entries | per_axis(entries)

    pad = st.integers(0, pads)
    padding = st.one_of(pad, per_axis(pad), per_axis(st.tuples(pad, pad)), per_axis(pad | st.tuples(pad, pad)))
    generator = np.random.default_rng(draw(st.integers(0, 10**6)))
    groups, per_group, filters = (draw(st.integers(1, most)) for most in (3, 2, 2))
    channels = groups * per_group
    extra = draw(st.sampled_from([0] * 9 + [1]))
    x = whole(generator, channels + extra, *draw(per_axis(st.integers(1, size))), low=low)
    weight = whole(generator, channels, filters, *draw(per_axis(st.integers(1, kernel_size))), low=low)
    options = {
        "bias": draw(st.sampled_from([None, whole(generator, groups * filters)])),
        "stride": draw(some(st.integers(1, strides))),
        "padding": draw(padding | st.sampled_from(NAMED_PADDINGS)),
        "output_padding": draw(st.just(0) | some(st.integers(0, 2))),
        "dilation": draw(some(st.integers(1, dilations))),
        "groups": groups,
    }
    return x, weight, options


def outcome(x, weight, options):
    """How it came out, here as there."""
    try:
        expected = TWINS["transposed_convolution"](x, weight, **options).numpy()
    except REFUSALS:
        refusal(transposed_convolution, x, weight, **options)
        return "refused"
    same_array(transposed_convolution(x, weight, **options).output, expected)
    return "computed"


def test_every_output_is_that_of_torch_and_what_torch_refuses_is_refused():
    counts, kinds = Counter(), Counter()

    @derived(1200)
    @given(cases())
    def matches(case):
        x, _, options = case
        counts[outcome(*case)] += 1
        kinds.update([f"{x.ndim - 1}-D", f"groups {options['groups']}", f"bias {options['bias'] is not None}"])

    matches()
    counted("transposed_convolution", "axes mixed", counts)
    assert counts["computed"] > 400
    assert counts["refused"] > 300
    assert len(kinds) == 8
    assert min(kinds.values()) > 100


# --- Steps, against torch's gradients -------------------------------------------------------------------------------------


def small_cases(low=-9):
    return cases(largest=4, kernels=3, strides=3, pads=2, dilations=2, low=low)


def jacobians(x, weight, options):
    """Of every output, how it answers to every input and to every weight."""
    arguments = tuple(torch.tensor(values, dtype=torch.float64) for values in (x, weight))
    jacobian = torch.autograd.functional.jacobian(lambda *pair: TWINS["transposed_convolution"](*pair, **options), arguments)
    return [each.numpy() for each in jacobian]


def place_of(position, axis):
    if not 0 <= position <= (axis.input_size - 1) * axis.stride:
        return Place.PADDING
    return Place.HOLE if position % axis.stride else Place.INPUT


def is_true_of_its_arrays(term, trace):
    """Its position lies on the input spread by the stride: on a cell, in a hole, or around it."""
    assert term.weight == trace.weight[term.weight_index]
    assert term.place == max(map(place_of, term.position, trace.axes))
    if term.place == Place.INPUT:
        spread = tuple(at * axis.stride for at, axis in zip(term.cell[1:], trace.axes, strict=True))
        assert (term.position, term.value) == (spread, trace.input[term.cell])
        assert term.cell[0] == term.weight_index[0]
    else:
        assert (term.cell, term.value) == (None, 0)


def terms_follow_the_taps(step, trace):
    """Channel by channel of the group, the taps of each as numpy counts: a later tap stands one dilation earlier."""
    _, filters, *kernel_size = trace.weight.shape
    per_group = len(trace.input) // trace.groups
    group, filter_index = divmod(step.cell[0], filters)
    channels = range(group * per_group, (group + 1) * per_group)
    taps = list(np.ndindex(*kernel_size))
    assert [term.weight_index for term in step.terms] == [(at, filter_index, *tap) for at in channels for tap in taps]
    starts = [at + axis.before for at, axis in zip(step.cell[1:], trace.axes, strict=True)]
    positions = [
        tuple(start - index * axis.dilation for start, index, axis in zip(starts, tap, trace.axes, strict=True)) for tap in taps
    ]
    assert [term.position for term in step.terms] == positions * per_group


def is_true_of_torch(step, trace, by_input, by_weight):
    """Each input was stamped with the weights that torch's gradient says, each weight scaled by the inputs."""
    met, used = np.zeros_like(trace.input), np.zeros_like(trace.weight)
    for term in step.terms:
        used[term.weight_index] += term.value
        if term.cell is not None:
            met[term.cell] += term.weight
    same_array(met, by_input[step.cell])
    same_array(used, by_weight[step.cell])


def explains_itself(x, weight, options):
    trace = transposed_convolution(x, weight, **options)
    by_input, by_weight = jacobians(x, weight, options)
    for cell in np.ndindex(*trace.output.shape):
        step = trace.step(cell)
        assert (step.cell, step.divisor, step.winner) == (cell, 1, None)
        assert step.bias == (0 if options["bias"] is None else options["bias"][cell[0]])
        assert sum(term.value * term.weight for term in step.terms) + step.bias == step.output == trace.output[cell]
        for term in step.terms:
            is_true_of_its_arrays(term, trace)
        terms_follow_the_taps(step, trace)
        is_true_of_torch(step, trace, by_input, by_weight)
    return trace.output.size


def test_every_step_shows_what_torch_multiplies_and_adds_up_to_its_output():
    counts = Counter()

    @derived(200)
    @given(small_cases())
    def explained(case):
        if outcome(*case) == "computed":
            counts.update(cases=1, steps=explains_itself(*case))

    explained()
    assert counts["cases"] > 70
    assert counts["steps"] > 2000


# --- Laws -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def generator():
    return np.random.default_rng(7)


def adjoint_settings(trace):
    """What the convolution is given that this one transposes."""
    axes = [axis.adjoint for axis in trace.axes]
    return axes, {
        "stride": [axis.stride for axis in axes],
        "padding": [(axis.before, axis.after) for axis in axes],
        "dilation": [axis.dilation for axis in axes],
        "groups": trace.groups,
    }


def is_adjoint(x, weight, options):
    """<convolution(z), x> = <z, transposed(x)>, the same weight in both."""
    trace = transposed_convolution(x, weight, **{**options, "bias": None})
    axes, settings = adjoint_settings(trace)
    z = whole(np.random.default_rng(x.size), *trace.output.shape)
    back = convolution(z, weight, **settings)
    assert back.axes == tuple(axes)
    assert [axis.input_size for axis in axes] == [axis.output_size for axis in trace.axes]
    # An output_padding of a stride or more, which dilation allows, makes room for windows that no input cell stamped.
    roomy = [axis.output_padding >= axis.stride for axis in trace.axes]
    assert [axis.output_size > size for axis, size in zip(axes, x.shape[1:], strict=True)] == roomy
    mine = back.output[tuple(map(slice, x.shape))]
    assert (mine * x).sum() == (z * trace.output).sum()
    return "roomy" if any(roomy) else "computed"


def test_it_is_the_adjoint_of_the_convolution_with_the_same_weight():
    counts = Counter()

    @derived(400)
    @given(cases())
    def law(case):
        if outcome(*case) == "computed":
            counts[is_adjoint(*case)] += 1

    law()
    assert counts["computed"] > 100
    assert counts["roomy"] > 5


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_matrix_of_a_convolution_transposed_is_the_transposed_convolution(generator, stride):
    """The third of three readings: row o of the matrix is what output o reads."""
    weight, size = whole(generator, 1, 1, 3, 2), (7, 6)
    cells = np.eye(np.prod(size)).reshape(-1, 1, *size)
    matrix = np.stack([convolution(cell, weight, stride=stride).output.ravel() for cell in cells], axis=1)
    trace = convolution(np.zeros((1, *size)), weight, stride=stride)
    y = whole(generator, *trace.output.shape)
    more = [axis.leftover for axis in trace.axes]
    back = transposed_convolution(y, weight, stride=stride, output_padding=more)
    same_array(back.output, (matrix.T @ y.ravel()).reshape(1, *size))


def spread_out(x, strides):
    """Zeros between the cells: stride - 1 of them."""
    spread = np.zeros((len(x), *((size - 1) * stride + 1 for size, stride in zip(x.shape[1:], strides, strict=True))))
    spread[(slice(None), *(slice(None, None, stride) for stride in strides))] = x
    return spread


def turned_round(weight, groups):
    """The kernel flipped on every axis, and its channels, in groups, the other way."""
    grouped = weight.reshape(groups, -1, *weight.shape[1:]).swapaxes(1, 2)
    return np.flip(grouped.reshape(-1, *grouped.shape[2:]), tuple(range(2, weight.ndim)))


def by_inserting_zeros(x, weight, options):
    """The second of three readings: zeros in, zeros around, and a plain convolution with the kernel turned round."""
    axes = transposed_convolution(x, weight, **options).axes
    reaches = [axis.dilation * (axis.kernel_size - 1) for axis in axes]
    spread = spread_out(x, [axis.stride for axis in axes])
    around = [(reach, reach + axis.output_padding) for reach, axis in zip(reaches, axes, strict=True)]
    uncut = convolution(
        spread,
        turned_round(weight, options["groups"]),
        bias=options["bias"],
        padding=around,
        dilation=[axis.dilation for axis in axes],
        groups=options["groups"],
    ).output
    return uncut[(slice(None), *(slice(axis.before, axis.before + axis.output_size) for axis in axes))]


def test_it_is_a_plain_convolution_over_the_input_with_zeros_inserted():
    counts = Counter()

    @derived(400)
    @given(cases())
    def law(case):
        if outcome(*case) == "computed":
            counts["computed"] += 1
            same_array(transposed_convolution(case[0], case[1], **case[2]).output, by_inserting_zeros(*case))

    law()
    assert counts["computed"] > 100


def test_every_input_cell_stamps_the_kernel_scaled_by_its_value(generator):
    """The first of three readings."""
    x, weight = whole(generator, 1, 3, 4), whole(generator, 1, 1, 3, 2)
    stamps = np.zeros((7, 8))
    for (row, column), value in np.ndenumerate(x[0]):
        stamps[2 * row :, 2 * column :][:3, :2] += value * weight[0, 0]
    same_array(transposed_convolution(x, weight, stride=2).output, [stamps])


def test_padding_cuts_what_it_would_have_added_to_the_convolution(generator):
    x, weight = whole(generator, 2, 4, 5), whole(generator, 2, 1, 3, 4)
    uncut = transposed_convolution(x, weight, stride=2).output
    sides = ((1, 0), (2, 3))
    same_array(transposed_convolution(x, weight, stride=2, padding=sides).output, uncut[:, 1:, 2:-3])


def test_groups_are_transposed_convolutions_side_by_side(generator):
    x, weight, bias = whole(generator, 6, 3, 4), whole(generator, 6, 2, 3, 2), whole(generator, 6)
    apart = [
        transposed_convolution(x[2 * group :][:2], weight[2 * group :][:2], bias=bias[2 * group :][:2], stride=2).output
        for group in range(3)
    ]
    same_array(transposed_convolution(x, weight, bias=bias, stride=2, groups=3).output, np.concatenate(apart))


def test_it_restores_the_shape_of_every_convolution_and_not_its_values(generator):
    for size, stride in itertools.product(range(3, 9), (1, 2, 3)):
        x, weight = whole(generator, 1, size, low=1), whole(generator, 1, 1, 3, low=1)
        there = convolution(x, weight, stride=stride, padding=1)
        back = transposed_convolution(there.output, weight, stride=stride, padding=1, output_padding=there.axes[0].leftover)
        assert back.output.shape == x.shape
        assert (back.output != x).any()


# --- The worked examples --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "weight", "options", "expected"),
    [
        # A20, input and kernel alike
        (QUAD, QUAD[None], {}, [[0, 0, 1], [0, 4, 6], [4, 12, 9]]),
        # A20, with stride 2 the stamps do not overlap
        (QUAD, QUAD[None], {"stride": 2}, [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]),
        # A20, the lectures' example
        ([[[2, 1], [4, 4]]], B2_KERNEL, {}, [[2, 9, 6, 1], [6, 29, 30, 7], [10, 29, 33, 13], [12, 24, 16, 4]]),
    ],
)
def test_worked_example(x, weight, options, expected):
    same_array(transposed_convolution(x, weight, **options).output, [expected])
    same_array(TWINS["transposed_convolution"](x, weight, **options), [expected])


def test_it_is_no_inverse():
    """A20 of the mission: sent back, the output of B2 gives 1274 in the middle where 8 was."""
    there = convolution(B2_INPUT, B2_KERNEL)
    assert there.output.tolist() == [[[122, 148], [126, 134]]]
    back = transposed_convolution(there.output, B2_KERNEL).output
    assert back.shape == there.input.shape
    assert (back[0, 1, 1], there.input[0, 1, 1]) == (1274, 8)
    same_array(back, TWINS["transposed_convolution"](there.output, B2_KERNEL))


def test_five_and_six_both_make_three_and_output_padding_picks_between_them():
    """A21 of the mission."""
    assert [convolution(np.ones((1, size)), np.ones((1, 1, 3)), stride=2, padding=1).output.shape for size in (5, 6)] == [
        (1, 3)
    ] * 2
    for output_padding, size in ((0, 5), (1, 6)):
        options = {"stride": 2, "padding": 1, "output_padding": output_padding}
        trace = transposed_convolution([[1, 2, 3]], [[[1, 10, 100]]], **options)
        assert trace.output.tolist() == [[10, 102, 20, 203, 30, 300][:size]]
        assert trace.axes[0].adjoint == Axis(size, 3, 2, 1, 1)


def written(size, **options):
    """How often each output cell is written."""
    return transposed_convolution(
        np.ones((1, *size)), np.ones((1, 1, *[options.pop("kernel_size")] * len(size))), **options
    ).output[0]


def test_a_checkerboard_of_one_two_and_four():
    """A22 of the mission: k3 s2 writes some cells once, some twice, some four times."""
    assert written((4,), kernel_size=3, stride=2).tolist() == [1, 1, 2, 1, 2, 1, 2, 1, 1]
    counts = written((4, 4), kernel_size=3, stride=2)
    assert set(counts.ravel()) == {1, 2, 4}
    assert counts[1:-1, 1:-1].tolist() == [[1, 2, 1, 2, 1, 2, 1], [2, 4, 2, 4, 2, 4, 2]] * 3 + [[1, 2, 1, 2, 1, 2, 1]]


def test_a_kernel_that_the_stride_divides_writes_every_cell_alike():
    assert (written((4, 4), kernel_size=4, stride=2)[2:-2, 2:-2] == 4).all()
    assert (written((3, 3), kernel_size=2, stride=2) == 1).all()
    # A stride beyond the kernel leaves cells that nothing writes.
    assert written((3,), kernel_size=1, stride=3).tolist() == [1, 0, 0, 1, 0, 0, 1]


@pytest.mark.parametrize(
    ("size", "kernel_size", "stride", "padding", "output_padding", "output_size"),
    [
        # no padding, no strides
        (2, 3, 1, 0, 0, 4),
        # arbitrary padding
        (6, 4, 1, 2, 0, 5),
        # same padding
        (5, 3, 1, 1, 0, 5),
        # full padding
        (7, 3, 1, 2, 0, 5),
        # no padding, strides
        (2, 3, 2, 0, 0, 5),
        # padding, strides
        (3, 3, 2, 1, 0, 5),
        # padding, strides, odd: the larger of the sizes that share 3
        (3, 3, 2, 1, 1, 6),
    ],
)
def test_a_canonical_configuration(generator, size, kernel_size, stride, padding, output_padding, output_size):
    x, weight = whole(generator, 1, size, size), whole(generator, 1, 1, kernel_size, kernel_size)
    options = {"stride": stride, "padding": padding, "output_padding": output_padding}
    trace = transposed_convolution(x, weight, **options)
    assert trace.output.shape == (1, output_size, output_size)
    same_array(trace.output, TWINS["transposed_convolution"](x, weight, **options))
    assert {axis.adjoint for axis in trace.axes} == {Axis(output_size, kernel_size, stride, padding, padding)}


def written_out(step):
    return f"{' + '.join(f'{term.value:.0f}×{term.weight:.0f}' for term in step.terms)} = {step.output:.0f}"


def test_the_middle_of_the_first_example_is_met_by_every_weight_once():
    step = transposed_convolution(QUAD, QUAD[None]).step((0, 1, 1))
    assert written_out(step) == "3×0 + 2×1 + 1×2 + 0×3 = 4"
    assert [term.cell for term in step.terms] == [(0, 1, 1), (0, 1, 0), (0, 0, 1), (0, 0, 0)]


def test_between_the_stamps_of_the_strided_example_there_are_holes():
    step = transposed_convolution(QUAD, QUAD[None], stride=2).step((0, 3, 2))
    assert written_out(step) == "0×0 + 0×1 + 3×2 + 0×3 = 6"
    # The last row of the output lies beyond the spread input for the first row of taps; a hole there is a hole.
    assert [term.place for term in step.terms] == [Place.PADDING, Place.HOLE, Place.INPUT, Place.HOLE]
    assert [term.position for term in step.terms] == [(3, 2), (3, 1), (2, 2), (2, 1)]


def test_the_spread_input_with_its_surroundings_is_drawn():
    trace = transposed_convolution([[1, 2, 3]], [[[1, 1, 1]]], stride=2)
    assert trace.axes[0].extent == (-2, 7)
    for axis in (*trace.axes, TransposedAxis(3, 3, 2, 1, 1, 1, 1), TransposedAxis(1, 2, dilation=3, output_padding=2)):
        first, behind = axis.extent
        positions = axis.table().positions
        assert first <= min(0, positions.min())
        assert behind > max((axis.input_size - 1) * axis.stride, positions.max())


# --- Numbers and refusals -------------------------------------------------------------------------------------------------


def test_bytes_do_not_overflow():
    x, weight = np.full((1, 2, 2), 200, np.uint8), np.full((1, 1, 2, 2), 100, np.uint8)
    trace = transposed_convolution(x, weight)
    assert trace.output[0, 1, 1] == 80_000
    assert {values.dtype for values in (trace.input, trace.weight, trace.bias, trace.output)} == {np.dtype(np.float64)}


LINE, TAPS = np.ones((4, 5)), np.ones((4, 2, 3))
PLANE, WINDOW = np.ones((1, 5, 2)), np.ones((1, 1, 3, 3))

REFUSED = {
    "output_padding beyond stride and dilation": (
        (LINE, TAPS, {"stride": 2, "output_padding": 2}),
        "output_padding 2 must be smaller than stride 2 or dilation 1: it only chooses among the output sizes that one stride "
        "apart share an input size; lower it to 1",
        ("output_padding", 2, 1, {"output_padding": 1}, 0),
    ),
    "output_padding on the second axis": (
        (PLANE, WINDOW, {"stride": (2, 1), "output_padding": 1}),
        "output_padding 1 must be smaller than stride 1 or dilation 1: it only chooses among the output sizes that one stride "
        "apart share an input size; lower it to 0",
        ("output_padding", 1, 0, {"output_padding": 0}, 1),
    ),
    "negative output_padding": (
        (LINE, TAPS, {"output_padding": -1}),
        "output_padding is -1: it must be at least 0",
        ("output_padding", -1, 0, {"output_padding": 0}, 0),
    ),
    "half an output_padding": (
        (LINE, TAPS, {"output_padding": 0.5}),
        "output_padding is 0.5: it must be a whole number of at least 0",
        ("output_padding", 0.5, 0, {"output_padding": 0}, 0),
    ),
    "all cut away on the second axis": (
        (PLANE, WINDOW, {"padding": 2}),
        "padding 2 before and 2 after cuts away all 4 cells of the output: cut at most 3",
        ("after", 2, 3, {"before": 1, "after": 1}, 1),
    ),
    "all cut away in front": (
        (PLANE, WINDOW, {"padding": (0, (4, 0))}),
        "padding 4 before and 0 after cuts away all 4 cells of the output: cut at most 3",
        ("before", 4, 3, {"before": 3, "after": 0}, 1),
    ),
    "negative padding": (
        (LINE, TAPS, {"padding": -1}),
        "padding is -1: it must be at least 0",
        ("padding", -1, 0, {"padding": 0}, 0),
    ),
    "same with a stride": (
        (LINE, TAPS, {"padding": "same", "stride": 2}),
        'padding "same" needs stride 1, this stride is 2: set stride to 1, or write the padding as numbers (1 before, 1 after)',
        ("padding", "same", 1, {"before": 1, "after": 1}, 0),
    ),
    "no stride": ((LINE, TAPS, {"stride": 0}), "stride is 0: it must be at least 1", ("stride", 0, 1, {"stride": 1}, 0)),
    "no dilation": (
        (LINE, TAPS, {"dilation": 0}),
        "dilation is 0: it must be at least 1",
        ("dilation", 0, 1, {"dilation": 1}, 0),
    ),
    "no groups": ((LINE, TAPS, {"groups": 0}), "groups is 0: it must be at least 1", ("groups", 0, 1, {"groups": 1}, None)),
    "groups that do not divide the channels": (
        (LINE, TAPS, {"groups": 3}),
        "groups 3 must divide the 4 channels of x, and weight, (C_in, C_out / groups, …), must have as many in front; "
        "it has 4: change groups, or the channels of x or weight",
        ("groups", 3, 4, {}, None),
    ),
    # laid out as a convolution's, outputs first
    "a weight for another number of channels": (
        (LINE, np.ones((2, 4, 3)), {}),
        "groups 1 must divide the 4 channels of x, and weight, (C_in, C_out / groups, …), must have as many in front; "
        "it has 2: change groups, or the channels of x or weight",
        ("groups", 1, 4, {}, None),
    ),
    "a weight without kernel size": (
        (LINE, np.ones((4, 2)), {}),
        "weight has shape (4, 2): it must be (C_in, C_out / groups, kernel size of each axis), none of them 0",
        ("weight", (4, 2), 3, {}, None),
    ),
    "a weight without channels": (
        (np.ones((0, 5)), np.ones((0, 2, 3)), {}),
        "weight has shape (0, 2, 3): it must be (C_in, C_out / groups, kernel size of each axis), none of them 0",
        ("weight", (0, 2, 3), 3, {}, None),
    ),
    "x without channels": (
        (np.ones((5, 5)), WINDOW, {}),
        "x has shape (5, 5) and the weight is stamped along 2 axes: x must be (channels, 2 sizes); "
        "write x[None] for a single channel",
        ("x", (5, 5), 3, {}, None),
    ),
    "a bias for the channels of the input": (
        (LINE, TAPS, {"bias": [1, 2, 3, 4]}),
        "bias has shape (4,): one number for each of the 2 output channels",
        ("bias", (4,), (2,), {}, None),
    ),
    "too many output_paddings": (
        (LINE, TAPS, {"output_padding": (0, 0)}),
        "output_padding has 2 entries for 1 axes: write one number, or one an axis",
        ("output_padding", (0, 0), 1, {}, None),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_teaches_what_was_asked_what_is_possible_and_a_way_out(name):
    (x, weight, options), message, attributes = REFUSED[name]
    error = refusal(transposed_convolution, x, weight, **options)
    assert str(error) == message
    assert (error.parameter, error.value, error.limit, error.remedy, error.axis) == attributes


def refusals_met(settings, sides):
    """How often a learner is refused who applies every remedy."""
    met = 0
    while met < 5:
        try:
            transposed_convolution([[1, 2]], [[[1, 2, 3]]], padding=[(sides["before"], sides["after"])], **settings)
        except GeometryError as error:
            met += 1
            settings = {**settings, **{name: value for name, value in error.remedy.items() if name in settings}}
            sides = {**sides, **{name: value for name, value in error.remedy.items() if name in sides}}
        else:
            return met
    raise AssertionError(f"no way out: {settings}, {sides}")


def test_whatever_is_refused_works_once_its_remedies_are_applied():
    counts = Counter()
    for stride, dilation, output_padding, before, after in itertools.product((1, 2), (1, 3), range(4), range(9), range(9)):
        settings = {"stride": stride, "dilation": dilation, "output_padding": output_padding}
        counts[refusals_met(settings, {"before": before, "after": after})] += 1
    # Two: output_padding is lowered first, and then the padding cuts everything away.
    assert counts == {0: 338, 1: 576, 2: 382}
