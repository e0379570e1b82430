"""A size or a whole trace into sentences, formulas and code."""

from convviz.explain.code import pytorch_code
from convviz.explain.labels import grid_labels
from convviz.explain.size import AXIS_NAMES, SizeFormula, size_formula, size_formulas

__all__ = ["AXIS_NAMES", "SizeFormula", "grid_labels", "pytorch_code", "size_formula", "size_formulas"]
