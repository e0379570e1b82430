"""The first look at a pasted text: whether it is short, flat and plain enough for Python's own parser.

That parser calls itself once for every bracket and every operator, so both are counted before it sees them. What the counting
rests on, that a token here is a token there, holds because everything else is refused: words that open a block or an operator,
strings with code in them, numbers that run into words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from keyword import kwlist
from typing import Final, NamedTuple

from convviz.network.kinds import LARGEST_NUMBER
from convviz.network.paste_error import PasteError

LONGEST: Final = 50_000
"""Characters that a text may have."""
DEEPEST: Final = 40
"""Brackets that may be open at once."""
MOST_PENDING: Final = 150
"""Words and signs that may stand open at once: those since the last comma, of all brackets that are not closed."""
LONGEST_NUMBER: Final = 30
"""Digits of a number, written out."""
_TOKEN: Final = re.compile(
    r"""
      (?P<comment>\#[^\n]*)
    | (?P<blank>[ \t\f]+|\\\n)
    | (?P<newline>\n)
    | (?P<string>\w*(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|"(?!"")(?:\\.|[^\\"\n])*"|'(?!'')(?:\\.|[^\\'\n])*'))
    | (?P<number>(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|
                    (?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)(?![\w.]))
    | (?P<word>[^\W\d]\w*)
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<comma>[,;])
    | (?P<sign>[:.=+\-*/%])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\[^\n]")
_PLAIN_STRING: Final = re.compile(r"""[rRuU]?["'][^\0\ud800-\udfff]*\Z""")
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}
_PLAIN_WORDS: Final = {"None", "True", "False", "import", "from", "as"}
_REFUSED_WORDS: Final = set(kwlist) - _PLAIN_WORDS
_PRINTED: Final = re.compile(r"^ *\(\w+\): \w+\(", re.MULTILINE)
"""A line of what print(model) shows."""


class Token(NamedTuple):
    """A piece of the text: what it is, how it is written, the line it starts on."""

    kind: str
    text: str
    line: int


def plain(text: str) -> str:
    """The text with its lines where they were, fit for `ast.parse`. Raises `PasteError` for what is not.

    Statements start at the left, wherever they stood: there are no blocks. Comments are gone.

    >>> plain("    x = 1  # one")
    'x = 1  '
    >>> plain("x = [1")
    Traceback (most recent call last):
    convviz.network.paste_error.PasteError: line 1: [ is never closed: add the ] where it ends
    """
    if len(text) > LONGEST:
        raise PasteError(
            f"the text has {len(text):,} characters: at most {LONGEST:,} are read; paste the nn.Sequential(...) alone"
        )
    if _PRINTED.search(text):
        raise PasteError("this is what print(model) shows: paste the code that made it")
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    return "".join(_flat(_tokens(lines)))


def shortened(words: str) -> str:
    """Words of a text in one line, of 40 characters at most, none of which is invisible."""
    joined = "".join(character if character.isprintable() else "?" for character in " ".join(words[:400].split()))
    return joined if len(joined) <= 40 else f"{joined[:39]}…"


def _tokens(text: str) -> Iterator[Token]:
    place, line = 0, 1
    while place < len(text):
        found = _TOKEN.match(text, place)
        if not found:
            raise _unreadable(text[place:], line)
        token = Token(str(found.lastgroup), found.group(), line)
        _require_plain(token)
        yield token
        place, line = found.end(), line + token.text.count("\n")


def _unreadable(rest: str, line: int) -> PasteError:
    character = rest[0]
    if character in "\"'":
        return PasteError("a string starts here that does not end: close the quotation mark", line)
    if word := re.match(r"[\w.]+", rest):
        return PasteError(f"{shortened(word.group())} is no number and no name", line)
    shown = character if character.isprintable() else f"the character U+{ord(character):04X}"
    return PasteError(f"{shown} is not read here: take it out", line)


def _require_plain(token: Token) -> None:
    if token.kind == "word" and token.text in _REFUSED_WORDS:
        raise PasteError(
            f"{token.text} is not read here, as nothing is run: paste the nn.Sequential(...) alone, with the numbers in it",
            token.line,
        )
    if token.kind == "string" and not _PLAIN_STRING.match(token.text):
        raise PasteError(f"{shortened(token.text)} is not read here: write a plain string in quotation marks", token.line)
    if token.kind == "number" and len(token.text) > LONGEST_NUMBER:
        raise PasteError(f"{shortened(token.text)} is too long: whole numbers up to {LARGEST_NUMBER:,}", token.line)


def _flat(tokens: Iterable[Token]) -> Iterator[str]:
    """The tokens that Python's parser sees, while brackets close and neither they nor operators pile up."""
    opened: list[Token] = []
    pending = [0]
    starts = True
    for token in tokens:
        _count(token, opened, pending)
        if token.kind == "string":
            yield _ESCAPE.sub("//", token.text)
        elif token.kind != "comment" and not (token.kind == "blank" and starts):
            yield token.text
        starts = not opened and (token.kind == "newline" or (starts and token.kind == "blank"))
    if opened:
        raise PasteError(f"{opened[-1].text} is never closed: add the {_PAIRS[opened[-1].text]} where it ends", opened[-1].line)


def _count(token: Token, opened: list[Token], pending: list[int]) -> None:
    """Keeps the brackets that are open, and for each the words and signs since its last comma."""
    if token.kind == "open":
        opened.append(token)
        pending.append(1)
    elif token.kind == "close":
        _require_pair(opened, token)
        pending.pop()
        pending[-1] += 1
    elif token.kind == "comma" or (token.kind == "newline" and not opened):
        pending[-1] = 0
    elif token.kind in {"word", "number", "string", "sign"}:
        pending[-1] += 1
    if len(opened) > DEEPEST or sum(pending) > MOST_PENDING:
        raise PasteError("too much is nested here: name the inner parts above it, as in block = nn.Sequential(...)", token.line)


def _require_pair(opened: list[Token], token: Token) -> None:
    if not opened:
        raise PasteError(f"{token.text} closes nothing: take it out, or add what it closes", token.line)
    before = opened.pop()
    if _PAIRS[before.text] != token.text:
        raise PasteError(
            f"{token.text} closes the {before.text} of line {before.line}: write {_PAIRS[before.text]}", token.line
        )
