"""Training pictures changed at random, a whole batch at a time, so that their labels stay true.

First it is drawn how much, then it is applied. Both are arithmetic on tensors of known shapes: nothing waits for the device and
nothing looks at the data, so that a training step with its augmentation can be a CUDA graph.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from convviz.lab.augmentation_settings import Augmentation

_NUMBERS: Final = 11
"""Random numbers drawn a picture, whatever the settings: what one setting draws does not depend on the others."""

_SLACK: Final = 1e-4
"""In cells: by so much rounding may move the border of an object."""


@dataclass(frozen=True, eq=False)
class _Changes:
    """How much each picture is changed: a number a picture, `gains` one a channel and picture.

    In this order: flipped, rotated counter-clockwise by `angle` (radians) and enlarged by `factor`, both around the middle,
    moved down by `rows` and right by `columns` (cells), lit, made grey.
    """

    flip: Tensor
    rows: Tensor
    columns: Tensor
    angle: Tensor
    factor: Tensor
    brightness: Tensor
    contrast: Tensor
    grey: Tensor
    gains: Tensor


def augment(
    images: Tensor,
    labels: Tensor,
    augmentation: Augmentation,
    generator: torch.Generator,
    *,
    flips: Tensor,
    objects: Tensor | None = None,
) -> Tensor:
    """The pictures, changed at random by `generator`, and by nothing else; the same tensor where `augmentation` does nothing.

    `images` (N, C, H, W) hold float32 or float64 numbers from 0 to 1; `labels` (N,) are whole numbers. `flips` (classes,) says
    which classes may be mirrored: a picture of another one never is. `objects` (N, H, W) says which cells are the object: a
    picture whose object would lose cells over the edge, or lies on it and would be smeared, is not rotated, scaled or moved.
    All tensors and the generator are on one device. Units and distributions are those of `Augmentation`, whose amounts are
    taken as they are: `require` refuses those that cannot be.

    What comes in over the edge is black in pictures of one channel without objects, as digits are drawn; elsewhere, where there
    is a ground, the nearest cell of the edge is repeated. Flips and translations move values, rotation and scale interpolate
    between four cells, once, together with the translation. Contrast stretches around the picture's own mean, and colours are
    cut off at 0 and 1.

    Raises IndexError for a label that `flips` does not know. Source: torch.nn.functional.grid_sample; ITU-R BT.601 (grey).

    >>> images, labels = torch.tensor([[[[0.0, 0.5, 1.0]]]]).expand(4, 1, 1, 3), torch.tensor([0, 0, 1, 1])
    >>> flip, flips = Augmentation(flip=True), torch.tensor([False, True])
    >>> augment(images, labels, flip, torch.Generator().manual_seed(2), flips=flips)[:, 0, 0].tolist()
    [[0.0, 0.5, 1.0], [0.0, 0.5, 1.0], [0.0, 0.5, 1.0], [1.0, 0.5, 0.0]]
    >>> augment(images, labels + 1, flip, torch.Generator(), flips=flips)
    Traceback (most recent call last):
    IndexError: index 2 is out of bounds for dimension 0 with size 2
    """
    if augmentation == Augmentation():
        return images
    uniform = torch.rand(_NUMBERS, len(images), generator=generator, dtype=torch.float32, device=images.device)
    changes = _changes(uniform, augmentation)
    return _applied(images, replace(changes, flip=changes.flip & flips[labels]), augmentation, objects)


def _changes(uniform: Tensor, augmentation: Augmentation) -> _Changes:
    """From numbers between 0 and 1, 1 excluded: `_NUMBERS` a picture."""
    flip, rows, columns, angle, factor, brightness, contrast, grey = uniform[:8]
    return _Changes(
        flip=(flip < 0.5) & augmentation.flip,
        rows=_whole(rows, augmentation.translation),
        columns=_whole(columns, augmentation.translation),
        angle=_between(angle, math.radians(augmentation.rotation)),
        factor=_between(factor, math.log1p(augmentation.scale)).exp(),
        brightness=1 + _between(brightness, augmentation.colour),
        contrast=1 + _between(contrast, augmentation.colour),
        grey=grey < augmentation.grey,
        gains=1 + _between(uniform[8:], augmentation.colour),
    )


def _between(uniform: Tensor, most: float) -> Tensor:
    return (2 * uniform - 1) * most


def _whole(uniform: Tensor, most: int) -> Tensor:
    return (uniform * (2 * most + 1)).long() - most


def _applied(images: Tensor, changes: _Changes, augmentation: Augmentation, objects: Tensor | None) -> Tensor:
    if augmentation.rotation or augmentation.scale:
        images = _turned(images, changes, objects)
    elif augmentation.translation:
        images = _moved(images, _safe(changes, objects), _has_ground(images, objects))
    elif augmentation.flip:
        images = _flipped(images, changes)
    if augmentation.colour:
        images = _lit(images, changes)
    if augmentation.grey:
        images = torch.where(_of_each(changes.grey), _luma(images), images)
    return images


def _of_each(numbers: Tensor) -> Tensor:
    """A number a picture, to meet pictures."""
    return numbers[:, None, None, None]


# --- Where values go ----------------------------------------------------------------------------------------------------


def _has_ground(images: Tensor, objects: Tensor | None) -> bool:
    return objects is not None or images.shape[1] > 1


def _safe(changes: _Changes, objects: Tensor | None) -> _Changes:
    """Without those that an object would not survive."""
    return changes if objects is None else _still(changes, _strays(objects, changes) | _on_edge(objects))


def _still(changes: _Changes, where: Tensor) -> _Changes:
    """Neither rotated, scaled nor moved."""
    return replace(
        changes,
        rows=changes.rows.masked_fill(where, 0),
        columns=changes.columns.masked_fill(where, 0),
        angle=changes.angle.masked_fill(where, 0),
        factor=changes.factor.masked_fill(where, 1),
    )


def _is_still(changes: _Changes) -> Tensor:
    return (changes.rows == 0) & (changes.columns == 0) & (changes.angle == 0) & (changes.factor == 1)


def _flipped(images: Tensor, changes: _Changes) -> Tensor:
    return torch.where(_of_each(changes.flip), images.flip(-1), images)


def _moved(images: Tensor, changes: _Changes, repeats: bool) -> Tensor:
    """Flipped and translated: every cell of the result takes the value of one cell."""
    _, channels, height, width = images.shape
    rows = torch.arange(height, device=images.device) - changes.rows[:, None]
    columns = torch.arange(width, device=images.device) - changes.columns[:, None]
    columns = torch.where(changes.flip[:, None], width - 1 - columns, columns)
    reads = rows.clamp(0, height - 1)[:, :, None] * width + columns.clamp(0, width - 1)[:, None, :]
    moved = images.flatten(2).gather(2, reads.flatten(1)[:, None].expand(-1, channels, -1)).view_as(images)
    if repeats:
        return moved
    inside = _within(rows, height)[:, :, None] & _within(columns, width)[:, None, :]
    return torch.where(inside[:, None], moved, 0)


def _within(cells: Tensor, size: int) -> Tensor:
    return (cells >= 0) & (cells < size)


def _turned(images: Tensor, changes: _Changes, objects: Tensor | None) -> Tensor:
    changes = _safe(changes, objects)
    flipped = _flipped(images, changes)
    return torch.where(_of_each(_is_still(changes)), flipped, _resampled(flipped, changes, _has_ground(images, objects)))


def _resampled(images: Tensor, changes: _Changes, repeats: bool) -> Tensor:
    """Rotated, scaled and translated: every cell of the result looks up where it came from.

    Not by affine_grid: under autocast or TF32 its product of matrices would round the positions.
    """
    height, width = images.shape[2:]
    down, right = _from_middle(images)
    down, right = down - changes.rows[:, None, None], right - changes.columns[:, None, None]
    cosine, sine = _turn(changes.angle, 1 / changes.factor)
    from_right, from_down = cosine * right - sine * down, sine * right + cosine * down
    grid = torch.stack((from_right * (2 / width), from_down * (2 / height)), dim=-1).to(images.dtype)
    return functional.grid_sample(images, grid, padding_mode="border" if repeats else "zeros", align_corners=False)


def _strays(objects: Tensor, changes: _Changes) -> Tensor:
    """Whose object would be read by cells beyond the edge.

    Interpolation reads up to 1 cell away; in the result these are `reach` cells along each axis.
    """
    height, width = objects.shape[1:]
    down, right = _from_middle(objects)
    right = torch.where(changes.flip[:, None, None], -right, right)
    cosine, sine = _turn(changes.angle, changes.factor)
    # Columns and rows apart for as long as possible: the products are small.
    to_right = (cosine * right + changes.columns[:, None, None]) + sine * down
    to_down = (cosine * down + changes.rows[:, None, None]) - sine * right
    reach = cosine.abs() + sine.abs() - _SLACK
    inside = (to_right.abs() <= (width + 1) / 2 - reach) & (to_down.abs() <= (height + 1) / 2 - reach)
    return (objects & ~inside).flatten(1).any(1)


def _on_edge(objects: Tensor) -> Tensor:
    """Whose object would be repeated along with the edge."""
    return (objects[:, 0] | objects[:, -1]).any(1) | (objects[:, :, 0] | objects[:, :, -1]).any(1)


def _from_middle(images: Tensor) -> tuple[Tensor, Tensor]:
    """How many cells each row lies below the middle of the picture, and each column right of it."""
    height, width = images.shape[-2:]
    rows = torch.arange(height, device=images.device) - (height - 1) / 2
    columns = torch.arange(width, device=images.device) - (width - 1) / 2
    return rows[None, :, None], columns[None, None, :]


def _turn(angle: Tensor, factor: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine and sine, times the factor, to meet cells."""
    return (factor * angle.cos())[:, None, None], (factor * angle.sin())[:, None, None]


# --- What becomes of them -----------------------------------------------------------------------------------------------


def _lit(images: Tensor, changes: _Changes) -> Tensor:
    """Brightness and gains first, then contrast."""
    gain = changes.brightness * changes.gains if images.shape[1] == 3 else changes.brightness[None]
    lit = images * gain.T[:, :, None, None]
    mean = lit.mean((1, 2, 3), keepdim=True)
    return (mean + (lit - mean) * _of_each(changes.contrast)).clamp(0, 1)


def _luma(images: Tensor) -> Tensor:
    return (0.299 * images[:, 0] + 0.587 * images[:, 1] + 0.114 * images[:, 2])[:, None]
