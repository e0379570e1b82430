"""Long texts in few characters, for links."""

from __future__ import annotations

import base64
import zlib
from typing import Final

LARGEST_TEXT: Final = 10**6
"""Characters that are packed, and that come out again at most."""


def packed(text: str) -> str:
    """The text behind a "~", compressed, where that is shorter.

    >>> packed("1_2"), len(packed("0_1_" * 500)) < 40
    ('1_2', True)
    >>> packed(12)
    Traceback (most recent call last):
    TypeError: object of type 'int' has no len()
    """
    if len(text) > LARGEST_TEXT:
        return text
    code = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    return min(text, f"~{code}", key=len)


def unpacked(text: str) -> str:
    """The text, decompressed if it is packed, and no further than `LARGEST_TEXT`. Raises `ValueError` for a damaged one.

    >>> unpacked(packed("0_1_" * 500)) == "0_1_" * 500
    True
    >>> unpacked("~abc")
    Traceback (most recent call last):
    ValueError: is damaged
    """
    if not text.startswith("~"):
        return text
    try:
        code = base64.b64decode(text[1:] + "=" * (-(len(text) - 1) % 4), altchars=b"-_", validate=True)
        return zlib.decompressobj().decompress(code, LARGEST_TEXT).decode()
    except (ValueError, zlib.error) as error:
        raise ValueError("is damaged") from error
