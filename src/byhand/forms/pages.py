"""A file of filled forms, one on each page: what was read, as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from byhand.errors import ReadError
from byhand.forms.crops import cropped_field
from byhand.forms.fields import TICK, Form
from byhand.forms.filled import FieldReading, FormReading, read_form
from byhand.ink.pyramid import PYRAMID
from byhand.model import Model, load
from byhand.pictures.convert import Picture
from byhand.pictures.sheets import Sheet, open_sheets
from byhand.reading.line_reader import LineReader
from byhand.reading.page_reader import read_page
from byhand.reading.reader import reader_for
from byhand.reading.result import Line, Reading

LEAST = 0.9  # of confidence: fields below it are doubtful, unless another is given
BETWEEN = "; "  # two names of doubtful fields
TICKED = {True: "true", False: "false", None: ""}


@dataclass(frozen=True, repr=False)
class FormsReading(Reading):
    """All that was read in a file of forms.

    Attributes:
        forms: of each page.
        least: of confidence; fields below it are doubtful.
        crops: pictures of the doubtful fields, JPEG files, by page and name of the
            field; none unless they were asked for.
    """

    forms: tuple[FormReading, ...] = ()
    least: float = LEAST
    crops: Mapping[tuple[int, str], bytes] = field(default_factory=dict, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Return forms and warnings as `read --form --json` prints them."""
        rows = [self._form(form) for form in self.forms]
        return {"forms": rows, "warnings": list(self.warnings)}

    def as_rows(self) -> list[dict[str, Any]]:
        """Return a row of CSV for each form, by the names of the columns."""
        return [self._row(form) for form in self.forms]

    def doubtful(self, reading: FieldReading) -> bool:
        """Return whether a field is to be checked by a person."""
        return doubtful(reading, self.least)

    def _form(self, found: FormReading) -> dict[str, Any]:
        fields = {
            reading.field.name: {
                "text": text_of(reading),
                "confidence": float(reading.confidence),
                "doubtful": self.doubtful(reading),
                "box": list(reading.box),
            }
            for reading in found.fields
        }
        where = {"page": found.page, "pages": self.pages}
        if found.form is not None:
            return {**where, "form": found.form.name, "fields": fields}
        lines = [self._line(line) for line in self.lines if line.page == found.page]
        return {**where, "form": None, "fields": {}, "lines": lines}

    def _row(self, found: FormReading) -> dict[str, Any]:
        texts = {f.field.name: text_of(f) for f in found.fields}
        sure = {f"{f.field.name} confidence": float(f.confidence) for f in found.fields}
        names = [f.field.name for f in found.fields if self.doubtful(f)]
        lines = [line.marked for line in self.lines if line.page == found.page]
        return {
            "page": found.page,
            "pages": self.pages,
            "form": found.form.name if found.form else "",
            **texts,
            "doubtful": BETWEEN.join(names),
            **sure,
            "lines": "" if found.form else BETWEEN.join(lines),
        }


def text_of(reading: FieldReading) -> str:
    """Return what the table says of a field: of a tick true, false or nothing."""
    return TICKED[reading.tick] if reading.field.kind == TICK else reading.text


def doubtful(reading: FieldReading, least: float) -> bool:
    """Return whether a field is less sure than that, or empty though required."""
    text = text_of(reading)
    missing = not text and (reading.field.required or reading.field.kind == TICK)
    return bool(missing or reading.confidence < least)


def read_forms(
    picture: Picture,
    *,
    forms: Sequence[Form],
    model: Model | None = None,
    min_confidence: float = LEAST,
    crops: bool = False,
) -> FormsReading:
    """Read filled forms, a form on each page.

    Args:
        picture: as `byhand.read` takes it.
        forms: that may be there; of each page the one that fits best is taken.
        model: who recognises single digits; the one in the package unless given.
        min_confidence: fields that are less sure are doubtful.
        crops: whether pictures of the doubtful fields are kept.

    Returns:
        Of a page that fits none of the forms, its lines.

    Raises:
        PictureError: the picture cannot be opened, or is none.
        FormError: the picture of a blank form cannot be used.
        ReadError: min_confidence is no probability, or a model of other classes.
        ModelError: the model's reading weights do not fit.
    """
    if not 0 <= min_confidence <= 1:
        raise ReadError(f"min_confidence: expected 0 to 1, got {min_confidence}")
    reader = reader_for(model or load())
    sheets = open_sheets(picture, PYRAMID.longest)
    found, lines, warnings = list[FormReading](), list[Line](), list[str]()
    cut: dict[tuple[int, str], bytes] = {}
    for number, sheet in enumerate(sheets, start=1):
        form, on_page, said = _read_page(sheet, forms, reader)
        found.append(replace(form, page=number))
        lines += [replace(line, page=number) for line in on_page]
        where = f"page {number}: " if len(sheets) > 1 else ""
        warnings += [where + warning for warning in said]
        for reading in form.fields if crops else ():
            if doubtful(reading, min_confidence):
                cut[number, reading.field.name] = cropped_field(sheet, form, reading)
    return FormsReading(
        tuple(lines),
        tuple(warnings),
        len(sheets),
        picture,
        forms=tuple(found),
        least=min_confidence,
        crops=cut,
    )


def _read_page(
    sheet: Sheet, forms: Sequence[Form], reader: LineReader
) -> tuple[FormReading, list[Line], list[str]]:
    """Return the form on a page, its lines and warnings; without a form, all lines."""
    form = read_form(sheet, forms, reader)
    if form.form is not None:
        lines = [reading.line for reading in form.fields if reading.line]
        return form, lines, list(form.warnings)
    page = read_page(sheet, reader)
    return form, list(page.lines), [*form.warnings, *page.warnings]
