"""``byhand evaluate --robustness``: the accuracy on changed and degraded images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from byhand.cli import output

if TYPE_CHECKING:
    from rich import progress
    from rich.console import Console

    from byhand.data.datasets import Dataset
    from byhand.model import Model
    from byhand.robustness.scores import ConditionScore

PICTURE = "robustness.png"


def measure(
    model: Model, dataset: Dataset, quiet: bool = False
) -> list[ConditionScore]:
    """Return a score for each condition; a terminal shows a bar meanwhile."""
    from byhand.robustness.conditions import CONDITIONS
    from byhand.robustness.scores import robustness

    console = output.notes(quiet)
    if quiet or not console.is_interactive:
        return robustness(model, dataset.test)
    with _bar(console) as bar:
        task = bar.add_task("", total=len(CONDITIONS), name="")

        def show(score: ConditionScore) -> None:
            bar.update(task, advance=1, name=score.name)

        return robustness(model, dataset.test, on_score=show)


def as_json(rows: Sequence[ConditionScore]) -> dict[str, Any]:
    """Return everything measured."""
    from byhand.robustness.scores import mean_accuracy

    names = ("group", "name", "count", "correct", "accuracy", "interval")
    return {
        "conditions": [{name: getattr(row, name) for name in names} for row in rows],
        "mnist_c_mean": mean_accuracy(rows),
    }


def print_table(rows: Sequence[ConditionScore]) -> None:
    """Print a line for each condition, and the mean of MNIST-C."""
    from byhand.robustness.conditions import MNIST_C
    from byhand.robustness.scores import mean_accuracy

    table = output.table(
        "group", "condition", "accuracy", "95 % interval", "right",
        text=["group", "condition"],
    )  # fmt: skip
    group = None
    for row in rows:
        table.add_row(
            "" if row.group == group else row.group,
            row.name,
            output.percent(row.accuracy),
            output.percent_range(row.interval),
            str(row.correct),
        )
        group = row.group
    table.add_row(MNIST_C, "mean", output.percent(mean_accuracy(rows)), "", "")
    output.answers().print(table)


def draw(rows: Sequence[ConditionScore], folder: Path) -> Path:
    """Draw the rows into the folder; return the picture's path."""
    from byhand import plots
    from byhand.robustness.conditions import MNIST_C
    from byhand.robustness.scores import mean_accuracy

    figure = plots.robustness(rows, {MNIST_C: mean_accuracy(rows)})
    return plots.save(figure, folder / PICTURE)


def _bar(console: Console) -> progress.Progress:
    """Return a bar: how many conditions are done, and the last of them."""
    from rich import progress

    return progress.Progress(
        progress.TextColumn("condition {task.completed}/{task.total}"),
        progress.BarColumn(),
        progress.TextColumn("{task.fields[name]}"),
        progress.TimeRemainingColumn(),
        console=console,
        transient=True,
    )
