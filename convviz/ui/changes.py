"""What a person can do to a sample, as functions from sample to sample: edits in place, and the way out of a refusal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convviz.explain import AXIS_NAMES
from convviz.geometry import GeometryError, named_padding
from convviz.samples import Recipe, Sample, Sides

SIZE_OF = {"input": "input_size", "weight": "kernel_size"}
_LABELS = {
    "input_size": "input",
    "kernel_size": "kernel",
    "stride": "stride",
    "dilation": "dilation",
    "before": "padding before",
    "after": "padding after",
}


def with_axis(sample: Sample, attribute: str, axis: int | None, value: int) -> Sample:
    """The sample with one axis of a parameter changed, or all of them where `axis` is None."""
    sizes = list(getattr(sample, attribute))
    sizes[slice(None) if axis is None else slice(axis, axis + 1)] = [value] * (len(sizes) if axis is None else 1)
    return sample.changed(**{attribute: tuple(sizes)})


def padding_sides(sample: Sample) -> Sides:
    """The padding in numbers, whether it was given by name or not; what "same" means at a stride, too."""
    padding = sample.padding
    if isinstance(padding, str):
        pairs = zip(sample.kernel_size, sample.dilation, strict=True)
        return tuple(named_padding(padding, kernel_size, dilation=dilation) for kernel_size, dilation in pairs)
    return padding


def with_side(sample: Sample, axis: int | None, side: int | None, value: int) -> Sample:
    """The sample with one side (0 before, 1 after) of one axis's padding changed; None stands for all."""
    sides = [list(pair) for pair in padding_sides(sample)]
    for index, pair in enumerate(sides):
        for which in range(len(pair)):
            if axis in {None, index} and side in {None, which}:
                pair[which] = value
    return sample.changed(padding=tuple((before, after) for before, after in sides))


def grid_values(sample: Sample, grid: str) -> NDArray[np.float64]:
    """The numbers of a grid, "input" or "weight", as they were given: (*sizes)."""
    x, weight, _ = sample.arguments()
    values: NDArray[np.float64] = weight[0, 0] if grid == "weight" else x[0]
    return values


def with_cell(sample: Sample, grid: str, cell: tuple[int, ...], value: float) -> Sample:
    """The sample with one number of "input" or "weight" changed; the rest of the grid becomes typed numbers too.

    A weight's `cell` is the tap it is met by, so with `flip` it is counted from the other end. A cell that the grid no longer
    has changes nothing.
    """
    sizes = sample.kernel_size if grid == "weight" else sample.input_size
    position = cell[-len(sizes) :]
    if grid == "weight" and sample.flip:
        position = tuple(size - 1 - index for size, index in zip(sizes, position, strict=True))
    if not all(0 <= index < size for size, index in zip(sizes, position, strict=True)):
        return sample
    recipe: Recipe = getattr(sample, grid)
    # Typed numbers that a smaller grid hides are kept: the grid that is changed holds both.
    hidden = recipe.sizes or sizes
    whole = tuple(max(pair) for pair in zip(sizes, hidden, strict=True))
    values = grid_values(sample.changed(**{SIZE_OF[grid]: whole}), grid)
    values[position] = value
    return sample.changed(**{grid: Recipe("typed", recipe.seed, tuple(values.ravel().tolist()), whole)})


def with_remedy(sample: Sample, error: GeometryError, *, linked: bool) -> Sample:
    """The sample with the way out of `error` taken, on the axis it happened on, or on both where they are linked."""
    axis = None if linked else error.axis
    for parameter, value in error.remedy.items():
        if parameter in {"before", "after"}:
            sample = with_side(sample, axis, ["before", "after"].index(parameter), value)
        elif parameter in {"padding", "padding_mode"}:
            sample = sample.changed(**{parameter: value})
        else:
            sample = with_axis(sample, parameter, axis, value)
    return sample


def remedy_words(error: GeometryError) -> str:
    """What the button says.

    >>> remedy_words(GeometryError("kernel 5 spans 5 cells; …", "kernel_size", 5, 3, {"kernel_size": 3}))
    'Set kernel to 3'
    """
    return " and ".join(_remedy(parameter, value) for parameter, value in error.remedy.items()).capitalize()


def _remedy(parameter: str, value: Any) -> str:
    if parameter == "padding_mode":
        return f"fill the padding with {value}"
    return f"set {_LABELS.get(parameter, parameter)} to {value}"


def refusal_words(sample: Sample, error: GeometryError) -> str:
    """The refusal as a sentence, naming the axis where the axes differ."""
    message = str(error)
    alike = all(
        isinstance(value, str) or len(set(value)) == 1
        for value in (sample.input_size, sample.kernel_size, sample.stride, sample.dilation, sample.padding)
    )
    if error.axis is None or alike:
        return f"{message[0].upper()}{message[1:]}."
    return f"{AXIS_NAMES[len(sample.input_size)][error.axis].capitalize()}: {message}."
