"""Weights out and in: safetensors, which hold numbers and never code, with the settings of their network beside them.

Whatever comes in is looked at before anything is made of it, and refused with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import safetensors
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import Tensor

from convviz.lab.errors import WeightsError
from convviz.lab.header import METADATA, SETTINGS, header_of, settings_in, why_unreadable
from convviz.lab.module import NetworkModule, build
from convviz.lab.settings import Settings


def packed(weights: Mapping[str, NDArray[Any]], settings: Settings) -> bytes:
    """A safetensors file of weights, by name, that says which settings they belong to.

    >>> from convviz.lab.model import MLP
    >>> settings = Settings(model=MLP(parameters=1000))
    >>> module = build(settings.network())
    >>> data = packed({name: value.numpy() for name, value in module.state_dict().items()}, settings)
    >>> bool((unpacked(data).layer("dense1").weight == module.layer("dense1").weight).all())
    True
    >>> packed({"dense1.weight": "many"}, settings)
    Traceback (most recent call last):
    TypeError: expected np.ndarray (got str)
    """
    tensors = {name: torch.from_numpy(value) for name, value in weights.items()}
    return safetensors.torch.save(tensors, {SETTINGS: settings.written()})


def unpacked(data: bytes, settings: Settings | None = None) -> NetworkModule:
    """The network of a file, ready to be asked; with `settings`, only if it is the network of these.

    Raises `WeightsError`, with a reason, for a pickle, a file that is cut off or damaged, weights that do not fit the network,
    or that are no numbers.

    >>> unpacked(b"PK" + bytes([3, 4]))
    Traceback (most recent call last):
    convviz.lab.errors.WeightsError: this is a pickle, as torch.save writes it: opening one can run any program; \
save the weights as safetensors
    """
    header = header_of(data)
    network = (settings or settings_in(header)).network()
    with torch.device("meta"):
        wanted = build(network).state_dict()
    _require_names(header.keys() - {METADATA}, wanted.keys())
    try:
        tensors = safetensors.torch.load(data)
    except (safetensors.SafetensorError, KeyError) as error:  # of a kind of number that torch has not, a KeyError
        raise WeightsError(why_unreadable(data, error)) from error
    for name, value in wanted.items():
        _require_fitting(name, tensors[name], value)
    module = build(network)
    module.load_state_dict(tensors)
    return module.eval()


def _require_names(found: Set[str], wanted: Set[str]) -> None:
    for name in sorted(wanted - found):
        raise WeightsError(f'"{name}" is missing: these are weights of another network')
    for name in sorted(found - wanted):
        raise WeightsError(f'"{name[:80]}" is too many: these are weights of another network')


def _require_fitting(name: str, found: Tensor, wanted: Tensor) -> None:
    if found.shape != wanted.shape or found.dtype != wanted.dtype:
        raise WeightsError(
            f'"{name}" is {_words(found)}, and the network wants {_words(wanted)}: these are weights of another network'
        )
    if not found.isfinite().all():
        raise WeightsError(f'"{name}" holds numbers that are not finite: the training diverged, or the file is damaged')


def _words(value: Tensor) -> str:
    return f"{'×'.join(map(str, value.shape)) or 'one number'} of {str(value.dtype).removeprefix('torch.')}"
