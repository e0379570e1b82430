"""What can slide. `OPERATIONS` is the one table of it: adding an operation is one file here and one line below."""

from collections.abc import Callable, Mapping
from typing import Final

from convviz.operations.convolution import convolution
from convviz.operations.pooling import adaptive_pooling, pooling
from convviz.operations.transposed_convolution import transposed_convolution
from convviz.operations.unpooling import unpooling
from convviz.trace import Trace

OPERATIONS: Final[Mapping[str, Callable[..., Trace]]] = {
    "convolution": convolution,
    "pooling": pooling,
    "adaptive_pooling": adaptive_pooling,
    "unpooling": unpooling,
    "transposed_convolution": transposed_convolution,
}

__all__ = ["OPERATIONS", "adaptive_pooling", "convolution", "pooling", "transposed_convolution", "unpooling"]
