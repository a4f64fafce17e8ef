"""The addresses of runs: what may be asked of them, and what pages hear."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, FastAPI, Query

from byhand.lab import run_compose
from byhand.lab.answers import MOST_PIXELS, SAFE
from byhand.lab.events import Events
from byhand.lab.run_answers import (
    Action,
    Adjustment,
    ChoicesAnswer,
    Composition,
    Done,
    Naming,
    NetworkAnswer,
    NewRun,
    Preview,
    PreviewAnswer,
    Resumption,
    RunAnswer,
    RunEvent,
    RunsAnswer,
)
from byhand.lab.run_code import as_command, as_python
from byhand.lab.run_list import Runs, Tell
from byhand.lab.run_record import Record, can_resume
from byhand.lab.security import Refused
from byhand.lab.worker import Worker
from byhand.training.recipe_file import recipe_toml

JSON = "application/json"
LONGEST = 50_000  # bytes of a question
PATHS = ("start", "do", "adjust", "resume", "name", "network", "preview")
BODIES = {
    **{f"/api/run/{path}": (JSON, LONGEST) for path in PATHS},
    "/api/run/watch": ("application/octet-stream", MOST_PIXELS),
}


def telling(start: int, events: Events) -> Tell:
    """Return what sends every page what is new of a run, with its drawing's part."""

    def tell(record: Record, first: int, news: dict[str, Any]) -> None:
        probabilities = news.get("probabilities", {})
        facts = record.facts()
        for page in events.pages:
            event = RunEvent(
                start=start,
                run=facts,
                points=record.points[first:],
                first=first,
                stride=record.stride,
                epochs=record.epochs,
                inside=news.get("inside"),
                probabilities=probabilities.get(page),
            )
            events.send(page, "run", event)

    return tell


def add_runs(app: FastAPI, start: int, runs: Runs, worker: Worker) -> None:
    """Serve what there is to know of runs, and what they may be asked."""
    _add_composing(app, start, runs, worker)
    _add_asking(app, start, runs)

    @app.get("/api/runs")
    async def listed() -> RunsAnswer:
        found = [record.facts() for record in runs.known()]
        return RunsAnswer(start=start, runs=found, current=runs.current)

    @app.get("/api/run")
    async def one(run: Annotated[str, Query(max_length=300)]) -> RunAnswer:
        record = runs.find(run)
        given = record.recipe, record.seed, record.data, record.loading
        own = record.start or record.images  # no program says so
        return RunAnswer(
            start=start,
            run=record.facts(),
            points=record.points,
            stride=record.stride,
            epochs=record.epochs,
            inside=runs.inside.get(run),
            resumable=can_resume(runs.folder / run),
            python="" if own else as_python(*given),
            command="" if own else as_command(*given),
            toml=recipe_toml(record.recipe),
        )


def _add_composing(app: FastAPI, start: int, runs: Runs, worker: Worker) -> None:
    """Serve what a person needs to compose a run."""

    @app.get("/api/run/choices")
    async def choices() -> ChoicesAnswer:
        return ChoicesAnswer(start=start, **run_compose.choices())

    @app.post("/api/run/network")
    def network(wanted: Composition) -> NetworkAnswer:
        data = runs.trained_on()
        try:
            recipe = run_compose.composed(wanted.recipe, wanted.settings, data)
        except Refused as refused:  # half-written: no fault of the page
            return NetworkAnswer(start=start, error=refused.error)
        layers = run_compose.layer_table(recipe, data)
        return NetworkAnswer(start=start, layers=layers)

    @app.post("/api/run/preview")
    async def preview(wanted: Preview) -> PreviewAnswer:
        data = runs.trained_on()
        recipe = run_compose.composed(wanted.recipe, wanted.settings, data)
        some = run_compose.to_augment(recipe, data, wanted.seed, wanted.count)
        images = run_compose.previewed(some, await worker.ask("augmented", some))
        return PreviewAnswer(start=start, images=images)


def _add_asking(app: FastAPI, start: int, runs: Runs) -> None:
    """Serve what changes a run."""

    @app.post("/api/run/start")
    async def begin(new: NewRun) -> Done:
        record = await runs.start(
            new.recipe, new.settings, new.seed, new.name, new.until, new.images
        )
        return Done(start=start, run=record.id)

    @app.post("/api/run/do")
    async def do(wanted: Action) -> Done:
        runs.do(wanted.run, wanted.action)
        return Done(start=start, run=wanted.run)

    @app.post("/api/run/adjust")
    async def adjust(wanted: Adjustment) -> Done:
        runs.adjust(wanted.run, wanted.settings)
        return Done(start=start, run=wanted.run)

    @app.post("/api/run/resume")
    async def resume(wanted: Resumption) -> Done:
        await runs.resume(wanted.run, wanted.settings, wanted.back, wanted.until)
        return Done(start=start, run=wanted.run)

    @app.post("/api/run/name")
    async def name(wanted: Naming) -> Done:
        runs.rename(wanted.run, wanted.name)
        return Done(start=start, run=wanted.run)

    @app.post("/api/run/watch")
    async def watch(
        page: Annotated[int, Query(ge=0, le=SAFE)],
        grey: Annotated[bytes, Body(media_type="application/octet-stream")] = b"",
    ) -> Done:
        runs.watch(page, grey)
        return Done(start=start, run=runs.current or "")
