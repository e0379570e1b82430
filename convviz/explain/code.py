"""The same computation in PyTorch, ready to paste: it prints the tensor on the screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from convviz.geometry import PaddingMode
from convviz.trace import Trace, Values

_MODES: Final[dict[PaddingMode, str]] = {
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "replicate",
    "circular": "circular",
}
_SHORTENED: Final = 1000
"""Numbers; PyTorch prints a tensor of more with dots in the middle."""
_FUNCTIONS: Final = {1: "conv1d", 2: "conv2d", 3: "conv3d"}


def pytorch_code(trace: Trace) -> str:
    """Code that imports torch only and prints `trace.output` as a float64 tensor of shape (1, C_out, *sizes).

    Padding that is the same on both sides and filled with zeros goes to the layer; any other is padded first, as
    torch.nn.Conv2d does. Raises KeyError for more than three axes, for which torch has no convolution.

    >>> from convviz import convolution
    >>> print(pytorch_code(convolution([[[0, 1, 2], [3, 4, 5]]], [[[[1, -1]]]], stride=2)))
    import torch
    import torch.nn.functional as F
    <BLANKLINE>
    x = torch.tensor([[[[0, 1, 2],
                        [3, 4, 5]]]], dtype=torch.float64)
    weight = torch.tensor([[[[1, -1]]]], dtype=torch.float64)
    print(F.conv2d(x, weight, stride=(2, 2)))
    >>> import numpy as np
    >>> pytorch_code(convolution(np.ones((1, 2, 2, 2, 2)), np.ones((1, 1, 1, 1, 1, 1))))
    Traceback (most recent call last):
    KeyError: 4
    """
    function = _FUNCTIONS[len(trace.axes)]
    lines = [
        "import torch",
        "import torch.nn.functional as F",
        "",
        _tensor("x", trace.input[None]),
        _tensor("weight", trace.weight),
    ]
    options = []
    if trace.flip:
        axes = ", ".join(str(axis) for axis in range(-len(trace.axes), 0))
        lines.append(f"weight = weight.flip({axes})  # true convolution: PyTorch's layer does not flip")
    if trace.bias.any():
        lines.append(_tensor("bias", trace.bias))
        options.append("bias=bias")
    options.append(f"stride={_entries(axis.stride for axis in trace.axes)}")
    sides = [(axis.before, axis.after) for axis in trace.axes]
    if trace.padding_mode == "zeros" and all(before == after for before, after in sides):
        if any(before for before, _ in sides):
            options.append(f"padding={_entries(before for before, _ in sides)}")
    else:
        # F.pad counts from the last axis.
        flat = ", ".join(f"{before}, {after}" for before, after in reversed(sides))
        lines.append(f'x = F.pad(x, ({flat}), mode="{_MODES[trace.padding_mode]}")')
    if any(axis.dilation > 1 for axis in trace.axes):
        options.append(f"dilation={_entries(axis.dilation for axis in trace.axes)}")
    if trace.groups > 1:
        options.append(f"groups={trace.groups}")
    if trace.output.size > _SHORTENED:
        lines.append(f"torch.set_printoptions(threshold={trace.output.size})  # print every number")
    return "\n".join([*lines, f"print(F.{function}(x, weight, {', '.join(options)}))"])


def _entries(numbers: Iterable[int]) -> str:
    """A tuple as Python writes it."""
    return str(tuple(numbers))


def _tensor(name: str, values: Values) -> str:
    opening = f"{name} = torch.tensor("
    numbers = np.array2string(
        values,
        separator=", ",
        prefix=opening,
        max_line_width=10**6,
        threshold=values.size + 1,
        formatter={"float_kind": _number},  # type: ignore[arg-type]  # numpy's stub knows the key by another name
    )
    return f"{opening}{numbers}, dtype=torch.float64)"


def _number(value: np.float64) -> str:
    """Whole numbers without a point, others in as many digits as it takes to read them back."""
    if not np.isfinite(value):
        return f'float("{value}")'
    return str(int(value)) if value == int(value) else repr(float(value))
