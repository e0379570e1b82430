"""A run opened up: its network, ready to be asked, with its test pictures; the last few are kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import prod
from pathlib import Path
from typing import Any, Final, TypeVar

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from convviz.lab.data import KINDS, DatasetKind, Pictures, load_test
from convviz.lab.devices import device_of
from convviz.lab.inside.pictures import inputs_of
from convviz.lab.inside.stages import Stage, stages
from convviz.lab.module import NetworkModule
from convviz.lab.run import Run
from convviz.lab.settings import Settings
from convviz.lab.weights import unpacked
from convviz.network import BYTES, Network

T = TypeVar("T")

MOST_MACS: Final = 2 * 10**11
"""Multiply–accumulates for one answer: about ten seconds of one core."""
MOST_PICTURES: Final = 10_000
"""Test pictures that are looked through."""
_FEW: Final = 100
"""Test pictures that are looked through even by the largest networks."""
_AT_ONCE: Final = 64
"""Pictures of a batch: more gain nothing on a CPU."""
_MOST_BYTES: Final = 256 * 2**20
"""Of all numbers between the layers, for one batch."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A trained network, its weights frozen, on the `device` that computes; and what it was tested with.

    What is found out about it, and asked for again, is kept along with it by `once`.
    """

    settings: Settings
    kind: DatasetKind
    network: Network
    module: NetworkModule
    device: torch.device
    stages: tuple[Stage, ...]
    tests: Pictures
    found: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, settings: Settings, module: NetworkModule, tests: Pictures) -> Opened:
        """The network of some settings, with weights, on the GPU where there is one."""
        network, kind, device = settings.network(), KINDS[settings.data.name], device_of("auto")
        module.eval().requires_grad_(requires_grad=False)
        module.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        return cls(settings, kind, network, module, device, stages(network), tests)

    def once(self, key: Hashable, find: Callable[[], T]) -> T:
        """What `find` returned, the first time that somebody asked for `key`."""
        if key not in self.found:
            self.found[key] = find()
        found: T = self.found[key]
        return found

    def batch(self, numbers: slice | Sequence[int]) -> Tensor:
        """Test pictures of some numbers as the network takes them: (N, C, H, W), float32 from 0 to 1, on the device."""
        return self.taken(inputs_of(self.tests.images[numbers], self.kind))

    def taken(self, images: ArrayLike) -> Tensor:
        """Pictures (N, C, H, W), float32 from 0 to 1, laid out as the network likes them, on the device."""
        return torch.tensor(images, device=self.device).contiguous(memory_format=torch.channels_last)

    def batches(self) -> Iterator[tuple[int, Tensor]]:
        """The first `searched` test pictures, a batch at a time, and the number of its first."""
        for first in range(0, self.searched, self.at_once):
            yield first, self.batch(slice(first, min(first + self.at_once, self.searched)))

    @cached_property
    def searched(self) -> int:
        """How many test pictures are looked through: all, unless there are very many or the network is very large."""
        affordable = max(MOST_MACS // self.network.table().macs, _FEW)
        return min(len(self.tests), MOST_PICTURES, affordable)

    @cached_property
    def at_once(self) -> int:
        """Pictures of a batch that is quick and fits the memory, with the numbers between all layers."""
        each = BYTES * sum(prod(row.output_shape) for row in self.network.table())
        return max(min(_AT_ONCE, _MOST_BYTES // each), 1)


@lru_cache(maxsize=4)
def opened(folder: str, stamp: int) -> Opened:  # noqa: ARG001 - what is kept is told apart by it
    """The run in a folder; `stamp` says which weights are meant: a run that trains on is opened anew.

    Raises `StoreError` for a run that is none, or has no weights yet, `WeightsError` for weights that are none, and `DataError`
    where files of test pictures are missing.

    >>> from convviz.lab.runs import shipped
    >>> found = opened(str(shipped()[0].folder), 0)
    >>> found.kind.name, len(found.tests), [stage.name for stage in found.stages][:2]
    ('shapes', 1200, ['conv1_1', 'pool1'])
    >>> opened("nowhere", 0)
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: nowhere: there is no such run: it was deleted, or the link is wrong
    """
    run = Run(Path(folder))
    settings = run.settings
    return Opened.of(settings, unpacked(run.weights(), settings), load_test(settings.data))


def numbers_of(values: Mapping[str, Tensor]) -> dict[str, Any]:
    """Tensors as arrays, in C order, whatever the layout on the device.

    >>> numbers_of({"plain": torch.ones(2)})
    {'plain': array([1., 1.], dtype=float32)}
    >>> numbers_of({"plain": 1})
    Traceback (most recent call last):
    AttributeError: 'int' object has no attribute 'detach'
    """
    return {name: value.detach().cpu().contiguous().numpy() for name, value in values.items()}
