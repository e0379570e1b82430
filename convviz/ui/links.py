"""The whole state of a page in its address, and back: only what differs from the preset it started from is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from convviz.samples import DEFAULT_PRESETS, PRESETS, AnySample, presets_of
from convviz.ui.codecs import Codec, codecs_of, whole
from convviz.ui.dimensions import with_dimension
from convviz.ui.texts import shortened

LONGEST_LINK: Final = 6000
"""Characters; browsers and mail programs cut longer ones."""
PINNED_GRIDS: Final = (
    *("input", "weight", "output", "later", "unpooled", "convolved", "map", "activated", "original", "positions"),
)
"""The grids whose cells can be pinned."""
_LEAVABLE: Final = ("values", "weights", "original", "later")
_NOT_OF_THE_SAMPLE: Final = ("from", "dim", "step", "pin", "channel")
_LARGEST_STEP: Final = 10**6
_LONGEST_CELL: Final = 6

T = TypeVar("T")


@dataclass(frozen=True)
class Pin:
    """A pinned cell: the grid, one of `PINNED_GRIDS`, and the cell's index in its array."""

    grid: str
    cell: tuple[int, ...]


@dataclass(frozen=True)
class Example:
    """What a page shows: the preset it started from, the sample as it is now, and the place we are at.

    `channel` is the output channel on show where steps do not run through the channels.
    """

    preset: str = DEFAULT_PRESETS["convolution"]
    sample: AnySample = PRESETS[DEFAULT_PRESETS["convolution"]].sample
    step: int = 0
    pin: Pin | None = None
    channel: int = 0


def write_link(example: Example) -> tuple[dict[str, str], tuple[str, ...]]:
    """The parameters of the link, and the names of those left out because it would be too long.

    >>> write_link(Example(sample=PRESETS["numeric-strided"].sample.changed(stride=(3, 3)), step=4))
    ({'from': 'numeric-strided', 'stride': '3', 'step': '4'}, ())
    """
    sample, preset = example.sample, PRESETS[example.preset].sample
    original = with_dimension(preset, sample.dimension)
    parameters = {"from": example.preset}
    if sample.dimension != preset.dimension:
        parameters["dim"] = str(sample.dimension)
    for attribute, codec in codecs_of(sample).items():
        value = getattr(sample, attribute)
        if value != getattr(original, attribute):
            parameters[codec.link] = codec.write(value)
    if example.step:
        parameters["step"] = str(example.step)
    if example.channel:
        parameters["channel"] = str(example.channel)
    if example.pin:
        parameters["pin"] = ".".join([example.pin.grid, *map(str, example.pin.cell)])
    return _short_enough(parameters)


def read_link(parameters: Mapping[str, str], operation: str = "convolution") -> tuple[Example, tuple[str, ...]]:
    """The example a link to an operation's page means, and a sentence for each part of it that made no sense.

    Such a part is left as the preset has it. Raises `KeyError` for an operation without presets.

    >>> example, problems = read_link({"stride": "3x1", "kernel": "many"})
    >>> example.sample.stride, problems
    ((3, 1), ('kernel=many is no whole number or pair like 3x5',))
    >>> read_link({}, "deconvolution")
    Traceback (most recent call last):
    KeyError: 'deconvolution'
    """
    problems: list[str] = []
    preset = _read_preset(parameters, operation, problems)
    sample = _read_sample(parameters, PRESETS[preset].sample, problems)
    step = read_parameter(parameters, "step", _read_place, problems) or 0
    pin = read_parameter(parameters, "pin", _read_pin, problems)
    channel = read_parameter(parameters, "channel", _read_place, problems) or 0
    return Example(preset, sample, step, pin, channel), tuple(problems)


def _short_enough(parameters: dict[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    left_out = []
    for name in _LEAVABLE:
        if sum(len(key) + len(value) + 2 for key, value in parameters.items()) > LONGEST_LINK and name in parameters:
            parameters = {key: value for key, value in parameters.items() if key != name}
            left_out.append(name)
    return parameters, tuple(left_out)


def _read_preset(parameters: Mapping[str, str], operation: str, problems: list[str]) -> str:
    default = DEFAULT_PRESETS[operation]
    preset = parameters.get("from", default)
    if preset in presets_of(operation):
        return preset
    why = "belongs to another page" if preset in PRESETS else "names no preset"
    problems.append(f"from={shortened(preset)} {why}")
    return default


def _read_sample(parameters: Mapping[str, str], sample: AnySample, problems: list[str]) -> AnySample:
    dimension = read_parameter(parameters, "dim", lambda text: whole(text, 1, 3), problems)
    sample = with_dimension(sample, dimension or sample.dimension)
    codecs = codecs_of(sample)
    for attribute, codec in codecs.items():
        value = read_parameter(parameters, codec.link, _of(codec, sample), problems)
        if value is not None:
            sample = sample.changed(**{attribute: value})
    known = {*_NOT_OF_THE_SAMPLE, *(codec.link for codec in codecs.values())}
    problems += [f"{shortened(name)} is no parameter" for name in parameters if name not in known]
    return sample


def read_parameter(parameters: Mapping[str, str], name: str, read: Callable[[str], T], problems: list[str]) -> T | None:
    """What a parameter says; None where it is not there, or makes no sense: then that is a problem."""
    if name not in parameters:
        return None
    try:
        return read(parameters[name])
    except ValueError as error:
        problems.append(f"{name}={shortened(parameters[name])} {error}")
        return None


def _of(codec: Codec, sample: AnySample) -> Callable[[str], Any]:
    return lambda text: codec.read(text, sample)


def _read_place(text: str) -> int:
    return whole(text, 0, _LARGEST_STEP)


def _read_pin(text: str) -> Pin:
    grid, *cell = text.split(".")
    if grid not in PINNED_GRIDS or not 1 <= len(cell) <= _LONGEST_CELL:
        raise ValueError("is no cell like output.0.1.2")
    return Pin(grid, tuple(_read_place(part) for part in cell))
