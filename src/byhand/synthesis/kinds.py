"""Kinds of synthetic pages, each a distribution, and a page drawn from one.

Letters: N digits of 28 × 28 pixels; H, W height and width of the picture in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from byhand.errors import DataError
from byhand.synthesis import camera, light, papers
from byhand.synthesis.designs import (
    Design,
    Layer,
    Maker,
    dotted,
    empty,
    isometric,
    prose,
    ruled,
    security,
    squared,
)
from byhand.synthesis.digits import Hand, hand
from byhand.synthesis.extras import handwritten, placed, printed
from byhand.synthesis.form_designs import (
    cheque,
    cut_field,
    fields,
    labelled,
    table,
)
from byhand.synthesis.geometry import View, view
from byhand.synthesis.layouts import Area
from byhand.synthesis.page import (
    DIGIT,
    HALF,
    HANDWRITING,
    LINE,
    NONE,
    PRINT,
    Canvas,
    SyntheticLine,
    SyntheticPage,
)
from byhand.synthesis.pens import PENS, Pen, print_pen, textured, visible
from byhand.synthesis.rows import WrittenLine, spacing, write_block
from byhand.types import Array, Grey, Images, Labels

Rng = np.random.Generator
INKS = ("ballpoint", "ballpoint", "fountain", "felt", "pencil")
DESIGNS: dict[str, Maker] = {
    "free": empty(),
    "columns": empty(("columns",)),
    "two blocks": empty(("two blocks",)),
    "few": empty(("few",)),
    "ruled": ruled,
    "squared": squared,
    "dotted": dotted,
    "isometric": isometric,
    "security": security,
    "prose": prose,
    "fields": fields,
    "labelled": labelled,
    "table": table,
    "cheque": cheque,
    "cut field": cut_field,
}
FORMS = ("fields", "labelled", "table", "cheque")


@dataclass(frozen=True)
class Kind:
    """A distribution of pages: of each tuple of names one is drawn.

    Attributes:
        papers: in `papers.PAPERS`.
        pens: in `pens.PENS`.
        designs: in DESIGNS.
        cameras: in `camera.CAMERAS`.
        digits: whether there are any.
        print: mean number of printed things beside them.
        letters: mean number of other handwritten things.
        light: strength of what is uneven in the light, at most.
        shadow: share of the pages with a shadow.
        glare: share with a reflection.
        table: share where the table around the sheet is seen.
        turn: deviation of the sheet's angle, in degrees.
        long: shortest and longest of the picture's longer sides, in pixels.
        flat: smallest and largest ratio of height to width.
        height: smallest and largest height of a digit, as a share of the longer side.
    """

    papers: tuple[str, ...] = ("white",)
    pens: tuple[str, ...] = INKS
    designs: tuple[str, ...] = ("free",)
    cameras: tuple[str, ...] = ("photo", "photo", "photo", "scan")
    digits: bool = True
    print: float = 0.3
    letters: float = 0.5
    light: float = 0.8
    shadow: float = 0.12
    glare: float = 0.05
    table: float = 0.08
    turn: float = 2.0
    long: tuple[int, int] = (500, 1400)
    flat: tuple[float, float] = (0.6, 1.35)
    height: tuple[float, float] = (0.018, 0.1)


_SCAN = Kind(pens=("ballpoint", "fountain", "scanned"), cameras=("scan",), light=0.1,
             shadow=0.0, glare=0.0, turn=0.7)  # fmt: skip
_SHEETS = ("white", "white", "white", "grey", "coloured", "even")
_PHOTO = Kind(_SHEETS, cameras=("photo",))
_BOARD = Kind(("green board",), ("chalk",), ("free", "free", "squared", "table"),
              height=(0.04, 0.25))  # fmt: skip
KINDS: dict[str, Kind] = {
    "white paper": Kind(),
    "grey paper": Kind(("grey",), ("ballpoint", "ballpoint", "felt"), light=1.6),
    "coloured paper": Kind(("coloured",)),
    "ruled": Kind(_SHEETS, designs=("ruled",)),
    "squared": Kind(_SHEETS, designs=("squared",)),
    "dotted": Kind(_SHEETS, designs=("dotted",)),
    "isometric": Kind(_SHEETS, designs=("isometric",)),
    "security": Kind(_SHEETS, designs=("security",)),
    "kraft": Kind(("kraft",), ("felt", "ballpoint", "white", "crayon")),
    "green board": _BOARD,
    "black board": replace(_BOARD, papers=("black board", "dark"),
                           pens=("chalk", "white")),
    "whiteboard": Kind(("whiteboard",), ("felt", "felt", "faint"), glare=0.4),
    "sticky note": Kind(("sticky",), ("felt", "ballpoint"), table=0.5,
                        height=(0.06, 0.25), shadow=0.3),
    "pencil": Kind(_SHEETS, ("pencil", "faint"), ("free", "ruled", "squared")),
    "crayon": Kind(_SHEETS, ("crayon",)),
    "webcam": Kind(("white", "grey"), ("felt",), light=2.0, long=(320, 700),
                   height=(0.05, 0.25), cameras=("photo",)),
    "shadow": replace(_PHOTO, shadow=1.0),
    "glare": replace(_PHOTO, glare=1.0),
    "on a table": replace(_PHOTO, table=1.0, turn=5.0,
                          designs=("free", "free", "ruled", "squared")),
    "askew": replace(_PHOTO, turn=8.0, designs=("free", "ruled", "fields", "table")),
    "columns": Kind(_SHEETS, designs=("columns",)),
    "two blocks": Kind(_SHEETS, designs=("two blocks",), height=(0.018, 0.06)),
    "form": Kind(_SHEETS, designs=("fields",)),
    "labelled form": Kind(_SHEETS, designs=("labelled",)),
    "table": Kind(_SHEETS, designs=("table",)),
    "cheque": Kind(("coloured", "white"), designs=("cheque",)),
    "prose": Kind(_SHEETS, designs=("prose",), print=1.0),
    "letters": Kind(_SHEETS, letters=6.0, print=0.0, designs=("free", "ruled", "few")),
    "scan": replace(_SCAN, long=(1000, 2400), height=(0.008, 0.03),
                    designs=("free", "ruled", "fields", "labelled", "table", "prose")),
    "scanned field": replace(_SCAN, designs=("cut field",), cameras=("scan", "one bit"),
                             long=(200, 520), flat=(0.1, 0.25), height=(0.07, 0.16)),
    "one bit": replace(_SCAN, papers=("white", "even"), cameras=("one bit",),
                       pens=("scanned", "ballpoint", "felt"),
                       designs=("free", "fields", "labelled", "table", "cut field")),
    "screen": Kind(("even", "even", "dark"), ("drawn",), cameras=("screen",), light=0.0,
                   shadow=0.0, glare=0.0, turn=0.0, height=(0.05, 0.4)),
    "blank": Kind(tuple(papers.PAPERS), digits=False, table=0.3, print=0.0,
                  letters=0.0),
    "empty squares": Kind(_SHEETS, designs=("squared", "ruled", "dotted", "security"),
                          digits=False, print=0.1, letters=0.0),
    "empty form": Kind(_SHEETS, designs=FORMS, digits=False, print=1.0, letters=0.3),
    "print": Kind(_SHEETS, designs=("prose",), digits=False, print=4.0, letters=0.0),
    "only letters": Kind(_SHEETS, designs=("free", "free", "ruled", "squared"),
                         digits=False, print=0.2, letters=8.0),
}  # fmt: skip
KEPT_OUT = ("kraft", "isometric", "two blocks")
WITHOUT_DIGITS = tuple(name for name, kind in KINDS.items() if not kind.digits)


def training_kinds() -> tuple[str, ...]:
    """Return the names of the kinds to train on."""
    return tuple(name for name in KINDS if name not in KEPT_OUT)


def make_page(
    kind: str,
    digits: tuple[Images, Labels],
    rng: Rng,
    size: tuple[int, int] | None = None,
    height: float | None = None,
) -> SyntheticPage:
    """Return a page of a kind, written with digits taken at random.

    Args:
        kind: a name in KINDS.
        digits: images (N, 28, 28), ink bright on 0, and labels (N,).
        rng: all that differs between two pages of a kind is drawn from it.
        size: H, W of the picture; drawn from the kind if None.
        height: of a digit in pixels; drawn from the kind if None.

    Raises:
        DataError: there is no such kind.
    """
    if kind not in KINDS:
        raise DataError(
            f"make_page: expected a kind of page, got {kind!r}; "
            f"try one of {', '.join(KINDS)}"
        )
    style = KINDS[kind]
    if size is None:
        size = _size(style, rng)
    if height is None:
        height = max(size) * float(np.exp(rng.uniform(*np.log(style.height))))
    seen = _view(style, size, rng)
    canvas = Canvas(papers.PAPERS[_one(style.papers, rng)](size, rng))
    lines = _write(canvas, style, digits, seen, max(height / seen.scale, 5.0), rng)
    picture = _photographed(canvas, style, seen, rng)
    ink = seen.image(canvas.ink)
    classes = seen.image(canvas.classes, smooth=False)
    classes = np.where(ink > HALF, DIGIT, np.where(classes == DIGIT, NONE, classes))
    said = tuple(
        line for line in map(seen_line, lines, [seen] * len(lines)) if line.text
    )
    return SyntheticPage(picture, ink, classes.astype(np.uint8), said, kind)


def _one(names: Sequence[str], rng: Rng) -> str:
    return names[int(rng.integers(len(names)))]


def _size(style: Kind, rng: Rng) -> tuple[int, int]:
    """Return a picture's height and width."""
    long = float(np.exp(rng.uniform(*np.log(style.long))))
    flat = float(np.exp(rng.uniform(*np.log(style.flat))))
    return round(long * min(flat, 1)), round(long * min(1 / flat, 1))


def _view(style: Kind, size: tuple[int, int], rng: Rng) -> View:
    """Return how the sheet is seen."""
    around = rng.random() < style.table
    if not around and (not style.turn or rng.random() < 0.35):
        return view(size, 0.0, 0.0, 1.0, rng)
    zoom = rng.uniform(0.6, 0.97) if around else rng.choice([1.0, rng.uniform(1, 1.15)])
    turn = float(np.clip(rng.normal(0, style.turn), -12, 12))
    lean = (
        rng.choice([0.0, rng.uniform(0, 0.03)]) if not around else rng.uniform(0, 0.05)
    )
    return view(size, turn, lean, zoom, rng)


def _write(
    canvas: Canvas,
    style: Kind,
    digits: tuple[Images, Labels],
    seen: View,
    height: float,
    rng: Rng,
) -> list[WrittenLine]:
    """Print and write on the sheet; return its lines."""
    make = DESIGNS[_one(style.designs, rng)]
    design = make(canvas.size, _area(seen, height, rng), height, rng)
    pen = visible(PENS[_one(style.pens, rng)](rng), canvas.reflectance, rng)
    writer, spaced = hand(rng, pen.width, pen.width), spacing(rng)
    ink, lines = np.zeros(canvas.size, np.uint8), list[WrittenLine]()
    for block in design.blocks if style.digits else ():
        lines += write_block(ink, block, digits, writer, spaced, rng)
    _add_extras(design, ink, style, digits, (height, writer), rng)
    _print(canvas, design.layers, pen, rng)
    box = Image.fromarray(ink).getbbox()
    if box is not None:
        left, top, right, bottom = box
        coverage = np.ascontiguousarray(ink[top:bottom, left:right])
        left_ink = textured(coverage, pen, height, rng)
        canvas.lay(coverage, left, top, pen.colour, DIGIT, pen.opaque, left_ink)
    return lines


def _add_extras(
    design: Design,
    ink: Grey,
    style: Kind,
    digits: tuple[Images, Labels],
    written: tuple[float, Hand],
    rng: Rng,
) -> None:
    """Add printed things and other handwriting beside the digits to a design."""
    height, writer = written
    for _ in range(rng.poisson(style.print)):
        thing = placed(printed(ink.shape, height, rng), PRINT, ink, rng)
        if thing is not None:
            design.layers.append(thing)
    for _ in range(rng.poisson(style.letters)):
        shape = handwritten(height, digits, writer, rng)
        thing = placed(shape, HANDWRITING, ink, rng, rng.random() < 0.05)
        if thing is not None:
            design.layers.append(thing)


def _print(canvas: Canvas, layers: Sequence[Layer], pen: Pen, rng: Rng) -> None:
    """Lay what is printed, and what else is written, on the sheet."""
    shared = print_pen(rng)
    for layer in layers:
        if layer.label == HANDWRITING:
            used = pen if rng.random() < 0.7 else PENS[_one(INKS, rng)](rng)
        else:
            used = shared if rng.random() < 0.6 else print_pen(rng)
        if layer.label != LINE or rng.random() < 0.8:
            used = visible(used, canvas.reflectance, rng)
        if not used.opaque:
            red, green, blue = (min(share, layer.faint) for share in used.colour)
            used = replace(used, colour=(red, green, blue))
        paint = None
        if used.rough or used.pressure:
            paint = textured(layer.coverage, used, 20.0, rng)
        canvas.lay(layer.coverage, layer.x, layer.y, used.colour, layer.label,
                   used.opaque, paint)  # fmt: skip


def _area(seen: View, height: float, rng: Rng) -> Area:
    """Return the part of the sheet that is to be written on."""
    left, top, right, bottom = seen.clear()
    margin = height * rng.uniform(0.2, 1.5)
    across, down = (right - left) / 4, (bottom - top) / 4
    across, down = min(margin, across), min(margin, down)
    return left + across, top + down, right - across, bottom - down


def _photographed(canvas: Canvas, style: Kind, seen: View, rng: Rng) -> Array:
    """Return the picture of the sheet, on a table if that is seen, in its light."""
    picture = seen.image(canvas.reflectance)
    if not seen.covered:
        mask = Image.fromarray(seen.image(np.full(canvas.size, 255, np.uint8)))
        around = Image.fromarray(papers.table(canvas.size, rng))
        picture = np.asarray(Image.composite(Image.fromarray(picture), around, mask))
    if style.light:
        picture = light.lit(picture, style.light * rng.random(), rng)
    if rng.random() < style.shadow:
        picture = light.shadowed(picture, rng)
    if rng.random() < style.glare:
        picture = light.glaring(picture, rng)
    return camera.CAMERAS[_one(style.cameras, rng)](picture, rng)


def seen_line(line: WrittenLine, seen: View) -> SyntheticLine:
    """Return a line as the picture has it: the digits that are at least half in it."""
    boxes = iter(seen.boxes(line.outlines))
    words, found = [], []
    for word in line.words:
        kept = [(digit, box) for digit in word if (box := next(boxes)) is not None]
        found += [box for _, box in kept]
        if kept:
            words.append("".join(digit for digit, _ in kept))
    return SyntheticLine(" ".join(words), tuple(found))
