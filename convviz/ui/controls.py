"""The controls beside a stage, in the order of the formula.

The page's state is the truth and the widgets show it: each gets its value from the state before it is drawn, and changes the
state in its callback, so that edits on the stage, presets, links and remedies all take the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, cast

import streamlit as st

from convviz.explain import AXIS_NAMES
from convviz.geometry import NAMED_PADDINGS, PADDING_MODES
from convviz.samples import KERNELS, KINDS, PRESETS, Kind, Recipe, typed
from convviz.ui.changes import SIZE_OF, grid_values, padding_sides, with_axis, with_side
from convviz.ui.fields import SIZE_FIELDS, Field
from convviz.ui.links import parse_numbers, write_number
from convviz.ui.state import Page, take_preset

_PADDINGS: Final = {
    "number": "by number",
    "sides": "each side",
    "valid": "valid",
    "same": "same",
    "same_lower": "same, larger half first",
    "full": "full",
    "causal": "causal",
}
_WEIGHT_KINDS: Final = {"random": "random numbers", "ramp": "counting up", "impulse": "one in the middle", "typed": "typed"}


def sidebar(page: Page) -> None:
    """All controls of a convolution, top to bottom in the order of the formula."""
    _choice(
        page,
        "Start from",
        "preset",
        {name: preset.title for name, preset in PRESETS.items()},
        page.example.preset,
        take_preset,
        f"Canonical configurations and the lectures' examples. This one: {PRESETS[page.example.preset].source}.",
    )
    for name in ("input_size", "kernel_size", "stride"):
        _sizes(page, SIZE_FIELDS[name])
    _padding(page)
    _sizes(page, SIZE_FIELDS["dilation"])
    linked = page.widget_key("linked", page.linked)
    st.toggle(
        "Height and width together",
        key=linked,
        on_change=page.callback(lambda old, linked: replace(old, linked=linked), linked),
        help="Changing one changes the other.",
    )
    _segments(
        page,
        "Slide as",
        "flip",
        {"no": "correlation", "yes": "convolution"},
        "yes" if page.sample.flip else "no",
        lambda old, choice: old.changed(flip=choice == "yes"),
        "Deep learning slides the kernel as it is (cross-correlation); mathematics turns it round first (true convolution).",
    )
    _numbers(page)
    _kernel(page)
    _typed_numbers(page)


def _choice(
    page: Page, label: str, name: str, options: Mapping[str, str], value: str, take: Callable[[Page, str], Page], words: str
) -> None:
    key = page.widget_key(name, value)
    st.selectbox(label, list(options), key=key, format_func=options.__getitem__, on_change=page.callback(take, key), help=words)


def _segments(
    page: Page, label: str, name: str, options: Mapping[str, str], value: str, take: Callable[[Page, str], Page], words: str
) -> None:
    key = page.widget_key(name, value)
    st.segmented_control(
        label,
        list(options),
        key=key,
        format_func=options.__getitem__,
        required=True,
        on_change=page.callback(take, key),
        width="stretch",
        help=words,
    )


def _steppers(
    page: Page, label: str, name: str, values: tuple[int, ...], field: Field, take: Callable[[Page, int, int], Page]
) -> None:
    """One stepper an axis, side by side."""
    for axis, column in enumerate(st.columns(len(values))):
        key = page.widget_key(f"{name}.{axis}", values[axis])
        column.number_input(
            f"{label or field.label} ({AXIS_NAMES[len(values)][axis]})" if axis or not label else label,
            field.least,
            field.most,
            None,  # an emptied field is no number, rather than the least one
            step=1,
            key=key,
            on_change=page.callback(take, key),
            args=(axis,),
            help=None if axis else field.help,
            label_visibility="collapsed" if not label else "hidden" if axis else "visible",
        )


def _sizes(page: Page, field: Field) -> None:
    def take(old: Page, value: int, axis: int) -> Page:
        return old.with_sample(with_axis(old.sample, field.attribute, None if old.linked else axis, value))

    _steppers(page, field.label, field.attribute, getattr(page.sample, field.attribute), field, take)


def _padding(page: Page) -> None:
    padding = page.sample.padding
    by_sides = page.by_sides or any(before != after for before, after in padding_sides(page.sample))
    by = padding if isinstance(padding, str) else "sides" if by_sides else "number"
    first, second = st.columns(2)
    with first:
        _choice(
            page,
            "Padding",
            "padding_by",
            _PADDINGS,
            by,
            _take_padding,
            'Cells around the input: by number, or by a name that follows the kernel. "same" is PyTorch\'s, '
            "with the larger half after; the lectures put it first.",
        )
    with second:
        _choice(
            page,
            "filled with",
            "padding_mode",
            {mode: mode for mode in PADDING_MODES},
            page.sample.padding_mode,
            lambda old, mode: old.changed(padding_mode=mode),
            "What a window reads in the padding: zeros, or cells of the input again.",
        )
    if by == "number":
        _padding_numbers(page, "", 0, None)
    if by == "sides":
        _padding_numbers(page, "Before", 0, 0)
        _padding_numbers(page, "After", 1, 1)


def _padding_numbers(page: Page, label: str, shown: int, side: int | None) -> None:
    """Steppers that show one side and change it, or both where `side` is None."""

    def take(old: Page, value: int, axis: int) -> Page:
        return old.with_sample(with_side(old.sample, None if old.linked else axis, side, value))

    values = tuple(pair[shown] for pair in padding_sides(page.sample))
    _steppers(page, label, f"padding.{label}", values, SIZE_FIELDS["padding"], take)


def _take_padding(old: Page, by: str) -> Page:
    """From a name to numbers the cells stay what they were; from each side to one number the first side counts."""
    if by in NAMED_PADDINGS:
        return old.changed(padding=by)
    sides = padding_sides(old.sample)
    if by == "number" and not isinstance(old.sample.padding, str):
        sides = tuple((before, before) for before, _ in sides)
    return replace(old.changed(padding=sides), by_sides=by == "sides")


def _numbers(page: Page) -> None:
    _segments(
        page,
        "Input values",
        "values",
        {kind: kind for kind in KINDS},
        page.sample.input.kind,
        lambda old, kind: old.changed(input=_recipe(old, "input", kind)),
        "Random whole numbers, counting up, a single 1, or your own. Any cell can also be clicked and typed over.",
    )
    first, second = st.columns(2)
    bias, seed = page.widget_key("bias", page.sample.bias), page.widget_key("seed", page.sample.input.seed)
    first.number_input(
        "Bias",
        value=None,
        key=bias,
        step=1.0,
        format="%g",
        on_change=page.callback(lambda old, bias: old.changed(bias=float(bias)), bias),
        help="Added to every sum.",
    )
    second.number_input(
        "Seed",
        0,
        10**6,
        None,
        step=1,
        key=seed,
        on_change=page.callback(_take_seed, seed),
        help="Another seed, other random numbers.",
    )


def _take_seed(old: Page, seed: int) -> Page:
    return old.changed(input=replace(old.sample.input, seed=seed), weight=replace(old.sample.weight, seed=seed))


def _kernel_name(page: Page) -> str:
    """The name of the kernel that is shown, or "" where it has none."""
    weight = page.sample.weight
    for name, named in KERNELS.items():
        if (named.numbers, named.sizes) == (weight.numbers, weight.sizes) and named.sizes == page.sample.kernel_size:
            return name
    return ""


def _kernel(page: Page) -> None:
    def take(old: Page, name: str) -> Page:
        if name in KERNELS:
            return old.with_grid("weight", replace(KERNELS[name], seed=old.sample.weight.seed))
        return old.changed(weight=_recipe(old, "weight", name))

    _choice(
        page,
        "Kernel values",
        "weights",
        {**_WEIGHT_KINDS, **{name: name for name in KERNELS}},
        _kernel_name(page) or page.sample.weight.kind,
        take,
        "Numbers of the orange grid. Any weight can also be clicked and typed over.",
    )


def _recipe(page: Page, grid: str, kind: str) -> Recipe:
    """The recipe of a kind; "typed" starts with the numbers that are there."""
    seed = getattr(page.sample, grid).seed
    if kind != "typed":
        return Recipe(cast("Kind", kind), seed)
    return replace(typed(grid_values(page.sample, grid).tolist()), seed=seed)


def _typed_numbers(page: Page) -> None:
    """Boxes to type or paste into, for the grids that are typed."""
    grids = [grid for grid in SIZE_OF if getattr(page.sample, grid).kind == "typed"]
    for column, grid in zip(st.columns(len(grids)) if grids else [], grids, strict=True):
        with column.popover(f"Type the {'kernel' if grid == 'weight' else grid}", width="stretch"):
            _typing(page, grid)


def _typing(page: Page, grid: str) -> None:
    typed_here = dict(page.refused).get(grid, "")
    text = typed_here or "\n".join(" ".join(map(write_number, row)) for row in grid_values(page.sample, grid).tolist())
    key = page.widget_key(f"{grid}.text", text)
    st.text_area(
        "One row a line, numbers apart by blanks, commas or tabs",
        key=key,
        height=180,
        on_change=page.callback(_take_text, key),
        args=(grid,),
        help="The grid takes the size of what you type.",
    )
    if typed_here:
        st.markdown(f":red[Not taken over: {_problem(typed_here, grid)}.]")


def _problem(text: str, grid: str) -> str:
    """Why a text is no grid of numbers, or "" where it is one."""
    try:
        _typed(text, grid)
    except ValueError as error:
        return str(error)
    return ""


def _typed(text: str, grid: str) -> Recipe:
    return typed(parse_numbers(text, SIZE_FIELDS[SIZE_OF[grid]].most))


def _take_text(old: Page, text: str, grid: str) -> Page:
    """What is not understood stays as it was typed, to be mended."""
    kept = tuple((name, words) for name, words in old.refused if name != grid)
    if _problem(text, grid):
        return replace(old, refused=(*kept, (grid, text)))
    return replace(old, refused=kept).with_grid(grid, _typed(text, grid))
