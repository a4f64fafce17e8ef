"""What is known of a run: its curve, warnings and end, kept beside it."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from byhand import tensors
from byhand.errors import ByhandError, ModelError
from byhand.files import open_regular, replacing
from byhand.json_values import json_value, read_json
from byhand.runs.files import CHECKPOINT, in_folder
from byhand.training.recipe import Recipe, read_recipe
from byhand.training.rehearsal import FINE_TUNED

FILE = "laboratory.json"
LONGEST = 4_000_000  # bytes of such a file
MOST_POINTS = 3600  # of a curve, an even number; then two become one
ENDED = ("done", "stopped", "diverged", "failed", "killed")


@dataclass
class Record:
    """A run as the page sees it.

    Attributes:
        id: the name of its folder.
        name: what a person calls it.
        recipe: how it is trained, adjustments so far included.
        seed: of the run.
        data: the data set's name.
        loading: how it is read.
        images: how many of the data's images it trains on; None for all.
        start: what is trained further, the name of a model; "" for a new network.
        state: "preparing", "running", "paused", "measuring", or one of ENDED.
        error: the line of a run that failed.
        points: [step, loss, accuracy, learning rate], means of `stride` steps.
        epochs: what was measured at the end of each.
        warnings: what goes wrong (`run_warnings`).
        now: step, steps, seconds, rate, left.
        test: accuracy on the test images at the end.
        gains: what a training further gained and lost.
        created: seconds since 1970.
        revision: larger whenever something is new.
    """

    id: str
    name: str
    recipe: Recipe
    seed: int
    data: str
    start: str = ""
    images: int | None = None
    loading: dict[str, Any] = field(default_factory=dict)
    state: str = "preparing"
    error: str = ""
    points: list[list[float | None]] = field(default_factory=list)
    stride: int = 1
    epochs: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    now: dict[str, float] = field(default_factory=dict)
    test: dict[str, Any] | None = None
    gains: list[dict[str, Any]] = field(default_factory=list)
    created: float = field(default_factory=time.time)
    revision: int = 0
    _part: list[list[float | None]] = field(default_factory=list, repr=False)

    def take(self, news: dict[str, Any]) -> None:
        """Take in what the child has sent."""
        self.revision += 1
        for point in news.get("points", ()):
            self._add(point)
        self.epochs += news.get("epochs", ())
        for name in ("state", "error", "warnings", "test", "gains"):
            if name in news:
                setattr(self, name, news[name])
        now = ("step", "steps", "seconds", "rate", "left")
        self.now |= {name: news[name] for name in now if name in news}
        if "adjustments" in news and news["adjustments"] != self.recipe.adjustments:
            changed = asdict(self.recipe) | {"adjustments": news["adjustments"]}
            self.recipe = read_recipe(changed)

    def _add(self, point: list[float | None]) -> None:
        self._part.append(point)
        if len(self._part) == self.stride:
            self.points.append(_mean(self._part))
            self._part = []
        if len(self.points) == MOST_POINTS:
            pairs = zip(self.points[::2], self.points[1::2], strict=True)
            self.points = [_mean([*pair]) for pair in pairs]
            self.stride *= 2

    def forget_after(self, step: int) -> None:
        """Take off what came after a step: the run goes on from there."""
        self.revision += 1
        self.points = [p for p in self.points if (p[0] or 0) <= step]
        self.epochs = [epoch for epoch in self.epochs if epoch["step"] <= step]
        self.warnings, self._part, self.error = [], [], ""

    def facts(self) -> dict[str, Any]:
        """Return all but the curve."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in ("points", "epochs", "_part", "recipe"):
            del found[name]
        return {**json_value(found), "recipe": asdict(self.recipe)}

    def save(self, folder: Path) -> None:
        """Write it beside the run, if that can be written to."""
        text = self.facts() | {"points": self.points, "epochs": json_value(self.epochs)}
        with suppress(OSError), replacing(folder / self.id / FILE) as temporary:
            temporary.write_text(json.dumps(text), "utf-8")


def _mean(points: list[list[float | None]]) -> list[float | None]:
    """Return one point for several, at the last one's step."""
    columns = zip(*(point[1:] for point in points), strict=True)
    means = [_mean_of([v for v in column if v is not None]) for column in columns]
    return [points[-1][0], *means]


def _mean_of(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def read_record(folder: Path) -> Record | None:
    """Return what is known of the run in a folder; None where there is none.

    Of a run of `byhand train` that is its model's history, or its checkpoint's.
    """
    try:
        with open_regular(folder / FILE) as file:
            found = read_json(file.read(LONGEST).decode())
        record = Record(**found | {"recipe": read_recipe(found["recipe"])})
    except (OSError, ValueError, LookupError, TypeError, ByhandError):
        return _of_files(folder)
    record.id = folder.name
    if record.state not in ENDED:  # its server has ended
        record.state = "stopped"
    other = _of_files(folder)  # byhand train may have gone on with it
    if other and other.state == "done" != record.state:
        record.take({"state": "done", "error": "", "warnings": [], "test": other.test})
        record.recipe, record.epochs = other.recipe, other.epochs
    return record


def _of_files(folder: Path) -> Record | None:
    files = in_folder(folder)
    try:
        if files.model.is_file():
            header, state = tensors.read_header(files.model, "model")["info"], "done"
            loading, further = header["dataset"].get("loading"), FINE_TUNED in header
        elif files.checkpoint.is_file():
            header = tensors.read_header(files.checkpoint, "checkpoint")
            state, loading, further = (
                "stopped",
                header.get("loading"),
                "start" in header,
            )
        else:
            return None
        return Record(
            folder.name,
            folder.name,
            read_recipe(header["recipe"]),
            int(header["seed"]),
            str(header["dataset"]["name"]),
            start="another model" if further else "",
            loading=dict(loading or {}),
            state=state,
            epochs=[*header["history"]],
            test=header.get("test"),
            created=folder.stat().st_mtime,
        )
    except (ModelError, OSError, LookupError, TypeError, ValueError, ByhandError):
        return None


def can_resume(folder: Path) -> bool:
    """Return whether a run's folder has a checkpoint to go on from."""
    return (folder / CHECKPOINT).is_file()
