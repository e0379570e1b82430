"""A training as one file of plain PyTorch, to read aloud and to take away."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Final

from convviz.geometry import GeometryError
from convviz.lab.augmentation_settings import Augmentation, survivors
from convviz.lab.data import KINDS, DataSettings, train_count
from convviz.lab.data.settings import DRAWN
from convviz.lab.settings import Settings, require

_TORCH: Final = ("import torch", "import torch.nn.functional as F", "from torch import nn")
_LONGEST: Final = 100
"""Characters of a line."""
_MOVES: Final = ("rotation", "translation", "scale")
"""The changes after which a cell comes from another place."""


def script(settings: Settings, model_code: str) -> str:
    """A Python file that loads the pictures, makes the network, trains it as the settings say, tests it and saves its weights.

    `model_code` is what `explain.pytorch_network_code` returns for `settings.network()`: imports, and the statements that make
    `network`. Everything but the pictures is torch itself, in float32, on a GPU where there is one. Steps, learning rates,
    decay and changes of the pictures are those of `lab.train`; random numbers are others, and a drawn object that would touch
    the edge stays where it is, which is stricter.

    Raises `GeometryError` for settings that cannot be trained, and for code that makes no `network`.

    >>> text = script(Settings(), "network = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))")
    >>> print(*[line for line in text.splitlines() if "optim." in line or "load(" in line], sep=chr(10))
    data = load(DataSettings("digits"))
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
    >>> script(Settings(), "model = nn.Flatten()")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: model_code makes no "network": hand in what pytorch_network_code returns
    """
    require(settings)
    imports, made = _read(model_code)
    sections = (
        _head(settings, imports),
        _pictures(settings),
        _network(settings, made),
        _augmentation(settings),
        _training(settings),
        _EVALUATE,
        _loop(settings),
    )
    return "\n\n\n".join("\n".join(section) for section in map(list, sections) if section) + "\n"


# --- The network ----------------------------------------------------------------------------------------------------------


def _read(model_code: str) -> tuple[list[str], list[str]]:
    """Its imports, and the statements that make `network`; a line that only tries it out is left there."""
    try:
        statements = ast.parse(model_code).body
    except SyntaxError as error:
        raise _no_network(f"model_code is no Python in line {error.lineno}", model_code) from None
    made = [each for each in statements if isinstance(each, ast.ClassDef) or _assigned(each) == "network"]
    if not made or _assigned(made[-1]) != "network":
        raise _no_network('model_code makes no "network"', model_code)
    imports = [each for each in statements if isinstance(each, ast.Import | ast.ImportFrom)]
    return _sources(model_code, imports), _sources(model_code, made)


def _no_network(what: str, model_code: str) -> GeometryError:
    return GeometryError(f"{what}: hand in what pytorch_network_code returns", "model_code", model_code, "network")


def _assigned(statement: ast.stmt) -> str | None:
    """The one name that a statement gives a value to."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def _sources(code: str, statements: Iterable[ast.stmt]) -> list[str]:
    return [ast.get_source_segment(code, each) or "" for each in statements]


def _network(settings: Settings, made: list[str]) -> Iterator[str]:
    scale = settings.training.first_scale
    yield "# The network, with torch's own random weights."
    yield "\n\n\n".join(made)
    yield "model = network.to(device)"
    if scale != 1:
        yield "with torch.no_grad():"
        yield f"    next(model.parameters()).mul_({scale})  # small first weights leave the filters to the data"


# --- What it learns from --------------------------------------------------------------------------------------------------


def _head(settings: Settings, imports: list[str]) -> Iterator[str]:
    yield f'"""{KINDS[settings.data.name].title}: a network, its training and its test, in plain PyTorch."""'
    yield ""
    own = [line for line in imports if line not in _TORCH]
    yield from (*own, "") if own else ()
    yield from _TORCH
    yield ""
    yield "from convviz.lab.data import DataSettings, load"
    yield ""
    yield f"torch.manual_seed({settings.training.seed})  # the same weights and the same order, each time"
    yield 'device = "cpu"' if settings.training.device == "cpu" else 'device = "cuda" if torch.cuda.is_available() else "cpu"'


def _pictures(settings: Settings) -> Iterator[str]:
    yield "# The pictures. Any do: uint8 numbers N×C×H×W, and for each picture its class, counted from 0."
    yield from _loaded(settings.data)
    yield f"white = {KINDS[settings.data.name].white}  # what counts as 1"
    yield "train_images = torch.tensor(data.train.images, device=device) / white"
    yield "train_labels = torch.tensor(data.train.labels, device=device)"
    yield "test_images = torch.tensor(data.test.images, device=device) / white"
    yield "test_labels = torch.tensor(data.test.labels, device=device)"
    if _has_objects(settings):
        yield "train_objects = torch.tensor(data.train.objects, device=device)  # N×H×W: which cells they cover"


def _loaded(data: DataSettings) -> Iterator[str]:
    usual = DataSettings(data.name)
    asked = [each.name for each in fields(data) if getattr(data, each.name) != getattr(usual, each.name)]
    written = [f"{name}={getattr(data, name)}" for name in asked] if data.name in DRAWN else []
    arguments = [f'"{data.name}"', *written]
    line = f"data = load(DataSettings({', '.join(arguments)}))"
    wrapped = ("data = load(", "    DataSettings(", *(f"        {each}," for each in arguments), "    )", ")")
    yield from (line,) if len(line) <= _LONGEST else wrapped


def _has_objects(settings: Settings) -> bool:
    """Whether pictures are moved of which it is known where their objects are."""
    return settings.data.name in DRAWN and any(getattr(settings.augmentation, name) for name in _MOVES)


# --- How it is changed at random ------------------------------------------------------------------------------------------


def _augmentation(settings: Settings) -> Iterator[str]:
    if settings.augmentation == Augmentation():
        return
    changes = settings.augmentation
    if changes.rotation or changes.scale or changes.colour:
        yield from _UNIFORM
    yield f"def augment({_arguments(settings, 'images', 'labels', 'objects')}):"
    yield '    """The pictures, changed at random as far as their labels stay true."""'
    yield "    n = len(images)"
    yield from (f"    {line}" for line in _changed(settings))
    yield "    return images"


def _arguments(settings: Settings, images: str, labels: str, objects: str) -> str:
    """The arguments: labels say which pictures are mirrored, objects which are moved."""
    return ", ".join((images, *[labels] * settings.augmentation.flip, *[objects] * _has_objects(settings)))


def _changed(settings: Settings) -> Iterator[str]:
    changes, colours = settings.augmentation, KINDS[settings.data.name].input_shape[0] == 3
    if changes.flip:
        yield from _flipped(settings)
    if any(getattr(changes, name) for name in _MOVES):
        yield from _moved(settings)
    if changes.colour:
        yield from _lit(changes.colour, colours)
    if changes.grey:
        yield from _greyed(changes.grey)


def _flipped(settings: Settings) -> Iterator[str]:
    survives = survivors(settings.augmentation, KINDS[settings.data.name])
    labels = ", ".join(str(label) for label, stays in enumerate(survives) if stays)
    yield "# Mirrored: half of the pictures, of the classes that stay themselves."
    yield f"mirrors = torch.isin(labels, torch.tensor([{labels}], device=device))"
    yield "mirrors &= torch.rand(n, device=device) < 0.5"
    yield "images = torch.where(mirrors.view(n, 1, 1, 1), images.flip(3), images)"
    if _has_objects(settings):
        yield "objects = torch.where(mirrors.view(n, 1, 1), objects.flip(2), objects)"


def _moved(settings: Settings) -> Iterator[str]:
    """Every cell of the result looks up where it came from: what is done last is undone first."""
    has_ground = settings.data.name in DRAWN or KINDS[settings.data.name].input_shape[0] > 1
    changes, mode = settings.augmentation, "border" if has_ground else "zeros"
    yield "# Where each cell of the result comes from, in cells below and right of the middle."
    yield "height, width = images.shape[2:]"
    yield "down = torch.arange(height, device=device).view(1, -1, 1) - (height - 1) / 2"
    yield "right = torch.arange(width, device=device).view(1, 1, -1) - (width - 1) / 2"
    if changes.translation:
        span = f"-{changes.translation}, {changes.translation} + 1"
        yield f"down = down - torch.randint({span}, (n, 1, 1), device=device)"
        yield f"right = right - torch.randint({span}, (n, 1, 1), device=device)"
    if changes.rotation:
        yield f"angle = torch.deg2rad({changes.rotation} * uniform(n, 1, 1))"
        yield "cos, sin = angle.cos(), angle.sin()"
        yield "down, right = sin * right + cos * down, cos * right - sin * down"
    if changes.scale:
        yield f"factor = (1 + {changes.scale}) ** uniform(n, 1, 1)"
        yield "down, right = down / factor, right / factor"
    yield "# grid_sample counts from -1 at one edge to 1 at the other, columns first."
    yield "grid = torch.stack(torch.broadcast_tensors(right * 2 / width, down * 2 / height), dim=3)"
    yield f'moved = F.grid_sample(images, grid, padding_mode="{mode}", align_corners=False)'
    yield from _KEPT_INSIDE if _has_objects(settings) else ("images = moved",)


def _lit(colour: float, colours: bool) -> Iterator[str]:
    yield (
        "# Brightness, a gain a channel, then contrast about the picture's mean." if colours else "# Brightness, then contrast."
    )
    yield f"images = images * (1 + {colour} * uniform(n, 1, 1, 1))"
    if colours:
        yield f"images = images * (1 + {colour} * uniform(n, 3, 1, 1))"
    yield "mean = images.mean((1, 2, 3), keepdim=True)"
    yield f"images = (mean + (images - mean) * (1 + {colour} * uniform(n, 1, 1, 1))).clamp(0, 1)"


def _greyed(probability: float) -> Iterator[str]:
    yield "# Without colours: as bright as the eye sees red, green and blue."
    yield "weights = torch.tensor([0.299, 0.587, 0.114], device=device).view(3, 1, 1)"
    yield f"greys = torch.rand(n, 1, 1, 1, device=device) < {probability}"
    yield "images = torch.where(greys, (images * weights).sum(1, keepdim=True), images)"


_UNIFORM: Final = (
    "def uniform(*sizes):",
    '    """Random numbers between -1 and 1."""',
    "    return 2 * torch.rand(sizes, device=device) - 1",
    "",
    "",
)
_KEPT_INSIDE: Final = (
    "# Where the object would touch the edge, or leave, nothing is moved: the label has to stay true.",
    "cells = objects[:, None].float()",
    'cells = F.grid_sample(cells, grid, padding_mode="border", align_corners=False)[:, 0]',
    "inside = cells[:, 1:-1, 1:-1].amax((1, 2)) > 0",
    "touches = cells[:, [0, -1]].amax((1, 2)) + cells[:, :, [0, -1]].amax((1, 2)) > 0",
    "images = torch.where((inside & ~touches).view(n, 1, 1, 1), moved, images)",
)


# --- How it learns --------------------------------------------------------------------------------------------------------

_MOMENTUM: Final[Mapping[str, str]] = {"SGD": "momentum=0.9, "}
_SCHEDULES: Final[Mapping[str, tuple[str, ...]]] = {
    "OneCycleLR": (
        "# Within the training, lr rises to its largest and falls to nearly 0.",
        "schedule = torch.optim.lr_scheduler.OneCycleLR(",
        "    optimizer, lr, total_steps=epochs * steps, cycle_momentum=False",
        ")",
    ),
    "CosineAnnealingLR": (
        "# lr falls to 0, as half a wave of the cosine does.",
        "schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * steps)",
    ),
    "constant": (),
}


def _training(settings: Settings) -> Iterator[str]:
    training = settings.training
    options = f"{_MOMENTUM.get(training.optimizer, '')}weight_decay={training.weight_decay}"
    yield "# How it learns."
    yield f"epochs, batch_size, lr = {training.epochs}, {training.batch_size}, {training.lr}"
    yield "full, rest = divmod(len(train_labels), batch_size)"
    yield "steps = max(full + (rest > 1), 1)  # an epoch's; one picture left alone has no variance to norm by"
    yield f"optimizer = torch.optim.{training.optimizer}(model.parameters(), lr=lr, {options})"
    yield from _SCHEDULES[_schedule(settings)]


def _schedule(settings: Settings) -> str:
    """One cycle of a single step would have neither a rise nor a fall."""
    training = settings.training
    full, rest = divmod(train_count(settings.data), training.batch_size)
    is_one_step = training.epochs == 1 and full + (rest > 1) <= 1
    return "constant" if training.schedule == "OneCycleLR" and is_one_step else training.schedule


_EVALUATE: Final = (
    "@torch.no_grad()",
    "def evaluate():",
    '    """Loss and accuracy on the pictures that it does not learn from."""',
    "    model.eval()",
    "    scores = torch.cat([model(images) for images in test_images.split(256)])",
    "    right = (scores.argmax(1) == test_labels).sum()",
    "    return F.cross_entropy(scores, test_labels).item(), right.item() / len(test_labels)",
)


def _loop(settings: Settings) -> Iterator[str]:
    arguments = _arguments(settings, "images", "labels", "train_objects[batch]")
    yield "for epoch in range(1, epochs + 1):"
    yield "    model.train()"
    yield "    losses = right = seen = 0"
    yield "    order = torch.randperm(len(train_labels), device=device)"
    yield "    for batch in order.split(batch_size)[:steps]:"
    yield "        images, labels = train_images[batch], train_labels[batch]"
    if settings.augmentation != Augmentation():
        yield f"        images = augment({arguments})"
    yield from _STEP
    if _schedule(settings) != "constant":
        yield "        schedule.step()"
    yield from _COUNTED
    if settings.training.stop_at is not None:
        yield f"    if test_accuracy >= {settings.training.stop_at}:"
        yield "        break  # good enough"
    yield ""
    yield f'torch.save(model.state_dict(), "{settings.data.name}.pt")'


_STEP: Final = (
    "        scores = model(images)",
    "        loss = F.cross_entropy(scores, labels)",
    "        optimizer.zero_grad()",
    "        loss.backward()",
    "        optimizer.step()",
)
_COUNTED: Final = (
    "        losses += loss.item() * len(batch)",
    "        right += (scores.argmax(1) == labels).sum().item()",
    "        seen += len(batch)",
    "    # Of the training pictures while the weights change, of the test pictures after that.",
    "    test_loss, test_accuracy = evaluate()",
    "    print(",
    '        f"epoch {epoch:2}   train loss {losses / seen:.4f}, accuracy {right / seen:.1%}"',
    '        f"   test loss {test_loss:.4f}, accuracy {test_accuracy:.1%}"',
    "    )",
)
