"""How far training pictures may be changed at random, and how far their labels survive it. No torch: a page asks this first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from convviz.geometry import GeometryError, whole_number
from convviz.lab.data.pictures import DatasetKind
from convviz.lab.data.settings import DRAWN


@dataclass(frozen=True)
class Augmentation:
    """What training changes at random, picture by picture; nothing, unless told.

    `flip`: left and right change places with probability 1/2, where the class survives it. `rotation`: degrees, uniform in
    ± rotation. `translation`: cells, along each axis a whole number, uniform in ± translation. `scale`: sizes are multiplied by
    a factor, log-uniform between 1 / (1 + scale) and 1 + scale. `colour`: brightness, contrast and, with three channels, one
    gain a channel, each uniform in 1 ± colour. `grey`: the probability that a picture of three channels loses its colours.

    Holds any values; `require` refuses those that cannot be. Source: Krizhevsky et al. 2012, section 4.1 (flips, translations,
    colours); torchvision.transforms, RandomAffine, ColorJitter and RandomGrayscale.

    >>> Augmentation(flip=True, translation=2).rotation
    0
    >>> Augmentation().flip = True
    Traceback (most recent call last):
    dataclasses.FrozenInstanceError: cannot assign to field 'flip'
    """

    flip: bool = False
    rotation: float = 0
    translation: int = 0
    scale: float = 0
    colour: float = 0
    grey: float = 0


@dataclass(frozen=True)
class _Most:
    """The largest amount, and the half of a sentence that says why."""

    limit: float
    why: str


def require(augmentation: Augmentation, kind: DatasetKind) -> None:
    """Raises `GeometryError` for what is no amount, changes nothing, or is more than labels of this kind survive.

    Rotation is in degrees; translation in cells, its limit a fraction of the shorter side, rounded down. Drawn pictures may be
    translated by anything less than that side: their objects are known cell by cell, and none is moved over the edge.

    >>> from convviz.lab.data import KINDS
    >>> require(Augmentation(flip=True, rotation=20, translation=1), KINDS["digits"])
    >>> require(Augmentation(rotation=90), KINDS["digits"])
    Traceback (most recent call last):
    convviz.geometry.GeometryError: rotation is 90: of digits labels survive at most 20 degrees (a 6 becomes a 9): \
lower rotation to 20
    """
    _require_switch("flip", augmentation.flip)
    for parameter, most in _limits(kind).items():
        value = getattr(augmentation, parameter)
        _require_amount(parameter, value)
        if value > most.limit:
            raise GeometryError(
                f"{parameter} is {value}: {most.why}: lower {parameter} to {most.limit:g}",
                parameter=parameter,
                value=value,
                limit=most.limit,
                remedy={parameter: most.limit},
            )


def survivors(augmentation: Augmentation, kind: DatasetKind) -> tuple[bool, ...]:
    """Which classes are flipped: one boolean a class, all of them False without a flip. Raises as `require` does.

    >>> from convviz.lab.data import KINDS
    >>> survivors(Augmentation(flip=True), KINDS["digits"])
    (True, False, False, False, False, False, False, False, True, False)
    >>> survivors(Augmentation(flip=1), KINDS["digits"])
    Traceback (most recent call last):
    convviz.geometry.GeometryError: flip is 1: it must be True or False
    """
    require(augmentation, kind)
    return tuple(augmentation.flip and name in kind.flips for name in kind.classes)


def limits(kind: DatasetKind) -> Mapping[str, float]:
    """The largest amount of each change, in its own unit: 0 where there is none. Raises nothing.

    >>> from convviz.lab.data import KINDS
    >>> limits(KINDS["digits"])
    {'rotation': 20.0, 'translation': 1, 'scale': 0.15, 'colour': 1, 'grey': 0}
    >>> limits(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'most_rotation'
    """
    return {name: most.limit for name, most in _limits(kind).items()}


def _limits(kind: DatasetKind) -> Mapping[str, _Most]:
    return {
        "rotation": _Most(kind.most_rotation, _survive(kind, f"{kind.most_rotation:g} degrees", _turned_further(kind))),
        "translation": _most_translation(kind),
        "scale": _Most(
            # Rounded, for 1.15 - 1 is less than 0.15.
            round(kind.most_scale - 1, 9),
            _survive(kind, f"a factor of {kind.most_scale:g}", "larger it is cut off, smaller it is a blot"),
        ),
        "colour": _Most(1, "no picture has less light than none"),
        "grey": _most_grey(kind),
    }


def _survive(kind: DatasetKind, amount: str, because: str) -> str:
    return f"of {kind.name} labels survive at most {amount} ({because})"


def _turned_further(kind: DatasetKind) -> str:
    if kind.most_rotation >= 180:
        return "half a turn either way is every angle"
    return "a 6 becomes a 9" if {"6", "9"} <= set(kind.classes) else "turned further it is something else"


def _most_translation(kind: DatasetKind) -> _Most:
    side = min(kind.input_shape[1:])
    if kind.name in DRAWN:
        return _Most(side - 1, f"of a picture of {side} cells nothing would be left")
    # Rounded first, for a fraction of the side that is meant to be whole can be a little less.
    limit = math.floor(round(kind.most_translation * side, 6))
    amount = f"{limit} cell" if limit == 1 else f"{limit} cells"
    return _Most(limit, _survive(kind, amount, "what tells them apart leaves the picture"))


def _most_grey(kind: DatasetKind) -> _Most:
    if kind.input_shape[0] == 3:
        return _Most(1, "no probability is larger than 1")
    return _Most(0, f"pictures of {kind.name} have no colours, so it changes nothing")


def _require_switch(parameter: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise GeometryError(
            f"{parameter} is {value}: it must be True or False",
            parameter=parameter,
            value=value,
            limit=(False, True),
            remedy={parameter: False},
        )


def _require_amount(parameter: str, value: Any) -> None:
    # True is a whole number to Python.
    if parameter == "translation" and not isinstance(value, bool):
        whole_number(parameter, value, 0)
    elif isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < math.inf:
        raise GeometryError(
            f"{parameter} is {value}: it must be a finite number of at least 0",
            parameter=parameter,
            value=value,
            limit=0,
            remedy={parameter: 0},
        )
