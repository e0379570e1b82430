"""The page of receptive fields in its address, and its state: everything comes back, nonsense is named, units stay inside."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest

from convviz.network import INPUT, Convolution, Dense, Flatten, Layer, Network, changes, partial, sizes_of
from convviz.ui.receptive_field import component
from convviz.ui.receptive_field.links import read_link, write_link
from convviz.ui.receptive_field.payload import field_payload, station_name, stations_of
from convviz.ui.receptive_field.state import (
    NAME,
    STARTS,
    FieldPage,
    Stacked,
    take_layers,
    take_place,
    take_remedy,
    take_unit,
)
from tests import random_networks

PAGE = FieldPage(NAME)
KEPT = ("preset", "network", "row", "unit", "step", "follow", "measure", "paint", "along", "view", "stacked")


def check_round_trip(page):
    parameters, left_out = write_link(page)
    assert left_out == ()
    again = read_link(dict(parse_qsl(urlencode(parameters))))
    assert again.problems == ()
    assert [getattr(again, name) for name in KEPT] == [getattr(page, name) for name in KEPT]


@pytest.mark.parametrize("name", STARTS)
def test_every_start_and_every_look_at_it_comes_back(name):
    page = PAGE.begun(name)
    assert write_link(page)[0] == {"net": name}
    check_round_trip(page)
    layer = page.layer
    looked = replace(page, row=layer, unit=page.place, step=1, follow="up", measure="effective", paint="grid", along=0)
    check_round_trip(looked)
    changed = changes.removed(page.network, page.network.layers[-1].name)
    check_round_trip(replace(page, network=changed, row=INPUT, view="against", stacked=Stacked(2, 9)))


def test_random_networks_come_back():
    for seed in range(200):
        network = random_networks.small_network(seed)
        again = read_link(dict(parse_qsl(urlencode(write_link(replace(PAGE, network=network))[0])))).network
        # A single size of one axis comes back as a number: it does the same.
        assert [row.effect for row in partial(again)[0]] == [row.effect for row in partial(network)[0]]


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"net": "lenet6"}, "net=lenet6 names no network"),
        ({"layer": "conv9"}, "layer=conv9 is no layer of this network"),
        ({"unit": "1x2x3x4"}, "unit=1x2x3x4 is no unit like 4x3"),
        ({"unit": "-1"}, "unit=-1 is no whole number"),
        ({"step": "up"}, "step=up is no whole number"),
        ({"follow": "sideways"}, "follow=sideways is none of down, up"),
        ({"field": "magnetic"}, "field=magnetic is none of exact, effective"),
        ({"paint": "oil"}, "paint=oil is none of picture, paths, grid"),
        ({"view": "both"}, "view=both is none of field, against"),
        ({"stacked": "3"}, "stacked=3 is no pair of layers and channels like 3x64"),
        ({"stacked": "9x9"}, "stacked=9x9 lies outside 1 … 8"),
        ({"along": "3"}, "along=3 lies outside 0 … 2"),
        ({"row": "conv1"}, "row is no parameter"),
        ({"input": "784"}, "input=784 is a row of numbers: windows slide over channels × sizes"),
    ],
)
def test_a_part_of_a_link_that_makes_no_sense_is_named_and_left_as_it_was(parameters, problem):
    page = read_link(parameters)
    assert len(page.problems) == 1
    assert page.problems[0].startswith(problem)
    assert replace(page, problems=(), beginning=1) == PAGE.begun("strided_dilated")


def test_no_link_can_make_the_page_fail():
    numbers = np.random.default_rng(2)
    texts = [
        "",
        "~",
        "a:convolution",
        "x" * 50_000,
        "a:dense:@",
        "9" * 30,
        "input",
        "1x1",
        "999x999",
        "\x00",
        "up",
        "2",
        "3x64",
    ]
    names = ("net", "input", "layers", "layer", "unit", "step", "follow", "field", "paint", "along", "view", "stacked")
    for _ in range(500):
        page = read_link({name: texts[numbers.integers(len(texts))] for name in names})
        assert page.problems
        assert page.layer
        assert page.place is not None
        assert component._data(page, page, None)


# --- Units ----------------------------------------------------------------------------------------------------------------


def check_inside(page):
    sizes = sizes_of(page.table, page.layer)
    assert len(page.place) == len(sizes)
    assert all(0 <= position < size for position, size in zip(page.place, sizes, strict=True))
    names = [station.name for station in stations_of(page.table)]
    assert station_name(page.table, page.layer) in names


def test_a_unit_stays_inside_whatever_becomes_of_its_network():
    for seed in range(200):
        network = random_networks.network(seed)
        if len(network.input_shape) < 2:  # a link to a row of numbers is refused
            continue
        page = replace(PAGE, network=network, row="conv9", unit=(50, 50, 50))
        check_inside(page)
        check_inside(replace(page, unit=(99,)))
        check_inside(page.following("up"))
        check_inside(page.following("up").following("down"))


def test_a_network_begins_with_a_unit_that_sees_something():
    for name in STARTS:
        page = PAGE.begun(name)
        assert page.layer != INPUT
        assert page.table.row(page.layer).reaches != "all"
    assert PAGE.begun("resnet50").layer == "layer4.2.relu3"
    assert PAGE.begun("strided_dilated").place == (4, 3)


def test_upwards_starts_from_the_cell_in_the_middle_and_comes_back():
    up = PAGE.following("up")
    assert (up.layer, up.place) == (INPUT, (16, 12))
    assert up.following("down").layer == "conv3"
    assert PAGE.at("pool", (1, 2)).following("up").place == (1, 2)


def test_the_stage_is_heard_unless_it_speaks_of_what_is_gone():
    said = {"cue": "0.0", "layer": "pool", "unit": [1, 2], "step": 2}
    page = take_place(PAGE, said)
    assert (page.row, page.unit, page.step, page.beginning) == ("pool", (1, 2), 2, 0)
    for nonsense in (
        {**said, "cue": "7.0"},
        {**said, "layer": "conv9"},
        {**said, "unit": "12"},
        {**said, "unit": [-1]},
        None,
        "pool",
    ):
        assert take_place(PAGE, nonsense) == PAGE
    assert take_unit(PAGE, 5, 1, "conv3", (4, 3)).place == (4, 5)


def test_an_edit_that_is_under_way_when_the_unit_changes_is_kept():
    edit = {"id": 1, "cue": 0, "do": "set", "row": "conv1", "field": "kernel_size", "value": "5"}
    assert take_layers(PAGE.at("pool"), [edit]).network.layers[0].operation.kernel_size == 5


def test_of_a_layer_that_no_example_is_about_the_unit_in_the_middle_is_looked_at():
    assert PAGE.at("conv1").place == (16, 16)


def test_a_large_network_is_followed_at_once():
    layers = tuple(Layer(f"conv{number}", Convolution(1, 3, padding=1)) for number in range(1000))
    page = replace(PAGE, network=Network((1, 4096, 4096), layers))
    assert page.following("up").place == (2048, 2048)
    assert page.following("up").following("down").place == (2048, 2048)


def test_padding_that_repeats_is_sent_whatever_the_kernel():
    """A table of 6,144 taps would take gigabytes."""
    wide = Convolution(1, 6144, padding=4096, padding_mode="circular")
    (axis,) = field_payload(Network((1, 4096), (Layer("conv", wide),)))["axes"]
    assert len(axis["standIns"]) == 8192
    assert (axis["standIns"][-1], axis["standIns"][4096]) == (4095, 0)


def test_a_layer_that_is_added_is_looked_at_and_one_that_cannot_be_is_mended():
    added = take_layers(PAGE, [{"id": 1, "cue": 0, "do": "add", "after": "conv3", "kind": "convolution"}])
    assert (added.layer, added.beginning, added.visits) == ("conv4", 0, 1)
    wide = {"id": 1, "cue": 0, "do": "set", "row": "conv2", "field": "kernel_size", "value": "77"}
    broken = take_layers(PAGE, [wide])
    assert broken.rows[1]
    check_inside(broken)
    mended = take_remedy(broken)
    assert mended.rows[1] is None
    assert take_remedy(mended) == mended


# --- Rows -----------------------------------------------------------------------------------------------------------------


def test_what_moves_nothing_stands_with_the_row_below_it():
    page = PAGE.begun("resnet50")
    stations = stations_of(page.table)
    folded = [layer for station in stations for layer in station.folded]
    assert len(stations) == 41
    assert len(stations) + len(folded) == len(page.table) + 1
    assert "layer4.2.relu3" in next(station for station in stations if station.name == "layer4.2.add").folded


def test_flat_layers_have_a_single_place():
    network = Network((1, 4, 4), (Layer("conv", Convolution(1, 3)), Layer("flatten", Flatten()), Layer("dense", Dense(2))))
    page = replace(PAGE, network=network, row="dense", unit=(1, 1))
    assert (page.layer, page.place) == ("dense", ())
    check_inside(page)
