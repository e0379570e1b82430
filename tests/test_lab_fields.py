"""Effective fields: gradients against matrices written out, fields within their boxes, moments that come back."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from convviz import GeometryError
from convviz.lab.fields.budget import MOST_BYTES, affordable
from convviz.lab.fields.effective import averaged, over_box
from convviz.lab.fields.gradients import draw_weights, gradient, gradient_magnitude
from convviz.lab.fields.narrowing import narrowed, pruned
from convviz.lab.fields.units import MOST_CELLS, Box, box_of, unit_left
from convviz.lab.module import build
from convviz.network import (
    PRESETS,
    Activation,
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
)
from tests.checks import one_thread, refusal  # noqa: F401 - one is a fixture
from tests.random_networks import network, small_network


def stacked(shape: tuple[int, ...], *operations: Any) -> Network:
    """Layers one behind the other, called l1, l2, …"""
    return Network(shape, tuple(Layer(f"l{number}", each) for number, each in enumerate(operations, start=1)))


def possible(made: Network) -> bool:
    try:
        made.table()
    except NetworkError:
        return False
    return True


def inside(made: Network, layer: str, unit: tuple[int, ...]) -> np.ndarray:
    """The cells of the input in the unit's box."""
    box = box_of(made, layer, unit)
    cells = np.zeros(made.input_shape[1:], dtype=bool)
    cells[tuple(slice(max(first, 0), max(first + size, 0)) for first, size in zip(box.first, box.sizes, strict=True))] = True
    return cells


def units(sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """The first, the middle and the last."""
    return [(0,) * len(sizes), tuple(size // 2 for size in sizes), tuple(size - 1 for size in sizes)]


# --- Narrowed networks --------------------------------------------------------------------------------------------------


def test_narrowing_changes_channels_alone():
    count = 0
    for seed in range(400):
        drawn = network(seed)
        if not possible(drawn):
            continue
        table = drawn.table()
        layer = table.rows[seed % len(table)].name
        count += 1
        small = narrowed(drawn, layer, most=2).table()
        assert small.rows[-1].name == layer
        for row in small:
            was = table.row(row.name)
            assert (row.inputs, row.reaches) == (was.inputs, was.reaches)
            assert len(row.output_shape) == len(was.output_shape)
            assert row.output_shape[1:] == was.output_shape[1:]
            assert row.output_shape[0] <= was.output_shape[0]
    assert count >= 200


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_narrowed_to_sixteen_channels_each(name):
    whole = PRESETS[name].table()
    small = narrowed(PRESETS[name].network, whole.rows[-1].name).table()
    assert [row.name for row in small] == [row.name for row in whole]
    for row in small:
        if isinstance(row.operation, Convolution | TransposedConvolution | Dense):
            assert row.output_shape == (min(whole.row(row.name).output_shape[0], 16), *whole.row(row.name).output_shape[1:])


@pytest.mark.parametrize(
    ("channels", "operation", "groups", "out"),
    [
        (64, Convolution(64, 3, groups=64), 4, 4),  # depthwise
        (64, Convolution(128, 3, groups=64), 4, 4),  # depthwise, two of each
        (3, Convolution(9, 3, groups=3), 3, 3),  # depthwise, three of each: three are fewer than four
        (64, Convolution(64, 3, groups=2), 2, 4),  # grouped
        (64, TransposedConvolution(64, 3, groups=32), 4, 4),  # more groups than channels left
        (6, Convolution(9, 3, groups=3), 2, 4),  # three no longer divide, two do
        (9, Convolution(3, 3, groups=3), 1, 3),  # none do
        (64, Convolution(64, 3, in_channels=64), 1, 4),  # channels that were declared
    ],
)
def test_groups_still_divide(channels, operation, groups, out):
    small = narrowed(stacked((channels, 9), operation), "l1", most=4)
    assert (small.layers[0].operation.groups, small.layers[0].operation.out_channels) == (groups, out)
    assert small.table().output_shape[0] == out


def test_what_was_declared_follows_what_comes_in():
    declared = Convolution(64, 3), BatchNorm(num_features=64), Flatten(), Dense(40, in_features=448), Dense(9, in_features=40)
    small = narrowed(stacked((64, 9), *declared), "l5", most=4).table()
    assert [row.output_shape for row in small] == [(4, 7), (4, 7), (28,), (4,), (4,)]


def test_only_what_is_read_is_kept():
    layers = (
        Layer("left", Convolution(4, 3)),
        Layer("loose", Activation(), ("left",)),
        Layer("right", Convolution(4, 3), ("input",)),
        Layer("sum", Add(), ("left", "right")),
        Layer("behind", Activation()),
    )
    assert [layer.name for layer in pruned(Network((3, 8), layers), "sum").layers] == ["left", "right", "sum"]
    assert [layer.inputs for layer in pruned(Network((3, 8), layers), "loose").layers] == [("input",), ("left",)]


def test_channels_stay_where_parts_no_longer_fit():
    layers = (
        Layer("left", Convolution(16, 1)),
        Layer("right", Convolution(16, 1), ("input",)),
        Layer("both", Concat(), ("left", "right")),
        Layer("wide", Convolution(32, 1), ("input",)),
        Layer("sum", Add(), ("both", "wide")),
    )
    assert narrowed(Network((3, 8), layers), "sum", most=4).table().row("sum").output_shape == (32, 8)


def test_features_along_an_axis_are_cells_and_stay():
    small = narrowed(stacked((64, 5, 20), Dense(30, in_features=20), Flatten(), Dense(40)), "l3", most=4).table()
    assert [row.output_shape for row in small] == [(4, 5, 30), (600,), (4,)]


def test_the_index_of_a_dense_unit_is_taken_modulo_what_is_left():
    small = narrowed(PRESETS["vgg16"].network, "dense3")
    assert unit_left(small, "dense3", (999,)) == (7,)
    assert unit_left(small, "pool5", (6, 6)) == (6, 6)


def test_what_costs_too_much_has_fewer_channels_or_is_refused():
    whole = PRESETS["unet_published"].network
    assert 4 <= affordable(whole, "up4.relu2").table().output_shape[0] <= 8
    for large in (
        stacked((3, 1000, 1000), Convolution(64, 31, padding=15)),
        stacked((3, 1000, 1000), Pooling(99, stride=1)),
        stacked((1, 2000, 2000), *[Convolution(64, 1)] * 8),
        stacked((3, 230, 230), *[Convolution(64, 21, padding=10)] * 2),  # a table of 93 million numbers
    ):
        error = refusal(affordable, large, large.layers[-1].name)
        assert (error.parameter, error.value) == ("input_shape", large.input_shape)
        assert error.limit[1] == MOST_BYTES
        assert "choose a layer nearer to the input, or a smaller input" in str(error)


# --- Gradients ----------------------------------------------------------------------------------------------------------


def matrix(weight: np.ndarray, sizes: tuple[int, ...], stride: int, padding: int, dilation: int) -> np.ndarray:
    """A convolution of one channel as outputs × inputs, cell by cell."""
    spans = [dilation * (size - 1) + 1 for size in weight.shape]
    outs = [(size + 2 * padding - span) // stride + 1 for size, span in zip(sizes, spans, strict=True)]
    found = np.zeros((*outs, *sizes))
    for out in product(*map(range, outs)):
        for tap in product(*map(range, weight.shape)):
            cell = tuple(o * stride - padding + t * dilation for o, t in zip(out, tap, strict=True))
            if all(0 <= c < size for c, size in zip(cell, sizes, strict=True)):
                found[(*out, *cell)] += weight[tap]
    return found.reshape(prod(outs), prod(sizes))


@pytest.mark.parametrize("sizes", [(15,), (9, 11), (7, 6, 7)])
def test_the_gradient_of_linear_layers_is_the_product_of_their_matrices(sizes):
    rng = np.random.default_rng(0)
    settings = [(3, 1, 1, 1), (3, 2, 2, 1), (2, 1, 0, 2)]  # kernel, stride, padding, dilation
    network = stacked((1, *sizes), *(Convolution(1, size, step, pad, spread) for size, step, pad, spread in settings))
    module = build(network).double()
    product_of_all, shape = np.eye(prod(sizes)), sizes
    for row, (kernel, *window) in zip(network.table(), settings, strict=True):
        weight = rng.uniform(0.1, 1, (kernel,) * len(sizes))
        module.layer(row.name).weight.data[0, 0] = torch.from_numpy(weight)
        product_of_all = matrix(weight, shape, *window) @ product_of_all
        shape = row.output_shape[1:]
    picture = torch.zeros(1, 1, *sizes, dtype=torch.float64)
    for unit in np.ndindex(*shape):
        ours = gradient(module, picture, "l3", unit)[0].numpy()
        np.testing.assert_allclose(ours, product_of_all[np.ravel_multi_index(unit, shape)].reshape(sizes), rtol=1e-12)


def test_channels_are_added_up():
    module = build(stacked((2, 5), Convolution(3, 3, bias=False)))
    nn.init.ones_(module.layer("l1").weight)
    picture = torch.zeros(1, 2, 5)
    assert gradient(module, picture, "l1", (1,)).tolist() == [[0, 3, 3, 3, 0]] * 2
    assert gradient(module, picture, "l1", (1,), torch.tensor([1.0, -4, 1])).tolist() == [[0, -2, -2, -2, 0]] * 2


@pytest.mark.parametrize(
    ("name", "size", "layers"),
    [
        ("lenet5", 28, ("conv1", "pool1", "conv2", "pool2", "dense1", "dense3")),
        ("vgg16", 64, ("conv1_2", "pool3", "pool5", "dense1")),
        ("resnet18", 64, ("maxpool", "layer1.1.relu2", "layer3.0.add", "layer4.1.relu2")),
        ("unet", 64, ("down2.pool", "bottom.relu2", "up1.concat", "up3.relu2", "out")),
    ],
)
def test_gradients_of_presets_lie_in_the_box(name, size, layers):
    whole = PRESETS[name].network
    whole = replace(whole, input_shape=(whole.input_shape[0], size, size))
    for layer in layers:
        row = whole.table().row(layer)
        small = narrowed(whole, layer)
        for unit in units(row.output_shape[1:] or row.output_shape):
            magnitude = gradient_magnitude(small, layer, unit_left(small, layer, unit), seed=1)
            assert magnitude.shape == (size, size)
            assert not magnitude[~inside(whole, layer, unit)].any()
            assert magnitude.sum() == pytest.approx(1) or (len(row.output_shape) == 1 and not magnitude.any())


def test_gradients_of_random_networks_lie_in_the_box():
    count = 0
    for seed in range(150):
        drawn = small_network(seed)
        # What a mode puts into the padding comes from elsewhere.
        layers = [
            replace(layer, operation=replace(layer.operation, padding_mode="zeros"))
            if isinstance(layer.operation, Convolution)
            else layer
            for layer in drawn.layers
        ]
        drawn = Network(drawn.input_shape, tuple(layers))
        if not possible(drawn):
            continue
        row = drawn.table().rows[-1]
        for unit in units(row.output_shape[1:]):
            if refused(drawn, row.name, unit):
                continue
            magnitude = gradient_magnitude(drawn, row.name, unit, seed)
            # A cell exactly on another one's middle leaves a rest of rounding in its neighbour.
            assert not (magnitude[~inside(drawn, row.name, unit)] > 1e-9).any(), (seed, unit)
            count += 1
    assert count >= 200


def refused(made: Network, layer: str, unit: tuple[int, ...]) -> bool:
    """A unit between stamps."""
    try:
        box_of(made, layer, unit)
    except GeometryError as error:
        return "sees nothing" in str(error)
    return False


def test_a_seed_says_all():
    small = narrowed(PRESETS["lenet5"].network, "conv2")
    again = [gradient_magnitude(small, "conv2", (4, 4), seed) for seed in (0, 0, 1)]
    assert (again[0] == again[1]).all()
    assert not np.allclose(again[0], again[2])


def test_the_last_cell_of_a_deep_field_is_seen():
    deep = stacked((1, 121, 121), *[Convolution(4, 3, padding=1)] * 60)
    magnitude = gradient_magnitude(deep, "l60", (60, 60), seed=0)
    assert (magnitude > 0).all()
    assert magnitude[0, 0] < 1e-30, "less than float32 holds beside a sum of 1"


def test_a_very_deep_residual_network_comes_through():
    deep = replace(PRESETS["resnet152"].network, input_shape=(3, 64, 64))
    magnitude = gradient_magnitude(narrowed(deep, "layer4.2.relu3"), "layer4.2.relu3", (1, 1), seed=0)
    assert (magnitude > 0).all()


def test_a_norm_without_statistics_of_its_own_takes_none_of_the_picture():
    network = stacked((1, 9), Convolution(4, 3), BatchNorm(track_running_stats=False), Activation("Tanh"))
    assert gradient_magnitude(network, "l3", (2,), seed=0).nonzero()[0].tolist() == [2, 3, 4]


def test_a_softmax_is_not_lost_in_the_sum_of_its_channels():
    network = stacked((1, 9), Convolution(4, 3), Activation("Softmax", (("dim", 1),)))
    module, picture = (
        build(network).double(),
        torch.randn(1, 1, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0)),
    )
    assert gradient(module, picture, "l2", (2,)).abs().max() < 1e-15, "a rest of rounding"
    assert gradient(module, picture, "l2", (2,), torch.tensor([1.0, 2, 3, 4])).abs().max() > 1e-3
    seeds = [gradient_magnitude(network, "l2", (2,), seed) for seed in range(40)]
    # Rounding leaves few different numbers.
    assert len(np.unique(np.round(np.array(seeds)[:, 2:5], 6))) > 100


def test_a_network_through_which_nothing_comes_has_no_gradient():
    network = stacked((1, 5), Activation("Hardtanh", (("max_val", -1e9), ("min_val", -2e9))))
    assert not gradient_magnitude(network, "l1", (2,), seed=0).any()


def test_numbers_that_grow_beyond_all_are_an_error_in_words():
    network = stacked((1, 6), Convolution(2, 3), Pooling(2, kind="lp", norm_type=1e5), Convolution(1, 1))
    with pytest.raises(FloatingPointError, match="l3: with random weights its numbers grow beyond what float64 holds"):
        gradient_magnitude(network, "l3", (0,), seed=0)


@pytest.mark.parametrize(
    ("operation", "read"),
    [
        (Convolution(64, 3), 64 * 9),
        (Convolution(64, 3, stride=2, groups=4), 16 * 9),
        (TransposedConvolution(64, 2, 2), 64),  # of four weights a channel each output reads one
        (TransposedConvolution(64, 4, 2, padding=1), 64 * 4),
    ],
)
def test_weights_vary_by_how_many_numbers_an_output_reads(operation, read):
    table = stacked((64, 9, 9), operation).table()
    module = build(Network(table.input_shape, (Layer("l1", operation),)))
    draw_weights(module, table, torch.Generator().manual_seed(0))
    assert module.layer("l1").weight.var().item() == pytest.approx(2 / read, rel=0.05)
    assert not module.layer("l1").bias.any()


def test_squared_magnitudes_go_with_the_number_of_paths():
    """Luo et al., 2016, section 2.2: random weights make the variance of the gradient the number of paths."""
    network = stacked((8, 11, 11), *[Convolution(32, 3, bias=False)] * 3)
    seeds = [gradient_magnitude(network, "l3", (2, 2), seed) for seed in range(150)]
    line = np.convolve(np.convolve([1, 1, 1], [1, 1, 1]), [1, 1, 1])
    expected = np.sqrt(np.outer(line, line))
    found = np.mean(seeds, axis=0)[2:9, 2:9]
    np.testing.assert_allclose(found, expected / expected.sum(), rtol=0.1)


# --- Fields -------------------------------------------------------------------------------------------------------------


def uniform(*sizes: int) -> Any:
    return over_box(Box((0,) * len(sizes), sizes), np.full(sizes, 1 / prod(sizes)), 1)


@pytest.mark.parametrize(
    "sizes",
    [
        (8, 8),  # divides by four
        (10, 6),  # the border cuts cells in half
        (7, 5),  # odd: it cuts three quarters, one quarter
        (1, 1),  # a single cell is cut on both sides
        (2, 3),
    ],
)
def test_half_of_each_axis_holds_a_quarter_of_what_is_everywhere_the_same(sizes):
    field = uniform(*sizes)
    assert field.central_mass == pytest.approx(1 / 4, abs=1e-15)
    assert field.mean == pytest.approx([size / 2 for size in sizes])
    assert field.deviation == pytest.approx([np.sqrt((size**2 - 1) / 12) for size in sizes])


def test_the_central_half_is_an_eighth_of_a_cube_and_all_of_a_point_in_the_middle():
    assert uniform(5, 6, 7).central_mass == pytest.approx(1 / 8)
    point = np.zeros((9, 9))
    point[4, 4] = 1
    assert over_box(Box((0, 0), (9, 9)), point, 1).central_mass == 1


def test_a_gaussian_comes_back():
    rows, columns = np.arange(61) + 0.5, np.arange(81) + 0.5
    one, other = np.exp(-(((rows - 24.3) / 5) ** 2) / 2), np.exp(-(((columns - 42) / 8) ** 2) / 2)
    field = over_box(Box((-20, 3), (90, 70)), np.outer(one, other), 7)
    assert field.mean == pytest.approx((24.3, 42), abs=0.01)
    assert field.deviation == pytest.approx((5, 8), abs=0.01)
    assert (field.first, field.magnitude.shape, field.seeds) == ((-20, 3), (90, 70), 7)
    assert field.magnitude.sum() == pytest.approx(1)
    for axis in (0, 1):
        assert field.gaussian(axis).shape == field.marginal(axis).shape == (field.magnitude.shape[axis],)
        np.testing.assert_allclose(field.gaussian(axis), field.marginal(axis), atol=4e-4)
        assert field.gaussian(axis).sum() == pytest.approx(1, abs=1e-4)


def test_what_lies_beyond_the_input_is_zero():
    field = averaged(stacked((1, 4), Convolution(1, 5, padding=2)), "l1", (0,), [np.array([0.25, 0.5, 0.25, 0.0])])
    assert (field.first, field.magnitude.tolist()) == ((-2,), [0, 0, 0.25, 0.5, 0.25])
    assert (field.mean, field.deviation) == ((1.5,), pytest.approx((0.5**0.5,)))


def test_a_unit_that_sees_padding_alone_has_an_empty_field():
    network = stacked((1, 4), Convolution(1, 1, padding=3))
    field = averaged(network, "l1", (9,), [gradient_magnitude(network, "l1", (9,), 0)])
    assert (field.first, field.magnitude.tolist(), field.central_mass) == ((6,), [0], 0)
    assert (field.mean, field.deviation) == (None, None)
    assert field.gaussian(0).tolist() == field.marginal(0).tolist() == [0]


def test_a_field_of_one_cell_has_a_gaussian_without_width():
    field = over_box(Box((2,), (3,)), np.array([0.0, 0, 0, 5, 0]), 1)
    assert (field.mean, field.deviation, field.gaussian(0).tolist()) == ((3.5,), (0,), [0, 1, 0])


def test_a_seed_through_which_nothing_comes_counts_for_nothing():
    network = stacked((1, 3), Convolution(1, 3))
    field = averaged(network, "l1", (0,), [np.zeros(3), np.array([0.2, 0.6, 0.2])])
    assert (field.magnitude.tolist(), field.seeds) == ([0.2, 0.6, 0.2], 2)


def test_behind_a_flatten_the_box_is_the_input():
    assert box_of(PRESETS["lenet5"].network, "dense3", (9,)) == Box((0, 0), (28, 28))
    assert box_of(stacked((2, 4, 6), Dense(3, in_features=6)), "l1", (3, 2)) == Box((0, 0), (4, 6))


def test_a_field_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        uniform(2, 2).magnitude[0, 0] = 1


@pytest.mark.parametrize(
    ("network", "layer", "unit", "parameter", "words"),
    [
        (stacked((1, 9), Convolution(1, 3)), "l2", (0,), "layer", 'layer "l2" is no layer of this network: name one of l1'),
        (stacked((1, 9)), "l1", (0,), "layer", "none: it has no layers"),
        (stacked((1, 9), Convolution(1, 3)), "l1", (7,), "unit", "unit is (7,): l1 has units (0,) to (6,)"),
        (stacked((1, 9), Convolution(1, 3)), "l1", (-1,), "unit", "unit is (-1,): l1 has units (0,) to (6,)"),
        (stacked((1, 9), Convolution(1, 3)), "l1", (0.5,), "unit", "unit is (0.5,): l1 has units (0,) to (6,)"),
        (stacked((1, 9), Convolution(1, 3)), "l1", (0, 0), "unit", "unit is (0, 0): l1 has units (0,) to (6,)"),
        (stacked((1, 9), Flatten(), Dense(4)), "l2", (4,), "unit", "unit is (4,): l2 has units (0,) to (3,)"),
        (stacked((9,), Dense(4)), "l1", (0,), "input_shape", "numbers in a row have no cells to see"),
        (stacked((1, 9), TransposedConvolution(1, 1, 3)), "l1", (1,), "unit", "it lies between the stamps"),
        (stacked((1, 9), Convolution(1, 99, padding=99)), "l1", (300,), "unit", "to (108,)"),
        (stacked((1, 3000, 3000), Activation()), "l1", (0, 0), "input_shape", f"at most {MOST_CELLS:,} are drawn"),
        (
            stacked((1, 9, 9), *[Convolution(1, 3, dilation=999, padding=999)] * 2),
            *("l2", (0, 0), "input_shape", "a field of 15,976,009 cells"),
        ),
        (stacked((1, 9), Convolution(1, 30)), "l1", (0,), "kernel_size", "lower kernel to 9"),
        (stacked((1, 9), Upsampling()), "l1", (0,), "scale_factor", "needs exactly one of them"),
    ],
)
def test_what_has_no_field_is_refused(network, layer, unit, parameter, words):
    error = refusal(box_of, network, layer, unit)
    assert error.parameter == parameter
    assert words in str(error)
