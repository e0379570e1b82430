"""The browser that is there, and pages in it, each as fresh as a first visit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright

from tests.browser import FLAGS, find_browser

PROBE: Final = Path(__file__).with_name("probe.js")


@contextmanager
def browsing() -> Iterator[Browser]:
    """A running browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, address: str, on_websocket: Callable[[WebSocket], None] | None = None) -> Iterator[Page]:
    """A page in a context of its own: nothing cached, and no other page in its process."""
    context = browser.new_context(viewport={"width": 1600, "height": 900})
    try:
        context.add_init_script(path=PROBE)
        page = context.new_page()
        if on_websocket:
            page.on("websocket", on_websocket)
        page.goto(address, wait_until="commit")
        yield page
    finally:
        context.close()


def first_paint(page: Page) -> float:
    """Milliseconds from the start of the navigation to the first picture."""
    return cast("float", page.evaluate("bench.firstPaint()"))


def rest(page: Page) -> None:
    """Wait until the page's script has not run for a while."""
    page.evaluate("bench.rest()")


def focus_on_seed(page: Page) -> None:
    """Wait for the page, then put the keyboard on the number that the measurements change."""
    first_paint(page)
    rest(page)
    page.get_by_label("Seed", exact=True).focus()


def change_seed(page: Page) -> float:
    """Press the key for the next seed: milliseconds from there to the new picture.

    Each picture is a new one, so that no message is answered from the browser's memory of earlier ones.
    """
    page.evaluate("bench.watch()")
    page.keyboard.press("ArrowUp")
    elapsed = cast("float", page.evaluate("bench.changed()"))
    rest(page)
    return elapsed
