"""The first page: what this is, and a card with a small live picture for each page that exists."""

import streamlit as st

from convviz import convolution
from convviz.samples import DEFAULT_PRESET, PRESETS
from convviz.ui import frame
from convviz.ui.stage import Cue, show_stage

frame.head("convviz", "Convolution arithmetic you can watch: every cell, every number, every size, exact.")
x, weight, options = PRESETS[DEFAULT_PRESET].sample.arguments()
left, _ = st.columns([1, 1])
with left.container(border=True):
    show_stage(convolution(x, weight, **options), "card.convolution", Cue(0), compact=True)
    st.page_link("convolution.py", label="**Convolution**")
    st.markdown(
        "Slide a kernel over an input, step by step: padding, stride, dilation, and the size formula with your numbers in it."
    )
