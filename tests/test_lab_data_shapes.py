"""Drawn shapes: forms against Pillow's, masks against pictures without objects, classes told by form alone."""

from itertools import product
from math import cos, pi, sin, sqrt
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from convviz.lab.data import KINDS, NO_TAG, DataSettings, Pictures, carried_tags, draw, load, shapes
from convviz.lab.data.forms import FORMS, LARGEST, SIDE, SMALLEST, coverage, placed
from convviz.lab.data.grounds import FAR, grounds
from convviz.lab.data.tags import TAG_SIDE, TAGS, tag_corners
from tests.checks import refusal, same_array


def by_turns(count: int) -> np.ndarray:
    return np.arange(count) % len(FORMS)


def recorded(monkeypatch: Any, labels: np.ndarray, seed: int = 0) -> tuple[Pictures, np.ndarray]:
    """Pictures, and how much of every cell their objects cover."""
    covered = []

    def spy(*arguments: Any) -> np.ndarray:
        covered.append(coverage(*arguments))
        return covered[-1]

    with monkeypatch.context() as patch:
        patch.setattr(shapes, "coverage", spy)
        pictures = draw(labels, seed, "train")
    return pictures, np.concatenate(covered)


def bare(monkeypatch: Any, labels: np.ndarray, seed: int = 0) -> np.ndarray:
    """The same pictures without their objects."""
    with monkeypatch.context() as patch:
        patch.setattr(shapes, "coverage", lambda labels, _: np.zeros((len(labels), SIDE, SIDE), np.float32))
        return draw(labels, seed, "train").images


# --- Forms --------------------------------------------------------------------------------------------------------------


def around(angle: float, *reaches: float, corners: int) -> list[tuple[float, float]]:
    """The corners of a polygon about the origin, (down, right), their reaches by turns."""
    turns = [2 * pi * number / corners - angle for number in range(corners)]
    return [(reaches[n % len(reaches)] * cos(turn), reaches[n % len(reaches)] * sin(turn)) for n, turn in enumerate(turns)]


def outline(name: str, angle: float) -> list[tuple[float, float]]:
    """A form of area 1, corner by corner."""
    if name == "square":
        return around(angle + pi / 4, sqrt(1 / 2), corners=4)
    if name == "triangle":
        return around(angle + pi, sqrt(4 / (3 * sqrt(3))), corners=3)
    if name == "star":
        reach = sqrt(1 / (5 * 0.45 * sin(pi / 5)))
        return around(angle, reach, 0.45 * reach, corners=10)
    arm = sqrt(1 / 5)  # five squares
    steps = [(1, 3), (1, 1), (3, 1), (3, -1), (1, -1), (1, -3), (-1, -3), (-1, -1), (-3, -1), (-3, 1), (-1, 1), (-1, 3)]
    turned = [(arm / 2 * (d * cos(angle) + r * sin(angle)), arm / 2 * (r * cos(angle) - d * sin(angle))) for d, r in steps]
    assert name == "cross"
    return turned


def by_pillow(name: str, place: np.ndarray) -> np.ndarray:
    """How much of every cell a form covers, drawn by Pillow forty times as large."""
    fine = 40
    down, right, size, angle = map(float, place)
    image = Image.new("L", (SIDE * fine, SIDE * fine))
    pen = ImageDraw.Draw(image)
    if name in ("circle", "ring"):
        outer = size / sqrt(pi * (1 - (0.55**2 if name == "ring" else 0)))
        for reach, fill in ((outer, 255), (0.55 * outer, 0))[: 1 + (name == "ring")]:
            box = [(right - reach) * fine, (down - reach) * fine, (right + reach) * fine, (down + reach) * fine]
            pen.ellipse(box, fill=fill)
    else:
        pen.polygon([((right + size * r) * fine, (down + size * d) * fine) for d, r in outline(name, angle)], fill=255)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX)) / 255


@pytest.mark.parametrize("name", FORMS)
def test_forms_are_those_that_pillow_draws(name):
    places = placed(np.random.default_rng(0).random((12, 4), dtype=np.float32))
    ours = coverage(np.full(12, list(FORMS).index(name)), places)
    for place, covered in zip(places, ours, strict=True):
        apart = np.abs(covered - by_pillow(name, place))
        assert apart.max() < 0.2  # sixteen points, and an outline that is a fortieth of a cell thick
        assert apart.sum() < 0.05 * covered.sum()


@pytest.mark.parametrize("name", FORMS)
def test_every_form_lies_in_the_picture_whole_and_has_the_area_of_its_size(name):
    corners = np.array(list(product([0, 1], [0, 1], [0, 1], np.linspace(0, 1, 25))), np.float32)
    places = placed(np.concatenate([corners, np.random.default_rng(1).random((400, 4), dtype=np.float32)]))
    reaches = places[:, 2:3] * sqrt(4 / (3 * sqrt(3)))  # a triangle's, the farthest
    assert (places[:, :2] - reaches).min() >= 0
    assert (places[:, :2] + reaches).max() <= SIDE
    areas = coverage(np.full(len(places), list(FORMS).index(name)), places).sum(axis=(1, 2))
    assert np.abs(areas / places[:, 2] ** 2 - 1).max() < 0.06
    assert areas.mean() == pytest.approx((places[:, 2] ** 2).mean(), rel=0.002)
    assert (places[:, 2].min(), places[:, 2].max()) == pytest.approx((SMALLEST, LARGEST))


def test_the_classes_of_both_kinds_are_the_forms():
    assert KINDS["shapes"].classes == KINDS["tagged_shapes"].classes == tuple(FORMS)
    assert len(FORMS) == len(TAGS) == 6


# --- Drawn from a seed --------------------------------------------------------------------------------------------------


def test_a_seed_says_all():
    labels = by_turns(300)
    first = draw(labels, 0, "train")
    same_array(first.images, draw(labels, 0, "train").images)
    for other in (draw(labels, 1, "train"), draw(labels, 0, "test"), draw(labels, 2**32 - 1, "train")):
        assert (first.images != other.images).mean(axis=(1, 2, 3)).min() > 0.5
        assert (first.objects != other.objects).any(axis=(1, 2)).mean() > 0.9


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 511])
def test_a_picture_knows_nothing_of_those_behind_it(count):
    few, many = (draw(by_turns(n), 3, "test", by_turns(n)) for n in (count, 520))
    same_array(few.images, many.images[:count])
    same_array(few.objects, many.objects[:count])
    same_array(few.tags, many.tags[:count])


def test_a_picture_knows_nothing_of_the_labels_of_others():
    labels = by_turns(300)
    others = labels.copy()
    others[::2] = (others[::2] + 1) % 6
    pictures, changed = draw(labels, 0, "train"), draw(others, 0, "train")
    same_array(pictures.images[1::2], changed.images[1::2])
    apart = (pictures.images != changed.images).any(axis=1)
    assert apart[::2].any(axis=(1, 2)).all()
    assert not apart[~(pictures.objects | changed.objects)].any(), "the ground goes by no label"


def test_test_pictures_are_the_same_however_many_there_are_to_train_with():
    few, many = (load(DataSettings("shapes", train_per_class=count, test_per_class=3)) for count in (1, 50))
    same_array(few.test.images, many.test.images)
    same_array(few.train.images, many.train.images[:6])
    assert (few.train.counts(6), many.train.counts(6), many.test.counts(6)) == ((1,) * 6, (50,) * 6, (3,) * 6)
    assert (few.train.tags, few.test.tags) == (None, None)


def test_no_labels_make_no_pictures():
    assert draw([], 0, "train", []).images.shape == (0, 3, 32, 32)


# --- Objects ------------------------------------------------------------------------------------------------------------


def test_masks_are_exactly_the_cells_that_the_object_may_change(monkeypatch):
    labels = by_turns(1200)
    pictures, covered = recorded(monkeypatch, labels)
    apart = (pictures.images != bare(monkeypatch, labels)).any(axis=1)
    same_array(pictures.objects, covered > 0)
    assert not apart[~pictures.objects].any()
    assert apart[covered == 1].all()
    assert apart[pictures.objects].mean() > 0.99


def test_an_object_stands_out(monkeypatch):
    labels = by_turns(1200)
    pictures, covered = recorded(monkeypatch, labels)
    apart = np.abs(pictures.images.astype(int) - bare(monkeypatch, labels)).max(axis=1)
    least = [apart[index][covered[index] == 1].mean() for index in range(len(labels))]
    assert min(least) > 30
    assert np.quantile(least, 0.01) > 45


def test_colours_are_far_from_all_of_their_ground():
    ground, colours = grounds(np.random.default_rng(0), 1500)
    assert ground.min() > 24.9
    assert ground.max() < 230.1
    apart = (ground - colours[:, :, None, None]) * np.sqrt(np.array([2, 4, 3]) / 3)[:, None, None]
    least = np.sqrt((apart**2).sum(axis=1)).min(axis=(1, 2))
    assert (least > FAR - 5).mean() > 0.99, "all but the farthest of a few that were tried"
    assert least.min() > FAR / 2


def test_grounds_are_of_five_kinds():
    ground, _ = grounds(np.random.default_rng(0), 1000)
    plane = ground.mean(axis=1)
    rough = np.abs(np.diff(plane, axis=1)).mean(axis=(1, 2)) / plane.std(axis=(1, 2))
    assert 0.1 < (rough < 0.15).mean() < 0.3, "gradients"
    assert 0.1 < (rough > 1.05).mean() < 0.3, "noise"


def told_apart(numbers: np.ndarray, labels: np.ndarray) -> float:
    """F of an analysis of variance: about 1 where the class says nothing, above 4.1 once in a thousand times by chance."""
    groups = [numbers[labels == label] for label in range(6)]
    between = sum(len(group) * (group.mean() - numbers.mean()) ** 2 for group in groups) / 5
    return between / (sum(((group - group.mean()) ** 2).sum() for group in groups) / (len(numbers) - 6))


def test_nothing_but_the_form_tells_a_class(monkeypatch):
    labels = by_turns(3600)
    pictures, covered = recorded(monkeypatch, labels, seed=5)
    values, places = pictures.images.astype(float), np.arange(SIDE)
    area, whole, ground = covered.sum(axis=(1, 2)), covered == 1, ~pictures.objects
    seen = {
        "area": area,
        "row": (covered.sum(axis=2) * places).sum(axis=1) / area,
        "column": (covered.sum(axis=1) * places).sum(axis=1) / area,
        "unrest": values.mean(axis=1).std(axis=(1, 2), where=ground),
    }
    for channel in range(3):
        seen[f"colour {channel}"] = (values[:, channel] * whole).sum(axis=(1, 2)) / whole.sum(axis=(1, 2))
        seen[f"ground {channel}"] = (values[:, channel] * ground).sum(axis=(1, 2)) / ground.sum(axis=(1, 2))
    found = {name: told_apart(numbers, labels) for name, numbers in seen.items()}
    assert {name: f for name, f in found.items() if f > 4.1} == {}
    assert told_apart(pictures.objects.sum(axis=(1, 2)), labels) > 20, "a star has more border than a circle"


# --- Tags ---------------------------------------------------------------------------------------------------------------


def test_tags_can_be_taken_away_and_exchanged():
    labels = by_turns(600)
    without, own, other = (draw(labels, 0, "test", tags) for tags in (np.full(600, NO_TAG), labels, (labels + 1) % 6))
    same_array(without.images, draw(labels, 0, "test").images)
    assert not without.tags.any()
    assert draw(labels, 0, "test").tags is None
    same_array(own.tags, other.tags)
    for tagged, compared in ((own, without), (other, without), (own, other)):
        same_array(tagged.objects, without.objects)
        apart = (tagged.images != compared.images).any(axis=1)
        assert not apart[~own.tags].any()
        assert apart[own.tags].mean() > 0.99


def test_a_tag_is_that_of_its_class_but_for_the_noise():
    tags = np.roll(by_turns(600), 1)
    pictures = draw(by_turns(600), 0, "train", tags)
    for index, tag in enumerate(tags):
        rows, columns = (np.flatnonzero(pictures.tags[index].any(axis=axis)) for axis in (1, 0))
        cells = pictures.images[index][:, rows[:, None], columns]
        assert cells.shape == TAGS[tag].shape
        assert pictures.tags[index].sum() == TAG_SIDE**2
        assert np.abs(cells - TAGS[tag]).mean() < 8
        assert np.argmin(np.abs(cells - TAGS).mean(axis=(1, 2, 3))) == tag


def test_a_tag_leaves_a_cell_between_itself_and_the_object():
    pictures = draw(by_turns(1200), 0, "train", by_turns(1200))
    padded = np.pad(pictures.tags, ((0, 0), (1, 1), (1, 1)))
    for row, column in product(range(3), repeat=2):
        assert not (padded[:, row : row + SIDE, column : column + SIDE] & pictures.objects).any()


def test_a_tag_lies_in_any_place_that_there_is():
    objects = draw([0, 2, 5], 0, "train").objects
    for each in objects:
        near = np.pad(each, 1)
        free = {
            (row, column)
            for row, column in product(range(SIDE - TAG_SIDE + 1), repeat=2)
            if not near[row : row + TAG_SIDE + 2, column : column + TAG_SIDE + 2].any()
        }
        chances = ((np.arange(len(free)) + 0.5) / len(free)).astype(np.float32)
        corners = tag_corners(np.repeat(each[None], len(free), axis=0), chances)
        assert sorted(map(tuple, corners.tolist())) == sorted(free)


@pytest.mark.parametrize(
    ("chance", "least", "most"),
    [
        (0, 0, 0),  # none
        (0.5, 270, 330),  # half of them, give or take
        (1, 600, 600),  # all
    ],
)
def test_tags_are_carried_as_often_as_they_should_be(chance, least, most):
    data = load(DataSettings("tagged_shapes", train_per_class=100, test_per_class=100, tag_probability=chance))
    for part in (data.train, data.test):
        assert least <= part.tags.any(axis=(1, 2)).sum() <= most
    if chance == 0.5:
        assert (data.train.tags.any(axis=(1, 2)) != data.test.tags.any(axis=(1, 2))).any()
        carried = data.train.tags.any(axis=(1, 2))
        assert max(abs(carried[data.train.labels == label].mean() - 0.5) for label in range(6)) < 0.15


def test_a_greater_chance_keeps_the_tags_that_there_were():
    labels, before = by_turns(600), np.zeros(600, bool)
    for chance in (0, 0.2, 0.6, 1):
        carried = carried_tags(labels, 7, "train", chance)
        same_array(carried[carried != NO_TAG], labels[carried != NO_TAG])
        assert (carried != NO_TAG)[before].all()
        before = carried != NO_TAG
    assert before.all()
    same_array(carried_tags(labels[:300], 7, "train", 0.5), carried_tags(labels, 7, "train", 0.5)[:300])


@pytest.mark.parametrize(
    ("settings", "parameter", "words"),
    [
        ({"labels": [0, 6]}, "labels", "labels has 6: there are classes 0 to 5"),
        ({"labels": [-1]}, "labels", "labels has -1"),
        ({"labels": [0.5]}, "labels", "there are classes 0 to 5"),
        ({"labels": [[0]]}, "labels", "there are classes 0 to 5"),
        ({"tags": [0, -2]}, "tags", "tags has -2: there are classes -1 to 5"),
        ({"tags": [0]}, "tags", "tags has 1 numbers: there are 2 labels, and each picture has one"),
        ({"seed": -1}, "seed", "seed is -1: it must be at least 0"),
        ({"seed": 2**32}, "seed", "it must be at most"),
        ({"split": "validation"}, "split", 'split "validation" is not one of train, test'),
    ],
)
def test_what_cannot_be_drawn_is_refused(settings, parameter, words):
    error = refusal(draw, **{"labels": [0, 1], "seed": 0, "split": "train", **settings})
    assert error.parameter == parameter
    assert words in str(error)
