"""The pieces that code to paste is put together from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from convviz.trace import Trace

_DIMENSIONS: Final = {1: "1d", 2: "2d", 3: "3d"}


@dataclass(frozen=True)
class Snippet:
    """An operation in PyTorch: the `tensors` it needs beside x, the `lines` that prepare, and the `result`, an expression."""

    result: str
    lines: tuple[str, ...] = ()
    tensors: tuple[str, ...] = ()


def call(name: str, trace: Trace, *arguments: str, **options: str) -> str:
    """A call of torch.nn.functional; options that are empty are left out.

    Raises KeyError for more than three axes, for which torch has no function.

    >>> from convviz import adaptive_pooling
    >>> call("adaptive_avg_pool", adaptive_pooling([[1, 2]], 1), "x", "(1,)", stride="")
    'F.adaptive_avg_pool1d(x, (1,))'
    >>> call("adaptive_avg_pool", adaptive_pooling([[[[[1]]]]], 1), "x", "(1, 1, 1, 1)")
    Traceback (most recent call last):
    KeyError: 4
    """
    named = [f"{option}={value}" for option, value in options.items() if value]
    return f"F.{name}{_DIMENSIONS[len(trace.axes)]}({', '.join([*arguments, *named])})"


def entries(numbers: Iterable[int]) -> str:
    """A tuple as Python writes it."""
    return str(tuple(numbers))


def unless(default: int, numbers: Sequence[int]) -> str:
    """A tuple as Python writes it; nothing where all are `default`, as torch has it unasked."""
    return "" if set(numbers) <= {default} else entries(numbers)


def padded(name: str, sides: Sequence[tuple[int, int]], options: str = "") -> str:
    """The call that pads `name` by (before, after) of each axis; F.pad counts from the last axis."""
    flat = ", ".join(f"{before}, {after}" for before, after in reversed(sides))
    return f"F.pad({name}, ({flat}){options})"


def sliced(slices: Iterable[str]) -> str:
    """Brackets that cut the spatial axes."""
    return f"[..., {', '.join(slices)}]"


def tensor(name: str, values: NDArray[np.float64] | NDArray[np.intp]) -> str:
    """The line that makes a tensor: float64, or whole numbers where `values` are."""
    opening = f"{name} = torch.tensor("
    numbers = np.array2string(
        values,
        separator=", ",
        prefix=opening,
        max_line_width=10**6,
        threshold=values.size + 1,
        formatter={"float_kind": _number},  # type: ignore[arg-type]  # numpy's stub knows the key by another name
    )
    return f"{opening}{numbers}{'' if values.dtype.kind == 'i' else ', dtype=torch.float64'})"


def _number(value: np.float64) -> str:
    """Whole numbers without a point, others in as many digits as it takes to read them back."""
    if not np.isfinite(value):
        return f'float("{value}")'
    return str(int(value)) if value == int(value) else repr(float(value))
