"""Typed sheets into a sample: the grid takes their size, and the channels their number."""

from __future__ import annotations

import math
from typing import Any, Final, TypeVar

import numpy as np

from convviz.samples import KERNELS, PoolingSample, Recipe, Sizes, SlidingSample, TransposedSample, written
from convviz.samples.recipes import Values
from convviz.ui.fields import CHANNEL_FIELDS, SIZE_FIELDS

_SPACE: Final = 3

S = TypeVar("S", bound=SlidingSample)


def size_of(sample: SlidingSample, grid: str) -> str:
    """The parameter that is the size of a grid, "" where the size follows from the others.

    >>> from convviz.samples import PRESETS
    >>> size_of(PRESETS["numeric"].sample, "weight"), size_of(PRESETS["ceil-mode"].sample, "later")
    ('kernel_size', '')
    >>> size_of(PRESETS["numeric"].sample)
    Traceback (most recent call last):
    TypeError: size_of() missing 1 required positional argument: 'grid'
    """
    if grid == "weight":
        return "block_kernel" if isinstance(sample, PoolingSample) and sample.view == "block" else "kernel_size"
    return "input_size" if grid == "input" else ""


def with_sheets(sample: S, grid: str, sheets: Values) -> S:
    """The sample with a grid of typed numbers, (sheets, rows, columns).

    On a line every row is a channel, on a plane every sheet; in space the sheets of all channels are shared out evenly. Raises
    `ValueError` where they do not share out, or are more than the page shows; `GeometryError` for a grid without a size.

    >>> from convviz.samples import PRESETS
    >>> two = with_sheets(PRESETS["first"].sample, "input", np.ones((2, 4, 5)))
    >>> two.in_channels, two.input_size
    (2, (4, 5))
    >>> with_sheets(two, "weight", np.ones((3, 2, 2)))
    Traceback (most recent call last):
    ValueError: 3 sheets do not share out among 2 input channels
    """
    dimension, shape = sample.dimension, sample.shape(grid)
    follows: dict[str, Any] = {}
    if dimension < _SPACE:
        planes = sheets.reshape(-1, *sheets.shape[-dimension:])
        follows, lead = _led(sample, grid, shape.lead, len(planes))
    else:
        planes, lead = _stacked(sheets, shape.lead), shape.lead
    values = planes.reshape(*lead, *planes.shape[-dimension:])
    size = size_of(sample, grid)
    if size:
        _require_room(size, values.shape[-dimension:])
        follows = {**follows, size: values.shape[-dimension:]}
    recipe: Recipe = getattr(sample, grid)
    return sample.changed(**{grid: written(values, dimension, recipe.seed)}, **follows)


def with_kernel(sample: S, name: str) -> S:
    """The sample with a named kernel in every channel. Raises `KeyError` for a name that is none.

    >>> from convviz.samples import PRESETS
    >>> with_kernel(PRESETS["first"].sample, "Laplace").kernel_size
    (3, 3)
    >>> with_kernel(PRESETS["first"].sample, "Sabel")
    Traceback (most recent call last):
    KeyError: 'Sabel'
    """
    kernel, lead = KERNELS[name], sample.shape("weight").lead
    values = np.broadcast_to(np.reshape(kernel.numbers, kernel.sizes), (*lead, *kernel.sizes))
    recipe = written(values, sample.dimension, sample.weight.seed)
    return sample.changed(weight=recipe, **{size_of(sample, "weight"): kernel.sizes})


def kernel_name(sample: SlidingSample) -> str:
    """The name of the kernel that is shown in every channel, or "" where it has none.

    >>> from convviz.samples import PRESETS
    >>> kernel_name(PRESETS["edge"].sample), kernel_name(PRESETS["numeric"].sample)
    ('edge [1, −1]', '')
    >>> kernel_name("edge")
    Traceback (most recent call last):
    AttributeError: 'str' object has no attribute 'weight'
    """
    weight = sample.weight
    if weight.kind != "typed" or sample.dimension != 2:
        return ""
    for name, kernel in KERNELS.items():
        starts_alike = weight.sizes[-2:] == kernel.sizes and weight.numbers[: len(kernel.numbers)] == kernel.numbers
        if starts_alike and with_kernel(sample, name) == sample:
            return name
    return ""


def text_limit(sample: SlidingSample, grid: str) -> int:
    """Rows and columns that may be typed into a grid.

    >>> from convviz.samples import PRESETS
    >>> text_limit(PRESETS["numeric"].sample, "weight")
    16
    >>> text_limit(PRESETS["numeric"].sample)
    Traceback (most recent call last):
    TypeError: text_limit() missing 1 required positional argument: 'grid'
    """
    size = size_of(sample, grid)
    return SIZE_FIELDS[size].most if size else 4 * SIZE_FIELDS["input_size"].most


def _led(sample: SlidingSample, grid: str, lead: Sizes, count: int) -> tuple[dict[str, int], Sizes]:
    """The parameter that follows the number of planes, with its value, and the channels that the planes make."""
    if isinstance(sample, TransposedSample) and grid == "weight":
        per_group = _shared(count, lead[0], "input channel")
        return _checked("out_channels", per_group * sample.groups), (lead[0], per_group)
    follows = _FOLLOWS.get((sample.operation, grid))
    if follows is None or (isinstance(sample, PoolingSample) and grid == "weight" and sample.view != "block"):
        if count != math.prod(lead):
            raise ValueError(f"{_counted(count, 'sheet')} for {_counted(math.prod(lead), 'channel')}: one for each is needed")
        return {}, lead
    first = _shared(count, math.prod(lead[1:]), "input channel")
    return _checked(follows, first), (first, *lead[1:])


_FOLLOWS: Final = {
    ("convolution", "input"): "in_channels",
    ("convolution", "weight"): "out_channels",
    ("pooling", "input"): "channels",
    ("pooling", "weight"): "block_channels",
    ("transposed_convolution", "input"): "in_channels",
}
"""Which parameter is the number of sheets of a grid."""


def _checked(parameter: str, value: int) -> dict[str, int]:
    most = CHANNEL_FIELDS[parameter].most
    if value > most:
        raise ValueError(f"{_counted(value, 'channel')}: at most {most}")
    return {parameter: value}


def _stacked(sheets: Values, lead: Sizes) -> Values:
    depth = _shared(len(sheets), math.prod(lead), "channel")
    return sheets.reshape(-1, depth, *sheets.shape[1:])


def _shared(count: int, among: int, what: str) -> int:
    share, rest = divmod(count, among)
    if rest or not share:
        raise ValueError(f"{_counted(count, 'sheet')} do not share out among {_counted(among, what)}")
    return share


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _require_room(attribute: str, sizes: Sizes) -> None:
    field = SIZE_FIELDS[attribute]
    limits = [field.most_on(axis, len(sizes)) for axis in range(len(sizes))]
    if any(size > most for size, most in zip(sizes, limits, strict=True)):
        here, most = (" × ".join(map(str, entries)) for entries in (sizes, limits))
        raise ValueError(f"{here} cells: at most {most}")
