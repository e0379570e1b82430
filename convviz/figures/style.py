"""What all figures have in common: paper and ink of both themes, the type, the colours and marks of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

FAMILY: Final = '"Source Sans", sans-serif'
"""The app's own, which the page has loaded: nothing is fetched."""
TEXT: Final = 15
HEADING: Final = 18
"""Pixels; a projector loses what is smaller."""


@dataclass(frozen=True)
class Theme:
    """The colours of a theme: of the page that a figure lies on, of words on it, of lines behind curves.

    `runs` tell runs apart for eyes with and without all colours; none has a meaning elsewhere in the app.
    """

    paper: str
    ink: str
    faint: str
    grid: str
    axis: str
    runs: tuple[str, ...]


LIGHT: Final = Theme(
    paper="#FDFDFB",
    ink="#1B2733",
    faint="#5A6672",
    grid="#E8ECF0",
    axis="#A9B4BF",
    runs=("#1B2733", "#7F8A96", "#353086", "#676328", "#0F6D76", "#643A3A"),
)
DARK: Final = Theme(
    paper="#12181F",
    ink="#E8EDF2",
    faint="#97A5B3",
    grid="#26313C",
    axis="#55626F",
    runs=("#E8EDF2", "#8492A1", "#8D5AB1", "#CDC072", "#3AC9DE", "#A74D65"),
)


@dataclass(frozen=True)
class Mark:
    """How a run is drawn: a colour and a form that no other run has together, filled or not, on a line of `width` pixels."""

    colour: str
    symbol: str
    filled: bool
    width: float


_SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross")


def theme_of(dark: bool) -> Theme:
    """The colours for dark paper, or for light.

    >>> theme_of(True).ink
    '#E8EDF2'
    >>> theme_of()
    Traceback (most recent call last):
    TypeError: theme_of() missing 1 required positional argument: 'dark'
    """
    return DARK if dark else LIGHT


def plain(text: str) -> str:
    """Text as Plotly has to be given it, to show it as it is: it would take tags for markup, and %{...} for a template.

    >>> plain("<b> & %{x}")
    '&lt;b&gt; &amp; &#37;{x}'
    >>> plain(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'replace'
    """
    return escape(text).replace("%{", "&#37;{")


def marks(theme: Theme) -> tuple[Mark, ...]:
    """How to draw runs, one after the other: filled forms on strong lines first, then open ones on thin lines.

    Two of one colour have different forms, and two of one form different colours.

    >>> len(marks(LIGHT)), marks(LIGHT)[6].symbol, marks(LIGHT)[6].colour == marks(LIGHT)[3].colour
    (12, 'circle', True)
    >>> marks(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'runs'
    """
    half = len(theme.runs) // 2
    strong = zip(theme.runs, _SYMBOLS, strict=True)
    thin = zip((*theme.runs[half:], *theme.runs[:half]), _SYMBOLS, strict=True)
    return (
        *(Mark(*each, filled=True, width=2.5) for each in strong),
        *(Mark(*each, filled=False, width=1.75) for each in thin),
    )


def layout(theme: Theme, height: int, headings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What a figure is laid out with: no paper of its own, the app's type, `headings` as annotations; `height` in pixels.

    >>> layout(LIGHT, 300, [])["paper_bgcolor"]
    'rgba(0,0,0,0)'
    >>> layout(None, 300, [])
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'ink'
    """
    return {
        "template": "none",
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FAMILY, "size": TEXT, "color": theme.ink},
        "hoverlabel": {
            "bgcolor": theme.paper,
            "bordercolor": theme.axis,
            "font": {"family": FAMILY, "size": TEXT, "color": theme.ink},
            "align": "left",
        },
        "annotations": list(headings),
    }


def heading(theme: Theme, text: str, beside: str, x: float = 0, shift: int = 0) -> dict[str, Any]:
    """A heading above a panel whose left side lies at `x` of the paper, `shift` pixels to its right, and faint words beside it.

    >>> heading(LIGHT, "Loss", "")["text"]
    '<b>Loss</b>'
    >>> heading(None, "Loss", "of 9")
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'faint'
    """
    faint = f'   <span style="color:{theme.faint};font-size:{TEXT}px">{beside}</span>' if beside else ""
    return {
        "text": f"<b>{text}</b>{faint}",
        "font": {"size": HEADING},
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": x,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "xshift": shift,
        "yshift": 10,
    }
