"""The size formula of any operation, with the numbers in it, and what it leaves unsaid, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from convviz.explain._adaptive import ADAPTIVE_LATEX, adaptive
from convviz.explain._backwards import REMEMBERED_LATEX, SPREAD_LATEX, TRANSPOSED_LATEX, remembered, spread, transposed
from convviz.explain._formula import SizeFormula
from convviz.explain._sliding import CEILING_LATEX, FLOOR_LATEX, sliding
from convviz.explain._words import AXIS_NAMES
from convviz.geometry import Axis
from convviz.trace import Trace

Formulate = Callable[[Trace, int, tuple[str, ...]], SizeFormula]
"""The formula of the axis at an index, in the name of the axes named."""


def size_formulas(trace: Trace) -> tuple[SizeFormula, ...]:
    """A formula for each axis of `trace`, or a single one where all axes agree; sizes in cells.

    output_size is what the axes say: floor or ceiling of room / stride for a convolution or pooling, (input_size - 1) * stride
    + ... for a transposed convolution, windows for an adaptive pooling. Raises KeyError for more than three axes, which have
    no names. Source: torch.nn.Conv2d, MaxPool2d, ConvTranspose2d, AdaptiveAvgPool2d, MaxUnpool2d, "Shape".

    >>> import numpy as np
    >>> from convviz import convolution, pooling
    >>> (formula,) = size_formulas(convolution(np.ones((1, 28, 28)), np.ones((1, 1, 5, 5)), stride=2, padding=2))
    >>> "".join(words for _, words in formula.tokens)
    'output = ⌊ (28 + 2·2 − 1·(5 − 1) − 1) / 2 ⌋ + 1 = 14'
    >>> formula.words
    '27 / 2 leaves 1 over: the floor throws away the last row and column, of padding'
    >>> size_formulas(pooling(np.ones((1, 2, 2, 2, 2)), 2))
    Traceback (most recent call last):
    KeyError: 4
    """
    names = AXIS_NAMES[len(trace.axes)]
    formulate = _formulate(trace)
    if len(set(trace.axes)) == 1:
        return (formulate(trace, 0, names),)
    return tuple(replace(formulate(trace, index, (name,)), label=name) for index, name in enumerate(names))


def general_latex(trace: Trace) -> str:
    r"""The formula of `trace`'s operation in words instead of numbers. Raises KeyError for an operation without one.

    >>> from dataclasses import replace
    >>> from convviz import transposed_convolution, unpooling
    >>> general_latex(unpooling([[1, 2]], 3, kind="nearest"))
    '\\text{output} = \\text{input}\\cdot\\text{factor}'
    >>> general_latex(replace(transposed_convolution([[1, 2]], [[[1, 1]]]), operation="rotation"))
    Traceback (most recent call last):
    KeyError: 'rotation'
    """
    return _GENERAL[_formulate(trace)](trace)


def _formulate(trace: Trace) -> Formulate:
    return remembered if trace.remembered is not None else _FORMULATE[trace.operation]


def _sliding_latex(trace: Trace) -> str:
    ceiling = any(isinstance(axis, Axis) and axis.ceil_mode for axis in trace.axes)
    return CEILING_LATEX if ceiling else FLOOR_LATEX


_FORMULATE: Final[Mapping[str, Formulate]] = {
    "convolution": sliding,
    "pooling": sliding,
    "adaptive_pooling": adaptive,
    "transposed_convolution": transposed,
    "unpooling": spread,
}

_GENERAL: Final[Mapping[Formulate, Callable[[Trace], str]]] = {
    sliding: _sliding_latex,
    adaptive: lambda _: ADAPTIVE_LATEX,
    transposed: lambda _: TRANSPOSED_LATEX,
    spread: lambda _: SPREAD_LATEX,
    remembered: lambda _: REMEMBERED_LATEX,
}
