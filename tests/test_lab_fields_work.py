"""Jobs for everyone: shared, in turns, seed by seed; and what happens when the process ends, or everyone comes at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import numpy as np
import pytest

from convviz.geometry import GeometryError
from convviz.lab.fields import work
from convviz.lab.fields.budget import affordable
from convviz.lab.fields.gradients import gradient_magnitude
from convviz.lab.fields.narrowing import narrowed
from convviz.lab.fields.work import MOST_WAITING, BusyError, Job
from convviz.lab.worker import Worker, WorkerDiedError, WorkError
from convviz.network import PRESETS, Activation, Convolution, Layer, Network, NetworkError, Pooling

ROOT = Path(__file__).parents[1]
LENET5 = PRESETS["lenet5"].network
LINE = Network((1, 6), (Layer("conv1", Convolution(4, 3)),))
LONG = 60
"""Seconds that nothing here takes."""


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


class Answers:
    """In the place of a worker: an answer each time one is let through."""

    made: list["Answers"] = []  # noqa: RUF012 - the fixture empties it

    def __init__(self) -> None:
        self.alive, self.process_id = True, 0
        self.asked: list[tuple[Any, ...]] = []
        self.failures: dict[str, Exception] = {}
        self.gate = Event()
        self.made.append(self)

    def ask(self, *question: Any) -> Any:
        assert self.gate.wait(LONG)
        network, layer, unit, seed = question[2:]
        self.asked.append((layer, unit, seed))
        if layer in self.failures:
            raise self.failures[layer]
        return np.full(network.input_shape[1:], 1 / np.prod(network.input_shape[1:]))

    def close(self) -> None:
        self.alive = False
        self.gate.set()


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An office of its own, with a worker that waits to be let through."""
    Answers.made = []
    monkeypatch.setattr(work, "Worker", Answers)
    made = work._Office()
    yield made
    made.close()


def opened() -> Answers:
    """The worker, let through."""
    until(lambda: bool(Answers.made))
    Answers.made[-1].gate.set()
    return Answers.made[-1]


# --- Who shares what ------------------------------------------------------------------------------------------------------


def test_the_same_question_is_one_job_for_everyone_at_once(office, monkeypatch):
    jobs, barrier = [], Barrier(16)
    monkeypatch.setattr(work, "affordable", lambda *question: time.sleep(0.05) or affordable(*question))

    def call() -> None:
        barrier.wait()
        jobs.append(office.job(LENET5, "conv2", (4, 4), 3))

    threads = [Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(jobs) == 16
    assert len({id(job) for job in jobs}) == 1
    opened()
    until(lambda: jobs[0].finished)
    assert [seed for _, _, seed in Answers.made[0].asked] == [0, 1, 2]
    assert office.job(LENET5, "conv2", (4, 4), 3) is jobs[0]
    assert office.job(LENET5, "conv2", (4, 5), 3) is not jobs[0]
    assert office.job(LENET5, "conv2", (4, 4), 4) is not jobs[0]


def test_jobs_take_turns(office):
    first = office.job(LENET5, "conv1", (4, 4), 3)
    until(lambda: bool(Answers.made))
    second = office.job(LENET5, "conv2", (4, 4), 2)
    assert not first.finished
    opened()
    until(lambda: first.finished and second.finished)
    assert [(layer, seed) for layer, _, seed in Answers.made[0].asked] == [
        *[("conv1", 0), ("conv2", 0)],
        *[("conv1", 1), ("conv2", 1)],
        ("conv1", 2),
    ]


def test_so_many_wait_and_no_more(office):
    jobs = [office.job(LENET5, "conv1", (0, column), 1) for column in range(MOST_WAITING)]
    with pytest.raises(BusyError) as busy:
        office.job(LENET5, "conv1", (0, 20), 1)
    assert str(busy.value) == "8 effective fields are being computed, and no more can wait: come back in a minute."
    assert office.job(LENET5, "conv1", (0, 0), 1) is jobs[0], "who is in is in"
    opened()
    until(lambda: all(job.finished for job in jobs))
    assert not office.job(LENET5, "conv1", (0, 20), 1).failed


def test_the_jobs_that_were_finished_longest_ago_are_forgotten(office, monkeypatch):
    monkeypatch.setattr(work, "MOST_KEPT", 2)

    def finished(column: int) -> Job:
        job = office.job(LENET5, "conv1", (0, column), 1)
        opened()
        until(lambda: job.finished)
        return job

    jobs = [finished(column) for column in range(3)]
    assert finished(0) is jobs[0], "asked for again, it is the youngest"
    finished(3)
    finished(4)
    assert finished(0) is jobs[0]
    assert finished(1) is not jobs[1]
    assert len(office._jobs) <= 4


# --- What goes wrong ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "words", "stays"),
    [
        (WorkError("FloatingPointError: too large"), "FloatingPointError: too large. Choose another layer", True),
        (WorkerDiedError("gone"), "The process that computes was ended from outside, perhaps for want of memory.", False),
        (TypeError("what"), "TypeError: what. Start it once more.", False),
    ],
)
def test_a_failure_is_that_jobs_alone(office, failure, words, stays):
    bad, good = office.job(LENET5, "conv1", (0, 0), 2), office.job(LENET5, "conv2", (0, 0), 2)
    until(lambda: bool(Answers.made))
    Answers.made[0].failures["conv1"] = failure
    opened()
    until(lambda: bad.finished)
    opened()
    until(lambda: good.finished)
    assert (good.failed, good.done) == ("", 2)
    assert (bad.done, bad.result()) == (0, None)
    assert bad.failed.startswith(words)
    assert (len(Answers.made) == 1) == stays, "a worker that failed by itself is replaced"
    Answers.made[-1].failures.clear()
    again = office.job(LENET5, "conv1", (0, 0), 2)
    assert again is not bad
    opened()
    until(lambda: again.finished)
    assert not again.failed


def test_a_worker_that_cannot_start_is_a_failure_in_words(office, monkeypatch):
    def refuse() -> None:
        raise OSError("no memory")

    monkeypatch.setattr(work, "Worker", refuse)
    job = office.job(LENET5, "conv1", (0, 0), 2)
    until(lambda: job.finished)
    assert job.failed == "OSError: no memory. Start it once more."
    monkeypatch.setattr(work, "Worker", Answers)
    job = office.job(LENET5, "conv1", (0, 0), 2)
    opened()
    until(lambda: job.finished)
    assert not job.failed


def test_a_worker_that_is_not_needed_ends_and_comes_back(office, monkeypatch):
    monkeypatch.setattr(work, "IDLE", 0.01)
    for column in range(2):
        job = office.job(LENET5, "conv1", (0, column), 1)
        until(lambda made=column + 1: len(Answers.made) == made)
        opened()
        until(lambda: not Answers.made[-1].alive)
        assert (job.done, job.failed) == (1, "")


def test_a_closed_office_computes_nothing_more(office):
    job = office.job(LENET5, "conv1", (0, 0), 5)
    until(lambda: bool(Answers.made))
    thread = office._thread
    office.close()
    thread.join(LONG)
    assert not thread.is_alive()
    assert job.done <= 1
    assert len(Answers.made) == 1
    assert not Answers.made[0].alive


@pytest.mark.parametrize(
    ("network", "layer", "unit", "seeds", "error", "parameter"),
    [
        (Network((1, 4), (Layer("conv1", Convolution(1, 5)),)), "conv1", (0,), 20, NetworkError, "kernel_size"),
        (LINE, "conv2", (0,), 20, GeometryError, "layer"),
        (LINE, "conv1", (4,), 20, GeometryError, "unit"),
        (LINE, "conv1", (0,), 0, GeometryError, "seeds"),
        (Network((1, 1500, 1500), (Layer("conv1", Pooling(99, stride=1)),)), "conv1", (0, 0), 1, GeometryError, "input_shape"),
    ],
)
def test_what_cannot_be_is_refused_at_once(network, layer, unit, seeds, error, parameter):
    with pytest.raises(error) as refused:
        work.effective_field_job(network, layer, unit, seeds)
    assert refused.value.parameter == parameter


# --- With a process -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_office() -> Iterator[Any]:
    made = work._Office()
    yield made
    made.close()


def test_a_picture_emerges_seed_by_seed(real_office, monkeypatch):
    before: list[int] = []
    begun, ask = Event(), Worker.ask

    def watched(worker: Worker, *question: Any) -> Any:
        begun.wait(LONG)
        before.append(job.done)
        return ask(worker, *question)

    monkeypatch.setattr(Worker, "ask", watched)
    job = real_office.job(LENET5, "conv2", (4, 4), 5)
    assert (job.done, job.total, job.result(), job.finished) == (0, 5, None, False)
    begun.set()
    until(lambda: job.finished)
    assert not job.failed
    assert before == [0, 1, 2, 3, 4], "what a look shows between two seeds"
    small = narrowed(LENET5, "conv2")
    mean = sum(gradient_magnitude(small, "conv2", (4, 4), seed) for seed in range(5)) / 5
    field = job.result()
    assert (field.first, field.seeds) == ((6, 6), 5)
    np.testing.assert_allclose(field.magnitude, mean[6:20, 6:20], rtol=1e-6)


def test_a_process_that_is_killed_is_said_and_replaced(real_office):
    vgg16 = PRESETS["vgg16"].network
    job = real_office.job(vgg16, "pool5", (3, 3), 1000)
    until(lambda: job.done > 0)
    while not job.finished:  # a process killed between two seeds is replaced in silence
        if worker := real_office._worker:
            os.kill(worker.process_id, signal.SIGKILL)
        time.sleep(0.1)
    assert job.failed.endswith("was ended from outside, perhaps for want of memory. Start it once more.")
    assert job.result().seeds == job.done < 1000, "what was computed stays"
    again = real_office.job(LENET5, "conv2", (4, 4), 1)
    until(lambda: again.finished)
    assert (again.failed, again.done) == ("", 1)


def test_the_process_gives_way_and_leaves_a_core_alone():
    worker = Worker()
    try:
        assert worker.ask("os", "nice", 0) == min(os.nice(0) + 5, 19)
        assert worker.ask("os", "getenv", "OMP_NUM_THREADS") == str(max(os.cpu_count() - 1, 1))
        assert worker.ask("builtins", "print", "words") is None, "what is printed is no answer"
        with pytest.raises(WorkError, match="ModuleNotFoundError: No module named 'nowhere'"):
            worker.ask("nowhere", "f")
        with pytest.raises(WorkerDiedError):
            worker.ask("os", "_exit", 1)
        until(lambda: not worker.alive)
    finally:
        worker.close()


def run(script: str) -> list[str]:
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONG, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_the_server_never_loads_torch_nor_has_its_main_script_run_again_and_ends_at_once(tmp_path):
    # Streamlit puts the page's script in the place of the main one.
    page = tmp_path / "page.py"
    page.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    script = f"""
import sys, time, types
page = types.ModuleType("__main__")
page.__file__ = {str(page)!r}
sys.modules["__main__"] = page
from convviz.lab.fields.work import effective_field_job, _OFFICE
from convviz.lab.fields import effective
from convviz.network import PRESETS
job = effective_field_job(PRESETS["vgg16"].network, "pool5", (3, 3), seeds=10000)
while not job.result(): time.sleep(0.01)
print("torch" in sys.modules, "streamlit" in sys.modules, _OFFICE._worker.process_id)
"""
    torch, streamlit, process_id = run(script)
    assert (torch, streamlit) == ("False", "False")
    assert not (tmp_path / "ran").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(process_id), 0)


def test_the_process_ends_when_its_server_is_killed():
    script = """
import os, signal
from convviz.lab.worker import Worker
worker = Worker()
worker.ask("math", "comb", 5, 2)
print(worker.process_id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=LONG, check=False)
    until(lambda: gone(int(killed.stdout)))


def gone(process_id: int) -> bool:
    """Whether it ended; somebody else may have to collect it."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def test_what_nobody_looks_at_is_given_up_and_begun_anew_when_asked_for(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = [office.job(LINE, "conv1", (unit,), 20) for unit in (0, 1)]
    until(lambda: bool(Answers.made))  # the first one is under way, and waits
    monkeypatch.setattr("convviz.lab.fields.job.PATIENCE", -1.0)
    opened()
    until(lambda: jobs[1].abandoned)
    assert len(office._jobs) < 2
    monkeypatch.setattr("convviz.lab.fields.job.PATIENCE", 20.0)
    again = office.job(LINE, "conv1", (1,), 20)
    assert again is not jobs[1]
    until(lambda: again.finished)
    assert again.done == 20


def test_a_response_norm_over_a_million_channels_is_not_computed() -> None:
    norm = Activation("LocalResponseNorm", (("size", 1_000_000),))
    network = Network((1, 32, 32), (Layer("norm", norm), Layer("conv", Convolution(4, 3))))
    with pytest.raises(GeometryError, match="bytes"):
        affordable(network, "conv")
