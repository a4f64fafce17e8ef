"""The ink of a page and its scale: the seam between pictures and reading.

Whatever reads a page takes an `InkFinder`. `find_page_ink` is the one that there is:
print of another colour off, ink bright, paper flattened, Wolf's threshold, ruled lines
off. Another one, a network say, can stand in its place.

Letters: H, W height and width of the page in pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from PIL import Image

from byhand.ink.measure import MEASURE, MeasureSettings, Writing, measure_writing
from byhand.ink.paper import FLATTEN, FlattenSettings, flattened
from byhand.ink.polarity import POLARITY, PolaritySettings, bright_ink
from byhand.ink.print_colours import PRINT, PrintSettings
from byhand.ink.print_removal import without_print
from byhand.ink.rules import RULES, RuleSettings, without_rules
from byhand.ink.threshold import WOLF, WolfSettings, binarise
from byhand.pictures.convert import grey_levels
from byhand.pictures.sheets import Sheet
from byhand.types import Grey, Mask


@dataclass(frozen=True)
class PageSettings:
    """At which size a page is binarised, and what counts as ink."""

    longest: int = 1600  # pixels: the longer side of the copy that is searched
    character_height: float = 40.0  # pixels: the scale is chosen for characters so high
    first_guess: float = 1 / 8  # of the longer side: the characters' height at first
    rounds: int = 3  # at most, until characters are about as high as they should be
    alike: float = 1.5  # times as high or as low is about as high
    unscaled: float = 1.25  # times larger or smaller: not worth resampling
    most_enlarged: float = 3.0  # times
    most_pixels: int = 6_000_000  # of a page that is enlarged
    noise_level: float = 2.5  # deviations of bare paper by which ink must stand out
    faint_noise_level: float = 1.5  # the same where faint ink is to be found as well
    polarity: PolaritySettings = POLARITY
    flatten: FlattenSettings = FLATTEN
    wolf: WolfSettings = WOLF
    measure: MeasureSettings = MEASURE
    printing: PrintSettings = PRINT
    rules: RuleSettings = RULES


PAGE = PageSettings()


@dataclass(frozen=True, eq=False)
class PageInk:
    """Where the ink of a page is, at the scale that its characters need.

    Attributes:
        grey: (H, W) as the picture shows it, ink bright.
        flat: (H, W) uint8, 0 on bare paper, however lit.
        mask: (H, W), where ink is, ruled lines left out.
        rules: (H, W), where the ink of ruled lines was.
        stroke_width: the pen's, pixels.
        character_height: of a usual character, pixels.
        scale: pixels of the picture to one of these.
        noise_level: deviations of bare paper by which ink stands out.
        settings: how it was found.
    """

    grey: Grey
    flat: Grey
    mask: Mask
    rules: Mask
    stroke_width: float
    character_height: float
    scale: float
    noise_level: float = PAGE.noise_level
    settings: PageSettings = PAGE

    def warped(self, warp: Callable[[Image.Image], Image.Image]) -> PageInk | None:
        """Return the ink moved and binarised again; None if none is left.

        Args:
            warp: moves an image of the page, rotates it say, at the same scale.
        """
        grey, flat = (
            np.asarray(warp(Image.fromarray(array))) for array in (self.grey, self.flat)
        )
        settings = self.settings
        mask = binarise(flat, self.character_height, self.noise_level, settings.wolf)
        writing = measure_writing(mask, settings.measure)
        if writing is None:
            return None
        stroke, height = writing
        mask, rules = _without_rules(mask, self.character_height, stroke, settings)
        return replace(
            self,
            grey=grey,
            flat=flat,
            mask=mask,
            rules=rules,
            stroke_width=stroke,
            character_height=height,
        )


class InkFinder(Protocol):
    """A function that finds the ink of a page."""

    def __call__(self, sheet: Sheet, faint: bool = False) -> PageInk | None:
        """Return the ink of a page; None if there is none.

        Args:
            sheet: the page, upright.
            faint: find faint ink as well, though some of it may be noise.
        """


def find_page_ink(
    sheet: Sheet, faint: bool = False, settings: PageSettings = PAGE
) -> PageInk | None:
    """Return the ink of a page; None if there is none.

    Args:
        sheet: the page, upright.
        faint: find faint ink as well, though some of it may be noise.
        settings: how it is found.
    """
    image = without_print(sheet.image, settings.printing)
    copy = grey_levels(image, settings.longest)
    noise_level = settings.faint_noise_level if faint else settings.noise_level
    found = _at_usual_size(bright_ink(copy, settings.polarity), noise_level, settings)
    if found is None:
        return None
    grey, (flat, mask, (stroke, height)) = found
    mask, rules = _without_rules(mask, height, stroke, settings)
    scale = sheet.size[0] / grey.shape[1]
    return PageInk(
        grey, flat, mask, rules, stroke, height, scale, noise_level, settings
    )


class _Binarised(NamedTuple):
    flat: Grey
    mask: Mask
    writing: Writing


def _without_rules(
    mask: Mask, height: float, stroke: float, settings: PageSettings
) -> tuple[Mask, Mask]:
    """Return the ink without ruled lines, and the ink of these."""
    left = without_rules(mask, height, stroke, settings.rules)
    return left, mask & ~left


def _at_usual_size(
    copy: Grey, noise_level: float, settings: PageSettings
) -> tuple[Grey, _Binarised] | None:
    """Return bright ink scaled so that characters are as high as usual, and binarised.

    The threshold depends on how high characters are, and their height on the threshold:
    so it goes in rounds.
    """
    grey, factor = copy, 1.0
    height = max(copy.shape) * settings.first_guess
    found = _binarised(grey, height, noise_level, settings)
    for _ in range(settings.rounds):
        if found is None:
            return None
        usual = settings.character_height
        factor = usual / found.writing.character_height * grey.shape[1] / copy.shape[1]
        room = (settings.most_pixels / copy.size) ** 0.5
        factor = min(factor, settings.most_enlarged, max(room, 1.0))
        grey = _scaled(copy, factor, settings)
        found = _binarised(grey, usual, noise_level, settings)
        if found is None or _alike(found.writing.character_height, usual, settings):
            break
    lowest = settings.measure.lowest * factor
    if found is None or found.writing.character_height < lowest:
        return None
    return grey, found


def _binarised(
    grey: Grey, height: float, noise_level: float, settings: PageSettings
) -> _Binarised | None:
    """Return bright ink flattened, binarised and measured, for characters so high."""
    flat = flattened(grey, height, settings.flatten)
    mask = binarise(flat, height, noise_level, settings.wolf)
    writing = measure_writing(mask, settings.measure)
    return None if writing is None else _Binarised(flat, mask, writing)


def _alike(height: float, usual: float, settings: PageSettings) -> bool:
    return usual / settings.alike < height < usual * settings.alike


def _scaled(grey: Grey, factor: float, settings: PageSettings) -> Grey:
    """Return grey levels at another scale; as they are if that hardly matters."""
    if 1 / settings.unscaled < factor < settings.unscaled:
        return grey
    width, height = (max(1, round(side * factor)) for side in grey.shape[::-1])
    resized = Image.fromarray(grey).resize(
        (width, height), Image.Resampling.BICUBIC, reducing_gap=2.0
    )
    return np.asarray(resized)
