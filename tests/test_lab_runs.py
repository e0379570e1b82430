"""The store of runs: who waits, who trains, who may end it; and that nothing leads out of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch

from convviz.geometry import GeometryError
from convviz.lab import runs
from convviz.lab.carry import carry_out
from convviz.lab.data import load
from convviz.lab.errors import FullError, OwnerError, StoreError
from convviz.lab.executor import ProcessExecutor
from convviz.lab.model import MLP
from convviz.lab.room import expected_bytes
from convviz.lab.run import Run
from convviz.lab.runs import Store, follow, shipped
from convviz.lab.settings import Settings, differences
from convviz.lab.weights import unpacked
from scripts import make_shipped_run
from tests.conftest import ROOT
from tests.killing import require_readable, require_same
from tests.lab import TINY, tiny

LONG = 60
"""Seconds that nothing here takes."""
ENDLESS = tiny(epochs=1000)


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


class Waiting(Executor):
    """In the place of a cluster's: it runs what it is told to, when it is told to, in this process."""

    def __init__(self) -> None:
        self.submitted: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:  # type: ignore[override]
        future: Future[Any] = Future()
        self.submitted.append((future, fn, args))
        return future

    def let_go(self) -> None:
        """The next one that nobody cancelled."""
        future, call, arguments = self.submitted.pop(0)
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(call(*arguments))
            except Exception as error:  # whatever it was, the future knows
                future.set_exception(error)


@pytest.fixture
def cluster() -> Waiting:
    return Waiting()


@pytest.fixture
def store(tmp_path: Path, cluster: Waiting) -> Store:
    return Store(tmp_path / "runs", executor=cluster)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Store]:
    """A store with processes of its own, two at once."""
    executor = ProcessExecutor(max_workers=2)
    yield Store(tmp_path / "runs", executor=executor)
    executor.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """TINY, never interrupted."""
    run = Store(tmp_path_factory.mktemp("whole")).prepare(TINY)
    carry_out(str(run.folder))
    return run


# --- Queue ---------------------------------------------------------------------------------------------------------------


def test_runs_wait_their_turn_and_know_their_place(store: Store, cluster: Waiting) -> None:
    first, second = store.start(TINY), store.start(TINY)
    assert [(run.state, store.place(run.id)) for run in (first, second)] == [("queued", 1), ("queued", 2)]
    cluster.let_go()
    assert [(run.state, store.place(run.id)) for run in (first, second)] == [("finished", 0), ("queued", 1)]
    cluster.let_go()
    assert second.state == "finished"
    assert [run.id for run in store.runs()] == [second.id, first.id]


def test_so_many_wait_and_no_more(store: Store) -> None:
    first, *others = (store.start(TINY) for _ in range(runs.MOST_WAITING))
    with pytest.raises(FullError, match="20 runs wait already, and no more can: come back later, or cancel one"):
        store.start(TINY)
    assert len(store.runs()) == 20
    store.cancel(first.id, store.token)
    store.start(TINY)
    assert store.place(others[0].id) == 1


def test_a_queued_run_is_cancelled_and_never_begins(store: Store, cluster: Waiting) -> None:
    run, other = store.start(TINY), store.start(TINY)
    store.cancel(run.id, store.token)
    assert (run.state, store.place(other.id)) == ("cancelled", 1)
    cluster.let_go()
    assert (run.state, run.figures()) == ("cancelled", ())
    assert store.cancel(run.id, store.token) == "cancelled"
    with pytest.raises(OwnerError):
        store.resume(run.id)
    store.resume(run.id, store.token)
    cluster.let_go()
    cluster.let_go()
    assert (run.state, other.state) == ("finished", "finished")


def test_an_executor_that_cannot_cancel_hears_of_it_from_the_run(tmp_path: Path) -> None:
    """A thread, as a stand-in for a cluster: its futures cannot be cancelled once they run."""
    with ThreadPoolExecutor(1) as threads:
        store = Store(tmp_path, executor=threads)
        run = store.start(ENDLESS)
        until(lambda: len(run.figures()) > 1)
        assert run.state == "training"
        store.cancel(run.id, store.token)
        assert run.state == "cancelled"
    require_readable(run)


def test_a_queue_that_is_gone_leaves_its_runs_interrupted(tmp_path: Path) -> None:
    script = f"from tests.test_lab_runs import *; store = Store(Path({str(tmp_path)!r}), executor=Waiting()); store.start(TINY)"
    subprocess.run([sys.executable, "-c", f"{script}; assert store.runs()[0].state == 'queued'"], cwd=ROOT, check=True)
    (run,) = Store(tmp_path).runs()
    assert run.state == "interrupted"
    assert run.message == "nobody trains it, and it has no epoch yet: resume it"
    other = Store(tmp_path, executor=Waiting())
    other.resume(run.id)
    assert run.state == "queued"
    assert len([*tmp_path.glob(".keeper-*")]) == 1


def test_a_finished_run_is_never_trained_again(store: Store, cluster: Waiting, whole: Run) -> None:
    """Two programs have it in their queues: the second one finds it finished."""
    run = store.start(TINY)
    carry_out(str(run.folder))
    written = (run.folder / "epochs.jsonl").read_bytes()
    cluster.let_go()
    assert carry_out(str(run.folder)) == "finished"
    assert (run.folder / "epochs.jsonl").read_bytes() == written, "with the times of the first training"
    require_same(run, whole)


def test_a_run_that_another_program_cancels_never_begins(store: Store, cluster: Waiting) -> None:
    run = store.start(TINY)
    assert Store(store.folder).cancel(run.id, store.token) == "cancelled"
    cluster.let_go()
    assert (run.state, run.figures()) == ("cancelled", ())


def test_a_run_is_cancelled_by_whoever_trains_it_when_they_hear_of_it(store: Store) -> None:
    run = store.start(TINY)
    with run.claimed():
        run.stand("training")
        assert store.cancel(run.id, store.token) == "training"
    assert run.is_unwanted


def test_a_queue_that_takes_no_more_says_so(tmp_path: Path) -> None:
    executor = ProcessExecutor()
    executor.shutdown()
    store = Store(tmp_path, executor=executor)
    with pytest.raises(StoreError, match="its queue takes no more runs"):
        store.start(TINY)
    assert store.runs() == ()


def test_looking_disturbs_nobody(store: Store) -> None:
    """Many look at once at a run that nobody trains: none takes another one for its trainer."""
    run = store.prepare(TINY)
    (run.folder / "lock").touch()
    run.stand("training")
    with ThreadPoolExecutor(8) as threads:
        seen = set(threads.map(lambda _: run.state, range(2000)))
    assert seen == {"interrupted"}


# --- Processes -----------------------------------------------------------------------------------------------------------


def test_a_killed_process_harms_only_its_own_run(processes: Store, whole: Run) -> None:
    killed, other, third = (processes.start(settings) for settings in (ENDLESS, TINY, TINY))
    assert processes.place(third.id) == 3
    assert processes.before(third.id) == (killed.id, other.id)
    until(lambda: len(killed.figures()) > 2)
    assert killed.state == "training"
    assert killed.status.device.startswith("CPU, 1 thread")
    os.kill(processes._futures[killed.id]._worker.process_id, signal.SIGKILL)  # type: ignore[attr-defined]
    until(lambda: other.state == third.state == "finished")
    until(lambda: killed.state == "interrupted")
    assert "resume it from its last epoch" in processes.problem(killed.id)
    for run in (other, third):
        require_same(run, whole)
    require_readable(killed)
    done = len(killed.figures())
    processes.resume(killed.id)
    until(lambda: len(killed.figures()) > done)
    processes.cancel(killed.id, processes.token)
    assert killed.state == "cancelled"


def test_cancelling_ends_the_process_at_once(processes: Store) -> None:
    run = processes.start(ENDLESS)
    until(lambda: run.progress() is not None)
    process = processes._futures[run.id]._worker.process_id  # type: ignore[attr-defined]
    processes.cancel(run.id, processes.token)
    assert run.state == "cancelled"
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    require_readable(run)


def test_a_process_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    """Even one that is killed and can tell nobody."""
    script = (
        "from tests.test_lab_runs import *; store = Store(Path(sys.argv[1])); run = store.start(ENDLESS)\n"
        "until(lambda: len(run.figures()) > 1); print(store._futures[run.id]._worker.process_id); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, check=False)
    (run,) = Store(tmp_path).runs()
    until(lambda: run.state == "interrupted")
    assert not is_alive(int(done.stdout))
    require_readable(run)


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_a_run_is_followed_as_it_comes(processes: Store) -> None:
    assert [figures.epoch for figures in follow(processes.start(TINY))] == [0, 1, 2, 3, 4]


def test_what_went_wrong_there_is_said_here(processes: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONVVIZ_DATA", raising=False)
    run = processes.start(replace(TINY, data=replace(TINY.data, name="mnist")))
    until(lambda: run.state == "failed")
    assert "CONVVIZ_DATA" in run.message
    assert processes.problem(run.id) == run.message


def test_a_run_that_diverges_says_so_and_keeps_what_it_had(store: Store, cluster: Waiting) -> None:
    run = store.start(replace(tiny(optimizer="SGD", lr=10, weight_decay=9.0, epochs=50), model=MLP()))
    cluster.let_go()
    assert run.state == "failed"
    assert re.fullmatch(r"the loss became NaN in epoch \d+: lr 10 is too large for this network; lower lr to 1", run.message)
    assert store.problem(run.id) == run.message
    with pytest.raises(StoreError, match="the loss became NaN"):
        list(follow(run))
    assert all(figures.test_loss < float("inf") for figures in run.figures())
    require_readable(run)


def test_a_run_is_trained_once_at_a_time(store: Store, cluster: Waiting) -> None:
    run = store.start(TINY)
    with pytest.raises(StoreError, match="it goes on already: watch it, or cancel it first"):
        store.resume(run.id)
    with run.claimed(), pytest.raises(StoreError, match="it is being trained already"), run.claimed(patience=0):
        pass
    cluster.let_go()
    with pytest.raises(StoreError, match="it is finished: start a new run with more epochs"):
        store.resume(run.id)


# --- Whose it is -----------------------------------------------------------------------------------------------------------


def test_only_whoever_started_it_and_the_keeper_of_the_store_end_it(store: Store) -> None:
    run = store.start(TINY, owner="mine")
    for attempt in (store.cancel, store.delete):
        with pytest.raises(OwnerError, match="it belongs to whoever started it: ask them, or whoever keeps the store"):
            attempt(run.id, "yours")
        with pytest.raises(OwnerError):
            attempt(run.id, "")
    assert run.state == "queued"
    store.cancel(run.id, "mine")
    store.delete(run.id, store.token)
    assert store.runs() == ()
    with pytest.raises(StoreError, match="there is no such run: it was deleted, or the link is wrong"):
        store.run(run.id)


def test_the_store_keeps_hashes_and_its_own_token_to_itself(store: Store) -> None:
    run = store.start(TINY, owner="open sesame")
    files = [path for path in store.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if b"open sesame" in path.read_bytes()]
    assert store.token == Store(store.folder).token
    assert (store.folder / "owner.token").stat().st_mode & 0o077 == 0
    assert store.token.encode() not in (run.folder / "run.json").read_bytes()


def test_everybody_sees_the_same_token_of_a_store(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        for number in range(30):
            tokens = {*threads.map(lambda _, number=number: Store(tmp_path / str(number)).token, range(8))}
            assert len(tokens) == 1
            assert "" not in tokens
    assert {path.name for path in (tmp_path / "0").iterdir()} == {"owner.token"}


def test_an_empty_token_owns_nothing(store: Store) -> None:
    run = store.start(TINY, owner="mine")
    (store.folder / "owner.token").write_text("")
    with pytest.raises(StoreError, match=r"owner.token: it is empty: delete it, and another one is made"):
        store.cancel(run.id, "")


def test_deleting_a_run_that_trains_ends_it_first(processes: Store) -> None:
    run = processes.start(ENDLESS)
    until(lambda: len(run.figures()) > 0)
    processes.delete(run.id, processes.token)
    assert processes.runs() == ()
    assert not [path for path in processes.folder.iterdir() if run.id in path.name]


@pytest.mark.parametrize(
    "name",
    ["../runs", "..", ".", "", "/etc", "a/b", "a\\b", "a\0", "Digits-4k2f", ".new-1", "a" * 41, "-a", "a--b", "é", None, 7],
)
def test_ids_do_not_lead_out_of_the_store(store: Store, name: Any) -> None:
    store.start(TINY)
    for attempt in (store.run, store.resume, lambda each: store.delete(each, store.token)):
        with pytest.raises(StoreError, match="is no id of a run: ids are letters and digits, as in shapes-4k2f"):
            attempt(name)


def test_a_link_in_the_store_is_no_run(store: Store, whole: Run) -> None:
    store.start(TINY)
    (store.folder / "elsewhere").symlink_to(whole.folder)
    with pytest.raises(StoreError, match="there is no such run"):
        store.run("elsewhere")
    assert len(store.runs()) == 1


def test_what_is_no_run_is_left_out(store: Store) -> None:
    run = store.start(TINY)
    for name in ("empty", "notes.txt"):
        (store.folder / name).mkdir()
    damaged = store.start(TINY)
    (damaged.folder / "run.json").write_text('{"settings": {"training": {"epochs": "many"}}}')
    assert [each.id for each in store.runs()] == [run.id]
    with pytest.raises(
        StoreError, match=r"its settings cannot be read \(settings.training.epochs is 'many': .*integer\): delete it"
    ):
        store.run(damaged.id).settings  # noqa: B018 - reading is what fails


# --- Room --------------------------------------------------------------------------------------------------------------------


def test_a_store_takes_no_more_than_it_may(tmp_path: Path, cluster: Waiting) -> None:
    needs = expected_bytes(tiny())
    store = Store(tmp_path, executor=cluster, most_bytes=2 * needs + 1)
    first, _ = store.start(TINY), store.start(TINY)
    with pytest.raises(FullError, match=f"bytes are taken by 2 runs, and this one needs {needs:,}: delete some") as caught:
        store.start(TINY)
    assert "or train a smaller network for fewer epochs" in str(caught.value)
    assert len(store.runs()) == 2
    # Finished, it takes what it takes: less than what it was counted on for.
    cluster.let_go()
    assert first.size < needs
    store.delete(first.id, store.token)
    store.start(TINY)


def test_what_killed_programs_left_is_cleared_away(store: Store) -> None:
    for name in (".gone-1", ".new-1", ".new-2"):
        (store.folder / name).mkdir(parents=True)
    for name in (".gone-1", ".new-1"):
        os.utime(store.folder / name, (0, 0))
    run = store.start(TINY)
    assert {path.name for path in store.folder.iterdir() if path.is_dir()} == {".new-2", run.id}


def test_many_start_and_delete_at_once(store: Store) -> None:
    def again(_: int) -> None:
        for _ in range(10):
            store.delete(store.prepare(TINY).id, store.token)

    with ThreadPoolExecutor(4) as threads:
        assert [*threads.map(again, range(4))] == [None] * 4
    assert store.runs() == ()


@pytest.mark.parametrize("model", [TINY.model, MLP(parameters=300_000)])
def test_a_run_takes_no_more_than_it_is_counted_on(tmp_path: Path, model: Any) -> None:
    store = Store(tmp_path)
    run = store.prepare(replace(TINY, model=model))
    largest = 0

    def looked(_: Any) -> None:
        nonlocal largest
        largest = max(largest, run.size)

    carry_out(str(run.folder), looked)
    assert 0 < largest < expected_bytes(run.settings)


def test_settings_that_cannot_be_leave_nothing_behind(store: Store) -> None:
    with pytest.raises(GeometryError, match="epochs is 0"):
        store.start(tiny(epochs=0))
    assert store.runs() == ()
    assert [path for path in store.folder.glob("*") if path.is_dir()] == []


# --- Look --------------------------------------------------------------------------------------------------------------------


def test_a_run_s_numbers_are_there_epoch_by_epoch(whole: Run) -> None:
    assert [figures.epoch for figures in whole.figures()] == [0, 1, 2, 3, 4]
    for figures in whole.figures():
        arrays = whole.arrays(figures.epoch)
        assert {name: array.shape for name, array in arrays.items()} == {
            "filters": (3, 1, 3, 3),
            "predictions": (359,),
            "probabilities": (20, 10),
        }
    with pytest.raises(StoreError, match="there is no epoch 5: it has 5 lines"):
        whole.arrays(5)
    assert (whole.checkpoint(), whole.progress()) == (None, None)


def test_a_run_without_an_epoch_says_so(store: Store) -> None:
    run = store.start(TINY)
    assert (run.figures(), run.checkpoint(), run.progress()) == ((), None, None)
    with pytest.raises(StoreError, match="it has no weights yet: wait for its first epoch"):
        run.weights()


def test_settings_are_compared_where_they_differ() -> None:
    assert differences([TINY, tiny(lr=0.1), replace(TINY, model=MLP())]) == {
        "training.lr": (0.05, 0.1, 0.05),
        "model.kind": ("small_cnn", "small_cnn", "mlp"),
        "model.channels": ((3,), (3,), None),
        "model.convolutions": (1, 1, None),
        **{f"model.{name}": (value, value, None) for name, value in REST.items()},
        "model.parameters": (None, None, 20_000),
    }
    assert differences([TINY]) == differences([TINY, TINY]) == {}


REST = {
    "kernel_size": 3,
    "first_kernel_size": 0,
    "pooling": "max",
    "batch_norm": True,
    "skip": False,
    "dropout": 0.2,
    "global_pooling": "average",
}


def test_looking_at_runs_loads_no_torch(whole: Run) -> None:
    script = (
        "import sys; from pathlib import Path; from convviz.lab.runs import Store; "
        f"run, = Store(Path({str(whole.folder.parent)!r})).runs(); "
        "run.figures(), run.state, run.weights(), run.arrays(2), run.settings.network().table(); "
        "print('torch' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_threads_are_settled_when_a_run_is_started(store: Store) -> None:
    threads = store.start(Settings()).settings.training.threads
    assert threads == min(max((os.cpu_count() or 1) - 1, 1), 8)
    assert runs.with_threads(tiny(threads=5)) == tiny(threads=5)


# --- The runs that come along --------------------------------------------------------------------------------------------


def test_two_runs_come_along_and_differ_in_their_pictures_alone() -> None:
    plain, tagged = shipped()
    assert (plain.id, tagged.id) == ("shapes-7x7", "shapes-tagged")
    assert differences([plain.settings, tagged.settings]) == {"data.name": ("shapes", "tagged_shapes")}


@pytest.mark.parametrize("run", shipped(), ids=lambda run: run.id)
def test_a_shipped_run_is_what_it_says(run: Run) -> None:
    """Its weights, asked again, say what its last line says."""
    assert run.state == "finished"
    assert run.size <= 200_000
    test = load(run.settings.data).test
    module = unpacked(run.weights(), run.settings)
    with torch.no_grad():
        said = module(torch.tensor(test.images / 255, dtype=torch.float32)).argmax(1).numpy()
    last = run.figures()[-1]
    # A picture on the border may fall to the other side on another processor.
    assert (said == run.arrays(last.epoch)["predictions"]).mean() >= 0.998
    assert last.test_accuracy == pytest.approx((run.arrays(last.epoch)["predictions"] == test.labels).mean())
    assert last.test_accuracy >= 0.97
    filters = [run.arrays(figures.epoch)["filters"] for figures in run.figures()]
    assert [(each.shape, each.dtype) for each in filters] == [((16, 3, 7, 7), np.float32)] * 13
    np.testing.assert_allclose(filters[-1], module.layer("conv1_1").weight.detach(), rtol=2**-11, atol=2**-25)  # of 16 bits


@pytest.mark.parametrize("run", shipped(), ids=lambda run: run.id)
def test_a_shipped_run_is_in_every_store_and_nobody_s(run: Run, store: Store) -> None:
    assert store.run(run.id) == run
    assert run not in store.runs()
    for attempt in (store.cancel, store.delete):
        with pytest.raises(OwnerError, match=f"{run.id}: it comes with convviz, for everyone: start a run of your own"):
            attempt(run.id, store.token)
    with pytest.raises(StoreError, match="it is finished"):
        store.resume(run.id)


def test_the_script_makes_such_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make_shipped_run, "recommended", lambda _: tiny())
    make_shipped_run.main(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {run.id for run in shipped()}
    for run in shipped():
        made = Run(tmp_path / run.id)
        assert {path.name for path in made.folder.iterdir()} == {path.name for path in run.folder.iterdir()}
        require_readable(made)
        assert made.state == "finished"
        kept = safetensors.numpy.load((made.folder / "epochs" / "0004.safetensors").read_bytes())
        assert {name: array.dtype for name, array in kept.items()} == {
            "filters": np.float16,
            "predictions": np.uint8,
            "probabilities": np.float16,
        }
    assert capsys.readouterr().out.count("after 4 epochs") == 2
