"""An opened network on its page: the first picture against the page without it, the next one, and ten who look at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

from playwright.sync_api import Browser, Page

from bench.browser import first_paint, opened, rest
from bench.table import Row, interleaved, time_row
from tests.lab_page import LabServer, serving

PATH: Final = "/inside-a-cnn?run=shapes-7x7"
MOST: Final = 2.0
"""The goal, as a multiple of the page without its stage."""
WARM_UP: Final = 2
COUNTED: Final = 9
VIEWERS: Final = 10
THERE: Final = """(picture) => new Promise((resolve) => {
    const check = () => {
        const scene = document.querySelector('[data-convviz="stage"]')?.convviz?.scene;
        if (scene?.reading && (!picture || scene.of === picture)) requestAnimationFrame(() => resolve(performance.now()));
        else requestAnimationFrame(check);
    };
    check();
})"""
"""Milliseconds from the start of the navigation until a picture and its map are there."""
PICK: Final = """(picture) => {
    const stage = document.querySelector('[data-convviz="stage"]').convviz;
    const begun = performance.now();
    document.querySelector('[data-convviz="picker"] [data-picture="' + picture + '"]').click();
    return new Promise((resolve) => {
        const check = () => {
            if (stage.scene.of === picture && stage.scene.reading) resolve(performance.now() - begun);
            else requestAnimationFrame(check);
        };
        check();
    });
}"""
"""Presses a thumbnail: milliseconds until its map is there."""


def rows(browser: Browser, servers: Mapping[str, str]) -> Iterator[Row]:
    """With a network that is loaded: what is measured is the page, and the answers that it waits for."""
    measures = {
        "convviz": partial(_load, browser, servers["convviz"]),
        "without stage": partial(_bare_load, browser, servers["without stage"]),
    }
    times = interleaved(measures, WARM_UP, COUNTED)
    what = "First load to picture and map, inside a CNN, its network loaded"
    yield time_row(what, times["convviz"], times["without stage"], "the page without the stage", MOST)
    with TemporaryDirectory() as folder, serving(Path(folder)) as server:
        yield from _many(browser, server)


def _load(browser: Browser, address: str) -> float:
    with opened(browser, address + PATH) as page:
        elapsed = _there(page)
        rest(page)
        return elapsed


def _bare_load(browser: Browser, address: str) -> float:
    with opened(browser, address + PATH) as page:
        elapsed = first_paint(page)
        rest(page)
        return elapsed


def _many(browser: Browser, server: LabServer) -> Iterator[Row]:
    """The next picture, alone and among ten; one process answers all of them."""
    with ExitStack() as stack:
        pages = [stack.enter_context(opened(browser, server.address + PATH))]
        _there(pages[0])
        alone = _picked(pages[0])
        pages += [stack.enter_context(opened(browser, server.address + PATH)) for _ in range(VIEWERS - 1)]
        for page in pages:
            _there(page)
        together = _picked(pages[-1])
        processes = len(server.workers)
    yield time_row("Another picture picked to its map", together, alone, f"{VIEWERS} pages open; beside it one")
    yield Row(f"Processes that hold networks, {VIEWERS} pages open", str(processes), "1, one page", None, "1", processes == 1)


def _picked(page: Page) -> list[float]:
    """Each of the pictures on show, pressed once."""
    rest(page)
    shown = page.locator('[data-convviz="picker"] [data-picture]')
    names = shown.evaluate_all("nodes => nodes.map((node) => node.dataset.picture)")
    times = [cast("float", page.evaluate(PICK, name)) for name in names[2:]]
    rest(page)
    return times


def _there(page: Page) -> float:
    return cast("float", page.evaluate(THERE))
