"""The widgets that the sidebars are made of.

The page's state is the truth and the widgets show it: each gets its value from the state before it is drawn, and changes the
state in its callback, so that edits on the stage, presets, links and remedies all take the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

import streamlit as st

from convviz.explain import AXIS_NAMES
from convviz.geometry import NAMED_PADDINGS, PADDING_MODES
from convviz.samples import PRESETS, presets_of
from convviz.ui.changes import with_axis, with_side
from convviz.ui.fields import CHANNEL_FIELDS, SIZE_FIELDS, Field
from convviz.ui.session import Kept
from convviz.ui.state import Page, take_preset

Visibility = Literal["visible", "hidden", "collapsed"]

_PADDINGS: Final = {
    "number": "by number",
    "sides": "each side",
    "valid": "valid",
    "same": "same",
    "same_lower": "same, larger half first",
    "full": "full",
    "causal": "causal",
}
_INPUT_LABELS: Final = {1: "Input length", 2: "Input height × width", 3: "Input depth × height × width"}
_TOGETHER: Final = {2: "Height and width together", 3: "All three axes together"}


def choice(
    page: Kept,
    label: str,
    name: str,
    options: Mapping[str, str],
    value: str,
    take: Callable[..., Kept],
    words: str,
    **more: Any,
) -> None:
    """A list to choose from: by name what is shown of each."""
    key = page.widget_key(name, value)
    on_change = page.callback(take, key)
    st.selectbox(label, list(options), key=key, format_func=options.__getitem__, on_change=on_change, help=words, **more)


def segments(
    page: Kept,
    label: str,
    name: str,
    options: Mapping[Any, str],
    value: Any,
    take: Callable[..., Kept],
    words: str | None,
    *,
    visibility: Visibility = "visible",
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """A few choices side by side."""
    key = page.widget_key(name, value)
    st.segmented_control(
        label,
        list(options),
        key=key,
        format_func=options.__getitem__,
        required=True,
        on_change=page.callback(take, key),
        width=width,
        help=words,
        label_visibility=visibility,
    )


def field_segments(page: Page, label: str, field: str, options: Mapping[Any, str], words: str, **layout: Any) -> None:
    """A few choices for one parameter of the sample."""
    value = getattr(page.sample, field)
    segments(page, label, field, options, value, lambda old, chosen: old.changed(**{field: chosen}), words, **layout)


def whole_number(
    page: Kept, label: str, name: str, value: int, limits: tuple[int, int], take: Callable[..., Kept], **options: Any
) -> None:
    """A stepper. A value that a link or a way out has taken beyond the limits is shown all the same."""
    key = page.widget_key(name, value)
    st.number_input(
        label,
        min(limits[0], value),
        max(limits[1], value),
        None,  # an emptied field is no number, rather than the least one
        step=1,
        key=key,
        on_change=page.callback(take, key),
        **options,
    )


def start_from(page: Page) -> None:
    """The presets of the page."""
    titles = {name: preset.title for name, preset in presets_of(page.name).items()}
    source = PRESETS[page.example.preset].source
    words = f"Canonical configurations and the lectures' examples. This one: {source}."
    choice(page, "Start from", "preset", titles, page.example.preset, take_preset, words)


def input_sizes(page: Page) -> None:
    """Sizes of the input, with the number of its axes beside their name."""
    dimension, field = page.sample.dimension, SIZE_FIELDS["input_size"]
    label = _INPUT_LABELS[dimension]
    with st.container(key="dimensions", horizontal=True, vertical_alignment="center", gap=None):
        st.markdown(label, help=f"{field.help} Beside it: a line, a plane, or a block of cells.")
        segments(
            page,
            "Dimensions",
            "dimension",
            {1: "1-D", 2: "2-D", 3: "3-D"},
            dimension,
            lambda old, chosen: old.with_dimension(chosen),
            None,
            visibility="collapsed",
            width="content",
        )
    _per_axis(page, label, "input_size", shown=False)


def sizes(page: Page, attribute: str, label: str = "", words: str = "") -> None:
    """A stepper for each axis of a parameter."""
    _per_axis(page, label or SIZE_FIELDS[attribute].label, attribute, words)


def padding(page: Page) -> None:
    """Steppers for the padding, of each side where the sides differ."""
    if page.by_sides or _sides_differ(page):
        _side(page, "Padding before", 0, 0, shown=True)
        _side(page, "Padding after", 1, 1, shown=True)
    else:
        _side(page, SIZE_FIELDS["padding"].label, 0, None, shown=True)


def named_padding(page: Page) -> None:
    """Padding by number or by name, and what fills it."""
    given = page.sample.padding
    by = given if isinstance(given, str) else "sides" if page.by_sides or _sides_differ(page) else "number"
    first, second = st.columns(2)
    with first:
        choice(
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
        choice(
            page,
            "filled with",
            "padding_mode",
            {mode: mode for mode in PADDING_MODES},
            getattr(page.sample, "padding_mode", PADDING_MODES[0]),
            lambda old, mode: old.changed(padding_mode=mode),
            "What a window reads in the padding: zeros, or cells of the input again.",
        )
    if by == "number":
        _side(page, "", 0, None, shown=False)
    if by == "sides":
        _side(page, "Before", 0, 0, shown=True)
        _side(page, "After", 1, 1, shown=True)


def channels(page: Page, *attributes: str) -> None:
    """The numbers of channels, in one row."""
    fields = [CHANNEL_FIELDS[attribute] for attribute in attributes]
    several = len(fields) > 1
    label = f"Channels {' · '.join(field.label for field in fields)}" if several else fields[0].label
    words = " ".join(f"{field.label.capitalize()}: {field.help}" for field in fields) if several else fields[0].help
    for index, (column, field) in enumerate(zip(st.columns(len(fields)), fields, strict=True)):
        with column:
            _channel(page, field, f"Channels: {field.label}" if index else label, None if index else words)


def together(page: Page) -> None:
    """Whether the axes change together; a line has only one."""
    if page.sample.dimension not in _TOGETHER:
        return
    linked = page.widget_key("linked", page.linked)
    st.toggle(
        _TOGETHER[page.sample.dimension],
        key=linked,
        on_change=page.callback(lambda old, linked: replace(old, linked=linked), linked),
        help="Changing one changes the others.",
    )


def _steppers(
    page: Page,
    label: str,
    name: str,
    values: Sequence[int],
    field: Field,
    take: Callable[..., Page],
    *,
    shown: bool,
    words: str = "",
) -> None:
    """One stepper an axis, side by side. Hidden labels still name them to those who do not see the rows."""
    for axis, column in enumerate(st.columns(len(values))):
        named = bool(label) and not axis
        with column:
            whole_number(
                page,
                label if named else f"{label or field.label} ({AXIS_NAMES[len(values)][axis]})",
                f"{name}.{axis}",
                values[axis],
                (field.least, field.most_on(axis, len(values))),
                take,
                args=(axis,),
                help=(words or field.help) if named and shown else None,
                label_visibility="collapsed" if not shown else "visible" if named else "hidden",
            )


def _per_axis(page: Page, label: str, attribute: str, words: str = "", *, shown: bool = True) -> None:
    field = SIZE_FIELDS[attribute]

    def take(old: Page, value: int, axis: int) -> Page:
        linked = old.linked and _fits(field, value, old.sample.dimension)
        return old.with_sample(with_axis(old.sample, attribute, None if linked else axis, value))

    _steppers(page, label, attribute, getattr(page.sample, attribute), field, take, shown=shown, words=words)


def _fits(field: Field, value: int, dimension: int) -> bool:
    """Whether every axis can have this value: a block is never as deep as it is wide."""
    return all(value <= field.most_on(axis, dimension) for axis in range(dimension))


def _side(page: Page, label: str, read: int, side: int | None, *, shown: bool) -> None:
    """Steppers that show one side of the padding and change it, or both where `side` is None."""

    def take(old: Page, value: int, axis: int) -> Page:
        return old.with_sample(with_side(old.sample, None if old.linked else axis, side, value))

    values = [pair[read] for pair in page.sample.sides]
    _steppers(page, label, f"padding.{label}", values, SIZE_FIELDS["padding"], take, shown=shown)


def _sides_differ(page: Page) -> bool:
    return any(before != after for before, after in page.sample.sides)


def _take_padding(old: Page, by: str) -> Page:
    """From a name to numbers the cells stay what they were; from each side to one number the first side counts."""
    if by in NAMED_PADDINGS:
        return old.changed(padding=by)
    sides = old.sample.sides
    if by == "number" and not isinstance(old.sample.padding, str):
        sides = tuple((before, before) for before, _ in sides)
    return replace(old.changed(padding=sides), by_sides=by == "sides")


def _channel(page: Page, field: Field, label: str, words: str | None) -> None:
    whole_number(
        page,
        label,
        field.attribute,
        getattr(page.sample, field.attribute),
        (field.least, field.most),
        lambda old, value: old.changed(**{field.attribute: value}),
        help=words,
        label_visibility="visible" if words else "hidden",
    )
