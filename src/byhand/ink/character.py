"""One character found in a picture.

Letters: H, W height and width of the picture; h, w those of the ink cut out of it; all
in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from byhand.ink.components import connected_components
from byhand.ink.paper import above_paper, deviation, paper_level
from byhand.ink.polarity import bright_ink, is_page
from byhand.ink.threshold import otsu, quantile
from byhand.pictures.convert import FAINT
from byhand.types import Box, Floats, Grey, Mask


@dataclass(frozen=True)
class CharacterSettings:
    """What ink, and which of it, belongs to the character."""

    widest_stroke: float = 2 / 7  # of the picture's longer side: what is wider is paper
    full: float = 0.95  # the quantile of ink that is ink all over
    noise_level: float = 2.0  # deviations of bare paper that are no trace of ink
    trace: float = 0.02  # of the way from paper to ink: less is no trace of ink
    speck: float = 0.08  # of the largest component's pixels: smaller ones are specks
    inside: float = 0.2  # of what the border cuts off: on a page more is the character
    inside_cut_out: float = 2.0  # the same in a picture cut out around a character
    cropped: float = 0.05  # of its size: with less paper opposite it is not cut off


CHARACTER = CharacterSettings()


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


@dataclass(frozen=True, eq=False)
class Character:
    """A character found in a picture.

    Attributes:
        ink: (H, W), the picture with ink bright on even paper.
        levels: its grey levels.
        mask: (H, W), true where the character's ink is.
    """

    ink: Grey
    levels: Levels
    mask: Mask

    @property
    def box(self) -> Box:
        """Where it is in the picture."""
        rows, columns = (np.flatnonzero(self.mask.any(axis)) for axis in (1, 0))
        edges = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
        return Box.of_edges(*map(int, edges))

    def is_cut_off(self, settings: CharacterSettings = CHARACTER) -> bool:
        """Return whether it reaches one edge of the picture, but not the opposite one.

        In a picture that is cropped to its character, that reaches both.
        """
        height, width = self.mask.shape
        box = self.box
        pairs = ((box.x, width - box.right, box.width),
                 (box.y, height - box.bottom, box.height))  # fmt: skip
        return any(
            min(before, behind) == 0
            and max(before, behind) > max(1, settings.cropped * size)
            for before, behind, size in pairs
        )

    def cut_out(self) -> Floats:
        """Return its ink as (h, w), 0–1, with the grey of its edges."""
        ink, levels = self.ink.astype(np.float32), self.levels
        share = (ink - levels.paper) / (levels.full - levels.paper)
        beside = ndimage.maximum_filter(self.mask, 3) & (self.ink > levels.trace)
        share = share.clip(0, 1) * (self.mask | beside)
        rows, columns = np.flatnonzero(share.any(1)), np.flatnonzero(share.any(0))
        cut: Floats = share[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return cut


def find_character(
    grey: Grey, settings: CharacterSettings = CHARACTER
) -> Character | None:
    """Return the character in a picture; None if there is no ink."""
    ink = even_paper(bright_ink(grey), settings)
    levels = find_levels(ink, settings)
    if levels is None:
        return None
    return Character(ink, levels, without_specks(ink > levels.threshold, settings))


def even_paper(ink: Grey, settings: CharacterSettings = CHARACTER) -> Grey:
    """Return bright ink, on a page without its shadows and uneven light.

    A picture cut out around a character has no room for them, and stays as it is.
    """
    if not is_page(ink.shape):
        return ink
    paper = paper_level(ink, round(max(ink.shape) * settings.widest_stroke))
    return np.asarray(np.rint(above_paper(ink, paper)), np.uint8)


def find_levels(ink: Grey, settings: CharacterSettings = CHARACTER) -> Levels | None:
    """Return the levels of paper and ink; None if there is no ink."""
    histogram = np.bincount(ink.ravel(), minlength=256)
    threshold = otsu(histogram)
    below, above = histogram[: threshold + 1], histogram[threshold + 1 :]
    paper = quantile(below, 0.5)
    full = threshold + 1 + quantile(above, settings.full)
    if not above.any() or full - paper < FAINT * 255:
        return None
    noise = settings.noise_level * deviation(paper, quantile(below, 0.75))
    trace = paper + max(noise, settings.trace * (full - paper))
    return Levels(paper, trace, threshold, full)


def without_specks(mask: Mask, settings: CharacterSettings = CHARACTER) -> Mask:
    """Return the components of the ink that belong to the character.

    They are the largest and those not too small beside it. Components that the border
    cuts off (a neighbour, a shadow, the table's edge) count only if what is inside is
    too small to be meant: on a page a fifth of theirs, in a cut-out digit twice.
    """
    labels, count = connected_components(mask)
    if count < 2:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0  # the paper
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    inside = sizes.copy()
    inside[border] = 0
    least = settings.inside if is_page(mask.shape) else settings.inside_cut_out
    if inside.max() >= sizes[border].max() * least:
        sizes = inside
    kept: Mask = (sizes >= max(settings.speck * sizes.max(), 1))[labels]
    return kept
