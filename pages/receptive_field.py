"""One page: what a unit sees, layer by layer, down to the cells it really reads."""

from typing import Final

from convviz.ui.receptive_field.page import FieldExperiment, field_page

EXPERIMENTS: Final = (
    FieldExperiment("Two 2×2 layers: how many of the nine inputs does the unit see?", "two2x2", {"paint": "paths"}),
    FieldExperiment("Kernel 3, dilation 2: where is the middle of the first field?", "dilated_start", {"row": "conv1"}),
    FieldExperiment("Transposed, kernel 3, stride 2: what do neighbours see?", "phases", {"row": "up"}),
    FieldExperiment("A cross beside its hull: how many of 49 cells are read?", "cross", {"paint": "paths"}),
    FieldExperiment("Which units change with one cell of the input?", "vgg16", {"follow": "up", "row": "input"}),
)

field_page(EXPERIMENTS)
