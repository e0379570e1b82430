"""One training picture, changed as training would change it, to be looked at."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from convviz.lab.augmentation import augment
from convviz.lab.augmentation_settings import survivors
from convviz.lab.data import KINDS, one_of
from convviz.lab.previews import require_preview
from convviz.lab.settings import Settings


def augmented(settings: Settings, picture: int, count: int, seed: int = 0) -> NDArray[np.uint8]:
    """Training picture number `picture`, changed `count` times: (count, C, H, W), values from 0 to 255.

    With the same seed the same changes, on any machine but for a last bit. Raises `GeometryError` for what
    `convviz.lab.previews.require_preview` refuses and for a picture that is not there, and `DataError` where files are missing.

    >>> from convviz.lab.augmentation_settings import Augmentation
    >>> augmented(Settings(augmentation=Augmentation(rotation=10)), 5, 3).shape
    (3, 1, 8, 8)
    >>> augmented(Settings(), 5, 0)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: count is 0: it must be at least 1
    """
    require_preview(settings, picture, count)
    kind, one = KINDS[settings.data.name], one_of(settings.data, picture)
    again = torch.zeros(count, dtype=torch.long)
    changed = augment(
        torch.tensor(one.images)[again].float().div_(kind.white).contiguous(memory_format=torch.channels_last),
        torch.tensor(one.labels)[again],
        settings.augmentation,
        torch.Generator().manual_seed(seed),
        flips=torch.tensor(survivors(settings.augmentation, kind)),
        objects=None if one.objects is None else torch.tensor(one.objects)[again],
    )
    return np.ascontiguousarray((changed * 255).round().clamp(0, 255).to(torch.uint8).numpy())
