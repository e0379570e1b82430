"""What stands beside each grid: its size, and what was done to it."""

from __future__ import annotations

from convviz.geometry import Axis
from convviz.trace import Trace


def grid_labels(trace: Trace) -> dict[str, str]:
    """Words beside the tags of input, weight and output.

    >>> from convviz import convolution
    >>> grid_labels(convolution([[[1, 2, 3]]], [[[[1, -1]]]], padding=((0, 0), (1, 0))))
    {'input': '1 × 3, padding 0 × 1+0', 'weight': '1 × 2', 'output': '1 × 3'}
    """
    return {
        "input": _sizes([axis.input_size for axis in trace.axes]) + _padding(trace.axes),
        "weight": _sizes([axis.kernel_size for axis in trace.axes]),
        "output": _sizes([axis.output_size for axis in trace.axes]),
    }


def _sizes(sizes: list[int]) -> str:
    return " × ".join(map(str, sizes))


def _padding(axes: tuple[Axis, ...]) -> str:
    sides = [str(axis.before) if axis.before == axis.after else f"{axis.before}+{axis.after}" for axis in axes]
    if set(sides) == {"0"}:
        return ""
    return f", padding {sides[0] if len(set(sides)) == 1 else ' × '.join(sides)}"
