"""The stage's files as they are served, and a version that changes with any of them, so that browsers may keep them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).with_name("static")
MEDIA_TYPES: Final = {".mjs": "text/javascript", ".css": "text/css"}


def _version() -> str:
    digest = hashlib.sha256()
    for path in sorted(file for file in STATIC.rglob("*") if file.is_file()):
        digest.update(str(path.relative_to(STATIC)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


VERSION: Final = _version()
