"""What the stage, the picker and the walk are told of a run."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from convviz.lab.inside.stages import Stage
from convviz.ui.inside.opened import Known
from convviz.ui.inside.state import InsidePage, Place
from convviz.ui.training.feed import pictures_query
from convviz.ui.training.payload import MARKS

_OFFERED: Final = 300
"""Test pictures that can be paged through."""
_TITLES: Final[Mapping[str, str]] = {"pooling": "pooled", "sum": "sum", "dense": "dense"}


def about(run: Known) -> Mapping[str, Any]:
    """A run: its pictures and classes, its stages, and what each unit sees."""
    return {
        **pictures_of(run),
        "title": run.kind.title,
        "weights": str(run.weights),
        "accuracy": run.accuracy,
        "stages": [
            {**asdict(stage), "title": title} for stage, title in zip(run.stages, stage_titles(run.stages), strict=True)
        ],
    }


def pictures_of(run: Known) -> Mapping[str, Any]:
    """Its pictures and classes."""
    return {
        "classes": run.kind.classes,
        "marks": marks_of(run),
        "picture": run.kind.input_shape,
        "data": pictures_query(run.settings.data),
        "count": len(run.tests),
        "labels": base64.b64encode(run.tests.labels.astype(np.uint8).tobytes()).decode(),
    }


def marks_of(run: Known) -> list[str]:
    """The marks of the classes that are forms; none where one of them has no mark."""
    return [MARKS[name] for name in run.kind.classes] if set(run.kind.classes) <= set(MARKS) else []


def stage_titles(stages: tuple[Stage, ...]) -> list[str]:
    """What each is called on the page: convolutions are layers 1, 2, …, the last dense one gives the scores.

    >>> from convviz.lab.inside.stages import stages
    >>> from convviz.network import PRESETS
    >>> stage_titles(stages(PRESETS["lenet5"].network))
    ['Layer 1', 'pooled', 'Layer 2', 'pooled', 'dense', 'dense', 'scores']
    >>> stage_titles(None)
    Traceback (most recent call last):
    TypeError: 'NoneType' object is not iterable
    """
    found, layers = [], 0
    for stage in stages:
        layers += stage.has_filters
        found.append(f"Layer {layers}" if stage.has_filters else _TITLES[stage.kind])
    if found and stages[-1].kind == "dense":
        found[-1] = "scores"
    return found


def offered(run: Known) -> list[int]:
    """The first of the test pictures in turn."""
    return [int(number) for number in run.order[:_OFFERED]]


def asked(page: InsidePage) -> Mapping[str, Any]:
    """What the page asks of the stage."""
    return {name: getattr(page, name) for name in ("picture", "klass", "patch", "stride", "fill", "view")}


def cue(number: int, place: Place) -> Mapping[str, Any]:
    """Where the stage is sent."""
    return {"id": number, **asdict(place), "picks": dict(place.picks)}
