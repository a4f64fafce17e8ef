"""``byhand read`` with forms: fields, table, review and corrections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from byhand.cli import output
from byhand.cli.readings import Readings, print_csv
from byhand.errors import FormError
from byhand.words import counted

if TYPE_CHECKING:
    from rich.console import Console

    from byhand.forms.fields import Form
    from byhand.reading import results_forms
    from byhand.reading.tasks import FileResult

FIELDS = Path("fields.toml")

FormFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--form",
        metavar="FILE",
        help="Read filled forms, a row a form. FILE.toml has the fields; of several the"
        " one that fits best is taken.",
    ),
]
MakeFields = Annotated[
    Path | None,
    typer.Option(
        metavar="BLANK",
        help="Find the fields of this blank form and write them to --out; with"
        " --annotate, draw them.",
        show_default="fields.toml",
    ),
]
Review = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="With --form and --out: save a page of the doubtful fields, to be"
        " corrected in a browser.",
    ),
]
Apply = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Write corrections.csv of a review into the table --out."
    ),
]


@dataclass(frozen=True)
class Stack:
    """Filled forms that are to be read.

    Attributes:
        forms: that may be among them.
        columns: of the table.
        review: the folder of the review; None for no review.
        min_confidence: below which fields are doubtful; None for the usual.
    """

    forms: tuple[Form, ...]
    columns: tuple[str, ...]
    review: Path | None
    min_confidence: float | None

    @property
    def how(self) -> dict[str, Any]:
        """How `read_many` is to read them."""
        from byhand.forms.pages import read_forms

        settings: dict[str, Any] = {"forms": self.forms, "crops": bool(self.review)}
        if self.min_confidence is not None:
            settings["min_confidence"] = self.min_confidence
        return {"read": read_forms, "settings": settings}

    def file_form(self, csv: bool) -> results_forms.Form:
        """Return how the table is written."""
        from byhand.forms.table import csv_form, json_form

        return csv_form(self.columns) if csv else json_form()

    def keep(self, result: FileResult) -> None:
        """Store the pictures of a file's doubtful fields for the review."""
        from byhand.forms.pages import FormsReading
        from byhand.forms.review import keep_pictures

        if self.review and isinstance(result.reading, FormsReading):
            keep_pictures(self.review, result.file, result.reading)

    def write_review(self, out: Path, console: Console) -> None:
        """Write the review's page of all doubtful fields of the table so far."""
        from byhand.forms.fields import TICK
        from byhand.forms.review import doubts, write_sheet
        from byhand.forms.table import read_table

        ticks = [f.name for form in self.forms for f in form.fields if f.kind == TICK]
        found = doubts(read_table(out), ticks)
        assert self.review
        path = write_sheet(self.review, found)
        fields = f"{counted(len(found), 'doubtful field')}: {path}"
        console.print(output.printable(fields))


@contextmanager
def reviewed(stack: Stack | None, out: Path, console: Console) -> Iterator[None]:
    """Write the page of a review at the end, even of a run that was stopped."""
    try:
        yield
    finally:
        if stack and stack.review and out.is_file():
            stack.write_review(out, console)


def stack(
    paths: Sequence[Path],
    found: Sequence[Any],
    review: Path | None,
    min_confidence: float | None,
) -> Stack:
    """Return the forms of these files; without a blank form, the first scan is it.

    Raises:
        FormError: a file is not what it should be; or the fields of two forms clash.
    """
    from byhand.forms.fields import read_form_file
    from byhand.forms.table import columns_of

    first = next((Path(file) for file in found if isinstance(file, str)), None)
    forms = [read_form_file(path) for path in paths]
    forms = [form if form.blank else replace(form, blank=first) for form in forms]
    for form, path in zip(forms, paths, strict=True):
        twice = [other.name for other in forms].count(form.name) > 1
        if twice:
            raise FormError(
                f"{path}: expected a name that no other form has, got"
                f" {form.name!r} again; change name in the file"
            )
    return Stack(tuple(forms), columns_of(forms), review, min_confidence)


class FormReadings(Readings):
    """Collects filled forms, to be printed at the end."""

    def __init__(self, stack: Stack) -> None:
        super().__init__()
        self.stack = stack

    def print_csv(self) -> None:
        """Print a row for each form."""
        from byhand.forms.table import csv_form

        print_csv(self.results, csv_form(self.stack.columns))

    def print_lines(self) -> None:
        """Print a table with a line for each field."""
        table = output.table("file", "page", "form", "field", "text", "confidence", "",
                             text=["file", "form", "field", "text"])  # fmt: skip
        for cells in _cells(self.results):
            table.add_row(*map(output.printable, cells))
        if table.row_count:
            output.answers().print(table)


def _cells(results: Sequence[FileResult]) -> Iterator[tuple[str, ...]]:
    """Yield file, page, form, field, text, confidence, and a word where in doubt."""
    from byhand.forms.pages import FormsReading, text_of

    for result in results:
        reading = result.reading
        for form in reading.forms if isinstance(reading, FormsReading) else ():
            if form.form is None:
                yield result.file, str(form.page), "none", "", "", "–", ""
            for found in form.fields:
                name = form.form.name if form.form else ""
                in_doubt = isinstance(reading, FormsReading) and reading.doubtful(found)
                yield (result.file, str(form.page), name, found.field.name,
                       text_of(found), output.percent(found.confidence),
                       "doubtful" if in_doubt else "")  # fmt: skip


def without_reading(
    files: Sequence[str] | None,
    make: Path | None,
    apply: Path | None,
    out: Path | None,
    annotate: Path | None,
) -> None:
    """Make the fields of a blank form, or apply corrections to a table."""
    if make and apply:
        raise typer.BadParameter("--make-fields and --apply exclude each other")
    if files:
        given = "--make-fields" if make else "--apply"
        raise typer.BadParameter(f"{given} reads no other files; got {files[0]!r}")
    if make:
        _make_fields(make, out or FIELDS, annotate)
    elif apply:
        _apply(apply, out)


def _apply(corrections: Path, out: Path | None) -> None:
    from byhand.forms.corrections import apply_corrections

    if out is None:
        raise typer.BadParameter("--apply needs --out, the table that is corrected")
    count = apply_corrections(corrections, out)
    line = f"{out}: {counted(count, 'field')} corrected or confirmed"
    output.answers().print(output.printable(line))


def _make_fields(blank: Path, out: Path, annotate: Path | None) -> None:
    """Write the fields of a blank form, and draw them with their names."""
    from byhand.files import replacing
    from byhand.forms.blank import make_fields
    from byhand.forms.drawn import blank_with_names
    from byhand.forms.fields import write_form_file

    if out.exists():
        raise FormError(
            f"{out}: expected a new file for the fields, got one that exists; give"
            " another with --out"
        )
    form = make_fields(blank)
    write_form_file(form, out)
    lines = [f"{out}: {counted(len(form.fields), 'field')}"]
    if annotate:
        path = annotate / f"{blank.stem}.png"
        if path.exists() and path.samefile(blank):
            raise FormError(
                f"{blank}: expected another folder to draw into than its own"
            )
        with replacing(path) as temporary:
            blank_with_names(form).save(temporary)
        lines.append(f"picture  {path}")
    for line in lines:
        output.answers().print(output.printable(line))


def check_forms(
    forms: Sequence[Path] | None, review: Path | None, out: Path | None,
    others: dict[str, Any],
) -> None:  # fmt: skip
    """Refuse options that need forms, or that forms do not have."""
    if review and not (forms and out):
        raise typer.BadParameter("--review needs --form, and --out for the table")
    given = [name for name, value in others.items() if value] if forms else []
    if given:
        raise typer.BadParameter(
            f"{given[0]} and --form exclude each other; what is known of a field's text"
            " is in the form's file"
        )
