"""A row in words: every formula on the screen, worked out, gives the number that stands behind it."""

import math
import re
from fractions import Fraction

import pytest

from convviz.explain import layer_formulas, layer_label, share_words
from convviz.network import PRESETS, Activation, BatchNorm, Convolution, Dropout, Layer, Network, Row, Upsampling, partial
from tests import random_networks

ARITHMETIC = re.compile(r"[\d\s()+*/,\-⌊⌋⌈⌉F]*")


def worked_out(text: str) -> Fraction:
    """The value of a formula as it is written."""
    plain = text.replace("·", "*").replace("−", "-").replace(",", "")
    plain = re.sub(r"\d+", lambda number: f"Fraction({number[0]})", plain)
    plain = plain.translate({ord("⌊"): "floor(", ord("⌋"): ")", ord("⌈"): "ceil(", ord("⌉"): ")"})
    names = {"Fraction": Fraction, "floor": lambda value: Fraction(math.floor(value)), "ceil": lambda v: Fraction(math.ceil(v))}
    return eval(plain, {"__builtins__": {}}, names)  # noqa: S307 - what the test itself has put together


def texts(row: Row) -> dict[str, str]:
    return {name: "".join(words for _, words in tokens) for name, tokens in layer_formulas(row)}


def check_formulas(row: Row) -> int:
    """Every equation of numbers holds, and ends in the row's own number; how many there were."""
    found = {name: text.rpartition(" = ") for name, text in texts(row).items()}
    equations = 0
    for name, (left, equals, right) in found.items():
        if equals and ARITHMETIC.fullmatch(left.replace("·", "*").replace("−", "-")):
            assert worked_out(left) == int(right.replace(",", "")), (row.name, name, left)
            equations += 1
    ends = {name: right.replace(",", "") for name, (_, _, right) in found.items()}
    if "parameters" in ends:
        assert ends["parameters"] == str(row.parameters)
    if "MACs" in ends:
        assert ends["MACs"] == str(row.macs)
    assert "MACs" in ends or not row.macs
    if row.receptive_field != "all" and row.receptive_field:
        assert ends["field"] == str(row.receptive_field[-1])
    return equations


@pytest.mark.parametrize("name", PRESETS)
def test_every_formula_of_every_preset_comes_out(name):
    table = PRESETS[name].table()
    assert sum(map(check_formulas, table)) >= len(table) / 3


def test_every_formula_of_random_networks_comes_out():
    rows = [row for seed in range(600) for row in partial(random_networks.network(seed))[0]]
    assert sum(map(check_formulas, rows)) > len(rows)


def test_the_parts_of_a_branch_are_told():
    resnet, unet = PRESETS["resnet18"].table(), PRESETS["unet_published"].table()
    assert texts(resnet.row("layer1.0.add"))["shapes"] == "64×56×56 + 64×56×56 → 64×56×56"
    assert texts(unet.row("up1.concat")) == {
        "channels": "512 + 512 = 1,024",
        "cropped": "64×64 to 56×56",
        "parameters": "0",
        "MACs": "0",
        "kept meanwhile": "8,388,608 bytes",
        "field": "140",
    }


@pytest.mark.parametrize(
    ("name", "row", "label"),
    [
        ("lenet5", "conv1", "5×5, pad 2"),
        ("lenet5", "pool1", "2×2 average"),
        ("lenet5", "sigmoid1", "sigmoid"),
        ("lenet5", "flatten", ""),
        ("lenet5", "dense1", ""),
        ("resnet50", "conv1", "7×7, stride 2, pad 3"),
        ("resnet50", "maxpool", "3×3, stride 2, pad 1"),
        ("resnet50", "avgpool", "average to 1×1"),
        ("alexnet_published", "conv2", "5×5, pad 2, 2 groups"),
        ("unet", "up1.up", "2×2, stride 2"),
    ],
)
def test_labels_say_what_is_unusual(name, row, label):
    assert layer_label(PRESETS[name].table().row(row)) == label


def test_labels_of_what_folds():
    layers = (
        Layer("a", Activation("LocalResponseNorm", (("size", 5),))),
        Layer("b", BatchNorm()),
        Layer("c", Dropout(0.2)),
        Layer("d", Activation("ReLU")),
        Layer("e", Upsampling(3)),
    )
    labels = [layer_label(row) for row in Network((2, 4, 5), layers).table()]
    assert labels == ["local response norm", "norm", "dropout 0.2", "ReLU", "to 12×15"]


def test_where_the_parameters_and_the_work_are():
    assert share_words(PRESETS["alexnet"].table()) == "62 % of the parameters sit in dense1 · 31 % of the MACs in conv2"
    assert share_words(PRESETS["vgg16"].table()).startswith("74 % of the parameters sit in dense1")
    assert share_words(PRESETS["resnet50"].table()) == "59 % of the parameters sit in layer4 · 36 % of the MACs in layer3"
    many = Network((1, 99, 99), tuple(Layer(f"a{index}", Convolution(1, 3, padding=1)) for index in range(99)))
    assert share_words(many.table()) == ""
    assert share_words(Network((3,), (Layer("a", Activation()),)).table()) == ""
