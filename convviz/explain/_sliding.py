"""The size of an axis along which a window slides: its floor or ceiling, and what they leave unread, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, cast

from convviz.explain._formula import SizeFormula, Tokens
from convviz.explain._words import named
from convviz.geometry import Axis, GeometryError, Table, unread
from convviz.trace import Trace

_ROOM: Final = (
    r"\frac{\text{input} + \text{before} + \text{after} - \text{dilation}\cdot(\text{kernel} - 1) - 1}{\text{stride}}"
)
FLOOR_LATEX: Final = rf"\text{{output}} = \left\lfloor {_ROOM} \right\rfloor + 1"
CEILING_LATEX: Final = (
    rf"\text{{output}} = \left\lceil {_ROOM} \right\rceil + 1 \quad"
    r" \text{(less a last window that would start beyond input and left padding)}"
)


def sliding(trace: Trace, index: int, names: tuple[str, ...]) -> SizeFormula:
    """The formula of axis `index`, an `Axis`, in the name of the axes `names`.

    output_size = floor((input_size + before + after - dilation * (kernel_size - 1) - 1) / stride) + 1, sizes in cells; with
    ceil_mode a ceiling. Raises KeyError for an axis name without a unit. Source: Dumoulin and Visin 2016, relation 15.

    >>> from convviz import pooling
    >>> formula = sliding(pooling([[3, 3, 2, 1, 0]], 2, ceil_mode=True), 0, ("length",))
    >>> "".join(words for _, words in formula.tokens), formula.words
    ('output = ⌈ (5 + 2·0 − 1·(2 − 1) − 1) / 2 ⌉ + 1 = 3', 'floor would give 2, and never read the last cell')
    >>> sliding(pooling([[3, 3, 2, 1, 0]], 2), 0, ("time",))
    Traceback (most recent call last):
    KeyError: 'time'
    """
    axis, table = cast("Axis", trace.axes[index]), trace.tables[index]
    words = _ceiling_words(axis, table, names) if axis.ceil_mode else _floor_words(axis, table, names)
    return SizeFormula("", _tokens(axis), _latex(axis), "" if axis.ceil_mode else _total_latex(axis), words)


def _tokens(axis: Axis) -> Tokens:
    opening, closing = "⌈⌉" if axis.ceil_mode else "⌊⌋"
    return (
        ("plain", f"output = {opening} ("),
        ("input", str(axis.input_size)),
        ("plain", f" + {_padding(axis)} − {axis.dilation}·("),
        ("kernel", str(axis.kernel_size)),
        ("plain", f" − 1) − 1) / {axis.stride} {closing} + 1{' − 1' if axis.drops_last else ''} = "),
        ("output", str(axis.output_size)),
    )


def _latex(axis: Axis) -> str:
    room = rf"{axis.input_size} + {_padding(axis)} - {axis.dilation}\cdot({axis.kernel_size} - 1) - 1".replace("·", r"\cdot ")
    side = "ceil" if axis.ceil_mode else "floor"
    divided, bare = (
        rf"\left\l{side} \frac{{{numbers}}}{{{axis.stride}}} \right\r{side} + 1{' - 1' if axis.drops_last else ''}"
        for numbers in (room, axis.room)
    )
    return f"{divided} = {bare} = {axis.output_size}"


def _total_latex(axis: Axis) -> str:
    numbers = f"{axis.input_size} - {axis.span} + {axis.before + axis.after} + {axis.stride}"
    return (
        r"\left\lfloor \frac{n - k + p + s}{s} \right\rfloor "
        rf"= \left\lfloor \frac{{{numbers}}}{{{axis.stride}}} \right\rfloor = {axis.output_size}"
    )


def _padding(axis: Axis) -> str:
    return f"2·{axis.before}" if axis.before == axis.after else f"{axis.before} + {axis.after}"


def _with_floor(axis: Axis) -> Axis | None:
    """The same axis without ceil_mode; None where not one window fits."""
    try:
        return replace(axis, ceil_mode=False)
    except GeometryError:
        return None


def _behind(axis: Axis) -> int:
    """Cells of the input behind the last window of a floor; padding is the outer part of what is left over."""
    return min(max(0, axis.leftover - axis.after), axis.input_size)


def _floor_words(axis: Axis, table: Table, names: tuple[str, ...]) -> str:
    skipped, behind = unread(table, axis.input_size), _behind(axis)
    facts = [_thrown_away(axis, behind, names), _stepped_over(axis, int(skipped[: axis.input_size - behind].sum()), names)]
    told = "; ".join(fact for fact in facts if fact)
    return f"{axis.room} / {axis.stride} leaves {axis.leftover or 'nothing'} over: {told or 'every input cell is read'}"


def _thrown_away(axis: Axis, behind: int, names: tuple[str, ...]) -> str:
    if not axis.leftover:
        return ""
    whose = ", of padding" if not behind else f", {behind} of input" if behind < axis.leftover else ""
    return f"the floor throws away {_the_last(axis.leftover, names)}{whose}"


def _stepped_over(axis: Axis, count: int, names: tuple[str, ...]) -> str:
    if not count:
        return ""
    dilated, strided = axis.dilation > 1 and axis.kernel_size > 1, axis.stride > 1 and axis.output_size > 1
    who = "stride and dilation step" if dilated and strided else "the dilation steps" if dilated else "the stride steps"
    return f"{who} over {count} {named(count, names)}"


def _ceiling_words(axis: Axis, table: Table, names: tuple[str, ...]) -> str:
    skipped = int(unread(table, axis.input_size).sum())
    read = "is" if skipped == len(names) == 1 else "are"
    still = f"; {skipped} {named(skipped, names)} {read} never read" if skipped else ""
    return _beside_the_floor(axis, names, skipped) + still


def _beside_the_floor(axis: Axis, names: tuple[str, ...], skipped: int) -> str:
    """What a floor would have given, and not read."""
    floor = _with_floor(axis)
    if floor is None:
        return "floor would give 0: no window fits"
    if not axis.leftover:
        return "nothing left over: floor gives the same"
    if axis.drops_last:
        return "one more window would start beyond the input and is dropped: floor gives the same"
    behind = _behind(floor)
    more = int(unread(floor.table(), floor.input_size).sum()) - skipped
    lost = f"never read {_the_last(behind, names)}" if behind else "leave only padding behind"
    if more > behind:
        lost = f"never read {more} {named(more, names)} more"
    return f"floor would give {floor.output_size}, and {lost}"


def _the_last(count: int, names: tuple[str, ...]) -> str:
    return f"the last {'' if count == 1 else f'{count} '}{named(count, names)}"
