"""One page: a small network, trained while you watch."""

from typing import Final

from convviz.ui.training.page import LabExperiment, lab_page
from convviz.ui.training.state import Place

EXPERIMENTS: Final = (
    LabExperiment("Replay the colour shapes: from which epoch on do you see edges?", run="shapes-7x7", place=Place(epoch=0)),
    LabExperiment("A learning rate 50 times as large: what does the loss do?", "digits", ("training.lr=0.2",)),
    LabExperiment("An MLP of as many weights: how far does it come?", "digits", ("model=mlp", "model.parameters=16794")),
    LabExperiment("One block of three filters: which digits are taken for which?", "digits", ("model.channels=[3]",)),
    LabExperiment("LeNet with sigmoids: how long does nothing happen?", "digits28"),
)

lab_page(EXPERIMENTS)
