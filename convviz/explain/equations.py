"""A short 1-D convolution written out, output by output, as lecture S0 does in its equations (4a) to (4c)."""

from __future__ import annotations

from typing import Final

import numpy as np

from convviz.trace import Step, Term, Trace

_MOST: Final = 8
"""Outputs that are written out."""


def equations(trace: Trace) -> tuple[str, ...]:
    r"""Each output of a 1-D convolution as LaTeX, in letters and in numbers; empty for any other trace.

    a_x = sum over δ of h_(x + δ * dilation) * W_δ, with x - δ * dilation for true convolution

    δ counts from the middle of an odd kernel, from its first weight in an even one; x, counted from 0, is the cell that W_0
    falls on, so that a stride shows as a gap between the indices. What padding fills with zeros is written 0, what it fills
    otherwise as the cell that it repeats. Empty beyond 8 outputs and for several input channels; several output channels are
    told apart by a superscript. Raises AttributeError for what is no trace. Source: lecture S0, equations (2) to (4c), (13).

    >>> from convviz import convolution
    >>> equations(convolution([[3, 1, 2, 0, 5]], [[[1, 2, -1]]]))[0]
    'a_{1} = h_{0} W_{-1} + h_{1} W_{0} + h_{2} W_{1} = 3 \\cdot 1 + 1 \\cdot 2 + 2 \\cdot (-1) = 3'
    >>> equations([[3, 1, 2]])
    Traceback (most recent call last):
    AttributeError: 'list' object has no attribute 'operation'
    """
    if trace.operation != "convolution" or len(trace.axes) > 1 or len(trace.input) > 1 or _outputs(trace) > _MOST:
        return ()
    return tuple(_equation(trace, trace.step(cell)) for cell in np.ndindex(trace.output.shape))


def _outputs(trace: Trace) -> int:
    return len(trace.bias) * trace.axes[0].output_size


def _equation(trace: Trace, step: Step) -> str:
    channel = f"^{{({step.cell[0]})}}" if len(trace.bias) > 1 else ""
    deltas = [_delta(term, len(step.terms)) for term in step.terms]
    (place,) = step.terms[deltas.index(0)].position
    letters = [f"{_cell(term)} W{channel}_{{{delta}}}" for term, delta in zip(step.terms, deltas, strict=True)]
    numbers = [rf"{_factor(term.value)} \cdot {_factor(term.weight)}" for term in step.terms]
    if trace.bias.any():
        letters.append(f"b{channel}")
        numbers.append(_factor(step.bias))
    sides = [f"a{channel}_{{{place}}}", " + ".join(letters)], [" + ".join(numbers), _number(step.output)]
    return f" {_equals(step)} ".join([" = ".join(sides[0]), *sides[1]])


def _delta(term: Term, kernel_size: int) -> int:
    """Where a weight stands in its kernel: from the middle of an odd one, from the first of an even one."""
    index = term.weight_index[-1] if term.weight_index else 0
    return index - kernel_size // 2 if kernel_size % 2 else index


def _cell(term: Term) -> str:
    return r"0 \cdot" if term.cell is None else f"h_{{{term.cell[1]}}}"


def _factor(value: float) -> str:
    return f"({_number(value)})" if value < 0 else _number(value)


def _number(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() else f"{value:.4g}"


def _equals(step: Step) -> str:
    """What may stand between numbers that are written in at most four digits behind the point."""
    numbers = [step.bias, step.output, *(number for term in step.terms for number in (term.value, term.weight))]
    return "=" if all(float(_number(number)) == number for number in numbers) else r"\approx"
