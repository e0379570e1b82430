"""Questions that others answer: asked once, kept for a while, never too many."""

from __future__ import annotations

import math
from concurrent.futures import Executor, Future
from typing import Any

import pytest

from convviz.lab.asked import Asked


class Slow(Executor):
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.questions: list[tuple[Future[Any], Any]] = []

    def submit(self, fn: Any, /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.questions.append((future, lambda: fn(*args)))
        return future

    def answer(self) -> None:
        for future, call in self.questions:
            if not future.done():
                try:
                    future.set_result(call())
                except ArithmeticError as error:
                    future.set_exception(error)


@pytest.fixture
def slow() -> Slow:
    return Slow()


def test_the_same_question_is_asked_once(slow: Slow) -> None:
    asked = Asked(slow, most_waiting=4, most_kept=4)
    first, second = (asked.future("three", math.sqrt, 9) for _ in range(2))
    assert first is second
    slow.answer()
    assert asked.future("three", math.sqrt, 9).result() == 3
    assert len(slow.questions) == 1


def test_while_too_many_wait_nothing_new_is_asked_but_the_old_is_heard(slow: Slow) -> None:
    asked = Asked(slow, most_waiting=2, most_kept=4)
    futures = [asked.future(number, math.sqrt, number) for number in range(3)]
    assert futures[2] is None
    assert asked.future(0, math.sqrt, 0) is futures[0]
    slow.answer()
    assert asked.future(2, math.sqrt, 2) is not None


def test_heavy_answers_are_let_go_first_those_nobody_looked_at(slow: Slow) -> None:
    asked = Asked(slow, most_waiting=9, most_kept=10, weight=len)

    def get(name: str) -> Future[Any] | None:
        return asked.future(name, name.ljust, 4)

    first, second, third = get("a"), get("b"), get("c")
    slow.answer()
    assert get("a") is first, "looked at again, it is younger than the others"
    get("d")  # 12 letters are there, and 10 are kept
    assert get("c") is third
    assert get("a") is first
    assert get("b") is not second


def test_what_is_forgotten_is_asked_anew(slow: Slow) -> None:
    asked = Asked(slow, most_waiting=2, most_kept=4)
    failed = asked.future("minus", math.sqrt, 1)
    asked.forget("minus", failed)
    again = asked.future("minus", math.sqrt, 1)
    assert again is not failed
    asked.forget("minus", failed)
    assert asked.future("minus", math.sqrt, 1) is again, "the new one is not the one that was to be forgotten"
