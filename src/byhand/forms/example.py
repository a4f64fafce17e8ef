"""A stack of made forms to try on: a blank one, filled ones, and what they say."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from byhand.errors import FormError
from byhand.files import replacing
from byhand.forms.fields import DIGITS, Field, Form, write_form_file
from byhand.synthesis.blank_forms import BlankForm, PrintedField, blank_form
from byhand.synthesis.filled_forms import FilledForm, filled_form
from byhand.types import Images, Labels

KINDS = ("scan", "scan", "photo", "fax")  # in turn
SEED = 1706  # of these forms alone
LAYOUT = "membership"


def form_of(blank: BlankForm, path: Path | None = None, known: bool = True) -> Form:
    """Return a made form with its true fields.

    Args:
        blank: the form.
        path: of its picture.
        known: whether the fields have patterns, lengths and checksums.
    """
    height, width = blank.lines.shape
    fields = tuple(_field(field, known) for field in blank.fields)
    return Form(blank.name, fields, (width, height), path)


def _field(field: PrintedField, known: bool) -> Field:
    if field.kind != DIGITS or not known:
        return Field(field.name, field.box, field.kind)
    checksum = field.checksum or None
    return Field(field.name, field.box, field.kind, field.pattern, None, None, checksum,
                 field.required)  # fmt: skip


def example_forms(
    digits: tuple[Images, Labels], count: int, layout: str = LAYOUT
) -> Iterator[FilledForm]:
    """Yield filled forms of a layout, the same each time.

    Args:
        digits: images (N, 28, 28) and labels (N,) of all ten digits.
        count: of forms.
        layout: a name in `byhand.synthesis.form_layouts.LAYOUTS`.
    """
    for number in range(count):
        rng = np.random.default_rng((SEED, number))
        yield filled_form(layout, KINDS[number % len(KINDS)], digits, rng)


def write_example(
    folder: Path, digits: tuple[Images, Labels], count: int = 30, layout: str = LAYOUT
) -> int:
    """Write a stack of forms to a folder.

    That is blank.png, scans, truth.csv, which has what was written, and known.toml, the
    fields with their names and what is known of them.

    Args:
        folder: where; made as needed.
        digits: images (N, 28, 28) and labels (N,) of all ten digits.
        count: of scans.
        layout: of the form.

    Returns:
        How many scans there are.

    Raises:
        FormError: the files cannot be written.
        DataError: there is no such layout.
    """
    blank = blank_form(layout)
    names = [field.name for field in blank.fields]
    rows = [["file", *names]]
    try:
        _save(folder / "blank.png", Image.fromarray(blank.picture))
        for number, made in enumerate(example_forms(digits, count, layout), 1):
            path = folder / "scans" / f"{number:02}-{made.kind}.jpg"
            _save(path, Image.fromarray(made.picture))
            said = {**made.texts, **{n: str(t).lower() for n, t in made.ticks.items()}}
            rows.append([path.name, *(said[name] for name in names)])
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        with replacing(folder / "truth.csv") as temporary:
            temporary.write_text(text.getvalue(), "utf-8")
        write_form_file(form_of(blank, folder / "blank.png"), folder / "known.toml")
    except OSError as error:
        raise FormError(f"{folder}: cannot be written: {error.strerror}") from error
    return count


def _save(path: Path, image: Image.Image) -> None:
    with replacing(path) as temporary:
        image.save(temporary, quality=88)
