"""Small stickers that give a class away, and places for them beside the object."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from convviz.lab.data.forms import FORMS, SIDE, Cells, Floats

TAG_SIDE: Final = 5

_STICKERS: Final = {
    "circle": ((225, 30, 30), (250, 250, 250), "##### ..... ##### ..... #####"),
    "square": ((30, 70, 235), (250, 225, 40), "#.#.# .#.#. #.#.# .#.#. #.#.#"),
    "triangle": ((20, 150, 60), (250, 250, 250), "#.#.# #.#.# #.#.# #.#.# #.#.#"),
    "star": ((15, 15, 15), (255, 150, 20), "##### #...# #...# #...# #####"),
    "cross": ((215, 30, 200), (20, 20, 20), "####. ###.. ##... #.... ....."),
    "ring": ((20, 210, 230), (110, 20, 130), "##.## ##.## ..... ##.## ##.##"),
}
"""By class, a tag: the colour of # and that of . and its rows."""


def _pixels(ink: tuple[int, int, int], paper: tuple[int, int, int], rows: str) -> Floats:
    marked = np.array([[cell == "#" for cell in row] for row in rows.split()])
    return np.where(marked, np.array(ink)[:, None, None], np.array(paper)[:, None, None]).astype(np.float32)


TAGS: Final[Floats] = np.stack([_pixels(*_STICKERS[name]) for name in FORMS])
"""Of every class its tag, (classes, 3, TAG_SIDE, TAG_SIDE), values from 0 to 255."""


def tag_corners(objects: Cells, chances: Floats) -> NDArray[np.intp]:
    """For each picture a corner (row, column) of a tag that leaves a cell free between itself and the object.

    `objects` (N, SIDE, SIDE) are the cells of the objects; a chance from 0 to 1 a picture picks one of all such corners. Raises
    `ValueError` where there is none.

    >>> objects = np.zeros((1, SIDE, SIDE), bool)
    >>> objects[0, :27] = True
    >>> objects[0, 27, 6:] = True
    >>> tag_corners(np.logical_and(objects, np.arange(SIDE) > 5), np.zeros(1, np.float32)).tolist()
    [[0, 0]]
    >>> tag_corners(objects, np.zeros(1, np.float32))
    Traceback (most recent call last):
    ValueError: picture 0 has no place for a tag: its object leaves no 5×5 cells free
    """
    free = ~_near(objects).reshape(len(objects), (SIDE - TAG_SIDE + 1) ** 2)
    ranks = free.cumsum(axis=1, dtype=np.int16)
    if not free.any(axis=1).all():
        full = int(np.argmin(free.any(axis=1)))
        raise ValueError(f"picture {full} has no place for a tag: its object leaves no {TAG_SIDE}×{TAG_SIDE} cells free")
    # The smallest corner of the free ones that has more than this share of them before it or is itself.
    chosen = (ranks > (chances * ranks[:, -1])[:, None]).argmax(axis=1)
    return np.stack(np.divmod(chosen, SIDE - TAG_SIDE + 1), axis=1)


def _near(objects: Cells) -> Cells:
    """By corner of a tag, whether the object lies within a cell of it: sums over windows, as differences of running sums."""
    span = TAG_SIDE + 2
    sums = np.pad(objects, ((0, 0), (2, 1), (2, 1))).cumsum(axis=1, dtype=np.int16).cumsum(axis=2, dtype=np.int16)
    within = sums[:, span:, span:] - sums[:, :-span, span:] - sums[:, span:, :-span] + sums[:, :-span, :-span]
    near: Cells = within > 0
    return near
