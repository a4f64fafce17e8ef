"""Rows composed from digits of one hand, and whose ink each of their pixels is.

Letters: H, W height and width of a row in pixels; h, w of a digit or a sign.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from byhand.synthesis.drawing import chosen, lay, lines, log_uniform
from byhand.synthesis.handwriting import sign, words
from byhand.synthesis.page import HALF
from byhand.synthesis.pool import Pool
from byhand.synthesis.rows import MARKS
from byhand.types import Array, Grey

FOREIGN = 15  # the bit of ink that is no digit's
MOST = 8  # digits of a row
LOW, MIDDLE = ".,", "-=+×:"  # where signs are; others are as high as a digit


@dataclass(frozen=True)
class RowStyle:
    """How rows are composed; lengths in heights of a digit.

    Attributes:
        touching: share of the gaps that are drawn about contact.
        contact: mean and deviation of such a gap, from ink to ink.
        apart: smallest and largest of the other gaps.
        drift: deviation of a digit up or down.
        ligature: share of the gaps with a stroke from one digit to the next.
        sign: share of the gaps with a sign in it.
        frame: share of the rows with what is left of a frame.
        letters: share of the rows with a word beside it.
        heights: smallest and largest height of a digit, in pixels.
        soft: share of the rows whose ink is blurred.
    """

    touching: float = 0.5
    contact: tuple[float, float] = (-0.04, 0.08)
    apart: tuple[float, float] = (0.05, 0.5)
    drift: float = 0.05
    ligature: float = 0.1
    sign: float = 0.12
    frame: float = 0.15
    letters: float = 0.08
    heights: tuple[float, float] = (15.0, 36.0)
    soft: float = 0.5


ROW_STYLE = RowStyle()


@dataclass(frozen=True, eq=False)
class ComposedRow:
    """A row of digits.

    Attributes:
        grey: (H, W) uint8, how far a pixel is covered by ink.
        owners: (H, W) uint16: bit n says that it is ink of digit n, bit FOREIGN that
            it is other ink.
        labels: of the digits, from left to right.
    """

    grey: Grey
    owners: Array
    labels: tuple[int, ...]


def compose(
    pool: Pool, rng: np.random.Generator, style: RowStyle = ROW_STYLE
) -> ComposedRow:
    """Return a row of one to eight digits of a hand."""
    numbers = pool.of_hand(int(rng.integers(pool.count)))
    count = int(rng.integers(1, min(MOST, len(numbers)) + 1))
    numbers = rng.choice(numbers, count, replace=False)
    digits = [pool[n] for n in numbers]
    row = _Row(pool.height, sum(d.shape[1] for d in digits), count, style, rng)
    for number, digit in enumerate(digits):
        row.set_digit(digit, number)
    row.add_surroundings()
    return _scaled(row, tuple(pool.labels[numbers].tolist()), rng)


class _Row:
    """A row while it is composed: a layer for each digit, and one for other ink."""

    def __init__(
        self,
        height: float,
        width: int,
        count: int,
        style: RowStyle,
        rng: np.random.Generator,
    ) -> None:
        self.height, self.style, self.rng = height, style, rng
        self.left = round(2 * height)  # where the first digit begins
        size = round(3 * height), round(width + (count + 5) * 1.2 * height)
        self.layers = np.zeros((count, *size), np.uint8)
        self.foreign = np.zeros(size, np.uint8)
        self.middle = size[0] / 2
        self.edge = np.full(size[0], self.left)  # of the ink so far, in each line
        self.pen = log_uniform(rng, 0.07, 0.18) * height

    def set_digit(self, digit: Grey, number: int) -> None:
        """Set a digit behind what there is."""
        style, rng = self.style, self.rng
        if number and rng.random() < style.sign:
            self._set_sign()
        y = round(
            self.middle - len(digit) / 2 + rng.normal(0, style.drift) * self.height
        )
        y = max(min(y, len(self.edge) - len(digit)), 0)
        x = self._place(digit, y) if number else self.left
        lay(self.layers[number], digit, y, x)
        if number and rng.random() < style.ligature:
            self._join(number)
        self._grow(digit, y, x)

    def _place(self, digit: Grey, y: int) -> int:
        """Return the column of a digit by the gap that it is to have."""
        style, rng = self.style, self.rng
        inked = digit > HALF
        begin = np.where(inked.any(1), inked.argmax(1), 10**6)  # (h,) of each line
        touching = rng.random() < style.touching
        gap = rng.normal(*style.contact) if touching else rng.uniform(*style.apart)
        own = self.edge[y : y + len(digit)]
        contact = int((own - begin).max())
        if not touching:  # from box to box
            contact = max(contact, int(own.max()) - round(0.3 * digit.shape[1]))
        return max(contact + round(gap * self.height), self.left)

    def _grow(self, patch: Grey, y: int, x: int) -> None:
        """Keep where the ink ends in each line; lines beside it follow, as a slope."""
        inked = patch > HALF
        end = x + patch.shape[1] - inked[:, ::-1].argmax(axis=1)
        part = self.edge[y : y + len(patch)]
        np.maximum(part, np.where(inked.any(axis=1), end, 0), out=part)
        np.maximum(self.edge, round(x + 0.3 * patch.shape[1]), out=self.edge)

    def _set_sign(self) -> None:
        """Set a point, a dash or another sign."""
        rng, text = self.rng, chosen(self.rng, MARKS)
        patch = sign(self.height * rng.uniform(0.7, 1.1), rng, text)
        if text in LOW:
            y = self.middle + 0.45 * self.height - len(patch) * rng.uniform(0.3, 0.9)
        else:
            y = self.middle - len(patch) / 2 + rng.normal(0, 0.08) * self.height
        y = max(min(y, len(self.edge) - len(patch)), 0)
        x = self.edge.max() + rng.uniform(-0.1, 0.3) * self.height
        lay(self.foreign, patch, y, x)
        self._grow(patch, round(y), round(x))

    def _join(self, number: int) -> None:
        """Draw a stroke from the end of one digit to the next."""
        before, after = (
            np.argwhere(self.layers[n] > HALF) for n in (number - 1, number)
        )
        if not len(before) or not len(after):
            return
        last = before[before[:, 1] >= np.quantile(before[:, 1], 0.85)]
        first = after[after[:, 1] <= np.quantile(after[:, 1], 0.15)]
        y0, x0 = last[self.rng.integers(len(last))]
        y1, x1 = first[self.rng.integers(len(first))]
        lines(self.foreign, [(x0, y0, x1, y1)], self.pen)

    def add_surroundings(self) -> None:
        """Add what is left of a frame, and a word at an end."""
        rng, style = self.rng, self.style
        if rng.random() < style.frame:
            self._add_frame()
        if rng.random() < style.letters:
            patch = words(self.height * rng.uniform(0.7, 1.2), rng)
            x = int(self.edge.max()) + round(rng.uniform(0.2, 0.6) * self.height)
            lay(self.foreign, patch, self.middle - len(patch) / 2, x)

    def _add_frame(self) -> None:
        """Draw parts of a line below, or of bars at the ends or between digits."""
        rng, end = self.rng, float(self.edge.max())
        high, width = self.height * rng.uniform(0.5, 0.8), rng.uniform(1, 2.5)
        top, foot = self.middle - high, self.middle + high
        strokes = []
        if rng.random() < 0.5:
            x0, x1 = np.sort(rng.uniform(self.left, end, 2))
            strokes.append((x0, foot, x1, foot))
        for x in (self.left - 0.4 * self.height, end + 0.4 * self.height):
            if rng.random() < 0.5:
                y0, y1 = np.sort(rng.uniform(top, foot, 2))
                strokes.append((x, y0, x, y1))
        if strokes:
            lines(self.foreign, strokes, width)


def _scaled(
    row: _Row, labels: tuple[int, ...], rng: np.random.Generator
) -> ComposedRow:
    """Return a composed row at the size at which it is read, softer or sharper."""
    every = np.concatenate([row.layers, row.foreign[None]])
    inked = np.flatnonzero(every.any(axis=(0, 1)))
    every = every[:, :, max(inked[0] - 4, 0) : inked[-1] + 5]
    bits = np.array([*range(len(row.layers)), FOREIGN], np.uint16)
    owners = np.bitwise_or.reduce(
        (every > HALF / 2).astype(np.uint16) << bits[:, None, None], axis=0
    )
    scale = log_uniform(rng, *row.style.heights) / row.height
    grey = Image.fromarray(every.max(axis=0))
    size = round(grey.width * scale), round(grey.height * scale)
    small = np.asarray(grey.resize(size, Image.Resampling.BICUBIC))
    at = [
        ((np.arange(n) + 0.5) / scale).astype(int).clip(0, most - 1)
        for n, most in zip(small.shape, owners.shape, strict=True)
    ]
    if rng.random() < row.style.soft:
        small = _softened(small, rng)
    return ComposedRow(small, owners[np.ix_(*at)], labels)


def _softened(grey: Grey, rng: np.random.Generator) -> Grey:
    """Return ink as a finder of ink is unsure of it: wider or thinner, and soft."""
    blurred = ndimage.gaussian_filter(grey.astype(np.float32), rng.uniform(0.4, 1.0))
    steep, level = rng.uniform(1.2, 3), rng.uniform(80, 165)
    return np.asarray(((blurred - level) * steep + HALF).clip(0, 255), np.uint8)
