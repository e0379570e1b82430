"""The effective field of a unit, trained and untrained: against differences, against gradients picture by picture."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from convviz.lab.data import DataSettings, load_test
from convviz.lab.fields.units import box_of
from convviz.lab.inside import opened as opening
from convviz.lab.inside.fields import effective_field, field, some_pictures, trained, untrained
from convviz.lab.inside.opened import Opened
from convviz.lab.model import SmallCNN
from convviz.lab.runs import shipped
from convviz.lab.settings import Settings, Training
from convviz.lab.train import Trainer
from tests.checks import one_thread, refusal  # noqa: F401 - a fixture of every test
from tests.opened import SMALL, close, shipped_run, small, with_pictures

UNITS = [
    ("conv1_1", "3", "0", "31"),  # at a corner: most of its field lies beyond the picture
    ("pool1", "2", "8", "5"),
    ("conv2_1", "2", "13", "7"),
    ("conv3_1", "9", "4", "4"),
    ("pool", "5", "0", "0"),
]
"""Of the shipped run."""


def asked(run: Opened, *unit: str):
    return field(run, dict(zip(("layer", "channel", "row", "column"), unit, strict=False)))


def by_pictures(run: Opened, module: torch.nn.Module, layer: str, place: tuple[int, ...]):
    """The mean over pictures of |gradient|, added up over channels, of the whole picture."""
    total = np.zeros(run.kind.input_shape[1:])
    for picture in some_pictures(run):
        image = torch.tensor(picture[None], requires_grad=True)
        module(image, until=layer)[0][place].backward()
        total += image.grad.abs().sum((0, 1)).numpy()
    return total


@pytest.mark.parametrize("unit", UNITS)
def test_it_is_the_mean_gradient_of_the_pictures_cut_to_the_box(unit):
    run = shipped_run()
    layer, *place = unit[0], *map(int, unit[1:])
    (stage,) = (each for each in run.stages if each.name == layer)
    found = asked(run, *unit)
    top, left = found.told["first"]
    for name, module in (("trained", trained(run)), ("untrained", untrained(run))):
        expected = by_pictures(run, module, stage.layer, tuple(place))
        assert (found.tensors[name].sum() - 1) < 1e-6
        cells = found.tensors[name]
        assert cells.shape == tuple(found.told["sizes"])
        for row, column in np.ndindex(cells.shape):
            at = top + row, left + column
            there = min(at) >= 0 and max(at) < 32
            assert cells[row, column] == pytest.approx(expected[at] / expected.sum() if there else 0, abs=1e-7)
            expected[at if there else (0, 0)] *= 1
        inside = np.zeros((32, 32), bool)
        inside[max(top, 0) : top + cells.shape[0], max(left, 0) : left + cells.shape[1]] = True
        assert not expected[~inside].any()  # nothing was cut off


def test_it_is_what_a_small_difference_of_a_cell_changes():
    model = SmallCNN(channels=(2, 2), convolutions=1, batch_norm=False, activation="ELU", pooling="average")
    run = with_pictures(Settings(model=model), load_test(DataSettings("digits")).taken(range(5)))
    (stage,) = (each for each in run.stages if each.name == "conv2_1")
    module, pictures = trained(run), torch.tensor(some_pictures(run))
    changed = np.zeros((8, 8))
    for row, column in np.ndindex(8, 8):
        moved = pictures.clone()
        moved[:, :, row, column] += 1e-5
        answers = [module(each, until=stage.layer)[:, 1, 2, 1] for each in (pictures, moved)]
        changed[row, column] = (answers[1] - answers[0]).abs().sum()
    found = effective_field(run, module, stage, (1, 2, 1), pictures.numpy())
    assert found.first == box_of(run.network, stage.layer, (2, 1)).first == (1, -1)
    assert found.magnitude.shape == (8, 8)
    close(found.magnitude[:7, 1:], (changed / changed.sum())[1:, :7], 1e-4)
    assert not found.magnitude[7].any()
    assert not found.magnitude[:, 0].any()


def test_what_is_told_is_of_the_field_that_is_shown():
    found = asked(shipped_run(), "conv2_1", "2", "13", "7")
    assert found.told["pictures"] == 32
    assert found.told["first"] == (21, 9)
    for name in ("trained", "untrained"):
        cells, told = found.tensors[name], found.told[name]
        rows = cells.sum(1)
        middle = (rows * (21 + np.arange(12) + 0.5)).sum()
        close(told["mean"][0], middle)
        close(told["deviation"][0], ((rows * (21 + np.arange(12) + 0.5 - middle) ** 2).sum()) ** 0.5)
        close(told["central_mass"], cells[3:9, 3:9].sum())


def test_untrained_weights_are_those_of_epoch_0():
    run = shipped_run()
    filters = shipped()[0].arrays(0)["filters"]
    np.testing.assert_allclose(untrained(run).layer("conv1_1").weight, filters, rtol=2**-11, atol=2**-25)  # kept in 16 bits
    assert abs(trained(run).layer("conv1_1").weight.numpy() - filters).max() > 0.1


def test_every_untrained_weight_is_what_a_training_begins_with():
    settings = replace(SMALL["skips, strides"], training=Training(epochs=1, seed=3, first_scale=0.2))
    run = with_pictures(settings, small("skips, strides").tests, seed=8)
    state = torch.random.get_rng_state()
    found = untrained(run).state_dict()
    assert torch.equal(torch.random.get_rng_state(), state)
    expected = Trainer(replace(settings, training=replace(settings.training, device="cpu"))).weights()
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert (found[name].numpy() == value).all(), name
    assert found["conv1_1.weight"].dtype == torch.float64
    assert not untrained(run).training


def test_what_is_flat_sees_the_whole_picture_and_needs_no_place():
    run = shipped_run()
    found = asked(run, "dense", "1")
    assert found.told["first"] == (0, 0)
    assert found.tensors["trained"].shape == (32, 32)
    again = asked(run, "dense", "1", "0", "0")
    assert (again.tensors["trained"] == found.tensors["trained"]).all()
    gradient = by_pictures(run, trained(run), "dense", (1,))
    close(found.tensors["trained"], gradient / gradient.sum())


def test_through_a_dead_unit_nothing_comes():
    run = with_pictures(SMALL["average pooling, no norm"], small("average pooling, no norm").tests)
    with torch.no_grad():
        run.module.layer("conv2_1").bias[1] = -100
    found = asked(run, "conv2_1", "1", "0", "0")
    assert not found.tensors["trained"].any()
    assert found.told["trained"] == {"central_mass": 0.0, "mean": None, "deviation": None}
    assert found.tensors["untrained"].sum() == pytest.approx(1)


@pytest.mark.parametrize("at_once", [1, 7])
def test_batches_make_no_difference(monkeypatch, at_once):
    run = small("skips, strides")
    expected = asked(run, "conv2_1", "1", "0", "1")
    monkeypatch.setattr(opening, "_AT_ONCE", at_once)
    found = asked(with_pictures(run.settings, run.tests), "conv2_1", "1", "0", "1")
    close(found.tensors["trained"], expected.tensors["trained"], 1e-7)


@pytest.mark.parametrize(("pictures", "numbers"), [(1, [0]), (31, range(31)), (40, range(32)), (359, range(0, 352, 11))])
def test_the_pictures_are_spread_over_all(pictures, numbers):
    run = small("skips, strides", pictures)
    images = run.tests.images[list(numbers)] / 16
    assert (some_pictures(run) == images).all()
    assert len(images) <= 32


@pytest.mark.parametrize("unit", [
    ("conv1_1", "16", "0", "0"),
    ("conv1_1", "0", "32", "0"),
    ("conv1_1", "0", "0", "-1"),
    ("conv1_1", "0"),
    ("dense", "6"),
    ("relu1_1", "0", "0", "0"),
])  # fmt: skip
def test_what_is_not_there_is_refused(unit):
    refusal(asked, shipped_run(), *unit)
