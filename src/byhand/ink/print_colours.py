"""Which two inks a form has: the print's colour, and the pen's.

Letters: H, W height and width in pixels of the copy that is searched; N pixels of ink;
the last axis of size 3 is red, green, blue.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from byhand.ink.components import connected_components
from byhand.ink.paper import deviation, paper_and_noise
from byhand.ink.run_lengths import run_lengths
from byhand.types import Floats, Integers, Mask


@dataclass(frozen=True)
class PrintSettings:
    """What is print, and what is the writing of a pen on it.

    Lengths are in pixels of a copy of the picture, those of lines and strokes of a copy
    half as large. Absorbances are natural logarithms.
    """

    longest: int = 1024  # pixels: the longer side of the copy
    cell: int = 8  # pixels: within them paper changes little
    paper: int = 5  # cells: what is wider is paper
    smoothing: int = 3  # cells: the paper's colour is averaged over as many
    ink: float = 0.12  # absorbance in the three channels together: less may be paper
    noise_level: float = 6.0  # standard deviations of bare paper that are not yet ink
    least: int = 50  # pixels of ink: with fewer there is nothing to separate
    sample: int = 20_000  # pixels of ink whose colours are compared
    core: float = 0.5  # of the most absorbance around: more is the middle of a stroke
    rounds: int = 10  # of 2-means
    ends: float = 0.02  # of the colours: from these at either end 2-means begins
    distance: float = 0.12  # between the colours of two inks, at least
    spread: float = 2.0  # their distance, in their standard deviations together
    minority: float = 0.01  # of the ink's pixels: fewer are no ink of their own
    black: float = 0.15  # between the shares of a colour: less is black or grey
    lengths: tuple[int, ...] = (
        10,
        14,
        20,
        28,
        40,
        56,
        80,
        112,
        160,
    )  # pixels, of lines
    gap: int = 5  # pixels: a line goes on across the other ink so near
    straight: float = 0.6  # of a coloured print's pixels lie on such lines
    straight_black: float = 0.8  # and of a black one's, for most people write in black
    long: float = 2.0  # heights of the pen's strokes: longer lines are print's
    boxes: float = 0.2  # of boxes' pixels lie on lines across, and on lines down
    speck: int = 4  # pixels: lower components are not strokes
    curved: float = 0.35  # of the pen's pixels, at most, lie on such lines
    alone: float = 0.25  # of the print's absorbance: with less of the pen's it is alone
    full: float = 0.98  # the quantile of the print's absorbance that is all it can have
    trace: float = 0.04  # of the print's absorbance: less is none


PRINT = PrintSettings()


def find_inks(
    absorbance: Floats, settings: PrintSettings = PRINT
) -> tuple[Floats, Floats] | None:
    """Return the directions (3,) of print and pen; None if it is not clear.

    Each pixel of ink has a colour, its shares of absorbance in red, green and blue. By
    2-means the colours are assigned to two inks; they must be apart, and the pixels of
    one lie on long straight lines, those of the other not.
    """
    total = absorbance @ np.ones(3, np.float32)  # (H, W)
    paper, noise = paper_and_noise(total[::4, ::4])
    ink = total > paper + max(settings.ink, settings.noise_level * noise)
    colours = colours_of(absorbance, total, ink, settings)
    if len(colours) < settings.least:
        return None
    first, second = two_means(colours, settings)
    if not apart(colours, first, second, settings):
        return None
    # nearer to the second: (colour - middle) . (second - first) > 0
    axis, centre = second - first, (first + second) / 2
    side = absorbance @ axis.astype(np.float32) > total * np.float32(centre @ axis)
    one, other = (first, halved(ink & ~side)), (second, halved(ink & side))
    for (print_, lines), (pen, strokes) in ((one, other), (other, one)):
        black = np.ptp(print_) < settings.black
        least = settings.straight_black if black else settings.straight
        if is_print(lines, strokes, least, settings):
            return print_.astype(np.float32), pen.astype(np.float32)
    return None


def colours_of(
    absorbance: Floats, total: Floats, ink: Mask, settings: PrintSettings = PRINT
) -> Floats:
    """Return the colours (N, 3) of some pixels in the middle of strokes.

    At their edges they are less certain, the more so beside darker ink.
    """
    places = np.flatnonzero(ink)
    places = places[:: max(1, len(places) // settings.sample)]
    y, x = np.divmod(places, ink.shape[1])
    h, w = (side // 2 * 2 for side in ink.shape)
    rows = np.maximum(total[:h:2, :w], total[1:h:2, :w])
    around = ndimage.maximum_filter(np.maximum(rows[:, ::2], rows[:, 1::2]), 3)
    inner = (y < h) & (x < w)
    y, x = y[inner], x[inner]
    here = total[y, x]
    core = here > settings.core * around[y // 2, x // 2]
    colours: Floats = absorbance[y[core], x[core]] / here[core, None]
    return colours


def two_means(points: Floats, settings: PrintSettings = PRINT) -> tuple[Floats, Floats]:
    """Return the centres (3,) of two clusters of points (N, 3).

    It begins at both ends of the direction in which the points spread the most; then
    each point goes to the nearer centre, and each centre to the mean of its points.

    Source: Lloyd 1982, IEEE Transactions on Information Theory 28, 129-137.
    """
    deviations = points - points.mean(axis=0)
    _, axes = np.linalg.eigh(deviations.T @ deviations)
    along = deviations @ axes[:, -1]
    low, high = np.quantile(along, (settings.ends, 1 - settings.ends))
    first, second = points[along <= low].mean(0), points[along >= high].mean(0)
    for _ in range(settings.rounds):
        nearer = (points - (first + second) / 2) @ (second - first) > 0
        if nearer.all() or not nearer.any():
            break
        first, second = points[~nearer].mean(0), points[nearer].mean(0)
    return first, second


def apart(
    points: Floats, first: Floats, second: Floats, settings: PrintSettings = PRINT
) -> bool:
    """Return whether two centres of clusters are those of two inks."""
    distance = float(np.linalg.norm(second - first))
    if distance < settings.distance:
        return False
    along = (points - (first + second) / 2) @ ((second - first) / distance)  # (N,)
    sides = along[along <= 0], along[along > 0]
    if min(map(len, sides)) < settings.minority * len(points):
        return False
    # the quartile of distances from the middle is their median
    spreads = [deviation(0, np.median(np.abs(p - np.median(p)))) for p in sides]
    return bool(distance > settings.spread * sum(spreads))


def halved(mask: Mask) -> Mask:
    """Return a mask of half the height and width, true where any of 2 × 2 pixels is."""
    h, w = (side // 2 * 2 for side in mask.shape)
    rows = mask[:h:2, :w] | mask[1:h:2, :w]
    return np.asarray(rows[:, ::2] | rows[:, 1::2])


def straightness(ink: Mask, other: Mask, settings: PrintSettings = PRINT) -> Floats:
    """Return which shares of an ink's pixels lie on lines of each length or longer.

    A line goes on where the other ink crosses it. Three rows: of lines across, of lines
    down, of either.
    """
    across, down = (
        bridged_runs(ink, other, axis, settings.gap)[ink] for axis in (1, 0)
    )
    lines = np.stack([across, down, np.maximum(across, down)])  # (3, N)
    return np.stack([(lines >= n).mean(axis=1) for n in settings.lengths], axis=1)


def bridged_runs(ink: Mask, other: Mask, axis: int, gap: int = PRINT.gap) -> Integers:
    """Return the lengths of an ink's runs, which go on in other ink near it."""
    near = ndimage.maximum_filter1d(ink.view(np.uint8), gap, axis=axis)
    return run_lengths(ink | (other & (near > 0)), axis)


def is_print(
    print_: Mask, pen: Mask, least: float, settings: PrintSettings = PRINT
) -> bool:
    """Return whether one ink is that of print, and the other that of a pen.

    At some length, the print's pixels must lie on straight lines and the pen's not. A
    pen's ones are straight too: the lines must be much longer than the pen's strokes
    are high, or as long and go both ways, as the sides of boxes do.

    Args:
        print_: (H / 2, W / 2), where the ink is that may be print.
        pen: where the other is.
        least: so much of the print lies on such lines.
        settings: what print is.
    """
    lines = straightness(print_, pen, settings)
    strokes = straightness(pen, print_, settings)
    labels, _ = connected_components(pen)
    heights = [rows.stop - rows.start for rows, _ in ndimage.find_objects(labels)]
    speck = settings.speck
    height = np.median([h for h in heights if h >= speck] or [speck])
    lengths = np.array(settings.lengths)
    boxes = (lengths >= height) & (lines[:2].min(axis=0) >= settings.boxes)
    long = (lengths >= settings.long * height) | boxes
    straight = (lines[2] >= least) & (strokes[2] <= settings.curved)
    return bool((long & straight).any())
