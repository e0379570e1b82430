"""Formulas, words and labels say what the geometry computes."""

import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise, product
from math import ceil, floor
from typing import Any

import numpy as np
import pytest

from convviz import (
    AdaptiveAxis,
    Axis,
    GeometryError,
    Trace,
    TransposedAxis,
    adaptive_pooling,
    convolution,
    pooling,
    transposed_convolution,
    unpooling,
)
from convviz.explain import SizeFormula, general_latex, grid_labels, size_formulas
from convviz.geometry import unread


def convolved(*axes: Axis, padding_mode: Any = "zeros") -> Trace:
    """A convolution along these axes; what the numbers are does not matter."""
    return convolution(
        np.zeros((1, *(axis.input_size for axis in axes))),
        np.zeros((1, 1, *(axis.kernel_size for axis in axes))),
        stride=[axis.stride for axis in axes],
        padding=[(axis.before, axis.after) for axis in axes],
        dilation=[axis.dilation for axis in axes],
        padding_mode=padding_mode,
    )


def pooled(*axes: Axis, kind: Any = "max") -> Trace:
    return pooling(
        np.zeros((1, *(axis.input_size for axis in axes))),
        [axis.kernel_size for axis in axes],
        kind=kind,
        stride=[axis.stride for axis in axes],
        padding=[(axis.before, axis.after) for axis in axes],
        dilation=[axis.dilation for axis in axes],
        ceil_mode=axes[0].ceil_mode,
    )


def transposed(*axes: TransposedAxis) -> Trace:
    return transposed_convolution(
        np.zeros((1, *(axis.input_size for axis in axes))),
        np.zeros((1, 1, *(axis.kernel_size for axis in axes))),
        stride=[axis.stride for axis in axes],
        padding=[(axis.before, axis.after) for axis in axes],
        dilation=[axis.dilation for axis in axes],
        output_padding=[axis.output_padding for axis in axes],
    )


def line(formula: SizeFormula) -> str:
    return "".join(words for _, words in formula.tokens)


def of_rows(axis: Axis, make: Callable[..., Trace] = convolved) -> SizeFormula:
    """The formula of an axis that counts rows, beside one that divides evenly."""
    return size_formulas(make(axis, Axis(9, 1, ceil_mode=axis.ceil_mode)))[0]


def possible(make: Callable[..., Any], *arguments: Any) -> Any:
    """What `make` makes; None where it refuses."""
    try:
        return make(*arguments)
    except GeometryError:
        return None


def evaluated(formula: str) -> int:
    """A formula as it stands on the screen, worked out."""
    python = re.sub(r"⌊(.*) / (\d+) ⌋", r"floor(Fraction(\1, \2))", formula)
    python = re.sub(r"⌈(.*) / (\d+) ⌉", r"ceil(Fraction(\1, \2))", python)
    names = {"floor": floor, "ceil": ceil, "Fraction": Fraction}
    return int(eval(python.replace("·", "*").replace("−", "-"), names))  # noqa: S307 - our own formula, digits and signs


def check_size(formula: SizeFormula, size: int) -> None:
    """Line and LaTeX, worked out as they are written, are the size that they end with."""
    left, right = line(formula).removeprefix("output = ").rsplit(" = ", 1)
    assert evaluated(left) == int(right) == size
    for latex in filter(None, (formula.latex, formula.total_latex)):
        *sides, last = re.sub(r"\\[lr](floor|ceil)", "", latex).split(" = ")
        brackets = ("⌈", "⌉") if "ceil" in latex else ("⌊", "⌋")
        for side in sides:
            if "frac" in side and "n - k" in side:
                continue
            plain = re.sub(r"\\left \\frac\{(.*)\}\{(\d+)\} \\right", rf"{brackets[0]} (\1) / \2 {brackets[1]}", side)
            assert evaluated(plain.replace(r"\cdot", "*")) == size, latex
        assert int(last) == size


# --- Convolution and pooling: the floor ------------------------------------------------------------------------------------

FLOORS = {
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


@pytest.mark.parametrize(("axis", "words"), FLOORS.values(), ids=list(FLOORS))
def test_the_floor_in_words(axis: Axis, words: str) -> None:
    assert of_rows(axis).words == words


def test_the_words_count_every_unread_cell() -> None:
    """Cells of the input said to be thrown away and stepped over add up to those that no window reads."""
    settings = product(range(1, 8), range(1, 4), range(1, 5), range(3), range(3), (1, 2, 3))
    axes = [axis for setting in settings if (axis := possible(Axis, *setting))]
    for axis in axes:
        formula = of_rows(axis)
        check_size(formula, axis.output_size)
        check_count(axis, formula.words)
    assert len(axes) > 1500


def check_count(axis: Axis, words: str) -> None:
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
    axis, other = Axis(5, 2, 3, before=1), Axis(9, 1)
    assert "steps over 1 row" in size_formulas(convolved(axis, other))[0].words
    assert "steps over" not in size_formulas(convolved(axis, other, padding_mode="reflect"))[0].words


def test_the_formula_shows_the_numbers_and_the_size() -> None:
    formulas = size_formulas(convolved(Axis(28, 5, 2, 2, 2), Axis(28, 5, 1, 2, 1, 2)))
    assert [line(formula) for formula in formulas] == [
        "output = ⌊ (28 + 2·2 − 1·(5 − 1) − 1) / 2 ⌋ + 1 = 14",
        "output = ⌊ (28 + 2 + 1 − 2·(5 − 1) − 1) / 1 ⌋ + 1 = 23",
    ]
    assert [formula.label for formula in formulas] == ["height", "width"]


def test_the_lectures_write_total_padding_and_no_ceiling() -> None:
    """S2 and S4: larger half first or last makes no difference to the size."""
    (formula,) = size_formulas(convolved(Axis(28, 5, 2, 2, 2), Axis(28, 5, 2, 2, 2)))
    assert formula.total_latex.endswith(r"\frac{28 - 5 + 4 + 2}{2} \right\rfloor = 14")
    assert of_rows(Axis(5, 2, 2, ceil_mode=True), pooled).total_latex == ""


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_axes_that_agree_share_a_line(dimension: int) -> None:
    axes = [Axis(6, 3, 2)] * dimension
    lost = {1: "cell", 2: "row and column", 3: "slice and row and column"}[dimension]
    (formula,) = size_formulas(convolved(*axes))
    assert (formula.label, formula.words) == ("", f"3 / 2 leaves 1 over: the floor throws away the last {lost}")
    if dimension > 1:
        labels = [each.label for each in size_formulas(pooled(*axes[1:], Axis(7, 3, 2)))]
        assert labels == ["depth", "height", "width"][-dimension:]


# --- Pooling: the ceiling --------------------------------------------------------------------------------------------------

CEILINGS = {
    "one more window, which reads the last row": (
        Axis(5, 2, 2, ceil_mode=True),
        "output = ⌈ (5 + 2·0 − 1·(2 − 1) − 1) / 2 ⌉ + 1 = 3",
        "floor would give 2, and never read the last row",
    ),
    "one more window, for two rows": (
        Axis(8, 3, 3, ceil_mode=True),
        "output = ⌈ (8 + 2·0 − 1·(3 − 1) − 1) / 3 ⌉ + 1 = 3",
        "floor would give 2, and never read the last 2 rows",
    ),
    "divides evenly": (
        Axis(6, 2, 2, ceil_mode=True),
        "output = ⌈ (6 + 2·0 − 1·(2 − 1) − 1) / 2 ⌉ + 1 = 3",
        "nothing left over: floor gives the same",
    ),
    "the last window would start in the padding: torch drops it": (
        Axis(5, 2, 2, 1, 1, ceil_mode=True),
        "output = ⌈ (5 + 2·1 − 1·(2 − 1) − 1) / 2 ⌉ + 1 − 1 = 3",
        "one more window would start beyond the input and is dropped: floor gives the same",
    ),
    "stride beyond kernel: dropped, and rows stay unread": (
        Axis(32, 1, 2, ceil_mode=True),
        "output = ⌈ (32 + 2·0 − 1·(1 − 1) − 1) / 2 ⌉ + 1 − 1 = 16",
        "one more window would start beyond the input and is dropped: floor gives the same; 16 rows are never read",
    ),
    "one more window, of padding alone beside what others read": (
        Axis(6, 3, 2, 1, 1, ceil_mode=True),
        "output = ⌈ (6 + 2·1 − 1·(3 − 1) − 1) / 2 ⌉ + 1 = 4",
        "floor would give 3, and leave only padding behind",
    ),
    "smaller than a window": (
        Axis(2, 3, 2, ceil_mode=True),
        "output = ⌈ (2 + 2·0 − 1·(3 − 1) − 1) / 2 ⌉ + 1 = 1",
        "floor would give 0: no window fits",
    ),
    "a hole that the additional window does not fill": (
        Axis(6, 2, 4, dilation=3, ceil_mode=True),
        "output = ⌈ (6 + 2·0 − 3·(2 − 1) − 1) / 4 ⌉ + 1 = 2",
        "floor would give 1, and never read the last 2 rows; 3 rows are never read",
    ),
}


@pytest.mark.parametrize(("axis", "formula", "words"), CEILINGS.values(), ids=list(CEILINGS))
def test_the_ceiling_in_words(axis: Axis, formula: str, words: str) -> None:
    told = of_rows(axis, pooled)
    assert (line(told), told.words) == (formula, words)


def test_the_picture_of_the_pooling_page() -> None:
    (formula,) = size_formulas(pooling(np.ones((1, 5, 5)), 2, ceil_mode=True))
    assert formula.words == "floor would give 2, and never read the last row and column"


def test_one_row_and_one_column_are_two() -> None:
    (formula,) = size_formulas(pooled(*[Axis(4, 1, 3, ceil_mode=True)] * 2))
    assert formula.words == "nothing left over: floor gives the same; 2 rows and columns are never read"
    (formula,) = size_formulas(pooled(*[Axis(3, 1, 2, ceil_mode=True)] * 2))
    assert formula.words == "nothing left over: floor gives the same; 1 row and column are never read"


def test_a_ceiling_says_what_a_floor_would_have_done() -> None:
    """In every regime: its size, and the rows behind its last window."""
    regimes: Counter[str] = Counter()
    for size, kernel, stride, before, after, dilation in product(
        range(1, 9), range(1, 5), range(1, 6), range(3), range(3), (1, 2, 3)
    ):
        trace = possible(lambda *setting: pooled(Axis(*setting)), size, kernel, stride, before, after, dilation, True)
        if trace:
            (formula,) = size_formulas(trace)
            check_size(formula, trace.axes[0].output_size)
            regimes[check_ceiling(trace.axes[0], formula)] += 1
    assert set(regimes) == {"no window", "same", "dropped", "rows", "more", "padding"}
    assert min(regimes.values()) > 50


def check_ceiling(axis: Axis, formula: SizeFormula) -> str:
    """The regime that the words speak of, once they are found true."""
    words, _, still = formula.words.partition("; ")
    never = int(unread(axis.table(), axis.input_size).sum())
    assert still == (f"{never} cell{'' if never == 1 else 's'} {'is' if never == 1 else 'are'} never read" if never else "")
    plain = possible(Axis, axis.input_size, axis.kernel_size, axis.stride, axis.before, axis.after, axis.dilation)
    assert ("− 1 = " in line(formula)) == words.startswith("one more")
    if plain is None:
        assert words == "floor would give 0: no window fits"
        return "no window"
    if plain.output_size == axis.output_size:
        assert words.endswith("floor gives the same")
        assert ("nothing left over" in words) == (axis.room % axis.stride == 0)
        return "same" if "nothing" in words else "dropped"
    behind = axis.input_size - 1 - plain.table().positions[-1, -1]
    assert int(re.findall(r"floor would give (\d+)", words)[0]) == plain.output_size
    assert unread(plain.table(), axis.input_size)[axis.input_size - max(behind, 0) :].all()
    more = int(unread(plain.table(), axis.input_size).sum()) - never
    if more > max(behind, 0):
        assert words.endswith(f"never read {more} cell{'' if more == 1 else 's'} more")
        return "more"
    if behind > 0:
        assert words.endswith("never read the last cell" if behind == 1 else f"never read the last {behind} cells")
        return "rows"
    assert words.endswith("leave only padding behind")
    return "padding"


# --- Transposed convolution ------------------------------------------------------------------------------------------------

SHARED = {
    "the picture": (
        TransposedAxis(2, 3),
        "output = (2 − 1)·1 − 2·0 + 1·(3 − 1) + 0 + 1 = 4",
        "stride 1: only an output of 4 convolves back to 2",
    ),
    "A21, the smaller": (
        TransposedAxis(3, 3, 2, 1, 1),
        "output = (3 − 1)·2 − 2·1 + 1·(3 − 1) + 0 + 1 = 5",
        "outputs of 5 and 6 both convolve to 3: output_padding 0 picks 5",
    ),
    "A21, the larger": (
        TransposedAxis(3, 3, 2, 1, 1, output_padding=1),
        "output = (3 − 1)·2 − 2·1 + 1·(3 − 1) + 1 + 1 = 6",
        "outputs of 5 and 6 both convolve to 3: output_padding 1 picks 6",
    ),
    "three share a size, sides differ": (
        TransposedAxis(3, 3, 3, 1, 0, output_padding=1),
        "output = (3 − 1)·3 − 1 − 0 + 1·(3 − 1) + 1 + 1 = 9",
        "outputs of 8, 9 and 10 all convolve to 3: output_padding 1 picks 9",
    ),
    "too many to list": (
        TransposedAxis(2, 2, 6),
        "output = (2 − 1)·6 − 2·0 + 1·(2 − 1) + 0 + 1 = 8",
        "outputs of 8 to 13 all convolve to 2: output_padding 0 picks 8",
    ),
    "the smaller one has no cell": (
        TransposedAxis(1, 1, 2, 1, 0, output_padding=1),
        "output = (1 − 1)·2 − 1 − 0 + 1·(1 − 1) + 1 + 1 = 1",
        "only an output of 1 convolves back to 1",
    ),
    "torch allows output_padding up to the dilation": (
        TransposedAxis(3, 2, 1, dilation=3, output_padding=2),
        "output = (3 − 1)·1 − 2·0 + 3·(2 − 1) + 2 + 1 = 8",
        "output_padding 2 reaches stride 1: this output convolves to 5, not back to 3",
    ),
}


@pytest.mark.parametrize(("axis", "formula", "words"), SHARED.values(), ids=list(SHARED))
def test_the_sizes_that_share_an_input(axis: TransposedAxis, formula: str, words: str) -> None:
    (told,) = size_formulas(transposed(axis, axis))
    assert (line(told), told.words) == (formula, words)


def test_the_shared_sizes_are_those_that_convolve_back() -> None:
    settings = product(range(1, 6), range(1, 5), range(1, 7), range(3), range(3), (1, 2, 3), range(3))
    axes = [axis for setting in settings if (axis := possible(TransposedAxis, *setting))]
    for axis in axes:
        (formula,) = size_formulas(transposed(axis))
        check_size(formula, axis.output_size)
        check_shared(axis, formula.words)
    assert len(axes) > 5000


def check_shared(axis: TransposedAxis, words: str) -> None:
    def back(size: int) -> int:
        plain = possible(Axis, size, axis.kernel_size, axis.stride, axis.before, axis.after, axis.dilation)
        return plain.output_size if plain else 0

    if "not back" in words:
        assert re.findall(r"\d+", words) == list(
            map(str, (axis.output_padding, axis.stride, back(axis.output_size), axis.input_size))
        )
        assert back(axis.output_size) != axis.input_size
        return
    sizes = [size for size in range(1, axis.output_size + axis.stride + 1) if back(size) == axis.input_size]
    told, _, rest = words.removeprefix("stride 1: ").partition(" convolve")
    numbers = [int(number) for number in re.findall(r"\d+", told)]
    assert (list(range(numbers[0], numbers[-1] + 1)) if " to " in told else numbers) == sizes, (axis, words)
    assert ("both" in told, "all" in told, "only" in told) == (len(sizes) == 2, len(sizes) > 2, len(sizes) == 1)
    assert f"to {axis.input_size}" in rest
    assert len(sizes) == 1 or words.endswith(f"output_padding {axis.output_padding} picks {axis.output_size}")


# --- Adaptive pooling and unpooling ----------------------------------------------------------------------------------------

WINDOWS = {
    "different lengths, all overlapping": (5, 3, "windows of 2, 3 and 2 cells; neighbours overlap by one cell"),
    "some overlapping": (6, 4, "windows of 2 cells each; some neighbours overlap by one cell"),
    "divides evenly": (6, 3, "windows of 2 cells each; none overlap"),
    "too many to list": (10, 7, "windows of 2 or 3 cells; neighbours overlap by one cell"),
    "more windows than cells": (3, 5, "windows of 1, 2, 1, 2 and 1 cells; neighbours overlap by one cell"),
    "a multiple of the cells": (2, 4, "each cell is repeated 2 times"),
    "one window a cell": (4, 4, "as many windows as cells: nothing changes"),
    "global": (5, 1, "one window over everything: global pooling"),
}


@pytest.mark.parametrize(("size", "wanted", "words"), WINDOWS.values(), ids=list(WINDOWS))
def test_the_windows_in_words(size: int, wanted: int, words: str) -> None:
    (formula,) = size_formulas(adaptive_pooling(np.ones((1, size, size)), wanted))
    assert formula.words == words


def test_one_window_of_an_axis_is_global_only_with_all_the_others() -> None:
    words = [formula.words for formula in size_formulas(adaptive_pooling(np.ones((1, 5, 7)), 1))]
    assert words == ["one window over everything: global pooling"] * 2
    words = [formula.words for formula in size_formulas(adaptive_pooling(np.ones((1, 5, 7)), (1, 7)))]
    assert words == ["one window over the whole height", "as many windows as cells: nothing changes"]


@pytest.mark.parametrize(("size", "wanted"), list(product(range(1, 13), range(1, 13))))
def test_the_windows_of_the_formula_are_the_windows(size: int, wanted: int) -> None:
    axis = AdaptiveAxis(size, wanted)
    (formula,) = size_formulas(adaptive_pooling(np.ones((1, size)), wanted))
    first, stop = re.findall(r"[⌊⌈](.*?)[⌋⌉]", line(formula))
    windows = [axis.reads(output) for output in range(wanted)]
    for o, window in enumerate(windows):
        assert floor(fraction(first, o)) == window[0]
        assert ceil(fraction(stop, o)) - 1 == window[-1]
    overlaps = {bool(set(left) & set(right)) for left, right in pairwise(windows)}
    if "windows of" in formula.words:
        assert ("none overlap" in formula.words) == (overlaps == {False})
        assert ("some neighbours" in formula.words) == (overlaps == {False, True})
        told = {int(number) for number in re.findall(r"\d+", formula.words)}
        assert told == {len(window) for window in windows}
    assert rf"\frac{{o\cdot {size}}}{{{wanted}}}" in formula.latex


def fraction(text: str, o: int) -> Fraction:
    left, right = text.split("·")
    numerator, denominator = right.split("/")
    return Fraction((o + 1 if "+" in left else o) * int(numerator), int(denominator))


UNPOOLINGS = {
    "nearest": (unpooling([[[1, 2]]], 2, kind="nearest"), ["output = 1·2 = 2", "output = 2·2 = 4"], "each value fills 2 rows"),
    "bed of nails": (
        unpooling([[[1, 2]]], 3, kind="bed_of_nails"),
        ["output = 1·3 = 3", "output = 2·3 = 6"],
        "each value stands in the first of 3 rows, the rest is 0",
    ),
    "blocks": (unpooling([[[1]]], 2, kind="nearest"), ["output = 1·2 = 2"], "each value fills 2 × 2 cells"),
    "nails of two axes": (
        unpooling([[[1]]], 2, kind="bed_of_nails"),
        ["output = 1·2 = 2"],
        "each value stands in the first of 2 × 2 cells, the rest is 0",
    ),
    "factor 1": (unpooling([[[1]]], 1, kind="bed_of_nails"), ["output = 1·1 = 1"], "factor 1: nothing changes"),
    "remembered": (
        unpooling([[[1, 2]]], [[[0, 14]]], kernel_size=(5, 3), stride=(5, 2)),
        ["output = 5", "output = 5"],
        "as given: a remembered position counts the cells of this map, row by row",
    ),
}


@pytest.mark.parametrize(("trace", "lines", "words"), UNPOOLINGS.values(), ids=list(UNPOOLINGS))
def test_the_size_of_an_unpooling(trace: Trace, lines: list[str], words: str) -> None:
    formulas = size_formulas(trace)
    assert [line(formula) for formula in formulas] == lines
    assert [int(text.rsplit(" ", 1)[1]) for text in lines] == [axis.output_size for axis in trace.axes][: len(lines)]
    assert formulas[0].words == words


def test_every_operation_has_a_formula_in_words() -> None:
    traces = {
        r"\lfloor": [convolved(Axis(5, 3)), pooled(Axis(5, 3))],
        r"\lceil": [pooled(Axis(5, 3, ceil_mode=True))],
        r"output\_padding": [transposed(TransposedAxis(2, 3))],
        r"\text{factor}": [unpooling([[1]], 2, kind="nearest"), unpooling([[1]], 2, kind="bed_of_nails")],
        "as given": [unpooling([[1]], [[1]])],
        "window": [adaptive_pooling([[1, 2]], 1)],
    }
    for part, all_of_one in traces.items():
        for trace in all_of_one:
            assert part in general_latex(trace)
            assert general_latex(trace).count("{") == general_latex(trace).count("}")


# --- Labels ----------------------------------------------------------------------------------------------------------------

LABELS: dict[str, tuple[Trace, dict[str, str]]] = {
    "padding alike": (
        convolved(Axis(5, 3, 2, 1, 1), Axis(5, 3, 2, 1, 1)),
        {"input": "5 × 5, padding 1", "weight": "3 × 3", "output": "3 × 3"},
    ),
    "padding of one side, one axis": (
        convolved(Axis(1, 1), Axis(6, 4, 1, 1, 2)),
        {"input": "1 × 6, padding 0 × 1+2", "weight": "1 × 4", "output": "1 × 6"},
    ),
    "one axis": (convolved(Axis(5, 3, 1, 1, 1)), {"input": "5, padding 1", "weight": "3", "output": "5"}),
    "three axes": (
        convolved(*[Axis(4, 3)] * 3),
        {"input": "4 × 4 × 4", "weight": "3 × 3 × 3", "output": "2 × 2 × 2"},
    ),
    "several channels": (
        convolution(np.ones((2, 5, 5)), np.ones((3, 2, 3, 3))),
        {"input": "2 × 5 × 5", "weight": "3 × 2 × 3 × 3", "output": "3 × 3 × 3"},
    ),
    "several channels out": (
        convolution(np.ones((1, 5)), np.ones((4, 1, 2))),
        {"input": "5", "weight": "4 × 1 × 2", "output": "4 × 4"},
    ),
    "pooling": (pooling(np.ones((2, 4, 4)), 2, padding=1), {"input": "2 × 4 × 4, padding 1", "output": "2 × 3 × 3"}),
    "adaptive": (adaptive_pooling(np.ones((1, 5, 5)), (3, 1)), {"input": "5 × 5", "output": "3 × 1"}),
    "unpooling": (unpooling([[[1, 2]]], 2, kind="nearest"), {"input": "1 × 2", "output": "2 × 4"}),
    "max-unpooling": (unpooling([[1, 2]], [[0, 3]], kernel_size=3, stride=2), {"input": "2", "output": "5"}),
    "transposed": (
        transposed(TransposedAxis(2, 3), TransposedAxis(2, 3)),
        {"input": "2 × 2", "weight": "3 × 3", "output": "4 × 4"},
    ),
    "transposed, padding cuts": (
        transposed(TransposedAxis(3, 3, 2, 1, 1), TransposedAxis(3, 3, 2, 1, 0)),
        {"input": "3 × 3", "weight": "3 × 3", "output": "5 × 6, padding 1 × 1+0 cut away"},
    ),
}


@pytest.mark.parametrize(("trace", "labels"), LABELS.values(), ids=list(LABELS))
def test_the_labels_name_sizes_and_padding(trace: Trace, labels: dict[str, str]) -> None:
    assert grid_labels(trace) == labels
    assert labels["output"].split(",")[0] == " × ".join(map(str, trace.output.shape[trace.output.shape[0] == 1 :]))
