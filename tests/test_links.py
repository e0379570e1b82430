"""A link holds the whole state and gives it back; whatever else it may say, it never breaks the page."""

import base64
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convviz.geometry import NAMED_PADDINGS, PADDING_MODES
from convviz.samples import DEFAULT_PRESET, KERNELS, PRESETS, Recipe, typed
from convviz.ui.fields import SIZE_FIELDS
from convviz.ui.links import CODECS, LONGEST_LINK, Example, Pin, parse_numbers, read_link, write_link

SETTINGS = settings(max_examples=300, derandomize=True, deadline=None)
NUMBERS = st.floats(-1e6, 1e6).map(lambda value: round(value, 3)) | st.integers(-9, 9).map(float)


def sizes(attribute: str) -> st.SearchStrategy[tuple[int, int]]:
    field = SIZE_FIELDS[attribute]
    return st.tuples(*[st.integers(field.least, field.most)] * 2)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    kind = draw(st.sampled_from(["random", "ramp", "impulse", "typed", "named"]))
    if kind == "named":
        return draw(st.sampled_from(list(KERNELS.values())))
    if kind != "typed":
        return Recipe(kind, draw(st.integers(0, 999)))
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    grid = draw(st.lists(st.lists(NUMBERS, min_size=columns, max_size=columns), min_size=rows, max_size=rows))
    return replace(typed(grid), seed=draw(st.integers(0, 9)))


SIDES = st.tuples(*[st.tuples(*[st.integers(0, 32)] * 2)] * 2)
SAMPLES = st.fixed_dictionaries(
    {
        **{name: sizes(name) for name in SIZE_FIELDS if name != "padding"},
        "padding": st.sampled_from(NAMED_PADDINGS) | SIDES,
        "padding_mode": st.sampled_from(PADDING_MODES),
        "flip": st.booleans(),
        "bias": NUMBERS,
        "input": recipes(),
        "weight": recipes(),
    }
)
PINS = st.none() | st.builds(Pin, st.sampled_from(["input", "output"]), st.tuples(st.just(0), *[st.integers(0, 63)] * 2))


@SETTINGS
@given(st.sampled_from(sorted(PRESETS)), SAMPLES, st.integers(0, 4095), PINS)
def test_what_is_written_is_read_again(preset: str, parameters: dict, step: int, pin: Pin | None) -> None:
    example = Example(preset, PRESETS[preset].sample.changed(**parameters), step, pin)
    link, left_out = write_link(example)
    assert left_out == ()
    assert read_link(link) == (example, ())


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_as_it_is_needs_its_name_only(preset: str) -> None:
    link, _ = write_link(Example(preset, PRESETS[preset].sample))
    assert link == {"from": preset}


def test_large_grids_are_packed_and_come_back() -> None:
    grid = typed([[(row * column) % 7 for column in range(64)] for row in range(64)])
    example = Example(sample=PRESETS[DEFAULT_PRESET].sample.changed(input_size=(64, 64), input=grid))
    link, left_out = write_link(example)
    assert left_out == ()
    assert "~" in link["values"]
    assert read_link(link) == (example, ())


def test_huge_numbers_stay_short_and_come_back() -> None:
    grid = typed([[1e50] * 64] * 64)
    example = Example(sample=PRESETS[DEFAULT_PRESET].sample.changed(input_size=(64, 64), input=grid))
    assert read_link(write_link(example)[0]) == (example, ())


def test_a_long_name_is_shortened_in_what_is_said_of_it() -> None:
    for link in ({"from": "x" * 5000}, {"y" * 5000: "1"}):
        _, problems = read_link(link)
        assert len(problems[0]) < 80


def test_what_is_too_long_for_a_link_is_left_out_and_named() -> None:
    generator = Recipe("random", 5).values((64, 64), 0, 10**6)
    example = Example(sample=PRESETS[DEFAULT_PRESET].sample.changed(input_size=(64, 64), input=typed(generator.tolist())))
    link, left_out = write_link(example)
    assert left_out == ("values",)
    assert "values" not in link
    assert sum(map(len, [*link, *link.values()])) < LONGEST_LINK
    read, problems = read_link(link)
    assert problems == ()
    assert read.sample == example.sample.changed(input=PRESETS[DEFAULT_PRESET].sample.input)


BAD_LINKS = {
    "size=0": ("size", "0", "size=0 lies outside 1 … 64"),
    "size beyond the largest": ("size", "65", "size=65 lies outside 1 … 64"),
    "three axes": ("stride", "1x2x3", "stride=1x2x3 is no whole number or pair like 3x5"),
    "a fraction": ("kernel", "2.5", "kernel=2.5 is no whole number or pair like 3x5"),
    "no preset": ("from", "nowhere", "from=nowhere names no preset"),
    "no padding": ("padding", "around", "padding=around is none of valid, same, same_lower, full, causal, nor a number"),
    "padding below 0": ("padding", "-1", "padding=-1 is none of valid"),
    "no mode": ("padding_mode", "mirror", "padding_mode=mirror is none of zeros, reflect, replicate, circular"),
    "neither": ("flip", "yes", "flip=yes is neither 0 nor 1"),
    "no number": ("bias", "inf", "bias=inf is no number"),
    "no kind": ("values", "noise", "values=noise is none of random, ramp, impulse, typed"),
    "too few numbers": ("values", "typed:0:2x2:1_2_3", "values=typed:0:2x2:1_2_3 numbers has 3 entries, sizes (2, 2) hold 4"),
    "damaged": ("weights", "typed:0:2x2:~AAAA", "weights=typed:0:2x2:~AAAA is damaged"),
    "no step": ("step", "-3", "step=-3 is no whole number"),
    "no pin": ("pin", "kernel.1", "pin=kernel.1 is no cell like output.0.1.2"),
    "unknown": ("colour", "red", "colour is no parameter"),
}


@pytest.mark.parametrize(("name", "value", "words"), BAD_LINKS.values(), ids=list(BAD_LINKS))
def test_a_bad_part_is_named_and_the_rest_is_kept(name: str, value: str, words: str) -> None:
    example, problems = read_link({"bias": "7", "dilation": "2", name: value})
    assert len(problems) == 1
    assert problems[0].startswith(words)
    assert example.sample.dilation == (2, 2)
    assert name == "bias" or example.sample.bias == 7


@SETTINGS
@given(st.dictionaries(st.sampled_from([*CODECS, "from", "step", "pin", "other"]), st.text(max_size=60), max_size=6))
def test_no_link_breaks_the_page(parameters: dict[str, str]) -> None:
    example, problems = read_link(parameters)
    example.sample.arguments()
    assert all(isinstance(problem, str) for problem in problems)


def test_a_bomb_of_packed_zeros_is_refused_before_it_grows() -> None:
    bomb = base64.urlsafe_b64encode(zlib.compress(b"0_" * 50_000_000)).decode()
    example, problems = read_link({"values": f"typed:0:5x5:~{bomb}"})
    assert len(problems) == 1
    assert example.sample == PRESETS[DEFAULT_PRESET].sample


def test_numbers_are_read_as_people_write_them() -> None:
    for text in ("1 2\n3 4", "1,2;3,4", "[[1, 2],\n [3, 4]]", "1\t2\r\n3\t4\n\n", " 1  2 \n 3  4 "):
        assert parse_numbers(text, 64) == [[1, 2], [3, 4]], text
    assert parse_numbers("−1.5", 64) == [[-1.5]]


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "there are no numbers"), ("1 x", '"x" is no number'), ("1 nan", '"nan" is no number'), ("1 " * 65, "1 × 65 numbers")],
)
def test_what_is_no_grid_of_numbers_says_why(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_numbers(text, 64)
