"""The runs of a sweep on a terminal, a line each; elsewhere a line when one ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from byhand.cli import output

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from byhand.runs.grid import PlannedRun
    from byhand.runs.swept import RunResult

A_SECOND = 2  # times that the table is drawn
AROUND = 4  # lines of the terminal that are not runs
RUNNING, FAILED, WAITING, DONE = "running", "failed", "waiting", "done"
ORDER = (RUNNING, FAILED, WAITING, DONE)


class SweepTable:
    """Shows runs while they are carried out; `add` takes each result."""

    def __init__(
        self, runs: Sequence[PlannedRun], skipped: Collection[str], console: Console
    ) -> None:
        self.runs, self.console = runs, console
        self.skipped = frozenset(skipped)
        self.results: dict[str, RunResult] = {}
        self.live: Any = None

    def __enter__(self) -> SweepTable:
        if self.skipped:
            count = len(self.skipped)
            self.console.print(f"{count} of {len(self.runs)} runs have a result")
        if self.console.is_interactive and not self.console.quiet:
            from rich.live import Live

            self.live = Live(
                console=self.console,
                get_renderable=self.drawn,
                refresh_per_second=A_SECOND,
                transient=True,
            )
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            self.live.stop()

    def add(self, result: RunResult) -> None:
        """Take a result; without a table print its line."""
        self.results[result.run.file] = result
        if not self.live:
            total = len(self.runs)
            ended = len(self.results) + len(self.skipped)
            _, settings, seed, *_, accuracy = self._row(result.run)
            line = f"{ended}/{total}  {settings}  seed {seed}  {accuracy}"
            self.console.print(output.printable(line))

    def drawn(self) -> RenderableType:
        """Return the table as it is now, cut to the terminal's height."""
        rows = [self._row(run) for run in self.runs if run.file not in self.skipped]
        rows.sort(key=lambda row: ORDER.index(row[0]))  # the rest stays in order
        room = max(1, self.console.height - AROUND)
        table = output.table(
            "state", "settings", "seed", "epoch", "loss", "accuracy",
            text=("state", "settings"),
        )  # fmt: skip
        for row in rows[:room]:
            table.add_row(*row)
        if left := len(rows) - room:
            table.caption = f"and {left} more" if left > 0 else None
        return table

    def _row(self, run: PlannedRun) -> tuple[str, ...]:
        """Return state, settings, seed, epoch, loss and accuracy of a run."""
        from byhand.runs.summary import named
        from byhand.runs.swept import progress_of

        about = output.printable(named(run.settings)), str(run.plan.seed)
        result = self.results.get(run.file)
        if result:
            if result.error:
                return FAILED, *about, "", "", "failed"
            loss, accuracy = f"{result.loss:.4f}", output.percent(result.accuracy)
            return DONE, *about, "", loss, accuracy
        now = progress_of(run)
        if not now:
            return WAITING, *about, "", "", ""
        measured = now.get("accuracy")
        return (
            RUNNING,
            *about,
            f"{now.get('epoch', 0)} · {now['step']}/{now['steps']}",
            f"{now['loss']:.4f}",
            "" if measured is None else output.percent(measured),
        )
