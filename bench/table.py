"""Figures into rows, rows into a table."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One line of the table; without a goal there is nothing to be met."""

    what: str
    convviz: str
    beside: str
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """The line's texts."""
        ratio = "–" if self.ratio is None else f"{self.ratio:.2f}" if self.ratio >= 0.1 else f"{self.ratio:.4f}"
        met = "–" if self.met is None else "yes" if self.met else "**no**"
        return self.what, self.convviz, self.beside, ratio, self.goal or "–", met


def markdown(rows: Sequence[Row]) -> str:
    """The table, columns aligned so that it also reads well in a terminal."""
    lines = [("what", "convviz", "beside it", "ratio", "goal", "met"), *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = tuple("-" * width for width in widths)
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |"
        for line in (lines[0], rule, *lines[1:])
    )


def interleaved(measures: Mapping[str, Callable[[], T]], warm_up: int, counted: int) -> dict[str, list[T]]:
    """Take each measure in turn, round by round: whatever disturbs the machine disturbs them all alike."""
    rounds = [{name: measure() for name, measure in measures.items()} for _ in range(warm_up + counted)]
    return {name: [figures[name] for figures in rounds[warm_up:]] for name in measures}


def time_row(what: str, ours: Sequence[float], theirs: Sequence[float], beside: str, most: float | None = None) -> Row:
    """Two series of milliseconds, and the ratio of their medians."""
    ratio = median(ours) / median(theirs)
    goal, met = ("", None) if most is None else (f"ratio ≤ {most:g}", ratio <= most)
    return Row(what, spread(ours), f"{spread(theirs)}, {beside}", ratio, goal, met)


def spread(times: Sequence[float]) -> str:
    """The median, and between which quarters of the figures lie."""
    low, _, high = quantiles(times, n=4)
    return f"{median(times):.0f} ms ({low:.0f}–{high:.0f})"


def amount(count: float) -> str:
    """A number of bytes."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def machine(browser_version: str) -> str:
    """What the figures were taken on."""
    return (
        f"{_cpu()}, {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores; "
        f"Python {platform.python_version()}; Streamlit {st.__version__}; Chromium {browser_version}; {_system()}"
    )


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.exists() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"
