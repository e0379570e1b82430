"""The device: which one, what it is called, its memory when it does not suffice, and what makes a GPU quick."""

from __future__ import annotations

import gc
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final, get_args

import torch
from torch import Tensor

from convviz.geometry import GeometryError, require_one_of
from convviz.lab.settings import Device

Step = Callable[[Tensor], None]

_OUT_OF_MEMORY: Final = "can't allocate memory", "out of memory", "ALLOC_FAILED"
"""What the CPU, CUDA, cuBLAS and cuDNN say."""
_WARM: Final = 3
"""Steps before one is recorded: libraries choose their kernels in the first ones."""


def device_of(name: str) -> torch.device:
    """The device that a setting names; "auto" is the GPU where there is one. Raises `GeometryError` for one that is not there.

    >>> device_of("cpu")
    device(type='cpu')
    >>> device_of("tpu")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: device "tpu" is not one of auto, cpu, cuda
    """
    require_one_of("device", name, get_args(Device))
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise GeometryError(
            "device is cuda: torch finds no GPU on this machine; train on the CPU, or leave device at auto",
            "device",
            name,
            ("cpu",),
            {"device": "cpu"},
        )
    return torch.device("cpu" if name == "cpu" or not there else "cuda")


def described(device: torch.device, threads: int = 0) -> str:
    """What to call it on a page: the chip of a GPU, the threads of a CPU.

    >>> described(torch.device("cpu"), 1).startswith("CPU, 1 thread of")
    True
    >>> described(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'type'
    """
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    cores = os.cpu_count() or 1
    count = min(threads or torch.get_num_threads(), cores)
    return f"CPU, {count} thread{'s' * (count > 1)} of {cores}, {platform.machine()}"


@contextmanager
def memory_errors(batch_size: int, device: torch.device) -> Iterator[None]:
    """Turns torch's errors about memory into a `GeometryError` with a way out: half the batch.

    >>> with memory_errors(64, torch.device("cuda")):
    ...     raise torch.OutOfMemoryError("CUDA out of memory")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: batch_size is 64: a step does not fit the memory of the GPU; lower batch_size to 32
    >>> with memory_errors(64, torch.device("cpu")):
    ...     print("fits")
    fits
    """
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if not _is_about_memory(error):
            raise
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        where = "GPU" if device.type == "cuda" else "machine"
        half = max(batch_size // 2, 1)
        out = f"lower batch_size to {half}" if batch_size > 1 else "take a smaller network"
        remedy = {"batch_size": half} if batch_size > 1 else {}
        raise GeometryError(
            f"batch_size is {batch_size}: a step does not fit the memory of the {where}; {out}",
            "batch_size",
            batch_size,
            half,
            remedy,
        ) from error


def _is_about_memory(error: BaseException) -> bool:
    """Often torch raises a plain RuntimeError, and only its text tells."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(words in str(error) for words in _OUT_OF_MEMORY)


def give_back() -> None:
    """Memory that a training held and nothing needs any more: a trainer knows itself, and torch keeps what it once had.

    >>> give_back()
    >>> give_back(1)
    Traceback (most recent call last):
    TypeError: give_back() takes 0 positional arguments but 1 was given
    """
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def mixed(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Where products are made in bfloat16: on a GPU that has it, unless float32 is asked for; elsewhere only when asked.

    >>> mixed(torch.device("cpu"), "auto")
    <contextlib.nullcontext object at ...>
    >>> mixed(torch.device("cpu"), "float64")
    Traceback (most recent call last):
    KeyError: 'float64'
    """
    on_gpu = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    wanted = {"auto": on_gpu, "float32": False, "bfloat16": True}[precision]
    return torch.autocast(device.type, torch.bfloat16) if wanted else nullcontext()


class Recorded:
    """A step on a GPU, recorded once and played from then on, so that its many small kernels start at once.

    It plays batches of the size of the first one; others, as an epoch's last, are computed. The first steps are computed, too,
    on a stream of their own; then one is recorded, which computes nothing, and played. `generator` is the one that the step
    draws from, beside torch's own. Raises what torch raises without a GPU. Source: torch.cuda.graphs, whole-network capture.
    """

    def __init__(self, step: Step, generator: torch.Generator) -> None:
        self._step, self._generator = step, generator
        self._warm = 0
        self._batch: Tensor | None = None
        self._graph: torch.cuda.CUDAGraph | None = None
        self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]

    def __call__(self, batch: Tensor) -> None:
        """One step, with the pictures of these numbers."""
        if self._batch is None:
            self._batch = batch.clone()
        if len(batch) != len(self._batch):
            self._step(batch)
        elif self._warm < _WARM:
            self._warm += 1
            self._aside(batch)
        else:
            self._batch.copy_(batch)
            self._graph = self._graph or self._record(self._batch)
            self._graph.replay()

    def _aside(self, batch: Tensor) -> None:
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            self._step(batch)
        torch.cuda.current_stream().wait_stream(self._stream)

    def _record(self, batch: Tensor) -> torch.cuda.CUDAGraph:
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self._generator)
        with torch.cuda.graph(graph, stream=self._stream):
            self._step(batch)
        return graph
