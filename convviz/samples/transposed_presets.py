"""The guide's transposed convolutions, and the lectures' worked examples of them."""

from __future__ import annotations

from typing import Any, Final

from convviz.samples.preset import GUIDE, MATRIX_INPUT, MATRIX_KERNEL, RAMP, Preset, square
from convviz.samples.recipes import Recipe, typed
from convviz.samples.transposed import TransposedSample


def _square(size: int, kernel: int, stride: int = 1, padding: int = 0, **rest: Any) -> TransposedSample:
    return TransposedSample(**square(size, kernel, stride, padding), **rest)


def _ones(size: int) -> Recipe:
    return typed([[1] * size] * size)


_STAMPS: Final = _square(2, 3, input=typed([[2, 1], [4, 4]]), weight=MATRIX_KERNEL)
_NO_INVERSE: Final = _STAMPS.changed(view="round_trip", input=typed([[122, 148], [126, 134]]), original=MATRIX_INPUT)
_SHARED: Final = _square(3, 3, 2, 1, input=Recipe("count"), weight=_ones(3), view="zeros")

TRANSPOSED: Final = (
    Preset("four-stamps", "Four stamps overlap", "S3", _STAMPS),
    Preset("no-inverse", "There and back: no inverse", "S3", _NO_INVERSE),
    Preset("transposed-first", "Input and kernel 0 to 3", "S3", _square(2, 2, input=RAMP, weight=RAMP)),
    Preset("transposed-strided", "Input and kernel 0 to 3, stride 2", "S3", _square(2, 2, 2, input=RAMP, weight=RAMP)),
    Preset("transposed-no-padding", "Transposed: no padding, no strides", GUIDE, _square(2, 3)),
    Preset("transposed-arbitrary-padding", "Transposed: arbitrary padding", GUIDE, _square(6, 4, 1, 2)),
    Preset("transposed-same-padding", "Transposed: same padding", GUIDE, _square(5, 3, 1, 1)),
    Preset("transposed-full-padding", "Transposed: full padding", GUIDE, _square(7, 3, 1, 2)),
    Preset("transposed-strides", "Transposed: no padding, strides", GUIDE, _square(2, 3, 2)),
    Preset("transposed-padding-strides", "Transposed: padding and strides", GUIDE, _square(3, 3, 2, 1)),
    Preset(
        "transposed-padding-strides-odd",
        "Transposed: padding and strides, one left over",
        GUIDE,
        _square(3, 3, 2, 1, output_padding=(1, 1)),
    ),
    Preset("output-padding-0", "3 to 5: output padding 0", "torch.nn.ConvTranspose2d", _SHARED),
    Preset("output-padding-1", "3 to 6: output padding 1", "torch.nn.ConvTranspose2d", _SHARED.changed(output_padding=(1, 1))),
    Preset("checkerboard", "Checkerboard: kernel 3, stride 2", "S3", _square(4, 3, 2, input=_ones(4), weight=_ones(3))),
    Preset("checkerboard-cure", "Its cure: kernel 4, stride 2", "S3", _square(4, 4, 2, 1, input=_ones(4), weight=_ones(4))),
    Preset("transposed-channels", "Transposed: two channels in, three out", "S3", _square(2, 3, in_channels=2, out_channels=3)),
    Preset("transposed-line", "A line, stamped", "S3", TransposedSample((4,), (3,), (2,), input=Recipe("count"))),
    Preset("transposed-cube", "A cube, stamped", "torch.nn.ConvTranspose3d", TransposedSample((2, 3, 3), (2, 2, 2), (2, 2, 2))),
)
