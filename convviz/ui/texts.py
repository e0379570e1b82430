"""Numbers as people write them, and back."""

from __future__ import annotations

import math
import re
from typing import Final

import numpy as np

from convviz.samples import typed
from convviz.samples.recipes import Values

_SHORT: Final = 40
_SHEETS_APART: Final = re.compile(r"\n[ \t]*(?:-+[ \t]*)?\n")


def read_number(word: str) -> float:
    """A finite number. Raises `ValueError` for any other word.

    >>> read_number("−1.5")
    -1.5
    >>> read_number("inf")
    Traceback (most recent call last):
    ValueError: "inf" is no number
    """
    try:
        value = float(word.replace("−", "-"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f'"{shortened(word)}" is no number')
    return value


def write_number(value: float) -> str:
    """A number in as few characters as give it back exactly.

    >>> [write_number(value) for value in (3.0, -0.1, 1e50)]
    ['3', '-0.1', '1e+50']
    """
    return str(int(value)) if value % 1 == 0 and abs(value) < 2**53 else repr(value)


def read_numbers(text: str, most: int) -> tuple[float, ...]:
    """A list of numbers, apart by commas or blanks. Raises `ValueError` for what is no number, and for more than `most`.

    >>> read_numbers("1, -2 0.5", 3)
    (1.0, -2.0, 0.5)
    >>> read_numbers("1, 2", 1)
    Traceback (most recent call last):
    ValueError: 2 numbers: at most 1
    """
    words = [word for word in re.split(r"[\s,;]+", text) if word]
    if len(words) > most:
        raise ValueError(f"{len(words)} numbers: at most {most}")
    if not words:
        raise ValueError("there are no numbers")
    return tuple(map(read_number, words))


def parse_numbers(text: str, most: int) -> list[list[float]]:
    r"""Rows of numbers as people type and paste them: rows by line or semicolon, numbers by blanks, commas or tabs.

    Raises `ValueError` for what is no number, and for more than `most` rows or columns.

    >>> parse_numbers("1 2\n3, -4.5", 64)
    [[1.0, 2.0], [3.0, -4.5]]
    >>> parse_numbers("1 two", 64)
    Traceback (most recent call last):
    ValueError: "two" is no number
    """
    lines = [line.strip(" \t\r,[]") for line in re.split(r"[;\n]", text)]
    rows = [re.split(r"[\s,]+", line) for line in lines if line]
    if not rows:
        raise ValueError("there are no numbers")
    if max(len(rows), *map(len, rows)) > most:
        raise ValueError(f"{len(rows)} × {max(map(len, rows))} numbers: at most {most} rows and columns")
    return [[read_number(word) for word in row] for row in rows]


def parse_sheets(text: str, most: int) -> Values:
    r"""Sheets of rows, (sheets, rows, columns), with an empty line or a dash between two sheets.

    Raises `ValueError` for sheets that are no rows of numbers, of more than `most` rows or columns, or of different sizes.

    >>> parse_sheets("1 2\n3 4\n\n5 6\n7 8", 64).shape
    (2, 2, 2)
    >>> parse_sheets("1 2\n\n3", 64)
    Traceback (most recent call last):
    ValueError: sheet 2 is 1 × 1, sheet 1 is 1 × 2: every sheet needs the same size
    """
    parts = [part for part in _SHEETS_APART.split(text.replace("\r\n", "\n")) if part.strip(" \t\n,;[]-")]
    recipes = [typed(parse_numbers(part, most)) for part in parts or [""]]
    for index, recipe in enumerate(recipes):
        if recipe.sizes != recipes[0].sizes:
            here, first = (" × ".join(map(str, sizes)) for sizes in (recipe.sizes, recipes[0].sizes))
            raise ValueError(f"sheet {index + 1} is {here}, sheet 1 is {first}: every sheet needs the same size")
    return np.reshape([recipe.numbers for recipe in recipes], (len(recipes), *recipes[0].sizes))


def write_sheets(values: Values) -> str:
    """The numbers of a grid as `parse_sheets` reads them: its last two axes are rows and columns.

    >>> print(write_sheets(np.arange(4.0).reshape(2, 1, 2)))
    0 1
    <BLANKLINE>
    2 3
    >>> write_sheets(np.float64(1))
    Traceback (most recent call last):
    IndexError: tuple index out of range
    """
    sheets = values.reshape(-1, values.shape[-2] if values.ndim > 1 else 1, values.shape[-1])
    return "\n\n".join("\n".join(" ".join(map(write_number, row)) for row in sheet) for sheet in sheets.tolist())


def shortened(text: str) -> str:
    """The text, cut where it is too long for a sentence.

    >>> len(shortened("x" * 5000))
    38
    >>> shortened(5)
    Traceback (most recent call last):
    TypeError: object of type 'int' has no len()
    """
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 3]}…"
