"""Ruled lines of a page: where they are, once the page is rotated upright.

Letters: H × W pixels; K points, each x, y; N lines, each x and y of its two ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from byhand.forms.homography import mapped
from byhand.types import Array, Floats, Grey, Mask


@dataclass(frozen=True)
class RuleSettings:
    """How ruled lines are found; lengths in pixels of the copy that is searched."""

    longest: int = 1000  # of the copy's longer side
    darker: float = 0.08  # than the paper, as a share, is ink at least
    above_noise: float = 4.0  # times as dark as noise
    inky: float = 0.15  # the same, of ink from which the angle is found
    steepest: float = 12.0  # degrees by which a page may lie turned
    points: int = 30_000  # of ink from which the angle is found
    # degrees between the angles that are compared, and the size of the bins
    steps: tuple[tuple[float, float], ...] = ((1.0, 6.0), (0.2, 2.0), (0.05, 1.0))
    averaged: int = 5  # along a line
    thickest: int = 9  # of a line, less than this
    shortest: int = 12  # of a line
    long: float = 60.0  # of a line whose angle counts
    enough: float = 300.0  # length of such lines, so that they say the angle
    slope: float = 0.2  # of a line on the upright copy, less than this


RULES = RuleSettings()
PAPER = 255  # beyond the page


@dataclass(frozen=True)
class RuledPage:
    """A page and its ruled lines, on a copy that is small and upright.

    Attributes:
        size: width and height of the page in its own pixels.
        matrix: (3, 3), from pixels of the page to pixels of the copy.
        across: (N, 4), the lines across, each from the left to the right.
        down: (N, 4), the lines down, each from top to bottom.
        copy: width and height of the copy.
    """

    size: tuple[int, int]
    matrix: Floats
    across: Floats
    down: Floats
    copy: tuple[int, int]

    def turned(self, quarters: int) -> RuledPage:
        """Return the page with its copy turned by quarters, against the clock."""
        page = self
        for _ in range(quarters % 4):
            page = page._quarter()
        return page

    def _quarter(self) -> RuledPage:
        """Return the page, its copy turned by a quarter: x, y to y, width - 1 - x."""
        width, height = self.copy
        turn = np.array([[0, 1, 0], [-1, 0, width - 1], [0, 0, 1]], np.float64)
        # a line from the left to the right goes from the bottom to the top now
        sign, shift = (1, -1, 1, -1), (0, width - 1, 0, width - 1)
        down = self.across[:, [3, 2, 1, 0]] * sign + shift
        across = self.down[:, [1, 0, 3, 2]] * sign + shift
        return RuledPage(self.size, turn @ self.matrix, across, down, (height, width))


def ruled_page(page: Grey, longest: int = RULES.longest) -> RuledPage:
    """Return a page (H, W), ink dark, with the ruled lines that are on it.

    Args:
        page: the page.
        longest: of the copy's longer side, pixels.
    """
    small = _reduced(page, longest)
    upright, turn = rotated(small, skew(small))
    across, down = lines_across(upright), lines_across(upright.T)[:, [1, 0, 3, 2]]
    level = _level(across)
    scale = np.array([small.shape[1] / page.shape[1], small.shape[0] / page.shape[0]])
    shrink = np.diag([*scale, 1.0])
    shrink[:2, 2] = (scale - 1) / 2  # the middle of a pixel is at whole numbers
    return RuledPage(
        (page.shape[1], page.shape[0]),
        level @ turn @ shrink,
        _mapped(level, across),
        _mapped(level, down),
        (upright.shape[1], upright.shape[0]),
    )


def _mapped(matrix: Floats, lines: Floats) -> Floats:
    """Return lines (N, 4) mapped by a homography."""
    return mapped(matrix, lines.reshape(-1, 2)).reshape(-1, 4)


def _level(across: Floats) -> Floats:
    """Return the rotation (3, 3) after which most lines across are level.

    A camera sees lines across and down at other angles than 90°, and the page was
    rotated by something in between.
    """
    tilt = _slope(across) or 0.0
    return np.array([[1, tilt, 0], [-tilt, 1, 0], [0, 0, np.hypot(1, tilt)]])


def _slope(across: Floats) -> float | None:
    """Return the median slope of lines, by their length; None if too few are long."""
    lengths = across[:, 2] - across[:, 0]
    long = lengths >= RULES.long
    if lengths[long].sum() < RULES.enough:
        return None
    slopes = (across[long, 3] - across[long, 1]) / lengths[long]
    order = np.argsort(slopes)
    total = np.cumsum(lengths[long][order])
    return float(slopes[order][np.searchsorted(total, total[-1] / 2)])


def _reduced(page: Grey, longest: int) -> Grey:
    """Return the page with its longer side at most this, by averaging."""
    height, width = page.shape
    scale = min(1.0, longest / max(height, width))
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    image = Image.fromarray(page)
    return np.asarray(image.resize(size, Image.Resampling.BOX))


def skew(page: Grey) -> float:
    """Return by how many degrees a page is turned clockwise, -12 to 12.

    A line across that is turned by an angle falls into one bin of the profile of its
    ink over y - x tan(angle), a line down into one over x + y tan(angle). So the sums
    of squares of the two profiles are the largest at the angle of most lines.

    Source: Postl 1986, "Detection of linear oblique structures and skew scan".
    """
    y, x = np.nonzero(_ink(page))
    step = len(x) // RULES.points + 1
    ink = np.stack([x[::step], y[::step]]).astype(np.float32)
    best, reach = 0.0, RULES.steepest
    for wide, size in RULES.steps:
        angles = best + np.arange(-reach, reach + wide / 2, wide)
        found = [
            _sharpness(ink[1], -ink[0], angle, size)
            + _sharpness(ink[0], ink[1], angle, size)
            for angle in angles
        ]
        best, reach = float(angles[int(np.argmax(found))]), wide
    return best


def _ink(page: Grey) -> Mask:
    """Return what is darker than all around it, and thin."""
    level = page
    for change in (ndimage.maximum_filter1d, ndimage.minimum_filter1d):
        for axis in (0, 1):
            level = change(level, RULES.thickest, axis=axis)
    return np.asarray(level - page > RULES.inky * level)


def _sharpness(places: Floats, along: Floats, angle: float, size: float) -> float:
    """Return the logarithm of a profile's sum of squares, its bins of this size."""
    if not len(places):
        return 0.0
    turned = places + along * np.float32(np.tan(np.radians(angle)))
    counts = np.bincount(((turned - turned.min()) / size).astype(np.int32))
    return float(np.log((counts.astype(np.float64) ** 2).sum()))


def rotated(page: Grey, angle: float) -> tuple[Grey, Floats]:
    """Return a page turned back by an angle in degrees, and the map that does it.

    It has room for all of the page; what is beyond that is paper.
    """
    height, width = page.shape
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    found = mapped(turn, corners)
    turn[:2, 2] = -found.min(axis=0)
    columns, rows = np.ceil(np.ptp(found, axis=0) - 1e-9).astype(int)
    image = Image.fromarray(page).transform(
        (int(columns), int(rows)),
        Image.Transform.AFFINE,
        tuple(np.linalg.inv(turn)[:2].ravel()),
        Image.Resampling.BILINEAR,
        fillcolor=PAPER,
    )
    # Pillow's places are of the edges of pixels, ours of their middles.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return np.asarray(image), np.linalg.inv(half) @ turn @ half


def lines_across(page: Grey) -> Floats:
    """Return the lines (N, 4) across a page: dark runs that are long and thin.

    A line is darker than what is above and below it. A closing down the columns fills
    all that is thin with what is around it, and leaves the edges of shadows, of paper
    and of thick bars where they are; what it fills is dark and thin. An opening along
    the rows leaves the long runs of it. They hang together in components, and each gets
    its straight line by least squares.
    """
    thin = thin_darkness(page)
    noise = float(np.median(thin))  # most of a page is paper
    threshold = max(RULES.darker * 255, RULES.above_noise * noise)
    runs = _opened((thin > threshold).astype(np.uint8), RULES.shortest, 1)
    labels, count = ndimage.label(runs, np.ones((3, 3)))
    return _fitted(labels, count) if count else np.zeros((0, 4))


def thin_darkness(page: Grey) -> Floats:
    """Return by how much each pixel is darker than what is above and below, 0–255.

    It is averaged along the rows, which takes off noise and closes gaps.
    """
    level = ndimage.uniform_filter1d(page, RULES.averaged, axis=1, output=np.float32)
    high = ndimage.maximum_filter1d(level, RULES.thickest, axis=0)
    closed = ndimage.minimum_filter1d(high, RULES.thickest, axis=0)
    return np.asarray((closed - level) * (255 / np.maximum(closed, 1)))


def _opened(ink: Array, length: int, axis: int) -> Array:
    """Return what of ink, 0 and 1, lies in runs of at least this length."""
    low = ndimage.minimum_filter1d(ink, length, axis=axis, mode="constant")
    origin = -1 if length % 2 == 0 else 0  # an even window has no middle
    high = ndimage.maximum_filter1d(low, length, axis=axis, origin=origin)
    return np.asarray(high)


def _fitted(labels: Array, count: int) -> Floats:
    """Return the straight lines (N, 4) through components, by least squares."""
    y, x = np.nonzero(labels)
    which = labels[y, x]
    n = np.bincount(which, minlength=count + 1)[1:]

    def mean(of: Array) -> Floats:
        result: Floats = np.bincount(which, of, count + 1)[1:] / n
        return result

    mx, my = mean(x), mean(y)
    dx = x - mx[which - 1]
    slope = mean(dx * y) / np.maximum(mean(dx * dx), 1e-9)
    left, right = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(left, which - 1, x)
    np.maximum.at(right, which - 1, x)
    lines = np.stack(
        [left, my + slope * (left - mx), right, my + slope * (right - mx)], axis=1
    )
    long = right - left + 1 >= RULES.shortest
    thin = n <= RULES.thickest * (right - left + 1)
    found: Floats = lines[long & thin & (np.abs(slope) < RULES.slope)]
    return found
