"""Training against a loop that torch's own manual would write, and what becomes of it on a bad day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import nn

from convviz.geometry import GeometryError
from convviz.lab import train as training_module
from convviz.lab.augmentation_settings import Augmentation
from convviz.lab.data import KINDS, DataSettings, load
from convviz.lab.devices import device_of
from convviz.lab.errors import DivergedError, TrainingError
from convviz.lab.model import MLP, LeNet5, SmallCNN
from convviz.lab.records import Progress
from convviz.lab.settings import Settings, Training, recommended, require
from convviz.lab.train import Trainer, train
from tests.lab import TINY, comparable, some_digits, tiny

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU on this machine")


# --- The same numbers as a plain loop -------------------------------------------------------------------------------------


def plain_network() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Conv2d(4, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


@pytest.mark.parametrize(
    ("optimizer", "schedule"),
    [("AdamW", "OneCycleLR"), ("Adam", "constant"), ("SGD", "CosineAnnealingLR")],
)
def test_it_makes_the_steps_of_a_plain_loop(optimizer: Any, schedule: Any) -> None:
    """Weights, losses and accuracies, in the order that the seed of each epoch decides; with torch's own loops, unfused."""
    epochs, size, lr = 3, 500, 0.02
    model = SmallCNN(channels=(4,), convolutions=2, global_pooling="none")
    chosen = Training(epochs, size, lr, optimizer, 0.05, schedule, threads=1, device="cpu", seed=5)
    trainer = Trainer(Settings(model=model, training=chosen))

    plain = plain_network()
    plain.load_state_dict(
        {name: torch.from_numpy(value) for name, value in zip(plain.state_dict(), trainer.weights().values(), strict=True)}
    )
    made = {
        "AdamW": lambda: torch.optim.AdamW(plain.parameters(), lr, weight_decay=0.05, foreach=False),
        "Adam": lambda: torch.optim.Adam(plain.parameters(), lr, weight_decay=0.05, foreach=False),
        "SGD": lambda: torch.optim.SGD(plain.parameters(), lr, momentum=0.9, weight_decay=0.05, foreach=False),
    }[optimizer]()
    scheduled = {
        "OneCycleLR": lambda: torch.optim.lr_scheduler.OneCycleLR(made, lr, total_steps=9, cycle_momentum=False),
        "CosineAnnealingLR": lambda: torch.optim.lr_scheduler.CosineAnnealingLR(made, 9),
        "constant": lambda: None,
    }[schedule]()
    digits = load(DataSettings())
    images, labels = torch.tensor(digits.train.images / 16, dtype=torch.float32), torch.tensor(digits.train.labels)
    tests = torch.tensor(digits.test.images / 16, dtype=torch.float32)

    for number in range(1, epochs + 1):
        epoch = trainer.epoch()
        seed = int(np.random.SeedSequence((5, number)).generate_state(1, np.uint64)[0] >> 1)
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
        plain.train()
        losses = right = 0.0
        for first in range(0, len(images), size):
            batch = order[first : first + size]
            scores = plain(images[batch])
            loss = F.cross_entropy(scores, labels[batch])
            made.zero_grad()
            loss.backward()
            made.step()
            if scheduled:
                scheduled.step()
            losses += loss.item() * len(batch)
            right += (scores.argmax(1) == labels[batch]).sum().item()
        plain.eval()
        with torch.no_grad():
            said = plain(tests)
        figures = epoch.figures
        assert figures.train_loss == pytest.approx(losses / len(images), abs=2e-4)
        assert figures.train_accuracy == pytest.approx(right / len(images), abs=2 / len(images))
        assert figures.test_loss == pytest.approx(F.cross_entropy(said, torch.tensor(digits.test.labels)).item(), abs=2e-3)
        for ours, theirs in zip(epoch.weights.values(), plain.state_dict().values(), strict=True):
            np.testing.assert_allclose(ours, theirs.numpy(), atol=2e-3)
        assert abs(epoch.predictions - said.argmax(1).numpy()).astype(bool).mean() < 0.01


def test_an_epoch_says_what_its_predictions_say() -> None:
    digits = load(DataSettings())
    *_, epoch = train(TINY)
    labels, figures = digits.test.labels, epoch.figures
    assert figures.test_accuracy == (epoch.predictions == labels).mean()
    table = np.array(figures.confusion)
    assert table.sum(axis=1).tolist() == list(digits.test.counts(10))
    assert all(table[i, s] == ((labels == i) & (epoch.predictions == s)).sum() for i in range(10) for s in range(10))
    np.testing.assert_allclose(epoch.probabilities.sum(axis=1), 1, atol=1e-5)
    assert (epoch.probabilities.argmax(axis=1) == epoch.predictions[training_module.watched(labels, 10)]).all()
    assert (epoch.filters == epoch.weights["conv1_1.weight"]).all()
    assert epoch.filters.shape == (3, 1, 3, 3)


def test_filters_of_a_dense_layer_are_pictures() -> None:
    epoch = next(train(replace(TINY, model=MLP(parameters=10_000))))
    assert epoch.filters.shape == (64, 1, 8, 8)
    assert (epoch.filters.reshape(64, 64) == epoch.weights["dense1.weight"][:64]).all()


def test_the_first_layer_begins_as_small_as_it_is_asked_to() -> None:
    plain, small = (next(train(tiny(first_scale=scale))).weights for scale in (1.0, 0.25))
    assert np.allclose(small["conv1_1.weight"], plain["conv1_1.weight"] / 4)
    assert (small["dense.weight"] == plain["dense.weight"]).all()


# --- From the seed --------------------------------------------------------------------------------------------------------


def test_a_seed_decides_everything_and_another_one_something_else() -> None:
    augmented = replace(TINY, augmentation=Augmentation(flip=True, rotation=10, translation=1))
    runs = []
    for elsewhere in range(2):
        torch.manual_seed(elsewhere)  # what others drew before is nothing to it
        runs.append([comparable(epoch) for epoch in train(augmented)])
    one, same = runs
    assert one == same
    assert one != [comparable(epoch) for epoch in train(replace(augmented, training=replace(TINY.training, seed=1)))]
    assert one[0] == comparable(next(train(TINY)))
    assert one[1:] != [comparable(epoch) for epoch in train(TINY)][1:]


@pytest.mark.parametrize("optimizer", ["AdamW", "SGD"])
@pytest.mark.parametrize("schedule", ["OneCycleLR", "CosineAnnealingLR", "constant"])
def test_it_goes_on_from_any_epoch_as_if_nothing_had_been(optimizer: Any, schedule: Any) -> None:
    settings = tiny(optimizer=optimizer, schedule=schedule)
    trainer, states, whole = Trainer(settings), [], []
    for epoch in trainer.epochs():
        whole.append(comparable(epoch))
        states.append(trainer.state())
    for done, state in enumerate(states, start=1):
        assert [comparable(epoch) for epoch in train(settings, state=state)] == whole[done:]


@pytest.mark.parametrize("optimizer", ["AdamW", "SGD"])
def test_it_goes_on_from_a_checkpoint_of_another_device(optimizer: Any) -> None:
    """A GPU's optimizer computes in another way, and its learning rate is a tensor: neither comes along."""
    settings = tiny(optimizer=optimizer)
    trainer = Trainer(settings)
    trainer.epoch()
    held = torch.load(BytesIO(trainer.state()), weights_only=True)
    (group,) = held["optimizer"]["param_groups"]
    group.update(lr=torch.tensor(group["lr"]), fused=None, **({"capturable": True} if "capturable" in group else {}))
    written = BytesIO()
    torch.save(held, written)
    (last,) = [epoch for epoch in train(settings, state=written.getvalue()) if epoch.figures.epoch == 2]
    assert last.figures.test_loss == pytest.approx(trainer.epoch().figures.test_loss, rel=1e-4)
    other = Trainer(settings)
    other.restore(written.getvalue())
    (group,) = other._optimizer.param_groups
    assert isinstance(group["lr"], float)
    assert (group.get("capturable", False), group["fused"]) == (False, True)


def test_torch_is_left_as_it_was() -> None:
    torch.manual_seed(3)
    expected, threads = torch.rand(2), torch.get_num_threads()
    torch.manual_seed(3)
    for _ in train(tiny(threads=2)):
        pass
    assert torch.equal(torch.rand(2), expected)
    assert torch.get_num_threads() == threads


# --- How long -------------------------------------------------------------------------------------------------------------


def test_it_stops_at_the_accuracy_it_is_asked_for() -> None:
    settings = replace(tiny(epochs=40, batch_size=64, lr=0.004, stop_at=0.6, schedule="constant"), model=SmallCNN())
    figures = [epoch.figures for epoch in train(settings)]
    assert figures[-1].test_accuracy >= 0.6 > max(each.test_accuracy for each in figures[:-1])
    assert figures[-1].epoch < 40


def test_there_are_never_more_threads_than_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """More of them wait for each other, for ever so long: a run that goes on on a smaller machine takes what is there."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    seen: list[int] = []
    for _ in train(tiny(threads=64, epochs=1), on_step=lambda _: seen.append(torch.get_num_threads())):
        pass
    assert set(seen) == {1}


def test_every_step_is_told() -> None:
    told: list[Progress] = []
    for _ in train(tiny(epochs=2), on_step=told.append):
        pass
    assert [(each.epoch, each.step, each.steps) for each in told] == [(e, s, 3) for e in (1, 2) for s in (1, 2, 3)]
    assert all(each.pictures_per_second > 0 for each in told)


@pytest.mark.parametrize(
    ("pictures", "size", "steps"),
    [
        # divides evenly
        (20, 10, 2),
        # some left over
        (23, 10, 3),
        # one left over: alone it has no variance, and is left out
        (21, 10, 2),
        # a batch larger than all
        (20, 100, 1),
    ],
)
def test_what_is_left_of_the_pictures_is_a_step_unless_it_is_one(pictures: int, size: int, steps: int) -> None:
    told: list[Progress] = []
    dataset = some_digits([index % 10 for index in range(pictures)])
    settings = replace(tiny(batch_size=size, epochs=1), model=SmallCNN(channels=(2,) * 3))
    *_, last = train(settings, dataset=dataset, on_step=told.append)
    assert len(told) == steps
    assert last.figures.train_loss is not None
    assert 0 <= (last.figures.train_accuracy or 0) <= 1


def test_pictures_per_second_are_those_of_the_steps() -> None:
    *_, last = train(tiny(epochs=1))
    assert last.figures.pictures_per_second == pytest.approx(1438 / last.figures.seconds)


# --- Bad days -------------------------------------------------------------------------------------------------------------


def test_a_loss_that_is_no_number_ends_it() -> None:
    settings = replace(TINY, model=MLP(parameters=1000), training=replace(TINY.training, lr=10, optimizer="SGD", epochs=50))
    with pytest.raises(DivergedError, match=r"the loss became NaN in epoch \d+: lr 10 is too large .*; lower lr to 1$"):
        for _ in train(replace(settings, training=replace(settings.training, weight_decay=9.0))):
            pass


def test_a_last_step_too_many_ends_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The losses of all steps are numbers, and the network that they leave is not."""
    trainer = Trainer(TINY)
    monkeypatch.setattr(trainer, "_tested", lambda: torch.full((359, 10), float("nan")))
    with pytest.raises(DivergedError, match="the loss became NaN in epoch 1"):
        trainer.epoch()


def test_a_class_without_pictures_is_refused() -> None:
    with pytest.raises(GeometryError, match='class "7" of digits has no picture to train with: add some'):
        Trainer(TINY, some_digits([0, 1, 2, 3, 4, 5, 6, 8, 9, 0]))


def test_a_gpu_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(GeometryError, match="torch finds no GPU on this machine; train on the CPU") as caught:
        Trainer(tiny(device="cuda"))
    assert caught.value.remedy == {"device": "cpu"}
    assert device_of("auto").type == "cpu"


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)"),
        MemoryError(),
    ],
)
def test_want_of_memory_offers_half_the_batch(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def too_large(*_: Any, **__: Any) -> Iterator[Any]:
        raise error

    trainer = Trainer(TINY)
    monkeypatch.setattr(training_module, "augment", too_large)
    with pytest.raises(
        GeometryError, match="batch_size is 480: a step does not fit the memory of the machine; lower"
    ) as caught:
        trainer.epoch()
    assert caught.value.remedy == {"batch_size": 240}
    monkeypatch.undo()
    assert comparable(trainer.epoch()) == comparable(Trainer(TINY).epoch())


def test_other_errors_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Iterator[Any]:
        raise RuntimeError("sizes do not match")

    monkeypatch.setattr(training_module, "augment", broken)
    with pytest.raises(RuntimeError, match="sizes do not match"):
        Trainer(TINY).epoch()


@pytest.mark.parametrize("damage", [b"", b"?", b"PK\x03\x04", "cut", "other"])
def test_a_damaged_checkpoint_is_refused(damage: Any) -> None:
    trainer = Trainer(TINY)
    if damage == "cut":
        damage = trainer.state()[:-100]
    elif damage == "other":
        damage = Trainer(replace(TINY, model=MLP())).state()
    with pytest.raises(TrainingError, match="this is no checkpoint: start the training anew"):
        trainer.restore(damage)


@pytest.mark.parametrize(
    ("training", "parameter", "remedy"),
    [
        ({"epochs": 0}, "epochs", {"epochs": 1}),
        ({"epochs": 1001}, "epochs", {"epochs": 1000}),
        ({"batch_size": 0}, "batch_size", {"batch_size": 1}),
        ({"batch_size": 65_537}, "batch_size", {"batch_size": 65_536}),
        ({"lr": 0}, "lr", {"lr": 0.004}),
        ({"lr": float("nan")}, "lr", {"lr": 0.004}),
        ({"lr": 11}, "lr", {"lr": 0.004}),
        ({"weight_decay": -1}, "weight_decay", {"weight_decay": 0.01}),
        ({"first_scale": 0}, "first_scale", {"first_scale": 1.0}),
        ({"lr": 10**400}, "lr", {"lr": 0.004}),
        ({"lr": True}, "lr", {"lr": 0.004}),
        ({"threads": 10**6}, "threads", {"threads": 64}),
        ({"seed": 2**32}, "seed", {"seed": 2**32 - 1}),
        ({"stop_at": 1.5}, "stop_at", {"stop_at": 1}),
        ({"seed": -1}, "seed", {"seed": 0}),
        ({"threads": 1.5}, "threads", {"threads": 0}),
        ({"optimizer": "Adagrad"}, "optimizer", {"optimizer": "AdamW"}),
        ({"schedule": "linear"}, "schedule", {"schedule": "OneCycleLR"}),
        ({"device": "tpu"}, "device", {"device": "auto"}),
        ({"precision": "int8"}, "precision", {"precision": "auto"}),
    ],
)
def test_a_setting_that_cannot_be_names_its_way_out(training: dict[str, Any], parameter: str, remedy: dict[str, Any]) -> None:
    settings = tiny(**training)
    with pytest.raises(GeometryError) as caught:
        require(settings)
    assert (caught.value.parameter, caught.value.remedy) == (parameter, remedy)
    assert str(caught.value).startswith(f"{parameter} ")
    require(tiny(**remedy))


@pytest.mark.parametrize(
    ("settings", "sentence", "remedy"),
    [
        # more than a memory
        (
            Settings(
                DataSettings("shapes"), SmallCNN(channels=(512,), convolutions=1, pooling="none"), Training(batch_size=10**4)
            ),
            "batch_size is 10000: a step would take .* GB, and at most 8.6 are given to one: lower batch_size to",
            {"batch_size"},
        ),
        # more than a life
        (
            Settings(
                DataSettings("shapes"), SmallCNN(channels=(256, 256), convolutions=1, pooling="none"), Training(epochs=1000)
            ),
            r"epochs is 1000: that would be .* multiply–accumulates, and at most 1e\+16 are made: lower epochs to",
            {"epochs"},
        ),
        # no variance
        (
            replace(tiny(batch_size=1), model=SmallCNN(channels=(4,) * 4)),
            "batch_size is 1: a batch norm sees one number a channel, which has no variance: raise batch_size to 2",
            {"batch_size"},
        ),
    ],
)
def test_a_training_that_would_not_end_well_is_refused_before(settings: Settings, sentence: str, remedy: set[str]) -> None:
    with pytest.raises(GeometryError, match=sentence) as caught:
        require(settings)
    assert caught.value.remedy.keys() == remedy
    require(replace(settings, training=replace(settings.training, **caught.value.remedy)))


# --- Settings -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_what_is_recommended_can_be_and_comes_back_as_it_was_written(name: str) -> None:
    settings = recommended(name)
    require(settings)
    assert Settings.read(settings.written()) == settings
    assert settings.data.name == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "settings is '[': Invalid JSON: EOF while parsing a list at line 1 column 1"),
        ('{"speed": 1}', "speed is 1: Unexpected keyword argument"),
        ('{"training": {"lr": "1"}}', "training.lr is '1': Input should be a valid number"),
        ('{"training": {"epochs": true}}', "training.epochs is True: Input should be a valid integer"),
        ('{"model": {"kind": "mlp", "channels": [1]}}', "model.mlp.channels is [1]: Unexpected keyword argument"),
        ('{"data": {"name": "cats"}}', "data is {'name': 'cats'}: name \"cats\" is not one of digits, digits28, "),
    ],
)
def test_what_are_no_settings_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(GeometryError) as caught:
        Settings.read(text)
    assert str(caught.value).startswith(message)


def test_lenet_learns_the_digits_enlarged() -> None:
    settings = Settings(DataSettings("digits28"), LeNet5(activation="ReLU"), replace(TINY.training, batch_size=64, lr=0.002))
    *_, last = train(settings)
    assert last.figures.test_accuracy > 0.9


# --- On a GPU, where there is one -----------------------------------------------------------------------------------------


@needs_gpu
@pytest.mark.parametrize("graphs", [False, True])
def test_a_gpu_learns_what_a_cpu_learns(graphs: bool) -> None:
    settings = Settings(training=Training(device="cuda", graphs=graphs))
    *_, last = train(settings)
    assert last.figures.test_accuracy >= 0.975


@needs_gpu
def test_a_recorded_step_is_the_plain_step() -> None:
    plain, played = (
        [epoch.figures.train_loss for epoch in train(tiny(device="cuda", precision="float32", batch_size=64, graphs=graphs))][
            1:
        ]
        for graphs in (False, True)
    )
    assert played == pytest.approx(plain, rel=0.02)


@needs_gpu
def test_a_batch_beyond_the_gpu_s_memory_offers_half_of_it() -> None:
    settings = Settings(DataSettings("shapes"), SmallCNN(channels=(256,) * 3), Training(device="cuda", batch_size=4096))
    torch.cuda.set_per_process_memory_fraction(0.001)
    try:
        with pytest.raises(GeometryError, match="does not fit the memory of the GPU; lower batch_size to 2048"):
            list(train(settings))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
