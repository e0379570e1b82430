"""What browsers ask of trained networks by themselves: maps, occlusion, what excites a channel, and the rest.

So pointing, stepping and choosing cost no rerun of the page.
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from convviz.geometry import GeometryError
from convviz.lab.errors import StoreError
from convviz.lab.inside.office import OFFICE, Said, stamp_of
from convviz.lab.run import Run
from convviz.lab.runs import the_store
from convviz.lab.worker import WorkerDiedError, WorkError

INSIDE: Final = "convviz-inside"
"""Where networks are, relative to the server's base path."""
_KEPT: Final = {"Cache-Control": "private, max-age=600"}
_BUSY: Final = JSONResponse({"message": "so many ask that another question has to wait: ask again"}, status_code=503)


def inside_routes(prefix: str) -> list[Route]:
    """The route of all questions, below the base path: of a run, or with id@weights of those weights of it alone."""
    return [Route(f"{prefix}/{INSIDE}/{{id}}/{{question}}", _answer)]


async def _answer(request: Request) -> Response:
    """While the process thinks, the server serves others: no thread waits for it."""
    try:
        run = _meant(request.path_params["id"])
        arguments = request.query_params.multi_items()
        future = await run_in_threadpool(OFFICE.ask, run, request.path_params["question"], arguments)
        if future is None:
            return _BUSY
        said = await asyncio.shield(asyncio.wrap_future(future))  # who asks may go away, and others wait for the same
        return _response(said, headers=_KEPT if run.state == "finished" else {})
    except (StoreError, GeometryError, WorkError) as error:
        return JSONResponse({"message": str(error)}, status_code=404)
    except WorkerDiedError:
        return JSONResponse({"message": "the process that answers was ended from outside: ask again"}, status_code=503)


def _meant(said: str) -> Run:
    run_id, _, weights = said.partition("@")
    run = the_store().run(run_id)
    if weights and weights != str(stamp_of(run)):
        raise StoreError(f"{run_id} has trained on since it was opened here: reload the page to look at its newest weights")
    return run


def _response(said: Said, headers: dict[str, str]) -> Response:
    is_answer, content = said
    if not is_answer:
        return JSONResponse({"message": content}, status_code=404)
    return Response(content, media_type="application/octet-stream", headers=headers)
