"""IDX files, as MNIST comes in: two zeros, a type, the number of axes, the sizes, and then the numbers themselves."""

from __future__ import annotations

import gzip
import zlib
from math import prod
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

MOST_BYTES: Final = 2**29
"""Of numbers in a file: ten times Fashion-MNIST."""
MOST_AXES: Final = 4

_UNSIGNED_BYTES: Final = 0x08
_TYPES: Final = {0x08: "unsigned bytes", 0x09: "signed bytes", 0x0B: "shorts", 0x0C: "ints", 0x0D: "floats", 0x0E: "doubles"}
_GZIP: Final = b"\x1f\x8b"
_PIECE: Final = 2**20


class DataError(RuntimeError):
    """A file of pictures that is not there or not what it should be; says which, what was expected, and the way out.

    >>> str(DataError("train.idx: there is no such file"))
    'train.idx: there is no such file'
    >>> read_idx("nowhere.idx")
    Traceback (most recent call last):
    convviz.lab.data.idx.DataError: nowhere.idx: expected an IDX file, found nothing to read (No such file or directory); \
put it there
    """


def read_idx(path: str | Path) -> NDArray[np.uint8]:
    """The numbers of an IDX file of unsigned bytes, plain or gzip'ed whatever its name says.

    No more is read or unpacked than its header promises, and one byte to see that it ends there. Raises `DataError` for a file
    that cannot be read, is damaged, holds other numbers, or promises more than `MOST_BYTES`. Source: LeCun, Cortes and Burges,
    The MNIST database, "File formats".

    >>> from convviz.lab.data.digits import SCANS
    >>> read_idx(SCANS / "images.idx3-ubyte.gz").shape
    (1797, 8, 8)
    >>> read_idx(SCANS / "README.md")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    convviz.lab.data.idx.DataError: ...README.md: expected an IDX file of unsigned bytes, which begins with 00 00 08, found 23 \
20 31; put the original file in its place
    """
    file = Path(path)
    try:
        with file.open("rb") as raw:
            zipped = raw.read(2) == _GZIP
            raw.seek(0)
            if not zipped:
                return _array(file, raw)
            with gzip.GzipFile(fileobj=raw) as unzipped:
                return _array(file, unzipped)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(file, "a whole gzip file", f"a damaged one ({error})") from error
    except OSError as error:
        raise DataError(f"{file}: expected an IDX file, found nothing to read ({error.strerror}); put it there") from error


def write_idx(path: str | Path, array: NDArray[np.uint8]) -> None:
    """Write unsigned bytes as a gzip'ed IDX file: of the same numbers the same bytes, whatever the file's name and the hour.

    Raises `DataError` for numbers that are no unsigned bytes, and for none or too many axes.

    >>> write_idx("nowhere.idx.gz", np.zeros((2, 2)))
    Traceback (most recent call last):
    convviz.lab.data.idx.DataError: nowhere.idx.gz: expected an array of uint8 with 1 to 4 axes, found float64 with 2; \
convert it
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_idx(f"{folder}/labels.gz", np.array([3, 1], np.uint8))
    ...     read_idx(f"{folder}/labels.gz")
    array([3, 1], dtype=uint8)
    """
    if array.dtype != np.uint8 or not 1 <= array.ndim <= MOST_AXES:
        raise DataError(
            f"{path}: expected an array of uint8 with 1 to {MOST_AXES} axes, found {array.dtype} with {array.ndim}; convert it"
        )
    header = bytes([0, 0, _UNSIGNED_BYTES, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    with Path(path).open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as zipped:
        zipped.write(header + array.tobytes())


def _array(file: Path, stream: IO[bytes] | gzip.GzipFile) -> NDArray[np.uint8]:
    shape = _shape(file, stream)
    promised = prod(shape)
    if promised > MOST_BYTES:
        raise _damaged(file, f"at most {MOST_BYTES:,} numbers", f"a header that promises {promised:,}")
    numbers = _read(stream, promised + 1)
    if len(numbers) != promised:
        found = f"only {len(numbers):,}" if len(numbers) < promised else "more"
        raise _damaged(file, f"the {promised:,} numbers that its header promises", found)
    return np.frombuffer(numbers, np.uint8).reshape(shape)


def _shape(file: Path, stream: IO[bytes] | gzip.GzipFile) -> tuple[int, ...]:
    magic = stream.read(4)
    if magic[:2] == b"\0\0" and magic[2:3] and magic[2] != _UNSIGNED_BYTES and magic[2] in _TYPES:
        raise DataError(f"{file}: expected an IDX file of unsigned bytes, found one of {_TYPES[magic[2]]}; convert it")
    if magic[:3] != bytes([0, 0, _UNSIGNED_BYTES]):
        found = magic[:3].hex(" ") or "nothing"
        raise _damaged(file, "an IDX file of unsigned bytes, which begins with 00 00 08", found)
    axes = magic[3] if len(magic) == 4 else 0
    if not 1 <= axes <= MOST_AXES:
        raise _damaged(file, f"1 to {MOST_AXES} axes", f"{axes}")
    sizes = stream.read(4 * axes)
    if len(sizes) < 4 * axes:
        raise _damaged(file, f"a header with the sizes of {axes} axes", f"the end after {len(sizes)} bytes of them")
    return tuple(np.frombuffer(sizes, ">u4").tolist())


def _read(stream: IO[bytes] | gzip.GzipFile, most: int) -> bytearray:
    """In pieces: memory goes by what the file holds, not by what it promises."""
    numbers = bytearray()
    while piece := stream.read(min(_PIECE, most - len(numbers))):
        numbers += piece
    return numbers


def _damaged(file: Path, expected: str, found: Any) -> DataError:
    return DataError(f"{file}: expected {expected}, found {found}; put the original file in its place")
