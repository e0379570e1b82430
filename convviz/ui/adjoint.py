"""From a transposed convolution to the convolution that it transposes."""

from __future__ import annotations

from convviz.samples import DEFAULT_PRESETS, Recipe, Sample, TransposedSample, written
from convviz.samples.recipes import Values
from convviz.ui.fields import SIZE_FIELDS
from convviz.ui.links import Example, write_link


def convolution_link(sample: TransposedSample, output: Values) -> dict[str, str] | None:
    """The parameters of the link to the convolution; None where its input is larger than its page shows.

    It reads `output`, (C_out, *sizes): what the transposed convolution wrote, or its own original on a round trip; random
    numbers where these are too many for a link. Raises `AttributeError` for a sample that is no transposed convolution.

    >>> import numpy as np
    >>> from convviz.samples import PRESETS
    >>> link = convolution_link(PRESETS["transposed-strided"].sample, np.zeros((1, 4, 4)))
    >>> link["size"], link["kernel"], link["weights"]
    ('4', '2', 'ramp')
    >>> convolution_link(PRESETS["numeric"].sample, np.zeros((1, 5, 5)))
    Traceback (most recent call last):
    AttributeError: 'Sample' object has no attribute 'view'
    """
    field, sizes = SIZE_FIELDS["input_size"], output.shape[1:]
    if any(size > field.most_on(axis, len(sizes)) for axis, size in enumerate(sizes)):
        return None
    original = sample.original if sample.view == "round_trip" else written(output, sample.dimension)
    whole, left_out = _link(_convolution(sample, sizes, original))
    return _link(_convolution(sample, sizes, Recipe("random")))[0] if left_out else whole


def _convolution(sample: TransposedSample, sizes: tuple[int, ...], numbers: Recipe) -> Sample:
    """With (C_in, C_out / groups, …) as its weight, channels in and out change places."""
    return Sample(
        sizes,
        sample.kernel_size,
        sample.stride,
        sample.padding,
        sample.dilation,
        in_channels=sample.out_channels,
        out_channels=sample.in_channels,
        groups=sample.groups,
        input=numbers,
        weight=sample.weight,
    )


def _link(sample: Sample) -> tuple[dict[str, str], tuple[str, ...]]:
    return write_link(Example(DEFAULT_PRESETS["convolution"], sample))
