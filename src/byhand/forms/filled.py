"""A filled form: what was read in each of its fields.

Boxes are in pixels of the scan as it is seen, upright.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from byhand.forms.fields import Field, Form
from byhand.forms.registration import Registration
from byhand.pictures.sheets import Sheet
from byhand.reading.line_reader import LineReader
from byhand.reading.result import Line
from byhand.types import Box


@dataclass(frozen=True)
class FieldReading:
    """What was read in a field.

    Attributes:
        field: which one.
        text: what it says, digits and marks; "" where it is empty, and of a tick.
        confidence: how likely it is that this is right, 0 to 1.
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
    """Return what is written in the fields of the form that a page fits best."""
    raise NotImplementedError
