"""The first page: what this is, and a card with a small live picture for each page that exists."""

import streamlit as st

from convviz import convolution
from convviz.samples import DEFAULT_PRESET, PRESETS
from convviz.ui import frame
from convviz.ui.stage import Cue, show_stage

frame.head("convviz", "Convolution arithmetic you can watch: every cell, every number, every size, exact.")
cards, words = st.columns([1.5, 1], gap="large", vertical_alignment="center")
with cards.container(border=True):
    x, weight, options = PRESETS[DEFAULT_PRESET].sample.arguments()
    show_stage(convolution(x, weight, **options), "card.convolution", Cue(0), compact=True)
    st.page_link("convolution.py", label="**Convolution**")
    st.markdown("A kernel slides over an input: stride, padding and dilation, and the size formula with your numbers in it.")
with words:
    st.markdown(
        """
        **Play it.** Step, scrub and loop with the keys; the sum of every step is written out.

        **Point at it.** An output shows what it reads, an input every output it reaches, a weight all that it multiplies.

        **Change it.** Any size, any number, on the picture or beside it. What PyTorch refuses is explained, with the way out.

        **Take it along.** The link holds everything you see, and the code prints the same tensor in PyTorch.
        """
    )
