"""Who reads whom when an axis is upsampled: against torch's interpolate cell by cell, and by laws."""

import itertools
from collections import Counter

import pytest
import torch
from torch.nn.functional import interpolate

from convviz import GeometryError
from convviz.geometry import UpsampledAxis
from tests.checks import one_thread, refusal  # noqa: F401 - a fixture
from tests.counted import counted

SIZES = tuple(itertools.product(range(1, 13), range(1, 25)))
MODES = {
    "nearest": ((False, False), {"mode": "nearest"}),
    "linear": ((True, False), {"mode": "linear", "align_corners": False}),
    "linear, corners aligned": ((True, True), {"mode": "linear", "align_corners": True}),
}


def cells_with_gradients(size, output_size, options):
    """For every output, the cells that it answers to."""
    x = torch.ones(1, 1, size, dtype=torch.float64, requires_grad=True)
    outputs = interpolate(x, size=output_size, **options)[0, 0]
    gradients = (torch.autograd.grad(output, x, retain_graph=True)[0][0, 0] for output in outputs)
    # A cell exactly on another one's middle may leave a rest of rounding in its neighbour.
    return [tuple(torch.nonzero(gradient > 1e-9).ravel().tolist()) for gradient in gradients]


@pytest.mark.parametrize("mode", MODES)
def test_every_output_reads_the_cells_that_torch_has_gradients_for(mode):
    settings, options = MODES[mode]
    counts = Counter()
    for size, output_size in SIZES:
        axis = UpsampledAxis(size, output_size, *settings)
        assert [axis.reads(output) for output in range(output_size)] == cells_with_gradients(size, output_size, options)
        counts["computed"] += 1
    counted("upsampling", f"one axis, {mode}", counts)
    assert counts["computed"] == 288


@pytest.mark.parametrize(("size", "factor"), list(itertools.product((1, 2, 3, 7, 12), (1, 2, 3, 5))))
def test_a_whole_factor_repeats_every_cell_as_often(size, factor):
    axis = UpsampledAxis(size, size * factor)
    assert [axis.reads(output) for output in range(size * factor)] == [(cell,) for cell in range(size) for _ in range(factor)]
    assert axis.pace == (factor, 1)


@pytest.mark.parametrize("settings", [settings for settings, _ in MODES.values()], ids=MODES)
def test_as_many_outputs_further_the_window_lies_as_many_cells_further(settings):
    for size, output_size in SIZES:
        axis = UpsampledAxis(size, output_size, *settings)
        outputs, cells = axis.pace
        for output in range(-output_size, output_size):
            assert list(axis.window(output + outputs)) == [cell + cells for cell in axis.window(output)]


@pytest.mark.parametrize("settings", [settings for settings, _ in MODES.values()], ids=MODES)
def test_away_from_the_edges_a_window_is_what_is_read(settings):
    for size, output_size in SIZES:
        axis = UpsampledAxis(size, output_size, *settings)
        for output in range(output_size):
            if min(axis.window(output)) >= 0 and max(axis.window(output)) < size:
                assert axis.reads(output) == tuple(axis.window(output))


def test_an_axis_that_keeps_its_size_reads_cell_by_cell():
    for size, (settings, _) in itertools.product(range(1, 13), MODES.values()):
        windows = [UpsampledAxis(size, size, *settings).window(output) for output in range(size)]
        assert windows == [range(cell, cell + 1) for cell in range(size)]


def test_corners_that_are_aligned_lie_on_the_corners():
    for size, output_size in itertools.product(range(2, 13), range(2, 25)):
        axis = UpsampledAxis(size, output_size, linear=True, align_corners=True)
        assert (axis.window(0), axis.window(output_size - 1)) == (range(1), range(size - 1, size))


def test_only_linear_aligns_corners():
    assert UpsampledAxis(3, 7, align_corners=True).pace == UpsampledAxis(3, 7).pace == (7, 3)
    assert UpsampledAxis(3, 7, linear=True).pace == (7, 3)
    assert UpsampledAxis(3, 7, linear=True, align_corners=True).pace == (3, 1)


@pytest.mark.parametrize(
    ("sizes", "message", "attributes"),
    [
        ((0, 4), "input_size is 0: it must be at least 1", ("input_size", 0, 1, {"input_size": 1})),
        ((4, 0), "output_size is 0: it must be at least 1", ("output_size", 0, 1, {"output_size": 1})),
        (
            (4, 1.5),
            "output_size is 1.5: it must be a whole number of at least 1",
            ("output_size", 1.5, 1, {"output_size": 1}),
        ),
    ],
)
def test_sizes_that_are_none_are_refused(sizes, message, attributes):
    error = refusal(UpsampledAxis, *sizes)
    assert isinstance(error, GeometryError)
    assert str(error) == message
    assert (error.parameter, error.value, error.limit, error.remedy) == attributes


def test_the_whole_input_is_drawn():
    assert UpsampledAxis(5, 9).extent == (0, 5)
