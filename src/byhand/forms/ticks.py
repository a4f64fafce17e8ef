"""Boxes that are ticked or not, by the ink in and about them that is not printed.

Letters: S × S pixels of a patch: the box with half of it around.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from byhand.forms.fields import Field
from byhand.forms.registration import BlankForm, Registration
from byhand.types import Box, Floats, Grey, Mask


@dataclass(frozen=True)
class TickSettings:
    """How the ink of a tick is measured; lengths in pixels of a patch."""

    box: int = 32  # the longer side of a box
    around: int = 16  # beyond it
    astray: int = 6  # the frame may be this far from where it should be
    ring: int = 9  # so far beyond the box a tick counts
    printed: float = 0.12  # darker than the paper is printed on the blank form
    near: int = 3  # pixels around these that are as well
    inset: int = 5  # the middle of a box is this far within it
    speck: float = 10.0  # diagonal of ink that hangs together, at least
    thick: float = 1.4  # area of such ink divided by its diagonal, at least
    least: float = 0.07  # darker than the paper is ink
    above_noise: float = 3.0  # standard deviations, the same
    rounds: int = 5  # at finding the level of the paper
    uneven: float = 0.12  # noise of what is about a box, in which ink is not seen
    certain: float = 0.85  # probability of a tick, or of none; else it is doubtful


TICKS = TickSettings()
# Of the features below, fitted by `python -m benchmarks.fit_ticks`.
WEIGHTS = (1.15, 0.74, -0.25, 3.46)
SMALL = 0.01  # is added to what a logarithm is taken of


class Tick(NamedTuple):
    """Whether a box is ticked.

    Attributes:
        value: True or False; None where it is doubtful.
        confidence: the probability that it is as it more likely is, 0.5 to 1.
    """

    value: bool | None
    confidence: float


def ticked(
    scan: Grey, blank: BlankForm, registration: Registration, field: Field
) -> Tick:
    """Return whether the box of a field is ticked.

    A cross, a check mark, a scribble, a filled box or a circle about it all are ticks.

    Args:
        scan: (H, W), ink dark.
        blank: the form that it is of.
        registration: how it lies on the form.
        field: of kind "tick".
    """
    features = tick_features(scan, blank, registration, field)
    ticked = float(1 / (1 + np.exp(-(features @ np.array(WEIGHTS)))))
    if ticked < 0.5 and features[2] > np.log(TICKS.uneven):
        return Tick(None, 0.5)
    confidence = max(ticked, 1 - ticked)
    return Tick(ticked > 0.5 if confidence >= TICKS.certain else None, confidence)


def tick_features(
    scan: Grey, blank: BlankForm, registration: Registration, field: Field
) -> Floats:
    """Return what says whether a box is ticked, as logarithms (4,); the last is 1.

    The extent of the largest component; the share of ink in the middle of the box, or
    in the ring about it, where that is more; and the noise of the paper.
    """
    form = _darkness(_patch(blank.picture, np.eye(3), field.box))
    seen = _darkness(_patch(scan, registration.matrix, field.box))
    # The third darkest of nine: it keeps thin strokes, but no specks.
    seen = ndimage.rank_filter(_moved(seen, _astray(form, seen)), -3, 3)
    paper = ~ndimage.binary_dilation(form > TICKS.printed, iterations=TICKS.near)
    core, ring = (place & paper for place in _places(form.shape))
    dark, noise = _above_paper(seen, ring)
    ink = (dark > max(TICKS.least, TICKS.above_noise * noise)) & (core | ring)
    ink, extent = _strokes(ink)
    share = max(
        float(ink[place].mean()) if place.any() else 0.0 for place in (core, ring)
    )
    values = np.array([extent / TICKS.box, share, noise])
    return np.array([*np.log(values + SMALL), 1.0])


def _patch(picture: Grey, matrix: Floats, box: Box) -> Grey:
    """Return the patch of a box of the blank form, from a picture it is mapped to."""
    scale = max(box.width, box.height) / TICKS.box  # pixels of the form to one here
    wide, high = (round(s / scale) + 2 * TICKS.around for s in (box.width, box.height))
    middle = box.x + (box.width - 1) / 2, box.y + (box.height - 1) / 2
    to_form = np.array([
        [scale, 0, middle[0] - scale * (wide - 1) / 2],
        [0, scale, middle[1] - scale * (high - 1) / 2],
        [0, 0, 1],
    ])  # fmt: skip
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # Pillow's edges of pixels
    there = half @ matrix @ to_form @ np.linalg.inv(half)
    corners = np.array([[0, 0, 1], [wide, 0, 1], [wide, high, 1], [0, high, 1.0]])
    places = corners @ there.T
    places = places[:, :2] / places[:, 2:]
    left, top = np.floor(places.min(axis=0)).astype(int) - 2
    right, bottom = np.ceil(places.max(axis=0)).astype(int) + 2
    image = Image.fromarray(picture).crop((left, top, right, bottom))
    finer = max(int(min(image.width / wide, image.height / high)), 1)
    there = np.diag([1 / finer, 1 / finer, 1]) @ _shift(-left, -top) @ there
    there = (there / there[2, 2]).ravel()[:8]
    how = Image.Transform.PERSPECTIVE, tuple(there), Image.Resampling.BILINEAR
    return np.asarray(image.reduce(finer).transform((wide, high), *how))


def _shift(x: float, y: float) -> Floats:
    return np.array([[1.0, 0, x], [0, 1, y], [0, 0, 1]])


def _darkness(patch: Grey) -> Floats:
    """Return by how much each pixel is darker than the paper, as a share."""
    paper = max(float(np.quantile(patch, 0.8)), 1.0)
    return np.asarray(1 - patch / paper)


def _astray(form: Floats, seen: Floats) -> tuple[int, int]:
    """Return by how many pixels, down and to the right, what is printed is off."""
    reach = TICKS.astray
    wide = ndimage.uniform_filter(np.pad(np.clip(seen, 0, 0.5), reach), 3)
    goal = ndimage.uniform_filter(form, 3)
    goal = goal - goal.mean()
    windows = np.lib.stride_tricks.sliding_window_view(wide, form.shape)
    match = np.tensordot(windows, goal, 2)  # (2 reach + 1, 2 reach + 1)
    away = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    best = np.argmax(match * (1 - 0.02 * away))
    down, right = np.unravel_index(int(best), match.shape)
    return int(down) - reach, int(right) - reach


def _moved(seen: Floats, by: tuple[int, int]) -> Floats:
    """Return a patch with what is printed where it should be; paper comes in."""
    reach = TICKS.astray
    height, width = seen.shape
    down, right = by[0] + reach, by[1] + reach
    return np.pad(seen, reach)[down : down + height, right : right + width]


def _places(shape: tuple[int, ...]) -> tuple[Mask, Mask]:
    """Return what of a patch is in the box, and what in the ring about it."""
    masks = []
    for beyond in (-TICKS.inset, 0, TICKS.ring):
        edge = TICKS.around - beyond
        mask = np.zeros(shape, np.bool_)
        mask[edge : shape[0] - edge, edge : shape[1] - edge] = True
        masks.append(mask)
    return masks[0], masks[2] & ~masks[1]


def _above_paper(seen: Floats, place: Mask) -> tuple[Floats, float]:
    """Return a patch above the level of its paper, and the deviation of its noise.

    The level is a plane, by least squares, through the brighter pixels of a place, then
    through those that are not far above it.
    """
    y, x = np.indices(seen.shape) / TICKS.box
    terms = np.stack([np.ones_like(x), x, y], axis=2)
    chosen = place & (seen <= np.median(seen[place]))
    for _ in range(TICKS.rounds):
        plane = np.linalg.lstsq(terms[chosen], seen[chosen], rcond=None)[0]
        dark = seen - terms @ plane
        low, middle = np.quantile(dark[chosen], [0.16, 0.5])
        chosen = place & (dark <= middle + 3 * max(middle - low, SMALL))
    return dark - middle, float(middle - low)


def _strokes(ink: Mask) -> tuple[Mask, float]:
    """Return ink without specks and rests of the frame, and its largest diagonal.

    A stroke is long, and on average thicker than a line of single pixels.
    """
    labels, count = ndimage.label(ink, np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    extents = np.zeros(count + 1)
    for number, place in enumerate(ndimage.find_objects(labels), start=1):
        extents[number] = np.hypot(*(side.stop - side.start for side in place))
    stroke = (extents >= TICKS.speck) & (areas >= TICKS.thick * extents)
    return stroke[labels], float(extents[stroke].max(initial=0.0))
