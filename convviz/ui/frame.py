"""What every page shares: its head, its spacing, and the line of experiments at its foot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any, Final, Protocol

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from convviz.explain import SizeFormula
from convviz.ui import shown, views
from convviz.ui.pictures import Picture
from convviz.ui.session import Kept
from convviz.ui.share import share
from convviz.ui.sidebars import sidebar
from convviz.ui.state import Page, open_page, take_back, write_address


@dataclass(frozen=True)
class Experiment:
    """Something to try: the question, and the parameters that set it up; a single number stands for all axes."""

    question: str
    parameters: Mapping[str, Any]


_STYLES: Final = tuple(Path(__file__).with_name(name) for name in ("page.css", "controls.css"))


def sliding_page(operation: str, title: str, experiments: tuple[Experiment, ...]) -> None:
    """A whole page about an operation that slides."""
    page = open_page(operation)
    with st.sidebar:
        sidebar(page)
        share(*write_address(page), page.callback(take_back))
    now = shown.picture_of(page)
    head(
        title, views.sentence(page.sample), page.problems, lambda: views.switch(page), lambda: views.beside_sentence(page, now)
    )
    shown.show(page, now)
    foot(page, now.picture, experiments)


def head(
    title: str,
    sentence: str,
    problems: tuple[str, ...] = (),
    switch: Callable[[], None] | None = None,
    beside: Callable[[], None] | None = None,
) -> None:
    """The page's name and the one sentence that says what happens; problems of a link take the sentence's place.

    `switch` stands at the right of the name, `beside` at the right of the sentence.
    """
    for style in _STYLES:
        st.html(style)
    words = f'<p class="cv-problem" role="status">{escape(_told(problems))}</p>' if problems else f"<p>{escape(sentence)}</p>"
    _row("title", f'<div class="cv-title"><h1>{escape(title)}</h1></div>', switch)
    _row("sentence", f'<div class="cv-title">{words}</div>', beside)


def _row(key: str, html: str, beside: Callable[[], None] | None) -> None:
    with st.container(key=key, horizontal=True, vertical_alignment="center"):
        st.html(html)
        if beside:
            beside()


def _told(problems: tuple[str, ...]) -> str:
    first = "; ".join(problems[:3])
    more = f"; and {len(problems) - 3} more" if len(problems) > 3 else ""
    return f"Part of this link was not understood: {first}{more}."


def foot(page: Page, picture: Picture, experiments: tuple[Experiment, ...]) -> None:
    """What opens below the stage, formula and code, and an experiment that one press sets up."""
    formula_column, code_column, try_column, set_column, next_column = st.columns(
        [1.5, 1.5, 6.6, 1.4, 1.1], vertical_alignment="center"
    )
    # Only what is open is computed and sent.
    with formula_column.popover("Formula", width="stretch", key=page.key("formula"), on_change="rerun") as formula:
        if formula.open:
            _formulas(picture)
    with code_column.popover("PyTorch", width="stretch", key=page.key("code"), on_change="rerun") as code:
        if code.open:
            st.code(picture.code(), language="python", height=320)
    number = page.experiment % len(experiments)
    parameters = experiments[number].parameters
    experiment_line(
        page,
        (try_column, set_column, next_column),
        f"{number + 1} of {len(experiments)}",
        experiments[number].question,
        lambda old: old.changed(**parameters),
        done=page.changed(**parameters).sample == page.sample,
    )


class Asked(Protocol):
    """Something to try: the question, the page on which it is answered, and whether a page is that one."""

    @property
    def question(self) -> str:
        """What is asked."""

    def set_up(self, old: Any) -> Any:
        """The page on which the question is answered."""

    def done(self, page: Any) -> bool:
        """Whether the page is set up so."""


def one_experiment(page: Kept, experiment: int, columns: Sequence[DeltaGenerator], experiments: Sequence[Asked]) -> None:
    """The one of the experiments that the page has come to, as `experiment_line`."""
    number = experiment % len(experiments)
    asked = experiments[number]
    words = f"{number + 1} of {len(experiments)}"
    experiment_line(page, columns, words, asked.question, asked.set_up, done=asked.done(page))


def experiment_line(
    page: Kept,
    columns: Sequence[DeltaGenerator],
    number: str,
    question: str,
    set_up: Callable[..., Kept],
    *,
    done: bool,
) -> None:
    """An experiment in three columns: its question, a button that sets it up, and one that goes on to the next."""
    try_column, set_column, next_column = columns
    try_column.html(f'<div class="cv-try"><b>Try</b>&ensp;{escape(question)}</div>')
    set_column.button(
        "Set it up",
        on_click=page.callback(set_up),
        width="stretch",
        disabled=done,
        help="Changes the picture; grey where it is so already.",
    )
    next_column.button(
        f"{number} ›",
        on_click=page.callback(lambda old: replace(old, experiment=old.experiment + 1)),
        width="stretch",
        help="Another experiment.",
        type="tertiary",
    )


def _formulas(picture: Picture) -> None:
    """The size in symbols, with the numbers in it, and every output written out where there are few."""
    st.latex(picture.general_latex)
    for formula in picture.formulas:
        _formula(formula)
    for equation in picture.equations:
        st.latex(equation)


def _formula(formula: SizeFormula) -> None:
    st.latex((rf"\text{{{formula.label}}}:\; " if formula.label else "") + formula.latex)
    st.caption(formula.words)
    if formula.total_latex:
        st.caption("The same, with p for the padding of both sides together and k for the cells a window spans:")
        st.latex(formula.total_latex)
