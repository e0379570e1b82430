"""The page of networks in its address, and back: only what differs from the preset is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, replace
from typing import Any, Final

from convviz.network import (
    KINDS,
    LARGEST_NUMBER,
    MOST_LAYERS,
    PRESETS,
    Layer,
    Network,
    Operation,
    Preset,
    Shape,
    is_name,
    kind_of,
    shape_words,
)
from convviz.ui.codecs import whole
from convviz.ui.links import LONGEST_LINK, read_parameter
from convviz.ui.network.edited import DEFAULT
from convviz.ui.network.state import ACTIVATION_ROWS, BLOCKS, VIEWS, Compared, NetworkPage
from convviz.ui.packing import packed, unpacked
from convviz.ui.texts import shortened

NAME: Final = "network"
LARGEST_INPUT: Final = 4096
"""Cells of the input along an axis."""
_SHORT: Final = 600
_LAYERS, _INPUTS, _VALUE, _NONE = "~", ",", ".", "-"
_LOOKS: Final[Mapping[str, tuple[str, ...]]] = {"view": VIEWS, "blocks": BLOCKS, "activations": ACTIVATION_ROWS}


def write_link(page: NetworkPage) -> tuple[dict[str, str], tuple[str, ...]]:
    """The parameters of the link, and the names of those left out because it would be too long.

    >>> write_link(NetworkPage(NAME, row="conv2"))
    ({'net': 'lenet5', 'row': 'conv2'}, ())
    """
    begun = NetworkPage(NAME).begun(page.preset)
    parameters = write_network(page.preset, page.network, PRESETS)
    if page.row:
        parameters["row"] = page.row
    parameters |= {name: getattr(page, name) for name in _LOOKS if getattr(page, name) != getattr(begun, name)}
    if page.view == "beside":
        parameters["beside"] = page.beside
    if page.compared != Compared():
        parameters["dense"] = _write_compared(page.compared)
    return shortened_link(parameters, "layers", "row")


def write_network(name: str, network: Network, presets: Mapping[str, Preset]) -> dict[str, str]:
    """The parameters of a network that began as a preset.

    >>> write_network("lenet5", Network((1, 32, 32), PRESETS["lenet5"].network.layers), PRESETS)
    {'net': 'lenet5', 'input': '1x32x32'}
    >>> write_network("lenet6", Network((1, 32, 32)), PRESETS)
    Traceback (most recent call last):
    KeyError: 'lenet6'
    """
    preset, parameters = presets[name].network, {"net": name}
    if network.input_shape != preset.input_shape:
        parameters["input"] = _write_shape(network.input_shape)
    if network.layers != preset.layers:
        parameters["layers"] = write_layers(network.layers)
    return parameters


def read_preset(parameters: Mapping[str, str], presets: Collection[str], default: str, problems: list[str]) -> str:
    """The name of the preset that a link begins with; another one is a problem, and means the default.

    >>> read_preset({"net": "lenet6"}, PRESETS, "lenet5", problems := []), problems
    ('lenet5', ['net=lenet6 names no network'])
    """
    preset = parameters.get("net", default)
    if preset in presets:
        return preset
    problems.append(f"net={shortened(preset)} names no network")
    return default


def read_network(parameters: Mapping[str, str], preset: Network, problems: list[str]) -> Network:
    """The network that a link makes of a preset; what makes no sense is a problem, and stays as the preset has it.

    >>> read_network({"input": "3x9"}, Network((1, 8)), problems := []), problems
    (Network(input_shape=(3, 9), layers=()), [])
    """
    shape = read_parameter(parameters, "input", _read_shape, problems) or preset.input_shape
    layers = read_parameter(parameters, "layers", read_layers, problems)
    return Network(shape, preset.layers if layers is None else layers)


def shortened_link(parameters: dict[str, str], *leavable: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """The parameters as they are, or without some where the link would be too long; and the first name of those left out.

    >>> shortened_link({"net": "lenet5", "layers": "x" * 7000, "row": "x"}, "layers", "row")
    ({'net': 'lenet5'}, ('layers',))
    """
    if sum(len(name) + len(value) + 2 for name, value in parameters.items()) <= LONGEST_LINK:
        return parameters, ()
    return {name: value for name, value in parameters.items() if name not in leavable}, leavable[:1]


def read_link(parameters: Mapping[str, str]) -> NetworkPage:
    """The page that a link means; `problems` has a sentence for each part of it that made no sense.

    >>> page = read_link({"net": "vgg16", "blocks": "round"})
    >>> page.preset, page.problems
    ('vgg16', ('blocks=round is none of scale, equal',))
    >>> read_link(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'get'
    """
    problems: list[str] = []
    page = NetworkPage(NAME).begun(read_preset(parameters, PRESETS, DEFAULT, problems))
    page = replace(page, network=read_network(parameters, page.network, problems), beginning=0)
    for name, options in _LOOKS.items():
        page = replace(page, **given(name, read_parameter(parameters, name, one_of(options), problems)))
    page = replace(page, **given("beside", read_parameter(parameters, "beside", one_of(PRESETS, "names no network"), problems)))
    page = replace(page, **given("compared", read_parameter(parameters, "dense", _read_compared, problems)))
    row = read_parameter(
        parameters, "row", one_of([layer.name for layer in page.network.layers], "is no layer of this network"), problems
    )
    problems += unknown_parameters(parameters, {"net", "input", "layers", "row", "beside", "dense", *_LOOKS})
    return replace(page, row=row, problems=tuple(problems))


def unknown_parameters(parameters: Collection[str], known: Collection[str]) -> list[str]:
    """A sentence for each parameter of a link that there is not.

    >>> unknown_parameters({"net": "lenet5", "colour": "red"}, {"net"})
    ['colour is no parameter']
    """
    return [f"{shortened(name)} is no parameter" for name in parameters if name not in known]


def write_layers(layers: tuple[Layer, ...]) -> str:
    """Layers as text: names, kinds, and the settings that differ from the kind's own.

    >>> from convviz.network import Convolution, Dense
    >>> write_layers((Layer("conv1", Convolution(6, 5)), Layer("out", Dense(10), ("conv1",))))
    'conv1:convolution:out_channels.6:kernel_size.5~out:dense:out_features.10:@conv1'
    >>> write_layers(("conv1",))
    Traceback (most recent call last):
    AttributeError: 'str' object has no attribute 'operation'
    """
    text = _LAYERS.join(":".join(_layer_words(layer)) for layer in layers) or _NONE
    return packed(text) if len(text) > _SHORT else text


def read_layers(text: str) -> tuple[Layer, ...]:
    """Layers as `write_layers` writes them. Raises `ValueError` with the rest of a sentence that begins with the text.

    >>> read_layers("conv1:convolution:out_channels.6:kernel_size.5")[0].operation.kernel_size
    5
    >>> read_layers("conv1:attention")
    Traceback (most recent call last):
    ValueError: has no kind of layer "attention"
    """
    words = unpacked(text).split(_LAYERS) if text != _NONE else []
    if len(words) > MOST_LAYERS:
        raise ValueError(f"has {len(words):,} layers: at most {MOST_LAYERS:,}")
    return tuple(_read_layer(word) for word in words)


def _layer_words(layer: Layer) -> list[str]:
    kind = kind_of(layer.operation)
    told = [layer.name, kind.name]
    for setting in kind.settings:
        value = getattr(layer.operation, setting.name)
        if value != _usual(layer.operation, setting.name):
            told.append(f"{setting.name}{_VALUE}{setting.write(value).replace('×', 'x').replace(' ', '+')}")
    return told + ([f"@{_INPUTS.join(layer.inputs)}"] if layer.inputs else [])


def _usual(operation: Operation, name: str) -> Any:
    """The value that a setting has unasked; nothing where it has to be given."""
    return {field.name: field.default for field in fields(operation)}[name]


def _read_layer(word: str) -> Layer:
    name, _, rest = word.partition(":")
    kind_name, *settings = rest.split(":")
    if kind_name not in KINDS:
        raise ValueError(f'has no kind of layer "{shortened(kind_name)}"')
    kind = KINDS[kind_name]
    operation = kind.example
    inputs: tuple[str, ...] = ()
    read: dict[str, Any] = {field.name: field.default for field in fields(operation) if field.name not in _needed(operation)}
    for setting in settings:
        if setting.startswith("@"):
            inputs = tuple(setting[1:].split(_INPUTS))
            continue
        field, _, value = setting.partition(_VALUE)
        try:
            read[field] = kind.setting(field).read(value.replace("+", " "))
        except KeyError:
            raise ValueError(f'knows no setting "{shortened(field)}" of a {kind.title.lower()}') from None
    for each in (name, *inputs):
        if not is_name(each):
            raise ValueError(f'has the name "{shortened(each)}", which is none')
    return Layer(name, replace(operation, **read), inputs)


def _needed(operation: Operation) -> set[str]:
    """Settings without a usual value: where a link leaves them out the kind's example has them."""
    return {field.name for field in fields(operation) if not isinstance(field.default, (int, float, str, tuple, type(None)))}


def _write_shape(shape: Shape) -> str:
    return shape_words(shape).replace("×", "x")


def _read_shape(text: str) -> Shape:
    parts = text.split("x")
    if len(parts) > 4:
        raise ValueError("is no shape like 3x224x224")
    return tuple(whole(part, 1, most_of_input(axis)) for axis, part in enumerate(parts))


def most_of_input(axis: int) -> int:
    """The largest size that the page offers of an input's channels, axis 0, or cells.

    >>> most_of_input(0), most_of_input(1)
    (1000000, 4096)
    """
    return LARGEST_INPUT if axis else LARGEST_NUMBER


def _write_compared(compared: Compared) -> str:
    return "x".join(map(str, (*compared.input_shape, compared.units, compared.filters, compared.kernel_size)))


def _read_compared(text: str) -> Compared:
    if not re.fullmatch(r"\d+(x\d+){5}", text, re.ASCII):
        raise ValueError("is no list of six numbers like 1x1000x1000x1000x4x3")
    channels, height, width, units, filters, kernel = (whole(part, 1, LARGEST_NUMBER) for part in text.split("x"))
    return Compared((channels, height, width), units, filters, kernel)


def one_of(options: Collection[str], what: str = "") -> Callable[[str], str]:
    """Reads one of several words.

    >>> one_of(["red", "blue"])("red")
    'red'
    >>> one_of(["red", "blue"])("green")
    Traceback (most recent call last):
    ValueError: is none of red, blue
    """

    def read(text: str) -> str:
        if text not in options:
            raise ValueError(what or f"is none of {', '.join(options)}")
        return text

    return read


def given(name: str, value: Any) -> dict[str, Any]:
    """What a link says of one thing; nothing where it says nothing."""
    return {} if value is None else {name: value}
