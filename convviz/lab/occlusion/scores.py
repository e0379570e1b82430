"""What a model says of a picture while a patch covers one part of it after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convviz.geometry import Axis, GeometryError, require_one_of, whole_number
from convviz.lab.occlusion.chain import read
from convviz.lab.occlusion.fills import Fill, fill_of
from convviz.lab.occlusion.groups import steps_of
from convviz.lab.occlusion.incremental import incremental_scores
from convviz.lab.occlusion.plain import plain_scores
from convviz.lab.occlusion.rule import depth_of
from convviz.lab.patches import PerAxis, positions_of

Way = Literal["auto", "incremental", "plain"]
Taken = Literal["incremental", "plain"]
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Occluded:
    """Scores of all classes: `plain` (classes,) without a patch, `scores` (rows, columns, classes) with it at each position.

    `way` says how they were computed.
    """

    plain: Floats
    scores: Floats
    way: Taken


def occlusion_map(
    model: nn.Module, image: Tensor, target: int, *, patch: PerAxis, stride: PerAxis = 1, fill: Fill = 0.5
) -> Floats:
    """How much a class's score falls when a patch covers the picture: without it minus with it, (rows, columns).

    `model` takes pictures (N, C, H, W) and gives scores (N, classes); `image` is a picture (C, H, W); `target` is the number of
    a class. Position (row, column) of the patch begins at (row · stride, column · stride), in cells:

        rows = ceil((H - patch) / stride) + 1, less a last one that would begin beyond the edge; columns as well

    The last patch is cut at the edge; one that is larger than the picture covers it once. `patch` and `stride` are numbers,
    or one an axis. `fill` is what the patch is filled with: a number, one a channel, or a picture (C, H, W), see `filled`.

    Raises `GeometryError` for a picture, a patch, a stride, a fill or a target that cannot be. Source: Zeiler and Fergus 2014,
    section 4.2; captum.attr.Occlusion, which averages where patches overlap.

    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(4, 1, bias=False)).eval()
    >>> _ = nn.init.ones_(model[1].weight)
    >>> occlusion_map(model, torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]), 0, patch=1, fill=0).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    >>> occlusion_map(model, torch.zeros(1, 2, 2), 1, patch=1)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: target is 1: the model has classes 0 to 0
    """
    target = whole_number("target", target, 0)
    found = occluded_scores(model, image, patch=patch, stride=stride, fill=fill)
    classes = len(found.plain)
    if target >= classes:
        raise GeometryError(
            f"target is {target}: the model has classes 0 to {classes - 1}",
            "target",
            target,
            classes - 1,
            {"target": classes - 1},
        )
    drops: Floats = found.plain[target] - found.scores[..., target]
    return drops


def occluded_scores(
    model: nn.Module, image: Tensor, *, patch: PerAxis, stride: PerAxis = 1, fill: Fill = 0.5, way: Way = "auto"
) -> Occluded:
    """The scores of all classes, without the patch and with it at each position; settings as in `occlusion_map`.

    `way` "plain" passes every picture through the whole model. "incremental" computes again only what the patch can reach, as
    far as the model is a chain, and refuses one whose first layer it does not know. "auto" takes what has less to do, by
    `convviz.lab.occlusion.rule`. The model's modes, device and weights are left as they are.

    >>> model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    >>> found = occluded_scores(model, torch.rand(1, 9, 9), patch=3, stride=2)
    >>> found.plain.shape, found.scores.shape, model.training
    ((2,), (4, 4, 2), True)
    >>> occluded_scores(nn.Flatten(), torch.rand(1, 9, 9), patch=3, way="incremental")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: way is incremental: the model does not begin with a chain of convolutions, poolings and \
functions of single cells; take the plain way
    """
    require_one_of("way", way, get_args(Way))
    _require_picture(image)
    positions = positions_of(image.shape[1:], patch, stride)
    with _evaluating(model), torch.inference_mode():
        image = _at_home(image, model)
        plain = _plain(model, image)
        taken, scores = _scores(model, image, plain, fill_of(fill, image), positions, way)
    return Occluded(_floats(plain), _floats(scores), taken)


def _scores(
    model: nn.Module, image: Tensor, plain: Tensor, fill: Tensor, positions: Sequence[Axis], way: Way
) -> tuple[Taken, Tensor]:
    try:
        chain = None if way == "plain" else read(model, image, plain)
    except GeometryError:
        if way == "incremental":
            raise
        chain = None
    if chain:
        steps = steps_of(chain, positions)
        depth = depth_of(chain, steps, prod(axis.output_size for axis in positions), least=way == "incremental")
        if depth:
            return "incremental", incremental_scores(chain, steps, depth, fill, plain, positions)
    return "plain", plain_scores(model, image, fill, positions)


def _plain(model: nn.Module, image: Tensor) -> Tensor:
    scores: Tensor = model(image[None].clone())  # some functions overwrite what they read
    if scores.ndim != 2:
        raise GeometryError(
            f"the model gives numbers of shape {tuple(scores.shape)} for one picture: they must be (1, classes); "
            "end it in a flatten or a dense layer",
            "model",
            tuple(scores.shape),
            2,
        )
    return scores[0]


def _require_picture(image: Any) -> None:
    if not torch.is_tensor(image) or image.ndim != 3 or not image.is_floating_point() or not image.numel():
        shape = f"of shape {tuple(image.shape)} and {image.dtype}" if torch.is_tensor(image) else f"a {type(image).__name__}"
        raise GeometryError(
            f"image is {shape}: it must be a floating-point tensor (channels, height, width); "
            "write image[0] for a batch of one, image[None] for a plane, image.float() for whole numbers",
            "image",
            shape,
            3,
        )


def _at_home(image: Tensor, model: nn.Module) -> Tensor:
    """The picture where the model's weights are, and in their precision."""
    weight = next((each for each in model.parameters() if each.is_floating_point()), image)
    return image.detach().to(weight.device, weight.dtype)


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """In evaluation for a while; then each module as it was."""
    were = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in were.items():
            module.training = training


def _floats(values: Tensor) -> Floats:
    array: Floats = values.float().cpu().numpy()
    return array
