"""Rows of words of digits on a page, and what each row says.

Letters: H, W height and width of the page in pixels; K points around a digit's ink.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from byhand.synthesis import handwriting
from byhand.synthesis.digits import Hand, written
from byhand.synthesis.page import HALF
from byhand.types import Array, Floats, Grey, Images, Labels

SIGNS = ".-/,:+=×"  # between words
POINTS = ".,'"  # inside a word, as in prices


@dataclass(frozen=True)
class Word:
    """A word of digits that is to be written.

    Attributes:
        x: where it begins, in pixels along its row.
        foot: where the digits stand, in pixels down the block.
        count: of digits.
        cell: pixels from the middle of a digit to the next; 0 if they follow freely.
    """

    x: float
    foot: float
    count: int
    cell: float = 0.0


@dataclass(frozen=True)
class Spacing:
    """How digits follow each other; lengths in heights of a digit.

    Attributes:
        gap: between two digits of a word; below 0 they overlap.
        uneven: deviation of the gap.
        space: between two words that follow freely.
        slope: deviation of the rows' directions, as a tangent.
        drift: deviation of a digit up or down from the place of the one before.
        sign: what stands between two words, as in dates; nothing if empty.
        point: what stands inside a word, two digits before its end; nothing if empty.
    """

    gap: float
    uneven: float
    space: float
    slope: float
    drift: float
    sign: str = ""
    point: str = ""


@dataclass(frozen=True)
class Block:
    """Rows of words, turned about a corner.

    Attributes:
        rows: of words, from top to bottom, left to right.
        x: column of the corner from which the words' places count.
        y: its row.
        height: of a digit in pixels.
        limit: where rows end, in pixels along the row.
        angle: radians clockwise.
    """

    rows: Sequence[Sequence[Word]]
    x: float
    y: float
    height: float
    limit: float
    angle: float = 0.0


@dataclass
class WrittenLine:
    """A line on the page.

    Attributes:
        words: of digits.
        outlines: points (K, 2), x and y, around each digit.
        signs: between words: column and row of the left upper corner, and coverage.
    """

    words: list[str] = field(default_factory=list)
    outlines: list[Floats] = field(default_factory=list)
    signs: list[tuple[int, int, Grey]] = field(default_factory=list)


def parted(block: Block, rng: np.random.Generator) -> tuple[Block, Block]:
    """Return a block twice: each row is in one of the two, and empty in the other."""
    first = rng.random(len(block.rows)) < rng.uniform(0.2, 0.8)
    one, two = (
        [row if here else () for row, here in zip(block.rows, part, strict=True)]
        for part in (first, ~first)
    )
    return replace(block, rows=one), replace(block, rows=two)


def spacing(rng: np.random.Generator) -> Spacing:
    """Return how a writer spaces digits: from touching to far apart."""
    return Spacing(
        gap=float(rng.choice([rng.normal(-0.02, 0.05), rng.uniform(0.05, 0.45),
                              rng.uniform(0.3, 1.0)], p=[0.2, 0.6, 0.2])),
        uneven=float(rng.uniform(0.01, 0.12)),
        space=float(rng.uniform(0.9, 2.6)),
        slope=float(rng.choice([0.0, rng.uniform(0, 0.05)])),
        drift=float(rng.choice([rng.uniform(0, 0.03), rng.uniform(0.0, 0.12)])),
        sign=str(rng.choice([*SIGNS])) if rng.random() < 0.12 else "",
        point=str(rng.choice([*POINTS])) if rng.random() < 0.08 else "",
    )  # fmt: skip


def write_block(
    ink: Grey,
    block: Block,
    digits: tuple[Images, Labels],
    writer: Hand,
    spaced: Spacing,
    rng: np.random.Generator,
) -> list[WrittenLine]:
    """Write digits taken at random into a layer; return a line for each row.

    Args:
        ink: (H, W), the layer; changed.
        block: where the words are.
        digits: images (N, 28, 28) and labels (N,).
        writer: whose hand it is.
        spaced: how the digits follow each other.
        rng: draws the digits.
    """
    count = sum(word.count for row in block.rows for word in row)
    chosen = rng.integers(len(digits[0]), size=count)
    images, labels = digits[0][chosen], digits[1][chosen]
    shapes = written(images, labels, block.height, writer, rng, block.angle)
    supply = iter(zip(shapes, labels, strict=True))
    lines = []
    free = _free(block)
    drift = (0.05 + 0.15 * free / block.height, spaced.drift)
    spaced = replace(spaced, drift=min(drift))  # digits stay clear of other rows
    for row in block.rows:
        line, end = WrittenLine(), -math.inf
        slope = _slope(row, block, spaced, free, rng)
        for word in row:
            some = [next(supply) for _ in range(word.count)]
            x = max(word.x, end)
            low = replace(word, foot=word.foot + slope * (x - row[0].x))
            end = _write_word(ink, block, low, x, some, (spaced, slope), line, rng)
            if spaced.sign and word is not row[-1] and not word.cell:
                foot = word.foot + slope * (end - row[0].x)
                place = end + 0.5 * spaced.space * block.height, foot
                line.signs.append(_sign(spaced.sign, place, block, rng))
            end += spaced.space * block.height
        lines.append(line)
    return lines


def _free(block: Block) -> float:
    """Return the pixels between a row and the next, where they are nearest."""
    feet = [row[0].foot for row in block.rows if row]
    apart = [low - high for high, low in itertools.pairwise(feet)]
    return max(min(apart, default=math.inf) - block.height, 0.0)


def _slope(
    row: Sequence[Word],
    block: Block,
    spaced: Spacing,
    free: float,
    rng: np.random.Generator,
) -> float:
    """Return a row's own slope, not so steep that it runs into the next."""
    slope = float(rng.normal(0, 1)) * spaced.slope
    if not row:
        return slope
    most = (0.05 * block.height + 0.4 * free) / max(block.limit - row[0].x, 1.0)
    return min(max(slope, -most), most)


def _write_word(
    ink: Grey,
    block: Block,
    word: Word,
    x: float,
    some: Sequence[tuple[Grey, int]],
    spaced: tuple[Spacing, float],
    line: WrittenLine,
    rng: np.random.Generator,
) -> float:
    """Write a word from x on; return where it ends."""
    (style, slope), begin = spaced, x
    text, drift, middle = "", 0.0, x + word.cell / 2
    for number, (shape, label) in enumerate(some):
        wide = shape.shape[1]
        if word.cell:
            x = middle - wide / 2 + rng.normal(0, style.uneven) * block.height / 2
            middle += word.cell
        if x + wide > block.limit:
            break
        drift = 0.8 * drift + rng.normal(0, style.drift) * block.height
        outline = _lay(ink, block, shape, x, word.foot + drift + slope * (x - begin))
        if outline is not None:
            text += str(label)
            line.outlines.append(outline)
        x += wide + rng.normal(style.gap, style.uneven) * block.height
        if style.point and number == len(some) - 3 and not word.cell:
            place = x + 0.05 * block.height, word.foot + drift + slope * x
            line.signs.append(_sign(style.point, place, block, rng))
            x += 0.2 * block.height
    if text:
        line.words.append(text)
    return x


def _lay(ink: Grey, block: Block, shape: Grey, x: float, foot: float) -> Floats | None:
    """Write a digit; return points around it, or None if most of it is outside."""
    (height, width), (h, w) = ink.shape, shape.shape
    cos, sin = math.cos(block.angle), math.sin(block.angle)
    across, down = x + w / 2, foot - h / 2
    left = round(block.x + across * cos - down * sin - w / 2)
    top = round(block.y + across * sin + down * cos - h / 2)
    if not (-w < 2 * left < 2 * width - w and -h < 2 * top < 2 * height - h):
        return None
    inside = shape[max(-top, 0) : height - top, max(-left, 0) : width - left]
    top, left = max(top, 0), max(left, 0)
    part = ink[top : top + inside.shape[0], left : left + inside.shape[1]]
    np.maximum(part, inside, out=part)
    return outline(inside, left, top)


def _sign(
    text: str, place: tuple[float, float], block: Block, rng: np.random.Generator
) -> tuple[int, int, Grey]:
    """Return where a sign between two words is, and its coverage."""
    patch = handwriting.sign(block.height, rng, text)
    across, foot = place
    high = {".": 0.0, ",": -0.1, "'": 1.0}.get(text, 0.5) * block.height
    down = foot - high
    cos, sin = math.cos(block.angle), math.sin(block.angle)
    x = block.x + across * cos - down * sin - patch.shape[1] / 2
    y = block.y + across * sin + down * cos - len(patch) / 2
    return round(x), round(y), patch


def outline(coverage: Array, left: int, top: int) -> Floats | None:
    """Return the ends (K, 2) of a layer's ink in each of its rows; None without ink."""
    above = coverage > HALF
    rows = np.flatnonzero(above.any(axis=1))
    if not len(rows):
        return None
    above = above[rows]
    first = above.argmax(axis=1)
    last = above.shape[1] - above[:, ::-1].argmax(axis=1)
    corners = [(first, rows), (last, rows), (first, rows + 1), (last, rows + 1)]
    x = np.concatenate([across for across, _ in corners]) + left
    y = np.concatenate([down for _, down in corners]) + top
    return np.stack([x, y], axis=1).astype(np.float64)
