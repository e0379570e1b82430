"""Training, epoch by epoch: everything on the device, everything from the seed.

Whatever is random in an epoch comes from the seed and the epoch's number: a training that goes on from a checkpoint makes the
same steps as one that was never interrupted; on the CPU, with the same number of threads, to the last bit.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import Any, Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from numpy.typing import NDArray
from torch import Tensor, nn

from convviz.geometry import GeometryError
from convviz.lab.augmentation import augment
from convviz.lab.augmentation_settings import survivors
from convviz.lab.data import Dataset, Pictures, load
from convviz.lab.devices import Recorded, device_of, memory_errors, mixed
from convviz.lab.errors import DivergedError, TrainingError
from convviz.lab.module import NetworkModule, build
from convviz.lab.records import MOST_FILTERS, Epoch, Figures, Progress, confusion, watched
from convviz.lab.settings import Settings, require, settings_of

OnStep = Callable[[Progress], None]
"""Told after each step; what it raises ends the training, and the time it takes is none of the training's."""

_AT_ONCE: Final = 256
"""Test pictures."""
_LOOKS: Final = 50
"""Steps between two looks at the loss: on a GPU each look waits for the device."""
_COMPUTING: Final[tuple[str, ...]] = ("capturable", "fused")
"""What an optimizer holds beside the settings that it was given: how it computes."""
_OPTIMIZERS: Final[Mapping[str, Callable[..., torch.optim.Optimizer]]] = {
    "AdamW": torch.optim.AdamW,
    "Adam": torch.optim.Adam,
    "SGD": partial(torch.optim.SGD, momentum=0.9),
}


def train(
    settings: Settings | str, *, dataset: Dataset | None = None, state: bytes | None = None, on_step: OnStep | None = None
) -> Iterator[Epoch]:
    """The epochs of a training, one after the other: epoch 0 is the untrained network.

    `settings` may be a data set's name, for what is recommended. `dataset` replaces the one that they name; `state`, of a
    `Trainer`, is where to go on. Raises `GeometryError` for settings that cannot be or do not fit the device's memory, and
    `TrainingError` for a training that fails.

    >>> from convviz.lab.settings import Training
    >>> for epoch in train(Settings(training=Training(epochs=1, threads=1, schedule="constant"))):
    ...     print(epoch.figures.epoch, epoch.figures.test_accuracy > 0.2, epoch.filters.shape)
    0 False (16, 1, 3, 3)
    1 True (16, 1, 3, 3)
    >>> next(train(Settings(training=Training(epochs=0))))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: epochs is 0: it must be at least 1
    """
    trainer = Trainer(settings_of(settings), dataset)
    if state is not None:
        trainer.restore(state)
    yield from trainer.epochs(on_step)


class Trainer:
    """A training that stands between two epochs: `epoch` makes the next one, `state` is all that is needed to go on.

    >>> from convviz.lab.settings import Training
    >>> settings = Settings(training=Training(epochs=2, threads=1))
    >>> trainer, other = Trainer(settings), Trainer(settings)
    >>> _ = trainer.epoch()
    >>> other.restore(trainer.state())
    >>> trainer.epoch().figures.test_loss == other.epoch().figures.test_loss, other.over
    (True, True)
    >>> other.restore(b"?")
    Traceback (most recent call last):
    convviz.lab.errors.TrainingError: this is no checkpoint: start the training anew
    """

    def __init__(self, settings: Settings, dataset: Dataset | None = None) -> None:
        require(settings)
        self.settings = settings
        self.device = device_of(settings.training.device)
        dataset = dataset or load(settings.data)
        _require_pictures(dataset)
        self._classes = len(dataset.kind.classes)
        self._flips = torch.tensor(survivors(settings.augmentation, dataset.kind), device=self.device)
        self._labels = dataset.test.labels
        self._watched = watched(self._labels, self._classes)
        self._generator = torch.Generator(self.device)
        self.figures: Figures | None = None
        with self._running(0), self._memory():
            self._train, self._test = (_Held(part, dataset.kind.white, self.device) for part in (dataset.train, dataset.test))
            self._module = self._made()
            self._optimizer, self._schedule = self._made_optimizer()
            self._sums = torch.zeros(2, device=self.device)
            self._step = self._recorded_step()

    @property
    def over(self) -> bool:
        """Whether all epochs are made, or the accuracy that ends the training is reached."""
        training = self.settings.training
        if self.figures is None:
            return False
        reached = training.stop_at is not None and self.figures.test_accuracy >= training.stop_at
        return reached or self.figures.epoch >= training.epochs

    def epochs(self, on_step: OnStep | None = None) -> Iterator[Epoch]:
        """All that are still to be made, epoch 0 among them."""
        if self.figures is None:
            yield self.untrained()
        while not self.over:
            yield self.epoch(on_step)

    def untrained(self) -> Epoch:
        """Epoch 0: the network as it is before its first step, with random weights or those that it was given."""
        with self._running(0), self._memory():
            return self._looked(0, None, 0.0)

    def epoch(self, on_step: OnStep | None = None) -> Epoch:
        """Train the next epoch, then test. Raises `DivergedError` once the loss is NaN, `GeometryError` without memory."""
        number = self.figures.epoch + 1 if self.figures else 1
        with self._running(number), self._memory():
            seconds = self._trained(number, on_step)
            return self._looked(number, self._sums.tolist(), seconds)

    def state(self) -> bytes:
        """All that is needed to go on from here, in bytes that hold no code."""
        held = {
            "figures": self.figures.written() if self.figures else "",
            "module": self._module.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
        }
        written = BytesIO()
        torch.save(held, written)
        return written.getvalue()

    def restore(self, state: bytes) -> None:
        """Go on from there. Raises `TrainingError` for bytes that are no state of such a training."""
        try:
            held = torch.load(BytesIO(state), map_location=self.device, weights_only=True)
            self.figures = Figures.read(held["figures"]) if held["figures"] else None
            self._module.load_state_dict(held["module"])
            self._load_optimizer(held["optimizer"])
            self._schedule.load_state_dict(held["schedule"])
        except Exception as error:  # torch has no one kind of error for what cannot be read
            raise TrainingError("this is no checkpoint: start the training anew") from error
        self._step = self._recorded_step()  # one that was recorded before would play on with the old numbers

    def take(self, weights: Mapping[str, Tensor]) -> None:
        """Weights of such a network, by name, in the place of its own. Raises RuntimeError for those of another one."""
        self._module.load_state_dict(weights)

    def weights(self) -> dict[str, NDArray[np.generic]]:
        """A copy of all that is learned or kept, by name."""
        return {name: _copied(value) for name, value in self._module.state_dict().items()}

    def _made(self) -> NetworkModule:
        module = build(self.settings.network())
        module.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        with torch.no_grad():
            _first(module).mul_(self.settings.training.first_scale)
        return module

    def _made_optimizer(self) -> tuple[torch.optim.Optimizer, Any]:
        training = self.settings.training
        options = {"capturable": True} if self._is_recorded and training.optimizer != "SGD" else {}
        optimizer = _OPTIMIZERS[training.optimizer](
            self._module.parameters(),
            lr=self._held_lr(training.lr),
            weight_decay=training.weight_decay,
            fused=True,
            **options,
        )
        return optimizer, _scheduled(optimizer, training.schedule, training.lr, self.steps * training.epochs)

    def _load_optimizer(self, state: dict[str, Any]) -> None:
        """What it knows of the weights, and the learning rate: how it computes is up to this device."""
        (group,) = self._optimizer.param_groups
        own = {name: group[name] for name in _COMPUTING if name in group}
        self._optimizer.load_state_dict(state)
        (group,) = self._optimizer.param_groups
        group.update({**own, "lr": self._held_lr(float(group["lr"]))})

    def _held_lr(self, lr: float) -> float | Tensor:
        """In a recorded step the learning rate has to be a number that lies on the device."""
        return torch.tensor(lr, device=self.device) if self._is_recorded else lr

    @property
    def _is_recorded(self) -> bool:
        return self.device.type == "cuda" and self.settings.training.graphs

    def _recorded_step(self) -> Callable[[Tensor], None]:
        return Recorded(self._plain_step, self._generator) if self._is_recorded else self._plain_step

    @property
    def steps(self) -> int:
        """Of an epoch; a last picture that is left alone is left out, for alone it has no variance."""
        count, size = len(self._train), self.settings.training.batch_size
        return max(count // size + (count % size > 1), 1)

    def _trained(self, number: int, on_step: OnStep | None) -> float:
        """Seconds from the epoch's first step to its last."""
        self._module.train()
        self._sums.zero_()
        order = torch.randperm(len(self._train), generator=self._generator, device=self.device)
        batches = torch.split(order, self.settings.training.batch_size)[: self.steps]
        begun = time.perf_counter()
        seen = 0
        for done, batch in enumerate(batches, start=1):
            self._step(batch)
            self._schedule.step()
            if done % _LOOKS == 0 or done == len(batches):
                self._require_finite(self._sums[0], number)
            seen += len(batch)
            if on_step:
                told = time.perf_counter()
                on_step(Progress(number, done, len(batches), seen / (told - begun)))
                begun += time.perf_counter() - told
        return time.perf_counter() - begun

    def _plain_step(self, batch: Tensor) -> None:
        self._optimizer.zero_grad(set_to_none=True)
        images, labels, objects = self._train.taken(batch)
        images = augment(images, labels, self.settings.augmentation, self._generator, flips=self._flips, objects=objects)
        with mixed(self.device, self.settings.training.precision):
            scores = self._module(images)
            loss = F.cross_entropy(scores, labels)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        with torch.no_grad():
            right = (scores.argmax(1) == labels).sum()
            self._sums += torch.stack((loss * len(batch), right))

    def _require_finite(self, loss: Tensor, number: int) -> None:
        if not loss.isfinite():
            lr = self.settings.training.lr
            raise DivergedError(
                f"the loss became NaN in epoch {number}: lr {lr:g} is too large for this network; lower lr to {lr / 10:g}"
            )

    def _looked(self, number: int, sums: list[float] | None, seconds: float) -> Epoch:
        """Test, and say what there is to say."""
        logits = self._tested()
        loss = F.cross_entropy(logits, torch.tensor(self._labels))
        # The last step may have been the one too many.
        self._require_finite(loss, number)
        predictions = logits.argmax(1).numpy().astype(np.uint8)
        seen = min(self.steps * self.settings.training.batch_size, len(self._train))
        known = [each / seen for each in sums] if sums else [None, None]
        self.figures = Figures(
            epoch=number,
            train_loss=known[0],
            train_accuracy=known[1],
            test_loss=loss.item(),
            test_accuracy=float((predictions == self._labels).mean()),
            confusion=confusion(self._labels, predictions, self._classes),
            seconds=seconds,
            pictures_per_second=seen / seconds if seconds else 0.0,
        )
        return Epoch(self.figures, self._filters(), predictions, logits.softmax(1).numpy()[self._watched], self.weights())

    def _tested(self) -> Tensor:
        """What the network says of the test pictures."""
        self._module.eval()
        with torch.inference_mode(), mixed(self.device, self.settings.training.precision):
            at_once = min(_AT_ONCE, self.settings.training.batch_size)
            batches = torch.split(torch.arange(len(self._test), device=self.device), at_once)
            return torch.cat([self._module(self._test.taken(batch)[0]).float() for batch in batches]).cpu()

    def _filters(self) -> NDArray[np.float32]:
        weight = _copied(_first(self._module)[:MOST_FILTERS])
        return weight if weight.ndim == 4 else weight.reshape(-1, *self.settings.network().input_shape)

    @contextmanager
    def _running(self, number: int) -> Iterator[None]:
        """With the number of threads that was asked for, and all that is random decided by the seed and the epoch."""
        training = self.settings.training
        before = torch.get_num_threads()
        seed = int(np.random.SeedSequence((training.seed, number)).generate_state(1, np.uint64)[0] >> 1)
        with torch.random.fork_rng([self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(seed)
            self._generator.manual_seed(seed)
            torch.set_num_threads(min(training.threads or before, os.cpu_count() or 1))
            try:
                yield
            finally:
                torch.set_num_threads(before)

    def _memory(self) -> Any:
        return memory_errors(self.settings.training.batch_size, self.device)


class _Held:
    """Pictures on the device, as bytes; numbers from 0 to 1 are made of those that a step takes."""

    def __init__(self, pictures: Pictures, white: int, device: torch.device) -> None:
        self._images = torch.tensor(pictures.images, device=device)
        self._labels = torch.tensor(pictures.labels, device=device)
        self._objects = None if pictures.objects is None else torch.tensor(pictures.objects, device=device)
        self._white = white

    def __len__(self) -> int:
        return len(self._labels)

    def taken(self, batch: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Images (N, C, H, W), labels, and the cells of their objects where those are known."""
        images = self._images[batch].float().div_(self._white).contiguous(memory_format=torch.channels_last)
        return images, self._labels[batch], None if self._objects is None else self._objects[batch]


def _require_pictures(dataset: Dataset) -> None:
    """Of every class there have to be some to learn from."""
    classes = dataset.kind.classes
    for name, count in zip(classes, dataset.train.counts(len(classes)), strict=True):
        if not count:
            raise GeometryError(
                f'class "{name}" of {dataset.kind.name} has no picture to train with: add some, or train on other data',
                "train",
                0,
                1,
            )
    if not len(dataset.test):
        raise GeometryError(f"{dataset.kind.name} has no picture to test with: add some", "test", 0, 1)


def _first(module: nn.Module) -> Tensor:
    """The weight of the first layer that has one: the first of the parameters."""
    return next(module.parameters())


def _copied(value: Tensor) -> NDArray[Any]:
    """In C order, whatever the layout on the device."""
    return value.detach().cpu().contiguous().numpy().copy()


def _scheduled(optimizer: torch.optim.Optimizer, name: str, lr: float, steps: int) -> Any:
    schedules = torch.optim.lr_scheduler
    if name == "OneCycleLR" and steps > 1:  # the first and the last of its steps learn next to nothing
        return schedules.OneCycleLR(optimizer, lr, total_steps=steps, cycle_momentum=False)
    if name == "CosineAnnealingLR":
        return schedules.CosineAnnealingLR(optimizer, steps)
    return schedules.ConstantLR(optimizer, factor=1.0)
