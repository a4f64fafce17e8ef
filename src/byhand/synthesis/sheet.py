"""A sheet printed, written and stained as its kind says.

Letters: H, W height and width of the sheet in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from byhand.ink.segmentation import DIGIT, HANDWRITING, LINE, NONE
from byhand.synthesis.designs import (
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
from byhand.synthesis.digits import hand
from byhand.synthesis.dirt import DIRT, show_through
from byhand.synthesis.drawing import chosen, log_uniform
from byhand.synthesis.extras import beside, marks
from byhand.synthesis.form_designs import (
    cheque,
    cut_field,
    fields,
    labelled,
    table,
)
from byhand.synthesis.geometry import View
from byhand.synthesis.kind import INKS, Kind
from byhand.synthesis.layouts import Area
from byhand.synthesis.page import HALF, Canvas
from byhand.synthesis.papers import PAPERS
from byhand.synthesis.pens import PENS, Pen, print_pen, textured, visible
from byhand.synthesis.rows import WrittenLine, parted, spacing, write_block
from byhand.synthesis.spots import Spot
from byhand.synthesis.words import paragraph
from byhand.types import Grey, Images, Labels

Rng = np.random.Generator
TWO_PENS = 0.1  # share of the sheets that are written with two
MOST_HIDDEN = 0.02  # share of the digits' ink below an opaque spot
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


def written_sheet(
    style: Kind,
    digits: tuple[Images, Labels],
    seen: View,
    height: float,
    rng: Rng,
) -> tuple[Canvas, list[WrittenLine]]:
    """Return a sheet, printed, written and stained, and its lines.

    Args:
        style: the kind of page.
        digits: images (N, 28, 28), ink bright on 0, and labels (N,).
        seen: what the picture shows of the sheet.
        height: of a digit in pixels of the sheet.
        rng: draws everything.
    """
    canvas = Canvas(PAPERS[chosen(rng, style.papers)](seen.size, rng))
    make = DESIGNS[chosen(rng, style.designs)]
    design = make(canvas.size, _area(seen, height, rng), height, rng)
    pen = visible(PENS[chosen(rng, style.pens)](rng), canvas.reflectance, rng)
    writer, spaced = hand(rng, pen.width, pen.width), spacing(rng)
    if rng.random() < style.copied:
        writer = replace(writer, copied=True)
        spaced = replace(spaced, uneven=float(rng.uniform(0.02, 0.3)))
    ink, lines = np.zeros(canvas.size, np.uint8), list[WrittenLine]()
    other = np.zeros_like(ink) if rng.random() < TWO_PENS else None
    for block in design.blocks if style.digits else ():
        if other is None:
            lines += write_block(ink, block, digits, writer, spaced, rng)
            continue
        first, second = parted(block, rng)
        one = write_block(ink, first, digits, writer, spaced, rng)
        two = write_block(other, second, digits, hand(rng), spaced, rng)
        lines += [a if a.outlines else b for a, b in zip(one, two, strict=True)]
    lines = [line for line in lines if line.outlines]
    every = ink if other is None else np.maximum(ink, other)
    layers = [*design.layers, *beside(every, style, digits, (height, writer), rng)]
    layers += marks(lines, height, style.letters, rng)
    if rng.random() < style.through:
        _stain(canvas, [_back(canvas.size, height, rng)])
    _print(canvas, layers, pen, rng)
    lay_writing(canvas, ink, pen, height, rng)
    if other is not None:
        another = visible(PENS[chosen(rng, style.pens)](rng), canvas.reflectance, rng)
        lay_writing(canvas, other, another, height, rng)
    for _ in range(rng.poisson(style.dirt)):
        make_dirt = DIRT[chosen(rng, style.only_dirt or tuple(DIRT))]
        _stain(canvas, make_dirt(canvas.size, height, rng))
    return canvas, lines


def _area(seen: View, height: float, rng: Rng) -> Area:
    """Return the part of the sheet that is to be written on."""
    left, top, right, bottom = seen.clear()
    margin = height * rng.uniform(0.2, 1.5)
    across, down = (right - left) / 4, (bottom - top) / 4
    across, down = min(margin, across), min(margin, down)
    return left + across, top + down, right - across, bottom - down


def lay_writing(
    canvas: Canvas, ink: Grey, pen: Pen, height: float, rng: Rng, label: int = DIGIT
) -> None:
    """Lay what a pen has written, digits or other ink (H, W), on the sheet."""
    box = Image.fromarray(ink).getbbox()
    if box is None:
        return
    left, top, right, bottom = box
    coverage = np.ascontiguousarray(ink[top:bottom, left:right])
    paint = textured(coverage, pen, height, rng)
    canvas.lay(coverage, left, top, pen.colour, label, pen.opaque, paint)


def _back(size: tuple[int, int], height: float, rng: Rng) -> Spot:
    """Return the print on the back of a sheet, as it is seen through the paper."""
    small = height * log_uniform(rng, 0.3, 1.3)
    return show_through(paragraph(size, small, rng), rng)


def _stain(canvas: Canvas, spots: Sequence[Spot]) -> None:
    """Lay spots on a sheet, unless they would hide digits."""
    for spot in spots:
        if spot.opaque and hides(spot, canvas.ink):
            return
    for spot in spots:
        canvas.lay(spot.cover, spot.x, spot.y, spot.colour, NONE, spot.opaque)


def hides(spot: Spot, ink: Grey) -> bool:
    """Return whether a spot lies on ink of which it hides more than specks."""
    h, w = spot.cover.shape
    top, left = max(spot.y, 0), max(spot.x, 0)
    below = ink[top : spot.y + h, left : spot.x + w]
    if not below.size:
        return False
    cover = spot.cover[top - spot.y :, left - spot.x :]
    cover = cover[: below.shape[0], : below.shape[1]]
    lost = int(((cover > HALF) & (below > HALF)).sum())
    return lost > MOST_HIDDEN * max(int((below > HALF).sum()), 1)


def _print(canvas: Canvas, layers: Sequence[Layer], pen: Pen, rng: Rng) -> None:
    """Lay what is printed, and what else is written, on the sheet."""
    shared = print_pen(rng)
    for layer in layers:
        if layer.label == HANDWRITING:
            used = pen if rng.random() < 0.7 else PENS[chosen(rng, INKS)](rng)
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
