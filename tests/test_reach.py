"""What a unit sees through axes one behind the other: when it repeats, and laws that hold for every reach."""

import itertools
import math
import random
from dataclasses import replace

import pytest

from convviz import AdaptiveAxis, Axis, TransposedAxis
from convviz.geometry import UpsampledAxis
from convviz.receptive_field import WHOLE, Reach, merged

# --- What repeats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("axes", "shift", "phases"),
    [
        ([Axis(9, 3)], 1, 1),
        ([Axis(9, 3, stride=3)], 3, 1),
        ([Axis(30, 3, stride=3), Axis(10, 2, stride=2)], 6, 1),
        ([TransposedAxis(9, 3, stride=4)], 1, 4),
        # undone by a stride, in part or not
        ([TransposedAxis(9, 3, stride=4), Axis(35, 2, stride=4)], 1, 1),
        ([TransposedAxis(9, 3, stride=4), Axis(35, 2, stride=6)], 3, 2),
        ([TransposedAxis(9, 3, stride=4), Axis(35, 2, stride=3)], 3, 4),
        ([TransposedAxis(9, 3, stride=2), TransposedAxis(19, 3, stride=3)], 1, 6),
        ([UpsampledAxis(9, 27)], 1, 3),
        ([UpsampledAxis(12, 8, linear=True)], 3, 2),
        ([UpsampledAxis(9, 33, linear=True, align_corners=True)], 1, 4),
        ([UpsampledAxis(9, 1, linear=True, align_corners=True)], 9, 1),
        ([AdaptiveAxis(12, 8)], 3, 2),
        ([AdaptiveAxis(5, 3)], 5, 3),
        # exactly one turn, and one unit too few for it
        ([TransposedAxis(1, 4, stride=4)], 1, 4),
        ([TransposedAxis(1, 3, stride=4)], None, 3),
        ([TransposedAxis(9, 3, stride=4), Axis(35, 33)], None, 3),
    ],
)
def test_units_repeat_after_as_many_as_their_paces_ask_for(axes, shift, phases):
    reach = WHOLE
    for axis in axes:
        reach = reach.through(axis)
    assert (reach.shift, len(reach.spans)) == (shift, phases)


def test_where_nothing_repeats_there_is_nothing_behind_the_last_unit():
    reach = Reach(None, ((0, 2), None, (1, 4)))
    assert [reach.of(unit) for unit in range(-1, 5)] == [None, (0, 2), None, (1, 4), None, None]
    assert reach.size == 4
    assert reach.through(Axis(3, 3, before=1, after=1)).spans == ((0, 2), (0, 4), (1, 4))


def test_where_all_units_see_the_same_all_units_behind_them_do():
    assert Reach(0, ((2, 5),)).through(Axis(9, 3, stride=2)).through(TransposedAxis(4, 2)) == Reach(0, ((2, 5),))


def test_a_unit_further_by_a_turn_sees_as_far_further():
    reach = Reach(3, ((0, 4), None))
    assert [reach.of(unit) for unit in (-4, -3, 0, 1, 2, 200)] == [(-6, -2), None, (0, 4), None, (3, 7), (300, 304)]


def test_the_number_of_phases_is_what_the_paces_say():
    for outputs, cells in itertools.product(range(1, 13), repeat=2):
        reach = WHOLE.through(AdaptiveAxis(cells, outputs))
        common = math.gcd(outputs, cells)
        assert (len(reach.spans), reach.shift) == (outputs // common, cells // common)


# --- Laws -----------------------------------------------------------------------------------------------------------------

REACHES = (
    WHOLE,
    WHOLE.through(Axis(40, 3, stride=2, before=1)),
    WHOLE.through(TransposedAxis(40, 3, stride=2)),
    WHOLE.through(TransposedAxis(40, 2, stride=3, before=1)),
    WHOLE.through(TransposedAxis(40, 2, stride=2, before=1, dilation=5)),
    WHOLE.through(UpsampledAxis(40, 60, linear=True)),
    WHOLE.through(AdaptiveAxis(40, 24)),
    # in order at the first cell, or at the last, alone
    Reach(2, ((0, 9), (1, 2))),
    Reach(2, ((5, 9), (1, 10))),
    Reach(None, tuple((unit % 5, unit) for unit in range(5, 45))),
)


def windows(seed, count):
    """Convolutions of 40 cells or more, that leave 20 or more."""
    rng = random.Random(f"windows {seed}")  # noqa: S311 - the same each time
    kernel_sizes = [rng.randint(1, 4) for _ in range(count)]
    return [
        Axis(10**4, size, stride=rng.randint(1, 3), before=rng.randint(0, 2), dilation=rng.randint(1, 2))
        for size in kernel_sizes
    ]


def in_one(first, second):
    """Both convolutions as one, which holds where the first has no gaps: k1 + (k2 - 1) s1, s1 s2, p1 + p2 s1."""
    return Axis(
        first.input_size,
        first.kernel_size + (second.kernel_size - 1) * first.stride * second.dilation,
        stride=first.stride * second.stride,
        before=first.before + second.before * first.stride,
    )


@pytest.mark.parametrize("reach", REACHES, ids=range(len(REACHES)))
def test_a_window_of_one_cell_changes_nothing(reach):
    same = reach.through(Axis(40, 1))
    assert [same.of(unit) for unit in range(40)] == [reach.of(unit) for unit in range(40)]
    assert same == reach.cropped(0, 40) or len(reach.spans) > 40


def test_two_convolutions_see_what_one_with_their_kernels_together_sees():
    for seed in range(200):
        first, second = (replace(axis, dilation=1) for axis in windows(seed, 2))
        first = replace(first, kernel_size=max(first.kernel_size, first.stride))
        together = WHOLE.through(in_one(first, second))
        assert WHOLE.through(first).through(second) == together
        assert together.size == first.kernel_size + (second.kernel_size - 1) * first.stride


def test_of_three_convolutions_it_is_all_the_same_which_two_are_taken_together():
    for reach, seed in itertools.product(REACHES[:-1], range(40)):
        one, two, three = (replace(axis, dilation=1, kernel_size=axis.kernel_size + 2) for axis in windows(seed, 3))
        step_by_step = reach.through(one).through(two).through(three)
        assert reach.through(in_one(one, two)).through(three) == step_by_step
        assert reach.through(one).through(in_one(two, three)) == step_by_step
        assert reach.through(in_one(in_one(one, two), three)) == reach.through(in_one(one, in_one(two, three))) == step_by_step


def hull(spans):
    spans = list(filter(None, spans))
    return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None


@pytest.mark.parametrize("reach", REACHES, ids=range(len(REACHES)))
def test_a_unit_sees_what_the_units_of_its_window_see(reach):
    """Tap by tap, in order or not, with holes or not."""
    for axis, output in itertools.product(windows(7, 60), range(-3, 9)):
        units = [output * axis.stride - axis.before + tap * axis.dilation for tap in range(axis.kernel_size)]
        through = reach.through(replace(axis, input_size=40))
        if reach.shift is not None or 0 <= output < len(through.spans):
            assert through.of(output) == hull(reach.of(unit) for unit in units)


@pytest.mark.parametrize(("stride", "dilation", "before"), list(itertools.product(range(1, 7), range(1, 7), range(4))))
def test_a_stamp_is_seen_through_by_every_tap_that_lands(stride, dilation, before):
    """input * stride = output + before - tap * dilation, and no other."""
    for kernel_size in range(1, 8):
        through = WHOLE.through(TransposedAxis(12, kernel_size, stride, before, before, dilation))
        for output in range(-4, 9):
            spread = [output + before - tap * dilation for tap in range(kernel_size)]
            assert through.of(output) == hull((at // stride, at // stride) for at in spread if at % stride == 0)


@pytest.mark.parametrize(("before", "size"), [(0, 40), (0, 3), (1, 3), (5, 20), (7, 1)])
@pytest.mark.parametrize("reach", REACHES, ids=range(len(REACHES)))
def test_cropped_the_first_unit_is_the_one_behind_those_cut_off(reach, before, size):
    cropped = reach.cropped(before, size)
    assert [cropped.of(unit) for unit in range(size)] == [reach.of(before + unit) for unit in range(size)]


def test_of_a_layer_that_does_not_repeat_a_crop_leaves_only_what_it_says():
    reach = REACHES[-1]
    assert (reach.cropped(1, 3).shift, len(reach.cropped(1, 3).spans)) == (None, 3)
    assert reach.cropped(1, 3).size < reach.size


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(REACHES, 2)))
def test_merged_a_unit_sees_what_it_sees_through_either(one, other):
    size = 24
    together = merged([one, other], size)
    assert [together.of(unit) for unit in range(size)] == [hull([one.of(unit), other.of(unit)]) for unit in range(size)]
    assert merged([other, one], size) == together
    assert together.size == max(last - first + 1 for first, last in filter(None, map(together.of, range(size))))


def test_merged_with_itself_a_layer_stays_as_it_is():
    for reach in REACHES:
        assert merged([reach], 24) == merged([reach] * 3, 24) == reach


@pytest.mark.parametrize(
    ("one", "other", "shift", "phases"),
    [
        # together they repeat when both do
        (Reach(1, ((0, 0), (0, 1))), Reach(1, ((0, 0), (-1, 0))), 1, 2),
        (Reach(2, ((0, 0), (0, 1))), Reach(3, ((0, 0), (1, 1), (2, 2))), 6, 6),
        (Reach(1, ((0, 0),)), Reach(3, ((0, 2), None, (1, 1))), 3, 3),
        # never, where one goes on faster
        (Reach(1, ((0, 0),)), Reach(2, ((0, 0),)), None, 6),
        (Reach(1, ((0, 0),)), Reach(None, ((0, 0),) * 6), None, 6),
        # not within six units
        (Reach(7, ((0, 0),) * 7), Reach(1, ((1, 1),)), None, 6),
    ],
)
def test_layers_that_are_merged_repeat_together(one, other, shift, phases):
    reach = merged([one, other], 6)
    assert (reach.shift, len(reach.spans)) == (shift, phases)
