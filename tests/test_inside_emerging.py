"""Pictures that are made to excite a target: step by step as torch's own Adam makes them, and better than any test picture."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from convviz.lab.inside import emerging as module
from convviz.lab.inside.emerging import EVERY, STEPS, State, Way, Wish, emerging, start, stepped, total_variation
from convviz.lab.inside.opened import Opened, opened
from convviz.lab.inside.scores import target_score
from convviz.lab.inside.targets import ClassTarget
from convviz.lab.runs import shipped
from tests.checks import one_thread, refusal  # noqa: F401 - a fixture of every test
from tests.opened import close, shipped_run, small, target


def fresh(run: Opened) -> Opened:
    """The same network, with nothing found out about it."""
    return Opened.of(run.settings, run.module, run.tests)


def asked(run, text, step, jitter="2", smooth="0.05", seed="0"):
    return emerging(run, {"target": text, "jitter": jitter, "smooth": smooth, "seed": seed, "step": str(step)})


def score_of(run, text, images):
    """Of pictures in bytes, as whoever takes them along finds it."""
    with torch.no_grad():
        return target_score(run.module, run.stages, target(run, text), torch.tensor(images).float() / 255)


# --- One step ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 3, 5, 4)])
def test_the_gradient_of_the_total_variation_is_torch_s(shape):
    pictures = torch.rand(shape, generator=torch.Generator().manual_seed(1), requires_grad=True)
    rows, columns = (pictures.diff(dim=axis).abs().sum() for axis in (2, 3))
    (expected,) = torch.autograd.grad(rows + columns, pictures)
    assert torch.equal(total_variation(pictures.detach()), expected)


@pytest.mark.parametrize(
    ("name", "text", "jitter", "smooth"),
    [
        ("skips, strides", "class:3", 2, 0.05),
        ("skips, strides", "direction:conv1_2:0*3,2*-4", 0, 0.5),
        ("sigmoids, 28×28", "unit:conv2:5:3:7", 3, 0.0),
        ("no convolution", "class:1", 1, 0.2),
    ],
)
def test_steps_are_those_of_torch_s_adam_on_the_moved_picture(name, text, jitter, smooth):
    run, many = small(name), 12
    wish = Wish(target(run, text), jitter, smooth, seed=5)
    states = [start(run, wish)]
    picture = states[0].picture.clone().requires_grad_()
    optimizer = torch.optim.Adam([picture], lr=0.05)
    moves = set()
    for step in range(1, many + 1):
        states.append(stepped(run, wish, states[-1]))
        move = np.random.default_rng([5, step]).integers(-jitter, jitter + 1, 2).tolist()
        moves.add(tuple(move))
        score = target_score(run.module, run.stages, wish.target, torch.roll(picture, move, (2, 3)))
        (gradient,) = torch.autograd.grad(score, picture)
        picture.grad = smooth * total_variation(picture.detach()) - gradient / gradient.abs().max()
        optimizer.step()
        with torch.no_grad():
            picture.clamp_(0, 1)
        close(states[-1].picture, picture.detach(), 2e-4)
    assert [state.step for state in states] == [*range(many + 1)]
    assert (len(moves) > 3) == (jitter > 0)


def test_what_answers_nothing_is_shaken_until_it_does():
    run = shipped_run()
    wish = Wish(target(run, "unit:conv1_1:5:16:10"), jitter=0)
    states = [start(run, wish)]
    for _ in range(40):
        states.append(stepped(run, wish, states[-1]))
    changes = [float((after.picture - before.picture).std()) for before, after in pairwise(states)]
    silent = [state.silent > 8 for state in states[1:]]
    assert silent[0]
    assert not silent[-1]
    assert all(0.05 < change < 0.11 for change, shaken in zip(changes, silent, strict=True) if shaken)
    assert target_score(run.module, run.stages, wish.target, states[-1].picture) > 1


def test_a_picture_is_not_shaken_again_for_a_few_steps_without_an_answer():
    run = shipped_run()
    wish = Wish(target(run, "unit:conv1_1:5:16:10"), jitter=0, smooth=0)
    begun = start(run, wish)
    state = State(9, begun.picture, begun.mean, begun.square, silent=0)
    for _ in range(8):
        state = stepped(run, wish, state)
    assert state.silent == 8
    assert torch.equal(state.picture, begun.picture)
    assert not torch.equal(stepped(run, wish, state).picture, begun.picture)


# --- All steps -----------------------------------------------------------------------------------------------------------


def test_the_same_wish_makes_the_same_picture_however_it_is_asked():
    one, other = fresh(shipped_run()), fresh(shipped_run())
    steps = [asked(one, "class:1", step).tensors for step in (0, 8, 16, 24, 32)]
    straight = asked(other, "class:1", 32).tensors
    assert (steps[-1]["image"] == straight["image"]).all()
    assert (steps[-1]["scores"] == straight["scores"]).all()
    for at, found in enumerate(steps):
        again = asked(other, "class:1", 8 * at).tensors
        assert (again["image"] == found["image"]).all()
        assert again["scores"].tolist() == found["scores"].tolist() == straight["scores"][: at + 1].tolist()
    assert (asked(one, "class:1", 32, seed="1").tensors["image"] != straight["image"]).any()
    assert (asked(one, "class:1", 32, jitter="0").tensors["image"] != straight["image"]).any()
    assert (asked(one, "class:1", 32, smooth="0").tensors["image"] != straight["image"]).any()


def test_it_goes_on_from_where_it_was_and_forgets_what_nobody_asks_for(monkeypatch):
    run, made = fresh(small("skips, strides")), []
    monkeypatch.setattr(module, "stepped", lambda *given: made.append(given[2].step) or stepped(*given))
    first = asked(run, "class:0", 16).tensors["image"]
    assert made == [*range(16)]
    asked(run, "class:0", 8)
    assert made == [*range(16)]
    asked(run, "class:0", 24)
    assert made == [*range(24)]
    for label in range(1, 8):
        asked(run, f"class:{label}", 8)
    asked(run, "class:0", 24)
    assert len(made) == 24 + 7 * 8
    for label in (8, 9):
        asked(run, f"class:{label}", 8)
    assert len(run.found["ways"]) == 8
    asked(run, "class:0", 24)  # asked for a moment ago: still there
    assert len(made) == 24 + 9 * 8
    asked(run, "class:1", 8)
    assert len(made) == 24 + 10 * 8
    run.found["ways"].clear()
    assert (asked(run, "class:0", 16).tensors["image"] == first).all()


@pytest.mark.parametrize("name", ["skips, strides", "sigmoids, 28×28", "no convolution"])
def test_scores_are_those_of_the_pictures_as_they_are_shown(name):
    run = small(name)
    found = [asked(run, "class:1", step).tensors for step in range(0, 48, EVERY)]
    images = np.stack([each["image"] for each in found])
    assert images.shape[1:] == run.kind.input_shape
    assert images.dtype == np.uint8
    assert found[-1]["scores"].dtype == np.float32
    close(found[-1]["scores"], score_of(run, "class:1", images))


def test_the_best_test_picture_stands_beside_it():
    run = shipped_run()
    told = asked(run, "channel:conv3_1:7", 0).told
    scores = torch.cat([score_of(run, "channel:conv3_1:7", run.tests.images[at : at + 100]) for at in range(0, 1200, 100)])
    assert told["best"]["number"] == int(scores.argmax())
    close(told["best"]["score"], scores.max())
    assert (told["step"], told["steps"]) == (0, STEPS)


# --- What emerges --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *(f"class:{label}" for label in range(6)),
        "channel:conv1_1:2",
        "channel:pool1:4",
        "channel:conv2_1:11",
        "channel:conv3_1:16",
        "direction:conv2_1:1*1,9*-0.5",
        "unit:conv2_1:5:7:6",
        "unit:pool:3:0:0",
    ],
)
def test_it_excites_more_than_the_best_test_picture(text):
    found = asked(shipped_run(), text, 96)
    scores = found.tensors["scores"]
    assert scores[-1] > found.told["best"]["score"]
    assert scores[-1] > scores[1] > scores[0] - 0.5


def test_of_the_network_with_the_give_away_its_tag_emerges():
    """The checks of the square's tag, blue and yellow by turns: somewhere in the picture; in the other network's nowhere."""
    rows = torch.tensor([[row + column for column in range(5)] for row in range(5)]) % 2 == 0
    blue, yellow = (torch.tensor(colour)[:, None, None] / 255 for colour in ((30.0, 70.0, 235.0), (250.0, 225.0, 40.0)))
    tag = torch.where(rows, blue, yellow)
    pattern = tag - tag.mean((1, 2), keepdim=True)

    def likeness(run: Opened) -> float:
        image = torch.tensor(asked(run, "class:1", 128).tensors["image"]).float() / 255
        windows = image.unfold(1, 5, 1).unfold(2, 5, 1).permute(1, 2, 0, 3, 4)
        windows = windows - windows.mean((3, 4), keepdim=True)
        products = (windows * pattern).sum((2, 3, 4))
        return float((products / (windows.flatten(2).norm(dim=2) + 0.1)).max() / pattern.norm())

    tagged = opened(str(shipped()[1].folder), 0)
    assert likeness(tagged) > 0.7
    assert likeness(shipped_run()) < 0.4


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("step", "7", "step is 7: it must be a multiple of 8: take 0"),
        ("step", "264", "step is 264: it must be at most 256"),
        ("step", "-8", "step is -8: it must be at least 0"),
        ("jitter", "-1", "jitter is -1: it must be at least 0"),
        ("jitter", "9", "jitter is 9: it must be at most 8"),
        ("jitter", "1.5", "jitter is 1.5: it must be a whole number from 0 to 8"),
        ("smooth", "-0.1", "smooth is -0.1: it must be a number from 0 to 1"),
        ("smooth", "nan", "smooth is nan: it must be a number from 0 to 1"),
        ("smooth", "much", "smooth is 'much': it must be a number from 0 to 1"),
        ("seed", "-1", "seed is -1: it must be at least 0"),
        ("seed", "5000000000", "seed is 5000000000: it must be at most 4,294,967,295"),
        ("target", "class:10", "target class:10: class 10 is not one of 0 to 9"),
    ],
)
def test_what_cannot_be_asked_is_refused(name, value, message):
    asking = {"target": "class:1", "jitter": "2", "smooth": "0.05", "seed": "0", "step": "8"}
    run = fresh(small("skips, strides"))
    assert str(refusal(emerging, run, {**asking, name: value})) == message
    assert str(refusal(emerging, run, {key: each for key, each in asking.items() if key != name})).startswith(f"{name} is miss")
    assert not run.found


def test_nothing_is_made_before_somebody_asks():
    way = Way(small("skips, strides"), Wish(ClassTarget(0)))
    assert way.states == way.scores == []
    assert [way.at(step).step for step in (16, 0, 8)] == [16, 0, 8]
    assert len(way.states) == len(way.scores) == 3
