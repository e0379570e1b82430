"""Names of layers in code: those that are given, and for the others their kind and a number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Final, TypeAlias

from convviz.network.changes import free_name, short_name
from convviz.network.layers import INPUT, Operation
from convviz.network.table import Network

Path: TypeAlias = tuple[str | None, ...]
"""The names of the groups around a layer, and its own; None where nothing is named."""
PART: Final = re.compile("[A-Za-z0-9_][A-Za-z0-9_-]*", re.ASCII)
"""A name that an OrderedDict can give: torch has none with dots."""
TAKEN: Final = re.compile(
    r"__\w+__|(add|call|dump|extra|get|load|named|register|requires|set|share|state|zero)_\w+|T_destination|append|apply|bfloat16|buffers"
    r"|children|compile|cpu|cuda|double|eval|extend|float|forward|half|insert|ipu|modules|mtia|parameters|pop|to|to_empty|train"
    r"|training|type|xpu"
)
"""What every module and every Sequential of torch has already, so that no layer in it can be called so."""


def names(layers: Sequence[tuple[Path, Operation]]) -> Iterator[str]:
    """A name for each layer, all different: given ones once, then with a number; the others by kind, group by group.

    >>> from convviz.network import Activation, Dense
    >>> list(names([((None,), Dense(3)), (("a", None), Dense(3)), (("b",), Activation()), ((None, None), Dense(3))]))
    ['dense1', 'a.dense1', 'b', 'dense2']
    >>> list(names([((None,), "dense")]))
    Traceback (most recent call last):
    KeyError: <class 'str'>
    """
    given = {_joined(path) for path, _ in layers if path[-1]}
    used, counts = {INPUT}, Counter[str]()
    for path, operation in layers:
        first, stem = (_joined(path), f"{_joined(path)}-") if path[-1] else _by_kind(path, operation)
        candidates = (f"{stem}{number}" if number > 1 else first for number in count(counts[stem] + 1))
        name = next(name for name in candidates if name not in used and (path[-1] or name not in given))
        counts[stem] += 1
        used.add(name)
        yield name


def _joined(path: Path) -> str:
    return ".".join(name for name in path if name)


def _by_kind(path: Path, operation: Operation) -> tuple[str, str]:
    """The first name for a kind of layer, and what stands before the number of the others."""
    group = f"{_joined(path)}." if any(path) else ""
    return group + free_name(Network((1,)), operation), group + short_name(operation)
