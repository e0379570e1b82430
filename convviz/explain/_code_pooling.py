"""Pooling in PyTorch: by its own function where that gives the number on the screen, else written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from convviz.explain._snippet import Snippet, call, entries, padded, sliced, unless
from convviz.geometry import Axis
from convviz.trace import Trace


def pooling_code(trace: Trace) -> Snippet:
    """Padding that differs from side to side is laid on first; torch's lp_pool is used where it gives the true norm.

    It does not for windows that hang over, for an odd norm_type on negative numbers, and it has no padding. Raises KeyError
    for more than three axes. Source: torch.nn.MaxPool2d, AvgPool2d, LPPool2d.

    >>> from convviz import pooling
    >>> pooling_code(pooling([[3, 4, 1]], 2, kind="lp")).result
    'F.lp_pool1d(x, 2, 2, stride=(2,))'
    >>> pooling_code(pooling([[3, 4, 1]], 2, kind="lp", ceil_mode=True)).result
    'sums(x.abs() ** 2) ** (1 / 2)'
    >>> pooling_code(pooling([[[[[1]]]]], 1))
    Traceback (most recent call last):
    KeyError: 4
    """
    return _KINDS[trace.reduction](trace)


def adaptive_code(trace: Trace) -> Snippet:
    """By torch's own function. Raises KeyError for more than three axes. Source: torch.nn.AdaptiveAvgPool2d.

    >>> from convviz import adaptive_pooling
    >>> adaptive_code(adaptive_pooling([[1, 2, 3]], 2)).result
    'F.adaptive_avg_pool1d(x, (2,))'
    >>> adaptive_code(adaptive_pooling([[[[[1]]]]], 1))
    Traceback (most recent call last):
    KeyError: 4
    """
    name = "adaptive_max_pool" if trace.reduction == "max" else "adaptive_avg_pool"
    return Snippet(call(name, trace, "x", entries(axis.output_size for axis in trace.axes)))


def _maximum(trace: Trace) -> Snippet:
    axes = _axes(trace)
    dilation = unless(1, [axis.dilation for axis in axes])
    if _even(axes):
        padding = unless(0, [axis.before for axis in axes])
        return Snippet(_pooled("max_pool", trace, padding=padding, dilation=dilation))
    laid_on = padded("x", _sides(axes), ', value=float("-inf")')
    return Snippet(_pooled("max_pool", trace, dilation=dilation) + _without_extra(axes), (f"x = {laid_on}",))


def _average(trace: Trace) -> Snippet:
    axes = _axes(trace)
    if _even(axes):
        padding = unless(0, [axis.before for axis in axes])
        count = "False" if padding and not trace.count_include_pad else ""
        return Snippet(_pooled("avg_pool", trace, padding=padding, count_include_pad=count))
    if trace.count_include_pad:
        return Snippet(_pooled("avg_pool", trace) + _without_extra(axes), (f"x = {padded('x', _sides(axes))}",))
    return Snippet("sums(x) / sums(torch.ones_like(x))", _sums(axes))


def _norm(trace: Trace) -> Snippet:
    axes, power = _axes(trace), f"{trace.norm_type:g}" if trace.norm_type.is_integer() else repr(trace.norm_type)
    positive = trace.norm_type % 2 == 0 or bool((trace.input >= 0).all())
    if positive and np.isfinite(trace.input).all() and all(axis.extent == (0, axis.input_size) for axis in axes):
        return Snippet(_pooled("lp_pool", trace, power))
    return Snippet(f"sums(x.abs() ** {power}) ** (1 / {power})", _sums(axes))


_KINDS: Final[Mapping[str, Callable[[Trace], Snippet]]] = {"max": _maximum, "average": _average, "lp": _norm}


def _axes(trace: Trace) -> list[Axis]:
    return [axis for axis in trace.axes if isinstance(axis, Axis)]


def _sides(axes: list[Axis]) -> list[tuple[int, int]]:
    return [(axis.before, axis.after) for axis in axes]


def _even(axes: list[Axis]) -> bool:
    return all(axis.before == axis.after for axis in axes)


def _pooled(name: str, trace: Trace, *first: str, **options: str) -> str:
    axes = _axes(trace)
    sizes, strides = entries(axis.kernel_size for axis in axes), entries(axis.stride for axis in axes)
    if name == "lp_pool" and len(axes) == 1:
        sizes = str(axes[0].kernel_size)  # lp_pool1d refuses a tuple
    ceiling = "True" if any(axis.ceil_mode for axis in axes) else ""
    return call(name, trace, "x", *first, sizes, stride=strides, **options, ceil_mode=ceiling)


def _without_extra(axes: list[Axis]) -> str:
    """Cuts off windows that ceil_mode adds once the padding counts as input: they start beyond the input itself."""
    laid_on = [Axis(axis.padded_size, axis.kernel_size, axis.stride, 0, 0, axis.dilation, axis.ceil_mode) for axis in axes]
    extra = any(more.output_size > axis.output_size for more, axis in zip(laid_on, axes, strict=True))
    return sliced(f":{axis.output_size}" for axis in axes) if extra else ""


def _sums(axes: list[Axis]) -> tuple[str, ...]:
    """A function of its own: the sum of each window, with nothing beyond the input."""
    around = [(-axis.extent[0], axis.extent[1] - axis.input_size) for axis in axes]
    values = padded("values", around) if np.any(around) else "values"
    windows = "".join(f".unfold({index}, {axis.kernel_size}, {axis.stride})" for index, axis in enumerate(axes, 2))
    return (
        "",
        "def sums(values):",
        "    # of each window; beyond the input stands 0",
        f"    return {values}{windows}.sum({entries(range(-len(axes), 0))})",
        "",
    )
