"""Callbacks that Streamlit stops: nothing is lost, and nothing is done twice."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.runtime.scriptrunner import RerunException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from convviz.ui import session

STATE = session.session_key("page", "state")


class Stopping(dict[str, Any]):
    """A session in which newer input waits: each access is stopped once, before it has done anything."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.stops = {"get": 1, "set": 1}

    def _stop(self, what: str) -> None:
        if self.stops[what]:
            self.stops[what] -= 1
            raise RerunException(RerunData())

    def __getitem__(self, key: str) -> Any:
        self._stop("get")
        return super().__getitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._stop("set")
        super().__setitem__(key, value)


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> Stopping:
    state = Stopping({STATE: 1})
    monkeypatch.setattr(session.st, "session_state", state)
    return state


def test_a_change_is_made_though_it_is_stopped_twice(stopping: Stopping) -> None:
    with pytest.raises(RerunException):
        session.callback("page", lambda old: old + 1)()
    assert stopping[STATE] == 2


def test_a_deed_is_done_once_though_it_is_stopped_twice(stopping: Stopping) -> None:
    done: list[int] = []

    def act(old: int) -> Any:
        done.append(old)
        return lambda now: now + 10

    with pytest.raises(RerunException):
        session.deed("page", act)()
    assert (done, stopping[STATE]) == ([1], 11)


def test_a_choice_of_several_is_the_same_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {}
    monkeypatch.setattr(session.st, "session_state", state)
    key = session.widget_key("page", "several", ["flip", "shift"])
    state[key] = ["shift", "flip"]
    assert session.widget_key("page", "several", ["flip", "shift"]) == key
    assert session.widget_key("page", "several", ["flip"]) != key
