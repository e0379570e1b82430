"""Unpooling: what a pooling remembered, sent back and compared with torch, blocks filled and blocks with a single nail."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convviz import Place, pooling, transposed_convolution, unpooling
from convviz.geometry import RememberedAxis
from convviz.operations.unpooling import UNPOOLING_KINDS
from tests.checks import derived, one_thread, refusal, same_array  # noqa: F401 - a fixture
from tests.counted import counted
from tests.reference import TWINS, max_pooling_indices

POOLED = [[[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]]
LATER = [[[1, 2], [3, 4]]]


def later(shape):
    """Values that the pooling never saw, all different."""
    return np.arange(1.0, np.prod(shape) + 1).reshape(shape)


# --- There and back -------------------------------------------------------------------------------------------------------

WINDOWS = tuple(
    (size, kernel_size, stride, padding, ceil_mode)
    for size, kernel_size, stride, ceil_mode in itertools.product(range(1, 16), range(1, 6), range(1, 6), (False, True))
    for padding in range(kernel_size // 2 + 1)  # torch pools with no more
)


def torch_objects_to(reason):
    """The parameter that torch's message is about."""
    assert "Found an invalid max index" in reason
    return "indices"


def agrees(x, indices, options):
    """Either both send the values to the same cells, or both refuse for the same reason."""
    try:
        expected = TWINS["unpooling"](x, indices, **options)
    except RuntimeError as reason:
        expected = str(reason)
    if isinstance(expected, str):
        assert refusal(unpooling, x, indices, **options).parameter == torch_objects_to(expected)
        return "refused"
    trace = unpooling(x, indices, **options)
    same_array(trace.output, expected)
    assert tuple(axis.output_size for axis in trace.axes) == expected.shape[1:]
    return "computed"


def round_trips(window):
    """What the pooling remembered, sent to every output size within a stride of the one that follows from the window."""
    size, kernel_size, stride, padding, ceil_mode = window
    options = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    # Few values: a maximum often stands where another does, and then the last value stays.
    line = np.random.default_rng(size).integers(0, 4, (2, size))
    try:
        _, indices = max_pooling_indices(line, **options, ceil_mode=ceil_mode)
    except RuntimeError:
        return
    pooled = pooling(line, **options, ceil_mode=ceil_mode)
    same_array(pooled.indices, indices)
    x = later(indices.shape)
    default = (x.shape[1] - 1) * stride - 2 * padding + kernel_size
    for output_size in range(max(default - stride + 1, 1), default + stride):
        yield agrees(x, pooled.indices, {**options, "output_size": output_size})
    if default > 0:
        yield agrees(x, pooled.indices, options)


def test_every_maximum_along_an_axis_is_sent_back_to_where_torch_sends_it():
    counts = Counter(outcome for window in WINDOWS for outcome in round_trips(window))
    assert counted("unpooling", "one axis, every one", counts) == {"computed": 6_797, "refused": 2_079}


def test_the_size_of_what_was_pooled_is_always_within_a_stride_of_the_one_that_follows():
    """So that naming it, as torch's example does, always works: floor or ceil, divided or not."""
    trips = 0
    for size, kernel_size, stride, padding, ceil_mode in WINDOWS:
        line = np.arange(size)[None]
        options = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
        if size + 2 * padding < kernel_size:
            continue
        pooled = pooling(line, **options, ceil_mode=ceil_mode)
        restored = unpooling(pooled.output, pooled.indices, **options, output_size=size)
        # A maximum comes back to its place; the rest is 0.
        same_array(restored.output, np.where(np.isin(np.arange(size), pooled.indices), line, 0))
        trips += 1
    assert trips > 1500


@st.composite
def poolings(draw, largest=7):
    """What a pooling of one, two or three axes remembered, and its settings."""
    dimension = draw(st.integers(1, 3))

    def some(entries):
        return entries | st.tuples(*[entries] * dimension)

    kernel_sizes = draw(some(st.integers(1, 3)))
    options = {
        "kernel_size": kernel_sizes,
        "stride": draw(st.none() | some(st.integers(1, 3))),
        "padding": draw(some(st.integers(0, np.min(kernel_sizes) // 2))),
    }
    sizes = draw(st.tuples(*[st.integers(3, largest)] * dimension))
    x = np.random.default_rng(draw(st.integers(0, 10**6))).integers(0, 9, (draw(st.integers(1, 3)), *sizes))
    return pooling(x, **options, ceil_mode=draw(st.booleans())), options


def default_sizes(pooled):
    return [(axis.output_size - 1) * axis.stride - 2 * axis.before + axis.kernel_size for axis in pooled.axes]


def test_maxima_on_several_axes_are_sent_back_to_where_torch_sends_them():
    counts = Counter()

    @derived(300)
    @given(poolings())
    def there_and_back(case):
        pooled, options = case
        sizes = tuple(pooled.input.shape[1:])
        counts[agrees(later(pooled.output.shape), pooled.indices, {**options, "output_size": sizes})] += 1
        if min(default_sizes(pooled)) > 0:
            counts[agrees(later(pooled.output.shape), pooled.indices, options)] += 1
        counts[f"{len(sizes)}-D"] += 1

    there_and_back()
    counted("unpooling", "axes mixed", {name: counts[name] for name in ("computed", "refused")})
    assert counts["computed"] > 400
    assert counts["refused"] > 20
    assert min(counts[f"{dimension}-D"] for dimension in (1, 2, 3)) > 60


def test_where_windows_overlap_the_last_value_stays():
    # 9 is the largest of three windows, and all three remember it.
    pooled = pooling([[1, 2, 9, 3, 4]], 3, stride=1)
    assert pooled.indices.tolist() == [[2, 2, 2]]
    options = {"kernel_size": 3, "stride": 1}
    trace = unpooling([[10, 20, 30]], pooled.indices, **options)
    assert trace.output.tolist() == [[0, 0, 30, 0, 0]]
    same_array(trace.output, TWINS["unpooling"]([[10, 20, 30]], pooled.indices, **options))


def test_an_output_size_a_stride_off_is_refused_as_torch_does():
    """torch takes what lies less than a stride from the size that follows from the window; all else was another pooling's."""
    indices = np.array([[0, 2]])
    for output_size in range(1, 9):
        options = {"kernel_size": 2, "output_size": output_size}
        if 2 < output_size < 6:
            same_array(unpooling(LATER[0][:1], indices, **options).output, TWINS["unpooling"](LATER[0][:1], indices, **options))
            continue
        with pytest.raises(ValueError, match="invalid output_size"):
            TWINS["unpooling"](LATER[0][:1], indices, **options)
        assert refusal(unpooling, LATER[0][:1], indices, **options).parameter in {"output_size", "indices"}, output_size


# --- Blocks ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["nearest", "bed_of_nails"])
def test_every_factor_lays_the_cells_out_as_torch_does(kind):
    counts = Counter()
    for size, factor in itertools.product(range(1, 21), repeat=2):
        x = later((2, size)) - size
        trace = unpooling(x, factor, kind=kind)
        same_array(trace.output, TWINS["unpooling"](x, factor, kind=kind))
        filled = np.repeat(x, factor, axis=1)
        same_array(trace.output, filled if kind == "nearest" else np.where(np.arange(size * factor) % factor, 0, filled))
        counts["computed"] += 1
    assert counted("unpooling", f"{kind} along one axis, every one", counts) == {"computed": 400}


@pytest.mark.parametrize("kind", ["nearest", "bed_of_nails"])
def test_factors_that_differ_from_axis_to_axis_are_not_mistaken_for_each_other(kind):
    for dimension in (2, 3):
        sizes = itertools.product((1, 2, 3), repeat=dimension)
        for size, factors in itertools.product(sizes, itertools.permutations((1, 2, 3), dimension)):
            x = later((2, *size))
            same_array(unpooling(x, factors, kind=kind).output, TWINS["unpooling"](x, factors, kind=kind))
        same_array(unpooling(x, 2, kind=kind).output, TWINS["unpooling"](x, 2, kind=kind))


def test_a_block_is_a_stamp():
    x = later((1, 3, 2))
    ones, nail = np.ones((1, 1, 2, 3)), np.zeros((1, 1, 2, 3))
    nail[..., 0, 0] = 1
    for kind, weight in (("nearest", ones), ("bed_of_nails", nail)):
        stamped = transposed_convolution(x, weight, stride=(2, 3)).output
        same_array(unpooling(x, (2, 3), kind=kind).output, stamped)


def test_pooling_what_was_laid_out_gives_it_back():
    x = later((2, 3, 4))
    for kind in ("max", "average"):
        same_array(pooling(unpooling(x, (2, 3), kind="nearest").output, (2, 3), kind=kind).output, x)
    same_array(pooling(unpooling(x, (2, 3), kind="bed_of_nails").output, (2, 3)).output, x)
    remembered = pooling(np.random.default_rng(0).permutation(4 * 6).reshape(1, 4, 6), 2).indices
    x = later((1, 2, 3))
    same_array(pooling(unpooling(x, remembered).output, 2).output, x)


# --- The worked examples --------------------------------------------------------------------------------------------------


def test_later_values_go_to_remembered_positions():
    """A19 of the mission."""
    pooled = pooling(POOLED, 2)
    assert pooled.output.tolist() == [[[5, 6], [7, 8]]]
    assert pooled.indices.tolist() == [[[5, 2], [12, 15]]]
    expected = [[[0, 0, 2, 0], [0, 1, 0, 0], [0, 0, 0, 0], [3, 0, 0, 4]]]
    same_array(unpooling(LATER, pooled.indices).output, expected)
    same_array(TWINS["unpooling"](LATER, pooled.indices), expected)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("nearest", [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]),
        ("bed_of_nails", [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]),
    ],
)
def test_the_lectures_other_two_unpoolings(kind, expected):
    """A19 of the mission; a factor of 2 is what is meant where none is given."""
    assert unpooling(LATER, 2, kind=kind).output.tolist() == [expected]
    assert unpooling(LATER, kind=kind).output.tolist() == [expected]
    same_array(TWINS["unpooling"](LATER, 2, kind=kind), [expected])


def test_an_output_size_is_named_where_the_windows_did_not_divide_the_input():
    line = [[1, 2, 3, 9, 5, 6, 7]]
    pooled = pooling(line, 2)
    assert unpooling(pooled.output, pooled.indices).output.shape == (1, 6)
    named = unpooling(pooled.output, pooled.indices, output_size=7)
    assert named.output.tolist() == [[0, 2, 0, 9, 0, 6, 0]]
    assert named.axes == (RememberedAxis(3, 7),)
    same_array(named.output, TWINS["unpooling"](pooled.output, pooled.indices, output_size=7))


# --- Steps ----------------------------------------------------------------------------------------------------------------


def test_a_step_lists_what_was_sent_here_and_the_last_of_it_stays():
    listed = Counter()

    @derived(120)
    @given(poolings(largest=4))
    def explained(case):
        pooled, options = case
        x = later(pooled.output.shape)
        trace = unpooling(x, pooled.indices, **options, output_size=tuple(pooled.input.shape[1:]))
        for cell in np.ndindex(*trace.output.shape):
            step = trace.step(cell)
            flat = np.ravel_multi_index(cell[1:], trace.output.shape[1:])
            senders = [(cell[0], *map(int, at)) for at in np.argwhere(pooled.indices[cell[0]] == flat)]
            assert [term.cell for term in step.terms] == senders
            assert all((term.value, term.weight) == (x[term.cell], 1) for term in step.terms)
            assert all((term.position, term.place) == (term.cell[1:], Place.INPUT) for term in step.terms)
            assert all(term.weight_index is None for term in step.terms)
            assert step.output == trace.output[cell] == (step.terms[-1].value if step.terms else 0)
            assert (step.bias, step.divisor, step.winner) == (0, 1, None)
            listed[min(len(step.terms), 2)] += 1

    explained()
    # None, one, and several that meet.
    assert listed[0] > 1000
    assert listed[1] > 500
    assert listed[2] > 50


@pytest.mark.parametrize("kind", ["nearest", "bed_of_nails"])
def test_a_step_of_a_block_reads_its_one_cell_or_none(kind):
    x = later((2, 2, 3))
    trace = unpooling(x, (2, 3), kind=kind)
    for cell in np.ndindex(*trace.output.shape):
        step = trace.step(cell)
        read = [term for term in step.terms if term.cell is not None]
        source = (cell[0], cell[1] // 2, cell[2] // 3)
        nailed = kind == "nearest" or not (cell[1] % 2 or cell[2] % 3)
        assert [term.cell for term in read] == [source] * nailed
        assert step.output == sum(term.value * term.weight for term in step.terms) == (x[source] if nailed else 0)
        assert all((term.place == Place.INPUT) == (term.cell is not None) for term in step.terms)


# --- Refusals -------------------------------------------------------------------------------------------------------------

LINE, FOUND = np.ones((1, 2)), np.array([[0, 2]])

REFUSED = {
    "a position behind the output": (
        (LINE, [[0, 4]], {}),
        "indices hold 4: the output of sizes (4,) has positions 0 to 3; "
        "raise output_size, or pass the indices of the pooling that is undone",
        ("indices", 4, 3, {}, None),
    ),
    "the position of a window that read nothing": (
        (LINE, [[0, -1]], {}),
        "indices hold -1: the output of sizes (4,) has positions 0 to 3; "
        "raise output_size, or pass the indices of the pooling that is undone",
        ("indices", -1, 3, {}, None),
    ),
    "indices of another shape": (
        (LINE, [[0, 1, 2]], {}),
        "indices have shape (1, 3) and type int64: one whole number for each cell of x, which has shape (1, 2)",
        ("indices", (1, 3), (1, 2), {}, None),
    ),
    "a factor for indices": (
        (LINE, 2, {}),
        "indices have shape () and type int64: one whole number for each cell of x, which has shape (1, 2)",
        ("indices", (), (1, 2), {}, None),
    ),
    "indices that are no whole numbers": (
        (LINE, [[0.0, 2.0]], {}),
        "indices have shape (1, 2) and type float64: one whole number for each cell of x, which has shape (1, 2)",
        ("indices", (1, 2), (1, 2), {}, None),
    ),
    "an unknown kind": (
        (LINE, 2, {"kind": "bilinear"}),
        'kind "bilinear" is not one of max, nearest, bed_of_nails',
        ("kind", "bilinear", UNPOOLING_KINDS, {"kind": "max"}, None),
    ),
    "no factor": (
        (LINE, 0, {"kind": "nearest"}),
        "factor is 0: it must be at least 1",
        ("factor", 0, 1, {"factor": 1}, 0),
    ),
    "half a factor on the second axis": (
        (LINE[None], (2, 1.5), {"kind": "bed_of_nails"}),
        "factor is 1.5: it must be a whole number of at least 1",
        ("factor", 1.5, 1, {"factor": 1}, 1),
    ),
    "too many factors": (
        (LINE, (2, 2), {"kind": "nearest"}),
        "factor has 2 entries for 1 axes: write one number, or one an axis",
        ("factor", (2, 2), 1, {}, None),
    ),
    "no output": (
        (LINE, FOUND, {"output_size": 0}),
        "output_size is 0: it must be at least 1",
        ("output_size", 0, 1, {"output_size": 1}, 0),
    ),
    "no kernel": (
        (LINE, FOUND, {"kernel_size": 0}),
        "kernel_size is 0: it must be at least 1",
        ("kernel_size", 0, 1, {"kernel_size": 1}, 0),
    ),
    "a line without channels": (
        (np.ones(2), FOUND, {}),
        "x has shape (2,) and the cells are laid out along 1 axes: x must be (channels, 1 sizes); "
        "write x[None] for a single channel",
        ("x", (2,), 2, {}, None),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_teaches_what_was_asked_what_is_possible_and_a_way_out(name):
    (x, indices_or_factor, options), message, attributes = REFUSED[name]
    error = refusal(unpooling, x, indices_or_factor, **options)
    assert str(error) == message
    assert (error.parameter, error.value, error.limit, error.remedy, error.axis) == attributes


@pytest.mark.parametrize("padding", [-1, 0.5, 9])
def test_a_padding_that_cannot_be_is_refused_by_the_name_it_was_given(padding):
    assert refusal(unpooling, LINE, FOUND, padding=padding).parameter == "padding"


def test_the_memory_does_not_change_with_the_array_it_was_made_from():
    indices = np.array([[0, 2]])
    trace = unpooling(LINE, indices)
    indices[:] = 1
    assert trace.output.tolist() == [[1, 0, 1, 0]]
    with pytest.raises(ValueError, match="read-only"):
        trace.remembered[0] = 1


def test_any_whole_numbers_will_do_for_indices():
    for kind in (np.uint8, np.int16, np.uint64):
        assert unpooling(LINE, np.array([[0, 2]], dtype=kind)).output.tolist() == [[1, 0, 1, 0]]
