"""Rows and fields of digits, drawn for training and for benchmarks, with their texts.

A row is digits side by side on nothing; a field is a row in one handwriting, with what
else forms have: points, dashes, ruled and patterned paper, noise.

Letters: H, W height and width of a picture, h, w of a digit's ink, in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from byhand.augment import nondigits
from byhand.augment.pen import draw
from byhand.types import Grey, Images, Labels

Ink = NDArray[np.float32]  # (H, W) or (h, w), 0 to 255
Point = tuple[float, float]  # down and across, in pixels

# non-digits that a network was trained to reject, and that can stand among digits
SIGNS = (
    nondigits.characters,
    nondigits.scribbles,
    nondigits.mirrored_or_rotated,
    nondigits.shapes,
)
WITH_SIGNS = 0.04  # of the fields have such signs
MARGIN = 14  # pixels of paper around a row
LEAST_INK = 1  # grey levels from which a pixel counts as ink: an ink box has all of it
HEIGHT, TOP, FOOT = 56, 14, 37  # pixels: of a field, where its digits begin and end


class DrawnRow(NamedTuple):
    """A row of digits.

    Attributes:
        image: (H, W), ink bright on 0.
        text: its digits.
        gaps: pixels between the ink boxes of each two; below 0 they overlap.
    """

    image: Grey
    text: str
    gaps: tuple[int, ...]


class DrawnField(NamedTuple):
    """A field of a form.

    Attributes:
        image: (H, W), ink dark on light.
        text: its digits, without the other signs.
    """

    image: Grey
    text: str


def set_row(digits: Sequence[Grey], gaps: Sequence[int]) -> Grey:
    """Return digits side by side, ink bright, as high as one and a margin.

    Args:
        digits: (H, W) each; they keep their places up and down.
        gaps: pixels between the ink boxes of each two; below 0 they overlap.
    """
    cut = [image[:, _columns(image)] for image in digits]  # (H, w) each
    lefts = [MARGIN + 6]
    for image, gap in zip(cut, gaps, strict=False):
        lefts.append(max(lefts[-1] + image.shape[1] + gap, MARGIN))
    height = digits[0].shape[0]
    width = max(x + i.shape[1] for x, i in zip(lefts, cut, strict=True))
    row = np.zeros((height + 2 * MARGIN, width + MARGIN), np.uint8)
    for x, image in zip(lefts, cut, strict=True):
        part = row[MARGIN : MARGIN + height, x : x + image.shape[1]]
        np.maximum(part, image, out=part)
    return row


def _columns(image: Grey) -> slice:
    """Return the columns from an image's first ink to its last."""
    inked = np.flatnonzero((image >= LEAST_INK).any(axis=0))
    return slice(int(inked[0]), int(inked[-1]) + 1)


def draw_rows(
    images: Images, labels: Labels, count: int, seed: int, digits: int = 5
) -> list[DrawnRow]:
    """Return rows of digits with gaps drawn from -6 to 12 pixels each.

    Args:
        images: (N, 28, 28), ink bright.
        labels: (N,).
        count: how many rows.
        seed: of the draw.
        digits: in a row.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        chosen = rng.integers(len(images), size=digits)
        gaps = tuple(int(gap) for gap in rng.integers(-6, 13, digits - 1))
        text = "".join(str(label) for label in labels[chosen])
        rows.append(DrawnRow(set_row(list(images[chosen]), gaps), text, gaps))
    return rows


def draw_fields(
    images: Images, labels: Labels, count: int, seed: int
) -> list[DrawnField]:
    """Return fields as forms have them, each with the digits it holds.

    One to eight digits of one handwriting, close or touching, up and down a little;
    points, commas and dashes, which are not part of the text; in some fields other
    signs, or nothing but those; ruled lines, patterned paper, noise, blur, faint ink.
    All of it is drawn, none of it copied from real fields.

    Args:
        images: (N, 28, 28), ink bright.
        labels: (N,).
        count: how many fields.
        seed: of the draw.
    """
    rng = np.random.default_rng(seed)
    return [_draw_field(images, labels, rng) for _ in range(count)]


def _draw_field(images: Images, labels: Labels, rng: np.random.Generator) -> DrawnField:
    chosen = rng.integers(len(images), size=rng.integers(1, 9))
    signs, classes = images[chosen], labels[chosen]
    is_digit = np.ones(len(chosen), np.bool_)
    if rng.random() < WITH_SIGNS:
        is_digit = rng.random(len(chosen)) >= rng.choice([0.3, 0.6, 1.0])
        make, other = SIGNS[rng.integers(len(SIGNS))], ~is_digit
        beside = images[rng.permutation(chosen)][other]
        signs[other] = make(signs[other], classes[other], beside, rng)
    handwriting, paper = _Handwriting(rng), _Paper(rng)
    image = paper.printed_with(handwriting.write(list(signs)))
    return DrawnField(image, "".join(str(label) for label in classes[is_digit]))


class _Handwriting:
    """A hand and its pen, drawn once a field."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.slant = rng.normal(0.05, 0.2)
        self.wide = rng.uniform(0.8, 1.25)
        self.pen = rng.choice([-1, 0, 0, 0, 1])  # thinner, as it is, thicker
        self.gap = rng.uniform(-3, 8)  # pixels, the mean
        self.spread = rng.uniform(0.5, 4)  # pixels, the standard deviation of gaps
        self.points = rng.random() < 0.35
        self.dash = rng.random() < 0.2

    def write(self, digits: Sequence[Grey]) -> Ink:
        """Return digits and what stands between and behind them."""
        rng, x = self.rng, 20.0
        field = np.zeros((HEIGHT, 60 + 40 * len(digits)), np.float32)
        for number, image in enumerate(digits):
            ink = self._formed(image)
            _lay(field, ink, TOP + rng.normal(0, 1.2), x)
            x += ink.shape[1] + rng.normal(self.gap, self.spread)
            left = len(digits) - number - 1
            if self.points and left and (left % 3 == 0 or rng.random() < 0.1):
                x = self._point(field, x + 1, comma=rng.random() < 0.3)
        if self.points and rng.random() < 0.3:
            x = self._point(field, x + 2, comma=rng.random() < 0.5)
        if self.dash:
            x = self._dash(field, x)
        return field[:, : int(x) + 20]

    def _formed(self, image: Grey) -> Ink:
        """Return a digit's ink (h, w) with this hand's slant, width and pen."""
        size = self.rng.normal(1, 0.07)
        wide, slant = self.wide * size, self.slant + self.rng.normal(0, 0.05)
        inverse = (1 / wide, slant / wide, 14 - (20 + slant * 14) / wide,
                   0, 1 / size, 14 - 14 / size)  # fmt: skip
        bent = Image.fromarray(image).transform(
            (40, 28), Image.Transform.AFFINE, inverse, Image.Resampling.BILINEAR
        )
        ink = self._inked(np.asarray(bent, np.float32))
        columns = np.flatnonzero((ink > 40).any(axis=0))
        return ink[:, columns[0] : columns[-1] + 1] if len(columns) else ink[:, :3]

    def _inked(self, ink: Ink) -> Ink:
        """Return ink made thicker (a grey dilation) or thinner (a grey erosion)."""
        if not self.pen:
            return ink
        cross = ndimage.generate_binary_structure(2, 1)
        operation = ndimage.grey_dilation if self.pen > 0 else ndimage.grey_erosion
        changed = operation(ink, footprint=cross)
        return np.asarray(ink + self.rng.uniform(0.3, 0.8) * (changed - ink))

    def _point(self, field: Ink, x: float, comma: bool) -> float:
        """Draw a point or a comma at the foot of a field; return where it ends."""
        y = FOOT + self.rng.normal(0, 1.5)
        end = (y + 5, x - 2) if comma else (y + 0.5, x + 0.5)
        _stroke(field, (y, x), end, self.rng.uniform(1.8, 3.2))
        return x + 3 + self.rng.uniform(0, 4)

    def _dash(self, field: Ink, x: float) -> float:
        """Draw a dash or a double one; return where it ends."""
        rng = self.rng
        for y in [28.0] if rng.random() < 0.7 else [25.0, 31.0]:
            end = (y + rng.normal(0, 2), x + 10 + rng.uniform(4, 14))
            _stroke(field, (y, x + 4), end, rng.uniform(1.5, 3))
        return x + 26


class _Paper:
    """What a field is written on, and the scanner, drawn once a field."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.ruled = rng.random() < 0.25
        self.patterned = rng.random() < 0.4
        self.enlarged = rng.uniform(1.0, 2.2)

    def printed_with(self, field: Ink) -> Grey:
        """Return a field dark on light paper, enlarged, blurred, shaded and noisy."""
        rng = self.rng
        if self.ruled:
            self._rule(field)
        ink = self._enlarged(field)
        paper = rng.uniform(150, 250)
        sheet = paper * (1 - rng.uniform(0.35, 0.95) * ink)
        if self.patterned:
            sheet -= self._pattern(sheet.shape) * (1 - ink)
        down = np.linspace(0, rng.normal(0, 15), sheet.shape[0])[:, None]
        sheet = sheet + down + rng.normal(0, rng.uniform(0, 6), sheet.shape)
        return np.asarray(np.clip(np.rint(sheet), 0, 255), np.uint8)

    def _rule(self, field: Ink) -> None:
        """Draw a line across, below the digits or above them."""
        rng = self.rng
        y = rng.choice([rng.uniform(41, 50), rng.uniform(2, 9)])
        end = (y + rng.normal(0, 1), field.shape[1])
        _stroke(field, (y, 0), end, rng.uniform(1, 2))

    def _enlarged(self, field: Ink) -> Ink:
        """Return a field's ink as 0 to 1, enlarged and out of focus."""
        width, height = (round(side * self.enlarged) for side in field.shape[::-1])
        large = Image.fromarray(field).resize((width, height), Image.Resampling.BICUBIC)
        ink = np.asarray(large, np.float32).clip(0, 255) / 255
        sigma = self.rng.uniform(0, 0.35) * self.enlarged
        return np.asarray(ndimage.gaussian_filter(ink, sigma))

    def _pattern(self, shape: tuple[int, ...]) -> Ink:
        """Return the wavy lines that cheques and certificates are printed with."""
        rng = self.rng
        y, x = np.indices(shape, np.float32)
        wave = y + rng.uniform(0, 6) * np.sin(
            x / rng.uniform(10, 40) + rng.uniform(0, 6)
        )
        phase = wave * rng.uniform(0.5, 1.6) + x * rng.normal(0, 0.3)
        lines = np.clip(np.sin(phase) * 2, 0, 1)
        return np.asarray(rng.uniform(5, 45) * lines, np.float32)


def _lay(field: Ink, ink: Ink, y: float, x: float) -> None:
    """Lay a digit's ink (h, w) into a field, its upper left corner at (y, x)."""
    top, left = round(y), max(round(x), 0)
    part = field[top : top + ink.shape[0], left : left + ink.shape[1]]
    np.maximum(part, ink[: part.shape[0], : part.shape[1]], out=part)


def _stroke(field: Ink, begin: Point, end: Point, width: float) -> None:
    """Draw a straight stroke into a field."""
    image = np.zeros((1, *field.shape), np.uint8)
    draw(image, np.array([0]), np.array([begin]), np.array([end]), width)
    np.maximum(field, image[0], out=field)
