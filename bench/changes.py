"""From a key pressed on a parameter to the new picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Final

from playwright.sync_api import Browser

from bench.browser import change_seed, focus_on_seed, opened
from bench.scenes import link
from bench.table import Row, interleaved, time_row

GOALS: Final = {16: 1.3, 64: 1.5}
"""The most that the stage may cost, as a multiple of the page without it, by size."""
WARM_UP: Final = 3
COUNTED: Final = 17


def rows(browser: Browser, servers: Mapping[str, str]) -> Iterator[Row]:
    """The page against itself without the stage, and against an app with one widget."""
    for size, most in GOALS.items():
        times = _times(browser, servers, size)
        what = f"Key pressed to picture, {size}×{size}"
        yield time_row(what, times["convviz"], times["without stage"], "the page without the stage", most)
        yield time_row(what, times["convviz"], times["one widget"], "an app with one widget")


def _times(browser: Browser, servers: Mapping[str, str], size: int) -> dict[str, list[float]]:
    paths = {"convviz": link(size), "without stage": link(size), "one widget": "/"}
    with ExitStack() as stack:
        pages = {name: stack.enter_context(opened(browser, servers[name] + path)) for name, path in paths.items()}
        for page in pages.values():
            focus_on_seed(page)
        return interleaved({name: partial(change_seed, page) for name, page in pages.items()}, WARM_UP, COUNTED)
