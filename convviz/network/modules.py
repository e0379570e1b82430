"""torch's classes and our operations: one table for both directions, code that comes in and code that goes out.

Arguments stand in torch's order with torch's names and defaults. Source: torch.nn, version 2.13.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from convviz.geometry import PADDING_MODES
from convviz.network.layers import (
    ACTIVATIONS,
    Activation,
    AdaptivePooling,
    BatchNorm,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Operation,
    Pooling,
    TransposedConvolution,
    Upsampling,
)

Form = Literal[
    "whole", "perhaps whole", "sizes", "perhaps sizes", "padding", "factor", "number", "perhaps number",
    "flag", "perhaps flag", "word", "mode", "unread flag", "unread", "fixed",
]  # fmt: skip
"""What an argument can be; "unread" changes nothing here, "fixed" may only be what it is unasked."""
REQUIRED: Final[Any] = ...
"""The default of an argument without one."""
COMES_IN: Final = ("in_channels", "in_features", "num_features")
"""Arguments that say how many numbers come in."""
UPSAMPLING_WORDS: Final[Mapping[int, str]] = {1: "linear", 2: "bilinear", 3: "trilinear"}
"""torch's words for our one linear mode, by the number of axes."""


@dataclass(frozen=True)
class Argument:
    """One argument of a class: its name, what it can be, its default as our operations have it."""

    name: str
    form: Form
    default: Any = REQUIRED
    words: tuple[str, ...] = ()
    by_name_only: bool = False

    @property
    def is_setting(self) -> bool:
        """Whether it is a setting of our operation, and not torch's own affair."""
        return self.form not in {"unread flag", "unread", "fixed"}


@dataclass(frozen=True)
class Module:
    """A class of torch.nn: the operation it is, its arguments, the number of axes it slides over, and settings it implies."""

    name: str
    operation: type
    arguments: tuple[Argument, ...] = ()
    dimension: int | None = None
    implied: tuple[tuple[str, Any], ...] = ()

    @property
    def takes_rows(self) -> bool:
        """Whether it works on numbers in a row as well, though its name says one axis."""
        return self.dimension == 1 and self.operation in {BatchNorm, Dropout}

    def make(self, values: Mapping[str, Any]) -> Operation:
        """The operation, from the settings that are given.

        >>> MODULES["AvgPool2d"].make({"kernel_size": 2}).kind
        'average'
        >>> MODULES["LeakyReLU"].make({"negative_slope": 0.2})
        Activation(function='LeakyReLU', options=(('negative_slope', 0.2),))
        >>> MODULES["Linear"].make({})
        Traceback (most recent call last):
        TypeError: Dense.__init__() missing 1 required positional argument: 'out_features'
        """
        defaults = {argument.name: argument.default for argument in self.arguments}
        if self.operation is Activation:
            return Activation(self.name, tuple((name, value) for name, value in values.items() if value != defaults[name]))
        unasked = {name: defaults[name] for name in defaults.keys() & _UNLIKE_OURS}
        operation: Operation = self.operation(**{**unasked, **dict(self.implied), **values})
        return operation

    def settings(self, operation: Operation) -> Mapping[str, Any]:
        """What each argument would have to be for this operation.

        >>> MODULES["Softplus"].settings(Activation("Softplus", (("beta", 2),)))
        {'beta': 2, 'threshold': 20.0}
        >>> MODULES["Linear"].settings(Flatten())
        Traceback (most recent call last):
        AttributeError: 'Flatten' object has no attribute 'in_features'
        """
        settings = [argument for argument in self.arguments if argument.is_setting]
        if isinstance(operation, Activation):
            given = dict(operation.options)
            return {argument.name: given.get(argument.name, argument.default) for argument in settings}
        return {argument.name: getattr(operation, argument.name) for argument in settings}


_UNLIKE_OURS: Final = {"scale_factor"}
"""Arguments whose default is not that of our operation: torch's Upsample wants to be told."""


def module_of(operation: Operation, dimension: int | None) -> Module:
    """The class that is written for an operation over so many axes; None for numbers in a row.

    Raises KeyError for what torch has no class for.

    >>> module_of(Pooling(2, kind="lp"), 1).name, module_of(Activation("Tanh"), None).name, module_of(BatchNorm(), None).name
    ('LPPool1d', 'Tanh', 'BatchNorm1d')
    >>> module_of(Convolution(6, 5), 4)
    Traceback (most recent call last):
    KeyError: 'Conv4d'
    """
    stem = _STEMS[type(operation), getattr(operation, _WHICH.get(type(operation), ""), None)]
    return MODULES[stem if stem in MODULES else f"{stem}{dimension or 1}d"]


_DEVICE: Final = (Argument("device", "unread", None), Argument("dtype", "unread", None))
_INPLACE: Final = (Argument("inplace", "unread flag", default=False),)
_INDICES: Final = Argument("return_indices", "fixed", default=False)
_KERNEL: Final = Argument("kernel_size", "sizes")
_STRIDE: Final = Argument("stride", "sizes", 1)
_OWN_STRIDE: Final = Argument("stride", "perhaps sizes", None)
_PADDING: Final = Argument("padding", "sizes", 0)
_DILATION: Final = Argument("dilation", "sizes", 1)
_GROUPS: Final = Argument("groups", "whole", 1)
_BIAS: Final = Argument("bias", "flag", default=True)
_CEILING: Final = Argument("ceil_mode", "flag", default=False)
_COUNTED: Final = Argument("count_include_pad", "flag", default=True)
_DIVISOR: Final = Argument("divisor_override", "fixed", None)
_RATIO: Final = Argument("p", "number", 0.5)
_SIZE: Final = Argument("size", "perhaps sizes", None)
_FACTOR: Final = Argument("scale_factor", "factor", None)
_TIMES: Final = (Argument("out_channels", "whole"), _KERNEL, _STRIDE)
_NORM: Final = (
    Argument("eps", "number", 1e-5),
    Argument("momentum", "perhaps number", 0.1),
    Argument("affine", "flag", default=True),
    Argument("track_running_stats", "flag", default=True),
    *_DEVICE,
    Argument("bias", "fixed", default=True, by_name_only=True),
)
_CONVOLUTION: Final = (
    *_TIMES,
    Argument("padding", "padding", 0),
    _DILATION,
    _GROUPS,
    _BIAS,
    Argument("padding_mode", "word", "zeros", PADDING_MODES),
    *_DEVICE,
)
_TRANSPOSED: Final = (
    *_TIMES,
    _PADDING,
    Argument("output_padding", "sizes", 0),
    _GROUPS,
    _BIAS,
    _DILATION,
    Argument("padding_mode", "fixed", "zeros"),
    *_DEVICE,
)
_LINEAR: Final = (Argument("out_features", "whole"), _BIAS, *_DEVICE)
_UPSAMPLE: Final = (
    _SIZE,
    _FACTOR,
    Argument("mode", "mode", "nearest"),
    Argument("align_corners", "perhaps flag", default=False),
    Argument("recompute_scale_factor", "fixed", None),
)
_SOFTMAX: Final = (Argument("dim", "perhaps whole", None),)
_ACTIVATIONS: Final[Mapping[str, tuple[Argument, ...]]] = {
    "LeakyReLU": (Argument("negative_slope", "number", 0.01), *_INPLACE),
    "ELU": (Argument("alpha", "number", 1.0), *_INPLACE),
    "CELU": (Argument("alpha", "number", 1.0), *_INPLACE),
    "GELU": (Argument("approximate", "word", "none", ("none", "tanh")),),
    "Softplus": (Argument("beta", "number", 1.0), Argument("threshold", "number", 20.0)),
    "Hardtanh": (Argument("min_val", "number", -1.0), Argument("max_val", "number", 1.0), *_INPLACE),
    "Softmax": _SOFTMAX,
    "LogSoftmax": _SOFTMAX,
    "LocalResponseNorm": (
        Argument("size", "whole"),
        Argument("alpha", "number", 1e-4),
        Argument("beta", "number", 0.75),
        Argument("k", "number", 1.0),
    ),
    **dict.fromkeys(("ReLU", "SiLU", "ReLU6", "SELU", "Mish", "Hardswish", "Hardsigmoid"), _INPLACE),
}
"""Arguments of the functions that take any."""


def _modules() -> Iterator[Module]:
    came_in, features = Argument("in_channels", "whole"), Argument("num_features", "whole")
    for count in (1, 2, 3):
        divisor = (_DIVISOR,) if count > 1 else ()
        yield Module(f"Conv{count}d", Convolution, (came_in, *_CONVOLUTION), count)
        yield Module(f"LazyConv{count}d", Convolution, _CONVOLUTION, count)
        yield Module(f"ConvTranspose{count}d", TransposedConvolution, (came_in, *_TRANSPOSED), count)
        yield Module(f"LazyConvTranspose{count}d", TransposedConvolution, _TRANSPOSED, count)
        yield _pool(f"MaxPool{count}d", (_KERNEL, _OWN_STRIDE, _PADDING, _DILATION, _INDICES, _CEILING), count, "max")
        yield _pool(f"AvgPool{count}d", (_KERNEL, _OWN_STRIDE, _PADDING, _CEILING, _COUNTED, *divisor), count, "average")
        # torch multiplies by LPPool1d's kernel_size: it has to be a number.
        kernel = _KERNEL if count > 1 else Argument("kernel_size", "whole")
        yield _pool(f"LPPool{count}d", (Argument("norm_type", "number"), kernel, _OWN_STRIDE, _CEILING), count, "lp")
        yield _adaptive(f"AdaptiveAvgPool{count}d", (), count, "average")
        yield _adaptive(f"AdaptiveMaxPool{count}d", (_INDICES,), count, "max")
        yield Module(f"BatchNorm{count}d", BatchNorm, (features, *_NORM), count)
        yield Module(f"LazyBatchNorm{count}d", BatchNorm, _NORM, count)
        # torch's Dropout2d and Dropout3d take other inputs too, and say so in a warning.
        yield Module(f"Dropout{count}d", Dropout, (_RATIO, *_INPLACE), count if count == 1 else None)
    yield Module("Linear", Dense, (Argument("in_features", "whole"), *_LINEAR))
    yield Module("LazyLinear", Dense, _LINEAR)
    yield Module("Flatten", Flatten, (Argument("start_dim", "fixed", 1), Argument("end_dim", "fixed", -1)))
    yield Module("Dropout", Dropout, (_RATIO, *_INPLACE))
    yield Module("Upsample", Upsampling, _UPSAMPLE)
    yield Module("UpsamplingNearest2d", Upsampling, (_SIZE, _FACTOR), 2)
    yield Module("UpsamplingBilinear2d", Upsampling, (_SIZE, _FACTOR), 2, (("mode", "linear"), ("align_corners", True)))
    yield from (Module(name, Activation, _ACTIVATIONS.get(name, ())) for name in ACTIVATIONS)


def _pool(name: str, arguments: tuple[Argument, ...], dimension: int, kind: str) -> Module:
    return Module(name, Pooling, arguments, dimension, (("kind", kind),))


def _adaptive(name: str, more: tuple[Argument, ...], dimension: int, kind: str) -> Module:
    return Module(name, AdaptivePooling, (Argument("output_size", "sizes"), *more), dimension, (("kind", kind),))


MODULES: Final[Mapping[str, Module]] = {module.name: module for module in _modules()}
"""By the name of the class."""
_WHICH: Final[Mapping[type, str]] = {Pooling: "kind", AdaptivePooling: "kind", Activation: "function"}
"""The setting that decides on the class."""
_STEMS: Final[Mapping[tuple[type, str | None], str]] = {
    (Convolution, None): "Conv",
    (TransposedConvolution, None): "ConvTranspose",
    (Pooling, "max"): "MaxPool",
    (Pooling, "average"): "AvgPool",
    (Pooling, "lp"): "LPPool",
    (AdaptivePooling, "average"): "AdaptiveAvgPool",
    (AdaptivePooling, "max"): "AdaptiveMaxPool",
    (BatchNorm, None): "BatchNorm",
    (Dropout, None): "Dropout",
    (Dense, None): "Linear",
    (Flatten, None): "Flatten",
    (Upsampling, None): "Upsample",
    **{(Activation, name): name for name in ACTIVATIONS},
}
"""The class that is written, without its number of axes."""
