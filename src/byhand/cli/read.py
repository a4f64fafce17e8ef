"""``byhand read``: the digits of pictures, line by line; one picture or thousands."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from byhand.cli import forms, options, output, progress
from byhand.cli.readings import Readings, print_summary
from byhand.errors import ByhandError, ReadError

if TYPE_CHECKING:
    from rich.console import Console

    from byhand.reading.results_file import ResultsFile
    from byhand.reading.tasks import FileResult

EXAMPLES = (
    "byhand read form.jpg",
    "byhand read scans --csv",
    "byhand read 'scans/**/*.png' --out results.jsonl",
    "byhand read receipt.jpg --marks",
    "byhand read sum.png --lines 1 --whitelist 01 --json",
    "byhand read dates.jpg --pattern 99/99/9999",
    "byhand read cards.jpg --digits 16 --checksum luhn",
    "byhand read scans --annotate seen --out results.jsonl --jobs 4",
    "byhand read --make-fields blank.png --annotate seen",
    "byhand read scans --form fields.toml --csv --out table.csv --review review",
    "byhand read --apply corrections.csv --out table.csv",
    "byhand read /shared/scans --cluster tcp://host:8786 --out results.jsonl",
)

Files = Annotated[
    list[str] | None,
    typer.Argument(metavar="FILE...", help=options.FILES_HELP),
]
Annotate = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Save copies with what was read drawn on."),
]
Explain = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="Save drawings of how it was read; needs extra plots."
    ),
]
MinConfidence = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        metavar="P",
        help="Leave out lines with less confidence; of forms, mark such fields.",
    ),
]
Lines = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="How many lines a page has, if known."),
]
Digits = Annotated[
    str | None,
    typer.Option(metavar="N|N-M", help="How many digits each line has, if known."),
]
Pattern = Annotated[
    str | None,
    typer.Option(
        help="What each line is: 9 is any digit, other signs stand for themselves,"
        " 9{3,5} is three to five digits, | parts alternatives."
    ),
]
Checksum = Annotated[
    str | None,
    typer.Option(
        metavar="METHOD",
        help="Of each line's check digits: luhn, ean, mod11, mod97, iban-de, …",
    ),
]
Whitelist = Annotated[
    str | None,
    typer.Option(
        metavar="DIGITS", help="The digits that can occur.", show_default="all"
    ),
]
Marks = Annotated[
    bool, typer.Option("--marks", help="Print lines with their marks: 3.14, not 314.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="How many processes read.",
        show_default="1 for a few files, else all processors",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS", help="Read on this Dask cluster; needs extra cluster."
    ),
]


def read(
    files: Files = None,
    plugins: options.Plugins = None,
    json: options.Json = False,
    csv: options.Csv = False,
    annotate: Annotate = None,
    explain: Explain = None,
    min_confidence: MinConfidence = None,
    lines: Lines = None,
    digits: Digits = None,
    pattern: Pattern = None,
    whitelist: Whitelist = None,
    checksum: Checksum = None,
    marks: Marks = False,
    form: forms.FormFiles = None,
    review: forms.Review = None,
    make_fields: forms.MakeFields = None,
    apply: forms.Apply = None,
    model: options.ModelFile = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Read the digits in pictures of handwriting, line by line.

    PNG, JPEG, BMP, TIFF, WebP or GIF, and PDF with the extra pdf; of a folder, all
    pictures below it. A picture that cannot be read is an error, even if its process
    runs out of memory: the others are still read, and the exit code is 1.

    With --out each result is written at once, as a line of JSON, or with --csv as rows.
    A second run with the same file skips the files that have a result there, by the
    name given, and tries again what failed; at its end the results are in the order of
    the files. So a run stopped by Ctrl-C or by a power cut can be resumed.

    What is known of the lines is used in the search: each is read as the best text that
    fits --digits, --pattern, --whitelist and --checksum, and a warning says where
    hardly anything fits. With a pattern, lines are printed with its marks.

    Marks between digits (points, dashes, slashes, currency signs) are read too. A line
    is its digits; with --marks it is printed as it stands, and JSON and CSV have both.

    A digit's confidence allows for ink that was cut wrongly, and as in 'byhand predict'
    for 3 digits in 100 that are misread in other hands, however certain they seem.

    With --form the fields of filled forms are read, a row a form; docs/howto-forms.md
    shows all of it.

    The workers of a cluster need byhand and the same files under the same paths.
    """
    if make_fields or apply:
        forms.without_reading(files, make_fields, apply, out, annotate)
        return
    if not files:
        raise typer.BadParameter("expected FILE..., got none; give a picture")
    from byhand.reading.inputs import find_files, without_repeats
    from byhand.reading.results_forms import Csv
    from byhand.reading.tasks import ADDED, COLUMNS
    from byhand.runs.drawings import drawer

    options.load_plugins(plugins)
    check_usage(json, csv, out, jobs, cluster)
    given = {
        "lines": lines,
        "min_confidence": min_confidence,
        **known(digits, pattern, whitelist, checksum),
    }
    settings = {name: value for name, value in given.items() if value is not None}
    draw = drawer(annotate, explain)
    how = dict(
        model=model,
        settings=settings,
        jobs=jobs,
        cluster=cluster,
        open_files=options.open_files(files),
        after_read=draw,
    )
    found = find_files(files, skip=[path for path in (annotate, explain) if path])
    others = {"--marks": marks, "--explain": explain, "--lines": lines,
              "--digits": digits, "--pattern": pattern, "--whitelist": whitelist,
              "--checksum": checksum}  # fmt: skip
    forms.check_forms(form, review, out, others)
    stack = forms.stack(form, found, review, min_confidence) if form else None
    console = output.notes(quiet)
    output.note_compiling(console)
    if out:
        plain = Csv(COLUMNS, ADDED) if csv else None
        file_form = stack.file_form(csv) if stack else plain
        with (
            forms.reviewed(stack, out, console),
            options.results_file(out, found, files, file_form) as kept,
        ):
            show = partial(print_summary, kept)
            read_into(kept, without_repeats(found), how, console, show, stack)
    else:
        plain_marks = marks or pattern is not None
        results = forms.FormReadings(stack) if stack else Readings(plain_marks)
        show = partial(results.print, json, csv, console)
        read_into(results, found, how, console, show, stack)


def check_usage(
    json: bool,
    csv: bool,
    out: Path | None,
    jobs: int | None,
    cluster: str | None,
) -> None:
    """Refuse options that exclude each other."""
    options.check_outputs(json, csv, out)
    if jobs and cluster:
        raise typer.BadParameter("--jobs and --cluster exclude each other; give one")


def known(
    digits: str | None,
    pattern: str | None,
    whitelist: str | None,
    checksum: str | None,
) -> dict[str, Any]:
    """Return what is known of the lines, as `byhand.read` takes it.

    Raises:
        BadParameter: something of it is invalid, or no text fits all of it.
    """
    from byhand.reading.constraint import Constraint

    ends = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", digits or "1")
    if not ends:
        raise typer.BadParameter(f"--digits: expected 6 or 4-6, got {digits!r}")
    count = (int(ends[1]), int(ends[2] or ends[1])) if digits else None
    try:
        Constraint.of(count, pattern, whitelist, checksum)
    except ReadError as error:
        raise typer.BadParameter(f"--{error}") from error
    return {
        "digits": count,
        "pattern": pattern,
        "whitelist": whitelist,
        "checksum": checksum,
    }


def read_into(
    kept: ResultsFile | Readings,
    files: Sequence[str | FileResult],
    how: dict[str, Any],
    console: Console,
    show: Callable[[], None],
    stack: forms.Stack | None = None,
) -> None:
    """Read the files and print what was read; exit with 1 if any failed.

    Results from before Ctrl-C, or before a cluster is lost, are printed too.
    """
    from byhand.reading.many import read_many

    def take(result: FileResult) -> None:
        if stack:  # first, so that no form is done without the pictures for its review
            stack.keep(result)
        kept.add(result)
        advance()

    total = sum(file not in kept.done for file in files)
    try:
        with progress.pictures(console, total) as advance:
            how |= stack.how if stack else {}
            read_many(files, done=kept.done, on_result=take, **how)
    except (KeyboardInterrupt, ByhandError):
        if kept.count:
            _finish(kept, show)
        raise
    _finish(kept, show)
    if kept.errors:
        raise typer.Exit(1)


def _finish(kept: ResultsFile | Readings, show: Callable[[], None]) -> None:
    """Print what was read, then a line for each file that failed."""
    show()
    for error in kept.errors:
        output.print_error(error)
