"""A Trace into the bytes that the stage reads: a JSON header, then arrays in the smallest type that holds them exactly.

Tables and values, not frames: the stage walks them itself. `static/payload.mjs` is the other end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from convviz.trace import Trace

ALIGNMENT: Final = 8
_INTEGERS: Final = ("uint8", "int8", "int16", "int32")


def encode(trace: Trace, header: Mapping[str, Any]) -> bytes:
    """The trace as bytes, with `header` (words, cue, refusal: whatever JSON holds) beside it.

    >>> from convviz import convolution
    >>> data = encode(convolution([[[1, 2, 3]]], [[[[1, -1]]]]), {"compact": True})
    >>> int.from_bytes(data[:4], "little") < len(data)
    True
    >>> encode(convolution([[[1, 2, 3]]], [[[[1, -1]]]]), {"compact": {1, 2}})
    Traceback (most recent call last):
    TypeError: Object of type set is not JSON serializable
    """
    arrays = {name: _smallest(values) for name, values in _arrays(trace)}
    words = json.dumps(
        {
            **header,
            "groups": trace.groups,
            "padding_mode": trace.padding_mode,
            "flip": trace.flip,
            "extents": [axis.extent for axis in trace.axes],
            "arrays": [{"name": name, "dtype": array.dtype.name, "shape": array.shape} for name, array in arrays.items()],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    chunks = [len(words).to_bytes(4, "little") + words, *(array.tobytes() for array in arrays.values())]
    return b"".join(_aligned(chunks))


def _arrays(trace: Trace) -> Iterator[tuple[str, NDArray[Any]]]:
    """The values, and each axis's table; the weight as the taps meet it."""
    yield from (("input", trace.input), ("weight", trace.kernel), ("bias", trace.bias), ("output", trace.output))
    for index, table in enumerate(trace.tables):
        yield f"positions{index}", table.positions
        yield f"reads{index}", table.reads
        yield f"places{index}", table.places


def _smallest(values: NDArray[Any]) -> NDArray[Any]:
    """The same numbers in the smallest type that holds every one exactly, little-endian."""
    for name in (*_INTEGERS, "float32"):
        with np.errstate(invalid="ignore", over="ignore"):
            small = values.astype(f"<{np.dtype(name).str[1:]}")
            if np.array_equal(small.astype(np.float64), values):
                return small
    return values.astype("<f8")


def _aligned(chunks: Sequence[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        yield bytes(-len(chunk) % ALIGNMENT)
