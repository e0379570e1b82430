"""Trainings that are killed, `python -m tests.killing points FOLDER`, or `moments FOLDER SEED`: how often, and what differed.

A program of its own, for it forks: torch is loaded once, and no thread of it has run yet.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from convviz.lab import carry, safely
from convviz.lab.carry import carry_out
from convviz.lab.run import OVER, Order, Run
from convviz.lab.train import train
from convviz.lab.weights import unpacked
from tests.lab import tiny

KILLS: Final = 50
CODE: Final = 9
"""What a process that ends itself at a point of its choice exits with."""


def main(what: str, folder: str, seed: str = "0") -> None:
    for _ in train(tiny(epochs=1)):  # what torch loads late, it loads now
        pass
    {"points": at_every_point, "moments": at_random_moments}[what](Path(folder), random.Random(seed))  # noqa: S311 - moments


def at_every_point(folder: Path, _: random.Random) -> None:
    """Before each time a file is forced to the disk or put in its place, and in the middle of what is written before.

    In a training that is held once, and let go, which the one that it is compared with never is; and of weights that are
    loaded.
    """
    order = Order(tiny(epochs=1), 0.0, "")
    whole = made(folder / "whole", order)
    child(whole, lambda: None)
    ended = killed_at_every_point(folder, order, whole)
    weights = whole.weights()
    loaded = replace(order, loaded=True)
    whole = made(folder / "loaded", loaded, weights)
    child(whole, lambda: None)
    require(whole.weights() == weights, "its weights are others")
    print(f"{ended + killed_at_every_point(folder, loaded, whole, weights)} points")


def killed_at_every_point(folder: Path, order: Order, whole: Run, weights: bytes | None = None) -> int:
    """How many points there were."""
    ended = 0
    for half in (False, True):
        for point in range(1, 1000):
            run = made(folder / f"{point}-{half}-{order.loaded}", order, weights)
            if child(run, lambda run=run, point=point, half=half: (hold(run), end_at(point, half=half))) == 0:
                require_same(run, whole)
                break
            ended += 1
            require_readable(run)
            run.want_hold(None)
            require(child(run, lambda: None) == 0, f"point {point}: it could not be resumed")
            require_same(run, whole)
            shutil.rmtree(run.folder)
    return ended


def at_random_moments(folder: Path, chance: random.Random) -> None:
    order = Order(tiny(epochs=6), 0.0, "")
    whole = made(folder / "whole", order)
    begun = time.monotonic()
    child(whole, lambda: None)
    lasts = time.monotonic() - begun
    kills = resumed = 0
    run = made(folder / "run", order)
    while kills < KILLS:
        run.want_hold(chance.choice((None, None, 0, 2)))
        process = forked(run, lambda: None)
        time.sleep(chance.uniform(0, lasts))
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        kills += os.WIFSIGNALED(status)
        require_readable(run)
        if run.state == "finished":
            require_same(run, whole)
            shutil.rmtree(run.folder)
            run = made(folder / "run", order)
            resumed += 1
    run.want_hold(None)
    require(child(run, lambda: None) == 0, "it could not be resumed")
    require_same(run, whole)
    print(f"{kills} kills, {resumed + 1} runs trained to their end")


def made(folder: Path, order: Order, weights: bytes | None = None) -> Run:
    folder.mkdir()
    Run(folder).make(order, weights)
    return Run(folder)


def child(run: Run, prepare: Callable[[], object]) -> int:
    """What a process that trains the run exits with."""
    _, status = os.waitpid(forked(run, prepare), 0)
    return os.waitstatus_to_exitcode(status)


def forked(run: Run, prepare: Callable[[], object]) -> int:
    process = os.fork()
    if process:
        return process
    try:
        prepare()
        carry_out(str(run.folder))
        os._exit(0)
    finally:
        os._exit(1)


def hold(run: Run) -> None:
    """Before its first step, until it has slept for the first time."""
    run.want_hold(0)
    carry.time.sleep = lambda _: run.want_hold(None)  # type: ignore[attr-defined]


def end_at(point: int, *, half: bool) -> None:
    """End this process at the so-manieth point, as a kill would; `half`: in the middle of a file, where one is written."""
    passed = 0
    force, put = os.fsync, Path.replace

    def pass_by(cut: Callable[[], object] | None) -> None:
        nonlocal passed
        passed += cut is not None or not half
        if passed == point:
            if half and cut:
                cut()
            os._exit(CODE)

    def forcing(descriptor: int) -> None:
        size = os.fstat(descriptor).st_size
        is_folder = os.path.isdir(f"/proc/self/fd/{descriptor}")  # noqa: PTH112 - a descriptor
        pass_by(None if is_folder else lambda: os.ftruncate(descriptor, size - min(size // 2, 50)))
        force(descriptor)

    def putting(self: Path, target: Any) -> Path:
        pass_by(None)
        return put(self, target)

    safely.os.fsync = forcing  # type: ignore[attr-defined]
    Path.replace = putting  # type: ignore[method-assign,assignment]


def require_readable(run: Run) -> None:
    """Everything that is there can be read, and says one thing."""
    require(run.state in OVER, f"its state is {run.state}")
    figures = run.figures()
    require([each.epoch for each in figures] == [*range(len(figures))], "a line is missing")
    for each in figures:
        arrays = run.arrays(each.epoch)
        require(set(arrays) == {"filters", "predictions", "probabilities"}, "an array is missing")
    if figures:
        unpacked(run.weights(), run.settings)
        require(run.state == "finished" or run.checkpoint() is not None, "its checkpoint is missing")
    run.progress()


def require_same(run: Run, whole: Run) -> None:
    """As if nothing had happened: every number but the times, and every file."""
    require(run.state == whole.state == "finished", f"it is {run.state}")
    require(timeless(run) == timeless(whole), "its figures differ")
    for file in ("weights.safetensors", *(f"epochs/{each.epoch:04}.safetensors" for each in whole.figures())):
        require((run.folder / file).read_bytes() == (whole.folder / file).read_bytes(), f"{file} differs")
    leftover = {path.name for path in run.folder.rglob("*")} - {path.name for path in whole.folder.rglob("*")}
    # Killed between its last word and tidying up, a run keeps its last checkpoint.
    require(leftover <= {"checkpoint.pt"}, f"{leftover} is left")


def timeless(run: Run) -> list[Any]:
    return [replace(each, seconds=0.0, pictures_per_second=0.0) for each in run.figures()]


def require(is_so: bool, why: str) -> None:
    if not is_so:
        raise SystemExit(why)


if __name__ == "__main__":
    main(*sys.argv[1:])
