"""What a unit sees: against torch's gradients unit by unit, in networks as published, and where it is too much to follow."""

import itertools
from collections import Counter
from dataclasses import replace

import pytest

from convviz.geometry import UpsampledAxis
from convviz.network import (
    PRESETS,
    Activation,
    AdaptivePooling,
    Add,
    BatchNorm,
    Concat,
    Convolution,
    Dense,
    Flatten,
    Layer,
    Network,
    NetworkError,
    Pooling,
    TransposedConvolution,
    Upsampling,
    partial,
)
from convviz.receptive_field import MOST_PHASES, WHOLE, Reach, merged
from tests.checks import one_thread, refusal  # noqa: F401 - a fixture
from tests.counted import counted
from tests.field_twin import BESIDE, fields
from tests.random_networks import small_network

# --- Every unit of random networks, against gradients ---------------------------------------------------------------------

LARGEST = 64
"""Cells of an axis that are still looked through one by one."""


def can_be_seen_through(row):
    """Not too large, and no corners aligned where one of the sizes is 1: torch then reads the same cell for ever."""
    aligned = isinstance(row.operation, Upsampling) and row.operation.align_corners
    return max(row.output_shape[1:]) <= LARGEST and not (aligned and 1 in (*row.input_shapes[0][1:], *row.output_shape[1:]))


def rows_of(network):
    return list(itertools.takewhile(can_be_seen_through, partial(network)[0]))


def ends(row, axis):
    """Where nothing repeats the layer's units are all there are."""
    return row.reaches[axis].shift is None


def widest(spans):
    return max((last - first + 1 for first, last in filter(None, spans)), default=0)


def compare(row, seen):
    """Every unit along every axis, those beside the layer too; returns what was special about it."""
    special = Counter()
    for axis, (reach, size) in enumerate(zip(row.reaches, row.output_shape[1:], strict=True)):
        if not all(any(spans) for other, spans in enumerate(seen) if other != axis):
            special["nothing seen at all, for holes along the other axis"] += 1
            continue
        assert [reach.of(unit) for unit in range(-BESIDE, size + BESIDE)] == seen[axis]
        assert reach.size == row.receptive_field[axis] == widest(seen[axis][BESIDE:-BESIDE])
        special["repeats"] += len(reach.spans) > 1 and reach.shift is not None
        special["does not repeat"] += reach.shift is None
        special["holes"] += None in reach.spans
    return special


def test_every_unit_of_random_networks_sees_the_cells_that_torch_has_gradients_for():
    counts, kinds, special = Counter(), Counter(), Counter()
    for seed in range(500):
        network = small_network(seed)
        if not (rows := rows_of(network)):
            continue
        seen = fields(network, rows, ends)
        for row in rows:
            special += compare(row, seen[row.name])
            kinds[type(row.operation).__name__] += 1
        counts["computed"] += 1
        special[f"{len(network.input_shape) - 1}-D"] += 1
    counted("receptive field", "every unit of random networks", counts)
    assert counts["computed"] >= 450
    assert min(special[which] for which in ("1-D", "2-D", "repeats", "does not repeat", "holes")) > 60
    assert special["nothing seen at all, for holes along the other axis"] < 20
    assert len(kinds) == 10
    assert min(kinds.values()) > 40


# --- The input's size -----------------------------------------------------------------------------------------------------


def longer(network):
    """The same layers over an input on which any period has room."""
    sizes = (512,) * (len(network.input_shape) - 1)
    return replace(network, input_shape=(network.input_shape[0], *sizes))


def has_fixed_sizes(operation):
    """Whether what it does depends on the size of its input."""
    return isinstance(operation, AdaptivePooling) or (isinstance(operation, Upsampling) and not operation.scale_factor)


def test_a_field_does_not_depend_on_the_size_of_the_input():
    compared = 0
    for seed in range(500):
        network = small_network(seed)
        free = itertools.takewhile(
            lambda layer: not has_fixed_sizes(layer.operation) and scales(layer.operation), network.layers
        )
        network = replace(network, layers=tuple(free))
        rows, _ = partial(network)
        more = {row.name: row for row in partial(longer(network))[0]}
        for row in rows:
            if row.name not in more:
                break
            for short, long in zip(row.reaches, more[row.name].reaches, strict=True):
                if short.shift is None:
                    continue
                assert short == long
                compared += 1
    assert compared > 800


def scales(operation):
    return not (
        isinstance(operation, (Upsampling, Concat))
        and (getattr(operation, "align_corners", False) or getattr(operation, "crop", False))
    )


# --- In a network ---------------------------------------------------------------------------------------------------------


def layers(*operations):
    return tuple(Layer(f"layer{number}", operation) for number, operation in enumerate(operations, 1))


def field_of(shape, *operations):
    return Network(shape, layers(*operations)).table().rows[-1].receptive_field


@pytest.mark.parametrize(
    ("preset", "layer", "cells"),
    [
        ("alexnet", "pool3", 195),
        ("vgg16", "pool5", 212),
        ("resnet18", "layer4.1.relu2", 435),
        ("resnet50_v1", "layer4.2.relu3", 483),
        ("resnet50", "layer4.2.relu3", 427),
        ("densenet121", "denseblock4.denselayer16.concat", 2071),
        ("lenet5", "pool2", 16),
        ("stack", "conv2", 7),
        ("seven5x5", "conv7", 29),
    ],
)
def test_published_networks_see_as_far_as_published(preset, layer, cells):
    """Araujo, Norris, Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks", table 1; 4 n + 1 for n 5×5."""
    assert PRESETS[preset].table().row(layer).receptive_field == (cells, cells)


def test_a_kernel_and_a_stride_of_their_own_for_each_axis():
    assert field_of((1, 30, 31, 32), Convolution(1, (3, 2, 1), (1, 2, 3)), Pooling(2, 1)) == (4, 4, 4)
    assert field_of((1, 30, 32), Convolution(1, (3, 1), dilation=(4, 4)), Convolution(1, (1, 5))) == (9, 5)


@pytest.mark.parametrize("operation", [Activation(), BatchNorm(), Pooling(1), Upsampling(1), Convolution(4, 1)])
def test_what_looks_at_one_cell_sees_as_far_as_before(operation):
    assert field_of((1, 9, 9), Convolution(3, 3), operation) == (3, 3)


@pytest.mark.parametrize(
    "operations",
    [
        (Flatten(),),
        (Dense(3, in_features=9),),
        (Flatten(), Dense(3), Activation()),
        (Dense(3, in_features=9), Convolution(1, 1), Pooling(3)),
    ],
)
def test_behind_a_flatten_or_a_dense_layer_everything_is_seen(operations):
    assert field_of((1, 9, 9), *operations) == "all"


def test_a_row_of_numbers_has_no_axes_to_look_along():
    table = Network((4,), layers(Activation(), BatchNorm(), Dense(2))).table()
    assert [row.receptive_field for row in table] == [(), (), "all"]


@pytest.mark.parametrize("join", [Add(), Concat(), Concat(crop=True)])
def test_of_several_branches_the_widest_counts(join):
    branches = (
        Layer("wide", Convolution(2, 5, padding=2), ("input",)),
        Layer("narrow", Convolution(2, 1), ("input",)),
        Layer("seen", join, ("narrow", "wide")),
    )
    assert Network((2, 9, 9), branches).table().row("seen").receptive_field == (5, 5)


def test_a_sum_with_a_flat_branch_sees_everything():
    branches = (
        Layer("row", Activation(), ("input",)),
        Layer("dense", Dense(4), ("input",)),
        Layer("sum", Add(), ("row", "dense")),
    )
    assert [row.receptive_field for row in Network((4,), branches).table()] == [(), "all", "all"]


def test_cropped_in_the_middle_a_skip_lies_where_the_branch_looks():
    """4 cells lost in front: 8 windows of 5 over 16 cells without padding, twice."""
    branches = (
        Layer("once", Convolution(1, 5)),
        Layer("twice", Convolution(1, 5)),
        Layer("joined", Concat(crop=True), ("input", "twice")),
    )
    table = Network((1, 16), branches).table()
    (reach,) = table.row("joined").reaches
    assert (reach.of(0), reach.size) == ((0, 8), 9)
    (alone,) = (
        Network((1, 16), (*branches[:2], Layer("joined", Concat(crop=True), ("once", "twice")))).table().row("joined").reaches
    )
    assert alone == table.row("twice").reaches[0]


def test_of_the_larger_layer_the_middle_is_seen():
    """The smaller one has lost two cells in front too, and sees no other cells than the middle of the larger one."""
    branches = (
        Layer("middle", TransposedConvolution(1, 1, padding=2)),
        Layer("joined", Concat(crop=True), ("input", "middle")),
    )
    assert Network((1, 9), branches).table().row("joined").reaches == (Reach(1, ((2, 2),)),)


def test_between_the_stamps_a_unit_sees_nothing():
    (reach,) = Network((1, 4), layers(TransposedConvolution(1, 1, 3))).table().rows[0].reaches
    assert reach == Reach(1, ((0, 0), None, None))
    assert Reach(1, (None,)).size == 0


def test_a_field_beside_another_pace_does_not_repeat():
    """Adaptive windows of 5 cells → 3 beside windows of 3 with stride 1: unit by unit, and no further."""
    branches = (
        Layer("adaptive", AdaptivePooling(3), ("input",)),
        Layer("sliding", Convolution(1, 3), ("input",)),
        Layer("sum", Add(), ("adaptive", "sliding")),
        Layer("behind", Convolution(1, 3, padding=1)),
    )
    table = Network((1, 5), branches).table()
    assert table.row("sum").reaches == (Reach(None, ((0, 2), (1, 3), (2, 4))),)
    assert table.row("behind").reaches == (Reach(None, ((0, 3), (0, 4), (1, 4))),)
    assert [row.receptive_field for row in table] == [(3,), (3,), (3,), (5,)]


# --- Too many to follow ---------------------------------------------------------------------------------------------------


def test_as_many_phases_as_are_followed_and_one_more():
    assert len(WHOLE.through(UpsampledAxis(1, MOST_PHASES)).spans) == MOST_PHASES == 4096
    error = refusal(WHOLE.through, UpsampledAxis(1, MOST_PHASES + 1))
    assert str(error) == "what its units see repeats only every 4,097 units: at most 4,096 are followed"
    assert (error.parameter, error.value, error.limit, error.remedy, error.axis) == ("output_size", 4097, 4096, {}, None)


def test_branches_that_repeat_too_late_are_refused_in_the_network_too():
    slow, slower = (Reach(turn, tuple((unit % turn // 2,) * 2 for unit in range(turn))) for turn in (67, 73))
    assert refusal(merged, [slow, slower], 5000).value == 67 * 73
    assert len(merged([slow, slower], 4000).spans) == 4000
    network = Network((1, 1, 1), layers(Upsampling((1, 5000))))
    with pytest.raises(NetworkError, match="repeats only every 5,000 units") as caught:
        network.table()
    assert (caught.value.layer, caught.value.value, caught.value.axis) == ("layer1", 5000, None)


@pytest.mark.parametrize(
    ("size", "operations", "field"),
    [
        (1, (TransposedConvolution(1, 10**6, 4096), Convolution(1, 5 * 10**5)), 367),
        (2**20, (AdaptivePooling(4095), Convolution(1, 3, padding=2000, dilation=100)), 51_470),
        (2**20, (Convolution(1, 5 * 10**5, padding=10**5), Convolution(1, 5 * 10**5, padding=10**5)), 999_999),
    ],
)
def test_a_window_of_a_million_cells_is_not_walked_through(size, operations, field):
    """Minutes, tap by tap."""
    assert field_of((1, size), *operations) == (field,)
