"""Examples of pages for the ink network: pixels, and what each of them shows.

Letters: H, W height and width of a page in pixels; K classes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from byhand.data.datasets import Split
from byhand.ink.segmentation import CLASSES, DIGIT, NONE
from byhand.synthesis.drawing import log_uniform
from byhand.synthesis.kinds import make_page, training_kinds
from byhand.synthesis.page import SyntheticPage
from byhand.types import Array, Box, Floats

SHORTEST = 32  # pixels: of a part's sides


@dataclass(frozen=True)
class ExampleSettings:
    """Which pages the ink network sees; lengths in pixels."""

    size: tuple[int, int] = (256, 320)  # height and width
    heights: tuple[float, float] = (13, 56)  # of a digit: ink
    too_large: tuple[float, float] = (90, 200)  # the same: no ink at this scale
    share_too_large: float = 0.06  # of the pages
    share_cut_out: float = 0.3  # of the pages: a part alone
    margins: tuple[float, float] = (-0.1, 1.0)  # heights of a digit, around such a part
    weights: tuple[float, ...] = (1.0, 4.0, 2.5, 1.5, 1.0)  # of each class's pixels


EXAMPLES = ExampleSettings()


class Example:
    """A page as the network learns from it: pixels, targets and their weights."""

    def __init__(self, page: SyntheticPage, is_ink: bool, weights: Array) -> None:
        self.picture = page.picture
        self.ink, self.classes = page.ink, page.classes
        if not is_ink:
            self.ink = np.zeros_like(page.ink)
            self.classes = np.where(page.classes == DIGIT, NONE, page.classes)
        self.weights = weights

    def targets(self) -> tuple[Floats, Floats]:
        """Return the probability of each class (H, W, K), and the weights (H, W).

        On the soft edge of a digit's stroke, ink covers a part of the pixel: so likely
        is a digit there, and what is below it for the rest.
        """
        below = np.where(self.classes == DIGIT, NONE, self.classes)
        share = self.ink.astype(np.float32)[..., None] / 255
        targets = np.eye(len(CLASSES), dtype=np.float32)[below] * (1 - share)
        targets[..., DIGIT] += share[..., 0]
        return targets, targets @ self.weights


def draw_example(
    digits: Split, seed: int, number: int, settings: ExampleSettings = EXAMPLES
) -> Example:
    """Return page number `number` of a training with this seed."""
    rng = np.random.default_rng((seed, number))
    is_ink = rng.random() >= settings.share_too_large
    low, high = settings.heights if is_ink else settings.too_large
    height = log_uniform(rng, low, high)
    kinds = training_kinds()
    kind = kinds[rng.integers(len(kinds))]
    page = make_page(
        kind, (digits.images, digits.labels), rng, size=settings.size, height=height
    )
    if rng.random() < settings.share_cut_out:
        page = cut_out(page, height, rng, settings)
    return Example(page, is_ink, np.array(settings.weights, np.float32))


def cut_out(
    page: SyntheticPage,
    height: float,
    rng: np.random.Generator,
    settings: ExampleSettings = EXAMPLES,
) -> SyntheticPage:
    """Return a part of a page, around it nothing but the colours at its edges.

    The part is a line, as fields are cut from forms, or any rectangle. So do small
    pictures come to the network (`segmentation.MARGIN`).
    """
    part = _part(page, height, rng, settings)
    rows, columns = slice(part.y, part.bottom), slice(part.x, part.right)
    around = []
    for side, length in zip(page.ink.shape, (part.height, part.width), strict=True):
        before = int(rng.integers(side - length + 1))
        around.append((before, side - length - before))
    return replace(
        page,
        picture=np.pad(page.picture[rows, columns], (*around, (0, 0)), mode="edge"),
        ink=np.pad(page.ink[rows, columns], around),
        classes=np.pad(page.classes[rows, columns], around),
        lines=(),
    )


def _part(
    page: SyntheticPage,
    height: float,
    rng: np.random.Generator,
    settings: ExampleSettings,
) -> Box:
    """Return the box of a line with some margin, or any box."""
    high, wide = page.ink.shape
    if page.lines and rng.random() < 0.7:
        line = Box.around(page.lines[int(rng.integers(len(page.lines)))].boxes)
        left, top, right, bottom = (
            round(height * m) for m in rng.uniform(*settings.margins, 4)
        )
        x, y = max(line.x - left, 0), max(line.y - top, 0)
        x1, y1 = min(line.right + right, wide), min(line.bottom + bottom, high)
    else:
        x, y = (int(rng.integers(side - SHORTEST)) for side in (wide, high))
        x1, y1 = (
            int(rng.integers(begin + SHORTEST, side + 1))
            for begin, side in ((x, wide), (y, high))
        )
    return Box.of_edges(x, y, max(x1, x + 1), max(y1, y + 1))
