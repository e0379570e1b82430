"""The stages of a network that are looked at: each layer that makes something new, with what only changes its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Final, Literal

from convviz.geometry import GeometryError
from convviz.network import (
    Activation,
    AdaptivePooling,
    Add,
    BatchNorm,
    Concat,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Network,
    Pooling,
    Shape,
    TransposedConvolution,
    Upsampling,
)
from convviz.network.table import Row

Kind = Literal["convolution", "pooling", "sum", "dense"]
Spans = tuple[tuple[int, int], ...]
"""Of every unit along one axis the first and the last cell of the picture that it sees, those of padding too."""

_KINDS: Final[Mapping[type, Kind]] = {
    Convolution: "convolution",
    TransposedConvolution: "convolution",
    Pooling: "pooling",
    AdaptivePooling: "pooling",
    Upsampling: "pooling",
    Add: "sum",
    Concat: "sum",
    Dense: "dense",
}
_FOLDED: Final = BatchNorm, Activation, Dropout


@dataclass(frozen=True)
class Stage:
    """Something to look at: `name` is the layer that makes it, `layer` the last one that only changes its numbers.

    `shape` is (C, H, W), or (numbers,). `spans` has an entry an axis; it is None where every unit sees the whole picture.
    """

    name: str
    layer: str
    kind: Kind
    shape: Shape
    spans: tuple[Spans, ...] | None

    @property
    def has_filters(self) -> bool:
        """Whether it is made by kernels that can be looked at."""
        return self.kind == "convolution"


def stages(network: Network) -> tuple[Stage, ...]:
    """The stages of a network, in the order of its layers; a flatten is none.

    Raises `NetworkError` for a network that cannot be.

    >>> from convviz.network import PRESETS
    >>> [(stage.name, stage.layer, stage.shape) for stage in stages(PRESETS["lenet5"].network)][:3]
    [('conv1', 'sigmoid1', (6, 28, 28)), ('pool1', 'pool1', (6, 14, 14)), ('conv2', 'sigmoid2', (16, 10, 10))]
    >>> stages(Network((1, 4, 4), PRESETS["lenet5"].network.layers))
    Traceback (most recent call last):
    convviz.network.table.NetworkError: conv2, with 6×2×2 coming in: kernel 5 spans 5 cells; the padded input has 2: \
add 3 padding, or lower kernel to 2
    """
    found: dict[str, Stage] = {}
    ends: dict[str, str] = {}  # by the last layer of a stage, its name
    for row in network.table():
        if isinstance(row.operation, _FOLDED) and row.inputs[0] in ends:
            name = ends.pop(row.inputs[0])
            found[name] = replace(found[name], layer=row.name)
            ends[row.name] = name
        elif not isinstance(row.operation, Flatten | BatchNorm | Activation | Dropout):
            found[row.name] = Stage(row.name, row.name, _KINDS[type(row.operation)], row.output_shape, _spans(row))
            ends[row.name] = row.name
    return tuple(found.values())


def stage_of(all_stages: Iterable[Stage], name: str) -> Stage:
    """The stage of a name. Raises `GeometryError` for a name that no stage has.

    >>> from convviz.network import PRESETS
    >>> stage_of(stages(PRESETS["lenet5"].network), "conv2").shape
    (16, 10, 10)
    >>> stage_of(stages(PRESETS["lenet5"].network), "conv9")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: layer conv9 is none that is looked at: there are conv1, pool1, conv2, pool2, dense1, \
dense2, dense3
    """
    by_name = {stage.name: stage for stage in all_stages}
    if name not in by_name:
        known = ", ".join(by_name)
        raise GeometryError(f"layer {name[:40]} is none that is looked at: there are {known}", "layer", name, tuple(by_name))
    return by_name[name]


def _spans(row: Row) -> tuple[Spans, ...] | None:
    if row.reaches == "all" or prod(row.output_shape[1:]) == 0:
        return None
    axes = zip(row.reaches, row.output_shape[1:], strict=True)
    return tuple(tuple(reach.of(unit) or (0, -1) for unit in range(size)) for reach, size in axes)
