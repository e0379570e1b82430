"""One torch twin per operation: the oracle. A twin takes what the operation takes and knows nothing of convviz.

Inputs are (C, *sizes) without a batch, numbers are float64. A twin refuses by letting torch refuse: `REFUSALS`.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import torch
from torch.nn import functional

REFUSALS: Final = (RuntimeError, ValueError)
"""What torch raises: its functions the first, its modules' constructors the second."""

PAD_MODES: Final = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}

_FUNCTIONS: Final = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
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
    # torch lists the sides from the last axis to the first.
    cells = [count for pair in reversed(sides) for count in pair]
    padded = functional.pad(x[None], cells, mode=PAD_MODES[padding_mode])
    return _FUNCTIONS[weight.ndim - 2](padded, weight, bias, **settings)[0]


def _tensor(values: Any) -> torch.Tensor:
    return torch.as_tensor(values, dtype=torch.float64)


def _by_name(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, **settings: Any) -> torch.Tensor:
    """torch's own "same" and "valid"; only its modules have them for every padding mode."""
    channels, kernel_size = (weight.shape[1] * settings["groups"], len(weight)), tuple(weight.shape[2:])
    module = _MODULES[weight.ndim - 2](*channels, kernel_size, device="meta", **settings)
    with warnings.catch_warnings():
        # An even kernel makes torch say that it pads a copy: what is wanted here.
        warnings.filterwarnings("ignore", message="Using padding='same' with even kernel", category=UserWarning)
        return torch.func.functional_call(module, {"weight": weight, "bias": bias}, (x[None],))[0]


def _sides(padding: Any, dilation: Any, kernel_size: Sequence[int]) -> list[tuple[int, int]]:
    """(before, after) of each axis."""
    if isinstance(padding, str):
        dilations = dilation if isinstance(dilation, Sequence) else [dilation] * len(kernel_size)
        totals = [each * (size - 1) for each, size in zip(dilations, kernel_size, strict=True)]
        return [_NAMED[padding](total) for total in totals]
    entries = padding if isinstance(padding, Sequence) else [padding] * len(kernel_size)
    return [tuple(entry) if isinstance(entry, Sequence) else (entry, entry) for entry in entries]


_NAMED: Final[Mapping[str, Callable[[int], tuple[int, int]]]] = {
    "same_lower": lambda total: (total - total // 2, total // 2),
    "full": lambda total: (total, total),
    "causal": lambda total: (total, 0),
}
"""Names that torch does not have, by the cells that a kernel spans beyond its first."""

TWINS: Final[Mapping[str, Callable[..., torch.Tensor]]] = {
    "convolution": convolution,
}
