"""Where the windows of an adaptive pooling lie, and whether they overlap."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, cast

from convviz.explain._formula import SizeFormula, Tokens
from convviz.explain._words import listed
from convviz.geometry import AdaptiveAxis
from convviz.trace import Trace

ADAPTIVE_LATEX: Final = (
    r"\text{window } o \text{ reads cells } \left\lfloor \frac{o\cdot\text{input}}{\text{output}} \right\rfloor"
    r" \dots \left\lceil \frac{(o + 1)\cdot\text{input}}{\text{output}} \right\rceil - 1"
)
_FEW: Final = 6
"""So many windows are told one by one."""


def adaptive(trace: Trace, index: int, names: tuple[str, ...]) -> SizeFormula:
    """The windows of axis `index`, an `AdaptiveAxis`, in the name of the axes `names`; lengths in cells.

    window o covers floor(o * n / m) up to ceil((o + 1) * n / m) - 1 of n input cells and m outputs. Raises IndexError for an
    axis that is not there. Source: torch.nn.AdaptiveAvgPool2d.

    >>> from convviz import adaptive_pooling
    >>> trace = adaptive_pooling([[1, 2, 3, 4, 6]], 3)
    >>> formula = adaptive(trace, 0, ("length",))
    >>> "".join(words for _, words in formula.tokens), formula.words
    ('window o reads cells ⌊o·5/3⌋ … ⌈(o + 1)·5/3⌉ − 1', 'windows of 2, 3 and 2 cells; neighbours overlap by one cell')
    >>> adaptive(trace, 1, ("width",))
    Traceback (most recent call last):
    IndexError: tuple index out of range
    """
    axis = cast("AdaptiveAxis", trace.axes[index])
    have, want = str(axis.input_size), str(axis.output_size)
    tokens: Tokens = (
        ("plain", "window o reads cells ⌊o·"),
        ("input", have),
        ("plain", "/"),
        ("output", want),
        ("plain", "⌋ … ⌈(o + 1)·"),
        ("input", have),
        ("plain", "/"),
        ("output", want),
        ("plain", "⌉ − 1"),
    )
    latex = ADAPTIVE_LATEX.replace(r"\text{input}", f" {have}").replace(r"\text{output}", want)
    return SizeFormula("", tokens, latex, "", _words(axis, trace, names))


def _words(axis: AdaptiveAxis, trace: Trace, names: tuple[str, ...]) -> str:
    if all(each.output_size == 1 for each in trace.axes):
        return "one window over everything: global pooling"
    if axis.output_size == 1:
        return f"one window over the whole {names[0]}"
    if axis.output_size == axis.input_size:
        return "as many windows as cells: nothing changes"
    if axis.output_size % axis.input_size == 0:
        return f"each cell is repeated {axis.output_size // axis.input_size} times"
    windows = [axis.reads(output) for output in range(axis.output_size)]
    return f"windows of {_lengths([len(window) for window in windows])}; {_overlap(windows)}"


def _lengths(lengths: list[int]) -> str:
    if len(set(lengths)) == 1:
        return f"{lengths[0]} {'cell' if lengths[0] == 1 else 'cells'} each"
    return f"{listed(lengths)} cells" if len(lengths) <= _FEW else f"{listed(sorted(set(lengths)), 'or')} cells"


def _overlap(windows: list[tuple[int, ...]]) -> str:
    """Neighbours share one cell or none: the end of a window rounds up what the start of the next rounds down."""
    shared = [left[-1] == right[0] for left, right in pairwise(windows)]
    if not any(shared):
        return "none overlap"
    return f"{'' if all(shared) else 'some '}neighbours overlap by one cell"
