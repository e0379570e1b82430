"""The sidebar of each page: its controls, top to bottom in the order of the formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import streamlit as st

from convviz.samples import PoolingSample, Sample, TransposedSample
from convviz.ui import controls, numbers
from convviz.ui.state import Page


def sidebar(page: Page) -> None:
    """All controls of the page's operation."""
    controls.start_from(page)
    _SIDEBARS[page.name](page)


def _convolution(page: Page) -> None:
    sample = cast("Sample", page.sample)
    controls.input_sizes(page)
    controls.sizes(page, "kernel_size")
    controls.sizes(page, "stride")
    controls.named_padding(page)
    controls.sizes(page, "dilation")
    controls.together(page)
    controls.channels(page, "in_channels", "out_channels", "groups")
    controls.field_segments(
        page,
        "Slide as",
        "flip",
        {False: "correlation", True: "convolution"},
        "Deep learning slides the kernel as it is (cross-correlation); mathematics turns it round first (true convolution).",
    )
    numbers.grid_values(page)
    _bias_and_seed(page, sample.out_channels)
    numbers.kernel_values(page)
    numbers.typed_numbers(page, "input", "weight")


def _pooling(page: Page) -> None:
    sample = cast("PoolingSample", page.sample)
    controls.field_segments(
        page,
        "Keep from each window",
        "kind",
        {"max": "max", "average": "average", "lp": "Lp"},
        "The largest value, the average, or the norm (sum of |value|ᵖ) to the power of 1/p.",
    )
    controls.field_segments(
        page,
        "Windows",
        "windows",
        {"sliding": "sliding", "adaptive": "adaptive", "global": "global"},
        "Of one size, stride by stride; as many as the output is to have cells; or a single one over everything.",
    )
    controls.input_sizes(page)
    if sample.view == "block":
        _block(page, sample)
    _window(page, sample)
    controls.together(page)
    first, second = st.columns(2)
    with first:
        controls.channels(page, "channels")
    with second:
        numbers.seed(page)
    _pooled_numbers(page, sample)


def _transposed(page: Page) -> None:
    sample = cast("TransposedSample", page.sample)
    controls.input_sizes(page)
    controls.sizes(page, "kernel_size", words="Cells of the orange grid: the stamp that every input cell leaves, scaled.")
    controls.sizes(page, "stride", words="Cells between two neighbouring stamps on the output.")
    controls.padding(page)
    controls.sizes(page, "output_padding")
    controls.sizes(page, "dilation", words="Distance between two neighbouring cells of a stamp.")
    controls.together(page)
    controls.channels(page, "in_channels", "out_channels", "groups")
    if sample.view == "round_trip":
        numbers.grid_values(page, "Original values", "original", "What is convolved first, to be sent back.")
        numbers.seed(page)
    else:
        numbers.grid_values(page)
        _bias_and_seed(page, sample.out_channels)
    numbers.kernel_values(page)
    numbers.typed_numbers(page, "original" if sample.view == "round_trip" else "input", "weight")


def _bias_and_seed(page: Page, channels: int) -> None:
    first, second = st.columns(2)
    with first:
        numbers.bias(page, channels)
    with second:
        numbers.seed(page)


def _window(page: Page, sample: PoolingSample) -> None:
    """The window of a pooling: what it takes depends on whether it slides, and on what it keeps."""
    if sample.windows == "adaptive":
        controls.sizes(page, "output_size")
    if sample.windows != "sliding":
        return
    controls.sizes(page, "kernel_size", "Window", "Cells that are pooled into one.")
    controls.sizes(page, "stride")
    controls.padding(page)
    if sample.kind == "max" or set(sample.dilation) != {1}:
        controls.sizes(page, "dilation")
    controls.field_segments(
        page,
        "Last window",
        "ceil_mode",
        {False: "floor: drop", True: "ceil: keep"},
        "What becomes of a last window that the input does not fill: ceil mode keeps it, hanging over the edge.",
    )
    if sample.kind == "average":
        _count_padding(page, sample)
    if sample.kind == "lp":
        _norm_type(page, sample)


def _count_padding(page: Page, sample: PoolingSample) -> None:
    key = page.widget_key("count_include_pad", sample.count_include_pad)
    st.toggle(
        "Count padding (count_include_pad)",
        key=key,
        on_change=page.callback(lambda old, counted: old.changed(count_include_pad=counted), key),
        help="Whether the zeros of the padding count in the divisor of the average.",
    )


def _norm_type(page: Page, sample: PoolingSample) -> None:
    key = page.widget_key("norm_type", sample.norm_type)
    st.number_input(
        "p",
        min(0.5, sample.norm_type),
        None,
        None,
        step=1.0,
        format="%g",
        key=key,
        on_change=page.callback(lambda old, power: old.changed(norm_type=float(power)), key),
        help="1 adds the sizes of the values up, 2 is the length of a vector; the larger, the nearer to the largest value.",
    )


def _block(page: Page, sample: PoolingSample) -> None:
    """The convolution and the activation before the pooling."""
    controls.sizes(page, "block_kernel")
    controls.sizes(page, "block_padding")
    controls.channels(page, "block_channels")
    controls.field_segments(
        page,
        "Activation",
        "activation",
        {"relu": "ReLU", "sigmoid": "sigmoid", "tanh": "tanh"},
        "What every cell of the map goes through before it is pooled.",
    )
    numbers.bias(page, sample.block_channels)


def _pooled_numbers(page: Page, sample: PoolingSample) -> None:
    """The input's numbers, and those that are unpooled or those of the kernel."""
    if sample.view != "alone":
        numbers.grid_values(page)
        numbers.kernel_values(page)
        numbers.typed_numbers(page, "input", "weight")
        return
    first, second = st.columns(2)
    with first:
        numbers.value_list(page, "Input values", "input")
    with second:
        numbers.value_list(page, "Later values", "later", "The values that are unpooled.")
    numbers.typed_numbers(page, "input", "later")


_SIDEBARS: Final[Mapping[str, Callable[[Page], Any]]] = {
    "convolution": _convolution,
    "pooling": _pooling,
    "transposed_convolution": _transposed,
}
