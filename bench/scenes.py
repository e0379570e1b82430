"""What is measured: one convolution in the size asked for, as a link, a trace and the stage's bytes; each page as it begins."""

from __future__ import annotations

from typing import Any, Final
from unittest.mock import patch
from urllib.parse import urlencode

from convviz import convolution
from convviz.samples import DEFAULT_PRESETS, PRESETS, Recipe, Sample
from convviz.trace import Trace

KERNEL_SIZE: Final = 5
SEED: Final = 3
_RANDOM: Final = {"values": f"random:{SEED}", "weights": f"random:{SEED}"}


def sample_of(size: int, seed: int = SEED) -> Sample:
    """Random numbers, stride 1, no padding: the most outputs, so the hardest case of its size."""
    return Sample((size,) * 2, (KERNEL_SIZE,) * 2, input=Recipe("random", seed), weight=Recipe("random", seed))


def trace_of(size: int, seed: int = SEED) -> Trace:
    """The convolution of `sample_of`, done."""
    x, weight, options = sample_of(size, seed).arguments()
    return convolution(x, weight, **options)


def link(size: int, channels: int = 1) -> str:
    """Path and parameters that open the page on `sample_of(size)`, its input of so many channels."""
    numbers = {"size": size, "kernel": KERNEL_SIZE, "stride": 1, "padding": 0, "channels": channels, **_RANDOM}
    return f"/convolution?{urlencode(numbers, safe=':')}"


def default_link(operation: str) -> str:
    """Path and parameters that open the page of an operation as it begins, but on random numbers, so that the seed counts."""
    return f"/{operation.replace('_', '-')}?{urlencode(_RANDOM, safe=':')}"


def default_size(operation: str) -> str:
    """The size of the input that the page of an operation begins with, in words."""
    return "×".join(map(str, PRESETS[DEFAULT_PRESETS[operation]].sample.input_size))


def stage_bytes(size: int) -> int:
    """How much the stage itself gets for one scene: asked of the product's own function, its mount being taken away."""
    # Imported here: only this function needs Streamlit.
    from convviz.ui.pictures import picture  # noqa: PLC0415
    from convviz.ui.stage import Cue, show_stage  # noqa: PLC0415

    lengths: list[int] = []

    def mount(*, data: bytes, **_: Any) -> None:
        lengths.append(len(data))

    with patch("convviz.ui.stage._stage", mount):
        show_stage(picture(sample_of(size)), "stage", Cue(1))
    return lengths[0]
