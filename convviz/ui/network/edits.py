"""What the network's table says was edited, and the page after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from convviz.geometry import GeometryError
from convviz.network import KINDS, changes
from convviz.ui.network.edited import E, Told


@dataclass(frozen=True)
class Edit:
    """One edit: its number, the network it was made on, what it does, to which row; the rest as far as it needs it.

    `companions` are the rows that are written beside the row and go along with it.
    """

    id: int
    cue: int
    do: str
    row: str = ""
    field: str = ""
    value: str = ""
    after: str = ""
    kind: str = ""
    to: int = 0
    companions: tuple[str, ...] = ()


def read_edits(said: Any) -> list[Edit]:
    """The edits among what a browser says; what is none is left out.

    >>> read_edits([{"id": 1, "cue": 0, "do": "set", "row": "conv1", "field": "bias", "value": False}, {"id": "2"}, None])
    [Edit(id=1, cue=0, do='set', row='conv1', field='bias', value='no', after='', kind='', to=0, companions=())]
    >>> read_edits("conv1")
    []
    """
    return [edit for edit in map(_read_edit, said if isinstance(said, list) else []) if edit]


def take_edits(old: E, said: Any) -> E:
    """Layers were edited in the table: those edits not taken over yet, in their order; of a network that is gone, none."""
    page, told = old, old.told
    for edit in read_edits(said):
        if edit.id > page.edits:
            page = replace(page if edit.cue != old.beginning else _edited(page, edit), edits=edit.id)
            told = page.told or (told if told is not old.told else None)
    return replace(page, told=told)


def _read_edit(said: Any) -> Edit | None:
    if not isinstance(said, dict):
        return None
    given = {"companions" if name == "with" else name: _plain(value) for name, value in said.items()}
    types = {field.name: _TYPES[str(field.type)] for field in fields(Edit)}
    known = {name: value for name, value in given.items() if name in types}
    right = all(isinstance(value, types[name]) for name, value in known.items()) and {"id", "cue", "do"} <= known.keys()
    return Edit(**known) if right and 0 <= known["id"] < _LARGEST and abs(known.get("to", 0)) < _LARGEST else None


_TYPES: Final[Mapping[str, type]] = {"int": int, "str": str, "tuple[str, ...]": tuple}
_LARGEST: Final = 2**53
"""From there on a browser's whole numbers are none."""


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return tuple(map(str, value)) if isinstance(value, list) else value


def _edited(page: E, edit: Edit) -> E:
    try:
        return _EDITS[edit.do](page, edit) if edit.do in _EDITS else page
    except (changes.UnknownLayerError, GeometryError, KeyError):
        return page  # of a row, a setting or a kind that is not there
    except ValueError as error:
        return replace(page, told=Told(edit.row, str(error)))


def _remove(page: E, edit: Edit) -> E:
    left = changes.removed(page.network, edit.row)
    place = [layer.name for layer in page.network.layers].index(edit.row)
    below = left.layers[min(place, len(left.layers) - 1)].name if left.layers else None
    return replace(page.with_network(left), row=below)


def _rename(page: E, edit: Edit) -> E:
    return page.with_network(changes.renamed(page.network, edit.row, edit.value), edit.value)


def _add(page: E, edit: Edit) -> E:
    return page.with_network(*changes.added(page.network, edit.after, edit.kind)) if edit.kind in KINDS else page


def _mend(page: E, _: Edit) -> E:
    error = page.rows[1]
    return page.with_network(changes.mended(page.network, error)) if error else page


_EDITS: Final[Mapping[str, Callable[[Any, Edit], Any]]] = {
    "set": lambda page, edit: page.with_network(changes.changed(page.network, edit.row, edit.field, edit.value)),
    "rename": _rename,
    "inputs": lambda page, edit: page.with_network(changes.reading(page.network, edit.row, edit.value)),
    "add": _add,
    "duplicate": lambda page, edit: page.with_network(*changes.duplicated(page.network, edit.row, *edit.companions)),
    "remove": _remove,
    "move": lambda page, edit: page.with_network(changes.moved(page.network, edit.row, edit.to)),
    "mend": _mend,
}
