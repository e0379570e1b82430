"""The guide's nineteen configurations side by side, a block of layers, and the count of what was compared with torch."""

from collections import Counter

import numpy as np
import pytest

from convviz import OPERATIONS, convolution, pooling
from tests.counted import counted, summary
from tests.reference import TWINS

# operation, input size, kernel size, settings, output size; each along two axes alike
CANONICAL = {
    "no padding, no strides": ("convolution", 4, 3, {}, 2),
    "arbitrary padding": ("convolution", 5, 4, {"padding": 2}, 6),
    "same padding": ("convolution", 5, 3, {"padding": 1}, 5),
    "full padding": ("convolution", 5, 3, {"padding": 2}, 7),
    "no padding, strides": ("convolution", 5, 3, {"stride": 2}, 2),
    "padding, strides": ("convolution", 5, 3, {"padding": 1, "stride": 2}, 3),
    "padding, strides, odd": ("convolution", 6, 3, {"padding": 1, "stride": 2}, 3),
    "dilation": ("convolution", 7, 3, {"dilation": 2}, 3),
    "no padding, no strides, transposed": ("transposed_convolution", 2, 3, {}, 4),
    "arbitrary padding, transposed": ("transposed_convolution", 6, 4, {"padding": 2}, 5),
    "same padding, transposed": ("transposed_convolution", 5, 3, {"padding": 1}, 5),
    "full padding, transposed": ("transposed_convolution", 7, 3, {"padding": 2}, 5),
    "no padding, strides, transposed": ("transposed_convolution", 2, 3, {"stride": 2}, 5),
    "padding, strides, transposed": ("transposed_convolution", 3, 3, {"padding": 1, "stride": 2}, 5),
    "padding, strides, odd, transposed": (
        "transposed_convolution",
        3,
        3,
        {"padding": 1, "stride": 2, "output_padding": 1},
        6,
    ),
    "numerical, no padding, no strides": ("convolution", 5, 3, {}, 3),
    "numerical, padding, strides": ("convolution", 5, 3, {"padding": 1, "stride": 2}, 3),
    "numerical, average pooling": ("pooling", 5, 3, {"kind": "average", "stride": 1}, 3),
    "numerical, max pooling": ("pooling", 5, 3, {"kind": "max", "stride": 1}, 3),
}


@pytest.mark.parametrize("name", CANONICAL)
def test_a_canonical_configuration_has_the_size_of_the_guide_and_the_values_of_torch(name):
    operation, size, kernel_size, settings, output_size = CANONICAL[name]
    generator = np.random.default_rng(size)
    x, weight = generator.integers(-9, 10, (1, size, size)), generator.integers(-9, 10, (1, 1, kernel_size, kernel_size))
    slides = kernel_size if operation == "pooling" else weight
    trace = OPERATIONS[operation](x, slides, **settings)
    assert trace.output.shape == (1, output_size, output_size)
    assert (trace.output == TWINS[operation](x, slides, **settings).numpy()).all()


def test_there_are_nineteen_of_them():
    assert len(CANONICAL) == 19
    assert Counter(operation for operation, *_ in CANONICAL.values()) == {
        "convolution": 10,
        "transposed_convolution": 7,
        "pooling": 2,
    }


def test_every_operation_has_its_twin():
    assert list(TWINS) == list(OPERATIONS)


def test_a_trace_says_which_operation_made_it():
    x, weight = np.ones((1, 4)), np.ones((1, 1, 2))
    arguments = {
        "convolution": (x, weight),
        "pooling": (x, 2),
        "adaptive_pooling": (x, 2),
        "unpooling": (x, np.array([[0, 1, 2, 3]])),
        "transposed_convolution": (x, weight),
    }
    assert {name: operation(*arguments[name]).operation for name, operation in OPERATIONS.items()} == {
        name: name for name in OPERATIONS
    }


# --- Layers after each other ----------------------------------------------------------------------------------------------


def test_the_first_block_of_lenet_makes_six_maps_of_14():
    """A23 of the mission: 28×28 padded by 2, six 5×5 filters, a nonlinearity, 2×2 averages."""
    generator = np.random.default_rng(0)
    x, weight, bias = (generator.integers(-9, 10, shape) for shape in ((1, 28, 28), (6, 1, 5, 5), 6))
    maps = convolution(x, weight, bias=bias, padding=2).output
    block = pooling(np.maximum(maps, 0), 2, kind="average").output
    assert [maps.shape, block.shape] == [(6, 28, 28), (6, 14, 14)]
    theirs = TWINS["pooling"](TWINS["convolution"](x, weight, bias=bias, padding=2).relu(), 2, kind="average")
    assert (block == theirs.numpy()).all()


def test_a_strided_convolution_halves_as_pooling_does_and_can_be_an_average():
    """A24 of the mission."""
    x = np.random.default_rng(0).integers(-9, 10, (1, 6, 8))
    strided = convolution(x, np.full((1, 1, 2, 2), 1 / 4), stride=2)
    pooled = pooling(x, 2, kind="average")
    assert strided.output.shape == pooled.output.shape == pooling(x, 2).output.shape
    assert (strided.output == pooled.output).all()
    assert [table.reads.tolist() for table in strided.tables] == [table.reads.tolist() for table in pooled.tables]


# --- The count ------------------------------------------------------------------------------------------------------------


def test_the_run_says_how_many_configurations_were_compared_and_of_what():
    compared = {
        ("convolution", "one axis, every one"): Counter(computed=1_200, refused=34),
        ("pooling", "one axis, every one"): Counter(computed=5),
        ("convolution", "axes mixed"): Counter(computed=6, refused=1_000),
    }
    assert summary(compared) == [
        "2,245 configurations compared with torch: convolution 2,240 · pooling 5",
        "  convolution, one axis, every one: 1,200 computed, 34 refused by both",
        "  pooling, one axis, every one: 5 computed, 0 refused by both",
        "  convolution, axes mixed: 6 computed, 1,000 refused by both",
    ]


def test_a_refusal_counts_whatever_its_reason(monkeypatch):
    compared = {}
    monkeypatch.setattr("tests.counted.COMPARED", compared)
    outcomes = {"computed": 3, "kernel_size": 2, "padding": 1}
    assert counted("pooling", "some", outcomes) is outcomes
    counted("pooling", "some", {"refused": 4})
    assert compared == {("pooling", "some"): {"computed": 3, "refused": 7}}
