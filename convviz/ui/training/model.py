"""The network that is trained: its settings, its picture and its table."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

import streamlit as st

from convviz.explain import layer_label
from convviz.geometry import GeometryError
from convviz.lab.model import SmallCNN
from convviz.network import PRESETS, LayerTable, Row, kind_of, shape_words
from convviz.ui.network.component import show_network_picture
from convviz.ui.network.links import write_network
from convviz.ui.training.fields import channels, setting
from convviz.ui.training.state import LabPage
from convviz.ui.training.watched import Watched

_FIELDS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "small_cnn": (
        ("model.convolutions", "model.kernel_size"),
        ("model.pooling", "model.global_pooling"),
        ("model.activation", "model.dropout"),
        ("model.batch_norm", "model.skip"),
    ),
    "lenet5": (),
    "mlp": (("model.activation",),),
}
"""What the sidebar does not have already."""
_TRAINING: Final = (
    ("training.schedule", "training.weight_decay"),
    ("training.first_scale", "training.seed"),
)


def show_model(page: LabPage, now: Watched | None, _: str) -> None:
    """Settings to the left, layers to the right."""
    locked = now is not None and now.goes_on
    settings, layers = st.columns([1, 2.2], gap="large")
    with settings:
        _settings(page, locked=locked)
    with layers:
        _layers(page)


def _settings(page: LabPage, *, locked: bool) -> None:
    model = page.settings.model
    if isinstance(model, SmallCNN):
        channels(page, model, locked=locked)
    for pair in (*_FIELDS[model.kind], *_TRAINING):
        for name, column in zip(pair, st.columns(len(pair)), strict=True):
            with column:
                setting(page, name, locked=locked)


def _layers(page: LabPage) -> None:
    try:
        network = page.settings.network()
        table = network.table()
    except GeometryError:
        st.caption("The layers do not fit: what is wrong, and the way out, stand at the left.")
        return
    show_network_picture(network, page.key("picture"))
    st.html(_table(table))
    st.page_link(
        "network.py",
        label="Open it under Network ›",
        query_params=write_network("lenet5", network, PRESETS),
        help="Every layer with its formulas, to be changed, and from there what its units see.",
    )


def _table(table: LayerTable) -> str:
    head = "".join(f"<th>{words}</th>" for words in ("layer", "what", "output", "parameters", "MACs", "field"))
    rows = "".join(_row(row) for row in table)
    foot = f"<td></td><td></td><td></td><td>{table.parameters:,}</td><td>{table.macs:,}</td><td></td>"
    return (
        f'<div class="cv-layer-table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody>'
        f"<tfoot><tr>{foot}</tr></tfoot></table></div>"
    )


def _row(row: Row) -> str:
    field = row.receptive_field
    words = (
        _what(row),
        shape_words(row.output_shape),
        f"{row.parameters:,}" if row.parameters else "",
        f"{row.macs:,}" if row.macs else "",
        "all" if field == "all" else "×".join(map(str, field)),
    )
    return f"<tr><th>{escape(row.name)}</th>{''.join(f'<td>{escape(each)}</td>' for each in words)}</tr>"


def _what(row: Row) -> str:
    title, label = kind_of(row.operation).title, layer_label(row)
    return title if label.lower() in title.lower() else f"{title} {label}"
