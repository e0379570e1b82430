"""A sample into everything its page shows: traces, the scene, formulas and words. Computed here, shown elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from convviz import (
    Trace,
    adaptive_pooling,
    convolution,
    pooling,
    transposed_convolution,
    unpooling,
)
from convviz.explain import (
    SizeFormula,
    checkerboard_words,
    cost_words,
    dense_words,
    equations,
    general_latex,
    grid_labels,
    pytorch_block_code,
    pytorch_code,
    size_formulas,
    written_counts,
)
from convviz.geometry import Axis, Place
from convviz.player import Scene
from convviz.player.scenes import (
    beside_scene,
    block_scene,
    pooling_scene,
    reading_scene,
    round_trip_scene,
    stamping_scene,
)
from convviz.samples import AnySample, PoolingSample, Sample, TransposedSample
from convviz.trace import AnyAxis, Values

_FORGETS: Final = "Only a maximum remembers a position: unpool to nearest or as a bed of nails."
_OVERFULL: Final = "Here are windows without a cell of their own to remember: unpool to nearest or as a bed of nails."
_SHOWN_COUNTS: Final = 16
"""Cells a side of the map that shows how often outputs are written; its pattern repeats every few cells."""


@dataclass(frozen=True, eq=False)
class Picture:
    """What a page shows of a sample: `trace` is the operation the page is about, `scene` what stands on the stage.

    `notes` are lines below the formulas, `aside` the card beside the grids; `code` writes the same computation in PyTorch.
    """

    trace: Trace
    scene: Scene
    code: Callable[[], str]
    formulas: tuple[SizeFormula, ...]
    notes: tuple[str, ...] = ()
    aside: Mapping[str, Any] | None = None

    @property
    def general_latex(self) -> str:
        """The size formula in symbols."""
        return general_latex(self.trace)

    @property
    def equations(self) -> tuple[str, ...]:
        """Every output written out, where there are few."""
        return equations(self.trace)


def picture(sample: AnySample) -> Picture:
    """The picture of a sample. Raises `GeometryError` for what cannot be."""
    if isinstance(sample, PoolingSample):
        return _POOLING_VIEWS[sample.view](sample)
    if isinstance(sample, TransposedSample):
        return _TRANSPOSED_VIEWS[sample.view](sample)
    return _convolution(sample)


def _convolution(sample: Sample) -> Picture:
    x, weight, options = sample.arguments()
    trace = convolution(x, weight, **options)
    several = weight.shape[0] > 1 or weight.shape[1] > 1
    scene = reading_scene(trace, by_taps=sample.by_taps and several)
    captions = {
        "weight": "turned round: last weight first" if trace.flip else "click a weight to edit it",
        "output": "point anywhere: every link lights up",
    }
    return _of(trace, scene, captions, notes=_notes(trace))


def _pooled(sample: PoolingSample, x: Values) -> Trace:
    options = sample.pooling_options()
    return pooling(x, **options) if sample.pooled_by == "pooling" else adaptive_pooling(x, **options)


def _alone(sample: PoolingSample) -> Picture:
    pooled = _pooled(sample, sample.arguments()[0])
    unpooled = _unpooled(sample, pooled)
    scene = pooling_scene(pooled, unpooled)
    notes = () if unpooled else (_FORGETS if sample.kind != "max" else _OVERFULL,)
    overhangs = any((table.places == Place.OVERHANG).any() for table in pooled.tables)
    captions = {
        "input": "dotted: overhang, never read" if overhangs else "",
        "output": "a ring has won; a tie goes to the first" if sample.kind == "max" else "",
    }
    return _of(pooled, scene, captions, notes=notes, aside=_divisor(sample))


def _divisor(sample: PoolingSample) -> dict[str, Any] | None:
    if sample.kind == "lp":
        return None
    title = "This average" if sample.kind == "average" else "The same window, averaged"
    slides = sample.windows == "sliding"
    return {"kind": "divisor", "title": title, "countPadding": sample.count_include_pad, "slides": slides}


def _unpooled(sample: PoolingSample, pooled: Trace) -> Trace | None:
    """Later values laid out again; None where no maximum remembers, or there are more windows than cells."""
    later = sample.later_values(pooled.output.shape)
    if sample.unpooling != "remembered":
        factors = [max(1, round(axis.input_size / axis.output_size)) for axis in pooled.axes]
        return unpooling(later, factors, kind=sample.unpooling)
    if sample.kind != "max" or (pooled.indices < 0).any():
        return None
    windows = [_window(axis) for axis in pooled.axes]
    if any(kernel_size < 1 for kernel_size, _, _ in windows):
        return None
    kernel_sizes, strides, paddings = zip(*windows, strict=True)
    sizes = pooled.input.shape[1:]
    return unpooling(later, pooled.indices, kernel_size=kernel_sizes, stride=strides, padding=paddings, output_size=sizes)


def _window(axis: AnyAxis) -> tuple[int, int, int]:
    """Kernel size, stride and padding of a plain pooling between the same two sizes; no kernel where there is none."""
    if isinstance(axis, Axis):
        return axis.span - abs(axis.after - axis.before), axis.stride, min(axis.before, axis.after)
    stride = max(1, axis.input_size // axis.output_size)
    return axis.input_size - (axis.output_size - 1) * stride, stride, 0


def _beside(sample: PoolingSample) -> Picture:
    """A convolution has no adaptive windows and no ceil_mode: beside it the pooling slides, and drops what is left over."""
    plain = sample.changed(windows="sliding", ceil_mode=False)
    pooled = _pooled(plain, plain.arguments()[0])
    x, weight, options = plain.strided_arguments()
    scene = beside_scene(pooled, convolution(x, weight, **options))
    made = _of(pooled, scene, {"weight": "learned; pooling learns nothing"})
    told = "" if plain == sample else "Beside a convolution the windows slide and the last one is dropped: it knows no other."
    return replace(made, notes=(told,) if told else ())


def _block(sample: PoolingSample) -> Picture:
    x, weight, options = sample.block_arguments()
    convolved = convolution(x, weight, **options)
    activated = _ACTIVATIONS[sample.activation](convolved.output)
    pooled = _pooled(sample, activated)
    scene = block_scene(convolved, sample.activation, activated, pooled)
    made = _of(pooled, scene, {}, labels={**grid_labels(convolved), "output": grid_labels(pooled)["output"]})
    return replace(made, code=lambda: pytorch_block_code(convolved, sample.activation, pooled))


def _stamps(sample: TransposedSample) -> Picture:
    captions = {
        "input": "each cell stamps once",
        "weight": "the stamp, scaled by the input cell",
        "output": "stamps land here and add up",
    }
    return _transposed(sample, stamping_scene, captions)


def _zeros(sample: TransposedSample) -> Picture:
    captions = {
        "input": "zeros between the cells and around them",
        "weight": "turned round",
        "output": "the same output, cell by cell",
    }
    return _transposed(sample, reading_scene, captions)


def _transposed(sample: TransposedSample, scene_of: Callable[[Trace], Scene], captions: Mapping[str, str]) -> Picture:
    x, weight, options = sample.arguments()
    trace = transposed_convolution(x, weight, **options)
    return _of(trace, scene_of(trace), captions, notes=_notes(trace), aside=_counts(trace))


def _round_trip(sample: TransposedSample) -> Picture:
    original, weight, options = sample.round_trip_arguments()
    convolved = convolution(original, weight, **options)
    backwards = {**sample.arguments()[2], "bias": None}
    trace = transposed_convolution(convolved.output, weight, **backwards)
    labels = {**grid_labels(trace), "original": grid_labels(convolved)["input"]}
    captions = {"output": "the shape is back, the values are not"}
    return _of(trace, round_trip_scene(convolved, trace), captions, labels=labels)


def _counts(trace: Trace) -> dict[str, Any] | None:
    """The card that shows how often each output cell is written; none in three dimensions."""
    counts = written_counts(trace)
    if counts.ndim > 2:
        return None
    plane = np.atleast_2d(counts)
    shown = plane[:_SHOWN_COUNTS, :_SHOWN_COUNTS]
    name, sentence = checkerboard_words(trace)
    return {
        "kind": "counts",
        "title": "How often each output cell is written in all",
        "counts": shown.astype(int).tolist(),
        "cut": f"the first {shown.shape[0]} × {shown.shape[1]} cells" if shown.shape != plane.shape else "",
        "name": name,
        "sentence": sentence,
    }


def _notes(trace: Trace) -> tuple[str, ...]:
    return tuple(words for words in (dense_words(trace), cost_words(trace)) if words)


def _of(
    trace: Trace,
    scene: Scene,
    captions: Mapping[str, str],
    *,
    labels: Mapping[str, str] | None = None,
    notes: tuple[str, ...] = (),
    aside: Mapping[str, Any] | None = None,
) -> Picture:
    """The picture with words beside each grid."""
    known = grid_labels(trace) if labels is None else labels
    grids = {
        name: replace(grid, caption=captions.get(name, ""), label=known.get(name) or _shape_words(grid.values.shape))
        for name, grid in scene.grids.items()
    }
    return Picture(trace, replace(scene, grids=grids), lambda: pytorch_code(trace), size_formulas(trace), notes, aside)


def _shape_words(shape: tuple[int, ...]) -> str:
    sizes = shape if shape[0] > 1 else shape[1:]
    return " × ".join(map(str, sizes))


_ACTIVATIONS: Final[Mapping[str, Callable[[Values], Values]]] = {
    "relu": lambda values: np.maximum(values, 0),
    "sigmoid": lambda values: 1 / (1 + np.exp(-values)),
    "tanh": np.tanh,
}
_POOLING_VIEWS: Final[Mapping[str, Callable[[PoolingSample], Picture]]] = {
    "alone": _alone,
    "strided": _beside,
    "block": _block,
}
_TRANSPOSED_VIEWS: Final[Mapping[str, Callable[[TransposedSample], Picture]]] = {
    "stamp": _stamps,
    "zeros": _zeros,
    "round_trip": _round_trip,
}
