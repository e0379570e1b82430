"""One server and one browser for the whole run, a fresh context for each test; at the end what was compared with torch."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from convviz.ui.server import ASSET_FOLDER
from tests.browser import FLAGS, find_browser
from tests.counted import COMPARED, summary
from tests.stage import Stage

ROOT = Path(__file__).parents[1]

Modules = Callable[[str, str, Any], Any]
SERVERS: "list[Server]" = []
"""All that were started."""

expect.set_options(timeout=20_000)


@pytest.fixture(scope="session", autouse=True)
def runs_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees or changes the runs of whoever starts it."""
    os.environ["CONVVIZ_RUNS"] = str(tmp_path_factory.mktemp("nobodys"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that drive a browser are marked, so that others can run beside them."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_up(address: str) -> bool:
    """Whether the app answers that it is well."""
    url = urlsplit(address)
    connection = HTTPConnection(url.hostname or "", url.port, timeout=1)
    try:
        connection.request("GET", f"{url.path}/_stcore/health")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


class Server:
    """The app as `make run` starts it, on a free port; `path` is the base path it is hosted under.

    `environment` is what its environment says beside that of the tests.
    """

    def __init__(self, *options: str, path: str = "", environment: Mapping[str, str] | None = None) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}{path}"
        self.origin = f"http://127.0.0.1:{port}"
        self._command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), *options]
        self._environment = {**os.environ, **(environment or {})}
        # No pipe: one that nobody reads would hold the app once it is full.
        self._log = NamedTemporaryFile()  # noqa: SIM115 - open as long as the app may speak
        self.process = self._started()
        SERVERS.append(self)

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command, cwd=ROOT, env=self._environment, stdout=self._log, stderr=subprocess.STDOUT)

    @property
    def said(self) -> str:
        """What the app has printed, among it what it did not expect."""
        return Path(self._log.name).read_text(errors="replace")

    def wait(self) -> "Server":
        deadline = time.monotonic() + 60
        while not is_up(self.address):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError(f"the app did not start: {self.said}")
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)

    def restart(self) -> None:
        """At the same address."""
        self.stop()
        self.process = self._started()
        self.wait()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails before an app says what the app said: the page itself redacts what went wrong."""
    report = yield
    if report.failed and "browser" in getattr(item, "fixturenames", ()):
        report.sections += [(server.address, server.said) for server in SERVERS if server.process.poll() is None]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COMPARED:
        terminalreporter.section("compared with torch")
        for line in summary(COMPARED):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = Server().wait()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_browser()
    # A missing browser fails the run: a browser test that did not run must not count as passed.
    assert path, "no Chrome or Chromium: `make browser` installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1600, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def stage(context: BrowserContext, server: Server) -> Stage:
    return Stage(context.new_page(), server.address)


@pytest.fixture
def modules(context: BrowserContext, server: Server) -> Modules:
    """Run a function body with one of the stage's modules as `m` and an argument as `a`."""
    page = context.new_page()
    page.goto(f"{server.address}/_stcore/health")

    def run(name: str, body: str, argument: Any = None) -> Any:
        address = f"{server.address}/{ASSET_FOLDER}/{name}"
        return page.evaluate(f"async ([address, a]) => {{ const m = await import(address); {body} }}", [address, argument])

    return run
