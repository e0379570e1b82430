"""What a layer costs, beside cheaper ones of the same channels: weights to learn, multiplications to make."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from convviz.explain._words import times
from convviz.geometry import TransposedAxis
from convviz.trace import Trace


@dataclass(frozen=True)
class Cost:
    """`parameters`: the weights of a layer; `macs`: its multiplications, each with an addition. Biases count for neither."""

    name: str
    parameters: int
    macs: int


def costs(trace: Trace) -> tuple[Cost, ...]:
    """Weights and multiply-adds of the layer as a dense one, in its groups if any, and split into depthwise and 1×1.

    dense: C_out * C_in * taps weights, each used once at every output position, taps on padding included; of a transposed
    convolution once at every *input* position. grouped: a groups-th of both. depthwise-separable: C_in * taps as in dense, one
    filter a channel, then C_out * C_in at every output position. Empty for a single channel in and out, and for what has no
    weights. Raises AttributeError for what is no trace. Source: torch.utils.flop_counter counts twice these MACs; Howard et
    al. 2017 (MobileNets), section 3.1.

    >>> import numpy as np
    >>> from convviz import transposed_convolution
    >>> x, weight = np.ones((64, 16, 16)), np.ones((64, 32, 4, 4))
    >>> costs(transposed_convolution(x, weight, stride=2, padding=1))[0]
    Cost(name='dense', parameters=32768, macs=8388608)
    >>> costs([[1, 2]])
    Traceback (most recent call last):
    AttributeError: 'list' object has no attribute 'weight'
    """
    channels_in, channels_out = _channels(trace)
    if trace.weight is None or channels_in * channels_out == 1:
        return ()
    taps, stops, outputs = prod(trace.weight.shape[2:]), _stops(trace), _outputs(trace)
    dense = channels_out * channels_in * taps
    depthwise, pointwise = channels_in * taps, channels_out * channels_in
    grouped = (Cost(_grouped(trace), dense // trace.groups, dense // trace.groups * stops),) if trace.groups > 1 else ()
    separable = Cost("depthwise-separable", depthwise + pointwise, depthwise * stops + pointwise * outputs)
    return (Cost("dense", dense, dense * stops), *grouped, separable)


def cost_words(trace: Trace) -> str:
    """One line for the screen; empty where there is nothing to compare. Raises AttributeError for what is no trace.

    >>> from convviz import convolution
    >>> cost_words(convolution([[1, 2, 3], [4, 5, 6]], [[[1, 1]], [[2, 1]]], groups=2))
    'dense: 8 weights and 16 MACs · depthwise, 2 groups: 4 and 8 · depthwise-separable: 8 and 16'
    >>> cost_words([[1, 2]])
    Traceback (most recent call last):
    AttributeError: 'list' object has no attribute 'weight'
    """
    weights, macs = " weights", " MACs"
    told = []
    for cost in costs(trace):
        told.append(f"{cost.name}: {cost.parameters:,}{weights} and {cost.macs:,}{macs}")
        weights = macs = ""  # the first says what is counted
    return " · ".join(told)


def dense_words(trace: Trace) -> str:
    """What a convolution with a kernel of size 1 on all axes is; empty for any other. Raises AttributeError for no trace.

    Source: lecture S4, "1×1 convolutional layer".

    >>> import numpy as np
    >>> from convviz import convolution
    >>> dense_words(convolution(np.ones((2, 3, 3)), np.ones((3, 2, 1, 1))))
    '1×1: one dense layer of 2 → 3 numbers at each of the 9 pixels'
    >>> dense_words([[1, 2]])
    Traceback (most recent call last):
    AttributeError: 'list' object has no attribute 'weight'
    """
    if trace.weight is None or trace.operation != "convolution" or prod(trace.weight.shape[2:]) > 1:
        return ""
    kernel = times(trace.weight.shape[2:]).replace(" ", "")
    widths = [channels // trace.groups for channels in _channels(trace)]
    numbers = f"{widths[0]} → {widths[1]} {'number' if widths == [1, 1] else 'numbers'}"
    layers = f"one dense layer of {numbers}" if trace.groups == 1 else f"{trace.groups} dense layers, {numbers} each,"
    return f"{kernel}: {layers} at {_everywhere(_outputs(trace), len(trace.axes))}"


def _channels(trace: Trace) -> tuple[int, int]:
    if trace.weight is None:
        return 1, 1
    return len(trace.input), len(trace.bias)


def _outputs(trace: Trace) -> int:
    return prod(axis.output_size for axis in trace.axes)


def _stops(trace: Trace) -> int:
    """Places at which the whole kernel is used: outputs, or inputs where each of them stamps it."""
    return prod(axis.input_size if isinstance(axis, TransposedAxis) else axis.output_size for axis in trace.axes)


def _grouped(trace: Trace) -> str:
    return f"depthwise, {trace.groups} groups" if trace.groups == len(trace.input) else f"{trace.groups} groups"


def _everywhere(places: int, dimension: int) -> str:
    unit = "pixel" if dimension == 2 else "position"
    return f"each of the {places:,} {unit}s" if places > 1 else f"the one {unit}"
