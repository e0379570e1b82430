"""A field's formulas: every one that is written out comes to the number it says, and that is the table's."""

import re
from fractions import Fraction

import pytest

from convviz.explain import field_formulas, shown_number
from convviz.network import INPUT, PRESETS, STACKS, LayerTable, partial
from convviz.receptive_field import WHOLE
from tests.random_networks import small_network
from tests.test_explain_layers import worked_out as evaluated


def written(table, layer, axis):
    return {name: "".join(words for _, words in tokens) for name, tokens in field_formulas(table, layer, axis)}


def number(text):
    return Fraction(text.replace("−", "-"))


def check(table, layer, axis):
    """Returns how many of the formulas had something to work out."""
    reaches = (WHOLE,) * 3 if layer == INPUT else table.row(layer).reaches
    parts = written(table, layer, axis)
    if reaches == "all":
        assert parts == {"size": "all"}
        return 0
    reach, told = reaches[axis], 0
    span = reach.of(0)
    if span:
        assert number(parts["start"].split(" = ")[-1]) == span[0]
        assert number(parts["centre"].split(" = ")[-1]) == Fraction(span[0] + span[1] + 1, 2)
    if len({each and each[1] - each[0] for each in reach.spans}) == 1:
        assert number(parts["size"].split(" = ")[-1]) == reach.size
    if reach.shift is not None:
        assert number(parts["jump"].split(" = ")[-1]) == Fraction(reach.shift, len(reach.spans))
    for text in parts.values():
        left, equals, right = text.partition(" = ")
        if equals and not re.search("[a-z]", left):
            whole = re.sub(r"\d+\.\d+", lambda half: f"({Fraction(half[0])})", left)
            assert evaluated(whole) == number(right), text
            told += 1
    return told


@pytest.mark.parametrize("name", [*STACKS, *PRESETS])
def test_formulas_of_every_preset_come_out(name):
    table = ({**STACKS, **PRESETS})[name].table()
    axes = range(len(table.input_shape) - 1)
    assert sum(check(table, layer, axis) for layer in [INPUT, *(row.name for row in table)] for axis in axes) > 3


def test_formulas_of_random_networks_come_out():
    told = 0
    for seed in range(400):
        network = small_network(seed)
        table = LayerTable(network.input_shape, partial(network)[0])
        told += sum(check(table, row.name, axis) for row in table for axis in range(len(network.input_shape) - 1))
    assert told > 3000


def test_the_numbers_of_the_picture_to_aim_at():
    table = STACKS["strided_dilated"].table()
    assert written(table, "conv3", 1) == {
        "size": "9 + (3 − 1)·3·4 = 33",
        "jump": "4·1 = 4",
        "start": "−4 − 3·4 = −16",
        "centre": "−16 + 33/2 = 0.5",
    }


def test_the_two_traps():
    """Of a dilated start the middle is 2.5, where (k − 1)/2 says 1; a transposed layer has phases of two sizes."""
    assert written(STACKS["dilated_start"].table(), "conv1", 0)["centre"] == "0 + 5/2 = 2.5"
    assert written(STACKS["phases"].table(), "up", 0)["size"] == "1 or 2, by the unit's phase"
    assert written(STACKS["phases"].table(), "up", 0)["jump"] == "1 / 2 = 0.5"


def test_what_is_joined_is_united():
    assert written(STACKS["cross"].table(), "sum", 0)["size"] == "1 and 7 united = 7"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.5, "−0.5"),
        (1.25, "1.25"),
        (Fraction(2, 3), "2/3"),
        (Fraction(-7, 3), "−7/3"),
        (1000, "1000"),
        (100000.5, "100000.5"),
        (-1234567, "−1234567"),
    ],
)
def test_numbers_of_cells(value, text):
    assert shown_number(value) == text
