"""A conditional random field over the paths of a lattice: sums and gradients.

A lattice has nodes 0 to P and edges, each from a node to a later one. A path leads from
node 0 to node P, and labels each of its edges: with one of K symbols, which it writes
down, or as rejected, which writes nothing. Every label of every edge has a score. The
weight of a path is e to the power of the sum of its scores, and its probability that
weight divided by Z, the weight of all paths together. The loss of a text is -log of the
probability of all paths that write it. docs/reading.md derives every sum. The best path
is found in `byhand.nn.product`, as are sums over some texts alone.

Source: Lafferty, McCallum and Pereira 2001, "Conditional random fields"; Sarawagi and
Cohen 2004, "Semi-Markov conditional random fields", for edges of several lengths.

Letters: P + 1 nodes; S edges; K symbols, and K the number of the reject class; N length
of a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from byhand.types import Integers

Floats = NDArray[np.float64]  # logarithms of weights need all of float64

NEVER = -1e9  # a score whose weight is 0


@dataclass(frozen=True, eq=False)
class Edges:
    """The edges of a lattice, in ascending order of where they end.

    Attributes:
        starts: (S,) the node that each comes from.
        ends: (S,) the node that each leads to; the largest is P.
    """

    starts: Integers
    ends: Integers

    @property
    def last(self) -> int:
        """P, the last node."""
        return int(self.ends[-1])

    def pairs(self) -> list[tuple[int, int]]:
        """Return the two nodes of each edge."""
        return list(zip(self.starts.tolist(), self.ends.tolist(), strict=True))


def forward(edges: Edges, total: Floats) -> Floats:
    """Return the logarithm of the weight of all paths to each node (P + 1,).

    Args:
        edges: of the lattice.
        total: (S,), the logarithm of each edge's weight, all its labels together.
    """
    a = np.full(edges.last + 1, -np.inf)
    a[0] = 0.0
    for (start, end), t in zip(edges.pairs(), total, strict=True):
        a[end] = np.logaddexp(a[end], a[start] + t)
    return a


def backward(edges: Edges, total: Floats) -> Floats:
    """Return the logarithm of the weight of all paths from each node on (P + 1,)."""
    b = np.full(edges.last + 1, -np.inf)
    b[-1] = 0.0
    for (start, end), t in zip(reversed(edges.pairs()), total[::-1], strict=True):
        b[start] = np.logaddexp(b[start], t + b[end])
    return b


def posteriors(edges: Edges, scores: Floats) -> tuple[Floats, float]:
    """Return the probability that the path has each edge with each label, and log Z.

    Args:
        edges: of the lattice.
        scores: (S, K + 1), the reject class last.

    Returns:
        (S, K + 1), and the logarithm of the weight of all paths.
    """
    total = np.logaddexp.reduce(scores, axis=1)  # (S, K + 1) -> (S,)
    a, b = forward(edges, total), backward(edges, total)
    log_p = a[edges.starts][:, None] + scores + b[edges.ends][:, None] - a[-1]
    return np.exp(log_p), float(a[-1])


def posteriors_given_text(
    edges: Edges, scores: Floats, text: Sequence[int]
) -> tuple[Floats, float]:
    """Return the same among the paths that write `text`, and log Z of these alone.

    If there is none, log Z is -inf and the posteriors are 0.
    """
    read = scores[:, np.array(text, np.int64)]  # (S, N)
    a, b = _tables(edges, scores, read)
    log_z = float(a[-1, -1])
    p = np.zeros_like(scores)
    if not np.isfinite(log_z):
        return p, log_z
    starts, ends = edges.starts, edges.ends
    rejected = a[starts] + scores[:, -1:] + b[ends] - log_z  # (S, N + 1)
    p[:, -1] = np.exp(rejected).sum(axis=1)
    each = np.exp(a[starts][:, :-1] + read + b[ends][:, 1:] - log_z)  # (S, N)
    for place, symbol in enumerate(text):
        p[:, symbol] += each[:, place]
    return p, log_z


def _tables(edges: Edges, scores: Floats, read: Floats) -> tuple[Floats, Floats]:
    """Return the forward and backward sums for one text, (P + 1, N + 1) each.

    In column n are the paths that have written n symbols so far; backward, those that
    have the symbols from n on before them.
    """
    a = np.full((edges.last + 1, read.shape[1] + 1), -np.inf)
    b = np.full_like(a, -np.inf)
    a[0, 0] = b[-1, -1] = 0.0
    pairs = edges.pairs()
    for number, (start, end) in enumerate(pairs):
        here, there = a[start], a[end]
        there[:] = np.logaddexp(there, here + scores[number, -1])
        there[1:] = np.logaddexp(there[1:], here[:-1] + read[number])
    for number in range(len(pairs) - 1, -1, -1):
        start, end = pairs[number]
        here, there = b[start], b[end]
        here[:] = np.logaddexp(here, there + scores[number, -1])
        here[:-1] = np.logaddexp(here[:-1], there[1:] + read[number])
    return a, b


def text_loss(
    edges: Edges, scores: Floats, text: Sequence[int]
) -> tuple[float, Floats]:
    """Return -log P(text), and its gradient for each score (S, K + 1).

    The derivative of the logarithm of a sum of weights is the posterior, so that of
    log Z - log Z(text) is the difference of two: what all paths have, less what those
    have that write the text. A text that no path writes counts for 0.
    """
    given, log_right = posteriors_given_text(edges, scores, text)
    if not np.isfinite(log_right):
        return 0.0, np.zeros_like(scores)
    free, log_all = posteriors(edges, scores)
    return log_all - log_right, free - given
