"""The laboratory's addresses: what each answers, with bounds on all that it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from byhand import __version__
from byhand.data.datasets import Dataset
from byhand.lab import facts, pages
from byhand.lab.answers import (
    MOST_EXAMPLES,
    MOST_PIXELS,
    SAFE,
    ExamplesAnswer,
    Kind,
    LabAnswer,
)
from byhand.lab.security import Access, Guard, Refused
from byhand.model import Model

BODIES = {
    "/api/read": ("application/octet-stream", MOST_PIXELS),
    "/api/accuracy": ("application/json", 256_000),
}
OURS = {404: "there is nothing at this address", 405: "not by this method"}


@dataclass
class Laboratory:
    """A model and data to play with, and who may.

    Attributes:
        model: of grey images.
        name: what the page calls it.
        data: whose test images are shown; None for none.
        access: who may come in.
        weights: the model's, as a file.
    """

    model: Model
    name: str
    data: Dataset | None
    access: Access
    weights: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Take what cannot change."""
        self.weights = facts.weights(self.model)


def application(lab: Laboratory) -> Guard:
    """Return what answers the requests of a laboratory, guarded."""
    app = FastAPI(
        title="byhand laboratory",
        version=__version__,
        docs_url=None,  # these pages load scripts from another host
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    _answer_errors(app, lab.access.start)
    _add_pages(app)
    _add_facts(app, lab)
    return Guard(app, lab.access, BODIES)


def _answer_errors(app: FastAPI, start: int) -> None:
    """Have errors answered by one line of our own words."""

    def answer(status: int, line: str, headers: Any = None) -> JSONResponse:
        found = {"start": start, "error": line}
        return JSONResponse(found, status, headers)

    async def refused(request: Request, error: Any) -> Response:
        return answer(error.status, error.error)

    async def http(request: Request, error: Any) -> Response:
        line = OURS.get(error.status_code, "this cannot be answered")
        return answer(error.status_code, line, error.headers)

    async def invalid(request: Request, error: Any) -> Response:
        places = {".".join(map(str, e["loc"][1:]))[:100] for e in error.errors()}
        named = ", ".join(sorted(filter(None, places))[:3]) or "the body"
        return answer(422, f"{named}: expected what /api/openapi.json says")

    async def failed(request: Request, error: Any) -> Response:
        return answer(500, "a fault of the laboratory; its terminal says more")

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, failed)


def _add_pages(app: FastAPI) -> None:
    """Serve the files of the page."""
    files = pages.page_files()

    def file(name: str) -> Response:
        if name not in files:
            raise Refused(404, "there is no such file")
        return Response(files[name].read(), media_type=files[name].type)

    @app.get("/", include_in_schema=False)
    def index() -> Response:
        return file(pages.INDEX)

    @app.get("/static/{name}", include_in_schema=False)
    def static(name: str) -> Response:
        return file(name)


def _add_facts(app: FastAPI, lab: Laboratory) -> None:
    """Serve what is known of the model and the data."""
    start = lab.access.start

    @app.get("/api/lab")
    def about() -> LabAnswer:
        return LabAnswer(
            start=start,
            version=__version__,
            model=facts.model_facts(lab.model, lab.name),
            data=facts.data_facts(lab.data),
        )

    @app.get("/api/weights", response_class=Response)
    def weights() -> Response:
        return Response(lab.weights, media_type="application/octet-stream")

    @app.get("/api/examples")
    async def examples(
        kind: Kind = "any",
        label: Annotated[int | None, Query(ge=0, le=SAFE)] = None,
        count: Annotated[int, Query(ge=1, le=MOST_EXAMPLES)] = 1,
        seed: Annotated[int, Query(ge=0, le=SAFE)] = 0,
    ) -> ExamplesAnswer:
        if lab.data is None:
            raise Refused(404, "this laboratory has no data set; start it with --data")
        labels = lab.data.test.labels
        at = (
            np.arange(len(labels)) if label is None else np.flatnonzero(labels == label)
        )
        chosen = np.random.default_rng(seed).permutation(at)[:count]
        return ExamplesAnswer(start=start, images=facts.examples(lab.data.test, chosen))
