"""What a page keeps in the session, under keys that begin with its name, and callbacks that lose nothing.

Streamlit may stop a callback at any access to the session when newer input waits, and what the callback was to change would
then be lost. So a callback reads, computes the next state, writes it once, and is run again if it was stopped before that.
And input under way when the page changed a widget still carries the widget's old value, which looks like a choice. So a widget
whose value the page changes gets a new key, and what comes in under an old key is not heard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException

_REMEMBERED: Final = 50
"""Addresses that a page knows to be its own."""


@dataclass(frozen=True)
class Kept:
    """The state of a page, one frozen value in the session. `name` is the page's, and begins its keys there."""

    name: str

    def key(self, what: str) -> str:
        """The session's key of what this page keeps."""
        return session_key(self.name, what)

    def widget_key(self, widget: str, value: Any) -> str:
        """The key under which a widget shows `value`."""
        return widget_key(self.name, widget, value)

    def callback(self, change: Callable[..., Any], key: str | None = None) -> Callable[..., None]:
        """A callback that changes this page, by the value of a widget if its key is given."""
        return callback(self.name, change, key)

    def deed(self, act: Callable[[Any], Callable[[Any], Any]]) -> Callable[[], None]:
        """A callback that does something outside of the session, once."""
        return deed(self.name, act)


K = TypeVar("K", bound=Kept)


def opened(name: str, begin: Callable[[Mapping[str, str], K | None], K]) -> K:
    """The page of this session by its name; the address decides where it says what the page did not write itself.

    `begin` makes the page that an address means, after the one before it.
    """
    address = dict(st.query_params)
    state, written = session_key(name, "state"), session_key(name, "written")
    old: K | None = st.session_state.get(state)
    if old and (not address or address in st.session_state[written]):
        return old
    page = begin(address, old)
    st.session_state[written] = [address]
    st.session_state[state] = page
    return page


def write_address(page: Kept, parameters: dict[str, str]) -> None:
    """Put what a page shows into the address."""
    if parameters != dict(st.query_params):
        written = page.key("written")
        st.session_state[written] = [*st.session_state[written][-_REMEMBERED:], parameters]
        st.query_params.from_dict(parameters)


def session_key(page: str, what: str) -> str:
    """The key of what a page keeps.

    >>> session_key("convolution", "state")
    'convolution.state'
    """
    return f"{page}.{what}"


def widget_key(page: str, widget: str, value: Any) -> str:
    """The key under which a widget of the page shows `value`: a new one where the widget has another value."""
    versions = _versions(page)
    key = _versioned(page, widget, versions.setdefault(widget, 0))
    if key in st.session_state and not _same(st.session_state[key], value):
        versions[widget] += 1
        key = _versioned(page, widget, versions[widget])
    if key not in st.session_state:
        st.session_state[key] = value
    return key


def callback(page: str, change: Callable[..., Any], key: str | None = None) -> Callable[..., None]:
    """A callback that makes the page's state `change(state, *args)`, with the value of `key` behind the state if one is given.

    An emptied widget changes nothing, nor does one whose key is no longer in use.
    """
    state = session_key(page, "state")

    def run(*args: Any) -> None:
        def step() -> None:
            values = () if key is None else (st.session_state[key],)
            if values != (None,) and (key is None or _is_current(page, key)):
                st.session_state[state] = change(st.session_state[state], *values, *args)

        _finished(step)

    return run


def deed(page: str, act: Callable[[Any], Callable[[Any], Any]]) -> Callable[[], None]:
    """A callback that does something outside the session, once, however often it is stopped.

    `act` gets the page's state and returns the change that follows; it must not touch the session itself.
    """
    state = session_key(page, "state")

    def run() -> None:
        done: list[Callable[[Any], Any]] = []

        def step() -> None:
            old = st.session_state[state]
            if not done:
                done.append(act(old))
            st.session_state[state] = done[0](old)

        _finished(step)

    return run


def _finished(step: Callable[[], None]) -> None:
    """Run it again if it was stopped, and let the stop happen afterwards."""
    stopped: RerunException | None = None
    while True:
        try:
            step()
            break
        except RerunException as request:  # newer input waits: finish first
            stopped = request
    if stopped:
        raise stopped


def _versions(page: str) -> dict[str, int]:
    """How often each widget of the page got a new key."""
    versions: dict[str, int] = st.session_state.setdefault(session_key(page, "versions"), {})
    return versions


def _same(one: Any, other: Any) -> bool:
    """A choice of several is the same in any order."""
    return bool(sorted(one) == sorted(other) if isinstance(one, list) and isinstance(other, list) else one == other)


def _versioned(page: str, widget: str, version: int) -> str:
    return f"{session_key(page, widget)}#{version}"


def _is_current(page: str, key: str) -> bool:
    name, _, version = key.partition("#")
    return not version or _versions(page).get(name.removeprefix(session_key(page, ""))) == int(version)
