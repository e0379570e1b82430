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
from itertools import accumulate
from math import prod
from typing import Final

from convviz.geometry import Axis
from convviz.lab.occlusion.chain import Chain
from convviz.lab.occlusion.incremental import MOST_NUMBERS, axes_of
from convviz.lab.occlusion.windows import Phase, period_of, phases

A_NUMBER: Final = 16
A_CALL: Final = 10**6


def works_of(chain: Chain, positions: Sequence[Axis]) -> list[int]:
    """The work of every depth: of none of the layers window by window, of the first, and so on."""
    count = prod(axis.output_size for axis in positions)
    per_cell = [layer.macs + A_NUMBER * value.shape[-1] for layer, value in zip(chain.layers, chain.values[1:], strict=True)]
    whole = [work * count * prod(value.shape[:2]) for work, value in zip(per_cell, chain.values[1:], strict=True)]
    reached = _reached(chain, positions)
    windowed = [0, *accumulate(work * cells for work, cells in zip(per_cell, reached, strict=True))]
    return [
        windowed[depth] + sum(whole[depth:]) + _between(chain, depth, positions, reached) for depth in range(len(whole) + 1)
    ]


def depth_of(chain: Chain, positions: Sequence[Axis], least: int = 0) -> int:
    """How many layers to do window by window, at least so many: those of the least work."""
    works = works_of(chain, positions)
    return min(range(least, len(works)), key=works.__getitem__)


def _reached(chain: Chain, positions: Sequence[Axis]) -> list[int]:
    """Of every layer, the cells in the windows of all positions."""
    on_axes = [phases(*each) for each in zip(positions, axes_of(chain.layers), strict=True)]
    return [prod(_cells(axis, index) for axis in on_axes) for index in range(len(chain.layers))]


def _cells(on_axis: Sequence[Phase], index: int) -> int:
    return sum(phase.track[index].then.count * phase.track[index].then.size for phase in on_axis)


def _between(chain: Chain, depth: int, positions: Sequence[Axis], reached: Sequence[int]) -> int:
    """The work of calling the layers, and of completing the last one where it is wanted as a whole."""
    if not depth:
        return 0
    layers = chain.layers[:depth]
    periods = (period_of(axis, axes) for axis, axes in zip(positions, axes_of(layers), strict=True))
    groups = prod(min(period, axis.output_size) for period, axis in zip(periods, positions, strict=True))
    largest = max(cells * value.shape[-1] for cells, value in zip(reached[:depth], chain.values[1:], strict=False))
    calls = (groups + largest // MOST_NUMBERS["cpu"]) * depth
    ends_flat = depth == len(chain.layers) and chain.pooling
    completed = 0 if ends_flat else 2 * chain.values[depth].numel() * prod(axis.output_size for axis in positions)
    return A_CALL * calls + A_NUMBER * completed
