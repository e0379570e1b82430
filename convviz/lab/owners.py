"""Whose a run is: whoever started it knows its token, and the store keeps a hash of it.

The store has a token of its own, in a file for those alone who may read its folder: it owns every run.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from convviz.lab import safely
from convviz.lab.errors import OwnerError, StoreError
from convviz.lab.run import Run


def hashed(token: str) -> str:
    """What is kept of a token.

    >>> hashed("mine") == hashed("yours")
    False
    >>> hashed(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'encode'
    """
    return hashlib.sha256(token.encode()).hexdigest()


def token_of(folder: Path) -> str:
    """The store's own token, made where there is none. Raises `StoreError` where it can be neither read nor made.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     token_of(Path(folder)) == token_of(Path(folder))
    True
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "owner.token").touch()
    ...     token_of(Path(folder))
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: ...owner.token: it is empty: delete it, and another one is made
    """
    path = folder / "owner.token"
    with safely.told(path):
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _make(path)
        token = path.read_text()
    if not token:
        raise StoreError(f"{path}: it is empty: delete it, and another one is made")
    return token


def require_owner(run: Run, owner: str, store: str) -> None:
    """Raises `OwnerError` unless `owner` is the token of whoever started the run, or `store`, the store's.

    >>> require_owner(Run(Path("nowhere")), "mine", "all")
    Traceback (most recent call last):
    convviz.lab.errors.StoreError: nowhere: there is no such run: it was deleted, or the link is wrong
    >>> from convviz.lab.runs import shipped
    >>> require_owner(shipped()[0], "all", "all")
    """
    known = run.order.owner, hashed(store)
    if not owner or not any(hmac.compare_digest(hashed(owner), each) for each in known):
        raise OwnerError(f"{run.id}: it belongs to whoever started it: ask them, or whoever keeps the store")


def _make(path: Path) -> None:
    """Whole from the first moment: whoever is first to put one there wins."""
    aside = path.with_name(f".token-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink(missing_ok=True)
