"""What the process that opens networks answers: arrays by name, and what is told beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

TOLD: Final = "told"
"""The entry of the file's metadata."""


@dataclass(frozen=True, eq=False)
class Answer:
    """`tensors` are float32, int32 or uint8; `told` is what JSON holds.

    >>> b"way" in Answer({"plain": np.zeros(2, np.float32)}, {"way": "plain"}).packed()
    True
    >>> Answer({}, {"way": object()}).packed()
    Traceback (most recent call last):
    TypeError: Object of type object is not JSON serializable
    """

    tensors: Mapping[str, NDArray[Any]]
    told: Mapping[str, Any] = field(default_factory=dict)

    def packed(self) -> bytes:
        """As a safetensors file, which browsers read without copying numbers out of text."""
        return save(
            {name: np.ascontiguousarray(each) for name, each in self.tensors.items()},
            {TOLD: json.dumps(self.told, allow_nan=False)},
        )
