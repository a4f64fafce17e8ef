"""Progress on stderr: a bar on a terminal; in training a line an epoch elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich import progress
    from rich.console import Console

    from byhand.training.loop import Progress
    from byhand.training.state import Epoch

REDRAW_SECONDS = 0.1  # more often would cost training time that nobody can see


class TrainingProgress:
    """Shows what `byhand.train` reports; a context manager and its `on_progress`."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.drawn = 0.0  # the run's seconds when the bar was last drawn
        self.bar = _training_bar(console) if console.is_interactive else None

    def __enter__(self) -> TrainingProgress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()

    def __call__(self, now: Progress) -> None:
        """Show one step."""
        if now.epoch:
            self.console.print(epoch_line(now.epoch))
        due = now.seconds >= self.drawn + REDRAW_SECONDS
        if self.bar and (due or now.epoch or not self.bar.tasks):
            self._draw(self.bar, now)

    def _draw(self, bar: progress.Progress, now: Progress) -> None:
        """Draw the bar as it stands; the first time, put it up."""
        self.drawn = now.seconds
        if not bar.tasks:
            bar.add_task("", total=now.steps, loss="", rate="")
            bar.start()
        bar.update(
            bar.tasks[0].id,
            completed=now.step,
            loss=f"loss {now.loss:.4f}",
            rate=f"{now.images_per_second:,.0f} images/s",
            refresh=True,
        )


def epoch_line(epoch: Epoch) -> str:
    """Return one line on an epoch: loss and accuracies."""
    from byhand.cli.output import percent

    held_out = epoch.validation_accuracy
    validation = "" if held_out is None else f"  validation {percent(held_out)}"
    return (
        f"epoch {epoch.number:2}  step {epoch.step:5}  loss {epoch.loss:.4f}"
        f"  training {percent(epoch.training_accuracy)}{validation}"
        f"  {epoch.seconds:.1f} s"
    )


def _training_bar(console: Console) -> progress.Progress:
    """Return the bar: step, loss, images a second, time left."""
    from rich import progress

    return progress.Progress(
        progress.TextColumn("step {task.completed}/{task.total}"),
        progress.BarColumn(),
        progress.TextColumn("{task.fields[loss]}"),
        progress.TextColumn("{task.fields[rate]}"),
        progress.TimeRemainingColumn(),
        console=console,
        auto_refresh=False,  # drawn by the run itself: no second thread to wait for
        transient=True,
    )


@contextmanager
def pictures(console: Console, total: int) -> Iterator[Callable[[], None]]:
    """Give what is called after each picture; on a terminal it moves a bar."""
    from rich import progress

    if total < 2 or not console.is_interactive:
        yield lambda: None
        return
    bar = progress.Progress(
        progress.TextColumn("picture {task.completed}/{task.total}"),
        progress.BarColumn(),
        progress.TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)
