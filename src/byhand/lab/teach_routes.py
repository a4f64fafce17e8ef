"""The addresses of drawings that are collected, and of what they teach."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from binascii import Error
from typing import Annotated, Any, Literal

from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import Field

from byhand.errors import ByhandError
from byhand.lab.answers import Answer, Count, Strict
from byhand.lab.collected import MOST, Drawing, Drawings
from byhand.lab.images import text
from byhand.lab.run_compose import refused
from byhand.lab.security import Refused
from byhand.lab.teaching import Teaching

LONGEST = 100_000  # bytes of a question
PATHS = ("drawings/add", "drawings/remove", "teach", "teach/use", "teach/undo")
BODIES = {f"/api/{path}": ("application/json", LONGEST) for path in PATHS}


class NewDrawing(Strict):
    """A drawing as the network sees it, base64 of H × W bytes, and what it was."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    pixels: Annotated[str, Field(max_length=90_000)]


class Removal(Strict):
    """The numbers of drawings that are to go."""

    numbers: Annotated[list[Count], Field(min_length=1, max_length=MOST)]


class Nothing(Strict):
    """A question without particulars: {}."""


class DrawingAnswer(Answer):
    """A drawing that was taken."""

    drawing: dict[str, Any]


class DrawingsAnswer(Answer):
    """All drawings, oldest first, and the folder that they are in."""

    folder: str
    drawings: list[dict[str, Any]]


class RemovedAnswer(Answer):
    """How many drawings are gone."""

    count: int


class TeachingAnswer(Answer):
    """How the last lesson goes or went, and which model is in use."""

    teaching: dict[str, Any]


class ComparedAnswer(Answer):
    """Each drawing that was learnt from, before and after; empty until it is done."""

    drawings: list[dict[str, Any]]


def add_teaching(app: FastAPI, start: int, teaching: Teaching) -> None:
    """Serve drawings and what they teach."""
    _add_drawings(app, start, teaching)

    def answer() -> TeachingAnswer:
        return TeachingAnswer(start=start, teaching=teaching.facts())

    @app.get("/api/teach")
    async def taught() -> TeachingAnswer:
        return answer()

    @app.get("/api/teach/compared")
    async def compared() -> ComparedAnswer:
        return ComparedAnswer(start=start, drawings=await teaching.compared())

    @app.post("/api/teach", status_code=202)
    async def teach(wanted: Nothing) -> TeachingAnswer:
        await teaching.teach()
        return answer()

    @app.post("/api/teach/use")
    async def use(wanted: Nothing) -> TeachingAnswer:
        await teaching.use()
        return answer()

    @app.post("/api/teach/undo")
    async def undo(wanted: Nothing) -> TeachingAnswer:
        teaching.undo()
        return answer()


def _add_drawings(app: FastAPI, start: int, teaching: Teaching) -> None:
    """Serve the drawings: the disk is asked in another thread."""
    drawings: Drawings = teaching.drawings
    changing = asyncio.Lock()

    @app.get("/api/drawings")
    async def listed() -> DrawingsAnswer:
        found = await asyncio.to_thread(drawings.all)
        return DrawingsAnswer(
            start=start, folder=str(drawings.folder), drawings=[*map(shown, found)]
        )

    @app.post("/api/drawings/add")
    async def add(new: NewDrawing) -> DrawingAnswer:
        try:
            pixels = b64decode(new.pixels, validate=True)
        except (Error, ValueError) as error:
            raise Refused(422, "pixels: expected base64") from error
        async with changing:
            drawing = await asyncio.to_thread(drawings.add, new.name, pixels)
        return DrawingAnswer(start=start, drawing=shown(drawing))

    @app.post("/api/drawings/remove")
    async def remove(wanted: Removal) -> RemovedAnswer:
        numbers = set(wanted.numbers)
        async with changing:
            count = await asyncio.to_thread(drawings.remove, numbers)
        return RemovedAnswer(start=start, count=count)

    @app.get("/api/drawings/export", response_class=Response)
    async def export(form: Literal["png", "idx"] = "png") -> Response:
        try:
            model = teaching.model
            body = await asyncio.to_thread(drawings.zipped, form, model)
        except ByhandError as error:
            raise refused(error) from error
        name = f'attachment; filename="drawings-{form}.zip"'
        headers = {"content-disposition": name}
        return Response(body, media_type="application/zip", headers=headers)


def shown(drawing: Drawing) -> dict[str, Any]:
    """Return a drawing as the page has it."""
    return {
        "number": drawing.number,
        "name": drawing.name,
        "pixels": text(drawing.image),
    }
