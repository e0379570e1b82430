"""The way out of what no network can be: whatever is wrong with a layer, what the error says to do gets past it."""

import itertools
from collections import Counter
from dataclasses import replace

import pytest

from convviz.network import (
    INSERT_BEFORE,
    Activation,
    AdaptivePooling,
    Add,
    BatchNorm,
    Concat,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Network,
    Pooling,
    TransposedConvolution,
    Upsampling,
    partial,
)
from convviz.network.rules import RULES

ROW, LINE, PICTURE, WIDE, CUBE = (12,), (2, 5), (2, 4, 4), (2, 4, 7), (2, 3, 4, 5)


def alike(*entries):
    """One entry an axis, in turns."""
    return lambda dimension: tuple(entries[axis % len(entries)] for axis in range(dimension))


AXES = {"kernel_size", "output_size", "scale_factor"}
"""Settings of kinds of layer that slide."""
FITTING = {
    Convolution: {"out_channels": 4, "kernel_size": 2},
    TransposedConvolution: {"out_channels": 4, "kernel_size": 2},
    Pooling: {"kernel_size": 2},
    AdaptivePooling: {"output_size": 2},
    Upsampling: {"scale_factor": 2},
    BatchNorm: {},
    Activation: {},
    Dropout: {},
    Flatten: {},
    Dense: {"out_features": 3, "in_features": None},
    Add: {},
    Concat: {},
}

FAULTS = {
    Convolution: {
        "out_channels": (0, 1.5),
        "kernel_size": (0, -1, 1.5, 9, alike(1, 9), alike(0, 6)),
        "stride": (0, -1, alike(1, 0)),
        "padding": (-1, 0.5, "full", alike(1, -1), alike((0, 1))),
        "dilation": (0, 9, alike(7, 1)),
        "groups": (0, 3, 4),
        "padding_mode": ("mirror",),
        "in_channels": (1, 7, "2"),
    },
    TransposedConvolution: {
        "out_channels": (0,),
        "kernel_size": (0, alike(0, 1)),
        "stride": (0, alike(2, 0)),
        "padding": (-1, 4, 9, "same", alike(9, 0)),
        "output_padding": (-1, 1, 5, alike(0, 3)),
        "dilation": (0,),
        "groups": (0, 3),
        "in_channels": (1, 7),
    },
    Pooling: {
        "kernel_size": (0, 9, alike(9, 1), alike(2, 6)),
        "stride": (0, alike(1, 0)),
        "padding": (-1, 2, 9, "same", alike(2, 1)),
        "dilation": (0, 9, alike(9, 1)),
        "kind": ("mean",),
    },
    AdaptivePooling: {"output_size": (0, 1.5, alike(2, 0)), "kind": ("lp",)},
    Upsampling: {
        "scale_factor": (0, 1.5, None, alike(0, 2)),
        "size": (3,),
        "mode": ("cubic",),
        "align_corners": (True,),
    },
    BatchNorm: {"num_features": (0, 7)},
    Activation: {"function": ("Sine",)},
    Dropout: {"p": (-0.5, 2, "half")},
    Dense: {"out_features": (0,), "in_features": (4000, 0)},
}

TOGETHER = {
    Convolution: (
        {"kernel_size": 3, "stride": 2, "padding": "same"},
        {"kernel_size": 4, "stride": 3, "padding": "same"},
        {"kernel_size": 2, "stride": alike(1, 2), "padding": "same"},
        {"kernel_size": 3, "padding": 7, "padding_mode": "reflect"},
        {"kernel_size": alike(7, 8), "dilation": 2},
    ),
    TransposedConvolution: (
        {"kernel_size": 1, "padding": alike(9, 8)},
        {"stride": 2, "output_padding": alike(1, 2)},
    ),
    Pooling: (
        {"kernel_size": 9, "padding": 1, "ceil_mode": True},
        {"kernel_size": 2, "padding": 1, "kind": "lp"},
        {"kernel_size": 6, "padding": 3, "kind": "average"},
        {"kernel_size": 2, "dilation": 2, "kind": "lp"},
    ),
    Upsampling: (
        {"scale_factor": None, "size": 0},
        {"scale_factor": None, "size": alike(2, 0), "mode": "linear"},
    ),
}
"""Settings of which each could be, beside others."""


def faulty(kind, dimension):
    """Operations of a kind with one setting that cannot be, or two that do not go together."""
    changes = [{name: value} for name, values in FAULTS.get(kind, {}).items() for value in values]
    for change in (*changes, *TOGETHER.get(kind, ())):
        settings = {name: value(dimension) if callable(value) else value for name, value in change.items()}
        yield kind(**{**FITTING[kind], **settings})


def applied(network, error):
    """The network once a learner has done what the error's remedy says."""
    place = [layer.name for layer in network.layers].index(error.layer)
    layer, remedy, before = network.layers[place], dict(error.remedy), ()
    if remedy.pop(INSERT_BEFORE, None) == "flatten":
        before, layer = (Layer("flatten", Flatten(), layer.inputs),), replace(layer, inputs=())
    named = {name: remedy.pop(name) for name in ("name", "inputs") if name in remedy}
    layer = replace(layer, operation=replace(layer.operation, **remedy), **named)
    return replace(network, layers=(*network.layers[:place], *before, layer, *network.layers[place + 1 :]))


def remedies_needed(network, most):
    """How many remedies get the network past its layer "tested"."""
    for count in range(most + 1):
        _, error = partial(network)
        if error is None:
            return count
        assert error.layer == "tested"
        assert error.remedy, f"no way out: {error}"
        better = applied(network, error)
        assert better != network, f"nothing changes: {error}"
        network = better
    raise AssertionError(f"no end of remedies: {network}: {error}")


def around(operation, *inputs):
    return Layer("first", Activation()), Layer("tested", operation, inputs), Layer("last", Dropout())


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.__name__)
def test_the_way_out_of_a_layer_is_one(kind):
    """An axis at a time, where sizes differ and a number for all axes does not fit them."""
    needed = Counter()
    for shape in (LINE, PICTURE, WIDE, CUBE) if FAULTS[kind].keys() & AXES else (ROW, LINE, CUBE):
        for operation in faulty(kind, len(shape) - 1):
            count = remedies_needed(Network(shape, around(operation)), 6)
            assert count <= allowed(operation, shape), f"{count} for {operation} on {shape}"
            needed[count] += 1
    assert needed[0] <= 0.2 * needed.total()
    assert needed[1] >= 0.3 * needed.total()


def allowed(operation, shape):
    """Remedies that a fault may take: a flatten and then its numbers, or an axis of its own size each."""
    if isinstance(operation, Dense):
        return 1 if len(shape) == 1 else 2
    entries = [value for value in vars(operation).values() if isinstance(value, tuple) and value]
    return max(len(shape) - 1 if entries else len(set(shape[1:])), 1)


def test_the_way_out_of_two_inputs_to_a_layer_that_reads_one():
    for kind, settings in FITTING.items():
        if kind in {Add, Concat, Dense}:
            continue
        network = Network(WIDE, around(kind(**settings), "first", "input"))
        assert remedies_needed(network, 1) == 1
    assert remedies_needed(Network(WIDE, around(Dense(3), "first", "input")), 2) == 2


@pytest.mark.parametrize("inputs", [("nobody",), ("tested",), ("last",), ("first", "input")])
def test_the_way_out_of_an_input_that_cannot_be_is_the_layer_above(inputs):
    network = Network(WIDE, around(Activation(), *inputs))
    _, error = partial(network)
    assert applied(network, error).layers[1].inputs == ()
    assert remedies_needed(network, 1) == 1


@pytest.mark.parametrize("name", ["first", "input", "", "a b", "a" * 63])
def test_the_way_out_of_a_name_is_another(name):
    network = Network(LINE, (Layer("first", Activation()), Layer("layer1", Activation()), Layer(name, Dropout())))
    _, error = partial(network)
    # Names are found from below: the first layer called so is not the one meant.
    renamed = replace(network, layers=(*network.layers[:2], replace(network.layers[2], **error.remedy)))
    assert [row.name for row in renamed.table()] == ["first", "layer1", "layer2"]


@pytest.mark.parametrize("shape", [LINE, PICTURE, WIDE, CUBE])
def test_the_way_out_of_a_concatenation_that_does_not_fit_is_its_crop(shape):
    small = Layer("small", Convolution(3, 2), ("input",))
    network = Network(shape, (small, Layer("tested", Concat(), ("input", "small"))))
    assert remedies_needed(network, 1) == 1


@pytest.mark.parametrize("shape", [LINE, PICTURE, WIDE, CUBE])
def test_the_way_out_of_a_dense_layer_on_a_picture_is_a_flatten(shape):
    network = Network(shape, around(Dense(3)))
    _, error = partial(network)
    assert error.remedy == {INSERT_BEFORE: "flatten"}
    assert [row.name for row in applied(network, error).table()] == ["first", "flatten", "tested", "last"]


def test_many_faults_at_once_are_mended_one_after_the_other():
    """Whatever else is wrong: every remedy is a step, and the steps come to an end."""
    needed = Counter()
    choices = itertools.product((2, 0, 9, alike(1, 9)), (1, 0, alike(2, 1)), (0, -1, "same", alike(1, 6)), (1, 4, 0), (1, 3))
    for (kernel_size, stride, padding, dilation, groups), shape in itertools.product(choices, (LINE, PICTURE, WIDE, CUBE)):
        given = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        settings = {name: value(len(shape) - 1) if callable(value) else value for name, value in given.items()}
        for operation in (Convolution(4, **settings), TransposedConvolution(4, **settings)):
            needed[min(remedies_needed(Network(shape, around(operation)), 13), 5)] += 1
    assert needed.total() == 2304
    assert min(needed.values()) > 50


def test_every_kind_has_its_faults_or_none_to_have():
    assert set(FITTING) == set(RULES)
    assert set(FITTING) - set(FAULTS) == {Flatten, Add, Concat}
