"""`python -m convviz.lab`: trains, is killed, goes on; and the five lines of a notebook."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from convviz.lab.__main__ import main
from convviz.lab.augmentation_settings import Augmentation
from convviz.lab.data import KINDS
from convviz.lab.model import MLP, SmallCNN
from convviz.lab.names import changed
from convviz.lab.runs import Store
from convviz.lab.settings import Settings, Training, recommended
from convviz.lab.weights import unpacked
from tests.conftest import ROOT
from tests.killing import require_same

SMALL = ("--set", "model.channels=[3]", "--set", "training.batch_size=480", "--set", "training.threads=1")


def asked(store: Path, *command: str) -> Result:
    return CliRunner().invoke(main, ["--store", str(store), *command])


def test_it_trains_the_digits_to_the_figure_it_promises(tmp_path: Path) -> None:
    """As anyone types it, in a program of its own."""
    command = [sys.executable, "-W", "error", "-m", "convviz.lab", "train", "digits"]
    run = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "CONVVIZ_RUNS": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    said = re.search(r"^(digits-\w{4})  finished  (\d+\.\d)% after 12 epochs$", run.stdout, re.MULTILINE)
    assert said
    assert float(said[2]) >= 98


def test_a_notebook_needs_five_lines(tmp_path: Path) -> None:
    """Those of the README."""
    (block,) = re.findall(r"The same from a notebook:\n\n```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len([line for line in block.splitlines() if line]) == 5
    environment = {**os.environ, "CONVVIZ_RUNS": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", block], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    epochs = [line.split() for line in run.stdout.splitlines()]
    assert [epoch for epoch, *_ in epochs] == [str(number) for number in range(13)]
    assert float(epochs[-1][1].rstrip("%")) >= 98


def test_it_survives_a_kill_and_resumes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "convviz.lab", "--store", str(tmp_path), "train", "digits", "--epochs", "60", *SMALL]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    store = Store(tmp_path)
    while not [run for run in store.runs() if len(run.figures()) > 3]:
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    (run,) = store.runs()
    assert run.state == "interrupted"
    assert f"{run.id}  interrupted" in asked(tmp_path, "list").output
    resumed = asked(tmp_path, "resume", run.id)
    assert resumed.exit_code == 0, resumed.output
    whole = asked(tmp_path / "whole", "train", "digits", "--epochs", "60", *SMALL)
    assert whole.exit_code == 0, whole.output
    require_same(run, Store(tmp_path / "whole").runs()[0])
    assert "it is finished: start a new run with more epochs" in asked(tmp_path, "resume", run.id).output


def test_runs_are_compared_written_out_cancelled_and_deleted(tmp_path: Path) -> None:
    for lr in (0.01, 0.02):
        assert asked(tmp_path, "train", "digits", "--epochs", "1", *SMALL, "--set", f"training.lr={lr}").exit_code == 0
    second, first = (run.id for run in Store(tmp_path).runs())
    compared = asked(tmp_path, "compare", first, second).output.splitlines()
    assert [line.split()[:2] for line in compared[:2]] == [[first, "finished"], [second, "finished"]]
    assert compared[2:] == ["training.lr: 0.01, 0.02"]
    assert asked(tmp_path, "weights", first, str(tmp_path / "w")).exit_code == 0
    assert unpacked((tmp_path / "w").read_bytes()).layer("conv1_1").weight.shape == (3, 1, 3, 3)
    assert asked(tmp_path, "show", first).output.splitlines()[0].startswith("epoch 0: test ")
    assert asked(tmp_path, "cancel", first).output == f"{first}  finished\n"
    assert asked(tmp_path, "delete", first).output == f"{first}  deleted\n"
    assert [run.id for run in Store(tmp_path).runs()] == [second]


def test_weights_that_were_written_out_are_loaded_again(tmp_path: Path) -> None:
    assert asked(tmp_path, "train", "digits", "--epochs", "1", *SMALL).exit_code == 0
    (run,) = Store(tmp_path).runs()
    assert asked(tmp_path, "weights", run.id, str(tmp_path / "w")).exit_code == 0
    said = asked(tmp_path, "load", str(tmp_path / "w"))
    assert said.exit_code == 0, said.output
    loaded, _ = Store(tmp_path).runs()
    assert loaded.figures()[0].confusion == run.figures()[-1].confusion
    accuracy = f"{run.figures()[-1].test_accuracy:.1%}"
    assert said.output.splitlines()[1].startswith(f"{loaded.id}  finished  {accuracy} after 0 epochs")


@pytest.mark.parametrize(("content", "sentence"), [(b"PK\x03\x04", "Error: this is a pickle"), (None, "does not exist")])
def test_a_file_that_holds_no_weights_makes_no_run(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    if content:
        (tmp_path / "w").write_bytes(content)
    said = asked(tmp_path / "runs", "load", str(tmp_path / "w"))
    assert said.exit_code != 0
    assert sentence in said.output
    assert Store(tmp_path / "runs").runs() == ()


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("train", "digits", "--epochs", "0"), "Error: epochs is 0: it must be at least 1"),
        (("train", "digits", "--set", "training.speed=9"), "Error: there is no setting training.speed: did you mean"),
        (
            ("train", "digits", "--set", "training.lr.x=1"),
            "Error: there is no setting training.lr.x: did you mean training.lr?",
        ),
        (("weights", "shapes-7x7", "/nowhere/at/all"), "Error: /nowhere/at/all: "),
        (("train", "digits", "--set", "model=lenet5"), "Error: conv2, with 6×4×4 coming in: kernel 5 spans 5 cells"),
        (("train", "digits", "--set", "training.device=cuda"), "Error: device is cuda: torch finds no GPU on this machine"),
        (("train", "digits", "--set", "lr=0.1"), "Error: there is no setting lr: did you mean training.lr?"),
        (("train", "digits", "--set", "training.lr"), "Error: write NAME=VALUE: data, model"),
        (("train", "digits", "--set", "training.threads=99"), "Error: threads is 99: it must be at most 64"),
        (("train", "cats"), "is not one of 'digits', 'digits28', 'shapes'"),
        (("resume", "../x"), 'Error: "../x" is no id of a run'),
        (("resume", "digits-4k2f"), "Error: digits-4k2f: there is no such run"),
        (("train", "mnist"), "CONVVIZ_DATA"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.delenv("CONVVIZ_DATA", raising=False)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    said = asked(tmp_path, *command)
    assert said.exit_code != 0
    assert sentence in said.output
    assert "Traceback" not in said.output
    # Of a run that never began nothing is kept.
    assert asked(tmp_path, "list").output == f"there are no runs in {tmp_path}\n"


def test_a_folder_that_is_a_file_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert f"Error: {tmp_path / 'file'}: it is a file: name a folder" in asked(tmp_path / "file", "train", "digits").output


def test_whoever_sees_no_bar_sees_the_epochs(tmp_path: Path) -> None:
    lines = asked(tmp_path, "train", "digits", "--epochs", "2", *SMALL).output.splitlines()
    assert [line.split(":")[0] for line in lines[1:-1]] == ["epoch 0", "epoch 1"]
    assert "finished" in lines[-1]


def test_every_setting_that_is_named_can_be_changed(tmp_path: Path) -> None:
    for name in KINDS:
        said = asked(tmp_path, "settings", name).output.splitlines()
        assert changed(recommended(name), said) == recommended(name)
        assert len(said) > 20


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("model=mlp", {"model": MLP()}),
        ("model.kind=mlp", {"model": MLP()}),
        ("model.batch_norm=False", {"model": SmallCNN(batch_norm=False)}),
        ("model.channels=[8]", {"model": SmallCNN(channels=(8,))}),
        ("training.stop_at=0.9", {"training": Training(stop_at=0.9)}),
        ("augmentation.flip=true", {"augmentation": Augmentation(flip=True)}),
    ],
)
def test_a_setting_is_changed_as_it_is_written(change: str, expected: dict[str, Any]) -> None:
    assert changed(Settings(), [change]) == replace(Settings(), **expected)


def test_a_network_that_only_guesses_says_so(tmp_path: Path) -> None:
    wild = ("--set", "training.lr=10", "--set", "model.channels=[2]", "--set", "model.convolutions=1", "--epochs", "1")
    said = asked(tmp_path, "train", "digits", *wild, "--set", "training.batch_size=480")
    assert "no better than guessing after 3 steps: lower batch_size, or train for more epochs" in said.output
    said = asked(tmp_path, "train", "digits", *wild, "--set", "training.batch_size=10")
    assert "no better than guessing: lower lr from 10 to 1, or train for more epochs" in said.output
