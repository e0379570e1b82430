"""The effective field on the page: asked for, watched while seeds come in, and sent to the stage."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from convviz.explain import shown_number
from convviz.geometry import GeometryError
from convviz.lab.effective import EffectiveField
from convviz.lab.work import BusyError, Job, effective_field_job
from convviz.ui.receptive_field.state import FieldPage

Numbers: TypeAlias = NDArray[np.float64]

SEEDS: Final = 20
_EVERY: Final = 0.4
"""Seconds from look to look."""
_MOST_SENT: Final = 1_000_000
"""Cells of a box that are sent to be drawn."""


def effective_payload(page: FieldPage) -> Mapping[str, Any] | None:
    """What is known of the effective field so far, and words where there is none."""
    kept = page.key("effective")
    if page.measure != "effective" or page.follow == "up" or page.rows[1]:
        st.session_state.pop(kept, None)
        return None
    try:
        job = _job(page, kept)
    except (GeometryError, BusyError) as error:
        return _only(str(error))
    _watch(page, job)
    if job.failed:
        return _only(job.failed)
    return _payload(page, job.result(), job)


def _job(page: FieldPage, kept: str) -> Job:
    """The job of what the page shows: the same as long as it shows that, also where it failed."""
    question = page.network, page.layer, page.place or (0,)
    known: tuple[Any, Job] | None = st.session_state.get(kept)
    if known and known[0] == question:
        return known[1]
    st.session_state[kept] = question, effective_field_job(*question, SEEDS)
    job: Job = st.session_state[kept][1]
    return job


def _watch(page: FieldPage, job: Job) -> None:
    """Run the page again when another seed has come in."""
    seen = job.done
    if job.finished:
        return

    @st.fragment(run_every=_EVERY)
    def look() -> None:
        if job.done != seen or job.finished:
            st.rerun()

    with st.container(key=page.key("watch")):
        look()


def _payload(page: FieldPage, found: EffectiveField | None, job: Job) -> dict[str, Any]:
    progress = f"{job.done} of {job.total} random networks"
    if found is None:
        return _only(f"starting: {progress}")
    if found.mean is None or found.deviation is None:
        return _only("no gradient comes through")
    first, inner = _inside(found, page.network.input_shape[1:])
    if inner.size > _MOST_SENT:
        return _only(f"{inner.size:,} cells are too many to draw")
    axes = range(found.magnitude.ndim)
    return {
        "first": first[-2:],
        "sizes": inner.shape[-2:],
        "magnitude": base64.b64encode(np.round(255 * _plane(np.sqrt(inner / inner.max()))).astype(np.uint8).tobytes()).decode(),
        "profiles": [
            {"first": found.first[axis], "mass": _rounded(found.marginal(axis)), "gaussian": _rounded(found.gaussian(axis))}
            for axis in axes
        ],
        "words": _words(found, job, progress),
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


def _words(found: EffectiveField, job: Job, progress: str) -> str:
    sigma = " × ".join(f"{each:.1f}" for each in found.deviation or ())
    even = shown_number(100 * 0.5**found.magnitude.ndim)
    said = f"{100 * found.central_mass:.0f} % in the central half (even: {even} %) · Gaussian σ {sigma}"
    return said if job.finished else f"{said} · {progress}"


def _only(words: str) -> dict[str, Any]:
    return {"first": (0, 0), "sizes": (0, 0), "magnitude": "", "profiles": [], "words": words}


def _rounded(values: Numbers) -> list[float]:
    return [float(f"{value:.4g}") for value in values]
