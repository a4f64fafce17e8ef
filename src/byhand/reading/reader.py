"""Reading a picture: page by page, row by row."""

from __future__ import annotations

from dataclasses import replace

from byhand.errors import ReadError
from byhand.ink.pyramid import PYRAMID
from byhand.model import Model, load
from byhand.pictures.convert import Picture
from byhand.pictures.sheets import open_sheets
from byhand.reading.constraint import Constraint
from byhand.reading.lattice_reader import LatticeReader
from byhand.reading.page_reader import read_page
from byhand.reading.result import Line, Reading
from byhand.reading.symbols import DIGITS
from byhand.words import counted


def read(
    picture: Picture,
    *,
    model: Model | None = None,
    lines: int | None = None,
    digits: int | tuple[int, int] | None = None,
    pattern: str | None = None,
    whitelist: str | None = None,
    checksum: str | None = None,
    min_confidence: float = 0.0,
) -> Reading:
    """Read the digits in a picture of handwriting.

    What is known of the lines is used in the search: the answer is the best text that
    fits, its confidence is among the texts that fit, and `Line.fitted` says which share
    of the probability fitted.

    Args:
        picture: a path, a Pillow image, or an array, as `byhand.prepare` takes; of a
            file with several pages (TIFF, and PDF with the extra `pdf`), all are read.
        model: who recognises single digits; the one in the package unless given.
        lines: how many rows of digits there are on a page, if that is known.
        digits: how many each line has, from 1 to 64; or the least and the most.
        pattern: what each line is, such as 99/99/9999: 9 is any digit, other signs
            stand for themselves, 9{3,5} is three to five digits, | parts alternatives.
        whitelist: the digits that can occur; all unless given.
        checksum: of each line's check digits: luhn, ean, mod11, mod97, iban-de, ….
        min_confidence: lines less likely to be right are left out, with a warning.

    Raises:
        PictureError: the picture cannot be opened, or is none.
        ReadError: invalid options, or a model of other classes.
        ModelError: the model's reading weights do not fit.
    """
    _check(lines, min_confidence)
    constraint = Constraint.of(digits, pattern, whitelist, checksum)
    reader = reader_for(model or load())
    sheets = open_sheets(picture, PYRAMID.longest)
    found: list[Line] = []
    warnings: list[str] = []
    for number, sheet in enumerate(sheets, start=1):
        result = read_page(sheet, reader, lines, constraint)
        where = f"page {number}: " if len(sheets) > 1 else ""
        warnings += [where + warning for warning in result.warnings]
        found += [replace(line, page=number) for line in result.lines]
    return _confident(
        Reading(tuple(found), tuple(warnings), len(sheets), picture), min_confidence
    )


def _confident(reading: Reading, least: float) -> Reading:
    """Return the reading without the lines that have less confidence."""
    kept = tuple(line for line in reading.lines if line.confidence >= least)
    if len(kept) == len(reading.lines):
        return reading
    lines = counted(len(reading.lines) - len(kept), "line")
    warning = f"{lines} left out: less sure than {least:g}"
    return replace(reading, lines=kept, warnings=(*reading.warnings, warning))


def reader_for(model: Model) -> LatticeReader:
    """Return the reader of rows that goes with a model.

    Raises:
        ReadError: the model is not of the ten digits.
        ModelError: its reading weights do not fit.
    """
    if model.class_names != tuple(DIGITS):
        raise ReadError("read: expected a model of the ten digits, got another")
    return LatticeReader(model)


def _check(lines: int | None, min_confidence: float) -> None:
    """Refuse invalid options."""
    if lines is not None and lines < 1:
        raise ReadError(f"lines: expected 1 or more, got {lines}")
    if not 0 <= min_confidence <= 1:
        raise ReadError(f"min_confidence: expected 0 to 1, got {min_confidence}")
