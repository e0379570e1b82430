"""Pictures of a data set inside a page: one PNG for a whole row of them."""

from __future__ import annotations

import base64
from html import escape
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def row(pictures: NDArray[np.uint8], words: str, *, gap: int = 1, columns: int | None = None) -> str:
    """Pictures (N, C, H, W), white as 255, beside each other; `gap` cells apart, in rows of `columns`.

    >>> row(np.zeros((2, 1, 8, 8), np.uint8), "two")[:44]
    '<img class="cv-thumbs" alt="two" src="data:i'
    >>> row(np.zeros((2, 2, 8, 8), np.uint8), "two")
    Traceback (most recent call last):
    ValueError: pictures have 1 or 3 channels, not 2
    """
    columns = columns or len(pictures)
    written = BytesIO()
    Image.fromarray(_sheet(pictures, gap, columns)).save(written, "PNG")
    source = base64.b64encode(written.getvalue()).decode()
    return f'<img class="cv-thumbs" alt="{escape(words)}" src="data:image/png;base64,{source}">'


def _sheet(pictures: NDArray[np.uint8], gap: int, columns: int) -> NDArray[Any]:
    """Rows × columns × red, green, blue and opacity: nothing is seen between the pictures."""
    count, depth, height, width = pictures.shape
    if depth not in {1, 3}:
        raise ValueError(f"pictures have 1 or 3 channels, not {depth}")
    rows = -(-count // columns)
    sheet = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap, 4), np.uint8)
    for index, picture in enumerate(pictures):
        top, left = (place * (side + gap) for place, side in zip(divmod(index, columns), (height, width), strict=True))
        sheet[top : top + height, left : left + width, :3] = picture.transpose(1, 2, 0)
        sheet[top : top + height, left : left + width, 3] = 255
    return sheet
