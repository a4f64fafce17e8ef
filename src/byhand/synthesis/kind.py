"""What a kind of page is: the names from which its pages are drawn, and numbers."""

from __future__ import annotations

from dataclasses import dataclass

INKS = ("ballpoint", "ballpoint", "fountain", "felt", "pencil")


@dataclass(frozen=True)
class Kind:
    """A distribution of pages: of each tuple of names one is drawn.

    Attributes:
        papers: in `papers.PAPERS`.
        pens: in `pens.PENS`.
        designs: in `sheet.DESIGNS`.
        cameras: in `camera.CAMERAS`.
        digits: whether there are any.
        print: mean number of printed things beside them.
        letters: mean number of other handwritten things.
        copied: share of the pages with digits as the data set has them.
        dirt: mean number of stains, folds and objects on the sheet.
        only_dirt: in `dirt.DIRT`; any if empty.
        through: share of the sheets whose back is seen.
        light: strength of what is uneven in the light, at most.
        shadow: share of the pages with a shadow.
        stripes: share with the shadow of a blind or a fence.
        glare: share with a reflection.
        table: share where the table around the sheet is seen.
        turn: deviation of the sheet's angle, in degrees.
        long: shortest and longest of the picture's longer sides, in pixels.
        flat: smallest and largest ratio of height to width.
        height: smallest and largest height of a digit, as a share of the longer side.
    """

    papers: tuple[str, ...] = ("white",)
    pens: tuple[str, ...] = INKS
    designs: tuple[str, ...] = ("free",)
    cameras: tuple[str, ...] = ("photo", "photo", "photo", "scan")
    digits: bool = True
    print: float = 0.3
    letters: float = 0.5
    copied: float = 0.1
    dirt: float = 0.25
    only_dirt: tuple[str, ...] = ()
    through: float = 0.04
    light: float = 0.8
    shadow: float = 0.12
    stripes: float = 0.0
    glare: float = 0.05
    table: float = 0.08
    turn: float = 2.0
    long: tuple[int, int] = (500, 1400)
    flat: tuple[float, float] = (0.6, 1.35)
    height: tuple[float, float] = (0.018, 0.1)
