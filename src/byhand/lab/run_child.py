"""A run carried out in a process of its own: it is asked between steps, and reports.

Messages to it are pairs: ("do", "pause" | "go" | "step" | "epoch" | "stop"),
("adjust", settings), ("watch", {page: image}). What it sends are dicts of what is new.
"""

from __future__ import annotations

import math
import os
import shutil
import signal
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from byhand.data.datasets import Dataset, load_dataset
from byhand.errors import ByhandError, DivergedError, TrainingStopped
from byhand.lab.run_inside import inside, outputs
from byhand.lab.run_warnings import Watch
from byhand.nn.losses import log_softmax
from byhand.runs.finish import finish
from byhand.runs.plan import Plan
from byhand.runs.run import run
from byhand.training.adjustments import with_adjustment
from byhand.training.checkpoint import Saver
from byhand.training.state import Job, Progress, State

NICE = 10  # the drawing's answer comes first
BETWEEN = 0.25  # seconds from report to report
INSIDE_SHARE = 0.1  # of the time for what is shown of the inside, at most
SAVED = 3.0  # seconds from checkpoint to checkpoint, or
SAVED_SHARE = 0.05  # of the run, where that is sooner
TRIED = 100  # images that units are tried on
BEFORE = "before.safetensors"  # the checkpoint before the last, with nothing wrong yet


@dataclass(frozen=True)
class Order:
    """What to carry out.

    Attributes:
        plan: an ordinary run's.
        dataset: the plan's data; loaded by its name unless given.
        until: "end", or pause after the first "step" or "epoch".
        threads: one fewer than there are processors unless given.
        settings: changed before the first step.
        watched: images (H, W) of the pages, whose probabilities are reported.
    """

    plan: Plan
    dataset: Dataset | None = None
    until: str = "go"
    threads: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    watched: Mapping[int, Any] = field(default_factory=dict)


def carry_out(connection: Connection, order: Order) -> None:
    """Carry out a run; it ends by itself, or when nobody listens any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's
    with suppress(AttributeError, OSError):
        os.nice(NICE)
    conductor = Conductor(connection, order)
    try:
        conductor.say(**_result(conductor, order))
    except TrainingStopped:
        conductor.say(state="stopped")
    except DivergedError as error:
        conductor.watch.diverged(conductor.step)
        conductor.say(state="diverged", error=str(error))
    except ByhandError as error:
        conductor.say(state="failed", error=str(error))
    except Exception:
        traceback.print_exc()
        conductor.say(
            state="failed", error="a fault of the program; its terminal says more"
        )


def _result(conductor: Conductor, order: Order) -> dict[str, Any]:
    plan = order.plan
    data = order.dataset or load_dataset(plan.data, **plan.loading)
    conductor.begin(data)
    threads = order.threads or max(1, (os.cpu_count() or 2) - 1)
    result = run(
        plan,
        data,
        threads,
        on_progress=conductor.progress,
        should_stop=conductor.should_stop,
        adjust=conductor.adjust,
    )
    conductor.say(state="measuring")
    scores = finish(plan, data, result)
    test = {"accuracy": scores.accuracy, "count": scores.count,
            "interval": list(scores.interval)}  # fmt: skip
    return {"state": "done", "test": test, "gains": [asdict(g) for g in result.gains]}


class Conductor:
    """What happens between two steps.

    Attributes:
        watch: looks out for what goes wrong.
        step: steps done.
    """

    def __init__(self, connection: Connection, order: Order) -> None:
        self.connection, self.order = connection, order
        self.step = 0
        self.watch = Watch(2)
        self.until = order.until
        self.watched = dict(order.watched)
        self._settings = dict(order.settings)
        self._news: dict[str, Any] = {"points": [], "epochs": []}
        self._reported = self._shown = self._saved = 0.0
        self._cost, self._saved_step = 0.0, 0
        self._right = 0

    def begin(self, data: Dataset) -> None:
        """Take the data, which says how many classes there are, and images to try."""
        self.watch = Watch(len(data.class_names))
        self.images = np.ascontiguousarray(data.train.images[:TRIED])
        self.classes = len(data.class_names)

    def adjust(self, job: Job, state: State) -> dict[str, Any]:
        """Return the settings that were asked for since the last step."""
        self.job, self.state = job, state
        if not self._saved:  # at once, so that there is something to go on from
            self._save()
        self._take()
        settings, self._settings = self._settings, {}
        if settings:  # as the run itself will have it
            recipe = with_adjustment(job.recipe, state.step, settings)
            self.job = replace(job, recipe=recipe)
        self._right, self._images = state.right, state.images
        return settings

    def progress(self, now: Progress) -> None:
        """Take in what a step has given."""
        self.step = now.step
        right, count = self.state.right - self._right, self.state.images - self._images
        accuracy = None if now.epoch else right / count  # an epoch starts again at 0
        loss = now.loss if math.isfinite(now.loss) else None
        self._news["points"].append([now.step, loss, accuracy, now.lr])
        self.watch.step(now.step, now.loss)
        if now.epoch:
            self._news["epochs"].append(asdict(now.epoch))
            self.watch.epoch(now.epoch)
        left = (now.steps - now.step) * now.seconds / now.step
        self._news |= {"step": now.step, "steps": now.steps, "seconds": now.seconds,
                       "rate": now.images_per_second, "left": left}  # fmt: skip
        if self.until == "step" or (self.until == "epoch" and now.epoch):
            self.until = "pause"

    def should_stop(self) -> bool:
        """Report, save, wait while paused; return whether to stop."""
        self._take()
        now = time.monotonic()
        if self._save_due(now):
            self._save()
        if self.until == "pause":
            self._show(now)
            self.report(state="paused")
            while self.until == "pause":
                self._take(wait=True)
        elif now >= self._reported + BETWEEN:
            if now >= self._shown + self._cost / INSIDE_SHARE:
                self._show(now)
            self.report(state="running")
        return self.until == "stop"

    def report(self, **more: Any) -> None:
        """Send what is new."""
        self._reported = time.monotonic()
        self.say(**more)

    def say(self, **more: Any) -> None:
        """Send what is new and more; where nobody listens, be sure to stop."""
        news = self._news | more
        news["warnings"] = list(self.watch.found.values())
        if hasattr(self, "job"):
            news["adjustments"] = self.job.recipe.adjustments
            news["probabilities"] = self.probabilities()
        self._news = {"points": [], "epochs": []}
        try:
            self.connection.send(news)
        except OSError:
            self.until = "stop"

    def probabilities(self) -> dict[int, list[float]]:
        """Return what the network makes of the images that pages watch."""
        if not self.watched:
            return {}
        images = np.stack([*self.watched.values()])
        with np.errstate(all="ignore"):
            *_, (_, _, scores) = outputs(self.state.outcome, images)
            found = np.nan_to_num(np.exp(log_softmax(scores[:, : self.classes])))
        return dict(zip(self.watched, found.tolist(), strict=True))

    def _take(self, wait: bool = False) -> None:
        """Take what was asked, all of it; where nobody asks any more, stop."""
        try:
            while self.connection.poll(None if wait else 0):
                kind, value = self.connection.recv()
                wait = False
                if kind == "do":
                    self.until = value
                elif kind == "adjust":
                    self._settings |= value
                else:
                    self.watched = value
                    if self.until == "pause":
                        self.say(state="paused")
        except (EOFError, OSError):
            self.until = "stop"

    def _show(self, now: float) -> None:
        """Add the inside to what is new."""
        with np.errstate(all="ignore"):
            found = inside(self.state.network, self.state.grads, self.images)
        self.watch.layers(self.step, found["layers"])
        self._news["inside"] = found | {"step": self.step}
        self._shown = time.monotonic()
        self._cost = self._shown - now

    def _save_due(self, now: float) -> bool:
        part = SAVED_SHARE * self.job.steps
        often = now >= self._saved + BETWEEN and self.step >= self._saved_step + part
        return now >= self._saved + SAVED or often

    def _save(self) -> None:
        """Write the checkpoint; the one before stays while nothing is wrong."""
        file = self.order.plan.files.checkpoint
        before = file.with_name(BEFORE)
        if file.exists() and not self.watch.trouble:
            file.replace(before)
        Saver(file, self.job, self.state).save()
        if not before.exists():
            shutil.copyfile(file, before)
        self._saved, self._saved_step = time.monotonic(), self.step
