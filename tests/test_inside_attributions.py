"""Captum's three maps: against gradients taken by hand, and the sums that they promise."""

import numpy as np
import pytest
import torch

from convviz.lab.inside import attributions as attributions_module
from convviz.lab.inside.attributions import attributions, grad_cam, integrated_gradients, layer_before, saliency
from convviz.lab.inside.maps import features
from convviz.lab.inside.opened import Opened
from convviz.lab.inside.scores import target_score
from convviz.lab.inside.stages import stage_of
from tests.checks import one_thread, refusal  # noqa: F401 - a fixture of every test
from tests.opened import SMALL, close, inputs, shipped_run, small, target, with_pictures
from tests.test_inside_maps import hooks

TARGETS = ["class:4", "channel:conv2_1:1", "unit:conv2_1:1:3:2", "direction:conv1_2:0*1,2*-1", "channel:dense:2"]


def gradient(run: Opened, text: str, images: torch.Tensor) -> torch.Tensor:
    images = images.clone().requires_grad_()
    (found,) = torch.autograd.grad(target_score(run.module, run.stages, target(run, text), images).sum(), images)
    return found


@pytest.mark.parametrize("text", TARGETS)
def test_saliency_is_the_largest_gradient_of_a_cells_channels(text):
    run = shipped_run() if "conv1_2" not in text else small("skips, strides")
    image = inputs(run, 5)
    close(saliency(run, target(run, text), image), gradient(run, text, image)[0].abs().amax(0))


@pytest.mark.parametrize(
    "text", ["class:1", "class:5", "channel:conv3_1:9", "unit:conv2_1:2:13:7", "direction:pool2:5*1,9*-0.5"]
)
def test_integrated_gradients_add_up_to_the_difference_from_black(text):
    run = shipped_run()
    for number in (3, 77, 265):
        found = attributions(run, {"picture": str(number), "target": text})
        scores = target_score(
            run.module, run.stages, target(run, text), torch.cat([inputs(run, number), torch.zeros(1, 3, 32, 32)])
        )
        close(found.told["difference"], scores[0] - scores[1])
        close(found.told["sum"], found.tensors["integrated"].sum())
        assert abs(found.told["sum"] - found.told["difference"]) <= 0.01 * abs(found.told["difference"])


def test_integrated_gradients_are_the_mean_gradient_on_the_way_times_the_picture():
    run = small("sigmoids, 28×28")  # no kinks: few steps are exact
    image = inputs(run, 2)
    found, _ = integrated_gradients(run, target(run, "class:3"), image)
    way = (torch.arange(400) + 0.5)[:, None, None, None] / 400 * image
    expected = (gradient(run, "class:3", way).mean(0) * image[0]).sum(0)
    close(found / np.abs(found).max(), expected / expected.abs().max(), 1e-4)


@pytest.mark.parametrize(("name", "text", "layer"), [
    ("skips, strides", "class:4", "add2"),
    ("skips, strides", "unit:conv2_2:1:1:1", "conv2_1"),
    ("average pooling, no norm", "class:0", "conv2_2"),
    ("average pooling, no norm", "channel:conv2_1:2", "pool1"),
    ("sigmoids, 28×28", "class:0", "conv2"),
    ("sigmoids, 28×28", "channel:dense1:3", "pool2"),
])  # fmt: skip
def test_grad_cam_weighs_the_maps_of_the_layer_before_by_their_mean_gradient(name, text, layer):
    run = small(name)
    chosen = target(run, text)
    found = attributions(run, {"picture": "6", "target": text})
    stage = stage_of(run.stages, layer)
    assert found.told["layer"] == layer
    assert layer_before(run, chosen) == stage

    image = inputs(run, 6)
    kept = []
    hook = run.module.layer(stage.layer).register_forward_hook(lambda _, __, answers: kept.append(answers))
    score = target_score(run.module, run.stages, chosen, image.requires_grad_())
    hook.remove()
    (weights,) = torch.autograd.grad(score.sum(), kept[0])
    maps = features(run, image[0].detach().numpy())[layer]
    expected = (weights[0].mean((1, 2)).numpy()[:, None, None] * maps).sum(0).clip(0)
    close(found.tensors["gradcam"], expected)
    assert found.tensors["gradcam"].shape == stage.shape[1:]


@pytest.mark.parametrize(("name", "text"), [
    ("no convolution", "class:4"),
    ("no convolution", "channel:dense1:3"),
    ("skips, strides", "channel:conv1_1:0"),
    ("skips, strides", "channel:project1:0"),  # beside the convolutions of its block
])  # fmt: skip
def test_where_no_layer_with_places_comes_before_there_is_no_grad_cam(name, text):
    found = attributions(small(name), {"picture": "6", "target": text})
    assert found.told["layer"] is None
    assert [*found.tensors] == ["saliency", "integrated"]


def test_the_shipped_run_is_asked_at_its_last_convolution():
    found = attributions(shipped_run(), {"picture": "265", "target": "class:1"})
    assert found.told["layer"] == "conv3_1"
    assert {name: each.shape for name, each in found.tensors.items()} == {
        "saliency": (32, 32),
        "integrated": (32, 32),
        "gradcam": (8, 8),
    }
    assert {each.dtype for each in found.tensors.values()} == {np.dtype(np.float32)}
    assert found.tensors["gradcam"].max() > 0


def test_nothing_moves_a_unit_that_is_dead():
    run = with_pictures(SMALL["average pooling, no norm"], small("average pooling, no norm").tests)
    with torch.no_grad():
        run.module.layer("conv2_1").bias[1] = -100
    found = attributions(run, {"picture": "0", "target": "unit:conv2_1:1:0:0"})
    assert not any(each.any() for each in found.tensors.values())
    assert (found.told["sum"], found.told["difference"]) == (0, 0)


def test_nothing_stays_hooked_and_no_weight_gets_a_gradient():
    run = small("skips, strides")
    before = [value.clone() for value in run.module.state_dict().values()]
    image = inputs(run, 0)
    grad_cam(run, target(run, "class:0"), image, run.stages[0])
    attributions(run, {"picture": "0", "target": "class:0"})
    assert hooks(run) == 0
    assert not any(each.requires_grad or each.grad is not None for each in run.module.parameters())
    assert all(torch.equal(*pair) for pair in zip(before, run.module.state_dict().values(), strict=True))
    assert not run.module.training


@pytest.mark.parametrize("arguments", [
    {"picture": "0"},
    {"target": "class:1"},
    {"picture": "0", "target": "class:10"},
    {"picture": "400", "target": "class:1"},
])  # fmt: skip
def test_what_is_not_there_is_refused(arguments):
    refusal(attributions, small("skips, strides"), arguments)


def test_a_large_network_takes_fewer_steps(monkeypatch):
    run = small("skips, strides")
    macs = run.network.table().macs
    monkeypatch.setattr(attributions_module, "MOST_MACS", 3 * macs * 128)
    assert attributions_module._affordable(run) == (32, 64, 128)
    monkeypatch.setattr(attributions_module, "MOST_MACS", 0)
    assert attributions_module._affordable(run) == (32,)
