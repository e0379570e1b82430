"""How the positions of a patch pass the layers: in few groups, for every call of a layer takes its time, whatever is in it.

Windows that begin a whole number of strides apart pass a layer together. So a group is parted where a layer's stride asks for
it; and where it makes more numbers than are to be held at once: then as the strides to come will ask for, and in chunks when
they ask for nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import ceil, gcd, prod
from typing import Final, TypeAlias

from torch import Tensor

from convviz.geometry import Axis
from convviz.lab.occlusion.chain import Chain
from convviz.lab.occlusion.windows import Passage, Windows

MOST_NUMBERS: Final = {"cpu": 3 * 2**18, "cuda": 2**25}
"""On a CPU 3 MiB: more does not fit its caches, less calls its threads too often."""


@dataclass(frozen=True)
class Group:
    """Positions of a patch along one axis, by their `numbers`, and the window of each.

    >>> every = Group(range(7), Windows(0, 1, 7, 8))
    >>> [part.numbers for part in every.parted(4)]
    [range(0, 7, 4), range(1, 7, 4), range(2, 7, 4), range(3, 7, 4)]
    >>> every.parted(4)[1].windows
    Windows(first=1, step=4, count=2, size=8)
    >>> [part.numbers for part in every.chunked(2)]
    [range(0, 4), range(4, 7)]
    >>> every.chunked(0)
    Traceback (most recent call last):
    ZeroDivisionError: integer division or modulo by zero
    """

    numbers: range
    windows: Windows

    def parted(self, ratio: int) -> list[Group]:
        """Each `ratio`-th of them from the first, from the second, and so on."""
        return [self._part(slice(start, None, ratio)) for start in range(min(ratio, len(self.numbers)))]

    def chunked(self, chunks: int) -> list[Group]:
        """Up to so many parts, each of neighbours, about equally long."""
        length = -(-len(self.numbers) // chunks)
        return [self._part(slice(start, start + length)) for start in range(0, len(self.numbers), length)]

    def _part(self, which: slice) -> Group:
        numbers, windows = self.numbers[which], self.windows
        first = windows.at(self.numbers.index(numbers[0])).start
        return Group(numbers, Windows(first, windows.step * (which.step or 1), len(numbers), windows.size))


OnAxes: TypeAlias = tuple[Group, ...]
"""Those of the rows and those of the columns: every row with every column."""


@dataclass(frozen=True)
class Step:
    """A group passes a layer: its numbers on each axis, its windows before and behind, and the steps that follow."""

    numbers: tuple[range, ...]
    passages: tuple[Passage, ...]
    then: tuple[Step, ...]


def steps_of(chain: Chain, positions: Sequence[Axis]) -> tuple[Step, ...]:
    """The steps through a whole chain; positions that no output sees take none.

    >>> from torch import nn, rand
    >>> from convviz.lab.occlusion.chain import read
    >>> model, image = nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.Flatten()).eval(), rand(1, 8, 8)
    >>> steps = steps_of(read(model, image, model(image[None])[0].detach()), (Axis(8, 3), Axis(8, 3)))
    >>> [len(level) for level in levels(steps)], steps[0].then[1].numbers
    ([1, 4], (range(0, 6, 2), range(1, 6, 2)))
    >>> steps_of(model, (Axis(8, 3), Axis(8, 3)))
    Traceback (most recent call last):
    AttributeError: 'Sequential' object has no attribute 'values'
    """
    return _Plan(chain, most_numbers(chain.values[0])).steps(groups_of(positions), 0)


def most_numbers(there: Tensor) -> int:
    """Of what is held at once where a tensor lies."""
    return MOST_NUMBERS.get(there.device.type, MOST_NUMBERS["cpu"])


def groups_of(positions: Sequence[Axis]) -> OnAxes:
    """All positions, and the patch at each."""
    return tuple(
        Group(range(axis.output_size), Windows(axis.window(0)[0], axis.stride, axis.output_size, axis.kernel_size))
        for axis in positions
    )


def levels(steps: Sequence[Step]) -> Iterator[tuple[Step, ...]]:
    """The steps through the first layer, those through the second, and so on."""
    while steps:
        yield tuple(steps)
        steps = [each for step in steps for each in step.then]


@dataclass(frozen=True)
class _Plan:
    chain: Chain
    most: int

    def steps(self, groups: OnAxes, number: int) -> tuple[Step, ...]:
        """Those from a layer on."""
        if number == len(self.chain.layers):
            return ()
        parts = product(*(group.parted(ratio) for group, ratio in zip(groups, self._ratios(groups, number, 1), strict=True)))
        return tuple(step for part in parts for step in self._fitting(part, number))

    def _fitting(self, groups: OnAxes, number: int) -> Iterator[Step]:
        """Those of a group that its layer's stride leaves together."""
        layer = self.chain.layers[number]
        behind = [group.windows.through(axis) for group, axis in zip(groups, layer.axes, strict=True)]
        then = [windows for windows in behind if windows]
        if len(then) < len(behind):
            return
        times = self._numbers(groups, then, number) / self.most
        if times > 1 and (smaller := self._smaller(groups, number, ceil(times))):
            for part in smaller:
                yield from self._fitting(part, number)
            return
        passages = tuple(
            Passage(group.windows, windows.read_by(axis), windows)
            for group, windows, axis in zip(groups, then, layer.axes, strict=True)
        )
        after = tuple(replace(group, windows=windows) for group, windows in zip(groups, then, strict=True))
        yield Step(tuple(group.numbers for group in groups), passages, self.steps(after, number + 1))

    def _numbers(self, groups: OnAxes, then: Sequence[Windows], number: int) -> int:
        before, behind = (value.shape[-1] for value in self.chain.values[number : number + 2])
        windows = [group.windows for group in groups]
        cells = (channels * prod(each.size for each in on) for channels, on in ((before, windows), (behind, then)))
        return max(cells) * prod(each.count for each in then)

    def _smaller(self, groups: OnAxes, number: int, times: int) -> list[OnAxes]:
        """Parts of a group that is so many times too large; none where it is a single position."""
        ratios = self._ratios(groups, number, len(self.chain.layers) - number)
        longest = max(range(len(groups)), key=lambda each: len(groups[each].numbers))
        if len(groups[longest].numbers) == 1:
            return []
        parting = next((each for each, ratio in enumerate(ratios) if ratio > 1), None)
        dimension = longest if parting is None else parting
        group = groups[dimension]
        parts = group.chunked(times) if parting is None else group.parted(_least_factor(ratios[dimension]))
        return [(*groups[:dimension], part, *groups[dimension + 1 :]) for part in parts]

    def _ratios(self, groups: OnAxes, number: int, layers: int) -> list[int]:
        """Into how many parts the strides of so many layers part a group, along each axis."""
        ahead = self.chain.layers[number : number + layers]
        strides = (prod(layer.axes[dimension].stride for layer in ahead) for dimension in range(len(groups)))
        return [stride // gcd(stride, group.windows.step) for group, stride in zip(groups, strides, strict=True)]


def _least_factor(number: int) -> int:
    return next(each for each in range(2, number + 1) if number % each == 0)
