"""What a person can do to a sample, as functions from sample to sample: edits in place, and the way out of a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from convviz.explain import AXIS_NAMES
from convviz.geometry import GeometryError
from convviz.samples import (
    MOST_CELLS,
    Recipe,
    Shape,
    Sizes,
    SlidingSample,
    TransposedSample,
    parameter_words,
    value_words,
    written,
)

_SIDES: Final = ("before", "after")
S = TypeVar("S", bound=SlidingSample)


def with_axis(sample: S, attribute: str, axis: int | None, value: int) -> S:
    """The sample with one axis of a parameter changed, or all where `axis` is None; an axis that is gone changes nothing."""
    sizes = list(getattr(sample, attribute))
    if axis is not None and axis >= len(sizes):
        return sample
    sizes[slice(None) if axis is None else slice(axis, axis + 1)] = [value] * (len(sizes) if axis is None else 1)
    return sample.changed(**{attribute: tuple(sizes)})


def with_side(sample: S, axis: int | None, side: int | None, value: int) -> S:
    """The sample with one side (0 before, 1 after) of one axis's padding changed; None stands for all."""
    sides = [list(pair) for pair in sample.sides]
    for index, pair in enumerate(sides):
        for which in range(len(pair)):
            if axis in {None, index} and side in {None, which}:
                pair[which] = value
    return sample.changed(padding=tuple((before, after) for before, after in sides))


def with_parameters(sample: S, parameters: Mapping[str, Any], axis: int | None = None) -> S:
    """The sample with parameters set; a single number stands for one axis, or for all where `axis` is None.

    "before" and "after" are sides of the padding. Raises TypeError for what is no parameter of the sample.

    >>> from convviz.samples import PRESETS
    >>> with_parameters(PRESETS["numeric"].sample, {"stride": 2, "padding": 1}).padding
    ((1, 1), (1, 1))
    >>> with_parameters(PRESETS["numeric"].sample, {"speed": 2})
    Traceback (most recent call last):
    TypeError: Sample.__init__() got an unexpected keyword argument 'speed'
    """
    for name, value in parameters.items():
        if name in _SIDES:
            sample = with_side(sample, axis, _SIDES.index(name), value)
        elif name == "padding" and isinstance(value, int):
            sample = with_side(sample, axis, None, value)
        elif name in {"input_size", *sample.axis_fields} and isinstance(value, int):
            sample = with_axis(sample, name, axis, value)
        else:
            sample = sample.changed(**{name: value})
    return sample


def with_cell(sample: S, grid: str, cell: tuple[int, ...], value: float) -> S:
    """The sample with one number of a grid changed; the rest of the grid becomes typed numbers too.

    `cell` is (channel, *position); of a weight (output channel, which of its group's input channels, *tap as given). A grid
    whose numbers are not given, or a cell that it no longer has, changes nothing.
    """
    shape = _shape(sample, grid)
    if shape is None:
        return sample
    whole = (*shape.lead, *shape.sizes)
    position = _tensor_index(sample, cell) if grid == "weight" else cell
    if len(position) != len(whole) or not all(0 <= index < size for index, size in zip(position, whole, strict=True)):
        return sample
    recipe: Recipe = getattr(sample, grid)
    # Typed numbers that a smaller grid hides are kept: the grid that is changed holds both.
    kept = _union(shape, recipe.sizes) if recipe.kind == "typed" else shape
    values = sample.values(grid, kept)
    values[position] = value
    return sample.changed(**{grid: written(values, sample.dimension, recipe.seed)})


def with_remedy(sample: S, error: GeometryError, *, linked: bool) -> S:
    """The sample with the way out of `error` taken, on the axis it happened on, or on all where they are linked."""
    return with_parameters(sample, error.remedy, None if linked else error.axis)


def remedy_words(error: GeometryError) -> str:
    """What the button says.

    >>> remedy_words(GeometryError("kernel 5 spans 5 cells; …", "kernel_size", 5, 3, {"kernel_size": 3}))
    'Set kernel to 3'
    """
    remedy = dict(error.remedy)
    if "before" in remedy and remedy["before"] == remedy.get("after"):
        both = {"padding": remedy.pop("before")}
        remedy = {**both, **{name: value for name, value in remedy.items() if name != "after"}}
    words = " and ".join(_remedy(parameter, value) for parameter, value in remedy.items())
    return f"{words[:1].upper()}{words[1:]}"


def refusal_words(sample: SlidingSample, error: GeometryError) -> str:
    """The refusal as a sentence, naming the axis where the axes differ."""
    message = str(error)
    alike = all(
        isinstance(value, str) or len(set(value)) == 1
        for value in (getattr(sample, name) for name in ("input_size", *sample.axis_fields))
    )
    if error.axis is None or alike:
        return f"{message[0].upper()}{message[1:]}."
    return f"{AXIS_NAMES[sample.dimension][error.axis].capitalize()}: {message}."


def _shape(sample: SlidingSample, grid: str) -> Shape | None:
    """The shape of a grid that can be edited."""
    if grid not in sample.grids:
        return None
    try:
        shape = sample.shape(grid)
    except GeometryError:
        return None
    return shape if shape.cells <= MOST_CELLS else None


def _tensor_index(sample: SlidingSample, cell: tuple[int, ...]) -> tuple[int, ...]:
    """Where a weight stands in the tensor as it is given; a transposed convolution's has the input channels in front."""
    if not isinstance(sample, TransposedSample) or len(cell) < 2:
        return cell
    output, offset, *tap = cell
    group, column = divmod(output, sample.shape("weight").lead[1])
    return (group * (sample.in_channels // sample.groups) + offset, column, *tap)


def _union(shape: Shape, sizes: Sizes) -> Shape:
    """The smallest shape that holds a grid and the typed numbers of another size."""
    axes = len(shape.lead) + len(shape.sizes)
    typed = ((1,) * axes + sizes)[-axes:]
    both = tuple(max(pair) for pair in zip((*shape.lead, *shape.sizes), typed, strict=True))
    return Shape(both[: len(shape.lead)], both[len(shape.lead) :])


def _remedy(parameter: str, value: Any) -> str:
    if parameter == "padding_mode":
        return f"fill the padding with {value}"
    if value is False:
        return f"switch {parameter_words(parameter)} off"
    where = f"padding {parameter}" if parameter in _SIDES else parameter_words(parameter)
    return f"set {where} to {value_words(value)}"
