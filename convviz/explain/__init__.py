"""A size, a step or a whole trace into sentences, formulas and code."""

from convviz.explain._formula import SizeFormula, Tokens
from convviz.explain._words import AXIS_NAMES
from convviz.explain.checkerboard import checkerboard_words, written_counts
from convviz.explain.code import ACTIVATIONS, Activation, pytorch_block_code, pytorch_code
from convviz.explain.cost import Cost, cost_words, costs, dense_words
from convviz.explain.equations import equations
from convviz.explain.fields import field_formulas, jump_of, shown_number, start_and_centre
from convviz.explain.labels import grid_labels
from convviz.explain.layers import layer_formulas, layer_label, share_words
from convviz.explain.network_code import code_lines, pytorch_network_code, sequential_code
from convviz.explain.size import general_latex, size_formulas

__all__ = [
    "ACTIVATIONS",
    "AXIS_NAMES",
    "Activation",
    "Cost",
    "SizeFormula",
    "Tokens",
    "checkerboard_words",
    "code_lines",
    "cost_words",
    "costs",
    "dense_words",
    "equations",
    "field_formulas",
    "general_latex",
    "grid_labels",
    "jump_of",
    "layer_formulas",
    "layer_label",
    "pytorch_block_code",
    "pytorch_code",
    "pytorch_network_code",
    "sequential_code",
    "share_words",
    "shown_number",
    "size_formulas",
    "start_and_centre",
    "written_counts",
]
