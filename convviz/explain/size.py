"""The size formula with the numbers in it, and what its floor throws away, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from convviz.geometry import Axis, PaddingMode, unread

Tokens = tuple[tuple[str, str], ...]
"""(role, words) pairs; the role, "input", "kernel", "output" or "plain", decides the colour."""

AXIS_NAMES: Final = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
_UNITS: Final = {"height": "row", "width": "column", "depth": "slice", "length": "cell"}


@dataclass(frozen=True)
class SizeFormula:
    """One axis's size: `label` (empty where one line stands for all axes), coloured `tokens`, `latex`, and `words`.

    `total_latex` is the same size as the lectures write it: n cells, k cells from first tap to last, p cells of padding on
    both sides together, stride s.
    """

    label: str
    tokens: Tokens
    latex: str
    total_latex: str
    words: str


def size_formulas(axes: tuple[Axis, ...], padding_mode: PaddingMode = "zeros") -> tuple[SizeFormula, ...]:
    """A formula for each axis, or a single one where all axes agree. Raises KeyError for more than three axes.

    >>> [formula.words for formula in size_formulas((Axis(28, 5, 2, 2, 2),) * 2)]
    ['27 / 2 leaves 1 over: the floor throws away the last row and column, of padding']
    >>> size_formulas(())
    Traceback (most recent call last):
    KeyError: 0
    """
    names = AXIS_NAMES[len(axes)]
    if len(set(axes)) == 1:
        return (size_formula(axes[0], "", names, padding_mode),)
    return tuple(size_formula(axis, name, (name,), padding_mode) for axis, name in zip(axes, names, strict=True))


def size_formula(axis: Axis, label: str, names: tuple[str, ...], padding_mode: PaddingMode = "zeros") -> SizeFormula:
    """The formula of one axis; `names` are the axes it speaks for, and `padding_mode` says what padding reads.

    output_size = floor((input_size + before + after - dilation * (kernel_size - 1) - 1) / stride) + 1, sizes in cells.
    Raises KeyError for an axis name without a unit, ValueError for ceil_mode, which has another formula. Source: Dumoulin and
    Visin 2016, relation 15.

    >>> formula = size_formula(Axis(5, 3, stride=2, before=1, after=1), "", ("height", "width"))
    >>> "".join(words for _, words in formula.tokens)
    'output = ⌊ (5 + 2·1 − 1·(3 − 1) − 1) / 2 ⌋ + 1 = 3'
    >>> formula.words
    '4 / 2 leaves nothing over: every input cell is read'
    >>> size_formula(Axis(5, 3), "", ("time",))
    Traceback (most recent call last):
    KeyError: 'time'
    """
    if axis.ceil_mode:
        raise ValueError("ceil_mode is True: this formula has a floor; write the axis without ceil_mode")
    padding = f"2·{axis.before}" if axis.before == axis.after else f"{axis.before} + {axis.after}"
    tokens = (
        ("plain", "output = ⌊ ("),
        ("input", str(axis.input_size)),
        ("plain", f" + {padding} − {axis.dilation}·("),
        ("kernel", str(axis.kernel_size)),
        ("plain", f" − 1) − 1) / {axis.stride} ⌋ + 1 = "),
        ("output", str(axis.output_size)),
    )
    return SizeFormula(label, tokens, _latex(axis, padding), _total_latex(axis), _words(axis, names, padding_mode))


def _latex(axis: Axis, padding: str) -> str:
    room = rf"{axis.input_size} + {padding} - {axis.dilation}\cdot({axis.kernel_size} - 1) - 1".replace("·", r"\cdot ")
    return (
        rf"\left\lfloor \frac{{{room}}}{{{axis.stride}}} \right\rfloor + 1 "
        rf"= \left\lfloor \frac{{{axis.room}}}{{{axis.stride}}} \right\rfloor + 1 = {axis.output_size}"
    )


def _total_latex(axis: Axis) -> str:
    numbers = f"{axis.input_size} - {axis.span} + {axis.before + axis.after} + {axis.stride}"
    return (
        r"\left\lfloor \frac{n - k + p + s}{s} \right\rfloor "
        rf"= \left\lfloor \frac{{{numbers}}}{{{axis.stride}}} \right\rfloor = {axis.output_size}"
    )


def _words(axis: Axis, names: tuple[str, ...], padding_mode: PaddingMode) -> str:
    units = [_UNITS[name] for name in names]
    skipped = unread(axis.table(padding_mode), axis.input_size)
    # Cells of the input behind the last window; padding is the outer part of what is left over.
    behind = min(max(0, axis.leftover - axis.after), axis.input_size)
    facts = [_thrown_away(axis, behind, units), _stepped_over(axis, int(skipped[: axis.input_size - behind].sum()), units)]
    told = "; ".join(fact for fact in facts if fact)
    return f"{axis.room} / {axis.stride} leaves {axis.leftover or 'nothing'} over: {told or 'every input cell is read'}"


def _thrown_away(axis: Axis, behind: int, units: list[str]) -> str:
    if not axis.leftover:
        return ""
    last = "" if axis.leftover == 1 else f"{axis.leftover} "
    whose = ", of padding" if not behind else f", {behind} of input" if behind < axis.leftover else ""
    return f"the floor throws away the last {last}{_named(axis.leftover, units)}{whose}"


def _stepped_over(axis: Axis, count: int, units: list[str]) -> str:
    if not count:
        return ""
    dilated, strided = axis.dilation > 1 and axis.kernel_size > 1, axis.stride > 1 and axis.output_size > 1
    who = "stride and dilation step" if dilated and strided else "the dilation steps" if dilated else "the stride steps"
    return f"{who} over {count} {_named(count, units)}"


def _named(count: int, units: list[str]) -> str:
    return " and ".join(unit if count == 1 else f"{unit}s" for unit in units)
