"""The sidebar of the page of receptive fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from convviz.explain import AXIS_NAMES
from convviz.network import INPUT, sizes_of
from convviz.ui import controls
from convviz.ui.network.sidebar import input_sizes
from convviz.ui.receptive_field.component import show_layers
from convviz.ui.receptive_field.payload import stations_of
from convviz.ui.receptive_field.state import STARTS, FieldPage, take_unit

_MOST_EDITED: Final = 12
"""Layers that are edited on this page; longer networks are edited on their own."""


def sidebar(page: FieldPage, shown: FieldPage) -> None:
    """What the field depends on, in the order of the picture: network, unit, and how it is looked at."""
    titles = {name: preset.title for name, preset in STARTS.items()}
    words = f"Small stacks that show one thing each, and whole networks. This one: {STARTS[page.preset].source}."
    controls.choice(page, "Start from", "preset", titles, page.preset, lambda old, name: old.begun(name), words)
    input_sizes(page, 1)
    if len(page.network.layers) <= _MOST_EDITED:
        show_layers(page, shown.layer)
    else:
        _layer(shown)
    _unit(shown)
    _looks(page)


def _layer(page: FieldPage) -> None:
    stations = stations_of(page.table)
    names = [station.name for station in reversed(stations)]
    known = {layer for station in stations for layer in (station.name, *station.folded)}
    options = {name: name for name in ([] if page.layer in names or page.layer not in known else [page.layer]) + names}
    controls.choice(
        page,
        "Layer",
        "layer",
        options,
        page.layer,
        lambda old, name: old.at(name),
        "The layer of the unit whose field is shown.",
    )


def _unit(page: FieldPage) -> None:
    layer = page.layer
    sizes = sizes_of(page.table, layer)
    if not sizes:
        st.caption(f"Every unit of {layer} sees everything.")
        return
    names = {1: ("position",), 2: ("row", "column"), 3: ("slice", "row", "column")}[len(sizes)]
    what = "Cell of the input" if layer == INPUT else f"Unit of {layer}"
    for axis, column in enumerate(st.columns(len(sizes))):
        with column:
            controls.whole_number(
                page,
                f"{what}, {' × '.join(names)}" if not axis else f"Unit: {names[axis]}",
                f"unit.{axis}",
                page.place[axis],
                (0, sizes[axis] - 1),
                take_unit,
                args=(axis, layer, page.place),
                help="The unit that we are at; a click on any unit in the picture chooses it too." if not axis else None,
                label_visibility="hidden" if axis else "visible",
            )


def _looks(page: FieldPage) -> None:
    controls.segments(
        page,
        "Follow",
        "follow",
        {"down": "downwards", "up": "upwards"},
        page.follow,
        lambda old, follow: old.following(follow),
        "Down to the cells that a unit reads, or up to the units that read a cell.",
    )
    controls.segments(
        page,
        "Field",
        "measure",
        {"exact": "exact", "effective": "effective"},
        page.measure,
        lambda old, measure: replace(old, measure=measure),
        "Exact: every cell that is read at all. Effective: how much each counts, by the gradients of a random mixture of the "
        "unit's channels, averaged over 20 networks with random weights and at most 16 channels a layer.",
    )
    controls.segments(
        page,
        "Draw it on",
        "paint",
        {"picture": "picture", "paths": "paths", "grid": "grid"},
        page.paint,
        lambda old, paint: replace(old, paint=paint),
        "A sample picture; darker where more paths lead from the unit to the cell; or plain cells.",
    )


def axis_switch(page: FieldPage) -> None:
    """The axis along which the rows of units stand, where there are several."""
    axes = AXIS_NAMES[max(len(page.network.input_shape) - 1, 1)]
    if len(axes) == 1:
        return
    controls.segments(
        page,
        "Rows of units along",
        "along",
        {axis: f"along the {name}" for axis, name in enumerate(axes)},
        page.axis,
        lambda old, along: replace(old, along=along),
        None,
        visibility="collapsed",
        width="content",
    )
