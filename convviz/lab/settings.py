"""Everything a training depends on, in one frozen value that becomes JSON and comes back."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from math import prod
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from convviz.geometry import GeometryError, require_one_of
from convviz.lab.augmentation_settings import Augmentation
from convviz.lab.augmentation_settings import require as require_augmentation
from convviz.lab.data import KINDS, DataSettings, train_count
from convviz.lab.data.settings import MOST_SEED, number_between, require_between
from convviz.lab.model import LeNet5, Model, SmallCNN, require_trainable
from convviz.network import BYTES, BatchNorm, Network

Optimizer = Literal["AdamW", "Adam", "SGD"]
Schedule = Literal["OneCycleLR", "CosineAnnealingLR", "constant"]
Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "float32", "bfloat16"]

MOST_EPOCHS: Final = 1000
LARGEST_BATCH: Final = 65_536
MOST_THREADS: Final = 64
ENOUGH_THREADS: Final = 8
"""Unless more are asked for: small networks gain nothing from them."""
MOST_STEP_BYTES: Final = 8 * 2**30
"""Of the numbers between the layers, and their gradients, for one batch."""
MOST_MACS: Final = 10**16
"""Of a training, forwards and backwards: days of a CPU."""


@dataclass(frozen=True)
class Training:
    """How weights are learned. Names are PyTorch's.

    `lr` is the largest learning rate, `schedule` how it changes from step to step; SGD has a momentum of 0.9. `first_scale`
    multiplies the first layer's random weights: small ones leave its filters to the data. `stop_at` ends the training at a test
    accuracy. `threads` are the CPU's, never more than it has cores, 0 for as many as torch takes: sums come out differently, in
    their last digits, for another number. `precision` auto is bfloat16 on a GPU; `graphs` records the step on a GPU once and
    plays it.
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
    return GeometryError(f"{where} is {reprlib.repr(first['input'])}: {why}", where, first["input"], None)


def require(settings: Settings) -> None:
    """Raises `GeometryError` for the first setting that cannot be, before anything is computed.

    >>> require(Settings())
    >>> require(Settings(training=Training(lr=0)))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: lr is 0: it must be a number above 0 and at most 10
    """
    require_trainable(settings.network(), len(KINDS[settings.data.name].classes))
    _require_training(settings.training)
    require_augmentation(settings.augmentation, KINDS[settings.data.name])
    _require_affordable(settings)


def _require_training(training: Training) -> None:
    for name, least, most in _WHOLE:
        number_between(name, getattr(training, name), least, most)
    for name, is_open in (("lr", True), ("first_scale", True), ("weight_decay", False)):
        require_between(name, getattr(training, name), 0, 10, open_below=is_open, usual=getattr(_USUAL, name))
    if training.stop_at is not None:
        require_between("stop_at", training.stop_at, 0, 1, open_below=True)
    for name, choices in _CHOICES.items():
        require_one_of(name, getattr(training, name), choices)


_USUAL: Final = Training()
_WHOLE: Final = (
    ("epochs", 1, MOST_EPOCHS),
    ("batch_size", 1, LARGEST_BATCH),
    ("seed", 0, MOST_SEED),
    ("threads", 0, MOST_THREADS),
)
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "optimizer": get_args(Optimizer),
    "schedule": get_args(Schedule),
    "device": get_args(Device),
    "precision": get_args(Precision),
}


def _require_affordable(settings: Settings) -> None:
    """A step that fits a memory, an end that somebody lives to see, and a batch that has a variance."""
    table, batch = settings.network().table(), settings.training.batch_size
    pictures = train_count(settings.data)
    each = 2 * BYTES * sum(prod(row.output_shape) for row in table)
    if min(batch, pictures) * each > MOST_STEP_BYTES:
        fits = MOST_STEP_BYTES // each
        out = f"lower batch_size to {fits}" if fits else "take fewer channels, or pool earlier"
        raise GeometryError(
            f"batch_size is {batch}: a step would take {min(batch, pictures) * each / 1e9:,.1f} GB, and at most "
            f"{MOST_STEP_BYTES / 1e9:,.1f} are given to one: {out}",
            "batch_size",
            batch,
            fits,
            {"batch_size": fits} if fits else {},
        )
    macs = 3 * table.macs * pictures
    if macs * settings.training.epochs > MOST_MACS:
        most = MOST_MACS // macs
        out = f"lower epochs to {most}" if most else "take fewer channels, or fewer pictures"
        raise GeometryError(
            f"epochs is {settings.training.epochs}: that would be {macs * settings.training.epochs:.1e} multiply–accumulates, "
            f"and at most {MOST_MACS:.0e} are made: {out}",
            "epochs",
            settings.training.epochs,
            most,
            {"epochs": most} if most else {},
        )
    if batch == 1 and any(isinstance(row.operation, BatchNorm) and prod(row.output_shape[1:]) == 1 for row in table):
        raise GeometryError(
            "batch_size is 1: a batch norm sees one number a channel, which has no variance: raise batch_size to 2",
            "batch_size",
            1,
            2,
            {"batch_size": 2},
        )


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


def settings_of(settings: Settings | str) -> Settings:
    """The settings, or those recommended for a data set's name.

    >>> settings_of("digits") == settings_of(Settings())
    True
    >>> settings_of("cats")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: name "cats" is not one of digits, digits28, shapes, tagged_shapes, mnist, fashion_mnist
    """
    return recommended(settings) if isinstance(settings, str) else settings


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
    threads = min(max((os.cpu_count() or 1) - spare, 1), ENOUGH_THREADS)
    return replace(settings, training=replace(settings.training, threads=threads))


def differences(runs: Sequence[Settings]) -> Mapping[str, tuple[Any, ...]]:
    """What settings differ in: by dotted name, the value of each; None where a kind of model has no such setting.

    >>> differences([Settings(), Settings(training=Training(lr=0.01))])
    {'training.lr': (0.004, 0.01)}
    >>> differences([None])
    Traceback (most recent call last):
    TypeError: asdict() should be called on dataclass instances
    """
    flat = [_flat(asdict(each)) for each in runs]
    names = dict.fromkeys(name for each in flat for name in each)
    rows = {name: tuple(each.get(name) for each in flat) for name in names}
    return {name: values for name, values in rows.items() if any(value != values[0] for value in values)}


def _flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(value, f"{before}{name}.") if isinstance(value, dict) else {before + name: value}
    return found
