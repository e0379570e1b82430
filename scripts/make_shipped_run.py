"""Train the runs that come along, anew: `python -m scripts.make_shipped_run`, half a minute of one core for each.

Another processor, or another version of torch, makes other last digits, and so other weights: as good, but not the same.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from safetensors.numpy import load, save

from convviz.lab.carry import carry_out
from convviz.lab.run import Order, Run
from convviz.lab.runs import SHIPPED
from convviz.lab.settings import recommended

RUNS: Final = {"shapes-7x7": "shapes", "shapes-tagged": "tagged_shapes"}
"""By id, the data: the same pictures, without and with a tag that gives their class away."""
KEPT: Final = "run.json", "status.json", "epochs.jsonl", "epochs", "weights.safetensors"


def main(into: Path = SHIPPED) -> None:
    """Each run, with the recommended settings on one thread of the CPU."""
    for name, data in RUNS.items():
        settings = recommended(data)
        settings = replace(settings, training=replace(settings.training, device="cpu", threads=1))
        with TemporaryDirectory() as folder:
            Run(Path(folder)).make(Order(settings, created=0.0, owner="nobody"))
            carry_out(folder)
            _keep(Path(folder), into / name)
        last = Run(into / name).figures()[-1]
        print(f"{name}: {last.test_accuracy:.1%} after {last.epoch} epochs, {Run(into / name).size:,} bytes")


def _keep(folder: Path, into: Path) -> None:
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for each in KEPT:
        (folder / each).rename(into / each)
    for path in (into / "epochs").iterdir():
        path.write_bytes(_narrowed(path.read_bytes()))


def _narrowed(content: bytes) -> bytes:
    """An epoch's arrays with floats in 16 bits: they are only looked at, and eleven bits are more than a colour has."""
    arrays = load(content)
    return save({name: array.astype(np.float16) if array.dtype == np.float32 else array for name, array in arrays.items()})


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
