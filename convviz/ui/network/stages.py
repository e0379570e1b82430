"""From a row of the table to its stage: the link of the page that shows the same windows at work, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from convviz.geometry import GeometryError
from convviz.network import AdaptivePooling, Convolution, Pooling, Row, TransposedConvolution, shape_words
from convviz.samples import DEFAULT_PRESETS, PRESETS, AnySample, Recipe
from convviz.samples.limits import require_little_work
from convviz.ui.dimensions import with_dimension
from convviz.ui.fields import CHANNEL_FIELDS, SIZE_FIELDS
from convviz.ui.links import Example, write_link

Channels = tuple[int, int, int]
"""In, out, groups."""
_ONE: Final = (1, 1, 1)
_RANDOM: Final = Recipe("random")


class StagePage(NamedTuple):
    """An address below the app's, and what it shows."""

    href: str
    words: str


def stage_page(row: Row) -> StagePage | None:
    """The stage of a convolution, transposed convolution or pooling; with fewer cells and channels where it has room for fewer.

    None for any other row, and for windows that no stage shows.
    """
    sizes = _sizes(row) if type(row.operation) in _PAGES else ()
    if not sizes:
        return None
    operation, href, settings_of = _PAGES[type(row.operation)]
    preset = DEFAULT_PRESETS[operation]
    example = with_dimension(PRESETS[preset].sample, len(sizes))
    for channels in (_channels(row), _ONE):
        sample = example.changed(input_size=sizes, input=_RANDOM, bias=(0.0,), **settings_of(row, channels))
        if _can_be_shown(sample):
            parameters, _ = write_link(Example(preset, sample))
            return StagePage(f"{href}?{urlencode(parameters, safe=',:~')}", _words(row, sizes, channels))
    return None


def _channels(row: Row) -> Channels:
    channels = row.input_shapes[0][0], row.output_shape[0], getattr(row.operation, "groups", 1)
    return channels if max(channels) <= CHANNEL_FIELDS["in_channels"].most else _ONE


def _sizes(row: Row) -> tuple[int, ...]:
    """Sizes of the input that a stage has room for, of which the stride leaves over as much; none where fewer say less."""
    sizes = row.input_shapes[0][1:]
    shown = []
    for axis, size in enumerate(sizes):
        most = SIZE_FIELDS["input_size"].most_on(axis, len(sizes))
        shown.append(size if size <= most else most - (most - size) % getattr(row.effect.axes[axis], "stride", 1))
    # Windows that are cut from all cells are other ones where there are fewer cells; a single one is not.
    cut = isinstance(row.operation, AdaptivePooling) and set(row.output_shape[1:]) != {1}
    return () if cut and tuple(shown) != sizes else tuple(shown)


def _can_be_shown(sample: AnySample) -> bool:
    fields = {name: getattr(sample, name) for name in SIZE_FIELDS if hasattr(sample, name)}
    if any(_beyond(name, entries) for name, entries in fields.items() if not isinstance(entries, str)):
        return False
    try:
        require_little_work(sample)
        sample.shape("output")
    except GeometryError:
        return False
    return True


def _beyond(name: str, entries: Sequence[Any]) -> bool:
    field, dimension = SIZE_FIELDS[name], len(entries)
    largest = [max(entry) if isinstance(entry, tuple) else entry for entry in entries]
    return any(entry > field.most_on(axis, dimension) for axis, entry in enumerate(largest))


def _words(row: Row, sizes: tuple[int, ...], channels: Channels) -> str:
    shape = row.input_shapes[0]
    left_out = [f"{shape_words(sizes)} of its {shape_words(shape[1:])} cells"] if sizes != shape[1:] else []
    if channels[:2] != (shape[0], row.output_shape[0]):
        left_out.append(f"one of its {max(shape[0], row.output_shape[0])} channels")
    return f"Open {row.name} on its stage page{', with ' + ' and '.join(left_out) if left_out else ''}"


def _window(row: Row) -> dict[str, Any]:
    axes: Sequence[Any] = row.effect.axes
    numbers = {name: tuple(getattr(axis, name) for axis in axes) for name in ("kernel_size", "stride", "dilation")}
    return {**numbers, "padding": tuple((axis.before, axis.after) for axis in axes)}


def _filters(channels: Channels) -> dict[str, Any]:
    return {**dict(zip(("in_channels", "out_channels", "groups"), channels, strict=True)), "weight": _RANDOM}


def _convolution(row: Row, channels: Channels) -> dict[str, Any]:
    return {**_window(row), **_filters(channels), "padding_mode": getattr(row.operation, "padding_mode", "zeros")}


def _transposed(row: Row, channels: Channels) -> dict[str, Any]:
    extra = tuple(getattr(axis, "output_padding", 0) for axis in row.effect.axes)
    return {**_window(row), **_filters(channels), "output_padding": extra}


def _pooling(row: Row, channels: Channels) -> dict[str, Any]:
    names = ("kind", "ceil_mode", "count_include_pad", "norm_type")
    settings = {name: getattr(row.operation, name) for name in names}
    return {**_window(row), **settings, "windows": "sliding", "channels": channels[0]}


def _adaptive(row: Row, channels: Channels) -> dict[str, Any]:
    outputs = row.output_shape[1:]
    windows = "global" if set(outputs) == {1} else "adaptive"
    return {"windows": windows, "kind": getattr(row.operation, "kind", ""), "output_size": outputs, "channels": channels[0]}


_PAGES: Final[Mapping[type, tuple[str, str, Callable[[Row, Channels], dict[str, Any]]]]] = {
    Convolution: ("convolution", "convolution", _convolution),
    TransposedConvolution: ("transposed_convolution", "transposed-convolution", _transposed),
    Pooling: ("pooling", "pooling", _pooling),
    AdaptivePooling: ("pooling", "pooling", _adaptive),
}
"""By the kind of layer: the operation of its page, the page's address, and what its settings are there."""
