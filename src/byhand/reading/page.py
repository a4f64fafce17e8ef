"""A picture as a page: even paper, the ink told from it, at the size of the writing.

Letters: H, W height and width of the page in pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from byhand.ink.prepare import EIGHT, Mask, bright_ink
from byhand.ink.print_removal import without_print
from byhand.ink.rules import without_rules
from byhand.pictures.convert import FAINT, Grey, grey_levels
from byhand.types import Box, Shape

Affine: TypeAlias = npt.NDArray[np.float64]  # (3, 3), places as columns (x, y, 1)

HEIGHT = 40.0  # pixels: characters are brought to about this height
LONGEST = 1600  # pixels of the longer side, at which the writing is looked for
MOST_ENLARGED = 3.0
SLANTS = tuple(n / 10 for n in (0, 1, -1, 2, -2, 3, -3, 4, 5, 6, 7, 8))  # to be tried
UPRIGHT = 0.8  # of its slant is taken off a page: the network knows slanting digits
LOOKS = 3  # at most, until what is found is about as high as it should be
ALIKE = 1.5  # times as high or as low
INKED = 0.2  # of the ink is in characters; where less is, the rest is dust
MOST_MARKS = 20_000  # a page of writing has fewer, noise more
MOST_PIXELS = 6_000_000  # of a page that is enlarged
LOWEST = 7  # pixels: lower characters cannot be told from each other
K = 0.5  # of Wolf's threshold: its place between the paper and the darkest ink
NOISE_LEVEL = 2.5  # deviations of bare paper that ink must stand out by
SMOOTHED = 0.5  # pixels


@dataclass(frozen=True, eq=False)
class Page:
    """A page with its ink.

    Attributes:
        grey: (H, W) as the picture shows it, ink bright.
        ink: (H, W) uint8, 0 on bare paper, however lit.
        mask: (H, W), where ink is.
        stroke: the pen's width in pixels.
        height: of a usual character, pixels.
        to_picture: (3, 3) takes a place on the page, the column (x, y, 1), to its
            place in the picture.
        angle: degrees by which it was deskewed, counter-clockwise.
        rules: (H, W), ink that was taken off as ruled lines.
        noise_level: deviations of bare paper that its ink stands out by.
        slant: pixels to the left for each one up by which it was sheared, in the end.
    """

    grey: Grey
    ink: Grey
    mask: Mask
    stroke: float
    height: float
    to_picture: Affine
    angle: float = 0.0
    rules: Mask | None = None
    noise_level: float = NOISE_LEVEL
    slant: float = 0.0

    @property
    def scale(self) -> float:
        """Pixels of the picture to one of the page, down its columns."""
        return math.hypot(*self.to_picture[:2, 0])

    def deskewed(self, angle: float) -> Page | None:
        """Return the page turned counter-clockwise by an angle in degrees.

        None if no ink is left.
        """
        ink, grey = (
            np.asarray(Image.fromarray(a).rotate(
                angle, Image.Resampling.BICUBIC, expand=True))
            for a in (self.ink, self.grey)
        )  # fmt: skip
        back = rotation(angle, ink.shape, self.ink.shape)
        return self._moved(ink, grey, back, angle=angle)

    def deslanted(self) -> Page | None:
        """Return the page sheared so that slanting strokes stand upright.

        None if they do, or if no ink is left. Of shears a tenth apart the one counts
        that heaps the ink into the highest columns.
        """
        slant = find_slant(self.mask)
        if not slant:
            return None
        height, width = self.ink.shape
        pad = int(abs(slant) * height / 2) + 1  # columns on either side
        back = shear(slant, height, pad)
        ink, grey = (
            np.asarray(Image.fromarray(a).transform(
                (width + 2 * pad, height), Image.Transform.AFFINE,
                tuple(back[:2].ravel()), Image.Resampling.BICUBIC))
            for a in (self.ink, self.grey)
        )  # fmt: skip
        return self._moved(ink, grey, back, slant=slant)

    def _moved(self, ink: Grey, grey: Grey, back: Affine, **how: Any) -> Page | None:
        """Return the page with its ink moved and binarised again.

        Args:
            ink: moved.
            grey: moved in the same way.
            back: (3, 3), takes a place on the result to the one on this page.
            how: the attribute that says how it was moved.
        """
        mask = threshold(ink, self.height, self.noise_level)
        measured = pen_and_height(mask)
        if measured is None:
            return None
        left = without_rules(mask, self.height, measured[0])
        stroke, height = measured
        return replace(self, grey=grey, ink=ink, mask=left, rules=mask & ~left,
                       stroke=stroke, height=height,
                       to_picture=self.to_picture @ back, **how)  # fmt: skip

    def in_picture(self, box: Box) -> Box:
        """Return where a box of the page is in the picture.

        It is the box around the four places to which its corners go; but a page that
        was rotated would give a box larger than the ink: there it keeps the size that
        it has without the rotation, and the same middle.
        """
        corners = np.array([
            [box.x, box.right, box.x, box.right],
            [box.y, box.y, box.bottom, box.bottom],
            [1, 1, 1, 1],
        ])  # fmt: skip
        x, y, _ = self.to_picture @ corners  # (3, 4)
        if self.angle:
            # A matrix is a rotation times a triangular one: here, scale and shear.
            upright = np.abs(np.linalg.qr(self.to_picture[:2, :2])[1])
            width, height = upright @ (box.width, box.height)
            x, y = _shrunk_to(x, width), _shrunk_to(y, height)
        left, right = max(round(x.min()), 0), round(x.max())
        top, bottom = max(round(y.min()), 0), round(y.max())
        return Box(left, top, max(right - left, 1), max(bottom - top, 1))


def rotation(angle: float, size: Shape, before: Shape) -> Affine:
    """Return (3, 3): it takes a place on a rotated page to the one before.

    Args:
        angle: in degrees, counter-clockwise, about the page's middle.
        size: height and width of the rotated page.
        before: of the page before that.
    """
    sin, cos = np.sin(np.radians(angle)), np.cos(np.radians(angle))
    back = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    to_middle = _moved_by(-size[1] / 2, -size[0] / 2)
    from_middle = _moved_by(before[1] / 2, before[0] / 2)
    return np.asarray(from_middle @ back @ to_middle)


def shear(slant: float, height: int, pad: int) -> Affine:
    """Return (3, 3): it takes a place on a deslanted page to the one before.

    What is now at (x, y) was at x - slant · (y - height / 2), less the `pad` columns
    that the page was given on its left.
    """
    return np.array([[1, -slant, slant * height / 2 - pad], [0, 1, 0], [0, 0, 1]])


def _moved_by(x: float, y: float) -> Affine:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])


def find_slant(mask: Mask) -> float:
    """Return how far strokes lean to the right, in pixels for each pixel up.

    It is a little less than all of it; 0 if they stand upright, or there are none.
    """
    y, x = np.nonzero(mask)
    best, slant = 0.0, 0.0
    for lean in SLANTS:
        sheared = x + lean * (y - mask.shape[0] / 2)
        columns = np.bincount(np.rint(sheared - sheared.min(initial=0)).astype(int))
        heaped = float((columns.astype(float) ** 2).sum())
        if heaped > best:
            best, slant = heaped, lean
    return UPRIGHT * slant


def _shrunk_to(ends: npt.NDArray[np.float64], size: float) -> npt.NDArray[np.float64]:
    """Return the middle of some places with half a size on either side."""
    middle = (ends.min() + ends.max()) / 2
    return np.array([middle - size / 2, middle + size / 2])


def make_page(
    image: Image.Image, width: int, noise_level: float = NOISE_LEVEL
) -> Page | None:
    """Return the page in an upright image; None if there is no ink on it.

    Args:
        image: of any of Pillow's modes; it may be a smaller copy.
        width: of the whole picture in pixels.
        noise_level: deviations of bare paper that ink must stand out by.
    """
    grey = grey_levels(without_print(image), LONGEST)
    ink = bright_ink(grey)
    whole = ink
    found = _inked(ink, max(ink.shape) / 8, noise_level)
    for _ in range(LOOKS):
        if found is None:
            return None
        enlarged = HEIGHT / found[3] * ink.shape[1] / whole.shape[1]
        room = (MOST_PIXELS / whole.size) ** 0.5
        enlarged = min(enlarged, MOST_ENLARGED, max(room, 1.0))
        ink = _resized(whole, enlarged)
        found = _inked(ink, HEIGHT, noise_level)
        if found is None or HEIGHT / ALIKE < found[3] < HEIGHT * ALIKE:
            break
    if found is None or found[3] < LOWEST * enlarged:
        return None
    flat, mask, stroke, height = found
    left = without_rules(mask, height, stroke)
    scale = width / ink.shape[1]
    return Page(
        ink,
        flat,
        left,
        stroke,
        height,
        np.diag([scale, scale, 1.0]),
        rules=mask & ~left,
        noise_level=noise_level,
    )


def _resized(ink: Grey, enlarged: float) -> Grey:
    """Return the ink so many times as large; as it is if that hardly matters."""
    if 0.8 < enlarged < 1.25:
        return ink
    width, height = (max(1, round(side * enlarged)) for side in ink.shape[::-1])
    resized = Image.fromarray(ink).resize(
        (width, height), Image.Resampling.BICUBIC, reducing_gap=2.0
    )
    return np.asarray(resized)


def _inked(
    ink: Grey, height: float, noise_level: float
) -> tuple[Grey, Mask, float, float] | None:
    """Return flattened ink, mask, stroke and height, for characters of such height."""
    flat = flattened(ink, height)
    mask = threshold(flat, height, noise_level)
    measured = pen_and_height(mask)
    return None if measured is None else (flat, mask, *measured)


def flattened(ink: Grey, height: float) -> Grey:
    """Return bright ink on paper with shadows and uneven light taken away.

    What is left when all that is narrower than a square is taken off (the opening) is
    paper; smoothed, but nowhere lowered, since a shadow's edge is no ink, it is
    subtracted, and what stands out is measured by the room above it: on paper half as
    light ink is half as dark.
    """
    factor = max(1, int(height / 12))  # paper changes slowly: look at it from afar
    small = _shrunk(ink, factor)
    wide = max(3, round(height * 0.9 / factor)) | 1
    opened = ndimage.grey_opening(small, (wide, wide), mode="nearest")
    paper = ndimage.uniform_filter(
        opened.astype(np.float32), max(3, wide // 2), mode="nearest"
    )
    paper = np.maximum(paper, opened)
    size = (ink.shape[1], ink.shape[0])
    if factor > 1:
        paper = np.asarray(
            Image.fromarray(paper).resize(size, Image.Resampling.BILINEAR)
        )
    share = (ink - paper) * (255 / (256 - paper))
    if height >= HEIGHT:
        share = ndimage.gaussian_filter(share, SMOOTHED)
    return np.asarray(np.clip(np.rint(share), 0, 255), np.uint8)


def _shrunk(grey: Grey, factor: int) -> Grey:
    return np.asarray(Image.fromarray(grey).reduce(factor)) if factor > 1 else grey


def threshold(flat: Grey, height: float, noise_level: float = NOISE_LEVEL) -> Mask:
    """Return where ink is, by Wolf and Jolion's threshold.

    With the mean m and the deviation s of the surroundings, S the largest deviation and
    M the strongest ink anywhere, a pixel is ink above

        m + k (1 - s / S) (M - m):

    halfway up to the ink where nothing stands out, down to the mean where it does most.
    (Sauvola's is the same with fixed S and M, and misses faint pencil.)

    Source: Wolf and Jolion 2003, "Extraction and recognition of artificial text in
    multimedia documents", Pattern Analysis and Applications 6, 309-326, eq. 5.
    """
    wide = max(15, round(1.5 * height)) | 1
    factor = max(1, wide // 32)
    x = _shrunk(flat, factor).astype(np.float32)
    wide = max(3, wide // factor)
    m = ndimage.uniform_filter(x, wide, mode="nearest")
    square = ndimage.uniform_filter(x * x, wide, mode="nearest")
    s = np.sqrt(np.maximum(square - m * m, 0))
    strongest = float(np.quantile(flat[::2, ::2], 0.998))
    level = m + K * (1 - s / max(float(s.max()), 1e-6)) * (strongest - m)
    if factor > 1:
        level = np.asarray(
            Image.fromarray(level).resize(
                (flat.shape[1], flat.shape[0]), Image.Resampling.BILINEAR
            )
        )
    # of a normal distribution's values below the middle, half are within 0.67 sd of it
    quarter, half = np.quantile(flat[::2, ::2], (0.25, 0.5))
    least = max(half + noise_level * (half - quarter) / 0.67, FAINT * 255)
    return np.asarray(flat > np.maximum(level, least))


def pen_and_height(mask: Mask) -> tuple[float, float] | None:
    """Return the pen's width and the usual height of characters; None without.

    A stroke of length l and width w has an area of l · w and, for long strokes, a
    circumference of 2 l; so w is twice the area by the circumference. Heights are of
    connected strokes that are neither flat nor as small as dots; each counts by its
    area, and the one in the middle is taken.
    """
    labels, count = ndimage.label(mask, EIGHT)
    if not 0 < count <= MOST_MARKS:
        return None
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    edges = np.zeros(count + 1)
    for before, after in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        changed = before != after
        for side in (before[changed], after[changed]):
            edges += np.bincount(side.ravel(), minlength=count + 1)
    widths = 2 * areas / np.maximum(edges[1:] * np.pi / 4, 1)
    boxes = ndimage.find_objects(labels)
    heights = np.array([box[0].stop - box[0].start for box in boxes])
    wides = np.array([box[1].stop - box[1].start for box in boxes])
    upright = (heights > 2.5 * widths) & (wides < 12 * heights) & (heights >= LOWEST)
    if mask.shape[0] > 200:  # what goes from edge to edge is a shadow, or a table's leg
        upright &= heights < 0.98 * mask.shape[0]
    written, dust = areas[upright].sum(), areas[heights < LOWEST].sum()
    if not written or written < INKED * (written + dust):
        return None
    order = np.argsort(heights[upright])
    weights = np.cumsum(areas[upright][order])
    middle = np.searchsorted(weights, weights[-1] / 2)
    height = float(heights[upright][order][middle])
    similar = upright & (heights > height / 2) & (heights < height * 2)
    return float(np.average(widths[similar], weights=areas[similar])), height
