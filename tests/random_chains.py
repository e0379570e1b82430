"""Random models by a seed, most of them chains: every kind of layer with every setting, in torch's own modules."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn


@dataclass
class Draft:
    """A model as it grows, with what comes out of it for a picture: layers that torch refuses are left out."""

    rng: random.Random
    value: Tensor
    layers: list[nn.Module]

    @property
    def channels(self) -> int:
        return self.value.shape[1]

    def add(self, layer: nn.Module) -> None:
        try:
            value = layer.eval()(self.value)
        except RuntimeError:
            return
        self.value = value
        self.layers.append(layer)

    def each(self, entries: Sequence[int]) -> Any:
        """A number for both axes, or one an axis."""
        pair = self.rng.choice(entries), self.rng.choice(entries)
        return pair if self.one_in(3) else pair[0]

    def one_in(self, number: int) -> bool:
        return self.rng.randrange(number) == 0


@dataclass(frozen=True)
class Case:
    """A model, a picture, and a patch to slide over it."""

    model: nn.Sequential
    image: Tensor
    settings: dict[str, Any]


def case(seed: int, modes: Sequence[str] = ("zeros",) * 9 + ("reflect", "replicate", "circular")) -> Case:
    """The same for the same seed."""
    rng = random.Random(f"chain {seed}")  # noqa: S311 - the same each time
    torch.manual_seed(seed)
    image = torch.rand(rng.choice((1, 2, 3)), rng.randint(5, 17), rng.randint(5, 17))
    draft = Draft(rng, image[None], [])
    wanted = rng.randint(1, 7)
    with torch.no_grad():
        for _ in range(wanted):
            rng.choice(LAYERS)(draft, modes)
        rng.choice(ENDS)(draft)
        model = nn.Sequential(*draft.layers)
        _shake(model)
    return Case(model.eval(), image, _settings(rng, image))


def _settings(rng: random.Random, image: Tensor) -> dict[str, Any]:
    """Patches of every size, one that is larger than the picture too, and strides that leave an edge."""
    patch = rng.choice((rng.randint(1, 6), (rng.randint(1, 9), rng.randint(1, 9)), 18 if rng.randrange(4) == 0 else 3))
    fills = 0.5, 0, -1.25, torch.rand(len(image)), torch.rand_like(image), tuple(rng.random() for _ in image)
    return {"patch": patch, "stride": rng.choice((1, 2, 3, (2, 1), (1, 4), 7)), "fill": rng.choice(fills)}


def _shake(model: nn.Module) -> None:
    """Running statistics that a batch norm could have, and scales of either sign."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d) and module.running_mean is not None and module.running_var is not None:
            module.running_mean.normal_()
            module.running_var.uniform_(0.3, 2)
            if module.affine:
                module.weight.normal_()
                module.bias.normal_()


# --- One layer ------------------------------------------------------------------------------------------------------------


def _convolution(draft: Draft, modes: Sequence[str]) -> None:
    groups = draft.rng.choice([number for number in (1, 1, 1, 2, draft.channels) if draft.channels % number == 0])
    named = draft.one_in(6)
    kernel_size = draft.each((1, 2, 3, 3, 4, 5))
    # Seldom more padding than a kernel reaches: torch may crash there, so it is the plain way's alone.
    most = 4 if draft.one_in(20) else min(kernel_size) - 1 if isinstance(kernel_size, tuple) else kernel_size - 1
    settings = {
        "kernel_size": kernel_size,
        "stride": 1 if named else draft.each((1, 1, 1, 2, 3)),
        "padding": draft.rng.choice(("same", "valid")) if named else draft.each(range(most + 1)),
        "dilation": draft.each((1, 1, 1, 2, 3)),
        "padding_mode": draft.rng.choice(modes),
    }
    draft.add(nn.Conv2d(draft.channels, groups * draft.rng.randint(1, 4), groups=groups, bias=not draft.one_in(3), **settings))
    if draft.one_in(3):
        _batch_norm(draft, modes)


def _max_pooling(draft: Draft, _: Sequence[str]) -> None:
    settings = {"stride": draft.rng.choice((None, draft.each((1, 2, 3)))), "padding": draft.each((0, 0, 1))}
    draft.add(nn.MaxPool2d(draft.each((1, 2, 2, 3)), dilation=draft.each((1, 1, 2)), ceil_mode=draft.one_in(2), **settings))


def _average_pooling(draft: Draft, _: Sequence[str]) -> None:
    settings = {"stride": draft.rng.choice((None, draft.each((1, 2, 3)))), "padding": draft.each((0, 0, 1))}
    settings |= {"ceil_mode": draft.one_in(2), "count_include_pad": draft.one_in(2)}
    draft.add(nn.AvgPool2d(draft.each((2, 2, 3)), divisor_override=5 if draft.one_in(5) else None, **settings))


def _adaptive_pooling(draft: Draft, _: Sequence[str]) -> None:
    kind = draft.rng.choice((nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d))
    half = tuple(max(size // 2, 1) for size in draft.value.shape[2:])
    draft.add(kind(draft.rng.choice((half, half, (None, half[1]), draft.each((2, 3, 5))))))


def _batch_norm(draft: Draft, _: Sequence[str]) -> None:
    draft.add(nn.BatchNorm2d(draft.channels, affine=not draft.one_in(3)))


def _function(draft: Draft, _: Sequence[str]) -> None:
    draft.add(draft.rng.choice(FUNCTIONS)())


def _idle(draft: Draft, _: Sequence[str]) -> None:
    draft.add(draft.rng.choice((nn.Identity(), nn.Dropout(0.5), nn.Dropout2d(0.5))))


def _something_else(draft: Draft, _: Sequence[str]) -> None:
    """What no change passes: everything from here on is done of the whole."""
    if draft.one_in(3):
        others = nn.Upsample(scale_factor=2), nn.ConvTranspose2d(draft.channels, 2, 3), nn.LPPool2d(2, 2), nn.Softmax(dim=3)
        draft.add(draft.rng.choice(others))


FUNCTIONS: Final[Sequence[Callable[[], nn.Module]]] = (
    *(
        nn.ReLU,
        nn.ReLU,
        lambda: nn.ReLU(inplace=True),
        nn.Tanh,
        nn.Sigmoid,
        nn.GELU,
        nn.ELU,
        lambda: nn.LeakyReLU(-0.5),
        nn.PReLU,
    ),
    *(nn.Softplus, nn.Hardtanh, nn.SiLU, nn.Softmax2d, lambda: nn.LocalResponseNorm(2)),
)
LAYERS: Final = (
    *(_convolution, _convolution, _convolution, _convolution, _max_pooling, _max_pooling, _average_pooling, _batch_norm),
    *(_function, _function, _function, _adaptive_pooling, _idle, _something_else),
)


# --- The end --------------------------------------------------------------------------------------------------------------


def _average_end(draft: Draft) -> None:
    draft.add(nn.AdaptiveAvgPool2d(1))
    _dense_end(draft)


def _max_end(draft: Draft) -> None:
    draft.add(nn.AdaptiveMaxPool2d((1, 1)))
    _dense_end(draft)


def _dense_end(draft: Draft) -> None:
    draft.add(nn.Flatten())
    draft.add(nn.Linear(draft.value.shape[1], 3))


def _deep_end(draft: Draft) -> None:
    draft.add(nn.AdaptiveAvgPool2d((2, 3)))
    _dense_end(draft)
    draft.add(nn.ReLU())
    draft.add(nn.Linear(3, 4))


ENDS: Final = (_average_end, _average_end, _max_end, _dense_end, _deep_end)
