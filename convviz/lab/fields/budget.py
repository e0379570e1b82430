"""What a network may cost to compute, and as many channels as that allows."""

from __future__ import annotations

from math import prod
from typing import Final

from convviz.geometry import GeometryError
from convviz.lab.fields.narrowing import narrowed
from convviz.network.table import LayerTable, Network, Row

MOST_READS: Final = 2 * 10**9
"""Numbers that windows and dense layers read for one picture: about a second."""
MOST_BYTES: Final = 2**29
"""Of weights, layers and the largest table of windows, in float64."""
CHANNELS: Final = (16, 8, 4)
"""As many as a layer keeps; fewer where a network has very many cells."""
_BYTES: Final = 8
"""Of a float64 number."""


def affordable(network: Network, layer: str) -> Network:
    """What `layer` depends on, with as many channels as can be computed soon: up to 16, up to 8 or up to 4.

    Raises `GeometryError` where even 4 are too many, and as `convviz.lab.fields.narrowing.narrowed` does.

    >>> from convviz.network import PRESETS, Convolution, Layer
    >>> affordable(PRESETS["vgg16"].network, "pool5").table().output_shape
    (16, 7, 7)
    >>> affordable(PRESETS["unet"].network, "up4.relu2").table().output_shape
    (8, 512, 512)
    >>> affordable(Network((3, 4096, 4096), (Layer("conv1", Convolution(64, 3)),)), "conv1")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: one picture of 3×4096×4096 takes 1,810,170,288 reads and 4,559,341,376 bytes; at most \
2,000,000,000 and 536,870,912 are possible: choose a layer nearer to the input, or a smaller input
    """
    for most in CHANNELS:
        small = narrowed(network, layer, most)
        table = small.table()
        reads, held = sum(map(_reads, table)), _held(table)
        if reads <= MOST_READS and held <= MOST_BYTES:
            return small
    raise GeometryError(
        f"one picture of {'×'.join(map(str, network.input_shape))} takes {reads:,} reads and {held:,} bytes; "
        f"at most {MOST_READS:,} and {MOST_BYTES:,} are possible: choose a layer nearer to the input, or a smaller input",
        parameter="input_shape",
        value=network.input_shape,
        limit=(MOST_READS, MOST_BYTES),
    )


def _reads(row: Row) -> int:
    return row.macs or prod(row.output_shape) * prod(len(axis.window(0)) for axis in row.effect.axes)


def _held(table: LayerTable) -> int:
    """Bytes: the table counts float32; torch lists all windows of a layer, for all its output channels, and then multiplies."""
    windows = max((row.macs // row.output_shape[0] for row in table if row.effect.axes), default=0)
    # A response norm pads its channels by as many as it looks at.
    looked_at = max((_neighbours(row) * prod(row.output_shape[1:]) for row in table), default=0)
    return 2 * table.bytes + _BYTES * (prod(table.input_shape) + table.weights + windows + 4 * looked_at)


def _neighbours(row: Row) -> int:
    size = dict(getattr(row.operation, "options", ())).get("size", 0)
    return size if isinstance(size, int) else 0
