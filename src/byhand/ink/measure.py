"""How large a page's writing is: the pen's width, and the height of characters.

Letters: C connected components.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from byhand.ink.components import connected_components
from byhand.types import Array, Floats, Integers, Mask


@dataclass(frozen=True)
class MeasureSettings:
    """Which connected components are characters."""

    most: int = 20_000  # components: a page of writing has fewer, noise more
    lowest: int = 7  # pixels: lower characters cannot be recognised
    flattest: float = 2.5  # pens' widths: a character is higher
    widest: float = 12.0  # of its height: a character is not as wide
    large: int = 200  # pixels: on a page higher than this,
    edge_to_edge: float = 0.98  # of the page's height: what is higher is a shadow
    similar: float = 2.0  # times as high or as low as usual: the pen is measured there
    written: float = 0.2  # of the ink, in characters; if it is less, the rest is dust


MEASURE = MeasureSettings()


class Writing(NamedTuple):
    """How large writing is in pixels: the pen's width, a character's usual height."""

    stroke_width: float
    character_height: float


def measure_writing(mask: Mask, settings: MeasureSettings = MEASURE) -> Writing | None:
    """Return how large the writing on a page is; None if there is none.

    Heights are of connected components that are neither flat nor as small as dots; each
    counts by its area, and the one in the middle is taken. The pen's width is that of
    components about as high.
    """
    labels, count = connected_components(mask)
    if not 0 < count <= settings.most:
        return None
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]  # (C,)
    strokes = _stroke_widths(labels, areas)
    boxes = ndimage.find_objects(labels)
    heights = np.array([box[0].stop - box[0].start for box in boxes])
    widths = np.array([box[1].stop - box[1].start for box in boxes])
    high = (heights > settings.flattest * strokes) & (heights >= settings.lowest)
    characters = high & (widths < settings.widest * heights)
    if mask.shape[0] > settings.large:
        characters &= heights < settings.edge_to_edge * mask.shape[0]
    written, dust = areas[characters].sum(), areas[heights < settings.lowest].sum()
    if not written or written < settings.written * (written + dust):
        return None
    height = weighted_median(heights[characters], areas[characters])
    lowest, highest = height / settings.similar, height * settings.similar
    similar = characters & (heights > lowest) & (heights < highest)
    stroke = np.average(strokes[similar], weights=areas[similar])
    return Writing(float(stroke), height)


def _stroke_widths(labels: Integers, areas: Integers) -> Floats:
    """Return the pen's width (C,) in each component.

    A stroke of length l and width w has an area of l · w and, if it is long, a
    circumference of 2 l; so w is twice the area by the circumference. The circumference
    is π / 4 of the number of sides that pixels of ink share with paper, on average over
    all directions.
    """
    edges = np.zeros(len(areas) + 1)
    for before, after in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        changed = before != after
        for side in (before[changed], after[changed]):
            edges += np.bincount(side.ravel(), minlength=len(edges))
    return np.asarray(2 * areas / np.maximum(edges[1:] * np.pi / 4, 1))


def weighted_median(values: Array, weights: Array) -> float:
    """Return the first value up to which half of the weight is."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
