"""What is to be explained or excited: a class, a channel, one unit, or a direction in the space of a layer's channels.

Written in a few letters, as links have them: class:1, channel:conv2:5, unit:conv2:5:13:7, direction:conv2:5*1,9*-0.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, isfinite
from typing import Final, TypeAlias

from convviz.geometry import GeometryError
from convviz.lab.inside.stages import Stage, stage_of

MOST_PARTS: Final = 8
"""Channels of a direction."""


@dataclass(frozen=True)
class ClassTarget:
    """The score of a class, before the softmax."""

    label: int


@dataclass(frozen=True)
class ChannelTarget:
    """A channel of a stage, wherever it answers: the mean over its places; a single number of what is flat."""

    stage: str
    channel: int


@dataclass(frozen=True)
class UnitTarget:
    """One unit: a channel of a stage at a place."""

    stage: str
    channel: int
    row: int
    column: int


@dataclass(frozen=True)
class DirectionTarget:
    """Several channels of a stage with their weights, scaled to a length of 1: the mean over places of their sum."""

    stage: str
    parts: tuple[tuple[int, float], ...]


Target: TypeAlias = ClassTarget | ChannelTarget | UnitTarget | DirectionTarget


def read_target(text: str, stages: Sequence[Stage], classes: int) -> Target:
    """The target that a text means, of a network with these stages. Raises `GeometryError` for a text that means none.

    >>> from convviz.lab.inside.stages import stages
    >>> from convviz.network import PRESETS
    >>> known = stages(PRESETS["lenet5"].network)
    >>> read_target("unit:conv2:5:9:7", known, 10)
    UnitTarget(stage='conv2', channel=5, row=9, column=7)
    >>> read_target("direction:conv2:5*3,9*-4", known, 10).parts
    ((5, 0.6), (9, -0.8))
    >>> read_target("class:10", known, 10)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: target class:10: class 10 is not one of 0 to 9
    """
    match text.split(":"):
        case ["class", label]:
            return ClassTarget(_number(text, "class", label, classes))
        case ["channel", name, channel]:
            stage = stage_of(stages, name)
            return ChannelTarget(name, _number(text, "channel", channel, stage.shape[0]))
        case ["unit", name, channel, row, column]:
            stage = stage_of(stages, name)
            if len(stage.shape) != 3:
                raise _refused(text, f"{name} is flat: a channel of it is a unit, as in channel:{name}:0")
            places = zip(("channel", "row", "column"), (channel, row, column), stage.shape, strict=True)
            return UnitTarget(name, *(_number(text, *each) for each in places))
        case ["direction", name, parts]:
            return DirectionTarget(name, _parts(text, parts, stage_of(stages, name)))
    raise _refused(text, "write class:1, channel:conv2:5, unit:conv2:5:13:7 or direction:conv2:5*1,9*-0.5")


def _parts(text: str, parts: str, stage: Stage) -> tuple[tuple[int, float], ...]:
    found: dict[int, float] = {}
    for part in parts.split(","):
        channel, _, weight = part.partition("*")
        number = _number(text, "channel", channel, stage.shape[0])
        try:
            found[number] = float(weight)
        except ValueError:
            raise _refused(text, f"{weight[:20] or 'nothing'} is no weight") from None
    length = hypot(*found.values())
    if len(found) > MOST_PARTS or not isfinite(length) or length == 0:
        raise _refused(text, f"a direction has 1 to {MOST_PARTS} channels, with weights that are not all 0")
    return tuple((channel, round(weight / length, 6)) for channel, weight in sorted(found.items()) if weight)


def _number(text: str, what: str, written: str, many: int) -> int:
    if not written.isascii() or not written.isdigit() or len(written) > 9 or int(written) >= many:
        raise _refused(text, f"{what} {written[:20]} is not one of 0 to {many - 1}")
    return int(written)


def _refused(text: str, why: str) -> GeometryError:
    return GeometryError(f"target {text[:60]}: {why}", "target", text, None)
