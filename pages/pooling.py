"""One page: a pooling, what it keeps and what it forgets."""

from typing import Final

from convviz.ui.frame import Experiment, sliding_page

HALVING: Final = {
    "view": "alone",
    "windows": "sliding",
    "kernel_size": 2,
    "stride": 2,
    "padding": 0,
    "dilation": 1,
}
EXPERIMENTS: Final = (
    Experiment("Switch to floor: which input cells does no window read?", {**HALVING, "ceil_mode": False}),
    Experiment("Average instead: by what is the last window divided?", {**HALVING, "kind": "average", "ceil_mode": True}),
    Experiment(
        "Window 3, stride 1: which cell wins most often?",
        {**HALVING, "kind": "max", "kernel_size": 3, "stride": 1, "ceil_mode": False},
    ),
)

sliding_page("pooling", "Pooling", EXPERIMENTS)
