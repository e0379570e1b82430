"""Networks opened up, for the tests of what is asked about them: the one that ships, and small ones with random weights."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import torch

from convviz.lab.data import DataSettings, Pictures, load_test
from convviz.lab.inside.opened import Opened, opened
from convviz.lab.inside.targets import Target, read_target
from convviz.lab.model import MLP, LeNet5, SmallCNN
from convviz.lab.module import build
from convviz.lab.runs import shipped
from convviz.lab.settings import Settings

FOLDER: Final = str(shipped()[0].folder)

SKIPS: Final = SmallCNN(channels=(4, 5), convolutions=2, skip=True, pooling="stride", activation="ELU", global_pooling="max")
SMALL: Final = {
    "skips, strides": Settings(model=SKIPS),
    "average pooling, no norm": Settings(model=SmallCNN(channels=(4, 3), pooling="average", batch_norm=False, dropout=0.5)),
    "even kernels": Settings(model=SmallCNN(channels=(3, 4), convolutions=1, kernel_size=2, global_pooling="none")),
    "sigmoids, 28×28": Settings(DataSettings("digits28"), LeNet5()),
    "no convolution": Settings(model=MLP(parameters=2000)),
}


def shipped_run() -> Opened:
    """The run that comes along, kept as a worker keeps it."""
    return opened(FOLDER, 0)


@cache
def small(name: str, pictures: int = 40) -> Opened:
    """One of `SMALL`, its batch norms anything but idle, with some pictures."""
    settings = SMALL[name]
    return with_pictures(settings, load_test(settings.data).taken(range(pictures)))


def with_pictures(settings: Settings, tests: Pictures, seed: int = 0) -> Opened:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = build(settings.network())
        for name, value in module.named_buffers():
            if "running" in name:
                value.uniform_(0.5, 1.5)
    return Opened.of(settings, module, tests)


def target(run: Opened, text: str) -> Target:
    return read_target(text, run.stages, len(run.kind.classes))


def inputs(run: Opened, *numbers: int) -> torch.Tensor:
    """Test pictures as training takes them, in the usual layout."""
    return torch.tensor(run.tests.images[list(numbers)]).float() / run.kind.white


def close(found: object, expected: object, tolerance: float = 1e-5) -> None:
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max(initial=0) <= tolerance * max(np.abs(expected).max(initial=0), 1)
