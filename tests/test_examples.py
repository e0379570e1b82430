"""The worked examples in the running app: every link of the README, and every canonical configuration step by step."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from convviz.samples import PRESETS
from tests.reference import TWINS
from tests.stage import Stage

README = (Path(__file__).parents[1] / "README.md").read_text()
ROWS = re.findall(
    r"^\| (A\d+) \|[^|]*\| \[[^]]*\]\(http://localhost:8501(\S+)\) \| ([\d×]+): ([^|]*) \|$", README, re.MULTILINE
)


def test_the_readme_has_a_worked_example_for_every_row_of_sliding_windows() -> None:
    assert {row for row, *_ in ROWS} >= {f"A{number}" for number in (1, 2, 4, 5, 6, 7, 9, *range(10, 25))}


@pytest.mark.parametrize(("row", "path", "shape", "numbers"), ROWS, ids=[f"{row} {path}" for row, path, *_ in ROWS])
def test_the_worked_example_comes_out(stage: Stage, row: str, path: str, shape: str, numbers: str) -> None:
    stage.open(path)
    stage.expect("output-shape", shape)
    shown = stage.evaluate("Array.from(stage.scene.grids.output.data.slice(0, 9))")
    expected = [float(number.replace("−", "-")) for number in numbers.removesuffix(" …").split()]
    assert [round(value, 3) + 0 for value in shown] == expected, row
    expect(stage.page.locator(".cv-problem")).to_have_count(0)
    assert stage.errors == []


CANONICAL = {
    "no-padding": (4, 2),
    "arbitrary-padding": (5, 6),
    "same-padding": (5, 5),
    "full-padding": (5, 7),
    "strides": (5, 2),
    "padding-strides": (5, 3),
    "padding-strides-odd": (6, 3),
    "dilation": (7, 3),
    "transposed-no-padding": (2, 4),
    "transposed-arbitrary-padding": (6, 5),
    "transposed-same-padding": (5, 5),
    "transposed-full-padding": (7, 5),
    "transposed-strides": (2, 5),
    "transposed-padding-strides": (3, 5),
    "transposed-padding-strides-odd": (3, 6),
    "numeric": (5, 3),
    "numeric-strided": (5, 3),
    "average-pooling": (5, 3),
    "max-pooling": (5, 3),
}
PAGES = {"convolution": "convolution", "pooling": "pooling", "transposed_convolution": "transposed-convolution"}


def torch_output(preset: str) -> np.ndarray[Any, Any]:
    sample = PRESETS[preset].sample
    *arrays, options = sample.arguments()
    return np.asarray(TWINS[sample.operation](*arrays, **options))


def link(preset: str, **parameters: str) -> str:
    rest = "".join(f"&{name}={value}" for name, value in parameters.items())
    return f"/{PAGES[PRESETS[preset].sample.operation]}?from={preset}{rest}"


def result_of(arithmetic: str) -> float:
    return float(arithmetic.rsplit("=", 1)[1].strip().replace("−", "-"))


def test_there_are_nineteen_canonical_configurations() -> None:
    assert len(CANONICAL) == 19


@pytest.mark.parametrize(("preset", "sizes"), CANONICAL.items(), ids=list(CANONICAL))
def test_a_canonical_configuration_plays_to_its_end_with_torchs_number_at_every_step(
    stage: Stage, preset: str, sizes: tuple[int, int]
) -> None:
    """Cell by cell of the output: of a transposed convolution in the view with the zeros inserted."""
    expected = torch_output(preset)
    stage.open(link(preset, view="zeros") if preset.startswith("transposed") else link(preset))
    assert stage.evaluate("stage.scene.grids.input.shape[1]") == sizes[0]
    assert stage.shape == expected.shape == (1, sizes[1], sizes[1])
    for step, value in enumerate(expected.ravel()):
        stage.expect("step", step)
        assert result_of(stage.arithmetic) == pytest.approx(value, abs=5e-4), (step, stage.arithmetic)
        stage.press("ArrowRight")
    assert stage.errors == []


@pytest.mark.parametrize("preset", [name for name in CANONICAL if name.startswith("transposed")])
def test_stamps_add_up_to_torchs_transposed_convolution(stage: Stage, preset: str) -> None:
    expected = torch_output(preset)
    stage.open(link(preset))
    assert stage.steps == PRESETS[preset].sample.input_size[0] ** 2, "one step for each input cell"
    stage.press("End")
    for position in [(0, 0), (expected.shape[1] // 2, 1), (expected.shape[1] - 1, expected.shape[2] - 1)]:
        stage.point("output", position)
        assert result_of(stage.arithmetic) == expected[(0, *position)], position
    assert stage.errors == []
