"""A link holds the whole state and gives it back; whatever else it may say, it never breaks the page."""

import base64
import zlib
from contextlib import suppress
from dataclasses import fields, replace
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convviz import GeometryError
from convviz.geometry import NAMED_PADDINGS, PADDING_MODES
from convviz.samples import (
    ACTIVATIONS,
    DEFAULT_PRESETS,
    KERNELS,
    POOLING_KINDS,
    POOLING_VIEWS,
    PRESETS,
    TRANSPOSED_VIEWS,
    UNPOOLINGS,
    WINDOWS,
    PoolingSample,
    Recipe,
    Sample,
    TransposedSample,
    channel_axes,
    presets_of,
    typed,
)
from convviz.ui.codecs import CODECS, codecs_of
from convviz.ui.dimensions import with_dimension
from convviz.ui.fields import CHANNEL_FIELDS, SIZE_FIELDS
from convviz.ui.links import LONGEST_LINK, PINNED_GRIDS, Example, Pin, read_link, write_link

SETTINGS = settings(max_examples=300, derandomize=True, deadline=None)
NUMBERS = st.floats(-1e6, 1e6).map(lambda value: round(value, 3)) | st.integers(-9, 9).map(float)
OPERATIONS = tuple(DEFAULT_PRESETS)
KINDS_OF = {"convolution": Sample, "pooling": PoolingSample, "transposed_convolution": TransposedSample}


@st.composite
def recipes(draw: st.DrawFn, axes: int) -> Recipe:
    """Typed numbers of up to so many axes, or made in another way."""
    kind = draw(st.sampled_from(["random", "ramp", "count", "impulse", "signal", "typed", "named"]))
    if kind == "named" and axes >= 2:
        return draw(st.sampled_from(list(KERNELS.values())))
    if kind not in {"typed", "named"}:
        return Recipe(kind, draw(st.integers(0, 999)))
    sizes = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=axes)))
    numbers = draw(st.lists(NUMBERS, min_size=prod(sizes), max_size=prod(sizes)))
    return Recipe("typed", draw(st.integers(0, 9)), tuple(numbers), sizes)


def sizes(attribute: str, dimension: int) -> st.SearchStrategy[tuple[int, ...]]:
    field = SIZE_FIELDS[attribute]
    return st.tuples(*[st.integers(field.least, field.most_on(axis, dimension)) for axis in range(dimension)])


SETTINGS_OF = {
    "padding_mode": st.sampled_from(PADDING_MODES),
    "flip": st.booleans(),
    "by_taps": st.booleans(),
    "bias": st.lists(NUMBERS, min_size=1, max_size=4).map(tuple),
    "kind": st.sampled_from(POOLING_KINDS),
    "windows": st.sampled_from(WINDOWS),
    "ceil_mode": st.booleans(),
    "count_include_pad": st.booleans(),
    "norm_type": st.floats(0.1, 9).map(lambda value: round(value, 2)),
    "unpooling": st.sampled_from(UNPOOLINGS),
    "activation": st.sampled_from(ACTIVATIONS),
    **{name: st.integers(field.least, field.most) for name, field in CHANNEL_FIELDS.items()},
}


def settings_of(operation: str, dimension: int) -> st.SearchStrategy[dict]:
    """Every field of an operation's sample, whether they go together or not."""
    kind = KINDS_OF[operation]
    sides = st.tuples(*[st.tuples(*[st.integers(0, 32)] * 2)] * dimension)
    views = POOLING_VIEWS if operation == "pooling" else TRANSPOSED_VIEWS
    drawn = {
        **SETTINGS_OF,
        **{name: sizes(name, dimension) for name in SIZE_FIELDS},
        "padding": st.sampled_from(NAMED_PADDINGS) | sides if operation == "convolution" else sides,
        "view": st.sampled_from(views),
        **{grid: recipes(channel_axes(grid) + dimension) for grid in kind.grids},
    }
    return st.fixed_dictionaries({field.name: drawn[field.name] for field in fields(kind)})


PINS = st.none() | st.builds(
    Pin, st.sampled_from(PINNED_GRIDS), st.lists(st.integers(0, 63), min_size=1, max_size=6).map(tuple)
)


@st.composite
def examples(draw: st.DrawFn) -> tuple[str, Example]:
    operation = draw(st.sampled_from(OPERATIONS))
    preset = draw(st.sampled_from(sorted(presets_of(operation))))
    sample = KINDS_OF[operation](**draw(settings_of(operation, draw(st.integers(1, 3)))))
    return operation, Example(preset, sample, draw(st.integers(0, 4095)), draw(PINS), draw(st.integers(0, 63)))


@SETTINGS
@given(examples())
def test_what_is_written_is_read_again(drawn: tuple[str, Example]) -> None:
    operation, example = drawn
    link, left_out = write_link(example)
    assert left_out == ()
    assert read_link(link, operation) == (example, ())


@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_as_it_is_needs_its_name_and_its_axes_only(preset: str, dimension: int) -> None:
    sample = PRESETS[preset].sample
    link, _ = write_link(Example(preset, with_dimension(sample, dimension)))
    assert link == {"from": preset, **({} if sample.dimension == dimension else {"dim": str(dimension)})}
    assert read_link(link, sample.operation) == (Example(preset, with_dimension(sample, dimension)), ())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_link_without_a_word_is_where_the_page_begins(operation: str) -> None:
    example, problems = read_link({}, operation)
    assert (example.preset, example.sample) == (DEFAULT_PRESETS[operation], PRESETS[DEFAULT_PRESETS[operation]].sample)
    assert problems == ()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_field_of_a_sample_has_a_name_of_its_own_in_links(operation: str) -> None:
    codecs = codecs_of(PRESETS[DEFAULT_PRESETS[operation]].sample)
    assert set(codecs) == {field.name for field in fields(KINDS_OF[operation])}
    names = [codec.link for codec in codecs.values()]
    assert len(set(names)) == len(names)
    assert not {"from", "dim", "step", "pin", "channel"} & set(names)


LINKS = {
    # one parameter of each page, as it stands in links that are out there
    "sizes": ("convolution", {"size": "3x5"}, {"input_size": (3, 5)}),
    "one size": ("convolution", {"size": "7", "kernel": "2"}, {"input_size": (7, 7), "kernel_size": (2, 2)}),
    "padding by name": ("convolution", {"padding": "same_lower"}, {"padding": "same_lower"}),
    "padding by sides": ("convolution", {"padding": "1,2x0"}, {"padding": ((1, 2), (0, 0))}),
    "true convolution": ("convolution", {"flip": "1"}, {"flip": True}),
    "a bias": ("convolution", {"bias": "7"}, {"bias": (7.0,)}),
    "biases": ("convolution", {"bias": "1,-2,0.5", "out": "3"}, {"bias": (1.0, -2.0, 0.5), "out_channels": 3}),
    "channels": ("convolution", {"channels": "4", "groups": "2"}, {"in_channels": 4, "groups": 2}),
    "weights by taps": ("convolution", {"by": "taps"}, {"by_taps": True}),
    "a line": ("convolution", {"dim": "1", "size": "9"}, {"input_size": (9,), "dilation": (1,)}),
    "a seed": ("convolution", {"values": "random:7"}, {"input": Recipe("random", 7)}),
    "typed": ("convolution", {"values": "typed:0:1x2:3_-1.5"}, {"input": typed([[3, -1.5]])}),
    "typed channels": (
        "convolution",
        {"values": "typed:2:2x1x2:1_2_3_4"},
        {"input": Recipe("typed", 2, (1.0, 2.0, 3.0, 4.0), (2, 1, 2))},
    ),
    "a pooling": ("pooling", {"kind": "lp", "p": "1", "ceil": "0"}, {"kind": "lp", "norm_type": 1.0, "ceil_mode": False}),
    "channels pooled": ("pooling", {"channels": "3"}, {"channels": 3}),
    "adaptive": ("pooling", {"windows": "adaptive", "output_size": "2x4"}, {"windows": "adaptive", "output_size": (2, 4)}),
    "unpooled": ("pooling", {"unpool": "nearest", "later": "ramp"}, {"unpooling": "nearest", "later": Recipe("ramp")}),
    "a block": (
        "pooling",
        {"view": "block", "activation": "tanh", "block_kernel": "5", "block_padding": "2", "block_channels": "6"},
        {"view": "block", "activation": "tanh", "block_kernel": (5, 5), "block_padding": (2, 2), "block_channels": 6},
    ),
    "padding not counted": ("pooling", {"count_include_pad": "0"}, {"count_include_pad": False}),
    "stamps": ("transposed_convolution", {"stride": "2", "output_padding": "1x0"}, {"output_padding": (1, 0)}),
    "there and back": (
        "transposed_convolution",
        {"view": "round_trip", "original": "count"},
        {"view": "round_trip", "original": Recipe("count")},
    ),
}


@pytest.mark.parametrize(("operation", "link", "expected"), LINKS.values(), ids=list(LINKS))
def test_links_that_are_out_there_mean_what_they_meant(operation: str, link: dict, expected: dict) -> None:
    example, problems = read_link(link, operation)
    assert problems == ()
    assert {name: getattr(example.sample, name) for name in expected} == expected


def test_large_grids_are_packed_and_come_back() -> None:
    grid = typed([[(row * column) % 7 for column in range(64)] for row in range(64)])
    example = Example(sample=PRESETS["numeric-strided"].sample.changed(input_size=(64, 64), input=grid))
    link, left_out = write_link(example)
    assert left_out == ()
    assert "~" in link["values"]
    assert read_link(link) == (example, ())


def test_huge_numbers_stay_short_and_come_back() -> None:
    grid = typed([[1e50] * 64] * 64)
    example = Example(sample=PRESETS["numeric-strided"].sample.changed(input_size=(64, 64), input=grid))
    assert read_link(write_link(example)[0]) == (example, ())


def test_more_numbers_than_a_link_unpacks_are_left_out() -> None:
    grid = Recipe("typed", 0, (1e50,) * (64 * 64 * 64), (64, 64, 64))
    example = Example(sample=PRESETS["numeric-strided"].sample.changed(in_channels=64, input_size=(64, 64), input=grid))
    assert write_link(example)[1] == ("values",)


def test_a_long_name_is_shortened_in_what_is_said_of_it() -> None:
    for link in ({"from": "x" * 5000}, {"y" * 5000: "1"}):
        _, problems = read_link(link)
        assert len(problems[0]) < 80


def test_what_is_too_long_for_a_link_is_left_out_and_named() -> None:
    generator = Recipe("random", 5).values((64, 64), low=0, high=10**6)
    numbers = typed(generator.tolist())
    example = Example(sample=PRESETS["numeric-strided"].sample.changed(input_size=(64, 64), input=numbers))
    link, left_out = write_link(example)
    assert left_out == ("values",)
    assert "values" not in link
    assert sum(map(len, [*link, *link.values()])) < LONGEST_LINK
    read, problems = read_link(link)
    assert problems == ()
    assert read.sample == example.sample.changed(input=PRESETS["numeric-strided"].sample.input)


def test_each_grid_can_be_what_is_left_out() -> None:
    numbers = typed(Recipe("random", 5).values((64, 64), low=0, high=10**6).tolist())
    for preset, grid, name in (
        ("ceil-mode", "later", "later"),
        ("no-inverse", "original", "original"),
        ("first", "weight", "weights"),
    ):
        example = Example(preset, PRESETS[preset].sample.changed(**{grid: numbers}))
        assert write_link(example)[1] == (name,)


BAD_LINKS = {
    "size=0": ("size", "0", "size=0 lies outside 1 … 64"),
    "size beyond the largest": ("size", "65", "size=65 lies outside 1 … 64"),
    "three axes": ("stride", "1x2x3", "stride=1x2x3 is no whole number or pair like 3x5"),
    "a fraction": ("kernel", "2.5", "kernel=2.5 is no whole number or pair like 3x5"),
    "no preset": ("from", "nowhere", "from=nowhere names no preset"),
    "another page's preset": ("from", "ceil-mode", "from=ceil-mode belongs to another page"),
    "no dimension": ("dim", "4", "dim=4 lies outside 1 … 3"),
    "no padding": ("padding", "around", "padding=around is none of valid, same, same_lower, full, causal, nor a number"),
    "padding below 0": ("padding", "-1", "padding=-1 is none of valid"),
    "no mode": ("padding_mode", "mirror", "padding_mode=mirror is none of zeros, reflect, replicate, circular"),
    "neither": ("flip", "yes", "flip=yes is neither 0 nor 1"),
    "no view": ("by", "rows", "by=rows is neither sheets nor taps"),
    "no number": ("bias", "inf", "bias=inf is no number"),
    "no numbers": ("bias", "1,,x", "bias=1,,x is no number"),
    "no channels": ("channels", "0", "channels=0 lies outside 1 … 64"),
    "too many channels": ("out", "65", "out=65 lies outside 1 … 64"),
    "no groups": ("groups", "two", "groups=two is no whole number"),
    "no kind": ("values", "noise", "values=noise is none of random, ramp, count, impulse, signal, typed"),
    "too few numbers": ("values", "typed:0:2x2:1_2_3", "values=typed:0:2x2:1_2_3 numbers has 3 entries, sizes (2, 2) hold 4"),
    "too many axes": ("values", "typed:0:1x1x1x1:1", "values=typed:0:1x1x1x1:1 needs at most 3 sizes like 5x5x5"),
    "too many cells": (
        "values",
        "typed:0:9999x9999:1",
        "values=typed:0:9999x9999:1 needs at most 3 sizes",
    ),
    "damaged": ("weights", "typed:0:2x2:~AAAA", "weights=typed:0:2x2:~AAAA is damaged"),
    "no step": ("step", "-3", "step=-3 is no whole number"),
    "no channel": ("channel", "x", "channel=x is no whole number"),
    "no pin": ("pin", "kernel.1", "pin=kernel.1 is no cell like output.0.1.2"),
    "a pin of too many axes": ("pin", "output.0.0.0.0.0.0.0", "pin=output.0.0.0.0.0.0.0 is no cell like output.0.1.2"),
    "unknown": ("colour", "red", "colour is no parameter"),
    "another page's": ("output_padding", "1", "output_padding is no parameter"),
}


@pytest.mark.parametrize(("name", "value", "words"), BAD_LINKS.values(), ids=list(BAD_LINKS))
def test_a_bad_part_is_named_and_the_rest_is_kept(name: str, value: str, words: str) -> None:
    example, problems = read_link({"bias": "7", "dilation": "2", name: value})
    assert len(problems) == 1
    assert problems[0].startswith(words)
    assert example.sample.dilation == (2, 2)
    assert name == "bias" or example.sample.bias == (7,)


BAD_ELSEWHERE = {
    "padding by name": ("pooling", {"padding": "same"}, "padding=same is no number"),
    "no norm": ("pooling", {"p": "0"}, "p=0 is no number above 0"),
    "no view of a pooling": ("pooling", {"view": "stamp"}, "view=stamp is none of alone, strided, block"),
    "no view of stamps": ("transposed_convolution", {"view": "block"}, "view=block is none of stamp, zeros, round_trip"),
    "too deep": ("convolution", {"dim": "3", "size": "9x5x5"}, "size=9x5x5 lies outside 1 … 8"),
    "too wide in space": ("convolution", {"dim": "3", "size": "4x5x17"}, "size=4x5x17 lies outside 1 … 16"),
    "two of three": ("convolution", {"dim": "3", "size": "4x5"}, "size=4x5 is no whole number or triple like 3x5x5"),
    "two of one": ("pooling", {"dim": "1", "kernel": "4x5"}, "kernel=4x5 is no whole number"),
}


@pytest.mark.parametrize(("operation", "link", "words"), BAD_ELSEWHERE.values(), ids=list(BAD_ELSEWHERE))
def test_what_is_bad_depends_on_the_page_and_on_its_axes(operation: str, link: dict, words: str) -> None:
    _, problems = read_link(link, operation)
    assert problems == (words,)


PARTS = st.text("0123456789x:_,.-~typedrandomramp", max_size=24) | st.text(max_size=60)


@SETTINGS
@given(
    st.sampled_from(OPERATIONS),
    st.dictionaries(
        st.sampled_from([*{codec.link for codec in CODECS.values()}, "from", "dim", "step", "pin", "channel", "other"]),
        PARTS
        | st.sampled_from([*PRESETS, "1", "2", "3", "64", "0", "round_trip", "block", "adaptive", "typed:0:2x2x2:1_2_3_4"]),
        max_size=8,
    ),
)
def test_no_link_breaks_the_page(operation: str, parameters: dict[str, str]) -> None:
    example, problems = read_link(parameters, operation)
    assert all(isinstance(problem, str) for problem in problems)
    assert example.preset in presets_of(operation)
    with suppress(GeometryError):  # the page explains it
        example.sample.arguments()


def test_a_bomb_of_packed_zeros_is_refused_before_it_grows() -> None:
    bomb = base64.urlsafe_b64encode(zlib.compress(b"0_" * 50_000_000)).decode()
    example, problems = read_link({"values": f"typed:0:5x5:~{bomb}"})
    assert len(problems) == 1
    assert example.sample == PRESETS["numeric-strided"].sample


def test_every_part_of_a_link_may_be_wrong_at_once() -> None:
    parameters = dict.fromkeys([*{codec.link for codec in CODECS.values()}, "from", "dim", "step", "pin", "channel"], "?")
    for operation in OPERATIONS:
        example, problems = read_link(parameters, operation)
        assert len(problems) == len(parameters)
        assert replace(example, step=0) == Example(DEFAULT_PRESETS[operation], PRESETS[DEFAULT_PRESETS[operation]].sample)
