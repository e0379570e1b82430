"""The parameters a page offers: one table for the controls, the links and the refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from convviz.samples import LARGEST_SIZE


@dataclass(frozen=True)
class Field:
    """A whole number for each axis: the attribute of `Sample`, its name in links, its label, its range and its help."""

    attribute: str
    link: str
    label: str
    least: int
    most: int
    help: str


SIZE_FIELDS: Final = {
    field.attribute: field
    for field in (
        Field(
            "input_size",
            "size",
            "Input height × width",
            1,
            LARGEST_SIZE,
            "Cells of the blue grid. Random and typed numbers stay where they are when it grows or shrinks.",
        ),
        Field("kernel_size", "kernel", "Kernel", 1, 16, "Cells of the orange grid, and so of the window that slides."),
        Field("stride", "stride", "Stride", 1, 16, "Cells the window moves from one output to the next."),
        # "full" and "causal" of the largest kernel at the largest dilation reach 240.
        Field("padding", "padding", "Padding", 0, 240, "Dashed cells around the input."),
        Field("dilation", "dilation", "Dilation", 1, 16, "Distance between two neighbouring cells of the window."),
    )
}
