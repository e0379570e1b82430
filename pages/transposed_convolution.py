"""One page: a transposed convolution, stamp by stamp."""

from typing import Final

from convviz.ui.frame import Experiment, sliding_page

EXPERIMENTS: Final = (
    Experiment("Set stride to 2: which cells are written twice?", {"view": "stamp", "stride": 2}),
    Experiment("Insert zeros: how many products of a step are with 0?", {"view": "zeros", "stride": 2}),
    Experiment("Output padding 1: what lands in the new row?", {"view": "stamp", "stride": 2, "output_padding": 1}),
)

sliding_page("transposed_convolution", "Transposed convolution", EXPERIMENTS)
