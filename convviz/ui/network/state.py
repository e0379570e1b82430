"""What the page of networks shows, and every change of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Literal, get_args

from convviz.geometry import GeometryError
from convviz.network import INPUT, PRESETS, Dense, Network, NetworkError, Row, Shape, changes, partial
from convviz.network.paste import Pasted, PasteError, parse_sequential
from convviz.ui.session import Kept

View = Literal["layers", "beside", "dense"]
Blocks = Literal["scale", "equal"]
Activations = Literal["folded", "rows"]
VIEWS: Final[tuple[View, ...]] = get_args(View)
BLOCKS: Final[tuple[Blocks, ...]] = get_args(Blocks)
ACTIVATION_ROWS: Final[tuple[Activations, ...]] = get_args(Activations)
DEFAULT: Final = "lenet5"
_OTHER: Final = "alexnet"
_LONG: Final = 60
"""Layers from which blocks of equal width are easier to read."""
_CELLS: Final = 32
"""Cells of an axis that nothing says the size of."""


@dataclass(frozen=True)
class Compared:
    """A dense layer and a convolution on one input: what each of them has to learn."""

    input_shape: tuple[int, int, int] = (1, 1000, 1000)
    units: int = 1000
    filters: int = 4
    kernel_size: int = 3


@dataclass(frozen=True)
class Told:
    """Something that was typed and makes no sense: the row it was for, and why."""

    row: str
    message: str


@dataclass(frozen=True)
class Paste:
    """The text that was pasted last, by its number; where it was not understood the line, and why."""

    id: int = 0
    line: int | None = None
    message: str = ""


@dataclass(frozen=True)
class NetworkPage(Kept):
    """A network, the row that is chosen, how it is looked at, and what was not understood.

    `beginning` counts the networks the page began with, `edits` is the number of the last edit that it has taken over.
    """

    preset: str = DEFAULT
    network: Network = PRESETS[DEFAULT].network
    row: str | None = None
    view: View = "layers"
    blocks: Blocks = "scale"
    activations: Activations = "folded"
    beside: str = _OTHER
    compared: Compared = Compared()
    beginning: int = 0
    edits: int = 0
    paste: Paste = Paste()
    told: Told | None = None
    experiment: int = 0
    problems: tuple[str, ...] = ()

    @cached_property
    def rows(self) -> tuple[tuple[Row, ...], NetworkError | None]:
        """The table down to the first layer that does not fit, and what is wrong with that one."""
        return partial(self.network)

    @property
    def title(self) -> str:
        """What the network is called."""
        preset = PRESETS[self.preset]
        return preset.title if self.network == preset.network else f"{preset.title}, changed"

    def with_network(self, network: Network, row: str | None = None) -> NetworkPage:
        """The page with another network. What its layers declare of their inputs is followed from then on, if it fits."""
        page = replace(self, network=network, row=row or self.row, problems=(), told=None)
        followed = changes.following(network)
        return page if page.rows[1] or followed == network else replace(page, network=followed)

    def begun(self, preset: str, **look: Any) -> NetworkPage:
        """The page at the beginning of a preset."""
        network = PRESETS[preset].network
        blocks: Blocks = "equal" if len(network.layers) > _LONG else "scale"
        begun = NetworkPage(self.name, preset, network, view=self.view, blocks=blocks, beside=_partner(preset, self.beside))
        return replace(
            begun,
            edits=self.edits,
            paste=Paste(self.paste.id),
            experiment=self.experiment,
            compared=self.compared,
            beginning=self.beginning + 1,
            **look,
        )


def _partner(preset: str, beside: str) -> str:
    """Which network stands beside another: not the same one twice."""
    if beside != preset:
        return beside
    return DEFAULT if preset != DEFAULT else _OTHER


def take_place(old: NetworkPage, place: Mapping[str, Any]) -> NetworkPage:
    """A row was chosen; what is said of a network that is gone comes too late."""
    if place["cue"] != old.beginning:
        return old
    names = {layer.name for layer in old.network.layers}
    return replace(old, row=place["row"] if place["row"] in names else None)


def take_edits(old: NetworkPage, edits: list[Mapping[str, Any]]) -> NetworkPage:
    """Layers were edited in the table: those edits not taken over yet, in their order."""
    page = old
    for edit in edits:
        if edit["id"] > old.edits:
            page = replace(_edited(page, edit), edits=edit["id"])
    return page


def _edited(page: NetworkPage, edit: Mapping[str, Any]) -> NetworkPage:
    try:
        return _EDITS[edit["do"]](page, edit)
    except (GeometryError, KeyError):
        return page  # of a row that is gone since
    except ValueError as error:
        return replace(page, told=Told(str(edit.get("row", "")), str(error)))


def _set(page: NetworkPage, edit: Mapping[str, Any]) -> NetworkPage:
    value = edit["value"]
    text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return page.with_network(changes.changed(page.network, edit["row"], edit["field"], text))


def _mend(page: NetworkPage, _: Mapping[str, Any]) -> NetworkPage:
    error = page.rows[1]
    return page.with_network(changes.mended(page.network, error)) if error else page


def _remove(page: NetworkPage, edit: Mapping[str, Any]) -> NetworkPage:
    names = [layer.name for layer in page.network.layers]
    place = names.index(edit["row"])
    left = changes.removed(page.network, edit["row"])
    below = left.layers[min(place, len(left.layers) - 1)].name if left.layers else None
    return replace(page.with_network(left), row=below)


def _rename(page: NetworkPage, edit: Mapping[str, Any]) -> NetworkPage:
    return page.with_network(changes.renamed(page.network, edit["row"], str(edit["value"])), str(edit["value"]))


_EDITS: Final[Mapping[str, Callable[[NetworkPage, Mapping[str, Any]], NetworkPage]]] = {
    "set": _set,
    "rename": _rename,
    "inputs": lambda page, edit: page.with_network(changes.reading(page.network, edit["row"], str(edit["value"]))),
    "add": lambda page, edit: page.with_network(*changes.added(page.network, edit["after"], edit["kind"])),
    "duplicate": lambda page, edit: page.with_network(*changes.duplicated(page.network, edit["row"], *edit.get("with", ()))),
    "remove": _remove,
    "move": lambda page, edit: page.with_network(changes.moved(page.network, edit["row"], int(edit["to"]))),
    "mend": _mend,
}


def take_input(old: NetworkPage, value: int, axis: int) -> NetworkPage:
    """Another size of the input; axis 0 is its channels."""
    shape = list(old.network.input_shape)
    shape[axis] = value
    return old.with_network(replace(old.network, input_shape=tuple(shape)))


def take_paste(old: NetworkPage, paste: Mapping[str, Any]) -> NetworkPage:
    """A text was pasted: the network it says, on an input as large as the one before where it can be."""
    if paste["id"] <= old.paste.id:
        return old
    try:
        pasted = parse_sequential(str(paste["text"]))
    except PasteError as error:
        return replace(old, paste=Paste(paste["id"], error.line, str(error)))
    shape = _input_for(old.network.input_shape, pasted)
    begun = replace(old, row=None, beginning=old.beginning + 1, paste=Paste(paste["id"]))
    page = begun.with_network(Network(shape, pasted.layers))
    return replace(page, told=Told(INPUT, _left_out(pasted))) if pasted.unused else page


def _left_out(pasted: Pasted) -> str:
    names = " and ".join(pasted.unused)
    return f"the text makes {names}, and the network does not use it: the last nn.Sequential is the network"


def _input_for(shape: Shape, pasted: Pasted) -> Shape:
    """The input that a pasted network is for: its channels and axes if it says so, else those there are."""
    if pasted.layers and isinstance(pasted.layers[0].operation, Dense):
        return (pasted.in_channels or shape[-1],)
    if pasted.dimension is None:
        return shape
    sizes = shape[1:] if len(shape) == pasted.dimension + 1 else (_CELLS,) * pasted.dimension
    return (pasted.in_channels or shape[0], *sizes)
