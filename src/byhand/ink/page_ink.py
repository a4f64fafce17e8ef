"""The ink of a page and its scale: the seam between pictures and reading.

Whatever reads a page takes an `InkFinder`: it gives one or more hypotheses of the
page's ink, which compete by what is read from them. `find_page_ink` is the one that
there is: a network says what each pixel is, at several scales of the picture.

Letters: H, W height and width of the page in pixels; K classes of pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from PIL import Image
from scipy import ndimage

from byhand.ink.components import connected_components
from byhand.ink.measure import measure_writing
from byhand.ink.pyramid import PYRAMID, PyramidSettings, pyramid
from byhand.ink.segmentation import CLASSES, DIGIT, HANDWRITING, LINE, PRINT, shipped
from byhand.pictures.sheets import Sheet
from byhand.types import Floats, Grey, Images, Mask


@dataclass(frozen=True)
class PageSettings:
    """At which scales a page is shown to the network, and which of them count."""

    pyramid: PyramidSettings = PYRAMID
    known: tuple[float, float] = (14.0, 56.0)  # pixels: heights that it learnt
    usual: float = 28.0  # pixels: the height of digits at which it sees best
    spread: float = 0.5  # deviation of the logarithm of heights at which it sees well
    least: int = 64  # of 255: pixels less likely handwriting belong to no component
    accepted: int = 96  # of 255: a component of which none is as likely is left out
    hypotheses: int = 2  # scales, of which each gives one


PAGE = PageSettings()
LIKELY = 128  # grey level from which on ink is more likely than none
NOTHING: Mapping[str, float] = MappingProxyType({})
NAMES = {"handwriting": HANDWRITING, "print": PRINT, "lines": LINE}


@dataclass(frozen=True, eq=False)
class PageInk:
    """Where the ink of a page is, at the scale that its characters need.

    Attributes:
        grey: (H, W) uint8: 255 where it is certain that a digit's ink is, 0 where none.
        mask: (H, W), where ink is more likely than none.
        stroke_width: the pen's, pixels; 0 on a page without writing.
        character_height: of a usual character, pixels; 0 on a page without writing.
        scale: pixels of the picture to one of these.
        likely: (H, W) uint8, how likely digits' ink is, where `grey` was made from it.
        found: shares of the page by what they show: "handwriting", "print", "lines".
    """

    grey: Grey
    mask: Mask
    stroke_width: float
    character_height: float
    scale: float
    found: Mapping[str, float]
    likely: Grey | None = None

    @classmethod
    def of(
        cls,
        grey: Grey,
        scale: float,
        found: Mapping[str, float] = NOTHING,
        likely: Grey | None = None,
    ) -> PageInk:
        """Return the ink with its pen's width and the height of its characters."""
        mask = grey >= LIKELY
        stroke, height = measure_writing(mask) or (0.0, 0.0)
        return cls(grey, mask, stroke, height, scale, found, likely)

    def warped(self, warp: Callable[[Image.Image], Image.Image]) -> PageInk:
        """Return the ink moved.

        Args:
            warp: moves an image of the page, rotates it say, at the same scale.
        """
        moved = np.asarray(warp(Image.fromarray(self.grey)))
        return replace(self, grey=moved, mask=moved >= LIKELY)


InkFinder: TypeAlias = Callable[[Sheet], Iterable[PageInk]]  # the best first


def find_page_ink(sheet: Sheet, settings: PageSettings = PAGE) -> Iterator[PageInk]:
    """Yield hypotheses of a page's ink, the best first.

    Each is the ink at one scale of the picture. The first is of the scale at which most
    of the picture is covered by digits of the height that the network knows best. A
    small picture is enlarged only if it has no digits of a height that the network
    knows, or if the first hypothesis did not do.

    Args:
        sheet: the page, upright.
        settings: at which scales it is searched.
    """
    images = list(pyramid(sheet.image, settings.pyramid))
    enlarged = images[0].shape[1] > sheet.image.width
    later = images[:1] if enlarged and len(images) > 1 else []
    levels = _levels(images[len(later) :], settings)
    best = levels[0].hypothesis(sheet, levels)
    least, most = settings.known
    if later and not least <= best.character_height <= most:
        levels, later = _levels(later, settings, levels), []
        best = levels[0].hypothesis(sheet, levels)
    yield best
    first = levels[0]
    others = [level for level in _levels(later, settings, levels) if level is not first]
    for level in others[: settings.hypotheses - 1]:
        yield level.hypothesis(sheet, [first, *others])


@dataclass(frozen=True, eq=False)
class _Level:
    """What the network sees at one scale.

    Attributes:
        covered: share of the page with digits of a good height.
        grey: (H, W), as `PageInk`.
        likely: (H, W), as `PageInk`.
        shares: of the page that each of NAMES covers.
    """

    covered: float
    grey: Grey
    likely: Grey
    shares: Floats

    def hypothesis(self, sheet: Sheet, levels: Sequence[_Level]) -> PageInk:
        """Return it as the page's ink, given all levels of the picture so far."""
        most = np.max([level.shares for level in levels], axis=0).tolist()
        scale = sheet.size[0] / self.grey.shape[1]
        found = dict(zip(NAMES, most, strict=True))
        return PageInk.of(self.grey, scale, found, self.likely)


def _levels(
    images: Sequence[Images], settings: PageSettings, others: Sequence[_Level] = ()
) -> list[_Level]:
    """Return what the network sees at some scales, and others, the best first."""
    found = [*others]
    for image in images:
        likely = shipped()(image)
        grey, digit = digits_ink(likely, settings)
        covered = _covered(grey, digit, settings)
        found.append(_Level(covered, grey, digit, _shares(likely)))
    return sorted(found, key=lambda level: -level.covered)


def digits_ink(likely: Images, settings: PageSettings = PAGE) -> tuple[Grey, Grey]:
    """Return the ink of digits (H, W), and how likely it is that it is theirs.

    Args:
        likely: (H, W, K), what the network says of each pixel.
        settings: which components are taken.
    """
    digit = likely[..., DIGIT].copy()
    writing = np.minimum(digit.astype(np.uint16) + likely[..., HANDWRITING], 255)
    return _evened(writing.astype(np.uint8), digit, settings), digit


def _evened(writing: Grey, digit: Grey, settings: PageSettings) -> Grey:
    """Return handwriting's ink with each component as bright as others, or left out.

    Where the network wavers, all of a stroke is uncertain: between a 1 and a printed
    line, or between joined zeros and letters. It is taken or left as one, by the most
    that a digit has in any of its pixels.

    Args:
        writing: (H, W), how likely handwriting is, digits or other.
        digit: (H, W), how likely digits are.
        settings: which components are taken.
    """
    labels, count = connected_components(writing >= settings.least)
    if not count:
        return np.zeros_like(digit)
    every = np.arange(1, count + 1)
    most = ndimage.maximum(writing, labels, every)
    sure = ndimage.maximum(digit, labels, every)
    factor = np.where(sure >= settings.accepted, 255 / np.maximum(most, 1), 0)
    factors = np.concatenate([[1.0], factor]).astype(np.float32)[labels]
    return np.asarray(np.rint(writing * factors), np.uint8)


def _shares(likely: Images) -> Floats:
    """Return the shares of the page that each of NAMES covers."""
    best = likely.argmax(axis=2)
    counts = np.bincount(best.ravel(), minlength=len(CLASSES)) / best.size
    return np.asarray(counts[[*NAMES.values()]])


def _covered(grey: Grey, digit: Grey, settings: PageSettings) -> float:
    """Return the share of the page in boxes around digits of a good height.

    It counts as much as the ink is surer than even odds.
    """
    mask = grey >= LIKELY
    labels, count = connected_components(mask)
    if not count:
        return 0.0
    boxes = ndimage.find_objects(labels)
    height, width = np.array([[s.stop - s.start for s in box] for box in boxes]).T
    off = np.log(height / settings.usual) / settings.spread
    area = height * width * np.exp(-0.5 * off**2)
    sure = max(2 * float(digit[mask].mean()) / 255 - 1, 0.0)  # 0 at even odds
    return sure * float(area.sum() / labels.size)
