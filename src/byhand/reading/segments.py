"""What in a row may be one digit: pieces side by side, taken together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise, product

import numpy as np
from scipy import ndimage

from byhand.reading.pieces import Piece, cropped, extent

MOST_PIECES = 6  # in a digit
SHARED = 0.25  # of the row's height: ink so near a cut may be part of both digits
WIDEST = 1.7  # of the row's height: no digit is wider


@dataclass(frozen=True)
class Segment:
    """Pieces `start` to `end` - 1 of a row, taken together.

    Attributes:
        start: the node before its first piece.
        end: the node behind its last.
        pieces: those; and where two digits overlap, what is near a cut, beyond it.
        shared: how many of the pieces are such.
    """

    start: int
    end: int
    pieces: tuple[Piece, ...]
    shared: int = 0

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """Top, left, bottom and right of its pieces, the last two beyond."""
        return extent(self.pieces)


def find_segments(pieces: Sequence[Piece], height: float) -> list[Segment]:
    """Return what may be a digit, or something to leave out, in a row of pieces."""
    found = []
    reach = max(1, round(SHARED * height))
    # what is near each node, left and right of it, if a cut is there
    before = [None, *(_near(a, b, reach) for a, b in pairwise(pieces))]
    beyond = [None, *(_near(b, a, reach) for a, b in pairwise(pieces)), None]
    for end in range(1, len(pieces) + 1):
        for start in range(end - 1, max(end - MOST_PIECES, 0) - 1, -1):
            own = tuple(pieces[start:end])
            _, left, _, right = extent(own)
            if end - start > 1 and right - left > WIDEST * height:
                break
            for some in product(_either(before[start]), _either(beyond[end])):
                shared = some[0] + some[1]
                found.append(Segment(start, end, own + shared, len(shared)))
        first = end - 1  # all that is connected may be left out at once
        while first and pieces[first - 1].whole == pieces[end - 1].whole:
            first -= 1
        last = end == len(pieces) or pieces[end].whole != pieces[end - 1].whole
        if last and end - first > MOST_PIECES:
            found.append(Segment(first, end, tuple(pieces[first:end])))
    return found


def _either(piece: Piece | None) -> list[tuple[Piece, ...]]:
    """Return nothing, and the piece if there is one: without and with it."""
    return [()] if piece is None else [(), (piece,)]


def _near(piece: Piece, other: Piece, reach: int) -> Piece | None:
    """Return the part of a piece that is close to the side of another, cut from it."""
    if piece.whole != other.whole:
        return None
    top, bottom = max(piece.top, other.top), min(piece.bottom, other.bottom)
    if top >= bottom:
        return None
    left = min(piece.left, other.left) - reach
    width = max(piece.right, other.right) + reach - left
    beside = np.zeros((bottom - top, width), np.bool_)
    beside[:, other.left - left : other.right - left] = other.mask[
        top - other.top : bottom - other.top
    ]
    wide = ndimage.maximum_filter1d(beside.view(np.uint8), 2 * reach + 1, axis=1)
    own = piece.mask[top - piece.top : bottom - piece.top]
    near = own & (wide[:, piece.left - left : piece.right - left] > 0)
    return cropped(replace(piece, top=top), near) if near.any() else None


def is_whole(pieces: Sequence[Piece], segment: Segment) -> bool:
    """Return whether a segment is one connected whole, uncut."""
    own = pieces[segment.start : segment.end]
    beside = [*pieces[max(segment.start - 1, 0) : segment.start],
              *pieces[segment.end : segment.end + 1]]  # fmt: skip
    return (
        not segment.shared
        and len({p.whole for p in own}) == 1
        and not any(p.whole == own[0].whole for p in beside)
    )
