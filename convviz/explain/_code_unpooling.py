"""Unpooling in PyTorch."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from convviz.explain._snippet import Snippet, call, entries, sliced, tensor
from convviz.geometry import RememberedAxis, TransposedAxis
from convviz.trace import Trace


def unpooling_code(trace: Trace) -> Snippet:
    """Values repeated, laid out with gaps, or sent to remembered positions: by F.max_unpool where it takes the size.

    torch's max_unpool refuses sizes that no pooling of one kernel leads to, and leaves open which of several values for one
    position stays: there a loop sends them one by one. Raises KeyError for more than three axes with remembered positions.
    Source: torch.nn.MaxUnpool2d; torch.Tensor.repeat_interleave.

    >>> from convviz import unpooling
    >>> unpooling_code(unpooling([[1, 2]], [[0, 3]])).result
    'F.max_unpool1d(x, indices, (2,), output_size=(4,))'
    >>> unpooling_code(unpooling([[1, 2]], 3, kind="nearest")).result
    'x.repeat_interleave(3, 2)'
    >>> unpooling_code(unpooling([[[[[1]]]]], [[[[[0]]]]]))
    Traceback (most recent call last):
    KeyError: 4
    """
    if trace.remembered is not None:
        return _remembered(trace)
    axes = [axis for axis in trace.axes if isinstance(axis, TransposedAxis)]
    if all(axis.kernel_size == axis.stride for axis in axes):
        return Snippet("x" + "".join(f".repeat_interleave({axis.stride}, {index})" for index, axis in enumerate(axes, 2)))
    sizes = sliced(f"::{axis.stride}" for axis in axes)
    return Snippet("output", (_zeros(trace), f"output{sizes} = x"))


def _remembered(trace: Trace) -> Snippet:
    remembered: Any = trace.remembered
    indices = (tensor("indices", remembered[None]),)
    kernel_size = [_kernel_size(axis) for axis in trace.axes if isinstance(axis, RememberedAxis)]
    if None in kernel_size or _several_meet(remembered):
        return Snippet("output", (_zeros(trace), *_LOOP), indices)
    size = entries(axis.output_size for axis in trace.axes)
    return Snippet(call("max_unpool", trace, "x", "indices", str(tuple(kernel_size)), output_size=size), (), indices)


_LOOP: Final = (
    "",
    "for channel in range(x.shape[1]):",
    "    # one by one: where several meet, the last stays",
    "    for value, index in zip(x[0, channel].flatten(), indices[0, channel].flatten()):",
    "        output[0, channel].view(-1)[index] = value",
    "",
)


def _zeros(trace: Trace) -> str:
    sizes = (1, len(trace.bias), *(axis.output_size for axis in trace.axes))
    return f"output = torch.zeros({entries(sizes)}, dtype=torch.float64)"


def _kernel_size(axis: RememberedAxis) -> int | None:
    """The smallest kernel size, its stride the same, with which torch takes this output size; None where none is."""
    fair = axis.output_size // axis.input_size
    least, most = axis.input_size - 1, axis.input_size + 1
    return next((size for size in (fair, fair + 1) if least * size < axis.output_size < most * size), None)


def _several_meet(remembered: Any) -> bool:
    return any(len(np.unique(positions)) < positions.size for positions in remembered)
