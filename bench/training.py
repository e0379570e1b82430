"""Training: how well, and how fast beside the shortest loop that trains the same network; on a GPU beside a DataLoader."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import Any, Final

import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from playwright.sync_api import Browser
from torch.utils.data import DataLoader, TensorDataset

from bench.table import Row, interleaved, time_row
from convviz.lab.carry import carry_out
from convviz.lab.data import load
from convviz.lab.devices import device_of
from convviz.lab.module import build
from convviz.lab.runs import Store
from convviz.lab.settings import Settings, recommended
from convviz.lab.train import train

SEEDS: Final = 5
SHAPE_SEEDS: Final = 3
MOST: Final = 1.15
"""The goal, as a multiple of the bare loop."""
ROUNDS: Final = 7
TIMES: Final = 5.0
"""The goal on a GPU: so many times the pictures a second of a DataLoader."""


def rows(_: Browser, __: Mapping[str, str]) -> Iterator[Row]:
    """Accuracies over seeds, then the two loops by turns."""
    threads = torch.get_num_threads()
    digits = _accuracies("digits", SEEDS)
    yield _accuracy_row(f"Test accuracy on digits, mean of {SEEDS} seeds, default CNN", digits, 0.985)
    shapes = _accuracies("shapes", SHAPE_SEEDS)
    yield _accuracy_row(f"Test accuracy on shapes, mean of {SHAPE_SEEDS} seeds, {threads} threads", shapes, 0.97)
    settings = _on("cpu", recommended("digits"))
    settings = replace(settings, training=replace(settings.training, threads=threads))
    measures = {"convviz": partial(_lab_time, settings), "bare": partial(_bare_time, settings)}
    times = interleaved(measures, 1, ROUNDS)
    what = f"Digits, {settings.training.epochs} epochs, first step to last, {threads} threads"
    yield time_row(what, times["convviz"], times["bare"], "a bare loop: no test, no file", MOST)
    yield from _device_rows(torch.cuda.is_available())


def _accuracies(data: str, seeds: int) -> list[tuple[float, float]]:
    """The last epoch's, and the seconds it took to get there."""
    found = []
    for seed in range(seeds):
        settings = recommended(data)
        begun = time.perf_counter()
        *_, last = train(_on("cpu", replace(settings, training=replace(settings.training, seed=seed))))
        found.append((last.figures.test_accuracy, time.perf_counter() - begun))
    return found


def _accuracy_row(what: str, found: list[tuple[float, float]], least: float) -> Row:
    accuracy = mean(each for each, _ in found)
    words = f"{accuracy:.2%} ({min(found)[0]:.1%}–{max(found)[0]:.1%}), {median(seconds for _, seconds in found):.1f} s a run"
    return Row(what, words, "–", None, f"≥ {least:.1%}", accuracy >= least)


def _device_rows(has_gpu: bool) -> Iterator[Row]:
    """Pictures a second against the loop of torch's tutorials, with the accuracy that both reach."""
    device = device_of("auto")
    settings = _on(device.type, recommended("shapes"))
    settings = replace(settings, training=replace(settings.training, epochs=12 if has_gpu else 2))
    name = torch.cuda.get_device_name() if has_gpu else "there is no GPU: the CPU"
    measures: Mapping[str, Callable[[], tuple[float, float]]] = {
        "convviz": partial(_lab_speed, settings),
        "loader": partial(_loader_speed, settings),
    }
    speeds = interleaved(measures, int(has_gpu), 3)
    ours, theirs = ((median(speed for speed, _ in each), mean(right for _, right in each)) for each in speeds.values())
    yield Row(
        f"Pictures a second, shapes, {settings.training.epochs} epochs, {name}",
        f"{ours[0]:,.0f} ({ours[1]:.1%} right)",
        f"{theirs[0]:,.0f} ({theirs[1]:.1%} right), a DataLoader",
        ours[0] / theirs[0],
        f"ratio ≥ {TIMES:g}" if has_gpu else "",
        ours[0] / theirs[0] >= TIMES if has_gpu else None,
    )


def _on(device: Any, settings: Settings) -> Settings:
    return replace(settings, training=replace(settings.training, device=device))


def _lab_time(settings: Settings) -> float:
    """Milliseconds from the first step to the last of a run, everything in between included: tests, records, files, fsync."""
    moments: list[float] = []
    with TemporaryDirectory() as folder:
        run = Store(Path(folder)).prepare(settings)
        carry_out(str(run.folder), lambda _: moments.append(time.perf_counter()))
    return 1000 * (moments[-1] - moments[0])


def _bare_time(settings: Settings) -> float:
    """Milliseconds from the first step to the last of the shortest loop: tensors, a permutation, torch's AdamW as it comes."""
    training, white = settings.training, load(settings.data).kind.white
    pictures = load(settings.data).train
    images = torch.tensor(pictures.images / white, dtype=torch.float32)
    labels = torch.tensor(pictures.labels)
    torch.manual_seed(training.seed)
    module, optimizer, schedule = _made(settings, len(labels), torch.device("cpu"))
    moments: list[float] = []
    for _ in range(training.epochs):
        for batch in torch.randperm(len(labels)).split(training.batch_size):
            loss = F.cross_entropy(module(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            moments.append(time.perf_counter())
    return 1000 * (moments[-1] - moments[0])


def _made(settings: Settings, count: int, device: torch.device) -> tuple[Any, Any, Any]:
    training = settings.training
    module = build(settings.network()).to(device)
    with torch.no_grad():
        next(module.parameters()).mul_(training.first_scale)
    optimizer = torch.optim.AdamW(module.parameters(), lr=training.lr, weight_decay=training.weight_decay)
    steps = training.epochs * -(-count // training.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, training.lr, total_steps=steps, cycle_momentum=False)
    return module, optimizer, schedule


def _lab_speed(settings: Settings) -> tuple[float, float]:
    figures = [epoch.figures for epoch in train(settings)][1:]
    return median(each.pictures_per_second for each in figures), figures[-1].test_accuracy


def _loader_speed(settings: Settings) -> tuple[float, float]:
    """Median of the epochs, as for the lab; and how many of the test pictures are right at the end."""
    device, dataset = device_of(settings.training.device), load(settings.data)
    train_set, test_set = (
        TensorDataset(torch.tensor(part.images / dataset.kind.white, dtype=torch.float32), torch.tensor(part.labels))
        for part in (dataset.train, dataset.test)
    )
    torch.manual_seed(settings.training.seed)
    module, optimizer, schedule = _made(settings, len(train_set), device)
    speeds = []
    for _ in range(settings.training.epochs):
        begun = time.perf_counter()
        for images, labels in DataLoader(train_set, settings.training.batch_size, shuffle=True):
            turned = torch.where(torch.rand(len(images), 1, 1, 1) < 0.5, images.flip(3), images)
            loss = F.cross_entropy(module(turned.to(device)), labels.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        if device.type == "cuda":
            torch.cuda.synchronize()
        speeds.append(len(train_set) / (time.perf_counter() - begun))
    module.eval()
    with torch.no_grad():
        said = torch.cat([module(images.to(device)).argmax(1).cpu() for images, _ in DataLoader(test_set, 256)])
    return median(speeds), (said == test_set.tensors[1]).float().mean().item()
