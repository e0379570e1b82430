"""The kinds of pictures there are, with their sources, and what an augmentation leaves true of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from convviz.lab.data.forms import FORMS, SIDE
from convviz.lab.data.pictures import DatasetKind

_DIGITS: Final = tuple("0123456789")
_FASHION: Final = "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"
_SCANS: Final = (
    "Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository: "
    "the 1,797 scans of its test part"
)
# Mirrored, a 2 or a 7 is no digit at all, and a 1 only where it is a bare stroke.
_MIRRORED_DIGITS: Final = "0", "8"
# A 6 turned over is a 9; long before that a 1 leans as a 7 does, and a 4 becomes hard to tell from a 9.
_DIGIT_ROTATION: Final = 20.0

_SHAPES: Final = DatasetKind(
    name="shapes",
    title="Colour shapes",
    input_shape=(3, SIDE, SIDE),
    classes=tuple(FORMS),
    white=255,
    source="drawn by convviz",
    licence="MIT",
    flips=tuple(FORMS),
    most_rotation=180,  # they are drawn at any angle, about a point anywhere
    most_translation=0,  # the object may lie at the very edge: its cells say how far
    most_scale=1.2,  # the smallest star keeps a reach of five cells
)

KINDS: Final[Mapping[str, DatasetKind]] = {
    kind.name: kind
    for kind in (
        DatasetKind(
            name="digits",
            title="Digits, 8×8",
            input_shape=(1, 8, 8),
            classes=_DIGITS,
            white=16,
            source=_SCANS,
            licence="CC BY 4.0",
            flips=_MIRRORED_DIGITS,
            most_rotation=_DIGIT_ROTATION,
            most_translation=1 / 8,  # one cell: they fill all eight rows, and without two a 9 can be a 4
            most_scale=1.15,  # about half a cell is cut off on each side
        ),
        DatasetKind(
            name="digits28",
            title="Digits, 28×28",
            input_shape=(1, 28, 28),
            classes=_DIGITS,
            white=255,
            source=f"{_SCANS}, each enlarged to 20×20 within 28×28",
            licence="CC BY 4.0",
            flips=_MIRRORED_DIGITS,
            most_rotation=_DIGIT_ROTATION,
            most_translation=4 / 28,  # the margin: nothing is cut off
            most_scale=1.3,  # 20 cells become 26
        ),
        _SHAPES,
        replace(_SHAPES, name="tagged_shapes", title="Colour shapes with tags"),
        DatasetKind(
            name="mnist",
            title="MNIST",
            input_shape=(1, 28, 28),
            classes=_DIGITS,
            white=255,
            source="LeCun, Cortes and Burges 1998, The MNIST database of handwritten digits",
            licence="CC BY-SA 3.0",
            flips=_MIRRORED_DIGITS,
            most_rotation=_DIGIT_ROTATION,
            most_translation=3 / 28,  # the margin is 4 cells, but it is the centre of mass that lies in the middle
            most_scale=1.2,
        ),
        DatasetKind(
            name="fashion_mnist",
            title="Fashion-MNIST",
            input_shape=(1, 28, 28),
            classes=_FASHION,
            white=255,
            source="Xiao, Rasul and Vollgraf 2017, Fashion-MNIST: a novel image dataset, Zalando Research",
            licence="MIT",
            flips=_FASHION,  # a left shoe is as good as a right one
            most_rotation=30,  # turned further, a bag or a trouser is nothing that is worn
            most_translation=2 / 28,  # they fill the picture: what tells a dress from a coat is near its edge
            most_scale=1.1,
        ),
    )
}
"""Every kind, by name."""
