"""Random networks by a seed: chains and branches of every kind of layer, most of them possible.

A draft knows how many channels come out of each layer, so that sums fit, but no size: some windows are too wide, and in one
network out of three a layer is spoiled on purpose.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from convviz.network import (
    ACTIVATIONS,
    INPUT,
    Activation,
    AdaptivePooling,
    Add,
    BatchNorm,
    Concat,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Network,
    Operation,
    Pooling,
    TransposedConvolution,
    Upsampling,
)

LARGEST: Final = {1: 40, 2: 24, 3: 10}
"""Cells of an input, by its number of axes."""
OPTIONS: Final[Mapping[str, tuple[tuple[str, Any], ...]]] = {
    "Softmax": (("dim", 1),),
    "LogSoftmax": (("dim", 1),),
    "LocalResponseNorm": (("size", 2),),
    "LeakyReLU": (("negative_slope", 0.2),),
}
"""What torch has to be told, or may be."""


@dataclass
class Draft:
    """A network as it grows; `channels` by layer, the last of `layers` is what the next one reads."""

    rng: random.Random
    dimension: int
    channels: dict[str, int]
    layers: list[Layer] = field(default_factory=list)
    flat: bool = False

    @property
    def top(self) -> str:
        return self.layers[-1].name if self.layers else INPUT

    def add(self, operation: Operation, channels: int, *inputs: str) -> str:
        name = f"{type(operation).__name__.lower()}{len(self.layers) + 1}"
        # Sometimes the layer above is named, sometimes it is meant.
        self.layers.append(Layer(name, operation, () if inputs == (self.top,) and self.one_in(2) else inputs))
        self.channels[name] = channels
        return name

    def one_in(self, number: int) -> bool:
        return self.rng.randrange(number) == 0

    def some(self, entries: Sequence[int]) -> Any:
        """A number for all axes, or one an axis."""
        return self.each(entries) if self.one_in(3) else self.rng.choice(entries)

    def each(self, entries: Sequence[int]) -> tuple[int, ...]:
        return tuple(self.rng.choice(entries) for _ in range(self.dimension))


def network(seed: int) -> Network:
    """A network, the same for the same seed."""
    rng = random.Random(f"network {seed}")  # noqa: S311 - the same each time
    dimension = rng.choice((1, 2, 2, 3) if seed % 20 else (0,))
    channels = rng.choice((1, 2, 3, 4, 6))
    shape = (channels, *(rng.randint(LARGEST[dimension] // 2, LARGEST[dimension]) for _ in range(dimension)))
    draft = Draft(rng, dimension, {INPUT: channels}, flat=dimension == 0)
    while len(draft.layers) < rng.choice((4, 7, 10, 13)):
        rng.choice(ON_ROWS if draft.flat else ON_PICTURES)(draft)
    layers = tuple(draft.layers)
    return Network(shape, spoiled(rng, layers) if draft.one_in(3) else layers)


def small_network(seed: int) -> Network:
    """A network of one or two axes that stays a picture, and small: one to see through."""
    rng = random.Random(f"small network {seed}")  # noqa: S311 - the same each time
    dimension = rng.choice((1, 1, 2))
    draft = Draft(rng, dimension, {INPUT: 2})
    sizes = draft.each(range(4, 18 if dimension == 1 else 10))
    while len(draft.layers) < rng.choice((2, 4, 6)):
        rng.choice(SEEN_THROUGH)(draft)
    return Network((2, *sizes), tuple(draft.layers))


# --- One layer ------------------------------------------------------------------------------------------------------------


def _grouped(draft: Draft, have: int) -> tuple[int, int]:
    """Output channels, and groups that divide them and what comes in."""
    groups = draft.rng.choice([number for number in (1, 1, 2, 3, have) if have % number == 0])
    return groups * draft.rng.randint(1, 4), groups


def _convolution(draft: Draft) -> None:
    have = draft.channels[draft.top]
    out, groups = _grouped(draft, have)
    named = draft.one_in(6)
    mode = draft.rng.choice(("zeros", "zeros", "reflect", "replicate", "circular"))
    operation = Convolution(
        out,
        draft.some((1, 2, 3, 3, 5)),
        1 if named else draft.some((1, 1, 2, 3)),
        draft.rng.choice(("same", "valid")) if named else draft.some((0, 1, 1, 2)),
        draft.some((1, 1, 1, 2)),
        groups,
        bias=not draft.one_in(3),
        padding_mode=mode,
        in_channels=have if draft.one_in(3) else None,
    )
    draft.add(operation, out, draft.top)


def _transposed(draft: Draft) -> None:
    have = draft.channels[draft.top]
    out, groups = _grouped(draft, have)
    operation = TransposedConvolution(
        out,
        draft.some((1, 2, 3, 4)),
        draft.some((1, 2, 2, 3)),
        draft.some((0, 0, 1)),
        draft.some((0, 0, 0, 1)),
        groups,
        bias=not draft.one_in(3),
        dilation=draft.some((1, 1, 2)),
        in_channels=have if draft.one_in(3) else None,
    )
    draft.add(operation, out, draft.top)


def _pooling(draft: Draft) -> None:
    kind = draft.rng.choice(("max", "average", "lp"))
    operation = Pooling(
        draft.some((2, 2, 3)),
        draft.rng.choice((None, draft.some((1, 2, 3)))),
        0 if kind == "lp" else draft.some((0, 0, 1)),
        draft.some((1, 1, 2)) if kind == "max" else 1,
        ceil_mode=draft.one_in(2),
        kind=kind,
        count_include_pad=draft.one_in(2),
        norm_type=draft.rng.choice((1, 2, 2.5)),
    )
    draft.add(operation, draft.channels[draft.top], draft.top)


def _adaptive(draft: Draft) -> None:
    kind = draft.rng.choice(("average", "max"))
    draft.add(AdaptivePooling(draft.some((1, 2, 3, 5, 7, 11)), kind), draft.channels[draft.top], draft.top)


def _upsampling(draft: Draft) -> None:
    linear = draft.one_in(2)
    target = (
        {"scale_factor": None, "size": draft.some((3, 8, 13))} if draft.one_in(2) else {"scale_factor": draft.some((1, 2, 3))}
    )
    operation = Upsampling(**target, mode="linear" if linear else "nearest", align_corners=linear and draft.one_in(2))
    draft.add(operation, draft.channels[draft.top], draft.top)


def _batch_norm(draft: Draft) -> None:
    have = draft.channels[draft.top]
    operation = BatchNorm(
        not draft.one_in(3),
        not draft.one_in(3),
        momentum=draft.rng.choice((None, 0.2)),
        num_features=have if draft.one_in(3) else None,
    )
    draft.add(operation, have, draft.top)


def _activation(draft: Draft) -> None:
    function = draft.rng.choice(ACTIVATIONS)
    draft.add(Activation(function, OPTIONS.get(function, ())), draft.channels[draft.top], draft.top)


def _dropout(draft: Draft) -> None:
    draft.add(Dropout(draft.rng.choice((0, 0.5, 1))), draft.channels[draft.top], draft.top)


def _flatten(draft: Draft) -> None:
    """A whole head; how many numbers come out of the flatten only the table knows."""
    if draft.one_in(2):
        draft.add(AdaptivePooling(draft.some((1, 2, 3))), draft.channels[draft.top], draft.top)
    draft.add(Flatten(), 0, draft.top)
    draft.flat = True
    _dense(draft)


def _dense(draft: Draft) -> None:
    out, have = draft.rng.randint(1, 12), draft.channels[draft.top]
    draft.add(Dense(out, not draft.one_in(3), have if have and draft.one_in(3) else None), out, draft.top)


def _dense_along_the_last_axis(draft: Draft) -> None:
    have = draft.channels[draft.top]
    sizes = draft.each((2, 3, 4))
    draft.add(AdaptivePooling(sizes), have, draft.top)
    draft.add(Dense(draft.rng.randint(1, 6), not draft.one_in(3), sizes[-1]), have, draft.top)


# --- Branches -------------------------------------------------------------------------------------------------------------


def _keeping(draft: Draft, source: str, out: int, stride: int) -> str:
    """A branch whose sizes are those of the source, divided by the stride and rounded up, whatever they are."""
    have = draft.channels[source]
    kernel_size, dilation = draft.some((1, 3, 5)), draft.rng.choice((1, 2))
    sizes = kernel_size if isinstance(kernel_size, tuple) else (kernel_size,) * draft.dimension
    padding: Any = tuple(dilation * (size - 1) // 2 for size in sizes)
    if stride == 1 and draft.one_in(3):
        padding = "same"
    if stride == 1 and draft.one_in(6):
        return draft.add(TransposedConvolution(out, 3, padding=1, bias=draft.one_in(2)), out, source)
    if have == out and draft.one_in(4):
        return draft.add(Pooling(3, stride, 1, kind=draft.rng.choice(("max", "average"))), out, source)
    if have == out and stride == 1 and draft.one_in(4):
        doubled = draft.add(Upsampling(2), out, source)
        return draft.add(Pooling(2), out, doubled)
    return draft.add(Convolution(out, kernel_size, stride, padding, dilation, bias=draft.one_in(2)), out, source)


def _branch(draft: Draft, source: str, out: int, stride: int) -> str:
    """One to three layers that keep their sizes, or none where nothing has to change."""
    if stride == 1 and draft.channels[source] == out and draft.one_in(3):
        return source
    top = _keeping(draft, source, out, stride)
    for _ in range(draft.rng.randrange(3)):
        follow = draft.rng.choice((BatchNorm(), Activation(), Activation("Tanh"), Dropout(), None))
        top = draft.add(follow, out, top) if follow else _keeping(draft, top, out, 1)
    return top


def _sum(draft: Draft) -> None:
    source, stride = draft.top, draft.rng.choice((1, 1, 2))
    out = draft.rng.choice((draft.channels[source], draft.rng.randint(1, 6)))
    draft.add(Add(), out, *(_branch(draft, source, out, stride) for _ in range(draft.rng.choice((2, 2, 3)))))


def _concatenation(draft: Draft) -> None:
    source, stride = draft.top, draft.rng.choice((1, 1, 2))
    outs = [draft.rng.randint(1, 4) for _ in range(draft.rng.choice((2, 2, 3)))]
    branches = [_branch(draft, source, out, stride) for out in outs]
    draft.add(Concat(crop=draft.one_in(3)), sum(outs), *branches)


def _cropped_concatenation(draft: Draft) -> None:
    """Branches that lose cells at their edges, or a skip past a pooling and what undoes it."""
    source, have, out = draft.top, draft.channels[draft.top], draft.rng.randint(1, 4)
    way = draft.rng.randrange(3)
    if way == 0:
        below = draft.add(Convolution(out, draft.some((2, 3))), out, source)
        below = draft.add(Convolution(out, draft.some((1, 2))), out, below)
    elif way == 1:
        below = draft.add(TransposedConvolution(out, 1, padding=draft.some((0, 1, 2))), out, source)
    else:
        below = draft.add(Pooling(2, kind="average"), have, source)
        up = draft.rng.choice((Upsampling(2, mode="linear"), Upsampling(2), TransposedConvolution(out, 2, 2)))
        out = out if isinstance(up, TransposedConvolution) else have
        below = draft.add(up, out, below)
    inputs = [source, below] if draft.one_in(2) else [below, source]
    draft.add(Concat(crop=True), have + out, *inputs)


def _sum_of_rows(draft: Draft) -> None:
    source, out = draft.top, draft.rng.randint(1, 8)
    branches = [draft.add(Dense(out), out, source) for _ in range(2)]
    draft.add(Add(), out, *branches, *branches[: draft.rng.randrange(2)])


def _concatenation_of_rows(draft: Draft) -> None:
    source, outs = draft.top, (draft.rng.randint(1, 8), draft.rng.randint(1, 8))
    draft.add(Concat(crop=draft.one_in(2)), sum(outs), *(draft.add(Dense(out), out, source) for out in outs))


ON_PICTURES: Final[Sequence[Callable[[Draft], None]]] = (
    *(_convolution, _convolution, _convolution, _pooling, _transposed, _upsampling, _adaptive, _batch_norm, _activation),
    *(_dropout, _flatten, _dense_along_the_last_axis, _sum, _sum, _sum, _concatenation, _concatenation, _cropped_concatenation),
)
ON_ROWS: Final[Sequence[Callable[[Draft], None]]] = (
    *(_dense, _dense, _batch_norm, _activation, _dropout, _sum_of_rows, _concatenation_of_rows),
)
SEEN_THROUGH: Final[Sequence[Callable[[Draft], None]]] = (
    *(_convolution, _convolution, _pooling, _transposed, _transposed, _upsampling, _upsampling, _adaptive, _batch_norm),
    *(_sum, _concatenation, _cropped_concatenation),
)


# --- Spoiled on purpose ---------------------------------------------------------------------------------------------------

SPOILED: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    "Convolution": (
        {"kernel_size": 60},
        {"dilation": 30, "kernel_size": 3},
        {"groups": 5},
        {"in_channels": 7},
        {"padding": 25, "padding_mode": "reflect"},
        {"padding": 45, "padding_mode": "circular"},
        {"padding": "same", "stride": 2},
    ),
    "TransposedConvolution": (
        {"output_padding": 3, "stride": 2, "dilation": 1},
        {"padding": 60},
        {"groups": 5},
        {"in_channels": 7},
    ),
    "Pooling": (
        {"kernel_size": 60},
        {"padding": 2, "kernel_size": 2},
        {"kind": "average", "dilation": 2},
        {"kind": "lp", "padding": 1},
    ),
    "Upsampling": (
        {"mode": "nearest", "align_corners": True},
        {"size": 4, "scale_factor": 2},
        {"size": None, "scale_factor": None},
    ),
    "BatchNorm": ({"num_features": 7},),
    "Dense": ({"in_features": 19}, {"in_features": 7}),
    "Concat": ({"crop": False},),
    "Add": (),
    "Flatten": (),
    "Dropout": ({"p": 1.5}, {"p": -0.5}),
}
"""Settings that seldom fit, by kind of layer."""


def spoiled(rng: random.Random, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """The layers with one that hardly fits: a setting, an input, a flatten too many or missing."""
    index = rng.choice([index for index, layer in enumerate(layers) if kind(layer) in SPOILED] or range(len(layers)))
    layer = layers[index]
    settings = [replace(layer.operation, **changes) for changes in SPOILED.get(kind(layer), ())]
    others = [INPUT, *(other.name for other in layers[:index])]
    instead: list[Layer] = []
    if layer.inputs:
        instead.append(replace(layer, inputs=(rng.choice(others), *layer.inputs[1:])))
        instead.append(replace(layer, inputs=(rng.choice(("nobody", layer.name, layers[-1].name)), *layer.inputs[1:])))
    if len(layer.inputs) == 1:
        instead.append(replace(layer, inputs=(*layer.inputs, rng.choice(others))))
    if not settings or (instead and rng.randrange(4) == 0):
        instead.append(replace(layer, operation=Dropout() if isinstance(layer.operation, Flatten) else Flatten()))
        return (*layers[:index], rng.choice(instead), *layers[index + 1 :])
    return (*layers[:index], replace(layer, operation=rng.choice(settings)), *layers[index + 1 :])


def kind(layer: Layer) -> str:
    return type(layer.operation).__name__
