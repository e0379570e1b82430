"""The same computation in PyTorch, ready to paste: it prints the tensor on the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, get_args

from convviz.explain._code_pooling import adaptive_code, pooling_code
from convviz.explain._code_unpooling import unpooling_code
from convviz.explain._code_weights import convolution_code, transposed_code
from convviz.explain._snippet import Snippet, tensor
from convviz.geometry import require_one_of
from convviz.trace import Trace

Activation = Literal["relu", "sigmoid", "tanh"]
ACTIVATIONS: Final[tuple[Activation, ...]] = get_args(Activation)
_SHORTENED: Final = 1000
"""Numbers; PyTorch prints a tensor of more with dots in the middle."""
_SNIPPETS: Final[Mapping[str, Callable[[Trace], Snippet]]] = {
    "convolution": convolution_code,
    "pooling": pooling_code,
    "adaptive_pooling": adaptive_code,
    "unpooling": unpooling_code,
    "transposed_convolution": transposed_code,
}


def pytorch_code(trace: Trace) -> str:
    """Code that imports torch only and prints `trace.output` as a float64 tensor of shape (1, C_out, *sizes).

    What torch's own function has is left to it; what it has not, such as padding that differs from side to side or a norm over
    windows that hang over, is written out. Raises KeyError for more than three axes, for which torch has no function.

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
    snippet = _SNIPPETS[trace.operation](trace)
    return _program(trace, trace, [*snippet.tensors, *snippet.lines], snippet.result)


def pytorch_block_code(convolved: Trace, activation: Activation, pooled: Trace) -> str:
    """Code for a convolution, a nonlinearity and a pooling in a row, which prints `pooled.output`.

    The input of `pooled` is taken to be the activation of the output of `convolved`. Raises `GeometryError` for another
    activation, KeyError for more than three axes. Source: lecture S1, "convolutional block".

    >>> from convviz import convolution, pooling
    >>> convolved = convolution([[1, 2, 4, 1]], [[[-1, 1]]])
    >>> print(pytorch_block_code(convolved, "relu", pooling([[1, 2, 0]], 2, stride=1)))
    import torch
    import torch.nn.functional as F
    <BLANKLINE>
    x = torch.tensor([[[1, 2, 4, 1]]], dtype=torch.float64)
    weight = torch.tensor([[[-1, 1]]], dtype=torch.float64)
    x = F.conv1d(x, weight, stride=(1,))
    x = torch.relu(x)
    print(F.max_pool1d(x, (2,), stride=(1,)))
    >>> pytorch_block_code(convolved, "step", pooling([[1, 2, 0]], 2))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: activation "step" is not one of relu, sigmoid, tanh
    """
    require_one_of("activation", activation, ACTIVATIONS)
    first, last = (_SNIPPETS[trace.operation](trace) for trace in (convolved, pooled))
    lines = [*first.tensors, *first.lines, f"x = {first.result}", f"x = torch.{activation}(x)", *last.tensors, *last.lines]
    return _program(convolved, pooled, lines, last.result)


def _program(first: Trace, last: Trace, lines: list[str], result: str) -> str:
    """What reads the input of `first` and prints the output of `last`."""
    body = [tensor("x", first.input[None]), *lines]
    if last.output.size > _SHORTENED:
        body.append(f"torch.set_printoptions(threshold={last.output.size})  # print every number")
    body.append(f"print({result})")
    functional = ["import torch.nn.functional as F"] if any("F." in line for line in body) else []
    return "\n".join(["import torch", *functional, "", *body])
