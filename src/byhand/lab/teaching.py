"""The model taught by a person's drawings: trained further, compared, used, undone.

It is the fine-tuning of `byhand train --from`, carried out as any run of the
laboratory. Letters: N drawings, K classes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from byhand.data.datasets import Dataset, load_dataset
from byhand.errors import ByhandError
from byhand.lab.collected import Drawings
from byhand.lab.images import text
from byhand.lab.run_compose import refused
from byhand.lab.run_list import Runs
from byhand.lab.run_record import ENDED, Record
from byhand.lab.security import Refused
from byhand.lab.worker import Worker
from byhand.model import Model, load
from byhand.nn.threads import available_threads
from byhand.runs.files import in_folder
from byhand.runs.plan import Plan
from byhand.training.fine_tuning import as_model_has_it, tuning_recipe

Use = Callable[[Model, str], None]  # has the laboratory show another model


@dataclass(frozen=True)
class Lesson:
    """What was taught.

    Attributes:
        record: the run.
        data: what it learns from.
        before: the model that it began from.
        name: that model's.
    """

    record: Record
    data: Dataset
    before: Model
    name: str


class Teaching:
    """The drawings of a laboratory and what the model learns from them.

    Attributes:
        drawings: on the disk.
        used: models with their names that were in use before, the oldest first.
        lesson: the last one; None before the first.
    """

    def __init__(
        self, drawings: Drawings, runs: Runs, worker: Worker, name: str, use: Use
    ) -> None:
        self.drawings, self.runs, self.worker = drawings, runs, worker
        self.name, self._use = name, use
        self.used: list[tuple[Model, str]] = []
        self.lesson: Lesson | None = None
        self._compared: dict[str, asyncio.Task[list[dict[str, Any]]]] = {}

    @property
    def model(self) -> Model:
        """The model in use."""
        return self.worker.model

    async def teach(self) -> Record:
        """Begin to train the model in use further, on all drawings.

        Raises:
            Refused: a run is under way, or there are too few drawings.
        """
        model, name = self.model, self.name
        plan, data = await asyncio.to_thread(self._planned, model, name)
        threads = available_threads()  # for some seconds
        record = await self.runs.carry_out(plan, data, start=name, threads=threads)
        self.lesson = Lesson(record, data, model, name)
        return record

    def _planned(self, model: Model, name: str) -> tuple[Plan, Dataset]:
        folder = self.drawings.folder.absolute()
        loading: dict[str, Any] = {"size": model.image_shape[:2], "one_class": True}
        if not self.drawings.all():
            raise Refused(409, "expected drawings to learn from, there are none yet")
        try:
            data = load_dataset(folder, **loading)
            recipe = tuning_recipe(model, f"from-{name.removesuffix('.safetensors')}")
            as_model_has_it(data, model)  # refuses what training would refuse
        except ByhandError as error:
            raise refused(error) from error
        files = in_folder(Path(f"{folder.name}-{recipe.name}"))
        return Plan(recipe, 0, str(folder), files, None, False, loading, model), data

    def model_file(self, record: Record) -> Path:
        """Return where the model of a run is."""
        return in_folder(self.runs.folder / record.id).model

    async def use(self) -> None:
        """Have the laboratory show the model of the last lesson.

        Raises:
            Refused: there is none.
        """
        if self.lesson is None or self.lesson.record.state != "done":
            raise Refused(409, "expected a model that was taught, there is none")
        record = self.lesson.record
        if self.name == record.id:
            return
        try:
            model = await asyncio.to_thread(load, self.model_file(record))
        except ByhandError as error:
            raise Refused(409, "the model that was taught is not there any more") from (
                error
            )
        self.used.append((self.model, self.name))
        self._show(model, record.id)

    def undo(self) -> None:
        """Have the laboratory show the model that it showed before the last one.

        Raises:
            Refused: there is none.
        """
        if not self.used:
            raise Refused(409, "expected a model that was in use before, there is none")
        self._show(*self.used.pop())

    def _show(self, model: Model, name: str) -> None:
        self.name = name
        self._use(model, name)

    async def compared(self) -> list[dict[str, Any]]:
        """Return each drawing before the last lesson and after; [] until it is done."""
        lesson = self.lesson
        if lesson is None or lesson.record.state != "done":
            return []
        key = lesson.record.id
        if key not in self._compared:
            self._compared = {key: asyncio.ensure_future(self._compare(lesson))}
        try:
            return await asyncio.shield(self._compared[key])
        except Refused:
            self._compared.pop(key, None)
            raise

    async def _compare(self, lesson: Lesson) -> list[dict[str, Any]]:
        """Return what both models make of the drawings that were learnt from."""
        held = {image.tobytes() for image in lesson.data.test.images}
        seen = {image.tobytes() for image in lesson.data.train.images} | held
        drawings = [d for d in self.drawings.all() if d.image.tobytes() in seen]
        if not drawings:
            return []
        images = np.stack([drawing.image for drawing in drawings])
        file = str(self.model_file(lesson.record).absolute())
        wanted = {"images": images, "before": lesson.before, "after": file}
        answers = await self.worker.ask("twice", wanted)
        return [
            {
                "number": d.number,
                "name": d.name,
                "pixels": text(d.image),
                "held_out": d.image.tobytes() in held,
                "before": before,
                "after": after,
            }
            for d, before, after in zip(drawings, *answers, strict=True)
        ]

    def facts(self) -> dict[str, Any]:
        """Return how the last lesson goes or went, and which model is in use."""
        found: dict[str, Any] = {"name": self.name, "undo": len(self.used)}
        if self.lesson is None:
            return found | {"run": None}
        record, done = self.lesson.record, self.lesson.record.state == "done"
        return found | {
            "run": record.id,
            "state": record.state,
            "ended": record.state in ENDED,
            "error": record.error,
            "share": record.now.get("step", 0) / record.now.get("steps", 1),
            "left": record.now.get("left"),
            "seconds": record.now.get("seconds"),
            "gains": record.gains,
            "began": self.lesson.name,
            "in_use": self.name == record.id,
            "file": str(self.model_file(record)) if done else None,
        }
