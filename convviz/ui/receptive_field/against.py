"""Several layers of 3×3 against one wide layer: the same field, other costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Final

import streamlit as st

from convviz.explain import AXIS_NAMES
from convviz.network import INPUT, Convolution, Layer, LayerTable, Network, downwards
from convviz.ui import controls
from convviz.ui.network.page import STYLES
from convviz.ui.receptive_field.component import show_field_card
from convviz.ui.receptive_field.state import MOST_STACKED, FieldPage, Stacked

_WORDS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


def networks(stacked: Stacked) -> tuple[Network, Network]:
    """The stack and the single layer, on an input that is as wide as what they see, and half as much on each side.

    >>> [network.table().rows[-1].receptive_field for network in networks(Stacked(2, 8))]
    [(5, 5), (5, 5)]
    >>> networks(Stacked(2, 0))[0].table()
    Traceback (most recent call last):
    convviz.geometry.GeometryError: input_shape is 0: it must be at least 1
    """
    size = 2 * stacked.kernel_size + 1
    several = tuple(
        Layer(f"conv{number}", Convolution(stacked.channels, 3, padding=1)) for number in range(1, stacked.layers + 1)
    )
    single = (Layer("conv1", Convolution(stacked.channels, stacked.kernel_size, padding=stacked.layers)),)
    shape = (stacked.channels, size, size)
    return Network(shape, several), Network(shape, single)


def sidebar(page: FieldPage) -> None:
    """How many layers, and of how many channels."""
    for name, label, words in (
        ("layers", "Layers of 3×3", "The single layer beside them is as wide as what they see together."),
        ("channels", "Channels", "Of the input and of every layer."),
    ):
        controls.whole_number(
            page,
            label,
            f"stacked.{name}",
            getattr(page.stacked, name),
            (1, getattr(MOST_STACKED, name)),
            _take,
            args=(name,),
            help=words,
        )


def _take(old: FieldPage, value: int, name: str) -> FieldPage:
    return replace(old, stacked=replace(old.stacked, **{name: value}))


def show_against(page: FieldPage) -> None:
    """Both as rows of units that play, and what each costs."""
    sides = networks(page.stacked)
    wide = page.stacked.kernel_size
    titles = {"several": f"{_counted(page.stacked.layers)} of 3×3", "single": f"One layer of {wide}×{wide}"}
    with st.container(key="against"):
        for column, side, (name, title) in zip(st.columns(2, gap="medium"), sides, titles.items(), strict=True):
            with column:
                st.html(f'<h2 class="cv-against-title">{escape(title)}</h2>')
                show_field_card(FieldPage("card", network=side, preset=page.preset), f"against.{name}")
    tables = [side.table() for side in sides]
    st.html(STYLES)
    cards = "".join(_card(table, page.stacked) for table in tables)
    st.html(f'<div class="cv-against cv-against-two">{cards}</div><p class="cv-verdict">{escape(verdict(*tables))}</p>')


def verdict(several: LayerTable, single: LayerTable) -> str:
    """What the stack saves and wins.

    >>> verdict(*(network.table() for network in networks(Stacked())))
    'Same field, 45 % fewer weights, and 3 nonlinearities instead of 1: why VGG stacks 3×3 layers.'
    >>> verdict(*(network.table() for network in networks(Stacked(1))))
    'One layer of 3×3 is one layer of 3×3: add another.'
    """
    if len(several) == len(single):
        return "One layer of 3×3 is one layer of 3×3: add another."
    saved = 1 - several.weights / single.weights
    return (
        f"Same field, {saved:.0%} fewer weights, and {len(several)} nonlinearities instead of 1: why VGG stacks 3×3 layers."
    ).replace("%", " %")


def _paths(table: LayerTable) -> str:
    """In how many ways the unit in the middle reads each cell."""
    last = table.rows[-1]
    middle = tuple(size // 2 for size in last.output_shape[1:])
    counts = downwards(table, last.name, middle)[INPUT].counts
    along = counts[:, counts.shape[1] // 2] / counts[counts.shape[0] // 2, counts.shape[1] // 2] ** 0.5
    return " ".join(f"{count:.0f}" for count in along)


def _counted(layers: int) -> str:
    return f"{_WORDS[layers].capitalize()} {'layer' if layers == 1 else 'layers'}"


def _card(table: LayerTable, stacked: Stacked) -> str:
    row = table.rows[-1]
    kernel = getattr(row.operation, "kernel_size", 0)
    channels, layers = stacked.channels, len(table)
    times = f"{layers} · " if layers > 1 else ""
    weights = f"{times}{channels}·{channels}·{kernel}·{kernel} = <b class='cv-learned'>{table.weights:,}</b>"
    field = "×".join(map(str, row.receptive_field))
    lines: Sequence[tuple[str, str]] = (
        ("field", f"<b>{field}</b> cells along {' and '.join(AXIS_NAMES[2])}"),
        ("paths, along one axis", _paths(table)),
        ("weights", weights),
        ("biases", f"<b>{table.biases:,}</b>"),
        ("MACs at each place", f"<b>{table.weights:,}</b>"),
        ("nonlinearities", f"<b>{layers}</b>"),
    )
    return f"<section>{''.join(f'<p><span>{name}</span> {words}</p>' for name, words in lines)}</section>"
