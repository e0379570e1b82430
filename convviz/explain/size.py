"""The size formula with the numbers in it, and what its floor throws away, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from convviz.geometry import Axis, unread

Tokens = tuple[tuple[str, str], ...]
"""(role, words) pairs; the role, "input", "kernel", "output" or "plain", decides the colour."""

AXIS_NAMES: Final = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
_UNITS: Final = {"height": "row", "width": "column", "depth": "slice", "length": "cell"}


@dataclass(frozen=True)
class SizeFormula:
    """One axis's size: `label` (empty where one line stands for all axes), coloured `tokens`, `latex`, and `words`."""

    label: str
    tokens: Tokens
    latex: str
    words: str


def size_formulas(axes: tuple[Axis, ...]) -> tuple[SizeFormula, ...]:
    """A formula for each axis, or a single one where all axes agree.

    >>> [formula.words for formula in size_formulas((Axis(28, 5, 2, 2, 2),) * 2)]
    ['27 / 2 leaves 1 over: the floor throws away the last row and column, of padding']
    >>> size_formulas(())
    Traceback (most recent call last):
    KeyError: 0
    """
    names = AXIS_NAMES[len(axes)]
    if len(set(axes)) == 1:
        return (size_formula(axes[0], "", names),)
    return tuple(size_formula(axis, name, (name,)) for axis, name in zip(axes, names, strict=True))


def size_formula(axis: Axis, label: str, names: tuple[str, ...]) -> SizeFormula:
    """The formula of one axis; `names` are the axes it speaks for. Source: Dumoulin and Visin 2016, relation 15.

    >>> formula = size_formula(Axis(5, 3, stride=2, before=1, after=1), "", ("height", "width"))
    >>> "".join(words for _, words in formula.tokens)
    'output = ⌊ (5 + 2·1 − 1·(3 − 1) − 1) / 2 ⌋ + 1 = 3'
    >>> formula.words
    '4 / 2 leaves nothing over: every input cell is read'
    >>> size_formula(Axis(5, 3), "", ("time",))
    Traceback (most recent call last):
    KeyError: 'time'
    """
    padding = f"2·{axis.before}" if axis.before == axis.after else f"{axis.before} + {axis.after}"
    tokens = (
        ("plain", "output = ⌊ ("),
        ("input", str(axis.input_size)),
        ("plain", f" + {padding} − {axis.dilation}·("),
        ("kernel", str(axis.kernel_size)),
        ("plain", f" − 1) − 1) / {axis.stride} ⌋ + 1 = "),
        ("output", str(axis.output_size)),
    )
    return SizeFormula(label, tokens, _latex(axis, padding), _words(axis, names))


def _latex(axis: Axis, padding: str) -> str:
    room = rf"{axis.input_size} + {padding} - {axis.dilation}\cdot({axis.kernel_size} - 1) - 1".replace("·", r"\cdot ")
    return (
        rf"\left\lfloor \frac{{{room}}}{{{axis.stride}}} \right\rfloor + 1 "
        rf"= \left\lfloor \frac{{{axis.room}}}{{{axis.stride}}} \right\rfloor + 1 = {axis.output_size}"
    )


def _words(axis: Axis, names: tuple[str, ...]) -> str:
    units = [_UNITS[name] for name in names]
    facts = [fact for fact in (_thrown_away(axis, units), _stepped_over(axis, units)) if fact]
    over = axis.leftover or "nothing"
    return f"{axis.room} / {axis.stride} leaves {over} over: {' and '.join(facts) or 'every input cell is read'}"


def _thrown_away(axis: Axis, units: list[str]) -> str:
    """What lies behind the last window: padding is the outer part of it."""
    if not axis.leftover:
        return ""
    of_input = max(0, axis.leftover - axis.after)
    last = "" if axis.leftover == 1 else f"{axis.leftover} "
    whose = ", of padding" if not of_input else f", {of_input} of input" if of_input < axis.leftover else ""
    return f"the floor throws away the last {last}{_named(axis.leftover, units)}{whose}"


def _stepped_over(axis: Axis, units: list[str]) -> str:
    """Input cells that lie before the end of the last window and that no tap falls on."""
    behind = max(0, axis.leftover - axis.after)
    count = int(unread(axis.table(), axis.input_size)[: axis.input_size - behind].sum())
    who = "stride and dilation step" if axis.dilation > 1 else "the stride steps"
    return f"{who} over {count} {_named(count, units)}" if count else ""


def _named(count: int, units: list[str]) -> str:
    return " and ".join(unit if count == 1 else f"{unit}s" for unit in units)
