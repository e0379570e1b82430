"""Frames a second while the stage plays, and the longest frame while someone points at it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import pi, sin
from statistics import median
from typing import Any, Final, NamedTuple

from playwright.sync_api import Browser, Page

from bench.browser import first_paint, opened, rest
from bench.scenes import link
from bench.table import Row, interleaved

SIZE: Final = 64
FASTEST: Final = 64
"""Steps a second at full speed."""
CHANNELS: Final = 4
LEAST_RATES: Final = {1: 58, CHANNELS: 55}
"""Frames a second, by the input's channels."""
LONGEST: Final = 34
"""Milliseconds; at 60 frames a second one frame may be missed, but no two in a row."""
PLAYING: Final = 5
POINTING: Final = 3.3
"""Seconds of each round; pointing shares them among input, kernel and output."""
ROUNDS: Final = 5
TURNS: Final = (1.3, 0.9)
"""To and fro a second, across and down: the pointer wanders over the whole grid, edges and middle."""

GRIDS: Final = ("input", "kernel", "output")

Box = dict[str, float]
Figures = dict[str, float]


class Longest(NamedTuple):
    """Longest frames in ms, median and worst, and the grid they were met on."""

    name: str
    median: float
    worst: float


def rows(browser: Browser, servers: Mapping[str, str]) -> Iterator[Row]:
    """The stage against an empty page in the same browser."""
    with (
        opened(browser, servers["convviz"] + link(SIZE)) as page,
        opened(browser, servers["convviz"] + link(SIZE, CHANNELS)) as sheets,
        opened(browser, "about:blank") as blank,
    ):
        for stage in (page, sheets):
            first_paint(stage)
            rest(stage)
            _focus_at_full_speed(stage)
        grids: dict[str, Box] = page.evaluate("bench.grids()")
        figures = interleaved(
            {
                "playing": partial(_while_playing, page, partial(_watching, page)),
                "sheets": partial(_while_playing, sheets, partial(_watching, sheets)),
                "idle": partial(_watching, blank),
                "paused": partial(_pointing, page, grids),
                "empty": partial(_pointing, blank, grids),
                "both": partial(_while_playing, page, partial(_pointing, page, grids)),
            },
            0,
            ROUNDS,
        )
    yield _rate_row(1, figures["playing"], figures["idle"])
    yield _rate_row(CHANNELS, figures["sheets"], figures["idle"])
    yield _longest_row("paused", figures["paused"], figures["empty"])
    yield _longest_row("playing at full speed", figures["both"], figures["empty"])


def _focus_at_full_speed(page: Page) -> None:
    page.locator('[data-convviz="stage"]').focus()
    speed = None
    while (now := page.evaluate("bench.stage().speed")) != speed:
        speed = now
        page.keyboard.press("+")
    if speed != FASTEST:
        raise RuntimeError(f"full speed is {speed} steps/s, not {FASTEST}")


def _while_playing(page: Page, measure: Callable[[], Figures]) -> Figures:
    """What `measure` finds while the stage plays from its first step; and the steps a second that it did."""
    page.mouse.move(0, 0)
    page.locator('[data-convviz="stage"]').focus()
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    start = time.monotonic()
    figures = measure()
    seconds = time.monotonic() - start
    stage: dict[str, Any] = page.evaluate("bench.stage()")
    page.keyboard.press("Home")
    rest(page)
    if not stage["playing"]:
        raise RuntimeError("the stage stopped playing")
    return {**figures, "steps": stage["step"] / seconds}


def _watching(page: Page) -> Figures:
    """Frames a second while nobody touches anything."""
    page.evaluate("bench.countFrames()")
    page.wait_for_timeout(1000 * PLAYING)
    return {"rate": page.evaluate("bench.countedFrames().rate")}


def _pointing(page: Page, grids: Mapping[str, Box]) -> Figures:
    """The longest frame while the pointer wanders over each grid, in as many small moves as there is time for."""
    figures = {}
    for name, grid in grids.items():
        page.evaluate("bench.countFrames()")
        start = time.monotonic()
        while (elapsed := time.monotonic() - start) < POINTING / len(grids):
            across, down = (0.5 + 0.49 * sin(2 * pi * turns * elapsed) for turns in TURNS)
            page.mouse.move(grid["left"] + across * grid["width"], grid["top"] + down * grid["height"])
        figures[name] = page.evaluate("bench.countedFrames().longest")
        if not page.evaluate("bench.follows()"):
            raise RuntimeError(f"the stage does not follow the pointer over its {name}")
    return figures


def _rate_row(channels: int, ours: Sequence[Figures], theirs: Sequence[Figures]) -> Row:
    rate, bare = median(figures["rate"] for figures in ours), median(figures["rate"] for figures in theirs)
    steps = median(figures["steps"] for figures in ours)
    least = LEAST_RATES[channels]
    return Row(
        f"Frames a second, {SIZE}×{SIZE}{f' × {channels} channels' if channels > 1 else ''} at {FASTEST} steps/s",
        f"{rate:.1f} ({steps:.0f} steps/s)",
        f"{bare:.1f}, an empty page",
        rate / bare,
        f"≥ {least}",
        rate >= least,
    )


def _longest_row(state: str, ours: Sequence[Figures], theirs: Sequence[Figures]) -> Row:
    longest, bare = _slowest_grid(ours), _slowest_grid(theirs)
    return Row(
        f"Longest frame while pointing, {SIZE}×{SIZE}, {state}",
        f"{longest.median:.0f} ms over the {longest.name} (worst {longest.worst:.0f})",
        f"{bare.median:.0f} ms (worst {bare.worst:.0f}), an empty page",
        longest.median / bare.median,
        f"≤ {LONGEST} ms",
        longest.median <= LONGEST,
    )


def _slowest_grid(rounds: Sequence[Figures]) -> Longest:
    """The grid whose longest frames are the longest, by their median over the rounds; the worst is that of any grid."""
    typical, name = max((median(figures[name] for figures in rounds), name) for name in GRIDS)
    return Longest(name, typical, max(figures[name] for figures in rounds for name in GRIDS))
