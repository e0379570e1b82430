"""Filters described: gratings have their frequency, named kernels their name, neighbours look alike."""

import numpy as np
import pytest

from convviz.lab.inside.filters import _named, by_norm, by_similarity, described, norms, resembles, waves
from convviz.samples import KERNELS

DRAWN = np.random.default_rng(0)


def grating(size: int, cycles: float, degrees: float, phase: float = 0.4):
    """Crests that move in a direction, anticlockwise from rightwards; rows count downwards."""
    rows, columns = np.mgrid[:size, :size]
    along = columns * np.cos(np.radians(degrees)) - rows * np.sin(np.radians(degrees))
    return np.cos(2 * np.pi * cycles * along + phase)


def apart(one: float, other: float, whole: float = 180) -> float:
    return abs((one - other + whole / 2) % whole - whole / 2)


# --- Frequencies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [0, 20, 45, 70, 90, 110, 135, 160])
@pytest.mark.parametrize("cycles", [0.15, 0.25, 0.4])
def test_a_grating_has_its_frequency_and_its_direction(cycles, degrees):
    (found,) = waves(grating(16, cycles, degrees)[None, None])
    assert found.cycles == pytest.approx(cycles, abs=0.012)
    assert apart(found.degrees, degrees) < 3


@pytest.mark.parametrize("degrees", [0, 45, 90, 135])
def test_so_has_one_as_small_as_a_filter(degrees):
    for size in (5, 7):
        (found,) = waves(grating(size, 0.25, degrees, phase=0.0)[None, None])
        assert found.cycles == pytest.approx(0.25, abs=0.04)
        assert apart(found.degrees, degrees) < 6


def test_the_mean_of_a_channel_hides_no_wave():
    (found,) = waves(50 + grating(9, 0.25, 0)[None, None])
    assert found.cycles == pytest.approx(0.25, abs=0.02)


def test_a_wave_is_that_of_the_mean_magnitude_over_channels():
    channels = np.stack([grating(9, 0.25, 0), -grating(9, 0.25, 0), 0.6 * grating(9, 0.4, 90)])
    (found,) = waves(channels[None])  # the first two cancel each other cell by cell, and not as waves
    assert found.cycles == pytest.approx(0.25, abs=0.02)
    assert apart(found.degrees, 0) < 3


def test_it_is_the_peak_of_a_plain_transform():
    weights = DRAWN.normal(size=(6, 3, 5, 7)).astype(np.float32)
    for wave, filters in zip(waves(weights), weights, strict=True):
        left = filters - filters.mean((1, 2), keepdims=True)
        magnitude = np.abs(np.fft.fft2(left, (64, 64))).mean(0)
        row, column = np.unravel_index(magnitude.argmax(), magnitude.shape)
        rows, columns = np.fft.fftfreq(64)[[row, column]]
        assert wave.cycles == pytest.approx(np.hypot(rows, columns))
        assert apart(wave.degrees, np.degrees(np.arctan2(-rows, columns))) < 1e-6
        assert 0 <= wave.degrees < 180


@pytest.mark.parametrize("filters", [np.zeros((1, 2, 3, 3)), np.full((1, 2, 3, 3), 0.1, np.float32), np.ones((1, 4, 1, 1))])
def test_what_is_even_has_no_wave(filters):
    assert [(wave.cycles, wave.degrees) for wave in waves(filters)] == [(0, 0)]


# --- Names -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("scale", [3, -0.02])
def test_a_named_kernel_resembles_itself(name, scale):
    kernel = KERNELS[name].values(KERNELS[name].sizes)
    (found,) = resembles(scale * kernel[None, None])
    assert (found.kernel, found.channel) == (name, None)
    assert found.cosine == pytest.approx(np.sign(scale))


@pytest.mark.parametrize("size", [5, 7, 11])
def test_larger_ones_do_too(size):
    rows, columns = np.mgrid[:size, :size] - size // 2
    round_ = np.exp(-(rows**2 + columns**2) / (size / 4) ** 2)
    bar = np.exp(-((columns / (size / 5)) ** 2))
    drawn = {
        "edge [1, −1]": -np.sign(columns) * 1.0,
        "Sobel, horizontal edges": np.sign(rows) * np.exp(-((columns / (size / 2)) ** 2)),
        "bar, upright": bar - bar.mean(),
        "bar, lying": (bar - bar.mean()).T,
        "blur, box (sum)": np.ones((size, size)),
        "identity": round_,
        "sharpen": round_ - round_.mean(),  # an upside-down Laplace with a little more of the middle
    }
    for name, kernel in drawn.items():
        (found,) = resembles(kernel[None, None])
        assert found.kernel == name
        assert abs(found.cosine) > 0.75


def test_edges_ignore_what_is_even_at_any_size():
    for size in (3, 4, 5, 7, 11):  # of 2×2 every round kernel is even
        even = np.ones((1, 1, size, size))
        assert resembles(even)[0].kernel == "blur, box (sum)"
        assert resembles(even)[0].cosine == pytest.approx(1)


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7, 11])
def test_named_kernels_keep_their_mean_at_any_size(size):
    for kernel, resized in zip(KERNELS.values(), _named(size, size), strict=True):
        mean = kernel.values(kernel.sizes).mean()
        assert np.sign(resized.mean().round(12)) == np.sign(mean)


def test_the_channel_is_named_that_is_most_alike():
    weights = DRAWN.normal(size=(2, 5, 3, 3)) * 0.5
    weights[0, 3] = KERNELS["Laplace"].values((3, 3))
    weights[1] = -KERNELS["emboss"].values((3, 3)) + 0.3 * DRAWN.normal(size=(5, 3, 3))
    first, second = resembles(weights)
    assert (first.kernel, first.channel, first.cosine) == ("Laplace", 3, pytest.approx(1))
    assert (second.kernel, second.channel) == ("emboss", None)  # noise is averaged away
    assert second.cosine == pytest.approx(-1, abs=0.02)


def test_channels_that_hold_next_to_nothing_are_passed_over():
    weights = DRAWN.normal(size=(1, 4, 3, 3))
    weights[0, 2] = 1e-3 * KERNELS["Laplace"].values((3, 3))
    assert resembles(weights)[0].cosine < 0.99


def test_a_filter_of_zeros_is_like_nothing():
    (found,) = resembles(np.zeros((1, 3, 3, 3)))
    assert found.cosine == 0


# --- Orders ----------------------------------------------------------------------------------------------------------------


def test_norms_are_lengths_and_the_largest_comes_first():
    weights = DRAWN.normal(size=(20, 4, 3, 5)).astype(np.float32)
    expected = [float((each.astype(np.float64) ** 2).sum() ** 0.5) for each in weights]
    assert norms(weights) == pytest.approx(expected)
    assert by_norm(weights) == sorted(range(20), key=lambda number: -expected[number])


def test_each_filter_is_followed_by_the_most_alike_of_those_left():
    weights = DRAWN.normal(size=(12, 2, 3, 3))
    vectors = [each.ravel() / np.linalg.norm(each) for each in weights]
    expected, left = [by_norm(weights)[0]], set(range(12)) - {by_norm(weights)[0]}
    while left:
        expected.append(max(left, key=lambda number: vectors[number] @ vectors[expected[-1]]))
        left -= {expected[-1]}
    assert by_similarity(weights) == expected


def test_filters_of_a_kind_stand_together_whatever_their_norm():
    kinds = np.arange(24) % 4
    weights = DRAWN.normal(size=(4, 3, 7, 7))[kinds] + 0.1 * DRAWN.normal(size=(24, 3, 7, 7))
    weights *= DRAWN.uniform(0.1, 5, size=(24, 1, 1, 1))
    order = kinds[by_similarity(weights)]
    assert (np.diff(order) != 0).sum() == 3


def test_zeros_come_last_and_equals_in_their_order():
    weights = np.zeros((6, 1, 1, 2))
    weights[[1, 3, 4]] = [[[1, 0]]]
    assert by_similarity(weights) == [1, 3, 4, 0, 2, 5]
    assert by_norm(weights) == [1, 3, 4, 0, 2, 5]
    assert by_similarity(np.zeros((3, 1, 1, 1))) == [0, 1, 2]
    assert by_similarity(np.array([2.0, 0, -1]).reshape(3, 1, 1, 1)) == [0, 2, 1]
    assert by_norm(np.tile([1.0, 2.0], 50).reshape(100, 1, 1, 1)) == [*range(1, 100, 2), *range(0, 100, 2)]


def test_everything_is_described_as_json_has_it():
    found = described(DRAWN.normal(size=(8, 3, 7, 7)).astype(np.float32))
    assert {name: len(each) for name, each in found.items()} == dict.fromkeys(
        ("norms", "by_norm", "by_similarity", "resembles", "frequency"), 8
    )
    assert [*found["resembles"][0]] == ["kernel", "cosine", "channel"]
    assert [*found["frequency"][0]] == ["cycles", "degrees"]
    assert {type(each) for each in found["by_similarity"] + found["by_norm"]} == {int}
