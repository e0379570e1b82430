"""A layer's receptive field in formulas: size, jump, start and centre along one axis, with the numbers in them.

In cells of the input, counted from its edge: cell 0 reaches from 0 to 1, and its middle is 0.5. Start and centre are those of
unit 0. Source: Araujo, Norris, Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks".
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from convviz.explain._formula import Tokens
from convviz.explain._words import listed
from convviz.explain.layers import Part
from convviz.geometry import Axis, TransposedAxis
from convviz.network import INPUT, LayerTable
from convviz.receptive_field import WHOLE, Reach

_DECIMALS: Final = {Fraction(0): "", Fraction(1, 4): ".25", Fraction(1, 2): ".5", Fraction(3, 4): ".75"}
_FEW: Final = 4
"""Phases that are told one by one."""


def field_formulas(table: LayerTable, layer: str, axis: int) -> tuple[Part, ...]:
    """Size, jump, start and centre of a layer's field along an axis, or that it is all.

    Raises KeyError for what is no layer, IndexError for an axis that is not there.

    >>> from convviz.network import STACKS
    >>> table = STACKS["strided_dilated"].table()
    >>> [f"{name} = {''.join(words for _, words in tokens)}" for name, tokens in field_formulas(table, "conv3", 1)]
    ['size = 9 + (3 − 1)·3·4 = 33', 'jump = 4·1 = 4', 'start = −4 − 3·4 = −16', 'centre = −16 + 33/2 = 0.5']
    >>> field_formulas(table, "conv9", 1)
    Traceback (most recent call last):
    KeyError: 'conv9'
    """
    if layer == INPUT:
        return _told(WHOLE, _result("1"), _result("1"), _result("0"))
    row = table.row(layer)
    if row.reaches == "all" or not row.reaches:
        return (("size", _result("all")),)
    reach = row.reaches[axis]
    below = [_reach_of(table, name, axis) for name in row.inputs]
    slid = row.effect.axes[axis] if row.effect.axes else None
    if len(below) == 1 and _is_plain(below[0]) and _is_plain(reach) and isinstance(slid, Axis):
        return _slid(below[0], slid, reach)
    return _told(reach, _size(reach, below), _jump(reach, below[0], slid), _start(reach))


def shown_number(number: float | Fraction) -> str:
    """A number of cells: whole, in halves, or as a fraction. Raises OverflowError for what has no end.

    >>> shown_number(-4), shown_number(2.5), shown_number(Fraction(1, 3))
    ('−4', '2.5', '1/3')
    >>> shown_number(float("inf"))
    Traceback (most recent call last):
    OverflowError: cannot convert Infinity to integer ratio
    """
    size = abs(Fraction(number))
    whole, rest = divmod(size, 1)
    decimals = _DECIMALS.get(rest)
    text = str(size) if decimals is None else f"{whole}{decimals}"
    return f"−{text}" if number < 0 else text


def jump_of(reach: Reach) -> Fraction | None:
    """Cells from what a unit sees to what the next one sees, on average over the phases; None where nothing repeats.

    >>> jump_of(WHOLE), jump_of(Reach(None, ((0, 1), (0, 2))))
    (Fraction(1, 1), None)
    """
    return None if reach.shift is None else Fraction(reach.shift, len(reach.spans))


def start_and_centre(reach: Reach) -> tuple[str, str] | None:
    """Of unit 0: the first cell that it sees and the middle of what it sees; None where it sees nothing.

    >>> start_and_centre(Reach(1, ((-2, 2),))), start_and_centre(Reach(1, (None, (0, 0))))
    (('−2', '0.5'), None)
    """
    span = reach.of(0)
    return (shown_number(span[0]), shown_number(Fraction(sum(span) + 1, 2))) if span else None


def _reach_of(table: LayerTable, name: str, axis: int) -> Reach:
    reaches = None if name == INPUT else table.row(name).reaches
    return reaches[axis] if reaches and reaches != "all" else WHOLE


def _is_plain(reach: Reach) -> bool:
    """Whether all units see alike, and something."""
    return len(reach.spans) == 1 and reach.shift is not None and reach.spans[0] is not None


def _slid(below: Reach, axis: Axis, reach: Reach) -> tuple[Part, ...]:
    jump, before = str(below.shift), below.of(0)
    dilated = f"{axis.dilation}·" if axis.dilation > 1 else ""
    first = shown_number(before[0] if before else 0)
    size: Tokens = (
        ("input", str(below.size)),
        ("plain", " + ("),
        ("kernel", str(axis.kernel_size)),
        ("plain", f" − 1)·{dilated}"),
        ("input", jump),
    )
    return _told(
        reach,
        (*size, *_equals(str(reach.size))),
        (("input", jump), ("plain", f"·{axis.stride}"), *_equals(str(reach.shift))),
        (("input", first), ("plain", f" − {axis.before}·"), ("input", jump), *_equals(_first(reach))),
    )


def _told(reach: Reach, size: Tokens, jump: Tokens, start: Tokens) -> tuple[Part, ...]:
    parts = ("size", size), ("jump", jump), ("start", start)
    span, told = reach.of(0), start_and_centre(reach)
    if not span or not told:
        return parts
    first, centre = told
    return (*parts, ("centre", (("plain", f"{first} + {span[1] - span[0] + 1}/2"), *_equals(centre))))


def _size(reach: Reach, below: list[Reach]) -> Tokens:
    sizes = list(dict.fromkeys(span[1] - span[0] + 1 if span else 0 for span in reach.spans))
    if len(sizes) > 1:
        words = listed(sizes, "or") if len(sizes) <= _FEW else f"{min(sizes)} … {max(sizes)}"
        return (*_result(words), ("plain", ", by the unit's phase" if reach.shift is not None else ", unit by unit"))
    if len(below) > 1:
        wide = listed(dict.fromkeys(each.size for each in below))
        return (("input", wide), ("plain", " united"), *_equals(str(reach.size)))
    return _result(str(reach.size))


def _jump(reach: Reach, below: Reach, axis: Any) -> Tokens:
    jump, before = jump_of(reach), jump_of(below)
    if jump is None or before is None:
        return (("plain", "differs"),)
    if isinstance(axis, TransposedAxis):
        return (("input", shown_number(before)), ("plain", f" / {axis.stride}"), *_equals(shown_number(jump)))
    if isinstance(axis, Axis):
        return (("input", shown_number(before)), ("plain", f"·{axis.stride}"), *_equals(shown_number(jump)))
    return _result(shown_number(jump))


def _start(reach: Reach) -> Tokens:
    return _result(_first(reach)) if reach.of(0) else (("plain", "unit 0 sees nothing"),)


def _first(reach: Reach) -> str:
    told = start_and_centre(reach)
    return told[0] if told else ""


def _result(words: str) -> Tokens:
    return (("input", words),)


def _equals(words: str) -> Tokens:
    return (("plain", " = "), *_result(words))
