"""The whole numbers a page offers: one table for the controls, the links and the refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MOST_CHANNELS: Final = 64
MOST_CELLS_AN_AXIS: Final = 64
_IN_SPACE: Final = (8, 16, 16)
"""The most cells of an input of three axes: as many as one still sees."""


@dataclass(frozen=True)
class Field:
    """A whole number, or one for each axis: the attribute of a sample, its name in links, its label, its range and its help.

    `in_space` is the most on each of three axes, where that is less.
    """

    attribute: str
    link: str
    label: str
    least: int
    most: int
    help: str
    in_space: tuple[int, ...] = ()

    def most_on(self, axis: int, dimension: int) -> int:
        """The largest value on one of so many axes.

        >>> SIZE_FIELDS["input_size"].most_on(0, 2), SIZE_FIELDS["input_size"].most_on(0, 3)
        (64, 8)
        >>> SIZE_FIELDS["input_size"].most_on(3, 3)
        Traceback (most recent call last):
        IndexError: tuple index out of range
        """
        return self.in_space[axis] if self.in_space and dimension == len(self.in_space) else self.most


SIZE_FIELDS: Final[Mapping[str, Field]] = {
    field.attribute: field
    for field in (
        Field(
            "input_size",
            "size",
            "Input",
            1,
            MOST_CELLS_AN_AXIS,
            "Cells of the blue grid. Random and typed numbers stay where they are when it grows or shrinks.",
            _IN_SPACE,
        ),
        Field("kernel_size", "kernel", "Kernel", 1, 16, "Cells of the orange grid, and so of the window that slides."),
        Field("stride", "stride", "Stride", 1, 16, "Cells the window moves from one output to the next."),
        # "full" and "causal" of the largest kernel at the largest dilation reach 240.
        Field("padding", "padding", "Padding", 0, 240, "Dashed cells around the input."),
        Field("dilation", "dilation", "Dilation", 1, 16, "Distance between two neighbouring cells of the window."),
        Field(
            "output_padding",
            "output_padding",
            "Output padding",
            0,
            15,
            "Cells added behind the output: it chooses among the sizes that a convolution would give the same input size.",
        ),
        Field(
            "output_size",
            "output_size",
            "Output",
            1,
            MOST_CELLS_AN_AXIS,
            "Cells of the green grid: the input is cut into so many windows.",
            _IN_SPACE,
        ),
        Field("block_kernel", "block_kernel", "Block's kernel", 1, 16, "Cells of the kernel that makes the map to be pooled."),
        Field("block_padding", "block_padding", "Block's padding", 0, 15, "Dashed cells around the block's input."),
    )
}
"""Those with one number an axis."""

CHANNEL_FIELDS: Final[Mapping[str, Field]] = {
    field.attribute: field
    for field in (
        Field("in_channels", "channels", "in", 1, MOST_CHANNELS, "Sheets of the input; the window goes through them all."),
        Field("out_channels", "out", "out", 1, MOST_CHANNELS, "Sheets of the output, each made by a filter of its own."),
        Field("groups", "groups", "groups", 1, MOST_CHANNELS, "Each group of outputs reads its own group of inputs only."),
        Field("channels", "channels", "Channels", 1, MOST_CHANNELS, "Sheets of the input; each is pooled by itself."),
        Field("block_channels", "block_channels", "Block's filters", 1, MOST_CHANNELS, "Sheets of the map that is pooled."),
    )
}
"""Those that count channels."""
