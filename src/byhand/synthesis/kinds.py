"""Kinds of synthetic pages, each a distribution, and a page drawn from one.

Letters: N digits of 28 × 28 pixels; H, W height and width of the picture in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from byhand.errors import DataError
from byhand.synthesis import camera, light, papers
from byhand.synthesis.digits import hand
from byhand.synthesis.geometry import View, view
from byhand.synthesis.layouts import LAYOUTS, Area
from byhand.synthesis.page import (
    DIGIT,
    HALF,
    NONE,
    Canvas,
    SyntheticLine,
    SyntheticPage,
)
from byhand.synthesis.pens import PENS, textured, visible
from byhand.synthesis.rows import WrittenLine, spacing, write_block
from byhand.types import Array, Images, Labels

Rng = np.random.Generator
ROWS = ("rows", "rows", "rows", "few", "over the edge", "columns")
INKS = ("ballpoint", "ballpoint", "fountain", "felt", "pencil")


@dataclass(frozen=True)
class Kind:
    """A distribution of pages: of each tuple of names one is drawn.

    Attributes:
        papers: in `papers.PAPERS`.
        pens: in `pens.PENS`.
        layouts: in `layouts.LAYOUTS`; none for a page without digits.
        cameras: in `camera.CAMERAS`.
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
    layouts: tuple[str, ...] = ROWS
    cameras: tuple[str, ...] = ("photo", "photo", "photo", "scan")
    light: float = 0.8
    shadow: float = 0.12
    glare: float = 0.05
    table: float = 0.08
    turn: float = 2.0
    long: tuple[int, int] = (500, 1400)
    flat: tuple[float, float] = (0.6, 1.35)
    height: tuple[float, float] = (0.018, 0.1)


KINDS: dict[str, Kind] = {
    "white paper": Kind(),
    "grey paper": Kind(("grey",), ("ballpoint", "ballpoint", "felt"), light=1.6),
    "coloured paper": Kind(("coloured",)),
    "kraft": Kind(("kraft",), ("felt", "ballpoint", "white", "crayon")),
    "green board": Kind(("green board",), ("chalk",), height=(0.04, 0.25)),
    "black board": Kind(("black board", "dark"), ("chalk", "white")),
    "whiteboard": Kind(("whiteboard",), ("felt", "felt", "faint"), glare=0.4),
    "sticky note": Kind(("sticky",), ("felt", "ballpoint"), table=0.5,
                        height=(0.06, 0.25), shadow=0.3),
    "pencil": Kind(("white", "white", "grey"), ("pencil", "faint")),
    "crayon": Kind(("white", "coloured"), ("crayon",)),
    "webcam": Kind(("white", "grey"), ("felt",), light=2.0, long=(320, 700),
                   height=(0.05, 0.25), cameras=("photo",)),
    "shadow": Kind(("white", "coloured", "grey"), shadow=1.0, cameras=("photo",)),
    "glare": Kind(("white", "whiteboard", "coloured"), glare=1.0, cameras=("photo",)),
    "on a table": Kind(("white", "white", "sticky", "grey"), table=1.0, turn=5.0,
                       cameras=("photo",)),
    "scan": Kind(pens=("ballpoint", "fountain", "scanned"), cameras=("scan",),
                 light=0.1, shadow=0.0, glare=0.0, long=(1000, 2400),
                 height=(0.008, 0.03)),
    "one bit": Kind(("white", "even"), ("scanned", "ballpoint", "felt"),
                    cameras=("one bit",), light=0.1, shadow=0.0, glare=0.0),
    "screen": Kind(("even", "even", "dark"), ("drawn",), cameras=("screen",), light=0.0,
                   shadow=0.0, glare=0.0, turn=0.0, height=(0.05, 0.4)),
    "columns": Kind(layouts=("columns",)),
    "two blocks": Kind(layouts=("two blocks",), height=(0.018, 0.06)),
    "askew": Kind(("white", "coloured", "grey"), turn=8.0),
    "blank": Kind(("white", "grey", "coloured", "kraft", "green board", "black board",
                   "whiteboard", "dark"), layouts=(), table=0.3),
}  # fmt: skip
KEPT_OUT = ("kraft", "glare", "two blocks")
WITHOUT_DIGITS = tuple(name for name, kind in KINDS.items() if not kind.layouts)


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
    """Write digits on the sheet; return its lines."""
    if not style.layouts:
        return []
    blocks = LAYOUTS[_one(style.layouts, rng)](_area(seen, height, rng), height, rng)
    pen = visible(PENS[_one(style.pens, rng)](rng), canvas.reflectance, rng)
    writer, spaced = hand(rng, pen.width, pen.width), spacing(rng)
    ink = np.zeros(canvas.size, np.uint8)
    lines: list[WrittenLine] = []
    for block in blocks:
        lines += write_block(ink, block, digits, writer, spaced, rng)
    box = Image.fromarray(ink).getbbox()
    if box is None:
        return []
    left, top, right, bottom = box
    coverage = np.ascontiguousarray(ink[top:bottom, left:right])
    left_ink = textured(coverage, pen, height, rng)
    canvas.lay(coverage, left, top, pen.colour, DIGIT, pen.opaque, left_ink)
    return lines


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
