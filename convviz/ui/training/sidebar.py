"""What is trained, and the buttons that begin and end it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import Final

import streamlit as st

from convviz.geometry import GeometryError
from convviz.lab.data import KINDS, DataError, DataSettings, load_test, some_of, train_count
from convviz.lab.model import MLP, LeNet5, SmallCNN
from convviz.lab.settings import RECOMMENDED, Settings
from convviz.ui import controls
from convviz.ui.training import deeds
from convviz.ui.training.feed import scaled
from convviz.ui.training.fields import MODELS, augmentations, filters, first_kernel, setting
from convviz.ui.training.owner import KEY, may_train, say_key
from convviz.ui.training.state import LabPage, Told, with_model
from convviz.ui.training.thumbnails import row
from convviz.ui.training.watched import Watched

_STARTS: Final[Mapping[str, str]] = {
    "digits": "Digits, 8 × 8",
    "digits28": "Digits, 28 × 28, LeNet-5",
    "shapes": "Colour shapes, 7 × 7",
    "tagged_shapes": "Colour shapes with tags",
    "mnist": "MNIST",
    "fashion_mnist": "Fashion-MNIST",
}
_SHOWN: Final = 6
"""Pictures of the data."""
_GUESS: Final = 1.0
"""Seconds that a wrong key costs."""


def sidebar(page: LabPage, now: Watched | None, token: str, problem: Told | None, *, blocked: bool) -> None:
    """Settings, locked while a run goes on; what is wrong; and what can be done: `blocked` says that they cannot be trained."""
    locked = now is not None and now.goes_on
    kind = KINDS[page.settings.data.name]
    starts = {name: _STARTS[name] for name in RECOMMENDED}
    words = f"Pictures, and what is recommended for them. These: {kind.source}; {kind.licence}."
    controls.choice(page, "Start from", "start", starts, kind.name, lambda old, name: old.begun(name), words, disabled=locked)
    try:
        st.html(_pictures(page.settings.data))
    except DataError:  # said below, with whatever else cannot be
        st.caption("No pictures are here.")
    _model(page, locked=locked)
    for pair in (("training.epochs", "training.batch_size"), ("training.lr", "training.optimizer")):
        for name, column in zip(pair, st.columns(2), strict=True):
            with column:
                setting(page, name, locked=locked)
    augmentations(page, locked=locked)
    if problem:
        _tell(page, problem)
    with st.container(key="deeds"):
        _buttons(page, now, token, blocked=blocked)


def _model(page: LabPage, *, locked: bool) -> None:
    model = page.settings.model
    words = "The network: its layers, and every setting of them, are in the tab Model."
    controls.choice(page, "Model", "model", MODELS, model.kind, with_model, words, disabled=locked)
    st.html(f'<p class="cv-counted-weights">{_weights(page.settings)}</p>')
    match model:
        case SmallCNN():
            first, second = st.columns(2)
            with first:
                first_kernel(page, model, locked=locked)
            with second:
                filters(page, model, locked=locked)
        case LeNet5():
            setting(page, "model.activation", locked=locked)
        case MLP():
            setting(page, "model.parameters", locked=locked)


def _weights(settings: Settings) -> str:
    try:
        return f"{settings.network().table().parameters:,} weights"
    except GeometryError:
        return "its layers do not fit"


@lru_cache(maxsize=16)
def _pictures(data: DataSettings) -> str:
    """A picture of each class, of the first few, and how many there are."""
    kind = KINDS[data.name]
    classes = len(kind.classes)
    tests, some = load_test(data), some_of(data, 1)
    shown = scaled(some, range(min(_SHOWN, classes)), kind.white)
    counts = f"{train_count(data):,} pictures to train, {len(tests):,} to test, {classes} classes"
    thumbs = row(
        shown, f"{kind.title}: a picture of each of the first {len(shown)} classes", gap=max(kind.input_shape[1] // 6, 1)
    )
    return f'<div class="cv-data">{thumbs}<p>{counts}</p></div>'


def _tell(page: LabPage, problem: Told) -> None:
    st.html(f'<p class="cv-problem" role="status">{escape(problem.message)}.</p>')
    if problem.mended:
        mended = problem.mended
        st.button(
            problem.remedy, on_click=page.callback(lambda old: old.with_settings(mended)), width="stretch", key=page.key("mend")
        )


def _buttons(page: LabPage, now: Watched | None, token: str, *, blocked: bool) -> None:
    if now and now.goes_on:
        _while_it_goes_on(page, now, token)
        return
    if not may_train(token):
        _ask_key(page, token)
        return
    resumable = now is not None and now.can_be_resumed
    if now and resumable:
        st.button(
            f"Resume from epoch {now.epochs}" if now.epochs else "Start it again",
            on_click=page.deed(deeds.resume(token, now.run.id, is_paused=False)),
            type="primary",
            width="stretch",
            help="Goes on with this run, as if nothing had been.",
        )
    st.button(
        "Train anew" if now else "Train",
        on_click=page.deed(deeds.train(token)),
        type="secondary" if resumable else "primary",
        width="stretch",
        disabled=blocked,
        key=page.key("train"),
        help="Trains a network with these settings, in a run of its own; the link shows it to anyone.",
    )


def _while_it_goes_on(page: LabPage, now: Watched, token: str) -> None:
    st.html('<p class="cv-locked">Locked while this run goes on</p>')
    if not now.is_own:
        st.html('<p class="cv-locked">Whoever started it may pause or cancel it.</p>')
        return
    run_id = now.run.id
    first, second = st.columns(2)
    is_paused = now.state == "paused"
    first.button(
        "Go on" if is_paused else "Pause",
        on_click=page.deed(deeds.resume(token, run_id, is_paused=True) if is_paused else deeds.pause(token, run_id)),
        width="stretch",
        disabled=now.state == "queued",
        key=page.key("pause"),
        help="It stops at its next step and keeps its place for ten minutes.",
    )
    second.button(
        "One epoch",
        on_click=page.deed(deeds.step(token, run_id)),
        width="stretch",
        disabled=now.state == "queued",
        key=page.key("step"),
        help="Trains to the end of the next epoch, and pauses there.",
    )
    # Below: the second of two quick presses of Train is for none of them, or for a pause.
    st.button(
        "Cancel",
        on_click=page.deed(deeds.cancel(token, run_id)),
        type="primary",
        width="stretch",
        key=page.key("cancel"),
        help="Ends it now; it can be resumed from its last whole epoch.",
    )


def _ask_key(page: LabPage, token: str) -> None:
    key = page.widget_key("key", "")

    def take(old: LabPage, said: str) -> LabPage:
        if not said or say_key(token, said):
            return replace(old, told=None)
        time.sleep(_GUESS)
        return replace(old, told=Told("that is not the key: ask the lecturer, or watch a run that is there"))

    st.text_input(
        "Lecturer's key",
        key=key,
        type="password",
        on_change=page.callback(take, key),
        help=f"Whoever knows it trains here; everyone may watch. It is what {KEY} says where the server runs.",
    )
