"""What a unit of a network reads, by torch's gradients: the oracle of `convviz.network.fields`.

One channel, positive weights, an average in place of every other pooling, and float64: whatever has a part in a unit has a
gradient there, and nothing cancels. Unlike `field_twin` the input has its ends, and padding is padding. It knows a layer by its
class's name and its settings' names; sizes it asks of torch.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import torch
from torch.nn import functional

_CONVOLUTIONS: Final = (functional.conv1d, functional.conv2d, functional.conv3d)
_TRANSPOSED: Final = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)
_MAX: Final = (functional.max_pool1d, functional.max_pool2d, functional.max_pool3d)
_ADAPTIVE: Final = (functional.adaptive_avg_pool1d, functional.adaptive_avg_pool2d, functional.adaptive_avg_pool3d)
_LINEAR: Final = ("linear", "bilinear", "trilinear")
_ROUNDING: Final = 1e-9
"""A cell exactly on another one's middle may leave a rest of rounding in its neighbour."""


def values_of(network: Any) -> dict[str, torch.Tensor]:
    """By layer: its one channel, in a batch of one; the input waits for gradients. Ends above the first flatten."""
    source = torch.ones(1, 1, *network.input_shape[1:], dtype=torch.float64, requires_grad=True)
    values, above = {"input": source}, "input"
    for layer in network.layers:
        names = layer.inputs or (above,)
        above = layer.name
        if type(layer.operation).__name__ in {"Flatten", "Dense"} or not set(names) <= set(values):
            continue
        values[above] = _applied(layer.operation, [values[name] for name in names])
    return values


def support(values: Mapping[str, torch.Tensor], layer: str, unit: Sequence[int], below: str = "input") -> torch.Tensor:
    """Which cells of `below` have a gradient of `unit` of `layer`."""
    source = values[below]
    if layer == below:
        return torch.zeros(source.shape[2:], dtype=torch.bool).index_put(
            tuple(map(torch.tensor, unit)), torch.tensor(data=True)
        )
    (gradient,) = torch.autograd.grad(values[layer][0, 0][tuple(unit)], source, retain_graph=True, allow_unused=True)
    if gradient is None:
        return torch.zeros(source.shape[2:], dtype=torch.bool)
    return gradient[0, 0] > 0


def _applied(operation: Any, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
    kind = type(operation).__name__
    if kind in {"Add", "Concat"}:
        return _mean(_cropped(inputs) if getattr(operation, "crop", False) else inputs)
    (value,) = inputs
    return _LAYERS[kind](operation, value) if kind in _LAYERS else value


def _mean(values: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.stack(tuple(values)).mean(0)


def _cropped(values: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    sizes = [min(each) for each in zip(*(value.shape[2:] for value in values), strict=True)]
    for axis, size in enumerate(sizes, start=2):
        values = [value.narrow(axis, (value.shape[axis] - size) // 2, size) for value in values]
    return list(values)


def _each(value: Any, axes: int) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,) * axes


def _ones(sizes: Sequence[int]) -> torch.Tensor:
    return torch.ones(1, 1, *sizes, dtype=torch.float64) / math.prod(sizes)


def _convolution(layer: Any, value: torch.Tensor) -> torch.Tensor:
    """As torch.nn.Conv2d does it: other modes pad first."""
    axes = value.ndim - 2
    kernels, dilations = _each(layer.kernel_size, axes), _each(layer.dilation, axes)
    convolve = _CONVOLUTIONS[axes - 1]
    if layer.padding_mode == "zeros":
        padding = {"stride": layer.stride, "padding": layer.padding}
        return convolve(value, _ones(kernels), dilation=dilations, **padding)
    spans = [spread * (size - 1) for size, spread in zip(kernels, dilations, strict=True)]
    given = layer.padding if layer.padding != "valid" else 0
    sides = (
        [(span // 2, span - span // 2) for span in spans] if given == "same" else [(each, each) for each in _each(given, axes)]
    )
    padded = functional.pad(value, [side for pair in reversed(sides) for side in pair], mode=layer.padding_mode)
    return convolve(padded, _ones(kernels), stride=layer.stride, dilation=dilations)


def _transposed(layer: Any, value: torch.Tensor) -> torch.Tensor:
    axes = value.ndim - 2
    settings = {name: getattr(layer, name) for name in ("stride", "padding", "output_padding", "dilation")}
    return _TRANSPOSED[axes - 1](value, _ones(_each(layer.kernel_size, axes)), **settings)


def _pooling(layer: Any, value: torch.Tensor) -> torch.Tensor:
    """Every cell of a window counts: a convolution does that, over as many windows as torch's maximum has."""
    axes = value.ndim - 2
    kernels, dilations, paddings = _each(layer.kernel_size, axes), _each(layer.dilation, axes), _each(layer.padding, axes)
    strides = kernels if layer.stride is None else _each(layer.stride, axes)
    # torch's maximum is defined for all that its average is.
    size = _MAX[axes - 1](value, kernels, strides, paddings, dilations, ceil_mode=layer.ceil_mode).shape[2:]
    sides = []
    for outputs, have, kernel, stride, spread, before in zip(
        size, value.shape[2:], kernels, strides, dilations, paddings, strict=True
    ):
        sides.append((before, max(0, (outputs - 1) * stride + spread * (kernel - 1) + 1 - have - before)))
    padded = functional.pad(value, [side for pair in reversed(sides) for side in pair])
    pooled = _CONVOLUTIONS[axes - 1](padded, _ones(kernels), stride=strides, dilation=dilations)
    return pooled[(slice(None), slice(None), *(slice(outputs) for outputs in size))]


def _adaptive(layer: Any, value: torch.Tensor) -> torch.Tensor:
    axes = value.ndim - 2
    return _ADAPTIVE[axes - 1](value, _each(layer.output_size, axes))


def _upsampling(layer: Any, value: torch.Tensor) -> torch.Tensor:
    """Axis by axis, each as a matrix of what torch makes of single cells: with its rests of rounding struck out."""
    axes = value.ndim - 2
    have = value.shape[2:]
    want = (
        _each(layer.size, axes)
        if layer.scale_factor is None
        else tuple(size * factor for size, factor in zip(have, _each(layer.scale_factor, axes), strict=True))
    )
    options = {"mode": "nearest"} if layer.mode == "nearest" else {"mode": "linear", "align_corners": layer.align_corners}
    for axis, (cells, outputs) in enumerate(zip(have, want, strict=True), start=2):
        matrix = functional.interpolate(torch.eye(cells, dtype=torch.float64)[:, None], size=outputs, **options)[:, 0]
        matrix = torch.where(matrix > _ROUNDING, matrix, 0)
        value = torch.tensordot(value, matrix, ([axis], [0])).movedim(-1, axis)
    return value


_LAYERS: Final[Mapping[str, Callable[[Any, torch.Tensor], torch.Tensor]]] = {
    "Convolution": _convolution,
    "Pooling": _pooling,
    "TransposedConvolution": _transposed,
    "AdaptivePooling": _adaptive,
    "Upsampling": _upsampling,
}
