"""What the stage of the lab is told of a training before anything of it is known: its pictures, classes and filters."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import lru_cache
from math import prod
from typing import Any, Final

import numpy as np

from convviz.lab.data import KINDS, DataError, DataSettings, load_test, train_count
from convviz.lab.records import MOST_FILTERS, watched
from convviz.lab.settings import Settings
from convviz.ui.training.feed import pictures_query

MARKS: Final[Mapping[str, str]] = {
    "circle": "●",
    "square": "■",
    "triangle": "▲",
    "star": "★",
    "cross": "✚",
    "ring": "◯",
}
"""Of classes that are forms; the others have their names alone."""


def about(settings: Settings, *, is_loaded: bool = False) -> Mapping[str, Any]:
    """A training, before it begins; or weights that were loaded, and are only tested."""
    kind = KINDS[settings.data.name]
    training, pictures = settings.training, train_count(settings.data)
    rest = pictures % training.batch_size
    return {
        "title": kind.title,
        "classes": kind.classes,
        "marks": [MARKS[name] for name in kind.classes] if set(kind.classes) <= set(MARKS) else [],
        "picture": kind.input_shape,
        "data": pictures_query(settings.data),
        **_told_tests(settings.data),
        "filters": _filters(settings),
        "epochs": training.epochs,
        "loaded": is_loaded,
        "batch": training.batch_size,
        "steps": max(pictures // training.batch_size + (rest > 1), 1),
    }


def _told_tests(data: DataSettings) -> Mapping[str, Any]:
    try:
        return _tests(data)
    except DataError:  # the page says so elsewhere
        return {"labels": "", "watched": []}


@lru_cache(maxsize=8)
def _tests(data: DataSettings) -> Mapping[str, Any]:
    labels = load_test(data).labels
    return {
        "labels": base64.b64encode(labels.astype(np.uint8).tobytes()).decode(),
        "watched": watched(labels, len(KINDS[data.name].classes)).tolist(),
    }


def _filters(settings: Settings) -> Mapping[str, Any]:
    """Of the first layer that has weights; those of a dense layer have the shape of the picture."""
    first = next(row for row in settings.network().table() if row.weights)
    many = first.output_shape[0]
    shape = KINDS[settings.data.name].input_shape
    side = round((first.weights // many // shape[0]) ** 0.5)
    each = (shape[0], side, side) if prod(shape) * many != first.weights else shape
    return {"of": many, "shown": min(many, MOST_FILTERS), "shape": each}
