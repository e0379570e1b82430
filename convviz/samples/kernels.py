"""Kernels with a name."""

from collections.abc import Mapping
from typing import Final

from convviz.samples.recipes import Recipe, typed

KERNELS: Final[Mapping[str, Recipe]] = {
    "identity": typed([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "edge [1, −1]": typed([[1, -1]]),
    "Sobel, vertical edges": typed([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "Sobel, horizontal edges": typed([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "Laplace": typed([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    "bar, upright": typed([[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]]),
    "bar, lying": typed([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]]),
    "bar, falling": typed([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]]),
    "bar, rising": typed([[-1, -1, 2], [-1, 2, -1], [2, -1, -1]]),
    "blur, box (sum)": typed([[1, 1, 1], [1, 1, 1], [1, 1, 1]]),
    "blur, binomial (sum 16)": typed([[1, 2, 1], [2, 4, 2], [1, 2, 1]]),
    "sharpen": typed([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "emboss": typed([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
}
"""Whole numbers, so that sums can be checked by head."""
