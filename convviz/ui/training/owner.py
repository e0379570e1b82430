"""Who may do what: a browser owns the runs that it started, and where there is a key, who knows it trains.

A browser is told from others by a cookie that no script can read, so that a reload, or a restart of the server, leaves its runs
its own.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Mapping
from typing import Final

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from convviz.lab.owners import hashed

COOKIE: Final = "convviz-owner"
KEY: Final = "CONVVIZ_KEY"
"""The environment variable that holds the lecturer's key."""
_A_YEAR: Final = 365 * 24 * 3600
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_KNOWN: Final[set[str]] = set()
"""Hashes of the tokens of browsers that have said the key, until the server ends."""


class OwnerCookie:
    """ASGI middleware: a browser without a token gets one with its first page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the cookie to a page that comes back."""

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", _cookie(scope["scheme"] == "https"))
            await send(message)

        needs_one = scope["type"] == "http" and not _TOKEN.fullmatch(_sent(scope))
        await self.app(scope, receive, send_with_cookie if needs_one else send)


def owner() -> str:
    """The token of the browser that looks at the page; without cookies one for as long as it looks."""
    token = str(st.context.cookies.get(COOKIE, ""))
    if _TOKEN.fullmatch(token):
        return token
    made: str = st.session_state.setdefault("owner.token", secrets.token_urlsafe(32))
    return made


def may_train(token: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a browser may start a training: anyone where there is no key.

    >>> may_train("someone", {}), may_train("someone", {KEY: "chalk"})
    (True, False)
    """
    return not environment.get(KEY) or hashed(token) in _KNOWN


def is_keeper(token: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a browser has said the key, and so may end any run.

    >>> is_keeper("someone", {}), is_keeper("someone", {KEY: "chalk"})
    (False, False)
    """
    return bool(environment.get(KEY)) and may_train(token, environment)


def say_key(token: str, key: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether that is the key; from then on the browser is known.

    >>> say_key("lecturer", "cheese", {KEY: "chalk"}), say_key("lecturer", "chalk", {KEY: "chalk"})
    (False, True)
    >>> may_train("lecturer", {KEY: "chalk"})
    True
    """
    is_right = hmac.compare_digest(key.encode(), environment.get(KEY, "").encode())
    if is_right:
        _KNOWN.add(hashed(token))
    return is_right


def _sent(scope: Scope) -> str:
    """Read as browsers write it: other programs of the host may have cookies that no standard knows."""
    return cookie_parser(Headers(scope=scope).get("cookie", "")).get(COOKIE, "")


def _cookie(is_secure: bool) -> str:
    return f"{COOKIE}={secrets.token_urlsafe(32)}; Path=/; Max-Age={_A_YEAR}; HttpOnly; SameSite=Lax" + "; Secure" * is_secure
