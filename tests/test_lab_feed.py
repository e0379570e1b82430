"""What browsers ask of runs: how they stand, epochs, pictures; nothing else can be had, and no cookie is lost or given away."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from safetensors.numpy import load as load_arrays
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp

from convviz.lab.carry import carry_out
from convviz.lab.data import KINDS, load
from convviz.lab.run import Run
from convviz.lab.runs import Store
from convviz.lab.settings import recommended
from convviz.ui.training.feed import MOST_PICTURES, PICTURES, RUNS, feed_routes, pictures_query, scaled
from convviz.ui.training.owner import COOKIE, OwnerCookie
from convviz.ui.training.payload import about
from tests.lab import TINY


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A finished one, in the store that is asked."""
    monkeypatch.setenv("CONVVIZ_RUNS", str(tmp_path / "runs"))
    run = Store(tmp_path / "runs").prepare(TINY)
    carry_out(str(run.folder))
    return run


def ask(path: str, query: str = "") -> Response:
    """The answer of the first route that the path belongs to."""
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}
    for route in feed_routes("/base"):
        assert isinstance(route, Route)
        match, found = route.matches(scope)
        if match == Match.FULL:
            response: Response = found["endpoint"](Request({**scope, **found}))
            return response
    return Response(status_code=404)


def said(response: Response) -> Any:
    return json.loads(bytes(response.body))


def test_a_run_says_how_it_stands_and_the_epochs_that_are_new(run: Run) -> None:
    whole = said(ask(f"/base/{RUNS}/{run.id}"))
    assert (whole["state"], whole["message"], whole["place"], whole["progress"]) == ("finished", run.message, 0, None)
    assert [figures["test_loss"] for figures in whole["figures"]] == [figures.test_loss for figures in run.figures()]
    new = said(ask(f"/base/{RUNS}/{run.id}", "after=2"))
    assert [figures["epoch"] for figures in new["figures"]] == [3, 4]
    assert ask(f"/base/{RUNS}/{run.id}").headers["cache-control"] == "no-store"


def test_nothing_of_its_owner_is_said(run: Run) -> None:
    body = bytes(ask(f"/base/{RUNS}/{run.id}").body).decode()
    assert run.order.owner not in body
    assert str(run.folder.parent) not in body


def test_an_epochs_arrays_are_a_safetensors_file(run: Run) -> None:
    arrays = load_arrays(bytes(ask(f"/base/{RUNS}/{run.id}/epochs/3").body))
    for name, array in run.arrays(3).items():
        assert array.dtype == arrays[name].dtype
        assert (array == arrays[name]).all()


@pytest.mark.parametrize("data", ["digits", "digits28", "shapes"])
def test_test_pictures_come_as_bytes_white_as_255(data: str) -> None:
    settings, kind = recommended(data).data, KINDS[data]
    body = bytes(ask(f"/base/{PICTURES}", f"{pictures_query(settings)}&at=5,0").body)
    pictures = np.frombuffer(body, np.uint8).reshape(2, *kind.input_shape)
    exact = load(settings).test.images[[5, 0]] * (255 / kind.white)
    assert abs(pictures - exact).max() < 1


@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        (f"{RUNS}/none-2222", "", "none-2222: there is no such run: it was deleted, or the link is wrong"),
        (f"{RUNS}/owner.token", "", '"owner.token" is no id of a run: ids are letters and digits, as in shapes-4k2f'),
        (f"{RUNS}/..", "", '".." is no id of a run: ids are letters and digits, as in shapes-4k2f'),
        (f"{RUNS}/shapes-7x7/epochs/99", "", "shapes-7x7: there is no epoch 99: it has 13 lines"),
        (f"{RUNS}/shapes-7x7/epochs/{'9' * 300}", "", "shapes-7x7: there is no epoch 1001: it has 13 lines"),
        (f"{RUNS}/shapes-7x7", "after=now", "after is now: it must be a number"),
        (PICTURES, "name=cats&at=0", 'name "cats" is not one of digits, digits28, shapes'),
        (PICTURES, "name=digits&at=359", "at is ['359']: there are test pictures 0 to 358"),
        (PICTURES, "name=digits&at=-1", "at is ['-1']: there are test pictures 0 to 358"),
        (PICTURES, "name=digits&at=", "at is : it must be a number"),
        (PICTURES, "name=shapes&seed=-1&at=0", "seed is -1: it must be at least 0"),
        (PICTURES, f"name=digits&at={','.join(map(str, range(49)))}", f"at has 49 numbers: at most {MOST_PICTURES}"),
        (PICTURES, "name=mnist&at=0", "MNIST"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(path: str, query: str, message: str) -> None:
    response = ask(f"/base/{path}", query)
    assert response.status_code == 404
    assert message in said(response)["message"]


def test_the_payload_says_which_pictures_are_which() -> None:
    for name in ("digits", "shapes"):
        told, dataset = about(recommended(name)), load(recommended(name).data)
        labels = np.frombuffer(base64.b64decode(told["labels"]), np.uint8)
        assert (labels == dataset.test.labels).all()
        assert told["steps"] == -(-len(dataset.train) // 64)
    shape = about(recommended("shapes"))["filters"]
    assert shape == {"of": 16, "shown": 16, "shape": (3, 7, 7)}


def test_scaling_keeps_black_white_and_what_is_between() -> None:
    digits = load(recommended("digits").data).test
    levels = np.unique(scaled(digits, range(len(digits)), 16))
    assert levels.tolist() == [level * 255 // 16 for level in range(17)]


# --- The cookie ------------------------------------------------------------------------------------------------------------


def headers_of(app: ASGIApp, *sent: tuple[bytes, bytes], scheme: str = "http") -> list[str]:
    """The cookies that come with an answer."""
    found: list[str] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            found.extend(value.decode() for name, value in message["headers"] if name == b"set-cookie")

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "method": "GET", "path": "/", "scheme": scheme, "query_string": b"", "headers": list(sent)}
    asyncio.run(OwnerCookie(app)(scope, receive, send))
    return found


def test_a_browser_gets_its_token_with_its_first_page_alone() -> None:
    page, script = HTMLResponse("<p>"), PlainTextResponse("1")
    (cookie,) = headers_of(page)
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert headers_of(page, scheme="https")[0].endswith("; Secure")
    token = cookie.split(";")[0]
    assert headers_of(page, (b"cookie", f"a=b; {token}".encode())) == []
    assert headers_of(page, (b"cookie", f"{COOKIE}=short".encode())) != []
    assert headers_of(page, (b"cookie", f'a/b=1; x={{"a": 1}}; {token}'.encode())) == []  # those of other programs of the host
    assert headers_of(script) == []
    assert headers_of(page)[0] != cookie
    assert urlencode({COOKIE: token.partition("=")[2]}) == token
