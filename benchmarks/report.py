"""What a job found out, as a table for people and as figures for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.timing import Side, medians


@dataclass(frozen=True)
class Report:
    """The outcome of one job.

    Attributes:
        title: what was done.
        columns: heads of the table; the first column is text, the others figures.
        rows: the table's cells, as they are printed; those left out stay empty.
        timer: what the timed part includes.
        figures: everything raw, ready for JSON.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    timer: str
    figures: dict[str, Any]


def time_rows(
    sides: Sequence[Side],
    times: Mapping[str, Sequence[float]],
    relative: Mapping[str, float],
) -> list[tuple[str, ...]]:
    """Return a row a side: its name, median time, range of times and ratio."""
    middle = medians(times)
    rows: list[tuple[str, ...]] = []
    for side in sides:
        if side.run is None:
            rows.append((side.name, side.missing))
            continue
        name = f"{side.name}, {side.variant}" if side.variant else side.name
        spread = f"{min(times[side.name]):.3g}-{max(times[side.name]):.3g}"
        ratio = f"{relative[side.name]:.2f}"
        rows.append((name, f"{middle[side.name]:.3g}", spread, ratio))
    return rows


def time_figures(
    unit: str,
    sides: Sequence[Side],
    seconds: Mapping[str, Sequence[float]],
    relative: Mapping[str, float],
) -> dict[str, Any]:
    """Return the same, raw: every round, medians, ratios, variants, what is missing."""
    return {
        "unit": unit,
        "rounds": seconds,
        "median": medians(seconds),
        "ratio_to_byhand": relative,
        "variants": {side.name: side.variant for side in sides if side.variant},
        "missing": {side.name: side.missing for side in sides if side.run is None},
    }


def show(report: Report, console: Console) -> None:
    """Print the table and what its timer includes."""
    table = Table()
    for number, head in enumerate(report.columns):
        table.add_column(head, justify="right" if number else "left")
    for row in report.rows:
        table.add_row(*row)
    console.print(report.title, style="bold", highlight=False, markup=False)
    console.print(table)
    console.print(report.timer, highlight=False, markup=False, soft_wrap=True)
    console.print()
