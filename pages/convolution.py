"""One page: a convolution, step by step."""

from typing import Final

from convviz.ui.frame import Experiment, sliding_page

EXPERIMENTS: Final = (
    Experiment(
        "Kernel 2, stride 3: which input cells are never read?",
        {"input_size": 8, "kernel_size": 2, "stride": 3, "padding": "valid", "dilation": 1},
    ),
    Experiment("Turn the kernel round: when does nothing change?", {"flip": True}),
    Experiment("Dilate by 2: which cells does a window read now?", {"dilation": 2, "stride": 1, "padding": "same"}),
)

sliding_page("convolution", "Convolution", EXPERIMENTS)
