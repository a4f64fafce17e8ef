"""One run of ``byhand train``: planned, trained with progress and Ctrl-C, written."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from byhand.cli import output
from byhand.cli.progress import TrainingProgress
from byhand.runs import files as runfiles

if TYPE_CHECKING:
    from types import FrameType

    from rich.console import Console

    from byhand.data.datasets import Dataset
    from byhand.evaluation import Evaluation
    from byhand.training.loop import Result
    from byhand.training.recipes import Recipe

RECIPE = "standard"
DATA = "mnist"
INTERRUPTED = 130  # the exit code of a program ended by Ctrl-C: 128 + SIGINT


@dataclass(frozen=True)
class Plan:
    """What is trained, on what, and where the results go.

    Attributes:
        recipe: with the learning rate that is to be used.
        seed: of the run.
        data: the data set's name, or its folder.
        files: where the results go.
        changes: epochs, steps, validation that replace the recipe's.
        resume: the checkpoint to go on from.
    """

    recipe: Recipe
    seed: int
    data: str
    files: runfiles.RunFiles
    changes: dict[str, Any]
    resume: Path | None = None

    @property
    def as_the_recipe_says(self) -> bool:
        """Whether the run is as long as the recipe's, from its beginning."""
        return self.resume is None and not {"epochs", "steps"} & self.changes.keys()


def check_usage(given: dict[str, Any], resume: Path | None) -> None:
    """Refuse options that exclude each other."""
    if "epochs" in given and "steps" in given:
        raise typer.BadParameter("give --epochs or --steps, not both")
    if resume and given:
        names = ", ".join(f"--{name}" for name in given)
        raise typer.BadParameter(
            f"--resume goes on with the settings of the checkpoint; leave out {names}"
        )


def new(
    name: str | None,
    seed: int | None,
    data: str | None,
    out: Path | None,
    given: dict[str, Any],
) -> Plan:
    """Return the plan of a new run; RecipeError for a recipe that does not exist."""
    from byhand.training.recipes import find_recipe

    recipe, seed = find_recipe(name or RECIPE), seed or 0
    changes = dict(given)
    if "lr" in changes:
        recipe = replace(recipe, lr=changes.pop("lr"))
    return Plan(recipe, seed, data or DATA, _files(out, recipe.name, seed), changes)


def resumed(
    checkpoint: Path,
    name: str | None,
    seed: int | None,
    data: str | None,
    out: Path | None,
) -> Plan:
    """Return the plan of the rest of a run; what else is given must not contradict it.

    Raises:
        ModelError: the file is not a checkpoint.
        RecipeError: the recipe or the seed is another than the checkpoint's.
    """
    from byhand.errors import RecipeError
    from byhand.training.checkpoint import read_checkpoint_header

    header = read_checkpoint_header(checkpoint)
    recipe: Recipe = header["recipe"]
    own = {"recipe": recipe.name, "seed": header["seed"]}
    for option, value in {"recipe": name, "seed": seed}.items():
        if value is not None and value != own[option]:
            raise RecipeError(
                f"{checkpoint}: expected --{option} {own[option]}, as it began, "
                f"got {value}; leave --{option} out"
            )
    files = None if out else runfiles.of_checkpoint(checkpoint)
    return Plan(
        recipe,
        header["seed"],
        data or header["dataset"]["name"],
        files or _files(out, recipe.name, header["seed"]),
        changes={},
        resume=checkpoint,
    )


def run(plan: Plan, dataset: Dataset, threads: int | None, console: Console) -> Result:
    """Train; on Ctrl-C say how to go on, and leave with exit code 130."""
    from byhand.errors import TrainingStopped
    from byhand.training.loop import train

    _reserve(plan.files.model)
    if plan.recipe.cost and plan.as_the_recipe_says:
        console.print(f"recipe {plan.recipe.name} on MNIST: {plan.recipe.cost}")
    output.note_compiling(console)
    try:
        with stop_on_interrupt() as asked, TrainingProgress(console) as progress:
            return train(
                plan.recipe,
                dataset,
                seed=plan.seed,
                threads=threads,
                **plan.changes,
                checkpoint=plan.files.checkpoint,
                resume=plan.resume,
                on_progress=progress,
                should_stop=asked,
            )
    except TrainingStopped as stopped:
        print(f"byhand: {stopped}; go on with:", file=sys.stderr)
        print(f"  {resume_line(plan)}", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


def finish(plan: Plan, dataset: Dataset, result: Result) -> Evaluation:
    """Measure the model, write it with its test figures, drop the checkpoint."""
    from byhand.evaluation import evaluate

    scores = evaluate(result.model, dataset.test)
    result.model.info["test"] = {
        "dataset": dataset.name,
        "count": scores.count,
        "accuracy": scores.accuracy,
        "interval": list(scores.interval),
    }
    result.model.save(plan.files.model)
    plan.files.checkpoint.unlink(missing_ok=True)
    return scores


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether Ctrl-C was pressed; a second one ends at once.

    The step under way is not torn apart: training asks the function after it.
    """
    pressed = False

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


def resume_line(plan: Plan) -> str:
    """Return the command that goes on with this run."""
    files = plan.files
    words = ["byhand", "train", "--resume", str(files.checkpoint)]
    if runfiles.of_checkpoint(files.checkpoint) != files:
        words += ["--out", str(files.model)]
    return output.printable(shlex.join(words))


def _files(out: Path | None, recipe: str, seed: int) -> runfiles.RunFiles:
    """Return where a run writes to: beside the file asked for, or in its own folder."""
    if out:
        return runfiles.beside(out)
    return runfiles.in_folder(Path("runs") / f"{recipe}-{seed}")


def _reserve(model: Path) -> None:
    """Refuse a place that cannot be written to, before the time is spent."""
    from byhand.errors import ModelError

    model.parent.mkdir(parents=True, exist_ok=True)
    if model.is_dir() or not os.access(model.parent, os.W_OK):
        raise ModelError(f"{model}: cannot be written; choose another file with --out")
