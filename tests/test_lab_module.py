"""A network that computes: every layer of random networks against torch's own, presets against those written by hand."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from convviz.lab.module import MODULES, NetworkModule, build
from convviz.lab.norms import PowerPooling
from convviz.network import (
    PRESETS,
    Activation,
    Add,
    Convolution,
    Dense,
    Flatten,
    Layer,
    LayerTable,
    Network,
    NetworkError,
    Pooling,
)
from convviz.operations import pooling, pooling_axes
from tests.checks import one_thread  # noqa: F401 - a fixture
from tests.network_twin import joined, module_of
from tests.networks import NETWORKS
from tests.random_networks import network


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """An even kernel makes torch say that it pads a copy: what is wanted here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Using padding='same' with even kernel", category=UserWarning)
        yield


def possible(seeds: range) -> Iterator[tuple[Network, LayerTable]]:
    for seed in seeds:
        try:
            yield network(seed), network(seed).table()
        except NetworkError:
            continue


def shuffled(module: nn.Module, seed: int) -> nn.Module:
    """With parameters and running statistics that nothing has unasked."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        if "var" in name:
            tensor.data.uniform_(0.5, 1.5, generator=generator)
        elif tensor.is_floating_point():
            # Not so large that a deep network overflows.
            tensor.data.normal_(std=tensor[0].numel() ** -0.5, generator=generator)
    return module.eval()


def outputs(module: NetworkModule, table: Any, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """Of every layer, in one pass, and the input."""
    seen = {"input": x}
    hooks = [
        module.layer(row.name).register_forward_hook(lambda _, __, value, name=row.name: seen.__setitem__(name, value))
        for row in table
    ]
    seen["last"] = module(x)
    for hook in hooks:
        hook.remove()
    return seen


# --- Layer by layer -----------------------------------------------------------------------------------------------------


def test_every_layer_of_random_networks_is_torchs_own():
    count, kinds = 0, set()
    with torch.no_grad():
        for count, (drawn, table) in enumerate(possible(range(400)), start=1):
            module = shuffled(build(drawn), count)
            values = outputs(module, table, torch.randn(2, *drawn.input_shape))
            for row in table:
                ours, part = values[row.name], module.layer(row.name)
                assert tuple(ours.shape[1:]) == row.output_shape, (drawn, row.name)
                assert sum(parameter.numel() for parameter in part.parameters()) == row.parameters
                assert sum(buffer.numel() for buffer in part.buffers()) == row.buffers
                kinds.add(type(row.operation))
                if getattr(row.operation, "kind", "") != "lp":
                    inputs = [values[name] for name in row.inputs]
                    twin = module_of(row.operation, inputs, len(drawn.input_shape) - 1).to_empty(device="cpu").eval()
                    twin.load_state_dict(part.state_dict())
                    assert torch.equal(twin(joined(row.operation, inputs)).nan_to_num(), ours.nan_to_num()), (drawn, row.name)
            assert values["last"] is values[table.rows[-1].name]
    assert count >= 200
    assert kinds == set(MODULES)


@pytest.mark.parametrize("name", PRESETS)
def test_every_layer_of_a_preset_has_the_shape_of_its_row(name):
    table = PRESETS[name].table()
    with torch.device("meta"):
        module = build(PRESETS[name].network).eval()
        values = outputs(module, table, torch.empty(1, *table.input_shape))
    assert {row.name: tuple(values[row.name].shape[1:]) for row in table} == {row.name: row.output_shape for row in table}
    assert sum(parameter.numel() for parameter in module.parameters()) == table.parameters


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("lenet5", 28),
        ("stack", 32),
        ("seven5x5", 32),
        ("alexnet", 64),
        ("resnet18", 64),
        ("resnet50_v1", 33),
        ("densenet121", 32),
    ],
)
def test_a_preset_computes_what_the_one_written_by_hand_does(name, size):
    layers = PRESETS[name].network.layers
    shape = (PRESETS[name].network.input_shape[0], size, size)
    ours, theirs = build(Network(shape, layers)), shuffled(NETWORKS[name](), 1)
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    x = torch.randn(2, *shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        output = ours.eval()(x)
        assert torch.equal(output, theirs(x))
    assert output.isfinite().all()
    assert output.std() > 0


def test_a_softmax_that_is_not_told_goes_over_the_channels_without_a_warning():
    layers = (Layer("softmax", Activation("Softmax")), Layer("log", Activation("LogSoftmax", (("dim", None),))))
    module = build(Network((3, 5), layers))
    assert torch.allclose(module(torch.randn(2, 3, 5), until="softmax").sum(1), torch.ones(2, 5))
    assert torch.allclose(module(torch.randn(2, 3, 5)).exp().sum(1), torch.ones(2, 5))


# --- The module itself --------------------------------------------------------------------------------------------------


def chain(*names: str) -> Network:
    return Network((2,), tuple(Layer(name, Dense(2)) for name in names))


def test_names_of_layers_are_names_of_submodules_even_where_torch_or_another_has_them():
    module = build(chain("train", "a.b", "a_b", "forward", "layer", "layer1.0.conv-2"))
    names = [key.removesuffix(".weight") for key in module.state_dict() if key.endswith("weight")]
    assert names == ["train_", "a_b", "a_b_", "forward_", "layer_", "layer1_0_conv-2"]
    assert module.layer("a_b") is module.get_submodule("a_b_")
    assert module.train() is module


def test_any_layer_can_be_the_last():
    # "left" is read late, "loose" never.
    layers = (
        Layer("left", Dense(2)),
        Layer("loose", Dense(5), ("input",)),
        Layer("right", Dense(2), ("input",)),
        Layer("sum", Add(), ("left", "right", "left")),
    )
    module = build(Network((2,), layers))
    x = torch.randn(3, 2)
    left, right = module.layer("left")(x), module.layer("right")(x)
    assert torch.equal(module(x), left + right + left)
    assert torch.equal(module(x, until="left"), left)
    assert torch.equal(module(x, until="loose"), module.layer("loose")(x))
    assert module(x, until="input") is x
    with pytest.raises(KeyError, match="nobody"):
        module(x, until="nobody")


def test_a_network_without_layers_is_its_input():
    x = torch.randn(1, 3, 4)
    assert build(Network((3, 4)))(x) is x


def test_it_learns():
    module = build(Network((1, 6), (Layer("conv1", Convolution(2, 3)), Layer("flat", Flatten()), Layer("dense1", Dense(1)))))
    module(torch.randn(4, 1, 6)).square().sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in module.parameters())


def test_an_impossible_network_is_refused():
    with pytest.raises(NetworkError, match="put a flatten before it"):
        build(Network((2, 3), (Layer("dense1", Dense(2)),)))


# --- Norms --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm_type", [0.5, 1, 2, 2.5, 3])
@pytest.mark.parametrize(
    ("sizes", "kernel", "stride", "ceil_mode"),
    [
        ((9,), 2, None, False),  # a line, one left over
        ((9,), 2, None, True),  # its last window hangs over
        ((7, 8), (2, 3), (2, 1), True),  # a plane, different axes
        ((5, 4, 6), 2, 2, True),  # a cube
    ],
)
def test_a_norm_is_the_stages_norm(norm_type, sizes, kernel, stride, ceil_mode):
    x = np.random.default_rng(0).normal(size=(3, *sizes))
    options = {"kind": "lp", "stride": stride, "ceil_mode": ceil_mode}
    module = build(Network(x.shape, (Layer("pool1", Pooling(kernel, norm_type=norm_type, **options)),)))
    trace = pooling(x, kernel if isinstance(kernel, tuple) else (kernel,) * len(sizes), norm_type=norm_type, **options)
    np.testing.assert_allclose(module(torch.from_numpy(x)[None])[0].numpy(), trace.output, rtol=1e-12)


@pytest.mark.parametrize("norm_type", [0.5, 1, 2, 3])
def test_the_gradient_of_a_norm_is_a_number_even_at_zero(norm_type):
    module = PowerPooling(norm_type, pooling_axes((6,), 2, kind="lp"))
    x = torch.tensor([[[1.0, -2.0, 0.0, 0.0, 0.0, 3.0]]], dtype=torch.float64, requires_grad=True)
    module(x).sum().backward()
    assert x.grad.isfinite().all()
    assert x.grad[0, 0, 2:4].tolist() == [0, 0]
    away = torch.tensor([[[1.0, -2.0, 0.5, 0.7]]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(PowerPooling(norm_type, pooling_axes((4,), 2, kind="lp")), away)
