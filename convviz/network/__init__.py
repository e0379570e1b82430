"""Networks as tables of named layers: shapes, parameters, multiply–accumulates, memory, receptive fields, exactly."""

from convviz.network.changes import short_name
from convviz.network.kinds import KINDS, Kind, Setting, kind_of
from convviz.network.layers import (
    ACTIVATIONS,
    INPUT,
    UPSAMPLING_MODES,
    Activation,
    AdaptivePooling,
    Add,
    BatchNorm,
    Concat,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Operation,
    Pooling,
    Shape,
    Sizes,
    TransposedConvolution,
    Upsampling,
)
from convviz.network.presets import PRESETS, Preset
from convviz.network.rules import INSERT_BEFORE, shape_words
from convviz.network.table import LayerTable, Network, NetworkError, Row, partial

__all__ = [
    "ACTIVATIONS",
    "INPUT",
    "INSERT_BEFORE",
    "KINDS",
    "PRESETS",
    "UPSAMPLING_MODES",
    "Activation",
    "AdaptivePooling",
    "Add",
    "BatchNorm",
    "Concat",
    "Convolution",
    "Dense",
    "Dropout",
    "Flatten",
    "Kind",
    "Layer",
    "LayerTable",
    "Network",
    "NetworkError",
    "Operation",
    "Pooling",
    "Preset",
    "Row",
    "Setting",
    "Shape",
    "Sizes",
    "TransposedConvolution",
    "Upsampling",
    "kind_of",
    "partial",
    "shape_words",
    "short_name",
]
