"""Occlusion: both ways against each other, a loop of single pictures, and captum's maps."""

import warnings
from collections import Counter
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
import pytest
import torch
from captum.attr import Occlusion
from torch import Tensor, nn

from convviz.geometry import Axis
from convviz.lab.model import MLP, LeNet5, SmallCNN
from convviz.lab.module import build
from convviz.lab.occlusion import filled, groups, occluded_scores, occlusion_map
from convviz.lab.occlusion.chain import read
from convviz.lab.occlusion.fills import fill_of
from convviz.lab.occlusion.groups import steps_of
from convviz.lab.occlusion.incremental import incremental_scores
from convviz.lab.occlusion.rule import depth_of, works_of
from convviz.lab.patches import positions_of
from tests.checks import one_thread, refusal  # noqa: F401 - one is a fixture
from tests.random_chains import case

SAME = 1e-5
"""By how much scores may differ, as a part of the largest."""
CHAINS = 560
COVERED = 400


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """An even kernel makes torch say that it pads a copy: what is wanted here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Using padding='same' with even kernel", category=UserWarning)
        yield


def same_scores(ours: Any, theirs: Any, largest: float = 0) -> None:
    """Differences of scores say how large those were, a model's `largest`."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= SAME * max(np.abs(theirs).max(), largest)


def largest_of(model: nn.Module, image: Tensor) -> float:
    return model(image[None]).abs().max().item()


def one_by_one(model: nn.Module, image: Tensor, patch: Any, stride: Any, fill: Any) -> np.ndarray:
    """The scores of each covered picture by itself, with positions counted by hand."""
    (height, width), channels = image.shape[1:], image.shape[0]
    (tall, wide), (down, right) = ((each, each) if isinstance(each, int) else each for each in (patch, stride))
    given = torch.as_tensor(fill, dtype=image.dtype)
    fill = torch.zeros(channels, height, width) + (given[:, None, None] if given.ndim == 1 else given)
    found = []
    for top in starts(height, tall, down):
        found.append([])
        for left in starts(width, wide, right):
            hidden = image.clone()
            hidden[:, top : top + tall, left : left + wide] = fill[:, top : top + tall, left : left + wide]
            with torch.no_grad():
                found[-1].append(model(hidden[None])[0].numpy())
    return np.array(found)


def starts(size: int, patch: int, stride: int) -> list[int]:
    """Until the patch has covered the last cell, or begins behind it."""
    found = [0]
    while found[-1] + patch < size and found[-1] + stride < size:
        found.append(found[-1] + stride)
    return found


def convnet(channels: int = 3, last: nn.Module | None = None) -> nn.Sequential:
    torch.manual_seed(1)
    pool = last or nn.AdaptiveAvgPool2d(1)
    layers = nn.Conv2d(channels, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 12, 3, padding=1), nn.Tanh()
    return nn.Sequential(*layers, pool, nn.Flatten(), nn.LazyLinear(5)).eval()


# --- Both ways ------------------------------------------------------------------------------------------------------------


def test_both_ways_give_the_same_scores_for_random_models(monkeypatch):
    """Of every three models, one passes in as few groups as can be, one in more, one with position after position."""
    ways: Counter[str] = Counter()
    for seed in range(CHAINS):
        random = case(seed)
        monkeypatch.setitem(groups.MOST_NUMBERS, "cpu", (2**20, 2**11, 1)[seed % 3])
        plain = occluded_scores(random.model, random.image, way="plain", **random.settings)
        try:
            depths = all_depths(random.model, random.image, plain.plain, **random.settings)
        except ValueError:
            ways["plain"] += 1
            continue
        for scores in depths:
            same_scores(scores, plain.scores)
        ways["incremental"] += 1
    assert ways["incremental"] >= COVERED, ways


def all_depths(model: nn.Module, image: Tensor, plain: Any, patch: Any, stride: Any, fill: Any) -> list[np.ndarray]:
    """Scores with all layers of the chain done window by window, and with as many as the rule would have."""
    positions, plain = positions_of(image.shape[1:], patch, stride), torch.tensor(plain)
    with torch.inference_mode():
        chain = read(model, image, plain)
        steps, count = steps_of(chain, positions), prod(axis.output_size for axis in positions)
        depths = {len(chain.layers), depth_of(chain, steps, count, least=1)}
        filling = fill_of(fill, image)
        return [incremental_scores(chain, steps, depth, filling, plain, positions).numpy() for depth in depths]


def test_a_function_that_overwrites_what_it_reads_leaves_the_picture_alone():
    model, image = nn.Sequential(nn.LeakyReLU(0.1, inplace=True), convnet()).eval(), torch.randn(3, 12, 12)
    before = image.clone()
    found = occluded_scores(model, image, patch=4)
    assert torch.equal(image, before)
    same_scores(found.scores, one_by_one(model, image, 4, 1, 0.5))


def test_one_channel_with_strides_in_its_columns_alone_is_not_trusted_to_windows():
    torch.manual_seed(2)
    layers = nn.Conv2d(1, 4, (7, 5), stride=(1, 4), padding=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    model, image = nn.Sequential(*layers).eval(), torch.randn(1, 24, 24)
    found = occluded_scores(model, image, patch=2)
    assert found.way == "plain"
    same_scores(found.scores, one_by_one(model, image, 2, 1, 0.5))


def test_a_layer_whose_hook_changes_numbers_is_not_passed_window_by_window():
    model, image = convnet(), torch.rand(3, 12, 12)
    model(image[None])
    model[0].register_forward_hook(lambda _, __, output: 2 * output)
    found = occluded_scores(model, image, patch=4)
    assert found.way == "plain"
    same_scores(found.scores, one_by_one(model, image, 4, 1, 0.5))


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_random_models_agree_with_a_loop_of_single_pictures(seed):
    random = case(seed)
    found = occluded_scores(random.model, random.image, **random.settings)
    same_scores(found.scores, one_by_one(random.model, random.image, **random.settings))


@pytest.mark.parametrize(
    ("sizes", "patch", "stride"),
    [
        ((16, 16), 4, 1),  # every position
        ((15, 11), 4, 3),  # odd sizes, an edge left over on one axis
        ((9, 14), (3, 5), (4, 2)),  # an axis each
        ((12, 10), 11, 1),  # larger than one side
        ((12, 10), 40, 3),  # larger than the picture: one position
        ((10, 10), 2, 3),  # cells that no patch covers
        ((10, 10), 4, 5),  # the last patch is cut
        ((13, 13), 1, 1),  # single cells
    ],
)
@pytest.mark.parametrize("fill", ["grey", "mean", "blur", "black"])
@pytest.mark.parametrize("channels", [1, 3])
def test_positions_and_fills_agree_with_a_loop(sizes, patch, stride, fill, channels):
    model, image = convnet(channels), torch.rand(channels, *sizes)
    filling = filled(fill, image)
    model(image[None])
    expected = one_by_one(model, image, patch, stride, filling)
    for way in ("incremental", "plain"):
        found = occluded_scores(model, image, patch=patch, stride=stride, fill=filling, way=way)
        assert found.way == way
        same_scores(found.scores, expected)
        same_scores(found.plain, model(image[None])[0].detach())


@pytest.mark.parametrize("end", [nn.AdaptiveAvgPool2d(1), nn.AdaptiveMaxPool2d(1), nn.AdaptiveAvgPool2d((3, 2)), nn.Identity()])
def test_every_end_agrees_with_a_loop(end):
    model, image = convnet(last=end), torch.rand(3, 14, 12)
    model(image[None])
    found = occluded_scores(model, image, patch=5, way="incremental")
    same_scores(found.scores, one_by_one(model, image, 5, 1, 0.5))


# --- captum ---------------------------------------------------------------------------------------------------------------


def captum(model: nn.Module, image: Tensor, patch: int, stride: int, target: int) -> np.ndarray:
    """captum's map: at each cell the drops of all patches that cover it, averaged."""
    settings = {"sliding_window_shapes": (len(image), patch, patch), "strides": (len(image), stride, stride)}
    attributed = Occlusion(model).attribute(image[None], target=target, baselines=0.5, perturbations_per_eval=16, **settings)
    return attributed[0, 0].detach().numpy()


@pytest.mark.parametrize("size", [16, 18])  # divides evenly, an edge left over
def test_patches_side_by_side_are_captums_map(size):
    model, image = convnet(), torch.rand(3, size, size)
    model(image[None])
    drops = occlusion_map(model, image, 2, patch=4, stride=4)
    spread = np.kron(drops, np.ones((4, 4)))[:size, :size]
    same_scores(spread, captum(model, image, 4, 4, 2), largest_of(model, image))


@pytest.mark.parametrize("stride", [1, 3])
def test_overlapping_patches_averaged_are_captums_map(stride):
    model, image = convnet(), torch.rand(3, 15, 15)
    model(image[None])
    drops = occlusion_map(model, image, 1, patch=6, stride=stride)
    added, covering = np.zeros((15, 15)), np.zeros((15, 15))
    for (row, column), drop in np.ndenumerate(drops):
        cells = tuple(slice(number * stride, number * stride + 6) for number in (row, column))
        added[cells] += drop
        covering[cells] += 1
    same_scores(added / covering, captum(model, image, 6, stride, 1), largest_of(model, image))


def test_overlaps_of_captums_map_undone_are_ours():
    model, image = convnet(), torch.rand(3, 12, 12)
    model(image[None])
    drops = occlusion_map(model, image, 0, patch=5)
    covering = np.convolve(np.ones(8), np.ones(5))
    sums = captum(model, image, 5, 1, 0) * np.outer(covering, covering)
    for axis in (0, 1):  # the sum at a cell, less the one before, is the patch that comes in less the one that goes out
        steps = np.moveaxis(np.diff(sums, axis=axis, prepend=0), axis, 0)
        for number in range(5, len(steps)):
            steps[number] += steps[number - 5]
        sums = np.moveaxis(steps[:8], 0, axis)
    # A patch is a sum of up to 25 averages.
    same_scores(sums, drops, 25 * largest_of(model, image))


# --- Networks of the lab, and others --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("description", "way"),
    [
        (SmallCNN(channels=(8, 12)), "incremental"),
        (SmallCNN(channels=(6, 8), pooling="average", global_pooling="max", activation="GELU"), "incremental"),
        (SmallCNN(channels=(6, 8), pooling="stride", global_pooling="none", dropout=0.4, first_kernel_size=7), "incremental"),
        (LeNet5(), "incremental"),
        (SmallCNN(channels=(6, 6), skip=True, batch_norm=False), "plain"),  # two layers read the picture
        (MLP(parameters=2000), "plain"),
    ],
)
def test_networks_of_the_lab(description, way):
    torch.manual_seed(3)
    module = build(description.network((3, 20, 22), 4))
    for name, buffer in module.named_buffers():
        buffer.data = torch.rand_like(buffer) + 0.5 if name.endswith(("mean", "var")) else buffer
    image = torch.rand(3, 20, 22)
    settings = {"patch": 5, "stride": 2, "fill": filled("blur", image)}
    plain = occluded_scores(module, image, way="plain", **settings)
    if way == "plain":
        assert refusal(occluded_scores, module, image, way="incremental", **settings).remedy == {"way": "plain"}
    else:
        found = occluded_scores(module, image, way=way, **settings)
        same_scores(found.scores, plain.scores)
    same_scores(plain.scores, one_by_one(module.eval(), image, *settings.values()))


class Written(nn.Module):
    """A chain that is called by hand, and then something that torch.fx has to follow."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.act, self.dense = nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Linear(4, 3)

    def forward(self, x: Tensor, scale: float = 2.0) -> Tensor:
        x = self.act(self.conv(x))
        return self.dense(scale * x.mean((2, 3)) + x.amax((2, 3)))


class Choosing(Written):
    """What it does depends on the picture."""

    def forward(self, x: Tensor, scale: float = 2.0) -> Tensor:
        return super().forward(x if x.mean() > 0.5 else -x, scale)


def test_models_written_by_hand():
    torch.manual_seed(4)
    image = torch.rand(1, 12, 12)
    for model, way in ((Written().eval(), "incremental"), (Choosing().eval(), "plain")):
        expected = one_by_one(model, image, 4, 1, 0)
        same_scores(occluded_scores(model, image, patch=4, fill=0, way=way).scores, expected)
        same_scores(occluded_scores(model, image, patch=4, fill=0).scores, expected)
    assert "cannot follow" in str(refusal(occluded_scores, Choosing(), image, patch=4, way="incremental"))


def test_a_hook_that_changes_what_the_model_says_is_found_out():
    model, image = convnet(), torch.rand(3, 12, 12)
    model(image[None])
    model.register_forward_hook(lambda _, __, out: 2 * out)
    assert "more than its layers say" in str(refusal(occluded_scores, model, image, patch=4, way="incremental"))
    same_scores(occluded_scores(model, image, patch=4).scores, one_by_one(model, image, 4, 1, 0.5))


def test_pictures_of_a_batch_are_not_mixed():
    model = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3, track_running_stats=False), nn.AdaptiveMaxPool2d(1), nn.Flatten()
    )
    image = torch.rand(1, 9, 9)
    assert occluded_scores(model, image, patch=4).way == "plain"
    same_scores(occluded_scores(model, image, patch=4).scores, one_by_one(model.eval(), image, 4, 1, 0.5))


def test_convolutions_whose_windows_lie_in_padding_alone_take_the_plain_way():
    model = nn.Sequential(nn.Conv2d(3, 2, 1, 2, 3, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    image = torch.rand(3, 3, 9)
    same_scores(occluded_scores(model, image, patch=1).scores, one_by_one(model, image, 1, 1, 0.5))


def test_windows_that_read_nothing_take_the_plain_way():
    pools = nn.MaxPool2d(2, padding=1, dilation=3), nn.ReLU(), nn.AdaptiveMaxPool2d(1)
    model, image = nn.Sequential(*pools, nn.Flatten()), torch.rand(1, 2, 7)
    assert model[0](image).isinf().any()
    found = occluded_scores(model, image, patch=2)
    same_scores(found.scores, one_by_one(model, image, 2, 1, 0.5))
    assert "infinite" in str(refusal(occluded_scores, nn.Sequential(model[0], *model[2:]), image, patch=2, way="incremental"))


def test_a_model_is_left_as_it_was():
    model, image = convnet(), torch.rand(3, 12, 12)
    model(image[None])
    model.train()
    model[1].eval()
    modes = [module.training for module in model.modules()]
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    occluded_scores(model, image.requires_grad_(), patch=4, way="incremental")
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(weights[name], tensor) for name, tensor in model.state_dict().items())


def test_other_precisions_are_the_models():
    model, image = convnet().double(), torch.rand(3, 12, 12)
    model(image[None].double())
    found = occluded_scores(model, image, patch=4, way="incremental")
    assert found.scores.dtype == found.plain.dtype == np.float32
    same_scores(found.scores, one_by_one(model, image.double(), 4, 1, 0.5))


# --- The rule -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "patch", "stride", "way"),
    [
        ((48, 48), 6, 1, "incremental"),  # a small patch on a large picture
        ((48, 48), 46, 1, "plain"),  # it reaches everything
        ((8, 8), 3, 5, "plain"),  # so little to do that calls count
    ],
)
def test_the_way_with_less_to_do_is_taken(sizes, patch, stride, way):
    model, image = convnet(), torch.rand(3, *sizes)
    model(image[None])
    assert occluded_scores(model, image, patch=patch, stride=stride).way == way


def test_work_counts_multiplications_numbers_and_calls():
    model, image = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Flatten()).eval(), torch.rand(2, 10, 10)
    positions = Axis(10, 4), Axis(10, 4)
    with torch.inference_mode():
        chain = read(model, image, model(image[None])[0])
        plain, windowed = works_of(chain, steps_of(chain, positions), count := 49)
    per_cell = 3 * 2 * 9 + 16 * 3
    assert plain == count * 64 * per_cell
    # A window of 6×6 a position; then each layer of 3×8×8 is made whole, in two passes.
    assert windowed == count * 36 * per_cell + 16 * 2 * count * prod((3, 8, 8)) + 10**6


# --- Fills ----------------------------------------------------------------------------------------------------------------


def test_a_blurred_picture_is_a_weighted_average_of_the_cells_around():
    image = torch.rand(2, 17, 24)
    blurred = filled("blur", image)
    for row, column in ((0, 0), (8, 12), (16, 3)):
        near = [
            (np.exp(-2 * ((r - row) / 2) ** 2 - 2 * ((c - column) / 3) ** 2), image[:, r, c].numpy())
            for r in range(max(row - 2, 0), min(row + 3, 17))
            for c in range(max(column - 3, 0), min(column + 4, 24))
        ]
        expected = sum(weight * cell for weight, cell in near) / sum(weight for weight, _ in near)
        np.testing.assert_allclose(blurred[:, row, column], expected, rtol=1e-5)


def test_fills_by_name():
    image = torch.rand(3, 6, 5)
    assert all(filled(name, image).shape == image.shape for name in ("grey", "black", "mean", "blur"))
    assert filled("grey", image).unique().tolist() == [0.5]
    assert filled("black", image).unique().tolist() == [0]
    torch.testing.assert_close(filled("mean", image)[:, 2, 2], image.mean((1, 2)))
    torch.testing.assert_close(filled("blur", torch.full((1, 9, 9), 0.3)), torch.full((1, 9, 9), 0.3))


# --- Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "parameter", "words"),
    [
        ({"patch": 0}, "patch", "patch is 0: it must be at least 1"),
        ({"patch": (3, 1.5)}, "patch", "patch is 1.5: it must be a whole number of at least 1"),
        ({"patch": (3, 3, 3)}, "patch", "patch has 3 entries: write a number, or one for the rows and one for the columns"),
        ({"stride": 0}, "stride", "stride is 0: it must be at least 1"),
        ({"fill": (0.5, 0.5)}, "fill", "fill has shape 2: write a number, 3 numbers, one a channel, or a picture of 3×12×12"),
        ({"target": 5}, "target", "target is 5: the model has classes 0 to 4"),
        ({"target": -1}, "target", "target is -1: it must be at least 0"),
        ({"image": torch.rand(1, 3, 12, 12)}, "image", "image is of shape (1, 3, 12, 12)"),
        ({"image": torch.zeros(3, 12, 12, dtype=torch.uint8)}, "image", "torch.uint8: it must be a floating-point tensor"),
        ({"image": [[0.5]]}, "image", "image is a list"),
        ({"model": nn.Conv2d(3, 2, 3)}, "model", "numbers of shape (1, 2, 10, 10) for one picture: they must be (1, classes)"),
    ],
)
def test_refusals_teach(changes, parameter, words):
    model = convnet()
    model(torch.rand(1, 3, 12, 12))
    settings = {"model": model, "image": torch.rand(3, 12, 12), "target": 0, "patch": 4, **changes}
    error = refusal(occlusion_map, **settings)
    assert words in str(error)
    assert error.parameter == parameter


def test_unknown_ways_are_refused():
    error = refusal(occluded_scores, convnet(), torch.rand(3, 12, 12), patch=4, way="fast")
    assert str(error) == 'way "fast" is not one of auto, incremental, plain'
