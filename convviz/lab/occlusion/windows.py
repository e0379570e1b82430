"""Where a change can reach, along one axis: equally long windows, one a position of the patch, followed through the layers.

Windows may hang over the ends of a layer: what lies out there is nothing. All units are cells of the layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from convviz.geometry import Axis, TransposedAxis


@dataclass(frozen=True)
class Windows:
    """`count` windows of `size` cells: the first begins at `first`, each other one `step` cells behind the one before.

    >>> list(Windows(first=-1, step=2, count=3, size=4))
    [range(-1, 3), range(1, 5), range(3, 7)]
    >>> Windows(0, 1, 1, 1).through(Axis(3, 4))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: kernel 4 spans 4 cells; the padded input has 3: add 1 padding, or lower kernel to 3
    """

    first: int
    step: int
    count: int
    size: int

    def __iter__(self) -> Iterator[range]:
        return (self.at(number) for number in range(self.count))

    @property
    def stop(self) -> int:
        """The cell behind the last window."""
        return self.at(self.count - 1).stop

    def at(self, number: int) -> range:
        """The cells of one window."""
        first = self.first + number * self.step
        return range(first, first + self.size)

    def part(self, start: int, most: int) -> Windows:
        """Up to `most` of them, from number `start` on."""
        return replace(self, first=self.at(start).start, count=min(most, self.count - start))

    def hanging_over(self, size: int) -> Iterator[tuple[int, range]]:
        """Which windows reach beyond a layer of `size` cells, and with what part of theirs.

        >>> list(Windows(first=-2, step=3, count=4, size=4).hanging_over(8))
        [(0, range(0, 2)), (3, range(1, 4))]
        """
        within = (size - self.size - self.first) // self.step
        for number in range(min(-(self.first // self.step), self.count)):
            yield number, range(min(-self.at(number).start, self.size))
        for number in range(max(within + 1, 0), self.count):
            yield number, range(max(size - self.at(number).start, 0), self.size)

    def through(self, axis: Axis) -> Windows | None:
        """The outputs of `axis` that read any cell of each window; None where no output reads one.

        >>> Windows(0, 2, 4, 8).through(Axis(16, 3, before=1, after=1)), Windows(1, 2, 3, 1).through(Axis(9, 1, stride=2))
        (Windows(first=-1, step=2, count=4, size=10), None)
        """
        return _through(self, axis)

    def read_by(self, axis: Axis) -> Windows:
        """The cells that these outputs of `axis` read, from the first to the last.

        >>> Windows(-1, 2, 4, 10).read_by(Axis(16, 3, before=1, after=1))
        Windows(first=-2, step=2, count=4, size=12)
        """
        first, last = axis.window(self.first), axis.window(self.first + self.size - 1)
        return Windows(first[0], self.step * axis.stride, self.count, last[-1] - first[0] + 1)


@dataclass(frozen=True)
class Passage:
    """Through one layer, along one axis: the windows that may change, what is read to make the next, and the next."""

    have: Windows
    read: Windows
    then: Windows


@lru_cache(maxsize=4096)
def _through(windows: Windows, axis: Axis) -> Windows | None:
    # The relation read backwards says which outputs read a cell. As many cells as the stride from either end have the ends.
    backwards = TransposedAxis(axis.output_size, axis.kernel_size, axis.stride, dilation=axis.dilation)
    cells = windows.at(0)
    ends = {*cells[: axis.stride], *cells[-axis.stride :]}
    readers = [window for cell in ends if (window := backwards.window(cell + axis.before))]
    if not readers:
        return None
    first, last = min(window[-1] for window in readers), max(window[0] for window in readers)
    return Windows(first, windows.step // axis.stride, windows.count, last - first + 1)
