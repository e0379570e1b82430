"""What every operation asks of its arguments: numbers that do not change, one entry an axis, shapes that fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from convviz.geometry import GeometryError, NamedPadding, named_padding, whole_number
from convviz.trace import Values

PerAxis = int | Sequence[int]
Padding = int | NamedPadding | Sequence[int | Sequence[int]]

A = TypeVar("A")


def frozen(values: ArrayLike) -> Values:
    """A copy that nobody can change: what a trace says of its steps stays true."""
    copy = np.asarray(values, dtype=np.float64).copy()
    copy.setflags(write=False)
    return copy


def per_axis(name: str, value: Any, dimension: int) -> tuple[Any, ...]:
    """One entry an axis; a single number stands for all."""
    value = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(value, Sequence):
        return (value,) * dimension
    if len(value) != dimension:
        raise GeometryError(
            f"{name} has {len(value)} entries for {dimension} axes: write one number, or one an axis",
            parameter=name,
            value=value,
            limit=dimension,
        )
    return tuple(value)


def sides(padding: Padding, index: int, dimension: int, kernel_size: int, stride: int, dilation: int) -> tuple[int, int]:
    """(before, after) of one axis."""
    if isinstance(padding, str):
        return named_padding(padding, kernel_size, stride, dilation)
    padding = padding.tolist() if isinstance(padding, np.ndarray) else padding
    entries = padding if isinstance(padding, Sequence) else [padding] * dimension
    if len(entries) != dimension:
        raise GeometryError(
            f"padding has {len(entries)} entries for {dimension} axes: write one number, one entry an axis, or a name",
            parameter="padding",
            value=padding,
            limit=dimension,
        )
    entry = entries[index]
    if not isinstance(entry, Sequence):
        return (whole_number("padding", entry, 0),) * 2
    if isinstance(entry, str) or len(entry) != 2:
        raise GeometryError(
            f"padding has the entry {entry}: an axis takes a number, or a pair (before, after)",
            parameter="padding",
            value=entry,
            limit=2,
        )
    before, after = entry
    return before, after


def require_input(inputs: Values, dimension: int, slides: str) -> None:
    """The input is (channels, *sizes), with as many sizes as the operation has axes."""
    if inputs.ndim != dimension + 1:
        way = "write x[None] for a single channel" if inputs.ndim <= dimension else "write x[0] for one picture of a batch"
        raise GeometryError(
            f"x has shape {inputs.shape} and {slides} along {dimension} axes: x must be (channels, {dimension} sizes); {way}",
            parameter="x",
            value=inputs.shape,
            limit=dimension + 1,
        )
    if not len(inputs):
        raise GeometryError(
            f"x has shape {inputs.shape}: it needs at least one channel in front",
            parameter="x",
            value=inputs.shape,
            limit=1,
        )


def require_weight(weights: Values, layout: str) -> None:
    """The weight has channels and at least one axis."""
    if weights.ndim < 3 or 0 in weights.shape[:2]:
        raise GeometryError(
            f"weight has shape {weights.shape}: it must be ({layout}, kernel size of each axis), none of them 0",
            parameter="weight",
            value=weights.shape,
            limit=3,
        )


def biases(bias: ArrayLike | None, channels: int) -> Values:
    """One number for each output channel."""
    if bias is None:
        return np.zeros(channels)
    numbers = frozen(bias)
    if numbers.shape != (channels,):
        raise GeometryError(
            f"bias has shape {numbers.shape}: one number for each of the {channels} output channels",
            parameter="bias",
            value=numbers.shape,
            limit=(channels,),
        )
    return numbers
