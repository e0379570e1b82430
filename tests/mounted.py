"""Trainings on a disk of a few pages, full or read-only, `unshare --mount python -m tests.mounted FOLDER`: what they say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from convviz.lab.carry import carry_out
from convviz.lab.errors import FullError, StoreError
from convviz.lab.run import Run
from convviz.lab.runs import Store
from tests.killing import require_readable, require_same
from tests.lab import tiny

SMALL: Final = "72k"
"""Room for an epoch or two."""


def main(folder: str) -> None:
    disk, elsewhere = Path(folder, "disk"), Path(folder, "elsewhere")
    for path in (disk, elsewhere):
        path.mkdir()
    mount("-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(disk))
    whole = Store(elsewhere).prepare(SETTINGS)
    carry_out(str(whole.folder))
    print(json.dumps({**on_a_full_disk(disk, whole), **on_a_read_only_disk(disk)}))


SETTINGS: Final = tiny(epochs=12)


def on_a_full_disk(disk: Path, whole: Run) -> dict[str, Any]:
    """It fails with a sentence, can be read, and goes on once there is room."""
    run = Store(disk).prepare(SETTINGS)
    seen = {"full": sentence(FullError, lambda: carry_out(str(run.folder))), "state": run.state, "message": run.message}
    require_readable(run)
    seen["epochs"] = len(run.figures())
    seen["new"] = sentence(FullError, lambda: fill(disk))
    mount("-o", "remount,size=8m", str(disk))
    carry_out(str(run.folder))
    require_same(run, whole)
    return seen


def fill(disk: Path) -> None:
    """Start runs until no more can be."""
    for _ in range(100):
        Store(disk).prepare(SETTINGS)


def on_a_read_only_disk(disk: Path) -> dict[str, Any]:
    mount("-o", "remount,ro", str(disk))
    store = Store(disk)
    (run,) = (run for run in store.runs() if run.figures())
    return {
        "read_only": sentence(StoreError, lambda: store.prepare(SETTINGS)),
        "read_only_delete": sentence(StoreError, lambda: store.delete(run.id, store.token)),
        "read": [run.state, len(run.figures()), len(run.weights()) > 0],
    }


def sentence(kind: type[Exception], attempt: Any) -> str:
    try:
        attempt()
    except kind as error:
        return str(error)
    raise SystemExit("nothing was wrong")


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)  # noqa: S607 - the one that is there


if __name__ == "__main__":
    main(sys.argv[1])
