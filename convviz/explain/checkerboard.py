"""How often a transposed convolution writes each output cell, and whether that makes a pattern."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from itertools import product
from math import gcd, prod
from typing import Final

import numpy as np

from convviz.explain._words import listed
from convviz.geometry import NOTHING, GeometryError, Integers, Place, Table, TransposedAxis
from convviz.trace import Trace

_CURE: Final = "cure: a kernel size that the stride divides, or enlarge first, then convolve"


def written_counts(trace: Trace) -> Integers:
    """How often each output cell is written, (*output sizes): (input cell, tap) pairs that land there, of one channel pair.

    Counts of the axes multiply. Raises `GeometryError` for an operation that stamps nothing. Source: Odena, Dumoulin and Olah
    2016, "Deconvolution and Checkerboard Artifacts".

    >>> from convviz import convolution, transposed_convolution
    >>> written_counts(transposed_convolution([[1, 1, 1]], [[[1, 1, 1]]], stride=2)).tolist()
    [1, 1, 2, 1, 2, 1, 1]
    >>> written_counts(convolution([[1, 2]], [[[1]]]))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: operation is convolution: only an operation that stamps its input writes a cell several \
times; take a transposed_convolution
    """
    _stamping(trace)
    return reduce(np.multiply.outer, [_counts(table) for table in trace.tables])


def checkerboard_words(trace: Trace) -> tuple[str, str]:
    """A title and a sentence: whether cells away from the border are all written equally often, and if not, why and what cures.

    What decides are the counts of one period, as many neighbours as the stride has cells, where no stamp is missing; a map too
    small to hold one is continued. They are equal just where the stride divides the kernel size and shares no factor with the
    dilation. Raises `GeometryError` for an operation that stamps nothing. Source: Odena, Dumoulin and Olah 2016.

    >>> import numpy as np
    >>> from convviz import convolution, transposed_convolution
    >>> checkerboard_words(transposed_convolution(np.ones((1, 4, 4)), np.ones((1, 1, 2, 2)), stride=2))
    ('even inside', 'stride 2 divides kernel 2: every cell is written once')
    >>> title, sentence = checkerboard_words(transposed_convolution(np.ones((1, 4, 4)), np.ones((1, 1, 3, 3)), stride=2))
    >>> title, sentence.partition(";")[0]
    ('a checkerboard', 'stride 2 does not divide kernel 3: inside, cells are written 1, 2 or 4 times')
    >>> checkerboard_words(convolution([[1, 2]], [[[1]]]))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: operation is convolution: only an operation that stamps its input writes a cell several \
times; take a transposed_convolution
    """
    axes = _stamping(trace)
    periods = [_period(axis) for axis in axes]
    uneven = [axis for axis, period in zip(axes, periods, strict=True) if len(set(period)) > 1]
    if not uneven:
        return "even inside", _even(trace, axes)
    title = "gaps" if _gapped(uneven) else "a checkerboard" if len(uneven) > 1 else "a checkerboard along one axis"
    inside = "inside, cells are" if all(map(_holds_a_period, axes, trace.tables)) else "on a larger map, cells inside would be"
    counts = sorted({prod(each) for each in product(*periods)})
    return title, f"{_causes(uneven)}: {inside} written {listed(counts, 'or')} times; {_cure(uneven)}"


def _stamping(trace: Trace) -> tuple[TransposedAxis, ...]:
    axes = tuple(axis for axis in trace.axes if isinstance(axis, TransposedAxis))
    if len(axes) < len(trace.axes):
        raise GeometryError(
            f"operation is {trace.operation}: only an operation that stamps its input writes a cell several times; "
            "take a transposed_convolution",
            parameter="operation",
            value=trace.operation,
            limit="transposed_convolution",
        )
    return axes


def _counts(table: Table) -> Integers:
    counts: Integers = np.count_nonzero(table.reads != NOTHING, axis=1)
    return counts


def _inside(table: Table) -> Integers:
    """Outputs that no missing input cell would have written too: those away from the border."""
    return np.flatnonzero((table.places != Place.PADDING).all(axis=1))


def _holds_a_period(axis: TransposedAxis, table: Table) -> bool:
    return len(_inside(table)) >= axis.stride


def _period(axis: TransposedAxis) -> tuple[int, ...]:
    """How often the cells of one period are written, on as large a map as it takes."""
    reach = axis.dilation * (axis.kernel_size - 1) // axis.stride + 1
    table = replace(axis, input_size=reach + 2, before=0, after=0, output_padding=0).table()
    return tuple(_counts(table)[_inside(table)[: axis.stride]].tolist())


def _even(trace: Trace, axes: tuple[TransposedAxis, ...]) -> str:
    counts = np.unique(written_counts(trace))
    why = dict.fromkeys(
        f"stride {axis.stride} divides kernel {axis.kernel_size}" if axis.stride > 1 else "stride 1" for axis in axes
    )
    if len(counts) > 1:
        return f"{', and '.join(why)}: only towards the border are cells written less often"
    return f"{', and '.join(why)}: every cell is written {'once' if counts[0] == 1 else f'{counts[0]} times'}"


def _causes(axes: list[TransposedAxis]) -> str:
    return ", and ".join(dict.fromkeys(map(_cause, axes)))


def _gapped(axes: list[TransposedAxis]) -> bool:
    """Whether some cells inside are never written."""
    return any(min(_period(axis)) == 0 for axis in axes)


def _cause(axis: TransposedAxis) -> str:
    if axis.stride > axis.kernel_size:
        return f"stride {axis.stride} steps over kernel {axis.kernel_size}"
    if gcd(axis.stride, axis.dilation) > 1:
        return f"stride {axis.stride} and dilation {axis.dilation} share a factor"
    return f"stride {axis.stride} does not divide kernel {axis.kernel_size}"


def _cure(axes: list[TransposedAxis]) -> str:
    if any(gcd(axis.stride, axis.dilation) > 1 for axis in axes):
        return _CURE.replace("cure: a", "cure: dilation 1 and a")
    return _CURE
