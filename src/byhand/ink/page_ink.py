"""The ink of a page and its scale: the seam between pictures and reading.

Whatever reads a page takes an `InkFinder`: it gives one or more hypotheses of the
page's ink, which compete by what is read from them. `find_page_ink` is the one that
there is: print of another colour off, ink bright, paper flattened, Wolf's threshold,
ruled lines off.

Letters: H, W height and width of the page in pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import numpy as np
from PIL import Image
from scipy import ndimage

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
LIKELY = 128  # grey level from which on ink is more likely than none
NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class PageInk:
    """Where the ink of a page is, at the scale that its characters need.

    Attributes:
        grey: (H, W) uint8: 255 where it is certain that a digit's ink is, 0 where none.
        mask: (H, W), where ink is more likely than none.
        stroke_width: the pen's, pixels; 0 on a page without writing.
        character_height: of a usual character, pixels; 0 on a page without writing.
        scale: pixels of the picture to one of these.
        found: shares of the page by what they show: "handwriting", "print", "lines".
    """

    grey: Grey
    mask: Mask
    stroke_width: float
    character_height: float
    scale: float
    found: Mapping[str, float]

    @classmethod
    def of(
        cls, grey: Grey, scale: float, found: Mapping[str, float] = NOTHING
    ) -> PageInk:
        """Return the ink with its pen's width and the height of its characters."""
        mask = grey >= LIKELY
        stroke, height = measure_writing(mask) or (0.0, 0.0)
        return cls(grey, mask, stroke, height, scale, found)

    def warped(self, warp: Callable[[Image.Image], Image.Image]) -> PageInk:
        """Return the ink moved and measured again.

        Args:
            warp: moves an image of the page, rotates it say, at the same scale.
        """
        moved = np.asarray(warp(Image.fromarray(self.grey)))
        return self.of(moved, self.scale, self.found)


InkFinder: TypeAlias = Callable[[Sheet], Iterable[PageInk]]  # the best first


def find_page_ink(sheet: Sheet, settings: PageSettings = PAGE) -> Iterator[PageInk]:
    """Yield the ink of a page, and the ink with faint ink as well; none if blank.

    Args:
        sheet: the page, upright.
        settings: how it is found.
    """
    image = without_print(sheet.image, settings.printing)
    copy = bright_ink(grey_levels(image, settings.longest), settings.polarity)
    for noise_level in (settings.noise_level, settings.faint_noise_level):
        found = _at_usual_size(copy, noise_level, settings)
        if found is not None:
            grey, (flat, mask, (stroke, height)) = found
            left = without_rules(mask, height, stroke, settings.rules)
            lines = {"lines": float((mask & ~left).mean())}
            scale = sheet.size[0] / grey.shape[1]
            yield PageInk.of(_likely(flat, mask, left), scale, lines)


def _likely(flat: Grey, mask: Mask, left: Mask) -> Grey:
    """Return flat ink with 255 where the pen is all on the paper, without rules."""
    full = float(np.quantile(flat[mask], 0.5))
    share = np.minimum(flat * (255 / full), 255)
    inside = np.maximum(share, LIKELY) * left
    edges = np.minimum(share, LIKELY - 1) * (ndimage.maximum_filter(left, 3) & ~mask)
    return np.asarray(np.rint(inside + edges), np.uint8)


class _Binarised(NamedTuple):
    flat: Grey
    mask: Mask
    writing: Writing


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
