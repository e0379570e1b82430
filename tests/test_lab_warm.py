"""A process that is ready before it is needed: who gets it, who keeps it, and when it is let go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from math import comb
from pathlib import Path
from typing import Any

import pytest

from convviz.lab.carry import carry_out
from convviz.lab.data import DataSettings
from convviz.lab.executor import IDLE, ProcessExecutor, ProcessFuture
from convviz.lab.runs import Store
from convviz.lab.spare import SpareWorker
from convviz.lab.warm import ready
from convviz.lab.worker import WorkError
from tests.conftest import ROOT
from tests.killing import require_same
from tests.lab import TINY
from tests.test_lab_runs import LONG, Waiting, is_alive, until


@pytest.fixture
def executor() -> Iterator[ProcessExecutor]:
    made = ProcessExecutor()
    yield made
    made.shutdown(cancel_futures=True)


def spare(executor: ProcessExecutor) -> SpareWorker:
    """The one that is kept; it may be on its way from its last call."""
    until(lambda: executor._spare is not None)
    assert executor._spare
    return executor._spare


def answer(future: ProcessFuture) -> Any:
    return future.result(LONG)


def test_a_call_is_answered_by_the_process_that_is_ready_and_so_is_the_next(executor: ProcessExecutor) -> None:
    executor.warm("math", "comb", 5, 2)
    process = spare(executor).process_id
    for _ in range(3):
        assert answer(executor.submit(os.getpid)) == process
        assert spare(executor).process_id == process


def test_a_call_waits_for_the_process_to_get_ready_rather_than_start_another(executor: ProcessExecutor) -> None:
    executor.warm("time", "sleep", 1)
    begun, process = time.monotonic(), spare(executor).process_id
    assert answer(executor.submit(os.getpid)) == process
    assert time.monotonic() - begun > 0.9


def test_what_is_not_yet_begun_is_not_waited_for(executor: ProcessExecutor) -> None:
    executor.warm("time", "sleep", 1)
    process = spare(executor).process_id
    executor.warm("time", "sleep", 1000)
    assert answer(executor.submit(os.getpid)) == process


def test_the_same_is_asked_once_and_another_thing_after_it(executor: ProcessExecutor, tmp_path: Path) -> None:
    """Of a folder that is there already, mkdir would fail."""
    executor.warm("os", "mkdir", str(tmp_path / "a"))
    executor.warm("os", "mkdir", str(tmp_path / "a"))
    process = spare(executor).process_id
    executor.warm("os", "mkdir", str(tmp_path / "a" / "b"))
    until((tmp_path / "a" / "b").is_dir)
    assert answer(executor.submit(os.getpid)) == process


def test_a_process_that_could_not_get_ready_is_replaced(executor: ProcessExecutor) -> None:
    executor.warm("nowhere", "f")
    failed = spare(executor)
    until(lambda: not failed.alive)
    executor.warm("nowhere", "f")
    assert spare(executor) is failed, "it is not tried again and again"
    assert answer(executor.submit(os.getpid)) != failed.process_id
    executor.warm("math", "comb", 5, 2)
    assert answer(executor.submit(comb, 5, 3)) == 10


def test_one_that_failed_is_replaced_for_another_question(executor: ProcessExecutor) -> None:
    executor.warm("nowhere", "f")
    failed = spare(executor)
    until(lambda: not failed.alive)
    executor.warm("math", "comb", 5, 2)
    assert spare(executor) is not failed
    assert spare(executor).is_ready()


def test_a_spare_process_that_is_killed_is_replaced(executor: ProcessExecutor) -> None:
    executor.warm("math", "comb", 5, 2)
    killed = spare(executor)
    os.kill(killed.process_id, signal.SIGKILL)
    until(lambda: not killed.alive)
    assert answer(executor.submit(comb, 5, 2)) == 10


def test_cancelling_while_it_gets_ready_works_at_once(executor: ProcessExecutor) -> None:
    executor.warm("time", "sleep", 1000)
    process = spare(executor).process_id
    future = executor.submit(comb, 5, 2)
    until(future.running)
    assert future.cancel()
    with pytest.raises(CancelledError):
        answer(future)
    assert not is_alive(process)
    assert answer(executor.submit(comb, 5, 2)) == 10


@pytest.mark.parametrize("end", ["cancelled", "killed", "failed"])
def test_only_a_process_whose_call_went_well_is_kept(executor: ProcessExecutor, end: str) -> None:
    future = executor.submit(*((time.sleep, 1000) if end != "failed" else (comb, 5, -1)))
    if end == "failed":
        with pytest.raises(WorkError):
            answer(future)
    else:
        until(lambda: future._worker is not None)
        process = future._worker.process_id  # type: ignore[union-attr]
        future.cancel() if end == "cancelled" else os.kill(process, signal.SIGKILL)
        with pytest.raises((CancelledError, RuntimeError)):
            answer(future)
        until(lambda: not is_alive(process))
    until(lambda: not executor._running)
    assert executor._spare is None


def test_who_cancels_what_is_over_ends_nobody(executor: ProcessExecutor) -> None:
    future = executor.submit(comb, 5, 2)
    assert answer(future) == 10
    kept = spare(executor)
    assert not future.cancel()
    assert kept.alive


def test_there_is_one_spare_process_at_most() -> None:
    with ProcessExecutor(max_workers=2) as executor:
        futures = [executor.submit(time.sleep, 0.3) for _ in range(2)]
        until(lambda: all(each._worker for each in futures))
        processes = [each._worker.process_id for each in futures if each._worker]
        for future in futures:
            answer(future)
        until(lambda: sorted(map(is_alive, processes)) == [False, True])


def test_while_all_are_busy_none_is_started(executor: ProcessExecutor) -> None:
    future = executor.submit(time.sleep, 1)
    executor.warm("math", "comb", 5, 2)
    assert executor._spare is None
    answer(future)
    kept = spare(executor)
    executor.warm("math", "comb", 5, 2)
    assert spare(executor) is kept
    assert kept.is_ready()


def test_what_nobody_needs_for_long_is_let_go() -> None:
    assert IDLE == 600
    with ProcessExecutor(idle=0.5) as executor:
        executor.warm("math", "comb", 5, 2)
        process = spare(executor).process_id
        until(lambda: executor._spare is None)
        until(lambda: not is_alive(process))
        assert answer(executor.submit(comb, 5, 2)) == 10
        until(lambda: not executor._running)
        until(lambda: executor._spare is None)


def test_asking_again_is_a_use() -> None:
    with ProcessExecutor(idle=4.0) as executor:
        executor.warm("math", "comb", 5, 2)
        kept = spare(executor)
        for _ in range(6):
            time.sleep(0.8)
            executor.warm("math", "comb", 5, 2)
        assert kept.alive


def test_a_shutdown_ends_it_and_nothing_is_warmed_any_more() -> None:
    executor = ProcessExecutor()
    executor.warm("time", "sleep", 1000)
    process = spare(executor).process_id
    executor.shutdown()
    assert not is_alive(process)
    executor.warm("time", "sleep", 1000)
    assert executor._spare is None


def test_it_ends_with_the_program() -> None:
    script = (
        "from convviz.lab.executor import ProcessExecutor; executor = ProcessExecutor(); executor.warm('time', 'sleep', 1000); "
        "print(executor._spare.process_id)"
    )
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONG, check=True)
    assert done.stderr == ""
    assert not is_alive(int(done.stdout))


def test_where_no_process_can_be_started_nothing_is_said(executor: ProcessExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError("no memory")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    executor.warm("math", "comb", 5, 2)
    assert executor._spare is None


# --- Trainings -----------------------------------------------------------------------------------------------------------


def test_runs_of_a_process_that_was_ready_and_of_one_that_was_used_are_those_of_a_new_one(tmp_path: Path) -> None:
    whole = Store(tmp_path / "whole").prepare(TINY)
    carry_out(str(whole.folder))
    with ProcessExecutor() as executor:
        store = Store(tmp_path / "runs", executor=executor)
        store.warm(DataSettings("digits"))
        process = spare(executor).process_id
        for _ in range(2):
            run = store.start(TINY)
            until(lambda run=run: run.state == "finished")
            require_same(run, whole)
            assert spare(executor).process_id == process


def test_a_store_warms_processes_of_its_own_and_nobody_else_s(tmp_path: Path) -> None:
    cluster = Waiting()
    Store(tmp_path, executor=cluster).warm(DataSettings("digits"))
    assert cluster.submitted == []
    store = Store(tmp_path)
    store.warm(DataSettings("digits"))
    assert isinstance(store._executor, ProcessExecutor)
    assert spare(store._executor).was_asked("convviz.lab.warm", "ready", DataSettings("digits"))
    store._executor.shutdown()


def test_getting_ready_writes_nothing(tmp_path: Path) -> None:
    homes = {name: str(tmp_path) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "CONVVIZ_RUNS")}
    script = "from convviz.lab.warm import ready; from convviz.lab.data import DataSettings; ready(DataSettings('digits'))"
    environment = {**os.environ, **homes, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-W", "error", "-c", script]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    assert list(tmp_path.rglob("*")) == []


def test_pictures_that_are_not_there_hinder_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONVVIZ_DATA", raising=False)
    ready(DataSettings("mnist"))
