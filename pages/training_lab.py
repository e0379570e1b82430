"""One page: a small network, trained while you watch."""

from typing import Final

from convviz.ui.training.page import LabExperiment, lab_page
from convviz.ui.training.state import Place

EXPERIMENTS: Final = (
    LabExperiment("Replay the shapes: when do you see edges?", run="shapes-7x7", place=Place(epoch=0)),
    LabExperiment("Learning rate × 50: what does the loss do?", "digits", ("training.lr=0.2",)),
    LabExperiment("An MLP of as many weights: is it as good?", "digits", ("model=mlp", "model.parameters=16794")),
    LabExperiment("Three filters alone: what is mixed up?", "digits", ("model.channels=[3]",)),
    LabExperiment("LeNet: how long does nothing happen?", "digits28"),
)

lab_page(EXPERIMENTS)
