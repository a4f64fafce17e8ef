"""What the row network knows of each candidate of a row.

The nodes between fragments part the frames of the row's strip. The strip is of the row
as it was found: deslanted, a slash would be a 1. So a path through the
candidates covers every frame once, and the product of what is heard in them is the
weight of the alignments that keep to its cuts.

Letters: P fragments; S candidates; T frames; K symbols, and K the blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from byhand.nn.crf import Floats
from byhand.nn.segments import segment_scores
from byhand.reading.candidates import Candidate
from byhand.reading.fragments import Fragment, extent
from byhand.reading.row_network import RowNetwork
from byhand.reading.rows import Row
from byhand.reading.strips import Strip, strip_of
from byhand.types import Integers

HEARD: WeakKeyDictionary[Row, tuple[RowNetwork, Strip, Floats]] = WeakKeyDictionary()
LEAST = -20.0  # nats: no symbol is heard less, since the network may be too sure


def heard_scores(
    row: Row,
    fragments: Sequence[Fragment],
    candidates: Sequence[Candidate],
    network: RowNetwork,
) -> tuple[Floats, Floats]:
    """Return the log-probability (S, K + 1) of each symbol in each candidate's frames.

    The last column is that of no symbol. With it comes what the network said: the
    log-probability (T, K + 1) of each symbol and the blank in each frame.

    Args:
        row: the fragments are its own.
        fragments: cut, from left to right.
        candidates: of these fragments.
        network: sees the row.
    """
    seen = row.slanting or row
    strip, log_y = _heard(seen, network)
    columns = _columns(_between(fragments), row, seen)
    nodes = _nodes(strip.frames(columns), len(log_y))
    starts = nodes[[candidate.start for candidate in candidates]]
    ends = nodes[[candidate.end for candidate in candidates]]
    return np.maximum(segment_scores(log_y, starts, ends), LEAST), log_y


def _heard(row: Row, network: RowNetwork) -> tuple[Strip, Floats]:
    """Return a row's strip, and what is heard in its frames, (T, K + 1).

    It is kept as long as the row, which may be read again, deslanted.
    """
    found = HEARD.get(row)
    if found is None or found[0] is not network:
        strip = strip_of(row)
        found = network, strip, network(strip.image).astype(np.float64)
        HEARD[row] = found
    return found[1:]


def _between(fragments: Sequence[Fragment]) -> Floats:
    """Return the column (P - 1,) halfway between each two fragments."""
    right = np.array([p.right for p in fragments[:-1]], np.float64)
    left = np.array([p.left for p in fragments[1:]], np.float64)
    return (right + left) / 2


def _columns(columns: Floats, row: Row, seen: Row) -> Floats:
    """Return where columns of a row are, halfway up, on the page of another."""
    if seen is row:
        return columns
    box = extent(row.fragments)
    middle = box.y + box.height / 2
    places = np.stack([columns, np.full_like(columns, middle), np.ones_like(columns)])
    moved = np.linalg.inv(seen.page.to_picture) @ row.page.to_picture @ places
    return np.asarray(moved[0])


def _nodes(frames: NDArray[np.floating], count: int) -> Integers:
    """Return the first frame (P + 1,) behind each node; they never fall."""
    inner = np.clip(np.rint(np.maximum.accumulate(frames)), 0, count)
    return np.concatenate([[0], inner, [count]]).astype(np.int64)
