"""Print of another colour taken off a picture, so that only the writing is left on it.

Forms print their rules, boxes and combs in one colour, and people write on them in
another. Ink takes light away by a factor, so its absorbance -log(colour / paper) adds
where two inks cross, and each ink has a direction of its own in absorbance: that of the
print is found, and what points along it is taken away.

Letters: H, W height and width in pixels of the copy that is looked at; N pixels of ink;
the last axis of size 3 is red, green, blue.

Source: the law of Bouguer, Lambert and Beer; the parting of two stains by it is that of
Ruifrok and Johnston 2001, Analytical and Quantitative Cytology and Histology 23.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter
from scipy import ndimage

from byhand.ink.prepare import bright_ink
from byhand.pictures.convert import Grey

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

COLOURED = ("RGB", "RGBX", "P", "CMYK", "YCbCr", "HSV")  # of Pillow's modes
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow has

LOOK = 1024  # pixels: the longer side of the copy that is looked at
CELL = 8  # pixels: within them paper changes little
PAPER = 5  # cells: what is wider is paper
INK = 0.12  # of absorbance in all three channels: less may be paper
GRAIN = 6  # deviations of bare paper that are not yet ink
LEAST = 50  # pixels of ink, or there is nothing to part
MOST = 20_000  # pixels of ink that are asked for their colours
CORE = 0.5  # of the most absorbance around: where there is more is a stroke's middle
ROUNDS = 10  # of 2-means
APART = 0.12  # between the colours of two inks
SPREAD = 2.0  # times their deviations that they must be apart
FEW = 0.01  # of the ink's pixels: less is no ink of its own
BLACK = 0.15  # between the shares of a colour: less is black or grey
LENGTHS = 10, 14, 20, 28, 40, 56, 80, 112, 160  # of lines, in pixels of half the copy
GAP = 5  # pixels across which a line goes on
STRAIGHT = 0.6  # of a coloured print's pixels lie on such lines
STRAIGHT_BLACK = 0.8  # and of a black one's, for most people write in black
LONG = 2.0  # heights of the pen's strokes: longer lines are print's
BOTH_WAYS = 0.2  # of a print's pixels, at least, lie on lines across, and on lines down
SPECK = 4  # pixels of half the copy: lower pieces are not strokes
CURVED = 0.35  # or less of the pen's
FULL = 0.98  # of the print's pixels take away no more light than the print can
TRACE = 0.04  # of the print's absorbance: less is none


def without_print(image: Image.Image) -> Image.Image:
    """Return a picture without print of another colour than its writing's.

    Args:
        image: upright, of any of Pillow's modes.

    Returns:
        The image itself if it is grey or transparent, has light ink on dark paper, ink
        of one colour, or no print of straight lines. Otherwise its luminance (mode L),
        in which the print is as light as the paper, and all else as it was.
    """
    if image.mode not in COLOURED or image.has_transparency_data:
        return image
    factor = max(1, round(max(image.size) / LOOK))
    copy = image.convert("RGB").reduce(factor)
    paper = paper_of(copy)
    absorbance = absorbance_of(copy, paper)
    inks = find_inks(absorbance)
    if inks is None or dark_paper(copy):
        return image
    kept = Image.fromarray(kept_share(absorbance, *inks))
    sheet = Image.fromarray(paper).convert("L")
    bilinear = Image.Resampling.BILINEAR
    return Image.composite(
        image.convert("L"),
        sheet.resize(image.size, bilinear),
        kept.resize(image.size, bilinear),
    )


def dark_paper(copy: Image.Image) -> bool:
    """Return whether a picture has light ink on dark paper, as a board has."""
    grey = np.asarray(copy.convert("L").reduce(2))
    return bool((bright_ink(grey) == grey).all())


def paper_of(copy: Image.Image) -> Grey:
    """Return the colour (H, W, 3) of the paper everywhere, however it is lit.

    It is what is left when all that is darker than its surroundings and narrower than a
    few cells is taken off: the closing of each channel, smoothed.
    """
    cells = np.asarray(copy.reduce(CELL), np.float32)
    closed = ndimage.grey_closing(cells, (PAPER, PAPER, 1), mode="nearest")
    smooth = ndimage.uniform_filter(closed, (3, 3, 1), mode="nearest")
    paper = Image.fromarray(np.rint(smooth).astype(np.uint8))
    return np.asarray(paper.resize(copy.size, Image.Resampling.BILINEAR))


def absorbance_of(copy: Image.Image, paper: Grey) -> Floats:
    """Return -log(colour / paper), (H, W, 3), averaged over 3 × 3 pixels.

    JPEG files hold colours more coarsely than light, so single pixels may be wrong.
    """
    table = -np.log((np.arange(256, dtype=np.float32) + 1) / 256)
    colour = np.asarray(copy.filter(ImageFilter.BoxBlur(1)))
    absorbance: Floats = table[colour] - table[paper]
    return absorbance


def find_inks(absorbance: Floats) -> tuple[Floats, Floats] | None:
    """Return the directions (3,) of print and pen; None if it is not clear.

    Each pixel of ink has a colour, its shares of absorbance in red, green and blue. By
    2-means the colours are parted into two inks; they must be apart, and the pixels of
    one lie on long straight lines, those of the other not.
    """
    total = absorbance @ np.ones(3, np.float32)  # (H, W)
    lower, middle = np.quantile(total[::4, ::4], (0.25, 0.5))  # there may be much ink
    ink = total > middle + max(INK, GRAIN * (middle - lower) / 0.67)
    colours = colours_of(absorbance, total, ink)
    if len(colours) < LEAST:
        return None
    first, second = two_means(colours)
    if not apart(colours, first, second):
        return None
    # nearer to the second: (colour - middle) . (second - first) > 0
    axis, centre = second - first, (first + second) / 2
    side = absorbance @ axis.astype(np.float32) > total * np.float32(centre @ axis)
    one, other = (first, halved(ink & ~side)), (second, halved(ink & side))
    for (print_, lines), (pen, strokes) in ((one, other), (other, one)):
        least = STRAIGHT_BLACK if np.ptp(print_) < BLACK else STRAIGHT
        if is_print(lines, strokes, least):
            return print_.astype(np.float32), pen.astype(np.float32)
    return None


def colours_of(absorbance: Floats, total: Floats, ink: Mask) -> Floats:
    """Return the colours (N, 3) of some pixels in the middle of strokes.

    At their edges they are less certain, the more so beside darker ink.
    """
    places = np.flatnonzero(ink)
    places = places[:: max(1, len(places) // MOST)]
    y, x = np.divmod(places, ink.shape[1])
    h, w = (side // 2 * 2 for side in ink.shape)
    rows = np.maximum(total[:h:2, :w], total[1:h:2, :w])
    around = ndimage.maximum_filter(np.maximum(rows[:, ::2], rows[:, 1::2]), 3)
    inner = (y < h) & (x < w)
    y, x = y[inner], x[inner]
    here = total[y, x]
    core = here > CORE * around[y // 2, x // 2]
    colours: Floats = absorbance[y[core], x[core]] / here[core, None]
    return colours


def two_means(points: Floats) -> tuple[Floats, Floats]:
    """Return the centres (3,) of two clusters of points (N, 3).

    It begins at both ends of the direction in which the points spread the most; then
    each point goes to the nearer centre, and each centre to the mean of its points.

    Source: Lloyd 1982, IEEE Transactions on Information Theory 28, 129-137.
    """
    deviations = points - points.mean(axis=0)
    _, axes = np.linalg.eigh(deviations.T @ deviations)
    along = deviations @ axes[:, -1]
    low, high = np.quantile(along, (0.02, 0.98))
    first, second = points[along <= low].mean(0), points[along >= high].mean(0)
    for _ in range(ROUNDS):
        nearer = (points - (first + second) / 2) @ (second - first) > 0
        if nearer.all() or not nearer.any():
            break
        first, second = points[~nearer].mean(0), points[nearer].mean(0)
    return first, second


def apart(points: Floats, first: Floats, second: Floats) -> bool:
    """Return whether two centres of clusters are those of two inks."""
    distance = float(np.linalg.norm(second - first))
    if distance < APART:
        return False
    along = (points - (first + second) / 2) @ ((second - first) / distance)  # (N,)
    parts = along[along <= 0], along[along > 0]
    if min(map(len, parts)) < FEW * len(points):
        return False
    deviations = [float(np.median(np.abs(p - np.median(p)))) / 0.67 for p in parts]
    return distance > SPREAD * sum(deviations)


def halved(mask: Mask) -> Mask:
    """Return a mask of half the height and width, true where any of 2 × 2 pixels is."""
    h, w = (side // 2 * 2 for side in mask.shape)
    rows = mask[:h:2, :w] | mask[1:h:2, :w]
    return np.asarray(rows[:, ::2] | rows[:, 1::2])


def straightness(ink: Mask, other: Mask) -> Floats:
    """Return which shares of an ink's pixels lie on lines of each of LENGTHS or longer.

    A line goes on where the other ink crosses it. Three rows: of lines across, of lines
    down, of either.
    """
    across, down = runs(ink, other)[ink], runs(ink.T, other.T).T[ink]
    lines = np.stack([across, down, np.maximum(across, down)])  # (3, N)
    return np.stack([(lines >= n).mean(axis=1) for n in LENGTHS], axis=1)


def runs(ink: Mask, other: Mask) -> npt.NDArray[np.int64]:
    """Return how long the run of ink in its row is that a pixel lies in; else 0."""
    near = ndimage.maximum_filter1d(ink.view(np.uint8), GAP, axis=1)
    flat = np.pad(ink | (other & (near > 0)), ((0, 0), (1, 1))).ravel()
    ends = np.flatnonzero(flat[1:] != flat[:-1])
    lengths = ends[1::2] - ends[::2]
    spread = np.zeros(flat.shape, np.int64)
    spread[flat] = np.repeat(lengths, lengths)
    return spread.reshape(len(ink), -1)[:, 1:-1]


def is_print(print_: Mask, pen: Mask, least: float) -> bool:
    """Return whether one ink is that of print, and the other that of a pen.

    At some length, the print's pixels must lie on straight lines and the pen's not. A
    pen's ones are straight too: the lines must be much longer than the pen's strokes
    are high, or as long and go both ways, as the sides of boxes do.

    Args:
        print_: (H / 2, W / 2), where the ink is that may be print.
        pen: where the other is.
        least: so much of the print lies on such lines.
    """
    lines, strokes = straightness(print_, pen), straightness(pen, print_)
    labels, _ = ndimage.label(pen, np.ones((3, 3)))
    heights = [rows.stop - rows.start for rows, _ in ndimage.find_objects(labels)]
    height = np.median([h for h in heights if h >= SPECK] or [SPECK])
    lengths = np.array(LENGTHS)
    boxes = (lengths >= height) & (lines[:2].min(axis=0) >= BOTH_WAYS)
    long = (lengths >= LONG * height) | boxes
    return bool((long & (lines[2] >= least) & (strokes[2] <= CURVED)).any())


def kept_share(absorbance: Floats, print_: Floats, pen: Floats) -> Grey:
    """Return how much of the contrast to keep, (H, W): 255 all, 0 nothing.

    The absorbance A is a print + b pen, by least squares; a is no more than print has
    where there is nothing else. Of the light that is missing, 1 - exp(-A), there would
    be missing without the print 1 - exp(-(A - a print)).
    """
    solve = np.linalg.pinv(np.stack([print_, pen], axis=1)).astype(np.float32)
    a, b = absorbance @ solve[0], absorbance @ solve[1]  # (H, W)
    alone = a[(a > INK) & (b < a / 4)]
    some = a > TRACE
    a = a[some].clip(0, np.quantile(alone, FULL) if alone.size else 0)  # (N,)
    found = absorbance[some]  # (N, 3)
    rest = np.maximum(found - a[:, None] * print_, 0)
    share = np.ones(some.shape, np.float32)
    missing = np.maximum((1 - np.exp(-found)) @ LUMINANCE, 1e-3)
    share[some] = (1 - np.exp(-rest)) @ LUMINANCE / missing
    return np.asarray(np.rint(255 * share.clip(0, 1)), np.uint8)
