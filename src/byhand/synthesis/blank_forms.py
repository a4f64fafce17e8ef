"""Blank forms, crisply drawn: boxes, combs, writing lines and frames to be filled in.

Lengths are in pixels of the form. Letters: H, W height and width of the form.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from byhand.errors import DataError
from byhand.ink.segmentation import LINE, PRINT
from byhand.synthesis import forms
from byhand.synthesis.drawing import blank, lay
from byhand.synthesis.fonts import Face
from byhand.synthesis.form_layouts import LAYOUTS, TICK, Layout, Place
from byhand.synthesis.forms import Row, Stroke
from byhand.synthesis.page import Canvas, Colour
from byhand.synthesis.words import printed
from byhand.types import Array, Box, Grey

SIZE = 1754, 1240  # H, W: A4 at 150 dots an inch
LEFT, RIGHT, TOP = 130, 1110, 330  # where the fields are
GROUP = 16  # pixels between the cells of day, month and year
LABEL, TITLE, SMALL = 13.0, 30.0, 10.0  # heights of capital letters
NO_CHANCE = 0  # seed of a generator that plain print does not use


@dataclass(frozen=True)
class PrintedField:
    """A place of a form for digits or for a tick.

    Attributes:
        name: which field it is, the same on no other of the form.
        label: what is printed beside it.
        kind: "digits" or "tick".
        groups: its cells; a single one where the digits follow freely.
        pattern: of the text: 9 is a digit, 9{3,5} are three to five, other signs are
            themselves.
        checksum: "luhn", or "" if there is none.
        date: whether the digits are day, month and year.
        required: whether it is always filled in.
    """

    name: str
    label: str
    kind: str
    groups: tuple[Row, ...]
    pattern: str = ""
    checksum: str = ""
    date: bool = False
    required: bool = False

    @property
    def box(self) -> Box:
        """Where its text goes."""
        first, last = self.groups[0], self.groups[-1]
        edges = first.x, first.y, last.right, first.bottom
        return Box.of_edges(*map(round, edges))

    @property
    def celled(self) -> bool:
        """Whether each digit has a cell."""
        return self.kind == "digits" and max(row.count for row in self.groups) > 1


@dataclass(frozen=True, eq=False)
class BlankForm:
    """A form with nothing on it.

    Attributes:
        name: of the layout.
        fields: in reading order.
        lines: (H, W) uint8, coverage of the printed lines.
        letters: (H, W) uint8, coverage of the print.
        colour: of the lines, as `Canvas.lay` takes it.
    """

    name: str
    fields: tuple[PrintedField, ...]
    lines: Grey
    letters: Grey
    colour: Colour

    def print_on(self, canvas: Canvas) -> None:
        """Print the form on a sheet of its size."""
        canvas.lay(self.lines, 0, 0, self.colour, LINE)
        canvas.lay(self.letters, 0, 0, (0.9, 0.9, 0.9), PRINT)

    @property
    def picture(self) -> Array:
        """The form (H, W, 3) on white paper, as a file of a print shop has it."""
        canvas = Canvas(np.full((*SIZE, 3), 255, np.uint8))
        self.print_on(canvas)
        return canvas.reflectance


@functools.cache
def blank_form(name: str) -> BlankForm:
    """Return the blank form of a layout, the same each time.

    Raises:
        DataError: there is no such layout.
    """
    if name not in LAYOUTS:
        raise DataError(
            f"blank_form: expected a layout, got {name!r}; try {', '.join(LAYOUTS)}"
        )
    layout = LAYOUTS[name]
    lines, letters = blank(*SIZE), blank(*SIZE)
    fields = []
    for number, row in enumerate(layout.rows):
        for place in row:
            field = _placed(place, layout, TOP + number * layout.pitch)
            _draw(lines, letters, field, layout)
            fields.append(field)
    _furnish(lines, letters, name, layout)
    return BlankForm(name, tuple(fields), lines, letters, layout.colour)


def _placed(place: Place, layout: Layout, y: float) -> PrintedField:
    """Return a field whose cells have their places."""
    cell, high = layout.cell
    name, label = place.name, place.label
    if not place.pattern:
        box = Row(place.x, y + (high - TICK) / 2, TICK, TICK, 1)
        return PrintedField(name, label, "tick", (box,))
    groups, x = list[Row](), place.x
    for count in place.cells:
        row = Row(x, y, cell or count, high, count if cell else 1)
        groups.append(row)
        x = row.right + GROUP
    rules = place.pattern, place.checksum, place.date, place.required
    return PrintedField(name, label, "digits", tuple(groups), *rules)


def _draw(lines: Grey, letters: Grey, field: PrintedField, layout: Layout) -> None:
    """Draw the cells of a field and its label."""
    how, box = Stroke(layout.width), field.box
    make = forms.FIELDS["boxes" if field.kind == "tick" else layout.lines]
    for row in field.groups:
        forms.draw(lines, make(row), how)
    text = _text(field.label, LABEL, layout.face)
    high, wide = text.shape
    if field.kind == "tick":
        before = not layout.above and box.x > LEFT + 400
        x = box.x - wide - 14 if before else box.right + 14
        lay(letters, text, box.y + (box.height - high) / 2, x)
    elif layout.above:
        lay(letters, text, box.y - high - 8, box.x)
    else:
        x = LEFT if box.x < LEFT + 400 else box.x - wide - 14
        lay(letters, text, box.bottom - high - 8, x)


def _furnish(lines: Grey, letters: Grey, name: str, layout: Layout) -> None:
    """Print what a form has besides its fields: a title, rules, a foot, a number."""
    height = SIZE[0]
    lay(letters, _text(layout.title, TITLE, layout.face), 110, LEFT)
    about = "Please use a pen with dark ink. Write one digit in each space."
    lay(letters, _text(about, SMALL, Face()), 185, LEFT)
    rules = [(LEFT, 225, RIGHT, 225), (LEFT, height - 190, RIGHT, height - 190)]
    forms.draw(lines, np.array(rules, float), Stroke(2 * layout.width))
    number = [*LAYOUTS].index(name) + 21
    foot = _text(f"Form {number}-B   06/2026", SMALL, Face())
    lay(letters, foot, height - 170, LEFT)
    lay(letters, _text("page 1 of 1", SMALL, Face()), height - 170, RIGHT - 90)


def _text(text: str, height: float, face: Face) -> Grey:
    return printed(text, height, np.random.default_rng(NO_CHANCE), face)
