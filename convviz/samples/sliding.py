"""What the samples of all operations have in common: sizes with one entry an axis, and grids of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, ClassVar, Final, NamedTuple, Self, TypeAlias, TypeVar

from convviz.geometry import GeometryError, NamedPadding, named_padding
from convviz.samples.limits import require_groups, require_little_work
from convviz.samples.recipes import RANDOM, Recipe, Sizes, Values

Sides: TypeAlias = tuple[tuple[int, int], ...]

_RANGES: Final = {"weight": (-1, 2)}
_RANGE: Final = (0, 5)

T = TypeVar("T")


class Shape(NamedTuple):
    """The shape of a grid: its channels in front, and its sizes in cells."""

    lead: Sizes
    sizes: Sizes

    @property
    def cells(self) -> int:
        """Cells of all channels."""
        return math.prod((*self.lead, *self.sizes))


@dataclass(frozen=True)
class SlidingSample:
    """One whole example of something that slides: every parameter, every number. The base of one class an operation.

    Sizes have one entry an axis, in cells; left out, stride and dilation are 1 and padding is 0. `padding` is (before, after)
    of each axis; `bias` has one number an output channel, 0 where it is shorter. Raises `ValueError` for a wrong number of
    entries.
    """

    operation: ClassVar[str]
    axis_fields: ClassVar[Mapping[str, Any]] = {"kernel_size": 1, "stride": 1, "padding": (0, 0), "dilation": 1}
    """Fields with one entry an axis, and the entry where they are left out."""
    grids: ClassVar[tuple[str, ...]] = ("input", "weight")
    """The grids whose numbers are given, by the names of their recipes."""
    drawn: ClassVar[tuple[str, ...]] = ("input", "weight", "output")
    """The grids whose cells are limited; others are as large as one of these."""
    lowered: ClassVar[tuple[str, ...]]
    """What is lowered, in this order, where an example is too much work."""

    input_size: Sizes
    kernel_size: Sizes
    stride: Sizes = ()
    padding: NamedPadding | Sides = ()
    dilation: Sizes = ()
    _: KW_ONLY
    bias: tuple[float, ...] = (0.0,)
    input: Recipe = RANDOM
    weight: Recipe = RANDOM

    def __post_init__(self) -> None:
        for name, entry in self.axis_fields.items():
            value = getattr(self, name)
            if value == ():
                object.__setattr__(self, name, (entry,) * self.dimension)
            elif not isinstance(value, str) and len(value) != self.dimension:
                raise ValueError(f"{name} {value} needs {self.dimension} entries, one an axis")

    @property
    def dimension(self) -> int:
        """The number of axes."""
        return len(self.input_size)

    @property
    def sides(self) -> Sides:
        """The padding in numbers, whether it is given by name or not; what "same" means at a stride, too."""
        if isinstance(self.padding, str):
            name = self.padding
            pairs = zip(self.kernel_size, self.dilation, strict=True)
            return tuple(named_padding(name, kernel_size, dilation=dilation) for kernel_size, dilation in pairs)
        return self.padding

    def changed(self, **parameters: Any) -> Self:
        """A copy with some parameters changed."""
        return replace(self, **parameters)

    def shape(self, grid: str) -> Shape:
        """The shape of a grid, by its name: one of `grids` or `drawn`.

        Raises `KeyError` for a grid that the sample does not have, `GeometryError` where the window does not fit.
        """
        raise KeyError(grid)

    def values(self, grid: str, shape: Shape | None = None) -> Values:
        """The numbers of a grid, as they are given: (*channels, *sizes), of its own shape or another one.

        Raises what `shape` raises.
        """
        recipe: Recipe = getattr(self, grid)
        shape = shape or self.shape(grid)
        return recipe.values(shape.sizes, shape.lead, *_RANGES.get(grid, _RANGE))

    def biases(self, channels: int) -> list[float]:
        """One number for each of the output channels."""
        return [*self.bias, *[0.0] * channels][:channels]

    @property
    def products(self) -> int:
        """Products of a value and a weight. Raises `GeometryError` where the window does not fit."""
        raise NotImplementedError

    def require_feasible(self) -> None:
        """Raises `GeometryError` for channels that do not fit and for an example that is too much work, before any is done."""
        require_groups(self)
        require_little_work(self)


def channel_axes(grid: str) -> int:
    """How many axes of channels a grid has: two of a weight, one of any other.

    >>> channel_axes("weight"), channel_axes("input")
    (2, 1)
    >>> channel_axes()
    Traceback (most recent call last):
    TypeError: channel_axes() missing 1 required positional argument: 'grid'
    """
    return 2 if grid == "weight" else 1


def on_each_axis(dimension: int, make: Callable[[int], T]) -> tuple[T, ...]:
    """What `make` makes of each axis's number; a refusal says which axis it was."""
    made = []
    for index in range(dimension):
        try:
            made.append(make(index))
        except GeometryError as error:
            error.axis = index
            raise
    return tuple(made)
