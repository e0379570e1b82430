"""The lab's networks: torch counts what the table counts, LeNet-5 is the lecture's, and what cannot be is explained first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
import torch

from convviz.geometry import GeometryError
from convviz.lab.model import MLP, LeNet5, Model, SmallCNN, mlp_like, require_trainable
from convviz.lab.module import build
from convviz.network import PRESETS, Network, NetworkError

DIGITS, PICTURES = (1, 8, 8), (3, 32, 32)


def names(network: Network) -> list[str]:
    return [layer.name for layer in network.layers]


def learned(network: Network) -> int:
    return sum(parameter.numel() for parameter in build(network).parameters())


def check_runs(model: Model, shape: tuple[int, ...], classes: int) -> Network:
    """Torch takes it, and has as many parameters as the table says."""
    network = model.network(shape, classes)
    module = build(network)
    assert tuple(module(torch.zeros(2, *shape)).shape) == (2, classes)
    assert learned(network) == network.table().parameters
    require_trainable(network, classes)
    return network


@pytest.mark.parametrize(
    ("pooling", "skip", "batch_norm", "global_pooling"),
    [*product(("max", "average", "stride", "none"), (False, True), (False, True), ("max", "average", "none"))],
)
def test_every_combination_is_a_network(pooling: Any, skip: bool, batch_norm: bool, global_pooling: Any) -> None:
    model = SmallCNN(
        channels=(4, 4, 8), pooling=pooling, skip=skip, batch_norm=batch_norm, global_pooling=global_pooling, dropout=0.2
    )
    network = check_runs(model, (3, 16, 16), 5)
    table = network.table()
    halved = {"none": 0}.get(pooling, 3 if global_pooling == "none" else 2)
    assert table.row("flatten").input_shapes[0][1:] == ((16 >> halved,) * 2 if global_pooling == "none" else (1, 1))
    assert ("add1" in names(network)) == skip
    # A projection only where shapes differ: in the second of blocks of 4, 4 channels none is needed, unless it has a stride.
    assert ("project2" in names(network)) == (skip and pooling == "stride")
    assert ("norm1_1" in names(network)) == batch_norm


def test_a_skip_adds_what_came_in() -> None:
    network = SmallCNN(channels=(3,), convolutions=2, skip=True, batch_norm=False).network((3, 5, 5), 2)
    module = build(network)
    for name in ("conv1_1", "conv1_2"):
        for parameter in module.layer(name).parameters():
            torch.nn.init.zeros_(parameter)
    x = torch.rand(1, 3, 5, 5)
    assert torch.equal(module(x, until="relu1"), x)


@pytest.mark.parametrize(
    ("settings", "kernels"),
    [
        # the first layer alone
        ({"first_kernel_size": 7}, [7, 3, 3, 3]),
        # all of them
        ({"kernel_size": 5}, [5, 5, 5, 5]),
        # one convolution a block
        ({"first_kernel_size": 7, "convolutions": 1}, [7, 3]),
    ],
)
def test_kernels_are_where_they_are_wanted(settings: dict[str, Any], kernels: Sequence[int]) -> None:
    network = SmallCNN(**settings).network(PICTURES, 6)
    assert [layer.operation.kernel_size for layer in network.layers if layer.name.startswith("conv")] == kernels  # type: ignore[union-attr]
    assert network.table().row(f"conv1_{SmallCNN(**settings).convolutions}").output_shape[1:] == (32, 32)


def test_lenet_is_that_of_the_lecture() -> None:
    network = check_runs(LeNet5(), (1, 28, 28), 10)
    assert [layer.operation for layer in network.layers] == [layer.operation for layer in PRESETS["lenet5"].network.layers]
    assert network.table().parameters == 61_706
    assert names(LeNet5(activation="ReLU").network((1, 28, 28), 10))[1] == "relu1"
    assert check_runs(LeNet5(), (3, 32, 32), 6).table().output_shape == (6,)


@pytest.mark.parametrize(("shape", "classes"), [(DIGITS, 10), (PICTURES, 6), ((1, 28, 28), 10)])
@pytest.mark.parametrize("cnn", [SmallCNN(), SmallCNN(channels=(16, 32, 64), first_kernel_size=7)])
def test_an_mlp_has_as_many_parameters_to_half_a_unit(cnn: SmallCNN, shape: tuple[int, ...], classes: int) -> None:
    network = cnn.network(shape, classes)
    mlp = check_runs(mlp_like(network), shape, classes)
    unit = torch.Size(shape).numel() + 1 + classes
    assert abs(learned(mlp) - learned(network)) <= unit / 2


@pytest.mark.parametrize(
    ("model", "shape", "message"),
    [
        # the pooling halves three cells away
        (SmallCNN(channels=(4,) * 4), (1, 4, 4), "pool3, with 4×1×1 coming in: kernel 2 spans 2 cells; the padded input has 1"),
        # LeNet on 8×8
        (LeNet5(), DIGITS, "conv2, with 6×4×4 coming in: kernel 5 spans 5 cells; the padded input has 4"),
        # an even kernel grows by a cell, and what goes around it does not
        (SmallCNN(channels=(1,), kernel_size=2, skip=True, convolutions=1), DIGITS, "add1"),
    ],
)
def test_an_impossible_network_is_explained_by_its_table(model: Model, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(NetworkError) as caught:
        require_trainable(model.network(shape, 10), 10)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("model", "parameter", "remedy"),
    [
        (SmallCNN(channels=()), "channels", {"channels": (16, 32)}),
        (SmallCNN(channels=(1,) * 7), "channels", {"channels": (1,) * 6}),
        (SmallCNN(channels=(600,)), "channels", {"channels": 512}),
        (SmallCNN(convolutions=0), "convolutions", {"convolutions": 1}),
        (SmallCNN(convolutions=7), "convolutions", {"convolutions": 6}),
        (SmallCNN(kernel_size=0), "kernel_size", {"kernel_size": 1}),
        (SmallCNN(first_kernel_size=-1), "first_kernel_size", {"first_kernel_size": 0}),
        (SmallCNN(dropout=1.0), "dropout", {"dropout": 0.5}),
        (SmallCNN(dropout="a"), "dropout", {"dropout": 0.5}),  # type: ignore[arg-type]
        (SmallCNN(channels=16), "channels", {"channels": (16, 32)}),  # type: ignore[arg-type]
        (SmallCNN(channels=(16, 2.5)), "channels", {"channels": 1}),  # type: ignore[arg-type]
        (SmallCNN(kernel_size=10**6), "kernel_size", {"kernel_size": 63}),
        (SmallCNN(pooling="cats"), "pooling", {"pooling": "max"}),  # type: ignore[arg-type]
        (SmallCNN(activation="cats"), "activation", {"activation": "ReLU"}),  # type: ignore[arg-type]
        (MLP(parameters=0), "parameters", {"parameters": 1}),
    ],
)
def test_a_setting_of_no_network_is_refused(model: Model, parameter: str, remedy: dict[str, Any]) -> None:
    with pytest.raises(GeometryError) as caught:
        model.network(DIGITS, 10)
    assert (caught.value.parameter, caught.value.remedy) == (parameter, remedy)


def test_a_network_without_a_number_a_class_is_refused() -> None:
    with pytest.raises(GeometryError, match=r"ends in 16×5×5 numbers: there are 10 classes: end it in a dense layer of 10"):
        require_trainable(Network((1, 28, 28), PRESETS["lenet5"].network.layers[:6]), 10)
