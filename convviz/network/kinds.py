"""The kinds of layer as people choose and set them: their names, their settings, and how each is typed and read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from convviz.geometry import PADDING_MODES
from convviz.network.layers import (
    ACTIVATIONS,
    UPSAMPLING_MODES,
    Activation,
    AdaptivePooling,
    Add,
    BatchNorm,
    Concat,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Operation,
    Pooling,
    TransposedConvolution,
    Upsampling,
)
from convviz.operations import POOLING_KINDS

LARGEST_NUMBER: Final = 1_000_000
"""That a setting may have."""

Form = Literal[
    "whole", "perhaps whole", "sizes", "perhaps sizes", "padding", "flag", "choice", "number", "perhaps number", "options"
]


@dataclass(frozen=True)
class Setting:
    """One setting of a kind of layer: PyTorch's name, the word above its field, how it is typed, what it can be.

    >>> Setting("kernel_size", "kernel", "sizes").read("5x3"), Setting("kernel_size", "kernel", "sizes").write((5, 3))
    ((5, 3), '5×3')
    >>> Setting("groups", "groups", "whole").read("two")
    Traceback (most recent call last):
    ValueError: groups: "two" is no whole number from 0 to 1,000,000
    """

    name: str
    label: str
    form: Form
    options: tuple[str, ...] = ()

    def read(self, text: str) -> Any:
        """What was typed. Raises `ValueError` with a sentence for what makes no sense."""
        try:
            return _READ[self.form](str(text).strip(), self.options)
        except ValueError as error:
            raise ValueError(f'{self.name}: "{str(text).strip()[:40]}" {error}') from None

    def write(self, value: Any) -> str:
        """The value as it is typed."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if self.form == "options":
            return " ".join(f"{name}={option}" for name, option in value)
        return "×".join(map(str, value)) if isinstance(value, tuple) else str(value)


@dataclass(frozen=True)
class Kind:
    """A kind of layer: its name, its title, a first example of it, and its settings."""

    name: str
    title: str
    example: Operation
    settings: tuple[Setting, ...] = ()

    def setting(self, name: str) -> Setting:
        """A setting by its name. Raises KeyError for one that this kind does not have."""
        return {setting.name: setting for setting in self.settings}[name]


def kind_of(operation: Operation) -> Kind:
    """The kind that a layer is of. Raises KeyError for what is no operation.

    >>> kind_of(Flatten()).title
    'Flatten'
    >>> kind_of("flatten")
    Traceback (most recent call last):
    KeyError: <class 'str'>
    """
    return {type(kind.example): kind for kind in KINDS.values()}[type(operation)]


def with_setting(operation: Operation, name: str, text: str) -> Operation:
    """The operation with a setting as it was typed. Raises `ValueError` for what makes no sense, KeyError for no setting.

    >>> with_setting(Convolution(6, 5), "padding", "same")
    Convolution(out_channels=6, kernel_size=5, stride=1, padding='same', dilation=1, groups=1, bias=True, \
padding_mode='zeros', in_channels=None)
    >>> with_setting(Convolution(6, 5), "padding", "some")
    Traceback (most recent call last):
    ValueError: padding: "some" is no whole number from 0 to 1,000,000, nor one an axis like 3×5, nor valid or same
    """
    value = kind_of(operation).setting(name).read(text)
    also = _TOGETHER.get((type(operation), name), ()) if value is not None else ()
    changes: dict[str, Any] = {name: value, **dict.fromkeys(also)}
    if isinstance(operation, Activation) and name == "function":
        changes["options"] = ()  # another function knows other ones
    return replace(operation, **changes)


_TOGETHER: Final[Mapping[tuple[type, str], tuple[str, ...]]] = {
    (Upsampling, "scale_factor"): ("size",),
    (Upsampling, "size"): ("scale_factor",),
}
"""Settings of which only one can be given."""


def _whole(text: str, _: tuple[str, ...] = ()) -> int:
    if not re.fullmatch(r"\d{1,7}", text, re.ASCII) or int(text) > LARGEST_NUMBER:
        raise ValueError(f"is no whole number from 0 to {LARGEST_NUMBER:,}")
    return int(text)


def _sizes(text: str, _: tuple[str, ...] = ()) -> int | tuple[int, ...]:
    try:
        numbers = tuple(_whole(part) for part in re.split(r"\s*[x×,]\s*", text)[:4])
    except ValueError as error:
        raise ValueError(f"{error}, nor one an axis like 3×5") from None
    return numbers[0] if len(numbers) == 1 else numbers


def _padding(text: str, names: tuple[str, ...]) -> Any:
    if text in names:
        return text
    try:
        return _sizes(text)
    except ValueError as error:
        raise ValueError(f"{error}, nor {' or '.join(names)}") from None


def _perhaps(read: Callable[[str, tuple[str, ...]], Any]) -> Callable[[str, tuple[str, ...]], Any]:
    return lambda text, options: read(text, options) if text else None


def _flag(text: str, _: tuple[str, ...]) -> bool:
    if text not in {"yes", "no"}:
        raise ValueError("is neither yes nor no")
    return text == "yes"


def _choice(text: str, options: tuple[str, ...]) -> str:
    if text not in options:
        raise ValueError(f"is none of {', '.join(options)}")
    return text


def _number(text: str, _: tuple[str, ...] = ()) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) <= LARGEST_NUMBER:
        raise ValueError("is no number")
    return value


def _options(text: str, _: tuple[str, ...]) -> tuple[tuple[str, Any], ...]:
    found = []
    for word in text.split():
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            raise ValueError("is no list like negative_slope=0.2")
        found.append((name, _literal(value)))
    return tuple(found)


def _literal(text: str) -> int | float | bool | str:
    if text in {"True", "False"}:
        return text == "True"
    if re.fullmatch(r"-?\d{1,7}", text, re.ASCII):
        return int(text)
    try:
        return _number(text)
    except ValueError:
        return text


_READ: Final[Mapping[Form, Callable[[str, tuple[str, ...]], Any]]] = {
    "whole": _whole,
    "perhaps whole": _perhaps(_whole),
    "sizes": _sizes,
    "perhaps sizes": _perhaps(_sizes),
    "padding": _padding,
    "flag": _flag,
    "choice": _choice,
    "number": _number,
    "perhaps number": _perhaps(_number),
    "options": _options,
}

_OUT: Final = Setting("out_channels", "out", "whole")
_KERNEL: Final = Setting("kernel_size", "kernel", "sizes")
_STRIDE: Final = Setting("stride", "stride", "sizes")
_DILATION: Final = Setting("dilation", "dilation", "sizes")
_GROUPS: Final = Setting("groups", "groups", "whole")
_BIAS: Final = Setting("bias", "bias", "flag")
_IN: Final = Setting("in_channels", "in", "perhaps whole")

_ALL: Final = (
    Kind(
        "convolution",
        "Convolution",
        Convolution(16, 3, padding=1),
        (
            _OUT,
            _KERNEL,
            _STRIDE,
            Setting("padding", "pad", "padding", ("valid", "same")),
            _DILATION,
            _GROUPS,
            _BIAS,
            Setting("padding_mode", "filled with", "choice", PADDING_MODES),
            _IN,
        ),
    ),
    Kind(
        "pooling",
        "Pooling",
        Pooling(2),
        (
            _KERNEL,
            Setting("stride", "stride", "perhaps sizes"),
            Setting("padding", "pad", "sizes"),
            Setting("kind", "kind", "choice", POOLING_KINDS),
            _DILATION,
            Setting("ceil_mode", "ceil mode", "flag"),
            Setting("count_include_pad", "count padding", "flag"),
            Setting("norm_type", "p", "number"),
        ),
    ),
    Kind(
        "activation",
        "Activation",
        Activation(),
        (
            Setting("function", "function", "choice", ACTIVATIONS),
            Setting("options", "options", "options"),
        ),
    ),
    Kind(
        "dense",
        "Dense",
        Dense(10),
        (
            Setting("out_features", "out", "whole"),
            _BIAS,
            Setting("in_features", "in", "perhaps whole"),
        ),
    ),
    Kind("flatten", "Flatten", Flatten()),
    Kind(
        "batch_norm",
        "Batch norm",
        BatchNorm(),
        (
            Setting("affine", "affine", "flag"),
            Setting("track_running_stats", "running statistics", "flag"),
            Setting("eps", "eps", "number"),
            Setting("momentum", "momentum", "perhaps number"),
            Setting("num_features", "in", "perhaps whole"),
        ),
    ),
    Kind("dropout", "Dropout", Dropout(), (Setting("p", "p", "number"),)),
    Kind(
        "adaptive_pooling",
        "Adaptive pooling",
        AdaptivePooling(1),
        (
            Setting("output_size", "out", "sizes"),
            Setting("kind", "kind", "choice", ("average", "max")),
        ),
    ),
    Kind(
        "transposed_convolution",
        "Transposed convolution",
        TransposedConvolution(16, 2, 2),
        (
            _OUT,
            _KERNEL,
            _STRIDE,
            Setting("padding", "pad", "sizes"),
            Setting("output_padding", "output padding", "sizes"),
            _DILATION,
            _GROUPS,
            _BIAS,
            _IN,
        ),
    ),
    Kind(
        "upsampling",
        "Upsampling",
        Upsampling(2),
        (
            Setting("scale_factor", "times", "perhaps sizes"),
            Setting("size", "size", "perhaps sizes"),
            Setting("mode", "mode", "choice", UPSAMPLING_MODES),
            Setting("align_corners", "align corners", "flag"),
        ),
    ),
    Kind("add", "Add (skip)", Add()),
    Kind("concat", "Concat", Concat(), (Setting("crop", "crop", "flag"),)),
)

KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in _ALL}
"""By name, the most used first."""
