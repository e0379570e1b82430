"""Data sets: what is said of their kinds, settings that cannot be, scans against a decoding of their own."""

import csv
import gzip
import io
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from convviz.lab.data import (
    KINDS,
    MOST_TESTING,
    MOST_TRAINING,
    DataError,
    DatasetKind,
    DataSettings,
    Pictures,
    load,
    load_test,
    one_of,
    read_idx,
    shapes,
    some_of,
    train_count,
)
from convviz.lab.data.digits import IMAGES, LABELS, SCANS
from scripts.make_digits import main as make_digits
from tests.checks import refusal, same_array

COUNTS = (178, 182, 177, 183, 181, 182, 181, 179, 174, 180)


# --- Kinds and settings -------------------------------------------------------------------------------------------------


def test_kinds_are_known_by_their_names_and_no_label_survives_what_it_should_not():
    assert list(KINDS) == ["digits", "digits28", "shapes", "tagged_shapes", "mnist", "fashion_mnist"]
    for name, kind in KINDS.items():
        assert isinstance(kind, DatasetKind)
        assert kind.name == name
        assert set(kind.flips) <= set(kind.classes)
        assert 0 < kind.most_rotation <= 180
        assert 0 <= kind.most_translation < 0.25
        assert 1 < kind.most_scale < 1.5
    for name in ("digits", "digits28", "mnist"):
        assert KINDS[name].flips == ("0", "8")
        assert KINDS[name].most_rotation <= 30
    for name in ("shapes", "tagged_shapes", "fashion_mnist"):
        assert KINDS[name].flips == KINDS[name].classes


@pytest.mark.parametrize("name", ["digits", "digits28", "shapes", "tagged_shapes"])
def test_what_is_loaded_is_of_its_kind(name):
    data = load(DataSettings(name, train_per_class=9, test_per_class=4))
    assert data.kind is KINDS[name]
    for part in (data.train, data.test):
        assert part.images.shape == (len(part), *data.kind.input_shape)
        assert (part.images.dtype, part.labels.dtype) == (np.uint8, np.int64)
        assert part.images.max() == data.kind.white
        assert all(part.counts(len(data.kind.classes)))
        with pytest.raises(ValueError, match="read-only"):
            part.images[0] = 0


def test_the_last_sets_are_kept_and_settings_that_say_nothing_are_the_same():
    assert load(DataSettings("digits")) is load(DataSettings("digits", seed=7, tag_probability=0))
    few, other = (DataSettings("shapes", seed, train_per_class=2, test_per_class=1) for seed in (1, 2))
    assert load(few) is load(few)
    assert (load(few).train.images != load(other).train.images).any()


@pytest.mark.parametrize(
    ("parameter", "value", "words", "remedy"),
    [
        ("name", "letters", 'name "letters" is not one of digits, digits28,', "digits"),
        ("name", ["digits"], "is not one of digits", "digits"),
        ("seed", -1, "seed is -1: it must be at least 0", 0),
        ("seed", 2**32, "seed is 4294967296: it must be at most 4,294,967,295", 2**32 - 1),
        ("seed", 0.5, "seed is 0.5: it must be a whole number of at least 0", 0),
        ("train_per_class", 0, "it must be at least 1", 1),
        ("train_per_class", MOST_TRAINING + 1, "it must be at most 5,000", MOST_TRAINING),
        ("test_per_class", MOST_TESTING + 1, "it must be at most 1,000", MOST_TESTING),
        ("test_per_class", "9", "it must be a whole number of at least 1", 1),
        ("tag_probability", -0.1, "it must be a number from 0 to 1", 1),
        ("tag_probability", 1.1, "it must be a number from 0 to 1", 1),
        ("tag_probability", float("nan"), "tag_probability is nan: it must be a number from 0 to 1", 1),
        ("tag_probability", "often", "it must be a number from 0 to 1", 1),
    ],
)
def test_settings_that_cannot_be_are_refused_with_a_way_out(parameter, value, words, remedy):
    error = refusal(DataSettings, **{parameter: value})
    assert words in str(error)
    assert (error.parameter, error.remedy) == (parameter, {parameter: remedy})
    assert error.value is value
    assert error.limit is not None
    DataSettings(**error.remedy)


def test_numpy_numbers_are_settings_too():
    assert DataSettings("shapes", seed=np.int64(3), tag_probability=np.float32(0.5)) == DataSettings(
        "shapes", seed=3, tag_probability=0.5
    )


def test_pictures_of_other_shapes_than_their_masks_are_refused():
    images, labels = np.zeros((2, 1, 4, 5), np.uint8), np.zeros(2, np.int64)
    for name in ("objects", "tags"):
        error = refusal(Pictures, images, labels, **{name: np.zeros((2, 5, 4), bool)})
        assert (error.parameter, error.limit) == (name, (2, 4, 5))
    Pictures(images, labels, np.zeros((2, 4, 5), bool), np.zeros((2, 4, 5), bool))
    images[0] = 1  # the caller's own


# --- Digits -------------------------------------------------------------------------------------------------------------


def shipped() -> tuple[np.ndarray, np.ndarray]:
    """The scans, decoded without our reader."""
    images, labels = (gzip.decompress((SCANS / name).read_bytes()) for name in (IMAGES, LABELS))
    assert struct.unpack(">4I", images[:16]) == (0x803, 1797, 8, 8)
    assert struct.unpack(">2I", labels[:8]) == (0x801, 1797)
    return np.array(list(images[16:])).reshape(1797, 8, 8), np.array(list(labels[8:]))


def test_the_scans_are_those_of_uci():
    images, labels = shipped()
    same_array(images, read_idx(SCANS / IMAGES))
    same_array(labels, read_idx(SCANS / LABELS))
    assert tuple(np.bincount(labels)) == COUNTS
    assert (images.min(), images.max(), images.sum()) == (0, 16, 561718)
    lines = np.column_stack([images.reshape(-1, 64), labels]).astype(np.uint8)
    assert sha256(lines.tobytes()).hexdigest() == "68aea062d35a127749050fa0e52dca09d6569ac08092c925610e0954e172dde2"


@pytest.mark.parametrize("name", ["digits", "digits28"])
def test_every_scan_is_in_one_part_and_each_class_is_in_both(name):
    labels, data = shipped()[1], load(DataSettings(name))
    seen = dict.fromkeys(range(10), 0)
    parts = []
    for label in labels:
        parts.append("test" if seen[label] % 5 == 2 else "train")
        seen[label] += 1
    for part, pictures in (("train", data.train), ("test", data.test)):
        same_array(pictures.labels, labels[np.array(parts) == part])
        if name == "digits":
            same_array(pictures.images[:, 0], shipped()[0][np.array(parts) == part])
    assert data.train.counts(10) == (142, 146, 142, 146, 145, 146, 145, 143, 139, 144)
    assert data.test.counts(10) == (36, 36, 35, 37, 36, 36, 36, 36, 35, 36)


def test_enlarged_digits_lie_within_a_margin_and_look_like_their_scans():
    small, large = load(DataSettings("digits")), load(DataSettings("digits28"))
    for scans, pictures in ((small.train, large.train), (small.test, large.test)):
        assert not pictures.images[:, :, [0, 1, 2, 3, 24, 25, 26, 27]].any()
        assert not pictures.images[:, :, :, [0, 1, 2, 3, 24, 25, 26, 27]].any()
        for scan, picture in zip(scans.images[::20, 0], pictures.images[::20, 0], strict=True):
            back = np.asarray(Image.fromarray(picture[4:24, 4:24]).resize((8, 8), Image.Resampling.BOX))
            assert np.abs(back / 255 - scan / 16).mean() < 0.08


def test_the_script_makes_the_shipped_files_again(tmp_path):
    images, labels = shipped()
    lines = io.StringIO()
    csv.writer(lines).writerows([*map(float, scan.ravel()), int(label)] for scan, label in zip(images, labels, strict=True))
    (tmp_path / "digits.csv.gz").write_bytes(gzip.compress(lines.getvalue().encode()))
    make_digits([str(tmp_path / "digits.csv.gz"), "--into", str(tmp_path)])
    for name in (IMAGES, LABELS):
        ours, theirs = (tmp_path / name).read_bytes(), (SCANS / name).read_bytes()
        assert gzip.decompress(ours) == gzip.decompress(theirs)
        assert ours == theirs or "ng" in zlib.ZLIB_RUNTIME_VERSION, "zlib-ng packs otherwise"


@pytest.mark.parametrize("line", [[0] * 64, [17, *[0] * 64], [*[0] * 64, 10], [0.5, *[0] * 64]])
def test_the_script_takes_nothing_else(tmp_path, line):
    (tmp_path / "digits.csv").write_text(",".join(map(str, line)))
    with pytest.raises(DataError, match="lines of 64 values from 0 to 16 and a digit, found others; use scikit-learn's file"):
        make_digits([str(tmp_path / "digits.csv"), "--into", str(tmp_path)])


def test_pictures_do_not_wait_for_torch():
    script = "import sys, convviz.lab.data; print(*sorted({'torch', 'numpy', 'streamlit', 'plotly'} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["numpy"]


@pytest.mark.parametrize("name", ["digits", "digits28", "shapes", "tagged_shapes"])
def test_the_number_of_pictures_is_known_before_they_are_loaded(name: str) -> None:
    settings = DataSettings(name, train_per_class=3, test_per_class=1)
    assert train_count(settings) == len(load(settings).train)


# --- Parts --------------------------------------------------------------------------------------------------------------

FEW = DataSettings("tagged_shapes", seed=5, train_per_class=100, test_per_class=60, tag_probability=0.5)
PARTLY = (DataSettings("digits"), DataSettings("digits28"), replace(FEW, name="shapes"), FEW)


def same_pictures(ours: Pictures, theirs: Pictures) -> None:
    same_array(ours.images, theirs.images)
    same_array(ours.labels, theirs.labels)
    for ours_cells, their_cells in ((ours.objects, theirs.objects), (ours.tags, theirs.tags)):
        assert (ours_cells is None) == (their_cells is None)
        if their_cells is not None:
            same_array(ours_cells, their_cells)


def by_hand(pictures: Pictures, numbers: Any) -> Pictures:
    """Those of some numbers, without our own way to take them."""
    cells = [None if each is None else each[numbers] for each in (pictures.objects, pictures.tags)]
    return Pictures(pictures.images[numbers], pictures.labels[numbers], *cells)


@pytest.mark.parametrize("settings", PARTLY, ids=lambda each: each.name)
def test_the_test_part_is_the_same_alone(settings: DataSettings) -> None:
    same_pictures(load_test(settings), load(settings).test)
    assert load_test(settings) is load_test(replace(settings, train_per_class=7)), "what it does not depend on says nothing"


def test_the_test_part_is_drawn_without_the_training_part(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(shapes, "_drawn", lambda labels, *rest: drawn.append(len(labels)) or whole_drawn(labels, *rest))
    load_test(replace(FEW, seed=99))
    some_of(replace(FEW, seed=99), 2)
    one_of(replace(FEW, seed=99), 599)
    assert drawn == [256, 104, 12, 1]


whole_drawn = shapes._drawn


@pytest.mark.parametrize("per_class", [1, 12])
@pytest.mark.parametrize("settings", PARTLY, ids=lambda each: each.name)
def test_some_of_each_class_are_its_first(settings: DataSettings, per_class: int) -> None:
    train = load(settings).train
    numbers = [np.flatnonzero(train.labels == label)[:per_class] for label in range(len(KINDS[settings.name].classes))]
    same_pictures(some_of(settings, per_class), by_hand(train, np.concatenate(numbers)))


def test_where_there_are_fewer_of_a_class_some_are_all() -> None:
    assert some_of(replace(FEW, train_per_class=2), 12).counts(6) == (2,) * 6


@pytest.mark.parametrize("per_class", [0, 13, 1.5])
def test_so_few_are_some_and_no_more(per_class: Any) -> None:
    assert refusal(some_of, FEW, per_class).parameter == "per_class"


@pytest.mark.parametrize("settings", PARTLY, ids=lambda each: each.name)
def test_one_picture_is_that_of_its_number(settings: DataSettings) -> None:
    train = load(settings).train
    for number in (0, 1, 255, 256, 257, 511, 512, len(train) - 1):  # at the borders of what is drawn together
        same_pictures(one_of(settings, number), by_hand(train, [number]))


def test_a_picture_that_is_not_there_is_refused() -> None:
    assert str(refusal(one_of, FEW, 600)) == "picture is 600: it must be at most 599"
    assert str(refusal(one_of, DataSettings("digits"), 1438)) == "picture is 1438: it must be at most 1,437"
    assert refusal(one_of, FEW, -1).parameter == "picture"
