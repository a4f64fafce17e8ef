"""The runs of a sweep carried out, in processes of this machine or of a cluster.

Each is a run as any other, in its own folder. Where a process ends, another goes on
with its run from the checkpoint. The same sweep, begun again, skips runs that ended.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np

from byhand import pools
from byhand.data.datasets import Dataset, Split, load_dataset
from byhand.errors import ByhandError, ModelError
from byhand.evaluation import evaluate
from byhand.files import replacing
from byhand.model import Model, load
from byhand.nn.threads import available_threads
from byhand.plugins import fault, load_missing, loaded
from byhand.runs.finish import finish
from byhand.runs.grid import PlannedRun
from byhand.runs.run import run
from byhand.training.checkpoint import read_checkpoint_header
from byhand.training.fitting import fitted
from byhand.training.recipe import read_recipe
from byhand.training.start import held_out_images
from byhand.training.state import Epoch, Progress

PATIENCE = 3  # times that processes may end before runs are done one by one
SECONDS_BETWEEN = 1.0  # of saying how far a run is
PROGRESS = "progress.json"  # in the run's folder, while it is under way


@dataclass(frozen=True)
class RunResult:
    """What became of a run.

    Attributes:
        run: as it was planned.
        error: why there is no model, in a line; "" if there is one.
        accuracy: on the images held out from training, 0 to 1.
        count: of these images, the same for all runs.
        wrong: the indices among them of those that the model has wrong.
        loss: of the last epoch, nats an image.
        seconds: of training.
    """

    run: PlannedRun
    error: str = ""
    accuracy: float = 0.0
    count: int = 0
    wrong: Sequence[int] = ()
    loss: float = 0.0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return it as a line of the results has it."""
        plan = self.run.plan
        about = {
            "file": self.run.file,
            "data": plan.data,
            "recipe": plan.recipe.name,
            "settings": dict(self.run.settings),
            "seed": plan.seed,
        }
        if self.error:
            return about | {"error": self.error}
        names = ("accuracy", "count", "loss", "seconds", "wrong")
        return about | {name: getattr(self, name) for name in names}

    def as_rows(self) -> list[dict[str, Any]]:
        """Return it as a row of CSV."""
        return [self.as_dict()]


def sweep(
    runs: Sequence[PlannedRun],
    on_result: Callable[[RunResult], None],
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    done: Collection[str] = (),
) -> None:
    """Carry out runs, one thread a run, and hand over each result as it comes.

    Args:
        runs: of a `Sweep`.
        on_result: called with each result; where a run failed, with its error.
        jobs: processes; all processors unless given.
        cluster: the address of a Dask scheduler, whose workers see the same files
            under the same paths, instead of processes on this machine.
        done: files of runs to skip.

    Raises:
        ClusterError, MissingExtraError: no cluster, or no `distributed` to reach it.
    """
    tasks = [task for task in runs if task.file not in done]
    jobs = min(jobs or available_threads(), len(tasks))
    pool = pools.on_cluster(cluster) if cluster else pools.on_cores(jobs)
    with pool as opened:
        pools.run_all(
            opened, carry_out, tasks, Shared(uuid4().hex, loaded()),
            lambda number, result: on_result(result), process_ended, PATIENCE,
        )  # fmt: skip


def process_ended(task: PlannedRun) -> RunResult:
    """Return the result of a run at which the process ends each time."""
    return RunResult(
        task,
        f"{task.folder}: expected a model, got none: the process that trained it ended"
        " suddenly, as when memory runs out; the same command goes on from the"
        " checkpoint",
    )


class Shared(NamedTuple):
    """What the runs of a sweep share: a name of it, and the paths of its plug-ins."""

    sweep_id: str
    plugins: tuple[str, ...] = ()


def carry_out(task: PlannedRun, shared: Shared) -> tuple[int, RunResult]:
    """Return a run's number and what became of it; an exception becomes its error."""
    try:
        load_missing(shared.plugins)
        return task.number, _trained(task, shared.sweep_id)
    except ByhandError as error:
        return task.number, RunResult(task, f"{task.folder}: {error}")
    except Exception as error:
        if at := fault(error):
            return task.number, RunResult(task, f"{task.folder}: {at}")
        reason = str(error).partition("\n")[0]
        kind = type(error).__name__
        message = f"{task.folder}: expected a model, got {kind} ({reason})"
        return task.number, RunResult(task, message)


def _trained(task: PlannedRun, sweep_id: str) -> RunResult:
    """Train, or go on from the checkpoint; a model that is there is measured."""
    plan, folder = task.plan, task.plan.files.model.parent
    dataset = _dataset(plan.data, tuple(sorted(plan.loading.items())), sweep_id)
    held_out = held_out_images(plan.recipe, dataset, plan.model)
    if plan.files.model.exists():
        model = load(plan.files.model)
        model.threads = 1
        _check_same(task, model.info, dataset)
        return _measured(task, model, held_out)
    if plan.files.checkpoint.exists():
        _check_same(task, read_checkpoint_header(plan.files.checkpoint), dataset)
        plan = replace(plan, resume=plan.files.checkpoint)
    try:
        with plan.files.nothing_left_over(resumed=plan.resume is not None):
            result = run(plan, dataset, threads=1, on_progress=Reporter(folder))
            finish(plan, dataset, result)
    finally:
        (folder / PROGRESS).unlink(missing_ok=True)
        with suppress(OSError):  # not empty: the usual case
            folder.rmdir()
    return _measured(task, result.model, held_out)


@functools.lru_cache(maxsize=1)
def _dataset(data: str, loading: tuple[Any, ...], sweep_id: str) -> Dataset:
    """Return the data set, read once in each process and sweep."""
    return load_dataset(data, **dict(loading))


def _check_same(task: PlannedRun, found: Mapping[str, Any], dataset: Dataset) -> None:
    """Refuse what another run has left in the folder; its name may be the same."""
    stored = found["recipe"]
    recipe = read_recipe(stored) if isinstance(stored, dict) else stored
    planned = task.plan.recipe
    if task.plan.model is None:
        planned = fitted(planned, dataset.image_shape)
    if (recipe, found["seed"]) != (planned, task.plan.seed):
        raise ModelError(
            "expected nothing there, or this run, got a run of other settings under the"
            " same name; remove it, or name the recipe otherwise"
        )


def _measured(task: PlannedRun, model: Model, held_out: Split) -> RunResult:
    """Return the result of a run that ended with a model."""
    scores = evaluate(model, held_out)
    return RunResult(
        task,
        accuracy=scores.accuracy,
        count=scores.count,
        wrong=np.sort(scores.mistakes).tolist(),
        loss=model.info["history"][-1]["loss"],
        seconds=model.info["seconds"],
    )


class Reporter:
    """Writes how far a run is into its folder, once a second."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / PROGRESS
        self.epoch: Epoch | None = None
        self.next = 0.0

    def __call__(self, now: Progress) -> None:
        """Write, unless it was just done."""
        self.epoch = now.epoch or self.epoch
        if time.monotonic() < self.next:
            return
        self.next = time.monotonic() + SECONDS_BETWEEN
        said: dict[str, Any] = {"step": now.step, "steps": now.steps, "loss": now.loss}
        if self.epoch:
            said |= {
                "epoch": self.epoch.number,
                "accuracy": self.epoch.validation_accuracy,
            }
        with replacing(self.path) as temporary:
            temporary.write_text(json.dumps(said))


def progress_of(task: PlannedRun) -> dict[str, Any]:
    """Return how far a run is: step, steps, loss, epoch, accuracy; {} if it is not."""
    try:
        found = json.loads((task.plan.files.model.parent / PROGRESS).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
