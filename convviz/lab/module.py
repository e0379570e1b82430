"""A network as a torch module: one submodule a layer, run in the order of the table.

All sizes come from the table's rows. What torch's modules are called and take is said in `convviz.network.modules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, Final

import torch
from torch import Tensor, nn

from convviz.lab.norms import PowerPooling
from convviz.network.layers import (
    INPUT,
    Activation,
    AdaptivePooling,
    Add,
    BatchNorm,
    Concat,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Pooling,
    TransposedConvolution,
    Upsampling,
)
from convviz.network.modules import COMES_IN, UPSAMPLING_WORDS, module_of
from convviz.network.table import LayerTable, Network, Row

_LAST: Final = "in_features"
"""Of what comes in, a dense layer takes the last axis; all others take channels."""
_GUESSED: Final = ("Softmax", "LogSoftmax")
"""Without a `dim` torch warns, and in a batch of lines it takes the batch: here they go over the channels."""


class Sum(nn.Module):
    """The sum of its inputs, cell by cell."""

    def forward(self, *values: Tensor) -> Tensor:
        """Of tensors of one shape."""
        return reduce(torch.add, values)


class Joined(nn.Module):
    """Its inputs' channels one behind the other; of each so many cells an axis, `starts` being the first of them."""

    def __init__(self, starts: Sequence[Sequence[int]], sizes: Sequence[int]) -> None:
        super().__init__()
        self.starts, self.sizes = starts, sizes

    def forward(self, *values: Tensor) -> Tensor:
        """Of tensors (N, C, *sizes), one for each entry of `starts`."""
        return torch.cat([self._cut(value, first) for value, first in zip(values, self.starts, strict=True)], dim=1)

    def _cut(self, value: Tensor, starts: Sequence[int]) -> Tensor:
        for axis, (first, size) in enumerate(zip(starts, self.sizes, strict=True), start=2):
            value = value.narrow(axis, first, size)
        return value


class NetworkModule(nn.Module):
    """A network that computes; `build` makes it. Its submodules have the names of the layers, "layer1.0" being layer1_0."""

    def __init__(self, table: LayerTable) -> None:
        super().__init__()
        self._inputs = {row.name: row.inputs for row in table}
        self._done_with = _done_with(table.rows)
        self._attributes: dict[str, str] = {}
        for row in table:
            self._attributes[row.name] = self._free(row.name)
            self.add_module(self._attributes[row.name], MODULES[type(row.operation)](row))

    def layer(self, name: str) -> nn.Module:
        """The submodule of a layer. Raises KeyError for a name that no layer has."""
        return self.get_submodule(self._attributes[name])

    def forward(self, x: Tensor, until: str | None = None) -> Tensor:
        """What comes out of the layer `until`, by default the last, for a batch (N, *input_shape); "input" is `x` itself.

        Values that no later layer reads are let go on the way. Raises KeyError for a name that no layer has.
        """
        if until is not None and until not in self._inputs and until != INPUT:
            raise KeyError(until)
        values = {INPUT: x}
        last = x
        for name, inputs in self._inputs.items() if until != INPUT else ():
            last = values[name] = self.layer(name)(*(values[each] for each in inputs))
            if name == until:
                break
            for each in self._done_with[name]:
                del values[each]
        return last

    def _free(self, name: str) -> str:
        """A name for the submodule that neither another one nor torch uses."""
        attribute = name.replace(".", "_")
        while hasattr(self, attribute):
            attribute += "_"
        return attribute


def build(network: Network) -> NetworkModule:
    """The torch module of a network, with torch's own first weights: `module(x)`, or `module(x, until="conv2")`.

    Tensors are (N, *input_shape) in, (N, *output_shape) out. Pooling of kind lp is the true norm, as `convviz.pooling` has it;
    softmax without a `dim` goes over the channels. Raises `NetworkError` for a network that cannot be. Source: torch.nn.

    >>> from convviz.network import Convolution, Dense, Flatten, Layer
    >>> layers = Layer("conv1", Convolution(6, 5)), Layer("flatten", Flatten()), Layer("dense1", Dense(10))
    >>> module = build(Network((1, 8, 8), layers))
    >>> [*module.state_dict()], tuple(module(torch.zeros(2, 1, 8, 8), until="conv1").shape)
    (['conv1.weight', 'conv1.bias', 'dense1.weight', 'dense1.bias'], (2, 6, 4, 4))
    >>> build(Network((1, 4, 4), layers))
    Traceback (most recent call last):
    convviz.network.table.NetworkError: conv1, with 1×4×4 coming in: kernel 5 spans 5 cells; the padded input has 4: \
add 1 padding, or lower kernel to 4
    """
    return NetworkModule(network.table())


def _done_with(rows: Sequence[Row]) -> Mapping[str, list[str]]:
    """For each layer the values that nobody needs once it has run."""
    last = {name: row.name for row in rows for name in (row.name, *row.inputs)}
    return {row.name: [name for name, reader in last.items() if reader == row.name] for row in rows}


def _named(row: Row) -> nn.Module:
    """Torch's module of the layer's own name, with the number of channels that come in filled in."""
    module = module_of(row.operation, _axes(row))
    (shape,) = row.input_shapes
    settings = dict(module.settings(row.operation))
    settings |= {name: shape[-1 if name == _LAST else 0] for name in settings.keys() & {*COMES_IN}}
    return _made(module.name, settings)


def _made(name: str, settings: Mapping[str, Any]) -> nn.Module:
    made: nn.Module = getattr(nn, name)(**settings)
    return made


def _axes(row: Row) -> int | None:
    """How many axes windows slide over; None for numbers in a row."""
    return len(row.input_shapes[0]) - 1 or None


def _pooling(row: Row) -> nn.Module:
    return PowerPooling(row.operation.norm_type, row.effect.axes) if row.operation.kind == "lp" else _named(row)  # type: ignore[arg-type, union-attr]


def _upsampling(row: Row) -> nn.Module:
    operation: Any = row.operation
    linear = operation.mode == "linear"
    mode = UPSAMPLING_WORDS[_axes(row) or 1] if linear else operation.mode
    # torch takes align_corners, even a False, with the linear modes alone.
    return nn.Upsample(operation.size, operation.scale_factor, mode, operation.align_corners if linear else None)


def _activation(row: Row) -> nn.Module:
    operation: Any = row.operation
    guessed = {"dim": 1} if operation.function in _GUESSED else {}
    return _made(operation.function, {**guessed, **{name: value for name, value in operation.options if value is not None}})


def _joined(row: Row) -> nn.Module:
    return Joined(row.effect.crop, row.output_shape[1:])


MODULES: Final[Mapping[type, Callable[[Row], nn.Module]]] = {
    Convolution: _named,
    TransposedConvolution: _named,
    Pooling: _pooling,
    AdaptivePooling: _named,
    Upsampling: _upsampling,
    BatchNorm: _named,
    Activation: _activation,
    Dropout: _named,
    Flatten: _named,
    Dense: _named,
    Add: lambda _: Sum(),
    Concat: _joined,
}
"""What each kind of layer becomes."""
