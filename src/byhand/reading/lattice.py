"""Every path through a row's candidates, and how likely each is.

The fragments of a row, from left to right, have nodes between them. A candidate, the
fragments from node i to node j, may be one digit, read as one of ten, or no digit at
all, rejected. A path from the first node to the last is a reading; its weight is the
product of its candidates' weights, e to the power of their scores, and its probability
the weight divided by that of all paths together (a conditional random field).
docs/reading.md derives the sums, the best path and the gradients.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition",
sections V and VI; Sarawagi and Cohen 2004, "Semi-Markov conditional random fields".

Letters: P fragments, so P + 1 nodes; S candidates; K = 10 digits; A, B features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from byhand.nn.losses import log_softmax
from byhand.reading.candidates import Candidate, is_component
from byhand.reading.fragments import Fragment

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NEVER = -1e9  # a score whose weight is 0

# what tells for or against a candidate being a digit, and being none, to be left out
DIGIT = ("likely", "each", "cut", "through", "low", "tall", "wide", "gap", "parts",
         "shared", "flat", "narrow")  # fmt: skip
SKIP = ("unlike", "each", "cut", "through", "ink", "small", "dot", "flat")


@dataclass(frozen=True, eq=False)
class Lattice:
    """The candidates of a row, and what is known of each.

    Attributes:
        count: P.
        candidates: S of them, ordered by their ends.
        likely: (S, K) log-probability of each digit.
        digit: (S, A - 1) the other features of DIGIT.
        skip: (S, B) the features of SKIP; nan where it cannot be left out.
    """

    count: int
    candidates: Sequence[Candidate]
    likely: Floats
    digit: Floats
    skip: Floats

    def scores(self, weights: Weights) -> Floats:
        """Return (S, K + 1): of each candidate as each digit, and as none."""
        digit = weights.digit[0] * self.likely
        digit = digit + (self.digit @ weights.digit[1:])[:, None]
        skip = self.skip @ weights.skip
        skip = np.where(np.isnan(skip), NEVER, skip)
        return np.concatenate([digit, skip[:, None]], axis=1)


@dataclass(frozen=True, eq=False)
class Weights:
    """What each feature counts: `digit` (A,) and `skip` (B,)."""

    digit: Floats
    skip: Floats


def make_lattice(
    fragments: Sequence[Fragment],
    candidates: Sequence[Candidate],
    scores: npt.NDArray[np.floating],
    height: float,
    stroke: float,
) -> Lattice:
    """Return the lattice of a row.

    Args:
        fragments: from left to right.
        candidates: from `find_candidates`.
        scores: (S, K + 1), the network's for each candidate, at the right temperature,
            "something else" last.
        height: of the row's digits, pixels.
        stroke: the pen's width, pixels.
    """
    log_p = log_softmax(scores.astype(np.float64))
    cuts = _cuts(fragments)
    widths = _widths(fragments)
    digit, skip = [], []
    for candidate, unlike in zip(candidates, log_p[:, -1], strict=True):
        part, shared = candidate.fragments, candidate.shared
        box = candidate.box
        h, w = box.height / height, box.width / height
        through = cuts[candidate.start]
        cut = float(through > 0)
        components = len({p.component for p in part})
        digit.append([
            1.0, cut, through, max(0.0, np.log(0.75 / h)), max(0.0, np.log(h / 1.35)),
            max(0.0, w - 0.9), _gap(part) / height, components - 1.0, shared,
            max(0.0, np.log(w / h / 1.1)),
            cut * max(0.0, 1.4 - widths[part[0].component] / height),
        ])  # fmt: skip
        ink = sum(p.area for p in part) / (stroke * height)
        alone = candidate.end - candidate.start == 1 and not shared
        if alone or is_component(fragments, candidate):
            skip.append([
                unlike, 1.0, cut, through, min(ink, 3.0), max(0.0, 0.6 - h),
                max(0.0, 0.4 - max(h, w)), max(0.0, np.log(w / h)),
            ])  # fmt: skip
        else:
            skip.append([np.nan] * len(SKIP))
    return Lattice(
        len(fragments), candidates, log_p[:, :-1], np.array(digit), np.array(skip)
    )


def _cuts(fragments: Sequence[Fragment]) -> Floats:
    """Return for each node (P + 1,) the ink cut through there, in pens' widths."""
    cuts = np.zeros(len(fragments) + 1)
    for node in range(1, len(fragments)):
        before = {p.component for p in fragments[:node]}
        seen: set[int] = set()
        for p in fragments[
            node:
        ]:  # the first part right of it that was cut from the left
            if p.component in before and p.component not in seen:
                cuts[node] += max(p.cut, 0.01)
            seen.add(p.component)
    return cuts


def _widths(fragments: Sequence[Fragment]) -> dict[int, int]:
    """Return how wide all is that is connected, by its number, in pixels."""
    ends: dict[int, tuple[int, int]] = {}
    for p in fragments:
        left, right = ends.get(p.component, (p.left, p.right))
        ends[p.component] = min(left, p.left), max(right, p.right)
    return {whole: right - left for whole, (left, right) in ends.items()}


def _gap(fragments: Sequence[Fragment]) -> float:
    """Return the widest gap from side to side between fragments, in pixels."""
    widest, end = 0, fragments[0].right
    for p in sorted(fragments, key=lambda p: p.left):
        widest, end = max(widest, p.left - end), max(end, p.right)
    return float(widest)


def forward(lattice: Lattice, total: Floats) -> Floats:
    """Return the logarithm of the weight of all ways to each node (P + 1,).

    Args:
        lattice: of the row.
        total: (S,), the logarithm of each candidate's weight, whatever it is read as.
    """
    a = np.full(lattice.count + 1, -np.inf)
    a[0] = 0.0
    for candidate, t in zip(lattice.candidates, total, strict=True):
        a[candidate.end] = np.logaddexp(a[candidate.end], a[candidate.start] + t)
    return a


def backward(lattice: Lattice, total: Floats) -> Floats:
    """Return the logarithm of the weight of all ways from each node on (P + 1,)."""
    b = np.full(lattice.count + 1, -np.inf)
    b[-1] = 0.0
    pairs = zip(reversed(lattice.candidates), total[::-1], strict=True)
    for candidate, t in pairs:
        b[candidate.start] = np.logaddexp(b[candidate.start], t + b[candidate.end])
    return b


def posteriors(lattice: Lattice, scores: Floats) -> tuple[Floats, float]:
    """Return how likely each candidate is in the reading as each digit, and as none.

    Returns:
        (S, K + 1), and the logarithm of the weight of all ways.
    """
    total = np.logaddexp.reduce(scores, axis=1)  # (S, K + 1) -> (S,)
    a, b = forward(lattice, total), backward(lattice, total)
    starts, ends = _ends(lattice)
    log_p = a[starts][:, None] + scores + b[ends][:, None] - a[-1]
    return np.exp(log_p), float(a[-1])


def posteriors_given_text(
    lattice: Lattice, scores: Floats, text: Sequence[int]
) -> tuple[Floats, float]:
    """Return the same of the ways alone that read as `text`.

    The logarithm of their weight is -inf, and the posteriors are 0, if there is none.
    """
    length = len(text)
    # ways to a node with so many digits read: (P + 1, length + 1)
    a = np.full((lattice.count + 1, length + 1), -np.inf)
    b = np.full_like(a, -np.inf)
    a[0, 0] = b[-1, -1] = 0.0
    read = scores[:, text] if length else np.empty((len(scores), 0))  # (S, length)
    for number, candidate in enumerate(lattice.candidates):
        here, there = a[candidate.start], a[candidate.end]
        there[:] = np.logaddexp(there, here + scores[number, -1])
        there[1:] = np.logaddexp(there[1:], here[:-1] + read[number])
    for number in range(len(lattice.candidates) - 1, -1, -1):
        candidate = lattice.candidates[number]
        here, there = b[candidate.start], b[candidate.end]
        here[:] = np.logaddexp(here, there + scores[number, -1])
        here[:-1] = np.logaddexp(here[:-1], there[1:] + read[number])
    log_z = float(a[-1, -1])
    p = np.zeros_like(scores)
    if not np.isfinite(log_z):
        return p, log_z
    starts, ends = _ends(lattice)
    skipped = a[starts] + scores[:, -1:] + b[ends] - log_z  # (S, length + 1)
    p[:, -1] = np.exp(skipped).sum(axis=1)
    each = np.exp(a[starts][:, :-1] + read + b[ends][:, 1:] - log_z)  # (S, length)
    for place, digit in enumerate(text):
        p[:, digit] += each[:, place]
    return p, log_z


def viterbi(lattice: Lattice, scores: Floats) -> list[tuple[int, int]]:
    """Return the likeliest way: the number of each candidate and what it is read as.

    K stands for the reject class. By dynamic programming (Viterbi 1967): the best path
    to a node is the best path to where a candidate starts, and that candidate.
    Candidates between the same nodes differ only in the ink they share with others:
    their weights are added first, and of those on the best path the likeliest is given.
    """
    together: dict[tuple[int, int], Floats] = {}
    for candidate, own in zip(lattice.candidates, scores, strict=True):
        nodes = candidate.start, candidate.end
        other = together.get(nodes)
        together[nodes] = own if other is None else np.logaddexp(own, other)
    best = np.full(lattice.count + 1, -np.inf)
    best[0] = 0.0
    came = [(0, 0)] * (lattice.count + 1)
    for (start, end), own in together.items():  # in the order of their ends
        read = int(own.argmax())
        if best[start] + own[read] > best[end]:
            best[end], came[end] = best[start] + own[read], (start, read)
    way, node = [], lattice.count
    while node:
        start, read = came[node]
        between = [n for n, s in enumerate(lattice.candidates)
                   if (s.start, s.end) == (start, node)]  # fmt: skip
        way.append((max(between, key=lambda n: float(scores[n, read])), read))
        node = start
    return way[::-1]


def _ends(lattice: Lattice) -> tuple[Ints, Ints]:
    """Return where candidates start and end, (S,) each."""
    starts = np.array([s.start for s in lattice.candidates], np.int64)
    return starts, np.array([s.end for s in lattice.candidates], np.int64)


def gradients(
    lattice: Lattice, weights: Weights, text: Sequence[int]
) -> tuple[float, Weights]:
    """Return the loss, -log P(text), and its gradient for each weight.

    The logarithm of a sum of weights has as gradient the features that are to be
    expected, so that of -log P = log Z - log Z(text) is the difference of two: what all
    ways show, less what the right ways show. A row without a right way counts for 0.
    """
    scores = lattice.scores(weights)
    right, log_right = posteriors_given_text(lattice, scores, text)
    every, log_all = posteriors(lattice, scores)
    if not np.isfinite(log_right):
        return 0.0, Weights(0 * weights.digit, 0 * weights.skip)
    more = every - right  # (S, K + 1)
    as_digit = more[:, :-1].sum(axis=1)
    likely = float((more[:, :-1] * lattice.likely).sum())
    digit = np.concatenate([[likely], as_digit @ lattice.digit])
    skip = more[:, -1] @ np.nan_to_num(lattice.skip)
    return log_all - log_right, Weights(digit, skip)
