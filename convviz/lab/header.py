"""What a file of weights says of itself, before any number of it is read. No torch: a server looks at this first."""

from __future__ import annotations

import json
from typing import Any, Final

from convviz.geometry import GeometryError
from convviz.lab.errors import WeightsError
from convviz.lab.settings import Settings, require

MOST_BYTES: Final = 64 * 2**20
SETTINGS: Final = "convviz"
"""The entry of the file's metadata that says which network it is."""
METADATA: Final = "__metadata__"
"""The entry of the header that is no tensor."""
_LONGEST_HEADER: Final = 2**20
_PICKLES: Final = b"PK\x03\x04", b"\x80"
"""How a file of torch.save begins, now and formerly."""


def header_of(data: bytes) -> dict[str, Any]:
    """What a safetensors file begins with: so many bytes of JSON, a name a tensor. Looked at before any tensor is made.

    Raises `WeightsError`, with a reason, for a pickle, a file that is too large, cut off or damaged.

    >>> from convviz.lab.runs import shipped
    >>> sorted(header_of(shipped()[0].weights()))[:2]
    ['__metadata__', 'conv1_1.weight']
    >>> header_of(b"PK" + bytes([3, 4]))
    Traceback (most recent call last):
    convviz.lab.errors.WeightsError: this is a pickle, as torch.save writes it: opening one can run any program; \
save the weights as safetensors
    """
    if len(data) > MOST_BYTES:
        raise WeightsError(f"the file has {len(data):,} bytes: at most {MOST_BYTES:,} are read")
    length = int.from_bytes(data[:8], "little")
    if length > _LONGEST_HEADER or length + 8 > len(data):
        raise WeightsError(why_unreadable(data, f"its header would have {length:,} bytes"))
    try:
        header = json.loads(data[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise WeightsError(why_unreadable(data, "its header is no JSON")) from error
    if not isinstance(header, dict) or not isinstance(header.get(METADATA) or {}, dict):
        raise WeightsError(why_unreadable(data, "its header names no tensors"))
    return header


def settings_in(header: dict[str, Any]) -> Settings:
    """Of the training that the weights are from. Raises `WeightsError` where they are not said, or cannot be.

    >>> from convviz.lab.runs import shipped
    >>> settings_in(header_of(shipped()[0].weights())) == shipped()[0].settings
    True
    >>> settings_in({})
    Traceback (most recent call last):
    convviz.lab.errors.WeightsError: the file does not say which network it belongs to: it is not one that convviz wrote
    """
    written = (header.get(METADATA) or {}).get(SETTINGS)
    if written is None:
        raise WeightsError("the file does not say which network it belongs to: it is not one that convviz wrote")
    try:
        settings = Settings.read(written)
        require(settings)
    except GeometryError as error:
        raise WeightsError(f"the file names a network that cannot be: {error}") from error
    return settings


def why_unreadable(data: bytes, error: object) -> str:
    """In a sentence, with a way out.

    >>> why_unreadable(b"", "it is empty")
    'the file is cut off, damaged, or no safetensors file (it is empty): download it again'
    >>> why_unreadable(None, "it is nothing")
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'startswith'
    """
    if data.startswith(_PICKLES):
        return "this is a pickle, as torch.save writes it: opening one can run any program; save the weights as safetensors"
    return f"the file is cut off, damaged, or no safetensors file ({error}): download it again"
