"""What every component is made with: its inline part, what it is sent, and what it says.

The modules come from this server's own route, so a rerun sends only data.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

from convviz.ui.server import ASSET_FOLDER
from convviz.ui.session import Kept

K = TypeVar("K", bound=Kept)

_SHIM: Final = """
const modules = import(new URL("FOLDER/FILE", document.baseURI).href);
export default function (component) {
  let cleanup = () => {};
  let gone = false;
  modules.then(
    ({ mount }) => { if (!gone) cleanup = mount(component); },
    () => { component.parentElement.textContent = "This page is older than the server: reload it."; },
  );
  return () => { gone = true; cleanup(); };
}
"""


def shim(file: str) -> str:
    """The inline part of a component: all it does is import `file` from the asset folder and hand over."""
    return _SHIM.replace("FOLDER", ASSET_FOLDER).replace("FILE", file)


def as_bytes(data: dict[str, Any]) -> bytes:
    """What a component is sent. Of anything but bytes Streamlit asks whether it is a table, and loads pandas to know."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def said(what: str, take: Callable[[K, Any], K]) -> Callable[[K, Any], K]:
    """Takes one of the things that a component has said."""
    return lambda old, component: take(old, component[what]) if component.get(what) else old
