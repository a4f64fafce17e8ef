"""Rows of digits set from MNIST's, with the gaps between them known.

Letters: h, w height and width of a digit's ink in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from byhand.augment import nondigits as synthesis
from byhand.augment.pen import draw

Place = tuple[float, float]
Images = NDArray[np.uint8]
# what a network was shown as no digit, and can stand among digits
SIGNS = (
    synthesis._characters,
    synthesis._strokes,
    synthesis._turned,
    synthesis._shapes,
)
MARGIN = 14  # pixels of paper around a row
INK = 1  # grey levels from which a pixel counts as ink: an ink box has all of it


def set_row(digits: Sequence[Images], gaps: Sequence[int]) -> Images:
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


def _columns(image: Images) -> slice:
    """Return the columns from an image's first ink to its last."""
    inked = np.flatnonzero((image >= INK).any(axis=0))
    return slice(int(inked[0]), int(inked[-1]) + 1)


def draw_rows(
    images: Images, labels: NDArray[np.int64], count: int, seed: int, digits: int = 5
) -> list[tuple[Images, str, tuple[int, ...]]]:
    """Return rows with what they say and their gaps, drawn from -6 to 12 pixels each.

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
        rows.append((set_row(list(images[chosen]), gaps), text, gaps))
    return rows


def draw_fields(
    images: Images, labels: NDArray[np.int64], count: int, seed: int
) -> list[tuple[Images, str]]:
    """Return fields as forms have them, dark on light, with the digits they hold.

    One to eight digits of one hand, close or touching, up and down a little; points,
    commas and dashes that are not part of the answer, and in some fields
    other signs, or nothing but such; ruled lines, patterned paper, noise, blur,
    faint ink. All of it is drawn, none of it copied from real fields.
    """
    rng = np.random.default_rng(seed)
    fields = []
    for _ in range(count):
        chosen = rng.integers(len(images), size=rng.integers(1, 9))
        signs, said = images[chosen], labels[chosen]
        if rng.random() < 0.04:
            other = rng.random(len(chosen)) < rng.choice([0.3, 0.6, 1.0])
            signs[other] = SIGNS[rng.integers(len(SIGNS))](
                signs[other], said[other], images[rng.permutation(chosen)][other], rng
            )
            said = np.where(other, -1, said)
        hand = _Hand(rng)
        row = hand.write(list(signs))
        text = "".join(str(label) for label in said if label >= 0)
        fields.append((hand.on_paper(row), text))
    return fields


class _Hand:
    """A hand, its pen and its paper, drawn once a field."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.slant = rng.normal(0.05, 0.2)
        self.wide = rng.uniform(0.8, 1.25)
        self.pen = rng.choice([-1, 0, 0, 0, 1])
        self.gap = rng.uniform(-3, 8)
        self.spread = rng.uniform(0.5, 4)
        self.points = rng.random() < 0.35
        self.dash = rng.random() < 0.2
        self.ruled = rng.random() < 0.25
        self.patterned = rng.random() < 0.4
        self.enlarged = rng.uniform(1.0, 2.2)

    def write(self, digits: Sequence[Images]) -> NDArray[np.float32]:
        """Return a row (H, W) of digits and what is between them, 0 to 255."""
        rng = self.rng
        height, x = 56, 20.0
        row = np.zeros((height, 60 + 40 * len(digits)), np.float32)
        for number, image in enumerate(digits):
            ink = self._formed(image)
            y = 14 + rng.normal(0, 1.2)
            self._lay(row, ink, y, x)
            x += ink.shape[1] + rng.normal(self.gap, self.spread)
            left = len(digits) - number - 1
            if self.points and left and (left % 3 == 0 or rng.random() < 0.1):
                x = self._mark(row, x + 1, comma=rng.random() < 0.3)
        if self.points and rng.random() < 0.3:
            x = self._mark(row, x + 2, comma=rng.random() < 0.5)
        if self.dash:
            for y in [28.0] if rng.random() < 0.7 else [25.0, 31.0]:
                self._line(row, (y, x + 4), (y + rng.normal(0, 2), x + 10
                           + rng.uniform(4, 14)), rng.uniform(1.5, 3))  # fmt: skip
            x += 26
        return row[:, : int(x) + 20]

    def _formed(self, image: Images) -> NDArray[np.float32]:
        """Return a digit's ink in this hand's slant, width and pen."""
        size = self.rng.normal(1, 0.07)
        wide, slant = self.wide * size, self.slant + self.rng.normal(0, 0.05)
        picture = Image.fromarray(image)
        turn = (1 / wide, slant / wide, 14 - (20 + slant * 14) / wide,
                0, 1 / size, 14 - 14 / size)  # fmt: skip
        out = picture.transform(
            (40, 28), Image.Transform.AFFINE, turn, Image.Resampling.BILINEAR
        )
        ink = np.asarray(out, np.float32)
        if self.pen:
            filtered = (
                ndimage.maximum_filter if self.pen > 0 else ndimage.minimum_filter
            )
            cross = ndimage.generate_binary_structure(2, 1)
            changed = filtered(ink, footprint=cross)
            ink = ink + self.rng.uniform(0.3, 0.8) * (changed - ink)
        columns = np.flatnonzero((ink > 40).any(axis=0))
        return ink[:, columns[0] : columns[-1] + 1] if len(columns) else ink[:, :3]

    def _mark(self, row: NDArray[np.float32], x: float, comma: bool) -> float:
        """Draw a point or a comma at the foot of the row; return where it ends."""
        y = 37 + self.rng.normal(0, 1.5)
        end = (y + 5, x - 2) if comma else (y + 0.5, x + 0.5)
        self._line(row, (y, x), end, self.rng.uniform(1.8, 3.2))
        return x + 3 + self.rng.uniform(0, 4)

    def _line(
        self, row: NDArray[np.float32], begin: Place, end: Place, width: float
    ) -> None:
        image = np.zeros((1, *row.shape), np.uint8)
        draw(image, np.array([0]), np.array([begin]), np.array([end]), width)
        np.maximum(row, image[0], out=row)

    @staticmethod
    def _lay(
        row: NDArray[np.float32], ink: NDArray[np.float32], y: float, x: float
    ) -> None:
        top, left = round(y), max(round(x), 0)
        part = row[top : top + ink.shape[0], left : left + ink.shape[1]]
        np.maximum(part, ink[: part.shape[0], : part.shape[1]], out=part)

    def on_paper(self, row: NDArray[np.float32]) -> Images:
        """Return the row dark on light paper, enlarged, spoilt: uint8."""
        rng = self.rng
        if self.ruled:
            y = rng.choice([rng.uniform(41, 50), rng.uniform(2, 9)])
            slope = rng.normal(0, 1)
            self._line(row, (y, 0), (y + slope, row.shape[1]), rng.uniform(1, 2))
        size = [round(side * self.enlarged) for side in row.shape[::-1]]
        big = Image.fromarray(row).resize((size[0], size[1]), Image.Resampling.BICUBIC)
        ink = np.asarray(big, np.float32).clip(0, 255) / 255
        ink = ndimage.gaussian_filter(ink, rng.uniform(0, 0.35) * self.enlarged)
        paper = rng.uniform(150, 250)
        sheet = paper * (1 - rng.uniform(0.35, 0.95) * ink)
        if self.patterned:
            sheet -= self._pattern(sheet.shape) * (1 - ink)
        down = np.linspace(0, rng.normal(0, 15), sheet.shape[0])[:, None]
        sheet = sheet + down + rng.normal(0, rng.uniform(0, 6), sheet.shape)
        return np.asarray(np.clip(np.rint(sheet), 0, 255), np.uint8)

    def _pattern(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return the wavy lines that cheques and certificates are printed with."""
        rng = self.rng
        y, x = np.indices(shape, np.float32)
        wave = y + rng.uniform(0, 6) * np.sin(
            x / rng.uniform(10, 40) + rng.uniform(0, 6)
        )
        phase = wave * rng.uniform(0.5, 1.6) + x * rng.normal(0, 0.3)
        lines = np.clip(np.sin(phase) * 2, 0, 1)
        return np.asarray(rng.uniform(5, 45) * lines, np.float32)
