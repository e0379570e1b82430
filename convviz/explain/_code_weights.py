"""Convolution and transposed convolution in PyTorch."""

from __future__ import annotations

from typing import Any, Final

from convviz.explain._snippet import Snippet, call, entries, padded, sliced, tensor, unless
from convviz.geometry import Axis, PaddingMode, TransposedAxis
from convviz.trace import Trace

_MODES: Final[dict[PaddingMode, str]] = {
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "replicate",
    "circular": "circular",
}


def convolution_code(trace: Trace) -> Snippet:
    """Padding that is the same on both sides and filled with zeros goes to the layer; any other is padded first.

    Raises KeyError for more than three axes. Source: torch.nn.Conv2d, which pads first as well.

    >>> from convviz import convolution
    >>> convolution_code(convolution([[1, 2]], [[[1, 1]]], padding=((1, 0),))).lines
    ('x = F.pad(x, (1, 0), mode="constant")',)
    >>> convolution_code(convolution([[[[[1]]]]], [[[[[[1]]]]]]))
    Traceback (most recent call last):
    KeyError: 4
    """
    axes = [axis for axis in trace.axes if isinstance(axis, Axis)]
    sides = [(axis.before, axis.after) for axis in axes]
    by_layer = trace.padding_mode == "zeros" and all(before == after for before, after in sides)
    lines = [_flipped(len(axes))] if trace.flip else []
    if not by_layer:
        mode = f', mode="{_MODES[trace.padding_mode]}"'
        lines.append(f"x = {padded('x', sides, mode)}")
    result = call(
        "conv",
        trace,
        "x",
        "weight",
        bias="bias" if trace.bias.any() else "",
        stride=entries(axis.stride for axis in axes),
        padding=unless(0, [axis.before for axis in axes]) if by_layer else "",
        dilation=unless(1, [axis.dilation for axis in axes]),
        groups=_groups(trace),
    )
    return Snippet(result, tuple(lines), _weights(trace))


def transposed_code(trace: Trace) -> Snippet:
    """Padding that is the same on both sides goes to the layer; any other is cut off its uncut output.

    Raises KeyError for more than three axes. Source: torch.nn.ConvTranspose2d.

    >>> from convviz import transposed_convolution
    >>> transposed_code(transposed_convolution([[1, 2]], [[[1, 1]]], padding=((1, 0),))).result
    'F.conv_transpose1d(x, weight, stride=(1,))[..., 1:3]'
    >>> transposed_code(transposed_convolution([[[[[1]]]]], [[[[[[1]]]]]]))
    Traceback (most recent call last):
    KeyError: 4
    """
    axes = [axis for axis in trace.axes if isinstance(axis, TransposedAxis)]
    by_layer = all(axis.before == axis.after for axis in axes)
    result = call(
        "conv_transpose",
        trace,
        "x",
        "weight",
        bias="bias" if trace.bias.any() else "",
        stride=entries(axis.stride for axis in axes),
        padding=unless(0, [axis.before for axis in axes]) if by_layer else "",
        output_padding=unless(0, [axis.output_padding for axis in axes]),
        groups=_groups(trace),
        dilation=unless(1, [axis.dilation for axis in axes]),
    )
    cut = "" if by_layer else sliced(f"{axis.before}:{axis.before + axis.output_size}" for axis in axes)
    return Snippet(result + cut, (), _weights(trace))


def _weights(trace: Trace) -> tuple[str, ...]:
    weight: Any = trace.weight
    return (tensor("weight", weight), *([tensor("bias", trace.bias)] if trace.bias.any() else []))


def _flipped(dimension: int) -> str:
    axes = ", ".join(str(axis) for axis in range(-dimension, 0))
    return f"weight = weight.flip({axes})  # true convolution: PyTorch's layer does not flip"


def _groups(trace: Trace) -> str:
    return str(trace.groups) if trace.groups > 1 else ""
