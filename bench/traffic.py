"""What a changed parameter sends to the browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from statistics import median
from typing import Final

from playwright.sync_api import Browser, Page, WebSocket

from bench.browser import change_seed, focus_on_seed, opened
from bench.plotly_frames import figure
from bench.scenes import SEED, link, stage_bytes
from bench.table import Row, amount, interleaved

SIZES: Final = (16, 32, 64)
LARGEST_SENT: Final = 32
"""Beyond it the Plotly figure is built but not sent: it keeps the browser busy for minutes."""
MOST: Final = 0.05
GOAL_SIZE: Final = 32
WARM_UP: Final = 1
COUNTED: Final = 3


class Received:
    """Counts what a page's web socket brings."""

    def __init__(self) -> None:
        self.bytes = 0

    def listen(self, socket: WebSocket) -> None:
        """Count from now on."""
        socket.on("framereceived", self._add)

    def _add(self, message: bytes | str) -> None:
        self.bytes += len(message if isinstance(message, bytes) else message.encode())


def rows(browser: Browser, servers: Mapping[str, str]) -> Iterator[Row]:
    """The page against the same animation as Plotly frames, and what of it is the stage's own."""
    for size in SIZES:
        counts = _counts(browser, servers, size)
        sent = "plotly" in counts
        frames = counts["plotly"] if sent else len(figure(size, SEED).to_json())
        ratio = counts["convviz"] / frames
        goal, met = (f"≤ {MOST:.0%}", ratio <= MOST) if size == GOAL_SIZE else ("", None)
        words = "Plotly frames" if sent else "Plotly frames, built but not sent"
        yield Row(
            f"Bytes of a change, {size}×{size}", amount(counts["convviz"]), f"{amount(frames)}, {words}", ratio, goal, met
        )
        yield _share_row(size, counts["convviz"])


def _share_row(size: int, whole: float) -> Row:
    own = stage_bytes(size)
    return Row(f"of them the stage's, {size}×{size}", amount(own), f"{amount(whole)}, the whole change", own / whole)


def _counts(browser: Browser, servers: Mapping[str, str], size: int) -> dict[str, float]:
    addresses = {"convviz": servers["convviz"] + link(size)}
    if size <= LARGEST_SENT:
        addresses["plotly"] = f"{servers['plotly']}/?size={size}"
    with ExitStack() as stack:
        measures = {}
        for name, address in addresses.items():
            received = Received()
            page = stack.enter_context(opened(browser, address, received.listen))
            focus_on_seed(page)
            measures[name] = partial(_bytes_of_change, page, received)
        counts = interleaved(measures, WARM_UP, COUNTED)
    return {name: median(series) for name, series in counts.items()}


def _bytes_of_change(page: Page, received: Received) -> float:
    before = received.bytes
    change_seed(page)
    return received.bytes - before
