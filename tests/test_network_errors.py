"""What no network can be: the exact words, the layer, the parameter, its limit, the way out."""

import pickle

import pytest

from convviz import GeometryError
from convviz.network import (
    ACTIVATIONS,
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
    NetworkError,
    Pooling,
    TransposedConvolution,
    Upsampling,
    partial,
)
from convviz.network.rules import effect
from tests.checks import refusal

LINE, PICTURE, WIDE, CUBE = (2, 5), (2, 4, 4), (2, 4, 7), (2, 3, 4, 5)
HUGE = 10**9


def layers(*operations):
    """Operations, or whole layers among them."""
    given = enumerate(operations, 1)
    return tuple(one if isinstance(one, Layer) else Layer(f"layer{number}", one) for number, one in given)


def error_of(shape, *operations):
    _, error = partial(Network(shape, layers(*operations)))
    assert error is not None, "it fits"
    return error


# --- The words ------------------------------------------------------------------------------------------------------------

WHOLE_NUMBERS = {
    ("kernel_size", Convolution(1, 0)): "kernel_size is 0: it must be at least 1",
    ("kernel_size", Convolution(1, -3)): "kernel_size is -3: it must be at least 1",
    ("kernel_size", Convolution(1, 1.5)): "kernel_size is 1.5: it must be a whole number of at least 1",
    ("kernel_size", Convolution(1, None)): "kernel_size is None: it must be a whole number of at least 1",
    ("stride", Convolution(1, 1, 0)): "stride is 0: it must be at least 1",
    ("dilation", Convolution(1, 1, dilation=0)): "dilation is 0: it must be at least 1",
    ("padding", Convolution(1, 1, padding=-1)): "padding is -1: it must be at least 0",
    ("padding", Convolution(1, 1, padding=0.5)): "padding is 0.5: it must be a whole number of at least 0",
    ("out_channels", Convolution(0, 1)): "out_channels is 0: it must be at least 1",
    ("out_channels", Convolution("6", 1)): "out_channels is 6: it must be a whole number of at least 1",
    ("groups", Convolution(1, 1, groups=0)): "groups is 0: it must be at least 1",
    ("groups", Convolution(1, 1, groups=1.5)): "groups is 1.5: it must be a whole number of at least 1",
    ("kernel_size", TransposedConvolution(1, 0)): "kernel_size is 0: it must be at least 1",
    ("stride", TransposedConvolution(1, 1, 0)): "stride is 0: it must be at least 1",
    ("output_padding", TransposedConvolution(1, 1, output_padding=-1)): "output_padding is -1: it must be at least 0",
    ("out_channels", TransposedConvolution(-1, 1)): "out_channels is -1: it must be at least 1",
    ("groups", TransposedConvolution(1, 1, groups=0)): "groups is 0: it must be at least 1",
    ("kernel_size", Pooling(0)): "kernel_size is 0: it must be at least 1",
    ("stride", Pooling(1, 0)): "stride is 0: it must be at least 1",
    ("output_size", AdaptivePooling(0)): "output_size is 0: it must be at least 1",
    ("output_size", AdaptivePooling(2.5)): "output_size is 2.5: it must be a whole number of at least 1",
    ("scale_factor", Upsampling(0)): "scale_factor is 0: it must be at least 1",
    ("scale_factor", Upsampling(1.5)): "scale_factor is 1.5: it must be a whole number of at least 1",
    ("size", Upsampling(None, 0)): "size is 0: it must be at least 1",
    ("out_features", Dense(0, in_features=4)): "out_features is 0: it must be at least 1",
    ("out_features", Dense(2.0, in_features=4)): "out_features is 2.0: it must be a whole number of at least 1",
}


@pytest.mark.parametrize(("parameter", "operation"), WHOLE_NUMBERS)
def test_a_number_that_is_none_or_too_small_is_refused(parameter, operation):
    error = error_of(PICTURE, operation)
    value, limit = getattr(operation, parameter), 0 if "padding" in parameter else 1
    assert str(error) == f"layer1, with 2×4×4 coming in: {WHOLE_NUMBERS[parameter, operation]}"
    attributes = error.layer, error.parameter, error.value, error.limit, error.remedy
    assert attributes == ("layer1", parameter, value, limit, {parameter: limit})


ONE_INPUT = {
    "a kernel wider than the picture": (
        (PICTURE, Convolution(1, 5)),
        "layer1, with 2×4×4 coming in: kernel 5 spans 5 cells; the padded input has 4: add 1 padding, or lower kernel to 4",
        ("kernel_size", 5, 4, {"kernel_size": 4}, 0),
    ),
    "a kernel wider than the picture is high": (
        (WIDE, Convolution(1, 5)),
        "layer1, with 2×4×7 coming in: kernel 5 spans 5 cells; the padded input has 4: add 1 padding, or lower kernel to 4",
        ("kernel_size", 5, 4, {"kernel_size": (4, 5)}, 0),
    ),
    "a kernel of several sizes, one of them too large": (
        (PICTURE, Convolution(1, (2, 6))),
        "layer1, with 2×4×4 coming in: kernel 6 spans 6 cells; the padded input has 4: add 2 padding, or lower kernel to 4",
        ("kernel_size", 6, 4, {"kernel_size": (2, 4)}, 1),
    ),
    "a dilation that spreads the kernel too far": (
        (LINE, Convolution(1, 3, dilation=3)),
        "layer1, with 2×5 coming in: kernel 3 with dilation 3 spans 7 cells; the padded input has 5: "
        "add 2 padding, or lower dilation to 2 or kernel to 2",
        ("kernel_size", 3, 2, {"dilation": 2}, 0),
    ),
    "an entry for one axis of two": (
        (PICTURE, Convolution(1, (3,))),
        "layer1, with 2×4×4 coming in: kernel_size has 1 entries for 2 axes: write one number, or one an axis",
        ("kernel_size", (3,), 2, {}, None),
    ),
    "three entries for two axes": (
        (PICTURE, Convolution(1, (3, 3, 3))),
        "layer1, with 2×4×4 coming in: kernel_size has 3 entries for 2 axes: write one number, or one an axis",
        ("kernel_size", (3, 3, 3), 2, {}, None),
    ),
    "a name as kernel": (
        (PICTURE, Convolution(1, "5")),
        "layer1, with 2×4×4 coming in: kernel_size has 1 entries for 2 axes: write one number, or one an axis",
        ("kernel_size", "5", 2, {}, None),
    ),
    "too many strides": (
        (LINE, Pooling(2, (1, 2))),
        "layer1, with 2×5 coming in: stride has 2 entries for 1 axes: write one number, or one an axis",
        ("stride", (1, 2), 1, {}, None),
    ),
    "a padding for one axis of two": (
        (PICTURE, Convolution(1, 3, padding=(1,))),
        "layer1, with 2×4×4 coming in: padding has 1 entries for 2 axes: write one number, one entry an axis, or a name",
        ("padding", (1,), 2, {}, 0),
    ),
    "a padding that torch has no name for": (
        (PICTURE, Convolution(1, 3, padding="full")),
        'layer1, with 2×4×4 coming in: padding is "full": write a number for both sides, or one an axis, or valid, or same',
        ("padding", "full", ("valid", "same"), {"padding": 0}, None),
    ),
    "a padding for each side": (
        (PICTURE, Convolution(1, 3, padding=((1, 0), (0, 1)))),
        "layer1, with 2×4×4 coming in: padding is ((1, 0), (0, 1)): write a number for both sides, or one an axis, "
        "or valid, or same",
        ("padding", ((1, 0), (0, 1)), ("valid", "same"), {"padding": 0}, None),
    ),
    "a transposed convolution with a padding by name": (
        (PICTURE, TransposedConvolution(1, 3, padding="same")),
        'layer1, with 2×4×4 coming in: padding is "same": write a number for both sides, or one an axis',
        ("padding", "same", (), {"padding": 0}, None),
    ),
    "a pooling with a padding by name": (
        (PICTURE, Pooling(3, 1, padding="valid")),
        'layer1, with 2×4×4 coming in: padding is "valid": write a number for both sides, or one an axis',
        ("padding", "valid", (), {"padding": 0}, None),
    ),
    "same with a stride": (
        (PICTURE, Convolution(1, 3, 2, "same")),
        'layer1, with 2×4×4 coming in: padding "same" needs stride 1, this stride is 2: '
        "set stride to 1, or write the padding as numbers (1 before, 1 after)",
        ("padding", "same", 1, {"padding": 1}, 0),
    ),
    "same with a stride and an even kernel, whose sides would differ": (
        (PICTURE, Convolution(1, 4, 2, "same")),
        'layer1, with 2×4×4 coming in: padding "same" needs stride 1, this stride is 2: '
        "set stride to 1, or write the padding as numbers (1 before, 2 after)",
        ("padding", "same", 1, {"stride": 1}, 0),
    ),
    "same with a stride along the second axis": (
        (WIDE, Convolution(1, 2, (1, 2), "same")),
        'layer1, with 2×4×7 coming in: padding "same" needs stride 1, this stride is 2: '
        "set stride to 1, or write the padding as numbers (0 before, 1 after)",
        ("padding", "same", 1, {"stride": (1, 1)}, 1),
    ),
    "more mirrored than there is": (
        (PICTURE, Convolution(1, 3, padding=4, padding_mode="reflect")),
        "layer1, with 2×4×4 coming in: reflect padding of 4 before an input of 4: the edge itself is not repeated, "
        "so at most 3; lower the padding or fill it with zeros",
        ("before", 4, 3, {"padding_mode": "zeros"}, 0),
    ),
    "wrapped around more than once": (
        (WIDE, Convolution(1, 3, padding=(1, 8), padding_mode="circular")),
        "layer1, with 2×4×7 coming in: circular padding of 8 before an input of 7: it wraps around once at most, "
        "so at most 7; lower the padding or fill it with zeros",
        ("before", 8, 7, {"padding_mode": "zeros"}, 1),
    ),
    "a padding mode that nobody knows": (
        (LINE, Convolution(1, 3, padding_mode="mirror")),
        'layer1, with 2×5 coming in: padding_mode "mirror" is not one of zeros, reflect, replicate, circular',
        ("padding_mode", "mirror", ("zeros", "reflect", "replicate", "circular"), {"padding_mode": "zeros"}, 0),
    ),
    "groups that do not divide": (
        ((4, 5), Convolution(6, 3, groups=3)),
        "layer1, with 4×5 coming in: groups 3 must divide the 4 input and the 6 output channels: lower groups to 2",
        ("groups", 3, 2, {"groups": 2}, None),
    ),
    "groups of a transposed convolution that do not divide": (
        ((4, 5), TransposedConvolution(6, 3, groups=4)),
        "layer1, with 4×5 coming in: groups 4 must divide the 4 input and the 6 output channels: lower groups to 2",
        ("groups", 4, 2, {"groups": 2}, None),
    ),
    "other channels declared": (
        (PICTURE, Convolution(1, 3, in_channels=3)),
        "layer1, with 2×4×4 coming in: in_channels is 3, and 2 come in: set in_channels to 2",
        ("in_channels", 3, 2, {"in_channels": 2}, None),
    ),
    "other channels declared for a transposed convolution": (
        (PICTURE, TransposedConvolution(1, 3, in_channels=1000)),
        "layer1, with 2×4×4 coming in: in_channels is 1,000, and 2 come in: set in_channels to 2",
        ("in_channels", 1000, 2, {"in_channels": 2}, None),
    ),
    "a word for the channels": (
        (PICTURE, Convolution(1, 3, in_channels="2")),
        "layer1, with 2×4×4 coming in: in_channels is '2', and 2 come in: set in_channels to 2",
        ("in_channels", "2", 2, {"in_channels": 2}, None),
    ),
    "no channels declared": (
        ((2000, 4), BatchNorm(num_features=0)),
        "layer1, with 2000×4 coming in: num_features is 0, and 2,000 come in: set num_features to 2,000",
        ("num_features", 0, 2000, {"num_features": 2000}, None),
    ),
    "output_padding beyond stride and dilation": (
        (LINE, TransposedConvolution(1, 3, 2, output_padding=2)),
        "layer1, with 2×5 coming in: output_padding 2 must be smaller than stride 2 or dilation 1: it only chooses among "
        "the output sizes that one stride apart share an input size; lower it to 1",
        ("output_padding", 2, 1, {"output_padding": 1}, 0),
    ),
    "everything cut away": (
        (WIDE, TransposedConvolution(1, 2, padding=3)),
        "layer1, with 2×4×7 coming in: padding 3 before and 3 after cuts away all 5 cells of the output: cut at most 4",
        ("after", 3, 4, {"padding": (2, 3)}, 0),
    ),
    "a window in padding alone": (
        (PICTURE, Pooling(2, padding=2)),
        "layer1, with 2×4×4 coming in: padding 2 is more than half of kernel 2: a window could lie in padding alone; "
        "lower padding to 1 or widen the kernel to 4",
        ("padding", 2, 1, {"padding": 1}, 0),
    ),
    "a window too large for the picture and its padding": (
        (LINE, Pooling(9, padding=1)),
        "layer1, with 2×5 coming in: kernel 9 spans 9 cells; the padded input has 7: add 2 padding, or lower kernel to 7",
        ("kernel_size", 9, 7, {"kernel_size": 7}, 0),
    ),
    "an average that is spread": (
        (PICTURE, Pooling(2, dilation=(1, 2), kind="average")),
        "layer1, with 2×4×4 coming in: dilation 2 with kind average: only max pooling spreads its window, in torch too; "
        "set dilation to 1",
        ("dilation", 2, 1, {"dilation": (1, 1)}, 1),
    ),
    "a norm with padding": (
        (PICTURE, Pooling(2, padding=(0, 1), kind="lp")),
        "layer1, with 2×4×4 coming in: padding (0, 1) with kind lp: torch's lp pooling has none; set padding to 0",
        ("padding", (0, 1), 0, {"padding": 0}, None),
    ),
    "an average over three axes, larger than the input": (
        (CUBE, Pooling((4, 2, 2), padding=1, kind="average")),
        "layer1, with 2×3×4×5 coming in: kernel 4 is larger than the input of 3: torch's avg_pool3d refuses that "
        "even where padding would make room; lower kernel to 3",
        ("kernel_size", 4, 3, {"kernel_size": (3, 2, 2)}, 0),
    ),
    "a pooling that nobody knows": (
        (PICTURE, Pooling(2, kind="mean")),
        'layer1, with 2×4×4 coming in: kind "mean" is not one of max, average, lp',
        ("kind", "mean", ("max", "average", "lp"), {"kind": "max"}, None),
    ),
    "an adaptive pooling that nobody knows": (
        (PICTURE, AdaptivePooling(2, "lp")),
        'layer1, with 2×4×4 coming in: kind "lp" is not one of average, max',
        ("kind", "lp", ("average", "max"), {"kind": "average"}, None),
    ),
    "an adaptive pooling to nothing along the second axis": (
        (PICTURE, AdaptivePooling((3, 0))),
        "layer1, with 2×4×4 coming in: output_size is 0: it must be at least 1",
        ("output_size", 0, 1, {"output_size": (3, 1)}, 1),
    ),
    "an upsampling without a target": (
        (PICTURE, Upsampling(None)),
        "layer1, with 2×4×4 coming in: size None and scale_factor None: an upsampling needs exactly one of them",
        ("scale_factor", None, 1, {"scale_factor": 2, "size": None}, None),
    ),
    "an upsampling with two": (
        (PICTURE, Upsampling(3, 9)),
        "layer1, with 2×4×4 coming in: size 9 and scale_factor 3: an upsampling needs exactly one of them",
        ("scale_factor", 3, 1, {"scale_factor": 2, "size": None}, None),
    ),
    "an upsampling that nobody knows": (
        (PICTURE, Upsampling(2, mode="cubic")),
        'layer1, with 2×4×4 coming in: mode "cubic" is not one of nearest, linear',
        ("mode", "cubic", ("nearest", "linear"), {"mode": "nearest"}, None),
    ),
    "corners of the nearest aligned": (
        (PICTURE, Upsampling(2, align_corners=True)),
        "layer1, with 2×4×4 coming in: align_corners with mode nearest: there is nothing to align; set mode to linear",
        ("align_corners", True, False, {"align_corners": False}, None),
    ),
    "an upsampling for three axes of two": (
        (PICTURE, Upsampling(None, (3, 3, 3))),
        "layer1, with 2×4×4 coming in: size has 3 entries for 2 axes: write one number, or one an axis",
        ("size", (3, 3, 3), 2, {}, None),
    ),
    "a function that nobody knows": (
        (PICTURE, Activation("Sine")),
        f'layer1, with 2×4×4 coming in: function "Sine" is not one of {", ".join(ACTIVATIONS)}',
        ("function", "Sine", ACTIVATIONS, {"function": "ReLU"}, None),
    ),
    "neighbours of numbers in a row": (
        ((1234,), Activation("LocalResponseNorm", (("size", 2),))),
        "layer1, with 1234 coming in: these are 1,234 numbers in a row: windows slide over channels × sizes; "
        "move it above the flatten",
        ("inputs", (1234,), 2, {}, None),
    ),
    "a probability above 1": (
        (PICTURE, Dropout(1.5)),
        "layer1, with 2×4×4 coming in: p is 1.5: a probability lies between 0 and 1",
        ("p", 1.5, 1, {"p": 0.5}, None),
    ),
    "a word for a probability": (
        (PICTURE, Dropout("half")),
        "layer1, with 2×4×4 coming in: p is half: a probability lies between 0 and 1",
        ("p", "half", 1, {"p": 0.5}, None),
    ),
    "a dense layer on a picture": (
        ((64, 7, 7), Dense(10)),
        "layer1, with 64×7×7 coming in: its 3,136 numbers are not in a row, and it takes all of them: put a flatten before it",
        ("in_features", None, 3136, {INSERT_BEFORE: "flatten"}, None),
    ),
    "a dense layer on a picture that it knows the numbers of": (
        ((64, 7, 7), Dense(10, in_features=3136)),
        "layer1, with 64×7×7 coming in: its 3,136 numbers are not in a row, and it takes 3,136: put a flatten before it",
        ("in_features", 3136, 3136, {INSERT_BEFORE: "flatten"}, None),
    ),
    "a word for the numbers that come in": (
        (PICTURE, Dense(10, in_features="4")),
        "layer1, with 2×4×4 coming in: its 32 numbers are not in a row, and it takes '4': put a flatten before it",
        ("in_features", "4", 32, {INSERT_BEFORE: "flatten"}, None),
    ),
    "another number of numbers in a row": (
        ((256,), Dense(10, in_features=400)),
        "layer1, with 256 coming in: in_features is 400, and 256 come in: set in_features to 256",
        ("in_features", 400, 256, {"in_features": 256}, None),
    ),
    "two inputs to a layer that reads one": (
        (PICTURE, Layer("layer1", Dropout(), ("input", "input"))),
        "layer1: it names 2 inputs and reads one: name one, or join them in a sum or a concatenation first",
        ("inputs", 2, 1, {"inputs": ()}, None),
    ),
    "a sum of one": (
        (PICTURE, Add()),
        "layer1, with 2×4×4 coming in: a sum needs two inputs or more, this one has 1: name the layers it reads",
        ("inputs", 1, 2, {}, None),
    ),
    "a concatenation of one": (
        (PICTURE, Concat()),
        "layer1, with 2×4×4 coming in: a concatenation needs two inputs or more, this one has 1: name the layers it reads",
        ("inputs", 1, 2, {}, None),
    ),
    "more cells than are followed": (
        ((2, 2**20), Upsampling(2)),
        "layer1, with 2×1048576 coming in: 2×2097152 comes out: at most 1,048,576 cells an axis are followed",
        ("size", (2, 2**21), 2**20, {}, None),
    ),
    "more phases than are followed": (
        ((2, 1), Upsampling(4097)),
        "layer1, with 2×1 coming in: what its units see repeats only every 4,097 units: at most 4,096 are followed",
        ("output_size", 4097, 4096, {}, None),
    ),
    "a layer called like the input": (
        (PICTURE, Layer("input", Dropout())),
        'input, with 2×4×4 coming in: "input" is taken: every layer needs a name of its own; '
        'write up to 62 letters, digits, "_", "-" or "."',
        ("name", "input", 62, {"name": "layer1"}, None),
    ),
    "a name with a gap": (
        (PICTURE, Layer("a b", Dropout())),
        'a b, with 2×4×4 coming in: "a b" is no name; write up to 62 letters, digits, "_", "-" or "."',
        ("name", "a b", 62, {"name": "layer1"}, None),
    ),
    "no such layer": (
        (PICTURE, Layer("layer1", Dropout(), ("conv9",))),
        'layer1: "conv9" is no layer: name one above it',
        ("inputs", ("conv9",), ("input",), {"inputs": ()}, None),
    ),
    "a layer that reads itself": (
        (PICTURE, Layer("layer1", Dropout(), ("layer1",))),
        'layer1: "layer1" cannot read itself: name a layer above it',
        ("inputs", ("layer1",), ("input",), {"inputs": ()}, None),
    ),
    "a layer that reads one below": (
        (PICTURE, Layer("layer1", Dropout(), ("layer2",)), Dropout()),
        'layer1: "layer2" stands below it: move it up',
        ("inputs", ("layer2",), ("input",), {"inputs": ()}, None),
    ),
}


@pytest.mark.parametrize("name", ONE_INPUT)
def test_a_layer_that_does_not_fit_is_named_with_what_comes_in_and_a_way_out(name):
    given, message, attributes = ONE_INPUT[name]
    error = error_of(*given)
    assert str(error) == message
    assert (error.parameter, error.value, error.limit, error.remedy, error.axis) == attributes
    assert error.layer == layers(*given[1:])[0].name


NARROW, THIN = Layer("narrow", Convolution(2, 3), ("input",)), Layer("thin", Convolution(1, 3, padding=1), ("input",))
ROW = Layer("row", Flatten(), ("input",))

SEVERAL_INPUTS = {
    "a sum of other sizes": (
        (NARROW, Layer("join", Add(), ("input", "narrow"))),
        "join: its inputs are 2×4×4 and 2×2×2: a sum needs equal shapes; "
        "give both layers before it the same channels, strides and padding",
        ("inputs", ((2, 4, 4), (2, 2, 2)), (2, 4, 4), {}),
    ),
    "a sum of other channels, which torch would add to each": (
        (THIN, Layer("join", Add(), ("thin", "input"))),
        "join: its inputs are 1×4×4 and 2×4×4: a sum needs equal shapes; "
        "give both layers before it the same channels, strides and padding",
        ("inputs", ((1, 4, 4), (2, 4, 4)), (1, 4, 4), {}),
    ),
    "a sum of three": (
        (NARROW, ROW, Layer("join", Add(), ("input", "narrow", "row"))),
        "join: its inputs are 2×4×4, 2×2×2 and 32: a sum needs equal shapes; "
        "give both layers before it the same channels, strides and padding",
        ("inputs", ((2, 4, 4), (2, 2, 2), (32,)), (2, 4, 4), {}),
    ),
    "a concatenation of other sizes": (
        (NARROW, Layer("join", Concat(), ("input", "narrow"))),
        "join: its inputs are 2×4×4 and 2×2×2: only the channels may differ; "
        "crop the larger ones to 2×2, or give both layers before it the same strides and padding",
        ("crop", False, True, {"crop": True}),
    ),
    "a concatenation of which each is the smaller along one axis": (
        (
            Layer("high", Convolution(1, (1, 3)), ("input",)),
            Layer("wide", Convolution(1, (2, 1)), ("input",)),
            Layer("join", Concat(), ("high", "wide")),
        ),
        "join: its inputs are 1×4×2 and 1×3×4: only the channels may differ; "
        "crop the larger ones to 3×2, or give both layers before it the same strides and padding",
        ("crop", False, True, {"crop": True}),
    ),
    "a picture beside a row": (
        (ROW, Layer("join", Concat(crop=True), ("input", "row"))),
        "join: its inputs are 2×4×4 and 32: flat and not flat; flatten all of them or none",
        ("inputs", ((2, 4, 4), (32,)), (2, 4, 4), {}),
    ),
}


@pytest.mark.parametrize("name", SEVERAL_INPUTS)
def test_layers_that_cannot_be_joined_are_named_with_all_their_shapes(name):
    given, message, attributes = SEVERAL_INPUTS[name]
    error = error_of(PICTURE, *given)
    assert str(error) == message
    assert (error.parameter, error.value, error.limit, error.remedy) == attributes
    assert (error.layer, error.axis) == ("join", None)


SLIDING = (Convolution(1, 1), TransposedConvolution(1, 1), Pooling(1), AdaptivePooling(1), Upsampling(1))


@pytest.mark.parametrize("operation", SLIDING, ids=lambda operation: type(operation).__name__)
def test_behind_a_flatten_no_window_slides(operation):
    error = error_of(PICTURE, Flatten(), operation)
    assert str(error) == (
        "layer2, with 32 coming in: these are 32 numbers in a row: windows slide over channels × sizes; "
        "move it above the flatten"
    )
    assert (error.layer, error.parameter, error.value, error.limit, error.remedy) == ("layer2", "inputs", (32,), 2, {})


def test_a_name_that_is_taken_gets_one_that_is_free():
    taken = [Layer(name, Dropout()) for name in ("a", "layer3", "a", "layer1")]
    error = error_of(PICTURE, *taken)
    assert str(error) == (
        'a, with 2×4×4 coming in: "a" is taken: every layer needs a name of its own; '
        'write up to 62 letters, digits, "_", "-" or "."'
    )
    assert (error.layer, error.parameter, error.remedy) == ("a", "name", {"name": "layer2"})


@pytest.mark.parametrize("name", ["a", "A-1", "layer1.0.conv", "_", "9", "a" * 62, "features.0_1-x"])
def test_names_as_modules_have_them(name):
    assert Network(LINE, (Layer(name, Dropout()),)).table().rows[0].name == name


@pytest.mark.parametrize("name", ["", " ", ".", "-a", ".a", "a.", "a b", "a" * 63, "é", "a\n", "a/b", '"'])
def test_names_that_are_none(name):
    error = error_of(LINE, Layer(name, Dropout()))
    assert str(error) == f'{name}, with 2×5 coming in: "{name}" is no name; write up to 62 letters, digits, "_", "-" or "."'
    assert (error.parameter, error.value, error.limit, error.remedy) == ("name", name, 62, {"name": "layer1"})


def test_an_unknown_input_may_be_any_of_the_layers_above():
    error = error_of(LINE, Dropout(), Dropout(), Layer("sum", Add(), ("layer1", "layer9")), Dropout())
    assert str(error) == 'sum, with 2×5 coming in: "layer9" is no layer: name one above it'
    assert (error.value, error.limit) == (("layer1", "layer9"), ("input", "layer1", "layer2"))


def test_true_counts_as_one_as_it_does_for_torch():
    assert Network((1, 5), layers(Convolution(True, True, True, in_channels=True))).table().output_shape == (1, 5)


# --- The input ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "message", "attributes"),
    [
        ((), "input_shape is (): write (channels, sizes of 1 to 3 axes), or (numbers,)", ("input_shape", (), 4, {})),
        (
            (1, 2, 3, 4, 5),
            "input_shape is (1, 2, 3, 4, 5): write (channels, sizes of 1 to 3 axes), or (numbers,)",
            ("input_shape", (1, 2, 3, 4, 5), 4, {}),
        ),
        (
            [3, 8],
            "input_shape is [3, 8]: write (channels, sizes of 1 to 3 axes), or (numbers,)",
            ("input_shape", [3, 8], 4, {}),
        ),
        (8, "input_shape is 8: write (channels, sizes of 1 to 3 axes), or (numbers,)", ("input_shape", 8, 4, {})),
        ((3, 0), "input_shape is 0: it must be at least 1", ("input_shape", 0, 1, {"input_shape": 1})),
        ((-3, 8), "input_shape is -3: it must be at least 1", ("input_shape", -3, 1, {"input_shape": 1})),
        ((3, 8.5), "input_shape is 8.5: it must be a whole number of at least 1", ("input_shape", 8.5, 1, {"input_shape": 1})),
        (
            (3, 2**20 + 1),
            "3×1048577 comes out: at most 1,048,576 cells an axis are followed",
            ("size", (3, 2**20 + 1), 2**20, {}),
        ),
    ],
)
def test_an_input_that_cannot_be_is_refused_before_any_layer(shape, message, attributes):
    error = refusal(partial, Network(shape, layers(Dropout())))
    assert not isinstance(error, NetworkError)
    assert str(error) == message
    assert (error.parameter, error.value, error.limit, error.remedy) == attributes
    assert str(refusal(Network(shape).table)) == message


def test_channels_and_numbers_in_a_row_may_be_as_many_as_one_likes():
    assert Network((HUGE, 2**20), layers(Flatten())).table().output_shape == (HUGE * 2**20,)


@pytest.mark.parametrize(
    ("operation", "size"),
    [
        (Convolution(1, 2**19, padding=1, padding_mode="reflect"), 2**19 + 3),
        (Convolution(1, 3, 10**12, 10**12, padding_mode="replicate"), 3),
        (Convolution(1, 3, 10**12, 10**12), 3),
    ],
)
def test_whether_a_padding_can_be_filled_takes_no_memory_to_say(operation, size):
    """Tap by tap, terabytes."""
    assert Network((1, 2**20), layers(operation)).table().output_shape == (1, size)


# --- The error ------------------------------------------------------------------------------------------------------------


def test_an_error_survives_pickling():
    error = error_of(WIDE, Convolution(1, 5))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - just written
    assert type(again) is NetworkError
    assert str(again) == str(error)
    assert vars(again) == vars(error)
    assert (again.layer, again.axis, again.remedy) == ("layer1", 0, {"kernel_size": (4, 5)})


def test_an_error_is_raised_by_the_table_and_handed_out_beside_the_rows():
    network = Network(PICTURE, layers(Convolution(1, 3), Convolution(1, 3)))
    rows, error = partial(network)
    raised = refusal(network.table)
    assert isinstance(raised, GeometryError)
    assert (type(raised), str(raised), vars(raised)) == (type(error), str(error), vars(error))
    assert [row.name for row in rows] == ["layer1"]


def test_what_is_no_operation_is_no_refusal():
    with pytest.raises(KeyError):
        partial(Network(PICTURE, layers(3)))
    with pytest.raises(KeyError):
        effect("conv", (PICTURE,))
