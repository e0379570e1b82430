"""Pooling: every configuration of an axis against torch, mixed axes, steps, what is no number, and the lectures' examples.

The exhaustive tests feed impulses, a channel for each input cell: where an output answers, its window reads. Ramps say which
end of a window a maximum took, a flat line which of equal cells, and whole numbers with few values do the rest.
"""

import functools
import itertools
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from convviz import AdaptiveAxis, Axis, GeometryError, Place, adaptive_pooling, convolution, pooling
from convviz.geometry import NOTHING
from convviz.operations.pooling import POOLING_KINDS
from tests.checks import derived, one_thread, refusal, same_array, whole  # noqa: F401 - a fixture
from tests.counted import counted
from tests.reference import REFUSALS, TWINS, adaptive_max_pooling_indices, max_pooling_indices

NUMERIC = [[[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]]
WINDOWS_DIVIDE = 27_720**2
"""By every length of a window up to 12, on two axes: averages stay whole."""


def nearly_same_array(ours, theirs):
    """A root is as exact as its library: the last bits may differ."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert (np.abs(ours - theirs) <= 1e-13 * np.abs(theirs)).all(), f"{ours}\nis not\n{theirs}"


# --- One axis: every configuration ----------------------------------------------------------------------------------------

WINDOWS = tuple(itertools.product(range(1, 37), range(1, 8), range(1, 7), range(4)))
"""input_size, kernel_size, stride, padding"""
DILATIONS = range(1, 6)
NORMS = (1, 2, 3)


@functools.cache
def lines(size):
    """(channels, size), for us and for torch: impulses, a ramp up and down, a flat line, and few values in any order."""
    ramp, few = np.arange(1.0, size + 1), whole(np.random.default_rng(size), 2, size, low=-2, high=2)
    ours = np.vstack([np.eye(size), ramp, ramp[::-1], np.full(size, -3), few])
    ours.setflags(write=False)
    return ours, torch.tensor(ours)


def torch_objects_to(reason):
    """The parameter that torch's message is about."""
    if "at most half of" in reason or "or equal to half of" in reason:
        return "padding"
    assert "output size" in reason
    return "kernel_size"


def compare(twin, agrees, window, **options):
    """Either both compute and agree, or both refuse for the same reason."""
    size, kernel_size, stride, padding = window
    x, tensor = lines(size)
    options |= {"stride": stride, "padding": padding}
    try:
        expected = twin(tensor, kernel_size, **options)
    except RuntimeError as reason:
        expected = str(reason)
    if isinstance(expected, str):
        error = refusal(pooling, x, kernel_size, **options)
        assert (error.parameter, error.axis) == (torch_objects_to(expected), 0)
        return "refused"
    agrees(pooling(x, kernel_size, **options), expected)
    return "computed"


def test_every_maximum_is_that_of_torch_with_its_position_or_its_refusal():
    def agrees(trace, expected):
        values, indices = (array.numpy() for array in expected)
        assert trace.axes[0].output_size == values.shape[1]
        same_array(trace.output, values)
        # Of a window without a cell torch remembers a position outside the input, we none.
        outside = (trace.tables[0].reads == NOTHING).all(axis=1)
        assert ((indices >= trace.input.shape[1]) == outside).all()
        same_array(trace.indices, np.where(outside, NOTHING, indices))

    counts = Counter(
        compare(max_pooling_indices, agrees, window, dilation=dilation, ceil_mode=ceil_mode)
        for window in WINDOWS
        for dilation in DILATIONS
        for ceil_mode in (False, True)
    )
    assert counted("pooling", "maximum along one axis, every one", counts) == {"computed": 31_767, "refused": 28_713}


def test_every_average_is_that_of_torch_with_its_divisor_or_its_refusal():
    def agrees(trace, expected):
        expected = expected.numpy()
        assert trace.axes[0].output_size == expected.shape[1]
        same_array(trace.output, expected)
        # The largest answer to an impulse is one part of as many as were counted.
        same_array(trace.divisors, np.rint(1 / expected[: trace.input.shape[1]].max(axis=0)))

    counts = Counter(
        compare(TWINS["pooling"], agrees, window, kind="average", ceil_mode=ceil_mode, count_include_pad=count_include_pad)
        for window in WINDOWS
        for ceil_mode in (False, True)
        for count_include_pad in (False, True)
    )
    assert counted("pooling", "average along one axis, every one", counts) == {"computed": 15_848, "refused": 8_344}


def test_every_norm_is_made_of_the_windows_of_torch_or_refused_with_them():
    def agrees(trace, expected):
        assert trace.axes[0].output_size == expected.shape[1]
        nearly_same_array(trace.output, expected)
        same_array(trace.divisors, np.ones(expected.shape[1]))

    counts = Counter(
        compare(TWINS["pooling"], agrees, window, kind="lp", norm_type=norm_type, ceil_mode=ceil_mode)
        for window in WINDOWS
        for norm_type in NORMS
        for ceil_mode in (False, True)
    )
    assert counted("pooling", "norm along one axis, every one", counts) == {"computed": 23_772, "refused": 12_516}


# --- Several axes ---------------------------------------------------------------------------------------------------------


def numbers(generator, channels, sizes, values):
    """Whole numbers, few enough for ties, or mixed with what is no number."""
    x = generator.choice(np.array(values), (channels, *sizes))
    return x.astype(np.float64)


FEW = range(-4, 5)
STRANGE = (np.nan, np.inf, -np.inf, -np.inf, -1, 0, 1, 2)


@st.composite
def cases(draw, kinds=POOLING_KINDS, values=FEW, largest=12, dimensions=(1, 2, 3), uneven=True):
    """Arguments of a pooling. Some have padding beyond half the kernel, some a window too wide, some a needless dilation."""
    dimension = draw(st.sampled_from(dimensions))
    size, kernel_size = (largest, 5) if dimension < 3 else (min(largest, 6), 3)

    def per_axis(entries):
        return st.tuples(*[entries] * dimension)

    def some(entries):
        return entries | per_axis(entries)

    kind, kernel_sizes = draw(st.sampled_from(kinds)), draw(some(st.integers(1, kernel_size)))
    pad = st.integers(0, np.min(kernel_sizes) // 2 + draw(st.sampled_from([0] * 5 + [1])))
    pairs = per_axis(pad | st.tuples(pad, pad)) if uneven else per_axis(pad)
    generator = np.random.default_rng(draw(st.integers(0, 10**6)))
    x = numbers(generator, draw(st.integers(1, 3)), draw(per_axis(st.integers(1, size))), values)
    options = {
        "kind": kind,
        "norm_type": draw(st.sampled_from([1, 2, 3, 4, 2.5])),
        "stride": draw(st.none() | some(st.integers(1, 4))),
        "padding": draw(pad | pairs),
        "dilation": draw(some(st.integers(1, 3) if kind == "max" else st.sampled_from([1] * 30 + [2]))),
        "ceil_mode": draw(st.booleans()),
        "count_include_pad": draw(st.booleans()),
    }
    return x, kernel_sizes, options


def outcome(case):
    """How it came out, here as there."""
    x, kernel_size, options = case
    try:
        expected = TWINS["pooling"](x, kernel_size, **options).numpy()
    except REFUSALS:
        assert refusal(pooling, x, kernel_size, **options).parameter in {"padding", "kernel_size", "dilation"}
        return "refused"
    output = pooling(x, kernel_size, **options).output
    (nearly_same_array if options["kind"] == "lp" else same_array)(output, expected)
    return "computed"


def test_every_output_is_that_of_torch_and_what_torch_refuses_is_refused():
    counts, kinds = Counter(), Counter()

    @derived(1200)
    @given(cases())
    def agrees(case):
        x, _, options = case
        counts[outcome(case)] += 1
        kinds.update([f"{x.ndim - 1}-D {options['kind']}", f"ceil {options['ceil_mode']}"])

    agrees()
    counted("pooling", "axes mixed", counts)
    assert counts["computed"] > 600
    assert counts["refused"] > 300
    assert len(kinds) == 3 * len(POOLING_KINDS) + 2
    assert min(kinds.values()) > 60


def without_a_cell(trace):
    """(*output sizes): whether a window reads no cell at all."""
    return functools.reduce(np.logical_or.outer, [(table.reads == NOTHING).all(axis=1) for table in trace.tables])


def remembers_what_torch_does(case):
    """Values and positions, of windows that read anything; the others are -inf and have none."""
    x, kernel_size, options = case
    options = {name: options[name] for name in ("stride", "padding", "dilation", "ceil_mode")}
    try:
        values, indices = max_pooling_indices(x, kernel_size, **options)
    except RuntimeError:
        return "refused"
    trace = pooling(x, kernel_size, **options)
    empty = np.broadcast_to(without_a_cell(trace), values.shape)
    same_array(trace.output, values)
    same_array(trace.indices, np.where(empty, NOTHING, indices))
    assert (trace.output[empty] == -np.inf).all()
    return "no cell" if empty.any() else "computed"


@pytest.mark.parametrize("values", [FEW, STRANGE], ids=["few numbers", "no numbers"])
def test_maxima_and_their_positions_are_those_of_torch_through_ties_infinities_and_what_is_no_number(values):
    counts = Counter()

    @derived(500)
    @given(cases(kinds=["max"], values=values, uneven=False))
    def agrees(case):
        counts[remembers_what_torch_does(case)] += 1

    agrees()
    assert counts["computed"] > 250
    assert counts["no cell"] > 5


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_what_is_no_number_is_found_wherever_it_stands(dimension):
    """Every placement of NaN, +inf, -inf among four cells, and one window over all of them."""
    for cells in itertools.product((np.nan, np.inf, -np.inf, 1), repeat=4):
        x = np.array(cells).reshape(1, *{1: (4,), 2: (2, 2), 3: (1, 2, 2)}[dimension])
        values, indices = max_pooling_indices(x, x.shape[1:])
        trace = pooling(x, x.shape[1:])
        same_array(trace.output, values)
        same_array(trace.indices, indices)
        same_array(trace.output, TWINS["pooling"](x, x.shape[1:]))
        adaptive = adaptive_pooling(x, 1, kind="max")
        same_array(adaptive.output, values)
        same_array(adaptive.indices, indices)


@pytest.mark.parametrize(
    ("line", "value", "index"),
    [
        # a tie goes to the first
        ([1, 3, 3, 3], 3, 1),
        # ... of zeros too, whatever their sign
        ([-0.0, 0.0, -0.0], 0, 0),
        # nothing but -inf: the first
        ([-np.inf, -np.inf], -np.inf, 0),
        ([-np.inf, np.inf, np.inf], np.inf, 1),
        # NaN beats infinity, before it and behind it
        ([np.inf, np.nan, 1], np.nan, 1),
        ([np.nan, np.inf, 1], np.nan, 0),
        # a tie of NaNs goes to the last
        ([np.nan, 1, np.nan, 2], np.nan, 2),
    ],
)
def test_who_wins(line, value, index):
    trace = pooling([line], len(line))
    same_array(trace.output, [[value]])
    assert trace.indices.tolist() == [[index]]
    assert trace.step((0, 0)).winner.cell == (0, index)
    same_array(trace.output, TWINS["pooling"]([line], len(line)))
    for theirs, ours in zip(max_pooling_indices([line], len(line)), (trace.output, trace.indices), strict=True):
        same_array(ours, theirs)


# --- Adaptive -------------------------------------------------------------------------------------------------------------


def agrees_adaptively(x, output_size):
    """Average, maximum and its positions; the values are whole multiples of every window's size."""
    average, largest = adaptive_pooling(x, output_size), adaptive_pooling(x, output_size, kind="max")
    same_array(average.output, TWINS["adaptive_pooling"](x, output_size))
    values, indices = adaptive_max_pooling_indices(x, output_size)
    same_array(largest.output, values)
    same_array(largest.indices, indices)
    same_array(largest.output, TWINS["adaptive_pooling"](x, output_size, kind="max"))
    return Counter(computed=2)


def test_every_adaptive_axis_has_the_values_and_positions_of_torch():
    counts = Counter()
    for size, output_size in itertools.product(range(1, 13), repeat=2):
        counts += agrees_adaptively(lines(size)[0] * WINDOWS_DIVIDE, output_size)
    assert counted("adaptive_pooling", "one axis, every one", counts) == {"computed": 288}


def test_adaptive_axes_that_differ_are_not_mistaken_for_each_other():
    generator, counts = np.random.default_rng(5), Counter()
    sizes = tuple(itertools.product(range(1, 6), repeat=2))
    for size, output_size in itertools.product(sizes, repeat=2):
        counts += agrees_adaptively(numbers(generator, 2, size, FEW) * WINDOWS_DIVIDE, output_size)
    assert counted("adaptive_pooling", "two axes, every one", counts) == {"computed": 1_250}
    for seed in range(150):
        size, output_size = whole(generator, 3, low=1, high=6), whole(generator, 3, low=1, high=6).tolist()
        output_size[seed % 4 : seed % 4 + 1] = [None] * (seed % 4 < 3)
        agrees_adaptively(numbers(generator, 2, size, FEW) * WINDOWS_DIVIDE, tuple(output_size))


def test_none_leaves_an_axis_as_it_is():
    x = np.arange(60).reshape(1, 3, 4, 5)
    trace = adaptive_pooling(x, (None, 2, None), kind="max")
    assert trace.axes == (AdaptiveAxis(3, 3), AdaptiveAxis(4, 2), AdaptiveAxis(5, 5))
    same_array(trace.output, x[:, :, 1::2])


def test_an_adaptive_pooling_that_divides_is_a_pooling():
    x = numbers(np.random.default_rng(3), 2, (6, 8), FEW)
    for kind in ("average", "max"):
        same_array(adaptive_pooling(x, (3, 2), kind=kind).output, pooling(x, (2, 4), kind=kind).output)


# --- Steps ----------------------------------------------------------------------------------------------------------------


def place_of(position, axis):
    if 0 <= position < axis.input_size:
        return Place.INPUT
    return Place.PADDING if -axis.before <= position < axis.input_size + axis.after else Place.OVERHANG


def expected_terms(step, trace):
    """(position, place) of each tap, the last axis fastest."""
    starts = [at * axis.stride - axis.before for at, axis in zip(step.cell[1:], trace.axes, strict=True)]
    for taps in np.ndindex(*(axis.kernel_size for axis in trace.axes)):
        position = tuple(start + tap * axis.dilation for start, tap, axis in zip(starts, taps, trace.axes, strict=True))
        yield position, max(map(place_of, position, trace.axes))


def is_true_of_its_arrays(step, trace):
    assert [(term.position, term.place) for term in step.terms] == list(expected_terms(step, trace))
    for term in step.terms:
        assert (term.weight_index, term.weight) == (None, 1)
        assert (term.cell is None) == (term.place != Place.INPUT)
        if term.cell is None:
            assert term.value == (-np.inf if trace.reduction == "max" else 0)
        else:
            assert term.cell == (step.cell[0], *term.position)
            assert term.value == trace.input[term.cell]


def takes_the_largest(step, trace):
    assert step.output == max(term.value for term in step.terms)
    if step.winner is None:
        assert all(term.cell is None for term in step.terms)
        assert trace.indices[step.cell] == NOTHING
    else:
        assert step.winner in step.terms
        # The first of the largest.
        assert step.winner == next(term for term in step.terms if term.cell and term.value == step.output)
        assert trace.indices[step.cell] == np.ravel_multi_index(step.winner.cell[1:], trace.input.shape[1:])


def divides_by_what_counts(step, trace):
    counting = {Place.INPUT, Place.PADDING} if trace.count_include_pad else {Place.INPUT}
    assert step.divisor == sum(term.place in counting for term in step.terms)
    assert step.output == sum(term.value * term.weight for term in step.terms) / step.divisor


def is_the_norm(step, trace):
    powers = sum(abs(term.value) ** trace.norm_type for term in step.terms)
    assert step.output == pytest.approx(powers ** (1 / trace.norm_type), rel=1e-12)


EXPLAINED = {"max": takes_the_largest, "average": divides_by_what_counts, "lp": is_the_norm}


def explains_itself(trace):
    for cell in np.ndindex(*trace.output.shape):
        step = trace.step(cell)
        assert (step.cell, step.output, step.bias) == (cell, trace.output[cell], 0)
        assert step.divisor == trace.divisors[cell[1:]]
        assert trace.reduction == "max" or step.winner is None
        is_true_of_its_arrays(step, trace)
        EXPLAINED[trace.reduction](step, trace)
    return trace.output.size


def torch_divisors(case, cells):
    """By a map of ones: what remains of as many ones as cells were read."""
    x, kernel_size, options = case
    return np.rint(cells / TWINS["pooling"](np.ones_like(x[:1]), kernel_size, **options).numpy())


def test_every_step_explains_its_output_and_counts_what_torch_counts():
    counts = Counter()

    @derived(600)
    @given(cases(largest=5))
    def agrees(case):
        if outcome(case) == "refused":
            return
        x, kernel_size, options = case
        trace = pooling(x, kernel_size, **options)
        counts[options["kind"]] += 1
        counts["steps"] += explains_itself(trace)
        counts["overhang"] += any((table.places == Place.OVERHANG).any() for table in trace.tables)
        if options["kind"] == "average":
            steps = [trace.step((0, *at)) for at in np.ndindex(*trace.output.shape[1:])]
            cells = [sum(term.place == Place.INPUT for term in step.terms) for step in steps]
            same_array(trace.divisors[None], torch_divisors(case, np.reshape(cells, (1, *trace.output.shape[1:]))))

    agrees()
    assert all(counts[kind] > 40 for kind in (*POOLING_KINDS, "overhang")), counts
    assert counts["steps"] > 1500


def is_the_window_of(step, trace):
    """What was read, in order, is the box that the axes cut out."""
    windows = [axis.reads(at) for axis, at in zip(trace.axes, step.cell[1:], strict=True)]
    read = [term for term in step.terms if term.cell is not None]
    assert [term.cell for term in read] == list(itertools.product([step.cell[0]], *windows))
    assert all(term.place == Place.INPUT and term.value == trace.input[term.cell] for term in read)
    # Shorter windows leave taps over: nothing is there.
    assert {term.place for term in step.terms if term.cell is None} <= {Place.ABSENT}
    return read


def test_every_step_of_an_adaptive_pooling_explains_its_output():
    x = numbers(np.random.default_rng(1), 2, (5, 4), FEW)
    steps = 0
    for output_size in itertools.product(range(1, 7), repeat=2):
        average, largest = adaptive_pooling(x, output_size), adaptive_pooling(x, output_size, kind="max")
        for cell in np.ndindex(*average.output.shape):
            step = average.step(cell)
            values = [term.value for term in is_the_window_of(step, average)]
            assert (step.divisor, step.winner) == (len(values), None)
            assert step.output == sum(values) / step.divisor == average.output[cell]
            step = largest.step(cell)
            read = is_the_window_of(step, largest)
            assert step.output == max(term.value for term in read) == largest.output[cell]
            assert step.winner == next(term for term in read if term.value == step.output)
            steps += 2
    assert steps == 2 * 2 * 21**2


# --- Laws -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def generator():
    return np.random.default_rng(7)


def test_padding_of_a_maximum_is_minus_infinity_and_of_a_sum_zero(generator):
    x, sides = numbers(generator, 2, (5, 6), FEW), ((1, 0), (0, 2))
    options = {"kernel_size": (3, 4), "stride": (1, 2)}
    for kind, nothing in (("max", -np.inf), ("average", 0), ("lp", 0)):
        larger = np.pad(x, ((0, 0), *sides), constant_values=nothing)
        same_array(pooling(x, padding=sides, kind=kind, **options).output, pooling(larger, kind=kind, **options).output)


def test_a_maximum_of_maxima_is_the_maximum(generator):
    x = numbers(generator, 1, (8, 12), range(99))
    same_array(pooling(pooling(x, 2).output, (2, 3)).output, pooling(x, (4, 6)).output)
    same_array(pooling(x, (8, 12)).output, adaptive_pooling(x, 1, kind="max").output)


def test_an_average_is_a_convolution_with_equal_weights(generator):
    x = numbers(generator, 1, (7, 9), FEW)
    options = {"stride": (2, 1), "padding": 1}
    averaged = pooling(x, (2, 4), kind="average", **options).output
    same_array(averaged, convolution(x, np.full((1, 1, 2, 4), 1 / 8), **options).output)


def test_channels_are_pooled_each_by_itself(generator):
    x = numbers(generator, 3, (5, 5), FEW)
    for kind in POOLING_KINDS:
        apart = [pooling(plane[None], 3, kind=kind, stride=2).output for plane in x]
        same_array(pooling(x, 3, kind=kind, stride=2).output, np.concatenate(apart))


def test_a_norm_grows_towards_the_largest_and_from_the_sum(generator):
    x = numbers(generator, 1, (9,), range(1, 9))
    norms = [pooling(x, 3, kind="lp", norm_type=norm_type).output for norm_type in (1, 2, 3, 8, 64)]
    same_array(norms[0], 3 * pooling(x, 3, kind="average").output)
    assert all((larger >= smaller).all() for larger, smaller in itertools.pairwise(norms))
    np.testing.assert_allclose(norms[-1], pooling(x, 3).output, rtol=0.02)


# --- Where torch's own norm is no norm ------------------------------------------------------------------------------------


def torch_norm(line, kernel_size, norm_type=2.0, **options):
    return functional.lp_pool1d(torch.tensor(np.array([line], dtype=np.float64)), norm_type, kernel_size, **options).numpy()


def test_the_norm_is_that_of_torch_where_nothing_overhangs_and_no_sum_is_negative():
    agreeing = 0
    for size, kernel_size, stride, norm_type in itertools.product(range(1, 13), range(1, 5), range(1, 5), (1, 2, 3, 4)):
        if kernel_size > size:
            continue
        # Of an even power no sum is negative.
        line = lines(size)[0][-1] if norm_type % 2 == 0 else np.abs(lines(size)[0][-1])
        theirs = torch_norm(line, kernel_size, norm_type, stride=stride)
        nearly_same_array(pooling([line], kernel_size, kind="lp", norm_type=norm_type, stride=stride).output, theirs)
        agreeing += 1
    assert agreeing == 672


def test_what_overhangs_makes_torchs_norm_too_large():
    """torch multiplies an average by the whole kernel, but has divided it by the cells that are there."""
    line = [3, 4, 3, 4, 5]
    assert torch_norm(line, 2, ceil_mode=True).round(2).tolist() == [[5, 5, 7.07]]
    assert pooling([line], 2, kind="lp", ceil_mode=True).output.tolist() == [[5, 5, 5]]
    same_array(TWINS["pooling"]([line], 2, kind="lp", ceil_mode=True), [[5, 5, 5]])


@pytest.mark.parametrize(("norm_type", "torchs", "norm"), [(3, np.nan, 91 ** (1 / 3)), (1, -7, 7)])
def test_an_odd_power_of_negative_values_is_no_norm_in_torch(norm_type, torchs, norm):
    same_array(torch_norm([-3, -4], 2, norm_type), [[torchs]])
    nearly_same_array(pooling([[-3, -4]], 2, kind="lp", norm_type=norm_type).output, [[norm]])


# --- The worked examples and the traps ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        # A17, numeric figures of the guide
        ({"kind": "max"}, [[3, 3, 3], [3, 3, 3], [3, 2, 3]]),
        ({"kind": "average"}, np.array([[15, 15, 15], [9, 11, 16], [10, 7, 12]]) / 9),
        # A17, the sum of squares under a root
        ({"kind": "lp"}, np.sqrt([[37, 33, 33], [19, 23, 36], [22, 13, 26]])),
    ],
)
def test_the_numeric_example_under_three_by_three(options, expected):
    same_array(pooling(NUMERIC, 3, stride=1, **options).output, [expected])


def test_fractions_of_the_numeric_example_as_the_guide_prints_them():
    average = pooling(NUMERIC, 3, stride=1, kind="average").output
    same_array(average, [[[5 / 3, 5 / 3, 5 / 3], [1, 11 / 9, 16 / 9], [10 / 9, 7 / 9, 4 / 3]]])


def test_the_numeric_example_pooled_globally_and_to_three_by_three():
    """A18 of the mission."""
    assert adaptive_pooling(NUMERIC, 1).output.tolist() == [[[1.36]]]
    assert adaptive_pooling(NUMERIC, 1, kind="max").output.tolist() == [[[3]]]
    # Windows of 2, 3 and 2 cells, overlapping by one: 5 does not divide by 3.
    expected = [[[6 / 4, 10 / 6, 5 / 4], [6 / 6, 11 / 9, 13 / 6], [4 / 4, 2 / 6, 5 / 4]]]
    same_array(adaptive_pooling(NUMERIC, 3).output, expected)


@pytest.mark.parametrize(
    ("kind", "size", "kernel_size", "stride", "padding", "outputs"),
    [
        # the fourth window would start in the padding behind
        ("max", 5, 2, 2, 1, 3),
        ("average", 9, 4, 4, 2, 3),
        # the seventeenth would start behind the input, without any padding
        ("max", 32, 1, 2, 0, 16),
        # one window hangs over
        ("max", 5, 2, 2, 0, 3),
        # ceil and floor agree where the stride divides
        ("max", 6, 2, 2, 0, 3),
    ],
)
def test_ceil_mode_drops_a_last_window_that_would_start_beyond_the_input(kind, size, kernel_size, stride, padding, outputs):
    x = np.arange(1.0, size + 1)[None]
    options = {"kind": kind, "stride": stride, "padding": padding, "ceil_mode": True}
    output = pooling(x, kernel_size, **options).output
    assert output.shape == (1, outputs)
    same_array(output, TWINS["pooling"](x, kernel_size, **options))


def test_a_dilated_window_that_lies_wholly_in_padding_has_no_winner():
    trace = pooling([[7]], 2, stride=1, padding=1, dilation=2)
    assert (trace.output.tolist(), trace.indices.tolist()) == ([[-np.inf]], [[-1]])
    step = trace.step((0, 0))
    assert (step.winner, step.output) == (None, -np.inf)
    assert [(term.position, term.cell, term.value) for term in step.terms] == [((-1,), None, -np.inf), ((1,), None, -np.inf)]
    values, indices = max_pooling_indices([[7]], 2, stride=1, padding=1, dilation=2)
    assert (values.tolist(), indices.tolist()) == ([[-np.inf]], [[1]])


@pytest.mark.parametrize(
    ("size", "options", "divisors", "averages"),
    [
        # the last of three windows: a cell, a padding, and one that hangs over
        (6, {}, [3, 3, 2], [4, 6, 3]),
        # ... without its padding, which does not make it smaller than it is
        (6, {"count_include_pad": False}, [2, 3, 1], [6, 6, 6]),
        # the third would start in the padding: there is none
        (5, {}, [3, 3], [4, 6]),
        # windows that overlap: the last reads a cell, a padding, and hangs over
        (4, {"stride": 2}, [3, 3, 2], [4, 6, 3]),
        # nothing hangs over
        (3, {"stride": 2}, [3, 3], [4, 4]),
        # padding wider behind: it counts as far as it goes
        (5, {"padding": [(0, 1)], "stride": 4}, [3, 2], [6, 3]),
    ],
)
def test_padding_divides_and_overhang_does_not(size, options, divisors, averages):
    x, options = np.full((1, size), 6), {"kind": "average", "padding": 1, "ceil_mode": True, **options}
    trace = pooling(x, 3, **options)
    assert (trace.divisors.tolist(), trace.output.tolist()) == (divisors, [averages])
    same_array(trace.output, TWINS["pooling"](x, 3, **options))


def test_the_average_along_three_axes_refuses_an_input_smaller_than_its_kernel_as_torch_does():
    x = np.ones((1, 3, 3, 2))
    with pytest.raises(RuntimeError, match=r"input image .* smaller than kernel size"):
        TWINS["pooling"](x, 3, kind="average", padding=1)
    error = refusal(pooling, x, 3, kind="average", padding=1)
    assert (error.parameter, error.value, error.limit, error.axis) == ("kernel_size", 3, 2, 2)
    same_array(pooling(x, 3, kind="max", padding=1).output, TWINS["pooling"](x, 3, kind="max", padding=1))
    # The root of 8 is no number of the machine's: on some processors torch rounds it up, on others down.
    ours, theirs = pooling(x, 3, kind="lp", padding=1).output, TWINS["pooling"](x, 3, kind="lp", padding=1)
    np.testing.assert_allclose(ours, np.asarray(theirs), rtol=1e-14)
    same_array(pooling(x[:, 0], 3, kind="average", padding=1).output, TWINS["pooling"](x[:, 0], 3, kind="average", padding=1))


def test_sides_may_differ_and_have_names():
    x = np.arange(1, 7)[None]
    assert pooling(x, 2, stride=1, padding="same").output.tolist() == [[2, 3, 4, 5, 6, 6]]
    assert pooling(x, 2, stride=1, padding="same_lower").output.tolist() == [[1, 2, 3, 4, 5, 6]]
    assert pooling(x, 2, padding=[(1, 0)]).axes == (Axis(6, 2, 2, 1, 0),)
    assert pooling(x, 2, padding=np.array([[1, 0]])).output.tolist() == [[1, 3, 5]]


def test_a_pooling_without_a_stride_steps_by_its_kernel_on_each_axis():
    x = np.arange(24).reshape(1, 4, 6)
    assert [axis.stride for axis in pooling(x, (2, 3)).axes] == [2, 3]
    assert [axis.stride for axis in pooling(x, np.array([2, 3])).axes] == [2, 3]
    assert [axis.stride for axis in pooling(x, 2, stride=(1, 3)).axes] == [1, 3]


def test_a_line_of_channels_and_a_plane_are_told_apart_by_the_number_of_axes():
    x = np.arange(20).reshape(4, 5)
    assert pooling(x, 2).output.shape == (4, 2)
    assert pooling(x[None], 2).output.shape == (1, 2, 2)
    assert pooling(np.ones((1, 2, 2, 2, 2)), 2).output.tolist() == [[[[[1]]]]]


def test_only_a_maximum_remembers_where_it_stood():
    for trace in (pooling(NUMERIC, 2, kind="average"), pooling(NUMERIC, 2, kind="lp"), adaptive_pooling(NUMERIC, 2)):
        error = refusal(lambda trace=trace: trace.indices)
        assert str(error) == f"kind is {trace.reduction}: only a maximum remembers where it stood; pool with kind max"
        assert (error.parameter, error.value, error.remedy) == ("kind", trace.reduction, {"kind": "max"})


# --- Refusals -------------------------------------------------------------------------------------------------------------

LINE, PLANE, CUBE = np.ones((2, 5)), np.ones((1, 5, 3)), np.ones((1, 4, 4, 2))

REFUSED = {
    "padding beyond half an even kernel": (
        (LINE, 2, {"padding": 2}),
        "padding 2 is more than half of kernel 2: a window could lie in padding alone; "
        "lower padding to 1 or widen the kernel to 4",
        ("padding", 2, 1, {"before": 1, "after": 1}, 0),
    ),
    "padding beyond half an odd kernel, on one side of the second axis": (
        (PLANE, 3, {"padding": (1, (0, 2))}),
        "padding 2 is more than half of kernel 3: a window could lie in padding alone; "
        "lower padding to 1 or widen the kernel to 4",
        ("padding", 2, 1, {"before": 0, "after": 1}, 1),
    ),
    # the window spans 5 cells, but dilation does not count
    "padding beyond half the kernel, dilated": (
        (LINE, 3, {"padding": 2, "dilation": 2}),
        "padding 2 is more than half of kernel 3: a window could lie in padding alone; "
        "lower padding to 1 or widen the kernel to 4",
        ("padding", 2, 1, {"before": 1, "after": 1}, 0),
    ),
    "padding of a single cell": (
        (LINE, 1, {"padding": 1}),
        "padding 1 is more than half of kernel 1: a window could lie in padding alone; "
        "lower padding to 0 or widen the kernel to 2",
        ("padding", 1, 0, {"before": 0, "after": 0}, 0),
    ),
    "full padding": (
        (LINE, 3, {"padding": "full"}),
        "padding 2 is more than half of kernel 3: a window could lie in padding alone; "
        "lower padding to 1 or widen the kernel to 4",
        ("padding", 2, 1, {"before": 1, "after": 1}, 0),
    ),
    "a window too wide": (
        (PLANE, (2, 4), {"kind": "average"}),
        "kernel 4 spans 4 cells; the padded input has 3: add 1 padding, or lower kernel to 3",
        ("kernel_size", 4, 3, {"kernel_size": 3}, 1),
    ),
    "a window too wide for ceil_mode": (
        (LINE, 7, {"kind": "lp", "stride": 2, "ceil_mode": True}),
        "kernel 7 spans 7 cells; the padded input has 5, and ceil_mode lets 1 hang over: add 1 padding, or lower kernel to 6",
        ("kernel_size", 7, 6, {"kernel_size": 6}, 0),
    ),
    "a window too wide, dilated": (
        (LINE, 3, {"dilation": 3}),
        "kernel 3 with dilation 3 spans 7 cells; the padded input has 5: add 2 padding, or lower dilation to 2",
        ("kernel_size", 3, 2, {"dilation": 2}, 0),
    ),
    "a dilated average": (
        (LINE, 2, {"kind": "average", "dilation": 2}),
        "dilation 2 with kind average: only max pooling spreads its window, in torch too; set dilation to 1",
        ("dilation", 2, 1, {"dilation": 1}, 0),
    ),
    "a dilated norm": (
        (PLANE, 2, {"kind": "lp", "dilation": (1, 2)}),
        "dilation 2 with kind lp: only max pooling spreads its window, in torch too; set dilation to 1",
        ("dilation", 2, 1, {"dilation": 1}, 1),
    ),
    "an average along three axes of a kernel larger than the input": (
        (CUBE, 3, {"kind": "average", "padding": 1}),
        "kernel 3 is larger than the input of 2: torch's avg_pool3d refuses that even where padding would make room; "
        "lower kernel to 2",
        ("kernel_size", 3, 2, {"kernel_size": 2}, 2),
    ),
    "a power of nothing": (
        (LINE, 2, {"kind": "lp", "norm_type": 0}),
        "norm_type is 0: it must be a number above 0; for the largest value pool with kind max",
        ("norm_type", 0, 0, {"norm_type": 2}, None),
    ),
    "an infinite power": (
        (LINE, 2, {"kind": "lp", "norm_type": float("inf")}),
        "norm_type is inf: it must be a number above 0; for the largest value pool with kind max",
        ("norm_type", float("inf"), 0, {"norm_type": 2}, None),
    ),
    "an unknown kind": (
        (LINE, 2, {"kind": "mean"}),
        'kind "mean" is not one of max, average, lp',
        ("kind", "mean", POOLING_KINDS, {"kind": "max"}, None),
    ),
    "no kernel": (
        (LINE, 0, {}),
        "kernel_size is 0: it must be at least 1",
        ("kernel_size", 0, 1, {"kernel_size": 1}, 0),
    ),
    "half a kernel": (
        (LINE, 2.5, {}),
        "kernel_size is 2.5: it must be a whole number of at least 1",
        ("kernel_size", 2.5, 1, {"kernel_size": 1}, 0),
    ),
    "no stride": ((LINE, 2, {"stride": 0}), "stride is 0: it must be at least 1", ("stride", 0, 1, {"stride": 1}, 0)),
    "no dilation": (
        (LINE, 2, {"dilation": 0}),
        "dilation is 0: it must be at least 1",
        ("dilation", 0, 1, {"dilation": 1}, 0),
    ),
    "negative padding": (
        (LINE, 2, {"padding": -1}),
        "padding is -1: it must be at least 0",
        ("padding", -1, 0, {"padding": 0}, 0),
    ),
    "too many kernel sizes": (
        (LINE, np.array([2, 2]), {}),
        "kernel_size has 2 entries for 1 axes: write one number, or one an axis",
        ("kernel_size", [2, 2], 1, {}, None),
    ),
    "too few strides": (
        (PLANE, 2, {"stride": (1,)}),
        "stride has 1 entries for 2 axes: write one number, or one an axis",
        ("stride", (1,), 2, {}, None),
    ),
    "a plane without channels": (
        (np.ones((5, 5)), (2, 2), {}),
        "x has shape (5, 5) and the window slides along 2 axes: x must be (channels, 2 sizes); "
        "write x[None] for a single channel",
        ("x", (5, 5), 3, {}, None),
    ),
    "a line without channels": (
        (np.ones(5), 2, {}),
        "x has shape (5,) and the window slides along 1 axes: x must be (channels, 1 sizes); "
        "write x[None] for a single channel",
        ("x", (5,), 2, {}, None),
    ),
    "a batch": (
        (np.ones((1, 1, 5, 5)), (2, 2), {}),
        "x has shape (1, 1, 5, 5) and the window slides along 2 axes: x must be (channels, 2 sizes); "
        "write x[0] for one picture of a batch",
        ("x", (1, 1, 5, 5), 3, {}, None),
    ),
    "an input without cells": (
        (np.ones((1, 5, 0)), 2, {"padding": 1}),
        "input_size is 0: it must be at least 1",
        ("input_size", 0, 1, {"input_size": 1}, 1),
    ),
}


def says(error, message, attributes):
    assert str(error) == message
    assert (error.parameter, error.value, error.limit, error.remedy, error.axis) == attributes


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_teaches_what_was_asked_what_is_possible_and_a_way_out(name):
    (x, kernel_size, options), message, attributes = REFUSED[name]
    says(refusal(pooling, x, kernel_size, **options), message, attributes)


@pytest.mark.parametrize(
    ("x", "output_size", "options", "message", "attributes"),
    [
        (
            LINE,
            0,
            {},
            "output_size is 0: it must be at least 1",
            ("output_size", 0, 1, {"output_size": 1}, 0),
        ),
        (
            PLANE,
            (2, 1.5),
            {},
            "output_size is 1.5: it must be a whole number of at least 1",
            ("output_size", 1.5, 1, {"output_size": 1}, 1),
        ),
        (
            LINE,
            2,
            {"kind": "lp"},
            "kind lp with adaptive windows: they average or take the largest, in torch too; set kind to average",
            ("kind", "lp", ("average", "max"), {"kind": "average"}, None),
        ),
        (
            np.ones(5),
            2,
            {},
            "x has shape (5,) and the windows lie along 1 axes: x must be (channels, 1 sizes); "
            "write x[None] for a single channel",
            ("x", (5,), 2, {}, None),
        ),
        (
            PLANE,
            (2, 2, None),
            {},
            "x has shape (1, 5, 3) and the windows lie along 3 axes: x must be (channels, 3 sizes); "
            "write x[None] for a single channel",
            ("x", (1, 5, 3), 4, {}, None),
        ),
    ],
)
def test_an_adaptive_refusal_teaches_too(x, output_size, options, message, attributes):
    says(refusal(adaptive_pooling, x, output_size, **options), message, attributes)


@pytest.mark.parametrize("kind", POOLING_KINDS)
def test_an_input_without_channels_is_refused_as_torch_does(kind):
    with pytest.raises(RuntimeError, match=r"Expected 2D or 3D|Expected 3D or 4D"):
        TWINS["pooling"](np.ones((0, 5)), 2, kind=kind)
    assert refusal(pooling, np.ones((0, 5)), 2, kind=kind).parameter == "x"


def pooled(kind, dimension, size, kernel_size, stride, before, after, dilation, ceil_mode):
    """The axis in front; the others are always fine."""
    rest = (1,) * (dimension - 1)
    return pooling(
        np.ones((1, size, *rest)),
        (kernel_size, *rest),
        kind=kind,
        stride=(stride, *rest),
        padding=((before, after), *(0 for _ in rest)),
        dilation=(dilation, *rest),
        ceil_mode=ceil_mode,
    )


def way_out(kind, dimension, size, settings):
    """What is refused, one parameter after the other, to a learner who applies every remedy."""
    met = []
    while len(met) < 10:
        try:
            pooled(kind, dimension, size, **settings)
        except GeometryError as error:
            met.append(error.parameter)
            settings = {**settings, **error.remedy}
        else:
            return tuple(met)
    raise AssertionError(f"no way out: {met}, {settings}")


def ways_out(kind, dimension):
    names = ("kernel_size", "stride", "before", "after", "dilation", "ceil_mode")
    for size, *values in itertools.product((1, 2, 4), (1, 2, 3, 6), (1, 3), (0, 1, 3), (0, 1, 3), (1, 2, 4), (False, True)):
        yield way_out(kind, dimension, size, dict(zip(names, values, strict=True)))


KINDS_AND_DIMENSIONS = [("max", 1), ("average", 2), ("average", 3), ("lp", 1)]


@pytest.mark.parametrize(("kind", "dimension"), KINDS_AND_DIMENSIONS)
def test_whatever_a_pooling_refuses_works_once_its_remedies_are_applied(kind, dimension):
    ways = Counter(ways_out(kind, dimension))
    assert ways[()] > 30
    assert {parameter for way in ways for parameter in way} == (
        {"padding", "kernel_size"} if kind == "max" else {"padding", "kernel_size", "dilation"}
    )


@pytest.mark.parametrize(("kind", "dimension"), KINDS_AND_DIMENSIONS)
def test_a_remedy_breaks_nothing_that_was_right(kind, dimension):
    """No parameter is refused twice, and a padding that was within half the kernel stays so."""
    ways = Counter(ways_out(kind, dimension))
    there_and_back = {way: count for way, count in ways.items() if len(set(way)) < len(way) or "padding" in way[1:]}
    assert there_and_back == {}


@pytest.mark.parametrize("norm_type", [0.01, 200, 1000])
def test_a_norm_of_a_power_beyond_what_numbers_hold_is_still_the_norm(norm_type):
    x = np.array([[3.0, -4.0, 0.0, 0.0, 1e-3, 1e-3]])
    norms = pooling(x, 2, kind="lp", norm_type=norm_type).output[0]
    assert norms[0] == pytest.approx(4 * (1 + 0.75**norm_type) ** (1 / norm_type))
    assert norms[1] == 0
    assert norms[2] == pytest.approx(1e-3 * 2 ** (1 / norm_type))
