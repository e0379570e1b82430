"""A unit's field: every unit of a layer against torch's gradients, and another unit on the page against the page without it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import product
from typing import Any, Final, cast

from playwright.sync_api import Browser, Page

from bench.browser import first_paint, opened, rest
from bench.table import Row, interleaved, time_row
from convviz.network import PRESETS, downwards, sizes_of
from tests.support_twin import support, values_of

MOST: Final = 1.5
"""The goal, as a multiple of the page without its stage."""
PATH: Final = "/receptive-field?net=resnet50&unit=3x1"
LAYER: Final = "pool5"
WARM_UP: Final = 3
COUNTED: Final = 17


def rows(browser: Browser, servers: Mapping[str, str]) -> Iterator[Row]:
    """All 49 units of VGG-16's last layer with places, and the next unit of ResNet-50 on the page."""
    table, values = PRESETS["vgg16"].table(), values_of(PRESETS["vgg16"].network)
    units = list(product(*map(range, sizes_of(table, LAYER))))
    measures = {
        "convviz": partial(_milliseconds, lambda: [downwards(table, LAYER, unit)["input"] for unit in units]),
        "torch": partial(_milliseconds, lambda: [support(values, LAYER, unit) for unit in units]),
    }
    times = interleaved(measures, 1, 5)
    what = f"Cells that each of the {math.prod(sizes_of(table, LAYER))} units of VGG-16's {LAYER} reads"
    yield time_row(what, times["convviz"], times["torch"], "torch's gradients of a network of one channel")
    times = _page_times(browser, servers)
    what = "Next unit of ResNet-50's layer4 to its field"
    yield time_row(what, times["convviz"], times["without stage"], "the page without the stage", MOST)


def _page_times(browser: Browser, servers: Mapping[str, str]) -> dict[str, list[float]]:
    with ExitStack() as stack:
        pages = {name: stack.enter_context(opened(browser, servers[name] + PATH)) for name in ("convviz", "without stage")}
        for page in pages.values():
            first_paint(page)
            rest(page)
        return interleaved({name: partial(_next_unit, page) for name, page in pages.items()}, WARM_UP, COUNTED)


def _next_unit(page: Page) -> float:
    """Milliseconds from the key to what it changes: up and down by turns."""
    field = page.get_by_label("Unit: column", exact=True)
    key = "ArrowDown" if int(field.input_value()) > 3 else "ArrowUp"
    field.focus()
    page.evaluate("bench.watch()")
    field.press(key)
    elapsed = cast("float", page.evaluate("bench.changed()"))
    rest(page)
    return elapsed


def _milliseconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)
