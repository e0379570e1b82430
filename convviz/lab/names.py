"""Settings by dotted names, as a command line writes them: training.lr=0.01."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from convviz.geometry import GeometryError
from convviz.lab.settings import Settings

_MODEL = "model"


def named(settings: Settings) -> Mapping[str, str]:
    """Every setting by its name, its value in JSON; of the model first which it is.

    >>> list(named(Settings()).items())[5:8]
    [('model', 'small_cnn'), ('model.channels', '[16,32]'), ('model.convolutions', '2')]
    >>> named(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'written'
    """
    found = {}
    for part, values in json.loads(settings.written()).items():
        for name, value in values.items():
            is_kind = (part, name) == (_MODEL, "kind")
            text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            found[part if is_kind else f"{part}.{name}"] = text
    return found


def changed(settings: Settings, changes: Sequence[str]) -> Settings:
    """The settings with some changed, each written as "training.lr=0.01"; another model begins with its own defaults.

    Values are JSON, or words. Raises `GeometryError` for a name that is none, with one that is near, and for a value of another
    type.

    >>> changed(Settings(), ["training.lr=0.01", "model.pooling=average"]).training.lr
    0.01
    >>> changed(Settings(), ["training.learning=9"])
    Traceback (most recent call last):
    convviz.geometry.GeometryError: there is no setting training.learning: did you mean training.lr? \
data, model, training and augmentation have names of their own, as in training.lr=0.01
    """
    for change in changes:
        name, equals, text = change.partition("=")
        name = _MODEL if name == "model.kind" else name
        known = named(settings)
        if name not in known or not equals:
            raise _unknown(name, tuple(known))
        settings = _with(settings, name, text)
    return settings


def _with(settings: Settings, name: str, text: str) -> Settings:
    held = json.loads(settings.written())
    part, _, last = name.partition(".")
    if last:
        held[part][last] = _value(text)
    else:
        held[part] = {"kind": text}
    return Settings.read(json.dumps(held))


def _value(text: str) -> Any:
    try:
        return json.loads(text.lower() if text in {"True", "False", "None"} else text)
    except json.JSONDecodeError:
        return text


def _unknown(name: str, known: Sequence[str]) -> GeometryError:
    """The nearest name: the whole of it, or its last part, as people remember it."""
    ends = {each.rpartition(".")[2]: each for each in known}
    last = name.rpartition(".")[2]
    near = get_close_matches(name, known, 1, 0.75) or [ends[each] for each in get_close_matches(last, ends, 1, 0.6)]
    guess = f"did you mean {near[0]}? " if near else ""
    how = "data, model, training and augmentation have names of their own, as in training.lr=0.01"
    what = "write NAME=VALUE: " if name in known else f"there is no setting {name[:60]}: {guess}"
    return GeometryError(what + how, "name", name, tuple(known))
