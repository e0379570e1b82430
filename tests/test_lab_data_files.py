"""Files of pictures: IDX in every state of decay, and folders of MNIST that lack something."""

import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from convviz.lab.data import KINDS, DataError, read_idx, write_idx
from convviz.lab.data.idx import MOST_BYTES
from convviz.lab.data.mnist import VARIABLE, load_mnist, load_mnist_test
from tests.checks import same_array


def refused(words: str, path: Path) -> None:
    """Not read, in these words, and with a way out."""
    with pytest.raises(DataError) as caught:
        read_idx(path)
    assert str(caught.value).startswith(f"{path}: expected ")
    assert words in str(caught.value)
    assert str(caught.value).endswith(("put the original file in its place", "convert it", "put it there"))


def idx(*sizes: int, numbers: bytes, kind: int = 8) -> bytes:
    """An IDX file, written out by the book."""
    return struct.pack(f">HBB{len(sizes)}I", 0, kind, len(sizes), *sizes) + numbers


def file(folder: Path, content: bytes) -> Path:
    path = folder / "some.idx"
    path.write_bytes(content)
    return path


# --- IDX files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sizes",
    [
        (5,),  # labels
        (3, 28, 28),  # pictures
        (2, 3, 4, 5),  # in colours
        (0, 28, 28),  # none at all
        (300, 100, 40),  # more than one piece
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_is_written_by_the_book_is_read_whatever_its_name(tmp_path, sizes, pack):
    array = np.random.default_rng(0).integers(0, 256, sizes, np.uint8)
    found = read_idx(file(tmp_path, pack(idx(*sizes, numbers=array.tobytes()))))
    assert found.dtype == np.uint8
    same_array(found, array)


def test_what_is_written_is_by_the_book_and_knows_neither_name_nor_hour(tmp_path):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    for name in ("one.gz", "other"):
        write_idx(tmp_path / name, array.swapaxes(0, 2))
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "other").read_bytes()
    assert (tmp_path / "other").read_bytes()[:10] == bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 255])
    assert gzip.decompress((tmp_path / "other").read_bytes()) == idx(4, 3, 2, numbers=array.swapaxes(0, 2).tobytes())


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros(3, np.int8), np.uint8(3), np.zeros((1,) * 5, np.uint8)])
def test_nothing_else_is_written(tmp_path, array):
    with pytest.raises(DataError, match="expected an array of uint8 with 1 to 4 axes, found"):
        write_idx(tmp_path / "some.gz", array)
    assert not list(tmp_path.iterdir())


GOOD = idx(2, 3, numbers=b"abcdef")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "which begins with 00 00 08, found nothing"),
        (b"\0\0", "found 00 00"),
        (b"\0\0\x08", "1 to 4 axes, found 0"),
        (b"P5 3 2 255", "found 50 35 20"),
        (b"\0\1\x08\1" + bytes(8), "found 00 01 08"),
        (idx(2, 3, numbers=b"abcdef", kind=7), "found 00 00 07"),
        (idx(2, 3, numbers=b"abcdef", kind=9), "of unsigned bytes, found one of signed bytes; convert it"),
        (idx(1, numbers=bytes(8), kind=14), "found one of doubles; convert it"),
        (idx(numbers=b"a"), "1 to 4 axes, found 0"),
        (idx(1, 1, 1, 1, 1, numbers=b"a"), "1 to 4 axes, found 5"),
        (b"\0\0\x08\xff" + bytes(2000), "1 to 4 axes, found 255"),
        (GOOD[:11], "a header with the sizes of 2 axes, found the end after 7 bytes of them"),
        (GOOD[:-1], "the 6 numbers that its header promises, found only 5"),
        (GOOD[:12], "the 6 numbers that its header promises, found only 0"),
        (GOOD + b"g", "the 6 numbers that its header promises, found more"),
        (idx(2**32 - 1, 2**32 - 1, numbers=b"a"), "at most 536,870,912 numbers, found a header that promises 18,446,744,065"),
        (idx(MOST_BYTES + 1, numbers=b"a"), "found a header that promises 536,870,913"),
        (idx(MOST_BYTES, numbers=b"a"), "the 536,870,912 numbers that its header promises, found only 1"),
        (idx(0, 3, numbers=b"a"), "the 0 numbers that its header promises, found more"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content, words, pack):
    refused(words, file(tmp_path, pack(content)))


def test_the_files_just_before_damage_are_read(tmp_path):
    assert read_idx(file(tmp_path, GOOD)).tolist() == [[97, 98, 99], [100, 101, 102]]
    assert read_idx(file(tmp_path, gzip.compress(GOOD))).shape == (2, 3)


def test_a_damaged_gzip_is_refused(tmp_path):
    array = np.random.default_rng(0).integers(0, 256, 999, np.uint8)
    whole = gzip.compress(idx(999, numbers=array.tobytes()))
    for length in (2, 9, 12, 500, len(whole) - 8, len(whole) - 1):
        refused("a whole gzip file, found a damaged one", file(tmp_path, whole[:length]))
    for index in (2, 12, len(whole) - 6, len(whole) - 2):
        spoilt = bytearray(whole)
        spoilt[index] ^= 0xFF
        refused("a whole gzip file, found a damaged one", file(tmp_path, bytes(spoilt)))
    refused("a whole gzip file, found a damaged one", file(tmp_path, whole + b"and more"))


def peak(path: Path, words: str) -> int:
    """Bytes of memory that a refusal takes at most."""
    tracemalloc.start()
    try:
        refused(words, path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_no_more_is_unpacked_than_is_promised(tmp_path):
    bomb = gzip.compress(idx(100, numbers=bytes(10**8)), compresslevel=1)
    assert peak(file(tmp_path, bomb), "the 100 numbers that its header promises, found more") < 2**20
    assert peak(file(tmp_path, idx(MOST_BYTES, numbers=b"a")), "found only 1") < 2**22


def test_a_file_that_is_none_is_refused(tmp_path):
    refused("found nothing to read (No such file or directory)", tmp_path / "some.idx")
    refused("found nothing to read (Is a directory)", tmp_path)


# --- MNIST --------------------------------------------------------------------------------------------------------------


def mnist(folder: Path, joint: str = "-", ending: str = "-ubyte.gz") -> None:
    """Four files of seven pictures to train and three to test with."""
    folder.mkdir(parents=True, exist_ok=True)
    pack = gzip.compress if ending.endswith("gz") else bytes
    for part, count in (("train", 7), ("t10k", 3)):
        pixels = np.random.default_rng(count).integers(0, 256, (count, 28, 28), np.uint8)
        (folder / f"{part}-images{joint}idx3{ending}").write_bytes(pack(idx(count, 28, 28, numbers=pixels.tobytes())))
        (folder / f"{part}-labels{joint}idx1{ending}").write_bytes(pack(idx(count, numbers=bytes(range(10 - count, 10)))))


def lacking(name: str, *words: str) -> None:
    with pytest.raises(DataError) as caught:
        load_mnist(name)
    for each in words:
        assert each in str(caught.value)


@pytest.mark.parametrize("ending", ["-ubyte", "-ubyte.gz"])
@pytest.mark.parametrize("joint", ["-", "."])
@pytest.mark.parametrize(
    ("name", "folder"), [("mnist", "mnist"), ("fashion_mnist", "fashion_mnist"), ("fashion_mnist", "fashion-mnist")]
)
def test_mnist_is_found_by_its_usual_names(tmp_path, monkeypatch, name, folder, joint, ending):
    mnist(tmp_path / folder, joint, ending)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    data = load_mnist(name)
    assert data.kind is KINDS[name]
    assert (data.train.images.shape, data.test.images.shape) == ((7, 1, 28, 28), (3, 1, 28, 28))
    assert (data.train.labels.tolist(), data.test.labels.tolist()) == ([3, 4, 5, 6, 7, 8, 9], [7, 8, 9])
    same_array(data.test.images[:, 0], np.random.default_rng(3).integers(0, 256, (3, 28, 28), np.uint8))
    assert (data.train.objects, data.train.tags) == (None, None)


def test_the_test_part_of_mnist_is_read_alone(tmp_path, monkeypatch):
    mnist(tmp_path / "mnist")
    for path in (tmp_path / "mnist").glob("train-*"):
        path.unlink()
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    test = load_mnist_test("mnist")
    assert test.labels.tolist() == [7, 8, 9]
    same_array(test.images[:, 0], np.random.default_rng(3).integers(0, 256, (3, 28, 28), np.uint8))


def test_a_folder_that_lacks_something_is_refused_with_a_place_to_put_it(tmp_path, monkeypatch):
    for root in (None, ""):
        monkeypatch.delenv(VARIABLE, raising=False) if root is None else monkeypatch.setenv(VARIABLE, root)
        lacking("mnist", "expected the environment variable CONVVIZ_DATA, found it not set", "into its folder mnist")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    lacking("mnist", f"MNIST: expected the folder mnist in {tmp_path}", "put the four files of MNIST into it")
    lacking("fashion_mnist", f"expected the folder fashion_mnist or fashion-mnist in {tmp_path}")
    mnist(tmp_path / "mnist")
    for path in sorted((tmp_path / "mnist").iterdir()):
        content = path.read_bytes()
        path.unlink()
        lacking("mnist", f"{tmp_path / 'mnist'}: expected one of", path.name, "found none of them; put it there")
        path.write_bytes(content)
    assert len(load_mnist("mnist").train) == 7


@pytest.mark.parametrize(
    ("spoilt", "content", "words"),
    [
        (
            "train-images-idx3-ubyte.gz",
            idx(7, 28, 27, numbers=bytes(7 * 28 * 27)),
            "pictures of 28×28, found the shape (7, 28, 27)",
        ),
        ("train-images-idx3-ubyte.gz", idx(7, 784, numbers=bytes(7 * 784)), "found the shape (7, 784)"),
        ("t10k-images-idx3-ubyte.gz", idx(0, 28, 28, numbers=b""), "found the shape (0, 28, 28)"),
        ("t10k-labels-idx1-ubyte.gz", idx(4, numbers=bytes(4)), "expected 3 labels, one a picture, found the shape (4,)"),
        ("t10k-labels-idx1-ubyte.gz", idx(3, 1, numbers=bytes(3)), "found the shape (3, 1)"),
        ("train-labels-idx1-ubyte.gz", idx(7, numbers=bytes([0, 1, 2, 10, 4, 5, 6])), "expected labels from 0 to 9, found 10"),
        ("train-labels-idx1-ubyte.gz", GOOD[:-1], "found only 5"),
    ],
)
def test_mnist_that_holds_something_else_is_refused(tmp_path, monkeypatch, spoilt, content, words):
    mnist(tmp_path / "mnist")
    (tmp_path / "mnist" / spoilt).write_bytes(content)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    lacking("mnist", spoilt, words)
