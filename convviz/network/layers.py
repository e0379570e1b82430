"""What a network is made of: one frozen dataclass a kind of layer, settings named as PyTorch names them.

Settings are only held here. Whether they fit what comes in is decided by the network's table (`convviz.network.table`), so that
a network that cannot be is kept as it was written, and explained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from convviz.geometry import PaddingMode
from convviz.operations import PoolingKind

Sizes: TypeAlias = int | tuple[int, ...]
"""A number for all axes, or one an axis."""
Shape: TypeAlias = tuple[int, ...]
"""Sizes without the batch: (channels, *sizes), or (numbers,) once flat."""
LayerPadding: TypeAlias = Sizes | Literal["valid", "same"]
UpsamplingMode = Literal["nearest", "linear"]
UPSAMPLING_MODES: Final[tuple[UpsamplingMode, ...]] = get_args(UpsamplingMode)
MOST_LAYERS: Final = 1000
"""Of a network that is read from a text or a link."""
INPUT: Final = "input"
"""What layers call the network's input."""


@dataclass(frozen=True)
class Convolution:
    """torch.nn.Conv1d, Conv2d, Conv3d. `in_channels` None follows what comes in."""

    out_channels: int
    kernel_size: Sizes
    stride: Sizes = 1
    padding: LayerPadding = 0
    dilation: Sizes = 1
    groups: int = 1
    bias: bool = True
    padding_mode: PaddingMode = "zeros"
    in_channels: int | None = None


@dataclass(frozen=True)
class TransposedConvolution:
    """torch.nn.ConvTranspose1d, ConvTranspose2d, ConvTranspose3d. `in_channels` None follows what comes in."""

    out_channels: int
    kernel_size: Sizes
    stride: Sizes = 1
    padding: Sizes = 0
    output_padding: Sizes = 0
    groups: int = 1
    bias: bool = True
    dilation: Sizes = 1
    in_channels: int | None = None


@dataclass(frozen=True)
class Pooling:
    """torch.nn.MaxPool2d, AvgPool2d, LPPool2d and their like; `stride` None is the kernel's size."""

    kernel_size: Sizes
    stride: Sizes | None = None
    padding: Sizes = 0
    dilation: Sizes = 1
    ceil_mode: bool = False
    kind: PoolingKind = "max"
    count_include_pad: bool = True
    norm_type: float = 2


@dataclass(frozen=True)
class AdaptivePooling:
    """torch.nn.AdaptiveAvgPool2d, AdaptiveMaxPool2d and their like: so many outputs an axis, whatever comes in."""

    output_size: Sizes
    kind: Literal["average", "max"] = "average"


@dataclass(frozen=True)
class Upsampling:
    """torch.nn.Upsample: `scale_factor` times as many cells, or `size` cells; linear over two axes is torch's bilinear."""

    scale_factor: Sizes | None = None
    size: Sizes | None = None
    mode: UpsamplingMode = "nearest"
    align_corners: bool = False


@dataclass(frozen=True)
class BatchNorm:
    """torch.nn.BatchNorm1d, BatchNorm2d, BatchNorm3d. `num_features` None follows what comes in."""

    affine: bool = True
    track_running_stats: bool = True
    eps: float = 1e-5
    momentum: float | None = 0.1
    num_features: int | None = None


@dataclass(frozen=True)
class Activation:
    """A function of every number by itself, or of its neighbours: no shape changes, nothing is learned.

    `function` is torch's class (`ACTIVATIONS` has them all), `options` the arguments that differ from torch's defaults.
    """

    function: str = "ReLU"
    options: tuple[tuple[str, int | float | bool | str], ...] = ()


@dataclass(frozen=True)
class Dropout:
    """torch.nn.Dropout: changes no shape, does nothing once the network is trained."""

    p: float = 0.5


@dataclass(frozen=True)
class Flatten:
    """torch.nn.Flatten: all numbers in one row."""


@dataclass(frozen=True)
class Dense:
    """torch.nn.Linear: every output sees every input. `in_features` None follows what comes in."""

    out_features: int
    bias: bool = True
    in_features: int | None = None


@dataclass(frozen=True)
class Add:
    """The sum of its inputs, cell by cell: where a skip connection ends."""


@dataclass(frozen=True)
class Concat:
    """Its inputs' channels one behind the other; with `crop` larger inputs first lose their edges, on both sides alike."""

    crop: bool = False


Operation: TypeAlias = (
    Convolution
    | TransposedConvolution
    | Pooling
    | AdaptivePooling
    | Upsampling
    | BatchNorm
    | Activation
    | Dropout
    | Flatten
    | Dense
    | Add
    | Concat
)

ACTIVATIONS: Final = (
    *("ReLU", "Sigmoid", "Tanh", "LeakyReLU", "ELU", "GELU", "SiLU", "ReLU6", "SELU", "CELU", "Mish", "Softplus", "Softsign"),
    *("Hardswish", "Hardsigmoid", "Hardtanh", "LogSigmoid", "Softmax", "LogSoftmax", "LocalResponseNorm", "Identity"),
)
"""torch's classes that an `Activation` can be."""


@dataclass(frozen=True)
class Layer:
    """A row of the table: a name, what it does, and the names of the layers it reads; none named, it reads the one above."""

    name: str
    operation: Operation
    inputs: tuple[str, ...] = ()
