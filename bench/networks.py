"""From an edit of a network to its new table and picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Final, cast

from playwright.sync_api import Browser, Locator, Page

from bench.browser import first_paint, opened, rest
from bench.table import Row, interleaved, time_row

MOST: Final = 2
"""The goal, as a multiple of the page without the table's results."""
PATH: Final = "/network?net=vgg16&row=conv1_1"
FIELD: Final = '[data-field="out_channels"]'
WARM_UP: Final = 3
COUNTED: Final = 17


def rows(browser: Browser, servers: Mapping[str, str]) -> Iterator[Row]:
    """One filter more in VGG-16's first convolution, then one row of cells more in its input: every row below changes."""
    times = _times(browser, servers, "without results", _add_filter)
    what = "Number typed in a row of VGG-16 to new table and picture"
    yield time_row(what, times["convviz"], times["without results"], "the page without the table's results", MOST)
    times = _times(browser, servers, "without stage", _add_cells)
    what = "Input of VGG-16 one cell higher to new table and picture"
    yield time_row(what, times["convviz"], times["without stage"], "the page without table and picture", MOST)


def _times(
    browser: Browser, servers: Mapping[str, str], beside: str, change: Callable[[Page], float]
) -> dict[str, list[float]]:
    with ExitStack() as stack:
        pages = {name: stack.enter_context(opened(browser, servers[name] + PATH)) for name in ("convviz", beside)}
        for page in pages.values():
            first_paint(page)
            rest(page)
        return interleaved({name: partial(change, page) for name, page in pages.items()}, WARM_UP, COUNTED)


def _add_filter(page: Page) -> float:
    field = page.locator(FIELD).first
    field.fill(str(int(field.input_value()) + 1))
    return _press(page, field, "Enter")


def _add_cells(page: Page) -> float:
    return _press(page, page.get_by_label("Input height", exact=True), "ArrowUp")


def _press(page: Page, field: Locator, key: str) -> float:
    """Milliseconds from the key to what it changes."""
    field.focus()
    page.evaluate("bench.watch()")
    field.press(key)
    elapsed = cast("float", page.evaluate("bench.changed()"))
    rest(page)
    return elapsed
