"""How each parameter of a sample is written in a link and read from it: one table."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, cast

from convviz.geometry import NAMED_PADDINGS, PADDING_MODES, NamedPadding
from convviz.samples import (
    ACTIVATIONS,
    KINDS,
    MOST_CELLS,
    POOLING_KINDS,
    POOLING_VIEWS,
    TRANSPOSED_VIEWS,
    UNPOOLINGS,
    WINDOWS,
    Kind,
    Recipe,
    Sample,
    Sides,
    Sizes,
    SlidingSample,
    TransposedSample,
    channel_axes,
)
from convviz.ui.fields import CHANNEL_FIELDS, MOST_CHANNELS, SIZE_FIELDS, Field
from convviz.ui.packing import packed, unpacked
from convviz.ui.texts import read_number, read_numbers, write_number

LARGEST_SEED: Final = 10**6
_SHORT: Final = 120
_EXAMPLES: Final = {1: "", 2: " or pair like 3x5", 3: " or triple like 3x5x5"}


@dataclass(frozen=True)
class Codec:
    """One parameter of a link: its name there, and how it is written and read.

    `read` takes the sample that the value is for, and raises `ValueError` with the rest of a sentence that begins with what
    was read.
    """

    link: str
    write: Callable[[Any], str]
    read: Callable[[str, SlidingSample], Any]


def codecs_of(sample: SlidingSample) -> dict[str, Codec]:
    """The codecs of the parameters that a sample has, by field.

    >>> from convviz.samples import PRESETS
    >>> codecs_of(PRESETS["numeric"].sample)["weight"].link
    'weights'
    >>> codecs_of(Recipe("ramp"))
    Traceback (most recent call last):
    KeyError: 'seed'
    """
    return {field.name: CODECS[field.name] for field in fields(sample)}


def whole(text: str, least: int, most: int) -> int:
    """A whole number between two others. Raises `ValueError` for any other text.

    >>> whole("12", 0, 64)
    12
    >>> whole("65", 0, 64)
    Traceback (most recent call last):
    ValueError: lies outside 0 … 64
    """
    if not re.fullmatch(r"\d{1,7}", text, re.ASCII):
        raise ValueError("is no whole number")
    if not least <= int(text) <= most:
        raise ValueError(f"lies outside {least} … {most}")
    return int(text)


def _write_sizes(sizes: Sizes) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else "x".join(map(str, sizes))


def _sizes(field: Field) -> Codec:
    def read(text: str, sample: SlidingSample) -> Sizes:
        parts = text.split("x")
        if len(parts) not in {1, sample.dimension} or not all(part.isdecimal() for part in parts):
            raise ValueError(f"is no whole number{_EXAMPLES[sample.dimension]}")
        every = parts * sample.dimension if len(parts) == 1 else parts
        return tuple(whole(part, field.least, field.most_on(axis, sample.dimension)) for axis, part in enumerate(every))

    return Codec(field.link, _write_sizes, read)


def _channels(field: Field) -> Codec:
    return Codec(field.link, str, lambda text, _: whole(text, field.least, field.most))


def _write_padding(padding: NamedPadding | Sides) -> str:
    if isinstance(padding, str):
        return padding
    entries = [str(before) if before == after else f"{before},{after}" for before, after in padding]
    return entries[0] if len(set(entries)) == 1 else "x".join(entries)


def _read_padding(text: str, sample: SlidingSample) -> NamedPadding | Sides:
    names = NAMED_PADDINGS if isinstance(sample, Sample) else ()
    if text in names:
        return text
    field = SIZE_FIELDS["padding"]
    axes = [entry.split(",") for entry in text.split("x")]
    if len(axes) not in {1, sample.dimension} or any(len(entry) > 2 or not all(map(str.isdecimal, entry)) for entry in axes):
        raise ValueError(f"is none of {', '.join(names)}, nor a number, nor like 1,2x0,1" if names else "is no number")
    sides = tuple((whole(entry[0], field.least, field.most), whole(entry[-1], field.least, field.most)) for entry in axes)
    return sides * sample.dimension if len(sides) == 1 else sides


def _word(link: str, names: Sequence[str]) -> Codec:
    def read(text: str, _: SlidingSample) -> str:
        if text not in names:
            raise ValueError(f"is none of {', '.join(names)}")
        return text

    return Codec(link, str, read)


def _flag(link: str, yes: str = "1", no: str = "0") -> Codec:
    def read(text: str, _: SlidingSample) -> bool:
        if text not in {yes, no}:
            raise ValueError(f"is neither {no} nor {yes}")
        return text == yes

    return Codec(link, lambda value: yes if value else no, read)


def _read_bias(text: str, _: SlidingSample) -> tuple[float, ...]:
    try:
        return read_numbers(text, MOST_CHANNELS)
    except ValueError as error:
        raise ValueError("is no number, nor a list like 1,-2") from error


def _read_norm_type(text: str, _: SlidingSample) -> float:
    try:
        value = read_number(text)
    except ValueError:
        value = 0
    if value <= 0:
        raise ValueError("is no number above 0")
    return value


def _read_view(text: str, sample: SlidingSample) -> str:
    names = TRANSPOSED_VIEWS if isinstance(sample, TransposedSample) else POOLING_VIEWS
    return cast("str", _word("view", names).read(text, sample))


def _write_recipe(recipe: Recipe) -> str:
    if recipe.kind != "typed":
        return recipe.kind if not recipe.seed else f"{recipe.kind}:{recipe.seed}"
    text = "_".join(map(write_number, recipe.numbers))
    if len(text) > _SHORT:
        text = packed(text)
    return f"typed:{recipe.seed}:{'x'.join(map(str, recipe.sizes))}:{text}"


def _recipe(link: str, grid: str) -> Codec:
    def read(text: str, sample: SlidingSample) -> Recipe:
        kind, *rest = text.split(":")
        if kind not in KINDS:
            raise ValueError(f"is none of {', '.join(KINDS)}")
        seed = whole(rest[0], 0, LARGEST_SEED) if rest else 0
        if kind != "typed":
            return Recipe(cast("Kind", kind), seed)
        if len(rest) != 3:
            raise ValueError("needs typed:seed:sizes:numbers")
        sizes = tuple(whole(part, 1, MOST_CELLS) for part in rest[1].split("x"))
        axes = channel_axes(grid) + sample.dimension
        if len(sizes) > axes or math.prod(sizes) > MOST_CELLS:
            raise ValueError(f"needs at most {axes} sizes like {'x'.join('5' * axes)}, of {MOST_CELLS:,} cells in all")
        return Recipe("typed", seed, tuple(read_number(word) for word in unpacked(rest[2]).split("_")), sizes)

    return Codec(link, _write_recipe, read)


CODECS: Final[Mapping[str, Codec]] = {
    **{name: _sizes(field) for name, field in SIZE_FIELDS.items()},
    **{name: _channels(field) for name, field in CHANNEL_FIELDS.items()},
    "padding": Codec("padding", _write_padding, _read_padding),
    "padding_mode": _word("padding_mode", PADDING_MODES),
    "flip": _flag("flip"),
    "by_taps": _flag("by", "taps", "sheets"),
    "bias": Codec("bias", lambda bias: ",".join(map(write_number, bias)), _read_bias),
    "kind": _word("kind", POOLING_KINDS),
    "windows": _word("windows", WINDOWS),
    "ceil_mode": _flag("ceil"),
    "count_include_pad": _flag("count_include_pad"),
    "norm_type": Codec("p", write_number, _read_norm_type),
    "view": Codec("view", str, _read_view),
    "unpooling": _word("unpool", UNPOOLINGS),
    "activation": _word("activation", ACTIVATIONS),
    "input": _recipe("values", "input"),
    "weight": _recipe("weights", "weight"),
    "later": _recipe("later", "later"),
    "original": _recipe("original", "original"),
}
"""By the field of the sample; every field has one."""
