"""What the browser says becomes the page's next state; what is malformed, late or twice becomes nothing."""

from dataclasses import replace

import pytest

from convviz.network import PRESETS
from convviz.ui.network.edits import read_edits, take_edits
from convviz.ui.network.links import NAME, read_link, write_link
from convviz.ui.network.page import NetworkExperiment
from convviz.ui.network.state import NetworkPage, take_paste, take_place

PAGE = NetworkPage(NAME)


def edits(*told: dict) -> list[dict]:
    return [{"id": number, "cue": 0, **edit} for number, edit in enumerate(told, 1)]


def names(page: NetworkPage) -> list[str]:
    return [layer.name for layer in page.network.layers]


def test_edits_are_taken_once_and_in_order():
    told = edits(
        {"do": "set", "row": "conv1", "field": "out_channels", "value": "8"},
        {"do": "set", "row": "conv1", "field": "bias", "value": False},
        {"do": "duplicate", "row": "conv1", "with": ["sigmoid1"]},
    )
    page = take_edits(PAGE, told)
    assert page.edits == 3
    assert (page.network.layers[0].operation.out_channels, page.network.layers[0].operation.bias) == (8, False)
    assert names(page)[:4] == ["conv1", "sigmoid1", "conv3", "sigmoid5"]
    assert take_edits(page, told) == page


def test_an_edit_of_a_network_that_is_gone_comes_too_late():
    page = PAGE.begun("alexnet")
    late = take_edits(page, edits({"do": "remove", "row": "conv1"}))
    assert late.network == page.network
    assert late.edits == 1


def test_a_row_that_is_gone_is_no_error():
    twice = take_edits(PAGE, edits({"do": "remove", "row": "conv1"}, {"do": "remove", "row": "conv1"}))
    assert twice.told is None
    assert "conv1" not in names(twice)


def test_what_makes_no_sense_is_told_and_a_later_edit_does_not_hide_it():
    page = take_edits(
        PAGE,
        edits(
            {"do": "rename", "row": "conv1", "value": "a:b~c"},
            {"do": "set", "row": "conv2", "field": "out_channels", "value": "9"},
        ),
    )
    assert page.told
    assert page.told.row == "conv1"
    assert page.told.message.startswith('"a:b~c" is no name')
    assert page.network.layers[3].operation.out_channels == 9
    assert take_edits(page, [{"id": 3, "cue": 0, "do": "remove", "row": "conv2"}]).told is None


@pytest.mark.parametrize(
    "said",
    [
        *(None, "x", 5, {}, [None], [{}], ["x"], [[]], [{"id": 1}], [{"id": "1", "cue": 0, "do": "mend"}]),
        [{"id": None, "cue": 0, "do": "mend"}],
        [{"id": True, "cue": 0, "do": "mend"}],
        [{"id": 10**400, "cue": 0, "do": "mend"}],
        *([{"id": 1, "cue": 0, "do": do}] for do in ([], {}, None, 3)),
        [{"id": 1, "cue": 0, "do": "set", "row": [], "field": [], "value": {}}],
        [{"id": 1, "cue": 0, "do": "add", "after": None, "kind": []}],
        *([{"id": 1, "cue": 0, "do": "move", "row": "conv1", "to": to}] for to in (None, "x", float("inf"), 10**400)),
        [{"id": 1, "cue": 0, "do": "duplicate", "row": "conv1", "with": None}],
    ],
)
def test_a_malformed_message_changes_nothing(said):
    assert read_edits(said) == []
    assert take_edits(PAGE, said) == PAGE


@pytest.mark.parametrize(
    "edit",
    [
        {"do": "explode"},
        {"do": "set", "row": "conv1", "field": "colour", "value": "red"},
        {"do": "add", "after": "conv1", "kind": "attention"},
        {"do": "add", "after": "nowhere", "kind": "pooling"},
        {"do": "duplicate", "row": "nowhere"},
        {"do": "move", "row": "nowhere", "to": 2},
        {"do": "mend"},
    ],
)
def test_an_edit_of_what_is_not_there_changes_nothing(edit):
    assert take_edits(PAGE, edits(edit)) == replace(PAGE, edits=1)


@pytest.mark.parametrize("do", ["remove", "duplicate", "move", "rename", "set"])
def test_the_input_is_no_layer_to_be_edited(do):
    page = take_edits(PAGE, edits({"do": do, "row": "input", "field": "bias", "value": "yes", "to": 3}))
    assert page.network == PAGE.network


@pytest.mark.parametrize("place", [None, {}, {"cue": 0}, {"cue": 0, "row": []}, {"cue": 0, "row": "nowhere"}, "conv1", []])
def test_a_place_that_is_none_selects_nothing(place):
    assert take_place(PAGE, place).row is None


@pytest.mark.parametrize("paste", [None, {}, {"id": None, "text": "x"}, {"id": 1}, {"id": 1, "text": None}, []])
def test_a_paste_that_is_none_loses_nothing(paste):
    assert take_paste(PAGE, paste).network == PAGE.network


def pasted(text: str) -> NetworkPage:
    return take_paste(PAGE, {"id": 1, "text": text})


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("nn.Sequential(nn.Conv2d(3, 6, 5))", (3, 28, 28)),
        ("nn.Sequential(nn.Conv1d(2, 6, 5))", (2, 32)),
        ("nn.Sequential(nn.Conv3d(2, 6, 5))", (2, 32, 32, 32)),
        ("nn.Sequential(nn.Linear(25088, 10))", (25088,)),
        ("nn.Sequential(nn.Flatten(), nn.Linear(784, 10))", (1, 28, 28)),
        ("nn.Sequential(nn.ReLU())", (1, 28, 28)),
        # declared numbers that no input can have: the table says what is wrong
        *((f"nn.Sequential(nn.Conv2d({count}, 6, 5))", (1, 28, 28)) for count in (-3, 0)),
        ("nn.Sequential(nn.Linear(-1, 10))", (28,)),
        ("nn.Sequential(nn.Conv2d(1000000, 1, 1))", (1000000, 28, 28)),
    ],
)
def test_a_pasted_network_gets_an_input_and_comes_back_with_its_link(text, shape):
    page = pasted(text)
    assert page.network.input_shape == shape
    assert page.title == "Your network"
    parameters, _ = write_link(page)
    again = read_link(parameters)
    assert again.network.input_shape == shape
    if page.rows[1] is None:
        assert again.problems == ()
        assert again.network == page.network


def test_what_a_paste_leaves_out_is_told():
    page = pasted("features = nn.Sequential(nn.Conv2d(1, 6, 5))\nhead = nn.Sequential(nn.ReLU())")
    assert page.told
    assert "features" in page.told.message


def test_an_experiment_can_be_set_up_again_once_something_has_changed():
    experiment = NetworkExperiment("?", "alexnet", {"row": "dense1"})
    page = experiment.set_up(PAGE)
    assert experiment.done(page)
    assert not experiment.done(replace(page, view="beside"))
    changed = take_edits(page, [{"id": 1, "cue": 1, "do": "set", "row": "dense1", "field": "out_features", "value": "7"}])
    assert not experiment.done(changed)


def test_another_preset_keeps_how_activations_are_shown():
    assert replace(PAGE, activations="rows").begun("vgg16").activations == "rows"
    assert PAGE.begun("resnet152").blocks == "equal"
    assert PRESETS["resnet152"].network == PAGE.begun("resnet152").network
