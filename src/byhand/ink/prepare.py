"""Any picture of one character as the square that a network was trained on.

The last steps are those by which MNIST itself was made (LeCun et al. 1998, section
III-A); the ones before find the ink: grey levels → ink bright → paper even → ink told
from paper → specks dropped → cut out → 20-pixel box → centre of mass in the middle.

Letters: H, W height and width of the picture or of the square; h, w those of the ink
cut out of it; all in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from byhand.errors import PictureError
from byhand.pictures.convert import FAINT, Grey, Picture, as_image, grey_levels
from byhand.pictures.opening import open_picture

__all__ = ["open_picture", "prepare"]

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

LONGEST = 256  # pictures are shrunk to 256–511 pixels on their longer side
SMALL = 40  # pixels: for a smaller character the picture is looked at more closely
PAGE = 64  # pixels: what is longer may show a page with shadows, not a cut-out digit
WIDEST_STROKE = 2 / 7  # of the picture's longer side; what is wider is no ink
BORDER_VOTES = 3  # a pixel of the border counts this much more in telling the paper
GRAIN = 2  # standard deviations of bare paper that are not yet ink
SPECK = 0.08  # of the character's pixels: smaller pieces are not part of it
BOX = 20 / 28  # the longer side of the ink, of the shorter side of the square
EIGHT = np.ones((3, 3), np.bool_)  # pixels that meet at a corner are one piece


def prepare(picture: Picture, size: tuple[int, int] = (28, 28)) -> Grey:
    """Return a picture of one character as a network takes it: ink bright on 0.

    Args:
        picture: a path, a Pillow image, or an array (H, W), (H, W, 3) or (H, W, 4)
            of bool, integers or floats; dark ink on light paper or the reverse.
        size: height and width of the result in pixels.

    Returns:
        uint8 of that size: the ink fits a box of 20/28 of the square, its centre of
        mass is in the middle, its brightest pixel 255. All zeros if there is no ink.

    Raises:
        PictureError: the picture cannot be opened, or is none (see as_image).
    """
    if min(size) < 1:
        raise PictureError(f"prepare: expected a size of at least (1, 1), got {size}")
    image = as_image(picture)
    found = find_character(grey_levels(image, LONGEST))
    if found is not None and (part := closer(image, found)) is not None:
        found = find_character(grey_levels(part, LONGEST)) or found
    if found is None:
        return np.zeros(size, np.uint8)
    return centred(boxed(cut_out(found), size), size)


@dataclass(frozen=True)
class Levels:
    """Where paper ends and ink begins, in grey levels of a picture with bright ink.

    Attributes:
        paper: the bare sheet.
        trace: above it, a pixel beside ink has some ink in it.
        threshold: above it, a pixel is ink.
        full: ink all over.
    """

    paper: int
    trace: float
    threshold: int
    full: int


@dataclass(frozen=True)
class Found:
    """A character found in a picture.

    Attributes:
        ink: (H, W), the picture with ink bright on even paper.
        levels: its grey levels.
        mask: (H, W), true where the character's ink is.
    """

    ink: Grey
    levels: Levels
    mask: Mask

    def box(self) -> tuple[int, int, int, int]:
        """Return the character's left, top, right and bottom, the last two beyond."""
        rows, columns = (np.flatnonzero(self.mask.any(axis)) for axis in (1, 0))
        return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def find_character(grey: Grey) -> Found | None:
    """Return the character in a picture; None if there is no ink."""
    ink = even_paper(bright_ink(grey))
    levels = find_levels(ink)
    if levels is None:
        return None
    return Found(ink, levels, without_specks(ink > levels.threshold))


def closer(image: Image.Image, found: Found) -> Image.Image | None:
    """Return the part of a shrunk image that shows a small character, with its paper.

    None if the image was not shrunk, or the character is large enough as it is.
    """
    scale = max(image.size) / max(found.ink.shape)
    left, top, right, bottom = found.box()
    side = max(right - left, bottom - top)
    if scale < 2 or side >= SMALL:
        return None
    around = (left - side, top - side, right + side, bottom + side)
    left, top, right, bottom = (round(edge * scale) for edge in around)
    return image.crop(
        (max(left, 0), max(top, 0), min(right, image.width), min(bottom, image.height))
    )


def is_page(grey: npt.NDArray[np.generic]) -> bool:
    """Return whether a picture is large enough to show more than the character."""
    return bool(max(grey.shape) > PAGE)


def bright_ink(grey: Grey) -> Grey:
    """Return the picture, inverted if its ink is dark.

    Paper is what most of the picture and most of its border are.
    """
    even = grey
    if is_page(grey):  # a shadow must not be taken for paper: compare with surroundings
        around = ndimage.uniform_filter(
            grey.astype(np.float32), round(max(grey.shape) / 3), mode="nearest"
        )
        even = np.rint((grey - around) / 2 + 127.5).astype(np.uint8)  # -255–255 → 0–255
    bright = even > otsu(np.bincount(even.ravel(), minlength=256))
    border = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]])
    votes = bright.sum() + BORDER_VOTES * border.sum()
    return grey if votes * 2 <= bright.size + BORDER_VOTES * border.size else 255 - grey


def even_paper(ink: Grey) -> Grey:
    """Return a page's bright ink with shadows and uneven light taken away.

    What is left of the picture when everything narrower than a square is taken off
    (its opening: the lowest level around, then the highest of these) is paper, with
    the edges of its shadows where they were. Subtracted, only strokes remain.
    """
    if not is_page(ink):
        return ink
    width = round(max(ink.shape) * WIDEST_STROKE)
    paper = ndimage.grey_opening(ink, (width, width)).astype(np.float32)
    # What stands out is measured by the room above the paper: on paper half as light
    # ink is half as dark.
    even: Grey = np.rint((ink - paper) * (255 / (256 - paper))).astype(np.uint8)
    return even


def otsu(histogram: npt.NDArray[np.int64]) -> int:
    """Return the level that best parts a histogram of 256 levels in two.

    With n pixels up to a level, of mean m, and the others' N - n, of mean M, the
    spread between the two classes is n (N - n) (M - m)²; it is to be the largest. In
    sums S of levels instead of means: (n S_all - N S)² / (n (N - n)).
    Where several levels are as good, the middle one.

    Source: Otsu 1979, IEEE Trans. Systems, Man and Cybernetics 9, 62-66, eq. 18.
    """
    count = np.cumsum(histogram, dtype=np.float64)  # n
    total = np.cumsum(histogram * np.arange(256.0))  # S
    both = count * (count[-1] - count)
    spread = (count * total[-1] - count[-1] * total) ** 2 / np.maximum(both, 1)
    best = np.flatnonzero(spread >= spread.max() * (1 - 1e-12))
    return int(best[0] + best[-1]) // 2


def find_levels(ink: Grey) -> Levels | None:
    """Return the levels of paper and ink; None if there is no ink."""
    histogram = np.bincount(ink.ravel(), minlength=256)
    threshold = otsu(histogram)
    below, above = histogram[: threshold + 1], histogram[threshold + 1 :]
    paper = quantile(below, 0.5)
    full = threshold + 1 + quantile(above, 0.95)
    if not above.any() or full - paper < FAINT * 255:
        return None
    # Half of a normal distribution's values above the middle are within 0.67 sd of it.
    grain = (quantile(below, 0.75) - paper) / 0.67
    trace = paper + max(GRAIN * grain, 0.02 * (full - paper))
    return Levels(paper, trace, threshold, full)


def quantile(histogram: npt.NDArray[np.int64], fraction: float) -> int:
    """Return the level up to which a histogram holds this fraction of its pixels."""
    count = np.cumsum(histogram)
    return int(np.searchsorted(count, fraction * count[-1])) if count.size else 0


def without_specks(mask: Mask) -> Mask:
    """Return the pieces of ink that belong to the character.

    It is the largest piece and those not too small beside it. Pieces cut off by the
    border (a neighbour, a shadow, the table's edge) count only if what is inside is
    too small to be meant: on a page a fifth of theirs, in a cut-out digit twice.
    """
    labels, count = ndimage.label(mask, EIGHT)
    if count < 2:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0  # the paper
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    inside = sizes.copy()
    inside[border] = 0
    if inside.max() >= sizes[border].max() * (0.2 if is_page(mask) else 2):
        sizes = inside
    kept: Mask = (sizes >= max(SPECK * sizes.max(), 1))[labels]
    return kept


def cut_out(found: Found) -> Floats:
    """Return the character's ink as (h, w), 0–1, with the grey of its edges."""
    ink, levels, mask = found.ink, found.levels, found.mask
    share = (ink.astype(np.float32) - levels.paper) / (levels.full - levels.paper)
    beside = ndimage.maximum_filter(mask, 3) & (ink > levels.trace)
    share = share.clip(0, 1) * (mask | beside)
    rows, columns = np.flatnonzero(share.any(1)), np.flatnonzero(share.any(0))
    cut: Floats = share[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return cut


def boxed(ink: Floats, size: tuple[int, int]) -> Floats:
    """Return the ink with its longer side scaled to the box."""
    box = max(1, round(min(size) * BOX))
    longest = max(ink.shape)
    if abs(longest - box) <= min(1, box // 20):  # resampling by so little only blurs
        return ink
    h, w = (max(1, round(side * box / longest)) for side in ink.shape)
    # Pillow's bilinear filter averages over the whole area when it shrinks.
    resized = Image.fromarray(ink).resize((w, h), Image.Resampling.BILINEAR)
    return np.asarray(resized, np.float32)


def centred(ink: Floats, size: tuple[int, int]) -> Grey:
    """Return uint8 (H, W): the ink moved, by whole pixels, to the centre of mass.

    MNIST's digits have theirs at row 14, column 14, counted from 0. Ink that would
    stick out is moved in.
    """
    mass = ink.sum()
    square = np.zeros(size, np.uint8)
    corner = []
    for axis, (room, side) in enumerate(zip(size, ink.shape, strict=True)):
        centre = ink.sum(axis=1 - axis) @ np.arange(side) / mass
        corner.append(min(max(round(room / 2 - centre), 0), room - side))
    (top, left), (h, w) = corner, ink.shape
    square[top : top + h, left : left + w] = np.rint(ink * (255 / ink.max()))
    return square
