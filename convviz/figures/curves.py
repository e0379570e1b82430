"""Losses and accuracies of trainings, epoch by epoch, laid over each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go  # type: ignore[import-untyped]

from convviz.figures.style import TEXT, Mark, Theme, heading, layout, marks, plain, theme_of
from convviz.geometry import GeometryError

MOST_CURVES: Final = 12
"""More cannot be told apart."""
_MARKED: Final = 8
"""Epochs of a curve that bear its mark: one on each would hide the line."""
_USUAL_WIDTH: Final = 760
"""Pixels that the page gives to a figure."""
_LABELLED: Final = 7
"""Epochs that are written below a panel, at most."""
_LONGEST: Final = 24
"""Characters of a name below the panels; pointing at a curve shows all of it."""
_DASH: Final = "6px,4px"
_MOST: Final = {"train_loss": math.inf, "test_loss": math.inf, "train_accuracy": 1, "test_accuracy": 1}


@dataclass(frozen=True)
class Curve:
    """What is known of a training after each of its epochs; None where nothing is, as of training pictures in epoch 0.

    Losses are 0 or more, accuracies fractions from 0 to 1. Raises `GeometryError` for no epoch, for another number of values
    than of epochs, and for a value that is no loss or no accuracy.

    >>> Curve("first", (0, 1), (2.3, 0.4), (0.1, 0.9), (None, 0.8), (None, 0.8)).name
    'first'
    >>> Curve("first", (0, 1), (2.3, 0.4), (10.0, 90.0), (None, 0.8), (None, 0.8))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: test_accuracy holds 10.0: it must be from 0 to 1: divide percents by 100
    """

    name: str
    epochs: tuple[int, ...]
    test_loss: tuple[float, ...]
    test_accuracy: tuple[float, ...]
    train_loss: tuple[float | None, ...]
    train_accuracy: tuple[float | None, ...]

    def __post_init__(self) -> None:
        if not self.epochs:
            raise GeometryError(f"{self.name} has no epochs: wait for its first one, or leave it out", "epochs", self.epochs, 1)
        for name, most in _MOST.items():
            _require_values(name, getattr(self, name), len(self.epochs), most)


def _require_values(name: str, values: Sequence[float | None], count: int, most: float) -> None:
    if len(values) != count:
        raise GeometryError(
            f"{name} has {len(values)} values: there are {count} epochs: give one for each, None where it is not known",
            name,
            len(values),
            count,
        )
    for value in values:
        if value is not None and not (0 <= value <= most and math.isfinite(value)):
            span, out = (
                ("from 0 to 1", "divide percents by 100") if most == 1 else ("finite and at least 0", "leave that epoch out")
            )
            raise GeometryError(f"{name} holds {value}: it must be {span}: {out}", name, value, (0, most))


@dataclass(frozen=True)
class _Panel:
    """Loss or accuracy: where it stands, what is drawn in it and how its values are written."""

    quantity: str
    axis: str
    domain: tuple[float, float]
    factor: int
    written: str

    @property
    def title(self) -> str:
        return self.quantity.capitalize()


_LOSS: Final = _Panel("loss", "", (0, 0.46), 1, ".4f")
_ACCURACY: Final = _Panel("accuracy", "2", (0.54, 1), 100, ".2f")
_PANELS: Final = (_LOSS, _ACCURACY)


def laid_over(curves: Sequence[Curve], *, dark: bool, log: bool = False) -> go.Figure:
    """Two panels, loss and accuracy (percent) by epoch: of each curve the test as a solid line, the training as a dashed one.

    Several are told apart by colour and by the form of their marks, named below the panels; a single one is drawn in ink, its
    training in grey. Losses start at 0; with `log` their axis is logarithmic, where a loss of 0 has no place. The paper is left
    to the page, dark or light. Raises `GeometryError` for no curve and for more than `MOST_CURVES`.

    >>> curve = Curve("first", (0, 1), (2.3, 0.4), (0.1, 0.9), (None, 0.8), (None, 0.8))
    >>> [trace.name for trace in laid_over([curve], dark=False).data]
    ['train', 'train', 'test', 'test']
    >>> laid_over([], dark=False)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: there are 0 curves: give 1 to 12
    """
    if not 1 <= len(curves) <= MOST_CURVES:
        out = f"leave out {len(curves) - MOST_CURVES}: no more can be told apart" if curves else f"give 1 to {MOST_CURVES}"
        raise GeometryError(f"there are {len(curves)} curves: {out}", "curves", len(curves), (1, MOST_CURVES))
    theme = theme_of(dark)
    traces = list(_alone(curves[0], theme) if len(curves) == 1 else _together(curves, theme))
    figure = go.Figure(traces)
    figure.update_layout(layout(theme, _height([curve.name for curve in curves]), _headings(curves, theme)))
    figure.update_layout(_legend(curves), hovermode="closest", margin={"l": 58, "r": 12, "t": 46, "b": 40})
    for panel in _PANELS:
        figure.update_layout(_axes(panel, curves, theme))
    figure.update_layout(yaxis=_loss_axis(curves, log), yaxis2=_ACCURACY_AXIS)
    return figure


# --- Lines ----------------------------------------------------------------------------------------------------------------


def _alone(curve: Curve, theme: Theme) -> Iterator[go.Scatter]:
    """In ink and grey, each with a dot where it has got to."""
    lines: dict[str, dict[str, Any]] = {
        "train": {"color": theme.faint, "width": 2, "dash": _DASH},
        "test": {"color": theme.ink, "width": 3},
    }
    dots = {"train": _open(theme.faint, theme), "test": _filled(theme.ink, theme)}
    for part, line in lines.items():
        dot = _at_the_end(dots[part], len(curve.epochs))
        for panel in _PANELS:
            yield _trace(curve, panel, part, name=part, legendgroup=part, mode="lines+markers", line=line, marker=dot)


def _together(curves: Sequence[Curve], theme: Theme) -> Iterator[go.Scatter]:
    """All dashed lines first, so that they lie below the solid ones."""
    marked = list(enumerate(zip(curves, marks(theme), strict=False)))
    for number, (curve, mark) in marked:
        look = {"color": mark.colour, "width": 1.5, "dash": _DASH}
        for panel in _PANELS:
            yield _trace(curve, panel, "train", legendgroup=str(number), mode="lines", line=look, showlegend=False)
    for number, (curve, mark) in marked:
        look = {"color": mark.colour, "width": mark.width}
        for panel in _PANELS:
            yield _trace(
                curve, panel, "test", legendgroup=str(number), mode="lines+markers", line=look, marker=_marker(mark, theme)
            )


def _trace(curve: Curve, panel: _Panel, part: str, **look: Any) -> go.Scatter:
    values = getattr(curve, f"{part}_{panel.quantity}")
    unit = "%" if panel is _ACCURACY else ""
    return go.Scatter(
        **{
            "x": curve.epochs,
            "y": [None if value is None else panel.factor * value for value in values],
            "xaxis": f"x{panel.axis}",
            "yaxis": f"y{panel.axis}",
            "name": plain(_short(curve.name)),
            "meta": plain(curve.name),
            "hovertemplate": f"<b>%{{meta}}</b><br>epoch %{{x}}<br>{part} {panel.quantity} %{{y:{panel.written}}}{unit}"
            "<extra></extra>",
            "showlegend": panel is _LOSS,
            **look,
        }
    )


def _marker(mark: Mark, theme: Theme) -> dict[str, Any]:
    look = _filled(mark.colour, theme) if mark.filled else _open(mark.colour, theme)
    return {**look, "symbol": mark.symbol, "maxdisplayed": _MARKED}


def _filled(colour: str, theme: Theme) -> dict[str, Any]:
    """With a rim of paper, so that marks one upon the other stay two."""
    return {"color": colour, "line": {"color": theme.paper, "width": 1}, "size": 10}


def _open(colour: str, theme: Theme) -> dict[str, Any]:
    """Filled with paper: else its own line would go through it."""
    return {"color": theme.paper, "line": {"color": colour, "width": 2}, "size": 9}


def _at_the_end(look: dict[str, Any], count: int) -> dict[str, Any]:
    """The mark on the last of so many points, and on no other."""
    size, width = ([0] * (count - 1) + [last] for last in (look["size"], look["line"]["width"]))
    return {**look, "size": size, "line": {**look["line"], "width": width}, "opacity": 1}


# --- What stands around them ----------------------------------------------------------------------------------------------


def _headings(curves: Sequence[Curve], theme: Theme) -> list[dict[str, Any]]:
    return [heading(theme, panel.title, _beside(curves, panel), panel.domain[0], -54) for panel in _PANELS]


def _beside(curves: Sequence[Curve], panel: _Panel) -> str:
    """The last values of a single curve; of several, once, what solid and dashed lines are."""
    if len(curves) > 1:
        return "test solid, train dashed" if panel is _LOSS else ""
    parts = ((part, getattr(curves[0], f"{part}_{panel.quantity}")[-1]) for part in ("test", "train"))
    written = "{:.1%}" if panel is _ACCURACY else "{:.3f}"
    return ", ".join(f"{part} {written.format(value)}" for part, value in parts if value is not None)


def _height(names: Sequence[str]) -> int:
    """Pixels: that of the panels, and a row for as many names as go beside each other."""
    in_a_row = _USUAL_WIDTH // (_entry_width(names) + 48)  # the line and mark before a name
    return 366 + 26 * math.ceil(len(names) / in_a_row)


def _entry_width(names: Sequence[str]) -> int:
    """Pixels, the same for all: names stand in columns."""
    return 12 + 8 * max(len(_short(name)) for name in names)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"


def _legend(curves: Sequence[Curve]) -> dict[str, Any]:
    """Below the panels, which it pushes up as far as its rows need."""
    names = [curve.name for curve in curves]
    alone = {"title": {"text": f"{plain(_short(names[0]))}   ", "font": {"size": TEXT}}, "traceorder": "reversed"}
    return {
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": -0.12,
            "yanchor": "top",
            **(alone if len(curves) == 1 else {"entrywidth": _entry_width(names)}),
        },
    }


def _axes(panel: _Panel, curves: Sequence[Curve], theme: Theme) -> dict[str, Any]:
    first, last = (choose(epoch for curve in curves for epoch in curve.epochs) for choose in (min, max))
    ticks = _ticks(first, last)
    room = 0.025 * max(last - first, 1)  # for the marks at both ends
    lines = {"ticks": "", "zeroline": False, "tickfont": {"color": theme.faint}}
    return {
        f"xaxis{panel.axis}": {
            **lines,
            "domain": panel.domain,
            "anchor": f"y{panel.axis}",
            "range": (first - room, last + room),
            "tickvals": ticks,
            "ticktext": [f"epoch {ticks[0]}", *map(str, ticks[1:])],
            "showgrid": False,
            "showline": True,
            "linecolor": theme.axis,
        },
        f"yaxis{panel.axis}": {**lines, "anchor": f"x{panel.axis}", "gridcolor": theme.grid},
    }


def _ticks(first: int, last: int) -> list[int]:
    """Epochs an easy number apart, from the first one on; to the last one where an easy number leads there."""
    span = last - first
    steps = (digit * 10**power for power in range(6) for digit in range(1, 7))
    few = [step for step in steps if span // step < _LABELLED]
    step = next((step for step in few if span % step == 0), few[0])
    return list(range(first, last + 1, step))


_PERCENTS: Final = (0, 25, 50, 75, 100)
_ACCURACY_AXIS: Final = {"range": (0, 103), "tickvals": _PERCENTS, "ticktext": [f"{percent}%" for percent in _PERCENTS]}


def _loss_axis(curves: Sequence[Curve], log: bool) -> dict[str, Any]:
    losses = [value for curve in curves for value in (*curve.test_loss, *curve.train_loss) if value is not None]
    if log:
        return {"type": "log", **_decades([loss for loss in losses if loss])}
    return {"range": (0, 1.04 * max(losses) or 1), "nticks": 6}


def _decades(losses: Sequence[float]) -> dict[str, Any]:
    """Powers of ten, with what is twice and five times as much where there is room for it."""
    if not losses:
        return {}
    lowest, highest = (math.floor(math.log10(choose(losses))) for choose in (min, max))
    digits = (1, 2, 5) if highest - lowest < 3 else (1,)
    ticks = [float(f"{digit}e{power}") for power in range(lowest, highest + 1) for digit in digits]
    return {"tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}
