"""What stands between the brackets of a class: which argument it is, and whether it can be that."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from math import inf
from typing import Any, Final

from convviz.network._paste_scan import shortened
from convviz.network.kinds import LARGEST_NUMBER
from convviz.network.layers import UPSAMPLING_MODES
from convviz.network.modules import REQUIRED, UPSAMPLING_WORDS, Argument, Module
from convviz.network.paste_error import PasteError

_REFUSED: Final[Any] = object()
"""What a check answers to a value that an argument cannot have."""


def bound(module: Module, call: ast.Call) -> dict[str, ast.expr]:
    """What is given for which argument. Raises `PasteError` for arguments that torch's class does not have, or lacks.

    >>> from convviz.network.modules import MODULES
    >>> call = ast.parse("Conv2d(3, 6, kernel_size=5)").body[0].value
    >>> {name: node.value for name, node in bound(MODULES["Conv2d"], call).items()}
    {'in_channels': 3, 'out_channels': 6, 'kernel_size': 5}
    >>> bound(MODULES["ReLU"], call)
    Traceback (most recent call last):
    convviz.network.paste_error.PasteError: line 1: nn.ReLU takes 1 argument, and 2 are given: inplace
    """
    places = [argument.name for argument in module.arguments if not argument.by_name_only]
    if len(call.args) > len(places):
        raise PasteError(
            f"nn.{module.name} takes {_counted(len(places))}, and {len(call.args)} are given"
            f"{': ' if places else ': leave them out'}{', '.join(places)}",
            call.lineno,
        )
    given: dict[str, ast.expr] = dict(zip(places, call.args, strict=False))
    for keyword in call.keywords:
        name = _known(module, keyword)
        if name in given:
            raise PasteError(f"nn.{module.name} is given {name} twice: leave one out", keyword.value.lineno)
        given[name] = keyword.value
    _require_all(module, given, call.lineno)
    return given


def setting(argument: Argument, module: Module, value: Any) -> Any:
    """The value as our operations have it. Raises `ValueError` with what the argument can be, where it cannot be this.

    >>> setting(Argument("kernel_size", "sizes"), Module("MaxPool2d", int, dimension=2), (3, 2))
    (3, 2)
    >>> setting(Argument("kernel_size", "sizes"), Module("MaxPool2d", int, dimension=2), (3, 2, 2))
    Traceback (most recent call last):
    ValueError: write a whole number, or 2 in brackets
    """
    read = _FORMS[argument.form](value, argument, module.dimension)
    if read is _REFUSED:
        raise ValueError(_EXPECTED[argument.form].format(**_words(argument, module)))
    return read


def suggestion(word: str, words: list[str]) -> str:
    """The nearest of several words, as a question; nothing where none is near."""
    lower = {known.lower(): known for known in words}
    near = get_close_matches(word[:60].lower(), lower, n=1, cutoff=0.75)
    return f"did you mean {lower[near[0]]}?" if near else ""


def _known(module: Module, keyword: ast.keyword) -> str:
    names = [argument.name for argument in module.arguments]
    if keyword.arg in names:
        return keyword.arg
    line = keyword.value.lineno
    if keyword.arg is None:
        raise PasteError("** is not read here: write the arguments out", line)
    has = [argument.name for argument in module.arguments if argument.form not in {"unread", "fixed"}]
    others = f"it has {', '.join(has)}" if has else "it has none"
    raise PasteError(
        f"nn.{module.name} has no argument {shortened(keyword.arg)}: {suggestion(keyword.arg, names) or others}", line
    )


def _require_all(module: Module, given: Mapping[str, Any], line: int) -> None:
    needed = [argument.name for argument in module.arguments if argument.default is REQUIRED]
    missing = [name for name in needed if name not in given]
    if missing:
        raise PasteError(
            f"nn.{module.name} lacks {' and '.join(missing)}: write nn.{module.name}({', '.join(needed)})",
            line,
        )


def _counted(count: int) -> str:
    return "no arguments" if not count else "1 argument" if count == 1 else f"{count} arguments"


def _words(argument: Argument, module: Module) -> dict[str, Any]:
    default = f'"{argument.default}"' if isinstance(argument.default, str) else argument.default
    listed = ", ".join(f'"{word}"' for word in argument.words)
    return {"count": module.dimension or "one an axis", "words": listed, "default": default}


def _whole(value: Any, *_: Any) -> Any:
    return value if type(value) is int else _REFUSED


def _sizes(value: Any, _: Argument, dimension: int | None) -> Any:
    if not isinstance(value, tuple):
        return _whole(value)
    right = len(value) == dimension if dimension else 1 <= len(value) <= 3
    return value if right and all(type(entry) is int for entry in value) else _REFUSED


def _padding(value: Any, argument: Argument, dimension: int | None) -> Any:
    return value if value in ("valid", "same") else _sizes(value, argument, dimension)


def _factor(value: Any, argument: Argument, dimension: int | None) -> Any:
    """Floats that are whole are taken as whole numbers."""
    whole = tuple(map(_as_whole, value)) if isinstance(value, tuple) else _as_whole(value)
    return _sizes(whole, argument, dimension)


def _as_whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and abs(value) <= LARGEST_NUMBER and value.is_integer() else value


def _number(value: Any, *_: Any) -> Any:
    return value if type(value) in {int, float} and abs(value) < inf else _REFUSED


def _flag(value: Any, *_: Any) -> Any:
    return bool(value) if type(value) in {int, bool} and value in (0, 1) else _REFUSED


def _word(value: Any, argument: Argument, _: int | None) -> Any:
    return value if isinstance(value, str) and value in argument.words else _REFUSED


def _mode(value: Any, *_: Any) -> Any:
    if isinstance(value, str) and value in UPSAMPLING_WORDS.values():
        return "linear"
    return value if value in UPSAMPLING_MODES else _REFUSED


def _fixed(value: Any, argument: Argument, _: int | None) -> Any:
    return value if type(value) is type(argument.default) and value == argument.default else _REFUSED


def _unless_none(check: Callable[..., Any], instead: Any = None) -> Callable[..., Any]:
    return lambda value, *more: instead if value is None else check(value, *more)


_FORMS: Final[Mapping[str, Callable[..., Any]]] = {
    "whole": _whole,
    "perhaps whole": _unless_none(_whole),
    "sizes": _sizes,
    "perhaps sizes": _unless_none(_sizes),
    "padding": _padding,
    "factor": _unless_none(_factor),
    "number": _number,
    "perhaps number": _unless_none(_number),
    "flag": _flag,
    "perhaps flag": _unless_none(_flag, instead=False),
    "word": _word,
    "mode": _mode,
    "unread flag": _flag,
    "unread": lambda value, *_: value,
    "fixed": _fixed,
}
_SIZES: Final = "write a whole number, or {count} in brackets"
_TRUTH: Final = "write True or False"
_EXPECTED: Final[Mapping[str, str]] = {
    "whole": "write a whole number",
    "perhaps whole": "write a whole number",
    "sizes": _SIZES,
    "perhaps sizes": _SIZES,
    "padding": f'{_SIZES}, or "same" or "valid"',
    "factor": f"{_SIZES}; for others give size=",
    "number": "write a number",
    "perhaps number": "write a number",
    "flag": _TRUTH,
    "perhaps flag": _TRUTH,
    "word": "write one of {words}",
    "mode": 'write "nearest", "linear", "bilinear" or "trilinear"',
    "unread flag": _TRUTH,
    "fixed": "only {default} is read here",
}
