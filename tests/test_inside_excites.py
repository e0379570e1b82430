"""The test pictures that excite a channel most, and where: against loops that are written out."""

import numpy as np
import pytest
import torch

from convviz.lab.data import DataSettings, Pictures, load_test
from convviz.lab.inside import opened as opening
from convviz.lab.inside.excites import best_picture, cropped, excites
from convviz.lab.inside.maps import features
from convviz.lab.inside.opened import Opened
from convviz.lab.inside.pictures import shown_of
from convviz.lab.inside.scores import target_score
from convviz.lab.inside.stages import Stage
from tests.checks import one_thread, refusal  # noqa: F401 - a fixture of every test
from tests.opened import SMALL, close, inputs, shipped_run, small, target, with_pictures


def asked(run: Opened, layer: str, channel: int):
    return excites(run, {"layer": layer, "channel": str(channel)})


def strongest(run: Opened, stage: Stage, channel: int) -> list[tuple[float, int, tuple[int, int]]]:
    """Value, number and place of the nine strongest, picture by picture and cell by cell."""
    found = []
    for number in range(len(run.tests)):
        answers = features(run, inputs(run, number)[0].numpy())[stage.name][channel]
        value, place = -np.inf, (0, 0)
        for at in np.ndindex(answers.shape):
            if answers[at] > value:
                value, place = answers[at], (*at, 0, 0)[:2]
        found.append((-value, number, place))
    return [(-value, number, place) for value, number, place in sorted(found)[:9]]


@pytest.mark.parametrize("name", SMALL)
def test_the_strongest_are_those_that_a_loop_finds(name):
    run = small(name)
    for stage in run.stages:
        for channel in (0, stage.shape[0] - 1):
            expected = strongest(run, stage, channel)
            found = asked(run, stage.name, channel).tensors
            close(found["values"], [value for value, _, _ in expected])
            assert found["numbers"].tolist() == [number for _, number, _ in expected]
            assert found["places"].tolist() == [[*place] for _, _, place in expected]


@pytest.mark.parametrize("name", SMALL)
def test_crops_are_the_field_of_the_place_cell_by_cell(name):
    run = small(name)
    channels, *sizes = run.kind.input_shape
    for stage in run.stages:
        found = asked(run, stage.name, 1).tensors
        for crop, inside, number, place in zip(*(found[key] for key in ("crops", "inside", "numbers", "places")), strict=True):
            picture = shown_of(run.tests.images[number], run.kind)
            spans = (
                [each[at] for each, at in zip(stage.spans, place, strict=True)]
                if stage.spans
                else [(0, size - 1) for size in sizes]
            )
            (top, bottom), (left, right) = spans
            assert crop.shape == (channels, bottom - top + 1, right - left + 1)
            for row, column in np.ndindex(inside.shape):
                at = top + row, left + column
                there = 0 <= at[0] < sizes[0] and 0 <= at[1] < sizes[1]
                assert inside[row, column] == there
                assert (crop[:, row, column] == (picture[:, at[0], at[1]] if there else 0)).all()


def test_nothing_outside_the_crop_moves_the_unit_and_something_inside_does():
    run = shipped_run()
    for layer, channel in (("conv1_1", 3), ("conv2_1", 2), ("pool2", 5), ("conv3_1", 9)):
        (stage,) = (stage for stage in run.stages if stage.name == layer)
        found = asked(run, layer, channel).tensors
        row, column = found["places"][0]
        picture = inputs(run, int(found["numbers"][0]))
        field = np.zeros((32, 32), bool)
        (top, bottom), (left, right) = (spans[at] for spans, at in zip(stage.spans, (row, column), strict=True))
        field[max(top, 0) : bottom + 1, max(left, 0) : right + 1] = True
        assert found["inside"][0].sum() == field.sum()
        noise = torch.rand(picture.shape, generator=torch.Generator().manual_seed(0))
        outside, inside = (torch.where(torch.tensor(cells), picture, noise) for cells in (field, ~field))

        def value(images, stage=stage, at=(channel, row, column)):
            return run.module(images, until=stage.layer)[0][at].item()

        close(value(picture), found["values"][0])
        close(value(outside), found["values"][0])
        assert abs(value(inside) - found["values"][0]) > 0.01


def test_of_equals_the_lowest_number_and_the_first_place_come_first():
    pictures = load_test(DataSettings("digits")).taken([5, 8, 5, 8, 5, 8] * 30)
    run = with_pictures(SMALL["skips, strides"], pictures)
    for stage in run.stages:
        numbers = asked(run, stage.name, 0).tensors["numbers"].tolist()
        assert numbers in ([*range(0, 18, 2)], [*range(1, 19, 2)], [*range(9)])  # one picture, the other, both
    dark = with_pictures(SMALL["skips, strides"], Pictures(np.zeros((70, 1, 8, 8), np.uint8), np.zeros(70, np.int64)))
    found = asked(dark, "conv1_1", 0).tensors
    assert found["numbers"].tolist() == [*range(9)]
    assert found["places"].tolist() == [[0, 0]] * 9


@pytest.mark.parametrize("at_once", [1, 7, 40])
def test_batches_make_no_difference(monkeypatch, at_once):
    run = small("even kernels")
    expected = asked(run, "conv2_1", 1).tensors
    monkeypatch.setattr(opening, "_AT_ONCE", at_once)
    again = with_pictures(run.settings, run.tests)
    found = asked(again, "conv2_1", 1).tensors
    for name in expected:
        close(found[name], expected[name])


def test_few_pictures_are_few():
    run = small("skips, strides", 4)
    found = asked(run, "conv1_1", 0)
    assert {name: len(each) for name, each in found.tensors.items()} == dict.fromkeys(found.tensors, 4)
    assert found.told["pictures"] == 4
    assert found.told["labels"] == [int(run.tests.labels[number]) for number in found.tensors["numbers"]]


def test_very_large_networks_look_at_fewer_pictures(monkeypatch):
    monkeypatch.setattr(opening, "MOST_MACS", 150 * small("skips, strides").network.table().macs)
    tests = load_test(DataSettings("digits"))
    assert with_pictures(SMALL["skips, strides"], tests).searched == 150
    monkeypatch.setattr(opening, "MOST_MACS", 1)
    run = with_pictures(SMALL["skips, strides"], tests)
    assert run.searched == 100
    assert asked(run, "conv1_1", 0).tensors["numbers"].max() < 100
    monkeypatch.setattr(opening, "MOST_PICTURES", 30)
    assert with_pictures(SMALL["skips, strides"], tests).searched == 30


def test_they_are_looked_for_once(monkeypatch):
    run = with_pictures(SMALL["skips, strides"], small("skips, strides").tests)
    asked(run, "conv1_1", 0)
    best_picture(run, target(run, "class:1"))
    monkeypatch.setattr(Opened, "batches", None)
    asked(run, "conv2_2", 3)
    best_picture(run, target(run, "class:1"))


@pytest.mark.parametrize(
    ("layer", "channel"), [("conv1_1", 4), ("conv1_1", -1), ("conv9", 0), ("relu1_1", 0), ("conv1_1", "two")]
)
def test_what_is_not_there_is_refused(layer, channel):
    refusal(asked, small("skips, strides"), layer, channel)


@pytest.mark.parametrize(
    "text", ["class:7", "channel:conv2_1:1", "unit:conv2_1:1:2:3", "direction:conv1_2:0*1,3*-1", "channel:dense:2"]
)
def test_the_best_picture_of_a_target_has_its_highest_score(text):
    run = small("skips, strides")
    scores = target_score(run.module, run.stages, target(run, text), inputs(run, *range(len(run.tests)))).numpy()
    number, score = best_picture(run, target(run, text))
    assert number == scores.argmax()
    close(score, scores.max())
    assert isinstance(number, int)


def test_fields_of_several_sizes_share_the_largest():
    images = np.arange(1, 17, dtype=np.uint8).reshape(1, 1, 4, 4).repeat(2, axis=0)
    crops = cropped(images, np.array([[[1, 1], [2, 3]], [[-1, 1], [3, 5]]]))
    assert crops.pictures[0, 0].tolist() == [[7, 8, 0], [0, 0, 0], [0, 0, 0]]
    assert crops.inside[0].tolist() == [[True, True, False], [False] * 3, [False] * 3]
    assert crops.pictures[1, 0].tolist() == [[0, 0, 0], [4, 0, 0], [8, 0, 0]]
