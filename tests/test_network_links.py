"""The page of networks in its address: everything comes back, nonsense is named, and every row's stage shows its windows."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import pytest

from convviz.network import (
    PRESETS,
    Activation,
    AdaptivePooling,
    Convolution,
    Dropout,
    Layer,
    Network,
    Pooling,
    TransposedConvolution,
    Upsampling,
    changes,
    partial,
)
from convviz.ui.links import LONGEST_LINK
from convviz.ui.links import read_link as read_stage_link
from convviz.ui.network.links import NAME, read_layers, read_link, write_layers, write_link
from convviz.ui.network.stages import stage_page
from convviz.ui.network.state import Compared, NetworkPage
from tests import random_networks


def through_the_address(page: NetworkPage) -> NetworkPage:
    parameters, left_out = write_link(page)
    assert left_out == ()
    return read_link(dict(parse_qsl(urlencode(parameters))))


def check_round_trip(page: NetworkPage) -> None:
    again = through_the_address(page)
    assert again.problems == ()
    assert again.network == page.network
    names = ("preset", "row", "view", "blocks", "activations", "compared")
    assert [getattr(again, name) for name in names] == [getattr(page, name) for name in names]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_and_every_change_of_it_comes_back(name):
    page = NetworkPage(NAME).begun(name)
    assert write_link(page)[0] == {"net": name}
    check_round_trip(page)
    last = page.network.layers[-1].name
    changed, new = changes.duplicated(page.network, page.network.layers[0].name)
    check_round_trip(replace(page, network=changed, row=new, blocks="equal", activations="rows"))
    sized = Network((4, *page.network.input_shape[1:]), changes.removed(page.network, last).layers)
    check_round_trip(replace(page, network=sized, compared=Compared((2, 3, 4), 5, 6, 7), view="dense"))


def test_random_networks_come_back():
    for seed in range(300):
        network = random_networks.network(seed)
        again = through_the_address(replace(NetworkPage(NAME), network=network)).network
        # A single size of one axis comes back as a number: it does the same.
        assert [row.effect for row in partial(again)[0]] == [row.effect for row in partial(network)[0]]


def test_options_of_an_activation_come_back():
    layers = (
        Layer("a", Activation("LeakyReLU", (("negative_slope", 0.2), ("inplace", True)))),
        Layer("b", Activation("LocalResponseNorm", (("size", 5), ("alpha", 1e-05), ("k", 2.0)))),
        Layer("c", Activation("GELU", (("approximate", "tanh"),))),
        Layer("d", Dropout(0.25)),
        Layer("e", Upsampling(None, (3, 4), "linear", align_corners=True)),
        Layer("f", Pooling(3, (2, 1), 1, kind="lp", norm_type=1.5)),
    )
    assert read_layers(write_layers(layers)) == layers


def test_a_changed_network_of_152_layers_fits_into_a_link():
    page = NetworkPage(NAME).begun("resnet152")
    changed = replace(page, network=changes.removed(page.network, "maxpool"))
    parameters, left_out = write_link(changed)
    assert left_out == ()
    assert len(urlencode(parameters)) < LONGEST_LINK
    check_round_trip(changed)


def test_what_is_too_long_is_left_out_and_named():
    numbers = np.random.default_rng(3)
    layers = tuple(Layer(numbers.bytes(25).hex(), Convolution(int(numbers.integers(1, 999)), 3)) for _ in range(200))
    parameters, left_out = write_link(replace(NetworkPage(NAME), network=Network((1, 9, 9), layers)))
    assert left_out == ("layers",)
    assert "layers" not in parameters


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"net": "lenet6"}, "net=lenet6 names no network"),
        ({"input": "3x0x5"}, "input=3x0x5 lies outside 1 … 4096"),
        ({"input": "1x2x3x4x5"}, "input=1x2x3x4x5 is no shape like 3x224x224"),
        ({"input": "one"}, "input=one is no whole number"),
        ({"layers": "a"}, 'layers=a has no kind of layer ""'),
        ({"layers": "a:attention"}, 'layers=a:attention has no kind of layer "attention"'),
        ({"layers": "a:dense:width.3"}, 'layers=a:dense:width.3 knows no setting "width" of a dense'),
        ({"layers": "a:dense:out_features.3x"}, 'layers=a:dense:out_features.3x out_features: "3x" is no whole number'),
        ({"layers": "~aGFsbG8"}, "layers=~aGFsbG8 is damaged"),
        ({"row": "conv9"}, "row=conv9 is no layer of this network"),
        ({"view": "sideways"}, "view=sideways is none of layers, beside, dense"),
        ({"blocks": "round"}, "blocks=round is none of scale, equal"),
        ({"beside": "me"}, "beside=me names no network"),
        ({"dense": "1x2"}, "dense=1x2 is no list of six numbers like 1x1000x1000x1000x4x3"),
        ({"colour": "red"}, "colour is no parameter"),
    ],
)
def test_a_part_of_a_link_that_makes_no_sense_is_named_and_left_as_it_was(parameters, problem):
    page = read_link(parameters)
    assert len(page.problems) == 1
    assert page.problems[0].startswith(problem)
    assert replace(page, problems=(), beginning=1) == NetworkPage(NAME).begun("lenet5")


def test_no_link_can_make_the_page_fail():
    numbers = np.random.default_rng(1)
    texts = ["", "~", "~" * 5000, "a:convolution", "x" * 50_000, "a:dense:@", "a:dense:@,,,", ":::", "a~a", "é:flatten", "\x00"]
    for _ in range(500):
        parameters = {
            name: texts[numbers.integers(len(texts))] for name in ("net", "input", "layers", "row", "dense", "beside")
        }
        page = read_link(parameters)
        assert page.problems
        assert page.rows is not None


# --- A row's stage -------------------------------------------------------------------------------------------------------


def check_stage(row, *, whole: bool) -> None:
    """The stage's windows are the row's: of the same axes, or, where it has room for fewer cells, ending the same way."""
    page = stage_page(row)
    assert page, row.name
    address = urlsplit(page.href)
    operation = address.path.replace("-", "_")
    example, problems = read_stage_link(dict(parse_qsl(address.query)), operation)
    assert problems == ()
    shape = example.sample.shape("output")
    if whole:
        assert (*shape.lead, *shape.sizes) == row.output_shape
        assert page.words == f"Open {row.name} on its stage page"
    else:
        assert "of its" in page.words
    for size, axis in zip(example.sample.input_size, row.effect.axes, strict=True):
        if hasattr(axis, "leftover"):
            assert replace(axis, input_size=size).leftover == axis.leftover


def test_every_window_of_lenet_opens_as_it_is():
    for row in PRESETS["lenet5"].table():
        if hasattr(row.operation, "kernel_size"):
            check_stage(row, whole=True)
        else:
            assert stage_page(row) is None


@pytest.mark.parametrize("name", ["alexnet", "vgg16", "resnet50", "densenet121", "unet_published", "ten5x5"])
def test_windows_of_large_networks_open_smaller_and_say_so(name):
    rows = [row for row in PRESETS[name].table() if hasattr(row.operation, "kernel_size")]
    assert rows
    for row in rows:
        large = max(row.input_shapes[0]) > 64 or row.output_shape[0] > 64
        check_stage(row, whole=not large)


@pytest.mark.parametrize(
    ("shape", "operation"),
    [
        ((2, 9), Convolution(3, 3, stride=2, dilation=2, groups=1, padding_mode="reflect", padding=2)),
        ((2, 9, 7), Convolution(4, (3, 1), stride=(2, 1), padding=(1, 0), groups=2)),
        ((1, 5, 6, 7), Convolution(1, 2)),
        ((2, 5, 6), TransposedConvolution(3, 3, 2, padding=1, output_padding=1)),
        ((2, 7, 7), Pooling(3, 2, ceil_mode=True, kind="average", count_include_pad=False, padding=1)),
        ((2, 7, 7), Pooling(2, 1, dilation=2)),
        ((2, 7, 7), Pooling(2, kind="lp", norm_type=3)),
        ((2, 7, 5), AdaptivePooling((3, 2), "max")),
        ((2, 7, 5), AdaptivePooling(1)),
    ],
)
def test_every_setting_goes_along(shape, operation):
    (row,) = Network(shape, (Layer("a", operation),)).table()
    check_stage(row, whole=True)


def test_what_no_stage_shows_is_not_offered():
    for shape, operation in [((1, 200, 200), AdaptivePooling(7)), ((1, 99, 99), Convolution(1, 33)), ((400,), Dropout())]:
        (row,) = Network(shape, (Layer("a", operation),)).table()
        assert stage_page(row) is None
