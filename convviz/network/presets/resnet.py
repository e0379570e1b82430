"""ResNet: blocks of convolutions, each with a connection that skips them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeAlias

from convviz.network.layers import Activation, AdaptivePooling, Add, BatchNorm, Convolution, Dense, Flatten, Layer, Pooling
from convviz.network.presets.preset import CLASSES, IMAGE
from convviz.network.table import Network

_WIDTHS: Final = (64, 128, 256, 512)
_STEM: Final = (
    Layer("conv1", Convolution(64, 7, 2, padding=3, bias=False)),
    Layer("bn1", BatchNorm()),
    Layer("relu", Activation()),
    Layer("maxpool", Pooling(3, 2, padding=1)),
)
_HEAD: Final = (
    Layer("avgpool", AdaptivePooling(1)),
    Layer("flatten", Flatten()),
    Layer("fc", Dense(CLASSES)),
)


class Step(NamedTuple):
    """One convolution of a block."""

    kernel: int
    channels: int
    stride: int = 1


Steps: TypeAlias = tuple[Step, ...]
"""What a skip connection skips."""
Block: TypeAlias = Callable[[int, int], Steps]
"""The steps of a block, from its width and its stride."""


def basic(width: int, stride: int) -> Steps:
    """Two 3×3 convolutions: the block of ResNet-18. Source: He et al., 2015, figure 5, left.

    >>> basic(64, 1)
    (Step(kernel=3, channels=64, stride=1), Step(kernel=3, channels=64, stride=1))
    >>> basic(64)
    Traceback (most recent call last):
    TypeError: basic() missing 1 required positional argument: 'stride'
    """
    return Step(3, width, stride), Step(3, width)


def bottleneck(width: int, stride: int) -> Steps:
    """A 1×1, a 3×3 with the stride, a 1×1 to four times the width: the block of torchvision's ResNet-50 and -152.

    >>> [step.stride for step in bottleneck(128, 2)]
    [1, 2, 1]
    >>> bottleneck(128)
    Traceback (most recent call last):
    TypeError: bottleneck() missing 1 required positional argument: 'stride'
    """
    return Step(1, width), Step(3, width, stride), Step(1, 4 * width)


def first_bottleneck(width: int, stride: int) -> Steps:
    """The bottleneck as first published, with the stride in the first 1×1. Source: He et al., 2015, figure 5, right.

    >>> [step.stride for step in first_bottleneck(128, 2)]
    [2, 1, 1]
    >>> first_bottleneck(128)
    Traceback (most recent call last):
    TypeError: first_bottleneck() missing 1 required positional argument: 'stride'
    """
    return Step(1, width, stride), Step(3, width), Step(1, 4 * width)


def _skipped(name: str, steps: Steps) -> Iterator[Layer]:
    for number, (kernel, channels, stride) in enumerate(steps, start=1):
        if number > 1:
            yield Layer(f"{name}.relu{number - 1}", Activation())
        yield Layer(f"{name}.conv{number}", Convolution(channels, kernel, stride, padding=kernel // 2, bias=False))
        yield Layer(f"{name}.bn{number}", BatchNorm())


def _downsample(name: str, channels: int, stride: int, source: str) -> tuple[Layer, Layer]:
    return (
        Layer(f"{name}.downsample.conv", Convolution(channels, 1, stride, bias=False), (source,)),
        Layer(f"{name}.downsample.bn", BatchNorm()),
    )


def _block(name: str, steps: Steps, source: str, channels: int) -> Iterator[Layer]:
    """`source` is what the block reads and skips, of so many `channels`; a 1×1 brings it to the shape it is added to."""
    stride = max(step.stride for step in steps)
    changes = stride != 1 or channels != steps[-1].channels
    shortcut = _downsample(name, steps[-1].channels, stride, source) if changes else ()
    yield from _skipped(name, steps)
    yield from shortcut
    yield Layer(f"{name}.add", Add(), (f"{name}.bn{len(steps)}", shortcut[-1].name if shortcut else source))
    yield Layer(f"{name}.relu{len(steps)}", Activation())


def _blocks(repeats: tuple[int, ...], block: Block) -> Iterator[tuple[str, Steps]]:
    for stage, (count, width) in enumerate(zip(repeats, _WIDTHS, strict=True), start=1):
        for position in range(count):
            yield f"layer{stage}.{position}", block(width, 2 if stage > 1 and position == 0 else 1)


def resnet(*repeats: int, block: Block = bottleneck) -> Network:
    """ResNet from the number of blocks in each of its four stages, and the kind of block.

    Source: He et al., 2015, table 1, as torchvision has it.

    >>> resnet(2, 2, 2, 2, block=basic).table().parameters
    11689512
    >>> resnet(3, 4, 6)
    Traceback (most recent call last):
    ValueError: zip() argument 2 is longer than argument 1
    """
    layers, channels = [*_STEM], 64
    for name, steps in _blocks(repeats, block):
        layers += _block(name, steps, layers[-1].name, channels)
        channels = steps[-1].channels
    return Network(IMAGE, (*layers, *_HEAD))
