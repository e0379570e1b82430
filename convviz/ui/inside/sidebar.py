"""Which run, which picture, which class, and the patch that slides."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import streamlit as st

from convviz.geometry import Axis, GeometryError
from convviz.lab.data import KINDS, DataError
from convviz.lab.errors import StoreError
from convviz.lab.patches import positions_of
from convviz.lab.runs import shipped, the_store
from convviz.ui import controls
from convviz.ui.inside.component import show_picker
from convviz.ui.inside.opened import Known, known, with_picture, with_run
from convviz.ui.inside.payload import marks_of
from convviz.ui.inside.state import FILLS, InsidePage

_ANY: Final = (-(10**9), 10**9)
"""What a stepper takes: what cannot be is refused in a sentence, with the way out."""
_SHORT: Final = 2
"""Letters of a class that has a button."""


@dataclass(frozen=True)
class Slide:
    """How the patch slides: its axes, or why it cannot, with the settings that it could slide with."""

    axes: tuple[Axis, ...] = ()
    refused: str = ""
    mended: tuple[tuple[str, Any], ...] = ()

    @property
    def positions(self) -> tuple[int, ...]:
        """Along each axis."""
        return tuple(axis.output_size for axis in self.axes)


def slide_of(page: InsidePage, run: Known) -> Slide:
    """How the page's patch slides over its picture: where the last position reaches beyond it, the patch is cut.

    >>> from convviz.ui.inside.opened import begun, known
    >>> run = known("shapes-7x7")
    >>> slide_of(begun(run), run).positions, slide_of(begun(run).changed(patch=99), run).positions
    ((25, 25), (1, 1))
    >>> slide_of(begun(run).changed(stride=0), run).refused
    'stride is 0: it must be at least 1'
    """
    try:
        return Slide(positions_of(run.sizes, page.patch, page.stride))
    except GeometryError as error:
        return Slide(refused=str(error), mended=tuple(error.remedy.items()))


def sidebar(page: InsidePage, run: Known, slide: Slide) -> None:
    """In the order of what is asked: which network, which picture, what of it, and how the patch slides."""
    _runs(page)
    show_picker(page, run, with_picture)
    _classes(page, run)
    first, second = st.columns(2)
    with first:
        words = "Cells along each side of the square that hides a part of the picture."
        _number(page, "Patch", "patch", page.patch, words)
    with second:
        _number(page, "Stride", "stride", page.stride, "Cells from one position of the patch to the next.")
    st.html(f'<p class="cv-in-count">{_counted(slide)}</p>')
    if slide.refused:
        _tell(page, slide)
    words = "What stands in the patch: mid grey, the picture's mean colour, the picture blurred, or black."
    fills = {name: name for name in FILLS}
    controls.segments(page, "Fill the patch with", "fill", fills, page.fill, lambda old, fill: old.changed(fill=fill), words)


def _runs(page: InsidePage) -> None:
    """Those with weights; a list of other runs, or other words, is another widget."""
    options = {run.id: words for run in (*shipped(), *the_store().runs()) if (words := _words(run))}
    options.setdefault(page.run, page.run)
    name = f"run.{abs(hash(tuple(options.items())))}"
    words = "A network that was trained: those that come along, and every run of the training lab."
    controls.choice(page, "Run", name, options, page.run, _take_run, words)


def _take_run(old: InsidePage, run_id: str) -> InsidePage:
    with suppress(StoreError, DataError):  # deleted a moment ago, or its pictures are not here
        return with_run(old, run_id)
    return old


def _words(run: Any) -> str:
    """What a run is called, nothing for one that cannot be opened."""
    with suppress(StoreError):
        figures = run.figures()
        if (run.folder / "weights.safetensors").is_file() and figures:
            return f"{run.id} · {figures[-1].test_accuracy:.1%} · {KINDS[run.settings.data.name].title}"
    return ""


def _classes(page: InsidePage, run: Known) -> None:
    marks = marks_of(run) or list(run.kind.classes)
    words = "The class whose probability is watched while the patch slides."
    take = _take_class
    if all(len(mark) <= _SHORT for mark in marks):
        controls.segments(page, "Probability of", f"class.{run.kind.name}", dict(enumerate(marks)), page.klass, take, words)
    else:
        controls.choice(page, "Probability of", f"class.{run.kind.name}", dict(enumerate(marks)), page.klass, take, words)  # type: ignore[arg-type]  # numbers are names, too


def _take_class(old: InsidePage, klass: int) -> InsidePage:
    """Of a run that has it: another one may have come since."""
    with suppress(StoreError, DataError):
        if klass < len(known(old.run).kind.classes):
            return old.changed(klass=klass)
    return old


def _number(page: InsidePage, label: str, name: str, value: int, words: str) -> None:
    def take(old: InsidePage, number: int) -> InsidePage:
        return old.changed(**{name: number})

    controls.whole_number(page, label, name, value, _ANY, take, help=words)


def _counted(slide: Slide) -> str:
    if slide.refused:
        return "no positions"
    rows, columns = slide.positions
    many = rows * columns
    return f"{rows} × {columns} = {many:,} position{'s' if many > 1 else ''}"


def _tell(page: InsidePage, slide: Slide) -> None:
    st.html(f'<p class="cv-problem" role="status">{escape(slide.refused)}.</p>')
    if slide.mended:
        words = " and ".join(f"{name} to {value}" for name, value in slide.mended)
        mend = page.callback(lambda old: old.changed(**dict(slide.mended)))
        st.button(f"Set {words}", on_click=mend, width="stretch", key=page.key("mend"))
