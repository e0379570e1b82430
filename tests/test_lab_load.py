"""Weights that are loaded again: a run like any other, which is tested and not trained."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from convviz.lab.carry import carry_out
from convviz.lab.errors import FullError, StoreError, WeightsError
from convviz.lab.executor import ProcessExecutor
from convviz.lab.header import MOST_BYTES
from convviz.lab.run import Order, Run
from convviz.lab.runs import Store, shipped
from convviz.lab.settings import Settings
from tests.conftest import ROOT
from tests.killing import require_readable
from tests.lab import TINY, tiny
from tests.test_lab_runs import Waiting, until


@pytest.fixture
def cluster() -> Waiting:
    return Waiting()


@pytest.fixture
def store(tmp_path: Path, cluster: Waiting) -> Store:
    return Store(tmp_path / "runs", executor=cluster)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Store]:
    executor = ProcessExecutor()
    yield Store(tmp_path / "runs", executor=executor)
    executor.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Store(tmp_path_factory.mktemp("trained")).prepare(TINY)
    carry_out(str(run.folder))
    return run


def spoilt(weights: bytes, name: str = "dense.bias", value: float = float("nan"), settings: Settings = TINY) -> bytes:
    """The file with other numbers under one name."""
    tensors = safetensors.numpy.load(weights)
    tensors[name] = np.full_like(tensors[name], value)
    return safetensors.numpy.save(tensors, {"convviz": settings.written()})


def test_what_is_loaded_says_what_was_said_when_it_was_trained(store: Store, cluster: Waiting, trained: Run) -> None:
    run = store.load(trained.weights())
    assert (run.state, run.order.loaded, run.settings) == ("queued", True, TINY)
    cluster.let_go()
    assert (run.state, run.message, run.checkpoint(), run.progress()) == ("finished", "", None, None)
    assert run.status.device.startswith("CPU, 1 thread")
    (figures,), last = run.figures(), trained.figures()[-1]
    assert (figures.epoch, figures.train_loss, figures.train_accuracy) == (0, None, None)
    assert (figures.test_loss, figures.confusion) == (last.test_loss, last.confusion)
    ours, theirs = run.arrays(0), trained.arrays(last.epoch)
    assert {name: array.tobytes() for name, array in ours.items()} == {name: array.tobytes() for name, array in theirs.items()}
    assert run.weights() == trained.weights()
    require_readable(run)
    assert store.runs() == (run,)


def test_it_is_carried_out_by_a_process_of_its_own(processes: Store, trained: Run) -> None:
    run = processes.load(trained.weights(), owner="mine")
    until(lambda: run.state == "finished")
    assert len(run.figures()) == 1
    processes.delete(run.id, "mine")


def test_the_run_that_comes_along_can_be_loaded(store: Store, cluster: Waiting) -> None:
    known = shipped()[0]
    run = store.load(known.weights())
    cluster.let_go()
    assert abs(run.figures()[0].test_accuracy - known.figures()[-1].test_accuracy) < 0.003


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("dense.bias", float("nan"), '"dense.bias" holds numbers that are not finite: the training diverged, or the file is'),
        ("conv1_1.weight", 1e38, "their loss is no number: the training diverged, or the file is damaged"),
    ],
)
def test_weights_that_are_refused_leave_the_run_failed(
    store: Store, cluster: Waiting, name: str, value: float, message: str
) -> None:
    plain = replace(TINY, model=replace(TINY.model, batch_norm=False))
    run = store.prepare(plain)
    carry_out(str(run.folder))
    run = store.load(spoilt(run.weights(), name, value, plain))
    cluster.let_go()
    assert run.state == "failed"
    assert run.message.startswith(message)
    assert store.problem(run.id) == run.message
    assert run.figures() == ()


def test_weights_of_another_network_leave_the_run_failed(store: Store, cluster: Waiting, trained: Run) -> None:
    other = replace(TINY, model=replace(TINY.model, channels=(4,)))
    run = store.load(spoilt(trained.weights(), value=0.0, settings=other))
    cluster.let_go()
    assert run.state == "failed"
    assert "these are weights of another network" in run.message


def test_a_device_that_is_not_there_hinders_nobody(store: Store, cluster: Waiting, trained: Run) -> None:
    elsewhere = tiny(device="cuda")
    run = store.load(spoilt(trained.weights(), value=0.0, settings=elsewhere))
    cluster.let_go()
    assert (run.state, run.settings) == ("finished", elsewhere)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04", "this is a pickle"),
        (b"nothing", "the file is cut off, damaged, or no safetensors file"),
        (bytes(MOST_BYTES + 1), "the file has 67,108,865 bytes"),
        (safetensors.numpy.save({"a": np.zeros(1)}), "the file does not say which network it belongs to"),
        (safetensors.numpy.save({"a": np.zeros(1)}, {"convviz": "{"}), "the file names a network that cannot be"),
    ],
    ids=["pickle", "words", "large", "silent", "damaged"],
)
def test_what_is_no_file_of_weights_is_refused_before_anything_is_made(store: Store, data: bytes, message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        store.load(data)
    assert store.runs() == ()
    assert not [path for path in store.folder.glob("*") if path.is_dir()]


def test_there_has_to_be_room_for_it(tmp_path: Path, cluster: Waiting, trained: Run) -> None:
    store = Store(tmp_path, executor=cluster, most_bytes=1000)
    with pytest.raises(FullError, match="0 of 1,000 bytes are taken by 0 runs, and this one needs"):
        store.load(trained.weights())


def test_a_file_that_is_larger_than_its_network_is_counted_on_in_full(store: Store, trained: Run) -> None:
    tensors = safetensors.numpy.load(trained.weights())
    large = safetensors.numpy.save({**tensors, "more": np.zeros(2**18)}, {"convviz": TINY.written()})
    assert store.load(large).order.expected_bytes == len(large)


def test_one_that_was_interrupted_is_tested_again(store: Store, trained: Run) -> None:
    run = store.prepare_load(trained.weights())
    assert run.state == "interrupted"
    with run.claimed():
        run.stand("training")
    assert run.message == "nobody trains it, and it has no epoch yet: resume it"
    store.resume(run.id)
    carry_out(str(run.folder))
    assert run.state == "finished"
    with pytest.raises(StoreError, match="it is finished"):
        store.resume(run.id)


def test_an_order_that_was_written_before_there_were_such_runs_is_read(store: Store) -> None:
    run = store.prepare(TINY)
    written = json.loads((run.folder / "run.json").read_bytes())
    del written["loaded"]
    (run.folder / "run.json").write_text(json.dumps(written))
    assert run.order == Order(TINY, written["created"], written["owner"], written["expected_bytes"])


def test_the_server_loads_no_torch_for_it(tmp_path: Path, trained: Run) -> None:
    script = f"""
import sys
from concurrent.futures import Executor, Future
from pathlib import Path
from convviz.lab.runs import Store

class Never(Executor):
    def submit(self, *_):
        return Future()

weights = Path({str(trained.folder)!r}, "weights.safetensors").read_bytes()
Store(Path({str(tmp_path)!r}), executor=Never()).load(weights)
print("torch" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
