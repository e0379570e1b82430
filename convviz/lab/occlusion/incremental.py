"""The incremental way: of each layer, only what the patch can reach is computed again, for many positions at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from convviz.geometry import Axis
from convviz.lab.occlusion.backdrop import Backdrop, backdrop
from convviz.lab.occlusion.chain import Chain
from convviz.lab.occlusion.endings import ENDINGS
from convviz.lab.occlusion.groups import Step, groups_of, levels, most_numbers
from convviz.lab.occlusion.layers import without_overhang
from convviz.lab.occlusion.windows import Windows

Numbers: TypeAlias = tuple[range, ...]
"""Of the positions of a group, on each axis."""


def incremental_scores(
    chain: Chain, steps: Sequence[Step], depth: int, fill: Tensor, plain: Tensor, positions: Sequence[Axis]
) -> Tensor:
    """Scores (rows, columns, classes), the first `depth` layers of the chain, at least one, done window by window.

    `steps` lead through the chain; `fill` is a picture (C, H, W). `plain` are the scores without a patch: they remain where no
    output sees the patch.
    """
    scores = plain.repeat(*(axis.output_size for axis in positions), 1)
    every = groups_of(positions)
    windows = tuple(group.windows for group in every)
    added = backdrop(fill.permute(1, 2, 0) - chain.values[0], 0, [[each] for each in windows]).at(windows)
    numbers = tuple(group.numbers for group in every)
    for (rows, columns), found in _Walk(chain, depth, _backdrops(chain, depth, steps)).scores(added, numbers, steps):
        scores[_slice(rows), _slice(columns)] = found
    return scores


@dataclass(frozen=True, eq=False)
class _Walk:
    """Layers to pass, and the backdrops of each."""

    chain: Chain
    depth: int
    backdrops: tuple[tuple[Backdrop, ...], ...]

    def scores(
        self, change: Tensor, numbers: Numbers, steps: Sequence[Step], layer: int = 0
    ) -> Iterator[tuple[Numbers, Tensor]]:
        """Of every group that comes through, (rows, columns, classes); `change` is that of `numbers` before a layer."""
        for step in steps:
            part = change[tuple(_within(each, every) for each, every in zip(step.numbers, numbers, strict=True))]
            # It is overwritten from here on. Parts share no cells, but windows of the picture do.
            part = part.contiguous() if layer else part.clone(memory_format=torch.contiguous_format)
            after = self.chain.layers[layer].passed(part, step.passages, self.backdrops[layer])
            if layer + 1 < self.depth:
                yield from self.scores(after, step.numbers, step.then, layer + 1)
            else:
                yield step.numbers, self._ended(after, tuple(passage.then for passage in step.passages))

    def _ended(self, change: Tensor, windows: tuple[Windows, ...]) -> Tensor:
        whole = self.chain.values[self.depth]
        change = without_overhang(change, windows, whole.shape)
        if self.depth == len(self.chain.layers) and self.chain.pooling:
            scores = self.chain.rest(ENDINGS[self.chain.pooling](change, windows, whole))
        else:
            scores = self._completed(change, windows, whole)
        return scores.reshape(*change.shape[:2], -1)

    def _completed(self, change: Tensor, windows: tuple[Windows, ...], whole: Tensor) -> Tensor:
        """Scores of whole layers: they are larger than the windows, and fewer are held at once."""
        rows, columns = windows
        most = max(most_numbers(whole) // (whole.numel() * columns.count), 1)
        parts = ((change[start : start + most], rows.part(start, most)) for start in range(0, rows.count, most))
        pictures = (ENDINGS[None](part, (which, columns), whole) for part, which in parts)
        return torch.cat([self.chain.behind(self.depth, each) for each in pictures])


def _backdrops(chain: Chain, depth: int, steps: Sequence[Step]) -> tuple[tuple[Backdrop, ...], ...]:
    """What each layer is without a patch, as far as any step looks."""
    passages = [[*zip(*(step.passages for step in level), strict=True)] for level in levels(steps)]
    layers = zip(chain.layers[:depth], chain.values, chain.values[1:], passages, strict=False)
    return tuple(layer.backdrops(before, after, each) for layer, before, after, each in layers)


def _slice(numbers: range) -> slice:
    return slice(numbers.start, numbers.stop, numbers.step)


def _within(numbers: range, every: range) -> slice:
    """Where some of the positions lie among those of a group."""
    return slice(every.index(numbers[0]), every.index(numbers[-1]) + 1, numbers.step // every.step)
