"""Make the two files of convviz/lab/data/scans.

Run as `python -m scripts.make_digits digits.csv.gz`. That file is in scikit-learn's distribution, at
sklearn/datasets/data/digits.csv.gz: a scan a line, 64 values and the digit.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convviz.lab.data.digits import IMAGES, LABELS, SCANS
from convviz.lab.data.idx import DataError, write_idx


def main(arguments: Sequence[str] | None = None) -> None:
    """What the command line asks for. Raises `DataError` for a file that holds something else."""
    parser = argparse.ArgumentParser(prog="python -m scripts.make_digits", description="Make the shipped scans of digits.")
    parser.add_argument("csv", type=Path, help="digits.csv.gz of scikit-learn")
    parser.add_argument("--into", type=Path, default=SCANS, help="the folder to write to")
    asked = parser.parse_args(arguments)
    table = _table(asked.csv)
    write_idx(asked.into / IMAGES, table[:, :64].reshape(-1, 8, 8))
    write_idx(asked.into / LABELS, table[:, 64])


def _table(csv: Path) -> NDArray[np.uint8]:
    numbers = np.loadtxt(csv, delimiter=",", ndmin=2)
    if numbers.shape[1] != 65 or not np.isin(numbers[:, :64], range(17)).all() or not np.isin(numbers[:, 64], range(10)).all():
        raise DataError(f"{csv}: expected lines of 64 values from 0 to 16 and a digit, found others; use scikit-learn's file")
    return numbers.astype(np.uint8)


if __name__ == "__main__":
    main()
