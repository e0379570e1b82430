"""What the stages of a network answer, to which picture, and the score of whatever is to be explained."""

import subprocess
import sys
import zlib
from base64 import urlsafe_b64encode

import numpy as np
import pytest
import torch

from convviz.lab.data import KINDS, DataSettings, load_test
from convviz.lab.inside import maps as module
from convviz.lab.inside.arguments import text, whole
from convviz.lab.inside.maps import answers, features, maps
from convviz.lab.inside.opened import Opened, opened
from convviz.lab.inside.pictures import packed_picture, picture_of, shown_of
from convviz.lab.inside.scores import target_score
from convviz.lab.inside.targets import UnitTarget
from convviz.lab.run import Run
from convviz.lab.runs import shipped
from tests.checks import one_thread, refusal  # noqa: F401 - a fixture of every test
from tests.opened import FOLDER, SMALL, close, inputs, shipped_run, small, target

DIGITS = load_test(DataSettings("digits")), KINDS["digits"]


def hooks(run: Opened) -> int:
    return sum(
        len(each._forward_hooks) + len(each._backward_hooks) + len(each._forward_pre_hooks) for each in run.module.modules()
    )


# --- Maps ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["shipped", *SMALL])
def test_each_stage_answers_as_the_network_does_up_to_its_layer(name):
    run = shipped_run() if name == "shipped" else small(name)
    image = inputs(run, 7)
    found = features(run, image[0].numpy())
    assert [*found] == [*(stage.name for stage in run.stages), "logits"]
    for stage in run.stages:
        assert found[stage.name].shape == stage.shape
        close(found[stage.name], run.module(image, until=stage.layer)[0])
    close(found["logits"], run.module(image)[0])
    assert {each.dtype for each in found.values()} == {np.dtype(np.float32)}


def test_the_answers_are_right_as_often_as_the_run_says():
    run = shipped_run()
    logits = torch.cat([answers(run, images, torch.clone)["dense"] for _, images in run.batches()])
    right = (logits.argmax(1).cpu().numpy() == run.tests.labels).mean()
    assert right == shipped()[0].figures()[-1].test_accuracy


def test_nothing_stays_hooked_even_where_something_fails():
    run = small("skips, strides")
    features(run, inputs(run, 0)[0].numpy())

    def fail(_):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        answers(run, inputs(run, 0), fail)
    assert hooks(run) == 0


def test_the_answer_holds_the_picture_and_says_its_label():
    run = small("skips, strides")
    found = maps(run, {"picture": "19"})
    assert found.told == {"label": int(run.tests.labels[19])}
    assert (found.tensors["picture"] == shown_of(run.tests.images[19], run.kind)).all()
    own = maps(run, {"picture": packed_picture(bytes(range(64)))})
    assert own.told == {"label": None}
    assert own.tensors["picture"].tobytes() == bytes(range(64))
    close(own.tensors["logits"], run.module(torch.arange(64).reshape(1, 1, 8, 8) / 255)[0])
    assert module.PICTURE in str(refusal(maps, run, {}))


# --- Pictures ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["shapes", "digits", "digits28"])
def test_the_network_gets_test_pictures_as_it_was_tested_with_them(name):
    tests, kind = load_test(DataSettings(name, test_per_class=2)), KINDS[name]
    for number in (0, 3, len(tests) - 1):
        found = picture_of(str(number), tests, kind)
        assert (found.taken == (torch.tensor(tests.images[number]).float() / kind.white).numpy()).all()
        assert (found.number, found.label) == (number, tests.labels[number])
        assert found.shown.dtype == np.uint8
        assert abs(found.shown / 255 - found.taken).max() < 1 / 255


@pytest.mark.parametrize("wbits", [-9, -15])
def test_ones_own_picture_comes_back_byte_by_byte(wbits):
    content = np.random.default_rng(0).integers(0, 256, 64, dtype=np.uint8)
    packer = zlib.compressobj(wbits=wbits)
    text = "." + urlsafe_b64encode(packer.compress(content.tobytes()) + packer.flush()).decode().rstrip("=")
    for each in (text, packed_picture(content.tobytes())):
        found = picture_of(each, *DIGITS)
        assert (found.shown.ravel() == content).all()
        assert (found.taken.ravel() == content.astype(np.float32) / np.float32(255)).all()
        assert (found.number, found.label) == (None, None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("359", "there are test pictures 0 to 358"),
        ("-1", "there are test pictures 0 to 358"),
        ("", "there are test pictures 0 to 358"),
        ("²", "there are test pictures 0 to 358"),
        ("9" * 5000, "there are test pictures 0 to 358"),
        (".", "it holds 0 bytes, and this network takes 64"),
        (packed_picture(bytes(63)), "it holds 63 bytes, and this network takes 64"),
        (packed_picture(bytes(65)), "it holds more than 64 bytes, and this network takes 64"),
        (packed_picture(bytes(64))[:-4], "and this network takes 64"),
        (".A", "these are no packed bytes"),
        (".é", "these are no packed bytes"),
        ("./////", "these are no packed bytes"),
        ("." + urlsafe_b64encode(zlib.compress(bytes(64))).decode(), "these are no packed bytes"),  # with zlib's header
    ],
)
def test_what_is_no_picture_is_refused_with_the_way_out(text, why):
    error = refusal(picture_of, text, *DIGITS)
    assert why in str(error)
    assert error.parameter == "picture"
    assert len(str(error)) < 160


def test_no_more_is_unpacked_than_a_picture_holds(monkeypatch):
    taken = []

    class Unpacker:
        def __init__(self, wbits):
            self.real = zlib._real(wbits)

        def decompress(self, data, most):
            taken.append(self.real.decompress(data, most))
            return taken[-1]

    monkeypatch.setattr(zlib, "_real", zlib.decompressobj, raising=False)
    monkeypatch.setattr(zlib, "decompressobj", Unpacker)
    refusal(picture_of, packed_picture(bytes(10**7)), *DIGITS)
    assert [len(each) for each in taken] == [65]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({}, "patch is missing: the question has to name it, as in ?patch=…"),
        ({"patch": ""}, "patch is empty: it must be a whole number from 1 to 32"),
        ({"patch": "1e1"}, "patch is 1e1: it must be a whole number from 1 to 32"),
        ({"patch": "٣"}, "patch is ٣: it must be a whole number from 1 to 32"),
        ({"patch": "0"}, "patch is 0: it must be at least 1"),
        ({"patch": "33"}, "patch is 33: it must be at most 32"),
    ],
)
def test_what_is_no_whole_number_is_refused(arguments, why):
    assert str(refusal(whole, arguments, "patch", 1, 32)) == why


def test_arguments_are_read_as_they_are_written():
    assert whole({"patch": "8"}, "patch", 1, 32) == 8
    assert whole({"seed": "-3"}, "seed", -5, 5) == -3
    assert text({"fill": "mean"}, "fill") == "mean"


def test_reading_pictures_and_describing_filters_waits_for_no_torch():
    script = "import sys, convviz.lab.inside.pictures, convviz.lab.inside.filters, convviz.lab.inside.arguments"
    subprocess.run([sys.executable, "-c", f"{script}; sys.exit('torch' in sys.modules)"], check=True)


# --- Opened ----------------------------------------------------------------------------------------------------------------


def test_a_run_is_opened_once_for_all_and_anew_when_its_weights_are_written_anew():
    assert opened(FOLDER, 0) is shipped_run()
    assert opened(FOLDER, 1) is not shipped_run()
    weights = next(opened(FOLDER, 1).module.parameters())
    assert not weights.requires_grad
    assert not opened(FOLDER, 1).module.training


def test_all_test_pictures_come_in_order_and_no_batch_is_too_large():
    run = small("skips, strides", 150)
    firsts, batches = zip(*run.batches(), strict=True)
    assert firsts == (0, 64, 128)
    assert torch.equal(torch.cat(batches), inputs(run, *range(150)))


def test_what_was_found_is_not_looked_for_again():
    run = small("skips, strides", 2)
    found = [run.once("key", object) for _ in range(2)]
    assert found[0] is found[1]
    assert found[0] is not run.once("other key", object)


# --- Scores ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["shipped", "skips, strides", "sigmoids, 28×28"])
def test_a_score_is_that_of_the_maps(name):
    run = shipped_run() if name == "shipped" else small(name)
    found = [features(run, each.numpy()) for each in inputs(run, 3, 8)]

    def same(text, expected):
        close(
            target_score(run.module, run.stages, target(run, text), inputs(run, 3, 8)).detach(),
            [expected(each) for each in found],
        )

    for stage in run.stages:
        same(f"channel:{stage.name}:2", lambda maps, of=stage.name: maps[of][2].mean())
        same(
            f"direction:{stage.name}:0*3,2*-4",
            lambda maps, of=stage.name: 0.6 * maps[of][0].mean() - 0.8 * maps[of][2].mean(),
        )
    for stage in run.stages[:3]:
        row, column = stage.shape[1] - 1, stage.shape[2] - 3
        same(f"unit:{stage.name}:1:{row}:{column}", lambda maps, of=stage.name: maps[of][1, -1, -3])
    same("class:3", lambda maps: maps["logits"][3])


def test_a_unit_moves_only_with_the_picture_and_the_rest_of_the_network_does_not_run():
    run = small("sigmoids, 28×28")
    images = inputs(run, 3).requires_grad_()
    ran = []
    hook = run.module.layer("conv2").register_forward_hook(lambda *_: ran.append("conv2"))
    score = target_score(run.module, run.stages, UnitTarget("conv1", 2, 5, 6), images)
    hook.remove()
    (gradient,) = torch.autograd.grad(score.sum(), images)
    assert ran == []
    assert (gradient != 0).nonzero()[:, 2:].amin(0).tolist() == [3, 4]  # 5×5, padded by 2
    assert (gradient != 0).nonzero()[:, 2:].amax(0).tolist() == [7, 8]


def test_weights_of_another_network_are_refused(tmp_path):
    run = Run(tmp_path / "run")
    for name in ("run.json", "status.json"):
        run.folder.mkdir(exist_ok=True)
        (run.folder / name).write_bytes((shipped()[0].folder / name).read_bytes())
    (run.folder / "weights.safetensors").write_bytes(b"PK\3\4")
    with pytest.raises(RuntimeError, match="this is a pickle"):
        opened(str(run.folder), 0)
