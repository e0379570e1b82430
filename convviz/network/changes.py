"""A network into the next one: layers set, named, added, doubled, removed, moved; what others read goes along."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from convviz.network.kinds import KINDS, kind_of, with_setting
from convviz.network.layers import INPUT, Layer, Operation
from convviz.network.modules import COMES_IN
from convviz.network.rules import INSERT_BEFORE, SEVERAL
from convviz.network.table import NAME_RULE, Network, NetworkError, is_name, partial


class UnknownLayerError(ValueError):
    """A layer that the network does not have, or no longer."""


def changed(network: Network, name: str, setting: str, text: str) -> Network:
    """The network with a setting of a layer as it was typed. Raises `ValueError` for what makes no sense.

    >>> from convviz.network import Dense
    >>> changed(Network((4,), (Layer("dense1", Dense(3)),)), "dense1", "out_features", "5").table().output_shape
    (5,)
    >>> changed(Network((4,), (Layer("dense1", Dense(3)),)), "dense2", "out_features", "5")
    Traceback (most recent call last):
    convviz.network.changes.UnknownLayerError: "dense2" is no layer of this network
    """
    return _with_layer(network, name, lambda layer: replace(layer, operation=with_setting(layer.operation, setting, text)))


def renamed(network: Network, name: str, new: str) -> Network:
    """The network with another name for a layer, wherever it is read. Raises `ValueError` for a name that cannot be.

    >>> from convviz.network import Activation
    >>> both = Network((4,), (Layer("a", Activation()), Layer("b", Activation(), ("a",))))
    >>> renamed(both, "a", "first").layers[1].inputs
    ('first',)
    >>> renamed(both, "a", "b")
    Traceback (most recent call last):
    ValueError: "b" is taken: every layer needs a name of its own
    """
    _require_names([new])
    if new != name and (new == INPUT or any(layer.name == new for layer in network.layers)):
        raise ValueError(f'"{new}" is taken: every layer needs a name of its own')
    layers = _with_layer(network, name, lambda layer: replace(layer, name=new)).layers
    return replace(network, layers=tuple(_reading(layer, {name: (new,)}) for layer in layers))


def reading(network: Network, name: str, text: str) -> Network:
    """The network with a layer that reads the layers named, apart by commas; none named, the one above it.

    Whether there are such layers the table says. Raises `ValueError` for what is no name.

    >>> from convviz.network import Add
    >>> reading(Network((4,), (Layer("add", Add()),)), "add", "input, input").layers[0].inputs
    ('input', 'input')
    >>> reading(Network((4,), (Layer("add", Add()),)), "add", "a:b")
    Traceback (most recent call last):
    ValueError: "a:b" is no name; write up to 62 letters, digits, "_", "-" or "."
    """
    inputs = tuple(word for word in re.split(r"[\s,]+", text) if word)
    _require_names(inputs)
    return _with_layer(network, name, lambda layer: replace(layer, inputs=inputs))


def added(network: Network, after: str, kind: str) -> tuple[Network, str]:
    """The network with a first example of a kind below the layer `after` ("input": above all), and its name.

    Raises KeyError for a kind that there is not.

    >>> from convviz.network import Convolution
    >>> longer, name = added(Network((1, 8, 8), (Layer("conv1", Convolution(2, 3)),)), "conv1", "add")
    >>> name, longer.layers[1].inputs
    ('add1', ('conv1', 'input'))
    >>> added(Network((4,)), "input", "attention")
    Traceback (most recent call last):
    KeyError: 'attention'
    """
    name = free_name(network, KINDS[kind].example)
    operation = KINDS[kind].example
    inputs = (after, _source(network, after)) if isinstance(operation, SEVERAL) else ()
    return _put_below(network, _place(network, after), Layer(name, operation, inputs)), name


def duplicated(network: Network, *names: str) -> tuple[Network, str]:
    """The network with some layers, one right below the other, twice; and the name of the first double.

    >>> from convviz.network import Activation, Dense
    >>> twice, name = duplicated(Network((4,), (Layer("a", Dense(3)), Layer("b", Activation()))), "a", "b")
    >>> name, [layer.name for layer in twice.layers]
    ('dense1', ['a', 'b', 'dense1', 'relu1'])
    >>> duplicated(Network((4,)), "a")
    Traceback (most recent call last):
    convviz.network.changes.UnknownLayerError: "a" is no layer of this network
    """
    below = max(_index(network, name) for name in names) + 1
    new: dict[str, str] = {}
    for name in names:
        layer = network.layers[_index(network, name)]
        new[name] = free_name(network, layer.operation)
        inputs = layer.inputs if isinstance(layer.operation, SEVERAL) else ()
        double = Layer(new[name], layer.operation, tuple(new.get(read, read) for read in inputs))
        network = _put_below(network, below, double)
        below += 1
    return network, new[names[0]]


def removed(network: Network, name: str) -> Network:
    """The network without a layer; what read it reads what it read.

    >>> from convviz.network import Activation
    >>> [layer.name for layer in removed(Network((4,), (Layer("a", Activation()), Layer("b", Activation()))), "a").layers]
    ['b']
    >>> removed(Network((4,)), "input")
    Traceback (most recent call last):
    ValueError: the input is no layer: its sizes are set beside the table
    """
    place = _index(network, name)
    read = network.layers[place].inputs[:1]
    layers = [_reading(layer, {name: read or (_above(network, place),)}) for layer in network.layers]
    if read and place + 1 < len(layers) and not layers[place + 1].inputs:
        layers[place + 1] = replace(layers[place + 1], inputs=read)
    return replace(network, layers=(*layers[:place], *layers[place + 1 :]))


def moved(network: Network, name: str, to: int) -> Network:
    """The network with a layer at another place, counted from 0; beyond the last it is the last.

    >>> from convviz.network import Activation
    >>> [layer.name for layer in moved(Network((4,), (Layer("a", Activation()), Layer("b", Activation()))), "a", 9).layers]
    ['b', 'a']
    >>> moved(Network((4,)), "a", 0)
    Traceback (most recent call last):
    convviz.network.changes.UnknownLayerError: "a" is no layer of this network
    """
    layer = network.layers[_index(network, name)]
    others = [other for other in network.layers if other.name != name]
    place = min(max(to, 0), len(others))
    return replace(network, layers=(*others[:place], layer, *others[place:]))


def mended(network: Network, error: NetworkError) -> Network:
    """The network with the way out that an error knows: settings of its layer, or a layer put in front of it.

    >>> from convviz.network import Dense
    >>> network = Network((1, 4, 4), (Layer("dense1", Dense(3)),))
    >>> [layer.name for layer in mended(network, partial(network)[1]).layers]
    ['flatten', 'dense1']
    >>> mended(Network((4,)), partial(network)[1])
    Traceback (most recent call last):
    convviz.network.changes.UnknownLayerError: "dense1" is no layer of this network
    """
    remedy: dict[str, Any] = dict(error.remedy)
    kind = remedy.pop(INSERT_BEFORE, None)
    if kind:
        place = _index(network, error.layer)
        operation = KINDS[kind].example
        network = _between(network, place, Layer(free_name(network, operation), operation))
    name, inputs = remedy.pop("name", None), remedy.pop("inputs", None)

    def mend(layer: Layer) -> Layer:
        layer = replace(layer, operation=replace(layer.operation, **remedy)) if remedy else layer
        return layer if inputs is None else replace(layer, inputs=inputs)

    if name is not None:  # two layers may share a name: the lower one gets the new one
        place = len(partial(network)[0])
        layers = list(network.layers)
        layers[place] = replace(layers[place], name=name)
        return replace(network, layers=tuple(layers))
    return _with_layer(network, error.layer, mend)


def following(network: Network) -> Network:
    """The network without the numbers that its layers declare of their inputs: they follow what comes in.

    >>> from convviz.network import Dense
    >>> following(Network((4,), (Layer("dense1", Dense(3, in_features=4)),))).layers[0].operation.in_features is None
    True
    >>> following(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'layers'
    """
    return replace(network, layers=tuple(replace(layer, operation=_following(layer.operation)) for layer in network.layers))


def free_name(network: Network, operation: Operation) -> str:
    """A name for a new layer: its kind's short name, and a number.

    >>> from convviz.network import Activation, Flatten
    >>> free_name(Network((4,), (Layer("flatten", Flatten()),)), Flatten()), free_name(Network((4,)), Activation("Tanh"))
    ('flatten2', 'tanh1')
    >>> free_name(Network((4,)), None)
    Traceback (most recent call last):
    KeyError: <class 'NoneType'>
    """
    taken = {layer.name for layer in network.layers} | {INPUT}
    short = short_name(operation)
    numbered = (f"{short}{number}" for number in range(1 + (short in _ALONE), len(taken) + 3))
    return next(name for name in ([short] if short in _ALONE else []) + list(numbered) if name not in taken)


def short_name(operation: Operation) -> str:
    """What layers of this kind are called, before their number. Raises KeyError for what is no operation.

    >>> from convviz.network import Convolution
    >>> short_name(Convolution(6, 5))
    'conv'
    >>> short_name("conv")
    Traceback (most recent call last):
    KeyError: <class 'str'>
    """
    function = getattr(operation, "function", None)
    return str(function).lower() if function else _SHORT[kind_of(operation).name]


_SHORT: Mapping[str, str] = {
    "convolution": "conv",
    "transposed_convolution": "up",
    "pooling": "pool",
    "adaptive_pooling": "pool",
    "upsampling": "up",
    "batch_norm": "norm",
    "dropout": "dropout",
    "flatten": "flatten",
    "dense": "dense",
    "add": "add",
    "concat": "concat",
}
_ALONE = ("flatten",)
"""Kinds of which a network mostly has one: it needs no number."""


def _place(network: Network, name: str) -> int:
    """The number of layers down to and with the one called so; 0 for the input."""
    names = [INPUT, *(layer.name for layer in network.layers)]
    if name not in names:
        raise UnknownLayerError(f'"{name}" is no layer of this network')
    return names.index(name)


def _index(network: Network, name: str) -> int:
    """The place of a layer among the layers, from 0."""
    place = _place(network, name)
    if not place:
        raise ValueError("the input is no layer: its sizes are set beside the table")
    return place - 1


def _require_names(names: Iterable[str]) -> None:
    for name in names:
        if not is_name(name):
            raise ValueError(f'"{name[:40]}" is no name; {NAME_RULE}')


def _above(network: Network, place: int) -> str:
    return network.layers[place - 1].name if place else INPUT


def _source(network: Network, name: str) -> str:
    """What the layer called so reads first; the input reads nothing but itself."""
    place = _place(network, name) - 1
    return INPUT if place < 0 else (network.layers[place].inputs or (_above(network, place),))[0]


def _put_below(network: Network, place: int, layer: Layer) -> Network:
    """A layer put in at a place; the one right below, if it reads the one right above, reads it instead."""
    rest = network.layers[place:]
    below = (_reading(rest[0], {_above(network, place): (layer.name,)}), *rest[1:]) if rest else ()
    return replace(network, layers=(*network.layers[:place], layer, *below))


def _between(network: Network, place: int, layer: Layer) -> Network:
    """A layer put between the one at `place` and what that one reads."""
    reader = network.layers[place]
    layers = (replace(layer, inputs=reader.inputs), replace(reader, inputs=()))
    return replace(network, layers=(*network.layers[:place], *layers, *network.layers[place + 1 :]))


def _with_layer(network: Network, name: str, change: Callable[[Layer], Layer]) -> Network:
    place = _index(network, name)
    layers = list(network.layers)
    layers[place] = change(layers[place])
    return replace(network, layers=tuple(layers))


def _reading(layer: Layer, names: Mapping[str, Iterable[str]]) -> Layer:
    return replace(layer, inputs=tuple(new for old in layer.inputs for new in names.get(old, (old,))))


def _following(operation: Operation) -> Operation:
    declared = {field.name for field in fields(operation)} & set(COMES_IN)
    return replace(operation, **dict.fromkeys(declared))  # type: ignore[arg-type]  # these settings can be None
