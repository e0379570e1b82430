"""The server: deep links from the first request, nothing from outside, headers, a base path; and what the pages load."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Request

from convviz.ui.server import ASSET_FOLDER
from tests.conftest import ROOT, Server
from tests.stage import Stage


@pytest.fixture
def fresh_server() -> Iterator[Server]:
    server = Server().wait()
    yield server
    server.stop()


@pytest.fixture
def hosted_server() -> Iterator[Server]:
    server = Server("--server.baseUrlPath", "lectures/conv", path="/lectures/conv").wait()
    yield server
    server.stop()


def test_a_deep_link_works_as_the_first_request_after_a_start(context: BrowserContext, fresh_server: Server) -> None:
    stage = Stage(context.new_page(), fresh_server.address)
    stage.open("/convolution?from=numeric&step=4")
    stage.expect("step", 4)
    assert stage.page.get_by_role("link", name="Convolution").count() == 1
    assert stage.page.title() == "Convolution"


def test_no_request_leaves_the_apps_own_address(context: BrowserContext, server: Server) -> None:
    requests: list[Request] = []
    context.on("request", lambda request: requests.extend([request]))
    stage = Stage(context.new_page(), server.address)
    stage.page.goto(server.address)
    stage.page.locator('[data-convviz="card"]').first.wait_for()
    for path in ("/convolution", "/pooling", "/transposed-convolution"):
        stage.open(path)
        stage.page.get_by_role("button", name="Formula").click()
        stage.page.locator(".katex").first.wait_for()
        stage.page.keyboard.press("Escape")
        stage.page.get_by_role("button", name="PyTorch").click()
        stage.page.locator("code", has_text="import torch").first.wait_for()
    stage.page.goto(f"{server.address}/network?net=resnet18")
    stage.page.locator('[data-convviz="network"] svg.cv-picture').wait_for()
    stage.page.get_by_role("button", name="PyTorch").click()
    stage.page.locator("code", has_text="import torch").first.wait_for()
    stage.open("/training-lab?run=shapes-7x7")
    stage.expect("steps", 13)
    hosts = {
        urlsplit(request.url).netloc for request in requests if urlsplit(request.url).scheme in {"http", "https", "ws", "wss"}
    }
    assert hosts == {urlsplit(server.address).netloc}
    assert any(request.url.endswith("stage.mjs") for request in requests)
    assert any(request.url.endswith("network/mount.mjs") for request in requests)
    assert stage.errors == []


def test_the_policy_blocks_nothing_that_the_app_needs(context: BrowserContext, server: Server) -> None:
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None)
    Stage(page, server.address).open("/convolution")
    assert refused == []


def test_it_works_below_a_base_path(context: BrowserContext, hosted_server: Server) -> None:
    stage = Stage(context.new_page(), hosted_server.address)
    stage.open("/convolution?from=first&step=3")
    assert stage.arithmetic == "4×0 + 5×1 + 7×2 + 8×3 = 43"
    stage.open("/training-lab?run=shapes-7x7")
    stage.expect("steps", 13)
    stage.page.goto(hosted_server.address)
    stage.page.locator('[data-convviz="card"]').first.wait_for()


def test_every_answer_carries_the_security_headers(context: BrowserContext, server: Server) -> None:
    for path in ("/", "/convolution", f"/{ASSET_FOLDER}/stage.mjs", f"/{ASSET_FOLDER}/nothing.mjs", "/_stcore/health"):
        headers = context.request.get(server.address + path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-eval" not in policy
        assert not re.search(r"script-src[^;]*'unsafe-inline'", policy)
        assert not re.search(r"\b(https?|wss?):", policy)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "SAMEORIGIN"


def test_only_the_stages_own_files_are_served(context: BrowserContext, server: Server) -> None:
    found = context.request.get(f"{server.address}/{ASSET_FOLDER}/stage.mjs")
    assert found.status == HTTPStatus.OK
    assert found.headers["content-type"].startswith("text/javascript")
    assert "immutable" in found.headers["cache-control"]
    assert context.request.get(f"{server.address}/{ASSET_FOLDER}/network/mount.mjs").status == HTTPStatus.OK
    for name in (
        "nothing.mjs",
        "..%2fpayload.py",
        "%2e%2e/payload.py",
        "payload.py",
        "network/..%2f..%2fpayload.py",
        "network",
    ):
        answer = context.request.get(f"{server.address}/{ASSET_FOLDER}/{name}")
        assert "Trace" not in answer.text(), name


def test_the_pages_need_neither_torch_nor_plotly() -> None:
    """What the pages import beyond Streamlit itself (which brings Plotly's Python half along), in a process of its own."""
    script = """
import sys
import streamlit
before = set(sys.modules)
from streamlit.testing.v1 import AppTest
app = AppTest.from_file(sys.argv[1], default_timeout=60).run()
assert not app.exception, app.exception
for page in ("convolution.py", "pooling.py", "transposed_convolution.py", "network.py"):
    app.switch_page(page).run()
    assert not app.exception, app.exception
    assert app.number_input, f"{page} ran"
print(*sorted({name.split(".")[0] for name in set(sys.modules) - before}))
"""
    command = [sys.executable, "-c", script, str(ROOT / "pages" / "_navigation.py")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = run.stdout.split()
    assert "convviz" in loaded
    assert {"torch", "plotly", "pandas"}.isdisjoint(loaded)


@pytest.mark.parametrize("path", ["/convolution", "/pooling", "/transposed-convolution"])
def test_a_first_load_fetches_no_chart_library(context: BrowserContext, server: Server, path: str) -> None:
    fetched: list[str] = []
    context.on("request", lambda request: fetched.append(request.url))
    Stage(context.new_page(), server.address).open(path)
    assert any(url.endswith("stage.mjs") for url in fetched)
    assert not [url for url in fetched if re.search("plotly|vega|deck", url, re.IGNORECASE)]


def test_a_start_asks_nothing_reports_nothing_and_looks_nothing_up() -> None:
    """Without the message Streamlit has no reason to ask an outside service for this machine's address."""
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["server"]["headless"]
    assert config["server"]["maxUploadSize"] <= 10
    assert config["logger"]["hideWelcomeMessage"]
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["toolbarMode"] == "viewer"
    assert config["theme"].keys() >= {"light", "dark"}


def test_playing_costs_the_server_nothing(context: BrowserContext, server: Server) -> None:
    """Not one message leaves the page while the stage plays a dozen steps."""
    page = context.new_page()
    sent: list[bytes | str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.extend([frame])))
    stage = Stage(page, server.address)
    stage.open("/convolution?size=16&kernel=3&stride=1&values=random:1")
    assert sent, "the page talks to its server over a WebSocket"
    stage.press("+", "+", "+", "Space")
    stage.wait_until("stage.view.step >= 2")
    before = len(sent)
    stage.wait_until("stage.view.step >= 14")
    assert len(sent) == before
