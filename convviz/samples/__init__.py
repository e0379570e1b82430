"""Small inputs, named kernels, and the worked examples of the guide and the lectures.

A `Recipe` says how numbers are made rather than listing them, so that random and typed numbers stay when a size changes.
A `Sample`, a `PoolingSample` or a `TransposedSample` is a whole example, every parameter and every number; `PRESETS` names
those worth starting from.
"""

from collections.abc import Mapping
from typing import Final

from convviz.samples.convolution_presets import CONVOLUTIONS
from convviz.samples.convolutions import Sample
from convviz.samples.kernels import KERNELS
from convviz.samples.limits import MOST_CELLS, MOST_PRODUCTS, parameter_words, value_words
from convviz.samples.picture import cat
from convviz.samples.pooling_presets import POOLINGS
from convviz.samples.poolings import (
    ACTIVATIONS,
    POOLING_KINDS,
    POOLING_VIEWS,
    UNPOOLINGS,
    WINDOWS,
    PoolingSample,
)
from convviz.samples.preset import AnySample, Preset
from convviz.samples.recipes import KINDS, Kind, Recipe, Sizes, aligned, typed, written
from convviz.samples.sliding import Shape, Sides, SlidingSample, channel_axes
from convviz.samples.transposed import TRANSPOSED_VIEWS, TransposedSample
from convviz.samples.transposed_presets import TRANSPOSED

PRESETS: Final[Mapping[str, Preset]] = {preset.name: preset for preset in (*CONVOLUTIONS, *POOLINGS, *TRANSPOSED)}
"""Every preset of every operation, by name."""

DEFAULT_PRESETS: Final[Mapping[str, str]] = {
    "convolution": "numeric-strided",
    "pooling": "ceil-mode",
    "transposed_convolution": "four-stamps",
}
"""By operation, the name of the preset that its page begins with."""


def presets_of(operation: str) -> dict[str, Preset]:
    """The presets of one operation, by name.

    Raises `KeyError` for an operation without any.

    >>> list(presets_of("transposed_convolution"))[0]
    'four-stamps'
    >>> presets_of("deconvolution")
    Traceback (most recent call last):
    KeyError: 'deconvolution'
    """
    default = PRESETS[DEFAULT_PRESETS[operation]].sample
    return {name: preset for name, preset in PRESETS.items() if preset.sample.operation == default.operation}


__all__ = [
    "ACTIVATIONS",
    "DEFAULT_PRESETS",
    "KERNELS",
    "KINDS",
    "MOST_CELLS",
    "MOST_PRODUCTS",
    "POOLING_KINDS",
    "POOLING_VIEWS",
    "PRESETS",
    "TRANSPOSED_VIEWS",
    "UNPOOLINGS",
    "WINDOWS",
    "AnySample",
    "Kind",
    "PoolingSample",
    "Preset",
    "Recipe",
    "Sample",
    "Shape",
    "Sides",
    "Sizes",
    "SlidingSample",
    "TransposedSample",
    "aligned",
    "cat",
    "channel_axes",
    "parameter_words",
    "presets_of",
    "typed",
    "value_words",
    "written",
]
