"""What the page of receptive fields shows, and every change of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

from convviz.network import (
    INPUT,
    PRESETS,
    STACKS,
    AdaptivePooling,
    LayerTable,
    Network,
    Preset,
    Unit,
    changes,
    sizes_of,
)
from convviz.receptive_field import WHOLE, Reach
from convviz.ui.network.edited import EditedNetwork, worked_out
from convviz.ui.network.edits import take_edits

NAME: Final = "receptive_field"
DEFAULT: Final = "strided_dilated"
STARTS: Final[Mapping[str, Preset]] = {**STACKS, **PRESETS}
"""What the page can start from: stacks that show one thing, and every network."""
Follow = Literal["down", "up"]
Measure = Literal["exact", "effective"]
Paint = Literal["picture", "paths", "grid"]
View = Literal["field", "against"]
FOLLOWS: Final[tuple[Follow, ...]] = get_args(Follow)
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
PAINTS: Final[tuple[Paint, ...]] = get_args(Paint)
VIEWS: Final[tuple[View, ...]] = get_args(View)
_UNITS: Final[Mapping[str, Unit]] = {"strided_dilated": (4, 3), "dilated_start": (0, 0), "two2x2": (0, 0)}
"""Units that show what a stack is for; elsewhere the one in the middle does."""


@dataclass(frozen=True)
class Stacked:
    """So many layers of 3 against one as wide, each of `channels` channels."""

    layers: int = 3
    channels: int = 64

    @property
    def kernel_size(self) -> int:
        """Of the single layer."""
        return 2 * self.layers + 1


MOST_STACKED: Final = Stacked(8, 4096)
"""That the page offers."""


@dataclass(frozen=True)
class FieldPage(EditedNetwork):
    """A network, one of its units, and how its field is looked at.

    `row` is the unit's layer, "input" for a cell; None is the last layer that has places. `unit` None is the middle. `step`
    counts the layers on the way that are shown, None all of them. `along` is the axis of the rows of units, None the last.
    `visits` counts the places that the stage was sent to.
    """

    preset: str = DEFAULT
    network: Network = STARTS[DEFAULT].network
    unit: Unit | None = None
    step: int | None = None
    follow: Follow = "down"
    measure: Measure = "exact"
    paint: Paint = "picture"
    along: int | None = None
    view: View = "field"
    stacked: Stacked = Stacked()
    visits: int = 0

    @property
    def cue(self) -> str:
        """Where the stage is to go: another one sends it to the page's unit."""
        return f"{self.beginning}.{self.visits}"

    @property
    def table(self) -> LayerTable:
        """The layers that fit."""
        return LayerTable(self.network.input_shape, worked_out(self.network)[0])

    @property
    def layer(self) -> str:
        """The unit's layer, or the last one with places where that is none."""
        table = self.table
        names = [INPUT, *(row.name for row in table)]
        if self.row in names:
            return str(self.row)
        return _last_with_places(table)

    @property
    def place(self) -> Unit:
        """The unit, cut to what its layer has."""
        sizes = sizes_of(self.table, self.layer)
        wanted = self.unit if self.unit is not None and len(self.unit) == len(sizes) else None
        if wanted is None and self.network == STARTS[self.preset].network and self.layer == _last_with_places(self.table):
            wanted = _UNITS.get(self.preset)
        if wanted is None or len(wanted) != len(sizes):
            wanted = tuple(size // 2 for size in sizes)
        return tuple(min(position, size - 1) for position, size in zip(wanted, sizes, strict=True))

    @property
    def axis(self) -> int:
        """The axis of the rows of units."""
        last = len(self.network.input_shape) - 2
        return last if self.along is None else min(self.along, last)

    def with_network(self, network: Network, row: str | None = None) -> FieldPage:
        """The page with another network, at the unit that it was at, whether that was chosen or not."""
        return super(FieldPage, replace(self, row=self.layer, unit=self.place)).with_network(network, row)

    def begun(self, preset: str) -> FieldPage:
        """The page at the beginning of a preset."""
        begun = FieldPage(self.name, preset, STARTS[preset].network, paint=self.paint, stacked=self.stacked)
        return replace(begun, edits=self.edits, experiment=self.experiment, beginning=self.beginning + 1)

    def at(self, row: str, unit: Unit | None = None) -> FieldPage:
        """The page at another unit; the stage hears of it by another visit."""
        return replace(self, row=row, unit=unit, step=None, visits=self.visits + 1, problems=())

    def following(self, follow: Follow) -> FieldPage:
        """The page looking down or up, from a unit that has something below it, or above."""
        page = replace(self, follow=follow)
        last = _last_with_places(self.table)
        if follow == "up" and self.layer == last:
            return page.at(INPUT, _middle_below(self))
        if follow == "down" and self.layer == INPUT != last:
            return page.at(last, _middle_above(self, last))
        return page.at(self.layer, self.place)


def _last_with_places(table: LayerTable) -> str:
    """The highest layer whose units stand somewhere: below a pooling to a fixed size, where there is anything below it."""
    there = [row for row in table if row.reaches != "all"]
    moving = [row.name for row in there if not isinstance(row.operation, AdaptivePooling)]
    return (moving or [row.name for row in there] or [INPUT])[-1]


def _middle_above(page: FieldPage, layer: str) -> Unit | None:
    """The unit that looks at a cell from the middle of its field, an axis at a time."""
    row = page.table.row(layer)
    if row.reaches == "all":
        return None
    axes = zip(row.reaches, row.output_shape[1:], page.place, strict=True)
    return tuple(_looking_at(reach, size, cell) for reach, size, cell in axes)


def _looking_at(reach: Reach, size: int, cell: int) -> int:
    """The unit whose field has its middle nearest to a cell, by the first phase that sees anything."""
    phase, span = next(((phase, span) for phase, span in enumerate(reach.spans) if span), (0, (0, 0)))
    turns = (cell - (span[0] + span[1]) / 2) / reach.shift if reach.shift else 0
    return min(max(phase + round(turns * len(reach.spans)), 0), size - 1)


def _middle_below(page: FieldPage) -> Unit:
    """The cell in the middle of a unit's field; of the input where that is all or nothing."""
    sizes = page.network.input_shape[1:]
    row = None if page.layer == INPUT else page.table.row(page.layer)
    reaches = row.reaches if row and row.reaches != "all" else (WHOLE,) * len(sizes)
    places = page.place if len(page.place) == len(sizes) else tuple(size // 2 for size in sizes)
    spans = [reach.of(position) for reach, position in zip(reaches, places, strict=True)]
    middles = [(span[0] + span[1]) // 2 if span else size // 2 for span, size in zip(spans, sizes, strict=True)]
    return tuple(min(max(middle, 0), size - 1) for middle, size in zip(middles, sizes, strict=True))


def take_place(old: FieldPage, place: Any) -> FieldPage:
    """A unit was chosen on the stage, or it came to rest on the way; what is said of a network that is gone comes too late."""
    if not isinstance(place, dict) or place.get("cue") != old.cue:
        return old
    names = [INPUT, *(row.name for row in old.table)]
    layer, unit, step = place.get("layer"), place.get("unit"), place.get("step")
    if layer not in names or not isinstance(unit, list) or not all(isinstance(each, int) and each >= 0 for each in unit):
        return old
    return replace(old, row=layer, unit=tuple(unit), step=step if isinstance(step, int) and step >= 0 else None, problems=())


def take_layers(old: FieldPage, said: Any) -> FieldPage:
    """Layers were edited in the list; a layer that was added is looked at."""
    page = take_edits(old, said)
    return page if page.row in {None, old.row, old.layer} else page.at(page.row)


def take_remedy(old: FieldPage) -> FieldPage:
    """The button of a refusal: the network with the way out."""
    error = old.rows[1]
    return old.with_network(changes.mended(old.network, error)) if error else old


def take_unit(old: FieldPage, position: int, axis: int, layer: str, place: Unit) -> FieldPage:
    """Another position along one axis of the unit that is shown."""
    return old.at(layer, (*place[:axis], position, *place[axis + 1 :]))
