"""What can slide. `OPERATIONS` is the one table of it: adding an operation is one file here and one line below."""

from collections.abc import Callable, Mapping
from typing import Final

from convviz.operations._arguments import per_axis
from convviz.operations.convolution import convolution, convolution_axes
from convviz.operations.pooling import (
    POOLING_KINDS,
    PoolingKind,
    adaptive_axes,
    adaptive_pooling,
    pooling,
    pooling_axes,
    require_norm_type,
)
from convviz.operations.transposed_convolution import transposed_axes, transposed_convolution
from convviz.operations.unpooling import unpooling
from convviz.trace import Trace

OPERATIONS: Final[Mapping[str, Callable[..., Trace]]] = {
    "convolution": convolution,
    "pooling": pooling,
    "adaptive_pooling": adaptive_pooling,
    "unpooling": unpooling,
    "transposed_convolution": transposed_convolution,
}

__all__ = [
    "OPERATIONS",
    "POOLING_KINDS",
    "PoolingKind",
    "adaptive_axes",
    "adaptive_pooling",
    "convolution",
    "convolution_axes",
    "per_axis",
    "pooling",
    "pooling_axes",
    "require_norm_type",
    "transposed_axes",
    "transposed_convolution",
    "unpooling",
]
