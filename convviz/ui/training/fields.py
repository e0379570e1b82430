"""The settings of a training as widgets: one table, and one function a kind of widget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

import streamlit as st

from convviz.lab.augmentation_settings import limits
from convviz.lab.data import KINDS
from convviz.lab.model import (
    MOST_BLOCKS,
    Downsampling,
    FunctionName,
    Global,
    SmallCNN,
)
from convviz.lab.settings import Device, Optimizer, Schedule
from convviz.ui import controls
from convviz.ui.texts import read_numbers, shortened
from convviz.ui.training.state import LabPage, Told, with_augmentation, with_setting

Options = tuple[str, ...]


@dataclass(frozen=True)
class Whole:
    """A whole number. The widget takes any: what cannot be trained is refused in a sentence, with the way out."""


@dataclass(frozen=True)
class Real:
    """A number, changed in steps."""

    step: float


@dataclass(frozen=True)
class Switch:
    """On or off."""


@dataclass(frozen=True)
class Choice:
    """One of several words."""

    options: Options


@dataclass(frozen=True)
class Setting:
    """A setting: what it is called on the page, what it can be, and what it changes."""

    label: str
    kind: Whole | Real | Switch | Choice
    help: str


ANY: Final = (-(10**9), 10**9)
"""What a stepper takes."""
SETTINGS: Final[Mapping[str, Setting]] = {
    "training.epochs": Setting("Epochs", Whole(), "How often every picture is seen."),
    "training.batch_size": Setting("Batch", Whole(), "Pictures a step: its gradient is their mean."),
    "training.lr": Setting(
        "Learning rate", Real(0.001), "The largest step downhill: too small is slow, too large and the loss jumps."
    ),
    "training.optimizer": Setting(
        "Optimiser", Choice(get_args(Optimizer)), "How a gradient becomes a step; SGD has a momentum of 0.9."
    ),
    "training.schedule": Setting("Schedule", Choice(get_args(Schedule)), "How the learning rate changes from step to step."),
    "training.weight_decay": Setting("Weight decay", Real(0.01), "Pulls every weight towards 0."),
    "training.first_scale": Setting(
        "First weights ×",
        Real(0.05),
        "Multiplies the first layer's random weights: small ones leave it to the data.",
    ),
    "training.seed": Setting("Seed", Whole(), "Decides the first weights, and the order of the pictures."),
    "training.device": Setting(
        "Device", Choice(get_args(Device)), "Where it is computed; auto takes a GPU where there is one."
    ),
    "data.seed": Setting("Seed of the pictures", Whole(), "Other pictures of the same kind."),
    "data.train_per_class": Setting("To train, a class", Whole(), "Pictures of each class to learn from."),
    "data.test_per_class": Setting("To test, a class", Whole(), "Pictures of each class that are never learned."),
    "data.tag_probability": Setting("Tag's probability", Real(0.1), "How often a picture carries its class's give-away."),
    "model.convolutions": Setting("Convolutions a block", Whole(), "Layers in a row before each pooling."),
    "model.kernel_size": Setting("Kernel", Whole(), "Cells of every kernel but the first, along each side."),
    "model.pooling": Setting("Pooling", Choice(get_args(Downsampling)), "How a block halves the sides."),
    "model.global_pooling": Setting(
        "Global pooling",
        Choice(get_args(Global)),
        "What is left of each channel at the end: its largest number, its average, all.",
    ),
    "model.activation": Setting("Activation", Choice(get_args(FunctionName)), "The nonlinearity behind each layer."),
    "model.dropout": Setting("Dropout", Real(0.1), "Numbers set to 0 at random before the dense layer."),
    "model.batch_norm": Setting(
        "Batch norm", Switch(), "Mean 0 and variance 1 for every channel of a batch, behind each kernel."
    ),
    "model.skip": Setting("Skip connections", Switch(), "Adds what comes into a block to what it makes of it."),
    "model.parameters": Setting("Weights", Whole(), "About so many weights and biases; the width follows."),
    "augmentation.flip": Setting(
        "Flip", Switch(), "Left and right change places, every second time, where the class survives it."
    ),
    "augmentation.rotation": Setting("Rotate, °", Real(5.0), "By up to so many degrees either way."),
    "augmentation.translation": Setting("Shift, cells", Whole(), "By up to so many cells along each axis."),
    "augmentation.scale": Setting("Scale", Real(0.05), "0.2: between 1/1.2 and 1.2 times as large."),
    "augmentation.colour": Setting("Colour", Real(0.1), "Brightness, contrast and each channel's gain, by up to so much."),
    "augmentation.grey": Setting("Grey", Real(0.1), "How often a picture loses its colours."),
}
"""By dotted name, as in links."""
MODELS: Final[Mapping[str, str]] = {"small_cnn": "Small CNN", "lenet5": "LeNet-5", "mlp": "MLP"}
_SWITCHES: Final[Mapping[str, str]] = {"flip": "flip", "translation": "shift", "rotation": "turn", "colour": "colour"}
"""Augmentations beside each other in the sidebar."""
_USUAL: Final[Mapping[str, Any]] = {"flip": True, "translation": 3, "rotation": 15.0, "colour": 0.3}


def setting(page: LabPage, name: str, *, locked: bool) -> None:
    """The widget of a setting."""
    told = SETTINGS[name]
    part, _, last = name.partition(".")
    value = getattr(getattr(page.settings, part), last)
    take = _taking(name)
    match told.kind:
        case Whole():
            controls.whole_number(page, told.label, name, value, ANY, take, help=told.help, disabled=locked)
        case Real(step):
            _real(page, told, name, float(value), step, locked=locked)
        case Choice(options):
            words = dict(zip(options, options, strict=True))
            controls.choice(page, told.label, name, words, value, take, told.help, disabled=locked)
        case Switch():
            key = page.widget_key(name, value)
            st.toggle(told.label, key=key, on_change=page.callback(take, key), help=told.help, disabled=locked)


def first_kernel(page: LabPage, model: SmallCNN, *, locked: bool) -> None:
    """The first layer's kernel: the others' unless it has a size of its own."""
    size = model.first_kernel_size or model.kernel_size
    words = "Cells of the first layer's kernels along each side: 7×7 on colour pictures become edges and blobs."
    take = _taking("model.first_kernel_size")
    controls.whole_number(page, "First kernel", "first_kernel", size, ANY, take, help=words, disabled=locked)


def filters(page: LabPage, model: SmallCNN, *, locked: bool) -> None:
    """Channels of the first block."""
    words = "Kernels of the first layer, each with a map of its own; later blocks are in the tab Model."
    controls.whole_number(page, "Filters", "filters", model.channels[0], ANY, _take_filters, help=words, disabled=locked)


def channels(page: LabPage, model: SmallCNN, *, locked: bool) -> None:
    """Channels of every block, as people write numbers."""
    key = page.widget_key("channels", ", ".join(map(str, model.channels)))
    words = f"Channels of each block, one number a block, up to {MOST_BLOCKS} blocks."
    st.text_input("Channels", key=key, on_change=page.callback(_take_channels, key), help=words, disabled=locked)


def augmentations(page: LabPage, *, locked: bool) -> None:
    """Which changes are made at all; how much is in the tab Data."""
    kind, augmentation = KINDS[page.settings.data.name], page.settings.augmentation
    most: Mapping[str, Any] = {"flip": bool(kind.flips), **limits(kind)}
    amounts = {name: min(_USUAL[name], most[name]) for name in _SWITCHES if most[name]}
    key = page.widget_key("augment", [name for name in amounts if getattr(augmentation, name)])
    st.segmented_control(
        "Augment",
        list(amounts),
        selection_mode="multi",
        key=key,
        format_func=_SWITCHES.__getitem__,
        on_change=page.callback(lambda old, chosen: with_augmentation(old, chosen, amounts), key),
        help="Training pictures are changed at random, so that none is seen twice; how much is in the tab Data.",
        disabled=locked,
        width="stretch",
    )


def _taking(name: str) -> Callable[[LabPage, Any], LabPage]:
    return lambda old, value: with_setting(old, value, name)


def _real(page: LabPage, told: Setting, name: str, value: float, step: float, *, locked: bool) -> None:
    key = page.widget_key(name, value)
    st.number_input(
        told.label,
        None,
        None,
        None,  # an emptied field is no number, rather than the least one
        step=step,
        format="%g",
        key=key,
        on_change=page.callback(_taking(name), key),
        help=told.help,
        disabled=locked,
    )


def _take_filters(old: LabPage, value: int) -> LabPage:
    model = old.settings.model
    if not isinstance(model, SmallCNN):
        return old
    return with_setting(old, (value, *model.channels[1:]), "model.channels")


def _take_channels(old: LabPage, text: str) -> LabPage:
    try:
        numbers = read_numbers(text, MOST_BLOCKS)
    except ValueError as error:
        return replace(old, told=Told(f"channels is {shortened(text)}: {error}: write one number a block, as in 16, 32"))
    if not all(number.is_integer() for number in numbers):
        return replace(old, told=Told(f"channels is {shortened(text)}: channels are whole numbers"))
    return with_setting(old, tuple(map(int, numbers)), "model.channels")
