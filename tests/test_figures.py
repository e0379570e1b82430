"""Figures: the numbers that are in them, where they stand, how they look, and that they can be read."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest

from convviz.figures import MOST_CURVES, Curve, laid_over
from convviz.figures.style import DARK, LIGHT, Theme, marks
from convviz.geometry import GeometryError
from tests.checks import refusal

THEMES: Final = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
ROLES: Final = {"#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#2B9BDC", "#12B886", "#F0721A"}
"""Colours that mean something elsewhere."""


def curve(seed: int = 0, epochs: int = 12, name: str = "") -> Curve:
    """Of an untrained network and so many epochs, numbers at random."""
    random = np.random.default_rng(seed)
    losses, trained = random.uniform(0, 2.3, epochs + 1), random.uniform(0, 2.3, epochs)
    right, known = random.random(epochs + 1), random.random(epochs)
    return Curve(
        name or f"run-{seed}",
        tuple(range(epochs + 1)),
        tuple(losses.tolist()),
        tuple(right.tolist()),
        (None, *trained.tolist()),
        (None, *known.tolist()),
    )


def curves(count: int) -> list[Curve]:
    return [curve(seed, epochs=3 + seed) for seed in range(count)]


def parts(figure: Any) -> dict[tuple[str, str, str], Any]:
    """The traces, by the run's name, what they show and how they are drawn, as the hover words say."""
    found = {}
    for trace in figure.data:
        part, quantity = re.search(r"<br>(test|train) (loss|accuracy) ", trace.hovertemplate).groups()  # type: ignore[union-attr]
        found[trace.meta, quantity, part] = trace
    assert len(found) == len(figure.data)
    return found


def drawn(curve: Curve, *, dark: bool = False, **options: Any) -> Any:
    return laid_over([curve], dark=dark, **options)


# --- The numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, MOST_CURVES])
def test_every_value_stands_at_its_epoch_in_its_panel(count: int) -> None:
    chosen = curves(count)
    figure = laid_over(chosen, dark=False)
    traces = parts(figure)
    assert len(traces) == 4 * count
    for each, (quantity, factor, axis), part in itertools.product(
        chosen, (("loss", 1, ""), ("accuracy", 100, "2")), ("test", "train")
    ):
        trace = traces[each.name, quantity, part]
        values = getattr(each, f"{part}_{quantity}")
        assert trace.x == each.epochs
        assert trace.y == tuple(None if value is None else factor * value for value in values)
        assert (trace.xaxis, trace.yaxis) == (f"x{axis}", f"y{axis}")
    (first, end), (start, last) = figure.layout.xaxis.domain, figure.layout.xaxis2.domain
    assert 0 == first < end < start < last == 1
    assert [note.text.split("</b>")[0] for note in figure.layout.annotations] == ["<b>Loss", "<b>Accuracy"]
    assert [note.x for note in figure.layout.annotations] == [first, start]


def test_panels_hold_all_that_is_drawn_and_begin_at_nothing() -> None:
    """The largest loss may be one of the training; a run may begin late or end early."""
    late = replace(curve(1, 3), epochs=(5, 6, 7, 8), train_loss=(None, 9.0, 1.0, 1.0))
    layout = laid_over([curve(0, 4), late], dark=False).layout
    assert layout.yaxis.range[0] == 0
    assert 9 < layout.yaxis.range[1] < 10
    assert layout.yaxis2.range[0] == 0
    assert 100 < layout.yaxis2.range[1] < 110
    for axis in (layout.xaxis, layout.xaxis2):
        assert -1 < axis.range[0] < 0
        assert 8 < axis.range[1] < 9
    nothing = replace(curve(0, 1), test_loss=(0.0, 0.0), train_loss=(None, 0.0))
    assert drawn(nothing).layout.yaxis.range == (0, 1)


@pytest.mark.parametrize("last", [*range(1, 60, 2), 99, 500, 999])
@pytest.mark.parametrize("first", [0, 3])
def test_few_epochs_are_written_evenly_and_the_first_is_one(first: int, last: int) -> None:
    epochs = tuple(range(first, first + last + 1))
    each = Curve("long", epochs, *((0.5,) * len(epochs) for _ in range(4)))
    axis = drawn(each).layout.xaxis
    ticks = list(axis.tickvals)
    assert ticks[0] == first
    assert axis.ticktext == (f"epoch {first}", *map(str, ticks[1:]))
    assert len(ticks) <= 7
    assert len(ticks) >= min(4, last + 1)
    assert len({after - before for before, after in itertools.pairwise(ticks)}) <= 1
    assert last - 10 ** len(str(last)) < ticks[-1] - first <= last


@pytest.mark.parametrize(
    ("last", "expected"), [(0, 0), (1, 1), (6, 1), (12, 2), (20, 4), (24, 4), (30, 5), (100, 20), (1000, 200)]
)
def test_usual_numbers_of_epochs_end_in_a_written_one(last: int, expected: int) -> None:
    ticks = drawn(curve(epochs=last)).layout.xaxis.tickvals
    assert ticks[-1] == last
    assert len(ticks) == 1 or ticks[1] - ticks[0] == expected


def test_a_logarithm_spreads_small_losses() -> None:
    small = replace(curve(epochs=2), test_loss=(2.0, 0.3, 0.07), train_loss=(None, 0.2, 0.0))
    axis = drawn(small, log=True).layout.yaxis
    assert axis.type == "log"
    assert axis.range is None
    assert axis.ticktext == ("0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5")
    assert axis.tickvals == pytest.approx([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5])
    wide = replace(small, test_loss=(2.0, 0.3, 1e-4))
    assert drawn(wide, log=True).layout.yaxis.ticktext == ("0.0001", "0.001", "0.01", "0.1", "1")
    nothing = replace(small, test_loss=(0.0, 0.0, 0.0), train_loss=(None, 0.0, 0.0))
    assert drawn(nothing, log=True).layout.yaxis.type == "log"
    assert drawn(small).layout.yaxis.type != "log"


def test_pointing_says_run_epoch_and_value() -> None:
    traces = parts(laid_over(curves(2), dark=False))
    assert (
        traces["run-1", "loss", "train"].hovertemplate == "<b>%{meta}</b><br>epoch %{x}<br>train loss %{y:.4f}<extra></extra>"
    )
    assert traces["run-0", "accuracy", "test"].hovertemplate.endswith("<br>test accuracy %{y:.2f}%<extra></extra>")


# --- How it looks ---------------------------------------------------------------------------------------------------------


@THEMES
@pytest.mark.parametrize("count", [2, 6, MOST_CURVES])
def test_runs_are_told_apart_by_colour_and_by_form(count: int, theme: Theme) -> None:
    """And the training is dashed in its test's colour, below all solid lines."""
    chosen = curves(count)
    figure = laid_over(chosen, dark=theme is DARK)
    traces = parts(figure)
    looks = []
    for each, quantity in itertools.product(chosen, ("loss", "accuracy")):
        test, train = (traces[each.name, quantity, part] for part in ("test", "train"))
        assert test.line.dash is None
        assert train.line.dash == "6px,4px"
        assert train.line.color == test.line.color in {test.marker.color, test.marker.line.color}
        assert train.line.width < test.line.width
        assert (test.mode, train.mode) == ("lines+markers", "lines")
        looks.append((test.line.color, test.marker.symbol, test.marker.color == theme.paper))
    assert looks[::2] == looks[1::2]
    assert len({(colour, symbol) for colour, symbol, _ in looks}) == count
    for (colour, symbol, is_open), other in itertools.combinations(looks[::2], 2):
        assert colour != other[0] or (symbol != other[1] and is_open != other[2])
        assert symbol != other[1] or (colour != other[0] and is_open != other[2])
    order = ["train" in trace.hovertemplate for trace in figure.data]
    assert order == sorted(order, reverse=True)


@THEMES
def test_a_single_run_is_ink_and_its_training_dashed_grey(theme: Theme) -> None:
    each = curve(3, epochs=5)
    traces = parts(drawn(each, dark=theme is DARK))
    for quantity in ("loss", "accuracy"):
        test, train = (traces["run-3", quantity, part] for part in ("test", "train"))
        assert (test.line.color, test.line.dash, test.marker.color) == (theme.ink, None, theme.ink)
        assert (train.line.color, train.line.dash, train.marker.line.color) == (theme.faint, "6px,4px", theme.faint)
        assert train.line.width < test.line.width
        for trace in (test, train):
            assert [size > 0 for size in trace.marker.size] == [False] * 5 + [True]
            assert [size > 0 for size in trace.marker.line.width] == [False] * 5 + [True]
    loss, accuracy = (re.sub("<[^>]+>", "", note.text) for note in drawn(each).layout.annotations)
    assert loss == f"Loss   test {each.test_loss[-1]:.3f}, train {each.train_loss[-1]:.3f}"
    assert accuracy == f"Accuracy   test {each.test_accuracy[-1]:.1%}, train {each.train_accuracy[-1]:.1%}"


def test_a_run_that_has_only_begun_shows_where_it_begins() -> None:
    figure = drawn(curve(epochs=0))
    traces = parts(figure)
    assert traces["run-0", "loss", "test"].marker.size == (10,)
    assert traces["run-0", "loss", "train"].y == (None,)
    assert "train" not in figure.layout.annotations[0].text


@pytest.mark.parametrize("count", [1, 2, MOST_CURVES])
def test_the_names_stand_below_once_each(count: int) -> None:
    chosen = curves(count)
    figure = laid_over(chosen, dark=False)
    named = [trace.name for trace in figure.data if trace.showlegend]
    assert figure.layout.showlegend
    assert figure.layout.legend.orientation == "h"
    assert figure.layout.legend.y < 0
    if count == 1:
        assert named == ["train", "test"]
        assert figure.layout.legend.traceorder == "reversed"
        assert figure.layout.legend.title.text.strip() == "run-0"
    else:
        assert named == [each.name for each in chosen]
        assert "test solid, train dashed" in figure.layout.annotations[0].text
    groups = {}
    for (name, *_, part), trace in parts(figure).items():
        groups.setdefault(trace.legendgroup, set()).add((name, part) if count == 1 else name)
    assert all(len(group) == 1 for group in groups.values())
    assert len(groups) == max(count, 2)


def test_a_name_is_a_name_whatever_is_in_it() -> None:
    """No markup, no template; a long one is cut below, and whole where one points."""
    name = "<b>bold</b> & %{x} and a very long tail"
    for figure in (drawn(curve(name=name)), laid_over([curve(name=name), curve(1)], dark=False)):
        assert {trace.meta for trace in figure.data} >= {"&lt;b&gt;bold&lt;/b&gt; &amp; &#37;{x} and a very long tail"}
        assert all(name not in trace.hovertemplate for trace in figure.data)
        written = [figure.layout.legend.title.text or "", *(trace.name for trace in figure.data)]
        assert any(text.strip() == "&lt;b&gt;bold&lt;/b&gt; &amp; &#37;{x} and…" for text in written)
    assert drawn(curve(name="x" * 24)).layout.legend.title.text.strip() == "x" * 24


def test_more_and_longer_names_get_more_room() -> None:
    heights = [laid_over(curves(count), dark=False).layout.height for count in (7, 12)]
    assert heights == sorted(set(heights))
    long = [replace(each, name=f"{each.name} with a long name") for each in curves(6)]
    assert laid_over(long, dark=False).layout.height > laid_over(curves(6), dark=False).layout.height
    assert laid_over(long, dark=False).layout.legend.entrywidth > laid_over(curves(6), dark=False).layout.legend.entrywidth


# --- Whether it can be read -----------------------------------------------------------------------------------------------


def linear(colour: str) -> np.ndarray:
    """Red, green and blue as amounts of light, of "#RRGGBB"."""
    values = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: (lighter + 0.05) / (darker + 0.05), of relative luminances."""
    darker, lighter = sorted(float(linear(colour) @ (0.2126, 0.7152, 0.0722)) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def walk(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Everything that a figure holds, with the names that lead there."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inner in items:
            yield from walk(inner, (*path, str(name)))
    else:
        yield path, value


def held(figure: Any) -> list[tuple[tuple[str, ...], Any]]:
    return list(walk(json.loads(figure.to_json())))


def every_figure(*, dark: bool) -> list[Any]:
    return [laid_over(curves(count), dark=dark, log=count == 3) for count in (1, 3, MOST_CURVES)]


def test_the_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


@THEMES
def test_words_and_lines_stand_out_from_the_paper(theme: Theme) -> None:
    paper = {LIGHT: "#FDFDFB", DARK: "#12181F"}[theme]
    words, lines = set(), set()
    for figure in every_figure(dark=theme is DARK):
        found = held(figure)
        words |= {value for path, value in found if path[-1] == "color" and "font" in path[-2]}
        words |= {colour for _, value in found if isinstance(value, str) for colour in re.findall(r"color:(#\w+)", value)}
        lines |= {value for path, value in found if path[0] == "data" and path[-1] in {"color", "fgcolor"}}
        backgrounds = {value for path, value in found if path[-1] in {"paper_bgcolor", "plot_bgcolor"}}
        assert backgrounds == {"rgba(0,0,0,0)"}
    assert words == {theme.ink, theme.faint}
    assert all(contrast(colour, paper) >= 4.5 for colour in words)
    assert lines == {*theme.runs, theme.faint, theme.paper}
    assert all(contrast(colour, paper) >= 3 for colour in lines - {theme.paper})
    assert not (words | lines) & ROLES


def test_nothing_is_smaller_than_a_projector_shows() -> None:
    for dark in (False, True):
        for figure in every_figure(dark=dark):
            found = held(figure)
            sizes = [value for path, value in found if path[-1] == "size" and "font" in path[-2]]
            sizes += [int(size) for _, value in found if isinstance(value, str) for size in re.findall(r"size:(\d+)px", value)]
            assert len(sizes) >= 3
            assert min(sizes) >= 15
            families = {value for path, value in found if path[-1] == "family"}
            assert families == {'"Source Sans", sans-serif'}


SEEN_AS: Final = {
    "all colours": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Machado, Oliveira and Fernandes 2009, at full severity."""
CONES: Final = [[0.41222, 0.53633, 0.05145], [0.21190, 0.68070, 0.10740], [0.08830, 0.28172, 0.62998]]
SENSED: Final = [[0.21045, 0.79362, -0.00407], [1.97800, -2.42859, 0.45059], [0.02590, 0.78277, -0.80868]]


def sensed(colour: str, eyes: str) -> np.ndarray:
    """In hundredths of Oklab (Ottosson 2020), where equal distances look equally large."""
    light = np.clip(np.array(SEEN_AS[eyes]) @ linear(colour), 0, 1)
    return 100 * np.array(SENSED) @ np.cbrt(np.array(CONES) @ light)


@THEMES
@pytest.mark.parametrize("eyes", SEEN_AS)
def test_colours_of_runs_differ_for_all_eyes(theme: Theme, eyes: str) -> None:
    pairs = {
        (one, other): float(np.linalg.norm(sensed(one, eyes) - sensed(other, eyes)))
        for one, other in itertools.combinations(theme.runs, 2)
    }
    assert len(pairs) == 15
    assert min(pairs.values()) > 10, min(pairs, key=lambda pair: pairs[pair])


@THEMES
def test_there_is_a_mark_for_as_many_runs_as_are_shown(theme: Theme) -> None:
    assert len(marks(theme)) == MOST_CURVES
    assert marks(theme)[0].colour == theme.ink


# --- What is refused ------------------------------------------------------------------------------------------------------


def test_too_many_curves_are_refused_and_none() -> None:
    error = refusal(laid_over, curves(MOST_CURVES + 2), dark=False)
    assert str(error) == "there are 14 curves: leave out 2: no more can be told apart"
    assert (error.parameter, error.value, error.limit) == ("curves", 14, (1, 12))
    assert str(refusal(laid_over, [], dark=True)) == "there are 0 curves: give 1 to 12"
    assert laid_over(curves(MOST_CURVES), dark=False).data


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"epochs": ()}, "run-0 has no epochs: wait for its first one, or leave it out"),
        ({"test_loss": (1.0,)}, "test_loss has 1 values: there are 2 epochs: give one for each, None where it is not known"),
        ({"train_accuracy": (None, 97.0)}, "train_accuracy holds 97.0: it must be from 0 to 1: divide percents by 100"),
        ({"test_accuracy": (-0.1, 1.0)}, "test_accuracy holds -0.1: it must be from 0 to 1: divide percents by 100"),
        ({"test_loss": (1.0, float("nan"))}, "test_loss holds nan: it must be finite and at least 0: leave that epoch out"),
        ({"train_loss": (None, float("inf"))}, "train_loss holds inf: it must be finite and at least 0: leave that epoch out"),
        ({"train_loss": (None, -1.0)}, "train_loss holds -1.0: it must be finite and at least 0: leave that epoch out"),
    ],
)
def test_what_is_no_curve_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(GeometryError, match=f"^{re.escape(words)}$") as caught:
        replace(curve(epochs=1), **changes)
    assert caught.value.parameter in changes
