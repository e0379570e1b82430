"""Weights out and in: the same network comes back, and nothing else comes in."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

from convviz.lab.errors import WeightsError
from convviz.lab.header import MOST_BYTES
from convviz.lab.model import MLP, SmallCNN
from convviz.lab.train import Trainer
from convviz.lab.weights import packed, unpacked
from tests.lab import TINY


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    trainer = Trainer(TINY)
    trainer.epoch()
    return trainer


@pytest.fixture
def data(trainer: Trainer) -> bytes:
    return packed(trainer.weights(), TINY)


def changed(data: bytes, **changes: Any) -> bytes:
    """The file with tensors of its own, or without some."""
    tensors = {**safetensors.torch.load(data), **changes}
    kept = {name.replace("__", "."): value for name, value in tensors.items() if value is not None}
    return safetensors.torch.save(kept, {"convviz": TINY.written()})


def test_what_goes_out_comes_in_bit_for_bit(trainer: Trainer, data: bytes) -> None:
    module = unpacked(data, TINY)
    weights = trainer.weights()
    assert {name: value.numpy().tobytes() for name, value in module.state_dict().items()} == {
        name: value.tobytes() for name, value in weights.items()
    }
    assert not module.training
    x = torch.rand(5, 1, 8, 8)
    trainer._module.eval()
    with torch.no_grad():
        torch.testing.assert_close(module(x), trainer._module(x))  # to rounding: in memory they lie differently
    # It says itself which network it is.
    assert torch.equal(unpacked(data)(x), module(x))


def test_it_is_a_file_that_any_reader_of_safetensors_opens(trainer: Trainer, data: bytes, tmp_path: Path) -> None:
    (tmp_path / "weights.safetensors").write_bytes(data)
    found = safetensors.torch.load_file(tmp_path / "weights.safetensors")
    assert set(found) == set(trainer.weights())


class Evil:
    """What a malicious pickle does when it is opened."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("legacy", [False, True, None])
def test_a_pickle_is_refused_and_never_opened(tmp_path: Path, legacy: bool | None) -> None:
    mark, written = tmp_path / "ran", BytesIO()
    if legacy is None:
        written.write(pickle.dumps(Evil(mark)))
    else:
        torch.save({"conv1_1.weight": Evil(mark)}, written, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(WeightsError, match=r"this is a pickle, .* opening one can run any program; save the weights as safe"):
        unpacked(written.getvalue())
    assert not mark.exists()
    # The file is as malicious as it should be.
    pickle.loads(pickle.dumps(Evil(mark)))  # noqa: S301 - to show what it does
    assert mark.exists()


def test_a_file_is_refused_wherever_it_is_cut_off(data: bytes) -> None:
    for length in (*range(0, 200, 7), *range(200, len(data), 97), len(data) - 1):
        with pytest.raises(
            WeightsError, match=r"the file is cut off, damaged, or no safetensors file \(.*\): download it again"
        ):
            unpacked(data[:length])
    with pytest.raises(WeightsError):
        unpacked(data + b"\0")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dense.weight": None}, '"dense.weight" is missing: these are weights of another network'),
        ({"conv9.weight": torch.zeros(2)}, '"conv9.weight" is too many: these are weights of another network'),
        (
            {"dense.weight": torch.zeros(10, 4)},
            '"dense.weight" is 10×4 of float32, and the network wants 10×3 of float32: these are weights of another network',
        ),
        (
            {"dense.weight": torch.zeros(10, 3, dtype=torch.float64)},
            '"dense.weight" is 10×3 of float64, and the network wants 10×3 of float32: these are weights of another network',
        ),
        (
            {"dense.bias": torch.tensor([0.0] * 9 + [float("nan")])},
            '"dense.bias" holds numbers that are not finite: the training diverged, or the file is damaged',
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name(data: bytes, changes: Mapping[str, Any], message: str) -> None:
    with pytest.raises(WeightsError) as caught:
        unpacked(changed(data, **changes), TINY)
    assert str(caught.value) == message


@pytest.mark.parametrize("model", [SmallCNN(), MLP()])
def test_weights_of_another_network_are_refused(data: bytes, model: Any) -> None:
    with pytest.raises(WeightsError, match="these are weights of another network"):
        unpacked(data, replace(TINY, model=model))


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (None, "the file does not say which network it belongs to: it is not one that convviz wrote"),
        ({"format": "pt"}, "the file does not say which network it belongs to: it is not one that convviz wrote"),
        ({"convviz": "{"}, "the file names a network that cannot be: settings is '{': Invalid JSON: EOF while parsing"),
        ({"convviz": json.dumps({"model": {"kind": "mlp", "parameters": 10**9}})}, "the file names a network that cannot be: "),
    ],
)
def test_a_file_that_names_no_network_is_refused(data: bytes, metadata: Any, message: str) -> None:
    with pytest.raises(WeightsError) as caught:
        unpacked(safetensors.torch.save(safetensors.torch.load(data), metadata))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "header",
    [
        b'{"__metadata__": null}',
        b'{"__metadata__": 3}',
        b"[]",
        b"nothing",
        b"[" * 100_000,
        b'{"__metadata__": {"convviz": "{}"}, "conv1_1.weight": {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]}}',
        b'{"__metadata__": {"convviz": "{}"}, ' + b",".join(b'"%d": 1' % number for number in range(50_000)) + b"}",
        b" " * (2**20 + 1),
    ],
    ids=["null", "number", "list", "words", "deep", "half bytes", "many", "long"],
)
def test_a_header_made_to_harm_is_refused_at_once(header: bytes) -> None:
    with pytest.raises(WeightsError) as caught:
        unpacked(len(header).to_bytes(8, "little") + header)
    assert len(str(caught.value)) < 300


def test_a_file_that_is_too_large_is_not_looked_at() -> None:
    with pytest.raises(WeightsError, match=r"the file has 67,108,865 bytes: at most 67,108,864 are read"):
        unpacked(bytes(MOST_BYTES + 1))


def test_weights_are_in_c_order_whatever_the_device_holds(trainer: Trainer) -> None:
    """A tensor in another order would be written as it lies in memory."""
    weights = trainer.weights()
    assert all(np.asarray(value).flags.c_contiguous for value in weights.values())
    first = weights["conv1_1.weight"]
    assert (first == trainer._module.layer("conv1_1").weight.detach().numpy()).all()
