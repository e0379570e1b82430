"""A network in PyTorch, ready to paste: it prints the shape that comes out."""

from __future__ import annotations

from collections.abc import Iterator

from convviz.explain._network_class import class_lines
from convviz.explain._network_sequential import Line, sequential_lines
from convviz.network.layers import INPUT, BatchNorm
from convviz.network.table import LayerTable, Network


def pytorch_network_code(network: Network) -> str:
    """Code that makes the network with torch's own modules, and prints the shape of what comes out, with its batch.

    A chain is an nn.Sequential, a network with branches a class. Raises `NetworkError` for a network that cannot be. Source:
    torch.nn.

    >>> from convviz.network import Activation, Convolution, Dense, Flatten, Layer, Network
    >>> layers = Layer("conv1", Convolution(6, 5)), Layer("flatten", Flatten()), Layer("dense1", Dense(10))
    >>> print(pytorch_network_code(Network((1, 8, 8), layers)))
    import torch
    from torch import nn
    <BLANKLINE>
    network = nn.Sequential(
        nn.Conv2d(1, 6, 5),
        nn.Flatten(),
        nn.Linear(96, 10),
    )
    <BLANKLINE>
    x = torch.randn(1, 1, 8, 8)
    print(network(x).shape)
    >>> pytorch_network_code(Network((1, 4, 4), layers))
    Traceback (most recent call last):
    convviz.network.table.NetworkError: conv1, with 1×4×4 coming in: kernel 5 spans 5 cells; the padded input has 4: \
add 1 padding, or lower kernel to 4
    """
    table = network.table()
    made = list(_made(table))
    ordered = ["from collections import OrderedDict", ""] if any("OrderedDict(" in line for line in made) else []
    return "\n".join([*ordered, "import torch", "from torch import nn", "", *made, "", *_used(table)])


def sequential_code(network: Network) -> str:
    """The nn.Sequential alone; nothing for a network with branches. Raises `NetworkError` for a network that cannot be.

    >>> from convviz.network import Activation, Layer, Network
    >>> print(sequential_code(Network((4,), (Layer("relu1", Activation()),))))
    nn.Sequential(
      nn.ReLU(),
    )
    >>> sequential_code(Network((4,), (Layer("relu1", Activation("Relu")),)))
    Traceback (most recent call last):
    convviz.network.table.NetworkError: relu1, with 4 coming in: function "Relu" is not one of ReLU, Sigmoid, Tanh, LeakyReLU, \
ELU, GELU, SiLU, ReLU6, SELU, CELU, Mish, Softplus, Softsign, Hardswish, Hardsigmoid, Hardtanh, LogSigmoid, Softmax, \
LogSoftmax, LocalResponseNorm, Identity
    """
    return "\n".join(code for code, _ in _sequential(network))


def code_lines(network: Network) -> tuple[int | None, ...]:
    """For each layer its line in `sequential_code`, from 1; None in a network with branches.

    Raises `NetworkError` for a network that cannot be.

    >>> from convviz.network import Activation, Flatten, Layer, Network
    >>> code_lines(Network((4,), (Layer("relu1", Activation()), Layer("flatten", Flatten()))))
    (2, 3)
    >>> code_lines(Network((), ()))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: input_shape is (): write (channels, sizes of 1 to 3 axes), or (numbers,)
    """
    lines = {layer: number for number, (_, layer) in enumerate(_sequential(network), start=1)}
    return tuple(lines.get(layer.name) for layer in network.layers)


def _sequential(network: Network) -> list[Line]:
    table = network.table()
    return sequential_lines(table.rows, "  ") if _is_chain(table) else []


def _is_chain(table: LayerTable) -> bool:
    above = (INPUT, *(row.name for row in table.rows))
    return all(row.inputs == (name,) for row, name in zip(table.rows, above, strict=False))


def _made(table: LayerTable) -> Iterator[str]:
    """The lines that make `network`."""
    if _is_chain(table):
        first, *lines = (code for code, _ in sequential_lines(table.rows, "    "))
        yield from (f"network = {first}", *lines)
        return
    yield from ("", *class_lines(table), "", "", "network = Network()")


def _used(table: LayerTable) -> Iterator[str]:
    # While it trains, a batch norm asks for more than one value of each channel.
    norms = [row.output_shape for row in table.rows if isinstance(row.operation, BatchNorm)]
    lonely = any(set(shape[1:]) <= {1} for shape in norms)
    sizes = (2 if lonely else 1, *table.input_shape)
    yield f"x = torch.randn({', '.join(map(str, sizes))})"
    yield "print(network(x).shape)"
