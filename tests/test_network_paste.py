"""Code that is pasted: what is understood becomes torch's layers, the rest is named with its line, and nothing is run."""

import inspect
import json
import pickle
import random
import re
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import pytest
import torch
from torch import nn

from convviz.network import (
    ACTIVATIONS,
    Activation,
    AdaptivePooling,
    BatchNorm,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Network,
    Pooling,
    TransposedConvolution,
    Upsampling,
    partial,
)
from convviz.network.modules import MODULES, REQUIRED, Argument, Module
from convviz.network.names import TAKEN
from convviz.network.paste import Pasted, PasteError, parse_sequential
from tests.checks import one_thread  # noqa: F401 - a fixture
from tests.paste_fuzz import VALID

ROOT: Final = Path(__file__).parents[1]


def layers(text: str) -> list[Any]:
    return [(layer.name, layer.operation) for layer in parse_sequential(text).layers]


def operation(text: str) -> Any:
    (layer,) = parse_sequential(f"nn.Sequential({text})").layers
    return layer.operation


def refused(text: str) -> str:
    with pytest.raises(PasteError) as caught:
        parse_sequential(text)
    error = caught.value
    assert error.line is None or str(error) == f"line {error.line}: {error.message}"
    return str(error)


# --- What is understood -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Conv2d(1, 6, 5)", Convolution(6, 5, in_channels=1)),
        ("nn.Conv2d(1, 6, (5, 3), 2, 1, 1, 1, False)", Convolution(6, (5, 3), 2, 1, bias=False, in_channels=1)),
        ('torch.nn.Conv1d(1, 6, 5, padding="same", bias=0)', Convolution(6, 5, padding="same", bias=False, in_channels=1)),
        ("nn.Conv3d(4, 8, [3, 1, 2], groups=2)", Convolution(8, (3, 1, 2), groups=2, in_channels=4)),
        (
            "nn.Conv2d(1, 2, 3, padding_mode='circular', device=device)",
            Convolution(2, 3, padding_mode="circular", in_channels=1),
        ),
        ("nn.LazyConv2d(6, 5, dtype=torch.float64)", Convolution(6, 5)),
        ("nn.LazyConv1d(6, 5, padding=-1)", Convolution(6, 5, padding=-1)),
        ("nn.ConvTranspose2d(8, 4, 2, 2, 0, 1, 2)", TransposedConvolution(4, 2, 2, output_padding=1, groups=2, in_channels=8)),
        ("nn.LazyConvTranspose1d(4, 2, dilation=3)", TransposedConvolution(4, 2, dilation=3)),
        ("nn.MaxPool2d(3, 2, 1, 2, False, True)", Pooling(3, 2, 1, 2, ceil_mode=True)),
        ("nn.MaxPool2d(2)", Pooling(2)),
        ("nn.AvgPool2d(2, None, count_include_pad=False)", Pooling(2, kind="average", count_include_pad=False)),
        ("nn.LPPool1d(1.5, 3, ceil_mode=True)", Pooling(3, kind="lp", norm_type=1.5, ceil_mode=True)),
        ("nn.AdaptiveAvgPool2d((6, 6))", AdaptivePooling((6, 6))),
        ("nn.AdaptiveMaxPool1d(output_size=3)", AdaptivePooling(3, "max")),
        ("nn.Upsample(scale_factor=2)", Upsampling(2)),
        ("nn.Upsample(scale_factor=(2.0, 3), mode='bilinear', align_corners=True)", Upsampling((2, 3), None, "linear", True)),
        ("nn.Upsample(7)", Upsampling(None, 7)),
        ("nn.Upsample()", Upsampling(None, None)),
        ("nn.UpsamplingNearest2d(scale_factor=2)", Upsampling(2)),
        ("nn.UpsamplingBilinear2d((4, 5))", Upsampling(None, (4, 5), "linear", align_corners=True)),
        ("nn.BatchNorm2d(6, 1e-3, None, affine=False)", BatchNorm(affine=False, eps=1e-3, momentum=None, num_features=6)),
        ("nn.LazyBatchNorm3d(track_running_stats=False)", BatchNorm(track_running_stats=False)),
        ("nn.Linear(16*5*5, 120)", Dense(120, in_features=400)),
        ("nn.LazyLinear(10, False)", Dense(10, bias=False)),
        ("nn.Flatten(1, -1)", Flatten()),
        ("nn.Dropout()", Dropout()),
        ("nn.Dropout2d(p=.25, inplace=True)", Dropout(0.25)),
        ("nn.ReLU(True)", Activation()),
        ("nn.LeakyReLU(0.2, inplace=True)", Activation("LeakyReLU", (("negative_slope", 0.2),))),
        ("nn.LeakyReLU(0.01)", Activation("LeakyReLU")),
        ('nn.GELU(approximate="tanh")', Activation("GELU", (("approximate", "tanh"),))),
        ("nn.Softmax(-1)", Activation("Softmax", (("dim", -1),))),
        ("nn.LocalResponseNorm(5, k=2)", Activation("LocalResponseNorm", (("size", 5), ("k", 2)))),
        ("nn.Hardtanh(-2, 2)", Activation("Hardtanh", (("min_val", -2), ("max_val", 2)))),
        ("nn.Linear(2**3 - 1, -(-7 // 2) + 10 * 0)", Dense(4, in_features=7)),
    ],
)
def test_a_module_is_the_operation_that_it_is(text, expected):
    assert operation(text) == expected
    assert [type(getattr(operation(text), one.name)) for one in fields(expected)] == [
        type(getattr(expected, one.name)) for one in fields(expected)
    ]


def test_names_and_modules_that_are_assigned_stand_for_what_they_are():
    pasted = parse_sequential(
        '"""A network."""\n'
        "import torch\n"
        "from torch import nn  # as always\n"
        "n = m = 16\n"
        "block = nn.Sequential(\n"
        "    nn.Conv2d(n, m, 3, padding=n - 15), nn.ReLU(\n"
        "    ),\n"
        ")\n"
        "act = nn.Tanh()\n"
        "spare = nn.Tanh()\n"
        "model = nn.Sequential(nn.Conv2d(3, n, 1), block, block, act, act)\n"
    )
    assert [layer.name for layer in pasted.layers] == ["conv1", "conv2", "relu1", "conv3", "relu2", "tanh1", "tanh2"]
    assert pasted.lines == (11, 6, 6, 6, 6, 9, 9)
    assert (pasted.dimension, pasted.in_channels, pasted.unused) == (2, 3, ("spare",))


def test_the_last_sequential_is_the_network():
    assert layers("a = nn.Sequential(nn.ReLU())\nb = nn.Sequential(nn.Tanh())") == [("tanh1", Activation("Tanh"))]
    assert layers("a = nn.Sequential(nn.ReLU())\nb = nn.Sequential(nn.Tanh())\na") == [("relu1", Activation())]


def test_what_often_stands_beside_a_network_is_passed_over():
    aside = "torch.manual_seed(0)\nx = torch.randn(*[1], f(3))\ndevice = torch.device('cpu')\nprint(m(x).shape)"
    text = f"m = nn.Sequential(nn.ReLU())\n{aside}"
    assert layers(text) == [("relu1", Activation())]
    assert refused(text + "\nnn.Sequential(x)") == "line 6: x: this is no layer; write one, as in nn.ReLU()"


@pytest.mark.parametrize(
    "text",
    [
        'nn.Sequential(OrderedDict([("a", nn.Tanh()), ["b", nn.ReLU()]]))',
        'nn.Sequential(collections.OrderedDict({"a": nn.Tanh(), "b": nn.ReLU()}))',
        "nn.Sequential(OrderedDict(a=nn.Tanh(), b=nn.ReLU()))",
        'named = OrderedDict([("a", nn.Tanh())], b=nn.ReLU())\nnn.Sequential(named)',
        "named = OrderedDict(a=nn.Tanh(), b=nn.ReLU())\nnn.Sequential(OrderedDict(named))",
    ],
)
def test_an_ordered_dict_gives_names(text):
    assert layers(text) == [("a", Activation("Tanh")), ("b", Activation())]


@pytest.mark.parametrize(
    "text",
    [
        "layers = [nn.Tanh(), nn.ReLU()]\nnn.Sequential(*layers)",
        "nn.Sequential(*[nn.Tanh()], *(nn.ReLU(),))",
        "block = nn.Sequential(nn.ReLU())\nnn.Sequential(*[nn.Tanh(), *block])",
        "nn.Sequential(nn.Sequential(nn.Tanh()), nn.Sequential(), nn.Sequential(nn.Sequential(nn.ReLU())))",
        "  nn.Sequential(\n\n\tnn.Tanh(),\n  # then\nnn.ReLU(),)",
        "x = 1\n    y = nn.Sequential(nn.Tanh(), nn.ReLU(),)\n",
        "\ufeffnn.Sequential(nn.Tanh(),\r\n\xa0nn.ReLU())\r",
        "nn.Sequential(nn.Tanh(), nn.ReLU()); 'the end'",
        'r"\\d"; "\\d \\N{no such} \\x \\" \\\n"; nn.Sequential(nn.Tanh(), nn.ReLU())',
    ],
)
def test_lists_groups_and_blanks_change_no_layer(text):
    assert layers(text) == [("tanh1", Activation("Tanh")), ("relu1", Activation())]
    assert parse_sequential(text).unused == ()


def test_names_of_groups_stand_before_those_of_layers_and_all_differ():
    text = (
        "block = nn.Sequential(OrderedDict(conv=nn.Conv2d(1, 1, 1), act=nn.ReLU()))\n"
        "nn.Sequential(OrderedDict(conv1=nn.Conv2d(1, 1, 1), features=nn.Sequential(nn.Conv2d(1, 1, 1), block,"
        " nn.Sequential(nn.Conv2d(1, 1, 1), block)), conv=nn.Sequential(OrderedDict(input=nn.ReLU())), input=nn.Flatten()))"
    )
    expected = [
        "conv1",
        "features.conv1",
        "features.conv",
        "features.act",
        "features.conv2",
        "features.conv-2",
        "features.act-2",
    ]
    assert [name for name, _ in layers(text)] == [*expected, "conv.input", "input-2"]


def test_names_by_kind_go_round_names_that_are_given():
    text = "nn.Sequential(nn.ReLU(), nn.Sequential(OrderedDict(relu1=nn.ReLU(), relu3=nn.ReLU())), nn.ReLU(), nn.ReLU())"
    assert [name for name, _ in layers(text)] == ["relu2", "relu1", "relu3", "relu4", "relu5"]
    kinds = (
        "Conv2d(1,1,1) ConvTranspose2d(1,1,1) MaxPool2d(1) AdaptiveAvgPool2d(1) BatchNorm2d(1) Dropout() Flatten() Linear(1,1)"
    )
    names = [name for name, _ in layers(f"nn.Sequential({kinds.replace(' ', ',')}, Upsample(2), Flatten(), SiLU())")]
    assert names == "conv1 up1 pool1 pool2 norm1 dropout1 flatten dense1 up2 flatten2 silu1".split()  # noqa: SIM905


@pytest.mark.parametrize(
    ("text", "dimension", "in_channels"),
    [
        ("nn.Conv1d(3, 4, 1)", 1, 3),
        ("nn.MaxPool3d(2), nn.Linear(5, 4)", 3, 5),
        ("nn.ReLU(), nn.LazyConv2d(4, 1), nn.Conv2d(4, 4, 1)", 2, None),
        ("nn.ConvTranspose2d(7, 4, 1), nn.Flatten(), nn.BatchNorm1d(5)", 2, 7),
        ("nn.Linear(3, 4), nn.BatchNorm1d(4)", None, 3),
        ("nn.Upsample(scale_factor=2, mode='trilinear')", 3, None),
        ("nn.Upsample(size=(3, 4))", 2, None),
        ("nn.Upsample(2), nn.Dropout2d(), nn.Softmax()", None, None),
        ("nn.UpsamplingNearest2d(2)", 2, None),
        ("nn.BatchNorm2d(3)", 2, None),
        ("", None, None),
    ],
)
def test_classes_say_over_how_many_axes_and_channels(text, dimension, in_channels):
    pasted = parse_sequential(f"nn.Sequential({text})")
    assert (pasted.dimension, pasted.in_channels) == (dimension, in_channels)


# --- As torch has it ----------------------------------------------------------------------------------------------------


def default_of(parameter: inspect.Parameter) -> Any:
    return REQUIRED if parameter.default is inspect.Parameter.empty else parameter.default


def our_default(argument: Argument) -> Any:
    """torch's None for align_corners comes to False."""
    return None if argument.form == "perhaps flag" else argument.default


@pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)
def test_arguments_are_torchs_in_its_order_with_its_defaults(module):
    signature = inspect.signature(getattr(nn, module.name)).parameters.values()
    theirs = [one for one in signature if one.kind not in {one.VAR_POSITIONAL, one.VAR_KEYWORD}]
    theirs = [one for one in theirs if one.name not in {"min_value", "max_value"}]  # deprecated: Hardtanh's other names
    assert [(one.name, our_default(one)) for one in module.arguments] == [(one.name, default_of(one)) for one in theirs]
    assert [one.by_name_only for one in module.arguments] == [one.kind is one.KEYWORD_ONLY for one in theirs]


def test_every_function_and_every_family_is_there():
    assert set(ACTIVATIONS) <= set(MODULES)
    families = (
        "Conv",
        "ConvTranspose",
        "MaxPool",
        "AvgPool",
        "LPPool",
        "AdaptiveAvgPool",
        "AdaptiveMaxPool",
        "BatchNorm",
        "Dropout",
    )
    assert {f"{family}{count}d" for family in families for count in (1, 2, 3)} <= set(MODULES)


def test_names_that_modules_have_already_are_known():
    theirs = {name for name in {*dir(nn.Sequential()), *dir(nn.Module())} if not name.startswith("_")}
    assert [name for name in sorted(theirs) if not TAKEN.fullmatch(name)] == []
    assert not any(TAKEN.fullmatch(name) for name in ("conv1", "pool", "features", "norm1", "trained", "added"))


VALUES: Final[dict[str, Callable[[random.Random, Module], Any]]] = {
    "whole": lambda rng, _: rng.choice((1, 2, 4)),
    "perhaps whole": lambda rng, _: rng.choice((None, 1, -1)),
    "sizes": lambda rng, module: rng.choice((1, 2, 3, (2, 1, 3)[: module.dimension or 2])),
    "perhaps sizes": lambda rng, module: rng.choice((None, 1, 2, (2, 1, 3)[: module.dimension or 2])),
    "padding": lambda rng, _: rng.choice((0, 1, "same", "valid")),
    "factor": lambda rng, _: rng.choice((None, 2, 3.0)),
    "number": lambda rng, _: rng.choice((1, 0.5, 2)),
    "perhaps number": lambda rng, _: rng.choice((None, 0.3)),
    "flag": lambda rng, _: rng.choice((True, False)),
    "perhaps flag": lambda rng, _: rng.choice((None, True)),
    "mode": lambda rng, _: rng.choice(("nearest", "bilinear")),
    "unread flag": lambda *_: False,
    "unread": lambda *_: None,
}
"""Values that an argument may have."""


UNEXAMINED: Final = {"Softmax", "LogSoftmax", "LocalResponseNorm", "Hardtanh"}
"""Functions whose arguments the table does not look at: it changes no shape."""


def drawn(rng: random.Random, module: Module) -> str:
    """A call with random arguments, first by place, then by name."""
    values = [(one, VALUES[one.form](rng, module) if one.form in VALUES else one.default) for one in module.arguments]
    if "word" in {one.form for one in module.arguments}:
        values = [(one, rng.choice(one.words) if one.form == "word" else value) for one, value in values]
    by_place = rng.randrange(1 + sum(not one.by_name_only for one in module.arguments))
    first = [repr(value) for _, value in values[:by_place]]
    rest = [(one, value) for one, value in values[by_place:] if one.default is REQUIRED or rng.randrange(3) == 0]
    rng.shuffle(rest)
    return f"nn.{module.name}({', '.join([*first, *(f'{one.name}={value!r}' for one, value in rest)])})"


def torch_says(text: str, shape: tuple[int, ...]) -> Any:
    """The shape and the parameters that torch makes of it; None where it refuses."""
    try:
        module = eval(text, {"nn": nn, "OrderedDict": OrderedDict})  # noqa: S307
        out = module(torch.zeros(2, *shape))
    except (RuntimeError, ValueError, TypeError, NotImplementedError, IndexError):
        return None
    if getattr(module[0], "num_features", 0) not in {0, shape[0]}:
        return None  # torch does not look where there is nothing to multiply and nothing to keep
    return tuple(out.shape[1:]), sum(parameter.numel() for parameter in module.parameters())


def ours(text: str, shape: tuple[int, ...]) -> Any:
    """The same from the table; None where it refuses."""
    try:
        table = Network(shape, parse_sequential(text, shape).layers).table()
    except ValueError:
        return None
    return table.output_shape, table.parameters


@pytest.mark.filterwarnings("ignore")  # torch warns of even kernels, lazy modules, inputs of few axes
@pytest.mark.parametrize("name", [name for name in MODULES if name not in UNEXAMINED])
def test_random_arguments_come_to_the_shape_and_the_parameters_that_torch_makes_of_them(name):
    rng = random.Random(name)  # noqa: S311
    module, possible = MODULES[name], 0
    shape = (4,) if module.operation is Dense else (4, 9, 8, 7)[: 1 + (module.dimension or 2)]
    for _ in range(40):
        text = f"nn.Sequential({drawn(rng, module)})"
        theirs = torch_says(text, shape)
        possible += theirs is not None
        assert ours(text, shape) == theirs, text
    assert possible >= 1


# --- What is not understood ---------------------------------------------------------------------------------------------


UNKNOWN: Final = (
    "is not a layer that this page knows: it knows Conv1d to 3d, ConvTranspose1d to 3d, MaxPool1d to 3d, AvgPool1d to 3d, "
    "LPPool1d to 3d, AdaptiveAvgPool1d to 3d, AdaptiveMaxPool1d to 3d, BatchNorm1d to 3d, Dropout1d to 3d, Linear, Flatten, "
    "Dropout, Upsample, ReLU, Sigmoid, Tanh, LeakyReLU, ELU, GELU, SiLU, ReLU6, SELU, CELU, Mish, Softplus, Softsign, "
    "Hardswish, Hardsigmoid, Hardtanh, LogSigmoid, Softmax, LogSoftmax, LocalResponseNorm, Identity and Sequential"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # classes
        ("nn.Sequential(\n\n\nnn.Transformer())", f"line 4: nn.Transformer {UNKNOWN}"),
        ("nn.Sequential(eval('1'))", f"line 1: eval {UNKNOWN}"),
        ("nn.Sequential(nn.Conv2D(1, 6, 5))", "line 1: nn.Conv2D is not a layer that this page knows: did you mean Conv2d?"),
        ("nn.sequential()", "line 1: nn.sequential is not a layer that this page knows: did you mean Sequential?"),
        ("nn.Sequential(nn.ReLU)", "line 1: nn.ReLU: this is the class; write nn.ReLU() with brackets"),
        ("nn.Sequential(relu)", "line 1: relu: this name is not assigned above; write its value, or assign it first"),
        ("nn.Sequential(nn.ReLU(\n)).to(device)", "line 2: .to(...) is not read here: leave it out"),
        ("m = nn.Sequential()\nm.append(nn.ReLU())", "line 2: .append(...) is not read here: leave it out"),
        # arguments
        ("nn.Sequential(nn.Conv2d(3, 6, 5, pading=2))", "line 1: nn.Conv2d has no argument pading: did you mean padding?"),
        ("nn.Sequential(nn.ReLU(slope=2))", "line 1: nn.ReLU has no argument slope: it has inplace"),
        ("nn.Sequential(nn.Tanh(slope=2))", "line 1: nn.Tanh has no argument slope: it has none"),
        (
            "nn.Sequential(nn.Conv2d(3))",
            "line 1: nn.Conv2d lacks out_channels and kernel_size: write nn.Conv2d(in_channels, out_channels, kernel_size)",
        ),
        ("nn.Sequential(nn.ReLU(1, 2))", "line 1: nn.ReLU takes 1 argument, and 2 are given: inplace"),
        ("nn.Sequential(nn.Tanh(1))", "line 1: nn.Tanh takes no arguments, and 1 are given: leave them out"),
        ("nn.Sequential(nn.Linear(1, 2, in_features=3))", "line 1: nn.Linear is given in_features twice: leave one out"),
        ("nn.Sequential(nn.Linear(1, 2, bias=True, bias=True))", "line 1: nn.Linear is given bias twice: leave one out"),
        ("nn.Sequential(nn.Linear(1, **more))", "line 1: ** is not read here: write the arguments out"),
        (
            "nn.Sequential(nn.Linear(*sizes))",
            "line 1: nn.Linear(*sizes): a star is not read in a layer; write the arguments out",
        ),
        (
            "nn.Sequential(nn.ReLU(device='cuda'))",
            "line 1: nn.ReLU has no argument device: it has inplace",
        ),
        (
            "nn.Sequential(nn.Linear(1, 2, device=f()))",
            "line 1: device is f(): only a name is passed over here; leave it out",
        ),
        # values
        ("n = 1\nnn.Sequential(nn.MaxPool2d(10**9))", "line 2: kernel_size is 10**9: whole numbers up to 1,000,000"),
        ("nn.Sequential(nn.MaxPool2d(1000*1001))", "line 1: kernel_size is 1000*1001: whole numbers up to 1,000,000"),
        ("nn.Sequential(nn.MaxPool2d(9**9**9))", "line 1: kernel_size is 9**9: whole numbers up to 1,000,000"),
        ("nn.Sequential(nn.MaxPool2d(-1000001))", "line 1: kernel_size is 1000001: whole numbers up to 1,000,000"),
        ("n = 1" + "0" * 40, "line 1: 100000000000000000000000000000000000000… is too long: whole numbers up to 1,000,000"),
        ("nn.Sequential(nn.Dropout(1e999))", "line 1: p is 1e999: this is too large"),
        ("nn.Sequential(nn.MaxPool2d(2.5))", "line 1: kernel_size is 2.5: write a whole number, or 2 in brackets"),
        ("nn.Sequential(nn.MaxPool2d(True))", "line 1: kernel_size is True: write a whole number, or 2 in brackets"),
        ("nn.Sequential(nn.MaxPool2d((2, 2, 2)))", "line 1: kernel_size is (2, 2, 2): write a whole number, or 2 in brackets"),
        ("nn.Sequential(nn.LPPool1d(2, (2,)))", "line 1: kernel_size is (2,): write a whole number"),
        (
            "nn.Sequential(nn.AdaptiveAvgPool2d((None, 1)))",
            "line 1: output_size is (None, 1): write a whole number, or 2 in brackets",
        ),
        (
            "nn.Sequential(nn.Conv2d(1, 2, 3, padding='full'))",
            'line 1: padding is \'full\': write a whole number, or 2 in brackets, or "same" or "valid"',
        ),
        (
            "nn.Sequential(nn.Conv2d(1, 2, 3, padding_mode='mirror'))",
            'line 1: padding_mode is \'mirror\': write one of "zeros", "reflect", "replicate", "circular"',
        ),
        ("nn.Sequential(nn.Conv2d(1, 2, 3, bias=2))", "line 1: bias is 2: write True or False"),
        ("nn.Sequential(nn.Dropout('half'))", "line 1: p is 'half': write a number"),
        (
            "nn.Sequential(nn.Upsample(scale_factor=1.5))",
            "line 1: scale_factor is 1.5: write a whole number, or one an axis in brackets; for others give size=",
        ),
        (
            "nn.Sequential(nn.Upsample(2, mode='bicubic'))",
            'line 1: mode is \'bicubic\': write "nearest", "linear", "bilinear" or "trilinear"',
        ),
        ("nn.Sequential(nn.Flatten(0))", "line 1: start_dim is 0: only 1 is read here"),
        (
            "nn.Sequential(nn.ConvTranspose2d(1, 1, 1, padding_mode='reflect'))",
            "line 1: padding_mode is 'reflect': only \"zeros\" is read here",
        ),
        ("nn.Sequential(nn.MaxPool2d(2, return_indices=True))", "line 1: return_indices is True: only False is read here"),
        (
            "nn.Sequential(nn.Dropout(1/2))",
            "line 1: p is 1/2: only whole numbers are calculated here, with + - * // **; write the result",
        ),
        (
            "nn.Sequential(nn.Linear(7 // 0, 1))",
            "line 1: in_features is 7 // 0: only whole numbers are calculated here, with + - * // **; write the result",
        ),
        (
            "nn.Sequential(nn.Linear(2**-1, 1))",
            "line 1: in_features is 2**-1: only whole numbers are calculated here, with + - * // **; write the result",
        ),
        ("nn.Sequential(nn.Linear(-'a', 1))", "line 1: in_features is -'a': only a number has a sign here"),
        ("nn.Sequential(nn.Linear(..., 1))", "line 1: in_features is ...: this is no number and no word"),
        (
            "nn.Sequential(nn.Linear(n[0], 1))",
            "line 1: in_features is n[0]: this is not read here, as nothing is run; write out what it comes to",
        ),
        # axes
        (
            "nn.Sequential(nn.Conv2d(1, 2, 3),\nnn.MaxPool1d(2))",
            "line 2: nn.MaxPool1d is for 1 axis, and in line 1 nn.Conv2d is for 2 axes: let all be for one number",
        ),
        (
            "nn.Sequential(nn.Conv3d(1, 2, 3), nn.BatchNorm1d(2))",
            "line 1: nn.BatchNorm1d is for 1 axis, and 3 come in: write nn.BatchNorm3d",
        ),
        (
            "nn.Sequential(nn.Dropout1d(), nn.Conv2d(1, 2, 3))",
            "line 1: nn.Dropout1d is for 1 axis, and 2 come in: write nn.Dropout2d",
        ),
        (
            "nn.Sequential(nn.Flatten(), nn.BatchNorm2d(2))",
            "line 1: nn.BatchNorm2d stands below a Flatten: write nn.BatchNorm1d",
        ),
        (
            "nn.Sequential(nn.Upsample((4, 4, 4), mode='bilinear'))",
            "line 1: nn.Upsample((4, 4, 4), mode='bilinear'): its mode and its sizes are for different numbers of axes",
        ),
        # groups and names
        (
            "nn.Sequential([nn.ReLU()])",
            "line 1: [nn.ReLU()]: this is a list; put a star before it, as in nn.Sequential(*layers)",
        ),
        ("nn.Sequential(5)", "line 1: 5: this is no layer; write one, as in nn.ReLU()"),
        ("nn.Sequential(*5)", "line 1: *5: this is no list; take the star away"),
        (
            "nn.Sequential({'a': nn.ReLU()})",
            "line 1: {'a': nn.ReLU()}: torch takes names from an OrderedDict only; write OrderedDict({...})",
        ),
        (
            "nn.Sequential(nn.ReLU(), OrderedDict(a=nn.ReLU()))",
            "line 1: OrderedDict(a=nn.ReLU()): names go alone into an nn.Sequential(OrderedDict(...))",
        ),
        (
            "nn.Sequential(act=nn.ReLU())",
            "line 1: nn.ReLU(): a Sequential takes layers, or one OrderedDict of them; take the name away",
        ),
        (
            "OrderedDict([('a.b', nn.ReLU())])",
            "line 1: 'a.b': a layer's name is made of letters, digits and \"_\", in quotation marks",
        ),
        ("OrderedDict([('a', nn.ReLU()), ('a', nn.ReLU())])", 'line 1: the name "a" is given twice: choose another'),
        (
            "OrderedDict([nn.ReLU()])",
            'line 1: [nn.ReLU()]: write a list of pairs, as in OrderedDict([("conv1", nn.Conv2d(1, 6, 5))])',
        ),
        (
            "OrderedDict([], [])",
            "line 1: OrderedDict([], []): an OrderedDict takes one list of pairs; write OrderedDict([...])",
        ),
        ("OrderedDict({**x})", "line 1: {**x}: ** is not read here; write the entries out"),
        ("OrderedDict(**x)", "line 1: x: ** is not read here; write the entries out"),
        (
            f"nn.Sequential(OrderedDict(a=nn.Sequential(OrderedDict({'b' * 61}=nn.ReLU()))))",
            f"line 1: the name a.{'b' * 37}… has 63 characters: at most 62 are read",
        ),
        # statements
        ("", "there is no nn.Sequential(...) in it: paste one, with its layers in the brackets"),
        ("import torch", "there is no nn.Sequential(...) in it: paste one, with its layers in the brackets"),
        ("nn.ReLU()", "line 1: nn.ReLU(): this is no network; write nn.Sequential( ... ) around the layers"),
        ("nn.ReLU(),\nnn.Tanh(),", "line 1: nn.ReLU(),: this is no network; write nn.Sequential( ... ) around the layers"),
        ("16", "line 1: 16: this is no network; paste an nn.Sequential(...)"),
        ("n += 1", "line 1: n += 1: this is not read here; write name = value, or an nn.Sequential(...)"),
        ("self.a = 1", "line 1: self.a: only plain names are assigned here, as in model = nn.Sequential(...)"),
        (
            "import torch\nclass Network(nn.Module):",
            "line 2: class is not read here, as nothing is run: paste the nn.Sequential(...) alone, with the numbers in it",
        ),
        (
            "nn.Sequential(*[nn.Linear(i, i) for i in sizes])",
            "line 1: for is not read here, as nothing is run: paste the nn.Sequential(...) alone, with the numbers in it",
        ),
        (
            "lambda: 1",
            "line 1: lambda is not read here, as nothing is run: paste the nn.Sequential(...) alone, with the numbers in it",
        ),
        ('__import__("os").system("true")', "line 1: .system(...) is not read here: leave it out"),
        # characters
        (
            "nn.Sequential(\nnn.ReLU() nn.Tanh())",
            "line 2: Python reads no further: invalid syntax. Perhaps you forgot a comma?",
        ),
        ("nn.Sequential(nn.ReLU()", "line 1: ( is never closed: add the ) where it ends"),
        ("nn.Sequential(\nnn.ReLU(]", "line 2: ] closes the ( of line 2: write )"),
        ("nn.ReLU())", "line 1: ) closes nothing: take it out, or add what it closes"),
        ("n = 'a\nb'", "line 1: a string starts here that does not end: close the quotation mark"),
        ('n = f"{1}"', 'line 1: f"{1}" is not read here: write a plain string in quotation marks'),
        ('n = b"a"', 'line 1: b"a" is not read here: write a plain string in quotation marks'),
        ('n = "\0"', 'line 1: "?" is not read here: write a plain string in quotation marks'),
        ('n = "\ud800"', 'line 1: "?" is not read here: write a plain string in quotation marks'),
        ("n = \0", "line 1: the character U+0000 is not read here: take it out"),
        ("\n\ud800", "line 2: the character U+D800 is not read here: take it out"),
        ("n = “a”", "line 1: “ is not read here: take it out"),
        ("n = 1if", "line 1: 1if is no number and no name"),
        ("n = 2.imag", "line 1: 2.imag is no number and no name"),
        ("n = 1 @ 2", "line 1: @ is not read here: take it out"),
        (
            "Sequential(\n  (0): Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))\n)",
            "this is what print(model) shows: paste the code that made it",
        ),
        # limits
        (" " * 50_001, "the text has 50,001 characters: at most 50,000 are read; paste the nn.Sequential(...) alone"),
        ("(" * 41, "line 1: too much is nested here: name the inner parts above it, as in block = nn.Sequential(...)"),
        ("\n" + "-" * 151, "line 2: too much is nested here: name the inner parts above it, as in block = nn.Sequential(...)"),
        (
            "1 + \\\n" * 100,
            "line 76: too much is nested here: name the inner parts above it, as in block = nn.Sequential(...)",
        ),
        (
            "a = nn.Sequential(*[nn.ReLU(), nn.ReLU()])\n" + "a = nn.Sequential(a, a)\n" * 9,
            "line 10: with this Sequential there are 1,024 layers: at most 1,000 are read",
        ),
        ("a = [1, 1]\n" + "a = [*a, *a]\n" * 9, "line 10: *a: with it there are more than 1,000 entries; leave some out"),
        (
            f"a = [{'1,' * 999}]\n" + "b = [*a]\n" * 30,
            "line 21: up to here there are more than 20,000 layers: leave some out",
        ),
        (
            "a = nn.Sequential()\n" + "a = nn.Sequential(a)\n" * 20,
            "line 21: 21 Sequentials lie in one another: at most 20 are read",
        ),
    ],
)
def test_what_is_not_understood_is_named_with_its_line_and_the_way_out(text, message):
    assert refused(text) == message


def test_an_input_with_other_axes_is_refused():
    text = "nn.Sequential(nn.ReLU(),\nnn.Conv1d(1, 2, 3))"
    assert parse_sequential(text, (1, 28)).dimension == 1
    with pytest.raises(
        PasteError, match=re.escape("line 2: nn.Conv1d is for 1 axis, and the input has 2: change the one or the other")
    ):
        parse_sequential(text, (1, 28, 28))
    with pytest.raises(
        PasteError, match=re.escape("line 1: nn.BatchNorm1d is for 1 axis, and 2 come in: write nn.BatchNorm2d")
    ):
        parse_sequential("nn.Sequential(nn.BatchNorm1d(1))", (1, 28, 28))
    assert parse_sequential("nn.Sequential(nn.BatchNorm1d(1))", (1,)).dimension is None


def test_numbers_that_do_not_fit_are_left_to_the_table():
    pasted = parse_sequential("nn.Sequential(nn.Conv2d(3, 6, 5), nn.Conv2d(5, 16, 5), nn.Linear(400, 10))")
    rows, error = partial(Network((3, 28, 28), pasted.layers))
    assert len(rows) == 1
    assert str(error) == "conv2, with 6×24×24 coming in: in_channels is 5, and 6 come in: set in_channels to 6"


def test_errors_survive_pickling():
    for text in ("nn.Sequential(\nnn.Linear())", ""):
        with pytest.raises(PasteError) as caught:
            parse_sequential(text)
        copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
        assert (type(copy), str(copy), copy.line) == (PasteError, str(caught.value), caught.value.line)
    pasted = parse_sequential(VALID[0])
    assert pickle.loads(pickle.dumps(pasted)) == pasted  # noqa: S301
    assert isinstance(pasted, Pasted)


def test_a_thousand_layers_and_long_chains_of_names_are_read():
    assert len(parse_sequential("nn.Sequential(" + "nn.ReLU()," * 1000 + ")").layers) == 1000
    deep = "nn.ReLU()"
    for _ in range(9):
        deep = f"nn.Sequential(OrderedDict([('abc', {deep})]))"
    assert [name for name, _ in layers(deep)] == [".".join(["abc"] * 9)]


def test_where_little_stack_is_left_a_text_is_refused_too():
    deep = "nn.ReLU()"
    for _ in range(15):
        deep = f"nn.Sequential({deep})"
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 60)
    try:
        message = refused(deep)
    finally:
        sys.setrecursionlimit(limit)
    assert message == "too much is nested: name the inner parts, as in block = nn.Sequential(...)"
    assert len(layers(deep)) == 1


# --- Chance -------------------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_mutants_are_refused_or_read_quickly_and_nothing_is_run():
    command = [sys.executable, "-W", "error", "-m", "tests.paste_fuzz", "100000"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    report = json.loads(run.stdout)
    assert report["events"] == ["builtins.id", "compile", "compile to a tree"]
    assert {"compile to code", "exec", "open"} <= set(report["caught"])
    assert report["slowest"][0] < 1
    assert report["unprintable"] == []
    assert report["understood"] + report["refused"] > 100_000
    assert report["understood"] > 2_000
    assert report["messages"] > 5_000
