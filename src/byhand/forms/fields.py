"""The fields of a form, and the file that people write them in: fields.toml."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from byhand.constraints import (
    FLAG,
    TEXT,
    Choice,
    Constraint,
    Integer,
    Optional,
    Rule,
    check_settings,
)
from byhand.errors import FormError, RecipeError
from byhand.files import replacing
from byhand.toml_file import read_toml
from byhand.types import Box
from byhand.words import meant, shortened

DIGITS, TICK = "digits", "tick"
FIELD = "field"  # the key of the file's list of fields
KEYS = ("name", "blank", "size", FIELD)
FOUR, TWO = 4, 2  # numbers of a box and of a size
HEADING = """The fields of a form, for: byhand read scans --form FILE.toml
A box is [x, y, width, height] in pixels of the blank form; size is its [width, height].
A field needs a name and a box. kind = "tick" is one that is ticked or not. What is
known of a text helps to read it: length (how many digits), pattern ("99/99/9999", 9 a
digit), whitelist (digits that can occur), checksum ("luhn" and others).
"""


@dataclass(frozen=True)
class BoxConstraint:
    """Four integers: a place of 0 or more, a size of 1 or more."""

    def __str__(self) -> str:
        return "four integers x, y, width, height, none negative, no size 0"

    def allows(self, value: Any) -> bool:
        """Return whether the value is such a box."""
        right = isinstance(value, tuple) and len(value) == FOUR
        return right and _integers(value) and min(value) >= 0 and min(value[2:]) >= 1


CONSTRAINTS: dict[str, Constraint] = {
    "name": TEXT,
    "box": BoxConstraint(),
    "kind": Choice(DIGITS, TICK),
    "pattern": Optional(TEXT),
    "length": Optional(Integer(1)),
    "whitelist": Optional(TEXT),
    "checksum": Optional(TEXT),
    "required": FLAG,
}
KNOWN_OF_TEXT = ("pattern", "length", "whitelist", "checksum")
RULES = (
    Rule(("name",), "a name that is not empty", lambda f: bool(f.name.strip())),
    Rule(
        ("kind", *KNOWN_OF_TEXT),
        "nothing of a text for a tick",
        lambda f: f.kind != TICK or not any(getattr(f, n) for n in KNOWN_OF_TEXT),
    ),
)


@dataclass(frozen=True)
class Field:
    """A place on a form where something is written.

    Attributes:
        name: the heading of its column.
        box: where it is, in pixels of the blank form.
        kind: "digits" or "tick".
        pattern: of its text, as "99/99/9999"; None if it has none.
        length: how many digits it has; None if that is not known.
        whitelist: the digits that can occur; None for all.
        checksum: the name of the checksum that its digits satisfy; None for none.
        required: whether it is doubtful where it is empty.

    Raises:
        FormError: a value that it cannot have.
    """

    name: str
    box: Box
    kind: str = DIGITS
    pattern: str | None = None
    length: int | None = None
    whitelist: str | None = None
    checksum: str | None = None
    required: bool = False

    def __post_init__(self) -> None:
        """Refuse a value that it cannot have."""
        try:
            where = f"field {shortened(str(self.name), 40)}"
            check_settings(where, self, CONSTRAINTS, RULES)
        except RecipeError as error:
            raise FormError(str(error)) from error


@dataclass(frozen=True)
class Form:
    """A kind of form.

    Attributes:
        name: of the form, by which results name it.
        fields: in the order of the table's columns.
        size: width and height of the blank form in pixels, in which boxes are.
        blank: the picture of the blank form, or of a scan that takes its place; None
            where there is none.

    Raises:
        FormError: two fields of one name, or a field that is not on the form.
    """

    name: str
    fields: tuple[Field, ...]
    size: tuple[int, int]
    blank: Path | None = None

    def __post_init__(self) -> None:
        """Refuse fields of one name, and those that are not on the form."""
        counts = Counter(field.name for field in self.fields)
        twice = [name for name, count in counts.items() if count > 1]
        if twice:
            raise FormError(
                f"form {self.name}: expected each field's name once, got {twice[0]!r}"
                f" {counts[twice[0]]} times; rename one"
            )
        width, height = self.size
        for field in self.fields:
            if field.box.right > width or field.box.bottom > height:
                raise FormError(
                    f"form {self.name}, field {field.name}: expected a box on the form"
                    f" of {width} × {height} pixels, got {list(field.box)}"
                )


def read_form_file(path: str | Path) -> Form:
    """Return the form in a file fields.toml.

        name = "order"            # without it, the name of the file
        blank = "blank.png"       # beside this file; may be left out
        size = [1654, 2339]

        [[field]]
        name = "date"
        box = [310, 422, 380, 58]
        pattern = "99/99/9999"

    Raises:
        FormError: the file cannot be read or is no TOML; or a key does not exist, is
            missing or has a value that it cannot have: file, field, what was expected.
    """
    path = Path(path)
    advice = f"; byhand read --make-fields blank.png --out {path.name} makes one"
    found = read_toml(path, "a form's file", advice, FormError)
    _check_keys(f"{path}", "a form", found, KEYS)
    try:
        size = _size(found.get("size"))
        name = _text("name", found.get("name", path.stem))
        blank = _text("blank", found["blank"]) if "blank" in found else None
        return Form(
            name,
            _fields(found.get(FIELD)),
            size,
            path.parent / blank if blank else None,
        )
    except FormError as error:
        raise FormError(f"{path}: {error}") from error


def _check_keys(
    where: str, what: str, found: dict[str, Any], known: tuple[str, ...]
) -> None:
    for key in found.keys() - {*known}:
        raise FormError(
            f"{where}: expected a key of {what}, got {shortened(key, 40)!r};"
            f" {meant(key, known)}"
        )


def _integers(value: Any) -> bool:
    return all(type(number) is int for number in value)


def _size(value: Any) -> tuple[int, int]:
    """Return the size of the blank form that a file gives."""
    right = isinstance(value, list) and len(value) == TWO and _integers(value)
    if not right or min(value) < 1:
        raise FormError(f"size: expected [width, height] in pixels, got {value!r:.60}")
    return value[0], value[1]


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise FormError(f"{key}: expected a text, got {value!r:.60}")
    return value


def _fields(tables: Any) -> tuple[Field, ...]:
    """Return the fields of a file, each from its table [[field]]."""
    right = isinstance(tables, list) and all(isinstance(t, dict) for t in tables)
    if not right or not tables:
        raise FormError(
            f"{FIELD}: expected a table [[{FIELD}]] for each field, got {tables!r:.60}"
        )
    return tuple(_field(number, table) for number, table in enumerate(tables, 1))


def _field(number: int, table: dict[str, Any]) -> Field:
    """Return a field from its table, the number-th of the file."""
    names = tuple(field.name for field in fields(Field))
    where = f"field {table.get('name', number)}"
    _check_keys(where, "a field", table, names)
    for name in ("name", "box"):
        if name not in table:
            raise FormError(f"{where}: expected {name}, found none; give it")
    box = table["box"]
    if isinstance(box, list) and len(box) == FOUR:
        table["box"] = Box(*box)
    return Field(**table)


def form_toml(form: Form, folder: Path) -> str:
    """Return a form as TOML; `read_form_file` reads the same form from it.

    Args:
        form: the form.
        folder: of the file, from which the path of the blank form is written.
    """
    import tomlkit

    document = tomlkit.document()
    for line in HEADING.splitlines():
        document.add(tomlkit.comment(line))
    document.add("name", form.name)
    if form.blank is not None:
        document.add("blank", _from(folder, form.blank))
    document.add("size", list(form.size))
    tables = tomlkit.aot()
    for field in form.fields:
        table = tomlkit.table()
        for place in fields(Field):
            value = getattr(field, place.name)
            if place.name in ("name", "box") or value != place.default:
                table.add(place.name, list(value) if place.name == "box" else value)
        tables.append(table)
    document.add(FIELD, tables)
    return tomlkit.dumps(document)


def _from(folder: Path, path: Path) -> str:
    """Return a path as seen from a folder, where it lies below it."""
    path, folder = path.absolute(), folder.absolute()
    inside = path.is_relative_to(folder)
    return (path.relative_to(folder) if inside else path).as_posix()


def write_form_file(form: Form, path: str | Path) -> None:
    """Write a form to a file fields.toml, which people can edit.

    Raises:
        FormError: it cannot be written.
    """
    path = Path(path)
    try:
        with replacing(path) as temporary:
            temporary.write_text(form_toml(form, path.parent), "utf-8")
    except OSError as error:
        raise FormError(f"{path}: {error.strerror or error}") from error
