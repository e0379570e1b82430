"""Whatever is killed, and whenever: every run can be read, and goes on as if nothing had been. And disks that take no more."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

UNSHARED = ("unshare", *(() if hasattr(os, "geteuid") and os.geteuid() == 0 else ("--map-root-user",)), "--mount")


def may_mount() -> bool:
    return shutil.which("unshare") is not None and subprocess.run([*UNSHARED, "true"], capture_output=True).returncode == 0  # noqa: PLW1510


needs_mounts = pytest.mark.skipif(
    not os.environ.get("CI") and not may_mount(), reason="this system lets nobody mount a disk of their own: only CI has to"
)


def said(*command: str) -> str:
    run = subprocess.run([sys.executable, "-W", "error", "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, (command, run.stderr)
    return run.stdout


def test_a_run_killed_at_any_point_of_its_writing_goes_on(tmp_path: Path) -> None:
    points, _ = said("tests.killing", "points", str(tmp_path)).split()
    assert int(points) >= 40


def test_a_run_killed_at_random_moments_fifty_times_goes_on(tmp_path: Path) -> None:
    kills, *_ = said("tests.killing", "moments", str(tmp_path), os.urandom(4).hex()).split()
    assert kills == "50"


@needs_mounts
def test_a_full_disk_and_a_read_only_one(tmp_path: Path) -> None:
    command = [*UNSHARED, sys.executable, "-W", "error", "-m", "tests.mounted", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, (command, run.stderr)
    seen = json.loads(run.stdout)
    assert seen["full"].endswith("the disk is full: delete runs, or make room, and go on from the last epoch")
    assert (seen["state"], seen["message"]) == ("failed", seen["full"])
    assert 1 <= seen["epochs"] < 13
    assert seen["new"].endswith(": the disk is full: delete runs, or make room, and go on from the last epoch")
    assert seen["read_only"].endswith(": it cannot be written, for it is read-only or somebody else's: name another folder")
    assert "it cannot be written, for it is read-only" in seen["read_only_delete"]
    assert seen["read"] == ["finished", 13, True]
