"""What stands beside each grid: its size, and what was done to it."""

from __future__ import annotations

from convviz.explain._words import times
from convviz.geometry import Axis, TransposedAxis
from convviz.trace import Trace


def grid_labels(trace: Trace) -> dict[str, str]:
    """Words beside the tags of input, weight (where there is one) and output: sizes in cells, channels first if several.

    The weight is written as it is given: (C_out, C_in / groups, *kernel_size), or of a transposed convolution (C_in, C_out /
    groups, *kernel_size). Padding stands with the input that it widens or with the output that it is cut from; before+after
    where the two differ. Raises AttributeError for what is no trace. Source: torch.nn.Conv2d, ConvTranspose2d, "Variables".

    >>> from convviz import convolution
    >>> grid_labels(convolution([[[1, 2, 3]]], [[[[1, -1]]]], padding=((0, 0), (1, 0))))
    {'input': '1 × 3, padding 0 × 1+0', 'weight': '1 × 2', 'output': '1 × 3'}
    >>> grid_labels([[1, 2, 3]])
    Traceback (most recent call last):
    AttributeError: 'list' object has no attribute 'input'
    """
    inputs = {"input": _grid(trace.input.shape) + _padding([axis for axis in trace.axes if isinstance(axis, Axis)])}
    weight = {} if trace.weight is None else {"weight": _weight(trace.weight.shape)}
    sizes = (len(trace.bias), *(axis.output_size for axis in trace.axes))
    cut = _padding([axis for axis in trace.axes if isinstance(axis, TransposedAxis)])
    return {**inputs, **weight, "output": _grid(sizes) + (f"{cut} cut away" if cut else "")}


def _grid(shape: tuple[int, ...]) -> str:
    return times(shape[1:] if shape[0] == 1 else shape)


def _weight(shape: tuple[int, ...]) -> str:
    return times(shape[2:] if shape[:2] == (1, 1) else shape)


def _padding(axes: list[Axis] | list[TransposedAxis]) -> str:
    sides = [str(axis.before) if axis.before == axis.after else f"{axis.before}+{axis.after}" for axis in axes]
    if set(sides) <= {"0"}:
        return ""
    return f", padding {sides[0] if len(set(sides)) == 1 else ' × '.join(sides)}"
