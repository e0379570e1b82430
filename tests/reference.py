"""One torch twin per operation: the oracle. A twin takes what the operation takes and knows nothing of convviz.

Inputs are (C, *sizes) without a batch, numbers are float64. A twin refuses by letting torch refuse: `REFUSALS`. What torch
does not have, sides that differ and paddings by name among them, is put together from what it has.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import torch
from torch.nn import functional

REFUSALS: Final = (RuntimeError, ValueError)
"""What torch raises: its functions the first, its modules' constructors the second."""

PAD_MODES: Final = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}

Sides = list[tuple[int, int]]
"""(before, after) of each axis."""

_FUNCTIONS: Final = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
_TRANSPOSED: Final = {1: functional.conv_transpose1d, 2: functional.conv_transpose2d, 3: functional.conv_transpose3d}
_MAX: Final = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}
_AVERAGE: Final = {1: functional.avg_pool1d, 2: functional.avg_pool2d, 3: functional.avg_pool3d}
_ADAPTIVE_MAX: Final = {
    1: functional.adaptive_max_pool1d,
    2: functional.adaptive_max_pool2d,
    3: functional.adaptive_max_pool3d,
}
_ADAPTIVE_AVERAGE: Final = {
    1: functional.adaptive_avg_pool1d,
    2: functional.adaptive_avg_pool2d,
    3: functional.adaptive_avg_pool3d,
}
_UNPOOLING: Final = {1: functional.max_unpool1d, 2: functional.max_unpool2d, 3: functional.max_unpool3d}
_MODULES: Final = {1: torch.nn.Conv1d, 2: torch.nn.Conv2d, 3: torch.nn.Conv3d}


def convolution(
    x: Any,
    weight: Any,
    *,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
    flip: bool = False,
) -> torch.Tensor:
    x, weight = _tensor(x), _tensor(weight)
    bias = torch.zeros(len(weight), dtype=torch.float64) if bias is None else _tensor(bias)
    if flip:
        weight = weight.flip(tuple(range(2, weight.ndim)))
    settings = {"stride": stride, "dilation": dilation, "groups": groups}
    if padding in ("same", "valid"):
        return _by_name(x, weight, bias, padding=padding, padding_mode=padding_mode, **settings)
    sides = _sides(padding, dilation, weight.shape[2:])
    padded = functional.pad(x[None], _cells(sides), mode=PAD_MODES[padding_mode])
    return _FUNCTIONS[weight.ndim - 2](padded, weight, bias, **settings)[0]


def transposed_convolution(
    x: Any,
    weight: Any,
    *,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> torch.Tensor:
    x, weight = _tensor(x), _tensor(weight)
    settings = {"stride": stride, "output_padding": output_padding, "dilation": dilation, "groups": groups}
    sides = _sides(padding, dilation, weight.shape[2:], stride)
    transposed = _TRANSPOSED[weight.ndim - 2]
    bias = None if bias is None else _tensor(bias)
    if (symmetric := _symmetric(sides)) is not None:
        return transposed(x[None], weight, bias, padding=symmetric, **settings)[0]
    uncut = transposed(x[None], weight, bias, **settings)[0]
    return _cut(uncut, sides)


def pooling(
    x: Any,
    kernel_size: Any,
    *,
    kind: str = "max",
    norm_type: float = 2,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> torch.Tensor:
    x = _tensor(x)
    dimension = x.ndim - 1
    kernel_sizes = _each(kernel_size, dimension)
    strides = kernel_sizes if stride is None else _each(stride, dimension)
    sides = _sides(padding, dilation, kernel_sizes, strides)
    if kind == "max":
        return _maximum(x, kernel_sizes, strides, sides, _each(dilation, dimension), ceil_mode)
    if set(_each(dilation, dimension)) != {1}:
        raise ValueError("torch spreads the windows of a maximum only")
    if kind == "lp":
        powers = _total(x.abs() ** norm_type, kernel_sizes, strides, sides, ceil_mode)
        return powers ** (1 / norm_type)
    average = _AVERAGE[dimension]
    if (symmetric := _symmetric(sides)) is not None:
        return average(x[None], kernel_sizes, strides, symmetric, ceil_mode, count_include_pad)[0]
    average(x[None], kernel_sizes, strides, tuple(map(max, sides)), ceil_mode)  # refused like the larger side on both
    ones = torch.ones_like(x)
    if count_include_pad:
        counts = _total(functional.pad(ones, _cells(sides), value=1), kernel_sizes, strides, [(0, 0)] * dimension, ceil_mode)
    else:
        counts = _total(ones, kernel_sizes, strides, sides, ceil_mode)
    sums = _total(x, kernel_sizes, strides, sides, ceil_mode)
    # Of padding made part of the input the last window may consist alone: sums has it no more.
    return sums / counts[tuple(map(slice, sums.shape))]


def max_pooling_indices(
    x: Any, kernel_size: Any, *, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Values and positions; torch has both of padding alike on both sides."""
    x = _tensor(x)
    values, indices = _MAX[x.ndim - 1](x[None], kernel_size, stride, padding, dilation, ceil_mode, return_indices=True)
    return values[0], indices[0]


def adaptive_pooling(x: Any, output_size: Any, *, kind: str = "average") -> torch.Tensor:
    x = _tensor(x)
    if kind == "max":
        return adaptive_max_pooling_indices(x, output_size)[0]
    return _ADAPTIVE_AVERAGE[x.ndim - 1](x[None], _wanted(x, output_size))[0]


def adaptive_max_pooling_indices(x: Any, output_size: Any) -> tuple[torch.Tensor, torch.Tensor]:
    x = _tensor(x)
    values, indices = _ADAPTIVE_MAX[x.ndim - 1](x[None], _wanted(x, output_size), return_indices=True)
    return values[0], indices[0]


def unpooling(
    x: Any,
    indices_or_factor: Any = 2,
    *,
    kind: str = "max",
    kernel_size: Any = 2,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> torch.Tensor:
    x = _tensor(x)
    dimension = x.ndim - 1
    if kind == "max":
        indices = torch.as_tensor(indices_or_factor, dtype=torch.int64)
        sizes = None if output_size is None else _each(output_size, dimension)
        return _UNPOOLING[dimension](x[None], indices[None], kernel_size, stride, padding, sizes)[0]
    factors = _each(indices_or_factor, dimension)
    if kind == "nearest":
        return functional.interpolate(x[None], scale_factor=tuple(map(float, factors)), mode="nearest")[0]
    nails = x.new_zeros(len(x), *(size * factor for size, factor in zip(x.shape[1:], factors, strict=True)))
    nails[(slice(None), *(slice(None, None, factor) for factor in factors))] = x
    return nails


def _tensor(values: Any) -> torch.Tensor:
    return torch.as_tensor(values, dtype=torch.float64)


def _each(value: Any, dimension: int) -> tuple[Any, ...]:
    """One entry an axis."""
    return tuple(value) if isinstance(value, Sequence) else (value,) * dimension


def _by_name(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, **settings: Any) -> torch.Tensor:
    """torch's own "same" and "valid"; only its modules have them for every padding mode."""
    channels, kernel_size = (weight.shape[1] * settings["groups"], len(weight)), tuple(weight.shape[2:])
    module = _MODULES[weight.ndim - 2](*channels, kernel_size, device="meta", **settings)
    with warnings.catch_warnings():
        # An even kernel makes torch say that it pads a copy: what is wanted here.
        warnings.filterwarnings("ignore", message="Using padding='same' with even kernel", category=UserWarning)
        return torch.func.functional_call(module, {"weight": weight, "bias": bias}, (x[None],))[0]


def _sides(padding: Any, dilation: Any, kernel_size: Sequence[int], stride: Any = 1) -> Sides:
    dimension = len(kernel_size)
    if isinstance(padding, str):
        if padding == "same" and set(_each(stride, dimension)) != {1}:
            raise ValueError("padding='same' is not supported for strided convolutions")  # as torch.nn.Conv2d says
        dilations = _each(dilation, dimension)
        totals = [each * (size - 1) for each, size in zip(dilations, kernel_size, strict=True)]
        return [_NAMED[padding](total) for total in totals]
    return [tuple(entry) if isinstance(entry, Sequence) else (entry, entry) for entry in _each(padding, dimension)]


def _cells(sides: Sides) -> list[int]:
    """As torch lists the sides: from the last axis to the first."""
    return [count for pair in reversed(sides) for count in pair]


def _symmetric(sides: Sides) -> tuple[int, ...] | None:
    """One padding an axis, as torch pools and transposes, None where sides differ."""
    return tuple(before for before, _ in sides) if all(before == after for before, after in sides) else None


def _cut(values: torch.Tensor, sides: Sides) -> torch.Tensor:
    stops = [size - after for size, (_, after) in zip(values.shape[1:], sides, strict=True)]
    if any(stop <= before for stop, (before, _) in zip(stops, sides, strict=True)):
        raise ValueError("Output size is too small")
    return values[(slice(None), *(slice(before, stop) for stop, (before, _) in zip(stops, sides, strict=True)))]


def _maximum(x: torch.Tensor, kernel_sizes: Any, strides: Any, sides: Sides, dilations: Any, ceil_mode: bool) -> torch.Tensor:
    pool = _MAX[x.ndim - 1]
    if (symmetric := _symmetric(sides)) is not None:
        return pool(x[None], kernel_sizes, strides, symmetric, dilations, ceil_mode)[0]
    pool(x[None], kernel_sizes, strides, tuple(map(max, sides)), dilations, ceil_mode)  # refused like the larger side on both
    padded = functional.pad(x, _cells(sides), value=-torch.inf)
    pooled = pool(padded[None], kernel_sizes, strides, 0, dilations, ceil_mode)[0]
    # torch drops a window that starts behind the input; behind a padded one it starts later.
    starts = [-(-(before + size) // stride) for (before, _), size, stride in zip(sides, x.shape[1:], strides, strict=True)]
    return pooled[(slice(None), *map(slice, starts))]


def _total(x: torch.Tensor, kernel_sizes: Any, strides: Any, sides: Sides, ceil_mode: bool) -> torch.Tensor:
    """The sum of every window: zeros enough for any overhang, a kernel of ones, and as many windows as a maximum has."""
    windows = _maximum(x, kernel_sizes, strides, sides, (1,) * len(sides), ceil_mode).shape[1:]
    roomy = [(before, after + stride - 1) for (before, after), stride in zip(sides, strides, strict=True)]
    padded = functional.pad(x, _cells(roomy))[:, None]
    totals = _FUNCTIONS[len(sides)](padded, torch.ones(1, 1, *kernel_sizes, dtype=torch.float64), stride=strides)[:, 0]
    return totals[(slice(None), *map(slice, windows))]


def _wanted(x: torch.Tensor, output_size: Any) -> tuple[int, ...]:
    """torch knows None from two axes on."""
    sizes = _each(output_size, x.ndim - 1)
    return tuple(have if want is None else want for have, want in zip(x.shape[1:], sizes, strict=True))


_NAMED: Final[Mapping[str, Callable[[int], tuple[int, int]]]] = {
    "valid": lambda _: (0, 0),
    "same": lambda total: (total // 2, total - total // 2),
    "same_lower": lambda total: (total - total // 2, total // 2),
    "full": lambda total: (total, total),
    "causal": lambda total: (total, 0),
}
"""By the cells that a kernel spans beyond its first; only a convolution of torch knows the first two."""

TWINS: Final[Mapping[str, Callable[..., torch.Tensor]]] = {
    "convolution": convolution,
    "pooling": pooling,
    "adaptive_pooling": adaptive_pooling,
    "unpooling": unpooling,
    "transposed_convolution": transposed_convolution,
}
