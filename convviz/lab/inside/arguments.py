"""The arguments of a question, as an address has them: words that should be numbers. No torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from convviz.geometry import GeometryError
from convviz.lab.data.settings import number_between

_WHOLE: Final = re.compile("-?[0-9]{1,12}")


def text(arguments: Mapping[str, str], name: str) -> str:
    """An argument as it is written. Raises `GeometryError` where it is missing.

    >>> text({"fill": "grey"}, "fill")
    'grey'
    >>> text({"fill": "grey"}, "picture")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: picture is missing: the question has to name it, as in ?picture=…
    """
    if name not in arguments:
        raise GeometryError(f"{name} is missing: the question has to name it, as in ?{name}=…", name, None, None)
    return arguments[name]


def whole(arguments: Mapping[str, str], name: str, least: int, most: int) -> int:
    """An argument that is a whole number. Raises `GeometryError` for what is missing, none, below `least` or above `most`.

    >>> whole({"patch": "8"}, "patch", 1, 32)
    8
    >>> whole({"patch": "8.5"}, "patch", 1, 32)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: patch is 8.5: it must be a whole number from 1 to 32
    >>> whole({"patch": "33"}, "patch", 1, 32)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: patch is 33: it must be at most 32
    """
    written = text(arguments, name)
    if not _WHOLE.fullmatch(written):
        shown = written[:20] or "empty"
        raise GeometryError(f"{name} is {shown}: it must be a whole number from {least} to {most:,}", name, written, most)
    return number_between(name, int(written), least, most)
