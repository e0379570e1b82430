"""The scenes there are: an operation by itself, two side by side, one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convviz.geometry import Place, Table
from convviz.player.scene import (
    Relation,
    Scene,
    cut_extent,
    input_grid,
    met_kernel,
    reading,
    sending,
    value_grid,
    weight_grid,
)
from convviz.trace import Trace

Plan = tuple[tuple[tuple[str, ...], ...], ...]


def reading_scene(trace: Trace, *, by_taps: bool = False) -> Scene:
    """Each output cell reads its window: convolution, pooling, and a transposed convolution by inserted zeros."""
    grids = {"input": input_grid(trace, editable=True)}
    if trace.weight is not None:
        grids["weight"] = weight_grid(met_kernel(trace), by_taps=by_taps)
    grids["output"] = value_grid("output", "Output", trace.output, shows="one", grows=True)
    return Scene(grids, (reading(trace),), _line(list(grids), trace))


def stamping_scene(trace: Trace) -> Scene:
    """Each input cell of a transposed convolution stamps the kernel, scaled by its value, onto the output."""
    extent = cut_extent(trace)
    grids = {
        "input": value_grid("input", "Input", trace.input, editable=True),
        "weight": weight_grid(trace.kernel, shows="one"),
        "output": value_grid(
            "output", "Output", trace.output, extent=extent, padded=extent, shows="one", grows=True, beyond="cut"
        ),
    }
    return Scene(grids, (sending(trace),), _line(list(grids), trace), clock="input")


def round_trip_scene(convolved: Trace, transposed: Trace) -> Scene:
    """A convolution and its transpose behind it: the shape comes back, the values do not."""
    stamped = stamping_scene(transposed)
    grids = {
        "original": input_grid(convolved, tag="Original", editable=True, follows="output"),
        "weight": weight_grid(convolved.kernel),
        "input": value_grid("input", "Convolved", transposed.input, shows="one", grows=True),
        "output": replace(stamped.grids["output"], tag="Sent back"),
    }
    relations = (reading(convolved, "input", "original"), replace(sending(transposed), swapped=True))
    return Scene(grids, relations, _line(list(grids), convolved), clock="input")


def pooling_scene(pooled: Trace, unpooled: Trace | None = None) -> Scene:
    """A pooling; below it, on the same clock, the unpooling that lays later values out again."""
    scene = reading_scene(pooled)
    if unpooled is None:
        return scene
    remembers = unpooled.remembered is not None
    grids = {
        **scene.grids,
        "later": value_grid("input", "Later values", unpooled.input, shows="one", follows="output", editable=True),
        "unpooled": value_grid("output", "Unpooled", unpooled.output, shows="one", grows=True),
    }
    if remembers:
        grids["positions"] = value_grid(
            "input", "Remembered", pooled.indices, shows="one", follows="output", grows=True, places=True
        )
    strip = (("later",), ("positions",), ("unpooled",)) if remembers else (("later",), ("unpooled",))
    return Scene(grids, (*scene.relations, sending(unpooled, "later", "unpooled")), (*scene.plan, strip))


def beside_scene(pooled: Trace, convolved: Trace) -> Scene:
    """A pooling and a strided convolution on the same windows of the same input."""
    grids = {
        "input": input_grid(pooled, editable=True),
        "weight": weight_grid(convolved.kernel),
        "output": value_grid("output", "Pooled", pooled.output, shows="one", grows=True),
        "convolved": value_grid("output", "Convolved", convolved.output, shows="one", grows=True, follows="output"),
    }
    relations = (reading(pooled), reading(convolved, "convolved"))
    return Scene(grids, relations, ((("input",), ("weight",), ("output", "convolved")),))


def block_scene(convolved: Trace, activation: str, activated: NDArray[np.float64], pooled: Trace) -> Scene:
    """Convolution, nonlinearity, pooling: one block of a network, every cell of it linked."""
    grids = {
        "input": input_grid(convolved, editable=True),
        "weight": weight_grid(convolved.kernel),
        "map": value_grid("output", "Feature map", convolved.output, shows="one", grows=True),
        "activated": input_grid(pooled, role="output", tag=_NAMES[activation], shows="one", grows=True),
        "output": value_grid("output", "Pooled", pooled.output, shows="one", grows=True),
    }
    relations = (reading(convolved, "map"), _pointwise(activated, activation), reading(pooled, window="activated"))
    return Scene(grids, relations, _line(list(grids), pooled))


_NAMES = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "tanh"}


def _pointwise(values: NDArray[Any], function: str) -> Relation:
    """Each cell reads the one in its place."""
    tables = []
    for size in values.shape[1:]:
        cells = np.arange(size)[:, None]
        tables.append(Table(cells, cells, np.full_like(cells, Place.INPUT)))
    return Relation("activated", "map", tuple(tables), groups=len(values), function=function)


def _line(names: list[str], trace: Trace) -> Plan:
    """Grids from left to right; lines of a single channel one above the other."""
    if len(trace.axes) == 1 and len(trace.input) == 1:
        return tuple(((name,),) for name in names)
    return (tuple((name,) for name in names),)
