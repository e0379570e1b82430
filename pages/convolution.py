"""One page: a convolution, step by step."""

from typing import Final

import streamlit as st

from convviz import GeometryError, convolution
from convviz.samples import PRESETS
from convviz.ui import controls, frame, state
from convviz.ui.changes import refusal_words, remedy_words
from convviz.ui.share import share
from convviz.ui.stage import Refusal, show_stage

EXPERIMENTS: Final = (
    frame.Experiment(
        "Kernel 2, stride 3: which input cells are never read?",
        {"kernel_size": (2, 2), "stride": (3, 3), "padding": "valid"},
    ),
    frame.Experiment("Turn the kernel round: when does nothing change?", {"flip": True}),
    frame.Experiment("Dilate by 2: which cells does a window read now?", {"dilation": (2, 2)}),
)

page = state.open_page("convolution")
with st.sidebar:
    controls.sidebar(page)
    share(*state.write_address(page), page.callback(state.take_back))

frame.head("Convolution", "The kernel slides over the input; each stop multiplies, adds, and fills one cell.", page.problems)

stage, last_good = page.key("stage"), page.key("last_good")
refusal, on_remedy = None, None
try:
    x, weight, options = page.sample.arguments()
    trace = st.session_state[last_good] = convolution(x, weight, **options)
except GeometryError as error:
    refusal = Refusal(refusal_words(page.sample, error), remedy_words(error))
    on_remedy = page.callback(state.take_remedy(error))
    x, weight, options = PRESETS[page.example.preset].sample.arguments()
    trace = st.session_state.setdefault(last_good, convolution(x, weight, **options))

show_stage(
    trace,
    stage,
    page.cue,
    refusal=refusal,
    captions={
        "weight": "turned round: last weight first" if trace.flip else "click a weight to edit it",
        "output": "point anywhere: every link lights up",
    },
    on_place=page.callback(state.take_place, stage),
    on_edits=page.callback(state.take_edits, stage),
    on_remedy=on_remedy,
)
frame.foot(page, trace, EXPERIMENTS)
