"""What every page shares: its head, its spacing, and the line of experiments at its foot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any, Final

import streamlit as st

from convviz.explain import SizeFormula, pytorch_code, size_formulas
from convviz.trace import Trace
from convviz.ui.state import Page


@dataclass(frozen=True)
class Experiment:
    """Something to try: the question, and the parameters that set it up."""

    question: str
    parameters: Mapping[str, Any]


_STYLE: Final = Path(__file__).with_name("page.css")


def head(title: str, sentence: str, problems: tuple[str, ...] = ()) -> None:
    """The page's name and the one sentence that says what happens; problems of a link take the sentence's place."""
    words = f'<p class="cv-problem" role="status">{escape(_told(problems))}</p>' if problems else f"<p>{escape(sentence)}</p>"
    st.html(_STYLE)
    st.html(f'<div class="cv-title"><h1>{escape(title)}</h1>{words}</div>')


def _told(problems: tuple[str, ...]) -> str:
    shown = "; ".join(problems[:3])
    more = f"; and {len(problems) - 3} more" if len(problems) > 3 else ""
    return f"Part of this link was not understood: {shown}{more}."


def foot(page: Page, trace: Trace, experiments: tuple[Experiment, ...]) -> None:
    """What opens below the stage, formula and code, and an experiment that one press sets up."""
    formula_column, code_column, try_column, set_column, next_column = st.columns(
        [1.5, 1.5, 6.6, 1.4, 1.1], vertical_alignment="center"
    )
    # Only what is open is computed and sent.
    with formula_column.popover("Formula", width="stretch", key=page.key("formula"), on_change="rerun") as formula:
        if formula.open:
            _formulas(size_formulas(trace.axes, trace.padding_mode))
    with code_column.popover("PyTorch", width="stretch", key=page.key("code"), on_change="rerun") as code:
        if code.open:
            st.code(pytorch_code(trace), language="python", height=320)
    number = page.experiment % len(experiments)
    experiment = experiments[number]
    try_column.html(f'<div class="cv-try"><b>Try</b>&ensp;{escape(experiment.question)}</div>')
    set_column.button(
        "Set it up",
        on_click=page.callback(lambda old: old.changed(**experiment.parameters)),
        width="stretch",
        help="Changes the picture.",
    )
    next_column.button(
        f"{number + 1} of {len(experiments)} ›",
        on_click=page.callback(lambda old: replace(old, experiment=old.experiment + 1)),
        width="stretch",
        help="Another experiment.",
        type="tertiary",
    )


def _formulas(formulas: tuple[SizeFormula, ...]) -> None:
    st.latex(
        r"\text{output} = \left\lfloor \frac{\text{input} + \text{before} + \text{after}"
        r" - \text{dilation}\cdot(\text{kernel} - 1) - 1}{\text{stride}} \right\rfloor + 1"
    )
    for formula in formulas:
        st.latex((rf"\text{{{formula.label}}}:\; " if formula.label else "") + formula.latex)
        st.caption(formula.words)
        st.caption("The same, with p for the padding of both sides together and k for the cells a window spans:")
        st.latex(formula.total_latex)
