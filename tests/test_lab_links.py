"""The lab's link holds its settings, its run and its place and gives them back; a bad one says what was wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convviz.lab.augmentation_settings import Augmentation
from convviz.lab.data import KINDS, DataSettings
from convviz.lab.model import MLP, LeNet5, SmallCNN
from convviz.lab.runs import shipped
from convviz.lab.settings import Settings, Training, recommended
from convviz.ui.links import LONGEST_LINK
from convviz.ui.training.links import read_link, write_link
from convviz.ui.training.state import NAME, PAINTS, VIEWS, LabPage, Place, as_asked, take_place, with_model, with_setting

FEW = settings(max_examples=200, derandomize=True, deadline=None)
NUMBERS = st.integers(0, 900)
REALS = st.floats(0, 1, width=32)
MODELS = (
    st.builds(
        SmallCNN,
        channels=st.lists(st.integers(1, 64), min_size=1, max_size=6).map(tuple),
        convolutions=st.integers(1, 3),
        first_kernel_size=st.integers(0, 11),
        pooling=st.sampled_from(["max", "average", "stride", "none"]),
        batch_norm=st.booleans(),
        skip=st.booleans(),
        dropout=REALS,
        activation=st.sampled_from(["ReLU", "Tanh", "GELU"]),
    )
    | st.builds(LeNet5, activation=st.sampled_from(["Sigmoid", "ReLU"]))
    | st.builds(MLP, parameters=st.integers(1, 10**6))
)
ANY = st.builds(
    Settings,
    data=st.builds(
        DataSettings,
        name=st.sampled_from(list(KINDS)),
        seed=NUMBERS,
        train_per_class=st.integers(1, 5000),
        tag_probability=REALS,
    ),
    model=MODELS,
    training=st.builds(
        Training,
        epochs=st.integers(1, 1000),
        batch_size=st.integers(1, 4096),
        lr=REALS,
        optimizer=st.sampled_from(["AdamW", "Adam", "SGD"]),
        schedule=st.sampled_from(["OneCycleLR", "CosineAnnealingLR", "constant"]),
        stop_at=st.none() | REALS,
        threads=st.integers(0, 8),
    ),
    augmentation=st.builds(Augmentation, flip=st.booleans(), rotation=REALS, translation=st.integers(0, 4), grey=REALS),
)
PLACES = st.builds(
    Place,
    epoch=st.none() | NUMBERS,
    filter=st.none() | NUMBERS,
    paint=st.sampled_from(PAINTS),
    cell=st.none() | st.tuples(st.integers(0, 9), st.integers(0, 9)),
)


@FEW
@given(ANY, PLACES, st.sampled_from(VIEWS), st.booleans())
def test_a_link_gives_back_what_it_holds(chosen: Settings, place: Place, view: str, has_run: bool) -> None:
    run = shipped()[0] if has_run else None
    page = LabPage(
        NAME, chosen, run and run.id, view=view, place=place, compared=("a-2222", "b-3333") if view == "compare" else None
    )
    parameters, left_out = write_link(page, run and as_asked(run.settings))
    assert left_out == ()
    assert sum(map(len, parameters)) + sum(map(len, parameters.values())) < LONGEST_LINK
    assert read_link(parameters) == page


def test_what_is_recommended_is_a_short_link() -> None:
    assert [write_link(LabPage(NAME, recommended(name)), None)[0] for name in KINDS] == [{"data": name} for name in KINDS]
    run = shipped()[0]
    assert write_link(LabPage(NAME, as_asked(run.settings), run.id), as_asked(run.settings))[0] == {"run": "shapes-7x7"}


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"data": "cats"}, "data=cats is none of digits, digits28, shapes, tagged_shapes, mnist, fashion_mnist"),
        ({"run": "gone-2222"}, "gone-2222: there is no such run: it was deleted, or the link is wrong"),
        ({"run": "../etc"}, '"../etc" is no id of a run: ids are letters and digits, as in shapes-4k2f'),
        ({"training.lr": "fast"}, "training.lr=fast: training.lr is 'fast': Input should be a valid number"),
        ({"training.epoch": "3"}, "training.epoch=3: there is no setting training.epoch: did you mean training.epochs?"),
        ({"data.train_per_class": "0"}, "train_per_class is 0: it must be at least 1"),
        ({"epoch": "-1"}, "epoch=-1 "),
        ({"filter": "0"}, "filter=0 "),
        ({"cell": "3"}, "cell=3 is no cell like 2x3"),
        ({"cell": "3x4x5"}, "cell=3x4x5 is no cell like 2x3"),
        ({"view": "sideways"}, "view=sideways is none of run, data, model, compare, code, weights"),
        ({"paint": "red"}, "paint=red is none of weights, frequencies"),
    ],
)
def test_what_makes_no_sense_is_said_and_left_out(parameters: dict[str, str], problem: str) -> None:
    page = read_link(parameters)
    assert len(page.problems) == 1
    assert problem in page.problems[0]
    assert replace(page, problems=()) == LabPage(NAME)


@FEW
@given(st.dictionaries(st.sampled_from(["run", "data", "model", "training.lr", "model.channels", "cell", "x"]), st.text()))
def test_no_link_breaks_the_page(parameters: dict[str, str]) -> None:
    read_link(parameters)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"cue": 2, "epoch": 3, "filter": 1, "paint": "frequencies", "cell": [2, 3]}, Place(3, 1, "frequencies", (2, 3))),
        ({"cue": 2, "epoch": None, "filter": None, "paint": "weights", "cell": None}, Place()),
        ({"cue": 2, "epoch": True, "filter": -1, "paint": "red", "cell": [1]}, Place()),
        ({"cue": 2, "epoch": 1.5, "cell": ["1", "2"]}, Place()),
        ({"cue": 1, "epoch": 3}, Place(7)),
        ("epoch 3", Place(7)),
    ],
    ids=["all", "nothing", "what is none", "no whole numbers", "of another run", "no words"],
)
def test_the_place_is_what_the_stage_says_of_this_run(said: object, place: Place) -> None:
    assert take_place(LabPage(NAME, beginning=2, place=Place(7)), said).place == place


def test_a_widget_of_the_model_before_is_not_heard() -> None:
    """Streamlit calls it back once more when the next input comes before the browser has dropped it."""
    page = with_model(LabPage(NAME), "mlp")
    for name, value in (("model.first_kernel_size", 3), ("model.channels", (4,)), ("model.dropout", 0.5)):
        assert with_setting(page, value, name) == page
