"""A row of a network's table in words: its label, its formulas with the numbers in them, and where a network's numbers sit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Final

from convviz.explain._formula import Tokens
from convviz.explain._words import AXIS_NAMES
from convviz.geometry import Axis, TransposedAxis
from convviz.network import (
    BYTES,
    Activation,
    AdaptivePooling,
    Add,
    BatchNorm,
    Concat,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    LayerTable,
    Pooling,
    Row,
    TransposedConvolution,
    Upsampling,
    shape_words,
)
from convviz.receptive_field import AnyAxis

Part = tuple[str, Tokens]
"""A quantity's name, and its formula."""

_LITTLE: Final = 0.02
"""A part of the whole that is not worth a sentence."""
_LOWERED: Final = {"Sigmoid", "Tanh", "Softmax", "Softplus", "Softsign", "Identity"}
_FUNCTIONS: Final = {"LocalResponseNorm": "local response norm", "LogSoftmax": "log softmax"}


def layer_label(row: Row) -> str:
    """What stands beside a layer's name; empty where the name says all. Raises AttributeError for what is no row.

    >>> from convviz.network import PRESETS
    >>> lenet = PRESETS["lenet5"].table()
    >>> layer_label(lenet.row("conv1")), layer_label(lenet.row("pool1")), layer_label(lenet.row("dense1"))
    ('5×5, pad 2', '2×2 average', '')
    >>> layer_label("conv1")
    Traceback (most recent call last):
    AttributeError: 'str' object has no attribute 'operation'
    """
    words = _LABELS.get(type(row.operation))
    return words(row) if words else ""


def layer_formulas(row: Row) -> tuple[Part, ...]:
    """Size, parameters, multiply–accumulates and receptive field of a layer, with its numbers in them.

    Sizes and fields in cells. Raises AttributeError for what is no row. Source: torch.nn, "Shape" of each class.

    >>> from convviz.network import PRESETS
    >>> row = PRESETS["lenet5"].table().row("conv2")
    >>> [f"{name} {''.join(words for _, words in tokens)}" for name, tokens in layer_formulas(row)]
    ['size ⌊(14 + 2·0 − 5) / 1⌋ + 1 = 10', 'parameters 16·(6·5·5 + 1) = 2,416', 'MACs 16·10·10·6·5·5 = 240,000', \
'field 6 + (5 − 1)·2 = 14']
    >>> layer_formulas("conv2")
    Traceback (most recent call last):
    AttributeError: 'str' object has no attribute 'effect'
    """
    sizes = _sizes(row) if row.effect.axes else ()
    return (*sizes, *_FORMULAS.get(type(row.operation), _nothing)(row), *_field(row))


def share_words(table: LayerTable) -> str:
    """Which layer or group of layers holds most of the parameters, and which makes most of the multiply–accumulates.

    Nothing where all are alike and have little. Raises AttributeError for what is no table.

    >>> from convviz.network import PRESETS
    >>> share_words(PRESETS["lenet5"].table())
    '78 % of the parameters sit in dense1 · 58 % of the MACs in conv2'
    >>> share_words("lenet5")
    Traceback (most recent call last):
    AttributeError: 'str' object has no attribute 'parameters'
    """
    parameters, macs = _most(table, table.parameters, "parameters"), _most(table, table.macs, "macs")
    told = [f"{parameters[0]} of the parameters sit in {parameters[1]}"] if parameters else []
    return " · ".join(told + ([f"{macs[0]} of the MACs in {macs[1]}"] if macs else []))


def _most(table: LayerTable, whole: int, count: str) -> tuple[str, str] | None:
    """The largest part that a layer or an outermost group has of a whole, and its name."""
    parts: Counter[str] = Counter()
    for row in table:
        parts[row.name.partition(".")[0]] += getattr(row, count)
    for name, part in parts.most_common(1):
        if part >= _LITTLE * whole > 0:
            return _percent(part, whole), name
    return None


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"


# --- Labels --------------------------------------------------------------------------------------------------------------


def _window(row: Row, *more: str) -> str:
    """The window of a convolution or pooling, and what is unusual about it."""
    axes: Sequence[Any] = row.effect.axes
    kernel = tuple(axis.kernel_size for axis in axes)
    usual = {"stride": kernel if isinstance(row.operation, Pooling) else (1,) * len(axes), "dilation": (1,) * len(axes)}
    words = [shape_words(kernel)]
    for name, numbers in (
        ("stride", tuple(axis.stride for axis in axes)),
        ("pad", tuple(axis.before if axis.before == axis.after else f"{axis.before}+{axis.after}" for axis in axes)),
        ("dilation", tuple(axis.dilation for axis in axes)),
    ):
        if numbers != usual.get(name, (0,) * len(axes)):
            words.append(f"{name} {'×'.join(map(str, numbers if len(set(numbers)) > 1 else numbers[:1]))}")
    return ", ".join([*words, *filter(None, more)])


def _pooled(row: Row) -> str:
    operation: Any = row.operation
    window, comma, rest = _window(row).partition(",")
    return f"{window}{'' if operation.kind == 'max' else f' {operation.kind}'}{comma}{rest}"


def _grouped(row: Row) -> str:
    operation: Any = row.operation
    return _window(row, f"{operation.groups} groups" if operation.groups > 1 else "")


def _function(row: Row) -> str:
    name = str(getattr(row.operation, "function", ""))
    return _FUNCTIONS.get(name, name.lower() if name in _LOWERED else name)


_LABELS: Final[Mapping[type, Callable[[Row], str]]] = {
    Convolution: _grouped,
    TransposedConvolution: _grouped,
    Pooling: _pooled,
    AdaptivePooling: lambda row: f"{getattr(row.operation, 'kind', '')} to {shape_words(row.output_shape[1:])}",
    Upsampling: lambda row: f"to {shape_words(row.output_shape[1:])}",
    Activation: _function,
    BatchNorm: lambda _: "norm",
    Dropout: lambda row: f"dropout {getattr(row.operation, 'p', '')}",
}

# --- Sizes ---------------------------------------------------------------------------------------------------------------


def _sizes(row: Row) -> tuple[Part, ...]:
    axes = row.effect.axes
    if len(set(axes)) == 1:
        return (("size", _size(axes[0])),)
    return tuple((name, _size(axis)) for name, axis in zip(AXIS_NAMES[len(axes)], axes, strict=True))


def _size(axis: AnyAxis) -> Tokens:
    worked_out = _SIZES.get(type(axis), _given)(axis)
    return (*worked_out, ("plain", " = "), ("output", str(axis.output_size))) if worked_out else ()


def _slid(axis: Any) -> Tokens:
    opening, closing = "⌈⌉" if axis.ceil_mode else "⌊⌋"
    padding = f"2·{axis.before}" if axis.before == axis.after else f"{axis.before} + {axis.after}"
    return (
        ("plain", f"{opening}("),
        ("input", str(axis.input_size)),
        ("plain", f" + {padding} − "),
        *_span(axis),
        ("plain", f") / {axis.stride}{closing} + 1{' − 1' if axis.drops_last else ''}"),
    )


def _span(axis: Any) -> Tokens:
    """Cells from a window's first tap to its last."""
    if axis.dilation == 1:
        return (("kernel", str(axis.kernel_size)),)
    return (("plain", f"{axis.dilation}·("), ("kernel", str(axis.kernel_size)), ("plain", " − 1) − 1"))


def _stamped(axis: Any) -> Tokens:
    cut = f"2·{axis.before}" if axis.before == axis.after else f"{axis.before} − {axis.after}"
    dilated = f"{axis.dilation}·" if axis.dilation > 1 else ""
    more = f" + {axis.output_padding}" if axis.output_padding else ""
    return (
        ("plain", "("),
        ("input", str(axis.input_size)),
        ("plain", f" − 1)·{axis.stride} − {cut} + {dilated}("),
        ("kernel", str(axis.kernel_size)),
        ("plain", f" − 1){more} + 1"),
    )


def _given(axis: AnyAxis) -> Tokens:
    """A size that is asked for, rather than worked out."""
    return (("input", str(axis.input_size)), ("plain", " cells to "), ("output", str(axis.output_size)))


_SIZES: Final[Mapping[type, Callable[[Any], Tokens]]] = {Axis: _slid, TransposedAxis: _stamped}

# --- Parameters and multiply–accumulates ---------------------------------------------------------------------------------


def _product(*factors: tuple[str, Sequence[int]]) -> list[tuple[str, str]]:
    """Numbers with a dot between any two, each in the colour of its role."""
    tokens: list[tuple[str, str]] = []
    for role, numbers in factors:
        for number in numbers:
            tokens += [("plain", "·")] if tokens else []
            tokens.append((role, str(number)))
    return tokens


def _equals(tokens: Sequence[tuple[str, str]], value: int, role: str = "result") -> Tokens:
    return (*tokens, ("plain", " = "), (role, f"{value:,}"))


def _with_bias(out: int, seen: list[tuple[str, str]], row: Row) -> Part:
    if not row.biases:
        return "parameters", _equals([("output", str(out)), ("plain", "·"), *seen], row.parameters, "kernel")
    tokens = [("output", str(out)), ("plain", "·("), *seen, ("plain", " + 1)")]
    return "parameters", _equals(tokens, row.parameters, "kernel")


def _seen(row: Row) -> tuple[int, tuple[int, ...]]:
    """Input channels that one output channel sees, and the kernel's sizes."""
    operation, axes = row.operation, row.effect.axes
    groups = getattr(operation, "groups", 1)
    return row.input_shapes[0][0] // groups, tuple(getattr(axis, "kernel_size", 1) for axis in axes)


def _convolved(row: Row) -> tuple[Part, ...]:
    out, *sizes = row.output_shape
    channels, kernel = _seen(row)
    seen = _product(("input", [channels]), ("kernel", kernel))
    return _with_bias(out, seen, row), (
        "MACs",
        _equals(_product(("output", [out, *sizes]), ("input", [channels]), ("kernel", kernel)), row.macs),
    )


def _transposed(row: Row) -> tuple[Part, ...]:
    """Its weights are used at every input position."""
    channels, *sizes = row.input_shapes[0]
    seen, kernel = _seen(row)
    out, groups = row.output_shape[0], getattr(row.operation, "groups", 1)
    macs = _product(("input", [channels, *sizes]), ("output", [out // groups]), ("kernel", kernel))
    return _with_bias(out, _product(("input", [seen]), ("kernel", kernel)), row), ("MACs", _equals(macs, row.macs))


def _dense(row: Row) -> tuple[Part, ...]:
    *rows, seen = row.input_shapes[0]
    out = row.output_shape[-1]
    macs = _product(("input", rows), ("output", [out]), ("input", [seen]))
    return _with_bias(out, _product(("input", [seen])), row), ("MACs", _equals(macs, row.macs))


def _normed(row: Row) -> tuple[Part, ...]:
    channels = row.output_shape[0]
    learned = ("parameters", _equals(_product(("plain", [2]), ("output", [channels])), row.parameters, "kernel"))
    kept = ("buffers", _equals([*_product(("plain", [2]), ("output", [channels])), ("plain", " + 1")], row.buffers))
    return tuple(part for part, count in ((learned, row.parameters), (kept, row.buffers)) if count)


def _flat(row: Row) -> tuple[Part, ...]:
    return (("size", _equals(_product(("input", row.input_shapes[0])), prod(row.output_shape))),)


def _added(row: Row) -> tuple[Part, ...]:
    tokens = _joined_by(" + ", [shape_words(shape) for shape in row.input_shapes])
    return (("shapes", (*tokens, ("plain", " → "), ("output", shape_words(row.output_shape)))), *_costs(row))


def _joined_channels(row: Row) -> tuple[Part, ...]:
    tokens = _joined_by(" + ", [str(shape[0]) for shape in row.input_shapes])
    cut = [shape_words(shape[1:]) for shape in row.input_shapes if shape[1:] != row.output_shape[1:]]
    cropped: tuple[Part, ...] = (("cropped", (("input", cut[0]), ("plain", " to "), _output(row))),) if cut else ()
    return (("channels", _equals(tokens, row.output_shape[0])), *cropped, *_costs(row))


def _costs(row: Row) -> tuple[Part, ...]:
    """Joining learns and multiplies nothing, but what comes by the longest way round has to be kept until then."""
    kept = BYTES * max(map(prod, row.input_shapes))
    return ("parameters", _none()), ("MACs", _none()), ("kept meanwhile", (("result", f"{kept:,} bytes"),))


def _output(row: Row) -> tuple[str, str]:
    return "output", shape_words(row.output_shape[1:])


def _joined_by(sign: str, words: Sequence[str]) -> list[tuple[str, str]]:
    return [token for word in words for token in (("plain", sign), ("input", word))][1:]


def _none() -> Tokens:
    return (("result", "0"),)


def _nothing(_: Row) -> tuple[Part, ...]:
    return (("parameters", _none()),)


_FORMULAS: Final[Mapping[type, Callable[[Row], tuple[Part, ...]]]] = {
    Convolution: _convolved,
    TransposedConvolution: _transposed,
    Dense: _dense,
    BatchNorm: _normed,
    Flatten: _flat,
    Add: _added,
    Concat: _joined_channels,
}

# --- Receptive field -----------------------------------------------------------------------------------------------------


def _field(row: Row) -> tuple[Part, ...]:
    """How a window widens the field, along the last axis; where units differ in what they see, only the widest."""
    if row.reaches == "all" or not row.reaches:
        return (("field", (("input", "all"),)),)
    reach, axes = row.reaches[-1], row.effect.axes
    size = ("input", str(reach.size))
    if not axes or not isinstance(axis := axes[-1], Axis) or len(reach.spans) > 1 or not reach.shift:
        return (("field", (size,)),)
    jump = reach.shift // axis.stride
    before = reach.size - (axis.span - 1) * jump
    dilated = f"{axis.dilation}·(" if axis.dilation > 1 else "("
    taps: Tokens = (("plain", f" + {dilated}"), ("kernel", str(axis.kernel_size)), ("plain", f" − 1)·{jump} = "))
    return (("field", (("input", str(before)), *taps, size)),)
