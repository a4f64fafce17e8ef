"""Rows of numbers on a page, and what each row says: its digits, and marks such as $.

Letters: H, W height and width of the page in pixels; K points around a symbol's ink.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from byhand.synthesis import handwriting
from byhand.synthesis.copied import copied
from byhand.synthesis.digits import Hand, written
from byhand.synthesis.drawing import chosen
from byhand.synthesis.page import HALF
from byhand.types import Array, Floats, Grey, Images, Labels

MARKS = ".,:/-+()%$€£=×#"  # what belongs to a number, as its digits do
BETWEEN = ".-/,:+=×"  # between two words, as in dates
POINTS = ".,"  # inside a word, as in prices
BEFORE = "$€£-+#(×="  # before a row
BEHIND = "%€$£)-=."  # behind it

Symbol = tuple[Grey, str]  # coverage (h, w) of a digit or mark, and which it is


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
        between: mark between two words, as in dates; none if empty.
        point: inside a word, two digits before its end; none if empty.
        before: before a row; none if empty.
        behind: behind a row; none if empty.
    """

    gap: float
    uneven: float
    space: float
    slope: float
    drift: float
    between: str = ""
    point: str = ""
    before: str = ""
    behind: str = ""


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
        words: of digits and marks.
        outlines: points (K, 2), x and y, around each of these.
    """

    words: list[str] = field(default_factory=list)
    outlines: list[Floats] = field(default_factory=list)


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
        between=_some(BETWEEN, 0.2, rng),
        point=_some(POINTS, 0.15, rng),
        before=_some(BEFORE, 0.12, rng),
        behind=_some(BEHIND, 0.1, rng),
    )  # fmt: skip


def _some(marks: str, share: float, rng: np.random.Generator) -> str:
    """Return one of some marks in a share of the cases; else none."""
    return chosen(rng, marks) if rng.random() < share else ""


def write_block(
    ink: Grey,
    block: Block,
    digits: tuple[Images, Labels],
    writer: Hand,
    spaced: Spacing,
    rng: np.random.Generator,
) -> list[WrittenLine]:
    """Write digits taken at random, and marks, into a layer; return each row's line.

    Args:
        ink: (H, W), the layer; changed.
        block: where the words are.
        digits: images (N, 28, 28) and labels (N,).
        writer: whose hand it is.
        spaced: how the digits follow each other.
        rng: draws the digits.
    """
    count = sum(word.count for row in block.rows for word in row)
    numbers = rng.integers(len(digits[0]), size=count)
    images, labels = digits[0][numbers], digits[1][numbers]
    if writer.copied:
        shapes = copied(images, block.height, rng, block.angle)
    else:
        shapes = written(images, labels, block.height, writer, rng, block.angle)
    supply = iter(zip(shapes, map(str, labels.tolist()), strict=True))
    lines = []
    free = _free(block)
    drift = (0.05 + 0.15 * free / block.height, spaced.drift)
    spaced = replace(spaced, drift=min(drift))  # digits stay clear of other rows
    for row in block.rows:
        line, end = WrittenLine(), -math.inf
        slope = _slope(row, block, spaced, free, rng)
        for word in row:
            some = [next(supply) for _ in range(word.count)]
            if not word.cell:
                some = _with_marks(
                    some, word is row[0], word is row[-1], block, spaced, rng
                )
            x = max(word.x, end)
            low = replace(word, foot=word.foot + slope * (x - row[0].x))
            end = write_word(ink, block, low, x, some, (spaced, slope), line, rng)
            end += spaced.space * block.height
        lines.append(line)
    return lines


def _with_marks(
    some: Sequence[Symbol],
    first: bool,
    last: bool,
    block: Block,
    spaced: Spacing,
    rng: np.random.Generator,
) -> list[Symbol]:
    """Return the digits of a word, and the marks of its number among them."""
    out = list(some)
    if spaced.point and len(out) > 2:
        out.insert(len(out) - 2, _mark(spaced.point, block.height, rng))
    if spaced.before and first:
        out.insert(0, _mark(spaced.before, block.height, rng))
        out += [_mark(")", block.height, rng)] * (spaced.before == "(")
    if not last and spaced.between:
        out.append(_mark(spaced.between, block.height, rng))
    if last and spaced.behind:
        out.append(_mark(spaced.behind, block.height, rng))
    return out


def _mark(text: str, height: float, rng: np.random.Generator) -> Symbol:
    return handwriting.sign(height, rng, text), text


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


def write_word(
    ink: Grey,
    block: Block,
    word: Word,
    x: float,
    some: Sequence[Symbol],
    spaced: tuple[Spacing, float],
    line: WrittenLine,
    rng: np.random.Generator,
) -> float:
    """Write a word from x on; return where it ends."""
    (style, slope), begin = spaced, x
    text, drift, middle = "", 0.0, x + word.cell / 2
    for shape, symbol in some:
        wide = shape.shape[1]
        if word.cell:
            x = middle - wide / 2 + rng.normal(0, style.uneven) * block.height / 2
            middle += word.cell
        if x + wide > block.limit:
            break
        drift = 0.8 * drift + rng.normal(0, style.drift) * block.height
        foot = word.foot + drift + slope * (x - begin)
        if symbol in MARKS:
            foot += handwriting.hang(symbol) * block.height
        outline = _lay(ink, block, shape, x, foot)
        if outline is not None:
            text += symbol
            line.outlines.append(outline)
        x += wide + rng.normal(style.gap, style.uneven) * block.height
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
