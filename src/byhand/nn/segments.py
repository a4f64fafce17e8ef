"""What CTC's frames say of segments of a strip: one symbol written, or none.

A segment is some frames side by side. The weight of a symbol there is that of all
alignments that write it alone: blanks, then the symbol in one frame or more, then
blanks. So the sums over one segment are those of `nn.ctc` for a text of one symbol.
docs/mathematics.md derives them.

Letters: T frames; K symbols, and K the number of blank; S segments; B of them with
different starts.
"""

from __future__ import annotations

import numpy as np

from byhand.errors import ShapeError
from byhand.nn.crf import NEVER
from byhand.types import Array, Integers


def segment_scores(log_y: Array, starts: Integers, ends: Integers) -> Array:
    """Return the logarithm of the weight of every symbol in every segment.

    Segments that begin at the same frame share their sums, so each frame is passed
    once for each start.

    Args:
        log_y: (T, K + 1), the logarithm of each frame's probabilities, blank last.
        starts: (S,) the first frame of each segment.
        ends: (S,) the frame after its last, from its start to T.

    Returns:
        (S, K + 1) in float64. Column K is the weight of blank in all frames. A symbol
        that cannot be written, as in a segment of no frames, has NEVER.

    Raises:
        ShapeError: shapes that do not belong together, or frames that there are not.
    """
    _check(log_y, starts, ends)
    log_y = np.asarray(log_y, np.float64)
    starts, ends = starts.astype(np.int64), ends.astype(np.int64)
    first, which = np.unique(starts, return_inverse=True)  # (B,), (S,)
    lengths = ends - starts
    longest = np.zeros(len(first), np.int64)
    np.maximum.at(longest, which, lengths)
    order = np.argsort(-longest, kind="stable")  # starts that go on longer come first
    first, place = first[order], np.argsort(order)[which]
    scores = np.full((len(starts), log_y.shape[1]), NEVER)
    scores[:, -1] = 0.0
    empty = np.zeros((len(first), 1))  # (B, 1): blanks so far
    symbol = np.full((len(first), log_y.shape[1] - 1), -np.inf)  # (B, K): it goes on
    written = symbol.copy()  # it goes on, or is over
    for length in range(1, int(longest.max(initial=0)) + 1):
        some = int((longest >= length).sum())
        frame = log_y[first[:some] + length - 1]  # (B, K + 1)
        symbol = np.logaddexp(symbol[:some], empty[:some]) + frame[:, :-1]
        written = np.logaddexp(written[:some] + frame[:, -1:], symbol)
        empty = empty[:some] + frame[:, -1:]
        done = np.flatnonzero(lengths == length)
        scores[done, :-1] = written[place[done]]
        scores[done, -1:] = empty[place[done]]
    np.maximum(scores, NEVER, out=scores)
    return scores


def _check(log_y: Array, starts: Integers, ends: Integers) -> None:
    """Raise ShapeError unless the segments are of frames that there are."""
    if log_y.ndim != 2 or not log_y.shape[1]:
        raise ShapeError(
            f"segment_scores: expected log_y (T, K + 1), got {log_y.shape}"
        )
    if starts.ndim != 1 or starts.shape != ends.shape:
        raise ShapeError(
            "segment_scores: expected starts and ends (S,), "
            f"got {starts.shape} and {ends.shape}"
        )
    if starts.dtype.kind not in "iu" or ends.dtype.kind not in "iu":
        raise ShapeError(
            "segment_scores: expected starts and ends as integers, "
            f"got {starts.dtype} and {ends.dtype}"
        )
    if not ((starts >= 0) & (starts <= ends) & (ends <= len(log_y))).all():
        raise ShapeError(
            f"segment_scores: expected 0 <= start <= end <= {len(log_y)} in frames; "
            "got another segment"
        )
