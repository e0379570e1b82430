"""What torch does when one of `tests.networks` runs: a call for each module, as its hooks see it."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from typing import NamedTuple

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from tests.networks import INPUTS, NETWORKS


class Call(NamedTuple):
    """A module that was run. `inputs` are the places, in the order of running, of those that made what it read.

    −1 is the network's input. Shapes are without the batch; `operations` are torch's count, two a MAC.
    """

    name: str
    module: nn.Module
    inputs: tuple[int, ...]
    input_shapes: tuple[tuple[int, ...], ...]
    output_shape: tuple[int, ...]
    operations: int = 0


def leaves(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The modules that hold no others, by name."""
    return ((name, module) for name, module in network.named_modules() if not [*module.children()])


@cache
def calls(name: str) -> tuple[Call, ...]:
    """What happens in torch's network on an input of batch 1, on the meta device: shapes without numbers."""
    found, tensors = list[Call](), list[torch.Tensor]()

    def hook(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        places = tuple(next(i for i in reversed(range(len(tensors))) if tensors[i] is x) - 1 for x in inputs)
        shapes = tuple(tuple(x.shape[1:]) for x in inputs)
        found.append(Call(names[module], module, places, shapes, tuple(output.shape[1:])))
        tensors.append(output)

    with torch.device("meta"), ExitStack() as hooks:
        network = NETWORKS[name]()
        names = {module: leaf for leaf, module in leaves(network)}
        for module in names:
            hooks.enter_context(module.register_forward_hook(hook))
        tensors.append(torch.empty(1, *INPUTS[name]))
        with FlopCounterMode(display=False) as counter:
            network(tensors[0])
    counted = {module: sum(counts.values()) for module, counts in counter.get_flop_counts().items()}
    assert sum(counted.get(f"{type(network).__name__}.{leaf}", 0) for leaf in names.values()) == counted["Global"]
    return tuple(call._replace(operations=counted.get(f"{type(network).__name__}.{call.name}", 0)) for call in found)
