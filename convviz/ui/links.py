"""The whole state of a page in its address, and back: only what differs from the preset it started from is written."""

from __future__ import annotations

import base64
import math
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from convviz.geometry import NAMED_PADDINGS, PADDING_MODES, NamedPadding, PaddingMode
from convviz.samples import DEFAULT_PRESET, KINDS, PRESETS, Recipe, Sample, Sides, Sizes
from convviz.ui.fields import SIZE_FIELDS

LONGEST_LINK: Final = 6000
"""Characters; browsers and mail programs cut longer ones."""
_SHORT: Final = 120
_LARGEST_TEXT: Final = 200_000
_DIMENSION: Final = 2


@dataclass(frozen=True)
class Pin:
    """A pinned cell: the grid ("input", "weight", "output") and the cell's index in its array."""

    grid: str
    cell: tuple[int, ...]


@dataclass(frozen=True)
class Example:
    """What a page shows: the preset it started from, the sample as it is now, and the place we are at."""

    preset: str = DEFAULT_PRESET
    sample: Sample = PRESETS[DEFAULT_PRESET].sample
    step: int = 0
    pin: Pin | None = None


@dataclass(frozen=True)
class Codec:
    """One parameter of a link: the `Sample` attribute, and how it is written and read."""

    attribute: str
    write: Callable[[Any], str]
    read: Callable[[str], Any]


def write_link(example: Example) -> tuple[dict[str, str], tuple[str, ...]]:
    """The parameters of the link, and the names of those left out because it would be too long.

    >>> write_link(Example(sample=PRESETS[DEFAULT_PRESET].sample.changed(stride=(3, 3)), step=4))
    ({'from': 'numeric-strided', 'stride': '3', 'step': '4'}, ())
    """
    original = PRESETS[example.preset].sample
    parameters = {"from": example.preset}
    for name, codec in CODECS.items():
        value = getattr(example.sample, codec.attribute)
        if value != getattr(original, codec.attribute):
            parameters[name] = codec.write(value)
    if example.step:
        parameters["step"] = str(example.step)
    if example.pin:
        parameters["pin"] = ".".join([example.pin.grid, *map(str, example.pin.cell)])
    left_out = []
    for name in ("values", "weights"):
        if sum(len(key) + len(value) + 2 for key, value in parameters.items()) > LONGEST_LINK and name in parameters:
            del parameters[name]
            left_out.append(name)
    return parameters, tuple(left_out)


def read_link(parameters: Mapping[str, str]) -> tuple[Example, tuple[str, ...]]:
    """The example a link means, and a sentence for each part of it that made no sense and was left as in the preset.

    >>> example, problems = read_link({"stride": "3x1", "kernel": "many"})
    >>> example.sample.stride, problems
    ((3, 1), ('kernel=many is no whole number or pair like 3x5',))
    """
    problems: list[str] = []
    preset = parameters.get("from", DEFAULT_PRESET)
    if preset not in PRESETS:
        problems.append(f"from={_shortened(preset)} names no preset")
        preset = DEFAULT_PRESET
    sample = PRESETS[preset].sample
    for name, codec in CODECS.items():
        if name not in parameters:
            continue
        try:
            sample = sample.changed(**{codec.attribute: codec.read(parameters[name])})
        except ValueError as error:
            problems.append(f"{name}={_shortened(parameters[name])} {error}")
    problems += [f"{_shortened(name)} is no parameter" for name in parameters if name not in {"from", "step", "pin", *CODECS}]
    step, pin = 0, None
    try:
        step = _whole(parameters.get("step", "0"), 0, 10**6)
    except ValueError as error:
        problems.append(f"step={_shortened(parameters['step'])} {error}")
    try:
        pin = _read_pin(parameters["pin"]) if "pin" in parameters else None
    except ValueError as error:
        problems.append(f"pin={_shortened(parameters['pin'])} {error}")
    return Example(preset, sample, step, pin), tuple(problems)


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
    return [[_number(word) for word in row] for row in rows]


def _number(word: str) -> float:
    try:
        value = float(word.replace("−", "-"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f'"{_shortened(word)}" is no number')
    return value


def write_number(value: float) -> str:
    """A number in as few characters as give it back exactly.

    >>> [write_number(value) for value in (3.0, -0.1, 1e50)]
    ['3', '-0.1', '1e+50']
    """
    return str(int(value)) if value % 1 == 0 and abs(value) < 2**53 else repr(value)


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"


def _whole(text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"\d{1,7}", text, re.ASCII):
        raise ValueError("is no whole number")
    if not least <= int(text) <= most:
        raise ValueError(f"lies outside {least} … {most}")
    return int(text)


def _write_sizes(sizes: Sizes) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else "x".join(map(str, sizes))


def _reader(attribute: str) -> Callable[[str], Sizes]:
    field = SIZE_FIELDS[attribute]

    def read(text: str) -> Sizes:
        parts = text.split("x")
        if len(parts) not in {1, _DIMENSION} or not all(part.isdecimal() for part in parts):
            raise ValueError("is no whole number or pair like 3x5")
        sizes = tuple(_whole(part, field.least, field.most) for part in parts)
        return sizes * _DIMENSION if len(sizes) == 1 else sizes

    return read


def _write_padding(padding: NamedPadding | Sides) -> str:
    if isinstance(padding, str):
        return padding
    entries = [str(before) if before == after else f"{before},{after}" for before, after in padding]
    return entries[0] if len(set(entries)) == 1 else "x".join(entries)


def _read_padding(text: str) -> NamedPadding | Sides:
    if text in NAMED_PADDINGS:
        return text
    field = SIZE_FIELDS["padding"]
    axes = [entry.split(",") for entry in text.split("x")]
    if len(axes) not in {1, _DIMENSION} or any(len(entry) > 2 or not all(map(str.isdecimal, entry)) for entry in axes):
        raise ValueError(f"is none of {', '.join(NAMED_PADDINGS)}, nor a number, nor like 1,2x0,1")
    sides = tuple((_whole(entry[0], field.least, field.most), _whole(entry[-1], field.least, field.most)) for entry in axes)
    return sides * _DIMENSION if len(sides) == 1 else sides


def _read_mode(text: str) -> PaddingMode:
    if text not in PADDING_MODES:
        raise ValueError(f"is none of {', '.join(PADDING_MODES)}")
    return text


def _read_flip(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError("is neither 0 nor 1")
    return text == "1"


def _read_bias(text: str) -> float:
    try:
        return _number(text)
    except ValueError as error:
        raise ValueError("is no number") from error


def _write_recipe(recipe: Recipe) -> str:
    if recipe.kind != "typed":
        return recipe.kind if not recipe.seed else f"{recipe.kind}:{recipe.seed}"
    text = "_".join(map(write_number, recipe.numbers))
    if len(text) > _SHORT:
        packed = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
        text = min(text, f"~{packed}", key=len)
    return f"typed:{recipe.seed}:{'x'.join(map(str, recipe.sizes))}:{text}"


def _read_recipe(text: str) -> Recipe:
    kind, *rest = text.split(":")
    if kind not in KINDS:
        raise ValueError(f"is none of {', '.join(KINDS)}")
    seed = _whole(rest[0], 0, 10**6) if rest else 0
    if kind != "typed":
        return Recipe(kind, seed)
    if len(rest) != 3:
        raise ValueError("needs typed:seed:sizes:numbers")
    sizes = tuple(_whole(part, 1, SIZE_FIELDS["input_size"].most) for part in rest[1].split("x"))
    if len(sizes) != _DIMENSION:
        raise ValueError("needs two sizes like 5x5")
    numbers = tuple(_number(word) for word in _unpacked(rest[2]).split("_"))
    return Recipe("typed", seed, numbers, sizes)


def _unpacked(text: str) -> str:
    """The text, decompressed if it is packed, and no further than a full grid could need."""
    if not text.startswith("~"):
        return text
    try:
        packed = base64.b64decode(text[1:] + "=" * (-(len(text) - 1) % 4), altchars=b"-_", validate=True)
        return zlib.decompressobj().decompress(packed, _LARGEST_TEXT).decode("ascii")
    except (ValueError, zlib.error) as error:
        raise ValueError("is damaged") from error


def _read_pin(text: str) -> Pin:
    grid, *cell = text.split(".")
    lengths = {"input": _DIMENSION + 1, "weight": _DIMENSION + 2, "output": _DIMENSION + 1}
    if grid not in lengths or len(cell) != lengths[grid]:
        raise ValueError("is no cell like output.0.1.2")
    return Pin(grid, tuple(_whole(part, 0, SIZE_FIELDS["input_size"].most * 2) for part in cell))


CODECS: Final[Mapping[str, Codec]] = {
    **{
        SIZE_FIELDS[name].link: Codec(name, _write_sizes, _reader(name))
        for name in ("input_size", "kernel_size", "stride", "dilation")
    },
    "padding": Codec("padding", _write_padding, _read_padding),
    "padding_mode": Codec("padding_mode", str, _read_mode),
    "flip": Codec("flip", lambda flip: str(int(flip)), _read_flip),
    "bias": Codec("bias", write_number, _read_bias),
    "values": Codec("input", _write_recipe, _read_recipe),
    "weights": Codec("weight", _write_recipe, _read_recipe),
}
"""Every parameter of a link but the preset it starts from and the place: step and pin."""
