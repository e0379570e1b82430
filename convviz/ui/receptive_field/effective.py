"""The effective field on the page: asked for, watched while seeds come in, and sent to the stage."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import prod
from typing import Any, Final, TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from convviz.geometry import GeometryError
from convviz.lab.fields.effective import EffectiveField, over_box
from convviz.lab.fields.units import Box
from convviz.lab.fields.work import BusyError, Job, effective_field_job
from convviz.network import INPUT, Network, Unit, downwards
from convviz.ui.receptive_field.payload import station_name
from convviz.ui.receptive_field.state import FieldPage

Numbers: TypeAlias = NDArray[np.float64]

SEEDS: Final = 20
_EVERY: Final = 0.4
"""Seconds from look to look."""
_WHILE_BUSY: Final = 3.0
_MOST_DRAWN: Final = 1_000_000
"""Cells of an input."""


def effective_payload(page: FieldPage) -> Mapping[str, Any] | None:
    """What is known of the effective field so far, and words where there is none."""
    kept = page.key("effective")
    if page.measure != "effective" or page.follow == "up" or page.rows[1]:
        st.session_state.pop(kept, None)
        return None
    if reason := _unmeasured(page):
        return _only(reason)
    try:
        job = _job(page, kept)
    except GeometryError as error:
        return _only(str(error))
    except BusyError as error:
        _look_again(page, lambda: True, _WHILE_BUSY)
        return _only(str(error))
    return _shown(page, job, kept)


def _unmeasured(page: FieldPage) -> str:
    """Why a field is not measured; empty where it is."""
    cells = prod(page.network.input_shape[1:])
    if page.layer == INPUT:
        return "a cell of the input sees itself alone"
    return f"{cells:,} cells are too many to draw" if cells > _MOST_DRAWN else ""


def _shown(page: FieldPage, job: Job, kept: str) -> Mapping[str, Any]:
    seen = job.done
    if not job.finished:
        _look_again(page, lambda: job.done != seen or job.finished or job.abandoned, _EVERY)
    if job.failed:
        st.button("Measure it once more", on_click=lambda: st.session_state.pop(kept, None))
        return _only(job.failed)
    return _payload(page, job.result(), job.total)


def _job(page: FieldPage, kept: str) -> Job:
    """The job of what the page shows: the same as long as it shows that, also where it failed."""
    question = page.network, page.layer, page.place or (0,)
    known: tuple[Any, Job] | None = st.session_state.get(kept)
    if known and known[0] == question and not known[1].abandoned:
        return known[1]
    job = effective_field_job(*question, SEEDS)
    st.session_state[kept] = question, job
    return job


def _look_again(page: FieldPage, due: Callable[[], bool], every: float) -> None:
    """Run the page again when there is more to see."""

    @st.fragment(run_every=every)
    def look() -> None:
        # The first look is part of the run that is just going on.
        if st.session_state.pop(first, False):
            return
        if due():
            st.rerun()

    first = page.key("first_look")
    st.session_state[first] = True
    with st.container(key=page.key("watch")):
        look()


def _payload(page: FieldPage, found: EffectiveField | None, total: int) -> dict[str, Any]:
    progress = f"{found.seeds if found else 0} of {total} random networks"
    if found is None:
        return _only(f"starting: {progress}")
    if found.mean is None or found.deviation is None:
        return _only("no gradient comes through")
    first, inner = _inside(found, page.network.input_shape[1:])
    cuts = [
        slice(start - begin, start - begin + size) for start, begin, size in zip(first, found.first, inner.shape, strict=True)
    ]
    return {
        "at": station_name(page.table, page.layer),
        "unit": page.place,
        "first": first[-2:],
        "sizes": inner.shape[-2:],
        "magnitude": base64.b64encode(np.round(255 * _plane(np.sqrt(inner / inner.max()))).astype(np.uint8).tobytes()).decode(),
        "profiles": [
            {"first": first[axis], "mass": _rounded(found.marginal(axis)[cut]), "gaussian": _rounded(found.gaussian(axis)[cut])}
            for axis, cut in enumerate(cuts)
        ],
        "words": _words(page, found) if found.seeds == total else f"{_words(page, found)} · {progress}",
    }


def _inside(found: EffectiveField, sizes: tuple[int, ...]) -> tuple[list[int], Numbers]:
    """The part of the box that lies on the input, and its first cell."""
    starts = [max(first, 0) for first in found.first]
    stops = [min(first + size, have) for first, size, have in zip(found.first, found.magnitude.shape, sizes, strict=True)]
    inner = (slice(start - first, stop - first) for start, stop, first in zip(starts, stops, found.first, strict=True))
    return starts, found.magnitude[tuple(inner)]


def _plane(magnitude: Numbers) -> Numbers:
    """Over the last two axes: of a block its largest slice by slice."""
    while magnitude.ndim > 2:
        magnitude = magnitude.max(axis=0)
    return magnitude


def _words(page: FieldPage, found: EffectiveField) -> str:
    sigma = " × ".join(f"{each:.1f}" for each in found.deviation or ())
    even = _even(page.network, page.layer, page.place, found.first, found.magnitude.shape)
    return f"{100 * found.central_mass:.0f} % in the central half (even: {100 * even:.0f} %) · Gaussian σ {sigma}"


@lru_cache(maxsize=64)
def _even(network: Network, layer: str, unit: Unit, first: tuple[int, ...], sizes: tuple[int, ...]) -> float:
    """The part in the central half if every cell that is read counted the same."""
    read = downwards(network.table(), layer, unit)[INPUT].over(network.input_shape[1:]) > 0
    return over_box(Box(first, sizes), read.astype(np.float64), 1).central_mass


def _only(words: str) -> dict[str, Any]:
    return {"magnitude": "", "words": words}


def _rounded(values: Numbers) -> list[float]:
    return [float(f"{value:.4g}") for value in values]
