"""The numbers of the grids: how they are made, typed and pasted, their seed, and the biases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, cast

import streamlit as st

from convviz.geometry import GeometryError
from convviz.samples import KERNELS, Kind, Recipe, written
from convviz.ui.codecs import LARGEST_SEED
from convviz.ui.controls import choice, segments
from convviz.ui.fields import MOST_CHANNELS
from convviz.ui.sheets import kernel_name, size_of, text_limit, with_kernel, with_sheets
from convviz.ui.state import Page
from convviz.ui.texts import parse_sheets, read_numbers, write_number, write_sheets

_KINDS: Final = {"random": "random", "ramp": "0 1 2", "count": "1 2 3", "impulse": "impulse", "typed": "typed"}
_SIGNAL: Final = {"signal": "signal: sunspots"}
_WORDS: Final = (
    "Random whole numbers, counting up from 0 or 1, a single 1, or your own; on a line a signal that was measured: yearly "
    "sunspots. Any cell can also be clicked and typed over."
)
_WEIGHT_KINDS: Final = {
    "random": "random numbers",
    "ramp": "counting up from 0",
    "count": "counting up from 1",
    "impulse": "one in the middle",
    "typed": "typed",
}
_NAMES: Final = {"input": "input", "weight": "kernel", "later": "later values", "original": "original"}


def grid_values(page: Page, label: str = "Input values", grid: str = "input", words: str = _WORDS) -> None:
    """How the numbers of a grid are made: side by side, or in a list where there are many ways."""
    kinds = _kinds(page, grid)
    show = segments if kinds == _KINDS else choice
    show(page, label, f"{grid}.kind", kinds, getattr(page.sample, grid).kind, _taking(grid), words)


def value_list(page: Page, label: str, grid: str, words: str = _WORDS) -> None:
    """How the numbers of a grid are made, in a list."""
    choice(page, label, f"{grid}.kind", _kinds(page, grid), getattr(page.sample, grid).kind, _taking(grid), words)


def _kinds(page: Page, grid: str) -> dict[str, str]:
    here = page.sample.dimension == 1 or getattr(page.sample, grid).kind == "signal"
    return {**_KINDS, **_SIGNAL} if here else _KINDS


def _taking(grid: str) -> Callable[[Page, str], Page]:
    return lambda old, kind: old.changed(**{grid: _recipe(old, grid, kind)})


def kernel_values(page: Page) -> None:
    """How the weights are made, or which named kernel they are."""
    planes = {name: name for name in KERNELS} if page.sample.dimension == 2 else {}
    kind = page.sample.weight.kind
    signal = _SIGNAL if kind == "signal" else {}
    choice(
        page,
        "Kernel values",
        "weights",
        {**_WEIGHT_KINDS, **signal, **planes},
        kernel_name(page.sample) or kind,
        _take_kernel,
        "Numbers of the orange grid; a named kernel goes into every channel. Any weight can also be clicked and typed over.",
    )


def bias(page: Page, channels: int) -> None:
    """What is added to every sum: a number, or one for each output channel."""
    if channels == 1:
        value = page.sample.biases(1)[0]
        key = page.widget_key("bias", value)
        st.number_input(
            "Bias",
            value=None,
            key=key,
            step=1.0,
            format="%g",
            on_change=page.callback(lambda old, bias: old.changed(bias=(float(bias), *old.sample.bias[1:])), key),
            help="Added to every sum.",
        )
        return
    wrong = dict(page.refused).get("bias", "")
    key = page.widget_key("biases", wrong or ", ".join(map(write_number, page.sample.biases(channels))))
    st.text_input(
        "Biases",
        key=key,
        on_change=page.callback(_take_biases, key),
        help="Added to every sum: one number for each output channel, 0 where there is none.",
    )
    _tell(_biases_problem(wrong) if wrong else "")


def seed(page: Page) -> None:
    """Which random numbers."""
    key = page.widget_key("seed", page.sample.input.seed)
    st.number_input(
        "Seed",
        0,
        LARGEST_SEED,
        None,
        step=1,
        key=key,
        on_change=page.callback(_take_seed, key),
        help="Another seed, other random numbers.",
    )


def typed_numbers(page: Page, *grids: str) -> None:
    """Boxes to type or paste into, for those of the grids that are typed."""
    shown = [grid for grid in grids if getattr(page.sample, grid).kind == "typed"]
    for column, grid in zip(st.columns(len(shown)) if shown else [], shown, strict=True):
        key = page.key(f"type.{grid}")
        # Only what is open is written out: a grid may have many numbers.
        with column.popover(f"Type the {_NAMES[grid]}", width="stretch", key=key, on_change="rerun") as box:
            if box.open:
                _typing(page, grid)


def _take_seed(old: Page, seed: int) -> Page:
    return old.changed(**{grid: replace(getattr(old.sample, grid), seed=seed) for grid in old.sample.grids})


def _take_kernel(old: Page, name: str) -> Page:
    if name in KERNELS:
        return old.with_sized(with_kernel(old.sample, name), size_of(old.sample, "weight"))
    return old.changed(weight=_recipe(old, "weight", name))


def _take_biases(old: Page, text: str) -> Page:
    if _biases_problem(text):
        return old.with_refused("bias", text)
    return old.with_refused("bias", "").changed(bias=read_numbers(text, MOST_CHANNELS))


def _biases_problem(text: str) -> str:
    try:
        read_numbers(text, MOST_CHANNELS)
    except ValueError as error:
        return str(error)
    return ""


def _recipe(page: Page, grid: str, kind: str) -> Recipe:
    """The recipe of a kind; "typed" starts with the numbers that are there."""
    seed = getattr(page.sample, grid).seed
    if kind != "typed":
        return Recipe(cast("Kind", kind), seed)
    try:
        return written(page.sample.values(grid), page.sample.dimension, seed)
    except GeometryError:  # a grid whose size follows from a setting that cannot be
        return cast("Recipe", getattr(page.sample, grid))


def _typing(page: Page, grid: str) -> None:
    wrong = dict(page.refused).get(grid, "")
    try:
        text = wrong or write_sheets(page.sample.values(grid))
    except GeometryError as error:
        st.caption(f"{error}.")
        return
    key = page.widget_key(f"{grid}.text", text)
    st.text_area(
        "One row a line, numbers apart by blanks, commas or tabs",
        key=key,
        height=180,
        on_change=page.callback(_take_text, key),
        args=(grid,),
        help="The grid takes the size of what you type. An empty line between two sheets, each of them a channel.",
    )
    _tell(_problem(page, wrong, grid) if wrong else "")


def _tell(problem: str) -> None:
    if problem:
        st.markdown(f":red[Not taken over: {problem}.]")


def _problem(page: Page, text: str, grid: str) -> str:
    """Why a text is no grid of numbers, or "" where it is one."""
    try:
        with_sheets(page.sample, grid, parse_sheets(text, text_limit(page.sample, grid)))
    except ValueError as error:
        return str(error)
    return ""


def _take_text(old: Page, text: str, grid: str) -> Page:
    """What is not understood stays as it was typed, to be mended."""
    if _problem(old, text, grid):
        return old.with_refused(grid, text)
    sample = with_sheets(old.sample, grid, parse_sheets(text, text_limit(old.sample, grid)))
    return old.with_refused(grid, "").with_sized(sample, size_of(sample, grid))
