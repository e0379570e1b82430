"""What every axis says of its windows without a table: which cells they read, how they go on, whether the last is dropped."""

import itertools
import random
import sys
from collections import Counter

import pytest

from convviz import AdaptiveAxis, Axis, GeometryError, TransposedAxis
from convviz.geometry import NOTHING, UpsampledAxis
from convviz.network import Add, Convolution, Layer, Network, TransposedConvolution
from convviz.receptive_field import MOST_PHASES, WHOLE, Reach, merged


def random_axes(kind, count):
    rng = random.Random(f"axes {kind.__name__}")  # noqa: S311 - the same each time
    made = []
    while len(made) < count:
        sizes = rng.randint(1, 12), rng.randint(1, 12)
        slid = (*sizes, rng.randint(1, 6), rng.randint(0, 5), rng.randint(0, 5), rng.randint(1, 6))
        last = {Axis: rng.random() < 0.5, TransposedAxis: rng.randint(0, 5)}
        try:
            made.append(kind(*slid, last[kind]) if kind in last else kind(*sizes))
        except GeometryError:
            continue
    return made


KINDS = (Axis, TransposedAxis, AdaptiveAxis)
AXES = {kind: random_axes(kind, 600) for kind in KINDS}
SETTINGS = ((False, False), (True, False), (True, True))
AXES[UpsampledAxis] = [UpsampledAxis(*sizes, *each) for sizes in itertools.product(range(1, 13), repeat=2) for each in SETTINGS]


def inside(axis, window):
    return tuple(cell for cell in window if 0 <= cell < axis.input_size)


@pytest.mark.parametrize("kind", KINDS)
def test_what_of_a_window_lies_in_the_input_is_read_tap_by_tap(kind):
    for axis in AXES[kind]:
        reads = axis.table().reads
        assert len(reads) == axis.output_size
        for output, row in enumerate(reads):
            assert inside(axis, axis.window(output)) == tuple(row[row != NOTHING]) == axis.reads(output)


@pytest.mark.parametrize("kind", AXES)
def test_as_many_outputs_further_the_window_lies_as_many_cells_further(kind):
    for axis in AXES[kind]:
        outputs, cells = axis.pace
        assert outputs >= 1
        for output in range(-9, 9):
            assert list(axis.window(output + outputs)) == [cell + cells for cell in axis.window(output)]


@pytest.mark.parametrize("kind", AXES)
def test_windows_of_an_axis_lie_in_one_direction_with_one_step(kind):
    """What the field of a window is worked out from."""
    for axis in AXES[kind]:
        windows = [axis.window(output) for output in range(-9, 9)]
        assert len({window[1] - window[0] for window in windows if len(window) > 1}) <= 1


def test_a_stamp_of_any_number_of_taps_is_not_counted_tap_by_tap():
    window = TransposedAxis(1, 10**30, before=10**30 - 1).window(0)
    assert (window[0], window[-1]) == (10**30 - 1, 0)


# --- The window that ceil_mode drops --------------------------------------------------------------------------------------


def test_a_window_is_dropped_where_the_ceiling_counts_one_more_than_there_are():
    found = Counter()
    for axis in AXES[Axis]:
        counted = -(-axis.room // axis.stride) + 1 if axis.ceil_mode else axis.room // axis.stride + 1
        assert axis.output_size == counted - axis.drops_last
        found[axis.ceil_mode, axis.drops_last] += 1
    assert found[False, True] == 0
    assert min(found[True, True], found[True, False], found[False, False]) > 20


def test_the_window_that_is_dropped_starts_beyond_input_and_left_padding():
    for axis in AXES[Axis]:
        if axis.drops_last:
            assert axis.window(axis.output_size)[0] >= axis.input_size
        elif axis.ceil_mode:
            assert axis.window(axis.output_size - 1)[0] < axis.input_size


def test_a_window_that_fits_exactly_is_dropped_too_where_it_lies_in_the_padding_alone():
    assert Axis(3, 1, after=1, ceil_mode=True).drops_last
    assert not Axis(3, 1, after=1).drops_last


# --- Many phases under wide windows ---------------------------------------------------------------------------------------

STAMPED, WIDE = TransposedConvolution(1, 2, 4095), Convolution(1, 4001, padding=2000)
OPERATIONS = (STAMPED, WIDE, WIDE, WIDE, WIDE)


def lines(work):
    """Lines of receptive_field.py that `work` runs: loops inside a line count by their turns."""
    count = 0

    def each(frame, event, _):
        nonlocal count
        if not frame.f_code.co_filename.endswith("receptive_field.py"):
            return None
        count += event == "line"
        return each

    before = sys.gettrace()
    sys.settrace(each)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def stamped(count, joins=0):
    chain = [Layer(f"layer{number}", operation) for number, operation in enumerate(OPERATIONS[: count + 1])]
    names = ["layer0", *(layer.name for layer in chain[1:])]
    sums = [Layer(f"sum{number}", Add(), (names[-1], names[number % len(names)])) for number in range(joins)]
    return Network((1, 256), (*chain, *sums))


@pytest.mark.parametrize("joins", [0, 30])
def test_phases_are_not_multiplied_by_windows(joins):
    """4,095 phases and windows of 4,001 units: walked through, one layer alone takes more than 4,000 steps a phase."""
    assert lines(stamped(4, joins).table) < 500 * MOST_PHASES


def test_a_wide_window_over_holes_sees_what_its_units_see():
    rng = random.Random("holes")  # noqa: S311 - the same each time
    for _ in range(300):
        period = rng.randint(1, 7)
        spans = tuple(
            rng.choice((None, (start, start + rng.randint(0, 9)))) for start in (rng.randint(-9, 9) for _ in range(period))
        )
        reach = Reach(rng.choice((None, 0, 1, 3, 10**400)), spans)
        axis = Axis(30, rng.randint(1, 25), rng.randint(1, 4), rng.randint(0, 4), 96, rng.randint(1, 4))
        through = reach.through(axis)
        for output in range(axis.output_size):
            seen = [span for span in map(reach.of, axis.window(output)) if span]
            hull = (min(first for first, _ in seen), max(last for _, last in seen)) if seen else None
            assert through.of(output) == hull


def test_a_kernel_beyond_what_a_machine_counts_is_followed():
    reach = WHOLE.through(TransposedAxis(9, 2, stride=4)).through(Axis(34, 10**30, before=10**30))
    assert reach.of(0) == (-(10**30) // 4, -1)


def test_a_layer_merged_with_itself_again_and_again_counts_once():
    one, other = Reach(1, ((0, 0), (0, 1))), Reach(1, ((0, 0), (-1, 0)))
    assert merged([one, other] * 50, 9) == merged([one, other], 9)
