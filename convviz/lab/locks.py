"""Locks that a process holds as long as it lives, whatever ends it."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock
from typing import Final

from filelock import FileLock, Timeout

from convviz.lab import safely

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_KEEPERS: Final[dict[Path, FileLock]] = {}
_KEEPING: Final = Lock()


def lock_at(path: Path) -> FileLock:
    """A lock, not yet held; threads may share it.

    >>> lock_at(Path("a")).is_locked
    False
    >>> lock_at(None)
    Traceback (most recent call last):
    TypeError: expected str, bytes or os.PathLike object, not NoneType
    """
    return FileLock(path, thread_local=False)


def is_locked(path: Path) -> bool:
    """Whether a living process holds a lock. Those who only look do not get into each other's way.

    >>> is_locked(Path("nowhere") / "lock")
    False
    >>> is_locked(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'is_file'
    """
    if not path.is_file():
        return False
    try:
        return _is_shared_out(path) if fcntl else _is_taken(path)
    except OSError:  # deleted meanwhile
        return False


def _is_shared_out(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _is_taken(path: Path) -> bool:
    lock = lock_at(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def keeper(folder: Path) -> str:
    """The name of a lock in a folder that this program holds as long as it lives; those of programs that are gone are removed.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     is_locked(Path(folder) / keeper(Path(folder)))
    True
    >>> keeper(Path("nowhere") / "at all")
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: nowhere/at all: the folder is gone: the run was deleted meanwhile
    """
    with _KEEPING:
        if folder not in _KEEPERS or not Path(_KEEPERS[folder].lock_file).exists():
            with safely.told(folder):
                if not folder.is_dir():
                    raise FileNotFoundError(2, "no such folder")
                for other in folder.glob(".keeper-*"):
                    if not is_locked(other):
                        other.unlink(missing_ok=True)
                lock = lock_at(folder / f".keeper-{os.urandom(8).hex()}")
                lock.acquire()
            _KEEPERS[folder] = lock
        return Path(_KEEPERS[folder].lock_file).name
