"""A network as the stage of receptive fields gets it: rows of units, who reads whom, and every number written out."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np

from convviz.explain import field_formulas, jump_of, layer_label, shown_number, start_and_centre
from convviz.geometry import Axis, UpsampledAxis
from convviz.network import INPUT, LayerTable, Network, Row, shape_words
from convviz.receptive_field import WHOLE, AnyAxis, Reach
from convviz.samples import cat
from convviz.ui.network.edited import worked_out

_MOST_ROWS: Final = 40
"""Rows from which layers that read a single cell each are left to the row below them."""
_MOST_PIXELS: Final = 256
"""Of a side of the picture that is sent; a larger input shows its cells several times."""


@dataclass
class Station:
    """A row of units: a layer, and those above it that see the same cells one by one. `inputs` are other stations."""

    name: str
    row: Row | None
    inputs: tuple[int, ...]
    crop: tuple[tuple[int, ...], ...]
    folded: list[str] = field(default_factory=list)


def stations_of(table: LayerTable) -> list[Station]:
    """The rows of units, the input first: layers that move or join windows, and no more where there are many.

    >>> from convviz.network import PRESETS
    >>> [(station.name, station.folded) for station in stations_of(PRESETS["stack"].table())]
    [('input', []), ('conv1', ['relu1']), ('conv2', [])]
    >>> stations_of("conv1")
    Traceback (most recent call last):
    AttributeError: 'str' object has no attribute 'rows'
    """
    stations = list(_stations(table.rows, all_windows=True))
    return stations if len(stations) <= _MOST_ROWS else list(_stations(table.rows, all_windows=False))


def _stations(rows: Sequence[Row], *, all_windows: bool) -> list[Station]:
    stations = [Station(INPUT, None, (), ())]
    places = {INPUT: 0}
    for row in rows:
        inputs = tuple(places[name] for name in row.inputs)
        if len(inputs) > 1 or _moves(row, all_windows=all_windows):
            places[row.name] = len(stations)
            stations.append(Station(row.name, row, inputs, row.effect.crop or ((),) * len(inputs)))
        else:
            places[row.name] = inputs[0]
            stations[inputs[0]].folded.append(row.name)
    return stations


def _moves(row: Row, *, all_windows: bool) -> bool:
    """Whether a unit of the row sees other units than the one in its own place."""
    if row.effect.mixes or not row.effect.axes:
        return row.effect.mixes
    return all_windows or not all(_is_identity(axis) for axis in row.effect.axes)


def _is_identity(axis: AnyAxis) -> bool:
    return axis.input_size == axis.output_size and axis.pace == (1, 1) and axis.window(0) == range(1)


def station_name(table: LayerTable, layer: str) -> str:
    """The station that shows a layer's units.

    >>> from convviz.network import PRESETS
    >>> station_name(PRESETS["stack"].table(), "relu1")
    'conv1'
    >>> station_name(PRESETS["stack"].table(), "relu9")
    Traceback (most recent call last):
    StopIteration
    """
    return next(station.name for station in stations_of(table) if layer in {station.name, *station.folded})


@lru_cache(maxsize=16)
def field_json(network: Network) -> str:
    """`field_payload` as it is sent: written once, however often the page runs.

    >>> from convviz.network import PRESETS
    >>> field_json(PRESETS["stack"].network)[:40]
    '{"stations":[{"name":"input","note":"32 '
    """
    return json.dumps(field_payload(network), ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=16)
def field_payload(network: Network) -> dict[str, Any]:
    """The stations of the layers that fit, and the axes between them; an axis that several layers share is sent once."""
    table = LayerTable(network.input_shape, worked_out(network)[0])
    axes: dict[tuple[AnyAxis, str], int] = {}
    reaches: dict[Reach, int] = {}
    stations = [_station(table, station, axes, reaches) for station in stations_of(table)]
    told = [{"shift": reach.shift, "spans": reach.spans} for reach in reaches]
    return {"stations": stations, "axes": [_axis(axis, mode) for axis, mode in axes], "reaches": told}


def _station(
    table: LayerTable, station: Station, axes: dict[tuple[AnyAxis, str], int], reaches: dict[Reach, int]
) -> dict[str, Any]:
    row = station.row
    shape = row.output_shape if row else table.input_shape
    sizes = shape[1:]
    formulas = [field_formulas(table, station.name, along) for along in range(max(len(sizes), 1))]
    return {
        "name": station.name,
        "note": _note(sizes, station),
        "words": _words(row) if row else [],
        "learns": bool(row and row.weights),
        "inputs": station.inputs,
        "crop": station.crop,
        "sizes": sizes,
        "shape": shape_words(shape),
        "axes": _axes_of(row, axes) if row and row.effect.axes else None,
        "mixes": bool(row and row.effect.mixes),
        "reach": [reaches.setdefault(reach, len(reaches)) for reach in _all_reaches(row, len(sizes)) if reach] or None,
        "formulas": formulas,
        "numbers": [_numbers(reach) for reach in _all_reaches(row, len(sizes))],
    }


def _note(sizes: Sequence[int], station: Station) -> str:
    if not sizes:
        return "all of it"
    what = "unit" if station.row else "cell"
    return f"{sizes[-1]} {what}{'' if sizes[-1] == 1 else 's'}"


def _words(row: Row) -> list[str]:
    """What stands between two rows, in lines."""
    return [line for line in layer_label(row).replace("pad ", "padding ").split(", ") if line]


def _axes_of(row: Row, axes: dict[tuple[AnyAxis, str], int]) -> list[int]:
    mode = getattr(row.operation, "padding_mode", "zeros")
    return [axes.setdefault((axis, mode), len(axes)) for axis in row.effect.axes]


def _axis(axis: AnyAxis, mode: str) -> dict[str, Any]:
    outputs, _ = axis.pace
    windows = [axis.window(output) for output in range(min(outputs, axis.output_size))]
    return {
        "size": axis.input_size,
        "outputs": axis.output_size,
        "pace": axis.pace,
        "windows": [(window.start, window.step, len(window)) for window in windows],
        "padded": (-axis.before, axis.input_size + axis.after) if isinstance(axis, Axis) else (0, axis.input_size),
        "overhangs": isinstance(axis, Axis) and axis.ceil_mode,
        "standIns": dict(_stand_ins(axis, mode)),
    }


def _stand_ins(axis: AnyAxis, mode: str) -> Iterator[tuple[int, int]]:
    """Positions beyond the input, and the cells that are read in their stead: whatever the window, they are the same."""
    if isinstance(axis, UpsampledAxis):
        yield from ((-1, 0), (axis.input_size, axis.input_size - 1))
    elif isinstance(axis, Axis) and mode != "zeros":
        table = replace(axis, kernel_size=1, stride=1, dilation=1, ceil_mode=False).table(mode)  # type: ignore[arg-type]
        beyond = (table.positions < 0) | (table.positions >= axis.input_size)
        yield from zip(table.positions[beyond].tolist(), table.reads[beyond].tolist(), strict=True)


def _all_reaches(row: Row | None, axes: int) -> Sequence[Reach | None]:
    if row is None:
        return (WHOLE,) * max(axes, 1)
    return (None,) * max(axes, 1) if row.reaches == "all" or not row.reaches else row.reaches


def _numbers(reach: Reach | None) -> dict[str, str]:
    if reach is None:
        return dict.fromkeys(("size", "jump", "start", "centre"), "all")
    jump = jump_of(reach)
    start, centre = start_and_centre(reach) or ("–", "–")
    return {"size": str(reach.size), "jump": shown_number(jump) if jump is not None else "–", "start": start, "centre": centre}


@lru_cache(maxsize=16)
def picture_payload(sizes: tuple[int, ...]) -> Mapping[str, Any]:
    """The sample picture for an input of these sizes, a byte a pixel."""
    rows, columns = (min(size, _MOST_PIXELS) for size in (1, *sizes)[-2:])
    pixels = np.round(255 * cat(rows, columns)).astype(np.uint8)
    return {"rows": rows, "columns": columns, "pixels": base64.b64encode(pixels.tobytes()).decode()}
