"""The effective receptive field of a unit of a trained network, beside that of the same network before its first step."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from convviz.lab.data import Dataset
from convviz.lab.fields.effective import EffectiveField, over_box
from convviz.lab.fields.units import box_of
from convviz.lab.inside.answer import Answer
from convviz.lab.inside.arguments import text, whole
from convviz.lab.inside.opened import Opened
from convviz.lab.inside.pictures import inputs_of
from convviz.lab.inside.stages import Stage, stage_of
from convviz.lab.module import NetworkModule
from convviz.lab.train import Trainer

Place = tuple[int, ...]
"""A channel, and where there are places, row and column."""

PICTURES: Final = 32
"""Test pictures that are averaged over."""


def field(opened: Opened, arguments: Mapping[str, str]) -> Answer:
    """The answer to `field?layer=conv2_1&channel=2&row=13&column=7`; what is flat has neither row nor column.

    Raises `GeometryError` for a layer or a unit of none.
    """
    stage = stage_of(opened.stages, text(arguments, "layer"))
    place = _place(stage, arguments)
    pictures = some_pictures(opened)
    modules = {"trained": trained(opened), "untrained": untrained(opened)}
    found = {name: effective_field(opened, module, stage, place, pictures) for name, module in modules.items()}
    told = {name: _told(each) for name, each in found.items()}
    box = found["trained"]
    tensors = {name: each.magnitude.astype(np.float32) for name, each in found.items()}
    return Answer(tensors, {"first": box.first, "sizes": box.magnitude.shape, "pictures": len(pictures), **told})


def effective_field(
    opened: Opened, module: NetworkModule, stage: Stage, place: Place, pictures: NDArray[np.float64]
) -> EffectiveField:
    """How much each cell of a unit's theoretical field moves it: |∂unit / ∂cell|, the mean over `pictures` (N, C, H, W).

    Added up over the picture's channels and scaled to a sum of 1; 0 everywhere where nothing comes through, as behind a ReLU
    that is 0 for every picture. `module` is one of the run's network, in float64: along the border of a deep field gradients
    are small. Raises `GeometryError` for a place of none. Source: Luo et al., 2016.

    >>> from convviz.lab.inside.opened import opened as open_run
    >>> from convviz.lab.runs import shipped
    >>> run = open_run(str(shipped()[0].folder), 0)
    >>> found = effective_field(run, trained(run), run.stages[0], (0, 9, 7), some_pictures(run)[:2])
    >>> found.first, found.magnitude.shape, round(float(found.magnitude.sum()), 6)
    ((6, 4), (7, 7), 1.0)
    >>> effective_field(run, trained(run), run.stages[0], (0, 32, 7), some_pictures(run)[:2])
    Traceback (most recent call last):
    convviz.geometry.GeometryError: unit is (32, 7): relu1_1 has units (0, 0) to (31, 31)
    """
    box = box_of(opened.network, stage.layer, place[1:] or place)
    total = np.zeros(pictures.shape[2:])
    for first in range(0, len(pictures), opened.at_once):
        total += _magnitude(module, stage, place, pictures[first : first + opened.at_once])
    return over_box(box, total, len(pictures))


def some_pictures(opened: Opened) -> NDArray[np.float64]:
    """At most `PICTURES` of the test pictures, spread over all of them, as the network takes them."""
    apart = max(len(opened.tests) // PICTURES, 1)
    return inputs_of(opened.tests.images[::apart][:PICTURES], opened.kind).astype(np.float64)


def trained(opened: Opened) -> NetworkModule:
    """The run's network in float64, on the CPU."""
    return opened.once("trained", lambda: deepcopy(opened.module).cpu().double())


def untrained(opened: Opened) -> NetworkModule:
    """The same network with the weights of epoch 0, in float64: what its seed gave it before the first step.

    Weights that somebody brought were trained elsewhere: theirs are then of the same kind, and not the same.
    """
    return opened.once("untrained", lambda: _untrained(opened))


def _untrained(opened: Opened) -> NetworkModule:
    settings = replace(opened.settings, training=replace(opened.settings.training, device="cpu"))
    weights = Trainer(settings, Dataset(opened.kind, opened.tests, opened.tests)).weights()
    module = deepcopy(opened.module).cpu()
    module.load_state_dict({name: torch.tensor(value) for name, value in weights.items()})
    return module.double()


def _magnitude(module: NetworkModule, stage: Stage, place: Place, pictures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Added up over a batch: each picture's unit depends on that picture alone."""
    batch = torch.tensor(pictures, requires_grad=True)
    unit = module(batch, until=stage.layer)[(slice(None), *place)]
    (found,) = torch.autograd.grad(unit.sum(), batch)
    total: NDArray[np.float64] = found.abs().sum((0, 1)).numpy()
    return total


def _place(stage: Stage, arguments: Mapping[str, str]) -> Place:
    names = ("channel", "row", "column")[: len(stage.shape)]
    return tuple(whole(arguments, name, 0, size - 1) for name, size in zip(names, stage.shape, strict=True))


def _told(found: EffectiveField) -> Mapping[str, Any]:
    return {"central_mass": found.central_mass, "mean": found.mean, "deviation": found.deviation}
