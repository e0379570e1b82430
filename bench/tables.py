"""A network's whole table: ours from sizes alone, torchinfo's by running the network."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import torch
import torchinfo
from playwright.sync_api import Browser

from bench.table import Row, interleaved, time_row
from convviz.network import PRESETS, Layer, Network, TransposedConvolution
from tests.networks import NETWORKS

MOST: Final = 0.1
"""The goal, as a part of torchinfo's time."""
WARM_UP: Final = 2
COUNTED: Final = 9


def rows(_browser: Browser, _servers: Mapping[str, str]) -> Iterator[Row]:
    """ResNet-50's table against torchinfo's on the same network, and the layer that torchinfo counts wrongly."""
    network, twin = PRESETS["resnet50"].network, NETWORKS["resnet50"]().eval()
    shape = (1, *network.input_shape)
    measures = {
        "convviz": partial(_milliseconds, network.table),
        "torchinfo": partial(_milliseconds, lambda: torchinfo.summary(twin, shape, verbose=0)),
    }
    times = interleaved(measures, WARM_UP, COUNTED)
    told = torchinfo.summary(twin, shape, verbose=0)
    assert told.total_params == network.table().parameters  # noqa: S101 - both must have measured the same network
    yield time_row("Table of ResNet-50", times["convviz"], times["torchinfo"], "torchinfo.summary", MOST)
    yield _transposed()


def _transposed() -> Row:
    """MACs of a transposed convolution: it multiplies at its input positions; the flop counter of torch decides."""
    (ours,) = Network((64, 16, 16), (Layer("up", TransposedConvolution(32, 4, 2, 1)),)).table()
    module = torch.nn.ConvTranspose2d(64, 32, 4, 2, 1, bias=False)
    theirs = torchinfo.summary(module, (1, 64, 16, 16), verbose=0).total_mult_adds
    return Row("MACs of ConvTranspose2d(64, 32, 4, 2, 1) on 16×16", f"{ours.macs:,}", f"{theirs:,}, torchinfo")


def _milliseconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)
