"""From a key pressed on a parameter to the new picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Final

from playwright.sync_api import Browser

from bench.browser import change_seed, focus_on_seed, opened
from bench.scenes import default_link, default_size, link
from bench.table import Row, interleaved, time_row
from convviz.samples import DEFAULT_PRESETS

GOALS: Final = {16: 1.3, 64: 1.5}
"""The most that the stage may cost, as a multiple of the page without it, by size."""
DEFAULT_GOAL: Final = 1.4
"""The same, for each page at the size that it begins with."""
WARM_UP: Final = 3
COUNTED: Final = 17


def rows(browser: Browser, servers: Mapping[str, str]) -> Iterator[Row]:
    """Each page against itself without the stage; the first of them against an app with one widget too."""
    for operation in DEFAULT_PRESETS:
        path = default_link(operation)
        times = _times(browser, servers, {"convviz": path, "without stage": path})
        what = f"Key pressed to picture, {operation.replace('_', ' ')} as it begins, {default_size(operation)}"
        yield time_row(what, times["convviz"], times["without stage"], "the page without the stage", DEFAULT_GOAL)
    for size, most in GOALS.items():
        path = link(size)
        times = _times(browser, servers, {"convviz": path, "without stage": path, "one widget": "/"})
        what = f"Key pressed to picture, {size}×{size}"
        yield time_row(what, times["convviz"], times["without stage"], "the page without the stage", most)
        yield time_row(what, times["convviz"], times["one widget"], "an app with one widget")


def _times(browser: Browser, servers: Mapping[str, str], paths: Mapping[str, str]) -> dict[str, list[float]]:
    with ExitStack() as stack:
        pages = {name: stack.enter_context(opened(browser, servers[name] + path)) for name, path in paths.items()}
        for page in pages.values():
            focus_on_seed(page)
        return interleaved({name: partial(change_seed, page) for name, page in pages.items()}, WARM_UP, COUNTED)
