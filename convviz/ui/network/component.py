"""Mounts the network's table and picture, and the panel that code is pasted into."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import streamlit as st

from convviz.explain import code_lines, sequential_code
from convviz.network import PRESETS, Network
from convviz.ui.component import as_bytes, said, shim
from convviz.ui.network.edited import worked_out
from convviz.ui.network.edits import take_edits
from convviz.ui.network.payload import error_payload, kinds_payload, network_payload
from convviz.ui.network.state import NetworkPage, take_paste, take_place

_network = st.components.v2.component("convviz_network", js=shim("network/mount.mjs"), isolate_styles=False)
_paste = st.components.v2.component("convviz_paste", js=shim("network/paste.mjs"), isolate_styles=False)


def show_network(page: NetworkPage) -> None:
    """The picture and the table, and everything that happens in them."""
    key = page.key("table")
    _network(
        key=key,
        data=_network_data(page, compact=False),
        on_place_change=page.callback(said("place", take_place), key),
        on_edits_change=page.callback(said("edits", take_edits), key),
    )


def show_network_card(preset: str) -> None:
    """The picture of a network alone, in a card."""
    _network(key=f"card.{preset}", data=_network_data(NetworkPage("card").begun(preset), compact=True))


def show_network_picture(network: Network, key: str) -> None:
    """The picture alone, of a network that is shown elsewhere."""
    _network(key=key, data=_network_data(NetworkPage("picture", network=network), compact=True))


def _network_data(page: NetworkPage, *, compact: bool) -> bytes:
    beside = PRESETS[page.beside] if page.view == "beside" else None
    return as_bytes(
        {
            **kinds_payload(),
            "compact": compact,
            "cue": {"id": page.beginning, "row": page.row, "edits": page.edits},
            "look": {"blocks": page.blocks, "activations": page.activations},
            "network": _payload_of(page.title, page.network),
            "beside": beside and _payload_of(beside.title, beside.network),
            "error": error_payload(page),
        }
    )


def show_paste(page: NetworkPage) -> None:
    """The network as code, where it is a chain, and where code is pasted."""
    key = page.key("paste")
    paste = page.paste
    _paste(
        key=key,
        data=as_bytes(
            {
                "cue": page.beginning,
                **_code_of(page.network),
                "error": {"line": paste.line, "message": paste.message} if paste.message else None,
                "pasted": paste.id,
            }
        ),
        on_paste_change=page.callback(said("paste", take_paste), key),
    )


@lru_cache(maxsize=16)
def _payload_of(title: str, network: Network) -> dict[str, Any]:
    return network_payload(title, network, worked_out(network)[0])


@lru_cache(maxsize=16)
def _code_of(network: Network) -> dict[str, Any]:
    if worked_out(network)[1]:
        return {"code": "", "lines": []}
    return {"code": sequential_code(network), "lines": list(code_lines(network))}
