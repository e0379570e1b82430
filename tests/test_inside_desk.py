"""The desk: whatever is asked of a run gets an answer as a browser reads it, or a sentence; and the process lives on."""

import json
import struct
import subprocess
import sys
from itertools import product
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from safetensors.numpy import load

from convviz.lab.inside import desk
from convviz.lab.inside import opened as opening
from convviz.lab.inside.answer import Answer
from convviz.lab.inside.desk import QUESTIONS, answer, warm
from convviz.lab.inside.occluding import occlusion
from convviz.lab.inside.opened import opened
from convviz.lab.inside.pictures import packed_picture
from convviz.lab.occlusion import filled
from tests.checks import one_thread, refusal  # noqa: F401 - a fixture of every test
from tests.opened import FOLDER, close, inputs, shipped_run, small

OWN = packed_picture(np.random.default_rng(0).integers(0, 256, 3 * 32 * 32, dtype=np.uint8).tobytes())


def asked(question: str, folder: str = FOLDER, **arguments: object):
    """Arrays and what is told, out of the bytes."""
    found, content = answer(question, folder, 0, tuple((name, str(value)) for name, value in arguments.items()))
    assert found, content
    (length,) = struct.unpack("<Q", content[:8])
    return load(content), json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["told"])


def said(question: str, folder: str = FOLDER, **arguments: object) -> str:
    found, words = answer(question, folder, 0, tuple((name, str(value)) for name, value in arguments.items()))
    assert not found
    return words


FIELDS = {
    "crops": ("uint8", (9, 3, 12, 12)),
    "inside": ("uint8", (9, 12, 12)),
    "values": ("float32", (9,)),
    "numbers": ("int32", (9,)),
    "places": ("int32", (9, 2)),
}
STAGES = {
    "conv1_1": (16, 32, 32),
    "pool1": (16, 16, 16),
    "conv2_1": (32, 16, 16),
    "pool2": (32, 8, 8),
    "conv3_1": (64, 8, 8),
    "pool": (64, 1, 1),
    "dense": (6,),
    "logits": (6,),
}
COVERED = {"scores": ("float32", (25, 25, 6)), "plain": ("float32", (6,)), "filled": ("uint8", (3, 32, 32))}


PLANES = {"saliency": ("float32", (32, 32)), "gradcam": ("float32", (8, 8)), "integrated": ("float32", (32, 32))}
BOXES = {"trained": ("float32", (12, 12)), "untrained": ("float32", (12, 12))}
MAPS = {"picture": ("uint8", (3, 32, 32)), **{name: ("float32", shape) for name, shape in STAGES.items()}}
DESCRIBED = {"norms", "by_norm", "by_similarity", "resembles", "frequency"}


@pytest.mark.parametrize(("question", "arguments", "tensors", "told"), [
    ("maps", {"picture": 265}, MAPS, {"label"}),
    ("occlusion", {"picture": 265, "patch": 8, "stride": 1, "fill": "grey"}, COVERED, {"way", "milliseconds"}),
    ("occlusion", {"picture": OWN, "patch": 8, "stride": 1, "fill": "blur"}, COVERED, {"way", "milliseconds"}),
    ("excites", {"layer": "conv2_1", "channel": 2}, FIELDS, {"labels", "pictures"}),
    ("attributions", {"picture": 265, "target": "class:1"}, PLANES, {"layer", "sum", "difference"}),
    ("field", {"layer": "conv2_1", "channel": 2, "row": 13, "column": 7}, BOXES, {"first", "sizes", "pictures", *BOXES}),
    ("filters", {"layer": "conv2_1"}, {"weights": ("float32", (32, 16, 3, 3))}, DESCRIBED),
])  # fmt: skip
def test_every_question_is_answered_as_agreed(question, arguments, tensors, told):
    found, said = asked(question, **arguments)
    assert {name: (str(each.dtype), each.shape) for name, each in found.items()} == tensors
    assert {*said} == told


def test_labels_are_told_of_test_pictures_alone():
    assert asked("maps", picture=265)[1] == {"label": int(shipped_run().tests.labels[265])}
    assert asked("maps", picture=OWN)[1] == {"label": None}


@pytest.mark.parametrize(("question", "arguments", "words"), [
    ("weather", {}, f"question weather is none: ask for {', '.join([*QUESTIONS][:-1])} or game"),
    ("maps", {}, "picture is missing: the question has to name it, as in ?picture=…"),
    ("maps", {"picture": 1200}, "picture is 1200: there are test pictures 0 to 1,199; a picture of your own begins with a dot"),
    ("maps", {"picture": ".A"}, "picture is .A: these are no packed bytes; draw or upload it anew"),
    ("occlusion", {"picture": 0, "patch": 10001, "stride": 1, "fill": "grey"}, "patch is 10001: it must be at most 10,000"),
    ("occlusion", {"picture": 0, "patch": 8, "stride": 0, "fill": "grey"}, "stride is 0: it must be at least 1"),
    ("excites", {"layer": "conv2_1", "channel": 32}, "channel is 32: it must be at most 31"),
    ("attributions", {"picture": 0, "target": "class:6"}, "target class:6: class 6 is not one of 0 to 5"),
    ("field", {"layer": "conv2_1", "channel": 2, "row": 16, "column": 0}, "row is 16: it must be at most 15"),
    ("filters", {"layer": "pool1"}, "layer pool1 has no filters: those that have are conv1_1, conv2_1, conv3_1"),
    ("filters", {"layer": "conv9"}, f"layer conv9 is none that is looked at: there are {', '.join([*STAGES][:-1])}"),
])  # fmt: skip
def test_what_cannot_be_answered_is_said_in_a_sentence(question, arguments, words):
    assert said(question, **arguments) == words


def test_no_run_and_no_weights_are_said_too(tmp_path):
    assert said("maps", str(tmp_path / "gone"), picture=0).startswith("gone: there is no such run")
    copied = Path(copytree(FOLDER, tmp_path / "run"))
    (copied / "weights.safetensors").write_bytes(b"")
    assert said("maps", str(copied), picture=0).startswith("the file is cut off, damaged")
    (copied / "weights.safetensors").unlink()
    assert said("maps", str(copied), picture=0) == "run: it has no weights yet: wait for its first epoch"


def test_what_nobody_counted_on_is_raised(monkeypatch):
    monkeypatch.setitem(desk.QUESTIONS, "maps", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        answer("maps", FOLDER, 0, (("picture", "0"),))


def test_all_questions_of_a_run_share_its_network():
    opened.cache_clear()
    asked("maps", picture=0)
    asked("excites", layer="conv1_1", channel=0)
    said("maps", picture=-1)
    asked("filters", layer="conv1_1")
    assert opened.cache_info().misses == 1


def test_filters_are_the_layers_weights_and_described():
    found, told = asked("filters", layer="conv1_1")
    weights = shipped_run().module.layer("conv1_1").weight.cpu().numpy()
    assert (found["weights"] == weights).all()
    close(told["norms"], (weights**2).sum((1, 2, 3)) ** 0.5)


# --- Occlusion -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("patch", "stride", "fill"), [(8, 8, "grey"), (5, 7, "black"), (32, 1, "mean"), (7, 9, "blur")])
def test_scores_are_those_of_pictures_with_the_patch_drawn_in(patch, stride, fill):
    run = shipped_run()
    found, _ = asked("occlusion", picture=77, patch=patch, stride=stride, fill=fill)
    image = inputs(run, 77)
    close(found["plain"], run.module(image)[0], 1e-4)
    cover = filled(fill, image[0])
    assert (found["filled"] == (cover * 255).round().numpy()).all()
    starts = range(0, 32 - patch + stride, stride)
    expected = np.zeros((len(starts), len(starts), 6))
    for (row, column), (top, left) in zip(np.ndindex(expected.shape[:2]), product(starts, starts), strict=True):
        covered = image.clone()
        cells = slice(None), slice(top, top + patch), slice(left, left + patch)
        covered[0][cells] = cover[cells]
        expected[row, column] = run.module(covered)[0]
    close(found["scores"], expected, 1e-4)


def test_very_large_networks_are_asked_about_fewer_places(monkeypatch):
    run = small("skips, strides")
    monkeypatch.setattr("convviz.lab.inside.occluding.MOST_MACS", 30 * run.network.table().macs)
    arguments = {"picture": "0", "patch": "2", "stride": "1", "fill": "grey"}
    error = refusal(occlusion, run, arguments)
    words = "the patch would stand in 49 places, and a network of this size is asked about 30 at most: raise stride to 2"
    assert str(error) == f"stride is 1: {words}"
    assert occlusion(run, {**arguments, "stride": "2"}).tensors["scores"].shape == (4, 4, 10)


# --- Warm ----------------------------------------------------------------------------------------------------------------


def test_warming_up_opens_the_run_and_asks_what_comes_first(monkeypatch):
    asked_for = []

    def noted(name):
        return lambda run, _: asked_for.append((run, name)) or Answer({})

    for question in QUESTIONS:
        monkeypatch.setitem(desk.QUESTIONS, question, noted(question))
    shipped_run().found.pop("warm", None)
    for _ in range(2):  # pages of several runs ask for it by turns
        warm(FOLDER, 0)
    assert asked_for == [(shipped_run(), "maps"), (shipped_run(), "occlusion")]


def test_what_comes_first_can_be_answered_by_the_smallest_pictures_too(monkeypatch):
    monkeypatch.setattr(desk, "opened", lambda *_: small("skips, strides"))
    for question, arguments in desk._FIRST:
        assert answer(question, "", 0, arguments)[0]


def test_warming_up_with_no_run_is_nothing(tmp_path):
    warm(str(tmp_path), 0)


def test_captum_is_loaded_late():
    script = "import sys, convviz.lab.inside.desk; sys.exit('captum' in sys.modules or 'matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_shipped_run_may_be_asked_about_every_place_and_every_picture():
    run = shipped_run()
    assert 10 * 32 * 32 * run.network.table().macs < opening.MOST_MACS
    assert run.searched == len(run.tests)
