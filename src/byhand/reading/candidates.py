"""What in a row may be one digit: fragments side by side, taken together.

Letters: P fragments, so P + 1 nodes between and around them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise, product

import numpy as np
from scipy import ndimage

from byhand.reading.fragments import Fragment, cropped, extent
from byhand.types import Box


@dataclass(frozen=True)
class CandidateSettings:
    """Which fragments are taken together; lengths in heights of the row."""

    most_fragments: int = 6  # of a digit
    widest: float = 1.7  # no digit is wider
    shared: float = 0.25  # ink so near a cut may be part of both digits


CANDIDATES = CandidateSettings()


@dataclass(frozen=True)
class Candidate:
    """Fragments `start` to `end` - 1 of a row, taken together.

    Attributes:
        start: the node before its first fragment.
        end: the node behind its last.
        fragments: those; and where two digits overlap, what is near a cut, beyond it.
        shared: how many of the fragments are such.
    """

    start: int
    end: int
    fragments: tuple[Fragment, ...]
    shared: int = 0

    @cached_property
    def box(self) -> Box:
        """Where its fragments are on the page."""
        return extent(self.fragments)


def find_candidates(
    fragments: Sequence[Fragment],
    height: float,
    settings: CandidateSettings = CANDIDATES,
    most: float = math.inf,
) -> list[Candidate]:
    """Return what may be a digit or rejected in a row of fragments, by their ends.

    Args:
        fragments: from left to right.
        height: of the row's digits, pixels.
        settings: how many fragments, and how wide.
        most: candidates: if there are more, the first of them.
    """
    found: list[Candidate] = []
    reach = max(1, round(settings.shared * height))
    # what is near each node, left and right of it
    before = [None, *(_near(a, b, reach) for a, b in pairwise(fragments))]
    beyond = [None, *(_near(b, a, reach) for a, b in pairwise(fragments)), None]
    for end in range(1, len(fragments) + 1):
        for start in _starts(fragments, end, settings.widest * height, settings):
            own = tuple(fragments[start:end])
            for some in product(_either(before[start]), _either(beyond[end])):
                shared = some[0] + some[1]
                found.append(Candidate(start, end, own + shared, len(shared)))
        first = _component_start(fragments, end)
        if first is not None and end - first > settings.most_fragments:
            found.append(Candidate(first, end, tuple(fragments[first:end])))
        if len(found) > most:
            break
    return found


def _starts(
    fragments: Sequence[Fragment], end: int, widest: float, settings: CandidateSettings
) -> Iterator[int]:
    """Yield the nodes at which candidates may start that end at a node."""
    for start in range(end - 1, max(end - settings.most_fragments, 0) - 1, -1):
        if end - start > 1 and extent(fragments[start:end]).width > widest:
            return
        yield start


def _component_start(fragments: Sequence[Fragment], end: int) -> int | None:
    """Return where the component starts that ends at a node; None if none does.

    All of it may be rejected at once, however many fragments it was cut into.
    """
    component = fragments[end - 1].component
    if end < len(fragments) and fragments[end].component == component:
        return None
    first = end - 1
    while first and fragments[first - 1].component == component:
        first -= 1
    return first


def _either(fragment: Fragment | None) -> list[tuple[Fragment, ...]]:
    """Return nothing, and the fragment if there is one: without and with it."""
    return [()] if fragment is None else [(), (fragment,)]


def _near(fragment: Fragment, other: Fragment, reach: int) -> Fragment | None:
    """Return the part of a fragment close to the side of another, cut from it."""
    if fragment.component != other.component:
        return None
    top, bottom = max(fragment.top, other.top), min(fragment.bottom, other.bottom)
    if top >= bottom:
        return None
    left = min(fragment.left, other.left) - reach
    width = max(fragment.right, other.right) + reach - left
    beside = np.zeros((bottom - top, width), np.bool_)
    beside[:, other.left - left : other.right - left] = other.mask[
        top - other.top : bottom - other.top
    ]
    wide = ndimage.maximum_filter1d(beside.view(np.uint8), 2 * reach + 1, axis=1)
    own = fragment.mask[top - fragment.top : bottom - fragment.top]
    near = own & (wide[:, fragment.left - left : fragment.right - left] > 0)
    return cropped(replace(fragment, top=top), near) if near.any() else None


def is_component(fragments: Sequence[Fragment], candidate: Candidate) -> bool:
    """Return whether a candidate is one connected component, uncut."""
    own = fragments[candidate.start : candidate.end]
    beside = [*fragments[max(candidate.start - 1, 0) : candidate.start],
              *fragments[candidate.end : candidate.end + 1]]  # fmt: skip
    return (
        not candidate.shared
        and len({p.component for p in own}) == 1
        and not any(p.component == own[0].component for p in beside)
    )
