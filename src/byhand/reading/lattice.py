"""The features of a row's candidates, and the lattice that they make.

The fragments of a row, from left to right, have nodes between them. A candidate, the
fragments from node i to node j, is an edge: it may be read as one of K symbols, or
rejected. Its score for each is a weighted sum of features; `byhand.nn.crf` adds up and
compares the paths. docs/reading.md lists the features.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition",
sections V and VI.

Letters: P fragments, so P + 1 nodes; S candidates; D = 10 digits; K = 25 symbols;
A, B features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from byhand.nn.crf import NEVER, Edges, Floats, text_loss
from byhand.nn.losses import log_softmax
from byhand.reading.candidates import Candidate, is_component
from byhand.reading.fragments import Fragment
from byhand.reading.lattice_weights import GROUPS, LatticeWeights
from byhand.reading.symbols import DIGITS, MARKS, REJECT

COLUMNS = {  # of a table with a column for each label
    "digit": slice(len(DIGITS)),
    "mark": slice(len(DIGITS), REJECT),
    "reject": slice(REJECT, REJECT + 1),
}


@dataclass(frozen=True)
class FeatureSettings:
    """From where on a feature counts; heights and widths are in heights of the row."""

    low: float = 0.75  # a lower digit is too low
    wide: float = 0.9  # a wider one is too wide
    flat: float = 1.1  # width by height: a digit with more is too flat
    two_digits: float = 1.4  # a component narrower than this may hardly be two digits
    most_ink: float = 3.0  # in strokes as long as the row is high: more counts as much
    least_cut: float = 0.01  # pens' widths: a cut through no ink is one too


FEATURES = FeatureSettings()


@dataclass(frozen=True, eq=False)
class Lattice:
    """The candidates of a row, and what is known of each.

    Attributes:
        candidates: S of them, ordered by their ends.
        likely: (S, K + 1) log-probability of each digit, as the network of single
            digits has it; of marks and of rejected ones that of its reject class.
        heard: (S, K + 1) the same of each symbol and of none, as the row network has
            it: of all alignments of the candidate's frames that write it.
        digit: (S, A - 2) the other features of a digit.
        mark: (S, M - 2) those of a mark.
        reject: (S, B - 2) those of a rejected one; nan where it cannot be rejected.
    """

    candidates: Sequence[Candidate]
    likely: Floats
    heard: Floats
    digit: Floats
    mark: Floats
    reject: Floats

    @cached_property
    def edges(self) -> Edges:
        """The candidates as edges between nodes."""
        starts = np.array([s.start for s in self.candidates], np.int64)
        return Edges(starts, np.array([s.end for s in self.candidates], np.int64))

    def scores(self, weights: LatticeWeights) -> Floats:
        """Return (S, K + 1): the score of each candidate as each symbol, and rejected.

        Where a candidate cannot be rejected, that score is NEVER.
        """
        scores = np.empty_like(self.likely)
        for group, columns in COLUMNS.items():
            w, features = getattr(weights, group), getattr(self, group)
            own = w[0] * self.likely[:, columns] + w[1] * self.heard[:, columns]
            scores[:, columns] = own + (features @ w[2:])[:, None]
        scores[np.isnan(scores)] = NEVER
        return scores


def gradients(
    lattice: Lattice, weights: LatticeWeights, text: Sequence[int]
) -> tuple[float, LatticeWeights]:
    """Return the loss, -log P(text), and its gradient for each weight.

    Scores are linear in the weights, so it is the gradient of each score times the
    features. A row without a path that reads `text` counts for 0.
    """
    loss, dscores = text_loss(lattice.edges, lattice.scores(weights), text)
    found = {}
    for group, columns in COLUMNS.items():
        d = dscores[:, columns]  # (S, labels of the group)
        pairs = (lattice.likely[:, columns], lattice.heard[:, columns])
        each = [float((d * features).sum()) for features in pairs]
        others = d.sum(axis=1) @ np.nan_to_num(getattr(lattice, group))
        found[group] = np.concatenate([each, others])
    return loss, LatticeWeights(**found)


def make_lattice(
    fragments: Sequence[Fragment],
    candidates: Sequence[Candidate],
    scores: NDArray[np.floating],
    heard: Floats,
    height: float,
    stroke: float,
) -> Lattice:
    """Return the lattice of a row.

    Args:
        fragments: from left to right.
        candidates: from `find_candidates`.
        scores: (S, D + 1), the network's, at the right temperature; reject class last.
        heard: (S, K + 1), the row network's, from `heard_scores`.
        height: of the row's digits, pixels.
        stroke: the pen's width, pixels.
    """
    likely = log_probabilities(scores)
    foreign = _foreign(fragments, candidates, np.exp(likely[:, REJECT]))
    features = _Features(fragments, height, stroke, foreign)
    named = [features.of(candidate) for candidate in candidates]
    tables = {
        group: np.array([[own[name] for name in names[2:]] for own in named])
        for group, names in GROUPS.items()
    }
    kept = [not _can_be_rejected(fragments, candidate) for candidate in candidates]
    tables["reject"][kept] = np.nan
    return Lattice(candidates, likely, heard, **tables)


def log_probabilities(scores: NDArray[np.floating]) -> Floats:
    """Return what a network's scores (S, D + 1) say of each label, (S, K + 1)."""
    log_p = log_softmax(scores.astype(np.float64))
    return np.concatenate([log_p, np.repeat(log_p[:, -1:], len(MARKS), axis=1)], axis=1)


class _Features:
    """The features of one row's candidates, all but the network's own.

    They are in heights of the row, and 0 where they say nothing.
    """

    def __init__(
        self,
        fragments: Sequence[Fragment],
        height: float,
        stroke: float,
        foreign: float,
        settings: FeatureSettings = FEATURES,
    ) -> None:
        self.height, self.stroke, self.settings = height, stroke, settings
        self.foreign = foreign
        self.cuts = _cuts(fragments, settings.least_cut)
        self.widths = _component_widths(fragments)

    def of(self, candidate: Candidate) -> dict[str, float]:
        """Return what speaks for or against one digit, one mark, or none, by name."""
        limit, fragments = self.settings, candidate.fragments
        h, w = candidate.box.height / self.height, candidate.box.width / self.height
        through = self.cuts[candidate.start]
        cut = float(through > 0)
        width = self.widths[fragments[0].component] / self.height
        area = sum(p.area for p in fragments)
        return {
            "each": 1.0,
            "cut": cut,
            "through": through,
            "low": max(0.0, np.log(limit.low / h)),
            "wide": max(0.0, w - limit.wide),
            "gap": _gap(fragments) / self.height,
            "components": len({p.component for p in fragments}) - 1.0,
            "shared": candidate.shared,
            "flat": max(0.0, np.log(w / h / limit.flat)),
            "narrow": cut * max(0.0, limit.two_digits - width),
            "ink": min(area / (self.stroke * self.height), limit.most_ink),
            "foreign": self.foreign,
        }


def _foreign(
    fragments: Sequence[Fragment], candidates: Sequence[Candidate], rejected: Floats
) -> float:
    """Return which share of a row's ink is no digit's, however it is cut, 0 to 1.

    Of each fragment the candidate counts that is least likely to be rejected. What is
    rejected in a row of digits is mostly a part of one; among letters it is a letter.

    Args:
        fragments: from left to right.
        candidates: of these.
        rejected: (S,) the probability that each is no digit.
    """
    least = np.ones(len(fragments))
    for candidate, p in zip(candidates, rejected, strict=True):
        held = slice(candidate.start, candidate.end)
        least[held] = np.minimum(least[held], p)
    areas = np.array([fragment.area for fragment in fragments], np.float64)
    return float(np.average(least, weights=areas))


def _can_be_rejected(fragments: Sequence[Fragment], candidate: Candidate) -> bool:
    """Return whether it is one fragment, or all of a connected component."""
    alone = candidate.end - candidate.start == 1 and not candidate.shared
    return alone or is_component(fragments, candidate)


def _cuts(fragments: Sequence[Fragment], least: float) -> Floats:
    """Return for each node (P + 1,) the ink cut through there, in pens' widths."""
    cuts = np.zeros(len(fragments) + 1)
    last: dict[int, int] = {}  # of each component the number of its last fragment
    for number, p in enumerate(fragments):
        # the nodes between it and the one before it in its component
        cuts[last.get(p.component, number) + 1 : number + 1] += max(p.cut, least)
        last[p.component] = number
    return cuts


def _component_widths(fragments: Sequence[Fragment]) -> dict[int, int]:
    """Return the width of each connected component, by its number, in pixels."""
    ends: dict[int, tuple[int, int]] = {}
    for p in fragments:
        left, right = ends.get(p.component, (p.left, p.right))
        ends[p.component] = min(left, p.left), max(right, p.right)
    return {component: right - left for component, (left, right) in ends.items()}


def _gap(fragments: Sequence[Fragment]) -> float:
    """Return the widest gap from side to side between fragments, in pixels."""
    widest, end = 0, fragments[0].right
    for p in sorted(fragments, key=lambda p: p.left):
        widest, end = max(widest, p.left - end), max(end, p.right)
    return float(widest)
