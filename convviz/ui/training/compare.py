"""All runs: chosen from a list, their curves laid over each other, opened, deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from convviz.lab.data import KINDS
from convviz.lab.errors import StoreError
from convviz.lab.records import Figures
from convviz.lab.run import OVER, Run, State
from convviz.lab.runs import SHIPPED, shipped, the_store
from convviz.lab.settings import Settings, differences
from convviz.ui.training import deeds
from convviz.ui.training.fields import MODELS, SETTINGS
from convviz.ui.training.state import MOST_COMPARED, LabPage
from convviz.ui.training.watched import Watched, owns

if TYPE_CHECKING:
    from convviz.figures import Curve

_EVERY: Final = 2.0
"""Seconds from look to look while one of them goes on."""


@dataclass(frozen=True)
class Listed:
    """A run in the list."""

    run: Run
    settings: Settings
    state: State
    created: float
    is_loaded: bool
    figures: tuple[Figures, ...]

    @property
    def title(self) -> str:
        """Its data and its network."""
        return f"{KINDS[self.settings.data.name].title} · {MODELS[self.settings.model.kind]}"


def show_compared(page: LabPage, _: Watched | None, token: str) -> None:
    """The list to the left, what is chosen of it to the right."""
    runs = _listed([*the_store().runs(), *shipped()])
    wanted = _wanted(page)
    chosen = tuple(each for each in wanted if each in {listed.run.id for listed in runs})
    listed, shown = st.columns([1, 1.7], gap="large")
    with listed:
        _list(page, runs, chosen)
        _deeds(page, [each for each in runs if each.run.id in chosen], token)
    with shown:
        _shown(page, [each for each in runs if each.run.id in chosen])


def _listed(runs: Sequence[Run]) -> list[Listed]:
    """Those that can be read."""
    found = []
    for run in runs:
        with suppress(StoreError):  # deleted a moment ago, or damaged
            order = run.order
            found.append(Listed(run, order.settings, run.state, order.created, order.loaded, run.figures()))
    return found


def _list(page: LabPage, runs: Sequence[Listed], chosen: tuple[str, ...]) -> None:
    st.markdown(f"{len(runs)} {'run' if len(runs) == 1 else 'runs'}, times in UTC: choose up to {MOST_COMPARED}")
    with st.container(key="runs"):
        for listed in runs:
            key = page.widget_key(f"chosen.{listed.run.id}", listed.run.id in chosen)
            st.checkbox(
                _line(listed),
                key=key,
                on_change=page.callback(_take_chosen, key),
                args=(listed.run.id,),
                disabled=len(chosen) >= MOST_COMPARED and listed.run.id not in chosen,
            )


def _wanted(page: LabPage) -> tuple[str, ...]:
    """Those that were chosen; at first the one that is watched."""
    if page.compared is None:
        return (page.run,) if page.run else ()
    return page.compared


def _take_chosen(old: LabPage, value: bool, run_id: str) -> LabPage:
    others = tuple(each for each in _wanted(old) if each != run_id)
    if value and len(others) >= MOST_COMPARED:  # two were checked before the list was drawn anew
        return old
    return replace(old, compared=(*others, run_id) if value else others)


def _line(listed: Listed) -> str:
    accuracy = f"**{listed.figures[-1].test_accuracy:.1%}**" if listed.figures else "no epoch yet"
    epochs = "" if not listed.figures else ", loaded" if listed.is_loaded else f" after {listed.figures[-1].epoch}"
    made = "comes along" if listed.run.folder.parent == SHIPPED else _when(listed.created)
    return f"`{listed.run.id}` {accuracy}{epochs} · {listed.state}  \n{listed.title} · {made}"


def _when(created: float) -> str:
    return datetime.fromtimestamp(created, UTC).strftime("%d %b %H:%M")


def _deeds(page: LabPage, chosen: Sequence[Listed], token: str) -> None:
    first, second = st.columns(2)
    one = chosen[0] if len(chosen) == 1 else None
    first.button(
        "Open",
        on_click=page.callback(lambda old: old.watching(one.run.id, one.settings) if one else old),
        disabled=one is None,
        width="stretch",
        key=page.key("open"),
        help="Watch it, or play it again. Choose one.",
    )
    own = tuple(each.run.id for each in chosen if each.run.folder.parent != SHIPPED and owns(each.run, token))
    refused = not own or len(own) != len(chosen)
    with second.popover("Delete", disabled=refused, width="stretch", help=_whose(chosen, own)):
        st.markdown(f"{', '.join(f'`{each}`' for each in own)}: with all their epochs and weights, for good.")
        st.button(
            "Delete for good",
            type="primary",
            on_click=page.deed(deeds.delete(token, own)),
            disabled=refused,
            key=page.key("delete"),
        )


def _whose(chosen: Sequence[Listed], own: tuple[str, ...]) -> str:
    others = [each.run.id for each in chosen if each.run.id not in own]
    return f"{', '.join(others)}: whoever started it may delete it." if others else "All that are chosen."


def _shown(page: LabPage, chosen: Sequence[Listed]) -> None:
    log = page.widget_key("log", page.is_log)
    take = page.callback(lambda old, is_log: replace(old, is_log=is_log), log)
    st.toggle("Loss in powers of ten", key=log, on_change=take, help="Tells small losses apart.")
    goes_on = any(each.state not in OVER for each in chosen)

    @st.fragment(run_every=_EVERY if goes_on else None)
    def look() -> None:
        now = _listed([each.run for each in chosen])
        if [each.state for each in now] != [each.state for each in chosen]:
            st.rerun()  # the list and what they differ in follow
        _curves(page, now)

    look()
    if len(chosen) > 1:
        st.html(_differences(chosen))


def _curves(page: LabPage, chosen: Sequence[Listed]) -> None:
    known = [each for each in chosen if each.figures]
    if not known:
        st.caption("Choose runs at the left: their curves are laid over each other here.")
        return
    from convviz.figures import laid_over  # noqa: PLC0415 - Plotly, for this view alone

    figure = laid_over([_curve(each) for each in known], dark=st.context.theme.type == "dark", log=page.is_log)
    st.plotly_chart(figure, key=page.key("curves"), config={"displayModeBar": False}, theme=None)


def _curve(listed: Listed) -> Curve:
    from convviz.figures import Curve  # noqa: PLC0415

    figures = listed.figures
    return Curve(
        listed.run.id,
        tuple(each.epoch for each in figures),
        tuple(each.test_loss for each in figures),
        tuple(each.test_accuracy for each in figures),
        tuple(each.train_loss for each in figures),
        tuple(each.train_accuracy for each in figures),
    )


def _differences(chosen: Sequence[Listed]) -> str:
    """A row a setting that is not the same in all of them."""
    head = "".join(f"<th>{escape(each.run.id)}</th>" for each in chosen)
    found: Mapping[str, tuple[Any, ...]] = differences([each.settings for each in chosen])
    rows = "".join(
        f"<tr><th>{escape(SETTINGS[name].label if name in SETTINGS else name)}</th>"
        + "".join(f"<td>{escape(_words(value))}</td>" for value in values)
        + "</tr>"
        for name, values in found.items()
    )
    last = "".join(f"<td><b>{each.figures[-1].test_accuracy:.2%}</b></td>" if each.figures else "<td></td>" for each in chosen)
    same = "" if found else "<tr><th>settings</th><td>the same</td></tr>"
    return (
        f'<div class="cv-differences"><table><thead><tr><th></th>{head}</tr></thead><tbody>'
        f"<tr><th>Test accuracy</th>{last}</tr>{rows}{same}</tbody></table></div>"
    )


def _words(value: Any) -> str:
    return "–" if value is None else ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
