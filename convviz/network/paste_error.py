"""What is wrong with a text that was pasted."""

from __future__ import annotations

from typing import Any


class PasteError(ValueError):
    """A text that is not understood: the thing, its line, the way out. Survives pickling.

    `line` counts from 1; None where it is the text as a whole.

    >>> error = PasteError("nn.Transformer is not a layer that this page knows", 4)
    >>> str(error), error.line
    ('line 4: nn.Transformer is not a layer that this page knows', 4)
    >>> PasteError()
    Traceback (most recent call last):
    TypeError: PasteError.__init__() missing 1 required positional argument: 'message'
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.message = message
        self.line = line

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.line)
