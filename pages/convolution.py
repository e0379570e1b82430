"""One page: a convolution, step by step."""

from typing import Final

import streamlit as st

from convviz import GeometryError, convolution
from convviz.explain import pytorch_code, size_formulas
from convviz.samples import PRESETS
from convviz.ui import controls, frame
from convviz.ui.changes import refusal_words, remedy_words
from convviz.ui.share import share
from convviz.ui.stage import Refusal, show_stage

EXPERIMENTS: Final = (
    frame.Experiment("Set stride to 3: which input cells does no window read?", {"stride": (3, 3)}),
    frame.Experiment("Turn the kernel round: for which kernels does nothing change?", {"flip": True}),
    frame.Experiment("Dilate by 2: how far apart are the cells of a window, and what is the size now?", {"dilation": (2, 2)}),
)

example, problems = controls.open_example()
with st.sidebar:
    controls.sidebar(example)
    share(*controls.write_address(example), controls.back_to_the_example)

frame.head(
    "Convolution", "The kernel slides over the input; each stop multiplies, adds, and fills one cell of the output.", problems
)

refusal, on_remedy = None, None
try:
    x, weight, options = example.sample.arguments()
    trace = st.session_state["last_good"] = convolution(x, weight, **options)
except GeometryError as error:
    refusal, on_remedy = Refusal(refusal_words(example.sample, error), remedy_words(error)), controls.take_remedy(error)
    x, weight, options = PRESETS[example.preset].sample.arguments()
    trace = st.session_state.setdefault("last_good", convolution(x, weight, **options))

show_stage(
    trace,
    controls.STAGE,
    controls.cue(),
    refusal=refusal,
    captions={"weight": "click a weight to edit it", "output": "point anywhere: every link lights up"},
    on_place=controls.take_place,
    on_edits=controls.take_edits,
    on_remedy=on_remedy,
)
frame.foot(size_formulas(trace.axes), pytorch_code(trace), EXPERIMENTS, controls.take_changes)
