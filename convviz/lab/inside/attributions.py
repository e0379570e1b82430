"""What of a picture moves a score: saliency, Grad-CAM and integrated gradients, all three by Captum."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Final

import numpy as np
import torch
from captum.attr import IntegratedGradients, LayerGradCam, Saliency  # type: ignore[import-untyped]  # it has no types
from numpy.typing import NDArray
from torch import Tensor

from convviz.lab.fields.narrowing import pruned
from convviz.lab.inside.answer import Answer
from convviz.lab.inside.arguments import text
from convviz.lab.inside.maps import asked_picture
from convviz.lab.inside.opened import MOST_MACS, Opened
from convviz.lab.inside.scores import target_score
from convviz.lab.inside.stages import Stage
from convviz.lab.inside.targets import ClassTarget, Target, read_target

Score = Callable[[Tensor], Tensor]

EXACT: Final = 0.01
"""Of the difference that integrated gradients add up to: how far off their sum may be."""
_STEPS: Final = (32, 64, 128, 256, 512)
"""Of the way from black to the picture: more are taken until the sum is exact enough. Each ReLU that switches is a kink."""


def attributions(opened: Opened, arguments: Mapping[str, str]) -> Answer:
    """The answer to `attributions?picture=P&target=T`. Raises `GeometryError` for a picture or a target of none."""
    picture = asked_picture(opened, arguments)
    target = read_target(text(arguments, "target"), opened.stages, len(opened.kind.classes))
    image = opened.taken(picture.taken[None])
    integrated, difference = integrated_gradients(opened, target, image)
    layer = layer_before(opened, target)
    tensors = {"saliency": saliency(opened, target, image), "integrated": integrated}
    if layer:
        tensors["gradcam"] = grad_cam(opened, target, image, layer)
    return Answer(tensors, {"layer": layer and layer.name, "sum": float(integrated.sum()), "difference": difference})


def saliency(opened: Opened, target: Target, image: Tensor) -> NDArray[np.float32]:
    """By how much each cell of a picture (1, C, H, W) moves the score: the largest |gradient| of its channels, (H, W).

    Raises `GeometryError` for a stage that is not there. Source: Simonyan et al., 2014.

    >>> from convviz.lab.inside.opened import opened as open_run
    >>> from convviz.lab.inside.targets import ChannelTarget
    >>> from convviz.lab.runs import shipped
    >>> run = open_run(str(shipped()[0].folder), 0)
    >>> found = saliency(run, ClassTarget(1), run.batch([1]))
    >>> found.shape, bool((found >= 0).all())
    ((32, 32), True)
    >>> saliency(run, ChannelTarget("conv9", 0), run.batch([1]))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: layer conv9 is none that is looked at: there are conv1_1, pool1, conv2_1, pool2, conv3_1, \
pool, dense
    """
    found: Tensor = Saliency(_score(opened, target)).attribute(_leaf(image), abs=True)
    return _plane(found.amax(1))


def integrated_gradients(opened: Opened, target: Target, image: Tensor) -> tuple[NDArray[np.float32], float]:
    """What each cell of a picture (1, C, H, W) adds to the score on the straight way from black: signed, (H, W).

    Channels are added up. The sum of all cells is the score's difference between the picture and black, which comes second,
    to within `EXACT` of it; after the last of the steps that are tried it may be further off. Raises `GeometryError` for a
    stage that is not there. Source: Sundararajan et al., 2017.

    >>> from convviz.lab.inside.opened import opened as open_run
    >>> from convviz.lab.inside.targets import ChannelTarget
    >>> from convviz.lab.runs import shipped
    >>> run = open_run(str(shipped()[0].folder), 0)
    >>> cells, difference = integrated_gradients(run, ClassTarget(1), run.batch([1]))
    >>> cells.shape, bool(abs(cells.sum() - difference) <= EXACT * abs(difference))
    ((32, 32), True)
    >>> integrated_gradients(run, ChannelTarget("conv9", 0), run.batch([1]))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: layer conv9 is none that is looked at: there are conv1_1, pool1, conv2_1, pool2, conv3_1, \
pool, dense
    """
    score = _score(opened, target)
    method = IntegratedGradients(score)
    with torch.inference_mode():
        difference = float(score(image) - score(torch.zeros_like(image)))
    for steps in _affordable(opened):
        cells: Tensor = method.attribute(_leaf(image), n_steps=steps, internal_batch_size=opened.at_once).detach()
        if abs(float(cells.sum()) - difference) <= EXACT * abs(difference):
            break
    return _plane(cells.sum(1)), difference


def _affordable(opened: Opened) -> tuple[int, ...]:
    """The first of the steps, and those that are computed in a moment; a pass and its gradient cost three passes."""
    each = 3 * opened.network.table().macs
    return _STEPS[:1] + tuple(steps for steps in _STEPS[1:] if each * steps <= MOST_MACS)


def grad_cam(opened: Opened, target: Target, image: Tensor, stage: Stage) -> NDArray[np.float32]:
    """Where the channels of a stage that raise the score answer to a picture (1, C, H, W): ≥ 0, (h, w) of the stage.

    Each channel's map times the mean of its gradient, added up; what is below 0 is left out. Raises AssertionError for a stage
    behind the target, and RuntimeError for one beside its way. Source: Selvaraju et al., 2017.

    >>> from convviz.lab.inside.opened import opened as open_run
    >>> from convviz.lab.inside.targets import ChannelTarget
    >>> from convviz.lab.runs import shipped
    >>> run = open_run(str(shipped()[0].folder), 0)
    >>> deepest, first = layer_before(run, ClassTarget(1)), run.stages[0]
    >>> grad_cam(run, ClassTarget(1), run.batch([1]), deepest).shape
    (8, 8)
    >>> grad_cam(run, ChannelTarget(first.name, 0), run.batch([1]), deepest)
    Traceback (most recent call last):
    AssertionError: Forward hook did not obtain any outputs for given layer
    """
    method = LayerGradCam(_score(opened, target), opened.module.layer(stage.layer))
    found: Tensor = method.attribute(_leaf(image), relu_attributions=True)
    return _plane(found[:, 0])


def layer_before(opened: Opened, target: Target) -> Stage | None:
    """The stage that Grad-CAM looks at: the last one that the target depends on and that has more than one place.

    For a class it is no pooling: the last maps that were convolved, or added up. None where there is none, as in an MLP, and
    before a first layer. Raises `GeometryError` for a stage that is not there.

    >>> from convviz.lab.inside.opened import opened as open_run
    >>> from convviz.lab.inside.targets import ChannelTarget
    >>> from convviz.lab.runs import shipped
    >>> run = open_run(str(shipped()[0].folder), 0)
    >>> [getattr(layer_before(run, ChannelTarget(name, 0)), "name", None) for name in ("conv1_1", "conv2_1", "dense")]
    [None, 'pool1', 'conv3_1']
    >>> layer_before(run, ChannelTarget("conv9", 0))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: layer "conv9" is no layer of this network: name one of conv1_1, norm1_1, relu1_1, pool1, \
conv2_1, norm2_1, relu2_1, pool2, conv3_1, norm3_1, relu3_1, pool and 2 more
    """
    wide = [stage for stage in opened.stages if prod(stage.shape[1:]) > 1]
    if isinstance(target, ClassTarget):
        return _last([stage for stage in wide if stage.kind != "pooling"])
    needed = {layer.name for layer in pruned(opened.network, target.stage).layers[:-1]}
    return _last([stage for stage in wide if stage.layer in needed])


def _last(stages: Sequence[Stage]) -> Stage | None:
    return stages[-1] if stages else None


def _score(opened: Opened, target: Target) -> Score:
    return lambda images: target_score(opened.module, opened.stages, target, images)


def _leaf(image: Tensor) -> Tensor:
    """To be differentiated by: Captum warns where it has to ask for that itself."""
    return image.detach().clone().requires_grad_()


def _plane(values: Tensor) -> NDArray[Any]:
    """Of a batch of one."""
    return values[0].detach().float().cpu().contiguous().numpy()
