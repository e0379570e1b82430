"""Colour shapes: six forms at any place, size and angle on grounds of any kind, drawn from a seed; with a tag or without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convviz.geometry import GeometryError, require_one_of
from convviz.lab.data.forms import FORMS, SIDE, Cells, Floats, coverage, placed
from convviz.lab.data.grounds import grounds
from convviz.lab.data.kinds import KINDS
from convviz.lab.data.pictures import Dataset, Pictures
from convviz.lab.data.settings import DRAWN, MOST_SEED, DataSettings, number_between, probability
from convviz.lab.data.tags import TAG_SIDE, TAGS, tag_corners

Split = Literal["train", "test"]
SPLITS: Final[tuple[Split, ...]] = get_args(Split)
NO_TAG: Final = -1

_CHUNK: Final = 256
"""Pictures drawn together, from one stream: as many as caches hold. A picture depends on its place in it, not on the others."""
_PIXEL_NOISE: Final = 6.0
_PURPOSES: Final = ("pictures", "tags")


def draw(labels: ArrayLike, seed: int, split: Split, tags: ArrayLike | None = None, *, first: int = 0) -> Pictures:
    """A picture of 32×32 cells in three colours for every label, a number of a class, with the exact cells of its object.

    Picture n depends on the seed, the split, n and its label alone; the labels are those of the pictures from number `first`
    on, and no others are made. `tags` says for every picture which class's tag is on it, −1 for none; the tag's place and all
    else are the same whatever it says, so that a tag can be taken away or exchanged. A tag covers 5×5 cells and leaves at least
    one free between itself and the object. Raises `GeometryError` for a label, a tag, a seed or a split that is none.

    >>> pictures = draw([0, 5], seed=0, split="train", tags=[-1, 5])
    >>> pictures.images.shape, pictures.tags.sum(axis=(1, 2)).tolist()
    ((2, 3, 32, 32), [0, 25])
    >>> draw([0, 6], seed=0, split="train")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: labels has 6: there are classes 0 to 5
    """
    classes = _class_numbers("labels", labels, least=0)
    carried = np.full(len(classes), NO_TAG) if tags is None else _class_numbers("tags", tags, least=NO_TAG)
    if len(carried) != len(classes):
        raise GeometryError(
            f"tags has {len(carried)} numbers: there are {len(classes)} labels, and each picture has one",
            parameter="tags",
            value=len(carried),
            limit=len(classes),
        )
    images = np.empty((len(classes), 3, SIDE, SIDE), np.uint8)
    objects, stickers = (np.empty((len(classes), SIDE, SIDE), bool) for _ in range(2))
    for part, place, rng in _chunks(range(first, first + len(classes)), seed, split, "pictures"):
        images[part], objects[part], stickers[part] = _drawn(classes[part], carried[part], place, rng)
    return Pictures(images, classes, objects, None if tags is None else stickers)


def carried_tags(labels: ArrayLike, seed: int, split: Split, chance: float, *, first: int = 0) -> NDArray[np.int64]:
    """For every picture from number `first` on the class whose tag is on it: its own, with the given chance, or −1 for none.

    With a greater chance the same pictures carry one, and more. Raises `GeometryError` for what `draw` refuses, and for a
    chance that is none.

    >>> carried_tags([0, 1, 2, 3], seed=0, split="test", chance=1).tolist()
    [0, 1, 2, 3]
    >>> carried_tags([0, 1, 2, 3], seed=0, split="test", chance=2)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: chance is 2: it must be a number from 0 to 1
    """
    carried = _class_numbers("labels", labels, least=0).copy()
    likely = probability("chance", chance)
    for part, place, rng in _chunks(range(first, first + len(carried)), seed, split, "tags"):
        without = rng.random(_CHUNK)[place] >= likely
        carried[part][without] = NO_TAG
    return carried


def load_shapes(settings: DataSettings) -> Dataset:
    """As many shapes of every class as the settings say, with tags where they say so. Raises as `drawn` does.

    >>> load_shapes(DataSettings("shapes", train_per_class=2, test_per_class=1)).train.counts(6)
    (2, 2, 2, 2, 2, 2)
    >>> load_shapes(DataSettings("digits"))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: name "digits" is not one of shapes, tagged_shapes
    """
    train, test = (drawn(settings, split) for split in SPLITS)
    return Dataset(KINDS[settings.name], train, test)


def drawn(settings: DataSettings, split: Split, numbers: range | None = None) -> Pictures:
    """The pictures of one part, or those of some `numbers` in a row: class after class by turns, tagged as the settings say.

    Only the pictures that are asked for take time, and those drawn together with them. Raises `GeometryError` for settings of
    pictures that are not drawn, and for a split that is none.

    >>> drawn(DataSettings("tagged_shapes"), "test", range(600, 603)).labels.tolist()
    [0, 1, 2]
    >>> drawn(DataSettings("digits"), "test")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: name "digits" is not one of shapes, tagged_shapes
    """
    require_one_of("name", settings.name, DRAWN)
    of_class = settings.train_per_class if split == "train" else settings.test_per_class
    numbers = range(of_class * len(FORMS)) if numbers is None else numbers
    labels, first = np.array(numbers, np.int64) % len(FORMS), numbers.start
    if settings.name == "shapes":
        return draw(labels, settings.seed, split, first=first)
    tags = carried_tags(labels, settings.seed, split, settings.tag_probability, first=first)
    return draw(labels, settings.seed, split, tags, first=first)


def _class_numbers(name: str, values: ArrayLike, least: int) -> NDArray[np.int64]:
    numbers = np.asarray(values)
    wrong: Any = numbers.shape
    if numbers.ndim == 1 and (numbers.dtype.kind in "iu" or not numbers.size):
        outside = numbers[(numbers < least) | (numbers >= len(FORMS))]
        if not outside.size:
            return numbers.astype(np.int64)
        wrong = outside[0]
    raise GeometryError(
        f"{name} has {wrong}: there are classes {least} to {len(FORMS) - 1}",
        parameter=name,
        value=wrong,
        limit=(least, len(FORMS) - 1),
    )


def _chunks(numbers: range, seed: int, split: Split, purpose: str) -> Iterator[tuple[slice, slice, np.random.Generator]]:
    """The pictures in parts, each with its place in a chunk, which has a stream that no other seed, split, or purpose has."""
    require_one_of("split", split, SPLITS)
    words = number_between("seed", seed, 0, MOST_SEED), SPLITS.index(split), _PURPOSES.index(purpose)
    for chunk in range(numbers.start // _CHUNK, -(-numbers.stop // _CHUNK)):
        begins = chunk * _CHUNK
        start, stop = max(numbers.start, begins), min(numbers.stop, begins + _CHUNK)
        part, place = (slice(start - origin, stop - origin) for origin in (numbers.start, begins))
        yield part, place, np.random.Generator(np.random.PCG64([*words, chunk]))


def _drawn(
    labels: NDArray[np.int64], tags: NDArray[np.int64], place: slice, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], Cells, Cells]:
    """Images, objects and tags of a part of a chunk: what is random in it is drawn whole, so that no chance moves."""
    ground, colours = (each[place] for each in grounds(rng, _CHUNK))
    chances = rng.random((_CHUNK, 5), dtype=np.float32)[place]
    noise = rng.standard_normal((_CHUNK, 3, SIDE, SIDE), dtype=np.float32)[place]
    covered = coverage(labels, placed(chances[:, :4]))
    objects = covered > 0
    values = _mixed(ground, colours[:, :, None, None], covered[:, None])
    stickers = _stick(values, tags, objects, chances[:, 4])
    values += np.float32(_PIXEL_NOISE) * noise
    return np.rint(np.clip(values, 0, 255, out=values), out=values).astype(np.uint8), objects, stickers


def _mixed(ground: Floats, colours: Floats, shares: Floats) -> Floats:
    """In place where it can be: new memory is what takes the time."""
    values = colours - ground
    values *= shares
    values += ground
    return values


def _stick(values: Floats, tags: NDArray[np.int64], objects: Cells, chances: Floats) -> Cells:
    """Put tags on pictures, in place; returns the cells that they cover."""
    covered = np.zeros_like(objects)
    tagged = np.flatnonzero(tags != NO_TAG)
    for index, (row, column) in zip(tagged, tag_corners(objects[tagged], chances[tagged]), strict=True):
        cells = slice(row, row + TAG_SIDE), slice(column, column + TAG_SIDE)
        values[index, :, *cells] = TAGS[tags[index]]
        covered[index, *cells] = True
    return covered
