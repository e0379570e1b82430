"""The pictures of a training: some of each class, how many there are, and one of them changed at random."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from convviz.geometry import GeometryError
from convviz.lab.augmentation_settings import Augmentation, limits
from convviz.lab.data import (
    KINDS,
    DataError,
    DatasetKind,
    DataSettings,
    Pictures,
    load,
    load_test,
    one_of,
    some_of,
    train_count,
)
from convviz.lab.data.settings import DRAWN
from convviz.lab.errors import PreviewError
from convviz.lab.previews import augmented_preview
from convviz.lab.settings import Settings, require
from convviz.ui.training.feed import scaled
from convviz.ui.training.fields import setting
from convviz.ui.training.payload import MARKS
from convviz.ui.training.state import LabPage
from convviz.ui.training.thumbnails import row
from convviz.ui.training.watched import Watched

_EACH: Final = 10
"""Pictures of a class."""
_CHANGED: Final = 15
_COLUMNS: Final = 5
_EVERY: Final = 0.3
"""Seconds from look to look, while they are computed."""
_DRAWN_FIELDS: Final = ("data.train_per_class", "data.test_per_class", "data.seed")


def show_data(page: LabPage, now: Watched | None, _: str) -> None:
    """Classes to the left, augmentation to the right."""
    locked = now is not None and now.goes_on
    classes, changes = st.columns([1.35, 1], gap="large")
    with classes:
        if page.settings.data.name in DRAWN:
            _drawn(page, locked=locked)
        try:
            st.html(_classes(page.settings.data))
        except DataError:  # said at the left, with what to do
            st.caption("No pictures are here.")
    with changes:
        _augmentation(page, locked=locked)


def _drawn(page: LabPage, *, locked: bool) -> None:
    tagged = ("data.tag_probability",) if page.settings.data.name == "tagged_shapes" else ()
    names = (*_DRAWN_FIELDS, *tagged)
    for name, column in zip(names, st.columns(len(names)), strict=True):
        with column:
            setting(page, name, locked=locked)


@lru_cache(maxsize=8)
def _classes(data: DataSettings) -> str:
    kind = KINDS[data.name]
    some, tests = some_of(data, _EACH), load_test(data)
    counts = zip(_train_counts(data), tests.counts(len(kind.classes)), strict=True)
    rows = "".join(
        _class(data, index, name, to_train, to_test, some)
        for index, (name, (to_train, to_test)) in enumerate(zip(kind.classes, counts, strict=True))
    )
    total = f"<td>{train_count(data):,}</td><td>{len(tests):,}</td>"
    head = "<th></th><th>the first pictures to train with</th><th>to train</th><th>to test</th>"
    return (
        f'<table class="cv-classes"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody>'
        f"<tfoot><tr><th>all</th><td></td>{total}</tr></tfoot></table>"
    )


def _train_counts(data: DataSettings) -> tuple[int, ...]:
    classes = len(KINDS[data.name].classes)
    return (data.train_per_class,) * classes if data.name in DRAWN else load(data).train.counts(classes)


def _class(data: DataSettings, index: int, name: str, to_train: int, to_test: int, some: Pictures) -> str:
    kind = KINDS[data.name]
    mine = np.flatnonzero(some.labels == index)
    thumbs = row(scaled(some, mine, kind.white), f"{name}: {len(mine)} pictures", gap=_gap(kind))
    title = f"{MARKS.get(name, '')} {name}".strip()
    return f"<tr><th>{escape(title)}</th><td>{thumbs}</td><td>{to_train:,}</td><td>{to_test:,}</td></tr>"


def _gap(kind: DatasetKind) -> int:
    """Cells between two pictures."""
    return max(kind.input_shape[1] // 8, 1)


def _augmentation(page: LabPage, *, locked: bool) -> None:
    """Amounts, and what they make of one picture."""
    most: Mapping[str, Any] = {"flip": bool(KINDS[page.settings.data.name].flips), **limits(KINDS[page.settings.data.name])}
    names = [f"augmentation.{name}" for name, limit in most.items() if limit]
    for first in range(0, len(names), 3):
        for name, column in zip(names[first : first + 3], st.columns(3), strict=False):
            with column:
                setting(page, name, locked=locked)
    if page.settings.augmentation == Augmentation():
        st.caption("Nothing is changed: every epoch sees the same pictures. Switch something on.")
    with st.container(key="one-picture", horizontal=True, vertical_alignment="center"):
        st.button(
            "Another picture",
            on_click=page.callback(lambda old: replace(old, picture=(old.picture + 1) % train_count(old.settings.data))),
            help="The next of those to train with.",
        )
        st.html(f'<p class="cv-beside">picture {page.picture % train_count(page.settings.data):,}, as training may see it</p>')
    _preview(page)


def _preview(page: LabPage) -> None:
    """Asked of another process, for only that one has torch; looked at until it is there."""
    settings, picture = page.settings, page.picture % train_count(page.settings.data)
    try:
        require(settings)
        changed = augmented_preview(settings, picture, _CHANGED)
        original = one_of(settings.data, picture)
    except (GeometryError, DataError, PreviewError) as error:
        _tell(str(error))
        return
    kind = KINDS[settings.data.name]
    st.html(_pair(scaled(original, [0], kind.white), changed, _gap(kind)))
    if changed is None:
        _look_again(page, settings, picture)


def _pair(original: NDArray[np.uint8], changed: NDArray[np.uint8] | None, gap: int) -> str:
    """The picture, and its changed ones; blanks where those are still computed."""
    before = row(original, "the picture")
    blanks = np.full((_CHANGED, *original.shape[1:]), 128, np.uint8)
    after = row(blanks if changed is None else changed, f"{_CHANGED} random changes of it", gap=gap, columns=_COLUMNS)
    state = "computing" if changed is None else "done"
    return f'<div class="cv-changed" data-preview="{state}">{before}{after}</div>'


def _look_again(page: LabPage, settings: Settings, picture: int) -> None:
    """Show it here, in place of the blanks, once it is there; or why it never will be."""

    @st.fragment(run_every=_EVERY)
    def look() -> None:
        try:
            if augmented_preview(settings, picture, _CHANGED) is not None:
                st.rerun()
        except PreviewError as error:
            _tell(str(error))

    with st.container(key=page.key("watch")):
        look()


def _tell(words: str) -> None:
    st.html(f'<p class="cv-problem" role="status">{escape(words)}</p>')
