"""First guesses of where a form lies on a scan, from pairs of ruled lines.

Letters: K points, each x, y; N lines, each x and y of its two ends; M maps (3, 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from byhand.forms.homography import mapped
from byhand.forms.rules import RuledPage
from byhand.types import Floats, Mask


@dataclass(frozen=True)
class GuessSettings:
    """How guesses are made and compared; lengths in pixels of the copies."""

    tried: int = 30  # lines of each direction and page that give guesses
    smallest: float = 0.55  # scale of a scan, of what its size says
    largest: float = 1.4  # the same
    cell: int = 4  # of the map of distances to lines
    near: float = 12.0  # distance at which a line no longer counts in that map
    step: float = 10.0  # between the points along a line
    points: int = 400  # of the form, at most
    first: int = 60  # points by which all guesses are compared
    compared: int = 60  # guesses that are compared by all points
    kept: int = 4  # guesses, at most


GUESSES = GuessSettings()
SMALL = 0.1  # a point that is nearer to the camera than this is taken to be so near


@dataclass(frozen=True)
class Points:
    """Points of lines, and in which direction the lines go.

    Attributes:
        places: (K, 2).
        down: (K,), whether it is of a line down.
    """

    places: Floats
    down: Mask

    def some(self, most: int) -> Points:
        """Return these points, or as many of them, spread over all."""
        count = len(self.places)
        if count <= most:
            return self
        chosen = np.linspace(0, count - 1, most).astype(int)
        return Points(self.places[chosen], self.down[chosen])


def points_of(
    page: RuledPage, shortest: float = 0.0, most: int = GUESSES.points
) -> Points:
    """Return points along the lines of a page that have a least length."""
    parts, flags = [], []
    for lines, down in ((page.across, False), (page.down, True)):
        for line in lines[lengths_of(lines) >= shortest]:
            count = int(np.hypot(*(line[2:] - line[:2])) // GUESSES.step) + 2
            share = (np.arange(count)[:, None] + 0.5) / count
            parts.append(line[:2] + share * (line[2:] - line[:2]))
            flags.append(np.full(count, down))
    if not parts:
        return Points(np.zeros((0, 2)), np.zeros(0, np.bool_))
    return Points(np.concatenate(parts), np.concatenate(flags)).some(most)


def lengths_of(lines: Floats) -> Floats:
    """Return how long lines (N, 4) are."""
    lengths: Floats = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    return lengths


class Closeness:
    """Where on a page lines are near: 1 on a line, 0 far from all of its direction."""

    def __init__(self, page: RuledPage) -> None:
        """Make the two maps, of the lines across and of those down."""
        cell = GUESSES.cell
        width, height = (side // cell + 1 for side in page.copy)
        self.maps = np.zeros((2, height + 2, width + 2), np.float32)
        everything = points_of(page, most=10**6)
        for number, chosen in enumerate((~everything.down, everything.down)):
            free = np.ones((height, width), np.bool_)
            at = (everything.places[chosen] / cell + 0.5).astype(int)
            at = np.clip(at, 0, (width - 1, height - 1))
            free[at[:, 1], at[:, 0]] = False
            if not free.all():
                distance = ndimage.distance_transform_edt(free) * cell
                share = np.maximum(0, 1 - distance / GUESSES.near)
                self.maps[number, 1:-1, 1:-1] = share

    def of(self, maps: Floats, points: Points) -> Floats:
        """Return how close points come to lines by maps (M, 3, 3), on average."""
        homogeneous = np.hstack([points.places, np.ones((len(points.places), 1))])
        x, y, depth = np.moveaxis(maps @ homogeneous.T, 1, 0)  # (M, K) each
        depth = np.maximum(depth, SMALL) * GUESSES.cell
        height, width = self.maps.shape[1:]
        columns = np.clip(x / depth + 1.5, 0, width - 1).astype(np.int32)
        rows = np.clip(y / depth + 1.5, 0, height - 1).astype(np.int32)
        found: Floats = self.maps[points.down.astype(int), rows, columns].mean(axis=1)
        return found


def starts(
    form: RuledPage, scan: RuledPage, closeness: Closeness, points: Points
) -> list[tuple[float, Floats]]:
    """Return first guesses of the map (3, 3) from a form to a scan, with their scores.

    Both are upright, so a guess has a scale and a shift. One line of the form that is
    taken for one of the scan gives both. All pairs of long lines are tried: RANSAC with
    every sample instead of random ones. A guess is as good as the form's points come
    close to lines of the scan.
    """
    guesses = _guesses(form, scan)
    if not len(guesses) or not len(points.places):
        return []
    some = points.some(GUESSES.first)
    order = np.argsort(-closeness.of(guesses, some), kind="stable")
    guesses = guesses[order[: GUESSES.compared]]
    scores = closeness.of(guesses, points)
    order = np.argsort(-scores, kind="stable")
    return _different([(float(scores[n]), guesses[n]) for n in order], form)


def _guesses(form: RuledPage, scan: RuledPage) -> Floats:
    """Return the maps (M, 3, 3) that take a line of the form onto one of the scan."""
    expected = max(scan.copy) / max(form.copy)
    found = []
    for ours, theirs in ((form.across, scan.across), (form.down, scan.down)):
        ours, theirs = _longest(ours), _longest(theirs)
        scale = lengths_of(theirs)[None, :] / lengths_of(ours)[:, None]  # (N, N)
        right = (scale > expected * GUESSES.smallest) & (
            scale < expected * GUESSES.largest
        )
        a, b = np.nonzero(right)
        maps = np.zeros((len(a), 3, 3))
        maps[:, 0, 0] = maps[:, 1, 1] = scale[a, b]
        middles = (ours[a, :2] + ours[a, 2:]) / 2, (theirs[b, :2] + theirs[b, 2:]) / 2
        maps[:, :2, 2] = middles[1] - scale[a, b][:, None] * middles[0]
        maps[:, 2, 2] = 1
        found.append(maps)
    return np.concatenate(found)


def _longest(lines: Floats) -> Floats:
    return lines[np.argsort(-lengths_of(lines), kind="stable")[: GUESSES.tried]]


def _different(
    guesses: list[tuple[float, Floats]], form: RuledPage
) -> list[tuple[float, Floats]]:
    """Return the first few guesses, without those that are close to a better one."""
    corners = np.array([[0, 0], form.copy], np.float64)
    kept: list[tuple[float, Floats]] = []
    places: list[Floats] = []
    for score, matrix in guesses:
        at = mapped(matrix, corners)
        if all(np.abs(at - other).max() > GUESSES.near for other in places):
            kept.append((score, matrix))
            places.append(at)
        if len(kept) == GUESSES.kept:
            break
    return kept
