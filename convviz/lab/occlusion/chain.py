"""A model read as a chain: the layers that a change can pass one behind the other, and what is left of the model behind them.

`torch.fx` follows the model from its input, as long as one of torch's own layers reads what the last one made and nothing else
does: a `Sequential`, a network of a table, or any module whose `forward` calls its layers so.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import accumulate
from typing import Any, Final, Literal, TypeAlias

import torch
from torch import Tensor, fx, nn

from convviz.geometry import Axis, GeometryError, Place
from convviz.lab.occlusion.layers import AveragePooling, Cellwise, Convolution, Layer, MaxPooling
from convviz.lab.occlusion.plain import mixes, overpadded
from convviz.operations.convolution import convolution_axes
from convviz.operations.pooling import adaptive_axes, pooling_axes

GlobalPooling = Literal["average", "max"]
Function: TypeAlias = Callable[[Tensor], Tensor]
Layers: TypeAlias = tuple[Layer, ...]

_CELLWISE: Final = frozenset(
    (
        *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish, nn.Softplus),
        *(nn.Sigmoid, nn.LogSigmoid, nn.Tanh, nn.Tanhshrink, nn.Softsign, nn.Hardtanh, nn.Hardsigmoid, nn.Hardswish),
        *(nn.Hardshrink, nn.Softshrink, nn.Threshold, nn.Softmax2d, nn.LocalResponseNorm),
    )
)
"""Layers whose cells read the same cell of their input alone, of all channels at most."""
_NEVER_FALL: Final = frozenset((nn.ReLU, nn.ReLU6, nn.Hardtanh, nn.Sigmoid, nn.Tanh))
"""What they make of the largest is the largest of what they make."""
_IDLE: Final = frozenset((nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.AlphaDropout, nn.FeatureAlphaDropout))
"""Layers that do nothing once the training is over."""
_SAME: Final = 1e-4
"""By how much of the largest score a model may differ from the chain that was read from it: sums in another order."""


@dataclass(frozen=True, eq=False)
class Chain:
    """Layers that a change can pass, perhaps a global `pooling` behind them, and the `rest`.

    `values` are those of a picture without a patch, (height, width, channels): before the first layer, and behind each.
    """

    layers: Layers
    values: tuple[Tensor, ...]
    pooling: GlobalPooling | None
    pool: Function
    rest: Function

    def behind(self, depth: int, pictures: Tensor) -> Tensor:
        """The scores of what has come through the first `depth` layers, (N, channels, height, width)."""
        reached = reduce(_run, self.layers[depth:], pictures)
        return self.rest(self.pool(reached))


def read(model: nn.Module, image: Tensor, scores: Tensor) -> Chain:
    """What of a model in evaluation is a chain, and its values for a picture (C, H, W) whose `scores` the model has said.

    Raises `GeometryError` where a change cannot pass the first layer, or torch cannot follow the model.

    >>> model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 2)).eval()
    >>> image = torch.zeros(1, 8, 8)
    >>> chain = read(model, image, model(image[None])[0])
    >>> [type(layer).__name__ for layer in chain.layers], [tuple(value.shape) for value in chain.values]
    (['Convolution', 'MaxPooling'], [(8, 8, 1), (6, 6, 2), (3, 3, 2)])
    >>> read(model[3:], image, model(image[None])[0])
    Traceback (most recent call last):
    convviz.geometry.GeometryError: way is incremental: the model does not begin with a chain of convolutions, poolings and \
functions of single cells; take the plain way
    """
    if mixes(model):
        raise _not_covered("a batch norm without running statistics mixes the pictures of a batch")
    if overpadded(model):
        raise _not_covered("windows of a convolution lie in padding alone")
    try:
        graph = _graph(model)
    except Exception as error:  # whatever a model does that torch.fx cannot follow
        raise _not_covered("torch.fx cannot follow the model") from error
    layers, last, pooling, pool = _read(graph, model, tuple(image.shape[1:]))
    if not layers:
        raise _not_covered("the model does not begin with a chain of convolutions, poolings and functions of single cells")
    pictures = accumulate(layers, _run, initial=image[None].contiguous(memory_format=torch.channels_last))
    values = tuple(each[0].permute(1, 2, 0).contiguous() for each in pictures)
    if not all(value.isfinite().all() for value in values):
        raise _not_covered("some of its numbers are infinite, and nothing can be added to those")
    chain = Chain(layers, values, pooling, pool, _rest(graph, model, last))
    if (chain.behind(len(layers), values[-1].permute(2, 0, 1)[None])[0] - scores).abs().max() > _SAME * scores.abs().max():
        raise _not_covered("the model does more than its layers say")
    return chain


def _not_covered(reason: str) -> GeometryError:
    return GeometryError(
        f"way is incremental: {reason}; take the plain way", "way", "incremental", ("plain", "auto"), {"way": "plain"}
    )


# --- Following ------------------------------------------------------------------------------------------------------------


def _graph(model: nn.Module) -> fx.Graph:
    """The model's own, with its other arguments as they are by default."""
    others = [*inspect.signature(model.forward).parameters.values()][1:]
    return fx.Tracer().trace(model, {each.name: each.default for each in others if each.default is not each.empty})


def _followed(graph: fx.Graph, model: nn.Module) -> Iterator[tuple[fx.Node, nn.Module]]:
    """Layer by layer, as long as nothing but the next layer reads what the last one made, and no hook may change it."""
    node = next(iter(graph.nodes))
    while len(node.users) == 1:
        before, (node,) = node, node.users
        if node.op != "call_module" or node.args != (before,) or node.kwargs:
            return
        module = model.get_submodule(str(node.target))
        if module._forward_hooks or module._forward_pre_hooks:  # noqa: SLF001 - torch has no other word for it
            return
        yield node, module


def _read(graph: fx.Graph, model: nn.Module, sizes: Sequence[int]) -> tuple[Layers, fx.Node, GlobalPooling | None, Function]:
    """The layers, the last node of them or of the pooling behind them, and that pooling."""
    layers: Layers = ()
    last = next(iter(graph.nodes))
    for node, module in _followed(graph, model):
        pooling = _global_pooling(module, sizes)
        if pooling:
            return layers, node, pooling, module
        longer = _longer(layers, module, sizes)
        if longer is None:
            break
        layers, last = longer, node
        sizes = [axis.output_size for axis in layers[-1].axes] if layers else sizes
    return layers, last, None, nn.Identity()


def _rest(graph: fx.Graph, model: nn.Module, last: fx.Node) -> Function:
    """The model from behind a node on."""
    rest = fx.Graph()
    copies = {last: rest.placeholder("value")}
    nodes = [*graph.nodes]
    for node in nodes[nodes.index(last) + 1 :]:
        copies[node] = rest.node_copy(node, lambda each: copies[each])
    return fx.GraphModule(model, rest)


def _run(pictures: Tensor, layer: Layer) -> Tensor:
    """A layer of a copy: some functions overwrite what they read."""
    return reduce(lambda value, module: module(value), layer.modules, pictures.clone())


# --- Layer by layer -------------------------------------------------------------------------------------------------------


def _longer(layers: Layers, module: Any, sizes: Sequence[int]) -> Layers | None:
    """The layers with a module more, which may join the last one; None where a change cannot pass it."""
    kind = type(module)
    if kind in _IDLE:
        return layers
    if kind is nn.BatchNorm2d and layers and isinstance(layers[-1], Convolution):
        return (*layers[:-1], _folded(layers[-1], module))
    if kind is nn.BatchNorm2d or kind in _CELLWISE:
        return _with_function(layers, module, sizes)
    layer = _MADE[kind](module, sizes) if kind in _MADE else None
    return _with_layer(layers, layer) if layer else None


def _with_layer(layers: Layers, layer: Layer) -> Layers:
    last = layers[-1] if layers else None
    if isinstance(layer, MaxPooling) and isinstance(last, Cellwise) and _NEVER_FALL.issuperset(map(type, last.modules)):
        return (*layers[:-1], MaxPooling((*last.modules, *layer.modules), layer.axes, last.modules))
    return (*layers, layer)


def _with_function(layers: Layers, module: nn.Module, sizes: Sequence[int]) -> Layers:
    if layers and isinstance(layers[-1], Cellwise):
        return (*layers[:-1], replace(layers[-1], modules=(*layers[-1].modules, module)))
    return (*layers, Cellwise((module,), tuple(Axis(size, 1) for size in sizes)))


def _folded(convolution: Convolution, norm: nn.BatchNorm2d) -> Convolution:
    """A batch norm in evaluation multiplies each channel by a number, and so may the kernels."""
    assert norm.running_var is not None  # noqa: S101 - asked before; tells mypy
    scale = (norm.running_var + norm.eps).rsqrt()
    if norm.affine:
        scale = scale * norm.weight
    weight = convolution.weight * scale[:, None, None, None]
    return replace(convolution, modules=(*convolution.modules, norm), weight=weight)


def _convolution(module: Any, sizes: Sequence[int]) -> Layer | None:
    axes = convolution_axes(sizes, module.kernel_size, stride=module.stride, padding=module.padding, dilation=module.dilation)
    if module.padding_mode != "zeros" and any(axis.before or axis.after for axis in axes):
        return None  # what a patch changes at one end would come back in the padding, at the other end even
    if module.in_channels == 1 and axes[0].stride == 1 < axes[1].stride:
        return None  # of windows that make a single column torch 2.13 then computes wrong numbers on a CPU
    return Convolution((module,), axes, module.weight.detach(), module.groups)


def _max_pooling(module: Any, sizes: Sequence[int]) -> Layer | None:
    if module.return_indices:
        return None
    window = {"stride": module.stride, "padding": module.padding, "dilation": module.dilation}
    axes = pooling_axes(sizes, module.kernel_size, kind="max", ceil_mode=module.ceil_mode, **window)
    return MaxPooling((module,), axes)


def _average_pooling(module: Any, sizes: Sequence[int]) -> Layer:
    window = {"stride": module.stride, "padding": module.padding}
    axes = pooling_axes(sizes, module.kernel_size, kind="average", ceil_mode=module.ceil_mode, **window)
    counted = {Place.INPUT, Place.PADDING} if module.count_include_pad else {Place.INPUT}
    return AveragePooling((module,), axes, frozenset(counted), module.divisor_override)


def _adaptive_pooling(module: Any, sizes: Sequence[int]) -> Layer | None:
    """A pooling as any other, where its windows are equally long and lie side by side."""
    paces = [axis.pace for axis in adaptive_axes(sizes, module.output_size)]
    if any(outputs > 1 for outputs, _ in paces) or getattr(module, "return_indices", False):
        return None
    axes = tuple(Axis(size, cells, cells) for size, (_, cells) in zip(sizes, paces, strict=True))
    if type(module) is nn.AdaptiveMaxPool2d:
        return MaxPooling((module,), axes)
    return AveragePooling((module,), axes, frozenset({Place.INPUT}))


def _global_pooling(module: Any, sizes: Sequence[int]) -> GlobalPooling | None:
    if type(module) not in _GLOBAL or getattr(module, "return_indices", False):
        return None
    whole = all(axis.output_size == 1 for axis in adaptive_axes(sizes, module.output_size))
    return _GLOBAL[type(module)] if whole else None


_GLOBAL: Final[Mapping[type, GlobalPooling]] = {nn.AdaptiveAvgPool2d: "average", nn.AdaptiveMaxPool2d: "max"}
_MADE: Final[Mapping[type, Callable[[Any, Sequence[int]], Layer | None]]] = {
    nn.Conv2d: _convolution,
    nn.MaxPool2d: _max_pooling,
    nn.AvgPool2d: _average_pooling,
    nn.AdaptiveAvgPool2d: _adaptive_pooling,
    nn.AdaptiveMaxPool2d: _adaptive_pooling,
}
