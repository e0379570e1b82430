"""A layer as torch writes it: its class, and the arguments that are not as they are unasked."""

from __future__ import annotations

import json
from typing import Any, Final

from convviz.network.modules import COMES_IN, REQUIRED, UPSAMPLING_WORDS, Argument, module_of
from convviz.network.table import Row

_LAST: Final = "in_features"
"""Of what comes in, a dense layer takes the last axis; all others take channels."""


def module_code(row: Row) -> str:
    """The module of a layer, with the number of channels that come in written out.

    Raises ValueError for a sum or a concatenation, which are no modules. Source: torch.nn.

    >>> from convviz.network import PRESETS
    >>> table = PRESETS["unet"].table()
    >>> module_code(table.row("down1.conv1"))
    'nn.Conv2d(1, 64, 3, padding=1)'
    >>> module_code(table.row("up1.concat"))
    Traceback (most recent call last):
    ValueError: too many values to unpack (expected 1)
    """
    (shape,) = row.input_shapes
    axes = len(shape) - 1 or None
    module = module_of(row.operation, axes)
    settings = dict(module.settings(row.operation))
    settings |= {name: shape[-1 if name == _LAST else 0] for name in settings.keys() & {*COMES_IN}}
    asked = [argument for argument in module.arguments if argument.name in settings]
    written = (_argument(argument, _value(settings[argument.name], argument, axes)) for argument in asked)
    return f"nn.{module.name}({', '.join(filter(None, written))})"


def _argument(argument: Argument, value: Any) -> str:
    if value == argument.default:
        return ""
    code = json.dumps(value) if isinstance(value, str) else repr(value)
    return code if argument.default is REQUIRED else f"{argument.name}={code}"


def _value(value: Any, argument: Argument, axes: int | None) -> Any:
    """One number where all axes have the same, and torch's own word for the mode."""
    if isinstance(value, tuple) and len(set(value)) == 1:
        return value[0]
    return UPSAMPLING_WORDS[axes or 1] if argument.form == "mode" and value == "linear" else value
