"""Ruled lines, boxes and combs taken off a page, the strokes across them left.

Letters: H, W height and width of the page in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import ndimage

from byhand.ink.components import connected_components
from byhand.ink.run_lengths import run_lengths
from byhand.types import Integers, Mask


@dataclass(frozen=True)
class RuleSettings:
    """What is a rule, in heights of characters and widths of the pen."""

    straight: float = 1.5  # heights: no stroke of a digit is straight for longer
    across: float = 3.0  # heights: a straight run so long from left to right is a rule
    down: float = 2.2  # heights: and from top to bottom
    page: float = (
        0.8  # of the page: a run so long is a rule, however high characters are
    )
    reach: int = 2  # pixels: ink so near a rule touches it
    rough: int = 1  # pixels: edges are uneven by so much
    thicker: float = 1.6  # rule's thicknesses: where it is thicker a stroke crosses it
    pen: float = 1.7  # pens' widths: what is thicker all along is no rule
    fine: float = 0.8  # pens' widths: a thicker one may be feet of digits that touch,
    long: float = 6.0  # heights: unless it is so long
    loop: float = 0.7  # heights: two ends of one digit so near on a rule are closed
    tooth: float = 0.3  # heights: what is lower is no side of a box or tooth of a comb
    teeth: int = 3  # of the same height on one rule are a comb
    level: int = 4  # pixels: ends so near are at the same height


RULES = RuleSettings()


def without_rules(
    mask: Mask, height: float, stroke: float, settings: RuleSettings = RULES
) -> Mask:
    """Return the ink without ruled lines.

    A rule is a straight run of ink much longer than characters are high. Where it is as
    thin as itself it goes; where it is thicker a stroke crosses it, and that stays.
    Then go the short lines that stand on rules: those from one rule to another, as the
    sides of boxes, and three or more alike, as the teeth of a comb.

    Args:
        mask: (H, W), where ink is.
        height: of a usual character, pixels.
        stroke: the pen's width, pixels.
        settings: what a rule is.
    """
    across = find_rules(mask, height, stroke, settings.across, settings)
    down = find_rules(mask.T, height, stroke, settings.down, settings).T
    if not across.any():
        return np.asarray(mask & ~down)
    left = mask & ~across & ~down
    left &= ~_teeth(left, across, height, stroke, settings)
    return left | _loops(left, across, settings.loop * height, settings.reach)


def find_rules(
    mask: Mask,
    height: float,
    stroke: float,
    longest: float,
    settings: RuleSettings = RULES,
) -> Mask:
    """Return the ink of rules from left to right, the strokes across them left out.

    What is straight for `longest` heights is a rule; the rest as in `without_rules`.
    """
    runs = _long_runs(mask, round(settings.straight * height))
    labels, count = connected_components(runs)
    if not count:
        return runs
    thickness, lengths = run_lengths(runs, axis=0), run_lengths(mask, axis=0)
    gone = np.zeros_like(mask)
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        own = labels[box] == number
        width = own.shape[1]
        if width < min(longest * height, settings.page * mask.shape[1]):
            continue
        thin = float(np.median(thickness[box][own]))
        fine, long = thin <= settings.fine * stroke, width >= settings.long * height
        if fine or (long and thin <= settings.pen * stroke + settings.rough):
            crossed = lengths[box] > settings.thicker * thin + settings.rough
            gone[box] |= own & ~crossed
    return _grown(gone, mask, lengths, settings.reach)


def _long_runs(mask: Mask, length: int) -> Mask:
    """Return the ink of runs at least this long from left to right.

    A run that slopes a little leaves its row: a pixel above or below continues it.
    """
    if mask.shape[1] < length:
        return np.zeros_like(mask)
    wide = ndimage.maximum_filter1d(mask.view(np.uint8), 3, axis=0)
    runs = ndimage.minimum_filter1d(wide, length, axis=1, mode="constant")
    runs = ndimage.maximum_filter1d(runs, length, axis=1, origin=-(1 - length % 2))
    return np.asarray(mask & (runs > 0))


def _grown(gone: Mask, mask: Mask, lengths: Integers, reach: int) -> Mask:
    """Return what goes, with the rest of each column's run of ink."""
    near = ndimage.maximum_filter1d(gone.view(np.uint8), 2 * reach + 1, axis=0) > 0
    return np.asarray(gone | (near & mask & (lengths <= lengths[gone].max(initial=0))))


def _loops(left: Mask, across: Mask, widest: float, reach: int) -> Mask:
    """Return the ink of rules that closes loops: the feet of 0s that stand on them.

    Where strokes that are connected above a rule meet it in two places not far from
    each other, what was taken off between these comes back.
    """
    labels, _ = connected_components(left)
    back = np.zeros_like(left)
    rules, _ = connected_components(across)
    for number, box in enumerate(ndimage.find_objects(rules), start=1):
        top, bottom = max(box[0].start - reach, 0), box[0].stop + reach
        # which strokes touch the rule in each column, from above or through it
        touching = labels[top:bottom, box[1]].max(axis=0)  # (columns,)
        ends = np.flatnonzero(touching)
        for a, b in pairwise(ends):
            if 1 < b - a <= widest and touching[a] == touching[b]:
                between = slice(box[1].start + a, box[1].start + b + 1)
                back[box[0], between] |= rules[box[0], between] == number
    return back


def _teeth(
    left: Mask, across: Mask, height: float, stroke: float, settings: RuleSettings
) -> Mask:
    """Return the ink of boxes' sides and combs' teeth, which stand on rules."""
    labels, _ = connected_components(left)
    around = 2 * settings.reach + 1, 3
    near = ndimage.maximum_filter(across.view(np.uint8), around) > 0
    gone = np.zeros_like(left)
    alike: dict[tuple[int, int], list[int]] = {}
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        own, rule = labels[box] == number, near[box]
        h, w = own.shape
        low, thick = (
            h < settings.tooth * height,
            w > settings.pen * stroke + settings.rough,
        )
        if low or thick or not rule.any():
            continue
        ends = [rule[row][own[row]].any() for row in (0, 1, -2, -1)]
        if (ends[0] or ends[1]) and (ends[2] or ends[3]):
            gone[box] |= own
        else:
            level = settings.level
            key = (round(box[0].start / level), round(box[0].stop / level))
            alike.setdefault(key, []).append(number)
    for numbers in alike.values():
        if len(numbers) >= settings.teeth:
            gone |= np.isin(labels, numbers)
    return gone
