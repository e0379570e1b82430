"""A dense layer against a convolution: what each has to learn from a picture of one's own size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from math import sqrt
from typing import Final

import streamlit as st

from convviz.explain import Tokens, layer_formulas
from convviz.network import Convolution, Dense, Flatten, Layer, Network, NetworkError, Row, shape_words
from convviz.ui.network.state import Compared, NetworkPage

EXAMPLES: Final = {
    "1 megapixel, grey": Compared(),
    "1 megapixel, RGB": Compared((3, 1000, 1000)),
    "28×28×3, one neuron": Compared((3, 28, 28), units=1),
    "300×300×3, one neuron": Compared((3, 300, 300), units=1),
    "four kernels on RGB": Compared((3, 28, 28), units=4),
}
"""The lectures' numbers: S2 and S4 the megapixels and their thousand units, S3 the neurons and the four kernels."""
_SIDE: Final = 200
"""Pixels of the side of the larger square."""


def layers_of(compared: Compared) -> tuple[Row, Row]:
    """The rows of the dense layer and of the convolution. Raises `NetworkError` for a kernel larger than the picture.

    >>> [row.weights for row in layers_of(Compared())]
    [1000000000, 36]
    >>> layers_of(Compared((1, 2, 2)))
    Traceback (most recent call last):
    convviz.network.table.NetworkError: convolution, with 1×2×2 coming in: kernel 3 spans 3 cells; the padded input has 2: \
add 1 padding, or lower kernel to 2
    """
    flat = Layer("flatten", Flatten()), Layer("dense", Dense(compared.units))
    slid = (Layer("convolution", Convolution(compared.filters, compared.kernel_size)),)
    return Network(compared.input_shape, flat).table().rows[-1], Network(compared.input_shape, slid).table().rows[-1]


def show_compared(page: NetworkPage) -> None:
    """The lectures' examples, the two layers, and squares to scale of what they learn."""
    with st.container(key="examples", horizontal=True):
        for title, compared in EXAMPLES.items():
            st.button(
                title,
                key=page.key(f"example.{title}"),
                on_click=page.callback(_started(compared)),
                type="primary" if compared == page.compared else "secondary",
                help="Numbers of the lectures.",
            )
    try:
        dense, convolution = layers_of(page.compared)
    except NetworkError as error:
        st.html(f'<p class="cv-problem" role="status">{escape(str(error))}.</p>')
        return
    neuron = f"{dense.weights // page.compared.units:,} weights for each unit: every cell of every channel has its own."
    kernel = "The same kernel at every place: a larger picture needs no weight more."
    st.html(
        f'<div class="cv-against">{_card("Dense layer", dense, neuron)}'
        f"{_squares(dense.weights, convolution.weights)}{_card('Convolution', convolution, kernel)}</div>"
    )


def _started(compared: Compared) -> Callable[[NetworkPage], NetworkPage]:
    return lambda old: replace(old, compared=compared)


def _card(title: str, row: Row, words: str) -> str:
    formulas = "".join(
        f"<p><span>{escape(name)}</span> {_coloured(tokens)}</p>"
        for name, tokens in layer_formulas(row)
        if name in {"parameters", "MACs"}
    )
    shapes = f"{shape_words(row.input_shapes[0])} → {shape_words(row.output_shape)}"
    biases = f"{row.biases:,} {'bias' if row.biases == 1 else 'biases'}"
    return (
        f"<section><h2>{title}</h2><p>{shapes}</p><p class='cv-many'><b>{row.weights:,}</b> weights and {biases}</p>"
        f"{formulas}<p>{escape(words)}</p></section>"
    )


def _coloured(tokens: Tokens) -> str:
    return "".join(f'<i class="cv-{role}">{escape(words)}</i>' for role, words in tokens)


def _squares(dense: int, convolution: int) -> str:
    """Two squares whose areas are as the weights; one too small to be seen is a dot."""
    most = max(dense, convolution)
    sides = [max(2.0, _SIDE * sqrt(count / most)) for count in (dense, convolution)]
    drawn = "".join(f'<div style="width:{side:.1f}px;height:{side:.1f}px"></div>' for side in sides)
    times = max(dense, convolution) / min(dense, convolution)
    more = "The dense layer" if dense >= convolution else "The convolution"
    dot = " (a dot here is too large)" if _SIDE * sqrt(min(dense, convolution) / most) < 2 else ""
    words = f"{more} learns {times:,.0f} times as many weights; areas to scale{dot}."
    return f'<figure><div class="cv-areas">{drawn}</div><figcaption>{words}</figcaption></figure>'
