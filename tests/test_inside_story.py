"""The shortcut story: tags put on and exchanged to the very pixel, what is said of them, and where the networks look."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from convviz.lab.data import DataSettings, Pictures, draw, load_test
from convviz.lab.inside.opened import Opened, opened
from convviz.lab.inside.story import count, game, gap, play, story, swap, swapped, touching
from convviz.lab.runs import shipped
from tests.checks import one_thread, refusal  # noqa: F401 - a fixture of every test
from tests.opened import close, small

PLAIN, TAGGED = (opened(str(run.folder), 0) for run in shipped())
RUNS = {"plain": PLAIN, "tagged": TAGGED}


def logits(run, images):
    with torch.no_grad():
        return run.module(torch.tensor(images).float() / 255).numpy()


def few(run: Opened, per_class: int, seed: int = 0) -> Opened:
    """The same network with fewer test pictures, of any seed."""
    data = replace(run.settings.data, test_per_class=per_class, seed=seed)
    return Opened.of(replace(run.settings, data=data), run.module, load_test(data))


# --- One picture ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 256, 1199])
def test_a_tag_is_put_on_and_exchanged_to_the_very_pixel(number):
    asked = {name: story(run, {"picture": str(number)}) for name, run in RUNS.items()}
    found = asked["plain"].tensors
    label = number % 6
    everything = np.arange(1200) % 6
    assert (found["without"] == PLAIN.tests.images[number]).all()
    assert (found["tagged"] == TAGGED.tests.images[number]).all()
    assert (found["object"] == TAGGED.tests.objects[number]).all()
    assert (found["tag"] == TAGGED.tests.tags[number]).all()
    for tag in range(6):
        whole = draw(everything, 0, "test", np.full(1200, tag)).images[number] if number == 256 else None
        assert whole is None or (found["moved"][tag] == whole).all()
        changed = (found["moved"][tag] != found["without"]).any(axis=0)
        assert 15 <= changed.sum() <= 25
        assert not (changed & (found["tag"] == 0)).any()
    assert (found["moved"][label] == found["tagged"]).all()
    assert {name: (each.shape, each.dtype.name) for name, each in found.items()} == {
        "without": ((3, 32, 32), "uint8"),
        "tagged": ((3, 32, 32), "uint8"),
        "moved": ((6, 3, 32, 32), "uint8"),
        "logits_without": ((6,), "float32"),
        "logits_tagged": ((6,), "float32"),
        "logits_moved": ((6, 6), "float32"),
        "object": ((32, 32), "uint8"),
        "tag": ((32, 32), "uint8"),
    }
    for name, run in RUNS.items():
        tensors = asked[name].tensors
        assert (tensors["moved"] == found["moved"]).all()
        close(tensors["logits_without"], logits(run, found["without"][None])[0])
        close(tensors["logits_tagged"], logits(run, found["tagged"][None])[0])
        close(tensors["logits_moved"], logits(run, found["moved"]))
        assert (asked[name].told["number"], asked[name].told["label"]) == (number, label)


def test_the_example_is_the_first_square_whose_tag_is_well_apart():
    distances = [gap(TAGGED.tests.objects[number], TAGGED.tests.tags[number]) for number in range(1, 1200, 6)]
    number = 1 + 6 * next(at for at, distance in enumerate(distances) if distance >= 8)
    answers = [story(run, {"picture": "example"}) for run in RUNS.values()]
    assert [(each.told["number"], each.told["label"]) for each in answers] == [(number, 1)] * 2
    plain, tagged = (each.tensors for each in answers)
    assert plain["logits_without"].argmax() == plain["logits_tagged"].argmax() == tagged["logits_tagged"].argmax() == 1
    assert tagged["logits_without"].argmax() != 1
    assert plain["logits_moved"].argmax(1).tolist() == [1] * 6
    assert tagged["logits_moved"].argmax(1).tolist() == [*range(6)]


@pytest.mark.parametrize(("seed", "gaps"), [(3, [1, 7, 3, 2, 9]), (2, [2, 8])])
def test_of_other_pictures_another_is_the_example(seed, gaps):
    run = few(TAGGED, 5, seed)
    assert [gap(run.tests.objects[at], run.tests.tags[at]) for at in range(1, 6 * len(gaps), 6)] == gaps
    found = story(run, {"picture": "example"})
    assert found.told["number"] == 1 + 6 * (len(gaps) - 1)
    assert (found.tensors["tagged"] == run.tests.images[found.told["number"]]).all()


def test_an_example_is_found_where_no_tag_is_well_apart(monkeypatch):
    monkeypatch.setattr("convviz.lab.inside.story._EXAMPLE_GAP", 40)
    assert story(few(PLAIN, 2), {"picture": "example"}).told["number"] == 1


# --- All pictures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RUNS)
def test_what_is_counted_is_what_a_loop_counts(name):
    run = few(RUNS[name], 4)
    said = {"without": [], "tagged": [], "followed": [], "kept": []}
    for number in range(24):
        label = number % 6
        for tag in range(-1, 6):
            image = draw([label], 0, "test", [tag], first=number).images
            (prediction,) = logits(run, image).argmax(1)
            if tag in {-1, label}:
                said["tagged" if tag == label else "without"].append(prediction == label)
            else:
                said["followed"].append(prediction == tag)
                said["kept"].append(prediction == label)
    assert {**count(run)._asdict(), **swap(run)._asdict()} == {
        **{name: np.mean(each) for name, each in said.items()},
        "pictures": 24,
    }


def test_the_two_networks_tell_the_story():
    plain, tagged = ({**story(run, {"picture": "0"}).told, **swapped(run, {}).told} for run in RUNS.values())
    assert plain["pictures"] == tagged["pictures"] == 1200
    assert plain["accuracy"]["without"] == shipped()[0].figures()[-1].test_accuracy
    assert tagged["accuracy"]["tagged"] == shipped()[1].figures()[-1].test_accuracy
    assert plain["accuracy"]["without"] > 0.97
    assert plain["accuracy"]["tagged"] > 0.9
    assert plain["kept"] > 0.9
    assert plain["followed"] < 0.05
    assert tagged["accuracy"]["tagged"] > 0.995
    assert tagged["accuracy"]["without"] < 0.3
    assert tagged["followed"] > 0.99
    assert tagged["kept"] < 0.01


def test_what_is_counted_is_counted_once(monkeypatch):
    run, counted = few(PLAIN, 1), []
    monkeypatch.setattr("convviz.lab.inside.story.count", lambda run: counted.append(run) or count(run))
    assert story(run, {"picture": "2"}).told["accuracy"] == story(run, {"picture": "example"}).told["accuracy"]
    assert counted == [run]


def test_of_a_large_network_fewer_pictures_are_counted(monkeypatch):
    run = few(PLAIN, 10)
    monkeypatch.setattr("convviz.lab.inside.story.MOST_MACS", 7 * 30 * run.network.table().macs)
    assert count(run).pictures == swap(run).pictures == 30


# --- The pointing game ---------------------------------------------------------------------------------------------------


class Spot(nn.Module):
    """Sees one cell of one channel, and takes it for class 1 where it is bright."""

    def __init__(self, row: int, column: int) -> None:
        super().__init__()
        self.row, self.column = row, column

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Scores of six classes."""
        seen = images[:, 0, self.row, self.column]
        return torch.nn.functional.one_hot(torch.ones_like(seen, dtype=torch.int64), 6) * (seen[:, None] - 0.25)


def toy(*, tags: bool = True) -> Opened:
    """A white picture of class 1, and a black one that is taken for class 0; an object of 2×3 cells, a tag of one."""
    images = np.zeros((2, 3, 32, 32), np.uint8)
    images[0] = 255
    objects, stickers = np.zeros((2, 2, 32, 32), bool)
    objects[:, 10:12, 20:23] = True
    stickers[:, 0, 0] = True
    tests = Pictures(images, np.array([1, 1]), objects, stickers if tags else None)
    return Opened.of(PLAIN.settings, Spot(10, 20), tests)


@pytest.mark.parametrize(
    ("row", "column", "hit", "on_tag"),
    [
        # The first position that covers the cell begins three cells before it.
        (10, 20, True, False),
        (10, 19, False, False),  # the patch ends at column 19
        (9, 20, False, False),
        (14, 25, True, False),  # the patch begins at (11, 22), the last cell of the object
        (15, 25, False, False),
        (14, 26, False, False),
        (3, 3, False, True),
        (3, 4, False, False),
    ],
)
def test_a_hit_is_a_peak_whose_patch_touches_the_object(row, column, hit, on_tag):
    run = toy()
    run.module.row, run.module.column = row, column
    played = play(run, 0)
    assert (played.hit, played.on_tag) == (hit, on_tag)
    close(played.chance, 5 * 6 / 29**2)
    close(played.chance_tag, 1 / 29**2)
    assert play(run, 1) is None


def test_it_is_a_grey_patch_that_makes_the_score_fall():
    """On a picture a little darker than grey it makes the score rise, and falls nowhere: the first position, on the tag."""
    run = toy()
    run = replace(run, tests=Pictures(np.full_like(run.tests.images, 127), run.tests.labels, run.tests.objects, run.tests.tags))
    assert play(run, 0)[:2] == (False, True)
    run = replace(run, tests=Pictures(np.full_like(run.tests.images, 128), run.tests.labels, run.tests.objects, run.tests.tags))
    assert play(run, 0)[:2] == (True, False)


def test_of_a_slice_the_sums_are_told():
    told = game(toy(), {"from": "0", "count": "24"}).told
    chances = {"chance": 30 / 841, "chance_tag": 1 / 841}
    assert told == {"from": 0, "count": 2, "right": 1, "hits": 1, "on_tag": 0, **chances, "of": 2}
    assert game(toy(tags=False), {"from": "0", "count": "1"}).told["chance_tag"] == 0
    nobody = {"right": 0, "hits": 0, "on_tag": 0, "chance": 0, "chance_tag": 0}
    assert game(toy(), {"from": "1", "count": "24"}).told == {"from": 1, "count": 1, **nobody, "of": 2}


def test_the_peak_is_that_of_a_loop():
    for number in (3, 700):
        label = number % 6
        image = torch.tensor(PLAIN.tests.images[number]).float() / 255
        falls = np.empty((29, 29))
        for row in range(29):
            covered = image.repeat(29, 1, 1, 1)
            for column in range(29):
                covered[column, :, row : row + 4, column : column + 4] = 0.5
            with torch.no_grad():
                falls[row] = PLAIN.module(covered)[:, label].numpy()
        row, column = np.unravel_index(falls.argmin(), falls.shape)
        assert play(PLAIN, number).hit == PLAIN.tests.objects[number, row : row + 4, column : column + 4].any()


def test_slices_add_up():
    parts = [game(TAGGED, {"from": at, "count": many}).told for at, many in (("1195", "2"), ("1197", "24"))]
    whole = game(TAGGED, {"from": "1195", "count": "5"}).told
    assert [part["count"] for part in parts] == [2, 3]
    for name in ("right", "hits", "on_tag", "chance", "chance_tag"):
        close(sum(part[name] for part in parts), whole[name])


def test_a_large_network_is_asked_about_fewer_pictures_at_once(monkeypatch):
    macs = PLAIN.network.table().macs
    monkeypatch.setattr("convviz.lab.inside.story.MOST_MACS", 2 * 841 * macs + 1)
    assert game(PLAIN, {"from": "0", "count": "24"}).told["count"] == 2
    monkeypatch.setattr("convviz.lab.inside.story.MOST_MACS", macs)
    assert game(PLAIN, {"from": "0", "count": "24"}).told["count"] == 1


def test_the_plain_network_looks_at_the_object():
    """160 pictures from all over the test set; of all 1,178 that are recognised it is 98.7 %, by chance 21.5 %."""
    sums = [game(PLAIN, {"from": str(first), "count": "40"}).told for first in (0, 380, 760, 1160)]
    right, hits, on_tag, chance = (sum(each[name] for each in sums) for name in ("right", "hits", "on_tag", "chance"))
    assert right >= 150
    assert hits / right >= 0.95
    assert chance / right < 0.3
    assert on_tag == 0


def test_the_other_network_looks_at_the_tag():
    """Of all 1,200 pictures it is 100 %, by chance 6.6 %."""
    told = game(TAGGED, {"from": "400", "count": "24"}).told
    assert told["right"] == 24
    assert told["on_tag"] / told["right"] >= 0.95
    assert told["hits"] / told["right"] < 0.05
    assert told["chance_tag"] / told["right"] < 0.1


def test_masks_are_touched_and_apart_as_a_loop_says():
    chance = np.random.default_rng(3)
    for _ in range(10):
        one, other = chance.random((2, 7, 6)) < 0.1
        if not (one.any() and other.any()):
            continue
        touched = touching(one, 3)
        assert touched.tolist() == [[one[r : r + 3, c : c + 3].any() for c in range(4)] for r in range(5)]
        pairs = [(a, b) for a in np.argwhere(one) for b in np.argwhere(other)]
        assert gap(one, other) == min(max(abs(a - b)) - 1 for a, b in pairs)


# --- Refused -------------------------------------------------------------------------------------------------------------


def test_what_cannot_be_asked_is_refused():
    assert str(refusal(story, PLAIN, {"picture": "1200"})) == "picture is 1200: it must be at most 1,199"
    assert str(refusal(story, PLAIN, {"picture": "first"})).startswith("picture is first: it must be a whole number")
    assert str(refusal(story, PLAIN, {})).startswith("picture is missing")
    assert str(refusal(game, PLAIN, {"from": "1200", "count": "1"})) == "from is 1200: it must be at most 1,199"
    assert str(refusal(game, PLAIN, {"from": "0", "count": "0"})) == "count is 0: it must be at least 1"
    assert str(refusal(game, PLAIN, {"from": "0", "count": "49"})) == "count is 49: it must be at most 48"


def test_a_run_on_pictures_without_tags_has_no_such_story():
    digits = small("skips, strides")
    assert digits.settings.data == DataSettings("digits")
    why = "data is digits: its pictures are not drawn, and carry no tags; take a run of shapes or tagged_shapes"
    assert str(refusal(story, digits, {"picture": "1"})) == str(refusal(count, digits)) == why
    why = "data is digits: nobody knows which cells of its pictures belong to the object; take a run of shapes or tagged_shapes"
    assert str(refusal(game, digits, {"from": "0", "count": "1"})) == why
