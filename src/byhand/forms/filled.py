"""A filled form: what was read in each of its fields.

Boxes are in pixels of the scan as it is seen, upright.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from byhand.forms.field_ink import FIELDS, FieldInk, FieldSettings, field_ink
from byhand.forms.fields import DIGITS, TICK, Field, Form
from byhand.forms.registration import BlankForm, Registration, best_form, open_form
from byhand.forms.ticks import ticked
from byhand.nn.calibration import BASE_ERROR_RATE
from byhand.pictures.convert import grey_levels
from byhand.pictures.sheets import Sheet
from byhand.reading.constraint import Constraint
from byhand.reading.line_reader import LineReader, RowResult
from byhand.reading.result import Line
from byhand.types import Box

CERTAIN = 0.9  # probability: fields below it are read again
NEARER = replace(FIELDS, near=1, digits_alone=True)  # how they are


@dataclass(frozen=True)
class FieldReading:
    """What was read in a field.

    Attributes:
        field: which one.
        text: what it says, digits and marks; "" where it is empty, and of a tick.
        confidence: how likely this text is among those that fit, 0 to 1; without the
            allowance of a line's confidence for other hands, which would make every
            long field doubtful.
        box: where the field is on the scan.
        line: the digits and marks; None where there are none.
        tick: of a field of that kind, whether it is ticked; None if that is in doubt.
    """

    field: Field
    text: str
    confidence: float
    box: Box
    line: Line | None = None
    tick: bool | None = None


@dataclass(frozen=True)
class FormReading:
    """What was read on a page.

    Attributes:
        form: which form it is; None if it is none of those given.
        registration: where the form is on the scan; None if it is none.
        fields: in the order of the form's; none if it is no form.
        page: its number in the file, from 1.
        warnings: what a user should know.
    """

    form: Form | None
    registration: Registration | None
    fields: tuple[FieldReading, ...] = ()
    page: int = 1
    warnings: tuple[str, ...] = ()


def read_form(sheet: Sheet, forms: Sequence[Form], reader: LineReader) -> FormReading:
    """Return what is written in the fields of the form that a page fits best.

    The ink of all fields is found at once, and their rows are read in one batch, each
    with what is known of its text.

    Args:
        sheet: the page.
        forms: that it may be.
        reader: reads rows of digits.

    Raises:
        FormError: a form has no picture of the blank form, or one without lines.
        PictureError: such a picture cannot be opened.
        ReadError: what is known of a field is invalid.
    """
    blanks = [_opened(form, _stamp(form)) for form in forms]
    smaller = sheet.image.width / sheet.size[0]
    found = best_form(grey_levels(sheet.image, max(sheet.image.size)), blanks)
    if found is None:
        names = ", ".join(form.name for form in forms)
        return FormReading(None, None, warnings=(f"no form: expected {names}",))
    blank, registration = found
    larger = np.diag([1 / smaller, 1 / smaller, 1])
    registration = replace(registration, matrix=larger @ registration.matrix)
    fields = read_fields(sheet, blank, registration, reader)
    return FormReading(blank.form, registration, fields)


def read_fields(
    sheet: Sheet, blank: BlankForm, registration: Registration, reader: LineReader
) -> tuple[FieldReading, ...]:
    """Return what is written in each field of a form that is registered.

    Those in doubt are read again from the ink of digits alone, with less taken away
    around what is printed: that is better where strokes lie along a line, and worse
    where lines are blurred.
    """
    there = sheet, blank, registration
    fields = [field for field in blank.form.fields if field.kind == DIGITS]
    read = _pass(*there, fields, reader, FIELDS)
    doubtful = [field for field in fields if _chance(read[field.name]) < CERTAIN]
    again = _pass(*there, doubtful, reader, NEARER)
    for name, reading in again.items():
        read[name] = max(read[name], reading, key=_chance)
    read |= _ticks(*there)
    return tuple(read[field.name] for field in blank.form.fields)


def _chance(reading: FieldReading) -> float:
    """Return how likely a field's text is right and fits what is known of it."""
    return reading.confidence * (reading.line.fitted if reading.line else 1.0)


def _pass(
    sheet: Sheet,
    blank: BlankForm,
    registration: Registration,
    fields: Sequence[Field],
    reader: LineReader,
    settings: FieldSettings,
) -> dict[str, FieldReading]:
    """Return what is read in some fields, all in one batch, by their names."""
    if not fields:
        return {}
    inks = field_ink(sheet, blank, registration, fields, settings)
    pairs = list(zip(fields, inks, strict=True))
    rows = [ink.row for ink in inks if ink.row]
    known = [known_of(field) for field, ink in pairs if ink.row]
    results = iter(reader.read_rows(rows, known).rows if rows else ())
    return {
        field.name: _read(field, ink, registration, next(results) if ink.row else None)
        for field, ink in pairs
    }


def known_of(field: Field) -> Constraint:
    """Return what is known of a field's text; it may be empty."""
    known = field.length, field.pattern, field.whitelist, field.checksum
    return Constraint.of(*known, optional=True)


def _read(
    field: Field, ink: FieldInk, registration: Registration, result: RowResult | None
) -> FieldReading:
    """Return what was read in a field of digits."""
    box = registration.box(field.box)
    if result is None:
        return FieldReading(field, "", 1 - ink.faint, box)
    if result.line is None:
        return FieldReading(field, "", min(result.nothing, 1 - ink.faint), box)
    line = result.line
    probability = line.confidence / (1 - BASE_ERROR_RATE) ** len(line.digits)
    return FieldReading(field, line.marked, min(probability, 1.0), box, line)


def _ticks(
    sheet: Sheet, blank: BlankForm, registration: Registration
) -> dict[str, FieldReading]:
    """Return whether each box of a form is ticked, by the fields' names."""
    boxes = [field for field in blank.form.fields if field.kind == TICK]
    if not boxes:
        return {}
    scan = grey_levels(sheet.image, max(sheet.image.size))
    smaller = sheet.image.width / sheet.size[0]
    shrunk = np.diag([smaller, smaller, 1]) @ registration.matrix
    place = replace(registration, matrix=shrunk)
    found = {}
    for field in boxes:
        tick, confidence = ticked(scan, blank, place, field)
        box = registration.box(field.box)
        found[field.name] = FieldReading(field, "", confidence, box, tick=tick)
    return found


def _stamp(form: Form) -> int:
    """Return when the picture of a blank form was written, in nanoseconds."""
    return form.blank.stat().st_mtime_ns if form.blank and form.blank.exists() else 0


@lru_cache(maxsize=32)
def _opened(form: Form, stamp: int) -> BlankForm:
    """Return a form with its blank form's picture, opened once."""
    return open_form(form)
