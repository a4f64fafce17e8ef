"""A run of ``byhand train`` at a terminal: usage, progress and Ctrl-C."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from byhand.cli import output
from byhand.cli.progress import TrainingProgress

if TYPE_CHECKING:
    from types import FrameType

    from rich.console import Console

    from byhand.data.datasets import Dataset
    from byhand.runs.plan import Plan
    from byhand.training.outcome import Result

INTERRUPTED = 130  # the exit code of a program ended by Ctrl-C: 128 + SIGINT


def check_usage(given: dict[str, Any], resume: Path | None) -> None:
    """Refuse options that exclude each other."""
    if "epochs" in given and "steps" in given:
        raise typer.BadParameter("give --epochs or --steps, not both")
    if resume and given:
        names = ", ".join(f"--{name}" for name in given)
        raise typer.BadParameter(
            f"--resume goes on with the settings of the checkpoint; leave out {names}"
        )


def run_with_progress(
    plan: Plan, dataset: Dataset, threads: int | None, console: Console
) -> Result:
    """Train; on Ctrl-C say how to go on, and leave with exit code 130."""
    from byhand.errors import TrainingStopped
    from byhand.runs.run import run

    plan.files.reserve()
    if plan.cost:
        console.print(f"recipe {plan.recipe.name} on MNIST: {plan.cost}")
    output.note_compiling(console)
    try:
        with stop_on_interrupt() as asked, TrainingProgress(console) as progress:
            return run(plan, dataset, threads, on_progress=progress, should_stop=asked)
    except TrainingStopped as stopped:
        print(f"byhand: {stopped}; go on with:", file=sys.stderr)
        print(f"  {resume_line(plan)}", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Give a function that says whether Ctrl-C was pressed; a second one ends at once.

    The current step is finished first: training calls the function after each step.
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
    from byhand.runs.files import of_checkpoint

    files = plan.files
    words = ["byhand", "train", "--resume", str(files.checkpoint)]
    if of_checkpoint(files.checkpoint) != files:
        words += ["--out", str(files.model)]
    return output.printable(shlex.join(words))
