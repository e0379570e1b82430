"""Charts of numbers, as Plotly figures: plain records in, `go.Figure` out; the only room with Plotly."""

from convviz.figures.curves import MOST_CURVES, Curve, laid_over

__all__ = ["MOST_CURVES", "Curve", "laid_over"]
