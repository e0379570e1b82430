"""What a patch is filled with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import torch
from torch import Tensor

from convviz.geometry import GeometryError, require_one_of

Fill: TypeAlias = float | Sequence[float] | Tensor
"""A number, one a channel, or a picture (C, H, W)."""


def fill_of(fill: Fill, image: Tensor) -> Tensor:
    """What covers each cell of a picture (C, H, W) that the patch lies on, as a picture of the same shape.

    Raises `GeometryError` for a fill that is neither a number, nor one a channel, nor a picture.

    >>> fill_of((0.25, 0.75), torch.zeros(2, 1, 3)).tolist()
    [[[0.25, 0.25, 0.25]], [[0.75, 0.75, 0.75]]]
    >>> fill_of((0.25, 0.75), torch.zeros(3, 1, 3))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: fill has shape 2: write a number, 3 numbers, one a channel, or a picture of 3×1×3
    """
    given = torch.as_tensor(fill, dtype=image.dtype, device=image.device)
    shapes = (), tuple(image.shape[:1]), tuple(image.shape)
    if given.shape not in shapes:
        raise GeometryError(
            f"fill has shape {_times(given.shape)}: write a number, {len(image)} numbers, one a channel, "
            f"or a picture of {_times(image.shape)}",
            "fill",
            tuple(given.shape),
            shapes,
            {"fill": 0.5},
        )
    return (given[:, None, None] if given.ndim == 1 else given).expand_as(image)


def filled(name: str, image: Tensor) -> Tensor:
    """What a picture (C, H, W) of values from 0 to 1 is covered with, by name, as a picture of the same shape.

    "grey" is 0.5, "black" 0, "mean" the picture's own average of each channel, "blur" the picture blurred: by a bell as long as
    a quarter of the side, cut off at the edges. Raises `GeometryError` for another name.

    >>> filled("mean", torch.tensor([[[0.0, 1.0]]])).tolist()
    [[[0.5, 0.5]]]
    >>> filled("noise", torch.zeros(1, 2, 2))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: fill "noise" is not one of grey, mean, blur, black
    """
    require_one_of("fill", name, tuple(_FILLS))
    return _FILLS[name](image)


def _blurred(image: Tensor) -> Tensor:
    heights, widths = (_bells(size).to(image) for size in image.shape[1:])
    return heights @ image @ widths.T


def _bells(size: int) -> Tensor:
    """(cells, cells): how much of each cell comes into each blurred one, over an eighth of the side either way."""
    reach = max(size // 8, 1)
    distances = torch.arange(size)[:, None] - torch.arange(size)
    weights = torch.exp(-2 * (distances / reach) ** 2) * (distances.abs() <= reach)
    return weights / weights.sum(1, keepdim=True)


_FILLS: Final[Mapping[str, Callable[[Tensor], Tensor]]] = {
    "grey": lambda image: torch.full_like(image, 0.5),
    "mean": lambda image: image.mean((1, 2), keepdim=True).expand_as(image),
    "blur": _blurred,
    "black": torch.zeros_like,
}


def _times(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))
