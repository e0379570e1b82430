"""The sizes of what runs backwards: transposed convolution and unpooling."""

from __future__ import annotations

from typing import Final, cast

from convviz.explain._formula import SizeFormula, Tokens
from convviz.explain._words import listed, named, times
from convviz.geometry import RememberedAxis, TransposedAxis
from convviz.trace import Trace

TRANSPOSED_LATEX: Final = (
    r"\text{output} = (\text{input} - 1)\cdot\text{stride} - \text{before} - \text{after}"
    r" + \text{dilation}\cdot(\text{kernel} - 1) + \text{output\_padding} + 1"
)
SPREAD_LATEX: Final = r"\text{output} = \text{input}\cdot\text{factor}"
REMEMBERED_LATEX: Final = (
    r"\text{output} = (\text{input} - 1)\cdot\text{stride} - 2\cdot\text{padding} + \text{kernel} \quad \text{or as given}"
)
_FEW: Final = 4
"""So many sizes are listed one by one."""


def transposed(trace: Trace, index: int, names: tuple[str, ...]) -> SizeFormula:  # noqa: ARG001 - a formula like the others
    """The formula of axis `index`, a `TransposedAxis`; its words say which sizes the convolution would have brought here.

    output_size = (input_size - 1) * stride - before - after + dilation * (kernel_size - 1) + output_padding + 1, sizes in
    cells. Raises IndexError for an axis that is not there. Source: Dumoulin and Visin 2016, relation 14.

    >>> from convviz import transposed_convolution
    >>> trace = transposed_convolution([[1, 2, 3]], [[[1, 1, 1]]], stride=2, padding=1, output_padding=1)
    >>> formula = transposed(trace, 0, ("length",))
    >>> "".join(words for _, words in formula.tokens), formula.words
    ('output = (3 − 1)·2 − 2·1 + 1·(3 − 1) + 1 + 1 = 6', 'outputs of 5 and 6 both convolve to 3: output_padding 1 picks 6')
    >>> transposed(trace, 1, ("length",))
    Traceback (most recent call last):
    IndexError: tuple index out of range
    """
    axis = cast("TransposedAxis", trace.axes[index])
    cut = f"2·{axis.before}" if axis.before == axis.after else f"{axis.before} − {axis.after}"
    tokens: Tokens = (
        ("plain", "output = ("),
        ("input", str(axis.input_size)),
        ("plain", f" − 1)·{axis.stride} − {cut} + {axis.dilation}·("),
        ("kernel", str(axis.kernel_size)),
        ("plain", f" − 1) + {axis.output_padding} + 1 = "),
        ("output", str(axis.output_size)),
    )
    return SizeFormula("", tokens, _latex(tokens), "", _shared(axis))


def spread(trace: Trace, index: int, names: tuple[str, ...]) -> SizeFormula:
    """The formula of axis `index` of an unpooling by a factor: output_size = input_size * factor, in cells.

    Raises KeyError for an axis name without a unit. Source: torch.nn.Upsample; lecture S3, figure 10.

    >>> from convviz import unpooling
    >>> spread(unpooling([[1, 2]], 3, kind="bed_of_nails"), 0, ("length",)).words
    'each value stands in the first of 3 cells, the rest is 0'
    >>> spread(unpooling([[1, 2]], 3, kind="nearest"), 0, ("time",))
    Traceback (most recent call last):
    KeyError: 'time'
    """
    axis = cast("TransposedAxis", trace.axes[index])
    factor = axis.stride
    tokens: Tokens = (
        ("plain", "output = "),
        ("input", str(axis.input_size)),
        ("plain", f"·{factor} = "),
        ("output", str(axis.output_size)),
    )
    block = f"{times([factor] * len(names))} cells" if len(names) > 1 else f"{factor} {named(factor, names)}"
    filled = axis.kernel_size == factor
    words = f"each value fills {block}" if filled else f"each value stands in the first of {block}, the rest is 0"
    return SizeFormula("", tokens, _latex(tokens), "", words if factor > 1 else "factor 1: nothing changes")


def remembered(trace: Trace, index: int, names: tuple[str, ...]) -> SizeFormula:  # noqa: ARG001 - a formula like the others
    """The size of axis `index`, a `RememberedAxis`: it is given. Raises IndexError for an axis that is not there.

    >>> from convviz import unpooling
    >>> remembered(unpooling([[1, 2]], [[0, 3]]), 0, ("length",)).words
    'as given: a remembered position counts the cells of this map'
    >>> remembered(unpooling([[1, 2]], [[0, 3]]), 1, ("length",))
    Traceback (most recent call last):
    IndexError: tuple index out of range
    """
    axis = cast("RememberedAxis", trace.axes[index])
    tokens: Tokens = (("plain", "output = "), ("output", str(axis.output_size)))
    order = {1: "", 2: ", row by row", 3: ", slice by slice, row by row"}[len(trace.axes)]
    return SizeFormula("", tokens, _latex(tokens), "", f"as given: a remembered position counts the cells of this map{order}")


def _latex(tokens: Tokens) -> str:
    plain = "".join(words for _, words in tokens).removeprefix("output = ")
    return plain.replace("·", r"\cdot ").replace("−", "-")


def _shared(axis: TransposedAxis) -> str:
    """Which output sizes the convolution that this axis transposes brings to the same input size."""
    size, extra = axis.input_size, axis.output_padding
    if extra >= axis.stride:
        back = axis.adjoint.output_size
        return f"output_padding {extra} reaches stride {axis.stride}: this output convolves to {back}, not back to {size}"
    least = max(1, axis.output_size - extra)
    sizes = range(least, axis.output_size - extra + axis.stride)
    if len(sizes) == 1:
        stride = "stride 1: " if axis.stride == 1 else ""
        return f"{stride}only an output of {least} convolves back to {size}"
    which = listed(sizes) if len(sizes) <= _FEW else f"{least} to {sizes[-1]}"
    both = "both" if len(sizes) == 2 else "all"
    return f"outputs of {which} {both} convolve to {size}: output_padding {extra} picks {axis.output_size}"
