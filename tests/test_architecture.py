"""The house stands: imports point down, and heavy packages stay in the rooms that are for them."""

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from convviz.operations import OPERATIONS
from tests.reference import TWINS

ROOT: Final = Path(__file__).parents[1]

FACE: Final = "convviz"
"""The room of `convviz/__init__.py` itself: the names that `from convviz import ...` promises."""

FLOORS: Final[Mapping[str, float]] = {
    "geometry": 0,
    "samples": 0,
    "trace": 1,
    "receptive_field": 1,
    "operations": 2,
    "network": 3,
    FACE: 3.5,  # names everything that computes, for everyone who shows it
    "player": 4,
    "figures": 4,
    "explain": 4,
    "lab": 4,
    "ui": 5,
    "pages": 6,
    "app": 7,
}

NEIGHBOURS: Final = {
    ("samples", "geometry"): "geometry is the ground everyone stands on; samples only takes the names of its settings from it",
}
"""(importer, imported) on one floor, with the reason for the exception."""

RESERVED: Final = {
    "streamlit": {"ui", "pages", "app"},
    "plotly": {"figures"},
    "torch": {"lab"},
    "captum": {"lab"},
}
"""Packages that load slowly or tie to a screen, and the only rooms that may import them."""


def sources() -> dict[Path, str]:
    """Every Python file of the house, by its path from the root."""
    files = [*ROOT.glob("convviz/**/*.py"), *ROOT.glob("pages/**/*.py"), *ROOT.glob("*.py")]
    return {file.relative_to(ROOT): file.read_text() for file in sorted(files)}


def room_of(path: Path) -> str:
    parts = path.with_suffix("").parts
    if parts[0] != "convviz":
        return parts[0]
    return FACE if parts[1] == "__init__" else parts[1]


def imported(path: Path, source: str) -> Iterator[str]:
    """Every dotted name that is imported, wherever in the file; `from a import b` counts as a.b."""
    package = path.parent.parts
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else ()
            yield from (".".join((*start, *filter(None, [node.module]), alias.name)) for alias in node.names)


def room_imported(name: str) -> str | None:
    """The room that a dotted name lies in; None for a package from elsewhere."""
    first, *rest = name.split(".")
    if first == "convviz":
        # What is no room is a public name: convviz.Axis.
        return rest[0] if rest and rest[0] in FLOORS else FACE
    return first if first in {"pages", "app"} else None


def complaint(room: str, name: str) -> str:
    """What is wrong with `room` importing `name`; empty if nothing."""
    package = name.split(".", 1)[0]
    if room not in RESERVED.get(package, {room}):
        return f"{room} imports {package}: that is for {', '.join(sorted(RESERVED[package]))}"
    other = room_imported(name)
    if other is None or other == room or (room, other) in NEIGHBOURS:
        return ""
    if FLOORS[room] > FLOORS[other]:
        return ""
    where = "beside" if FLOORS[room] == FLOORS[other] else "above"
    return f"{room} imports {other}, which lies {where} it"


def complaints(files: Mapping[Path, str]) -> list[str]:
    found = []
    for path, source in files.items():
        if room_of(path) not in FLOORS:
            found.append(f"{path}: {room_of(path)} has no floor: place it in FLOORS")
            continue
        wrong = (complaint(room_of(path), name) for name in imported(path, source))
        found += [f"{path}: {words}" for words in dict.fromkeys(wrong) if words]
    return found


def test_imports_point_down_and_heavy_packages_stay_in_their_rooms():
    files = sources()
    rooms = {room_of(path) for path in files}
    assert complaints(files) == []
    assert {"geometry", "samples", "trace", "operations", FACE} <= rooms
    assert sum(1 for path, source in files.items() for name in imported(path, source) if room_imported(name)) > 10


def test_every_exception_is_between_neighbours_and_still_needed():
    files = sources()
    crossings = {(room_of(path), room_imported(name)) for path, source in files.items() for name in imported(path, source)}
    assert all(FLOORS[importer] == FLOORS[other] and reason for (importer, other), reason in NEIGHBOURS.items())
    assert set(NEIGHBOURS) <= crossings


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        # up
        ("convviz/geometry.py", "from convviz.trace import Trace", "geometry imports trace, which lies above it"),
        ("convviz/trace.py", "import convviz.ui.controls", "trace imports ui, which lies above it"),
        ("convviz/operations/pooling.py", "from convviz import network", "operations imports network, which lies above it"),
        ("convviz/ui/frame.py", "from pages import home", "ui imports pages, which lies above it"),
        # up, by a public name
        ("convviz/trace.py", "from convviz import Axis", "trace imports convviz, which lies above it"),
        ("convviz/trace.py", "import convviz", "trace imports convviz, which lies above it"),
        # up, relative
        ("convviz/trace.py", "from . import operations", "trace imports operations, which lies above it"),
        ("convviz/operations/pooling.py", "from ..network import table", "operations imports network, which lies above it"),
        # up, out of sight
        ("convviz/trace.py", "def late():\n    from convviz.lab import runs", "trace imports lab, which lies above it"),
        ("convviz/trace.py", "if TYPE_CHECKING:\n    import convviz.lab", "trace imports lab, which lies above it"),
        # beside
        ("convviz/player/payload.py", "from convviz.explain import size", "player imports explain, which lies beside it"),
        ("convviz/geometry.py", "from convviz.samples import Recipe", "geometry imports samples, which lies beside it"),
        # reserved
        ("convviz/player/payload.py", "import streamlit as st", "player imports streamlit: that is for app, pages, ui"),
        ("convviz/explain/size.py", "from plotly import graph_objects", "explain imports plotly: that is for figures"),
        ("pages/lab.py", "import torch.nn.functional as F", "pages imports torch: that is for lab"),
        # not placed
        ("convviz/attic.py", "", "attic has no floor: place it in FLOORS"),
        ("convviz/attic/box.py", "", "attic has no floor: place it in FLOORS"),
        ("shed.py", "", "shed has no floor: place it in FLOORS"),
    ],
)
def test_the_checker_complains(path, source, expected):
    assert complaints({Path(path): source}) == [f"{path}: {expected}"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        # down, over several floors
        ("pages/home.py", "from convviz import convolution\nfrom convviz.ui import frame\nimport streamlit as st"),
        ("app.py", "from convviz.ui.server import routes\nimport streamlit"),
        ("convviz/__init__.py", "from convviz.network import PRESETS"),
        ("convviz/trace.py", "from .geometry import Axis"),
        # within one package
        ("convviz/operations/__init__.py", "from convviz.operations.pooling import pooling\nfrom . import pooling"),
        ("pages/_navigation.py", "from pages import home"),
        # the stated exception
        ("convviz/samples.py", "from convviz.geometry import PaddingMode"),
        # packages from elsewhere
        ("convviz/geometry.py", "import numpy as np\nfrom dataclasses import dataclass"),
        ("convviz/lab/train.py", "import torch"),
        # words about code are no code
        ("convviz/explain/code.py", "TEXT = 'import torch'"),
    ],
)
def test_the_checker_lets_pass(path, source):
    assert complaints({Path(path): source}) == []
    assert list(imported(Path(path), source)) or "TEXT" in source


def test_importing_the_library_waits_for_nothing_heavy():
    script = f"import sys, convviz; print(*sorted({set(RESERVED) | {'convviz', 'numpy'}} & set(sys.modules)))"
    command = [sys.executable, "-W", "error", "-c", script]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["convviz", "numpy"]


# --- Every operation has its oracle --------------------------------------------------------------------------------------


def test_every_operation_has_a_twin_and_every_twin_an_operation():
    assert set(TWINS) == set(OPERATIONS)
    assert len(TWINS) > 0


def test_the_twins_know_nothing_of_convviz():
    path = Path(__file__).with_name("reference.py")
    names = list(imported(path, path.read_text()))
    assert "torch" in names
    assert not [name for name in names if name.split(".")[0] == "convviz"]
