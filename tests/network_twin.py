"""A network in torch's own modules: the oracle of `convviz.network`.

It knows a layer by its class's name and its settings' names, and no arithmetic of convviz. Tensors lie on the meta device, so
that shapes cost nothing; a batch of two, which a batch norm without running statistics asks for.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

REFUSALS: Final = (RuntimeError, ValueError, NotImplementedError, KeyError)
"""What torch raises, what this module does where torch would misunderstand, and a name that nobody has."""

BATCH: Final = 2
OPERATIONS_A_MAC: Final = 2

_CONVOLUTIONS: Final = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED: Final = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_STAMPS: Final = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)
_MAX: Final = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
_AVERAGE: Final = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
_POWER: Final = (nn.LPPool1d, nn.LPPool2d, nn.LPPool3d)
_ADAPTIVE: Final = {
    "average": (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d),
    "max": (nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d),
}
_NORMS: Final = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_LINEAR: Final = ("linear", "bilinear", "trilinear")


@dataclass(frozen=True)
class TwinRow:
    """What torch says of a layer."""

    name: str
    output_shape: tuple[int, ...]
    weights: int
    biases: int
    buffers: int
    macs: int


def twin_rows(network: Any) -> tuple[list[TwinRow], str | None]:
    """The rows of a network, and the layer that torch refuses."""
    values = {"input": torch.empty(BATCH, *network.input_shape, device="meta")}
    rows: list[TwinRow] = []
    above = "input"
    for layer in network.layers:
        try:
            inputs = [values[name] for name in layer.inputs or (above,)]
            row, values[layer.name] = _applied(layer, inputs, len(network.input_shape) - 1)
        except REFUSALS:
            return rows, layer.name
        rows.append(row)
        above = layer.name
    return rows, None


def module_of(operation: Any, inputs: Sequence[torch.Tensor], dimension: int) -> nn.Module:
    """The module that does it to inputs like these; nn.Identity for what has none."""
    kind = type(operation).__name__
    return _MODULES[kind](operation, inputs[0], dimension) if kind in _MODULES else nn.Identity()


def joined(operation: Any, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
    """The one tensor that goes into the module."""
    if type(operation).__name__ == "Add":
        return torch.stack(tuple(inputs)).sum(0)
    if type(operation).__name__ == "Concat":
        return torch.cat(tuple(_cropped(inputs) if operation.crop else inputs), dim=1)
    (value,) = inputs
    return value


def _applied(layer: Any, inputs: Sequence[torch.Tensor], dimension: int) -> tuple[TwinRow, torch.Tensor]:
    with warnings.catch_warnings():
        # An even kernel makes torch say that it pads a copy: what is wanted here.
        warnings.filterwarnings("ignore", message="Using padding='same' with even kernel", category=UserWarning)
        module = module_of(layer.operation, inputs, dimension)
        with FlopCounterMode(display=False) as counter:
            output = module(joined(layer.operation, inputs))
    if not output.numel():
        raise ValueError("torch lets some layers have no cells at all")
    sizes = {name: parameter.numel() for name, parameter in module.named_parameters()}
    assert set(sizes) <= {"weight", "bias"}
    buffers = sum(buffer.numel() for buffer in module.buffers())
    macs, rest = divmod(counter.get_total_flops(), BATCH * OPERATIONS_A_MAC)
    assert not rest
    shape = tuple(output.shape[1:])
    return TwinRow(layer.name, shape, sizes.get("weight", 0), sizes.get("bias", 0), buffers, macs), output


def _cropped(inputs: Sequence[torch.Tensor]) -> Iterator[torch.Tensor]:
    """To the smallest size of each axis, around the middle; of an odd rest the larger half goes behind."""
    least = [min(sizes) for sizes in zip(*(value.shape[2:] for value in inputs), strict=True)]
    for value in inputs:
        cropped = value
        for axis, want in enumerate(least, start=2):
            cropped = cropped.narrow(axis, (value.shape[axis] - want) // 2, want)
        yield cropped


def _require_picture(value: torch.Tensor, dimension: int) -> None:
    """torch would take a batch of rows for channels."""
    if value.ndim != dimension + 2 or dimension == 0:
        raise ValueError("a row of numbers has no cells to slide over")


def _convolution(layer: Any, value: torch.Tensor, dimension: int) -> nn.Module:
    _require_picture(value, dimension)
    channels = value.shape[1] if layer.in_channels is None else layer.in_channels
    window = layer.kernel_size, layer.stride, layer.padding, layer.dilation
    options = {"groups": layer.groups, "bias": layer.bias, "padding_mode": layer.padding_mode}
    return _CONVOLUTIONS[dimension - 1](channels, layer.out_channels, *window, **options, device="meta")


def _transposed(layer: Any, value: torch.Tensor, dimension: int) -> nn.Module:
    _require_picture(value, dimension)
    channels = value.shape[1] if layer.in_channels is None else layer.in_channels
    window = {name: getattr(layer, name) for name in ("stride", "output_padding", "dilation")}
    options = {"groups": layer.groups, "bias": layer.bias, "padding": layer.padding}
    module = _TRANSPOSED[dimension - 1](channels, layer.out_channels, layer.kernel_size, **window, **options, device="meta")
    # On the meta device torch forgets to look at channels and output_padding: a single real cell reminds it.
    cell, weight = torch.zeros(1, value.shape[1], *(1,) * dimension), torch.zeros(module.weight.shape)
    _STAMPS[dimension - 1](cell, weight, **window, groups=layer.groups)
    return module


def _pooling(layer: Any, value: torch.Tensor, dimension: int) -> nn.Module:
    _require_picture(value, dimension)
    window = layer.kernel_size, layer.stride
    if layer.kind == "max":
        return _MAX[dimension - 1](*window, layer.padding, layer.dilation, ceil_mode=layer.ceil_mode)
    if layer.dilation not in {1, (1,) * dimension}:
        raise ValueError("torch spreads the windows of a maximum only")
    if layer.kind == "average":
        return _AVERAGE[dimension - 1](*window, layer.padding, layer.ceil_mode, layer.count_include_pad)
    if layer.padding not in {0, (0,) * dimension}:
        raise ValueError("torch's LPPool has no padding")
    # torch's LPPool1d multiplies by its kernel's size: it has to be a number.
    size = layer.kernel_size[0] if dimension == 1 and isinstance(layer.kernel_size, tuple) else layer.kernel_size
    return _POWER[dimension - 1](layer.norm_type, size, layer.stride, layer.ceil_mode)


def _adaptive(layer: Any, value: torch.Tensor, dimension: int) -> nn.Module:
    _require_picture(value, dimension)
    return _ADAPTIVE[layer.kind][dimension - 1](layer.output_size)


def _upsampling(layer: Any, value: torch.Tensor, dimension: int) -> nn.Module:
    _require_picture(value, dimension)
    linear = layer.mode == "linear"
    mode = _LINEAR[dimension - 1] if linear else "nearest"
    # torch takes align_corners, even a False, with the linear modes alone.
    aligned = layer.align_corners if linear or layer.align_corners else None
    return nn.Upsample(layer.size, layer.scale_factor, mode, aligned)


def _batch_norm(layer: Any, value: torch.Tensor, dimension: int) -> nn.Module:
    features = value.shape[1] if layer.num_features is None else layer.num_features
    if features != value.shape[1]:
        raise ValueError("where it neither learns nor keeps anything torch has nothing to compare")
    norm = _NORMS[dimension - 1] if value.ndim > 2 else nn.BatchNorm1d
    options = {name: getattr(layer, name) for name in ("eps", "momentum", "affine", "track_running_stats")}
    return norm(features, **options, device="meta").eval()


def _dense(layer: Any, value: torch.Tensor, _: int) -> nn.Module:
    if layer.in_features is None and value.ndim > 2:
        raise ValueError("torch has to be told which axis is meant: here all of them are")
    features = value.shape[1] if layer.in_features is None else layer.in_features
    return nn.Linear(features, layer.out_features, layer.bias, device="meta")


_MODULES: Final[Mapping[str, Callable[[Any, torch.Tensor, int], nn.Module]]] = {
    "Convolution": _convolution,
    "TransposedConvolution": _transposed,
    "Pooling": _pooling,
    "AdaptivePooling": _adaptive,
    "Upsampling": _upsampling,
    "BatchNorm": _batch_norm,
    "Activation": lambda layer, _, __: getattr(nn, layer.function)(**dict(layer.options)),
    "Dropout": lambda layer, _, __: nn.Dropout(layer.p),
    "Flatten": lambda _, __, ___: nn.Flatten(),
    "Dense": _dense,
}
