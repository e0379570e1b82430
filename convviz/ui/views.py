"""The views of each operation: the switch at the right of the title, and what the page says of the one that is on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from convviz.samples import AnySample, PoolingSample, Sample, TransposedSample
from convviz.ui.adjoint import convolution_link
from convviz.ui.controls import field_segments
from convviz.ui.shown import Shown
from convviz.ui.state import Page

_POOLING_VIEWS: Final = {"alone": "On its own", "strided": "Beside a strided convolution", "block": "Whole block"}
_UNPOOLINGS: Final = {"remembered": "remembered", "nearest": "nearest", "bed_of_nails": "bed of nails"}
_TRANSPOSED_VIEWS: Final = {"stamp": "Stamp", "zeros": "Insert zeros", "round_trip": "Round trip"}
_WEIGHT_VIEWS: Final = {False: "Sheets", True: "Matrix per tap"}

_SLIDING_SENTENCES: Final = {
    "max": "A window slides over the input, keeps its largest value and remembers where it was.",
    "average": "A window slides over the input and keeps the average of what it covers.",
    "lp": "A window slides over the input and keeps the norm of what it covers.",
}
_POOLING_SENTENCES: Final = {
    "strided": "Both shrink the map: pooling by a fixed rule, a strided convolution by weights that are learned.",
    "block": "A convolution finds, an activation decides, a pooling shrinks: one block of a CNN.",
}
_TRANSPOSED_SENTENCES: Final = {
    "stamp": "Each input cell stamps a scaled copy of the kernel onto the output; overlaps add.",
    "zeros": "Zeros go between the input cells and around them; then a plain convolution runs.",
    "round_trip": "Convolve, then transpose: the shape comes back, the values do not.",
}
_KEPT: Final[Mapping[str, str]] = {"max": "largest value", "average": "average", "lp": "norm"}


def switch(page: Page) -> None:
    """What the page's picture shows."""
    sample = page.sample
    if isinstance(sample, PoolingSample):
        words = "The pooling with its unpooling, its rival, or the block of a network that it ends."
        field_segments(page, "View", "view", _POOLING_VIEWS, words, visibility="collapsed", width="content")
    elif isinstance(sample, TransposedSample):
        words = "Two ways to the same output, and the way from a convolution's input there and back."
        field_segments(page, "View", "view", _TRANSPOSED_VIEWS, words, visibility="collapsed", width="content")
    elif sample.in_channels > 1 or sample.out_channels > 1:
        words = "The weights as a sheet for each pair of channels, or as a matrix from channels to channels for each tap."
        field_segments(page, "Weights as", "by_taps", _WEIGHT_VIEWS, words, visibility="collapsed", width="content")


def beside_sentence(page: Page, shown: Shown) -> None:
    """Where later values are unpooled to; where a transposed convolution leads."""
    sample = page.sample
    if isinstance(sample, PoolingSample) and sample.view == "alone":
        words = "Where later values go: to the position each maximum had, into all of a block, or into its first cell."
        st.html('<span class="cv-beside">Unpool to</span>', width="content")
        field_segments(page, "Unpool to", "unpooling", _UNPOOLINGS, words, visibility="collapsed", width="content")
    if isinstance(sample, TransposedSample):
        _ways_on(page, sample, shown)


def _ways_on(page: Page, sample: TransposedSample, shown: Shown) -> None:
    """To the convolution that is transposed, and to what it does not undo."""
    link = None if shown.error else convolution_link(sample, shown.picture.trace.output)
    closed = "There is none for a setting that cannot be." if shown.error else "Its input would be too large to show."
    st.page_link(
        "convolution.py",
        label="The convolution it transposes ›",
        query_params=link,
        disabled=link is None,
        help="The same weights, from this output's shape to this input's." if link else closed,
    )
    if sample.view != "round_trip":
        st.button(
            "It is no inverse ›",
            on_click=page.callback(lambda old: old.changed(view="round_trip")),
            type="tertiary",
            help="Convolve first, then transpose: the shape comes back, the values do not.",
        )


def sentence(sample: AnySample) -> str:
    """What happens, for the line under the title.

    >>> from convviz.samples import PRESETS
    >>> sentence(PRESETS["cube"].sample)
    'A cube slides in three directions; a 2-D kernel slides in two, for it spans all channels already.'
    >>> sentence("cube")
    Traceback (most recent call last):
    AttributeError: 'str' object has no attribute 'dimension'
    """
    if isinstance(sample, PoolingSample):
        return _of_pooling(sample)
    if isinstance(sample, TransposedSample):
        return _TRANSPOSED_SENTENCES[sample.view]
    return _of_convolution(sample)


def _of_pooling(sample: PoolingSample) -> str:
    if sample.view in _POOLING_SENTENCES:
        return _POOLING_SENTENCES[sample.view]
    if sample.windows == "sliding":
        return _SLIDING_SENTENCES[sample.kind]
    kept = _KEPT[sample.kind]
    if sample.windows == "adaptive":
        return f"The input is cut into as many windows as the output has cells; each keeps its {kept}."
    return f"One window covers the whole input: of each channel its {kept} remains."


def _of_convolution(sample: Sample) -> str:
    if sample.dimension == 3:
        return "A cube slides in three directions; a 2-D kernel slides in two, for it spans all channels already."
    if sample.groups > 1:
        return "Each group of channels is convolved by itself; its filters never see the others."
    if set(sample.kernel_size) == {1} and sample.in_channels > 1:
        return "A kernel of one cell mixes the channels of each pixel: a dense layer at every place."
    if sample.in_channels > 1 or sample.out_channels > 1:
        return "A filter goes through all input channels at once and fills one output channel."
    where = "along the line" if sample.dimension == 1 else "over the input"
    return f"The kernel slides {where}; each stop multiplies, adds, and fills one cell."
