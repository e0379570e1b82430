"""What the page of the lab shows, and every change of it that is no deed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, get_args

from convviz.geometry import GeometryError
from convviz.lab.augmentation_settings import Augmentation
from convviz.lab.model import MLP, LeNet5, Model, SmallCNN, mlp_like
from convviz.lab.settings import Settings, recommended
from convviz.network import NetworkError
from convviz.ui.session import Kept

NAME: Final = "training_lab"
View = Literal["run", "data", "model", "compare", "code", "weights"]
Paint = Literal["weights", "frequencies"]
VIEWS: Final[tuple[View, ...]] = get_args(View)
PAINTS: Final[tuple[Paint, ...]] = get_args(Paint)
DEFAULT: Final = "digits"
MOST_COMPARED: Final = 12
"""Runs whose curves are told apart, as `convviz.figures.MOST_CURVES` has it, which would load Plotly."""


@dataclass(frozen=True)
class Place:
    """Where the stage is: an epoch, None for the newest; a filter; a cell of the confusion matrix: what is, what is said."""

    epoch: int | None = None
    filter: int | None = None
    paint: Paint = "weights"
    cell: tuple[int, int] | None = None


@dataclass(frozen=True)
class Told:
    """Something that was refused: why, and the settings that would be accepted, with the words of a button for them."""

    message: str
    remedy: str = ""
    mended: Settings | None = None


@dataclass(frozen=True)
class LabPage(Kept):
    """Settings of the next training, and the run that is watched.

    `beginning` counts the places the stage was sent to, `uploads` the files of weights taken over. `compared` are the runs that
    were chosen, None before any was; `picture` is the one that is augmented on view.
    """

    settings: Settings = field(default_factory=lambda: recommended(DEFAULT))
    run: str | None = None
    view: View = "run"
    place: Place = Place()
    beginning: int = 0
    compared: tuple[str, ...] | None = None
    is_log: bool = False
    picture: int = 0
    uploads: int = 0
    told: Told | None = None
    experiment: int = 0
    problems: tuple[str, ...] = ()

    def with_settings(self, settings: Settings) -> LabPage:
        """The page with other settings of the next training; what was told of the old ones is past."""
        return replace(self, settings=settings, told=None, problems=())

    def begun(self, data: str) -> LabPage:
        """The page with what is recommended for a data set, and no run."""
        return self.with_settings(recommended(data)).watching(None)

    def watching(self, run: str | None, settings: Settings | None = None, place: Place = Place()) -> LabPage:
        """The page of another run, with its settings, at a place of it; or of none."""
        begun = self.with_settings(as_asked(settings) if settings else self.settings)
        return replace(begun, run=run, place=place, beginning=self.beginning + 1, view="run")


def as_asked(settings: Settings) -> Settings:
    """Those of a run as a page has them: the number of threads is the machine's.

    >>> from convviz.lab.settings import with_threads
    >>> as_asked(with_threads(recommended("digits"))) == recommended("digits")
    True
    >>> as_asked(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'training'
    """
    return replace(settings, training=replace(settings.training, threads=0))


def with_setting(old: LabPage, value: Any, name: str) -> LabPage:
    """The page with one setting changed; `name` is dotted, as in training.lr.

    A widget may speak once more when another model has come that has no such setting: it is not heard.

    >>> with_setting(LabPage(NAME), 5, "training.epochs").settings.training.epochs
    5
    >>> with_setting(LabPage(NAME), 0, "data.train_per_class").told.message
    'train_per_class is 0: it must be at least 1'
    """
    part, _, last = name.partition(".")
    if not hasattr(getattr(old.settings, part), last):
        return old
    changes: dict[str, Any] = {last: value}
    try:
        changed: dict[str, Any] = {part: replace(getattr(old.settings, part), **changes)}
    except GeometryError as error:
        return replace(old, told=told_of(error, old.settings))
    return old.with_settings(replace(old.settings, **changed))


def with_model(old: LabPage, kind: str) -> LabPage:
    """The page with another kind of network: as recommended for the data if it is of that kind, an MLP as large as the last.

    >>> with_model(LabPage(NAME), "mlp").settings.model.parameters == recommended("digits").network().table().parameters
    True
    >>> with_model(LabPage(NAME), "transformer")
    Traceback (most recent call last):
    KeyError: 'transformer'
    """
    usual = recommended(old.settings.data.name).model
    model = usual if usual.kind == kind else _MODELS[kind]
    if kind == "mlp":
        model = _as_large(old.settings)
    return old.with_settings(replace(old.settings, model=model))


def with_augmentation(old: LabPage, chosen: list[str], amounts: Mapping[str, Any]) -> LabPage:
    """The page with some of the changes switched on, each by its amount where it is not on already."""
    before, off = old.settings.augmentation, Augmentation()
    values = {
        name: (getattr(before, name) or amount) if name in chosen else getattr(off, name) for name, amount in amounts.items()
    }
    return old.with_settings(replace(old.settings, augmentation=replace(before, **values)))


def take_place(old: LabPage, said: Any) -> LabPage:
    """The stage has come to rest somewhere; what it says of another run comes too late."""
    if not isinstance(said, dict) or said.get("cue") != old.beginning:
        return old
    paint = said.get("paint")
    return replace(
        old,
        place=Place(
            _count(said.get("epoch")),
            _count(said.get("filter")),
            paint if paint in PAINTS else "weights",
            _cell(said.get("cell")),
        ),
    )


def told_of(error: GeometryError, settings: Settings) -> Told:
    """What is told of settings that cannot be, with the way out where there is one."""
    if isinstance(error, NetworkError) and isinstance(settings.model, LeNet5):
        return Told(f"{error}: LeNet-5 is for larger pictures", "Take the digits of 28 × 28", recommended("digits28"))
    mended = settings
    for name, value in error.remedy.items():
        for part in ("training", "augmentation", "data", "model"):
            if hasattr(getattr(settings, part), name):
                now = getattr(getattr(mended, part), name)
                given = tuple(value if each == error.value else each for each in now) if _is_one_of(now, value) else value
                changes: dict[str, Any] = {part: replace(getattr(mended, part), **{name: given})}
                mended = replace(mended, **changes)
    if mended == settings:
        return Told(str(error))
    words = " and ".join(f"{name.replace('_', ' ')} to {_words(value)}" for name, value in error.remedy.items())
    return Told(str(error), f"Set {words}", mended)


_MODELS: Final[Mapping[str, Model]] = {"small_cnn": SmallCNN(), "lenet5": LeNet5(), "mlp": MLP()}


def _as_large(settings: Settings) -> MLP:
    try:
        return mlp_like(settings.network())
    except GeometryError:
        return MLP()


def _is_one_of(now: Any, value: Any) -> bool:
    """Whether what is mended is a single number of several."""
    return isinstance(now, tuple) and not isinstance(value, tuple)


def _words(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _cell(value: Any) -> tuple[int, int] | None:
    match value:
        case [int(row), int(column)]:
            return row, column
    return None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None
