"""A picture made to excite a target, out of nearly nothing: activation maximisation, a few steps of it at a time.

Source: Erhan, Bengio, Courville and Vincent 2009, "Visualizing Higher-Layer Features of a Deep Network"; jitter: Mordvintsev,
Olah and Tyka 2015, "Inceptionism"; smoothness: Mahendran and Vedaldi 2015, "Understanding Deep Image Representations by
Inverting Them"; Adam: Kingma and Ba 2015.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convviz.geometry import GeometryError
from convviz.lab.data.settings import MOST_SEED, require_between
from convviz.lab.inside.answer import Answer
from convviz.lab.inside.arguments import text, whole
from convviz.lab.inside.excites import best_picture
from convviz.lab.inside.opened import Opened
from convviz.lab.inside.pictures import WHITE
from convviz.lab.inside.scores import target_score
from convviz.lab.inside.targets import Target, read_target

STEPS: Final = 256
EVERY: Final = 8
"""Steps from one picture that is shown to the next."""
MOST_JITTER: Final = 8
MOST_SMOOTH: Final = 1

_KEPT: Final = 8
"""Ways to a picture that are kept along with a network, those asked for last."""
_GREY, _NOISE, _SHAKE = 0.5, 0.05, 0.1
"""What it begins with: grey, and deviations from it; and those of the noise that is added while nothing answers."""
_SILENCE: Final = 8
"""Steps without any answer after which it is shaken."""
_LR: Final = 0.05
_DECAYS: Final = 0.9, 0.999
_TINY: Final = 1e-8


@dataclass(frozen=True)
class Wish:
    """What is to be excited, and how.

    Before each step the picture is moved by up to `jitter` cells either way, around its edges; `smooth` is what a difference
    between two neighbouring cells costs, in parts of what the cell that matters most could gain; `seed` decides all chance.
    """

    target: Target
    jitter: int = 2
    smooth: float = 0.05
    seed: int = 0


@dataclass(frozen=True, eq=False)
class State:
    """Between two steps: the picture (1, C, H, W) from 0 to 1, and Adam's two moments of its gradient.

    `silent` counts the steps since anything answered; at the start, as many as are borne.
    """

    step: int
    picture: Tensor
    mean: Tensor
    square: Tensor
    silent: int = _SILENCE

    @property
    def shown(self) -> NDArray[np.uint8]:
        """The picture (C, H, W) in bytes, white as 255."""
        shown: NDArray[np.uint8] = (self.picture[0] * WHITE).round().to(torch.uint8).cpu().contiguous().numpy()
        return shown


@dataclass(eq=False)
class Way:
    """The states after every `EVERY` steps, as far as they have been asked for, with their scores: of the pictures as shown."""

    opened: Opened
    wish: Wish
    states: list[State] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)

    def at(self, step: int) -> State:
        """After so many steps, a multiple of `EVERY`: on from the last state that there is, so that the same steps are made."""
        while len(self.states) * EVERY <= step:
            self._add(self._next() if self.states else start(self.opened, self.wish))
        return self.states[step // EVERY]

    def _next(self) -> State:
        state = self.states[-1]
        for _ in range(EVERY):
            state = stepped(self.opened, self.wish, state)
        return state

    def _add(self, state: State) -> None:
        self.states.append(state)
        image = self.opened.taken(state.shown[None].astype(np.float32) / WHITE)
        with torch.inference_mode():
            self.scores.append(float(target_score(self.opened.module, self.opened.stages, self.wish.target, image)[0]))


def emerging(opened: Opened, arguments: Mapping[str, str]) -> Answer:
    """The answer to `emerging?target=T&jitter=2&smooth=0.05&seed=0&step=16`. Raises `GeometryError` for any other.

    Nothing is computed before it is asked for, so that who asks no more has cancelled it.
    """
    step, wish = _step(arguments), _wish(opened, arguments)
    way = _way(opened, wish)
    state = way.at(step)
    number, score = best_picture(opened, wish.target)
    told = {"step": step, "steps": STEPS, "best": {"number": number, "score": score}}
    return Answer({"image": state.shown, "scores": np.array(way.scores[: step // EVERY + 1], np.float32)}, told)


def start(opened: Opened, wish: Wish) -> State:
    """Before the first step: grey, with a little noise. Raises nothing.

    >>> from convviz.lab.inside.opened import opened as open_run
    >>> from convviz.lab.inside.targets import ClassTarget
    >>> from convviz.lab.runs import shipped
    >>> run = open_run(str(shipped()[0].folder), 0)
    >>> state = start(run, Wish(ClassTarget(1)))
    >>> state.step, tuple(state.picture.shape), round(float(state.picture.std()), 2)
    (0, (1, 3, 32, 32), 0.05)
    >>> start(run, None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'seed'
    """
    grey = torch.full((1, *opened.kind.input_shape), _GREY, device=opened.device)
    picture = _noisy(grey, _NOISE, np.random.default_rng([wish.seed, 0]))
    return State(0, picture, torch.zeros_like(picture), torch.zeros_like(picture))


def stepped(opened: Opened, wish: Wish, state: State) -> State:
    """One step on: up the gradient of the score of the moved picture, and down that of the picture's total variation.

    The score's gradient is divided by its largest number, so that `smooth` means the same for whatever scores there are. Where
    nothing has answered for some steps, noise is added instead, until something does. Raises `GeometryError` for a target of a
    stage that is not there.

    >>> from convviz.lab.inside.opened import opened as open_run
    >>> from convviz.lab.inside.targets import ChannelTarget, ClassTarget
    >>> from convviz.lab.runs import shipped
    >>> run = open_run(str(shipped()[0].folder), 0)
    >>> wish = Wish(ClassTarget(1))
    >>> stepped(run, wish, start(run, wish)).step
    1
    >>> stepped(run, Wish(ChannelTarget("conv9", 0)), start(run, wish))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: layer conv9 is none that is looked at: there are conv1_1, pool1, conv2_1, pool2, conv3_1, \
pool, dense
    """
    step = state.step + 1
    chance = np.random.default_rng([wish.seed, step])
    shift = tuple(chance.integers(-wish.jitter, wish.jitter + 1, 2).tolist())
    gradient = _gradient(opened, wish.target, state.picture, shift)
    largest = gradient.abs().max()
    silent = 0 if largest > 0 else state.silent + 1
    if silent > _SILENCE:
        return replace(state, step=step, picture=_noisy(state.picture, _SHAKE, chance), silent=silent)
    wanted = gradient / largest.clamp_min(torch.finfo(largest.dtype).tiny) - wish.smooth * total_variation(state.picture)
    mean, square = (
        decay * moment + (1 - decay) * wanted**power
        for power, (decay, moment) in enumerate(zip(_DECAYS, (state.mean, state.square), strict=True), start=1)
    )
    unbiased, spread = (moment / (1 - decay**step) for decay, moment in zip(_DECAYS, (mean, square), strict=True))
    picture = (state.picture + _LR * unbiased / (spread.sqrt() + _TINY)).clamp(0, 1)
    return State(step, picture, mean, square, silent)


def total_variation(pictures: Tensor) -> Tensor:
    """The gradient of the sum of all differences between neighbouring cells, as their amounts: the shape of `pictures`.

    >>> total_variation(torch.tensor([[[[0.0, 1.0, 0.5]]]])).tolist()
    [[[[-1.0, 2.0, -1.0]]]]
    >>> total_variation(torch.tensor([0.0, 1.0]))
    Traceback (most recent call last):
    IndexError: Dimension out of range (expected to be in range of [-1, 0], but got -2)
    """
    found = torch.zeros_like(pictures)
    for axis in (-2, -1):
        steps = pictures.diff(dim=axis).sign()
        many = steps.shape[axis]
        found.narrow(axis, 1, many).add_(steps)
        found.narrow(axis, 0, many).sub_(steps)
    return found


def _gradient(opened: Opened, target: Target, picture: Tensor, shift: tuple[int, ...]) -> Tensor:
    """Of the target's score by the picture, when the picture is moved by `shift` cells around its edges."""
    moved = picture.roll(shift, (2, 3)).contiguous(memory_format=torch.channels_last).requires_grad_()
    score = target_score(opened.module, opened.stages, target, moved).sum()
    (gradient,) = torch.autograd.grad(score, moved)
    return gradient.roll([-each for each in shift], (2, 3))


def _noisy(picture: Tensor, deviation: float, chance: np.random.Generator) -> Tensor:
    noise = chance.standard_normal(picture.shape, dtype=np.float32)
    return (picture + deviation * torch.tensor(noise, device=picture.device)).clamp(0, 1)


def _way(opened: Opened, wish: Wish) -> Way:
    ways: OrderedDict[Wish, Way] = opened.once("ways", OrderedDict)
    way = ways.setdefault(wish, Way(opened, wish))
    ways.move_to_end(wish)
    if len(ways) > _KEPT:
        ways.popitem(last=False)
    return way


def _step(arguments: Mapping[str, str]) -> int:
    step = whole(arguments, "step", 0, STEPS)
    if step % EVERY:
        fits = step - step % EVERY
        why = f"step is {step}: it must be a multiple of {EVERY}: take {fits}"
        raise GeometryError(why, "step", step, STEPS, {"step": fits})
    return step


def _wish(opened: Opened, arguments: Mapping[str, str]) -> Wish:
    return Wish(
        read_target(text(arguments, "target"), opened.stages, len(opened.kind.classes)),
        whole(arguments, "jitter", 0, MOST_JITTER),
        _smooth(text(arguments, "smooth")),
        whole(arguments, "seed", 0, MOST_SEED),
    )


def _smooth(written: str) -> float:
    try:
        value: float | str = float(written)
    except ValueError:
        value = written
    return require_between("smooth", value, 0, MOST_SMOOTH, usual=Wish.smooth)
