"""The servers: each app in a process of its own, all started alike."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final

ROOT: Final = Path(__file__).parents[1]
PATIENCE: Final = 60
"""Seconds a server may take to answer, or to end."""
TARGETS: Final[Mapping[str, tuple[str, ...]]] = {
    "convviz": ("app:app",),
    "without stage": ("--factory", "bench.apps:without_stage"),
    "without results": ("--factory", "bench.apps:without_results"),
    "one widget": ("--factory", "bench.apps:one_widget"),
    "plotly": ("--factory", "bench.apps:plotly_frames"),
}
"""What uvicorn serves under each name."""


@contextmanager
def serving() -> Iterator[dict[str, str]]:
    """Every app is up; gives the address of each."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(_server(target)) for name, target in TARGETS.items()}


@contextmanager
def _server(target: tuple[str, ...]) -> Iterator[str]:
    port = _free_port()
    # As Streamlit itself starts uvicorn: no compression of messages.
    options = ["--port", str(port), "--log-level", "warning", "--ws-per-message-deflate", "false"]
    # Without a watcher a file saved meanwhile changes nothing in a running measurement.
    settings = {**os.environ, "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none"}
    with tempfile.TemporaryFile("w+") as log:
        command = [sys.executable, "-m", "uvicorn", *options, *target]
        process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=log, stderr=log)
        try:
            _wait_for(port, process, log)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes], log: IO[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _healthy(port):
        if process.poll() is not None or time.monotonic() > deadline:
            log.seek(0)
            raise RuntimeError(f"a server did not come up:\n{log.read()}")
        time.sleep(0.1)


def _healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
