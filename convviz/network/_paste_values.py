"""What the expressions of a pasted text stand for, and where they are read."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from convviz.network._paste_scan import shortened
from convviz.network.layers import Operation
from convviz.network.modules import Module
from convviz.network.paste_error import PasteError

MOST_ENTRIES: Final = 20_000
"""Of all lists together, each as often as it is used."""


@dataclass(frozen=True)
class Leaf:
    """A layer, where it is written; `dimension` is the number of axes that its class, its mode or its sizes say."""

    module: Module
    operation: Operation
    line: int
    dimension: int | None


@dataclass(frozen=True)
class Group:
    """An nn.Sequential: its parts, each with the name that an OrderedDict gives it, or None."""

    parts: tuple[tuple[str | None, Leaf | Group], ...]
    size: int
    depth: int


@dataclass(frozen=True)
class Named:
    """An OrderedDict; `ordered` False is a plain one, which torch does not take."""

    parts: tuple[tuple[str, Leaf | Group], ...]
    ordered: bool = True


Value: TypeAlias = Any
"""A number, a word, True, False, None, a tuple of values, a `Leaf`, a `Group`, or a `Named`."""


@dataclass(frozen=True)
class Scope:
    """What names stand for so far, and how many entries lists had; `what` is the argument that is being read."""

    text: str
    names: dict[str, Value]
    counts: Counter[str]
    what: str = ""

    def shown(self, node: ast.AST) -> str:
        """What is written, in short."""
        return shortened(ast.get_source_segment(self.text, node) or "this")

    def count(self, entries: int, line: int) -> None:
        """Names that stand for long lists could make a short text a lot of work."""
        self.counts["entries"] += entries
        if self.counts["entries"] > MOST_ENTRIES:
            raise PasteError(f"up to here there are more than {MOST_ENTRIES:,} layers: leave some out", line)

    def refusal(self, node: ast.expr | ast.stmt, why: str) -> PasteError:
        """That this cannot be, in the words of the text."""
        shown = self.shown(node)
        return PasteError(f"{f'{self.what} is ' if self.what else ''}{shown}: {why}", node.lineno)
