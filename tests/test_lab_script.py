"""The file to take away: it runs by itself, says what it does, and does what the lab does."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor
from torch.optim.optimizer import register_optimizer_step_pre_hook

from convviz.explain import pytorch_network_code
from convviz.geometry import GeometryError
from convviz.lab.augmentation import augment
from convviz.lab.augmentation_settings import Augmentation, survivors
from convviz.lab.data import KINDS, DataSettings, load
from convviz.lab.model import MLP, LeNet5, SmallCNN
from convviz.lab.module import build
from convviz.lab.script import script
from convviz.lab.settings import Settings, Training, recommended
from convviz.lab.train import Trainer
from tests.checks import one_thread  # noqa: F401 - a fixture
from tests.conftest import ROOT

SMALL: Final = SmallCNN(channels=(4, 6), convolutions=1)
FEW: Final = DataSettings("shapes", seed=3, train_per_class=4, test_per_class=2)
EVERYTHING: Final = Augmentation(flip=True, rotation=20, translation=3, scale=0.2, colour=0.3, grey=0.5)
LINE: Final = re.compile(r"epoch +(\d+)   train loss (\S+), accuracy (\S+)%   test loss (\S+), accuracy (\S+)%", re.ASCII)


def training(**changes: Any) -> Training:
    return replace(Training(epochs=2, batch_size=480, lr=0.02, device="cpu", threads=1), **changes)


CASES: Final = {
    # three steps an epoch: 1438 = 3 · 479 + 1, and the one left over is left out
    "one left over": Settings(model=SMALL, training=training(batch_size=479)),
    "two left over": Settings(model=SMALL, training=training(batch_size=718, optimizer="Adam")),
    "divides evenly": Settings(FEW, SMALL, training(batch_size=12)),
    "more than there are": Settings(FEW, SMALL, training(batch_size=4096)),
    # OneCycleLR has nothing to do then
    "a single step": Settings(FEW, SMALL, training(epochs=1, batch_size=23)),
    "lenet-5": Settings(DataSettings("digits28"), LeNet5(), training(epochs=1)),
    "every change": Settings(FEW, SMALL, training(epochs=1, batch_size=7, first_scale=0.15), EVERYTHING),
    "tags": Settings(replace(FEW, name="tagged_shapes", tag_probability=0.9), SMALL, training(epochs=1)),
    "mlp": Settings(model=MLP(parameters=900), training=training(weight_decay=0.0)),
    "sgd": Settings(model=SMALL, training=training(optimizer="SGD", schedule="CosineAnnealingLR", weight_decay=1e-5)),
    "constant": Settings(model=SMALL, training=training(schedule="constant")),
    "branches": Settings(model=SmallCNN((4, 6), skip=True, dropout=0.2, batch_norm=False), training=training()),
}


def text_of(settings: Settings) -> str:
    return script(settings, pytorch_network_code(settings.network()))


def names_of(text: str) -> dict[str, Any]:
    """What a file has defined once it has run, in this process."""
    names: dict[str, Any] = {"__name__": "__main__"}
    with torch.random.fork_rng():
        exec(compile(text, "taken away", "exec"), names)  # noqa: S102 - the point of the file is to run
    return names


def numbers_in(printed: str) -> list[tuple[float, ...]]:
    """Epoch, train loss and percent right, test loss and percent right, a line each."""
    lines = [LINE.fullmatch(line) for line in printed.splitlines()]
    return [tuple(map(float, line.groups())) for line in lines if line]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def steps() -> Iterator[list[dict[str, Any]]]:
    """What an optimizer was set to, at each step that any makes."""
    seen: list[dict[str, Any]] = []

    def look(optimizer: Any, *_: Any) -> None:
        (group,) = optimizer.param_groups
        known = {name: group.get(name) for name in ("lr", "weight_decay", "momentum", "betas", "nesterov")}
        seen.append({"kind": type(optimizer), **known})

    handle = register_optimizer_step_pre_hook(look)
    yield seen
    handle.remove()


# --- It runs --------------------------------------------------------------------------------------------------------------


def test_as_a_file_of_its_own_it_learns_the_digits(tmp_path: Path) -> None:
    """As it is by default, all epochs; what it printed is what the weights that it saved say, in the lab's own network."""
    settings = Settings(training=replace(Training(), device="cpu"))
    (tmp_path / "taken.py").write_text(text_of(settings))
    environment = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", "taken.py"]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    lines = numbers_in(run.stdout)
    assert [line[0] for line in lines] == list(range(1, 13))
    assert lines[-1][4] >= 97
    module = build(settings.network()).eval()
    saved = torch.load(tmp_path / "digits.pt", weights_only=True)
    module.load_state_dict(dict(zip(module.state_dict(), saved.values(), strict=True)))
    test = load(settings.data).test
    with torch.no_grad():
        scores = module(torch.tensor(test.images) / 16)
    assert lines[-1][3] == pytest.approx(F.cross_entropy(scores, torch.tensor(test.labels)).item(), abs=1e-4)
    assert lines[-1][4] == pytest.approx(100 * (scores.argmax(1).numpy() == test.labels).mean(), abs=0.05)


@pytest.mark.parametrize("settings", CASES.values(), ids=CASES)
def test_it_makes_the_steps_of_the_lab(settings: Settings, steps: list[Any], capsys: Any, tmp_path: Path) -> None:
    """As many, of the same kind, with the same learning rates to the last bit, for a network of the same shapes."""
    names = names_of(text_of(settings))
    ours = steps.copy()
    steps.clear()
    trainer = Trainer(settings)
    made = [epoch.figures.epoch for epoch in trainer.epochs()]
    assert ours == steps
    assert len(ours) == names["steps"] * settings.training.epochs > 0

    lines = numbers_in(capsys.readouterr().out)
    assert [0, *(line[0] for line in lines)] == made
    assert names["data"] is load(settings.data)
    state, theirs = names["model"].state_dict(), trainer.weights()
    assert [tuple(value.shape) for value in state.values()] == [value.shape for value in theirs.values()]
    # Batch norms count the batches that they saw while training.
    counted = [[int(value) for name, value in each.items() if "num_batches" in name] for each in (state, theirs)]
    assert counted[0] == counted[1]
    saved = torch.load(tmp_path / f"{settings.data.name}.pt", weights_only=True)
    assert all(value.equal(saved[name]) for name, value in state.items())


@pytest.mark.parametrize("optimizer", ["AdamW", "SGD"])
def test_from_the_same_weights_it_learns_what_the_lab_learns(optimizer: Any, capsys: Any) -> None:
    """With all pictures in one batch their order does not matter; the first weights come from the seed."""
    chosen = training(epochs=4, batch_size=4096, optimizer=optimizer, schedule="constant", seed=9)
    settings = Settings(FEW, SMALL, chosen)
    ours = names_of(text_of(settings))["model"].state_dict()
    printed = numbers_in(capsys.readouterr().out)
    first: dict[str, Any] = {}
    with torch.random.fork_rng():
        torch.manual_seed(9)
        exec(pytorch_network_code(settings.network()), first)  # noqa: S102 - the point of the code is to run
    for module in first["network"].modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.reset_running_stats()  # it has seen one picture, to print a shape
    trainer = Trainer(settings)
    held = torch.load(BytesIO(trainer.state()), weights_only=True)
    held["module"] = dict(zip(held["module"], first["network"].state_dict().values(), strict=True))
    written = BytesIO()
    torch.save(held, written)
    trainer.restore(written.getvalue())
    figures = [trainer.epoch().figures for _ in range(4)]
    for line, each in zip(printed, figures, strict=True):
        assert line[1::2] == pytest.approx((each.train_loss, each.test_loss), abs=1e-4)
    for one, other in zip(ours.values(), trainer.weights().values(), strict=True):
        np.testing.assert_allclose(one.numpy(), other, atol=1e-3)


def test_every_set_of_pictures_has_the_value_that_counts_as_1_and_the_seed_that_was_asked_for() -> None:
    for kind in KINDS.values():
        settings = recommended(kind.name)
        text = text_of(replace(settings, training=replace(settings.training, seed=77)))
        assert f"\nwhite = {kind.white}  #" in text
        assert "\ntorch.manual_seed(77)" in text
        assert f'"{kind.name}.pt"' in text


def test_the_seed_decides_everything(capsys: Any) -> None:
    printed = []
    for seed in (1, 1, 2):
        names_of(text_of(replace(CASES["every change"], training=training(seed=seed, batch_size=7))))
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != printed[2]


def test_it_trains_where_it_was_asked_to() -> None:
    auto = 'device = "cuda" if torch.cuda.is_available() else "cpu"'
    lines = {name: text_of(Settings(training=training(device=name))).splitlines() for name in ("auto", "cpu", "cuda")}
    assert 'device = "cpu"' in lines["cpu"]
    assert auto not in lines["cpu"]
    assert auto in lines["auto"]
    assert auto in lines["cuda"]


# --- What it prints -------------------------------------------------------------------------------------------------------


def test_its_train_numbers_are_means_over_the_pictures_that_it_took(capsys: Any) -> None:
    """Weights that hardly move say the same of all pictures at once as of batch after batch, the last one being smaller."""
    settings = Settings(FEW, MLP(parameters=6000), training(epochs=1, batch_size=10, lr=1e-9, weight_decay=0.0))
    names = names_of(text_of(settings))
    ((_, loss, accuracy, *_),) = numbers_in(capsys.readouterr().out)
    with torch.no_grad():
        scores = names["model"](names["train_images"])
    assert len(scores) == 24
    assert loss == pytest.approx(F.cross_entropy(scores, names["train_labels"]).item(), abs=1e-4)
    assert accuracy == pytest.approx(100 * (scores.argmax(1) == names["train_labels"]).float().mean().item(), abs=0.05)


def test_a_picture_that_is_left_out_counts_for_nothing(capsys: Any) -> None:
    """Whichever of the 24 it was, the mean is that of the other 23."""
    settings = Settings(FEW, MLP(parameters=6000), training(epochs=1, batch_size=23, lr=1e-9, weight_decay=0.0))
    names = names_of(text_of(settings))
    ((_, loss, accuracy, *_),) = numbers_in(capsys.readouterr().out)
    with torch.no_grad():
        scores = names["model"](names["train_images"])
    losses = F.cross_entropy(scores, names["train_labels"], reduction="none")
    right = (scores.argmax(1) == names["train_labels"]).float()
    for each, mean, close in ((losses, loss, 1e-4), (100 * right, accuracy, 0.06)):
        assert np.isclose((each.sum() - each).numpy() / 23, mean, rtol=0, atol=close).any()


def test_what_it_tests_with_is_the_test_without_dropout(capsys: Any) -> None:
    names = names_of(text_of(CASES["branches"]))
    *_, (*_, loss, accuracy) = numbers_in(capsys.readouterr().out)
    names["model"].eval()
    test = load(CASES["branches"].data).test
    with torch.no_grad():
        scores = names["model"](torch.tensor(test.images) / 16)
    assert loss == pytest.approx(F.cross_entropy(scores, torch.tensor(test.labels)).item(), abs=1e-4)
    assert accuracy == pytest.approx(100 * (scores.argmax(1).numpy() == test.labels).mean(), abs=0.05)


def test_first_weights_are_scaled_and_others_are_not() -> None:
    """A learning rate of next to nothing leaves the first weights as they were drawn."""
    still = Settings(model=MLP(parameters=900), training=training(epochs=1, lr=1e-12, weight_decay=0.0, seed=4))
    plain, scaled = (
        [*names_of(text_of(replace(still, training=replace(still.training, first_scale=scale))))["model"].parameters()]
        for scale in (1.0, 0.25)
    )
    torch.testing.assert_close(scaled[0], plain[0] * 0.25)
    for one, other in zip(plain[1:], scaled[1:], strict=True):
        torch.testing.assert_close(one, other)


def test_it_stops_once_it_is_good_enough(capsys: Any) -> None:
    chosen = training(epochs=40, batch_size=64, lr=0.004, schedule="constant", stop_at=0.6)
    names_of(text_of(Settings(model=MLP(), training=chosen)))
    accuracies = [line[4] for line in numbers_in(capsys.readouterr().out)]
    assert len(accuracies) < 40
    assert accuracies[-1] >= 60
    assert all(accuracy < 60 for accuracy in accuracies[:-1])


# --- How it changes the pictures ------------------------------------------------------------------------------------------

ROWS: Final = {
    "flip": [[0]],
    "translation": [[1], [2]],
    "rotation": [[3]],
    "scale": [[4]],
    "colour": [[5], [8, 9, 10], [6]],
    "grey": [[7]],
}
"""Which of the numbers that the lab draws for each picture the file draws for each change, call by call."""


def drawn_for(changes: Augmentation, channels: int) -> list[list[int]]:
    calls = [call for name, calls in ROWS.items() if getattr(changes, name) for call in calls]
    return [call for call in calls if channels == 3 or len(call) == 1]


def dictate(patch: pytest.MonkeyPatch, numbers: Tensor, calls: list[list[int]]) -> None:
    """Let `torch` draw these numbers (11, N), and no others: all at once for the lab, in these rows for the file."""
    waiting = iter(calls)

    def rand(*sizes: Any, **_: Any) -> Tensor:
        sizes = tuple(sizes[0]) if isinstance(sizes[0], tuple) else sizes
        return numbers.clone() if sizes == tuple(numbers.shape) else numbers[next(waiting)].T.reshape(sizes)

    def randint(low: int, high: int, size: Any, **_: Any) -> Tensor:
        return (rand(*size) * (high - low)).long() + low

    patch.setattr(torch, "rand", rand)
    patch.setattr(torch, "randint", randint)


def both(
    settings: Settings, images: Tensor, labels: Tensor, objects: Tensor | None, monkeypatch: pytest.MonkeyPatch, seed: int = 0
) -> tuple[Tensor, Callable[[Augmentation], Tensor]]:
    """What the file makes of pictures, and what the lab makes of them with these changes or with others; same draws."""
    numbers = torch.rand(11, len(images), generator=torch.Generator().manual_seed(seed))
    flips = torch.tensor(survivors(settings.augmentation, KINDS[settings.data.name]))
    names = names_of(text_of(settings))
    arguments = [images, *[labels] * settings.augmentation.flip]
    arguments += [objects] if "objects" in names["augment"].__code__.co_varnames else []

    def lab(changes: Augmentation) -> Tensor:
        with monkeypatch.context() as patch:
            dictate(patch, numbers, [])
            return augment(images, labels, changes, torch.Generator(), flips=flips, objects=objects)

    with monkeypatch.context() as patch:
        dictate(patch, numbers, drawn_for(settings.augmentation, images.shape[1]))
        return names["augment"](*arguments), lab


@pytest.mark.parametrize(
    ("data", "changes"),
    [
        (DataSettings(), Augmentation(flip=True)),
        (DataSettings(), Augmentation(translation=1)),
        (DataSettings(), Augmentation(rotation=20)),
        (DataSettings(), Augmentation(scale=0.15)),
        (DataSettings(), Augmentation(colour=0.4)),
        (DataSettings(), Augmentation(flip=True, rotation=20, translation=1, scale=0.15, colour=0.4)),
        (FEW, Augmentation(flip=True)),
        (FEW, Augmentation(colour=1)),
        (FEW, Augmentation(grey=0.5)),
        (FEW, Augmentation(translation=4)),
        (FEW, replace(EVERYTHING, flip=False)),
        (FEW, EVERYTHING),
    ],
)
def test_with_the_same_draws_it_makes_the_pictures_of_the_lab(data: Any, changes: Any, monkeypatch: Any) -> None:
    """Noise, so that each wrong cell shows; the objects lie in the middle, where nothing can become of them."""
    settings = Settings(data, SMALL, training(epochs=1), changes)
    generator = torch.Generator().manual_seed(5)
    channels, height, width = KINDS[data.name].input_shape
    images = torch.rand(40, channels, height, width, generator=generator)
    labels = torch.arange(40) % len(KINDS[data.name].classes)
    objects = torch.zeros(40, height, width, dtype=torch.bool)
    objects[:, height // 2, width // 2] = True
    ours, lab = both(settings, images, labels, objects if data is FEW else None, monkeypatch)
    assert not ours.allclose(images, atol=1e-2)
    torch.testing.assert_close(ours, lab(changes), rtol=0, atol=2e-5)


def test_objects_stay_whole_or_stay_where_they_are(monkeypatch: Any) -> None:
    """Every drawn picture comes out as the lab's, or unmoved; unmoved wherever the lab leaves it so; most of them moved."""
    data = replace(FEW, train_per_class=40)
    changes = Augmentation(flip=True, rotation=90, translation=5, scale=0.2)
    drawn = load(data).train
    images, labels, objects = torch.tensor(drawn.images) / 255, torch.tensor(drawn.labels), torch.tensor(drawn.objects)
    ours, lab = both(Settings(data, SMALL, training(epochs=1), changes), images, labels, objects, monkeypatch)
    moved, still = ((theirs - ours).abs().amax((1, 2, 3)) < 1e-3 for theirs in (lab(changes), lab(Augmentation(flip=True))))
    left = (lab(changes) - lab(Augmentation(flip=True))).abs().amax((1, 2, 3)) < 1e-3
    assert (moved | still).all()
    assert still[left].all()
    assert 0.3 < (moved & ~left).float().mean() < 1


def test_no_cell_of_an_object_is_lost(monkeypatch: Any) -> None:
    """Pictures of nothing but the object, moved by up to all but one of their cells: just as many are lit as before."""
    settings = Settings(FEW, SMALL, training(epochs=1), Augmentation(flip=True, translation=31))
    objects = torch.tensor(load(FEW).train.objects).repeat(20, 1, 1)
    images = objects[:, None].float().expand(-1, 3, -1, -1).contiguous()
    labels = torch.tensor(load(FEW).train.labels).repeat(20)
    ours, _ = both(settings, images, labels, objects, monkeypatch)
    torch.testing.assert_close(ours.sum((1, 2, 3)), images.sum((1, 2, 3)), rtol=0, atol=0.05)
    assert ((ours - images).abs().amax((1, 2, 3)) > 0.5).float().mean() > 0.3


@pytest.mark.parametrize("name", KINDS)
def test_it_mirrors_the_classes_that_the_settings_mirror(name: str, monkeypatch: Any) -> None:
    settings = replace(recommended(name), augmentation=Augmentation(flip=True))
    kind = KINDS[name]
    names = {"torch": torch, "device": "cpu"}
    functions = [each for each in ast.parse(text_of(settings)).body if isinstance(each, ast.FunctionDef)]
    (made,) = [each for each in functions if each.name == "augment"]
    exec(compile(ast.Module([made], []), "augment", "exec"), names)  # noqa: S102 - the point of the file is to run
    classes = len(kind.classes)
    images = torch.arange(kind.input_shape[2]).expand(classes, *kind.input_shape).float()
    monkeypatch.setattr(torch, "rand", lambda *sizes, **_: torch.zeros(sizes))
    mirrored = (names["augment"](images, torch.arange(classes)) == images.flip(3)).all((1, 2, 3))  # type: ignore[operator]
    assert tuple(mirrored.tolist()) == survivors(settings.augmentation, kind)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (Augmentation(), set()),
        (Augmentation(flip=True), {"flip"}),
        (Augmentation(rotation=5), {"uniform", "grid_sample", "deg2rad"}),
        (Augmentation(translation=2), {"grid_sample", "randint"}),
        (Augmentation(scale=0.1), {"uniform", "grid_sample", "factor"}),
        (Augmentation(colour=0.1), {"uniform", "mean"}),
        (Augmentation(grey=0.1), {"greys"}),
    ],
)
def test_it_holds_the_changes_that_are_switched_on_and_no_others(changes: Augmentation, words: set[str]) -> None:
    text = text_of(Settings(FEW, SMALL, training(), changes))
    every = {"uniform", "grid_sample", "deg2rad", "randint", "factor", "mean", "greys", "flip"}
    found = {word for word in every if re.search(rf"\b{word}\(|\b{word} =", text)}
    assert found == words
    assert ("augment(" in text) == bool(words)
    assert ("objects" in text) == ("grid_sample" in words)


# --- How it is written ----------------------------------------------------------------------------------------------------

WRITTEN: Final = {**CASES, **{f"recommended {name}": recommended(name) for name in KINDS}}


@pytest.mark.parametrize("settings", WRITTEN.values(), ids=WRITTEN)
def test_it_is_short_and_imports_torch_and_the_pictures_alone(settings: Settings) -> None:
    text = text_of(settings)
    assert max(map(len, text.splitlines())) <= 100
    assert text.endswith('.pt")\n')
    assert len(text.splitlines()) < 150
    found = {
        name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    assert found - {"collections"} == {"torch", "torch.nn.functional", "convviz.lab.data"}


def test_a_linter_and_a_formatter_have_nothing_to_say(tmp_path: Path) -> None:
    """But for a Sequential of named layers, whose brackets the formatter would spread over more lines."""
    for number, settings in enumerate(WRITTEN.values()):
        text = text_of(settings)
        (tmp_path / f"{number}{'_named' * ('OrderedDict' in text)}.py").write_text(text)
    # It lies in a folder of its own, where a linter cannot know whose convviz is.
    ours = 'lint.isort.known-first-party=["convviz"]'
    ruff = [sys.executable, "-m", "ruff"]
    lint = [*ruff, "check", "--isolated", "--line-length=100", "--select=E,F,W,B,I", f"--config={ours}", "."]
    form = [*ruff, "format", "--isolated", "--line-length=100", "--check", "--exclude=*_named.py", "."]
    for command in (lint, form):
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout
    assert len([*tmp_path.glob("*[0-9].py")]) >= 4


# --- What it refuses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", 'model_code makes no "network": hand in what pytorch_network_code returns'),
        ("model = 3", 'model_code makes no "network": hand in what pytorch_network_code returns'),
        ("network, other = 3, 4", 'model_code makes no "network": hand in what pytorch_network_code returns'),
        ("class Network:\n    pass", 'model_code makes no "network": hand in what pytorch_network_code returns'),
        ("import torch\nnetwork = (", "model_code is no Python in line 2: hand in what pytorch_network_code returns"),
    ],
)
def test_code_that_makes_no_network_is_refused(code: str, words: str) -> None:
    with pytest.raises(GeometryError, match=f"^{re.escape(words)}$") as caught:
        script(Settings(), code)
    assert (caught.value.parameter, caught.value.value) == ("model_code", code)


def test_settings_that_cannot_be_are_refused() -> None:
    code = pytorch_network_code(Settings().network())
    with pytest.raises(GeometryError, match="epochs is 0: it must be at least 1"):
        script(Settings(training=training(epochs=0)), code)
    with pytest.raises(GeometryError, match="rotation is 90: of digits labels survive at most 20 degrees"):
        script(Settings(augmentation=Augmentation(rotation=90)), code)


def test_what_only_tries_the_network_out_is_left_there() -> None:
    text = text_of(CASES["branches"])
    assert "randn" not in text
    assert text.count("print(") == 1
    assert text.count("import torch\n") == text.count("from torch import nn\n") == 1
    assert np.all([name in text for name in ("class Network(nn.Module):", "network = Network()", "self.dropout(")])
