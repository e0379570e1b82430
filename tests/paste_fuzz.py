"""Texts to paste, good and hostile, and what chance makes of them.

`python -m tests.paste_fuzz 1000` reads a thousand of them and all large ones, in a thread with a small stack, and prints as
JSON what came of it. In a process of its own, because what Python is told to watch it watches to the end.
"""

import ast
import builtins
import json
import random
import re
import sys
import threading
import time
import unicodedata  # noqa: F401 - Python's parser imports it itself when it first meets a name beyond ASCII
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

from convviz.network.paste import PasteError, parse_sequential

VALID: Final = (
    "nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(16*5*5, 10))",
    'nn.Sequential(OrderedDict([("conv1", nn.Conv2d(3, 6, 5)), ("relu", nn.ReLU(inplace=True))]))',
    "n = 16\nblock = nn.Sequential(nn.Conv2d(n, n, 3, padding=1), nn.BatchNorm2d(n), nn.ReLU())\nnn.Sequential(block, block)",
    "import torch\nfrom torch import nn\n\n# a net\nmodel = torch.nn.Sequential(\n    nn.Linear(4, 3),\n    nn.Tanh(),\n)\n",
    'Sequential(Conv1d(2, 4, 3, stride=2, padding="same"), MaxPool1d(2), Upsample(scale_factor=2.0, mode="linear"))',
    "layers = [nn.LazyConv3d(4, (3, 3, 1)), nn.LPPool3d(2, 2)]\nnn.Sequential(*layers, nn.Dropout(0.2), AdaptiveAvgPool3d(1))",
    'nn.Sequential(OrderedDict(a=nn.Softmax(dim=-1), b=nn.Sequential(nn.LeakyReLU(0.2), nn.GELU("tanh"))))',
    '"""A net."""\nw = h = 2**3 - 1\nnn.Sequential(OrderedDict({"up": ConvTranspose2d(3, w, 2), "down": MaxPool2d([2, h])}))',
)
"""Texts that are understood."""
HOSTILE: Final = (
    '__import__("os").system("touch /tmp/pasted")',
    'nn.Sequential(eval("1"), exec("import os"), open("/etc/passwd"), compile("1", "", "eval"))',
    "lambda x: (lambda: x)()",
    "nn.Sequential(*[nn.Linear(i, i) for i in range(10**9)])",
    "f\"{print(1)}\" f'{(lambda: 1)()}'",
    "nn.Sequential((n := nn.ReLU()), n, ***n, **{}, n[0], n if n else n, not n, await n, yield)",
    "@nn.Sequential\nclass Network(nn.Module):\n\tdef forward(self, x): return x if x else x\n",
    "while True:\n  pass\nfor i in range(9): pass\nelse: pass",
    "match nn:\n    case 1: nn.Sequential()\n",
    "nn.Conv2d(10**9, 9**9**9**9, 1e999, -1e400, 0x"
    + "f" * 40
    + ", 1"
    + "0" * 60
    + ", 1j, 1_000_000_0, 0b1e1, 1e, 07, 1if 1else 2)",
    "(" * 60 + "1" + ")" * 60,
    "[{(" * 20 + "nn.ReLU()" + ")}]" * 20,
    "-" * 80 + "1" + "+1" * 60 + "**2" * 60 + ".a" * 60 + "()" * 60 + "[0]" * 60,
    "a = nn.Sequential(nn.ReLU(), nn.ReLU())\n" + "a = nn.Sequential(a, a)\n" * 12,
    "a = [1, 1]\n" + "a = [*a, *a]\n" * 12,
    "a = nn.Sequential()\n" + "a = nn.Sequential(a)\n" * 25,
    "\0nn.Sequential(nn.ReLU())\0",
    "\ud800'\udfff' \ufeff \u2028 \x85 \x0c \x1a \r \r\n \x7f \u202e",
    "# -*- coding: utf-16 -*-\n\ufeffnn.Sequential(nn.ReLU())",
    "“nn.Sequential”(‘a’, nn．ReLU（）, ｎｎ.ReLU(), ℘ª², ①, 𝟙𝟚, ٣)",
    "'''\"\"\"\\\n\\N{DIGIT ONE}\\x\\777'''\"\\\n\"r'\\'b'\\'rb\"\"u''",
    "x = 1 \\\n + 2 \\\n\n; y = 'a' 'b' \"c\"; del x; global y; nonlocal z; import a.b as c; from . import *",
    "x: int = 3\nx += 1\nx[0] = x.y = (a, *b) = 5\nself.a = nn.ReLU()\n",
    "nn.Sequential(nn.Linear(1//0, 0**-1), nn.Linear(-1, 2 @ 3), nn.Linear(1 < 2 < 3, ~1), nn.Linear(True, None, ...))",
    'nn.Sequential({"a": nn.ReLU(), **{}}, OrderedDict([("a.b", 1), ("", nn.ReLU()), (1, 2)]))',
)
"""Texts to be refused, whole or in parts."""
_LAYERS: Final = "nn.ReLU()," * 999
_ORDERED: Final = "a=OrderedDict([" + ",".join(f"('a{number}',nn.ReLU())" for number in range(999)) + "])\n"
LARGE: Final = {
    "brackets": "(" * 50_000,
    "sequentials": "nn.Sequential(" * 3_500,
    "signs": "-" * 49_999 + "1",
    "sums": "1+" * 24_999 + "1",
    "sums over lines": "1+\\\n" * 12_500,
    "dots": "a" + ".a" * 24_999,
    "strings": '"a" ' * 12_500,
    "empty strings": '"' * 50_000,
    "escapes": '"' + r"\a" * 24_999 + '"',
    "targets": "a=" * 24_999 + "1",
    "assignments": "x=1\n" * 12_500,
    "imports": "import a\n" * 5_000,
    "digits": "x=" + "9" * 49_998,
    "a power": "x=999999**999999",
    "a name": "a" * 50_000,
    "a class": "nn." + "x" * 49_990 + "()",
    "an argument": "nn.Conv2d(" + "x" * 49_980 + "=1)",
    "many layers": "nn.Sequential(" + "nn.ReLU()," * 4_990 + ")",
    "many settings": "nn.Sequential(" + "nn.Conv2d(1,1,1,1,0,1,1,True,'zeros')," * 1_000 + ")",
    "a list again": f"a=nn.Sequential({_LAYERS})\n" + "nn.Sequential(*a)\n" * 2_200,
    "names again": _ORDERED + "nn.Sequential(a)\n" * 1_500,
    "names anew": _ORDERED + "b=OrderedDict(a)\n" * 1_500,
    "one name": "a=nn.Sequential(OrderedDict(a=nn.ReLU()))\nnn.Sequential(" + "a," * 1000 + ")",
    "lists in lists": "a=1,\n" + "a=a,\n" * 9_000,
    "lines": "\n" * 50_000,
    "returns": "\r" * 50_000,
    "blanks": " " * 50_000,
    "nothing": "\0" * 50_000,
    "surrogates": "'" + "\ud800" * 49_998 + "'",
    "unclosed": "x='''" + "a\\" * 20_000,
    "too long": " " * 50_001,
}
"""Texts as long as they may be, each with much of one thing."""
WORDS: Final = (
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ".",
        "=",
        "+",
        "-",
        "*",
        "/",
        "**",
        "//",
        ";",
        "\n",
        "\\",
        "'",
        '"',
        '"""',
        " ",
        "\t",
    ),
    *("#", "@", ":=", "->", "~", "%", "&", "|", "^", "<", ">", "!", "?", "$", "`", "f''", "b''", "0x", "1_", "._", "\f", "\r"),
    *(
        "nn.",
        "torch.",
        "Sequential",
        "OrderedDict",
        "Conv2d",
        "Linear",
        "ReLU",
        "Transformer",
        "padding=",
        "inplace=",
        "import",
    ),
    *(
        "lambda",
        "for",
        "if",
        "else",
        "None",
        "True",
        "__import__",
        "0",
        "1",
        "-1",
        "2.5",
        "10**9",
        "1e999",
        '"same"',
        "'a'",
        "*x",
    ),
    *("\0", "\ud800", "é", "²", "\u3000", "\xa0", "😀"),
)
"""What is put in, by chance."""
EXPRESSIONS: Final = (
    *(
        "0",
        "1",
        "2",
        "3",
        "-1",
        "2.0",
        "0.5",
        "None",
        "True",
        "n",
        "(3, 3)",
        "[2, 1, 1]",
        "(2,)",
        "()",
        "n * 2",
        "2**10",
        "7 // 2",
    ),
    *(
        "10**9",
        "10**10**10",
        "1 - -1",
        "--3",
        "+2",
        "'same'",
        "'bilinear'",
        "1e300",
        "nn",
        "nn.ReLU",
        "nn.ReLU()",
        "nn.Sequential()",
    ),
    *(
        "torch.float32",
        "[]",
        "{}",
        "{'a': nn.Tanh()}",
        "x.y()",
        "n()",
        "print(n)",
        "kernel_size=3",
        "stride=(2, 2)",
        "p=1",
        "*n",
        "**n",
    ),
    *(
        "nn.BatchNorm1d(3)",
        "nn.Conv1d(1, 2, 3)",
        "nn.Conv3d(2, 2, 1, groups=2)",
        "nn.LazyLinear(5)",
        "nn.Flatten(1)",
        "nn.Upsample(size=4)",
    ),
)
"""What is put in the place of something whole."""
_WHOLE: Final = re.compile(r"[\w.]+\([^()]*\)|\([^()]*\)|[\w.]+(?!\w*=)|'[^']*'|\"[^\"]*\"")
_PIECE: Final = re.compile(r"\w+|\s+|.", re.DOTALL)
MOST: Final = 1500
"""Characters, so that a hundred thousand take no more than a minute."""


def mutants(count: int, seed: int = 0) -> Iterator[str]:
    """As many texts, the same for the same seed."""
    rng = random.Random(f"paste {seed}")  # noqa: S311 - the same each time
    for _ in range(count):
        yield mutant(rng)


def mutant(rng: random.Random) -> str:
    """A text of the corpus, some spliced with another, with one to six changes."""
    text = rng.choice(VALID if rng.randrange(8) else HOSTILE)
    if rng.randrange(8) == 0:
        text = _spliced(rng, text, rng.choice(VALID + HOSTILE))
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        text = rng.choice((_whole, _whole, _whole, _whole, _swapped, _swapped, _character, _token, _moved))(rng, text)
    return text[:MOST]


def _spliced(rng: random.Random, text: str, other: str) -> str:
    at, start = rng.randrange(len(text) + 1), rng.randrange(len(other))
    return text[:at] + other[start : start + rng.randrange(1, 80)] + text[at + rng.choice((0, 0, 20)) :]


def _character(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    new = rng.choice(("", chr(rng.randrange(1, 127)), chr(rng.randrange(0x250)), chr(rng.randrange(0x110000))))
    return text[:at] + new + text[at + rng.randrange(2) :]


def _token(rng: random.Random, text: str) -> str:
    pieces = _PIECE.findall(text) or [""]
    at = rng.randrange(len(pieces))
    pieces[at : at + rng.randrange(3)] = [rng.choice((*WORDS, rng.choice(pieces)))] * rng.choice((1, 1, 1, 1, 50))
    return "".join(pieces)


def _whole(rng: random.Random, text: str) -> str:
    """Something whole, a number, a word or a call, with an expression in its place."""
    places = [found.span() for found in _WHOLE.finditer(text)] or [(0, 0)]
    start, end = rng.choice(places)
    return text[:start] + rng.choice(EXPRESSIONS) + text[end:]


def _swapped(rng: random.Random, text: str) -> str:
    """Something whole, with a thing of another text in its place."""
    places = [found.span() for found in _WHOLE.finditer(text)] or [(0, 0)]
    start, end = rng.choice(places)
    return text[:start] + rng.choice(_WHOLE.findall(rng.choice(VALID))) + text[end:]


def _moved(rng: random.Random, text: str) -> str:
    """Pieces taken out at one place and put in at another."""
    pieces = _PIECE.findall(text) or [""]
    start, end = sorted((rng.randrange(len(pieces)), rng.randrange(len(pieces))))
    taken, rest = pieces[start : min(end, start + 8)], pieces[:start] + pieces[min(end, start + 8) :]
    at = rng.randrange(len(rest) + 1)
    return "".join([*rest[:at], *taken, *rest[at:]])


# --- Reading them, under watch ------------------------------------------------------------------------------------------

SMALL_STACK: Final = 256 * 1024
"""Bytes; a thread of a server may have no more."""
ONLY_PARSED: Final = "compile to a tree"


class Watch:
    """What Python is asked to do: the events of its audit, and whether what is compiled becomes more than a tree."""

    def __init__(self) -> None:
        self.events: set[str] = set()
        self.on = False
        self._compile: Any = builtins.compile
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: Any) -> None:
        # To quote a line that is wrong, Python's parser looks for a file with the name that a text without one has.
        if self.on and (event, *arguments[:1]) != ("open", "<unknown>"):
            self.events.add(event)

    def _compiled(self, source: Any, filename: Any, mode: str, flags: int = 0, *more: Any, **options: Any) -> Any:
        self.events.add(ONLY_PARSED if flags & ast.PyCF_ONLY_AST else "compile to code")
        return self._compile(source, filename, mode, flags, *more, **options)

    @contextmanager
    def watching(self) -> Iterator[None]:
        builtins.compile, self.on = self._compiled, True
        try:
            yield
        finally:
            builtins.compile, self.on = self._compile, False

    def seen(self, call: Callable[[], object]) -> set[str]:
        """What one call asks for."""
        with self.watching():
            call()
        found, self.events = self.events, set()
        return found


def forbidden() -> None:
    """What reading a text must not do, so that it is seen to be seen."""
    eval(compile("1", "", "eval"))  # noqa: S307
    import_module("colorsys")


def report(count: int) -> dict[str, Any]:
    """How often texts were understood and refused, how, and what the slowest took, in seconds of this thread's own time."""
    watch = Watch()
    caught = watch.seen(forbidden)
    understood, refused, slowest, words = 0, 0, (0.0, ""), set[str]()
    for text in (*VALID, *HOSTILE, *LARGE.values(), *mutants(count)):
        start = time.thread_time()
        with watch.watching():
            error = refusal(text)
        slowest = max(slowest, (time.thread_time() - start, text[:60]))
        understood, refused = understood + (error is None), refused + (error is not None)
        words |= {"" if error is None else error.message}
    return {
        "caught": sorted(caught),
        "events": sorted(watch.events),
        "understood": understood,
        "refused": refused,
        "slowest": slowest,
        "messages": len(words),
        "unprintable": [message for message in words if not message.isprintable()],
    }


def refusal(text: str) -> PasteError | None:
    """How a text is refused; None where it is understood. All other errors come through."""
    try:
        parse_sequential(text)
    except PasteError as error:
        return error
    return None


def _in_a_thread(count: int) -> dict[str, Any]:
    reports: list[dict[str, Any]] = []
    threading.stack_size(SMALL_STACK)
    thread = threading.Thread(target=lambda: reports.append(report(count)))
    thread.start()
    thread.join()
    return reports[0]


if __name__ == "__main__":
    print(json.dumps(_in_a_thread(int(sys.argv[1]))))
