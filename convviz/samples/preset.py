"""A sample with a name, and what several of them share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from convviz.samples.convolutions import Sample
from convviz.samples.poolings import PoolingSample
from convviz.samples.recipes import Recipe, typed
from convviz.samples.transposed import TransposedSample

AnySample: TypeAlias = Sample | PoolingSample | TransposedSample


@dataclass(frozen=True)
class Preset:
    """A sample worth starting from, with where it comes from. `name` stands in links and never changes."""

    name: str
    title: str
    source: str
    sample: AnySample


GUIDE: Final = "Dumoulin and Visin, A guide to convolution arithmetic"
NUMBERS: Final = typed([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]])
"""The input of the guide's numerical examples."""
MATRIX_INPUT: Final = typed([[4, 5, 8, 7], [1, 8, 8, 8], [3, 6, 6, 4], [6, 5, 7, 8]])
MATRIX_KERNEL: Final = typed([[1, 4, 1], [1, 4, 3], [3, 3, 1]])
"""S3's example of a convolution as a matrix, which it then transposes."""
RAMP: Final = Recipe("ramp")


def square(size: int, kernel: int, stride: int = 1, padding: int = 0) -> dict[str, Any]:
    """The parameters of a sample whose two axes agree.

    >>> Sample(**square(5, 3, 2, 1)).padding
    ((1, 1), (1, 1))
    >>> square(5)
    Traceback (most recent call last):
    TypeError: square() missing 1 required positional argument: 'kernel'
    """
    return {
        "input_size": (size, size),
        "kernel_size": (kernel, kernel),
        "stride": (stride, stride),
        "padding": ((padding, padding), (padding, padding)),
    }
