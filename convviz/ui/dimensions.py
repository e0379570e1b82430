"""The same example on a line, a plane or in space."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import numpy as np

from convviz.samples import Recipe, SlidingSample, aligned, channel_axes, written
from convviz.ui.fields import SIZE_FIELDS

_DEPTH: Final = 4
"""A new axis is this deep where the plane is no smaller and the window fits."""
_KERNELS: Final = {"kernel_size", "block_kernel"}

S = TypeVar("S", bound=SlidingSample)


def with_dimension(sample: S, dimension: int) -> S:
    """The sample with axes added in front or taken away from there; numbers that are typed stay on the first of them.

    A new axis is set like its neighbour; in space sizes are cut to what the page shows. Raises `KeyError` for a dimension
    other than 1, 2 or 3.

    >>> from convviz.samples import PRESETS
    >>> with_dimension(PRESETS["numeric"].sample, 3).input_size, with_dimension(PRESETS["numeric"].sample, 1).kernel_size
    ((4, 5, 5), (3,))
    >>> with_dimension(PRESETS["numeric"].sample, 4)
    Traceback (most recent call last):
    KeyError: 4
    """
    change = {1: _shrunk, 2: _grown if sample.dimension < 2 else _shrunk, 3: _grown}[dimension]
    while sample.dimension != dimension:
        sample = change(sample)
    return sample


def _shrunk(sample: S) -> S:
    entries = {name: entry[1:] for name, entry in _per_axis(sample).items()}
    return sample.changed(**entries, **{grid: _recipe(sample, grid, added=False) for grid in sample.grids})


def _grown(sample: S) -> S:
    entries: dict[str, Any] = {name: (entry[0], *entry) for name, entry in _per_axis(sample).items()}
    if sample.dimension == 2:
        entries = _in_space(sample, entries)
    return sample.changed(**entries, **{grid: _recipe(sample, grid, added=True) for grid in sample.grids})


def _in_space(sample: SlidingSample, entries: dict[str, Any]) -> dict[str, Any]:
    field, dilation = SIZE_FIELDS["input_size"], sample.dilation[0]
    span = dilation * (sample.kernel_size[0] - 1) + 1
    depth = max(span, min(sample.input_size[0], _DEPTH))
    sizes = tuple(min(size, field.most_on(axis, 3)) for axis, size in enumerate((depth, *sample.input_size)))
    largest = (sizes[0] - 1) // dilation + 1
    kernels = {name: (min(first, largest), *rest) for name, (first, *rest) in entries.items() if name in _KERNELS}
    return {**entries, **kernels, "input_size": sizes}


def _per_axis(sample: SlidingSample) -> dict[str, tuple[Any, ...]]:
    """Every field with one entry an axis; a padding by name has none."""
    fields = {name: getattr(sample, name) for name in ("input_size", *sample.axis_fields)}
    return {name: value for name, value in fields.items() if not isinstance(value, str)}


def _recipe(sample: SlidingSample, grid: str, *, added: bool) -> Recipe:
    recipe: Recipe = getattr(sample, grid)
    if recipe.kind != "typed":
        return recipe
    front, dimension = channel_axes(grid), sample.dimension
    values = aligned(np.reshape(recipe.numbers, recipe.sizes), front + dimension)
    if added:
        return written(np.expand_dims(values, front), dimension + 1, recipe.seed)
    return written(values.take(0, axis=front), dimension - 1, recipe.seed)
