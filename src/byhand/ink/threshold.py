"""Binarisation: Otsu's threshold for a histogram, Wolf's for each pixel of a page.

Letters: H, W height and width in pixels. Ink is bright.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from byhand.ink.paper import paper_and_noise
from byhand.ink.scaling import enlarged, reduced
from byhand.pictures.convert import FAINT
from byhand.types import Floats, Grey, Integers, Mask


@dataclass(frozen=True)
class WolfSettings:
    """What Wolf's threshold depends on."""

    k: float = 0.5  # the threshold's place between paper and the strongest ink
    window: float = 1.5  # heights of characters: the surroundings' width
    narrowest: int = 15  # pixels: of the surroundings' width
    detail: int = 32  # pixels: in wider surroundings pixels are averaged
    strongest: float = 0.998  # the quantile of ink that is the strongest


WOLF = WolfSettings()


def otsu(histogram: Integers) -> int:
    """Return the level that best divides a histogram of 256 levels into two classes.

    With n pixels up to a level, of mean m, and the others' N - n, of mean M, the
    variance between the two classes is n (N - n) (M - m)²; it is to be the largest. In
    sums S of levels instead of means: (n S_all - N S)² / (n (N - n)).
    Where several levels are as good, the middle one.

    Source: Otsu 1979, IEEE Trans. Systems, Man and Cybernetics 9, 62-66, eq. 18.
    """
    count = np.cumsum(histogram, dtype=np.float64)  # n
    total = np.cumsum(histogram * np.arange(256.0))  # S
    both = count * (count[-1] - count)
    variance = (count * total[-1] - count[-1] * total) ** 2 / np.maximum(both, 1)
    best = np.flatnonzero(variance >= variance.max() * (1 - 1e-12))
    return int(best[0] + best[-1]) // 2


def quantile(histogram: Integers, fraction: float) -> int:
    """Return the level up to which a histogram holds this fraction of its pixels."""
    count = np.cumsum(histogram)
    return int(np.searchsorted(count, fraction * count[-1])) if count.size else 0


def wolf(flat: Grey, height: float, settings: WolfSettings = WOLF) -> Floats:
    """Return Wolf and Jolion's threshold for each pixel (H, W).

    With the mean m and the deviation s of the surroundings, S the largest deviation and
    M the strongest ink anywhere, it is

        m + k (1 - s / S) (M - m):

    halfway up to the ink where nothing stands out, down to the mean where it does most.
    (Sauvola's is the same with fixed S and M, and misses faint pencil.)

    Source: Wolf and Jolion 2003, "Extraction and recognition of artificial text in
    multimedia documents", Pattern Analysis and Applications 6, 309-326, eq. 5.
    """
    wide = max(settings.narrowest, round(settings.window * height)) | 1
    factor = max(1, wide // settings.detail)
    x = reduced(flat, factor).astype(np.float32)
    wide = max(3, wide // factor)
    m = ndimage.uniform_filter(x, wide, mode="nearest")
    square = ndimage.uniform_filter(x * x, wide, mode="nearest")
    s = np.sqrt(np.maximum(square - m * m, 0))
    strongest = float(np.quantile(flat[::2, ::2], settings.strongest))
    level = m + settings.k * (1 - s / max(float(s.max()), 1e-6)) * (strongest - m)
    return enlarged(level, flat.shape)


def binarise(
    flat: Grey, height: float, noise_level: float, settings: WolfSettings = WOLF
) -> Mask:
    """Return where ink is: above Wolf's threshold, and above the noise of bare paper.

    Args:
        flat: (H, W) ink, 0 on bare paper.
        height: of its characters, pixels.
        noise_level: standard deviations of bare paper by which ink must stand out.
        settings: of Wolf's threshold.
    """
    paper, noise = paper_and_noise(flat[::2, ::2])
    least = max(paper + noise_level * noise, FAINT * 255)
    return np.asarray(flat > np.maximum(wolf(flat, height, settings), least))
