"""A network as its component gets it: rows with their numbers written out, words, formulas, and where each folds into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from convviz.explain import layer_formulas, layer_label, share_words
from convviz.network import (
    INPUT,
    INSERT_BEFORE,
    KINDS,
    Activation,
    BatchNorm,
    Dropout,
    Kind,
    Layer,
    LayerTable,
    Network,
    NetworkError,
    Row,
    kind_of,
    shape_words,
)
from convviz.ui.network.stages import stage_page
from convviz.ui.network.state import NetworkPage

_FOLDING: Final = (Activation, BatchNorm, Dropout)
"""Kinds that are written beside the layer above them."""
_TYPES: Final[Mapping[str, str]] = {
    "whole": "whole",
    "perhaps whole": "text",
    "sizes": "sizes",
    "perhaps sizes": "sizes",
    "padding": "sizes",
    "flag": "flag",
    "choice": "choice",
    "number": "text",
    "perhaps number": "text",
    "options": "text",
}
_ROLES: Final = {"plain": ""}


@cache
def kinds_payload() -> dict[str, Any]:
    """What can be added to a network, and the settings of each kind."""
    return {
        "kinds": [[kind.name, kind.title] for kind in KINDS.values()],
        "fields": {kind.name: [_field(setting) for setting in kind.settings] for kind in KINDS.values()},
    }


def network_payload(title: str, network: Network, rows: Sequence[Row]) -> dict[str, Any]:
    """A network: `rows` are those that could be worked out, the others stand there without numbers."""
    table = LayerTable(network.input_shape, tuple(rows))
    places = {name: place for place, name in enumerate([INPUT, *(layer.name for layer in network.layers)])}
    told = [_input_row(network)]
    for index, layer in enumerate(network.layers):
        above = network.layers[index - 1].name if index else INPUT
        inputs = [places[name] for name in layer.inputs or (above,) if places.get(name, len(places)) <= index]
        worked_out = _numbers(rows[index]) if index < len(rows) else _unknown()
        told.append({**_settings(layer, inputs, told), **worked_out})
    whole = len(rows) == len(network.layers)
    words = share_words(table) if whole else f"only what stands above {network.layers[len(rows)].name} is counted"
    totals = {"parameters": table.parameters, "macs": table.macs, "bytes": table.bytes, "words": words}
    return {"title": title, "rows": told, "totals": totals}


def error_payload(page: NetworkPage) -> dict[str, Any] | None:
    """What is wrong: with what was typed, or with the first layer that does not fit."""
    error = page.rows[1]
    if page.told:
        return {"row": page.told.row, "message": page.told.message, "remedy": None}
    return {"row": error.layer, "message": str(error), "remedy": remedy_words(error)} if error else None


def remedy_words(error: NetworkError) -> str | None:
    """What the button of an error says; None where there is no way out to apply."""
    told = [_remedy(name, value) for name, value in error.remedy.items()]
    return " and ".join(told)[:1].upper() + " and ".join(told)[1:] if told else None


def _remedy(name: str, value: Any) -> str:
    if name == INSERT_BEFORE:
        return f"insert a {value}"
    if name == "inputs":
        return "read the layer above"
    words = name.removesuffix("_size").replace("_", " ")
    if isinstance(value, bool):
        return f"switch {words} {'on' if value else 'off'}"
    if value is None:
        return f"leave {words} out"
    if name == "options":
        return f"set options to {' '.join(f'{option}={number}' for option, number in value)}"
    return f"set {words} to {shape_words(value) if isinstance(value, tuple) else value}"


def _field(setting: Any) -> list[Any]:
    field = [setting.name, setting.label, _TYPES[setting.form]]
    return [*field, list(setting.options)] if setting.form == "choice" else field


def _input_row(network: Network) -> dict[str, Any]:
    row: dict[str, Any] = {"name": INPUT, "kind": INPUT, "inputs": [], "fold": None, "values": []}
    return {**row, **_unknown(), "shape": list(network.input_shape), "field": "1"}


def _settings(layer: Layer, inputs: list[int], above: list[dict[str, Any]]) -> dict[str, Any]:
    kind = kind_of(layer.operation)
    fold = _fold(layer, inputs, above)
    return {
        "name": layer.name,
        "kind": kind.name,
        "inputs": inputs,
        "fold": fold,
        "values": [_value(kind, layer, setting.name) for setting in kind.settings],
    }


def _fold(layer: Layer, inputs: list[int], above: list[dict[str, Any]]) -> int | None:
    """The row that this one is written beside: the one right above, or the one that is written beside, in the same group."""
    if not isinstance(layer.operation, _FOLDING) or inputs != [len(above) - 1] or len(above) == 1:
        return None
    root = len(above) - 1 if above[-1]["fold"] is None else above[-1]["fold"]
    return root if _group(above[root]["name"]) == _group(layer.name) else None


def _group(name: str) -> str:
    return name.rpartition(".")[0]


def _value(kind: Kind, layer: Layer, name: str) -> str | bool:
    value = getattr(layer.operation, name)
    return value if isinstance(value, bool) else kind.setting(name).write(value)


def _numbers(row: Row) -> dict[str, Any]:
    operation: Any = row.operation
    page = stage_page(row)
    label = layer_label(row)
    axes: Sequence[Any] = row.effect.axes
    slides = hasattr(operation, "kernel_size")
    return {
        "shape": list(row.output_shape),
        "then": label if isinstance(operation, _FOLDING) else "",
        "label": label,
        "parameters": row.parameters,
        "buffers": row.buffers,
        "macs": row.macs,
        "bytes": row.bytes,
        "memory": "" if row.memory == "own" else row.memory,
        "field": _seen(row),
        "kernel": [axis.kernel_size for axis in axes] if slides else None,
        "stride": [axis.stride for axis in axes] if slides else None,
        "formula": [
            [name, [[_ROLES.get(role, role), words] for role, words in tokens]] for name, tokens in layer_formulas(row)
        ],
        "open": page and page._asdict(),
    }


def _seen(row: Row) -> str:
    field = row.receptive_field
    if isinstance(field, str):
        return field
    return str(field[0]) if len(set(field)) == 1 else shape_words(field)


def _unknown() -> dict[str, Any]:
    words = dict.fromkeys(("then", "label", "memory", "field"), "")
    counts = dict.fromkeys(("parameters", "buffers", "macs", "bytes"), 0)
    return {**words, **counts, **dict.fromkeys(("shape", "kernel", "stride", "open")), "formula": []}
