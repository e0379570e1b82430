"""What a unit sees along one axis as an interval: relations of axes, one behind the other, back to an input without ends.

The units of a layer repeat: unit o + period sees what unit o sees, `shift` cells further. A convolution keeps a period of 1 and
multiplies the shift, its jump, by its stride; a transposed convolution has as many phases as its stride. Units are cells.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
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
        outputs, cells = axis.pace
        turns = len(self.spans) // math.gcd(cells, len(self.spans))
        repeats = self.shift is not None and outputs * turns <= axis.output_size
        units = _few_enough(outputs * turns if repeats else axis.output_size)
        shift = cells * turns // len(self.spans) * self.shift if repeats and self.shift is not None else None
        windows = [self._there(_ascending(axis.window(output))) for output in range(units)]
        return Reach(shift, tuple(self._seen(windows)))

    def cropped(self, before: int, size: int) -> Reach:
        """What remains when the first `before` units are cut off, and all behind the next `size`."""
        if not before:
            return self
        period = len(self.spans) if self.shift is not None else size
        return Reach(self.shift, tuple(self.of(before + unit) for unit in range(period)))

    def _there(self, window: range) -> range:
        """The units of a window that there are: where nothing repeats, only those of the layer."""
        if self.shift is not None:
            return window
        first, step = window.start, window.step
        return window[max(0, -(first // step)) : max(0, -((first - len(self.spans)) // step))]

    def _seen(self, windows: Sequence[range]) -> Iterator[Span | None]:
        """The hull of what the units of each window see."""
        if self._in_order:
            ends = ((self.of(window[0]), self.of(window[-1])) if window else (None, None) for window in windows)
            return ((first[0], last[1]) if first and last else None for first, last in ends)
        # A window longer than all phases comes back to each of them, and sees further then.
        period, shift = len(self.spans), self.shift or 0
        firsts = _least([span and span[0] for span in self.spans], shift, [window[:period] for window in windows])
        lasts = _least([span and -span[1] for span in self.spans], -shift, [window[-period:] for window in windows])
        both = zip(firsts, lasts, strict=True)
        return (None if first is None or last is None else (first, -last) for first, last in both)

    @property
    def _in_order(self) -> bool:
        """Whether later units, the next turn's too, never see less far at either end: then a window's ends say all."""
        turn = self.spans if self.shift is None else (*self.spans, self.of(len(self.spans)))
        spans = [span for span in turn if span]
        return len(spans) == len(turn) and all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(spans))


WHOLE: Final = Reach(1, ((0, 0),))
"""The input itself: every cell sees itself."""
_LAST: Final = itemgetter(1)
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
    reaches = [*dict.fromkeys(reaches)]
    if len(reaches) == 1:
        return reaches[0]
    period = math.lcm(*(len(reach.spans) for reach in reaches))
    shifts = {None if reach.shift is None else reach.shift * period // len(reach.spans) for reach in reaches}
    repeats = len(shifts) == 1 and None not in shifts and period <= size
    units = range(_few_enough(period if repeats else size))
    seen = [reach.spans if len(reach.spans) == len(units) else map(reach.of, units) for reach in reaches]
    return Reach(shifts.pop() if repeats else None, tuple(map(_hull, zip(*seen, strict=True))))


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
    return (min(there)[0], max(there, key=_LAST)[1]) if there else None


def _ascending(window: range) -> range:
    return window if window.step > 0 else window[::-1]


def _least(ends: Sequence[int | None], shift: int, windows: Sequence[range]) -> Iterator[int | None]:
    """The least end in each window of ascending units, as far apart in all of them.

    Unit u ends at ends[u % period] + u // period * shift, or nowhere. A window is covered from either side by as many units
    as the largest power of two in it: the work grows with phases * log(window), where walking takes phases * window.
    """
    period, longest = len(ends), max(map(len, windows))
    # A single unit has no step, and needs none.
    step = next((window[1] - window[0] for window in windows if len(window) > 1), 1)
    # "Nowhere" is a number behind all ends, however far either is shifted; infinity adds to no whole number beyond floats.
    turns = longest * step // period + 1
    behind = max((abs(end) for end in ends if end is not None), default=0) + turns * abs(shift)
    levels = _doubled([2 * behind + 1 if end is None else end for end in ends], shift, step, longest)
    for window in windows:
        if not window:
            yield None
            continue
        power = len(window).bit_length() - 1
        turn, phase = divmod(window[0], period)
        further, other = divmod(phase + (len(window) - 2**power) * step, period)
        least = min(levels[power][phase], levels[power][other] + further * shift)
        yield None if least > behind else least + turn * shift


def _doubled(ends: list[int], shift: int, step: int, longest: int) -> list[list[int]]:
    """For every power of two up to `longest`: the least end of so many units, from each unit of a turn on."""
    levels = [ends]
    while 2 ** len(levels) <= longest:
        half = levels[-1]
        turns, phase = divmod(step * 2 ** (len(levels) - 1), len(half))
        other = [end + turns * shift for end in half[phase:]] + [end + (turns + 1) * shift for end in half[:phase]]
        levels.append([*map(min, half, other)])
    return levels
