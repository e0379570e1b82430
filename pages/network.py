"""One page: a network as a table, and drawn to scale."""

from typing import Final

from convviz.ui.network.page import NetworkExperiment, network_page

EXPERIMENTS: Final = (
    NetworkExperiment("Where are AlexNet's parameters, and where its work?", "alexnet", {"row": "dense1"}),
    NetworkExperiment("What does a skip connection cost?", "resnet18", {"row": "layer1.0.add"}),
    NetworkExperiment(
        "Stride in the 1×1 or in the 3×3: what does it do to the field?", "resnet50_v1", {"row": "layer2.0.conv1"}
    ),
    NetworkExperiment("Seven 5×5 layers: what is left of 32 cells?", "seven5x5", {"row": "conv7"}),
)

network_page(EXPERIMENTS)
