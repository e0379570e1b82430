"""Mounts the stage of receptive fields, and the list of layers that is edited beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from convviz.explain import AXIS_NAMES
from convviz.network import KINDS, Layer, kind_of
from convviz.ui.component import as_bytes, said, shim
from convviz.ui.network.payload import remedy_words
from convviz.ui.receptive_field.payload import field_json, picture_payload, station_name, stations_of
from convviz.ui.receptive_field.state import FieldPage, take_layers, take_place, take_remedy

_field = st.components.v2.component("convviz_field", js=shim("field/mount.mjs"), isolate_styles=False)
_layers = st.components.v2.component("convviz_layers", js=shim("field/layers.mjs"), isolate_styles=False)
_WINDOW: Final = ("kernel_size", "stride", "padding", "dilation")
"""What is changed in the list."""


def show_field(page: FieldPage, shown: FieldPage, effective: Mapping[str, Any] | None = None) -> None:
    """The rows of units, the map, the numbers of what is shown; and what is wrong with the page's network, if anything."""
    key = page.key("stage")
    _field(
        key=key,
        data=_data(shown, page, effective),
        on_place_change=page.callback(said("place", take_place), key),
        on_remedy_change=page.callback(take_remedy),
    )


def show_field_card(page: FieldPage, key: str) -> None:
    """The rows of units alone, in a card."""
    _field(key=key, data=_data(page, page, None, compact=True))


def last_good(page: FieldPage) -> FieldPage:
    """The page, with the last network that could be in place of one that cannot."""
    kept = page.key("last_good")
    if page.rows[1] is None:
        st.session_state[kept] = page.beginning, page.network
    beginning, network = st.session_state.get(kept, (None, page.network))
    return replace(page, network=network) if beginning == page.beginning else page


def show_layers(page: FieldPage, chosen: str) -> None:
    """The layers of a small network, to be changed in place; one of them is chosen."""
    key = page.key("layers")
    error = page.rows[1]
    told = page.told and page.told.message
    _layers(
        key=key,
        data=as_bytes(
            {
                "cue": page.beginning,
                "edits": page.edits,
                "chosen": chosen,
                "layers": [_layer(layer) for layer in page.network.layers],
                "kinds": [[kind.name, kind.title] for kind in KINDS.values()],
                "error": told or (f"{error.layer} does not fit" if error else None),
            }
        ),
        on_edits_change=page.callback(said("edits", take_layers), key),
        on_layer_change=page.callback(said("layer", lambda old, name: old.at(str(name))), key),
    )


def _layer(layer: Layer) -> dict[str, Any]:
    kind = kind_of(layer.operation)
    named = {setting.name for setting in kind.settings}
    values = {name: kind.setting(name).write(getattr(layer.operation, name)) for name in _WINDOW if name in named}
    return {"name": layer.name, "words": kind.title, "learns": "out_channels" in named, "values": values}


def _data(shown: FieldPage, page: FieldPage, effective: Mapping[str, Any] | None, *, compact: bool = False) -> bytes:
    sizes = shown.network.input_shape[1:]
    error = page.rows[1]
    names = [station.name for station in stations_of(shown.table)]
    rest = {
        "compact": compact,
        "cue": {
            "id": page.cue,
            "at": names.index(station_name(shown.table, shown.layer)),
            "unit": shown.place,
            "step": page.step,
        },
        "look": {"follow": page.follow, "paint": page.paint, "along": shown.axis, "names": AXIS_NAMES[len(sizes)]},
        "picture": picture_payload(sizes),
        "effective": effective,
        "refusal": error and {"message": str(error), "remedy": remedy_words(error)},
    }
    return b'%s,"field":%s}' % (as_bytes(rest)[:-1], field_json(shown.network).encode())
