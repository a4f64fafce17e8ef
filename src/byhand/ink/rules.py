"""Ruled lines, boxes and combs taken off a page, the strokes across them left.

Letters: H, W height and width of the page in pixels.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from byhand.ink.prepare import EIGHT, Mask

STRAIGHT = 1.5  # heights of characters: no stroke of a digit is straight for longer
ACROSS = 3.0  # heights: what is straight for so long from left to right is a rule
DOWN = 2.2  # and from top to bottom
THICKER = 1.6  # times a rule's own thickness: where it is thicker a stroke crosses it
PENS = 1.7  # widths of the pen: what is thicker all along is no rule
FINE = 0.8  # widths of the pen: what is not thinner may be feet of digits that touch,
LONG = 6.0, 0.7  # unless it is as many heights long, and as much of the page wide
LOOP = 0.7  # heights: two ends of one digit no further apart on a rule are closed
TICKS = 3  # as many alike on one rule make a comb


def without_rules(mask: Mask, height: float, stroke: float) -> Mask:
    """Return the ink without ruled lines.

    A rule is a straight run of ink much longer than characters are high. Where it is as
    thin as itself it goes; where it is thicker a stroke crosses it, and that stays.
    Then go the short lines that stand on rules: those from one rule to another, as the
    sides of boxes, and three or more alike, as the teeth of a comb.

    Args:
        mask: (H, W), where ink is.
        height: of a usual character, pixels.
        stroke: the pen's width, pixels.
    """
    across = rules(mask, height, stroke, ACROSS)
    down = rules(mask.T, height, stroke, DOWN).T
    if not across.any():
        return np.asarray(mask & ~down)
    left = mask & ~across & ~down
    left &= ~_teeth(left, across, height, stroke)
    return left | _loops(left, across, height)


def rules(mask: Mask, height: float, stroke: float, longest: float) -> Mask:
    """Return the ink of rules from left to right, the strokes across them left out."""
    length = round(STRAIGHT * height)
    if mask.shape[1] < length:
        return np.zeros_like(mask)
    # a rule that slopes a little leaves its row: look a pixel up and down as well
    wide = ndimage.maximum_filter1d(mask.view(np.uint8), 3, axis=0)
    runs = ndimage.minimum_filter1d(wide, length, axis=1, mode="constant")
    runs = ndimage.maximum_filter1d(runs, length, axis=1, origin=-(1 - length % 2))
    found: Mask = mask & (runs > 0)
    labels, count = ndimage.label(found, EIGHT)
    if not count:
        return found
    thickness = run_lengths(found)
    whole = run_lengths(mask)
    gone = np.zeros_like(mask)
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        if box[1].stop - box[1].start < min(longest * height, 0.8 * mask.shape[1]):
            continue
        own = labels[box] == number
        thin = float(np.median(thickness[box][own]))
        heights, share = LONG
        wide_enough = box[1].stop - box[1].start >= max(
            heights * height, share * mask.shape[1]
        )
        if thin <= FINE * stroke or (wide_enough and thin <= PENS * stroke + 1):
            gone[box] |= own & (whole[box] <= THICKER * thin + 1)
    return _grown(gone, mask, whole)


def _grown(gone: Mask, mask: Mask, whole: npt.NDArray[np.int64]) -> Mask:
    """Return what goes, with the rest of each column's run of ink."""
    above = ndimage.maximum_filter1d(gone.view(np.uint8), 5, axis=0) > 0
    return np.asarray(gone | (above & mask & (whole <= whole[gone].max(initial=0))))


def run_lengths(mask: Mask) -> npt.NDArray[np.int64]:
    """Return for each pixel with ink how many there are above and below it in a row."""
    flat = np.pad(mask, ((1, 0), (0, 0))).T.ravel()  # columns, with paper between them
    begins = np.flatnonzero(flat[1:] & ~flat[:-1]) + 1
    numbers = np.cumsum(flat & ~np.concatenate([[False], flat[:-1]]))
    lengths = np.zeros(len(begins) + 1, np.int64)
    counted = np.bincount(numbers[flat], minlength=len(begins) + 1)
    lengths[: len(counted)] = counted
    spread = np.where(flat, lengths[numbers], 0)
    return np.asarray(spread.reshape(mask.shape[1], -1).T[1:])


def _loops(left: Mask, across: Mask, height: float) -> Mask:
    """Return the ink of rules that closes loops: the feet of 0s that stand on them.

    Where strokes that are connected above a rule meet it in two places not far from
    each other, what was taken off between these comes back.
    """
    labels, _ = ndimage.label(left, EIGHT)
    back = np.zeros_like(left)
    parts, _ = ndimage.label(across, EIGHT)
    for number, box in enumerate(ndimage.find_objects(parts), start=1):
        top, bottom = max(box[0].start - 2, 0), box[0].stop + 2
        # which strokes touch the rule in each column, from above or through it
        near = labels[top:bottom, box[1]]
        touching = near.max(axis=0)  # (columns,)
        ends = np.flatnonzero(touching)
        for a, b in pairwise(ends):
            if 1 < b - a <= LOOP * height and touching[a] == touching[b]:
                between = slice(box[1].start + a, box[1].start + b + 1)
                back[box[0], between] |= parts[box[0], between] == number
    return back


def _teeth(left: Mask, across: Mask, height: float, stroke: float) -> Mask:
    """Return the ink of boxes' sides and combs' teeth, which stand on rules."""
    labels, _ = ndimage.label(left, EIGHT)
    near = ndimage.maximum_filter(across.view(np.uint8), (5, 3)) > 0
    gone = np.zeros_like(left)
    alike: dict[tuple[int, int], list[int]] = {}
    boxes = ndimage.find_objects(labels)
    for number, box in enumerate(boxes, start=1):
        h, w = (side.stop - side.start for side in box)
        if h < 0.3 * height or w > PENS * stroke + 1 or not near[box].any():
            continue
        piece = labels[box] == number
        ends = [near[box][row][piece[row]].any() for row in (0, 1, -2, -1)]
        if (ends[0] or ends[1]) and (ends[2] or ends[3]):
            gone[box] |= piece
        else:
            key = (round(box[0].start / 4), round(box[0].stop / 4))
            alike.setdefault(key, []).append(number)
    for numbers in alike.values():
        if len(numbers) >= TICKS:
            gone |= np.isin(labels, numbers)
    return gone
