"""The page of receptive fields in its address, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from convviz.network import INPUT
from convviz.ui.codecs import whole
from convviz.ui.links import read_parameter
from convviz.ui.network.links import (
    given,
    one_of,
    read_network,
    read_preset,
    shortened_link,
    unknown_parameters,
    write_network,
)
from convviz.ui.receptive_field.state import (
    DEFAULT,
    FOLLOWS,
    MEASURES,
    MOST_STACKED,
    NAME,
    PAINTS,
    STARTS,
    VIEWS,
    FieldPage,
    Stacked,
)

_LOOKS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "follow": ("follow", FOLLOWS),
    "field": ("measure", MEASURES),
    "paint": ("paint", PAINTS),
    "view": ("view", VIEWS),
}
"""By parameter: what it sets, and what that can be."""
_LARGEST: Final = 2**20


def write_link(page: FieldPage) -> tuple[dict[str, str], tuple[str, ...]]:
    """The parameters of the link, and the names of those left out because it would be too long.

    >>> write_link(FieldPage(NAME, row="pool", unit=(1, 2)))
    ({'net': 'strided_dilated', 'layer': 'pool', 'unit': '1x2'}, ())
    """
    parameters = write_network(page.preset, page.network, STARTS)
    if page.row is not None:
        parameters["layer"] = page.row
    if page.unit:
        parameters["unit"] = "x".join(map(str, page.unit))
    if page.step is not None:
        parameters["step"] = str(page.step)
    begun = FieldPage(NAME)
    parameters |= {
        name: getattr(page, what) for name, (what, _) in _LOOKS.items() if getattr(page, what) != getattr(begun, what)
    }
    if page.along is not None:
        parameters["along"] = str(page.along)
    if page.stacked != Stacked():
        parameters["stacked"] = f"{page.stacked.layers}x{page.stacked.channels}"
    return shortened_link(parameters, "layers", "layer", "unit")


def read_link(parameters: Mapping[str, str]) -> FieldPage:
    """The page that a link means; `problems` has a sentence for each part of it that made no sense.

    >>> page = read_link({"net": "vgg16", "layer": "conv9", "follow": "sideways"})
    >>> page.preset, page.problems
    ('vgg16', ('follow=sideways is none of down, up', 'layer=conv9 is no layer of this network'))
    >>> read_link(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'get'
    """
    problems: list[str] = []
    page = FieldPage(NAME).begun(read_preset(parameters, STARTS, DEFAULT, problems))
    network = read_network(parameters, page.network, problems)
    if len(network.input_shape) < 2:
        problems.append(f"input={network.input_shape[0]} is a row of numbers: windows slide over channels × sizes")
        network = page.network
    page = replace(page, network=network, beginning=0)
    for name, (what, options) in _LOOKS.items():
        page = replace(page, **given(what, read_parameter(parameters, name, one_of(options), problems)))
    layers = [INPUT, *(layer.name for layer in page.network.layers)]
    read = {
        "row": read_parameter(parameters, "layer", one_of(layers, "is no layer of this network"), problems),
        "unit": read_parameter(parameters, "unit", _read_unit, problems),
        "step": read_parameter(parameters, "step", lambda text: whole(text, 0, _LARGEST), problems),
        "along": read_parameter(parameters, "along", lambda text: whole(text, 0, 2), problems),
        "stacked": read_parameter(parameters, "stacked", _read_stacked, problems),
    }
    for what, value in read.items():
        page = replace(page, **given(what, value))
    known = {"net", "input", "layers", "layer", "unit", "step", "along", "stacked", *_LOOKS}
    return replace(page, problems=(*problems, *unknown_parameters(parameters, known)))


def _read_unit(text: str) -> tuple[int, ...]:
    parts = text.split("x")
    if len(parts) > 3:
        raise ValueError("is no unit like 4x3")
    return tuple(whole(part, 0, _LARGEST) for part in parts)


def _read_stacked(text: str) -> Stacked:
    parts = text.split("x")
    if len(parts) != 2:
        raise ValueError("is no pair of layers and channels like 3x64")
    layers, channels = (
        whole(part, 1, most) for part, most in zip(parts, (MOST_STACKED.layers, MOST_STACKED.channels), strict=True)
    )
    return Stacked(layers, channels)
