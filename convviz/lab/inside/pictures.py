"""The picture that a question is about: a test picture by its number, or one's own, packed into an address. No torch."""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from convviz.geometry import GeometryError
from convviz.lab.data import DatasetKind, Pictures

OWN: Final = "."
"""What the text of one's own picture begins with."""
WHITE: Final = 255
_RAW: Final = -15
"""Deflate without a header, as zlib names it."""
_DIGITS: Final = 9


@dataclass(frozen=True, eq=False)
class Picture:
    """`shown` is uint8 (C, H, W), white as 255; `taken` is float32, exactly what the network gets.

    A test picture has its `number` and its `label`; one's own has neither.
    """

    shown: NDArray[np.uint8]
    taken: NDArray[np.float32]
    number: int | None = None
    label: int | None = None


def picture_of(text: str, tests: Pictures, kind: DatasetKind) -> Picture:
    """The picture that a text means: 265, or a dot and the base64url (RFC 4648, unpadded) of raw deflate of its bytes.

    Raises `GeometryError` for a number of no test picture and for bytes that are none, or not as many as a picture has.

    >>> from convviz.lab.data import KINDS, DataSettings, load_test
    >>> tests, kind = load_test(DataSettings("digits")), KINDS["digits"]
    >>> picture_of("7", tests, kind).label
    7
    >>> picture_of(packed_picture(bytes(64)), tests, kind).shown.shape
    (1, 8, 8)
    >>> picture_of("359", tests, kind)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: picture is 359: there are test pictures 0 to 358; a picture of your own begins with a dot
    """
    if text.startswith(OWN):
        own = np.frombuffer(_bytes(text, prod(kind.input_shape)), np.uint8).reshape(kind.input_shape)
        return Picture(own, own.astype(np.float32) / np.float32(WHITE))
    number = _number(text, len(tests))
    images = tests.images[number]
    return Picture(shown_of(images, kind), inputs_of(images, kind), number, int(tests.labels[number]))


def packed_picture(content: bytes) -> str:
    """The text of a picture's bytes (C, H, W), white as 255: what `picture_of` reads.

    >>> packed_picture(bytes(64)).startswith("."), len(packed_picture(bytes(3072))) < 60
    (True, True)
    >>> packed_picture("dots")
    Traceback (most recent call last):
    TypeError: a bytes-like object is required, not 'str'
    """
    packer = zlib.compressobj(wbits=_RAW)
    packed = packer.compress(content) + packer.flush()
    return OWN + urlsafe_b64encode(packed).decode().rstrip("=")


def shown_of(images: NDArray[np.uint8], kind: DatasetKind) -> NDArray[np.uint8]:
    """A data set's pictures with white as 255, as pages show them.

    >>> from convviz.lab.data import KINDS
    >>> shown_of(np.full((1, 8, 8), 8, np.uint8), KINDS["digits"]).max()
    np.uint8(127)
    >>> shown_of(None, KINDS["digits"])
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'astype'
    """
    return images if kind.white == WHITE else (images.astype(np.uint16) * WHITE // kind.white).astype(np.uint8)


def inputs_of(images: NDArray[np.uint8], kind: DatasetKind) -> NDArray[np.float32]:
    """A data set's pictures as its network was trained with them: white as 1.

    >>> from convviz.lab.data import KINDS
    >>> inputs_of(np.full((1, 8, 8), 8, np.uint8), KINDS["digits"]).max()
    np.float32(0.5)
    >>> inputs_of(None, KINDS["digits"])
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'astype'
    """
    return images.astype(np.float32) / np.float32(kind.white)


def _number(text: str, count: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS or int(text) >= count:
        last = count - 1
        raise _refused(text, f"there are test pictures 0 to {last:,}; a picture of your own begins with a dot", last)
    return int(text)


def _bytes(text: str, count: int) -> bytes:
    """So many, and no more is unpacked than one byte too many."""
    try:
        packed = urlsafe_b64decode(text.removeprefix(OWN) + "==")
        content = zlib.decompressobj(_RAW).decompress(packed, count + 1)
    except (Base64Error, ValueError, zlib.error):
        raise _refused(text, "these are no packed bytes; draw or upload it anew", None) from None
    if len(content) != count:
        found = f"more than {count:,}" if len(content) > count else f"{len(content):,}"
        raise _refused(text, f"it holds {found} bytes, and this network takes {count:,}; draw or upload it anew", count)
    return content


def _refused(text: str, why: str, limit: Any) -> GeometryError:
    return GeometryError(f"picture is {text[:20]}{'…' * (len(text) > 20)}: {why}", "picture", text, limit)
