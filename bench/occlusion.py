"""Occlusion maps beside captum's: patch 8 at every position, on the network that the goal names."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from statistics import median
from typing import Final

import torch
from captum.attr import Occlusion
from playwright.sync_api import Browser
from torch import Tensor, nn

from bench.table import Row, interleaved, time_row
from convviz.lab.occlusion import occluded_scores

PATCH: Final = 8
CLASSES: Final = 10
TOGETHER: Final = (1, 8, 32, 64, 256)
"""captum's perturbations_per_eval; 1 is its default."""
ROUNDS: Final = {32: 9, 64: 5, 96: 2}
"""By the side of the picture: captum takes a minute for each round of the largest."""
GOALS: Final[Mapping[int, tuple[float | None, float | None]]] = {32: (1 / 4, None), 64: (1 / 10, 1 / 20), 96: (None, None)}
"""As multiples of captum's time at its best, and by default."""


def rows(_: Browser, __: Mapping[str, str]) -> Iterator[Row]:
    """On the CPU, and on a GPU where there is one."""
    for device in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):
        name = torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads"
        for side in ROUNDS:
            yield from _rows(side, torch.device(device), name)


def network(classes: int = CLASSES) -> nn.Sequential:
    """3×3 convolutions of 16, 16, 32 and 64 channels, a 2×2 pooling behind every second, a global average, a dense layer."""
    layers: list[nn.Module] = []
    for coming, channels in ((3, 16), (16, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(coming, channels, 3, padding=1), nn.ReLU()]
        if coming * channels in {16 * 16, 32 * 64}:
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes)).eval()


def _rows(side: int, device: torch.device, name: str) -> Iterator[Row]:
    torch.manual_seed(side)
    model, image = network().to(device), torch.rand(3, side, side, device=device)
    measures: dict[str, Callable[[], float]] = {
        way: partial(_milliseconds, device, partial(occluded_scores, model, image, patch=PATCH, way=way))  # type: ignore[arg-type]
        for way in ("auto", "plain")
    }
    measures |= {
        f"captum {number}": partial(_milliseconds, device, partial(_captum, model, image, number)) for number in TOGETHER
    }
    times = interleaved(measures, 1, ROUNDS[side])
    best = min(TOGETHER, key=lambda number: median(times[f"captum {number}"]))
    what = f"Occlusion map {side}×{side}, four convolutions, {name}"
    yield time_row(what, times["auto"], times["plain"], "whole passes in convviz's batches")
    for number in TOGETHER:
        goal = GOALS[side][0] if number == best else GOALS[side][1] if number == 1 else None
        words = f"captum, perturbations_per_eval {number}{', its default' * (number == 1)}{', its best' * (number == best)}"
        yield time_row(what, times["auto"], times[f"captum {number}"], words, goal if device.type == "cpu" else None)


def _captum(model: nn.Module, image: Tensor, together: int) -> Tensor:
    window = (len(image), PATCH, PATCH)
    settings = {"strides": (len(image), 1, 1), "baselines": 0.5, "target": 0, "perturbations_per_eval": together}
    with torch.inference_mode():
        attributed: Tensor = Occlusion(model).attribute(image[None], window, **settings)
    return attributed


def _milliseconds(device: torch.device, work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return 1000 * (time.perf_counter() - begun)
