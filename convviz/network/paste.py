"""PyTorch code into a network: an nn.Sequential that was pasted, read and never run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from convviz.network._paste_read import network
from convviz.network._paste_scan import plain, shortened
from convviz.network._paste_values import Group, Leaf
from convviz.network.layers import BatchNorm, Convolution, Dense, Flatten, Layer, Shape, TransposedConvolution
from convviz.network.names import Path, names
from convviz.network.paste_error import PasteError
from convviz.network.table import LONGEST_NAME

__all__ = ["PasteError", "Pasted", "parse_sequential"]


@dataclass(frozen=True)
class Pasted:
    """What a text says: layers, and of the input what they let us know.

    `dimension` is the number of axes that the classes slide over (Conv2d: 2), None where none says; `in_channels` is what the
    first convolution or dense layer declares. `lines` has a line of the text for each layer, from 1; `unused` the names of
    modules that are assigned and not part of the network.
    """

    layers: tuple[Layer, ...]
    dimension: int | None
    in_channels: int | None
    lines: tuple[int, ...]
    unused: tuple[str, ...] = ()


def parse_sequential(text: str, input_shape: Shape | None = None) -> Pasted:
    """The network that a text describes: its last nn.Sequential, with numbers and modules that are assigned above it.

    Nothing is run. Settings are kept as they are written: whether they fit, the table says. Raises `PasteError` for a text that
    is not understood, and for one whose classes slide over other axes than `input_shape` has. Source: torch.nn.Sequential.

    >>> pasted = parse_sequential("nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.Conv2d(6, 16, 5))")
    >>> [layer.name for layer in pasted.layers], pasted.dimension, pasted.in_channels
    (['conv1', 'relu1', 'conv2'], 2, 1)
    >>> parse_sequential("nn.Sequential(nn.Conv2d(3, 6, 5, pading=2))")
    Traceback (most recent call last):
    convviz.network.paste_error.PasteError: line 1: nn.Conv2d has no argument pading: did you mean padding?
    """
    group, unused = _understood(text)
    placed = list(_placed(group, ()))
    leaves = [leaf for _, leaf in placed]
    dimension = _dimension(leaves, input_shape)
    found = names([(path, leaf.operation) for path, leaf in placed])
    layers = tuple(map(_layer, found, leaves))
    return Pasted(layers, dimension, _declared(leaves), tuple(leaf.line for leaf in leaves), unused)


def _understood(text: str) -> tuple[Group, tuple[str, ...]]:
    """Python's parser refuses in its own ways."""
    try:
        return network(plain(text))
    except SyntaxError as error:
        raise PasteError(f"Python reads no further: {error.msg}", error.lineno) from None
    except (RecursionError, MemoryError):
        raise PasteError("too much is nested: name the inner parts, as in block = nn.Sequential(...)") from None


def _placed(group: Group, path: Path) -> Iterator[tuple[Path, Leaf]]:
    for name, part in group.parts:
        if isinstance(part, Leaf):
            yield (*path, name), part
        else:
            yield from _placed(part, (*path, name))


def _layer(name: str, leaf: Leaf) -> Layer:
    if len(name) > LONGEST_NAME:
        raise PasteError(f"the name {shortened(name)} has {len(name)} characters: at most {LONGEST_NAME} are read", leaf.line)
    return Layer(name, leaf.operation)


def _declared(layers: list[Leaf]) -> int | None:
    """What the first layer that multiplies says about what comes in."""
    for leaf in layers:
        if isinstance(leaf.operation, Convolution | TransposedConvolution):
            return leaf.operation.in_channels
        if isinstance(leaf.operation, Dense):
            return leaf.operation.in_features
    return None


def _dimension(leaves: list[Leaf], input_shape: Shape | None) -> int | None:
    """The number of axes that all classes agree on."""
    first = next((leaf for leaf in leaves if leaf.dimension), None)
    axes = len(input_shape) - 1 if input_shape else None
    if first and axes not in {None, first.dimension}:
        raise PasteError(f"nn.{_for(first)}, and the input has {axes}: change the one or the other", first.line)
    flat = False
    for leaf in leaves:
        flat = flat or isinstance(leaf.operation, Flatten)
        _require_same(leaf, first, flat=flat, axes=first.dimension if first else axes)
    return first.dimension if first else None


def _require_same(leaf: Leaf, first: Leaf | None, *, flat: bool, axes: int | None) -> None:
    if first and leaf.dimension not in {None, first.dimension}:
        raise PasteError(f"nn.{_for(leaf)}, and in line {first.line} nn.{_for(first)}: let all be for one number", leaf.line)
    if flat and leaf.dimension and isinstance(leaf.operation, BatchNorm):
        raise PasteError(f"nn.{leaf.module.name} stands below a Flatten: write nn.BatchNorm1d", leaf.line)
    if leaf.module.takes_rows and not flat and axes and axes > 1:
        other = leaf.module.name.replace("1d", f"{axes}d")
        raise PasteError(f"nn.{leaf.module.name} is for 1 axis, and {axes} come in: write nn.{other}", leaf.line)


def _for(leaf: Leaf) -> str:
    return f"{leaf.module.name} is for {leaf.dimension} {'axis' if leaf.dimension == 1 else 'axes'}"
