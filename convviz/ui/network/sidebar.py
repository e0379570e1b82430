"""The sidebar of the page of networks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from convviz.network import LARGEST_NUMBER, PRESETS
from convviz.ui import controls
from convviz.ui.network.component import show_paste
from convviz.ui.network.edited import EditedNetwork, take_input
from convviz.ui.network.links import most_of_input
from convviz.ui.network.state import NetworkPage

_AXES = {
    1: ("numbers",),
    2: ("channels", "length"),
    3: ("channels", "height", "width"),
    4: ("channels", "depth", "height", "width"),
}


def sidebar(page: NetworkPage) -> None:
    """What the view in sight can be changed by."""
    if page.view == "dense":
        _compared(page)
        return
    titles = {name: preset.title for name, preset in PRESETS.items()}
    words = f"Networks of the lectures, and well-known ones. This one: {PRESETS[page.preset].source}."
    controls.choice(page, "Start from", "preset", titles, page.preset, lambda old, name: old.begun(name), words)
    if page.view == "beside":
        others = {name: title for name, title in titles.items() if name != page.preset}
        controls.choice(
            page,
            "Beside it",
            "beside",
            others,
            page.beside,
            lambda old, name: replace(old, beside=name),
            "A second network, drawn and counted beside the first.",
        )
    input_sizes(page)
    if page.view == "layers":
        show_paste(page)
    _look(page)


def input_sizes(page: EditedNetwork, first: int = 0) -> None:
    """A stepper for each size of the input, from its channels or a later one on."""
    shape = page.network.input_shape
    names = _AXES[len(shape)]
    axes = range(first if len(shape) > 1 else 0, len(shape))
    label = f"Input {' × '.join(names[axis] for axis in axes)}"
    for axis, column in zip(axes, st.columns(len(axes)), strict=True):
        with column:
            controls.whole_number(
                page,
                label if axis == axes[0] else f"Input {names[axis]}",
                f"input.{axis}",
                shape[axis],
                (1, most_of_input(axis)),
                take_input,
                args=(axis,),
                help="What goes into the first layer; every layer's shape follows." if axis == axes[0] else None,
                label_visibility="visible" if axis == axes[0] else "hidden",
            )


def _look(page: NetworkPage) -> None:
    controls.segments(
        page,
        "Blocks",
        "blocks",
        {"scale": "to scale", "equal": "equal width"},
        page.blocks,
        lambda old, blocks: replace(old, blocks=blocks),
        "How wide a block is drawn: by its channels, or all alike, which is easier to read where there are many.",
    )
    controls.segments(
        page,
        "Activations",
        "activations",
        {"folded": "folded", "rows": "as rows"},
        page.activations,
        lambda old, activations: replace(old, activations=activations),
        "Whether activations, batch norms and dropouts stand beside the layer above them or in rows of their own.",
    )


def _compared(page: NetworkPage) -> None:
    compared = page.compared
    for field, label, words in (
        ("input_shape", "Input channels × height × width", "The picture that both layers see."),
        ("units", "Dense: units", "Numbers that the dense layer gives, each made from every cell of the picture."),
        ("filters", "Convolution: filters", "Channels that the convolution gives, each by a kernel of its own."),
        ("kernel_size", "Convolution: kernel", "Cells of a kernel along each side."),
    ):
        value: Any = getattr(compared, field)
        entries = value if isinstance(value, tuple) else (value,)
        for axis, column in enumerate(st.columns(len(entries))):
            with column:
                controls.whole_number(
                    page,
                    label if not axis else f"{label} ({axis + 1})",
                    f"compared.{field}.{axis}",
                    entries[axis],
                    (1, LARGEST_NUMBER),
                    _take_compared,
                    args=(field, axis),
                    help=words if not axis else None,
                    label_visibility="hidden" if axis else "visible",
                )


def _take_compared(old: NetworkPage, value: int, field: str, axis: int) -> NetworkPage:
    before: Any = getattr(old.compared, field)
    after = (*before[:axis], value, *before[axis + 1 :]) if isinstance(before, tuple) else value
    changes: dict[str, Any] = {field: after}
    return replace(old, compared=replace(old.compared, **changes))
