"""A form with its fields drawn on it: their names, or what was read in them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from byhand.errors import FormError
from byhand.forms.fields import Form
from byhand.forms.filled import FormReading
from byhand.forms.pages import FormsReading, text_of
from byhand.forms.registration import Registration
from byhand.pictures.convert import Picture
from byhand.pictures.sheets import open_sheets
from byhand.reading.annotate import (
    ANNOTATION,
    DOUBTFUL_COLOUR,
    PAPER,
    SURE_COLOUR,
    annotated,
    in_colour,
)
from byhand.types import Box, Floats

Mark = tuple[Floats, str, str]  # corners (4, 2) of a field, what is written, its colour
HERE = Registration(np.eye(3), 0.0, 1.0, 1.0, True)  # the blank form on itself


def blank_with_names(form: Form) -> Image.Image:
    """Return the blank form with a box and a name for each field, RGB.

    Raises:
        FormError: the form has no picture.
        PictureError: the picture cannot be opened.
    """
    if form.blank is None:
        raise FormError(f"form {form.name}: expected a blank form to draw, got none")
    marks = ((_corners(f.box, HERE), f.name, SURE_COLOUR) for f in form.fields)
    return _drawn(form.blank, marks)


def annotated_forms(picture: Picture, reading: FormsReading) -> Image.Image:
    """Return the first page with each field's box, name and text; RGB.

    Doubtful fields are drawn in another colour; a page that fits no form as
    `annotated` draws it.

    Args:
        picture: what was read.
        reading: what was read in it.
    """
    first = reading.forms[0]
    if first.form is None:
        return annotated(picture, reading)
    return _drawn(picture, _marks(first, reading))


def _marks(form: FormReading, reading: FormsReading) -> Iterator[Mark]:
    assert form.registration is not None
    for found in form.fields:
        doubtful = reading.doubtful(found)
        text = f"{found.field.name}: {text_of(found) or 'empty'}"
        corners = _corners(found.field.box, form.registration)
        yield corners, text, DOUBTFUL_COLOUR if doubtful else SURE_COLOUR


def _corners(box: Box, place: Registration) -> Floats:
    x, y, right, bottom = box.x, box.y, box.right - 1, box.bottom - 1
    corners = np.array([[x, y], [right, y], [right, bottom], [x, bottom]])
    return place.to_scan(corners)


def _drawn(picture: Picture, marks: Iterator[Mark]) -> Image.Image:
    """Return the first page of a picture with marks drawn on it."""
    sheet = next(iter(open_sheets(picture, ANNOTATION.longest)))
    image = in_colour(sheet.image)
    image.thumbnail((ANNOTATION.longest, ANNOTATION.longest))
    scale = image.width / sheet.size[0]
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(max(max(image.size) / 100, ANNOTATION.smallest))
    for corners, text, colour in marks:
        points = [(x * scale, y * scale) for x, y in corners.tolist()]
        draw.polygon(points, outline=colour, width=1 + max(image.size) // 900)
        left, top, right, _ = draw.textbbox((0, 0), text, font, stroke_width=2)
        x = min(points[0][0], image.width - (right - left))
        y = max(p[1] for p in points[2:]) + ANNOTATION.margin - top
        draw.text((x, y), text, colour, font, stroke_width=2, stroke_fill=PAPER)
    return image
