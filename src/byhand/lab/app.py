"""The laboratory's addresses: what each answers, with bounds on all that it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from fastapi import Body, Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException

from byhand import __version__
from byhand.data.datasets import Dataset, Split
from byhand.lab import facts, pages, run_routes, teach_routes
from byhand.lab.answers import (
    LONGEST_SIDE,
    MOST_EXAMPLES,
    MOST_PIXELS,
    SAFE,
    Accepted,
    AccuracyEvent,
    AccuracyJob,
    ExamplesAnswer,
    FailedEvent,
    Kind,
    LabAnswer,
    ReadAnswer,
    ReaderAnswer,
)
from byhand.lab.changed import misfit
from byhand.lab.collected import Drawings
from byhand.lab.events import Events
from byhand.lab.results_routes import add_results
from byhand.lab.run_list import Runs
from byhand.lab.security import Access, Guard, Refused
from byhand.lab.teaching import Teaching
from byhand.lab.worker import MOST_WAITING, Worker
from byhand.model import Model
from byhand.runs.files import FOLDER

BODIES = {
    **run_routes.BODIES,
    **teach_routes.BODIES,
    "/api/read": ("application/octet-stream", MOST_PIXELS),
    "/api/accuracy": ("application/json", 256_000),
}
DRAWN = Path("drawings")  # where they are kept, unless said
OURS = {404: "there is nothing at this address", 405: "not by this method"}


@dataclass
class Laboratory:
    """A model and data to play with, and who may.

    Attributes:
        model: of grey images.
        name: what the page calls it.
        data: whose test images are shown; None for none.
        access: who may come in.
        folder: of all runs.
        drawn: the folder of the drawings that are collected.
        weights: the model's, as a file.
        worker: the process for what is heavy.
        events: the streams of the pages.
        runs: those of the folder.
        teaching: the drawings, and what the model learns from them.
    """

    model: Model
    name: str
    data: Dataset | None
    access: Access
    folder: Path = FOLDER
    drawn: Path = DRAWN
    weights: bytes = field(init=False)
    worker: Worker = field(init=False)
    events: Events = field(default_factory=Events)
    runs: Runs = field(init=False)
    teaching: Teaching = field(init=False)
    _warming: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Take what cannot change."""
        self.weights = facts.weights(self.model)
        self.worker = Worker(self.model, self.data.test if self.data else None)
        tell = run_routes.telling(self.access.start, self.events)
        self.runs = Runs(self.folder, self.data, tell)
        drawings = Drawings(self.drawn, self.model.grey_shape)
        self.teaching = Teaching(drawings, self.runs, self.worker, self.name, self.use)

    def use(self, model: Model, name: str) -> None:
        """Show another model from now on; pages that are open must be loaded anew."""
        self.model, self.name = model, name
        self.weights = facts.weights(model)
        self.worker.show(model)
        self.warm_up()

    def warm_up(self) -> None:
        """Have compiled what the first reading needs; the server's loop runs."""
        self._warming = asyncio.ensure_future(self._warm())

    async def _warm(self) -> None:
        with suppress(Refused):  # the server ends, or it is too busy
            await self.worker.ask("warm", None)

    def test_images(self) -> Split:
        """Return the test images; refuse where there are none."""
        if self.data is None:
            raise Refused(404, "this laboratory has no data set; start it with --data")
        return self.data.test

    def close(self) -> None:
        """End the streams and the processes: the server ends."""
        self.runs.stop()  # it saves itself meanwhile
        self.events.close()
        self.worker.close()
        self.runs.close()


def application(lab: Laboratory) -> Guard:
    """Return what answers the requests of a laboratory, guarded."""
    app = FastAPI(
        title="byhand laboratory",
        version=__version__,
        docs_url=None,  # these pages load scripts from another host
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,  # the address of a redirect would come from Host
    )
    _answer_errors(app, lab.access.start)
    _add_pages(app)
    _add_facts(app, lab)
    _add_work(app, lab)
    add_results(app, lab.access.start, lab.worker, lab.test_images, lab.runs)
    run_routes.add_runs(app, lab.access.start, lab.runs, lab.worker)
    teach_routes.add_teaching(app, lab.access.start, lab.teaching)
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
    async def index() -> Response:
        return file(pages.INDEX)

    @app.get("/docs/mathematics.md", include_in_schema=False)
    async def mathematics() -> Response:
        return Response(pages.mathematics(), media_type="text/plain; charset=utf-8")

    @app.get("/static/{name}", include_in_schema=False)
    async def static(name: str) -> Response:
        return file(name)


def _add_facts(app: FastAPI, lab: Laboratory) -> None:
    """Serve what is known of the model and the data."""
    start = lab.access.start

    @app.get("/api/lab")
    async def about() -> LabAnswer:
        return LabAnswer(
            start=start,
            version=__version__,
            model=facts.model_facts(lab.model, lab.name),
            data=facts.data_facts(lab.data),
        )

    @app.get("/api/weights", response_class=Response)
    async def weights() -> Response:
        return Response(lab.weights, media_type="application/octet-stream")

    @app.get("/api/examples")
    async def examples(
        kind: Kind = "any",
        label: Annotated[int | None, Query(ge=0, le=SAFE)] = None,
        count: Annotated[int, Query(ge=1, le=MOST_EXAMPLES)] = 1,
        seed: Annotated[int, Query(ge=0, le=SAFE)] = 0,
    ) -> ExamplesAnswer:
        test = lab.test_images()
        if kind == "hard":
            wanted = {"label": label, "count": count, "seed": seed}
            chosen = await lab.worker.ask("hard", wanted)
        else:
            kept = np.arange(len(test))
            if label is not None:
                kept = np.flatnonzero(test.labels == label)
            chosen = np.random.default_rng(seed).permutation(kept)[:count]
        return ExamplesAnswer(start=start, images=facts.examples(test, chosen))


def _add_work(app: FastAPI, lab: Laboratory) -> None:
    """Serve what the child process computes."""
    start = lab.access.start
    running: set[asyncio.Task[None]] = set()

    @app.post("/api/read")
    async def read(
        width: Annotated[int, Query(ge=1, le=LONGEST_SIDE)],
        height: Annotated[int, Query(ge=1, le=LONGEST_SIDE)],
        grey: Annotated[bytes, Body(media_type="application/octet-stream")],
    ) -> ReadAnswer:
        if width * height != len(grey):
            raise Refused(422, f"expected {width} times {height} bytes, each a pixel")
        pixels = np.frombuffer(grey, np.uint8).reshape(height, width)
        return ReadAnswer(start=start, reading=await lab.worker.ask("read", pixels))

    @app.get("/api/reader")
    async def reader() -> ReaderAnswer:
        return ReaderAnswer(start=start, ready=lab.worker.ready)

    @app.post("/api/accuracy", status_code=202)
    async def accuracy(job: AccuracyJob) -> Accepted:
        lab.test_images()
        wanted = job.model_dump()
        if reason := misfit(lab.model.network, wanted["changes"]):
            raise Refused(422, reason)
        if len(running) >= MOST_WAITING:
            raise Refused(429, "too much is being computed; try again")
        task = asyncio.create_task(_accuracy(lab, wanted))
        running.add(task)
        task.add_done_callback(running.discard)
        return Accepted(start=start, job=job.job)

    of_page = Depends(_stream(lab))

    @app.get("/api/events", response_class=EventSourceResponse)
    async def events(waiting: Any = of_page) -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent(comment="open")
        while event := await waiting.get():
            yield event


async def _accuracy(lab: Laboratory, wanted: dict[str, Any]) -> None:
    """Have a job computed, and send its page the result."""
    known = {"start": lab.access.start, "job": wanted["job"]}
    try:
        found = await lab.worker.ask("accuracy", wanted)
    except Refused as refused:
        failed = FailedEvent(**known, error=refused.error)
        lab.events.send(wanted["page"], "failed", failed)
    else:
        if found:  # else a newer job of the page has replaced it
            event = AccuracyEvent(**known, **found)
            lab.events.send(wanted["page"], "accuracy", event)


def _stream(lab: Laboratory) -> Any:
    """Return what gives a request the stream of its page, and closes it at the end."""

    async def stream(page: Annotated[int, Query(ge=0, le=SAFE)] = 0) -> Any:
        async for waiting in lab.events.stream(page):
            yield waiting

    return stream
