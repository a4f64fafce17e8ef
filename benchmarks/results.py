"""Results on record: `python -m benchmarks.results [add MODEL] [--markdown]`.

Letters in shapes: N images, K classes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console

import byhand
from benchmarks import records
from benchmarks.accuracy import spread
from benchmarks.records import Record
from benchmarks.report import Report, show
from byhand.comparison import compare
from byhand.errors import ByhandError, DataError
from byhand.evaluation import wilson

SINGLES = (
    "On MNIST's 10,000 test images; ± is the standard deviation over the seeds. The\n"
    "best seed with Wilson's 95 % interval; the test images chose it, so expect the\n"
    "mean of another one. Seconds: of training, as byhand train counts them."
)
ENSEMBLES = (
    "An ensemble predicts the class of the highest mean probability of its\n"
    "members; its accuracy with Wilson's 95 % interval. p: McNemar's exact test of it\n"
    "and its best member on the same images; below 0.05 they differ significantly."
)


def main(argv: Sequence[str] | None = None, folder: Path = records.FOLDER) -> int:
    """Add a model or print every table; 1 and a line on stderr if that cannot be."""
    args = parse(argv)
    dataset = byhand.load_dataset("mnist")
    try:
        if args.command == "add":
            for model in args.models:
                _say_added(records.add(model, dataset, args.name, folder))
            return 0
        found = records.read(folder)
        if not found:
            raise DataError(f"{folder}: expected results, got none; try add MODEL")
        reports = [singles(found), *_ensembles(found, args.ensemble, dataset, folder)]
    except ByhandError as error:
        print(f"benchmarks.results: {error}", file=sys.stderr)
        return 1
    for report in reports:
        if args.markdown:
            print(markdown(report))
        else:
            show(report, Console())
    return 0


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.results",
        description="Print what trained models have reached, alone and together.",
    )
    parser.add_argument("--markdown", action="store_true", help="tables for docs/")
    parser.add_argument(
        *("--ensemble", "-e"),
        nargs="+",
        action="append",
        default=[],
        metavar="RECIPE",
        help="all members of these recipes together, too; may be given more than once",
    )
    adding = parser.add_subparsers(dest="command").add_parser(
        "add", help="put trained models on record"
    )
    adding.add_argument("models", nargs="+", type=Path, metavar="MODEL")
    adding.add_argument("--name", default="", help="instead of the recipe's")
    return parser.parse_args(argv)


def singles(found: Sequence[Record]) -> Report:
    """Return a row a recipe: its seeds, what they reached, in what time."""
    rows, figures = [], {}
    for recipe, members in by_recipe(found).items():
        best = max(members, key=lambda record: record.accuracy)
        seconds = [record.seconds for record in members]
        rows.append(
            (
                recipe,
                f"{best.parameters:,}",
                str(len(members)),
                spread([100 * record.accuracy for record in members]),
                percent(best.accuracy, best.interval),
                "–" if np.isnan(seconds).any() else spread(seconds),
            )
        )
        figures[recipe] = {record.seed: record.accuracy for record in members}
    columns = ("recipe", "parameters", "seeds", "test accuracy, %", "best, %")
    made = {_made_by(record): None for record in found}  # in order, each once
    return Report(
        title="results: single models",
        columns=(*columns, "seconds"),
        rows=rows,
        timer="\n".join([SINGLES, *made]),
        figures=figures,
    )


def ensembles(
    groups: dict[str, Sequence[Record]], dataset: byhand.Dataset, folder: Path
) -> Report:
    """Return a row an ensemble: what its members reach by votes.

    Args:
        groups: the members of each, by what it is to be called.
        dataset: on whose test images.
        folder: of the records.

    Raises:
        DataError: a member's probabilities are missing or do not fit.
    """
    labels, rows, figures = dataset.test.labels, [], {}
    for name, members in groups.items():
        best = max(members, key=lambda record: record.accuracy)
        said = vote(records.read_probabilities(member, folder) for member in members)
        alone = records.read_probabilities(best, folder).argmax(axis=1)
        correct = int(np.sum(said == labels))
        accuracy, interval = correct / len(labels), wilson(correct, len(labels))
        p = compare(labels, said, alone).p
        rows.append(
            (
                name,
                str(len(members)),
                percent(accuracy, interval),
                f"{best.recipe}-{best.seed}: {100 * best.accuracy:.2f}",
                "< 0.0001" if p < 0.0001 else f"{p:.2g}",
            )
        )
        figures[name] = {"accuracy": accuracy, "interval": interval, "p": p}
    return Report(
        title="results: ensembles",
        columns=("members of", "members", "votes, %", "best member, %", "p"),
        rows=rows,
        timer=ENSEMBLES,
        figures=figures,
    )


def vote(members: Iterable[records.Probabilities]) -> npt.NDArray[np.int64]:
    """Return the class of the highest mean of some (N, K) probabilities, (N,).

    Raises:
        DataError: they are of different shapes.
    """
    arrays = [array.astype(np.float64) for array in members]
    if len({array.shape for array in arrays}) != 1:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise DataError(f"vote: expected members of one shape (N, K), got {shapes}")
    return np.asarray(np.mean(arrays, axis=0).argmax(axis=1), np.int64)


def by_recipe(found: Sequence[Record]) -> dict[str, list[Record]]:
    """Return the records of each recipe, in their order."""
    groups = groupby(found, key=lambda record: record.recipe)
    return {recipe: list(members) for recipe, members in groups}


def percent(accuracy: float, interval: tuple[float, float]) -> str:
    """Return "98.21 (97.93 to 98.45)", in percent."""
    low, high = interval
    return f"{100 * accuracy:.2f} ({100 * low:.2f} to {100 * high:.2f})"


def markdown(report: Report) -> str:
    """Return the report as Markdown: its title, the table, what was timed."""
    rules = ["---", *("---:" for _ in report.columns[1:])]
    rows = [report.columns, rules, *report.rows]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"**{report.title}**", "", *lines, "", report.timer, ""])


def _ensembles(
    found: Sequence[Record],
    asked: Sequence[Sequence[str]],
    dataset: byhand.Dataset,
    folder: Path,
) -> list[Report]:
    """Return the table of every recipe of several seeds, and of what was asked for."""
    members = by_recipe(found)
    groups: dict[str, Sequence[Record]] = {
        recipe: own for recipe, own in members.items() if len(own) > 1
    }
    for names in asked:
        missing = [name for name in names if name not in members]
        if missing:
            raise DataError(
                f"--ensemble: expected recipes among {', '.join(members)}, "
                f"got {', '.join(missing)}"
            )
        unique = dict.fromkeys(names)
        groups[" + ".join(unique)] = [own for name in unique for own in members[name]]
    return [ensembles(groups, dataset, folder)] if groups else []


def _made_by(record: Record) -> str:
    """Return the machine and the versions of a record in a line."""
    versions = ", ".join(f"{name} {v}" for name, v in record.versions.items())
    return f"{record.cpu}; {versions}"


def _say_added(record: Record) -> None:
    reached = percent(record.accuracy, record.interval)
    print(f"{record.recipe}, seed {record.seed}: {reached} %")


if __name__ == "__main__":
    sys.exit(main())
