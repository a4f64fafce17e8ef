"""Forms filled in by hand, then scanned, photographed or faxed; with what was written.

Letters: H, W height and width of the picture in pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from PIL import Image

from byhand.errors import DataError
from byhand.ink.segmentation import HANDWRITING
from byhand.synthesis import camera, photo
from byhand.synthesis.blank_forms import SIZE, BlankForm, PrintedField, blank_form
from byhand.synthesis.digits import Hand, hand, written
from byhand.synthesis.drawing import blank, chosen
from byhand.synthesis.form_texts import text_of
from byhand.synthesis.geometry import CORNERS, View
from byhand.synthesis.handwriting import sign
from byhand.synthesis.kind import INKS, Kind
from byhand.synthesis.kinds import MOST_HIDDEN
from byhand.synthesis.page import HALF, Canvas
from byhand.synthesis.papers import PAPERS
from byhand.synthesis.pens import PENS, Pen, visible
from byhand.synthesis.rows import Block, Spacing, Symbol, Word, WrittenLine, write_word
from byhand.synthesis.sheet import lay_writing
from byhand.synthesis.ticks import lay_tick
from byhand.types import Array, Floats, Grey, Images, Labels

Rng = np.random.Generator
EMPTY, TICKED = 0.1, 0.5  # shares of the fields that may be empty; of the boxes
TURN, SCALE, SHIFT = 4.0, 0.05, 0.02  # degrees; of 1; of a side
FARTHEST, LEAN = 0.75, 0.025  # a photograph: least scale; perspective, of a side
PHOTO = Kind(cameras=("photo",), light=0.8, shadow=0.35, glare=0.05)
TRIES = 30  # at writing that can be seen in the picture
CLEAR = 12  # pixels between a field and the edge of the picture
BROKEN = 0.15  # share of the ink that a fax may lose, in strokes with gaps
SPECKS = 0.0008  # share of a fax's pixels that are wrong, at most
BROADEST = 0.5  # width of a pen: with broader ones digits of this size are blots
SLANT = 0.35  # columns to a side for each row: who fills in a form slants no more
BOXES = 50  # cells that are higher are written in the middle of
SQUEEZE = 0.88  # of the height, where a text is too long for its field


@dataclass(frozen=True, eq=False)
class FilledForm:
    """A form as it comes back, and the truth.

    Attributes:
        picture: (H, W, 3) uint8.
        blank: the form that was filled in.
        texts: what was written in each field of digits, by its name; "" for nothing.
        ticks: whether each box is ticked, by its name.
        matrix: (3, 3), from pixels of the blank form to pixels of the picture.
        kind: "scan", "photo" or "fax".
    """

    picture: Array
    blank: BlankForm
    texts: dict[str, str]
    ticks: dict[str, bool]
    matrix: Floats
    kind: str


@dataclass(frozen=True)
class _Writer:
    """Who fills in a form, and with what."""

    hand: Hand
    pen: Pen
    high: float  # of a digit, as a share of its cell
    spaced: Spacing


def filled_form(
    layout: str, kind: str, digits: tuple[Images, Labels], rng: Rng
) -> FilledForm:
    """Return a form of a layout, filled in by one hand with one pen.

    Args:
        layout: a name in `blank_forms.LAYOUTS`.
        kind: "scan", "photo" or "fax".
        digits: images (N, 28, 28) of all ten digits, ink bright on 0; labels (N,).
        rng: draws everything that differs between two forms of a layout.

    Raises:
        DataError: there is no such layout or kind.
    """
    if kind not in TAKEN:
        raise DataError(
            f"filled_form: expected one of {', '.join(TAKEN)}, got {kind!r}"
        )
    form = blank_form(layout)
    texts = {f.name: _said(f, rng) for f in form.fields if f.kind == "digits"}
    boxes = [field.name for field in form.fields if field.kind == "tick"]
    ticks = {name: bool(rng.random() < TICKED) for name in boxes}
    for _ in range(TRIES):
        canvas = _written(form, texts, ticks, digits, rng)
        seen = _view(form, kind, rng)
        picture = TAKEN[kind](canvas, seen, rng)
        if _lost(picture, canvas, seen, kind) <= MOST_HIDDEN:
            break
    return FilledForm(picture, form, texts, ticks, seen.inverse, kind)


def _lost(picture: Array, canvas: Canvas, seen: View, kind: str) -> float:
    """Return the share of the digits' ink that cannot be seen."""
    ink, classes = seen.image(canvas.ink), seen.image(canvas.classes, smooth=False)
    lost = photo.hidden(picture, ink, classes)
    if kind == "fax":  # of one bit: what is white is lost
        return max(lost, float((picture[ink > HALF] > HALF).mean()) - BROKEN)
    return lost


def _said(field: PrintedField, rng: Rng) -> str:
    """Return the text of a field, "" for an empty one."""
    text = text_of(field, rng)
    return text if field.required or rng.random() >= EMPTY else ""


def _written(
    form: BlankForm,
    texts: dict[str, str],
    ticks: dict[str, bool],
    digits: tuple[Images, Labels],
    rng: Rng,
) -> Canvas:
    """Return the sheet, printed and filled in."""
    canvas = Canvas(PAPERS["white"](SIZE, rng))
    form.print_on(canvas)
    by = _writer(canvas, rng)
    ink, strokes = blank(*SIZE), blank(*SIZE)
    for field in form.fields:
        if text := texts.get(field.name):
            _write(ink, field, text, digits, by, rng)
        if ticks.get(field.name):
            lay_tick(strokes, field.box, by.pen.width, rng)
    lay_writing(canvas, ink, by.pen, 30.0, rng)
    lay_writing(canvas, strokes, by.pen, 30.0, rng, HANDWRITING)
    return canvas


def _writer(canvas: Canvas, rng: Rng) -> _Writer:
    """Return someone with a pen that can be seen on the sheet."""
    pen = visible(PENS[chosen(rng, INKS)](rng), canvas.reflectance, rng)
    spaced = Spacing(
        gap=float(rng.uniform(0.04, 0.3)),
        uneven=float(rng.uniform(0.02, 0.12)),
        space=1.0,
        slope=0.0,
        drift=float(rng.uniform(0, 0.05)),
    )
    writer = hand(rng, *2 * (min(pen.width, BROADEST),))
    writer = replace(writer, slant=float(np.clip(writer.slant, -SLANT, SLANT)))
    return _Writer(writer, pen, float(rng.uniform(0.55, 0.72)), spaced)


def _write(
    ink: Grey,
    field: PrintedField,
    text: str,
    digits: tuple[Images, Labels],
    by: _Writer,
    rng: Rng,
) -> None:
    """Write a text into a field, group by group; small where it is long."""
    left = iter(text)
    for row in field.groups:
        part = list(islice(left, row.count if field.celled else None))
        height = by.high * row.height
        x = row.x if field.celled else row.x + height * rng.uniform(0.1, 0.4)
        room = math.inf if field.celled else row.right - x
        symbols, height = _fitting(part, digits, height, room, by, rng)
        foot = row.bottom - 0.12 * height + rng.normal(0, 0.05) * height
        if field.celled and row.height > BOXES:
            foot -= (row.height - height) / 2 - 0.12 * height
        block = Block((), 0.0, 0.0, height, row.right + height)
        word = Word(x, foot, len(part), row.cell + row.gap if field.celled else 0.0)
        line = WrittenLine()
        write_word(ink, block, word, x, symbols, (by.spaced, 0.0), line, rng)
        assert "".join(line.words) == "".join(part), (field.name, text)


def _fitting(
    part: list[str],
    digits: tuple[Images, Labels],
    height: float,
    room: float,
    by: _Writer,
    rng: Rng,
) -> tuple[list[Symbol], float]:
    """Return the characters of a text as they fit into a room, and their height."""
    while True:
        symbols = _symbols(part, digits, height, by.hand, rng)
        wide = 1.1 * sum(shape.shape[1] for shape, _ in symbols)
        if wide + len(part) * by.spaced.gap * height < room:
            return symbols, height
        height *= SQUEEZE


def _symbols(
    text: list[str],
    digits: tuple[Images, Labels],
    height: float,
    writer: Hand,
    rng: Rng,
) -> list[Symbol]:
    """Return each character of a text as it is written this time."""
    images, labels = digits
    wanted = [int(c) for c in text if c.isdigit()]
    which = [int(rng.choice(np.flatnonzero(labels == digit))) for digit in wanted]
    shapes = iter(written(images[which], labels[which], height, writer, rng))
    return [(next(shapes) if c.isdigit() else sign(height, rng, c), c) for c in text]


def _view(form: BlankForm, kind: str, rng: Rng) -> View:
    """Return how the sheet lies in the picture, with all its fields inside."""
    while True:
        seen = View(SIZE, _corners(kind, rng))
        height, width = SIZE
        boxes = [field.box for field in form.fields]
        edges = [(x, y) for b in boxes for x in (b.x, b.right) for y in (b.y, b.bottom)]
        there = seen.points(np.array(edges, float))
        if (there > CLEAR).all() and (there < (width - CLEAR, height - CLEAR)).all():
            return seen


def _corners(kind: str, rng: Rng) -> Floats:
    """Return the corners of the picture on the sheet (4, 2): turned, scaled, moved."""
    size = np.array(SIZE[::-1], float)
    turn = math.radians(rng.uniform(-TURN, TURN))
    scale = rng.uniform(1 - SCALE, 1 + SCALE)
    away = (CORNERS - 0.5) * size
    if kind == "photo":
        scale = rng.uniform(FARTHEST, 1)
        away += rng.normal(0, 1, (4, 2)).clip(-1.5, 1.5) * LEAN * size
    cos, sin = math.cos(turn), math.sin(turn)
    away = away @ np.array([[cos, -sin], [sin, cos]]) / scale
    return np.asarray(away + size * (0.5 + rng.uniform(-SHIFT, SHIFT, 2)))


def _on_lid(canvas: Canvas, seen: View, rng: Rng, dark: float = 0.3) -> Array:
    """Return the sheet on the lid of a scanner, which is white, or dark in a share."""
    lid = rng.uniform(10, 60) if rng.random() < dark else rng.uniform(235, 255)
    mask = Image.fromarray(seen.image(np.full(SIZE, 255, np.uint8)))
    around = Image.new("RGB", SIZE[::-1], (round(lid),) * 3)
    sheet = Image.fromarray(seen.image(canvas.reflectance))
    return np.asarray(Image.composite(sheet, around, mask))


def _scanned(canvas: Canvas, seen: View, rng: Rng) -> Array:
    return camera.scanned(_on_lid(canvas, seen, rng), rng)


def _photographed(canvas: Canvas, seen: View, rng: Rng) -> Array:
    return photo.photographed(canvas, PHOTO, seen, rng)


def _faxed(canvas: Canvas, seen: View, rng: Rng) -> Array:
    """Return the sheet in one bit, as a fax machine sends it, with wrong pixels."""
    picture = camera.blurred(camera.grey(_on_lid(canvas, seen, rng, 0.0)), 0.6)
    picture = camera.noisy(picture, rng.uniform(2, 12), 0, rng)
    picture = np.array(camera.one_bit(picture, rng))
    wrong = rng.random(SIZE) < rng.uniform(0, SPECKS)
    picture[wrong] = 255 - picture[wrong]
    return picture


TAKEN: dict[str, Callable[[Canvas, View, Rng], Array]] = {
    "scan": _scanned,
    "photo": _photographed,
    "fax": _faxed,
}
