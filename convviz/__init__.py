"""convviz: convolution arithmetic, exact and cell by cell."""

from convviz import network
from convviz.geometry import AdaptiveAxis, Axis, GeometryError, Place, TransposedAxis
from convviz.operations import (
    OPERATIONS,
    adaptive_pooling,
    convolution,
    pooling,
    transposed_convolution,
    unpooling,
)
from convviz.trace import Step, Term, Trace

__all__ = [
    "OPERATIONS",
    "AdaptiveAxis",
    "Axis",
    "GeometryError",
    "Place",
    "Step",
    "Term",
    "Trace",
    "TransposedAxis",
    "adaptive_pooling",
    "convolution",
    "network",
    "pooling",
    "transposed_convolution",
    "unpooling",
]
