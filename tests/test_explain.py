"""Formula, words and code say what the geometry computes."""

import io
import re
from contextlib import redirect_stdout
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convviz import Axis, GeometryError, Trace, convolution
from convviz.explain import grid_labels, pytorch_code, size_formulas
from convviz.geometry import PADDING_MODES, unread
from convviz.samples import PRESETS

WORDS = {
    "divides evenly": (Axis(5, 3, 2, 1, 1), "4 / 2 leaves nothing over: every input cell is read"),
    "one left over, of padding (the lectures' 27 / 2)": (
        Axis(28, 5, 2, 2, 2),
        "27 / 2 leaves 1 over: the floor throws away the last row, of padding",
    ),
    "one left over, of input": (Axis(6, 3, 2), "3 / 2 leaves 1 over: the floor throws away the last row"),
    "two left over, one of them input": (
        Axis(6, 3, 3, 1, 1),
        "5 / 3 leaves 2 over: the floor throws away the last 2 rows, 1 of input",
    ),
    "stride beyond kernel": (Axis(5, 2, 3), "3 / 3 leaves nothing over: the stride steps over 1 row"),
    "stride beyond kernel, and some left over": (
        Axis(7, 2, 3),
        "5 / 3 leaves 2 over: the floor throws away the last 2 rows; the stride steps over 1 row",
    ),
    "holes of dilation that the stride never fills": (
        Axis(7, 2, 2, dilation=2),
        "4 / 2 leaves nothing over: stride and dilation step over 3 rows",
    ),
    "a hole of dilation under a single window": (
        Axis(3, 2, dilation=2),
        "0 / 1 leaves nothing over: the dilation steps over 1 row",
    ),
    "a single window that lies in the padding": (
        Axis(1, 1, 3, before=2),
        "2 / 3 leaves 2 over: the floor throws away the last 2 rows, 1 of input",
    ),
}


@pytest.mark.parametrize(("axis", "words"), WORDS.values(), ids=list(WORDS))
def test_the_floor_in_words(axis: Axis, words: str) -> None:
    assert size_formulas((axis, Axis(9, 1)))[0].words == words


def test_the_words_count_every_unread_cell() -> None:
    """Cells of the input said to be thrown away and stepped over add up to those that no window reads."""
    checked = 0
    for size, kernel, stride, dilation, before, after in product(
        range(1, 8), range(1, 4), range(1, 5), (1, 2, 3), range(3), range(3)
    ):
        try:
            axis = Axis(size, kernel, stride, before, after, dilation)
        except GeometryError:
            continue
        check_count(axis)
        checked += 1
    assert checked > 1500


def check_count(axis: Axis) -> None:
    words = size_formulas((axis, Axis(9, 1)))[0].words
    thrown = re.search(r"the last (?:(\d+) )?rows?(, of padding|, (\d+) of input)?", words)
    told = 0
    if thrown and thrown[2] != ", of padding":
        told += int(thrown[3] or thrown[1] or 1)
    if stepped := re.search(r"steps? over (\d+) row", words):
        told += int(stepped[1])
        assert ("stride" not in words) or axis.stride > 1
        assert ("dilation" not in words) or axis.dilation > 1
    unread_cells = int(unread(axis.table(), axis.input_size).sum())
    assert told == unread_cells, (axis, words)
    assert ("every input cell is read" in words) == (not unread_cells and not thrown), (axis, words)


def test_a_cell_that_the_padding_repeats_is_read() -> None:
    axis = Axis(5, 2, 3, before=1)
    assert "steps over 1 row" in size_formulas((axis, Axis(9, 1)))[0].words
    assert "steps over" not in size_formulas((axis, Axis(9, 1)), "reflect")[0].words


def test_a_ceiling_has_no_formula_with_a_floor() -> None:
    with pytest.raises(ValueError, match="ceil_mode is True"):
        size_formulas((Axis(6, 3, 2, ceil_mode=True),))


def test_the_formula_shows_the_numbers_and_the_size() -> None:
    formulas = size_formulas((Axis(28, 5, 2, 2, 2), Axis(28, 5, 1, 2, 1, 2)))
    lines = ["".join(words for _, words in formula.tokens) for formula in formulas]
    assert lines == [
        "output = ⌊ (28 + 2·2 − 1·(5 − 1) − 1) / 2 ⌋ + 1 = 14",
        "output = ⌊ (28 + 2 + 1 − 2·(5 − 1) − 1) / 1 ⌋ + 1 = 23",
    ]
    assert [formula.label for formula in formulas] == ["height", "width"]


def test_the_formula_evaluated_as_written_is_the_size() -> None:
    for preset in PRESETS.values():
        trace = traced(preset.name)
        for formula in size_formulas(trace.axes):
            left, right = "".join(words for _, words in formula.tokens).removeprefix("output = ").rsplit(" = ", 1)
            python = left.replace("⌊", "(").replace("⌋", ")").replace("·", "*").replace("−", "-").replace("/", "//")
            assert eval(python) == int(right)  # noqa: S307 - our own formula, digits and signs


def test_the_lectures_formula_evaluated_as_written_is_the_size() -> None:
    """Total padding p, as the lectures count it: the larger half first or last makes no difference to the size."""
    for preset in PRESETS.values():
        for formula, axis in zip(size_formulas(traced(preset.name).axes), traced(preset.name).axes, strict=False):
            fraction = re.findall(r"\\frac\{([\d +-]+)\}\{(\d+)\}", formula.total_latex)
            ((room, stride),) = fraction
            assert eval(room) // int(stride) == axis.output_size  # noqa: S307 - our own formula, digits and signs
            assert formula.total_latex.endswith(f"= {axis.output_size}")


def traced(preset: str) -> Trace:
    x, weight, options = PRESETS[preset].sample.arguments()
    return convolution(x, weight, **options)


def test_a_large_tensor_is_printed_to_the_last_number() -> None:
    trace = convolution(np.ones((1, 40, 40)), np.ones((1, 1, 1, 1)))
    try:
        text = printed(pytorch_code(trace))
        assert text.count("1.") == 1600
        assert "..." not in text
    finally:
        torch.set_printoptions(profile="default")


def test_numbers_without_an_end_are_written_so_that_torch_reads_them() -> None:
    trace = convolution(np.array([[[np.inf, 1e308]]]), np.array([[[[1, 10]]]]))
    assert np.isinf(trace.output).all()
    check_code(trace)


def printed(code: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        exec(code, {})  # noqa: S102 - the point of the snippet is to run
    return out.getvalue().strip()


@pytest.mark.parametrize("preset", PRESETS)
def test_the_snippet_prints_the_tensor_on_the_screen(preset: str) -> None:
    trace = traced(preset)
    assert printed(pytorch_code(trace)) == str(torch.tensor(trace.output[None]))


def check_code(trace: Trace) -> None:
    """What the snippet hands to print is the output: exact for whole numbers, else up to the order of the additions."""
    tensors: list[torch.Tensor] = []
    exec(pytorch_code(trace), {"print": tensors.append})  # noqa: S102 - the point of the snippet is to run
    (tensor,) = tensors
    whole = np.isinf(trace.output).any() or (trace.input % 1 == 0).all()
    torch.testing.assert_close(tensor, torch.tensor(trace.output[None]), rtol=0, atol=0 if whole else 1e-12)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.data())
def test_the_snippet_prints_the_output_of_any_setting(data: st.DataObject) -> None:
    dimension = data.draw(st.integers(1, 3))
    groups = data.draw(st.integers(1, 2))

    def each(least: int, most: int) -> tuple[int, ...]:
        return tuple(data.draw(st.integers(least, most)) for _ in range(dimension))

    seed = np.random.default_rng(data.draw(st.integers(0, 99)))
    x = seed.integers(-3, 4, (groups, *each(3, 5))) / data.draw(st.sampled_from([1, 2, 7]))
    weight = seed.integers(-3, 4, (2 * groups, 1, *each(1, 3)))
    try:
        trace = convolution(
            x,
            weight,
            bias=seed.integers(-1, 2, 2 * groups),
            stride=each(1, 3),
            padding=tuple(zip(each(0, 2), each(0, 2), strict=True)),
            dilation=each(1, 2),
            groups=groups,
            padding_mode=data.draw(st.sampled_from(PADDING_MODES)),
            flip=data.draw(st.booleans()),
        )
    except GeometryError:
        return
    check_code(trace)


def test_the_labels_name_sizes_and_padding() -> None:
    assert grid_labels(traced("numeric-strided")) == {"input": "5 × 5, padding 1", "weight": "3 × 3", "output": "3 × 3"}
    assert grid_labels(traced("even-same"))["input"] == "1 × 6, padding 0 × 1+2"
