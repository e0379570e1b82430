"""What the stages of a network answer to a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import torch
from numpy.typing import NDArray
from torch import Tensor

from convviz.lab.inside.answer import Answer
from convviz.lab.inside.arguments import text
from convviz.lab.inside.opened import Opened, numbers_of
from convviz.lab.inside.pictures import Picture, picture_of

T = TypeVar("T")

LOGITS: Final = "logits"
PICTURE: Final = "picture"


def features(opened: Opened, image: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
    """What each stage answers to a picture (C, H, W), float32 from 0 to 1, by its name; one forward pass.

    The last of them, the scores of the classes before the softmax, is there once more as `logits`.

    Raises what torch raises for a picture of another shape.

    >>> import numpy as np
    >>> from convviz.lab.inside.opened import opened as open_run
    >>> from convviz.lab.runs import shipped
    >>> found = features(run := open_run(str(shipped()[0].folder), 0), np.zeros((3, 32, 32), np.float32))
    >>> found["conv1_1"].shape, found["logits"].shape
    ((16, 32, 32), (6,))
    >>> features(run, found["conv1_1"])
    Traceback (most recent call last):
    RuntimeError: Given groups=1, weight of size [16, 3, 7, 7], expected input[1, 16, 32, 32] to have 3 channels, \
but got 16 channels instead
    """
    found = numbers_of(answers(opened, opened.taken(image[None]), lambda each: each[0]))
    return {**found, LOGITS: found[opened.stages[-1].name]}


def answers(opened: Opened, images: Tensor, keep: Callable[[Tensor], T]) -> dict[str, T]:
    """By the name of each stage what `keep` makes of its answers (N, *stage.shape) to a batch; the rest of them is let go.

    Raises what `keep` raises.
    """
    found: dict[str, T] = {}
    hooks = [
        opened.module.layer(stage.layer).register_forward_hook(_keeping(found, stage.name, keep)) for stage in opened.stages
    ]
    try:
        with torch.inference_mode():
            opened.module(images)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _keeping(found: dict[str, T], name: str, keep: Callable[[Tensor], T]) -> Callable[[Any, Any, Tensor], None]:
    def hook(_: Any, __: Any, answers: Tensor) -> None:
        found[name] = keep(answers)

    return hook


def maps(opened: Opened, arguments: Mapping[str, str]) -> Answer:
    """The answer to `maps?picture=P`. Raises `GeometryError` for a picture of none."""
    picture = asked_picture(opened, arguments)
    return Answer({PICTURE: picture.shown, **features(opened, picture.taken)}, {"label": picture.label})


def asked_picture(opened: Opened, arguments: Mapping[str, str]) -> Picture:
    """The picture that a question is about. Raises `GeometryError` for one of none."""
    return picture_of(text(arguments, PICTURE), opened.tests, opened.kind)
