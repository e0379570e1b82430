"""Formula, words and code say what the geometry computes."""

import io
from contextlib import redirect_stdout

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
        "5 / 3 leaves 2 over: the floor throws away the last 2 rows and the stride steps over 1 row",
    ),
    "holes of dilation that the stride never fills": (
        Axis(7, 2, 2, dilation=2),
        "4 / 2 leaves nothing over: stride and dilation step over 3 rows",
    ),
}


@pytest.mark.parametrize(("axis", "words"), WORDS.values(), ids=list(WORDS))
def test_the_floor_in_words(axis: Axis, words: str) -> None:
    assert size_formulas((axis, Axis(9, 1)))[0].words == words


def test_the_words_count_every_unread_cell() -> None:
    """What is said to be thrown away and stepped over adds up to the cells that no window reads."""
    for size in range(1, 10):
        for kernel in range(1, 4):
            for stride in range(1, 5):
                for dilation in (1, 2, 3):
                    for after in (0, 2):
                        check_count(size, kernel, stride, dilation, after)


def check_count(size: int, kernel: int, stride: int, dilation: int, after: int) -> None:
    try:
        axis = Axis(size, kernel, stride, 0, after, dilation)
    except GeometryError:
        return
    words = size_formulas((axis, Axis(9, 1)))[0].words
    silent = "every input cell is read" in words or ("of padding" in words and "step" not in words)
    assert silent == (not unread(axis.table(), size).any()), (axis, words)


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


def traced(preset: str) -> Trace:
    x, weight, options = PRESETS[preset].sample.arguments()
    return convolution(x, weight, **options)


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
    whole = (trace.input % 1 == 0).all()
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
