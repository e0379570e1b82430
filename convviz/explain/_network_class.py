"""A network with branches as a class of its own: its modules first, then how values go through them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from keyword import iskeyword
from typing import Final

from convviz.explain._network_module import module_code
from convviz.network.layers import INPUT, Add, Concat
from convviz.network.names import TAKEN
from convviz.network.table import LayerTable, Row

_OURS: Final = {"self", "x", "inputs", "torch", "nn"}
"""What the code calls its own."""
Readers = Mapping[str, list[int]]
"""For each layer the rows that read it."""


def class_lines(table: LayerTable) -> Iterator[str]:
    """The class `Network`, line by line: one line a module, then one line a layer.

    Values that only the next layer reads are all called x; the others have the names of their layers.

    >>> from convviz.network import Activation, Add, Layer, Network
    >>> layers = Layer("relu", Activation()), Layer("sum", Add(), ("relu", "relu")), Layer("more", Add(), ("sum", "relu"))
    >>> print(*list(class_lines(Network((4,), layers).table()))[-5:], sep=chr(10))
        def forward(self, x):
            relu = self.relu(x)
            x = relu + relu
            x = x + relu
            return x
    >>> list(class_lines(None))
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'rows'
    """
    variables = _variables([row.name for row in table.rows])
    yield "class Network(nn.Module):"
    yield "    def __init__(self):"
    yield "        super().__init__()"
    modules = (row for row in table.rows if not isinstance(row.operation, Add | Concat))
    yield from (f"        self.{variables[row.name]} = {module_code(row)}" for row in modules)
    yield ""
    yield from (f"    {line}" for line in _forward(table, variables))


def _variables(names: list[str]) -> dict[str, str]:
    """A name that Python takes for each layer."""
    variables: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        plain = plain if plain[0].isalpha() else f"layer_{plain.lstrip('_')}"
        while plain in variables.values() or plain in _OURS or iskeyword(plain) or TAKEN.fullmatch(plain):
            plain += "_"
        variables[name] = plain
    return variables


def _forward(table: LayerTable, variables: Mapping[str, str]) -> Iterator[str]:
    readers: Readers = _readers(table)
    values = {INPUT: "x" if readers[INPUT] in ([], [0]) else "inputs"}
    yield f"def forward(self, {values[INPUT]}):"
    for index, row in enumerate(table.rows):
        line = _applied(row, variables[row.name], [values[name] for name in row.inputs])
        values[row.name] = "x" if set(readers[row.name]) <= {index + 1} else variables[row.name]
        yield f"    {values[row.name]} = {line}"
    yield f"    return {values[table.rows[-1].name]}"


def _readers(table: LayerTable) -> Readers:
    readers: defaultdict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(table.rows):
        for name in row.inputs:
            readers[name].append(index)
    return readers


def _applied(row: Row, module: str, values: list[str]) -> str:
    if isinstance(row.operation, Add):
        return " + ".join(values)
    if isinstance(row.operation, Concat):
        return f"torch.cat([{', '.join(_cropped(row, values))}], dim=1)"
    return f"self.{module}({', '.join(values)})"


def _cropped(row: Row, values: list[str]) -> Iterator[str]:
    """The values, those cut that are larger than what comes out."""
    want = row.output_shape[1:]
    for value, shape, cut in zip(values, row.input_shapes, row.effect.crop, strict=True):
        axes = zip(shape[1:], want, cut, strict=True)
        slices = [f"{before}:{before + size}" if have > size else ":" for have, size, before in axes]
        yield value if shape[1:] == want else f"{value}[..., {', '.join(slices)}]"
