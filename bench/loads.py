"""From the start of a navigation to the first picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from playwright.sync_api import Browser

from bench.browser import first_paint, opened, rest
from bench.table import Row, interleaved, time_row

MOST: Final = 1.5
"""The goal, as a multiple of the page without the stage."""
WARM_UP: Final = 1
COUNTED: Final = 9
PATHS: Final = {"convviz": "/convolution", "without stage": "/convolution", "one widget": "/"}


def rows(browser: Browser, servers: Mapping[str, str]) -> Iterator[Row]:
    """The page against itself without the stage, and against an app with one widget."""
    measures = {name: partial(_load, browser, servers[name] + path) for name, path in PATHS.items()}
    times = interleaved(measures, WARM_UP, COUNTED)
    what = "First load to picture"
    yield time_row(what, times["convviz"], times["without stage"], "the page without the stage", MOST)
    yield time_row(what, times["convviz"], times["one widget"], "an app with one widget")


def _load(browser: Browser, address: str) -> float:
    with opened(browser, address) as page:
        elapsed = first_paint(page)
        rest(page)  # what the page still has to do is not left to the next one
        return elapsed
