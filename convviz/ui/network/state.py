"""What the page of networks shows, and every change of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

from convviz.network import INPUT, LARGEST_NUMBER, PRESETS, Dense, Network, Shape
from convviz.network.paste import Pasted, PasteError, parse_sequential
from convviz.ui.network.edited import DEFAULT, EditedNetwork, Told

View = Literal["layers", "beside", "dense"]
Blocks = Literal["scale", "equal"]
Activations = Literal["folded", "rows"]
VIEWS: Final[tuple[View, ...]] = get_args(View)
BLOCKS: Final[tuple[Blocks, ...]] = get_args(Blocks)
ACTIVATION_ROWS: Final[tuple[Activations, ...]] = get_args(Activations)
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
class Paste:
    """The text that was pasted last, by its number; where it was not understood the line, and why."""

    id: int = 0
    line: int | None = None
    message: str = ""


@dataclass(frozen=True)
class NetworkPage(EditedNetwork):
    """A network, how it is looked at, and what else is typed on its page."""

    view: View = "layers"
    blocks: Blocks = "scale"
    activations: Activations = "folded"
    beside: str = _OTHER
    compared: Compared = Compared()
    paste: Paste = Paste()

    @property
    def title(self) -> str:
        """What the network is called."""
        preset = PRESETS[self.preset]
        return preset.title if self.network == preset.network else "Your network"

    def begun(self, preset: str, **look: Any) -> NetworkPage:
        """The page at the beginning of a preset."""
        network = PRESETS[preset].network
        blocks: Blocks = "equal" if len(network.layers) > _LONG else "scale"
        begun = NetworkPage(self.name, preset, network, view=self.view, blocks=blocks, beside=_partner(preset, self.beside))
        return replace(
            begun,
            activations=self.activations,
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


def take_place(old: NetworkPage, place: Any) -> NetworkPage:
    """A row was chosen; what is said of a network that is gone comes too late."""
    if not isinstance(place, dict) or place.get("cue") != old.beginning:
        return old
    chosen = place.get("row")
    return replace(old, row=next((layer.name for layer in old.network.layers if layer.name == chosen), None))


def take_paste(old: NetworkPage, paste: Any) -> NetworkPage:
    """A text was pasted: the network it says, on an input as large as the one before where it can be."""
    number = paste.get("id") if isinstance(paste, dict) else None
    if not isinstance(number, int) or number <= old.paste.id:
        return old
    try:
        pasted = parse_sequential(str(paste.get("text", "")))
    except PasteError as error:
        return replace(old, paste=Paste(number, error.line, str(error)))
    shape = _input_for(old.network.input_shape, pasted)
    page = replace(old, row=None, beginning=old.beginning + 1, paste=Paste(number))
    page = page.with_network(Network(shape, pasted.layers))
    rows, misfit = page.rows
    if misfit:  # the text stays where it is, with the line that does not fit
        line = pasted.lines[len(rows)]
        return replace(page, paste=Paste(number, line, f"line {line}: {misfit}"))
    return replace(page, told=Told(INPUT, _left_out(pasted))) if pasted.unused else page


def _left_out(pasted: Pasted) -> str:
    names = " and ".join(pasted.unused)
    return f"the text makes {names}, and the network does not use it: the last nn.Sequential is the network"


def _input_for(shape: Shape, pasted: Pasted) -> Shape:
    """The input that a pasted network is for: its channels and axes if it says so, else those there are."""
    declared = pasted.in_channels or 0
    channels = declared if 1 <= declared <= LARGEST_NUMBER else None
    if pasted.layers and isinstance(pasted.layers[0].operation, Dense):
        return (channels or shape[-1],)
    if pasted.dimension is None:
        return shape
    sizes = shape[1:] if len(shape) == pasted.dimension + 1 else (_CELLS,) * pasted.dimension
    return (channels or shape[0], *sizes)
