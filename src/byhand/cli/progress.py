"""Progress on stderr over many pictures: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


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
