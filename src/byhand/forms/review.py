"""A review sheet: the doubtful fields of a table as pictures, in one HTML file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from itertools import groupby
from pathlib import Path

from byhand.errors import FormError
from byhand.files import replacing
from byhand.forms.pages import FormsReading
from byhand.forms.table import Row, Table
from byhand.words import counted, one_line

SHEET, PICTURES = "review.html", "fields"  # in the folder of a review
TICKS = {"true": "ticked", "false": "not ticked", "": "in doubt"}
POLICY = (
    "default-src 'none'; img-src data:; style-src {style}; script-src {script};"
    " base-uri 'none'; form-action 'none'"
)
HOW = (
    "Type what the field says, then <kbd>Enter</kbd>: it is checked, and the next one"
    " comes. <kbd>Shift</kbd>+<kbd>Enter</kbd> goes back. <em>Save</em> writes what was"
    " checked to corrections.csv; <code>byhand read --apply corrections.csv --out"
    " TABLE</code> writes that into the table."
)
NOTHING = "<p>No field of this table is in doubt.</p>"


@dataclass(frozen=True)
class Doubt:
    """A field that a person is to read.

    Attributes:
        file: the name of its file.
        page: of the file, from 1.
        form: the name of its form.
        field: its name.
        text: what was read.
        confidence: how likely that is right, 0 to 1.
        tick: whether it is a box that may be ticked.
    """

    file: str
    page: int
    form: str
    field: str
    text: str
    confidence: float
    tick: bool

    @property
    def picture(self) -> str:
        """The name of the file of its picture."""
        return picture_name(self.file, self.page, self.field)


def picture_name(file: str, page: int, field: str) -> str:
    """Return the name of a picture: a hash, as names of files may be anything."""
    text = "\0".join((file, str(page), field)).encode(errors="surrogateescape")
    return f"{hashlib.sha256(text).hexdigest()[:24]}.jpg"


def keep_pictures(folder: Path, file: str, reading: FormsReading) -> None:
    """Store the pictures of a file's doubtful fields, until the sheet is written.

    Raises:
        FormError: they cannot be written.
    """
    try:
        for (page, field), picture in reading.crops.items():
            path = folder / PICTURES / picture_name(file, page, field)
            with replacing(path) as temporary:
                temporary.write_bytes(picture)
    except OSError as error:
        raise FormError(f"{folder}: cannot be written: {error.strerror}") from error


def doubts(table: Table, ticks: Iterable[str] = ()) -> list[Doubt]:
    """Return the doubtful fields of a table: form by form and field by field.

    Args:
        table: rows that were read.
        ticks: the names of the fields that are boxes to be ticked.
    """
    boxes = {*ticks}
    found = [
        (place, doubt) for row in table.rows for place, doubt in _of_row(row, boxes)
    ]
    forms = [*dict.fromkeys(row.form for row in table.rows)]
    found.sort(key=lambda item: (forms.index(item[1].form), item[0]))
    return [doubt for _, doubt in found]


def _of_row(row: Row, boxes: set[str]) -> Iterator[tuple[int, Doubt]]:
    """Yield the doubtful fields of a form, each with its place among the fields."""
    for place, (name, cell) in enumerate(row.fields.items()):
        if cell.doubtful:
            said = cell.text, cell.confidence, name in boxes
            yield place, Doubt(row.file, row.page, row.form, name, *said)


def write_sheet(folder: Path, found: Sequence[Doubt]) -> Path:
    """Write the review sheet of some fields, with their pictures inside; its path.

    Raises:
        FormError: it cannot be written.
    """
    path = folder / SHEET
    try:
        text = sheet(found, [_picture(folder, doubt) for doubt in found])
        with replacing(path) as temporary:
            temporary.write_text(text, "utf-8", "surrogateescape", newline="\n")
    except OSError as error:
        raise FormError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def _picture(folder: Path, doubt: Doubt) -> bytes:
    path = folder / PICTURES / doubt.picture
    return path.read_bytes() if path.is_file() else b""


def sheet(found: Sequence[Doubt], pictures: Sequence[bytes]) -> str:
    """Return the page of a review: it loads nothing, and every name in it is escaped.

    Args:
        found: the fields, those of one kind beside each other.
        pictures: a JPEG file of each; b"" where there is none.
    """
    style, script = (_static(name) for name in ("review.css", "review.js"))
    policy = POLICY.format(style=_digest(style), script=_digest(script))
    total = len(found)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Review: {counted(total, "field")}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>Fields to be checked</h1>
<progress value="0" max="{max(total, 1)}" aria-label="Fields checked"></progress>
<span class="count" role="status">0 of {total} checked</span>
<span id="saved" role="status"></span>
<button type="button">Save corrections.csv</button>
</header>
<main>
<p class="how">{HOW}</p>
{"".join(_groups(found, pictures)) or NOTHING}
</main>
<script>{script}</script>
</body>
</html>
"""


def _groups(found: Sequence[Doubt], pictures: Sequence[bytes]) -> Iterator[str]:
    """Yield a section for each field of a form."""
    numbered = enumerate(zip(found, pictures, strict=True))
    for (form, field), some in groupby(
        numbered, key=lambda item: (item[1][0].form, item[1][0].field)
    ):
        items = [_item(number, *pair) for number, pair in some]
        name = f"{_shown(field)} <span>{_shown(form)}, {len(items)} to check</span>"
        yield f"<section><h2>{name}</h2>\n<ol>\n{''.join(items)}</ol></section>\n"


def _item(number: int, doubt: Doubt, picture: bytes) -> str:
    """Return a field: its picture, what was read, and where to write what it says."""
    data = base64.b64encode(picture).decode()
    image = (
        f'<img alt="the field as it was scanned" src="data:image/jpeg;base64,{data}">'
        if picture
        else '<span class="missing">no picture</span>'
    )
    page = f", page {doubt.page}" if doubt.page > 1 else ""
    read = TICKS.get(doubt.text, doubt.text) if doubt.tick else doubt.text
    said = f"read as <b>{_shown(read) or 'empty'}</b>, {100 * doubt.confidence:.0f} %"
    about = f"{_shown(doubt.field)} of {_shown(doubt.file)}{page}"
    return f"""<li>{image}
<div class="answer">
<label for="a{number}">{about}</label>
{_answer(number, doubt)}
<p class="said" id="s{number}">{said} sure</p>
</div></li>
"""


def _answer(number: int, doubt: Doubt) -> str:
    """Return the element in which a person writes, or chooses, what a field says."""
    where = {
        "id": f"a{number}",
        "aria-describedby": f"s{number}",
        "data-file": doubt.file,
        "data-page": str(doubt.page),
        "data-field": doubt.field,
    }
    names = " ".join(f'{name}="{_value(text)}"' for name, text in where.items())
    if not doubt.tick:
        options = 'autocomplete="off" spellcheck="false"'
        return f'<input {names} value="{_value(doubt.text)}" {options}>'
    choices = "".join(
        f'<option value="{value}"{" selected" * (value == doubt.text)}>{text}</option>'
        for value, text in TICKS.items()
    )
    return f"<select {names}>{choices}</select>"


def _value(text: str) -> str:
    """Return a text as the value of an attribute, line ends included."""
    return escape(text).replace("\r", "&#13;")


def _shown(text: str) -> str:
    return escape(one_line(text))


def _static(name: str) -> str:
    return (resources.files("byhand.forms") / "static" / name).read_text("utf-8")


def _digest(text: str) -> str:
    """Return the source expression that allows an inline element of this text."""
    value = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{value}'"
