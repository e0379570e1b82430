"""What a unit reads, as a set: against the support of torch's gradients, over random networks and every preset."""

import random
from collections import Counter

import numpy as np
import pytest

from convviz.geometry import GeometryError
from convviz.network import (
    PRESETS,
    STACKS,
    Add,
    Convolution,
    Dense,
    Flatten,
    Layer,
    LayerTable,
    Network,
    TransposedConvolution,
    downwards,
    partial,
    sizes_of,
    upwards,
)
from tests.checks import one_thread, refusal  # noqa: F401 - a fixture
from tests.counted import counted
from tests.random_networks import small_network
from tests.support_twin import support, values_of

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")  # torch's own copy is meant


MOST_SENT = 12
"""Layers of a network that are asked back."""


def mask(paths, sizes):
    """Which cells are reached at all."""
    return paths.over(sizes) > 0 if paths else np.zeros(sizes, dtype=bool)


def check_read(table, values, layer, unit, below="input"):
    """The same cells have a gradient as are read; returns how many."""
    ours = mask(downwards(table, layer, unit).get(below), sizes_of(table, below))
    theirs = support(values, layer, unit, below).numpy()
    assert (ours == theirs).all(), f"{layer} {unit} reads of {below}\n{ours * 1}\nand torch says\n{theirs * 1}"
    return int(ours.sum())


def check_sent(table, layer, unit):
    """Upwards is downwards read backwards: the same ways between any two units, counted from either side."""
    reached = [*upwards(table, layer, unit).items()]
    for name, paths in reached[:: len(reached) // MOST_SENT + 1] + reached[-1:]:
        position = tuple(first + int(index) for first, index in zip(paths.first, np.argwhere(paths.counts)[-1], strict=True))
        back = downwards(table, name, position)[layer]
        ways = paths.over(sizes_of(table, name))[position]
        assert back.over(sizes_of(table, layer))[unit] == pytest.approx(ways, rel=1e-12)


def some_unit(rng, table, layer):
    return tuple(rng.randrange(size) for size in sizes_of(table, layer))


def test_units_of_random_networks_read_the_cells_that_torch_has_gradients_for():
    counts, special = Counter(), Counter()
    for seed in range(2100):
        network = small_network(seed)
        rows, _ = partial(network)
        if not rows:
            continue
        table = LayerTable(network.input_shape, rows)
        values = values_of(Network(network.input_shape, network.layers[: len(rows)]))
        rng = random.Random(seed)  # noqa: S311 - the same each time
        for row in (rows[-1], rng.choice(rows)):
            unit = some_unit(rng, table, row.name)
            read = check_read(table, values, row.name, unit)
            check_read(table, values, row.name, unit, rng.choice(("input", *row.inputs)))
            box = np.prod(
                [
                    min(span[1], size - 1) - max(span[0], 0) + 1 if (span := reach.of(position)) else 0
                    for reach, position, size in zip(row.reaches, unit, network.input_shape[1:], strict=True)
                ]
            )
            special["holes, or clipped on the way"] += read < box
            special["nothing"] += read == 0
            special["branches"] += any(len(each.inputs) > 1 for each in rows)
        check_sent(table, "input", some_unit(rng, table, "input"))
        counts["computed"] += 1
    counted("receptive field", "as sets, random networks", counts)
    assert counts["computed"] >= 2000
    assert min(special.values()) > 20, special


ALL = {**STACKS, **PRESETS}
SPATIAL = {name: [row.name for row in preset.table() if row.reaches != "all"] for name, preset in ALL.items()}


@pytest.mark.parametrize("name", ALL)
def test_units_of_every_preset_read_the_cells_that_torch_has_gradients_for(name):
    """Of its last layer with places, the unit in the middle and the one in the corner; of one halfway, any."""
    network, table = ALL[name].network, ALL[name].table()
    values = values_of(network)
    last, halfway = SPATIAL[name][-1], SPATIAL[name][len(SPATIAL[name]) // 2]
    sizes = sizes_of(table, last)
    check_read(table, values, last, tuple(size // 2 for size in sizes))
    check_read(table, values, last, (*(0 for _ in sizes[1:]), sizes[-1] - 1))
    check_read(table, values, halfway, some_unit(random.Random(name), table, halfway))  # noqa: S311 - the same each time
    check_sent(table, "input", tuple(size // 2 for size in network.input_shape[1:]))
    counted("receptive field", "as sets, presets", {"computed": 1})


def field(shape, *layers):
    """Of the first unit of the last layer: rows of the input as text, a digit or a dot a cell."""
    table = Network(shape, layers).table()
    name = table.rows[-1].name
    counts = downwards(table, name, (0,) * len(sizes_of(table, name)))["input"].over(shape[1:])
    return ["".join(f"{count:.0f}" if count else "." for count in row) for row in counts]


def test_two_small_kernels_see_all_nine_inputs():
    """S4: the receptive field on Y is four elements, on the input all nine."""
    small = Convolution(1, 2)
    assert field((1, 3, 3), Layer("hidden", small), Layer("z", small)) == ["121", "242", "121"]


def test_branches_are_united_cell_by_cell():
    """1×7 beside 7×1 reads 13 cells and not 49; dilation 3 beside 1 reads 17 and not 25."""
    wide = Layer("wide", Convolution(1, (1, 7), padding=(0, 3)), ("input",))
    high = Layer("high", Convolution(1, (7, 1), padding=(3, 0)), ("input",))
    table = Network((1, 7, 7), (wide, high, Layer("sum", Add(), ("wide", "high")))).table()
    read = downwards(table, "sum", (3, 3))["input"].over((7, 7))
    assert ((read > 0).sum(), read[3, 3]) == (13, 2)
    near = Layer("near", Convolution(1, 3, padding=1), ("input",))
    far = Layer("far", Convolution(1, 3, padding=3, dilation=3), ("input",))
    table = Network((1, 7, 7), (near, far, Layer("sum", Add(), ("near", "far")))).table()
    assert (downwards(table, "sum", (3, 3))["input"].over((7, 7)) > 0).sum() == 17


def test_dilation_leaves_holes_and_transposed_layers_have_phases():
    dilated = Convolution(1, (1, 3), dilation=(1, 2))
    assert field((1, 1, 5), Layer("conv", dilated)) == ["1.1.1"]
    table = Network((1, 4), (Layer("up", TransposedConvolution(1, 3, 2)),)).table()
    read = [downwards(table, "up", (unit,))["input"].counts.size for unit in range(2, 7)]
    assert read == [2, 1, 2, 1, 2]


def test_behind_a_flatten_everything_is_seen_that_any_window_reads():
    """Stride 2 leaves the last column unread."""
    layers = Layer("conv", Convolution(1, 2, 2)), Layer("flatten", Flatten()), Layer("dense", Dense(3))
    table = Network((1, 2, 5), layers).table()
    for name in ("flatten", "dense"):
        assert downwards(table, name, ())["input"].over((2, 5)).tolist() == [[1, 1, 1, 1, 0]] * 2
    reached = upwards(table, "input", (0, 1))
    assert [(each, paths.counts.tolist()) for each, paths in reached.items()] == [
        ("input", [[1]]),
        ("conv", [[1]]),
        ("flatten", 1),
        ("dense", 1),
    ]
    assert [*upwards(table, "input", (0, 4))] == ["input"]


def test_more_ways_than_can_be_counted_are_still_told_from_none():
    layers = tuple(Layer(f"conv{number}", Convolution(1, 3, padding=1)) for number in range(700))
    counts = downwards(Network((1, 9), layers).table(), "conv699", (4,))["input"].counts
    assert counts.max() == 1e150
    assert (counts > 0).all()


@pytest.mark.parametrize(
    ("layer", "unit", "words"),
    [
        ("conv9", (0,), 'layer is "conv9": it is none of input, conv'),
        ("conv", (3,), "unit is (3,): conv has units (0,) to (2,)"),
        ("conv", (-1,), "unit is (-1,): conv has units (0,) to (2,)"),
        ("input", (0, 0), "unit is (0, 0): input has units (0,) to (4,)"),
    ],
)
def test_what_is_not_there_is_named(layer, unit, words):
    table = Network((1, 5), (Layer("conv", Convolution(1, 3)),)).table()
    for follow in (downwards, upwards):
        error = refusal(follow, table, layer, unit)
        assert str(error) == words
        assert isinstance(error, GeometryError)
