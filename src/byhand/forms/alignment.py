"""The ruled lines of a form laid onto those of a scan by least squares.

Letters: K points, each x, y; N lines, each x and y of its two ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from byhand.forms.guesses import Points, points_of
from byhand.forms.homography import fitted, mapped, through
from byhand.forms.rules import RuledPage
from byhand.types import Floats, Mask


@dataclass(frozen=True)
class AlignmentSettings:
    """How lines are laid onto lines; lengths in pixels of the copies."""

    radii: tuple[float, ...] = (
        40,
        25,
        15,
        10,
        8,
        6,
        4,
        3,
    )  # within which lines are paired
    rigid: float = 10.0  # how much stronger a scan's shape is expected at first
    found: float = 2.5  # distance up to which a point lies on a line
    compared: float = 25.0  # length of a scan's line that the form should explain
    edge: float = 0.01  # of the page, where lines are left out
    pairs: int = 8  # that are needed
    enough: float = 0.75  # score after which no other guess is refined


ALIGNMENT = AlignmentSettings()


@dataclass(frozen=True)
class Alignment:
    """How well a form's lines lie on a scan's.

    Attributes:
        matrix: (3, 3), from the form's copy to the scan's.
        error: median distance of paired points and lines, pixels of the copy.
        inliers: share of the form's lines that are on the scan.
        explained: share of the scan's lines that are the form's.
    """

    matrix: Floats
    error: float
    inliers: float
    explained: float

    @property
    def score(self) -> float:
        """How well the two agree, 0–1."""
        return self.inliers * self.explained


def aligned(
    form: RuledPage, scan: RuledPage, points: Points, start: Floats
) -> Alignment:
    """Return the map that lays a form's lines onto a scan's, from a first guess.

    In turn, each point is paired with the scan's nearest line of its direction, and the
    homography is fitted to the pairs, those that are far apart with little weight.
    """
    matrix = start
    ends = _ends(form)
    for number, radius in enumerate(ALIGNMENT.radii):
        pairs = [
            _paired(points, matrix, scan, radius),
            _ended(ends, matrix, scan, radius),
        ]
        at = np.concatenate([places for places, _, _ in pairs])
        lines = np.concatenate([lines for _, lines, _ in pairs])
        distance = np.concatenate([distance for _, _, distance in pairs])
        if len(at) < ALIGNMENT.pairs:
            return Alignment(matrix, radius, 0.0, 0.0)
        width = max(1.0, 2 * float(np.median(np.abs(distance))))
        weights = 1 / (1 + (distance / width) ** 2) ** 2
        rigid = ALIGNMENT.rigid if number < 2 else 1.0
        matrix = fitted(at, lines, weights, matrix, rigid)
    return _judged(form, scan, points, matrix)


def _paired(
    points: Points, matrix: Floats, scan: RuledPage, radius: float
) -> tuple[Floats, Floats, Floats]:
    """Return the points that have a line near, these lines (K, 3), and how far."""
    places, lines, distances = [], [], []
    for theirs, down in ((scan.across, False), (scan.down, True)):
        ours = points.places[points.down == down]
        which, distance = _nearest(mapped(matrix, ours), theirs, radius)
        close = np.abs(distance) < radius
        chosen = theirs[which[close]] if len(theirs) else np.zeros((0, 4))
        places.append(ours[close])
        lines.append(through(chosen[:, :2], chosen[:, 2:] - chosen[:, :2]))
        distances.append(distance[close])
    return np.concatenate(places), np.concatenate(lines), np.concatenate(distances)


def _nearest(places: Floats, lines: Floats, radius: float) -> tuple[Floats, Floats]:
    """Return for each place (K, 2) the nearest line, and how far it is from it.

    Only lines count that reach to the place, or nearly; infinity where there is none.
    """
    if not len(lines) or not len(places):
        return np.zeros(len(places), int), np.full(len(places), np.inf)
    start, along = lines[:, :2], lines[:, 2:] - lines[:, :2]
    length = np.hypot(*along.T)
    unit = along / length[:, None]  # (N, 2)
    to = places[:, None] - start  # (K, N, 2)
    position = (to * unit).sum(axis=2)
    off = to[..., 1] * unit[:, 0] - to[..., 0] * unit[:, 1]  # (K, N)
    beside = (position < -radius / 2) | (position > length + radius / 2)
    off = np.where(beside, np.inf, off)
    which = np.argmin(np.abs(off), axis=1)
    return which, off[np.arange(len(places)), which]


@dataclass(frozen=True)
class _Ends:
    """Ends of lines: (K, 2); whether of lines down; whether the first ends."""

    places: Floats
    down: Mask
    first: Mask


def _ends(page: RuledPage) -> _Ends:
    lines = np.concatenate([page.across, page.down])
    down = np.repeat([False, True], [len(page.across), len(page.down)])
    first = np.repeat([True, False], len(lines))
    places = np.concatenate([lines[:, :2], lines[:, 2:]])
    return _Ends(places, np.tile(down, 2), first)


def _ended(
    ends: _Ends, matrix: Floats, scan: RuledPage, radius: float
) -> tuple[Floats, Floats, Floats]:
    """Return the ends that have an end near, the lines square to these, and how far.

    Both must be ends of the same side of lines of the same direction.
    """
    places, lines, distances = [], [], []
    for theirs, down in ((scan.across, False), (scan.down, True)):
        along = theirs[:, 2:] - theirs[:, :2]
        square = np.stack([-along[:, 1], along[:, 0]], axis=1)
        for first in (True, False):
            ours = ends.places[(ends.down == down) & (ends.first == first)]
            goals = theirs[:, :2] if first else theirs[:, 2:]
            if not len(ours) or not len(goals):
                continue
            gaps = np.linalg.norm(mapped(matrix, ours)[:, None] - goals, axis=2)
            which = gaps.argmin(axis=1)
            close = gaps[np.arange(len(ours)), which] < radius
            which = which[close]
            lines.append(through(goals[which], square[which]))
            places.append(ours[close])
            moved = mapped(matrix, ours[close])
            distances.append((lines[-1][:, :2] * moved).sum(axis=1) + lines[-1][:, 2])
    if not places:
        return np.zeros((0, 2)), np.zeros((0, 3)), np.zeros(0)
    return np.concatenate(places), np.concatenate(lines), np.concatenate(distances)


def _judged(
    form: RuledPage, scan: RuledPage, points: Points, matrix: Floats
) -> Alignment:
    """Return an alignment with the shares of lines that are found and explained."""
    inside = _inside(mapped(matrix, points.places), scan.copy)
    ours = Points(points.places[inside], points.down[inside])
    distance = _distances(mapped(matrix, ours.places), ours.down, scan)
    inliers = float((distance < ALIGNMENT.found).sum()) / max(len(points.places), 1)
    back = np.linalg.inv(matrix)
    theirs = points_of(scan, ALIGNMENT.compared)
    returned = mapped(back, theirs.places)
    on = _inside(returned, form.copy)
    other = _distances(returned[on], theirs.down[on], form)
    explained = float((other < 2 * ALIGNMENT.found).mean()) if on.any() else 0.0
    close = distance[distance < ALIGNMENT.found]
    error = float(np.median(close)) if len(close) else ALIGNMENT.radii[0]
    return Alignment(matrix, error, inliers, explained)


def _inside(places: Floats, size: tuple[int, int]) -> Mask:
    margin = ALIGNMENT.edge * np.array(size)
    inside = (places >= margin) & (places <= size - margin)
    return np.asarray(inside.all(axis=1))


def _distances(places: Floats, down: Mask, page: RuledPage) -> Floats:
    """Return how far places are from the nearest line of their direction."""
    found = np.full(len(places), np.inf)
    for lines, flag in ((page.across, False), (page.down, True)):
        _, off = _nearest(places[down == flag], lines, 2 * ALIGNMENT.found)
        found[down == flag] = np.abs(off)
    return found
