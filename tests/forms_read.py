"""Forms that are read without a network, for tests of what is done with them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from byhand.errors import PictureError
from byhand.forms.fields import Field, Form, write_form_file
from byhand.forms.filled import FieldReading, FormReading
from byhand.forms.pages import FormsReading, doubtful
from byhand.forms.registration import Registration
from byhand.reading.result import Digit, Line
from byhand.types import Box

HERE = Registration(np.eye(3), 0.0, 1.0, 1.0, True)
FIELDS = (
    Field("number", Box(10, 10, 80, 20), length=4),
    Field("born", Box(10, 40, 120, 20), pattern="99/99/9999"),
    Field("member", Box(10, 70, 20, 20), kind="tick"),
)
FORM = Form("club", FIELDS, (200, 100))


def line_of(digits: str, confidence: float = 0.9) -> Line:
    """Return a line of digits."""
    found = [Digit(int(d), confidence, (), Box(9 * n, 4, 8, 12))
             for n, d in enumerate(digits)]  # fmt: skip
    return Line(tuple(found), confidence)


def form_reading(
    number: str = "0123", born: str = "01/02/1990", tick: bool | None = True,
    sure: float = 0.99, page: int = 1, form: Form = FORM,
) -> FormReading:  # fmt: skip
    """Return a form: its number with that confidence, the rest certain."""
    texts = (number, born, "")
    read = [
        FieldReading(field, text, confidence, field.box, None,
                     tick if field.kind == "tick" else None)
        for field, text, confidence in zip(form.fields, texts, (sure, 0.97, 0.98),
                                           strict=True)
    ]  # fmt: skip
    return FormReading(form, HERE, tuple(read), page)


def reading_of(*forms: FormReading, least: float = 0.9) -> FormsReading:
    """Return the forms of a file, with a small picture of each doubtful field."""
    crops = {
        (form.page, read.field.name): jpeg()
        for form in forms
        for read in form.fields
        if doubtful(read, least)
    }
    return FormsReading((), (), len(forms), forms=forms, least=least, crops=crops)


def jpeg() -> bytes:
    """Return a small JPEG file."""
    file = io.BytesIO()
    Image.new("L", (60, 20), 200).save(file, "JPEG")
    return file.getvalue()


def by_name(path: str, **settings: Any) -> FormsReading:
    """Read what the name says: "0123-55.png" is 0123, 55 % sure; "bad.png" fails."""
    stem = Path(path).stem
    if stem == "bad":
        raise PictureError(f"{path}: expected a picture, got none")
    if stem == "other":
        lines = (line_of("77"),)
        return FormsReading(
            lines, ("no form fits",), 1, forms=(FormReading(None, None),)
        )
    number, _, percent = stem.partition("-")
    form = settings["forms"][0]
    one = form_reading(number, sure=int(percent or 99) / 100, form=form)
    return reading_of(one, least=settings.get("min_confidence", 0.9))


def form_file(folder: Path, name: str = "club") -> Path:
    """Write the form's file and a blank form beside it."""
    Image.new("L", FORM.size, 255).save(folder / "blank.png")
    path = folder / f"{name}.toml"
    write_form_file(Form(name, FIELDS, FORM.size, folder / "blank.png"), path)
    return path
