"""Other handwriting than digits: letters, words and signs, drawn with a pen.

Letters: h × w pixels of a patch; K points of a stroke.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from byhand.synthesis.drawing import (
    blank,
    chosen,
    cropped,
    log_uniform,
    polyline,
    smooth,
)
from byhand.synthesis.letters import CAPITAL, LIKE_DIGITS, SIGNS, SMALL, skeletons
from byhand.types import Floats, Grey

UNITS = 10.0  # of a skeleton, height of a capital letter


@dataclass(frozen=True)
class Hand:
    """How someone writes.

    Attributes:
        width: of the pen, of the height of a capital letter.
        lean: columns to the right for each row up.
        narrow: factor of the width.
        jitter: deviation of a point from its place, of the height of a capital.
        gap: between two letters, of the height of a capital.
        joined: whether small letters of a word are joined.
        drift: deviation of a letter's baseline from the one before, of the height.
        small: height of the small letters, of the usual one.
    """

    width: float = 0.08
    lean: float = 0.1
    narrow: float = 1.0
    jitter: float = 0.03
    gap: float = 0.12
    joined: bool = False
    drift: float = 0.02
    small: float = 1.0


def hand(rng: np.random.Generator) -> Hand:
    """Return a hand at random."""
    return Hand(
        width=log_uniform(rng, 0.035, 0.2),
        lean=rng.normal(0.12, 0.2),
        narrow=rng.uniform(0.6, 1.4),
        jitter=rng.uniform(0.01, 0.06),
        gap=rng.uniform(0.03, 0.3),
        joined=bool(rng.random() < 0.5),
        drift=rng.uniform(0, 0.05),
        small=rng.uniform(0.75, 1.3),
    )


def written(text: str, height: float, rng: np.random.Generator, by: Hand) -> Grey:
    """Return the ink (h, w) of a handwritten text of one line, cropped.

    Args:
        text: of characters that have a skeleton, and spaces.
        height: of a capital letter, in pixels.
        rng: draws the variants of letters, and how each differs from its skeleton.
        by: whose hand.
    """
    strokes = _strokes(text, rng, by)
    return drawn([s * height / UNITS for s in strokes], by.width * height)


def drawn(strokes: Sequence[Floats], width: float) -> Grey:
    """Return a patch (h, w) with curves through points (K, 2), x and y in pixels."""
    points = np.concatenate(strokes)
    low = points.min(axis=0) - width - 2
    wide, high = points.max(axis=0) - low + width + 2
    layer = blank(high, wide)
    for stroke in strokes:
        polyline(layer, smooth(stroke - low), width)
    return cropped(layer)


def _strokes(text: str, rng: np.random.Generator, by: Hand) -> list[Floats]:
    """Return the strokes of a text, in units of the skeletons."""
    out: list[Floats] = []
    x, y, before = 0.0, 0.0, False
    for letter in text:
        if letter == " ":
            x, before = x + UNITS * rng.uniform(0.4, 0.8), False
            continue
        strokes = [_varied(s, rng, by) for s in chosen(rng, skeletons()[letter])]
        left = min(s[:, 0].min() for s in strokes)
        strokes = [s + np.array([x - left, y]) for s in strokes]
        small = by.joined and letter in SMALL
        if small and before:  # from the end of the last letter
            strokes[0] = np.concatenate([out[-1][-1:], strokes[0]])
        out += strokes
        before = small and len(strokes) == 1
        x = max(s[:, 0].max() for s in strokes[-2:]) + by.gap * UNITS
        y += rng.normal(0, by.drift) * UNITS - 0.2 * y
    return [s + np.array([[-by.lean, 0]]) * s[:, 1:] for s in out]


def _varied(stroke: Floats, rng: np.random.Generator, by: Hand) -> Floats:
    """Return a stroke (K, 2) as a hand writes it this time."""
    x = stroke * [0.9 * by.narrow * rng.uniform(0.85, 1.15), 1]
    y = x[:, 1]
    inside = (y >= UNITS / 2) & (y <= UNITS)
    x[:, 1] = np.where(inside, UNITS - (UNITS - y) * by.small, y)
    again = (stroke[1:] == stroke[:-1]).all(axis=1)  # a corner stays one
    moved = x + rng.normal(0, by.jitter * UNITS, x.shape)
    moved[1:][again] = moved[:-1][again]
    return np.asarray(moved)


def word(rng: np.random.Generator, like_digits: float = 0.02) -> str:
    """Return letters at random: small ones, capitals, or a capital before small ones.

    Args:
        rng: draws them.
        like_digits: share of letters such as O, l and S.
    """
    kind, count = rng.random(), int(rng.integers(1, 9))
    letters = [chosen(rng, SMALL) for _ in range(count)]
    if kind < 0.3:
        letters = [chosen(rng, CAPITAL) for _ in range(count)]
    elif kind < 0.6:
        letters[0] = chosen(rng, CAPITAL)
    for number in np.flatnonzero(rng.random(count) < like_digits):
        letters[number] = chosen(rng, LIKE_DIGITS)
    if rng.random() < 0.15:
        letters.append(chosen(rng, ".,:!?"))
    return "".join(letters)


def words(height: float, rng: np.random.Generator, count: int = 1) -> Grey:
    """Return the ink (h, w) of some words in one random hand."""
    return written(" ".join(word(rng) for _ in range(count)), height, rng, hand(rng))


def sign(height: float, rng: np.random.Generator, text: str = "") -> Grey:
    """Return the ink of a sign in a random hand: a comma, a dash, a tick."""
    return written(text or chosen(rng, SIGNS), height, rng, hand(rng))


def hang(text: str) -> float:
    """Return how far a sign reaches below the line, in heights of a capital."""
    strokes = skeletons()[text][0]
    return max(float(s[:, 1].max()) for s in strokes) / UNITS - 1
