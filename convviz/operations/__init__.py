"""What can slide. `OPERATIONS` is the one table of it: adding an operation is one file here and one line below."""

from collections.abc import Callable, Mapping
from typing import Final

from convviz.operations.convolution import convolution
from convviz.trace import Trace

OPERATIONS: Final[Mapping[str, Callable[..., Trace]]] = {
    "convolution": convolution,
}

__all__ = ["OPERATIONS", "convolution"]
