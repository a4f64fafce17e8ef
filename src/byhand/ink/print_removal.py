"""Print of another colour taken off a picture, so that only the writing is left on it.

Forms print their rules, boxes and combs in one colour, and people write on them in
another. Ink takes light away by a factor, so its absorbance -log(colour / paper) adds
where two inks cross, and each ink has a direction of its own in absorbance: that of the
print is found, and what points along it is taken away.

Letters: H, W height and width in pixels of the copy that is searched; the last axis of
size 3 is red, green, blue.

Source: the law of Bouguer, Lambert and Beer; the separation of two stains by it is that
of Ruifrok and Johnston 2001, Analytical and Quantitative Cytology and Histology 23.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from byhand.ink.paper import paper_level
from byhand.ink.polarity import bright_ink
from byhand.ink.print_colours import PRINT, PrintSettings, find_inks
from byhand.ink.scaling import enlarged, reduced
from byhand.types import Floats, Grey

COLOURED = ("RGB", "RGBX", "P", "CMYK", "YCbCr", "HSV")  # of Pillow's modes
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow has


def without_print(image: Image.Image, settings: PrintSettings = PRINT) -> Image.Image:
    """Return a picture without print of another colour than its writing's.

    Args:
        image: upright, of any of Pillow's modes.
        settings: what is print.

    Returns:
        The image itself if it is grey or transparent, has light ink on dark paper, ink
        of one colour, or no print of straight lines. Otherwise its luminance (mode L),
        in which the print is as light as the paper, and all else as it was.
    """
    if image.mode not in COLOURED or image.has_transparency_data:
        return image
    factor = max(1, round(max(image.size) / settings.longest))
    copy = image.convert("RGB").reduce(factor)
    paper = paper_of(copy, settings)
    absorbance = absorbance_of(copy, paper)
    inks = find_inks(absorbance, settings)
    if inks is None or dark_paper(copy):
        return image
    kept = Image.fromarray(kept_share(absorbance, *inks, settings))
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


def paper_of(copy: Image.Image, settings: PrintSettings = PRINT) -> Grey:
    """Return the colour (H, W, 3) of the paper everywhere, however it is lit."""
    colour = np.asarray(copy)
    ink = 255 - reduced(colour, settings.cell)  # bright
    paper = 255 - paper_level(ink, settings.paper, settings.smoothing)
    return enlarged(np.rint(paper).astype(np.uint8), colour.shape)


def absorbance_of(copy: Image.Image, paper: Grey) -> Floats:
    """Return -log(colour / paper), (H, W, 3), averaged over 3 × 3 pixels.

    JPEG files hold colours more coarsely than light, so single pixels may be wrong.
    """
    table = -np.log((np.arange(256, dtype=np.float32) + 1) / 256)
    colour = np.asarray(copy.filter(ImageFilter.BoxBlur(1)))
    absorbance: Floats = table[colour] - table[paper]
    return absorbance


def kept_share(
    absorbance: Floats, print_: Floats, pen: Floats, settings: PrintSettings = PRINT
) -> Grey:
    """Return how much of the contrast to keep, (H, W): 255 all, 0 nothing.

    The absorbance A is a print + b pen, by least squares; a is no more than print has
    where there is nothing else. Of the light that is missing, 1 - exp(-A), there would
    be missing without the print 1 - exp(-(A - a print)).
    """
    solve = np.linalg.pinv(np.stack([print_, pen], axis=1)).astype(np.float32)
    a, b = absorbance @ solve[0], absorbance @ solve[1]  # (H, W)
    alone = a[(a > settings.ink) & (b < a * settings.alone)]
    some = a > settings.trace
    most = np.quantile(alone, settings.full) if alone.size else 0
    a = a[some].clip(0, most)  # (N,)
    found = absorbance[some]  # (N, 3)
    rest = np.maximum(found - a[:, None] * print_, 0)
    share = np.ones(some.shape, np.float32)
    missing = np.maximum((1 - np.exp(-found)) @ LUMINANCE, 1e-3)
    share[some] = (1 - np.exp(-rest)) @ LUMINANCE / missing
    return np.asarray(np.rint(255 * share.clip(0, 1)), np.uint8)
