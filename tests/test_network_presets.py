"""Every preset is torch's own module, layer by layer, in kind, settings, wiring, shapes, parameters and MACs; and in total."""

import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cache
from itertools import groupby, pairwise
from typing import Any, Final

import pytest
import torch
from torch import nn

from convviz.network import layers as kinds
from convviz.network.presets import PRESETS
from tests.calls import Call, calls
from tests.checks import one_thread  # noqa: F401 - a fixture
from tests.networks import INPUTS, NETWORKS, UNet


@cache
def rows(name: str) -> tuple[Any, ...]:
    return tuple(PRESETS[name].table())


def numbers(tensors: Any) -> int:
    return sum(tensor.numel() for tensor in tensors)


# --- Layer by layer -----------------------------------------------------------------------------------------------------

every_preset = pytest.mark.parametrize("name", NETWORKS)


def declared(layer: Any) -> dict[str, Any]:
    return {name: value for name, value in asdict(layer).items() if name != "in_channels"}


MODULES: Final = {
    # What torch calls a layer, from its settings and its channels.
    kinds.Convolution: lambda layer, channels: nn.Conv2d(channels, **declared(layer)),
    kinds.TransposedConvolution: lambda layer, channels: nn.ConvTranspose2d(channels, **declared(layer)),
    kinds.Pooling: lambda layer, _: (
        nn.MaxPool2d(layer.kernel_size, layer.stride, layer.padding, layer.dilation, ceil_mode=layer.ceil_mode)
        if layer.kind == "max"
        else nn.AvgPool2d(layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode, layer.count_include_pad)
    ),
    kinds.AdaptivePooling: lambda layer, _: nn.AdaptiveAvgPool2d((layer.output_size, layer.output_size)),
    kinds.BatchNorm: lambda layer, channels: nn.BatchNorm2d(
        channels, layer.eps, layer.momentum, layer.affine, layer.track_running_stats
    ),
    kinds.Activation: lambda layer, _: getattr(nn, layer.function)(**dict(layer.options)),
    kinds.Dropout: lambda layer, _: nn.Dropout(layer.p),
    kinds.Flatten: lambda _layer, _: nn.Flatten(),
    kinds.Dense: lambda layer, channels: nn.Linear(channels, layer.out_features, layer.bias),
}


def words_of_layer(row: Any) -> str:
    """What torch would print for a row."""
    if isinstance(row.operation, kinds.Add):
        return "Add"
    if isinstance(row.operation, kinds.Concat):
        return f"Concat, crop {row.operation.crop}"
    with torch.device("meta"):
        return repr(MODULES[type(row.operation)](row.operation, row.input_shapes[0][0]))


def words_of_module(module: Any) -> str:
    kind = type(module).__name__
    return {"Add": "Add", "Concat": f"Concat, crop {getattr(module, 'crop', '')}"}.get(kind, repr(module))


@every_preset
def test_every_layer_is_of_the_kind_and_has_the_settings_of_torchs(name):
    assert [words_of_layer(row) for row in rows(name)] == [words_of_module(call.module) for call in calls(name)]


def sources(row: Any, name: str) -> Iterator[str]:
    """The layers that a row reads. A concatenation that continues another reads what that reads: torchvision's do not chain."""
    joined = {row.name: row for row in rows(name) if isinstance(row.operation, kinds.Concat)}
    for source in row.inputs:
        yield from sources(joined[source], name) if row.name in joined and source in joined else [source]


@every_preset
def test_every_layer_reads_what_it_reads_in_torch(name):
    places = {kinds.INPUT: -1} | {row.name: place for place, row in enumerate(rows(name))}
    assert [tuple(places[source] for source in sources(row, name)) for row in rows(name)] == [
        call.inputs for call in calls(name)
    ]


@every_preset
def test_every_shape_is_torchs(name):
    shapes = {kinds.INPUT: INPUTS[name]} | {row.name: row.output_shape for row in rows(name)}
    read = [tuple(shapes[source] for source in sources(row, name)) for row in rows(name)]
    assert read == [call.input_shapes for call in calls(name)]
    assert [row.output_shape for row in rows(name)] == [call.output_shape for call in calls(name)]
    assert [row.input_shapes for row in rows(name)] == [tuple(shapes[source] for source in row.inputs) for row in rows(name)]
    assert PRESETS[name].network.input_shape == INPUTS[name]


@every_preset
def test_every_layer_holds_as_many_weights_biases_and_buffers_as_torchs(name):
    ours = [(row.weights, row.biases, row.parameters, row.buffers) for row in rows(name)]
    modules = [call.module for call in calls(name)]
    parameters = [dict(module.named_parameters()) for module in modules]
    assert ours == [
        (*(numbers(kept[key] for key in kept if key == kind) for kind in ("weight", "bias")), numbers(kept.values()), buffers)
        for kept, buffers in zip(parameters, (numbers(module.buffers()) for module in modules), strict=True)
    ]


@every_preset
def test_every_layer_multiplies_as_often_as_torch_counts(name):
    assert [2 * row.macs for row in rows(name)] == [call.operations for call in calls(name)]
    assert sum(row.macs for row in rows(name)) > 0


# --- Totals -------------------------------------------------------------------------------------------------------------

PARAMETERS: Final = {
    "lenet5": 61_706,
    "alexnet": 61_100_840,
    "alexnet_published": 60_965_224,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "resnet18": 11_689_512,
    "resnet50": 25_557_032,
    "resnet50_v1": 25_557_032,
    "resnet152": 60_192_808,
    "densenet121": 7_978_856,
    "unet": 31_030_658,
    "unet_published": 31_030_658,
    "stack": 6 * (3 * 25 + 1) + 10 * (6 * 9 + 1),
    "pointwise": 32 * (64 + 1),
    "seven5x5": 7 * 26,
    "ten5x5": 10 * 26,
}


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS.items())
def test_the_totals_are_the_published_ones(name, parameters):
    table = PRESETS[name].table()
    modules = {call.module for call in calls(name)}
    assert table.parameters == table.weights + table.biases == parameters
    assert numbers(parameter for module in modules for parameter in module.parameters()) == parameters
    assert table.buffers == numbers(buffer for module in modules for buffer in module.buffers())


@pytest.mark.parametrize(
    ("name", "macs"),
    [
        ("lenet5", 416_520),
        ("resnet50", 4_089_184_256),
        ("vgg16", 15_470_264_320),
        ("densenet121", 2_834_161_664),
    ],
)
def test_the_multiplications_are_those_that_torch_counts(name, macs):
    assert PRESETS[name].table().macs == macs
    assert sum(call.operations for call in calls(name)) == 2 * macs


def test_the_lists_of_networks_agree():
    assert [*PRESETS] == [*NETWORKS] == [*PARAMETERS]
    assert set(INPUTS) == set(NETWORKS)
    assert len({preset.title for preset in PRESETS.values()}) == len(PRESETS)
    assert all(preset.source for preset in PRESETS.values())


def test_vgg_16_has_a_tenth_of_its_parameters_in_its_features():
    features = [row for row in rows("vgg16") if re.match("conv|relu._|pool", row.name)]
    assert features == [*rows("vgg16")[:31]]
    assert sum(row.parameters for row in features) == 14_714_688


def test_152_layers_with_skips_have_less_than_half_of_vgg_19s_parameters():
    assert 2 * PARAMETERS["resnet152"] < PARAMETERS["vgg19"]
    learned = [row for row in rows("resnet152") if isinstance(row.operation, kinds.Convolution | kinds.Dense)]
    assert sum("downsample" not in row.name for row in learned) == 152


# --- Shapes that the lectures and the papers print -----------------------------------------------------------------------


def stations(name):
    """The shapes that a network goes through, each once."""
    shapes = [PRESETS[name].network.input_shape, *(row.output_shape for row in rows(name))]
    return [shape for shape, _ in groupby(shapes)]


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("lenet5", [(1, 28, 28), (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,), (120,), (84,), (10,)]),
        ("stack", [(3, 32, 32), (6, 28, 28), (10, 26, 26)]),
        ("pointwise", [(64, 56, 56), (32, 56, 56)]),
        ("seven5x5", [(1, size, size) for size in (32, 28, 24, 20, 16, 12, 8, 4)]),
        ("ten5x5", [(1, size, size) for size in range(240, 199, -4)]),
    ],
)
def test_the_lectures_networks_go_through_the_shapes_that_are_printed(name, shapes):
    assert stations(name) == shapes


def test_the_published_alexnet_needs_227_cells():
    published = PRESETS["alexnet_published"]
    assert published.table().row("conv1").output_shape == (96, 55, 55)
    assert (224 - 11) / 4 + 1 == 54.25
    as_printed = replace(published.network, input_shape=(3, 224, 224)).table()
    assert as_printed.row("conv1").output_shape == (96, 54, 54)


def test_the_published_u_net_crops_what_stands_beside():
    table = PRESETS["unet_published"].table()
    beside = {row.name: row.input_shapes for row in table if row.name.endswith("concat")}
    assert beside == {
        "up1.concat": ((512, 64, 64), (512, 56, 56)),
        "up2.concat": ((256, 136, 136), (256, 104, 104)),
        "up3.concat": ((128, 280, 280), (128, 200, 200)),
        "up4.concat": ((64, 568, 568), (64, 392, 392)),
    }
    cut = {name: table.row(name).effect.crop for name in beside}
    assert cut == {f"up{number}.concat": ((cells, cells), (0, 0)) for number, cells in enumerate((4, 16, 40, 88), start=1)}
    assert table.output_shape == (2, 388, 388)
    assert PRESETS["unet"].table().output_shape == (2, 512, 512)


# --- Receptive fields ---------------------------------------------------------------------------------------------------


def one_of(sizes: Any) -> int:
    return sizes[0] if isinstance(sizes, tuple) else sizes


def windows(call: Call) -> tuple[int, int]:
    """The size of a module's window, and its stride."""
    module: Any = call.module
    if isinstance(module, nn.AdaptiveAvgPool2d):
        have, want = call.input_shapes[0][1], call.output_shape[1]
        assert want in {1, have}
        return have // want, 1
    return one_of(getattr(module, "kernel_size", 1)), one_of(getattr(module, "stride", 1))


def fields(name: str) -> list[int]:
    """The textbook's recursion down torch's modules: a window adds (kernel − 1) jumps, a stride multiplies the jump."""
    seen = [(1, 1)]
    for call in calls(name):
        if len(call.output_shape) == 1:
            break
        field, jump = max(seen[place + 1] for place in call.inputs)
        kernel, stride = windows(call)
        seen.append((field + (kernel - 1) * jump, jump * stride))
    return [field for field, _ in seen[1:]]


@pytest.mark.parametrize("name", [name for name in NETWORKS if not name.startswith("unet")])
def test_every_receptive_field_follows_the_recursion(name):
    expected = fields(name)
    ours = [row.receptive_field for row in rows(name)]
    assert ours == [(field, field) for field in expected] + ["all"] * (len(ours) - len(expected))
    assert expected[-1] > 1 or name == "pointwise"


@pytest.mark.parametrize(
    ("name", "layer", "field"),
    [
        ("lenet5", "pool2", 16),
        ("alexnet", "pool3", 195),
        ("alexnet_published", "pool3", 195),
        ("vgg16", "pool5", 212),
        ("resnet18", "layer4.1.relu2", 435),
        ("resnet50", "layer4.2.relu3", 427),
        ("resnet50_v1", "layer4.2.relu3", 483),
        ("densenet121", "relu5", 2071),
        ("stack", "conv2", 7),
        ("pointwise", "conv1", 1),
        ("seven5x5", "conv7", 29),
        ("ten5x5", "conv10", 41),
    ],
)
def test_receptive_fields_are_the_published_ones(name, layer, field):
    assert PRESETS[name].table().row(layer).receptive_field == (field, field)


@pytest.mark.parametrize(("name", "padding"), [("unet", 1), ("unet_published", 0)])
def test_a_u_net_sees_as_far_as_its_gradients_reach(name, padding):
    """Sixteen outputs beside each other see what any sees; averages pass their gradient on to every cell, maxima do not."""
    network = UNet(padding, base=1).double()
    network.pool = nn.AvgPool2d(2)
    for parameter in network.parameters():
        nn.init.constant_(parameter, 0.1)
    image = torch.ones(1, *INPUTS[name], dtype=torch.float64, requires_grad=True)
    output = network(image)
    middle = output.shape[-1] // 2
    reached = []
    for cell in range(middle, middle + 16):
        (gradient,) = torch.autograd.grad(output[0, 0, cell, cell], image, retain_graph=True)
        lines = gradient[0, 0].any(1).nonzero()
        reached.append(int(lines[-1] - lines[0]) + 1)
    assert PRESETS[name].table().rows[-1].receptive_field == (max(reached), max(reached))
    assert max(reached) == 204


# --- Names --------------------------------------------------------------------------------------------------------------

DOUBLE: Final = ((r"\.conv1$", ".0"), (r"\.relu1$", ".1"), (r"\.conv2$", ".2"), (r"\.relu2$", ".3"))
RESNET: Final = ((r"relu\d$", "relu"), (r"downsample\.conv$", "downsample.0"), (r"downsample\.bn$", "downsample.1"))
DENSENET: Final = (
    ("^(?!relu5|avgpool|flatten|classifier)", "features."),
    (r"denselayer\d+\.concat$", "concat"),
    ("^relu5$", "relu"),
    ("^avgpool$", "pool"),
)
UNET: Final = (
    (r"^down\d\.pool$", "pool"),
    (r"^up\d\.concat$", "concat"),
    (r"^up(\d)\.up$", r"up\1"),
    (r"^up(\d)(?=\.)", r"after\1"),
    ("^out$", "last"),
    *DOUBLE,
)
RENAMED: Final = {
    **dict.fromkeys(["resnet18", "resnet50", "resnet50_v1", "resnet152"], RESNET),
    "densenet121": DENSENET,
    **dict.fromkeys(["unet", "unet_published"], UNET),
}
"""What to write for what in a layer's name to get torch's name of the module."""

PLAIN: Final = {
    "lenet5": "conv1 sigmoid1 pool1 conv2 sigmoid2 pool2 flatten dense1 sigmoid3 dense2 sigmoid4 dense3",
    "alexnet": "conv1 relu1 pool1 conv2 relu2 pool2 conv3 relu3 conv4 relu4 conv5 relu5 pool3 avgpool flatten "
    "dropout1 dense1 relu6 dropout2 dense2 relu7 dense3",
    "alexnet_published": "conv1 relu1 norm1 pool1 conv2 relu2 norm2 pool2 conv3 relu3 conv4 relu4 conv5 relu5 pool3 flatten "
    "dense1 relu6 dropout1 dense2 relu7 dropout2 dense3",
    "vgg16": "conv1_1 relu1_1 conv1_2 relu1_2 pool1 conv2_1 relu2_1 conv2_2 relu2_2 pool2 "
    "conv3_1 relu3_1 conv3_2 relu3_2 conv3_3 relu3_3 pool3 conv4_1 relu4_1 conv4_2 relu4_2 conv4_3 relu4_3 pool4 "
    "conv5_1 relu5_1 conv5_2 relu5_2 conv5_3 relu5_3 pool5 avgpool flatten "
    "dense1 relu6 dropout1 dense2 relu7 dropout2 dense3",
    "stack": "conv1 relu1 conv2",
    "pointwise": "conv1",
    "seven5x5": "conv1 conv2 conv3 conv4 conv5 conv6 conv7",
    "ten5x5": "conv1 conv2 conv3 conv4 conv5 conv6 conv7 conv8 conv9 conv10",
}


@pytest.mark.parametrize(("name", "replacements"), RENAMED.items())
def test_layers_of_branched_networks_are_called_as_torch_calls_them(name, replacements):
    renamed = [row.name for row in rows(name)]
    for pattern, replacement in replacements:
        renamed = [re.sub(pattern, replacement, layer) for layer in renamed]
    assert renamed == [call.name for call in calls(name)]


@pytest.mark.parametrize(("name", "names"), PLAIN.items())
def test_layers_of_plain_networks_are_numbered(name, names):
    assert " ".join(row.name for row in rows(name)) == names


@every_preset
def test_the_layers_of_a_block_stand_together(name):
    """Dots fold: each prefix of a name is one run of rows."""
    parts = [row.name.split(".") for row in rows(name)]
    for depth in (1, 2):
        runs = [run for run, _ in groupby(tuple(part[:depth]) for part in parts)]
        assert len(runs) == len(set(runs))
    assert len({row.name for row in rows(name)}) == len(parts)
    assert any(len(part) > 1 for part in parts) == (name in RENAMED)


@every_preset
def test_only_what_branches_names_its_inputs(name):
    layers = PRESETS[name].network.layers
    assert not [(layer.name, above.name) for above, layer in pairwise(layers) if layer.inputs == (above.name,)]
