"""A Scene into the bytes that the stage reads: a JSON header, then arrays in the smallest type that holds them exactly.

Tables and values, not frames: the stage walks them itself. `static/payload.mjs` is the other end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from convviz.player.scene import Grid, Relation, Scene

ALIGNMENT: Final = 8
_INTEGERS: Final = ("uint8", "int8", "int16", "int32")


def encode(scene: Scene, header: Mapping[str, Any]) -> bytes:
    """The scene as bytes, with `header` (words, cue, refusal: whatever JSON holds) beside it.

    >>> from convviz import convolution
    >>> from convviz.player.scenes import reading_scene
    >>> data = encode(reading_scene(convolution([[[1, 2, 3]]], [[[[1, -1]]]])), {"compact": True})
    >>> int.from_bytes(data[:4], "little") < len(data)
    True
    >>> encode(reading_scene(convolution([[[1, 2, 3]]], [[[[1, -1]]]])), {"compact": {1, 2}})
    Traceback (most recent call last):
    TypeError: Object of type set is not JSON serializable
    """
    arrays = {name: _smallest(values) for name, values in _arrays(scene)}
    words = json.dumps(
        {
            **header,
            "clock": scene.clock,
            "plan": scene.plan,
            "grids": {name: _grid(grid) for name, grid in scene.grids.items()},
            "relations": [_relation(relation) for relation in scene.relations],
            "arrays": [{"name": name, "dtype": array.dtype.name, "shape": array.shape} for name, array in arrays.items()],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    chunks = [len(words).to_bytes(4, "little") + words, *(array.tobytes() for array in arrays.values())]
    return b"".join(_aligned(chunks))


def _grid(grid: Grid) -> dict[str, Any]:
    return {
        "role": grid.role,
        "tag": grid.tag,
        "label": grid.label,
        "caption": grid.caption,
        "extent": grid.extent,
        "padded": grid.padded,
        "spread": grid.spread,
        "shows": grid.shows,
        "follows": grid.follows,
        "grows": grid.grows,
        "editable": grid.editable,
        "beyond": grid.beyond,
        "byTaps": grid.by_taps,
        "places": grid.places,
    }


def _relation(relation: Relation) -> dict[str, Any]:
    return {
        "rows": relation.rows,
        "window": relation.window,
        "axes": len(relation.tables),
        "reduction": relation.reduction,
        "weight": relation.weight,
        "groups": relation.groups,
        "sends": relation.sends,
        "swapped": relation.swapped,
        "flip": relation.flip,
        "paddingMode": relation.padding_mode,
        "norm": relation.norm_type,
        "countPadding": relation.count_include_pad,
        "function": relation.function,
    }


def _arrays(scene: Scene) -> Iterator[tuple[str, NDArray[Any]]]:
    """Each grid's values, and of each relation its tables and what else it needs."""
    for name, grid in scene.grids.items():
        yield name, grid.values
    for index, relation in enumerate(scene.relations):
        for axis, table in enumerate(relation.tables):
            yield f"{index}.positions{axis}", table.positions
            yield f"{index}.reads{axis}", table.reads
            yield f"{index}.places{axis}", table.places
        for name in ("bias", "winners", "remembered"):
            if (values := getattr(relation, name)) is not None:
                yield f"{index}.{name}", values


def _smallest(values: NDArray[Any]) -> NDArray[Any]:
    """The same numbers in the smallest type that holds every one exactly, little-endian."""
    for name in (*_INTEGERS, "float32"):
        with np.errstate(invalid="ignore", over="ignore"):
            small = values.astype(f"<{np.dtype(name).str[1:]}")
            if np.array_equal(small.astype(np.float64), values, equal_nan=name == "float32"):
                return small
    return values.astype("<f8")


def _aligned(chunks: Sequence[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        yield bytes(-len(chunk) % ALIGNMENT)
