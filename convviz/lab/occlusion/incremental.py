"""The incremental way: of each layer, only what the patch can reach is computed again, for many positions at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final

import torch
from torch import Tensor

from convviz.geometry import Axis
from convviz.lab.occlusion.backdrop import Backdrop, backdrop
from convviz.lab.occlusion.chain import Chain, Layers
from convviz.lab.occlusion.endings import ENDINGS
from convviz.lab.occlusion.layers import without_overhang
from convviz.lab.occlusion.windows import Phase, Track, phases

MOST_NUMBERS: Final = {"cpu": 2**20, "cuda": 2**25}
"""Of a change that is held at once. On a CPU 4 MiB: more does not fit its caches, less calls its threads too often."""


def incremental_scores(chain: Chain, depth: int, fill: Tensor, plain: Tensor, positions: Sequence[Axis]) -> Tensor:
    """Scores (rows, columns, classes), the first `depth` layers of the chain, at least one, done window by window.

    `fill` is a picture (C, H, W). `plain` are the scores without a patch: they remain where no output sees the patch.
    """
    scores = plain.repeat(*(axis.output_size for axis in positions), 1)
    rows, columns = (phases(*each) for each in zip(positions, axes_of(chain.layers[:depth]), strict=True))
    if rows and columns:
        walk = _walk(chain, depth, fill, (rows, columns))
        for row, column in product(rows, columns):
            found = scores[row.start :: row.period, column.start :: column.period]
            for start, part in walk.parts(row.track, column.track):
                found[start : start + len(part)] = part
    return scores


def axes_of(layers: Layers) -> tuple[list[Axis], list[Axis]]:
    """Those of the rows through all layers, and those of the columns."""
    return [layer.axes[0] for layer in layers], [layer.axes[1] for layer in layers]


@dataclass(frozen=True, eq=False)
class _Walk:
    """Layers to pass: what the patch adds to the picture, wherever it lies, and the backdrops of each layer."""

    chain: Chain
    depth: int
    added: Backdrop
    backdrops: tuple[tuple[Backdrop, ...], ...]

    def parts(self, rows: Track, columns: Track) -> Iterator[tuple[int, Tensor]]:
        """Scores of some rows of positions at a time, and the number of the first."""
        count = rows[0].have.count
        most = max(MOST_NUMBERS.get(self.added.values.device.type, MOST_NUMBERS["cpu"]) // self._largest(rows, columns), 1)
        for start in range(0, count, most):
            yield start, self._scores(tuple(passage.part(start, most) for passage in rows), columns)

    def _largest(self, rows: Track, columns: Track) -> int:
        """Numbers of one row of positions, of the layer that has most."""
        channels = [value.shape[-1] for value in self.chain.values]
        cells = [row.have.size * column.have.size for row, column in zip(rows, columns, strict=True)]
        cells.append(rows[-1].then.size * columns[-1].then.size)
        return columns[0].have.count * max(map(prod, zip(cells, channels, strict=False)))

    def _scores(self, rows: Track, columns: Track) -> Tensor:
        change = self.added.at((rows[0].have, columns[0].have)).clone(memory_format=torch.contiguous_format)
        layers = self.chain.layers[: self.depth]
        for layer, row, column, backdrops in zip(layers, rows, columns, self.backdrops, strict=True):
            change = layer.passed(change, (row, column), backdrops)
        return self._ended(change, rows, columns).reshape(*change.shape[:2], -1)

    def _ended(self, change: Tensor, rows: Track, columns: Track) -> Tensor:
        whole, windows = self.chain.values[self.depth], (rows[-1].then, columns[-1].then)
        change = without_overhang(change, windows, whole.shape)
        if self.depth == len(self.chain.layers) and self.chain.pooling:
            return self.chain.rest(ENDINGS[self.chain.pooling](change, windows, whole))
        return self.chain.behind(self.depth, ENDINGS[None](change, windows, whole))


def _walk(chain: Chain, depth: int, fill: Tensor, on_axes: tuple[list[Phase], list[Phase]]) -> _Walk:
    patches = [[phase.track[0].have for phase in axis] for axis in on_axes]
    added = backdrop(fill.permute(1, 2, 0) - chain.values[0], 0, patches)
    passages = [[[phase.track[index] for phase in axis] for axis in on_axes] for index in range(depth)]
    layers = zip(chain.layers, chain.values, chain.values[1:], passages, strict=False)
    return _Walk(chain, depth, added, tuple(layer.backdrops(before, after, each) for layer, before, after, each in layers))
