"""Files that a kill at any moment leaves whole: written aside, forced to the disk, and only then put in place."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from convviz.lab.errors import FullError, StoreError

ASIDE: Final = ".aside"
"""What names of files that are not yet whole end in."""


def write(path: Path, content: bytes, *, forced: bool = True) -> None:
    """The file is as before, or holds all of `content`; `forced` to the disk, it is so even where power fails.

    Raises `FullError` or `StoreError` where it cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write(Path(folder, "a"), b"1")
    ...     Path(folder, "a").read_bytes()
    ...     write(Path(folder, "b", "c"), b"2")
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: ...: the folder is gone: the run was deleted meanwhile
    """
    aside = path.with_name(path.name + ASIDE)
    with told(path):
        try:
            with aside.open("wb") as file:
                file.write(content)
                if forced:
                    file.flush()
                    _force(file.fileno())
            aside.replace(path)
        except OSError:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
            raise
        if forced:
            _force_folder(path.parent)


def put(folder: Path, target: Path) -> None:
    """Move a folder to its name, where nothing is yet. Raises `FileExistsError` where something is, else as `write` does.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "a", "b").mkdir(parents=True)
    ...     put(Path(folder, "a"), Path(folder, "c"))
    ...     put(Path(folder, "c"), Path(folder, "c"))
    Traceback (most recent call last):
    FileExistsError: ...c
    """
    if target.exists():
        raise FileExistsError(target)
    with told(target):
        folder.rename(target)
        _force_folder(target.parent)


def append(path: Path, line: str) -> None:
    """One more line; a kill can leave a part of it, without an end, which `lines` leaves out. Raises as `write` does.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     append(Path(folder, "a"), "one")
    ...     append(Path(folder, "a"), "two")
    ...     lines(Path(folder, "a"))
    ...     append(Path(folder), "three")
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: ...: it cannot be written: Is a directory
    """
    with told(path), path.open("ab") as file:
        file.write(f"{line}\n".encode())
        file.flush()
        _force(file.fileno())


def lines(path: Path) -> list[bytes]:
    """The lines that have an end; none where there is no file.

    >>> lines(Path("nowhere"))
    []
    >>> lines(Path("."))
    Traceback (most recent call last):
    IsADirectoryError: [Errno 21] Is a directory: '.'
    """
    try:
        return path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turns the system's errors into `FullError` and `StoreError`, with a way out.

    >>> with told(Path("runs")):
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
    convviz.lab.errors.FullError: runs: the disk is full: delete runs, or make room, and go on from the last epoch
    >>> with told(Path("runs")):
    ...     "written"
    'written'
    """
    try:
        yield
    except OSError as error:
        raise _explained(path, error) from error


def _explained(path: Path, error: OSError) -> StoreError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return FullError(f"{path}: the disk is full: delete runs, or make room, and go on from the last epoch")
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return StoreError(f"{path.parent}: it cannot be written, for it is read-only or somebody else's: name another folder")
    if error.errno == errno.ENOENT:
        return StoreError(f"{path}: the folder is gone: the run was deleted meanwhile")
    if error.errno in {errno.EEXIST, errno.ENOTDIR}:
        return StoreError(f"{path.parent}: it is a file: name a folder")
    return StoreError(f"{path}: it cannot be written: {error.strerror}")


def _force(descriptor: int) -> None:
    """To the disk."""
    os.fsync(descriptor)


def _force_folder(folder: Path) -> None:
    """So that the new name is on the disk, too; Windows has no such thing."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _force(descriptor)
    finally:
        os.close(descriptor)
