"""A training on its page: how soon it is seen, what watching costs it, what it costs other pages, and ten who watch."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Browser, Page

from bench.browser import change_seed, focus_on_seed, opened
from bench.scenes import default_link
from bench.table import Row, amount, interleaved, spread, time_row
from convviz.lab.executor import ProcessExecutor
from convviz.lab.run import OVER, Run
from convviz.lab.runs import Store, follow
from convviz.lab.settings import Settings, recommended
from tests.lab_page import LabServer, serving

PRESSES: Final = 10
COLD: Final = 3
SEEN_WITHIN: Final = 2000
"""Milliseconds from the press of Train to the first figure that moves."""
ROUNDS: Final = 5
WATCHED: Final = 1.1
"""The goal: steps with a browser watching, as a multiple of those without."""
EPOCHS: Final = 40
SLOWED: Final = 2.0
"""The goal: what a training costs the page of convolutions, as a multiple of its idle time."""
WATCHERS: Final = 10
MANY_WATCH: Final = ("shapes", "digits")
"""Of the digits an epoch is shorter than the time between two looks of a browser, let alone of ten on the same two cores."""
LOOKS: Final = 12
ENDLESS: Final = "?data=digits&training.epochs=1000"
STEPS: Final = "document.querySelector('[data-convviz=\"stage\"]').dataset.steps"
MOVED: Final = """() => new Promise((resolve) => {
    const { dataset } = document.querySelector('[data-convviz="stage"]');
    const [before, begun] = [dataset.run, performance.now()];
    const check = () => {
        if (dataset.run && dataset.run !== before && Number(dataset.steps)) resolve(performance.now() - begun);
        else requestAnimationFrame(check);
    };
    [...document.querySelectorAll("button")].find((button) => button.innerText.startsWith("Train")).click();
    check();
})"""
"""Presses Train: milliseconds until a figure of the new run is there."""


def rows(browser: Browser, _: Mapping[str, str]) -> Iterator[Row]:
    """Each with servers of its own, whose runs are nobody else's."""
    with TemporaryDirectory() as folder:
        yield from _presses(browser, Path(folder) / "presses")
        yield _watched(browser, Path(folder) / "watched")
        yield _beside(browser, Path(folder) / "beside")
        for data in MANY_WATCH:
            yield from _many(browser, Path(folder) / data, data)


def _presses(browser: Browser, folder: Path) -> Iterator[Row]:
    """From the press to the first figure: with a process that is ready, and right after the server's start."""
    cold = []
    for number in range(COLD):
        with serving(folder / f"cold{number}") as server, _at(browser, server) as page:
            cold.append(_press(page))
    warm = []
    with serving(folder / "warm") as server:
        for _ in range(PRESSES):
            with _at(browser, server) as page:
                _wait_for_rest(server)
                warm.append(_press(page))
                _wait_for_end(server)
    what = f"Train pressed to the first figure, a process ready, median of {PRESSES}"
    met = median(warm) <= SEEN_WITHIN
    yield Row(what, spread(warm), f"{spread(cold)}, cold", None, f"≤ {SEEN_WITHIN / 1000:g} s", met)


def _press(page: Page) -> float:
    page.get_by_role("button", name=re.compile("^Train")).wait_for()
    elapsed: float = page.evaluate(MOVED)
    return elapsed


def _watched(browser: Browser, folder: Path) -> Row:
    """From the first epoch's files to the last's, by turns: alone, and on a page."""
    settings = _digits(EPOCHS)
    alone = Store(folder / "alone", executor=ProcessExecutor(1))
    with serving(folder / "server") as server, _at(browser, server, f"?data=digits&training.epochs={EPOCHS}") as page:
        times = interleaved(
            {"watched": partial(_time_watched, server, page), "alone": partial(_time_alone, alone, settings)}, 1, ROUNDS
        )
    what = f"Digits, {EPOCHS} epochs, first to last, a browser watching"
    return time_row(what, times["watched"], times["alone"], "nobody watching", WATCHED)


def _time_alone(store: Store, settings: Settings) -> float:
    run = store.start(settings)
    for _ in follow(run):
        pass
    return _time_of(run)


def _time_watched(server: LabServer, page: Page) -> float:
    _press(page)
    _wait_for_end(server)
    return _time_of(server.store.runs()[0])


def _time_of(run: Run) -> float:
    first, last = (run.folder / "epochs" / f"{epoch:04}.safetensors" for epoch in (0, EPOCHS))
    return 1000 * (last.stat().st_mtime - first.stat().st_mtime)


def _beside(browser: Browser, folder: Path) -> Row:
    """The page of convolutions, while nothing else happens and while a run trains."""
    with serving(folder) as server, ExitStack() as stack:
        lab = stack.enter_context(_at(browser, server, ENDLESS))
        page = stack.enter_context(opened(browser, server.address + default_link("convolution")))
        focus_on_seed(page)
        idle, busy = [], []
        for _ in range(ROUNDS):
            idle += [change_seed(page) for _ in range(5)]
            _press(lab)
            busy += [change_seed(page) for _ in range(5)]
            lab.get_by_role("button", name="Cancel", exact=True).click()
            _wait_for_end(server)
    what = "Key pressed to picture, convolution, while a run trains and is watched"
    return time_row(what, busy, idle, "while nothing does", SLOWED)


def _many(browser: Browser, folder: Path, data: str) -> Iterator[Row]:
    """Ten browsers at one run: the server's memory, a rerun of the page, and who is how far behind."""
    with serving(folder) as server, ExitStack() as stack:
        first = stack.enter_context(_at(browser, server, f"?data={data}&training.epochs=1000"))
        _wait_for_rest(server)
        _press(first)
        run = server.store.runs()[0]
        before = _memory(server)
        alone = [_rerun(first) for _ in range(ROUNDS)]
        others = [_at(browser, server, f"?run={run.id}") for _ in range(WATCHERS - 1)]
        pages = [first, *map(stack.enter_context, others)]
        behind = max(_behind(run, page) for _ in range(LOOKS) for page in pages)
        together = [_rerun(first) for _ in range(ROUNDS)]
        grown = _memory(server) - before
        first.get_by_role("button", name="Cancel", exact=True).click()
        _wait_for_end(server)
    yield Row(
        f"{WATCHERS} browsers watching a run of {data}: the server's memory",
        f"{amount(before)} + {amount(grown)}",
        f"{amount(before)}, one browser",
        (before + grown) / before,
    )
    yield time_row(f"{WATCHERS} browsers watching {data}: a rerun of the page", together, alone, "one browser")
    yield Row(f"{WATCHERS} browsers watching {data}: epochs behind, at most", str(behind), "–", None, "≤ 1", behind <= 1)


def _behind(run: Run, page: Page) -> int:
    """Epochs that were made before somebody looked at the page, and are not on it."""
    made = len(run.figures())
    return max(made - int(page.evaluate(STEPS)), 0)


def _rerun(page: Page) -> float:
    """Milliseconds from a press that changes only what is tried to its new words."""
    words = page.locator(".cv-try").inner_text()
    begun = time.perf_counter()
    page.get_by_role("button", name="›").last.click()
    page.locator(".cv-try").filter(has_not_text=words).wait_for()
    return 1000 * (time.perf_counter() - begun)


@contextmanager
def _at(browser: Browser, server: LabServer, query: str = "") -> Iterator[Page]:
    """A page of the lab, once its stage is there."""
    with opened(browser, f"{server.address}/training-lab{query}") as page:
        page.locator('[data-convviz="stage"][data-steps]').wait_for()
        yield page


def _wait_for_rest(server: LabServer) -> None:
    """Until the process that is to train has loaded what it needs: it computes no more."""
    before = -1.0
    while (now := server.seconds_of_workers) != before or not now:
        before = now
        time.sleep(0.5)


def _wait_for_end(server: LabServer) -> None:
    while any(run.state not in OVER for run in server.store.runs()):
        time.sleep(0.05)


def _memory(server: LabServer) -> float:
    """Bytes of the server's own process."""
    pages = int((Path("/proc") / str(server.process.pid) / "statm").read_text().split()[1])
    return pages * 4096


def _digits(epochs: int) -> Settings:
    settings = recommended("digits")
    return replace(settings, training=replace(settings.training, epochs=epochs))
