"""The score of a target, to be differentiated: the network is run no further than to the layer that says it."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from convviz.lab.inside.stages import Stage, stage_of
from convviz.lab.inside.targets import ChannelTarget, ClassTarget, Target, UnitTarget
from convviz.lab.module import NetworkModule


def target_score(module: NetworkModule, stages: Sequence[Stage], target: Target, images: Tensor) -> Tensor:
    """How strongly a network answers to each of a batch of pictures (N, C, H, W): (N,).

    Of a class its score before the softmax; of a unit its value; of a channel, or a direction, the mean over its places.
    Raises `GeometryError` for a stage that is not there.

    >>> import torch
    >>> from convviz.lab.inside.stages import stages
    >>> from convviz.lab.module import build
    >>> from convviz.network import PRESETS
    >>> network = PRESETS["lenet5"].network
    >>> target_score(build(network), stages(network), ChannelTarget("conv1", 5), torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2])
    >>> target_score(build(network), stages(network), ChannelTarget("conv9", 5), torch.zeros(2, 1, 28, 28))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: layer conv9 is none that is looked at: there are conv1, pool1, conv2, pool2, dense1, \
dense2, dense3
    """
    if isinstance(target, ClassTarget):
        scores: Tensor = module(images)
        return scores[:, target.label]
    answers: Tensor = module(images, until=stage_of(stages, target.stage).layer)
    match target:
        case UnitTarget(_, channel, row, column):
            return answers[:, channel, row, column]
        case ChannelTarget(_, channel):
            return _mean(answers[:, channel])
    channels, weights = zip(*target.parts, strict=True)
    return _mean(answers[:, list(channels)].movedim(1, -1) @ answers.new_tensor(weights))


def _mean(values: Tensor) -> Tensor:
    """Over all places that there are."""
    return values.reshape(len(values), -1).mean(1)
