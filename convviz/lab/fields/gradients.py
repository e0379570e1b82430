"""How much each cell of the input moves a unit of a network with random weights: one gradient a seed.

Everything is float64: along the border of a deep field weights multiply to less than float32 can hold.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convviz.lab.fields.narrowing import required_row
from convviz.lab.fields.units import required_unit
from convviz.lab.module import NetworkModule, build
from convviz.network.layers import BatchNorm
from convviz.network.table import LayerTable, Network


def gradient_magnitude(network: Network, layer: str, unit: tuple[int, ...], seed: int) -> NDArray[np.float64]:
    """|∂(the unit's channels, mixed) / ∂input|, added up over the input's channels, and scaled to a sum of 1.

    One entry a cell of the input. The unit's channels are added up with random normal weights, for behind a softmax their plain
    sum is always 1. `unit` is a position for each axis of `layer`, or the index of one number of what is flat.
    Weights are He's: normal, of variance 2 / (numbers that an output reads); biases are 0, batch norms and dropout do what they
    do after training, and the picture is standard normal: all of it drawn by `seed`. Where nothing comes through, as behind a
    ReLU that is 0, all is 0.

    Raises `NetworkError` for a network that cannot be, `GeometryError` for a layer or a unit that is not there, and
    FloatingPointError for numbers that float64 does not hold. Source: Luo et al., 2016; He et al., 2015 (weights).

    >>> from convviz.network import Convolution, Layer
    >>> network = Network((1, 6), (Layer("conv1", Convolution(4, 3)),))
    >>> (gradient_magnitude(network, "conv1", (1,), seed=0) > 0).tolist()
    [False, True, True, True, False, False]
    >>> gradient_magnitude(network, "conv1", (4,), seed=0)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: unit is (4,): conv1 has units (0,) to (3,)
    """
    # A batch norm that keeps no running statistics would take those of the one picture, beyond any field.
    layers = (
        replace(each, operation=replace(each.operation, track_running_stats=True))
        if isinstance(each.operation, BatchNorm)
        else each
        for each in network.layers
    )
    network = Network(network.input_shape, tuple(layers))
    table = network.table()
    place = required_unit(required_row(table, layer), unit)
    generator = torch.Generator().manual_seed(seed)
    module = build(network).double().eval()
    draw_weights(module, table, generator)
    picture = torch.randn(1, *network.input_shape, dtype=torch.float64, generator=generator)
    mixture = torch.randn(table.row(layer).output_shape[0], dtype=torch.float64, generator=generator)
    return _scaled(gradient(module, picture, layer, place, mixture).abs().sum(0).numpy(), layer)


def draw_weights(module: NetworkModule, table: LayerTable, generator: torch.Generator) -> None:
    """He's weights for every layer that multiplies, of variance 2 / (numbers that an output reads); biases become 0.

    Of a transposed convolution outputs read less than the kernel holds, on average. Source: He et al., 2015, equation 10.

    >>> from convviz.network import Dense, Layer
    >>> table = Network((5000,), (Layer("dense1", Dense(20)),)).table()
    >>> module = NetworkModule(table)
    >>> draw_weights(module, table, torch.Generator().manual_seed(0))
    >>> round(module.layer("dense1").weight.var().item() * 5000, 1)
    2.0
    >>> draw_weights(module, Network((5000,), (Layer("dense2", Dense(20)),)).table(), torch.Generator())
    Traceback (most recent call last):
    KeyError: 'dense2'
    """
    for row in table:
        if not row.macs:
            continue
        read = row.macs / prod(row.output_shape)
        for name, parameter in module.layer(row.name).named_parameters():
            if name == "weight":
                nn.init.normal_(parameter, std=(2 / read) ** 0.5, generator=generator)
            else:
                nn.init.zeros_(parameter)


def gradient(
    module: NetworkModule, picture: Tensor, layer: str, place: tuple[int, ...], mixture: Tensor | None = None
) -> Tensor:
    """∂(sum over channels of `layer` at `place`) / ∂picture, for a batch of one; without the batch.

    `place` is a position an axis, or the index of one number of what is flat. Channels are first multiplied by `mixture`, if it
    is given. The weights are frozen on the way: from then on nothing is differentiated by them.

    >>> from convviz.network import Convolution, Layer
    >>> module = build(Network((1, 4), (Layer("conv1", Convolution(1, 2)),)))
    >>> _ = nn.init.ones_(module.layer("conv1").weight)
    >>> gradient(module, torch.zeros(1, 1, 4), "conv1", (1,)).tolist()
    [[0.0, 1.0, 1.0, 0.0]]
    >>> gradient(module, torch.zeros(1, 1, 4), "conv1", (3,))
    Traceback (most recent call last):
    IndexError: index 3 is out of bounds for dimension 1 with size 3
    """
    module.requires_grad_(requires_grad=False)
    picture = picture.detach().requires_grad_()
    output = module(picture, until=layer)[0]
    if mixture is not None:
        output = output * mixture.view(-1, *(1,) * (output.ndim - 1))
    channels = output[place] if output.ndim == 1 else output[(slice(None), *place)]
    (found,) = torch.autograd.grad(channels.sum(), picture)
    return found[0]


def _scaled(magnitude: NDArray[np.float64], layer: str) -> NDArray[np.float64]:
    """To a sum of 1; zeros stay zeros."""
    largest = magnitude.max(initial=0)
    if not np.isfinite(largest):
        raise FloatingPointError(f"{layer}: with random weights its numbers grow beyond what float64 holds")
    if not largest:
        return magnitude
    magnitude = magnitude / largest  # the sum of large numbers could be too large
    scaled: NDArray[np.float64] = magnitude / magnitude.sum()
    return scaled
