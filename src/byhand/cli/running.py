"""A run of ``byhand train`` at a terminal: usage, progress, Ctrl-C and signals."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from byhand.cli import options, output
from byhand.training.display import TrainingDisplay

if TYPE_CHECKING:
    from types import FrameType

    from rich.console import Console

    from byhand.data.datasets import Dataset
    from byhand.model import Model
    from byhand.runs.plan import Plan
    from byhand.training.outcome import Result
    from byhand.training.state import Progress

LENGTHS = ("epochs", "steps", "minutes")
SIGNALLED = 128  # plus the signal's number: the exit code of what a signal has ended
# Ctrl-C, what kill and a shutdown send, and a terminal that is closed
SIGNALS = [
    signal.Signals[name]
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if name in signal.Signals.__members__
]


def check_usage(given: dict[str, Any], resume: Path | None) -> None:
    """Refuse options that exclude each other, and a time that is none."""
    lengths = [f"--{name}" for name in LENGTHS if name in given]
    if len(lengths) > 1:
        raise typer.BadParameter(f"give {' or '.join(lengths[:2])}, not both")
    if resume and given:
        names = ", ".join("--" + name.replace("_", "-") for name in given)
        raise typer.BadParameter(
            f"--resume goes on with the settings of the checkpoint; leave out {names}"
        )
    if "minutes" in given:
        from byhand.training.duration import check_minutes

        check_minutes(given["minutes"])


def preferred(settings: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Return settings with others instead; a length among them replaces any length."""
    if options.keys() & {"epochs", "steps"}:
        settings = {n: v for n, v in settings.items() if n not in ("epochs", "steps")}
    return settings | options


def check_start(
    start: str | None, recipe: str | None, data: str | None, resume: Path | None
) -> None:
    """Refuse options that a model to train further excludes, or lacks."""
    if start is None:
        return
    if resume:
        raise typer.BadParameter(
            "--resume goes on with the model of the checkpoint; leave out --from"
        )
    if recipe:
        raise typer.BadParameter(
            "--from has the model's layers and settings of its own; leave out --recipe,"
            " and change single settings, as by --lr or --epochs"
        )
    if data is None:
        raise typer.BadParameter(
            "--from needs new images: give --data, the name or the folder of some"
        )


def run_with_progress(
    plan: Plan,
    dataset: Dataset,
    threads: int | None,
    console: Console,
    length: str = "",
) -> Result:
    """Train, after a line on how long it takes: `length`, if that is known.

    Stopped by a signal, say how to go on and leave with 128 + its number.
    """
    from byhand.errors import TrainingStopped
    from byhand.runs.run import run

    plan.reserve()
    output.note_older_kernels(console)
    with stop_on_signal() as caught, TrainingDisplay(console) as display:
        display.say(length or _expected(plan, dataset, threads, console))
        for line in fitting(plan, dataset):
            display.say(line)
        try:
            return run(
                plan,
                dataset,
                threads,
                on_progress=_unless_stopping(display, caught),
                should_stop=lambda: bool(caught()),
            )
        except TrainingStopped as stopped:
            end = caught()
            with suppress(OSError):  # the terminal may be closed
                print(f"byhand: {stopped}; go on with:", file=sys.stderr)
                print(f"  {resume_line(plan)}", file=sys.stderr, flush=True)
    raise typer.Exit(SIGNALLED + (end or signal.SIGINT))


def _expected(
    plan: Plan, dataset: Dataset, threads: int | None, console: Console
) -> str:
    """Return a line on how long a run takes; "" where nobody would read it."""
    from byhand.runs.run import timing

    output.note_compiling(console)
    if plan.resume or console.quiet:
        return ""
    return timing(plan, dataset, threads).line(plan.recipe)


def within(
    plan: Plan, dataset: Dataset, threads: int | None, minutes: float, console: Console
) -> tuple[dict[str, int], str]:
    """Return the length that takes at most that time, as a setting, and a line on it.

    Raises:
        RecipeError: the time is too short.
    """
    from byhand.runs.run import timing

    output.note_compiling(console)
    recipe, line = timing(plan, dataset, threads).within(minutes, plan.recipe)
    lengths = {"epochs": recipe.epochs, "steps": recipe.steps}
    return {name: number for name, number in lengths.items() if number}, line


def fitting(plan: Plan, dataset: Dataset) -> list[str]:
    """Return lines on a network that fits itself to the images, or on one trained."""
    from byhand.training.fitting import fitted, fitting_line

    if plan.resume:
        return []
    if plan.model:
        return _started(plan.model, dataset)
    built = fitted(plan.recipe, dataset.image_shape)
    return [fitting_line(built, plan.recipe, dataset.image_shape)]


def _started(model: Model, dataset: Dataset) -> list[str]:
    """Return lines on the model that is trained further, and what it may forget."""
    from byhand.training.fine_tuning import start_of, started_line

    start = start_of(model, dataset)
    fresh = [w for w in start.mine.warnings if w not in dataset.warnings]
    return [*(f"warning: {warning}" for warning in fresh), started_line(start)]


def _unless_stopping(
    display: TrainingDisplay, caught: Callable[[], int]
) -> Callable[[Progress], None]:
    """Return what shows a step, but fails at nothing once the run is to stop.

    What it would be written to may be gone, and the checkpoint is not yet saved.
    """

    def show(now: Progress) -> None:
        try:
            display(now)
        except OSError:
            if not caught():
                raise

    return show


@contextmanager
def stop_on_signal() -> Iterator[Callable[[], int]]:
    """Give a function that returns the number of the signal that came, 0 for none.

    The current step is finished first: training calls the function after each step. A
    second signal of the kind ends at once. A hangup that is ignored, as under nohup,
    stays ignored.
    """
    came = 0
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def catch(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came = number
        again = signal.default_int_handler if number == signal.SIGINT else None
        signal.signal(number, again or signal.SIG_DFL)

    for number, handler in before.items():
        if number == signal.SIGINT or handler is not signal.SIG_IGN:
            signal.signal(number, catch)
    try:
        yield lambda: came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def resume_line(plan: Plan) -> str:
    """Return the command that goes on with this run."""
    from byhand.runs.files import of_checkpoint

    files = plan.files
    words = ["byhand", "train", "--resume", str(files.checkpoint)]
    if of_checkpoint(files.checkpoint) != files:
        words += ["--out", str(files.model)]
    words += options.plugin_words()
    return output.printable(shlex.join(words))
