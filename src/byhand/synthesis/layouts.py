"""Where words of digits are on a page: in rows, columns, blocks, or alone.

Lengths are in pixels of the sheet, unless they are in heights of a digit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from byhand.synthesis.rows import Block, Word

Area = tuple[float, float, float, float]  # left, top, right, bottom
Rng = np.random.Generator
Layout = Callable[[Area, float, Rng], list[Block]]

WIDE = 0.75  # heights: width of a digit, with the gap to the next
MOST_ROWS = 20
GROUPS = ((2, 2, 4), (2, 2, 2), (4, 2, 2), (3, 4, 4), (3, 3, 4), (4, 4, 4, 4),
          (3, 2, 2), (1, 2), (2, 3))  # fmt: skip


def word_lengths(room: float, rng: Rng) -> list[list[int]]:
    """Return lengths of words for the rows of a page, for a room in heights."""
    most = max(1, min(int(room / WIDE), 14))
    style = rng.random()
    if style < 0.35:
        return [[int(rng.integers(1, most + 1))] for _ in range(MOST_ROWS)]
    if style < 0.5:
        return [[int(rng.integers(1, most + 1))]] * MOST_ROWS
    if style < 0.65:
        return [list(GROUPS[rng.integers(len(GROUPS))])] * MOST_ROWS
    longest = int(rng.integers(1, 8))
    words = int(rng.integers(1, 5))
    return [
        rng.integers(1, longest + 1, rng.integers(1, words + 1)).tolist()
        for _ in range(MOST_ROWS)
    ]


def free_rows(area: Area, height: float, rng: Rng, angle: float = 0.0) -> Block:
    """Return rows of words, from tight to wide, that begin somewhere in an area."""
    left, top, right, bottom = area
    pitch = height * float(rng.choice([rng.uniform(1.12, 1.4), rng.uniform(1.3, 2),
                                       rng.uniform(1.6, 3.2)]))  # fmt: skip
    fit = max(1, int((bottom - top - height) / pitch) + 1)
    count = min(fit, MOST_ROWS, int(np.exp(rng.uniform(0, np.log(MOST_ROWS + 1)))))
    if rng.random() < 0.2:
        count = min(fit, MOST_ROWS)
    spare = max(bottom - top - height - (count - 1) * pitch, 0.0)
    first = top + height + spare * rng.uniform(0, 1) * rng.choice([0.2, 1.0])
    indent = (
        max(right - left - 2 * height, 0.0) * rng.choice([0.05, 0.5]) * rng.random()
    )
    jitter = float(rng.choice([0.1, 0.1, 1.0])) * height
    lengths = word_lengths((right - left - indent) / height, rng)
    rows = [
        [Word(indent + abs(rng.normal(0, jitter)), first - top + number * pitch, length)
         for length in lengths[number]]
        for number in range(count)
    ]  # fmt: skip
    return Block(rows, left, top, height, right - left, angle)


def rows(area: Area, height: float, rng: Rng) -> list[Block]:
    """Return rows over the page."""
    return [free_rows(area, height, rng, _slight(rng))]


def few(area: Area, height: float, rng: Rng) -> list[Block]:
    """Return one word or a single digit somewhere."""
    left, top, right, bottom = area
    count = int(rng.choice([1, 1, 2, 3, 4, 6]))
    x = rng.uniform(0, max(right - left - count * height * WIDE, 1.0))
    foot = rng.uniform(height, max(bottom - top, height + 1))
    word = Word(float(x), float(foot), count)
    return [Block([[word]], left, top, height, right - left, _slight(rng))]


def columns(area: Area, height: float, rng: Rng) -> list[Block]:
    """Return words in columns: a row's words, left to right, are a line."""
    left, top, right, bottom = area
    count = int(rng.integers(2, 6))
    longest = max(1, min(int((right - left) / count / height / WIDE - 1.2), 7))
    step = (right - left) / count
    pitch = height * rng.uniform(1.2, 2.6)
    fit = max(1, int((bottom - top - height) / pitch) + 1)
    number = min(fit, int(rng.integers(1, 13)))
    right_hand = rng.random() < 0.3
    rows = []
    for row in range(number):
        words = []
        for column in range(count):
            if rng.random() < 0.06 and count > 1:
                continue
            length = int(rng.integers(1, longest + 1))
            x = column * step + rng.normal(0, 0.08) * height + 0.2 * height
            if right_hand:
                x += (longest - length) * WIDE * height
            words.append(Word(float(x), height * 1.1 + row * pitch, length))
        rows.append(words)
    return [Block(rows, left, top, height, right - left, _slight(rng))]


def two_blocks(area: Area, height: float, rng: Rng) -> list[Block]:
    """Return two blocks of rows at angles of their own, one below the other."""
    left, top, right, bottom = area
    middle = top + (bottom - top) * rng.uniform(0.35, 0.65)
    blocks = []
    for low, high in ((top, middle - 0.5 * height), (middle + 0.5 * height, bottom)):
        angle = math.radians(rng.uniform(-10, 10))
        falls = math.tan(abs(angle)) * (right - left)
        drop = min(falls, max(high - low - 1.5 * height, 0.0))
        upper = low + (drop if angle < 0 else 0.0)
        lower = high - (drop if angle > 0 else 0.0)
        reach = left, upper, left + min(right - left, max(drop, 1) / max(
            math.tan(abs(angle)), 1e-3)), max(lower, upper + height)  # fmt: skip
        blocks.append(free_rows(reach, height, rng, angle))
    return blocks


def sizes(area: Area, height: float, rng: Rng) -> list[Block]:
    """Return rows of several heights, one block below the other."""
    left, top, right, bottom = area
    blocks: list[Block] = []
    while not blocks or (top + 1.2 * height < bottom and len(blocks) < 4):
        high = height * float(np.exp(rng.normal(0, 0.45)))
        block = free_rows((left, top, right, bottom), high, rng)
        count = int(rng.integers(1, 4))
        feet = [word.foot for row in block.rows[:count] for word in row]
        blocks.append(replace(block, rows=block.rows[:count]))
        top += max(feet) + 0.4 * height
    return blocks


def over_the_edge(area: Area, height: float, rng: Rng) -> list[Block]:
    """Return rows that the picture cuts off, as a part of a larger page."""
    left, top, right, bottom = area
    by = height * rng.uniform(0, 1.2, 4)
    wider = left - by[0], top - by[1], right + by[2], bottom + by[3]
    return [free_rows(wider, height, rng, _slight(rng))]


def _slight(rng: Rng) -> float:
    """Return radians by which rows are askew: mostly none."""
    return float(math.radians(rng.choice([0.0, rng.normal(0, 2), rng.uniform(-9, 9)],
                                         p=[0.6, 0.3, 0.1])))  # fmt: skip


LAYOUTS: dict[str, Layout] = {
    "rows": rows,
    "few": few,
    "columns": columns,
    "two blocks": two_blocks,
    "over the edge": over_the_edge,
    "sizes": sizes,
}
