"""Digits as skeletons: forms that the data lacks, drawn as images of the data's kind.

A line of SKELETONS is a digit and a form of it, written as in `letters`: strokes parted
by "/", each of points x,y that a smooth curve joins; a point that is there twice is a
corner. A digit is 10 units high, from y = 0 down to its foot at y = 10.

Letters: N images of 28 × 28 pixels; K points of a stroke.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from byhand import kernels
from byhand.synthesis.drawing import smooth
from byhand.synthesis.letters import Skeleton, read_skeletons
from byhand.types import Floats, Images, Integers, Labels

UNITS = 10.0  # height of a skeleton
SIDE, HIGH = 28, 20.0  # pixels of an image, and of the digit in it
WIDEST = 24.0  # pixels: a wider digit is made smaller
JITTER = 0.35  # units: deviation of a point of a skeleton
PEN = 1.4, 3.2  # pixels: width of a stroke, from thin to thick
HOOKED = 0.15  # share of the strokes that end in a short hook

SKELETONS = """
0 3,0 1,1.5 0,5 1,8.5 3,10 5,8.5 6,5 5,1.5 3,0
0 2.4,0.6 0.6,2.5 0,6 1.5,9.5 3.5,10 5.5,8 6,4.5 5,1.5 3.8,0.3
0 4,0.8 2,0.3 0.3,3 0.3,7 2.5,10 5,8.5 6,5 5,1.5 3,0.2 1.8,1.8
0 3,0 1,1.5 0,5 1,8.5 3,10 5,8.5 6,5 5,1.5 3,0 5,-0.5 7,-0.3
0 3,0 1,1.5 0,5 1,8.5 3,10 5,8.5 6,5 5,1.5 3,0 / 6.5,0 -0.5,10
0 3,0 1,1.5 0,5 1,8.5 3,10 5,8.5 6,5 5,1.5 3,0 / 4.6,2.5 1.4,7.5
0 4,0 1,1 0,5 1,9 4,10 7,9 8,5 7,1 4,0
0 4.8,-0.3 2,0.8 0,4 0.8,8.5 3,10 5.5,8 6,4 4,1 1.8,-0.2
1 0,4 4,0 4,0 4,10
1 2,2 4,0 4,0 4,10
1 0.5,3 3,0 3,0 3,10 / 0.5,10 5.5,10
1 0,7 4,0 4,0 4,10
1 0,0 0,10
1 0,3.5 2.5,2.4 4,0 4,0 4,10
1 2,0 2,10 / 0,10 4,10
1 0,8.5 3.5,0 3.5,0 4,10
1 0,4 3,2 4.5,0 4.5,0 4,7 4,9.5 5,10
2 0.5,2.5 2,0 5,0.5 5.5,3 3.5,6 0,10 0,10 6,10
2 0.5,2 2.5,0 5,1 5,4 2.5,8 0.5,9.8 0.8,8.3 2.5,8.7 4.5,10 6.5,9
2 0.3,2 2.5,0 5,1.2 4.5,4.5 0,9.8 0,9.8 2,9 4.5,10 6,9
2 1.2,3 0.3,2 2,0 5,1 5,4 0,10 0,10 6.2,9.8
3 0.5,1 3,0 5,2 2.5,4.5 2.5,4.5 5.5,7 3.5,10 0,9
3 0,0.2 5.5,0 5.5,0 2,4 2,4 5,5 5.5,8 3,10 0,9
3 0.5,1.5 2.5,0 5,1.2 4.5,3.8 2.2,4.7 4.8,5.5 5.6,8 3,10 0,8.5
3 0.5,1 3,0 5,1.5 4,4 2.2,4.8 2.8,5.4 3.4,4.8 5.5,6.5 4.5,9.5 2,10 0,9
4 1,0 0,6 0,6 6,6 / 4.5,2 4.5,10
4 4.5,10 4.5,0 4.5,0 0,6.5 0,6.5 6.5,6.5
4 3.5,0 0,6.5 0,6.5 6.5,6.2 / 4.5,4 4,10
4 0.5,0.5 0.3,3.5 1.5,5.3 5,5 / 5,0 5,10
4 2.5,0 0,6 0,6 6,5.5 / 5,3 3.5,10
4 2,0 0,7 0,7 7,7 / 5,4.5 5,10
4 1,0 0.3,4 1,6 3,6.3 6.5,5.5 / 4.6,1 4.2,10
5 5,0 1,0 1,0 0.7,4.3 0.7,4.3 3.5,3.8 5.5,6.5 3.5,10 0,9
5 1,0 0.8,4.5 0.8,4.5 3.5,4 5.5,7 3.5,10 0,9 / 1,0 5.8,0
5 0.8,0.8 0.6,4.5 0.6,4.5 3.5,4 5.5,7 3,10 0,9 / 1.2,0 6.5,-0.6
5 5.5,0.2 1.5,0.3 0.7,3.5 4,5 5.5,7.5 3,10 0,9.2
6 4.5,0 1.5,3 0,7 1.5,10 4,9.8 5.2,7.5 3.5,5.5 0.3,7.5
6 4,0 0.3,6.5 0.8,9.5 3,10 5,8.5 4.5,6 2.5,5.6 0.4,7.5
6 4.8,0.6 3.4,0 1,3 0,7 2,10 4.8,9 4.8,6.5 2.5,5.5 1.5,7.5
6 2,0 0.3,4 0,8 1.5,10 3.2,8.8 3,6.8 1.5,6.3 0.3,8
6 4,0 1,4 0,8 2,10 4.8,8.8 4.5,6.8 2.5,6.6
7 0,0.3 6,0 6,0 2.5,10
7 0,0.3 6,0 6,0 2.5,10 / 1.5,5 6,5
7 0,1.3 1.5,0 3.5,1 6,0 6,0 3.5,5 2.5,10
7 0,1.3 1.5,0 3.5,1 6,0 6,0 3.5,5 2.5,10 / 1.2,5.3 5.5,4.8
7 0,2 0.2,0.2 0.2,0.2 6,0 6,0 3,10
7 0,2 0.2,0.2 0.2,0.2 6,0 6,0 3,10 / 1.5,5.2 5.8,4.8
7 0,0.5 5.5,0.2 5.5,0.2 3,4 2.5,10 / 0.8,5 5,4.6
7 0.6,1.8 0,0.8 2.5,0.6 6,0 6,0 3,6 2,10
8 5,1.2 3,0 0.8,1.5 2,4 4.5,6 5,8.5 3,10 0.6,8.5 1.2,6 4,4 5.2,2 5,1.2
8 3,0 1,1 1,3.5 3,4.6 5,3.5 5,1 3,0 / 3,4.6 0.4,6 0.4,9 3,10 5.6,9 5.6,6 3,4.6
8 5.5,0.4 2.5,0 0.8,2 3,4.5 5.2,7.5 3,10 0.5,8 2,5 4.6,2.8 5.8,1.2
8 2,0 0.5,1.5 1.8,4.3 3,7.5 1.8,10 0.3,7.8 1.5,4.8 3,1.8 2,0
9 5,1.5 3,0 0.5,1.5 0.5,4 3,5.2 5,3 5,1 5,1 5,10
9 5,1.5 3,0 0.5,1.5 0.5,4 3,5.2 5,3 5,1 5,1 5.2,6 4,9.5 1.5,10 0.3,9
9 5,1.5 3,0 0.5,1.5 0.5,4 3,5 5,3 5,1 5,1 5.3,7 4,10 1,9.8 0,8
9 5,1.5 3,0 0.5,1.5 0.5,4 3,5 5,3 5,1 5,1 5,8 3,10 0.5,9 1.5,7.3 4.2,6.8
9 4.8,2 2.5,0 0.3,2.5 2,5 4.8,3.5 5.5,0.5 / 5.2,0.8 4.2,10
9 4.5,0.5 0.8,1.5 0.8,4.5 4.5,4 4.5,0.5 4.5,0.5 4.5,10
9 5,1.6 3,0 0.5,1.8 1,4.6 3.5,4.6 5,1.6 5,1.6 2,10
"""


@cache
def numerals() -> dict[int, tuple[Skeleton, ...]]:
    """Return the forms of each digit."""
    return {int(d): forms for d, forms in read_skeletons(SKELETONS).items()}


def form_of(digit: int, number: float) -> Skeleton:
    """Return a form of a digit, by a number from 0 to below 1."""
    forms = numerals()[digit]
    return forms[int(number * len(forms))]


def draw_numerals(
    images: Images,
    labels: Labels,
    which: Integers,
    forms: Floats,
    rng: np.random.Generator,
) -> None:
    """Draw digits from their skeletons in place of some images.

    Args:
        images: (N, 28, 28), changed in place.
        labels: (N,).
        which: (M,) of the images.
        forms: (10,) for each digit the form of it, as `form_of` takes it.
        rng: moves the points, and draws the pen.
    """
    if not len(which):
        return
    images[which] = 0
    jitter, width = rng.uniform(0.3, 1) * JITTER, rng.uniform(*PEN)
    narrow = rng.uniform(0.75, 1.3)
    ends, image = [], []
    for n in which.tolist():
        digit = int(labels[n])
        strokes = [
            smooth(_varied(stroke, jitter, narrow, rng))
            for stroke in form_of(digit, float(forms[digit]))
        ]
        for stroke in _placed(strokes):
            ends.append(np.concatenate([stroke[:-1], stroke[1:]], axis=1))
            image.append(np.full(len(stroke) - 1, n))
    lines, of = np.concatenate(ends), np.concatenate(image)  # x, y, x, y
    begin, end = lines[:, 1::-1].copy(), lines[:, :1:-1].copy()
    kernels.strokes()(images, of, begin, end, np.full(len(of), width))


def _varied(
    stroke: Floats, jitter: float, narrow: float, rng: np.random.Generator
) -> Floats:
    """Return a stroke (K, 2) as a hand writes it this time."""
    again = (stroke[1:] == stroke[:-1]).all(axis=1)  # a corner stays one
    x = stroke * [narrow, 1] + rng.normal(0, jitter, stroke.shape)
    x[1:][again] = x[:-1][again]
    if rng.random() >= HOOKED:
        return np.asarray(x)
    along = x[-1] - x[-2]
    turned = along[::-1] * [1, -1] * rng.choice([-1, 1])
    length = rng.uniform(0.3, 1.2) / max(float(np.hypot(*along)), 0.1)
    return np.concatenate([x, [x[-1] + length * (turned + 0.5 * along)]])


def _placed(strokes: list[Floats]) -> list[Floats]:
    """Return strokes in pixels, in the middle of an image of the data."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = min(HIGH / max(high[1] - low[1], 1), WIDEST / max(high[0] - low[0], 1))
    middle = (SIDE - 1) / 2
    return [(s - (low + high) / 2) * scale + middle for s in strokes]
