"""The same animation the usual way: a Plotly figure with a frame for every step."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from bench.scenes import KERNEL_SIZE, trace_of


def figure(size: int, seed: int) -> go.Figure:
    """Input with the window on it, output that fills, buttons and a slider; a frame holds only what moves."""
    trace = trace_of(size, seed)
    output = trace.output[0]
    fig = make_subplots(1, 2, subplot_titles=("Input", "Output"))
    fig.add_trace(go.Heatmap(z=_smallest(trace.input[0]), colorscale="Blues", showscale=False), 1, 1)
    fig.add_trace(_filled(output, 0), 1, 2)
    fig.add_trace(_window(0, 0), 1, 1)
    fig.frames = [
        go.Frame(name=str(step), data=[_filled(output, step), _window(*divmod(step, output.shape[1]))], traces=[1, 2])
        for step in range(output.size)
    ]
    fig.update_yaxes(autorange="reversed", scaleanchor="x")
    fig.update_layout(updatemenus=[_buttons()], sliders=[_slider(output.size)], height=560)
    return fig


def _smallest(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The input's numbers are 0 to 5: Plotly sends arrays as they are typed, so a byte each."""
    return values.astype(np.uint8)


def _filled(output: NDArray[np.float64], step: int) -> go.Heatmap:
    """The output up to a step; what is not there yet is no number, which takes a float: the short one is enough."""
    cells = np.full(output.shape, np.nan, np.float32)
    cells.flat[: step + 1] = output.flat[: step + 1]
    return go.Heatmap(z=cells, colorscale="Greens", zmin=output.min(), zmax=output.max(), showscale=False)


def _window(row: int, column: int) -> go.Scatter:
    left, right, top, bottom = column - 0.5, column + KERNEL_SIZE - 0.5, row - 0.5, row + KERNEL_SIZE - 0.5
    return go.Scatter(
        x=[left, right, right, left, left],
        y=[top, top, bottom, bottom, top],
        mode="lines",
        line={"color": "red"},
        showlegend=False,
    )


def _buttons() -> dict[str, object]:
    """Play and pause; 1/64 second a frame, the fastest of the stage's speeds."""
    timing = {"frame": {"duration": 1000 / 64, "redraw": True}, "transition": {"duration": 0}, "fromcurrent": True}
    stop = {"frame": {"duration": 0, "redraw": False}, "mode": "immediate"}
    return {
        "type": "buttons",
        "buttons": [
            {"label": "Play", "method": "animate", "args": [None, timing]},
            {"label": "Pause", "method": "animate", "args": [[None], stop]},
        ],
    }


def _slider(steps: int) -> dict[str, object]:
    jump = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}}
    return {"steps": [{"label": str(step), "method": "animate", "args": [[str(step)], jump]} for step in range(steps)]}


def main() -> None:
    size = int(st.query_params.get("size", "16"))
    seed = st.number_input("Seed", 0, 10**6, 3, step=1, key="seed")
    st.plotly_chart(figure(size, seed), key="figure")
    st.html(f'<span data-bench="{seed}">{seed}</span>')


if __name__ == "__main__":
    main()
