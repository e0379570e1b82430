"""What browsers ask of runs by themselves, several times a second: how they stand, their epochs, their test pictures.

So watching costs no rerun of the page, and goes on where it was after a reload or a restart of the server.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from convviz.geometry import GeometryError
from convviz.lab.data import KINDS, DataError, DataSettings, Pictures, load_test
from convviz.lab.errors import StoreError
from convviz.lab.runs import the_store
from convviz.lab.settings import MOST_EPOCHS

RUNS: Final = "convviz-runs"
"""Where runs are, relative to the server's base path."""
PICTURES: Final = "convviz-pictures"
MOST_PICTURES: Final = 48
"""In one answer."""
_KEPT: Final = {"Cache-Control": "private, max-age=3600"}
"""Epochs and pictures stay what they are."""


def feed_routes(prefix: str) -> list[Route]:
    """The routes, below the base path."""
    return [
        Route(f"{prefix}/{RUNS}/{{id}}", _told(_standing)),
        Route(f"{prefix}/{RUNS}/{{id}}/epochs/{{epoch:int}}", _told(_epoch)),
        Route(f"{prefix}/{PICTURES}", _told(_pictures)),
    ]


def pictures_query(settings: DataSettings) -> str:
    """How test pictures are asked for; `&at=` and their numbers follow.

    >>> pictures_query(DataSettings())
    'name=digits&seed=0&train_per_class=1200&test_per_class=200&tag_probability=1.0'
    """
    return urlencode(asdict(settings))


def read_query(parameters: Any) -> DataSettings:
    """Which pictures are meant. Raises `GeometryError` for settings that cannot be.

    >>> read_query({"name": "shapes", "seed": "7"})
    DataSettings(name='shapes', seed=7, train_per_class=1200, test_per_class=200, tag_probability=1.0)
    >>> read_query({"name": "shapes", "seed": "many"})
    Traceback (most recent call last):
    convviz.geometry.GeometryError: seed is many: it must be a number
    """
    usual = asdict(DataSettings())
    return DataSettings(**{name: _read(name, parameters.get(name, value), type(value)) for name, value in usual.items()})


def scaled(pictures: Pictures, at: Any, white: int) -> NDArray[np.uint8]:
    """Some of the pictures, white as 255.

    >>> scaled(Pictures(np.full((1, 1, 2, 2), 8, np.uint8), np.array([0])), [0], white=16).max()
    np.uint8(127)
    >>> scaled(Pictures(np.full((1, 1, 2, 2), 8, np.uint8), np.array([0])), [1], white=16)
    Traceback (most recent call last):
    IndexError: index 1 is out of bounds for axis 0 with size 1
    """
    images = pictures.images[np.asarray(at, np.int64)]
    return images if white == 255 else (images.astype(np.uint16) * 255 // white).astype(np.uint8)


def _told(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """What cannot be is said in a sentence. No coroutine: the server gives each a thread."""

    def answered(request: Request) -> Response:
        try:
            return answer(request)
        except (StoreError, DataError, GeometryError) as error:
            return JSONResponse({"message": str(error)}, status_code=404)

    return answered


def _standing(request: Request) -> Response:
    """How a run stands, and the figures of its epochs behind `after`."""
    store = the_store()
    run = store.run(request.path_params["id"])
    status, state, progress = run.status, run.state, run.progress()
    after = _read("after", request.query_params.get("after", "-1"), int)
    return JSONResponse(
        {
            "state": state,
            "message": store.problem(run.id),
            "device": status.device,
            "place": store.place(run.id),
            "paused": any(_is_paused(each) for each in store.before(run.id)),
            "progress": progress and asdict(progress),
            "figures": [asdict(figures) for figures in run.figures() if figures.epoch > after],
        },
        headers={"Cache-Control": "no-store"},
    )


def _is_paused(run_id: str) -> bool:
    with suppress(StoreError):  # deleted a moment ago
        return the_store().run(run_id).state == "paused"
    return False


def _epoch(request: Request) -> Response:
    """Filters, predictions and probabilities, as a safetensors file."""
    run = the_store().run(request.path_params["id"])
    epoch = min(request.path_params["epoch"], MOST_EPOCHS + 1)  # the name of a file has an end
    content = save(dict(run.arrays(epoch)))
    return Response(content, media_type="application/octet-stream", headers=_KEPT)


def _pictures(request: Request) -> Response:
    """Some test pictures, one behind the other, C×H×W bytes each."""
    settings = read_query(request.query_params)
    pictures = load_test(settings)
    words = request.query_params.get("at", "").split(",")
    if len(words) > MOST_PICTURES:
        raise GeometryError(
            f"at has {len(words)} numbers: at most {MOST_PICTURES} pictures are sent at once", "at", len(words), MOST_PICTURES
        )
    at = [_read("at", word, int) for word in words]
    if not all(0 <= each < len(pictures) for each in at):
        raise GeometryError(f"at is {words}: there are test pictures 0 to {len(pictures) - 1}", "at", at, len(pictures) - 1)
    content = scaled(pictures, at, KINDS[settings.name].white).tobytes()
    return Response(content, media_type="application/octet-stream", headers=_KEPT)


def _read(name: str, value: Any, kind: type) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise GeometryError(f"{name} is {str(value)[:40]}: it must be a number", name, value, None) from None
