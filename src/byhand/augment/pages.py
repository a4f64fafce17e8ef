"""Pages of handwritten digits, drawn, with what they say and where each digit is.

A page is digits of a data set, written in rows on blank or printed paper, then rotated,
lit and photographed as its `PageStyle` says. `KINDS` names the styles; each makes one
thing hard. Nothing is copied from real pages.

Letters: H, W height and width of the page in pixels; h, w of a digit's ink; R rows of C
digits. Lengths in a style are in heights of a digit: it can be drawn at any size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from byhand.augment.forms import CELLED, Layout, printed
from byhand.types import Array, Box, Floats, Grey, Images, Labels

MARGIN = 1.5  # heights of a digit, on each side of a page
CELL = 1.3  # heights: the width of a cell
MOST_DRIFT = 0.5  # heights by which a digit is above or below its line
INKED = 40  # grey levels: fainter edges of a digit are cut off
MNIST_HEIGHT = 20  # pixels of a digit in an image of 28


@dataclass(frozen=True)
class PageStyle:
    """How a page is written, printed and lit; lengths in heights of a digit.

    Attributes:
        height: of a digit in pixels.
        rows: of digits.
        words: in a row.
        digits: in a word.
        gap: between the ink of two digits; below 0 they overlap.
        space: between two words.
        pitch: from a row to the next.
        slope: degrees by which a row falls or rises, at most.
        drift: deviation of a digit up or down from the place of the one before.
        slant: pixels to the right for each one up.
        sunk: how deep the feet of digits stand in the line they are written on.
        form: what is printed: a name in `forms.FORMS`.
        rule: width of printed lines in pixels.
        print_ink: shares of red, green and blue light that print takes away; a page is
            in colour if they differ.
        pen: share of light that the pen takes away.
        shadow: share of light that a shadow over a part of the page takes away.
        noise: deviation of the camera's grey levels.
        dust: specks on the page.
        angle: degrees by which the page lies askew, counter-clockwise.
    """

    height: float = 30.0
    rows: int = 4
    words: int = 2
    digits: int = 4
    gap: float = 0.25
    space: float = 1.8
    pitch: float = 2.0
    slope: float = 0.0
    drift: float = 0.03
    slant: float = 0.0
    sunk: float = 0.0
    form: str = "blank"
    rule: float = 2.0
    print_ink: tuple[float, float, float] = (0.6, 0.6, 0.6)
    pen: float = 0.8
    shadow: float = 0.0
    noise: float = 2.0
    dust: int = 0
    angle: float = 0.0


KINDS = {
    "plain": PageStyle(),
    "words": PageStyle(words=3, digits=2, space=1.3),
    "crowded": PageStyle(words=1, digits=7, gap=-0.03),
    "sloping": PageStyle(slope=4.0, words=1, digits=9, pitch=2.4),
    "drifting": PageStyle(drift=0.16, words=1, digits=9, pitch=2.6),
    "slanting": PageStyle(slant=0.6),
    "ruled": PageStyle(form="rules", sunk=-0.12),
    "standing": PageStyle(form="rules", sunk=0.04),
    "boxes": PageStyle(form="boxes", words=1, digits=6),
    "comb": PageStyle(form="comb", words=1, digits=6),
    "coloured": PageStyle(
        form="boxes", words=1, digits=6, sunk=0.3, print_ink=(0.1, 0.5, 0.6)
    ),
    "shadow": PageStyle(shadow=0.5),
    "faint": PageStyle(pen=0.2, noise=5.0),
    "dusty": PageStyle(dust=150),
    "askew": PageStyle(angle=6.0, words=1, digits=7),
}


@dataclass(frozen=True, eq=False)
class DrawnPage:
    """A page and its ground truth.

    Attributes:
        picture: (H, W), or (H, W, 3) in colour; uint8, dark ink on light paper.
        lines: what each row says, from top to bottom, words parted by a space.
        boxes: of the digits' ink in the picture, row by row.
    """

    picture: Array
    lines: tuple[str, ...]
    boxes: tuple[tuple[Box, ...], ...]

    @property
    def text(self) -> str:
        """The rows' texts, one a line, as `Reading.text` has them."""
        return "\n".join(self.lines)


def draw_page(
    images: Images, labels: Labels, style: PageStyle, rng: np.random.Generator
) -> DrawnPage:
    """Return a page of digits taken at random.

    Args:
        images: (N, 28, 28) of digits, ink bright on 0.
        labels: (N,).
        style: one of KINDS, or another.
        rng: all that differs between two pages of one style is drawn from it.
    """
    layout = _layout(style)
    chosen = rng.integers(len(images), size=(style.rows, layout.count))
    ink, boxes = _written(images[chosen], layout, style, rng)
    _scatter_dust(ink, style.dust, rng)
    form = _rotated(printed(style.form, layout, style.rule), style.angle)
    rotated = _rotated(ink, style.angle)
    picture = _photographed(rotated, form, style, rng)
    sizes = ink.shape, rotated.shape
    lines = (_text(labels[row], style.digits) for row in chosen)
    moved = (tuple(_rotated_box(box, *sizes, style.angle) for box in row)
             for row in boxes)  # fmt: skip
    return DrawnPage(picture, tuple(lines), tuple(moved))


def _text(labels: Labels, digits: int) -> str:
    """Return words of these lengths, with a space between two."""
    said = "".join(str(label) for label in labels)
    return " ".join(said[n : n + digits] for n in range(0, len(said), digits))


def _layout(style: PageStyle) -> Layout:
    """Return where the rows are, on a page large enough for the widest digits."""
    count = style.words * style.digits
    widest = max(1.1 + abs(style.slant) + max(style.gap, 0), CELL)
    wide = 2 * MARGIN + count * widest + (style.words - 1) * style.space
    falls = wide * np.tan(np.radians(style.slope))
    high = 2 * MARGIN + 1 + (style.rows - 1) * style.pitch + falls
    above = (np.arange(style.rows) - (style.rows - 1) / 2) * style.pitch + 0.5
    feet = (high / 2 + above) * style.height
    return Layout(
        (round(high * style.height), round(wide * style.height)),
        style.height, tuple(map(float, feet)),
        MARGIN * style.height, CELL * style.height, count,
    )  # fmt: skip


def _written(
    rows: Images, layout: Layout, style: PageStyle, rng: np.random.Generator
) -> tuple[Grey, list[list[Box]]]:
    """Return the ink (H, W) of rows (R, C, 28, 28) of digits, and their boxes."""
    ink = np.zeros(layout.size, np.uint8)
    boxes = []
    for row, foot in zip(rows, layout.feet, strict=True):
        digits = [_formed(image, style, rng) for image in row]
        lefts = _lefts(digits, layout, style, rng)
        feet = foot + _off_line(lefts, layout, style, rng)
        boxes.append([_lay(ink, digit, round(low) - len(digit), round(left))
                      for digit, left, low in zip(digits, lefts, feet, strict=True)
        ])  # fmt: skip
    return ink, boxes


def _formed(image: Grey, style: PageStyle, rng: np.random.Generator) -> Grey:
    """Return a digit's ink (h, w) in the style's size and slant, cut out.

    A pixel (x, y) of the result shows the image at 1 / scale of its distance from the
    middle, and to the left of that by the slant for each pixel above the middle.
    """
    scale = style.height / MNIST_HEIGHT * rng.uniform(0.92, 1.08)
    height, width = (round(side * scale) for side in image.shape)
    wide = width + round(abs(style.slant) * height)
    lean = style.slant / scale
    x = image.shape[1] / 2 - wide / 2 / scale - lean * height / 2
    formed = Image.fromarray(image).transform(
        (wide, height), Image.Transform.AFFINE,
        (1 / scale, lean, x, 0, 1 / scale, 0), Image.Resampling.BICUBIC,
    )  # fmt: skip
    ink = np.asarray(formed)
    rows, columns = (np.flatnonzero((ink > INKED).any(axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _lefts(
    digits: Sequence[Grey], layout: Layout, style: PageStyle, rng: np.random.Generator
) -> Floats:
    """Return the column (C,) in which each digit of a row begins."""
    widths = np.array([digit.shape[1] for digit in digits])
    if style.form in CELLED:  # each in the middle of its cell
        middles = layout.left + layout.cell * (np.arange(len(widths)) + 0.5)
        return np.asarray(middles - widths / 2)
    gaps = rng.normal(style.gap, 0.04, len(widths))
    gaps[:: style.digits] = style.space
    gaps[0] = 0
    before = np.concatenate([[0], np.cumsum(widths)[:-1]])
    return np.asarray(layout.left + before + np.cumsum(gaps) * style.height)


def _off_line(
    lefts: Floats, layout: Layout, style: PageStyle, rng: np.random.Generator
) -> Floats:
    """Return how far (C,) the digits of a row stand below its line, in pixels."""
    slope = np.tan(np.radians(rng.uniform(-1, 1) * style.slope))
    falls = slope * (lefts - layout.size[1] / 2)
    drift = np.cumsum(rng.normal(0, style.drift, len(lefts)))
    off = drift.clip(-MOST_DRIFT, MOST_DRIFT) + style.sunk
    return np.asarray(falls + off * style.height)


def _lay(ink: Grey, digit: Grey, top: int, left: int) -> Box:
    """Write a digit onto a page; return where it is."""
    h, w = digit.shape
    part = ink[top : top + h, left : left + w]
    np.maximum(part, digit, out=part)
    return Box(left, top, w, h)


def _scatter_dust(ink: Grey, count: int, rng: np.random.Generator) -> None:
    """Put specks of one or two pixels on a page."""
    top, left = (rng.integers(side - 1, size=count) for side in ink.shape)
    ink[top, left] = 255
    ink[top + rng.integers(2, size=count), left] = 255


def _rotated(layer: Grey, angle: float) -> Grey:
    """Return a layer rotated counter-clockwise, as large as to hold it all."""
    if not angle:
        return layer
    how = Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(layer).rotate(angle, how, expand=True))


def _rotated_box(
    box: Box, before: tuple[int, ...], after: tuple[int, ...], angle: float
) -> Box:
    """Return the box around a box of a page that was rotated about its middle."""
    if not angle:
        return box
    sin, cos = np.sin(np.radians(angle)), np.cos(np.radians(angle))
    x = np.array([box.x, box.right, box.x, box.right]) - before[1] / 2
    y = np.array([box.y, box.y, box.bottom, box.bottom]) - before[0] / 2
    x, y = x * cos + y * sin + after[1] / 2, y * cos - x * sin + after[0] / 2
    edges = (round(float(edge)) for edge in (x.min(), y.min(), x.max(), y.max()))
    return Box.of_edges(*edges)


def _photographed(
    ink: Grey, form: Grey, style: PageStyle, rng: np.random.Generator
) -> Array:
    """Return the picture of a page: its light, what ink takes away of it, and noise.

    Each ink lets a share of the light through. Where two cross, the shares multiply.
    """
    light = _light(ink.shape, style, rng) * (1 - style.pen * (ink / 255))
    in_colour = len(set(style.print_ink)) > 1
    channels = np.array(style.print_ink if in_colour else style.print_ink[:1])
    light = light[..., None] * (1 - channels * (form / 255)[..., None])
    light = ndimage.gaussian_filter(light, (0.5, 0.5, 0))  # the lens
    light += rng.normal(0, style.noise, light.shape)
    picture: Array = np.rint(light).clip(0, 255).astype(np.uint8)
    return picture if in_colour else picture[..., 0]


def _light(size: tuple[int, ...], style: PageStyle, rng: np.random.Generator) -> Floats:
    """Return the light (H, W) of bare paper: less right of a shadow's soft edge."""
    paper = rng.uniform(190, 245)
    place, lean = rng.uniform(0.3, 0.7), rng.normal(0, 0.3)
    y, x = np.indices(size) / size[1]
    dark = 1 / (1 + np.exp(-40 * (x - place + lean * y)))
    return np.asarray(paper * (1 - style.shadow * dark))
