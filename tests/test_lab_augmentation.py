"""Pictures changed at random: each change against an independent computation, labels kept, amounts as promised."""

import math
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from convviz.lab.augmentation import _applied, _Changes, _changes, augment
from convviz.lab.augmentation_settings import Augmentation, require, survivors
from convviz.lab.data import KINDS, DataSettings, load
from tests.checks import (
    derived,
    one_thread,  # noqa: F401 - a fixture
    refusal,
)

ROOT = Path(__file__).parents[1]
EVERYTHING = Augmentation(flip=True, rotation=20, translation=3, scale=0.2, colour=0.3, grey=0.2)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(*shape, dtype=torch.float32, seed=0):
    return torch.rand(*shape, dtype=dtype, generator=seeded(seed))


def unchanged(count, dtype=torch.float64):
    ones, zeros = torch.ones(count, dtype=dtype), torch.zeros(count, dtype=dtype)
    never, cells = torch.zeros(count, dtype=torch.bool), torch.zeros(count, dtype=torch.int64)
    return _Changes(never, cells, cells, zeros, ones, ones, ones, never, ones.expand(3, count))


def changed(images, augmentation, objects=None, **changes):
    """The same for every picture of the batch."""
    still = unchanged(len(images), images.dtype)
    told = {name: torch.full_like(getattr(still, name), value) for name, value in changes.items()}
    return _applied(images, replace(still, **told), augmentation, objects)


def drawn(images, augmentation, seed=0, *, labels=None, flips=(True,), objects=None):
    labels = torch.zeros(len(images), dtype=torch.int64) if labels is None else labels
    return augment(images, labels, augmentation, seeded(seed), flips=torch.tensor(flips), objects=objects)


def amounts(augmentation, count=20_000):
    return _changes(torch.rand(11, count, generator=seeded()), augmentation)


# --- Every change against another computation ---------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2, 1, 8, 8), (2, 3, 5, 7)])
def test_a_flip_is_torchs_flip(shape):
    images = pictures(*shape)
    assert torch.equal(changed(images, Augmentation(flip=True), flip=True), images.flip(-1))
    assert torch.equal(changed(images, Augmentation(flip=True), flip=False), images)


@pytest.mark.parametrize(
    ("channels", "objects", "mode"),
    [
        (1, False, "constant"),  # a digit, on black
        (3, False, "edge"),  # a photograph
        (1, True, "edge"),  # a drawing in grey: it has a ground
        (3, True, "edge"),
    ],
)
@pytest.mark.parametrize("flip", [False, True])
def test_a_translation_pads_and_crops_whatever_the_shift(channels, objects, mode, flip):
    height, width, most = 4, 5, 6  # beyond the picture, too
    images = pictures(2, channels, height, width)
    masks = torch.zeros(2, height, width, dtype=torch.bool) if objects else None
    padded = np.pad(images.flip(-1) if flip else images, ((0, 0), (0, 0), (most, most), (most, most)), mode)
    for rows in range(-most, most + 1):
        for columns in range(-most, most + 1):
            top, left = most - rows, most - columns
            expected = padded[:, :, top : top + height, left : left + width]
            moved = changed(images, Augmentation(translation=most), masks, rows=rows, columns=columns, flip=flip)
            assert np.array_equal(moved, expected), (rows, columns)


@pytest.mark.parametrize("turns", [-2, -1, 1, 2, 3])
@pytest.mark.parametrize("side", [7, 8])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_quarter_turn_is_torchs(turns, side, channels):
    images = pictures(2, channels, side, side, dtype=torch.float64)
    turned = changed(images, Augmentation(rotation=180), angle=turns * math.pi / 2)
    assert (turned - torch.rot90(images, turns, (-2, -1))).abs().max() < 1e-6


def test_half_a_turn_of_an_oblong_is_torchs():
    images = pictures(2, 3, 5, 9, dtype=torch.float64)
    turned = changed(images, Augmentation(rotation=180), angle=math.pi)
    assert (turned - images.flip(-1, -2)).abs().max() < 1e-6


def bilinear(picture, row, column, *, repeats):
    """One value between four cells; rows and columns count from 0, in the middle of the first cell."""
    height, width = picture.shape
    if repeats:
        row, column = np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)
    top, left = math.floor(row), math.floor(column)
    total = 0.0
    for y, x in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
        if 0 <= y < height and 0 <= x < width:
            total += picture[y, x] * (1 - abs(row - y)) * (1 - abs(column - x))
    return total


def looked_up(picture, factor, angle, rows, columns, *, flip, repeats):
    """Cell by cell with complex numbers, upwards being positive: undo the translation, then the turn and the factor."""
    height, width = picture.shape
    picture = picture[:, ::-1] if flip else picture
    middle_row, middle_column = (height - 1) / 2, (width - 1) / 2
    result = np.zeros_like(picture)
    for row, column in np.ndindex(height, width):
        place = complex(column - columns - middle_column, middle_row - (row - rows))
        source = place / (factor * complex(math.cos(angle), math.sin(angle)))
        result[row, column] = bilinear(picture, middle_row - source.imag, middle_column + source.real, repeats=repeats)
    return result


@pytest.mark.parametrize(
    ("factor", "degrees", "rows", "columns", "flip"),
    [
        (2, 0, 0, 0, False),  # twice as large
        (0.5, 0, 0, 0, False),  # half as large: the edge is seen
        (1, 30, 0, 0, False),
        (1.3, -50, 2, -1, False),  # one resampling for all three
        (0.8, 100, -3, 1, True),
        (1, 0, 1, 1, False),  # a whole number of cells, by way of resampling
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_scale_rotation_and_translation_look_up_where_each_cell_came_from(factor, degrees, rows, columns, flip, channels):
    images, angle = pictures(1, channels, 6, 9, dtype=torch.float64), math.radians(degrees)
    found = changed(images, Augmentation(rotation=180), angle=angle, factor=factor, rows=rows, columns=columns, flip=flip)
    for channel in range(channels):
        picture = images[0, channel].numpy()
        expected = looked_up(picture, factor, angle, rows, columns, flip=flip, repeats=channels == 3)
        np.testing.assert_allclose(found[0, channel].numpy(), expected, atol=1e-9)


def test_twice_as_large_an_object_has_four_times_the_light():
    images = torch.zeros(1, 3, 16, 16, dtype=torch.float64)
    images[..., 6:10, 6:10] = 1
    assert changed(images, Augmentation(scale=1), factor=2).sum() == pytest.approx(4 * images.sum())


def test_grey_is_the_luma_in_all_three_channels():
    images = pictures(2, 3, 4, 4, dtype=torch.float64)
    luma = np.tensordot([0.299, 0.587, 0.114], images.numpy(), axes=(0, 1))
    grey = changed(images, Augmentation(grey=0.5), grey=True)
    for channel in range(3):
        np.testing.assert_allclose(grey[:, channel].numpy(), luma, rtol=1e-12)
    assert torch.equal(changed(images, Augmentation(grey=0.5), grey=False), images)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("brightness", [0.0, 0.4, 1.7])
def test_brightness_multiplies_and_cuts_off(channels, brightness):
    images = pictures(2, channels, 4, 4, dtype=torch.float64)
    lit = changed(images, Augmentation(colour=1), brightness=brightness)
    np.testing.assert_allclose(lit.numpy(), np.clip(images.numpy() * brightness, 0, 1), rtol=0, atol=1e-12)


def test_contrast_stretches_around_each_pictures_own_mean():
    images = pictures(3, 3, 4, 4, dtype=torch.float64) * torch.tensor([0.2, 0.5, 1])[:, None, None, None]
    lit = changed(images, Augmentation(colour=1), contrast=1.5).numpy()
    for picture, found in zip(images.numpy(), lit, strict=True):
        np.testing.assert_allclose(found, np.clip(picture.mean() + 1.5 * (picture - picture.mean()), 0, 1), atol=1e-12)
    flat = changed(images, Augmentation(colour=1), contrast=0)
    assert flat.amax((1, 2, 3)).tolist() == pytest.approx(images.mean((1, 2, 3)).tolist())


def test_each_channel_has_a_gain_of_its_own_before_contrast():
    images, gains = pictures(2, 3, 4, 4, dtype=torch.float64), torch.tensor([[0.5, 1], [1, 0.25], [1.5, 2]])
    changes = replace(unchanged(2), gains=gains.double(), contrast=torch.full((2,), 0.8))
    lit = _applied(images, changes, Augmentation(colour=1), None)
    multiplied = np.einsum("nchw,cn->nchw", images.numpy(), gains.numpy())
    mean = multiplied.mean((1, 2, 3), keepdims=True)
    np.testing.assert_allclose(lit.numpy(), np.clip(mean + 0.8 * (multiplied - mean), 0, 1), atol=1e-6)


def test_a_gain_a_channel_is_for_three_channels_alone():
    images = pictures(2, 1, 4, 4)
    assert torch.allclose(changed(images, Augmentation(colour=1), gains=0.1), images, atol=1e-6)


# --- By chance, but as promised -----------------------------------------------------------------------------------------


def test_nothing_to_do_gives_the_same_tensor_back_and_draws_nothing():
    images, generator = pictures(2, 1, 4, 4), seeded()
    before = generator.get_state()
    labels, flips = torch.zeros(2, dtype=torch.int64), torch.tensor([True])
    assert augment(images, labels, Augmentation(), generator, flips=flips) is images
    assert torch.equal(generator.get_state(), before)


def test_the_generator_decides_alone():
    images = pictures(16, 3, 8, 8)
    torch.manual_seed(1)
    first = drawn(images, EVERYTHING, seed=5)
    torch.manual_seed(2)
    assert torch.equal(drawn(images, EVERYTHING, seed=5), first)
    assert not torch.equal(drawn(images, EVERYTHING, seed=6), first)


def test_as_many_numbers_are_drawn_whatever_the_pictures_and_the_settings():
    def state(images, labels, augmentation, objects):
        generator = seeded(3)
        flips = torch.tensor([False, True])
        augment(images, torch.full((8,), labels), augmentation, generator, flips=flips, objects=objects)
        return generator.get_state()

    everywhere = torch.ones(8, 6, 6, dtype=torch.bool)
    expected = state(pictures(8, 3, 6, 6), 0, EVERYTHING, None)
    assert torch.equal(state(torch.zeros(8, 3, 6, 6), 1, EVERYTHING, everywhere), expected)
    assert torch.equal(state(pictures(8, 1, 9, 9), 1, Augmentation(flip=True), None), expected)
    assert not torch.equal(seeded(3).get_state(), expected)


@pytest.mark.parametrize("part", ["flip", "translation", "rotation", "scale", "colour", "grey"])
def test_what_one_setting_draws_does_not_depend_on_the_others(part):
    alone, together = amounts(Augmentation(**{part: getattr(EVERYTHING, part)}), 50), amounts(EVERYTHING, 50)
    still = amounts(Augmentation(), 50)
    moved = [
        field.name for field in fields(_Changes) if not torch.equal(getattr(alone, field.name), getattr(still, field.name))
    ]
    assert moved
    assert all(torch.equal(getattr(alone, name), getattr(together, name)) for name in moved)


def test_half_are_flipped_and_a_share_becomes_grey():
    changes = amounts(Augmentation(flip=True, grey=0.2))
    assert changes.flip.double().mean().item() == pytest.approx(0.5, abs=0.015)
    assert changes.grey.double().mean().item() == pytest.approx(0.2, abs=0.015)
    assert (changes.flip & changes.grey).double().mean().item() == pytest.approx(0.1, abs=0.015)
    assert not amounts(Augmentation()).flip.any()
    assert not amounts(Augmentation()).grey.any()
    assert amounts(Augmentation(grey=1)).grey.all()


@pytest.mark.parametrize("most", [1, 2, 5])
def test_every_shift_occurs_as_often_and_none_beyond(most):
    changes, side = amounts(Augmentation(translation=most)), 2 * most + 1
    places = (changes.rows + most) * side + changes.columns + most
    assert changes.rows.abs().max() == changes.columns.abs().max() == most
    shares = torch.bincount(places, minlength=side**2) / len(places)
    assert (shares - 1 / side**2).abs().max() < 0.01


@pytest.mark.parametrize("most", [1, 2, 3, 31, 1000])
def test_the_ends_of_chance_are_the_ends_of_the_range(most):
    ends = torch.tensor([0, 1 - 2**-24]).expand(11, 2)  # the least and the most that torch.rand gives in float32
    changes = _changes(ends, replace(EVERYTHING, translation=most))
    assert changes.rows.tolist() == [-most, most]
    assert changes.angle.tolist() == pytest.approx([-math.radians(20), math.radians(20)], rel=1e-5)
    assert changes.factor.tolist() == pytest.approx([1 / 1.2, 1.2], rel=1e-5)
    for light in (changes.brightness, changes.contrast, *changes.gains):
        assert light.tolist() == pytest.approx([0.7, 1.3], rel=1e-5)


def test_amounts_are_spread_evenly_a_factor_in_its_logarithm():
    changes = amounts(EVERYTHING)
    for values, low, high in (
        (changes.angle, -math.radians(20), math.radians(20)),
        (changes.factor.log(), -math.log(1.2), math.log(1.2)),
        *((light, 0.7, 1.3) for light in (changes.brightness, changes.contrast, *changes.gains)),
    ):
        shares = torch.histc((values - low) / (high - low), bins=10, min=0, max=1) / len(values)
        assert (shares - 0.1).abs().max() < 0.01


def test_no_two_numbers_of_a_picture_go_together():
    changes = amounts(EVERYTHING)
    values = torch.stack([getattr(changes, field.name).double() for field in fields(_Changes) if field.name != "gains"])
    others = torch.corrcoef(torch.cat((values, changes.gains.double()))) - torch.eye(11)
    assert others.abs().max() < 0.04


@given(st.floats(0.01, 1), st.integers(0, 2**32))
@derived(30)
def test_colours_stay_between_0_and_1(colour, seed):
    lit = drawn(pictures(8, 3, 4, 4, seed=seed % 97), Augmentation(colour=colour), seed)
    assert lit.min() >= 0
    assert lit.max() <= 1


@given(st.integers(1, 9), st.integers(0, 2**32))
@derived(30)
def test_a_translated_picture_holds_no_value_that_was_not_there(most, seed):
    images = pictures(4, 3, 5, 6)
    for before, after in zip(images, drawn(images, Augmentation(flip=True, translation=most), seed), strict=True):
        assert torch.isin(after, before).all()


# --- Labels stay true ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("augmentation", [Augmentation(flip=True), Augmentation(flip=True, translation=1), EVERYTHING])
def test_a_class_that_does_not_survive_is_never_flipped(augmentation):
    labels = torch.arange(1000) % 3
    # Light on the right: no rotation, translation or scale of these takes most of it to the left.
    images = torch.zeros(1000, 3, 12, 12)
    images[..., 8:] = 1
    results = drawn(images, augmentation, labels=labels, flips=(False, True, False))
    flipped = results[..., :6].mean((1, 2, 3)) > results[..., 6:].mean((1, 2, 3))
    seen = [flipped[labels == label].double().mean().item() for label in range(3)]
    assert seen == [0, pytest.approx(0.5, abs=0.1), 0]


def discs(count, side, seed=0):
    """One object a picture, well inside."""
    rng = np.random.default_rng(seed)
    radius = rng.uniform(1.5, side / 5, count)[:, None, None]
    place = rng.uniform(radius.ravel()[:, None] + 1, side - 2 - radius.ravel()[:, None], (count, 2))[:, :, None, None]
    rows, columns = np.mgrid[:side, :side]
    return torch.from_numpy((rows - place[:, 0]) ** 2 + (columns - place[:, 1]) ** 2 <= radius**2)


def nearest(mask, changes, index, margin):
    """The mask changed as the picture is, by the nearest cell, on a canvas with a margin all around."""
    height, width = mask.shape
    rows, columns = np.mgrid[-margin : height + margin, -margin : width + margin].astype(float)
    middle_row, middle_column = (height - 1) / 2, (width - 1) / 2
    down, right = rows - middle_row - changes.rows[index].item(), columns - middle_column - changes.columns[index].item()
    places = (right - 1j * down) / changes.factor[index].item() * np.exp(-1j * changes.angle[index].item())
    from_rows, from_columns = np.rint(middle_row - places.imag).astype(int), np.rint(middle_column + places.real).astype(int)
    inside = (from_rows >= 0) & (from_rows < height) & (from_columns >= 0) & (from_columns < width)
    found = mask[from_rows.clip(0, height - 1), from_columns.clip(0, width - 1)] & inside
    return found.sum(), found[margin:-margin, margin:-margin].sum()


@pytest.mark.parametrize(
    "augmentation",
    [
        Augmentation(flip=True, translation=12),
        Augmentation(flip=True, rotation=180, translation=8, scale=0.3),
        Augmentation(rotation=40, scale=0.5),
    ],
)
def test_an_object_never_loses_cells(augmentation):
    count, side, margin = 600, 20, 20
    objects = discs(count, side)
    changes = _changes(torch.rand(11, count, generator=seeded()), augmentation)
    # What a picture shows of its object: it is white on black.
    images = objects[:, None].double()
    before = torch.where(changes.flip[:, None, None, None], images.flip(-1), images)
    results = _applied(images, changes, augmentation, objects)
    canvas = _applied(functional.pad(images, (margin,) * 4), changes, augmentation, None)
    freely = canvas[..., margin:-margin, margin:-margin]
    kept = lost = 0
    for index in range(count):
        whole, left = nearest(before[index, 0].numpy() > 0.5, changes, index, margin)
        stayed = torch.equal(results[index], before[index])
        kept += stayed
        lost += left < whole
        if not stayed:
            assert left == whole
            assert torch.allclose(results[index], freely[index], atol=1e-5)
            # Nor does interpolation leave a trace of it beyond the edge.
            assert freely[index].sum().item() == pytest.approx(canvas[index].sum().item(), abs=1e-3)
        if augmentation.rotation == augmentation.scale == 0:
            assert stayed == (left < whole or changes.rows[index] == changes.columns[index] == 0)
    assert 20 < lost <= kept < count - 20


def test_what_stays_is_flipped_all_the_same():
    images = pictures(1, 3, 8, 8, dtype=torch.float64)
    objects = torch.zeros(1, 8, 8, dtype=torch.bool)
    objects[0, 2, 1] = True
    # Flipped, the object lies in column 6: it can go one to the right, but not two.
    settings = Augmentation(flip=True, translation=2)
    assert torch.equal(changed(images, settings, objects, flip=True, columns=2), images.flip(-1))
    moved = changed(images, settings, objects, flip=True, columns=1)
    assert torch.equal(moved[..., 1:], images.flip(-1)[..., :-1])
    turned = changed(images, Augmentation(rotation=9), objects, flip=True, columns=2, angle=0.1)
    assert torch.equal(turned, images.flip(-1))


@pytest.mark.parametrize("place", [(0, 3), (7, 3), (3, 0), (3, 7)])
def test_an_object_on_the_edge_stays_for_the_edge_is_repeated(place):
    images = pictures(1, 3, 8, 8)
    objects = torch.zeros(1, 8, 8, dtype=torch.bool)
    objects[0, place[0], place[1]] = True
    inwards = {"rows": (place[0] == 0) - (place[0] == 7), "columns": (place[1] == 0) - (place[1] == 7)}
    assert torch.equal(changed(images, Augmentation(translation=1), objects, **inwards), images)
    assert not torch.equal(changed(images, Augmentation(translation=1), None, **inwards), images)


def test_half_a_turn_takes_an_object_right_to_the_edge_rounding_or_not():
    images = pictures(1, 3, 8, 8)
    objects = torch.zeros(1, 8, 8, dtype=torch.bool)
    objects[0, 1, 1] = objects[0, 6, 6] = True
    turned = changed(images, Augmentation(rotation=180, translation=1), objects, angle=math.pi, rows=1, columns=1)
    assert torch.allclose(turned[..., 1:, 1:], images.flip(-1, -2)[..., :-1, :-1], atol=1e-5)


def test_most_drawn_shapes_move():
    shapes = load(DataSettings("shapes", train_per_class=50, test_per_class=1)).train
    images, objects = torch.from_numpy(shapes.images / np.float32(255)), torch.from_numpy(shapes.objects.copy())
    moved = drawn(images, Augmentation(rotation=15, translation=3), flips=(True,) * 6, objects=objects) != images
    assert moved.flatten(1).any(1).double().mean() > 0.8


# --- On any device, without waiting for it ------------------------------------------------------------------------------


@pytest.mark.parametrize("with_objects", [False, True])
@pytest.mark.parametrize(
    "augmentation", [EVERYTHING, Augmentation(flip=True), Augmentation(translation=2), Augmentation(colour=0.1, grey=0.1)]
)
def test_nothing_is_read_back_from_the_device(augmentation, with_objects, monkeypatch):
    # Tensors without values: to read one, or to need one for a size, is an error. There is no generator for them either.
    torch_rand = torch.rand

    def rand(*sizes, **options):
        del options["generator"]
        return torch_rand(*sizes, **options)

    monkeypatch.setattr(torch, "rand", rand)
    images, labels = torch.empty(4, 3, 8, 8, device="meta"), torch.empty(4, dtype=torch.int64, device="meta")
    objects = torch.empty(4, 8, 8, dtype=torch.bool, device="meta") if with_objects else None
    flips = torch.empty(2, dtype=torch.bool, device="meta")
    result = augment(images, labels, augmentation, torch.Generator(), flips=flips, objects=objects)
    assert (result.device.type, result.shape, result.dtype) == ("meta", images.shape, images.dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_keep_their_shape_and_type(dtype, channels):
    augmentation = replace(EVERYTHING, grey=0.2 if channels == 3 else 0)
    images = pictures(4, channels, 6, 9, dtype=dtype)
    for result in (drawn(images, augmentation), drawn(images, replace(augmentation, rotation=0, scale=0))):
        assert (result.shape, result.dtype) == (images.shape, dtype)


@pytest.mark.parametrize("augmentation", [EVERYTHING, Augmentation(flip=True), Augmentation(flip=True, translation=2)])
def test_the_order_in_memory_does_not_matter(augmentation):
    images = pictures(4, 3, 9, 9)
    expected = drawn(images, augmentation)
    for same in (images.contiguous(memory_format=torch.channels_last), images.mT.contiguous().mT):
        assert torch.allclose(drawn(same, augmentation), expected, atol=1e-6)


@pytest.mark.parametrize(
    "parts", [{}, {"rotation": 0, "scale": 0}, {"rotation": 0, "scale": 0, "translation": 0, "flip": False}]
)
def test_the_pictures_themselves_are_left_alone(parts):
    images = pictures(4, 3, 6, 9)
    before = images.clone()
    drawn(images, replace(EVERYTHING, **parts), objects=torch.zeros(4, 6, 9, dtype=torch.bool))
    assert torch.equal(images, before)


# --- Settings -----------------------------------------------------------------------------------------------------------

BLOT = "larger it is cut off, smaller it is a blot"
STAND_INS = {
    "digits": replace(KINDS["digits"], most_rotation=30, most_translation=0.25, most_scale=1.15),
    "shapes": replace(KINDS["shapes"], most_rotation=180, most_scale=1.2),
    "clothes": replace(KINDS["fashion_mnist"], name="clothes", most_rotation=12.5, most_translation=1 / 28),
}


@pytest.mark.parametrize(
    ("name", "settings", "message", "limit", "remedy"),
    [
        # more than the labels survive
        (
            "digits",
            {"rotation": 90},
            "rotation is 90: of digits labels survive at most 30 degrees (a 6 becomes a 9): lower rotation to 30",
            30,
            30,
        ),
        (
            "clothes",
            {"rotation": 13.0},
            "rotation is 13.0: of clothes labels survive at most 12.5 degrees (turned further it is something else): "
            "lower rotation to 12.5",
            12.5,
            12.5,
        ),
        (
            "shapes",
            {"rotation": 181},
            "rotation is 181: of shapes labels survive at most 180 degrees (half a turn either way is every angle): "
            "lower rotation to 180",
            180,
            180,
        ),
        (
            "digits",
            {"translation": 3},
            "translation is 3: of digits labels survive at most 2 cells (what tells them apart leaves the picture): "
            "lower translation to 2",
            2,
            2,
        ),
        (
            "clothes",
            {"translation": 2},
            "translation is 2: of clothes labels survive at most 1 cell (what tells them apart leaves the picture): "
            "lower translation to 1",
            1,
            1,
        ),
        (
            "digits",
            {"scale": 0.16},
            f"scale is 0.16: of digits labels survive at most a factor of 1.15 ({BLOT}): lower scale to 0.15",
            0.15,
            0.15,
        ),
        (
            "shapes",
            {"scale": 1},
            f"scale is 1: of shapes labels survive at most a factor of 1.2 ({BLOT}): lower scale to 0.2",
            0.2,
            0.2,
        ),
        # object masks say how far, as long as something is left
        (
            "shapes",
            {"translation": 32},
            "translation is 32: of a picture of 32 cells nothing would be left: lower translation to 31",
            31,
            31,
        ),
        # more than there is
        ("digits", {"colour": 1.5}, "colour is 1.5: no picture has less light than none: lower colour to 1", 1, 1),
        ("shapes", {"grey": 2}, "grey is 2: no probability is larger than 1: lower grey to 1", 1, 1),
        # changes nothing
        (
            "digits",
            {"grey": 0.5},
            "grey is 0.5: pictures of digits have no colours, so it changes nothing: lower grey to 0",
            0,
            0,
        ),
        # no amounts
        ("digits", {"rotation": -1}, "rotation is -1: it must be a finite number of at least 0", 0, 0),
        ("digits", {"scale": math.nan}, "scale is nan: it must be a finite number of at least 0", 0, 0),
        ("digits", {"colour": math.inf}, "colour is inf: it must be a finite number of at least 0", 0, 0),
        ("shapes", {"grey": "often"}, "grey is often: it must be a finite number of at least 0", 0, 0),
        ("shapes", {"rotation": True}, "rotation is True: it must be a finite number of at least 0", 0, 0),
        ("shapes", {"rotation": None}, "rotation is None: it must be a finite number of at least 0", 0, 0),
        ("shapes", {"translation": True}, "translation is True: it must be a finite number of at least 0", 0, 0),
        ("shapes", {"translation": -2}, "translation is -2: it must be at least 0", 0, 0),
        ("shapes", {"translation": 1.5}, "translation is 1.5: it must be a whole number of at least 0", 0, 0),
        ("shapes", {"translation": math.nan}, "translation is nan: it must be a whole number of at least 0", 0, 0),
        ("shapes", {"flip": 1}, "flip is 1: it must be True or False", (False, True), False),
        ("shapes", {"flip": "no"}, "flip is no: it must be True or False", (False, True), False),
    ],
)
def test_settings_that_cannot_be_say_why_and_what_could(name, settings, message, limit, remedy):
    (parameter, value), kind = *settings.items(), STAND_INS[name]
    error = refusal(require, Augmentation(**settings), kind)
    assert str(error) == message
    assert (error.parameter, error.limit, error.remedy) == (parameter, limit, {parameter: remedy})
    assert error.value is value
    require(Augmentation(**{**settings, **error.remedy}), kind)
    assert str(refusal(survivors, Augmentation(**settings), kind)) == message


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("parameter", ["rotation", "translation", "scale", "colour", "grey"])
def test_of_every_kind_the_limit_is_the_last_that_passes(kind, parameter):
    limit = refusal(require, Augmentation(**{parameter: 1000}), kind).limit
    require(Augmentation(**{parameter: limit}), kind)
    step = 1 if parameter == "translation" else 1e-6
    assert refusal(require, Augmentation(**{parameter: limit + step}), kind).limit == limit


@given(st.floats(1, 3), st.floats(0, 1), st.integers(2, 300))
@derived(200)
def test_limits_agree_with_the_fractions_they_are_made_of(most_scale, most_translation, side):
    kind = replace(STAND_INS["digits"], most_scale=most_scale, most_translation=most_translation, input_shape=(1, side, side))
    assert 1 + refusal(require, Augmentation(scale=9), kind).limit == pytest.approx(most_scale, abs=1e-8)
    cells = refusal(require, Augmentation(translation=1000), kind).limit
    assert cells <= most_translation * side + 1e-6 < cells + 1 + 2e-6


def test_a_fraction_of_the_side_that_is_meant_to_be_whole_is():
    for side in (*range(2, 65), 224):
        for cells in range(side):
            kind = replace(STAND_INS["digits"], most_translation=cells / side, input_shape=(1, side, side))
            require(Augmentation(translation=cells), kind)


def test_of_an_oblong_the_shorter_side_counts():
    kind = replace(STAND_INS["digits"], input_shape=(1, 20, 8))
    assert refusal(require, Augmentation(translation=9), kind).limit == 2


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_survivors_are_the_classes_that_stay_themselves(kind):
    flipped = survivors(Augmentation(flip=True), kind)
    assert [name for name, survives in zip(kind.classes, flipped, strict=True) if survives] == list(kind.flips)
    assert survivors(Augmentation(), kind) == (False,) * len(kind.classes)


def test_settings_do_not_wait_for_torch():
    script = "import sys, convviz.lab.augmentation_settings; print('torch' in sys.modules)"
    command = [sys.executable, "-W", "error", "-c", script]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False"]
