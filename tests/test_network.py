"""A network as a table: random networks layer by layer against torch's own modules, totals, memory, conventions."""

from collections import Counter
from dataclasses import astuple, replace

import pytest

from convviz.network import (
    ACTIVATIONS,
    INPUT,
    PRESETS,
    Activation,
    AdaptivePooling,
    Add,
    BatchNorm,
    Concat,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LayerTable,
    Network,
    Pooling,
    TransposedConvolution,
    Upsampling,
    partial,
    shape_words,
)
from tests.checks import one_thread  # noqa: F401 - a fixture
from tests.counted import counted
from tests.network_twin import TwinRow, twin_rows
from tests.random_networks import SPOILED, network

SEEDS = range(3300)
IMPOSSIBLE = {"kernel_size", "dilation", "padding", "before", "after", "output_padding", "groups", "crop", "inputs", "p"}
"""Some of the parameters that both have to refuse."""


def layers(*operations):
    return tuple(Layer(f"layer{number}", operation) for number, operation in enumerate(operations, 1))


def table_of(shape, *operations):
    return Network(shape, layers(*operations)).table()


def row_of(shape, *operations):
    return table_of(shape, *operations).rows[-1]


# --- Random networks, against torch ---------------------------------------------------------------------------------------


def as_torch_says(row):
    return TwinRow(row.name, row.output_shape, row.weights, row.biases, row.buffers, row.macs)


def totals(rows):
    """Weights, biases, buffers, MACs."""
    return tuple(map(sum, zip(*(astuple(row)[2:] for row in rows), strict=True)))


def compare(network):
    """Every layer above the first that torch refuses, and that one; then the totals. Returns the refusal, if any."""
    rows, error = partial(network)
    expected, refused = twin_rows(network)
    assert [as_torch_says(row) for row in rows] == expected
    assert (error and error.layer) == refused
    if error is None:
        table = network.table()
        assert (table.weights, table.biases, table.buffers, table.macs) == totals(expected)
        assert (table.rows, table.output_shape) == (rows, expected[-1].output_shape)
    return error


def test_every_layer_of_random_networks_is_that_of_torch_and_what_torch_refuses_is_refused():
    outcomes, kinds, refused, joins = Counter(), Counter(), Counter(), Counter()
    for seed in SEEDS:
        drawn = network(seed)
        error = compare(drawn)
        outcomes["refused" if error else "computed"] += 1
        refused.update([error.parameter] if error else [])
        rows, _ = partial(drawn)
        kinds.update((type(row.operation).__name__, len(drawn.input_shape) - 1) for row in rows)
        joins["networks with branches"] += any(len(row.inputs) > 1 for row in rows)
        joins["crops that cut"] += sum(any(map(any, row.effect.crop)) for row in rows)
    counted("network", "random layers and branches", outcomes)
    assert outcomes["computed"] > 1500
    assert outcomes["refused"] > 700
    assert min(joins["networks with branches"] - 1000, joins["crops that cut"] - 100) > 0
    # Each kind along 1, 2 and 3 axes.
    assert min(kinds[kind, dimension] for kind in SPOILED for dimension in (1, 2, 3)) > 60
    assert min(refused[parameter] for parameter in IMPOSSIBLE) >= 5


@pytest.mark.parametrize("function", ACTIVATIONS)
@pytest.mark.parametrize("shape", [(4,), (4, 5), (4, 5, 6), (2, 3, 4, 5)], ids=shape_words)
def test_every_activation_keeps_every_shape_that_torch_gives_it(function, shape):
    options = {"Softmax": (("dim", 1),), "LogSoftmax": (("dim", 1),), "LocalResponseNorm": (("size", 2),)}
    operation = Activation(function, options.get(function, ()))
    error = compare(Network(shape, layers(operation)))
    assert bool(error) == (function == "LocalResponseNorm" and len(shape) == 1)
    if not error:
        row = row_of(shape, operation)
        assert (row.output_shape, row.parameters, row.buffers, row.macs) == (shape, 0, 0, 0)


@pytest.mark.parametrize(
    "operation",
    [
        Convolution(6, (3, 4), (2, 1), (1, 2), (1, 2), groups=2, bias=False),
        Convolution(4, 3, padding="same", dilation=2, padding_mode="circular"),
        Convolution(4, 3, padding=(3, 1), padding_mode="reflect", in_channels=4),
        TransposedConvolution(6, 3, (2, 3), 1, (1, 2), groups=2),
        Pooling(3, 2, 1, ceil_mode=True, kind="average", count_include_pad=False),
        Pooling((2, 3), dilation=(2, 1)),
        Pooling(2, kind="lp", ceil_mode=True, norm_type=3),
        AdaptivePooling((3, 11), "max"),
        AdaptivePooling((None, 2)),
        Upsampling((2, 3), mode="linear", align_corners=True),
        Upsampling(None, (3, 20)),
        BatchNorm(affine=False),
        BatchNorm(track_running_stats=False, momentum=None),
        Dense(3, in_features=7, bias=False),
    ],
)
def test_a_setting_of_each_kind_is_that_of_torch(operation):
    assert compare(Network((4, 8, 7), layers(operation))) is None


def test_a_batch_norm_with_nothing_to_learn_or_keep_still_takes_what_it_declares():
    """torch would not notice: there is nothing that could not fit."""
    silent = BatchNorm(affine=False, track_running_stats=False, num_features=7)
    _, error = partial(Network((3, 8), layers(silent)))
    assert (error.parameter, error.limit) == ("num_features", 3)
    assert compare(Network((7, 8), layers(silent))) is None


# --- Counts ---------------------------------------------------------------------------------------------------------------


def test_a_convolution_multiplies_at_its_outputs_and_a_transposed_one_at_its_inputs():
    convolution, transposed = row_of((4, 9, 9), Convolution(6, 3, 2)), row_of((4, 4, 4), TransposedConvolution(6, 3, 2))
    assert (convolution.output_shape, transposed.output_shape) == ((6, 4, 4), (6, 9, 9))
    assert (convolution.weights, transposed.weights) == (6 * 4 * 9, 6 * 4 * 9)
    assert convolution.macs == transposed.macs == 6 * 4 * 9 * 4 * 4


def test_a_dense_layer_along_the_last_axis_multiplies_once_for_each_row():
    row = row_of((3, 5, 7), Dense(2, in_features=7))
    assert (row.output_shape, row.weights, row.biases, row.macs) == ((3, 5, 2), 14, 2, 3 * 5 * 14)


@pytest.mark.parametrize(
    ("operation", "counts"),
    [
        (BatchNorm(), (5, 5, 11)),
        (BatchNorm(affine=False), (0, 0, 11)),
        (BatchNorm(track_running_stats=False), (5, 5, 0)),
        (BatchNorm(affine=False, track_running_stats=False), (0, 0, 0)),
    ],
)
@pytest.mark.parametrize("shape", [(5,), (5, 6), (5, 6, 7), (5, 2, 3, 4)], ids=shape_words)
def test_a_batch_norm_learns_two_numbers_a_channel_and_keeps_two_and_a_count(operation, counts, shape):
    row = row_of(shape, operation)
    assert (row.weights, row.biases, row.buffers) == counts
    assert (row.parameters, row.macs, row.output_shape) == (sum(counts[:2]), 0, shape)


def test_flags_that_are_numbers_count_as_yes_or_no():
    assert [row_of((3, 8), Convolution(4, 3, bias=bias)).biases for bias in (2, 1, 0, None)] == [4, 4, 0, 0]
    assert [row_of((3, 8), TransposedConvolution(4, 3, bias=bias)).biases for bias in (2, 0)] == [4, 0]
    assert [row_of((3,), Dense(4, bias=bias)).biases for bias in (2, 0)] == [4, 0]
    assert astuple(row_of((3,), BatchNorm(2, 2)).effect)[1:4] == (3, 3, 7)


def test_numbers_beyond_any_machine_are_exact():
    row = row_of((10**9, 5, 5), Convolution(10**9, 3))
    assert (row.weights, row.biases, row.macs) == (9 * 10**18, 10**9, 81 * 10**18)
    assert row.bytes == 4 * 9 * 10**9
    table = table_of((10**12, 3), Flatten(), Dense(10**12))
    assert (table.weights, table.macs, table.bytes) == (3 * 10**24, 3 * 10**24, 4 * 10**12)


def test_what_comes_in_and_goes_out_is_made_of_plain_whole_numbers():
    for row in PRESETS["resnet18"].table():
        numbers = (*row.output_shape, row.weights, row.biases, row.buffers, row.parameters, row.macs, row.bytes)
        assert {type(number) for number in numbers} == {int}


# --- Memory ---------------------------------------------------------------------------------------------------------------


def memory_of(*rows, shape=(2, 6)):
    """What the layers, named with what they do and what they read, do to memory."""
    named = tuple(Layer(name, operation, tuple(inputs)) for name, operation, *inputs in rows)
    return [row.memory for row in Network(shape, named).table()]


def test_lenet_takes_as_much_memory_as_its_maps():
    """Two convolutions, two poolings, three dense layers; sigmoids overwrite, the flatten is a view."""
    cells = 6 * 28 * 28 + 6 * 14 * 14 + 16 * 10 * 10 + 16 * 5 * 5 + 120 + 84 + 10
    table = PRESETS["lenet5"].table()
    assert table.bytes == 4 * cells == 32_376
    assert {row.name: row.bytes for row in table if row.memory != "own"} == {
        "sigmoid1": 0,
        "sigmoid2": 0,
        "flatten": 0,
        "sigmoid3": 0,
        "sigmoid4": 0,
    }


@pytest.mark.parametrize("overwrites", [Activation(), Dropout()])
@pytest.mark.parametrize(
    ("rows", "memory"),
    [
        # the network's input is somebody else's
        ([("a", None)], ["own"]),
        ([("f", Flatten()), ("a", None)], ["view", "own"]),
        ([("f", Flatten()), ("g", Flatten()), ("a", None), ("b", None)], ["view", "view", "own", "in place"]),
        # a layer above that nobody else reads
        ([("x", BatchNorm()), ("a", None), ("b", None)], ["own", "in place", "in place"]),
        ([("x", BatchNorm()), ("f", Flatten()), ("a", None)], ["own", "view", "in place"]),
        # one that another layer reads
        ([("x", BatchNorm()), ("a", None), ("s", Add(), "x", "a")], ["own", "own", "own"]),
        ([("x", BatchNorm()), ("a", None, "x"), ("b", None, "x")], ["own", "own", "own"]),
        ([("x", BatchNorm()), ("a", None), ("b", None), ("s", Add(), "a", "b")], ["own", "in place", "own", "own"]),
        # one that the same layer reads twice
        ([("x", BatchNorm()), ("s", Add(), "x", "x"), ("a", None)], ["own", "own", "in place"]),
        # a view of one that another layer reads, and the other way round
        ([("x", BatchNorm()), ("f", Flatten()), ("a", None), ("y", BatchNorm(), "x")], ["own", "view", "own", "own"]),
        ([("x", BatchNorm()), ("f", Flatten()), ("a", None), ("b", None, "f")], ["own", "view", "own", "own"]),
        ([("x", BatchNorm()), ("f", Flatten()), ("a", None, "x")], ["own", "view", "own"]),
    ],
)
def test_only_what_nobody_else_reads_is_overwritten(overwrites, rows, memory):
    filled = [(name, operation or overwrites, *inputs) for name, operation, *inputs in rows]
    assert memory_of(*filled) == memory


def readers_of_the_same_memory(rows, row):
    """Who reads what `row` reads, or a view of it, except for the views themselves."""
    views = {view.name: view.inputs[0] for view in rows if isinstance(view.operation, Flatten)}

    def ground(name):
        return ground(views[name]) if name in views else name

    here = ground(row.inputs[0])
    readers = [other.name for other in rows for name in other.inputs if other.name not in views and ground(name) == here]
    return here, readers


def test_in_random_networks_a_layer_overwrites_what_it_alone_reads_and_nothing_else():
    seen = Counter()
    for seed in SEEDS:
        rows, error = partial(network(seed))
        if error:
            continue
        for row in rows:
            if not isinstance(row.operation, Activation | Dropout):
                assert row.memory == ("view" if isinstance(row.operation, Flatten) else "own")
                continue
            here, readers = readers_of_the_same_memory(rows, row)
            assert row.memory == ("in place" if here != INPUT and readers == [row.name] else "own")
            seen[row.memory] += 1
    assert seen["own"] > 150
    assert seen["in place"] > 2000


# --- The table ------------------------------------------------------------------------------------------------------------


def test_a_network_without_layers_hands_its_input_on():
    table = Network((3, 8, 8)).table()
    assert (len(table), list(table), table.output_shape) == (0, [], (3, 8, 8))
    assert (table.weights, table.biases, table.buffers, table.parameters, table.macs, table.bytes) == (0,) * 6


def test_a_row_says_whom_it_reads_and_what_comes_in():
    branches = (Layer("a", Convolution(2, 1)), Layer("b", Activation()), Layer("c", Concat(), (INPUT, "b")))
    table = Network((1, 4, 4), branches).table()
    assert [(row.name, row.inputs, row.input_shapes) for row in table] == [
        ("a", (INPUT,), ((1, 4, 4),)),
        ("b", ("a",), ((2, 4, 4),)),
        ("c", (INPUT, "b"), ((1, 4, 4), (2, 4, 4))),
    ]
    assert [row.operation for row in table] == [layer.operation for layer in branches]
    assert table.row("b") == table.rows[1]


def test_totals_are_sums_over_the_rows():
    table = PRESETS["resnet18"].table()
    for name in ("weights", "biases", "buffers", "parameters", "macs", "bytes"):
        assert getattr(table, name) == sum(getattr(row, name) for row in table) > 0
    assert table.parameters == table.weights + table.biases


def test_a_layer_reads_the_one_above_or_the_one_named():
    above = (Layer("a", Convolution(5, 1)), Layer("b", Convolution(7, 1)), Layer("c", Activation()))
    named = (*above[:2], replace(above[2], inputs=("a",)), Layer("d", Activation()))
    assert Network((1, 4), above).table().output_shape == (7, 4)
    assert Network((1, 4), named).table().output_shape == (5, 4)


def test_rows_above_a_layer_that_does_not_fit_are_kept():
    rows, error = partial(Network((1, 8), layers(Convolution(2, 3), Convolution(3, 9), Convolution(4, 1))))
    assert [(row.name, row.output_shape) for row in rows] == [("layer1", (2, 6))]
    assert error.layer == "layer2"


def test_a_crop_says_how_many_cells_it_cuts_off_in_front():
    branches = (
        Layer("a", Convolution(2, (4, 2))),
        Layer("b", Convolution(3, (1, 5)), (INPUT,)),
        Layer("c", Concat(crop=True), (INPUT, "a", "b")),
    )
    row = Network((1, 9, 9), branches).table().row("c")
    assert row.output_shape == (6, 6, 5)
    assert row.effect.crop == ((1, 2), (0, 1), (1, 0))


def test_what_a_layer_slides_along_is_kept():
    table = table_of((1, 9, 8), Convolution(2, 3, 2, 1), Activation(), Upsampling(2))
    assert [[axis.output_size for axis in row.effect.axes] for row in table.rows] == [[5, 4], [], [10, 8]]


def test_of_a_table_rows_are_counted_named_and_walked_through():
    table = table_of((4,), Dense(3), Dense(2))
    assert isinstance(table, LayerTable)
    assert (len(table), [row.name for row in table]) == (2, ["layer1", "layer2"])
    with pytest.raises(KeyError, match="layer3"):
        table.row("layer3")
