"""What a unit sees: relations of axes, one behind the other, back to the input.

Along one axis the units of a layer repeat: unit o + period sees what unit o sees, `shift` cells further. A convolution keeps a
period of 1 and multiplies the shift, its jump, by its stride; a transposed convolution has as many phases as its stride. Here a
field is the interval from its first to its last cell, of an input without ends. Units are cells.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from convviz.geometry import AdaptiveAxis, Axis, GeometryError, TransposedAxis, UpsampledAxis

Span: TypeAlias = tuple[int, int]
"""First and last cell, both counted."""
AnyAxis: TypeAlias = Axis | TransposedAxis | AdaptiveAxis | UpsampledAxis


@dataclass(frozen=True)
class Reach:
    """What every unit of a layer sees along one axis: unit o sees spans[o % period], o // period * shift cells further.

    The period is the number of spans; None is a unit that sees nothing, between the stamps of a transposed convolution. Where
    nothing repeats `shift` is None, and there are as many units as spans.

    >>> stacked = WHOLE.through(Axis(6, 3, stride=2, before=1)).through(Axis(3, 2))
    >>> stacked.size, stacked.of(1)
    (5, (1, 5))
    >>> Reach(1, ())
    Traceback (most recent call last):
    ValueError: a layer has at least one unit
    """

    shift: int | None
    spans: tuple[Span | None, ...]

    def __post_init__(self) -> None:
        if not self.spans:
            raise ValueError("a layer has at least one unit")

    @property
    def size(self) -> int:
        """Cells of the widest field."""
        return max((last - first + 1 for first, last in filter(None, self.spans)), default=0)

    def of(self, unit: int) -> Span | None:
        """First and last cell that a unit sees; units beyond the layer's ends, in its padding, see beyond the input's."""
        turns, phase = divmod(unit, len(self.spans))
        if self.shift is None and turns:
            return None
        span = self.spans[phase]
        return span and (span[0] + turns * (self.shift or 0), span[1] + turns * (self.shift or 0))

    def through(self, axis: AnyAxis) -> Reach:
        """What the outputs of `axis` see, whose inputs see this. Raises `GeometryError` beyond `MOST_PHASES`."""
        outputs, cells = _pace(axis)
        turns = len(self.spans) // math.gcd(cells, len(self.spans))
        repeats = self.shift is not None and outputs * turns <= axis.output_size
        units = _few_enough(outputs * turns if repeats else axis.output_size)
        shift = cells * turns // len(self.spans) * self.shift if repeats and self.shift is not None else None
        ends = 1 if self._in_order else len(self.spans)
        windows = (self._telling(_window(axis, output), ends) for output in range(units))
        return Reach(shift, tuple(_hull([self.of(unit) for unit in window]) for window in windows))

    def cropped(self, before: int, size: int) -> Reach:
        """What remains when the first `before` units are cut off, and all behind the next `size`."""
        if not before:
            return self
        period = len(self.spans) if self.shift is not None else size
        return Reach(self.shift, tuple(self.of(before + unit) for unit in range(period)))

    def _telling(self, window: Sequence[int], ends: int) -> Sequence[int]:
        """The units of a window that decide its field: where phases repeat, the first and the last of each."""
        if self.shift is None:
            return [unit for unit in range(len(self.spans)) if unit in window]
        return [*window[:ends], *window[-ends:]]

    @property
    def _in_order(self) -> bool:
        """Whether later units, the next turn's too, never see less far at either end: then a window's ends say all."""
        turn = [*self.spans, self.of(len(self.spans))]
        spans = [span for span in turn if span]
        return len(spans) == len(turn) and all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(spans))


WHOLE: Final = Reach(1, ((0, 0),))
"""The input itself: every cell sees itself."""
MOST_PHASES: Final = 4096
"""Units after which a layer has to repeat, if it has more: longer periods are not followed."""


def merged(reaches: Sequence[Reach], size: int) -> Reach:
    """What `size` units see that read the same place of several layers.

    >>> three, one = WHOLE.through(Axis(8, 3, before=1, after=1)), WHOLE.through(Axis(8, 1))
    >>> merged([three, one], 8).of(0)
    (-1, 1)
    >>> merged([], 8)
    Traceback (most recent call last):
    ValueError: there is nothing to merge
    """
    if not reaches:
        raise ValueError("there is nothing to merge")
    if all(reach == reaches[0] for reach in reaches):
        return reaches[0]
    period = math.lcm(*(len(reach.spans) for reach in reaches))
    shifts = {None if reach.shift is None else reach.shift * period // len(reach.spans) for reach in reaches}
    repeats = len(shifts) == 1 and None not in shifts and period <= size
    units = range(_few_enough(period if repeats else size))
    return Reach(shifts.pop() if repeats else None, tuple(_hull([reach.of(unit) for reach in reaches]) for unit in units))


def _few_enough(units: int) -> int:
    if units > MOST_PHASES:
        raise GeometryError(
            f"what its units see repeats only every {units:,} units: at most {MOST_PHASES:,} are followed",
            parameter="output_size",
            value=units,
            limit=MOST_PHASES,
        )
    return units


def _hull(spans: Sequence[Span | None]) -> Span | None:
    there = [span for span in spans if span]
    return (min(first for first, _ in there), max(last for _, last in there)) if there else None


def _pace(axis: AnyAxis) -> tuple[int, int]:
    """(outputs, cells): so many outputs further, the same window lies so many cells further."""
    if isinstance(axis, Axis):
        return 1, axis.stride
    if isinstance(axis, TransposedAxis):
        return axis.stride, 1
    if isinstance(axis, UpsampledAxis):
        return axis.pace
    common = math.gcd(axis.input_size, axis.output_size)
    return axis.output_size // common, axis.input_size // common


def _window(axis: AnyAxis, output: int) -> Sequence[int]:
    """The cells that an output reads of an input without ends."""
    if isinstance(axis, Axis):
        first = output * axis.stride - axis.before
        return range(first, first + axis.span, axis.dilation)
    if isinstance(axis, TransposedAxis):
        return _stamps(axis, output + axis.before)
    if isinstance(axis, UpsampledAxis):
        return axis.window(output)
    cells, outputs = axis.input_size, axis.output_size
    return range(output * cells // outputs, -(-(output + 1) * cells // outputs))


def _stamps(axis: TransposedAxis, position: int) -> Sequence[int]:
    """The cells i whose stamp lands on `position`: i * stride = position - tap * dilation, for every tap that divides."""
    common = math.gcd(axis.stride, axis.dilation)
    if position % common:
        return ()
    every, further = axis.stride // common, axis.dilation // common
    first = position // common * pow(further, -1, every) % every
    cell = (position - first * axis.dilation) // axis.stride
    return range(cell, cell - further * len(range(first, axis.kernel_size, every)), -further)
