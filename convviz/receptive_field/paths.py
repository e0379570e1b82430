"""What a unit sees as a set: which cells of a layer are read, in how many ways, over all axes at once.

Along one axis a table says who reads whom; over several axes a window is their product, and where branches meet the sets are
united, cell by cell: a union of intervals would fill what lies between a row and a column. Holes of dilation, phases of
transposed convolutions, padding that is no cell and edges that cut a window come out as they are. Units are cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from convviz.geometry import NOTHING, Integers, Table

Counts = NDArray[np.float64]

MOST_PATHS: Final = 1e150
"""Ways that are counted: beyond it is only known that there are as many."""


@dataclass(frozen=True, eq=False)
class Paths:
    """In how many ways each cell is reached: `counts` over a box whose first cell is `first`, and no way elsewhere.

    Counts are exact up to 2^53, and no larger than `MOST_PATHS`.

    >>> from convviz.geometry import Axis
    >>> above = Paths.one((0,)).down([Axis(3, 3).table()])
    >>> above.first, above.counts.tolist(), above.down([Axis(5, 3).table()]).counts.tolist()
    ((0,), [1.0, 1.0, 1.0], [1.0, 2.0, 3.0, 2.0, 1.0])
    >>> Paths.one((0, 0)).down([Axis(5, 3).table()])
    Traceback (most recent call last):
    ValueError: zip() argument 2 is shorter than argument 1
    """

    first: tuple[int, ...]
    counts: Counts

    @staticmethod
    def one(cell: Sequence[int]) -> Paths:
        """A single cell, reached in one way: by itself."""
        return Paths(tuple(cell), np.ones((1,) * len(cell)))

    @staticmethod
    def whole(sizes: Sequence[int], ways: float = 1) -> Paths:
        """Every cell of a layer, each reached in so many ways."""
        return Paths((0,) * len(sizes), np.full(tuple(sizes), min(ways, MOST_PATHS)))

    @property
    def stop(self) -> tuple[int, ...]:
        """One behind the last cell of the box, along each axis."""
        return tuple(first + size for first, size in zip(self.first, self.counts.shape, strict=True))

    def over(self, sizes: Sequence[int]) -> Counts:
        """The counts of every cell of a layer of these sizes. Raises ValueError for a box that does not lie in it.

        >>> Paths.one((1, 0)).over((2, 3)).tolist()
        [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
        >>> Paths.whole((2, 3)).over((2, 2))
        Traceback (most recent call last):
        ValueError: could not broadcast input array from shape (2,3) into shape (2,2)
        """
        counts = np.zeros(tuple(sizes))
        counts[tuple(map(slice, self.first, self.stop))] = self.counts
        return counts

    def down(self, tables: Sequence[Table]) -> Paths:
        """The cells that these outputs of windows read: one table an axis."""
        return self._through(tables, down=True)

    def up(self, tables: Sequence[Table]) -> Paths:
        """The outputs of windows that read these cells: one table an axis."""
        return self._through(tables, down=False)

    def moved(self, by: Sequence[int]) -> Paths:
        """The same cells, counted from elsewhere."""
        return Paths(tuple(first + cells for first, cells in zip(self.first, by, strict=True)), self.counts)

    def within(self, sizes: Sequence[int]) -> Paths:
        """Those of the cells that a layer of these sizes has."""
        starts = [min(max(first, 0), size) for first, size in zip(self.first, sizes, strict=True)]
        stops = [max(min(stop, size), start) for stop, size, start in zip(self.stop, sizes, starts, strict=True)]
        inner = (slice(start - first, stop - first) for start, stop, first in zip(starts, stops, self.first, strict=True))
        return Paths(tuple(starts), self.counts[tuple(inner)])

    def mixed(self, sizes: Sequence[int]) -> Paths:
        """Every cell of a layer of which each meets all of these."""
        return Paths.whole(sizes, float(self.counts.sum()))

    def _through(self, tables: Sequence[Table], *, down: bool) -> Paths:
        counts, starts = self.counts, []
        for axis, (first, table) in enumerate(zip(self.first, tables, strict=True)):
            start, moved = _moved(np.moveaxis(counts, axis, 0), table, first, down=down)
            starts.append(start)
            counts = np.moveaxis(moved, 0, axis)
        return Paths(tuple(starts), np.minimum(counts, MOST_PATHS))


def united(several: Sequence[Paths]) -> Paths:
    """All ways of several sets together.

    >>> both = united([Paths.one((0,)), Paths.one((2,)), Paths.one((2,))])
    >>> both.first, both.counts.tolist()
    ((0,), [1.0, 0.0, 2.0])
    >>> united([])
    Traceback (most recent call last):
    ValueError: there is nothing to unite
    """
    if not several:
        raise ValueError("there is nothing to unite")
    there = [paths for paths in several if paths.counts.size] or several[:1]
    first = tuple(map(min, zip(*(paths.first for paths in there), strict=True)))
    stops = tuple(map(max, zip(*(paths.stop for paths in there), strict=True)))
    origin = [-cells for cells in first]
    sizes = tuple(stop - start for start, stop in zip(first, stops, strict=True))
    counts = sum(paths.moved(origin).over(sizes) for paths in there)
    return Paths(first, np.minimum(counts, MOST_PATHS))


def _moved(counts: Counts, table: Table, first: int, *, down: bool) -> tuple[int, Counts]:
    """Along the first axis, whose box begins at `first`: from outputs to the cells they read, or the other way round."""
    met = [_met(reads, first, len(counts), down=down) for reads in table.reads.T]
    there = [far for _, far in met if far.size]
    start, stop = (int(min(map(np.min, there))), int(max(map(np.max, there))) + 1) if there else (0, 0)
    moved = np.zeros((stop - start, *counts.shape[1:]))
    for near, far in met:
        # All outputs at once, tap by tap: only where padding repeats a cell do several come to the same one.
        if len(np.unique(far)) == len(far):
            moved[far - start] += counts[near]
        else:
            np.add.at(moved, far - start, counts[near])
    return start, moved


def _met(reads: Integers, first: int, size: int, *, down: bool) -> tuple[Integers, Integers]:
    """Through one tap: which of `size` outputs from `first` on meet a cell, and which; or which cells are met, and by whom."""
    outputs = np.flatnonzero(reads != NOTHING)
    cells = reads[outputs]
    near, far = (outputs, cells) if down else (cells, outputs)
    here = (near >= first) & (near < first + size)
    return near[here] - first, far[here]
