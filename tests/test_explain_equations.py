"""Short 1-D convolutions written out as lecture S0 does in its equations (4a) to (4c)."""

from collections.abc import Iterator

import pytest

from convviz import Trace, convolution, pooling, transposed_convolution
from convviz.explain import equations


def test_the_equations_of_the_lecture() -> None:
    letters = ["a_1 = h_0 W_-1 + h_1 W_0 + h_2 W_1", "a_2 = h_1 W_-1 + h_2 W_0 + h_3 W_1", "a_3 = h_2 W_-1 + h_3 W_0 + h_4 W_1"]
    told = equations(convolution([[3, 1, 2, 0, 5]], [[[1, 2, -1]]]))
    plain = [equation.replace("{", "").replace("}", "") for equation in told]
    assert [" = ".join(equation.split(" = ")[:2]) for equation in plain] == letters
    assert [equation.split(" = ")[2:] for equation in plain] == [
        [r"3 \cdot 1 + 1 \cdot 2 + 2 \cdot (-1)", "3"],
        [r"1 \cdot 1 + 2 \cdot 2 + 0 \cdot (-1)", "5"],
        [r"2 \cdot 1 + 0 \cdot 2 + 5 \cdot (-1)", "-3"],
    ]


EQUATIONS = {
    "padding is 0": (
        convolution([[3, 1]], [[[1, 2, 4]]], padding=1),
        r"a_{0} = 0 \cdot W_{-1} + h_{0} W_{0} + h_{1} W_{1} = 0 \cdot 1 + 3 \cdot 2 + 1 \cdot 4 = 10",
    ),
    "padding that repeats a cell": (
        convolution([[3, 1]], [[[1, 2, 4]]], padding=1, padding_mode="circular"),
        r"a_{0} = h_{1} W_{-1} + h_{0} W_{0} + h_{1} W_{1} = 1 \cdot 1 + 3 \cdot 2 + 1 \cdot 4 = 11",
    ),
    "an even kernel counts from 0": (
        convolution([[-3, 1]], [[[1, 2]]]),
        r"a_{0} = h_{0} W_{0} + h_{1} W_{1} = (-3) \cdot 1 + 1 \cdot 2 = -1",
    ),
    "true convolution": (
        convolution([[3, 1, 2]], [[[1, 2, 4]]], flip=True),
        r"a_{1} = h_{0} W_{1} + h_{1} W_{0} + h_{2} W_{-1} = 3 \cdot 4 + 1 \cdot 2 + 2 \cdot 1 = 16",
    ),
    "dilation": (
        convolution([[3, 1, 2, 0, 5]], [[[1, 2, 4]]], dilation=2),
        r"a_{2} = h_{0} W_{-1} + h_{2} W_{0} + h_{4} W_{1} = 3 \cdot 1 + 2 \cdot 2 + 5 \cdot 4 = 27",
    ),
    "a bias": (
        convolution([[3, 1]], [[[1, 2]]], bias=[-4]),
        r"a_{0} = h_{0} W_{0} + h_{1} W_{1} + b = 3 \cdot 1 + 1 \cdot 2 + (-4) = 1",
    ),
    "numbers that are cut short": (
        convolution([[1 / 3, 0.5]], [[[1, 12345]]]),
        r"a_{0} = h_{0} W_{0} + h_{1} W_{1} \approx 0.3333 \cdot 1 + 0.5 \cdot 12345 \approx 6173",
    ),
}


@pytest.mark.parametrize(("trace", "first"), EQUATIONS.values(), ids=list(EQUATIONS))
def test_the_first_equation(trace: Trace, first: str) -> None:
    told = equations(trace)
    assert len(told) == trace.output.size
    assert told[0] == first


def test_a_stride_leaves_a_gap_between_the_indices() -> None:
    told = equations(convolution([[3, 1, 2, 0, 5]], [[[1, 2, 4]]], stride=2))
    assert [equation.split(" = ")[0] for equation in told] == ["a_{1}", "a_{3}"]


def test_channels_out_are_told_apart() -> None:
    told = equations(convolution([[3, 1]], [[[1, 2]], [[4, 0]]]))
    assert [equation.split(" + ")[0] for equation in told] == [
        "a^{(0)}_{0} = h_{0} W^{(0)}_{0}",
        "a^{(1)}_{0} = h_{0} W^{(1)}_{0}",
    ]


def unwritten() -> Iterator[Trace]:
    yield convolution([[1] * 9], [[[1]]])
    yield convolution([[1] * 5], [[[1]], [[1]]])
    yield convolution([[1, 2], [3, 4]], [[[1], [1]]])
    yield convolution([[[1, 2]]], [[[[1]]]])
    yield pooling([[1, 2]], 2)
    yield transposed_convolution([[1, 2]], [[[1]]])


def test_what_is_longer_or_no_convolution_is_not_written_out() -> None:
    assert [equations(trace) for trace in unwritten()] == [()] * 6
    assert len(equations(convolution([[1] * 8], [[[1]]]))) == 8
