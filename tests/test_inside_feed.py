"""What browsers ask of opened networks: answers, refusals, a queue that is full, a process that dies."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from safetensors.numpy import load as load_arrays
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from convviz.lab.data import load_test
from convviz.lab.executor import ProcessExecutor
from convviz.lab.inside.office import LONGEST, MOST_WAITING, Office, stamp_of
from convviz.lab.runs import Store, shipped
from convviz.lab.worker import WorkerDiedError, WorkError
from convviz.ui.inside import feed
from tests.checks import same_array
from tests.conftest import ROOT
from tests.lab import TINY
from tests.test_lab_runs import until

RUN = shipped()[0]


class Desk:
    """An office in which every question has the same answer."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def ask(self, *question: Any) -> Future[Any] | None:
        self.asked.append(question)
        if self.answer is None:
            return None
        future: Future[Any] = Future()
        if isinstance(self.answer, Exception):
            future.set_exception(self.answer)
        else:
            future.set_result(self.answer)
        return future


def ask(path: str, query: str = "") -> Response:
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}
    (route,) = feed.inside_routes("/base")
    match, found = route.matches(scope)
    assert match == Match.FULL
    with ThreadPoolExecutor(1) as thread:  # a browser that other tests drive has a loop in this one
        response: Response = thread.submit(asyncio.run, found["endpoint"](Request({**scope, **found}))).result()
    return response


def said(response: Response) -> tuple[int, str]:
    return response.status_code, json.loads(response.body)["message"]


@pytest.fixture
def desk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(request.param)
    monkeypatch.setattr(feed, "OFFICE", made)
    return made


@pytest.mark.parametrize("desk", [(True, b"numbers")], indirect=True)
def test_an_answer_is_sent_as_it_is_and_kept_by_browsers(desk: Desk) -> None:
    response = ask(f"/base/convviz-inside/{RUN.id}/attributions", f"picture=3&target={quote('class:1')}")
    assert (response.status_code, response.body) == (200, b"numbers")
    assert response.headers["cache-control"] == "private, max-age=600"
    assert desk.asked == [(RUN, "attributions", [("picture", "3"), ("target", "class:1")])]


@pytest.mark.parametrize("desk", [(True, b"numbers")], indirect=True)
def test_of_a_run_that_may_train_on_nothing_is_kept(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVVIZ_RUNS", str(tmp_path))
    run = Store(tmp_path).prepare(TINY)
    assert "cache-control" not in ask(f"/base/convviz-inside/{run.id}/maps").headers
    assert len(desk.asked) == 1


@pytest.mark.parametrize("desk", [(True, b"numbers")], indirect=True)
def test_weights_that_were_meant_are_those_that_answer(desk: Desk) -> None:
    assert ask(f"/base/convviz-inside/{RUN.id}@{stamp_of(RUN)}/maps").status_code == 200
    assert said(ask(f"/base/convviz-inside/{RUN.id}@1/maps")) == (
        404,
        f"{RUN.id} has trained on since it was opened here: reload the page to look at its newest weights",
    )
    assert len(desk.asked) == 1


@pytest.mark.parametrize(
    ("desk", "status", "words"),
    [
        ((False, "patch is 0: it must be at least 1"), 404, "patch is 0: it must be at least 1"),
        (None, 503, "ask again"),
        (WorkerDiedError("gone"), 503, "was ended from outside: ask again"),
        (WorkError("RuntimeError: no memory"), 404, "RuntimeError: no memory"),
    ],
    indirect=["desk"],
)
def test_what_cannot_be_answered_is_said(desk: Desk, status: int, words: str) -> None:
    code, message = said(ask(f"/base/convviz-inside/{RUN.id}/occlusion"))
    assert code == status
    assert words in message
    assert desk.asked


@pytest.mark.parametrize("run_id", ["nothing-here", "..", "UPPER"])
def test_only_runs_are_asked(run_id: str) -> None:
    assert said(ask(f"/base/convviz-inside/{run_id}/maps"))[0] == 404


# --- The office ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    executor = ProcessExecutor()
    yield Office(executor)
    executor.shutdown(cancel_futures=True)


def test_it_answers_with_the_numbers_of_the_network(office: Office) -> None:
    is_answer, content = office.ask(RUN, "maps", [("picture", "3")]).result()
    assert is_answer
    same_array(load_arrays(content)["picture"], load_test(RUN.settings.data).images[3])


def test_what_is_refused_leaves_the_process_and_its_network_alive(office: Office) -> None:
    def process() -> int:
        until(lambda: office._executor._spare is not None)  # on its way from its last answer
        return office._executor._spare.process_id

    office.ask(RUN, "maps", [("picture", "4")]).result()
    before = process()
    is_answer, words = office.ask(RUN, "maps", [("picture", "99999")]).result()
    assert not is_answer
    assert "there are test pictures 0 to 1,199" in words
    office.ask(RUN, "maps", [("picture", "5")]).result()
    assert process() == before


def test_a_question_that_is_too_long_is_not_even_asked(office: Office) -> None:
    with pytest.raises(ValueError, match=f"at most {LONGEST:,} are read"):
        office.ask(RUN, "maps", [("picture", "1" * LONGEST)])


def test_so_many_wait_and_no_more() -> None:
    office = Office(Deaf())
    futures = [office.ask(RUN, "maps", [("picture", str(number))]) for number in range(MOST_WAITING + 1)]
    assert futures[-1] is None
    assert None not in futures[:-1]


def test_a_process_that_died_is_asked_again() -> None:
    other = Office(Deaf())
    first = other.ask(RUN, "maps", [])
    first.set_exception(WorkerDiedError("gone"))
    assert other.ask(RUN, "maps", []) is first, "it is told once"
    assert other.ask(RUN, "maps", []) is not first


class Deaf(ProcessExecutor):
    """Takes every question and answers none."""

    def submit(self, *_: Any) -> Future[Any]:
        return Future()


def test_other_weights_are_another_network(tmp_path: Path) -> None:
    run = Store(tmp_path).prepare(TINY)
    with pytest.raises(RuntimeError, match="it has no weights yet: wait for its first epoch"):
        stamp_of(run)
    weights = run.folder / "weights.safetensors"
    weights.write_bytes(b"1")
    first = stamp_of(run)
    weights.unlink()
    weights.write_bytes(b"2")
    assert stamp_of(run) != first


def test_the_server_loads_no_torch_and_no_captum() -> None:
    script = """
import sys
from convviz.lab.inside.office import OFFICE
from convviz.lab.runs import shipped
from convviz.ui.inside import page
OFFICE.warm(shipped()[0])
OFFICE.ask(shipped()[0], "maps", [("picture", "3")]).result()
print({"torch", "captum", "matplotlib"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["set()"]), done.stderr
