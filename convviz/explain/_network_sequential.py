"""A chain of layers as an nn.Sequential: layers one below the other, named only where their names say more than their kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, TypeAlias

from convviz.explain._network_module import module_code
from convviz.network.names import PART, TAKEN, names
from convviz.network.table import Row

Line: TypeAlias = tuple[str, str]
"""A line of code, and the layer that stands on it: "" for none."""
Placed: TypeAlias = tuple[tuple[str, ...], Row]
"""A row, and its name from here on, part by part."""
_DEEPEST: Final = 6
"""Dots in a name up to which each makes a Sequential within a Sequential."""


def sequential_lines(rows: Sequence[Row], indent: str) -> list[Line]:
    """The expression, line by line; `indent` stands once before what is in brackets.

    >>> from convviz.network import Activation, Layer, Network
    >>> named = Network((4,), (Layer("first", Activation()), Layer("second", Activation("Tanh"))))
    >>> print(*(line for line, _ in sequential_lines(named.table().rows, "  ")), sep=chr(10))
    nn.Sequential(OrderedDict([
      ("first", nn.ReLU()),
      ("second", nn.Tanh()),
    ]))
    >>> sequential_lines([None], "  ")
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'name'
    """
    placed = [(tuple(row.name.split(".")), row) for row in rows]
    return list(_sequential(placed if _nests(placed) else _side_by_side(rows), indent))


def _groups(placed: Sequence[Placed]) -> list[tuple[str, list[Placed]]]:
    """Neighbours whose names begin alike, under their names from there on."""
    groups = groupby(placed, lambda entry: entry[0][0])
    return [(head, [(path[1:], row) for path, row in inner]) for head, inner in groups]


def _nests(placed: Sequence[Placed], depth: int = 0) -> bool:
    """Whether names with dots can be groups in groups, as torch has them: each in one piece, and nothing else called so."""
    groups = _groups(placed)
    heads = {head for head, _ in groups}
    if len(heads) < len(groups) or depth > _DEEPEST or not all(map(_fits, heads)):
        return False
    return all(_is_layer(inner) or (all(path for path, _ in inner) and _nests(inner, depth + 1)) for _, inner in groups)


def _is_layer(inner: Sequence[Placed]) -> bool:
    return len(inner) == 1 and not inner[0][0]


def _fits(part: str) -> bool:
    return bool(PART.fullmatch(part)) and not TAKEN.fullmatch(part)


def _side_by_side(rows: Sequence[Row]) -> list[Placed]:
    """All rows under names without dots."""
    placed: dict[tuple[str, ...], Row] = {}
    for row in rows:
        name = row.name.replace(".", "_")
        while (name,) in placed or not _fits(name):
            name += "_"
        placed[name,] = row
    return list(placed.items())


def _sequential(placed: Sequence[Placed], indent: str) -> Iterator[Line]:
    groups = _groups(placed)
    by_kind = all(_is_layer(inner) for _, inner in groups) and [head for head, _ in groups] == _by_kind(placed)
    yield "nn.Sequential(" if by_kind else "nn.Sequential(OrderedDict([", ""
    for head, inner in groups:
        lines = [(module_code(inner[0][1]), inner[0][1].name)] if _is_layer(inner) else list(_sequential(inner, indent))
        yield from ((indent + code, name) for code, name in (_ended(lines, ",") if by_kind else _named(head, lines)))
    yield ")" if by_kind else "]))", ""


def _by_kind(placed: Sequence[Placed]) -> list[str]:
    return list(names([((None,), row.operation) for _, row in placed]))


def _named(name: str, lines: list[Line]) -> list[Line]:
    code, layer = lines[0]
    return _ended([(f'("{name}", {code}', layer), *lines[1:]], "),")


def _ended(lines: list[Line], ending: str) -> list[Line]:
    code, layer = lines[-1]
    return [*lines[:-1], (code + ending, layer)]
