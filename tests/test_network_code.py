"""A network as code: what torch makes of it is what the table says, and what is pasted back is the same network."""

import ast
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, Final

import numpy as np
import pytest
import torch
from torch import nn

from convviz.explain.network_code import code_lines, pytorch_network_code, sequential_code
from convviz.network import (
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
    NetworkError,
    Pooling,
    TransposedConvolution,
    Upsampling,
)
from convviz.network.paste import parse_sequential
from tests import random_networks
from tests.checks import one_thread  # noqa: F401 - a fixture

RANDOM: Final = 400
"""Networks that are run; of those that are only read three times as many."""


def possible_networks(count: int) -> Iterator[tuple[int, Network, LayerTable]]:
    """Random networks, those of so many that the table lets pass."""
    for seed in range(count):
        network = random_networks.network(seed)
        try:
            yield seed, network, network.table()
        except ValueError:
            continue


def chain(*operations: Any, shape: tuple[int, ...] = (3, 12, 12), names: str = "") -> Network:
    named = names.split() or [f"layer{number}" for number in range(len(operations))]
    return Network(shape, tuple(Layer(name, operation) for name, operation in zip(named, operations, strict=True)))


def run(code: str, capsys: Any, device: str = "meta") -> tuple[nn.Module, tuple[int, ...]]:
    """The network that a program makes, and the shape that it prints, without its batch."""
    names: dict[str, Any] = {"__name__": "pasted"}
    with torch.device(device):
        exec(compile(code, "pasted", "exec"), names)  # noqa: S102
    printed = capsys.readouterr().out
    assert printed.startswith("torch.Size([")
    batch, *shape = ast.literal_eval(printed.removeprefix("torch.Size(").strip()[:-1])
    assert batch == names["x"].shape[0]
    return names["network"], tuple(shape)


def counts(module: nn.Module) -> tuple[int, int]:
    parameters = sum(parameter.numel() for parameter in module.parameters())
    return parameters, sum(buffer.numel() for buffer in module.buffers())


def leaves_of(module: nn.Module) -> list[nn.Module]:
    return [leaf for leaf in module.modules() if leaf is not module and not list(leaf.children())]


def check(network: Network, capsys: Any, device: str = "meta") -> nn.Module:
    """The program makes what the table says: shapes, parameters, buffers, and each layer's own."""
    table = network.table()
    module, shape = run(pytorch_network_code(network), capsys, device)
    assert shape == table.output_shape
    assert counts(module) == (table.parameters, table.buffers)
    leaves = leaves_of(module)
    rows = [row for row in table if not isinstance(row.operation, Add | Concat)]
    assert [counts(leaf) for leaf in leaves] == [(row.parameters, row.buffers) for row in rows]
    return module


# --- As torch has it ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_the_code_of_every_preset_makes_what_its_table_says(name, capsys):
    check(PRESETS[name].network, capsys)


@pytest.mark.filterwarnings("ignore:Using padding='same'", "ignore:Implicit dimension choice")
def test_the_code_of_random_networks_makes_what_their_tables_say(capsys):
    checked = 0
    for seed, network, _ in possible_networks(RANDOM):
        try:
            check(network, capsys, "cpu")  # on the meta device torch looks at less
        except Exception as error:
            raise AssertionError(f"seed {seed}:\n{pytorch_network_code(network)}") from error
        checked += 1
    assert checked > RANDOM / 3


TAKEN_NAMES: Final = (
    *(
        "x",
        "class",
        "self",
        "nn",
        "torch",
        "inputs",
        "type",
        "forward",
        "training",
        "1",
        "a.b",
        "a_b",
        "a-b",
        "a_b_",
        "_",
        "__",
    ),
    *("_modules", "__init__", "layer_1", "super"),
)
ODD: Final = {
    "names that Python and torch have already": Network(
        (4,), (*(Layer(name, Dense(4)) for name in TAKEN_NAMES), Layer("sum", Add(), (*TAKEN_NAMES, "input")))
    ),
    "an input that is read again": Network((2, 4), (Layer("relu", Activation()), Layer("both", Concat(), ("relu", "input")))),
    "an input that is read twice at once": Network((2, 4), (Layer("both", Add(), ("input", "input")),)),
    "a layer that nobody reads": Network((2, 4), (Layer("dead", BatchNorm()), Layer("relu", Activation(), ("input",)))),
    "what is cropped on one axis only": Network(
        (2, 8, 8),
        (
            Layer("narrow", Convolution(3, (1, 4))),
            Layer("low", Convolution(1, (6, 1)), ("input",)),
            Layer("both", Concat(crop=True), ("input", "narrow", "low")),
            Layer("twice", Concat(), ("both", "both")),
        ),
    ),
    "rows side by side": Network(
        (6,), (Layer("dense", Dense(3)), Layer("other", Dense(2), ("input",)), Layer("both", Concat(), ("dense", "other")))
    ),
    "nothing": Network((2, 3, 3)),
    "norms of one value a channel": chain(Flatten(), BatchNorm(), Dense(2), BatchNorm(track_running_stats=False)),
    "norms of one cell": chain(AdaptivePooling(1), BatchNorm()),
}


@pytest.mark.parametrize("network", ODD.values(), ids=ODD)
def test_the_code_of_odd_networks_makes_what_their_tables_say(network, capsys):
    check(network, capsys)


def test_a_concatenation_crops_the_cells_that_the_table_crops(capsys):
    network = Network((1, 9), (Layer("pool", Pooling(4, 1)), Layer("both", Concat(crop=True), ("input", "pool"))))
    module, _ = run(pytorch_network_code(network), capsys, "cpu")
    row = network.table().row("both")
    ((before,), _) = row.effect.crop
    values = torch.arange(9.0).reshape(1, 1, 9)
    assert module(values)[0, 0].tolist() == np.arange(9.0)[before : before + 6].tolist() == [1, 2, 3, 4, 5, 6]


# --- How it is written --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (Convolution(6, 5, padding=2), "nn.Conv2d(3, 6, 5, padding=2)"),
        (Convolution(6, (5, 5), (2, 2), (0, 0), (1, 1)), "nn.Conv2d(3, 6, 5, stride=2)"),
        (
            Convolution(6, (5, 3), 1, "same", 2, 3, bias=False, padding_mode="circular"),
            'nn.Conv2d(3, 6, (5, 3), padding="same", dilation=2, groups=3, bias=False, padding_mode="circular")',
        ),
        (Convolution(6, 5, padding="valid"), 'nn.Conv2d(3, 6, 5, padding="valid")'),
        (TransposedConvolution(6, 2, 2, output_padding=1), "nn.ConvTranspose2d(3, 6, 2, stride=2, output_padding=1)"),
        (Pooling(2), "nn.MaxPool2d(2)"),
        (Pooling(2, 2, ceil_mode=True), "nn.MaxPool2d(2, stride=2, ceil_mode=True)"),
        (Pooling((2, 3), None, (1, 0), dilation=2), "nn.MaxPool2d((2, 3), padding=(1, 0), dilation=2)"),
        (Pooling(2, padding=1, kind="average", count_include_pad=False), "nn.AvgPool2d(2, padding=1, count_include_pad=False)"),
        (Pooling(2, kind="lp", norm_type=1.5), "nn.LPPool2d(1.5, 2)"),
        (AdaptivePooling((6, 6)), "nn.AdaptiveAvgPool2d(6)"),
        (AdaptivePooling((6, 3), "max"), "nn.AdaptiveMaxPool2d((6, 3))"),
        (Upsampling(2), "nn.Upsample(scale_factor=2)"),
        (Upsampling(None, (20, 30), "linear", True), 'nn.Upsample(size=(20, 30), mode="bilinear", align_corners=True)'),
        (BatchNorm(), "nn.BatchNorm2d(3)"),
        (
            BatchNorm(False, False, 1e-3, None),
            "nn.BatchNorm2d(3, eps=0.001, momentum=None, affine=False, track_running_stats=False)",
        ),
        (Activation(), "nn.ReLU()"),
        (Activation("GELU", (("approximate", "tanh"),)), 'nn.GELU(approximate="tanh")'),
        (Activation("LocalResponseNorm", (("size", 5), ("k", 2))), "nn.LocalResponseNorm(5, k=2)"),
        (Dropout(0.2), "nn.Dropout(p=0.2)"),
        (Dropout(), "nn.Dropout()"),
        (Flatten(), "nn.Flatten()"),
        (Dense(10, bias=False, in_features=12), "nn.Linear(12, 10, bias=False)"),
    ],
)
def test_a_layer_is_written_with_what_differs_from_torchs_defaults(operation, code):
    name = {Flatten: "flatten"}.get(type(operation), "layer")
    text = sequential_code(chain(operation, names=name))
    assert text.splitlines()[1] in {f'  ("{name}", {code}),', f"  {code},"}


def test_one_and_three_axes_and_none_have_their_own_classes():
    assert "nn.Conv1d(2, 4, 3)" in sequential_code(chain(Convolution(4, 3), shape=(2, 9)))
    assert "nn.LPPool1d(2, 3)" in sequential_code(chain(Pooling((3,), kind="lp"), shape=(2, 9)))
    assert 'nn.Upsample(scale_factor=2, mode="trilinear")' in sequential_code(
        chain(Upsampling(2, mode="linear"), shape=(2, 9, 9, 9))
    )
    assert 'mode="linear"' in sequential_code(chain(Upsampling(2, mode="linear"), shape=(2, 9)))
    assert "nn.BatchNorm1d(18)" in sequential_code(chain(Flatten(), BatchNorm(), shape=(2, 9)))


def test_a_batch_norm_of_one_value_gets_a_batch_of_two():
    assert "torch.randn(2, 3, 12, 12)" in pytorch_network_code(chain(AdaptivePooling(1), BatchNorm()))
    assert "torch.randn(2, 3, 12, 12)" in pytorch_network_code(chain(Flatten(), BatchNorm()))
    assert "torch.randn(1, 3, 12, 12)" in pytorch_network_code(chain(BatchNorm(), AdaptivePooling(1)))


def test_names_that_say_more_than_the_kind_are_kept_and_dots_make_groups():
    operations = (Convolution(2, 3), Activation(), Convolution(2, 3), Activation(), Flatten(), Dense(3), Activation())
    names = "features.conv1 features.relu1 features.deep.first features.deep.last flatten head.dense1 head.relu1"
    network = chain(*operations, names=names)
    assert pytorch_network_code(network) == (
        "from collections import OrderedDict\n\nimport torch\nfrom torch import nn\n\n"
        "network = nn.Sequential(OrderedDict([\n"
        '    ("features", nn.Sequential(OrderedDict([\n'
        '        ("conv1", nn.Conv2d(3, 2, 3)),\n'
        '        ("relu1", nn.ReLU()),\n'
        '        ("deep", nn.Sequential(OrderedDict([\n'
        '            ("first", nn.Conv2d(2, 2, 3)),\n'
        '            ("last", nn.ReLU()),\n'
        "        ]))),\n"
        "    ]))),\n"
        '    ("flatten", nn.Flatten()),\n'
        '    ("head", nn.Sequential(\n'
        "        nn.Linear(128, 3),\n"
        "        nn.ReLU(),\n"
        "    )),\n"
        "]))\n\n"
        "x = torch.randn(1, 3, 12, 12)\nprint(network(x).shape)"
    )
    assert code_lines(network) == (3, 4, 6, 7, 10, 12, 13)


@pytest.mark.parametrize(
    "names",
    [
        "a.x b a.y",  # a group in two pieces
        "a a.x b",  # a layer called as a group
        "a.x a b",
        "a..x b c",  # an empty part
        "a.-x b c",  # no part that an OrderedDict can give
        "a.forward b c",  # a name that torch has already
        "a.b a_b a",  # the same without dots
        "a.b.c.d.e.f.g.h.i.j.k.l.m b c",  # too deep to be read again
        "input1 1 _",
    ],
)
def test_names_that_torch_cannot_have_become_others_and_all_differ(names, capsys):
    network = chain(Activation(), Activation("Tanh"), Activation(), names=names)
    module = check(network, capsys)
    assert [type(leaf).__name__ for leaf in leaves_of(module)] == ["ReLU", "Tanh", "ReLU"]
    assert [layer.operation for layer in parse_sequential(sequential_code(network)).layers] == [
        layer.operation for layer in network.layers
    ]


def test_a_class_gives_values_names_only_where_they_are_read_again():
    network = Network(
        (2, 8, 8),
        (
            Layer("stem.conv", Convolution(2, 3)),
            Layer("stem.relu", Activation()),
            Layer("block.conv", Convolution(2, 3, padding=1)),
            Layer("add", Add(), ("block.conv", "stem.relu")),
            Layer("cat", Concat(crop=True), ("input", "add")),
        ),
    )
    assert pytorch_network_code(network) == (
        "import torch\nfrom torch import nn\n\n\n"
        "class Network(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.stem_conv = nn.Conv2d(2, 2, 3)\n"
        "        self.stem_relu = nn.ReLU()\n"
        "        self.block_conv = nn.Conv2d(2, 2, 3, padding=1)\n"
        "\n"
        "    def forward(self, inputs):\n"
        "        x = self.stem_conv(inputs)\n"
        "        stem_relu = self.stem_relu(x)\n"
        "        x = self.block_conv(stem_relu)\n"
        "        x = x + stem_relu\n"
        "        x = torch.cat([inputs[..., 1:7, 1:7], x], dim=1)\n"
        "        return x\n\n\n"
        "network = Network()\n\n"
        "x = torch.randn(1, 2, 8, 8)\nprint(network(x).shape)"
    )
    assert (sequential_code(network), code_lines(network)) == ("", (None,) * 5)


def test_a_network_that_cannot_be_has_no_code():
    network = chain(Dense(3))
    for code in (pytorch_network_code, sequential_code, code_lines):
        with pytest.raises(NetworkError):
            code(network)


# --- There and back -----------------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """One number where all axes have the same; arguments that are torch's defaults left out, others in torch's order."""
    if isinstance(value, tuple) and value and all(isinstance(entry, int) for entry in value) and len(set(value)) == 1:
        return value[0]
    return value


def written_out(table: LayerTable) -> list[Any]:
    """The operations with what comes in declared, and all axes alike as one number."""
    operations = []
    for row in table:
        shape = row.input_shapes[0]
        declared = {"in_channels": shape[0], "num_features": shape[0], "in_features": shape[-1]}
        names = [one.name for one in fields(row.operation)]
        values = {name: plain(getattr(row.operation, name)) for name in names} | {
            name: number for name, number in declared.items() if name in names
        }
        operations.append(replace(row.operation, **_without_what_nothing_says(values, row.operation)))
    return operations


def _without_what_nothing_says(values: dict[str, Any], operation: Any) -> dict[str, Any]:
    """Settings that this kind of pooling does not have are as they are unasked."""
    unsaid = {
        "max": {"count_include_pad": True, "norm_type": 2},
        "average": {"norm_type": 2},
        "lp": {"count_include_pad": True},
    }
    return values | (unsaid[operation.kind] if isinstance(operation, Pooling) else {})


def test_what_is_pasted_back_is_the_same_network():
    checked = named = 0
    for _, network, table in possible_networks(3 * RANDOM):
        text = sequential_code(network)
        if not text:
            continue
        pasted = parse_sequential(text, network.input_shape)
        assert [layer.operation for layer in pasted.layers] == written_out(table), text
        assert Network(network.input_shape, pasted.layers).table().output_shape == table.output_shape
        assert code_lines(network) == pasted.lines
        assert parse_sequential(pytorch_network_code(network)).layers == pasted.layers
        again = Network(network.input_shape, pasted.layers)
        assert sequential_code(again) == text or [layer.name for layer in pasted.layers] != [row.name for row in table]
        checked += 1
        named += [layer.name for layer in pasted.layers] == [row.name for row in table]
    assert checked > 40
    assert named == checked


def test_the_code_of_every_chain_among_the_presets_comes_back_with_its_names():
    chains = {name: preset.network for name, preset in PRESETS.items() if sequential_code(preset.network)}
    assert {"lenet5", "alexnet", "vgg16", "stack"} <= set(chains)
    for network in chains.values():
        pasted = parse_sequential(sequential_code(network), network.input_shape)
        assert [layer.name for layer in pasted.layers] == [layer.name for layer in network.layers]
        assert [layer.operation for layer in pasted.layers] == written_out(network.table())


def test_names_by_kind_need_no_ordered_dict():
    lenet = PRESETS["lenet5"].network
    assert "OrderedDict" not in pytorch_network_code(lenet)
    assert code_lines(lenet) == tuple(range(2, 14))
    lines = sequential_code(lenet).splitlines()
    assert lines[code_lines(lenet)[3] - 1] == "  nn.Conv2d(6, 16, 5),"
