"""The runs of a laboratory: ordinary ones, of which one at a time works."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from byhand.data.datasets import Dataset
from byhand.errors import ByhandError
from byhand.lab.run_child import BEFORE, Order
from byhand.lab.run_compose import composed, refused
from byhand.lab.run_process import RunProcess
from byhand.lab.run_record import ENDED, Record, can_resume, read_record
from byhand.lab.security import Refused
from byhand.runs.files import in_folder
from byhand.runs.plan import Plan, new_plan, resumed_plan
from byhand.training.adjustments import with_adjustment
from byhand.training.changes import INSIDE

MOST_RUNS = 200  # that are listed
MOST_WATCHED = 32  # drawings, one a page
WORKING = "a run is under way; stop it first"

# called with what is new: the run, the number of its first new point, the news
Tell = Callable[[Record, int, dict[str, Any]], None]


class Runs:
    """The runs of a folder, and the process of the one that is under way.

    Attributes:
        folder: of all runs.
        data: what is trained on; None for none.
        tell: hands on what is new.
        records: by the names of their folders, as far as they are known.
        inside: what the last report showed of a network, of each run.
    """

    def __init__(self, folder: Path, data: Dataset | None, tell: Tell) -> None:
        self.folder, self.data, self.tell = folder, data, tell
        self.records: dict[str, Record] = {}
        self.inside: dict[str, dict[str, Any]] = {}
        self.watched: dict[int, Any] = {}
        self.process: RunProcess | None = None
        self.current: str | None = None
        self._starting = asyncio.Lock()

    def known(self) -> list[Record]:
        """Return the runs, the newest first; those that appeared in the folder too."""
        folders = sorted(self.folder.glob("*/")) if self.folder.is_dir() else []
        for folder in folders[:MOST_RUNS]:
            if folder.name not in self.records and (found := read_record(folder)):
                self.records[folder.name] = found
        return sorted(self.records.values(), key=lambda r: -r.created)[:MOST_RUNS]

    def find(self, run: str) -> Record:
        """Return a run by the name of its folder, which was listed before."""
        if run not in self.records:
            self.known()
        if run not in self.records:
            raise Refused(404, "there is no such run")
        return self.records[run]

    def trained_on(self) -> Dataset:
        """Return the data; refuse where there is none."""
        if self.data is None:
            raise Refused(404, "this laboratory has no data set; start it with --data")
        return self.data

    async def start(
        self, recipe: str, settings: Mapping[str, Any], seed: int, name: str | None,
        until: str, images: int | None = None,
    ) -> Record:  # fmt: skip
        """Start a new run of a recipe with other settings, on the first images alone.

        Raises:
            Refused: another is under way, or it cannot be trained.
        """
        data = limited(self.trained_on(), images)
        composed(recipe, settings, data)
        loading = data.loading._asdict()
        try:
            plan = new_plan(recipe, seed, data.name, changes=settings, loading=loading)
        except ByhandError as error:
            raise refused(error) from error
        return await self.carry_out(plan, data, name, until, images=images)

    async def carry_out(
        self, plan: Plan, data: Dataset, name: str | None = None, until: str = "go",
        start: str = "", threads: int | None = None, images: int | None = None,
    ) -> Record:  # fmt: skip
        """Carry out the plan of a new run, in a folder that no other run has.

        Args:
            plan: of any run; where it writes to is changed.
            data: the plan's data.
            name: for people; that of its folder unless given.
            until: "go", or pause after the first "step" or "epoch".
            start: the name of the model that the plan trains further.
            threads: one fewer than there are processors unless given.
            images: how many the data were limited to.

        Raises:
            Refused: another is under way.
        """
        folder = self._free(plan.files.model.parent.name)
        plan = replace(plan, files=in_folder(folder))
        record = Record(folder.name, name or folder.name, plan.recipe, plan.seed,
                        plan.data, start, images, dict(plan.loading))  # fmt: skip
        await self._begin(record, Order(plan, data, until, threads))
        return record

    def model_file(self, run: str) -> Path:
        """Return the file of the model of a run; refuse where there is none yet."""
        self.find(run)
        file = in_folder(self.folder / run).model
        if not file.is_file():
            raise Refused(409, "this run has no model yet")
        return file

    async def resume(
        self, run: str, settings: Mapping[str, Any], back: bool, until: str
    ) -> Record:
        """Go on with a run that ended, from its checkpoint or the one before trouble.

        Raises:
            Refused: another is under way, or there is no such checkpoint.
        """
        record = self.find(run)
        if self.current is not None:
            raise Refused(409, WORKING)
        files = in_folder(self.folder / run)
        if back and (before := files.checkpoint.with_name(BEFORE)).is_file():
            before.replace(files.checkpoint)
        if not can_resume(self.folder / run):
            raise Refused(409, "this run has no checkpoint to go on from")
        try:
            files.model.unlink(missing_ok=True)  # of the end that is gone back from
            plan = resumed_plan(files.checkpoint)
            recipe, step = plan.recipe, _step_of(files.checkpoint)
            record.recipe = (
                with_adjustment(recipe, step, settings) if settings else recipe
            )
        except ByhandError as error:
            raise refused(error) from error
        record.forget_after(step)
        record.take({"state": "preparing"})
        data = None  # the child loads what is not this laboratory's
        if record.images or (self.data and self.data.name == plan.data):
            data = limited(self.trained_on(), record.images)
        await self._begin(record, Order(plan, data, until, settings=dict(settings)))
        return record

    def do(self, run: str, action: str) -> None:
        """Have the run pause, go on, make a step or an epoch, or stop."""
        self._working(run).ask("do", action)

    def adjust(self, run: str, settings: Mapping[str, Any]) -> None:
        """Change settings of the run that is under way, from its next step on."""
        process, record = self._working(run), self.find(run)
        try:
            step = int(record.now.get("step", 0))
            recipe = with_adjustment(record.recipe, step, settings)
        except ByhandError as error:
            raise refused(error) from error
        if "dropout" in settings and "dropout" not in recipe.architecture:
            raise Refused(422, "dropout: expected a network with such a layer")
        if record.start and any(name.startswith(INSIDE) for name in settings):
            raise Refused(
                422, "augmentation: it stays where a model is trained further"
            )
        process.ask("adjust", dict(settings))

    def rename(self, run: str, name: str) -> None:
        """Call a run by another name; its folder stays."""
        record = self.find(run)
        record.name = name
        record.take({})
        record.save(self.folder)
        self.tell(record, len(record.points), {})

    def watch(self, page: int, pixels: bytes) -> None:
        """Have the drawing of a page tried with every report; none if it is empty."""
        self.watched.pop(page, None)
        if pixels:
            shape = self.trained_on().image_shape
            if len(pixels) != shape[0] * shape[1] or len(shape) > 2:
                raise Refused(422, "expected a drawing of the images' size")
            if len(self.watched) >= MOST_WATCHED:
                self.watched.pop(next(iter(self.watched)))
            self.watched[page] = np.frombuffer(pixels, np.uint8).reshape(shape)
        if self.process is not None:
            self.process.ask("watch", dict(self.watched))

    def stop(self) -> None:
        """Have the run that is under way save itself and end; do not wait for it."""
        if self.process is not None:
            self.process.ask("do", "stop")

    def close(self) -> None:
        """Wait until it has, for a moment."""
        if self.process is not None:
            self.process.close()
            if (record := self.records.get(self.current or "")) is not None:
                record.state = "stopped"
                record.save(self.folder)

    def _working(self, run: str) -> RunProcess:
        self.find(run)
        if self.process is None or run != self.current:
            raise Refused(409, "this run is not under way")
        return self.process

    def _free(self, name: str) -> Path:
        """Return a folder of that name, or of one with a number, that is not there."""
        number = 1
        while (
            found := self.folder / (name if number == 1 else f"{name}-{number}")
        ).exists():
            number += 1
        return found

    async def _begin(self, record: Record, order: Order) -> None:
        async with self._starting:
            if self.current is not None:
                raise Refused(409, WORKING)
            self.current, self.records[record.id] = record.id, record
        order = replace(order, watched=dict(self.watched))
        process = RunProcess(
            order,
            lambda news: self._hear(record, news),
            lambda: self._end(record, process),
        )
        self.process = process
        self.tell(record, len(record.points), {})
        try:
            await process.start()
        except OSError as error:
            record.take({"state": "failed", "error": "no process could be started"})
            self._forget(record)
            raise Refused(503, "no process could be started; try again") from error

    def _hear(self, record: Record, news: dict[str, Any]) -> None:
        first, stride = len(record.points), record.stride
        record.take(news)
        if record.stride != stride:
            first = 0
        if "inside" in news:
            self.inside[record.id] = news["inside"]
        if record.state in ENDED:
            self.current = None  # another may start while this one's process ends
        if record.state in (*ENDED, "paused"):
            record.save(self.folder)
        self.tell(record, first, news)

    def _forget(self, record: Record) -> None:
        """Take in that the run is not under way any more."""
        self.current = None
        record.save(self.folder)
        self.tell(record, len(record.points), {})

    def _end(self, record: Record, process: RunProcess) -> None:
        """Take in that a process has ended: by itself, or killed."""
        if record.state not in ENDED:
            record.take({"state": "killed"})
            self._forget(record)
        if self.process is process:
            self.process = None


def limited(data: Dataset, images: int | None) -> Dataset:
    """Return a data set with the first of its training images alone."""
    return data if images is None else replace(data, train=data.train[:images])


def _step_of(checkpoint: Path) -> int:
    from byhand.training.checkpoint import read_checkpoint_header

    return int(read_checkpoint_header(checkpoint)["step"])
