"""A better guess: the homography of two pairs of lines that most lines agree with.

Letters: N lines, each x and y of its two ends; K pairs of lines; M maps (3, 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from byhand.forms.guesses import Closeness, Points, lengths_of
from byhand.forms.homography import mapped
from byhand.forms.rules import RuledPage
from byhand.types import Floats


@dataclass(frozen=True)
class RansacSettings:
    """How pairs of lines are drawn; lengths in pixels of the copies."""

    shortest: float = 25.0  # of a line
    reach: float = 60.0  # between the ends of two lines that may be a pair
    longer: float = 1.2  # one of them than the other, at most
    pairs: int = 3  # of a line, the nearest
    samples: int = 600
    points: int = 200  # by which maps are compared
    square: float = 1e-4  # determinant of a sample's equations, at least


RANSAC = RansacSettings()
SEED = 0  # the same scan gives the same result


def bent(
    form: RuledPage,
    scan: RuledPage,
    closeness: Closeness,
    points: Points,
    start: Floats,
) -> Floats:
    """Return a map (3, 3) that is better than a first guess, or the guess.

    The first guess only scales and shifts. It is good enough to say which lines of the
    scan a line of the form may be: those whose ends are not far and whose length is
    similar. Two such pairs, drawn at random, have four ends, which give a homography.
    Of many the best is that by which the form's points come closest to lines.

    Source: Fischler and Bolles 1981, "Random sample consensus".
    """
    ours, theirs = _pairs(form, scan, start)
    if len(ours) < 2:
        return start
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(0, len(ours), (RANSAC.samples, 2))
    maps = _maps(
        ours[drawn].reshape(-1, 4, 2), theirs[drawn].reshape(-1, 4, 2), max(form.copy)
    )
    maps = np.concatenate([start[None], maps])
    return np.asarray(maps[closeness.of(maps, points.some(RANSAC.points)).argmax()])


def _pairs(form: RuledPage, scan: RuledPage, start: Floats) -> tuple[Floats, Floats]:
    """Return the ends (K, 2, 2) of the form's lines and of those they may be."""
    first, second = [], []
    for ours, theirs in ((form.across, scan.across), (form.down, scan.down)):
        ours = ours[lengths_of(ours) >= RANSAC.shortest]
        theirs = theirs[lengths_of(theirs) >= RANSAC.shortest]
        if not len(ours) or not len(theirs):
            continue
        here = ours.reshape(-1, 2, 2)
        there = theirs.reshape(-1, 2, 2)
        guess = mapped(start, here.reshape(-1, 2)).reshape(-1, 2, 2)
        gaps = np.linalg.norm(guess[:, None] - there, axis=3).max(axis=2)  # (N, N)
        ratio = lengths_of(theirs) / lengths_of(guess.reshape(-1, 4))[:, None]
        longer = np.maximum(ratio, 1 / ratio) > RANSAC.longer
        gaps = np.where(longer, np.inf, gaps)
        order = np.argsort(gaps, axis=1)[:, : RANSAC.pairs]
        close = np.take_along_axis(gaps, order, axis=1) < RANSAC.reach
        line, place = np.nonzero(close)
        first.append(here[line])
        second.append(there[order[line, place]])
    if not first:
        return np.zeros((0, 2, 2)), np.zeros((0, 2, 2))
    return np.concatenate(first), np.concatenate(second)


def _maps(ours: Floats, theirs: Floats, size: float) -> Floats:
    """Return the homographies (M, 3, 3) that take four points onto four (M, 4, 2).

    Of each pair of points (x, y), (u, v), with the last number of the homography 1:
    h0 x + h1 y + h2 - u (h6 x + h7 y) = u, h3 x + h4 y + h5 - v (h6 x + h7 y) = v.
    Those whose points are almost on one line are left out.
    """
    (x, y), (u, v) = np.moveaxis(ours / size, 2, 0), np.moveaxis(theirs / size, 2, 0)
    one, none = np.ones_like(x), np.zeros_like(x)
    above = np.stack([x, y, one, none, none, none, -u * x, -u * y], axis=2)
    below = np.stack([none, none, none, x, y, one, -v * x, -v * y], axis=2)
    equations = np.concatenate([above, below], axis=1)  # (M, 8, 8)
    right = np.abs(np.linalg.det(equations)) > RANSAC.square
    goals = np.concatenate([u, v], axis=1)[right, :, None]
    found = np.ones((int(right.sum()), 9))
    found[:, :8] = np.linalg.solve(equations[right], goals)[..., 0]
    scale = np.diag([size, size, 1.0])
    return scale @ found.reshape(-1, 3, 3) @ np.linalg.inv(scale)
