"""What the scores of a picture become while a patch slides over it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from math import prod
from typing import Final

import torch

from convviz.geometry import GeometryError
from convviz.lab.inside.answer import Answer
from convviz.lab.inside.arguments import text, whole
from convviz.lab.inside.maps import asked_picture
from convviz.lab.inside.opened import MOST_MACS, Opened, numbers_of
from convviz.lab.inside.pictures import WHITE
from convviz.lab.occlusion import filled, occluded_scores
from convviz.lab.patches import positions_of

MOST_CELLS: Final = 10_000
"""Of a patch or a stride: a patch beyond the picture covers it once, a stride beyond it leaves one position."""


def occlusion(opened: Opened, arguments: Mapping[str, str]) -> Answer:
    """The answer to `occlusion?picture=P&patch=8&stride=1&fill=grey`; `milliseconds` are those of all positions.

    Raises `GeometryError` for a picture, a patch, a stride or a fill of none, and for more than is computed in a moment.
    """
    image = torch.tensor(asked_picture(opened, arguments).taken, device=opened.device)
    patch, stride = (whole(arguments, name, 1, MOST_CELLS) for name in ("patch", "stride"))
    fill = filled(text(arguments, "fill"), image)
    _require_affordable(opened, patch, stride)
    begun = time.perf_counter()
    found = occluded_scores(opened.module, image, patch=patch, stride=stride, fill=fill)
    milliseconds = 1000 * (time.perf_counter() - begun)
    shown = numbers_of({"filled": (fill * WHITE).round().to(torch.uint8)})
    return Answer({"scores": found.scores, "plain": found.plain, **shown}, {"way": found.way, "milliseconds": milliseconds})


def _require_affordable(opened: Opened, patch: int, stride: int) -> None:
    """Raises `GeometryError` for more positions than a network of this size is asked about, computed one by one."""
    most, side = MOST_MACS // opened.network.table().macs, max(opened.kind.input_shape[1:])
    positions = _positions(opened, patch, stride)
    if positions <= most:
        return
    fits = next(each for each in range(stride, side + 1) if _positions(opened, patch, each) <= most)
    raise GeometryError(
        f"stride is {stride}: the patch would stand in {positions:,} places, and a network of this size is asked "
        f"about {most:,} at most: raise stride to {fits}",
        "stride",
        stride,
        fits,
        {"stride": fits},
    )


def _positions(opened: Opened, patch: int, stride: int) -> int:
    return prod(axis.output_size for axis in positions_of(opened.kind.input_shape[1:], patch, stride))
