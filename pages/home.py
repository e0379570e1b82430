"""The first page: what this is, and a card with a small live picture for each page that exists."""

from typing import Final

import streamlit as st

from convviz.lab.runs import shipped
from convviz.samples import DEFAULT_PRESETS, PRESETS
from convviz.ui import frame, stage
from convviz.ui.inside.component import show_inside_card
from convviz.ui.inside.opened import known
from convviz.ui.inside.state import DEFAULT_RUN
from convviz.ui.inside.state import NAME as INSIDE
from convviz.ui.network.component import show_network_card
from convviz.ui.network.edited import DEFAULT
from convviz.ui.pictures import picture
from convviz.ui.receptive_field.component import show_field_card
from convviz.ui.receptive_field.state import NAME, FieldPage
from convviz.ui.training.component import show_lab_card

CARDS: Final = (
    ("convolution", "Convolution", "A kernel slides over the input: stride, padding, dilation, channels."),
    ("pooling", "Pooling", "A window keeps its largest value; unpooling sends values back."),
    ("transposed_convolution", "Transposed convolution", "Every input cell stamps the kernel onto the output; overlaps add."),
    ("receptive_field", "Receptive field", "What a unit sees, layer by layer: holes, phases, what lies outside."),
    ("network", "Network", "A network as a table: shapes, parameters and work, drawn to scale."),
    ("training_lab", "Training lab", "A small CNN learns while you watch: its filters become edges and blobs."),
    (INSIDE, "Inside a CNN", "Where does a trained network look? Slide a patch and see."),
)
_IN_A_ROW: Final = 4


def show_card(name: str, title: str, words: str) -> None:
    """A small live picture, and where it leads."""
    if name in DEFAULT_PRESETS:
        stage.show_stage(picture(PRESETS[DEFAULT_PRESETS[name]].sample), f"card.{name}", stage.Cue(0), compact=True)
    elif name == NAME:
        show_field_card(FieldPage("card").begun("three3x3"), f"card.{name}")
    elif name == "network":
        show_network_card(DEFAULT)
    elif name == INSIDE:
        show_inside_card(known(DEFAULT_RUN))
    else:
        show_lab_card(shipped()[0])
    st.page_link(f"{name}.py", label=f"**{title}**")
    st.markdown(words)


frame.head("convviz", "Convolution arithmetic you can watch: every cell, every number, every size, exact.")
with st.container(key="cards"):
    for first in range(0, len(CARDS), _IN_A_ROW):
        for column, card in zip(st.columns(_IN_A_ROW), CARDS[first : first + _IN_A_ROW], strict=False):
            with column.container(border=True):
                show_card(*card)
with st.container(key="words"):
    st.markdown(
        """
        **Play it:** step, scrub and loop with the keys. **Point at it:** every link lights up, in both directions.
        **Change it:** any size, any number; what PyTorch refuses is explained, with the way out.
        **Take it along:** the link holds everything you see, and the code prints the same in PyTorch.
        """
    )
