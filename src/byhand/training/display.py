"""Progress of a run as somebody sees it: on a terminal, in a notebook, in a log.

The only module below the command line that prints, and only where somebody looks on.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich import progress
    from rich.console import Console

    from byhand.training.state import Epoch, Progress

REDRAW_SECONDS = 0.1  # more often would cost training time that nobody can see
NOTEBOOK_SECONDS = 0.5  # each drawing is a message to the browser


class Display(Protocol):
    """Shows what training reports; a context manager around the run."""

    def __enter__(self) -> Display: ...

    def __exit__(self, *_: object) -> None: ...

    def __call__(self, now: Progress) -> None:
        """Show one step."""

    def say(self, line: str) -> None:
        """Show a line of text; an empty one not at all."""


def display_for(shown: bool) -> Display:
    """Return the display for where this process runs; one of nothing if not shown."""
    if shown and in_notebook():
        return NotebookDisplay()
    if shown and sys.stderr is not None and sys.stderr.isatty():
        from rich.console import Console

        return TrainingDisplay(Console(stderr=True, highlight=False, soft_wrap=True))
    return NoDisplay()


def in_notebook() -> bool:
    """Return whether this process shows its results in a notebook."""
    if "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    return type(shell).__name__ in ("ZMQInteractiveShell", "Shell")  # Jupyter, Colab


class NoDisplay:
    """Shows nothing."""

    def __enter__(self) -> NoDisplay:
        return self

    def __exit__(self, *_: object) -> None: ...

    def __call__(self, now: Progress) -> None:
        """Show nothing of a step."""

    def say(self, line: str) -> None:
        """Show nothing of a line."""


class TrainingDisplay:
    """A line an epoch on a console, and a bar below them if it is a terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.drawn = 0.0  # the run's seconds when the bar was last drawn
        self.bar = _training_bar(console) if console.is_interactive else None

    def __enter__(self) -> TrainingDisplay:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()

    def say(self, line: str) -> None:
        """Print a line; an empty one not at all."""
        if line:
            self.console.print(line)

    def __call__(self, now: Progress) -> None:
        """Show one step."""
        if now.epoch:
            self.console.print(epoch_line(now.epoch))
        due = now.seconds >= self.drawn + REDRAW_SECONDS
        if self.bar and (due or now.epoch or not self.bar.tasks):
            self._draw(self.bar, now)

    def _draw(self, bar: progress.Progress, now: Progress) -> None:
        """Draw the bar as it is now; the first time, put it up."""
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


class NotebookDisplay:
    """A line an epoch in a notebook, and the step below them, in one output."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.drawn = -NOTEBOOK_SECONDS
        self.handle: Any = None

    def __enter__(self) -> NotebookDisplay:
        return self

    def __exit__(self, *_: object) -> None: ...

    def say(self, line: str) -> None:
        """Show a line; an empty one not at all."""
        if line:
            self.lines.append(line)
            self._draw([])

    def __call__(self, now: Progress) -> None:
        """Show one step, unless one was just shown."""
        if now.epoch:
            self.lines.append(epoch_line(now.epoch))
        if now.epoch or now.seconds >= self.drawn + NOTEBOOK_SECONDS:
            self.drawn = now.seconds
            self._draw([step_line(now)] if now.step < now.steps else [])

    def _draw(self, running: list[str]) -> None:
        """Show all lines in the place of what was shown before."""
        text = Lines("\n".join([*self.lines, *running]))
        if self.handle is None:
            show: Callable[..., Any] = import_module("IPython.display").display
            self.handle = show(text, display_id=True)
        else:
            self.handle.update(text)


class Lines(str):
    """A text that a notebook shows as it is, in letters of one width."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self)}</pre>"


def step_line(now: Progress) -> str:
    """Return one line on a step: how far the run is, its loss and its speed."""
    return (
        f"step {now.step}/{now.steps}  loss {now.loss:.4f}"
        f"  {now.images_per_second:,.0f} images/s"
    )


def epoch_line(epoch: Epoch) -> str:
    """Return one line on an epoch: loss and accuracy, and those on validation."""
    held_out = ""
    if epoch.validation_accuracy is not None:
        held_out = f"  validation {_measured(epoch.validation_loss)}"
        held_out += f"{100 * epoch.validation_accuracy:.2f} %"
    return (
        f"epoch {epoch.number:2}  step {epoch.step:5}  loss {_measured(epoch.loss)}"
        f"{100 * epoch.training_accuracy:.2f} %{held_out}  {epoch.seconds:.1f} s"
    )


def _measured(loss: float | None) -> str:
    """Return a loss and two spaces; nothing where it was not measured.

    One that has exploded is written with an exponent, so that the line stays one.
    """
    if loss is None:
        return ""
    return f"{loss:.4f}  " if abs(loss) < 1e6 else f"{loss:.3g}  "


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
