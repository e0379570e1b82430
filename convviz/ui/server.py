"""What the server adds to Streamlit's own: the stage's files, and headers that keep the page to itself."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from convviz.player import MEDIA_TYPES, STATIC, VERSION
from convviz.ui.inside.feed import inside_routes
from convviz.ui.training.feed import feed_routes

ASSET_FOLDER: Final = f"convviz-player/{VERSION}"
"""Where the stage's files are, relative to any page's folder; the version lets browsers keep them for good."""


def routes() -> list[Route]:
    """Routes of the stage's files, of the runs and of what is in them, below the base path the server is configured for."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    prefix = f"/{base}" if base else ""
    return [Route(f"{prefix}/{ASSET_FOLDER}/{{name:path}}", _asset), *feed_routes(prefix), *inside_routes(prefix)]


async def _asset(request: Request) -> Response:
    path = (STATIC / request.path_params["name"]).resolve()
    if path.suffix not in MEDIA_TYPES or not path.is_relative_to(STATIC.resolve()) or not path.is_file():
        return PlainTextResponse("no such file", status_code=404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(path, media_type=MEDIA_TYPES[path.suffix], headers=headers)


class SecurityHeaders:
    """ASGI middleware: a content security policy and its companions on every response.

    Everything comes from this server. Scripts: files, Streamlit's own inline ones (by hash), components (by blob); the fonts
    and styles that Streamlit writes into the page need inline styles and data addresses.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": content_security_policy(),
            "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "SAMEORIGIN",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to what comes back."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def content_security_policy() -> str:
    """The policy, with a hash for each inline script of Streamlit's index page."""
    index = Path(st.__file__).parent / "static" / "index.html"
    inline = re.findall(r"<script>(.*?)</script>", index.read_text(encoding="utf-8"), re.DOTALL)
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in inline]
    directives = {
        "default-src": ["'self'"],
        "script-src": ["'self'", "blob:", *hashes],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())
