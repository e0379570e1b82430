"""What no example may go beyond: groups that divide the channels, and as much work as a page can do while one waits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from convviz.geometry import GeometryError

MOST_PRODUCTS: Final = 200_000_000
"""Products of a value and a weight that an example may take: about a second."""
MOST_CELLS: Final = 500_000
"""Cells that any one grid of an example may have."""
PARAMETER_WORDS: Final[Mapping[str, str]] = {
    "input_size": "input",
    "kernel_size": "kernel",
    "in_channels": "input channels",
    "out_channels": "output channels",
    "block_kernel": "the block's kernel",
    "block_padding": "the block's padding",
    "block_channels": "the block's filters",
    "norm_type": "p",
}
"""What people call a parameter, where that is not its name."""


def require_groups(sample: Any) -> None:
    """The groups of a sample must divide its channels; a sample without groups passes.

    >>> from convviz.samples import Sample
    >>> require_groups(Sample((3, 3), (2, 2), in_channels=4, out_channels=2, groups=2))
    >>> require_groups(Sample((3, 3), (2, 2), in_channels=4, out_channels=6, groups=3))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: groups 3 must divide the 4 input and the 6 output channels: lower groups to 2
    """
    groups = getattr(sample, "groups", 1)
    if groups == 1:
        return
    common = math.gcd(sample.in_channels, sample.out_channels)
    if common % groups:
        limit = max(number for number in range(1, groups) if common % number == 0)
        raise GeometryError(
            f"groups {groups} must divide the {sample.in_channels} input and the {sample.out_channels} output channels: "
            f"lower groups to {limit}",
            parameter="groups",
            value=groups,
            limit=limit,
            remedy={"groups": limit},
        )


def require_little_work(sample: Any) -> None:
    """A sample must not be too much work; the way out lowers what helps by itself, no further than needed.

    >>> from convviz.samples import Sample
    >>> require_little_work(Sample((64, 64), (3, 3), in_channels=64, out_channels=64))
    >>> require_little_work(Sample((64, 64), (5, 5), in_channels=64, out_channels=64))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: 368,640,000 products are too many, at most 200,000,000 are worked out: lower output \
channels to 34
    """
    excess = _excess(sample)
    if not excess:
        return
    remedy = _way_out(sample)
    parameter, limit = next(iter(remedy.items()))
    ways = " and ".join(f"{parameter_words(name)} to {value_words(value)}" for name, value in remedy.items())
    raise GeometryError(
        f"{excess}: lower {ways}",
        parameter=parameter,
        value=getattr(sample, parameter),
        limit=limit,
        remedy=remedy,
    )


def parameter_words(name: str) -> str:
    """A parameter in a sentence.

    >>> parameter_words("out_channels"), parameter_words("output_padding")
    ('output channels', 'output padding')
    >>> parameter_words(5)
    Traceback (most recent call last):
    AttributeError: 'int' object has no attribute 'replace'
    """
    return PARAMETER_WORDS.get(name, name.replace("_", " "))


def value_words(value: Any) -> str:
    """A value in a sentence: sizes like 3 × 5, and the larger side of each axis's padding.

    >>> value_words((3, 5)), value_words(((1, 2), (0, 0))), value_words("zeros")
    ('3 × 5', '2 × 0', 'zeros')
    >>> value_words(((), ()))
    Traceback (most recent call last):
    ValueError: max() arg is an empty sequence
    """
    if not isinstance(value, tuple):
        return str(value)
    return " × ".join(str(entry if isinstance(entry, int) else max(entry)) for entry in value)


def _excess(sample: Any) -> str:
    """What of an example is too much, or "" where nothing is. What does not fit at all is for its operation to refuse."""
    for grid in sample.drawn:
        try:
            cells = sample.shape(grid).cells
        except GeometryError:
            continue
        if cells > MOST_CELLS:
            return f"{grid} would have {cells:,} cells, at most {MOST_CELLS:,} are drawn"
    try:
        products = sample.products
    except GeometryError:
        return ""
    return f"{products:,} products are too many, at most {MOST_PRODUCTS:,} are worked out" if products > MOST_PRODUCTS else ""


def _way_out(sample: Any) -> dict[str, Any]:
    """The first parameter that helps by itself, lowered no further than needed, or several of them at their least."""
    for parameter in sample.lowered:
        for value in _lower(sample, parameter):
            if not _excess(sample.changed(**{parameter: value})):
                return {parameter: value}
    remedy: dict[str, Any] = {}
    for parameter in sample.lowered:
        for value in _lower(sample, parameter):
            remedy[parameter] = value
            if not _excess(sample.changed(**remedy)):
                return remedy
    return remedy


def _lower(sample: Any, parameter: str) -> Iterator[Any]:
    """The values below the one that a parameter has, from the largest down."""
    value = getattr(sample, parameter)
    if parameter == "padding":
        sides = sample.sides
        for most in range(max(map(max, sides)) - 1, -1, -1):
            yield tuple((min(before, most), min(after, most)) for before, after in sides)
    elif isinstance(value, tuple):
        for most in range(max(value) - 1, 0, -1):
            yield tuple(min(size, most) for size in value)
    else:
        step = getattr(sample, "groups", 1)
        yield from range((value - 1) // step * step, 0, -step)
