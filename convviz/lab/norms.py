"""Pooling to a norm, for torch: as it is meant, and with gradients that are numbers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from convviz.geometry import Axis


class PowerPooling(nn.Module):
    """The norm (sum of |value|^p)^(1/p) of each window of `axes`, as `convviz.pooling` has it.

    torch's LPPool2d and its like keep the signs of odd powers, count cells that overhang, and have NaN for a gradient where a
    window holds zeros alone, which is common behind a ReLU: here it is 0. No padding: lp has none. Source: torch.nn.LPPool2d.

    >>> PowerPooling(2, (Axis(4, 2, stride=2),))(torch.tensor([[[3.0, -4.0, 0.0, 0.0]]])).tolist()
    [[[5.0, 0.0]]]
    >>> PowerPooling(2, (Axis(4, 5),))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: kernel 5 spans 5 cells; the padded input has 4: add 1 padding, or lower kernel to 4
    """

    def __init__(self, norm_type: float, axes: Sequence[Axis]) -> None:
        super().__init__()
        self.norm_type, self.axes = norm_type, axes
        # torch adds up windows over two and three axes: a line is a plane of one row.
        self._missing = max(2 - len(axes), 0)

    def forward(self, x: Tensor) -> Tensor:
        """Of a batch (N, C, *sizes)."""
        powers = _power(x.abs(), self.norm_type)
        return _power(self._added(powers), 1 / self.norm_type)

    def _added(self, x: Tensor) -> Tensor:
        """What the cells of each window add up to."""
        for _ in range(self._missing):
            x = x.unsqueeze(2)
        one = (1,) * self._missing
        kernel = one + tuple(axis.kernel_size for axis in self.axes)
        stride = one + tuple(axis.stride for axis in self.axes)
        average = functional.avg_pool2d if len(kernel) == 2 else functional.avg_pool3d
        added: Tensor = average(x, kernel, stride, ceil_mode=self.axes[0].ceil_mode, divisor_override=1)
        for _ in range(self._missing):
            added = added.squeeze(2)
        return added


def _power(value: Tensor, exponent: float) -> Tensor:
    """value^exponent of what is not negative; where it is 0 so is the gradient, which would be infinite below 1."""
    is_zero = value == 0
    return torch.where(is_zero, 0.0, torch.where(is_zero, 1.0, value) ** exponent)
