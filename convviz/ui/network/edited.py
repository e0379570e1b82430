"""A network that is edited on a page: which one it is, the layer that is chosen, and what was not understood."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, TypeVar

from convviz.network import PRESETS, Network, NetworkError, Row, changes, partial
from convviz.ui.session import Kept

DEFAULT: Final = "lenet5"

worked_out = lru_cache(maxsize=32)(partial)
"""A network's table as `partial` gives it; on a rerun most networks are the same."""


@dataclass(frozen=True)
class Told:
    """Something that was typed and makes no sense: the row it was for, and why."""

    row: str
    message: str


@dataclass(frozen=True)
class EditedNetwork(Kept):
    """What a page keeps of the network it shows.

    `beginning` counts the networks the page began with, `edits` is the number of the last edit that it has taken over.
    """

    preset: str = DEFAULT
    network: Network = PRESETS[DEFAULT].network
    row: str | None = None
    beginning: int = 0
    edits: int = 0
    told: Told | None = None
    experiment: int = 0
    problems: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[tuple[Row, ...], NetworkError | None]:
        """The table down to the first layer that does not fit, and what is wrong with that one."""
        return worked_out(self.network)

    def with_network(self: E, network: Network, row: str | None = None) -> E:
        """The page with another network. What its layers declare of their inputs is followed from then on, if it fits."""
        page = replace(self, network=network, row=row or self.row, problems=(), told=None)
        followed = changes.following(network)
        return page if page.rows[1] or followed == network else replace(page, network=followed)


E = TypeVar("E", bound=EditedNetwork)


def take_input(old: E, value: int, axis: int) -> E:
    """Another size of the input; axis 0 is its channels. Of an axis that another network has not, nothing is heard."""
    shape = list(old.network.input_shape)
    if axis >= len(shape):
        return old
    shape[axis] = value
    return old.with_network(replace(old.network, input_shape=tuple(shape)))
