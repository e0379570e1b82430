"""One training picture, changed as training would change it; and a server that has it made elsewhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from convviz.lab import previews
from convviz.lab.augmentation import augment
from convviz.lab.augmentation_settings import Augmentation, survivors
from convviz.lab.data import KINDS, DataSettings, load
from convviz.lab.errors import PreviewError
from convviz.lab.executor import ProcessExecutor
from convviz.lab.preview import augmented
from convviz.lab.previews import MOST_COUNT, MOST_KEPT, MOST_WAITING, Previews, augmented_preview
from convviz.lab.settings import Settings
from tests.checks import refusal, same_array
from tests.conftest import ROOT
from tests.test_lab_runs import LONG, Waiting, until

SHAPES = Settings(
    data=DataSettings("shapes", train_per_class=50, test_per_class=1),
    augmentation=Augmentation(flip=True, rotation=20, translation=3, scale=0.1, colour=0.3, grey=0.2),
)
DIGITS = Settings(augmentation=Augmentation(flip=True, rotation=10, translation=1, scale=0.1, colour=0.3))


@pytest.fixture
def cluster() -> Waiting:
    return Waiting()


@pytest.fixture
def waiting(cluster: Waiting) -> Previews:
    return Previews(cluster)


@pytest.fixture
def real() -> Iterator[Previews]:
    executor = ProcessExecutor()
    yield Previews(executor)
    executor.shutdown(cancel_futures=True)


# --- Made ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("settings", "picture"), [(SHAPES, 0), (SHAPES, 299), (DIGITS, 7), (DIGITS, 1437)])
def test_it_is_what_training_makes_of_the_picture(settings: Settings, picture: int) -> None:
    data = load(settings.data)
    images, labels = torch.tensor(data.train.images), torch.tensor(data.train.labels)
    numbers = torch.full((9,), picture)
    objects = None if data.train.objects is None else torch.tensor(data.train.objects)[numbers]
    changed = augment(
        images[numbers].float().div_(data.kind.white),
        labels[numbers],
        settings.augmentation,
        torch.Generator().manual_seed(4),
        flips=torch.tensor(survivors(settings.augmentation, data.kind)),
        objects=objects,
    )
    made = augmented(settings, picture, 9, seed=4)
    assert (made.dtype, made.shape) == (np.uint8, (9, *data.kind.input_shape))
    # In memory they lie differently: what is interpolated may differ in its last bit.
    assert np.abs(made - (changed * 255).numpy()).max() <= 0.501
    assert len({each.tobytes() for each in made}) > 4
    same_array(made, augmented(settings, picture, 9, seed=4))
    assert (made != augmented(settings, picture, 9, seed=5)).any()


@pytest.mark.parametrize("name", ["digits", "shapes"])
def test_without_changes_it_is_the_picture_itself_as_bright_as_it_is(name: str) -> None:
    settings = Settings(data=replace(SHAPES.data, name=name))
    made = augmented(settings, 3, 2)
    bright = load(settings.data).train.images[3] * (255 / KINDS[name].white)
    for each in made:
        same_array(each, np.rint(bright))


@pytest.mark.parametrize(
    ("settings", "picture", "count", "parameter"),
    [
        (DIGITS, 1438, 1, "picture"),
        (DIGITS, -1, 1, "picture"),
        (SHAPES, 300, 1, "picture"),
        (DIGITS, 0, 0, "count"),
        (DIGITS, 0, MOST_COUNT + 1, "count"),
        (replace(DIGITS, augmentation=Augmentation(rotation=90)), 0, 1, "rotation"),
    ],
)
def test_what_cannot_be_is_refused_here_and_there(settings: Settings, picture: int, count: int, parameter: str) -> None:
    for attempt in (augmented, augmented_preview):
        assert refusal(attempt, settings, picture, count).parameter == parameter


# --- Made elsewhere ------------------------------------------------------------------------------------------------------


def test_a_process_makes_it_and_it_is_kept(real: Previews) -> None:
    assert real.of(SHAPES, 299, 3) is None
    until(lambda: real.of(SHAPES, 299, 3) is not None)
    made = real.of(SHAPES, 299, 3)
    assert made is not None
    same_array(made, augmented(SHAPES, 299, 3))
    assert real.of(replace(SHAPES, training=replace(SHAPES.training, lr=0.1)), 299, 3) is made, "it does not depend on lr"
    with pytest.raises(ValueError, match="read-only"):
        made[0] = 0


def test_a_process_that_is_killed_is_said_and_replaced(real: Previews) -> None:
    real.of(DIGITS, 0, 1)
    (future,) = real._asked._futures.values()
    until(lambda: future._worker is not None)  # type: ignore[attr-defined]
    os.kill(future._worker.process_id, signal.SIGKILL)  # type: ignore[attr-defined]
    until(future.done)
    with pytest.raises(PreviewError, match="the process that changes pictures was ended from outside: ask once more"):
        real.of(DIGITS, 0, 1)
    until(lambda: real.of(DIGITS, 0, 1) is not None)


def test_the_same_is_asked_once(waiting: Previews, cluster: Waiting) -> None:
    for _ in range(3):
        assert waiting.of(DIGITS, 0, 2) is None
    assert len(cluster.submitted) == 1
    cluster.let_go()
    made = waiting.of(DIGITS, 0, 2)
    assert made is not None
    assert waiting.of(DIGITS, 0, 2, seed=1) is None
    assert waiting.of(DIGITS, 0, 2) is made


def test_so_many_wait_and_the_others_come_again(waiting: Previews, cluster: Waiting) -> None:
    for picture in range(MOST_WAITING + 3):
        assert waiting.of(DIGITS, picture, 1) is None
    assert len(cluster.submitted) == MOST_WAITING
    cluster.let_go()
    assert waiting.of(DIGITS, MOST_WAITING, 1) is None
    assert len(cluster.submitted) == MOST_WAITING


def test_those_that_were_looked_at_longest_ago_are_forgotten(waiting: Previews, cluster: Waiting) -> None:
    def made(picture: int) -> Any:
        if waiting.of(DIGITS, picture, 1) is None:
            cluster.let_go()
        return waiting.of(DIGITS, picture, 1)

    first = made(0)
    for picture in range(1, MOST_KEPT):
        made(picture)
    assert made(0) is first
    made(MOST_KEPT)
    assert made(0) is first, "looked at again, it is the youngest"
    assert len(waiting._asked._futures) == MOST_KEPT
    assert waiting.of(DIGITS, 1, 1) is None


def test_what_fails_there_is_said_in_its_own_words_and_tried_again(real: Previews, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONVVIZ_DATA", raising=False)
    mnist = Settings(data=DataSettings("mnist"))
    assert real.of(mnist, 0, 1) is None
    (future,) = real._asked._futures.values()
    until(future.done)
    with pytest.raises(PreviewError, match=r"^MNIST: expected the environment variable CONVVIZ_DATA, found it not set"):
        real.of(mnist, 0, 1)
    assert real.of(mnist, 0, 1) is None


def test_the_server_loads_no_torch_and_ends_at_once() -> None:
    script = """
import sys, time
from convviz.lab.previews import augmented_preview
from convviz.lab.settings import recommended
while augmented_preview(recommended("shapes"), 7199, 4) is None: time.sleep(0.01)
print("torch" in sys.modules)
"""
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONG, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "False\n", "")


def test_everyone_shares_one_process() -> None:
    assert previews._PREVIEWS._asked._executor._most == 1  # type: ignore[attr-defined]
