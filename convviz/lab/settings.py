"""Everything a training depends on, in one frozen value that becomes JSON and comes back."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from convviz.geometry import GeometryError, whole_number
from convviz.lab.augmentation_settings import Augmentation
from convviz.lab.augmentation_settings import require as require_augmentation
from convviz.lab.data import KINDS, DataSettings
from convviz.lab.model import LeNet5, Model, SmallCNN, require_trainable
from convviz.network import Network

Optimizer = Literal["AdamW", "Adam", "SGD"]
Schedule = Literal["OneCycleLR", "CosineAnnealingLR", "constant"]
Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "float32", "bfloat16"]

MOST_EPOCHS: Final = 1000
LARGEST_BATCH: Final = 65_536
MOST_THREADS: Final = 8
"""Unless more are asked for: small networks gain nothing from them."""


@dataclass(frozen=True)
class Training:
    """How weights are learned. Names are PyTorch's.

    `lr` is the largest learning rate, `schedule` how it changes from step to step; SGD has a momentum of 0.9. `first_scale`
    multiplies the first layer's random weights: small ones leave its filters to the data. `stop_at` ends the training at a test
    accuracy. `threads` are the CPU's, 0 for as many as torch takes: sums come out differently, in their last digits, for
    another number. `precision` auto is bfloat16 on a GPU; `graphs` records the step on a GPU once and plays it.
    """

    epochs: int = 12
    batch_size: int = 64
    lr: float = 0.004
    optimizer: Optimizer = "AdamW"
    weight_decay: float = 0.01
    schedule: Schedule = "OneCycleLR"
    first_scale: float = 1.0
    stop_at: float | None = None
    seed: int = 0
    device: Device = "auto"
    threads: int = 0
    precision: Precision = "auto"
    graphs: bool = True


@with_config(ConfigDict(extra="forbid", strict=True))
@dataclass(frozen=True)
class Settings:
    """A training, as it is written down in a run.

    >>> settings = Settings(model=LeNet5(), data=DataSettings("digits28"))
    >>> settings.network().table().parameters, Settings.read(settings.written()) == settings
    (61706, True)
    >>> Settings.read('{"training": {"epochs": "many"}}')
    Traceback (most recent call last):
    convviz.geometry.GeometryError: training.epochs is 'many': Input should be a valid integer
    """

    data: DataSettings = field(default_factory=DataSettings)
    model: Annotated[Model, Field(discriminator="kind")] = field(default_factory=SmallCNN)
    training: Training = field(default_factory=Training)
    augmentation: Augmentation = field(default_factory=Augmentation)

    def network(self) -> Network:
        """The layers that are trained, for the data's pictures and classes. Raises `GeometryError` for settings of none."""
        kind = KINDS[self.data.name]
        return self.model.network(kind.input_shape, len(kind.classes))

    def written(self) -> str:
        """As JSON, in one line."""
        return _ADAPTER.dump_json(self).decode()

    @staticmethod
    def read(text: str | bytes) -> Settings:
        """Out of JSON; what is not written is as it is by default. Raises `GeometryError` for what settings cannot be."""
        try:
            return _ADAPTER.validate_json(text)
        except ValidationError as error:
            raise wrong(error) from None


_ADAPTER: Final = TypeAdapter(Settings)


def wrong(error: ValidationError) -> GeometryError:
    """The first of what is wrong with a text that should have been JSON of something.

    >>> try:
    ...     TypeAdapter(int).validate_json("[]")
    ... except ValidationError as error:
    ...     print(wrong(error))
    settings is []: Input should be a valid integer
    >>> wrong(ValueError())
    Traceback (most recent call last):
    AttributeError: 'ValueError' object has no attribute 'errors'
    """
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"])) or "settings"
    why = first["msg"].removeprefix("Value error, ")
    return GeometryError(f"{where} is {first['input']!r}: {why}", where, first["input"], None)


def require(settings: Settings) -> None:
    """Raises `GeometryError` for the first setting that cannot be, before anything is computed.

    >>> require(Settings())
    >>> require(Settings(training=Training(lr=0)))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: lr is 0: it must be above 0 and at most 10
    """
    require_trainable(settings.network(), len(KINDS[settings.data.name].classes))
    _require_training(settings.training)
    require_augmentation(settings.augmentation, KINDS[settings.data.name])


def _require_training(training: Training) -> None:
    for name, most in (("epochs", MOST_EPOCHS), ("batch_size", LARGEST_BATCH)):
        value = whole_number(name, getattr(training, name), 1)
        if value > most:
            raise GeometryError(f"{name} is {value}: it must be at most {most}", name, value, most, {name: most})
    for name in ("seed", "threads"):
        whole_number(name, getattr(training, name), 0)
    _require_between("lr", training.lr, 0, 10, open_below=True)
    _require_between("weight_decay", training.weight_decay, 0, 10)
    _require_between("first_scale", training.first_scale, 0, 10, open_below=True)
    if training.stop_at is not None:
        _require_between("stop_at", training.stop_at, 0, 1, open_below=True)
    for name, choices in _CHOICES.items():
        value = getattr(training, name)
        if value not in choices:
            raise GeometryError(f'{name} is "{value}": choose {", ".join(choices)}', name, value, choices, {name: choices[0]})


_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "optimizer": get_args(Optimizer),
    "schedule": get_args(Schedule),
    "device": get_args(Device),
    "precision": get_args(Precision),
}


def _require_between(name: str, value: Any, least: float, most: float, *, open_below: bool = False) -> None:
    is_number = isinstance(value, int | float) and math.isfinite(value)
    if not is_number or not least <= value <= most or (open_below and value == least):
        above = f"above {least}" if open_below else f"at least {least}"
        remedy = {name: getattr(Training(), name) or most}
        raise GeometryError(f"{name} is {value}: it must be {above} and at most {most}", name, value, (least, most), remedy)


# The largest number of a channel answers whether the object is anywhere; its average depends on how large the picture is, too.
# First weights near 0 and a strong decay leave in the filters only what the pictures put there: edges and blobs.
_SHAPES_CNN: Final = SmallCNN(channels=(16, 32, 64), convolutions=1, first_kernel_size=7, global_pooling="max")
_SHAPES_TRAINING: Final = Training(lr=0.008, weight_decay=0.15, first_scale=0.15)
_LARGE: Final = Training(epochs=4, batch_size=128)

RECOMMENDED: Final[Mapping[str, Settings]] = {
    each.data.name: each
    for each in (
        Settings(),
        Settings(DataSettings("digits28"), LeNet5(), Training(epochs=20)),
        Settings(DataSettings("shapes"), _SHAPES_CNN, _SHAPES_TRAINING, Augmentation(flip=True)),
        Settings(DataSettings("tagged_shapes"), _SHAPES_CNN, _SHAPES_TRAINING, Augmentation(flip=True)),
        Settings(DataSettings("mnist"), training=_LARGE),
        Settings(DataSettings("fashion_mnist"), training=_LARGE, augmentation=Augmentation(flip=True)),
    )
}
"""By data set, the settings that one press begins with."""


def recommended(name: str) -> Settings:
    """What to train on a data set when nothing else is said.

    >>> recommended("digits28").model
    LeNet5(kind='lenet5', activation='Sigmoid')
    >>> recommended("cats")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: name "cats" is not one of digits, digits28, shapes, tagged_shapes, mnist, fashion_mnist
    """
    return RECOMMENDED[DataSettings(name).name]


def with_threads(settings: Settings, spare: int = 1) -> Settings:
    """The same with a number of threads instead of 0: another number, on another machine, would give other last digits.

    So many cores are spared, for whoever looks on.

    >>> with_threads(Settings(training=Training(threads=3))).training.threads
    3
    >>> with_threads(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'training'
    """
    if settings.training.threads:
        return settings
    threads = min(max((os.cpu_count() or 1) - spare, 1), MOST_THREADS)
    return replace(settings, training=replace(settings.training, threads=threads))
