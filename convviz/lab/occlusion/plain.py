"""The plain way: a whole pass of the model for every position, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

from convviz.geometry import NOTHING, Axis

MOST_NUMBERS: Final = {"cpu": 2**18, "cuda": 2**24}
"""Of the pictures that pass the model together."""


def plain_scores(model: nn.Module, image: Tensor, fill: Tensor, positions: Sequence[Axis]) -> Tensor:
    """Scores (rows, columns, classes); `fill` is a picture (C, H, W).

    Where pictures of a batch are mixed, each passes the model alone. Raises what the model raises.

    >>> image, fill = torch.ones(1, 2, 2), torch.zeros(1, 2, 2)
    >>> plain_scores(nn.Flatten(), image, fill, (Axis(2, 1), Axis(2, 2))).tolist()
    [[[0.0, 0.0, 1.0, 1.0]], [[1.0, 1.0, 0.0, 0.0]]]
    >>> plain_scores(nn.Linear(3, 1), image, fill, (Axis(2, 1), Axis(2, 2)))
    Traceback (most recent call last):
    RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x2 and 3x1)
    """
    rows, columns = (_covered(axis).to(image.device) for axis in positions)
    numbers = torch.cartesian_prod(*(torch.arange(len(each), device=image.device) for each in (rows, columns)))
    together = MOST_NUMBERS.get(image.device.type, MOST_NUMBERS["cpu"]) // image.numel()
    most = 1 if mixes(model) else max(together, 1)
    layout = torch.contiguous_format if overpadded(model) else torch.channels_last
    parts = torch.split(numbers, most)
    pictures = (_occluded(image, fill, rows[part[:, 0]], columns[part[:, 1]]) for part in parts)
    scores = [model(each.contiguous(memory_format=layout)) for each in pictures]
    return torch.cat(scores).reshape(len(rows), len(columns), -1)


def mixes(model: nn.Module) -> bool:
    """Whether a picture's scores depend on the others of its batch: batch norms without running statistics take the batch's.

    >>> mixes(nn.Sequential(nn.BatchNorm2d(3))), mixes(nn.Sequential(nn.BatchNorm2d(3, track_running_stats=False)))
    (False, True)
    >>> mixes(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'modules'
    """
    norms = (each for each in model.modules() if isinstance(each, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d))
    return any(each.running_mean is None for each in norms)


def overpadded(model: nn.Module) -> bool:
    """Whether windows of a convolution lie in padding alone: torch 2.13 then crashes on a CPU, where channels are last.

    >>> overpadded(nn.Conv2d(1, 1, 3, padding=2)), overpadded(nn.Conv2d(1, 1, 3, padding=3))
    (False, True)
    >>> overpadded(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'modules'
    """
    return any(map(_is_overpadded, model.modules()))


def _is_overpadded(module: nn.Module) -> bool:
    if not isinstance(module, nn.Conv2d) or isinstance(module.padding, str):
        return False
    axes = zip(module.padding, module.kernel_size, module.dilation, strict=True)
    return any(padding > dilation * (kernel_size - 1) for padding, kernel_size, dilation in axes)


def _covered(axis: Axis) -> Tensor:
    """(positions, cells): whether the patch covers a cell."""
    reads = torch.from_numpy(axis.table().reads)
    covered = torch.zeros(axis.output_size, axis.input_size, dtype=torch.bool)
    numbers, taps = (reads != NOTHING).nonzero(as_tuple=True)
    covered[numbers, reads[numbers, taps]] = True
    return covered


def _occluded(image: Tensor, fill: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Pictures whose cells in these rows and columns are filled."""
    return torch.where(rows[:, None, :, None] & columns[:, None, None, :], fill, image)
