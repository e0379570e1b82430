"""Which way is faster, by a count of what either has to do.

The work of a way is counted in multiply–accumulates, for all positions together:

    work = multiply–accumulates + 16 · numbers written + 10⁶ · calls

over the layers that the incremental way could take; what lies behind them is the same for all. A number that is written takes
as long as 16 multiply–accumulates, for it goes through memory, and a call of a layer, which all threads wait for, as long as a
million: both measured on a CPU of two cores. Of all depths, that is, numbers of layers done window by window before the others
are done of the whole, the one of the least work is taken; depth 0 is the plain way.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, repeat
from itertools import chain as chain_of
from math import prod
from typing import Final

from convviz.lab.occlusion.chain import Chain
from convviz.lab.occlusion.groups import Step, levels

A_NUMBER: Final = 16
A_CALL: Final = 10**6


def works_of(chain: Chain, steps: Sequence[Step], count: int) -> list[int]:
    """The work of every depth, for `count` positions: of none of the layers window by window, of the first, and so on."""
    per_cell = [layer.macs + A_NUMBER * value.shape[-1] for layer, value in zip(chain.layers, chain.values[1:], strict=True)]
    whole = [work * count * prod(value.shape[:2]) for work, value in zip(per_cell, chain.values[1:], strict=True)]
    each_level = zip(per_cell, chain_of(levels(steps), repeat(())), strict=False)
    stepped = [work * sum(map(_cells, level)) + A_CALL * len(level) for work, level in each_level]
    windowed = [0, *accumulate(stepped)]
    return [work + sum(whole[depth:]) + _completed(chain, depth, count) for depth, work in enumerate(windowed)]


def depth_of(chain: Chain, steps: Sequence[Step], count: int, least: int = 0) -> int:
    """How many layers to do window by window, at least so many: those of the least work."""
    works = works_of(chain, steps, count)
    return min(range(least, len(works)), key=works.__getitem__)


def _cells(step: Step) -> int:
    """In the windows of all positions."""
    return prod(passage.then.count * passage.then.size for passage in step.passages)


def _completed(chain: Chain, depth: int, count: int) -> int:
    """The work of completing the last layer that is done window by window, where it is wanted as a whole."""
    ends_flat = depth == len(chain.layers) and chain.pooling
    return 0 if not depth or ends_flat else 2 * A_NUMBER * chain.values[depth].numel() * count
