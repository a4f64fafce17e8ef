"""``byhand read``: the digits of pictures, line by line; one picture or thousands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from byhand.cli import copies, options, output, progress, readings, results
from byhand.errors import ByhandError
from byhand.reading.inputs import wanted

if TYPE_CHECKING:
    from rich.console import Console

    from byhand.cli.readings import Readings
    from byhand.cli.results import Results
    from byhand.reading.many import Answer

DIGITS = "0123456789"
EXAMPLES = (
    "byhand read form.jpg",
    "byhand read scans --csv",
    "byhand read 'scans/**/*.png' --out results.jsonl",
    "byhand read sum.png --lines 1 --whitelist 01 --json",
    "byhand read scans --annotate seen --out results.jsonl --jobs 4",
    "byhand read /shared/scans --cluster tcp://host:8786 --out results.jsonl",
)

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...", help="Pictures, folders of pictures, patterns such as *.png."
    ),
]
Csv = Annotated[
    bool, typer.Option("--csv", help="Print a row a line of digits, as CSV.")
]
Annotate = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Draw copies with what was read here."),
]
Explain = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Draw how it was read here; extra plots."),
]
MinConfidence = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, metavar="P", help="Leave out lines less likely to be right."
    ),
]
Lines = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="How many lines a page has, if known."),
]
Whitelist = Annotated[
    str | None,
    typer.Option(metavar="DIGITS", help="The digits that occur.", show_default="all"),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Processes.",
        show_default="1 for a few files, else all processors",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS", help="Read on a Dask cluster instead; extra cluster."
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Add answers to this file, and go on from it."),
]


def read(
    files: Files,
    json: options.Json = False,
    csv: Csv = False,
    annotate: Annotate = None,
    explain: Explain = None,
    min_confidence: MinConfidence = None,
    lines: Lines = None,
    whitelist: Whitelist = None,
    model: options.ModelFile = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    out: Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Read the digits in pictures of handwriting, line by line.

    PNG, JPEG, BMP, TIFF, WebP or GIF, and PDF with the extra pdf; of a folder all
    pictures below it. A picture that cannot be read is complained of, also one at which
    a process ends for want of memory; the others are answered all the same, in the
    order given, and the exit code is 1.

    With --out each answer is written at once, as a line of JSON. A second run with the
    same file leaves out what has an answer there, by the name given, and tries again
    what failed. So a run that was stopped, by Ctrl-C or by a power cut, goes on.

    The workers of a cluster need byhand and the same files under the same paths.
    """
    check_usage(json, csv, out, jobs, cluster, whitelist)
    given = {"lines": lines, "whitelist": whitelist, "min_confidence": min_confidence}
    how: dict[str, Any] = {
        "model": model,
        "settings": {name: value for name, value in given.items() if value is not None},
        "jobs": jobs,
        "cluster": cluster,
        "also": copies.drawer(annotate, explain),
    }
    meant = wanted(files, but=[path for path in (annotate, explain) if path])
    console = output.notes(quiet)
    output.note_compiling(console)
    if out:
        meant = results.once(meant)
        names = {file for file in meant if isinstance(file, str)}
        with results.Results(out, names.union(files)) as kept:
            read_into(kept, meant, how, console)
    else:
        read_into(readings.Readings(json, csv, console), meant, how, console)


def check_usage(
    json: bool,
    csv: bool,
    out: Path | None,
    jobs: int | None,
    cluster: str | None,
    whitelist: str | None,
) -> None:
    """Refuse options that exclude each other, and digits that are none."""
    given = {"--json": json, "--csv": csv, "--out": out}
    forms = [name for name, value in given.items() if value]
    if len(forms) > 1:
        raise typer.BadParameter(f"give one of {' and '.join(forms)}, not both")
    if jobs and cluster:
        raise typer.BadParameter("give --jobs or --cluster, not both")
    if whitelist is not None and not (whitelist and set(whitelist) <= set(DIGITS)):
        raise typer.BadParameter(
            f"--whitelist: expected digits such as 0123, got {whitelist!r}"
        )


def read_into(
    kept: Results | Readings,
    meant: list[str | Answer],
    how: dict[str, Any],
    console: Console,
) -> None:
    """Read the files and tell of them; exit with 1 if any failed.

    What was done before Ctrl-C, or before a cluster is lost, is told as well.
    """
    from byhand.reading.many import read_many

    def take(answer: Answer) -> None:
        kept.add(answer)
        step()

    total = sum(file not in kept.done for file in meant)
    try:
        with progress.pictures(console, total) as step:
            read_many(meant, done=kept.done, on_answer=take, **how)
    except (KeyboardInterrupt, ByhandError):
        if kept.count:
            tell(kept)
        raise
    tell(kept)
    if kept.failed:
        raise typer.Exit(1)


def tell(kept: Results | Readings) -> None:
    """Print what was read, then a line for each file that failed."""
    kept.tell()
    for error in kept.failed:
        output.print_error(error)
