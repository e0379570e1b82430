"""Runs that are held: where they stop, that they go on as if nothing had been, and who hears of it meanwhile."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from convviz.geometry import GeometryError
from convviz.lab import carry
from convviz.lab.carry import carry_out
from convviz.lab.errors import OwnerError, StoreError
from convviz.lab.executor import ProcessExecutor
from convviz.lab.records import Progress
from convviz.lab.run import Run
from convviz.lab.runs import Store, shipped
from convviz.lab.train import Trainer
from tests.killing import require_readable, require_same
from tests.lab import TINY, tiny
from tests.test_lab_runs import ENDLESS, LONG, Waiting, until

STEPS = 3
"""Of an epoch of TINY."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs", executor=Waiting())


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Store]:
    executor = ProcessExecutor()
    yield Store(tmp_path / "runs", executor=executor)
    executor.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """TINY, never held."""
    run = Store(tmp_path_factory.mktemp("whole")).prepare(TINY)
    carry_out(str(run.folder))
    return run


class Trained:
    """A run that a thread trains; `steps` are those it has made."""

    def __init__(self, run: Run, on_step: Callable[[Progress], None] = lambda _: None) -> None:
        self.run, self.steps = run, list[tuple[int, int]]()

        def told(progress: Progress) -> None:
            self.steps.append((progress.epoch, progress.step))
            on_step(progress)

        self.thread = Thread(target=lambda: carry_out(str(run.folder), told), daemon=True)
        self.thread.start()

    def stands(self, state: str, *epochs: int) -> None:
        until(lambda: self.run.state == state and [each.epoch for each in self.run.figures()] == [*epochs])

    def ends(self) -> None:
        self.thread.join(LONG)
        assert not self.thread.is_alive()


def test_a_run_is_held_in_the_middle_of_an_epoch_and_ends_as_if_nothing_had_been(store: Store, whole: Run) -> None:
    run = store.prepare(TINY)
    trained = Trained(run, lambda progress: run.want_hold(0) if (progress.epoch, progress.step) == (2, 1) else None)
    trained.stands("paused", 0, 1)
    assert trained.steps[-1] == (2, 1)
    progress = run.progress()
    assert progress is not None
    assert (progress.epoch, progress.step, progress.steps) == (2, 1, STEPS)
    assert run.status.device.startswith("CPU, 1 thread")
    time.sleep(0.2)
    assert trained.steps[-1] == (2, 1)
    run.want_hold(None)
    trained.ends()
    require_same(run, whole)


def test_a_run_is_held_between_two_epochs_and_goes_on_one_at_a_time(store: Store, whole: Run) -> None:
    run = store.prepare(TINY)
    run.want_hold(0)
    trained = Trained(run)
    for epoch in range(4):
        trained.stands("paused", *range(epoch + 1))
        assert trained.steps == [(each, step) for each in range(1, epoch + 1) for step in range(1, STEPS + 1)]
        progress = run.progress()
        assert progress is not None
        assert (progress.epoch, progress.step, progress.steps) == (epoch + 1, 0, STEPS)
        run.want_hold(epoch + 1)
    trained.ends()
    require_same(run, whole)
    assert run.hold is None, "what is finished waits for nothing"


def test_a_hold_that_comes_too_late_holds_at_once(store: Store) -> None:
    run = store.prepare(TINY)
    trained = Trained(run, lambda progress: run.want_hold(1) if (progress.epoch, progress.step) == (3, 1) else None)
    trained.stands("paused", 0, 1, 2)
    assert trained.steps[-1] == (3, 1)
    run.want_hold(3)
    trained.stands("paused", 0, 1, 2, 3)
    run.want_hold(None)
    trained.ends()


def test_it_stands_as_training_once_it_is_let_go(store: Store) -> None:
    run = store.prepare(ENDLESS)
    run.want_hold(1)
    trained = Trained(run)
    trained.stands("paused", 0, 1)
    run.want_hold(None)
    until(lambda: run.state == "training")
    assert run.status.device.startswith("CPU, 1 thread")
    run.want(end=True)
    trained.ends()
    assert run.state == "cancelled"


def test_who_is_held_hears_a_cancel(store: Store) -> None:
    run = store.prepare(TINY)
    run.want_hold(2)
    trained = Trained(run)
    trained.stands("paused", 0, 1, 2)
    assert store.cancel(run.id, store.token) == "cancelled"
    trained.ends()
    assert run.state == "cancelled"
    require_readable(run)


def test_whoever_is_held_for_long_gives_way_and_is_resumed(store: Store, whole: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carry, "MOST_HELD", 0.1)
    run = store.prepare(TINY)
    run.want_hold(2)
    assert carry_out(str(run.folder)) == "interrupted"
    assert run.state == "interrupted"
    assert run.message.startswith("it was paused for ")
    assert run.message.endswith(" minutes, and gave way to others: resume it from its last epoch")
    require_readable(run)
    store.resume(run.id)
    assert run.hold is None
    assert carry_out(str(run.folder)) == "finished"
    require_same(run, whole)


def test_ten_minutes_are_called_so() -> None:
    assert carry.MOST_HELD == 600
    assert carry._gave_way() == "it was paused for 10 minutes, and gave way to others: resume it from its last epoch"


def test_a_pause_takes_no_time_of_the_training() -> None:
    trainer = Trainer(tiny(batch_size=400))
    trainer.untrained()
    figures = trainer.epoch(lambda _: time.sleep(0.5)).figures
    assert 0 < figures.seconds < 2.0  # of the four steps, between which it was kept waiting for as long
    assert figures.pictures_per_second == pytest.approx(1438 / figures.seconds)


def test_pictures_a_second_are_those_of_the_training_alone() -> None:
    seen: list[float] = []

    def told(progress: Progress) -> None:
        time.sleep(0.5)
        seen.append(progress.pictures_per_second)

    trainer = Trainer(tiny(batch_size=400))
    trainer.untrained()
    trainer.epoch(told)
    assert len(seen) == 4
    assert seen[-1] > 1438 / 2.0


# --- In the store --------------------------------------------------------------------------------------------------------


def test_one_epoch_at_a_time_in_a_process_of_its_own(processes: Store, whole: Run) -> None:
    run = processes.start(TINY)
    processes.hold(run.id, processes.token, 1)
    until(lambda: run.state == "paused")
    assert len(run.figures()) == 2
    with pytest.raises(StoreError, match="it is paused: let it go on"):
        processes.resume(run.id)
    assert processes.step(run.id, processes.token) == run
    until(lambda: len(run.figures()) == 3 and run.state == "paused")
    processes.hold(run.id, processes.token, None)
    until(lambda: run.state == "finished")
    require_same(run, whole)
    for attempt in (processes.step, lambda *who: processes.hold(*who, 0)):
        with pytest.raises(StoreError, match="it is finished: start a new run with more epochs"):
            attempt(run.id, processes.token)


def test_a_process_that_is_killed_while_it_is_held_leaves_its_run_interrupted(processes: Store, whole: Run) -> None:
    run = processes.start(TINY)
    processes.hold(run.id, processes.token, 2)
    until(lambda: run.state == "paused")
    os.kill(processes._futures[run.id]._worker.process_id, signal.SIGKILL)  # type: ignore[attr-defined]
    until(lambda: run.state == "interrupted")
    assert "resume it from its last epoch" in run.message
    require_readable(run)
    with pytest.raises(StoreError, match="it is interrupted: resume it instead"):
        processes.hold(run.id, processes.token, None)
    processes.step(run.id, processes.token)
    until(lambda: len(run.figures()) == 4 and run.state == "paused")
    os.kill(processes._futures[run.id]._worker.process_id, signal.SIGKILL)  # type: ignore[attr-defined]
    until(lambda: run.state == "interrupted")
    processes.resume(run.id)
    until(lambda: run.state == "finished")
    require_same(run, whole)


@pytest.mark.parametrize("attempt", ["cancel", "delete"])
def test_what_is_held_ends_at_once(processes: Store, attempt: str) -> None:
    run = processes.start(ENDLESS)
    processes.hold(run.id, processes.token, 0)
    until(lambda: run.state == "paused")
    process = processes._futures[run.id]._worker.process_id  # type: ignore[attr-defined]
    begun = time.monotonic()
    getattr(processes, attempt)(run.id, processes.token)
    assert time.monotonic() - begun < 1
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert [each.state for each in processes.runs()] == (["cancelled"] if attempt == "cancel" else [])


def test_a_step_of_a_cancelled_run_goes_on_by_one_epoch(store: Store) -> None:
    run = store.start(TINY)
    store.cancel(run.id, store.token)
    store.step(run.id, store.token)
    assert (run.state, run.hold, run.is_unwanted) == ("queued", 1, False)
    store.cancel(run.id, store.token)
    store.resume(run.id, store.token)
    assert run.hold is None


def test_a_queued_run_is_held_once_it_has_begun(store: Store) -> None:
    run = store.start(TINY)
    store.hold(run.id, store.token, 0)
    assert (run.state, run.hold) == ("queued", 0)
    store.step(run.id, store.token)
    assert run.hold == 1
    store.hold(run.id, store.token, None)
    assert run.hold is None


def test_only_whoever_started_it_holds_it(store: Store) -> None:
    run = store.start(TINY, owner="mine")
    for attempt in (store.step, lambda *who: store.hold(*who, 0)):
        with pytest.raises(OwnerError, match="it belongs to whoever started it"):
            attempt(run.id, "yours")
        with pytest.raises(OwnerError, match="it comes with convviz, for everyone"):
            attempt(shipped()[0].id, store.token)
    assert run.hold is None


@pytest.mark.parametrize("epoch", [-1, 1.5, "now"])
def test_an_epoch_that_is_none_is_refused(store: Store, epoch: Any) -> None:
    run = store.start(TINY)
    with pytest.raises(GeometryError, match=f"epoch is {epoch}"):
        store.hold(run.id, store.token, epoch)


@pytest.mark.parametrize("text", [b"", b"soon", b"-1", b"1.5", b"\xff", b"9" * 5000])
def test_a_wish_that_nobody_understands_holds_nothing(store: Store, text: bytes) -> None:
    run = store.prepare(TINY)
    (run.folder / "hold").write_bytes(text)
    assert run.hold is None
    run.want_hold(None)
    (run.folder / "hold").mkdir()
    assert run.hold is None


def test_a_run_that_stands_as_paused_with_nobody_at_it_is_interrupted(store: Store) -> None:
    run = store.prepare(TINY)
    with run.claimed():
        run.stand("paused", device="CPU")
        assert replace(run.status, keeper="").state == run.state == "paused"
    assert run.state == "interrupted"
    assert run.message == "nobody trains it, and it has no epoch yet: resume it"
