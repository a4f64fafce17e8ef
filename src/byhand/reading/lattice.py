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
from byhand.reading.lattice_weights import (
    DIGIT_FEATURES,
    REJECT_FEATURES,
    LatticeWeights,
)
from byhand.reading.symbols import MARKS


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
        likely: (S, D) log-probability of each digit.
        digit: (S, A - 1) the other features of DIGIT_FEATURES.
        reject: (S, B) those of REJECT_FEATURES; nan where it cannot be rejected.
    """

    candidates: Sequence[Candidate]
    likely: Floats
    digit: Floats
    reject: Floats

    @cached_property
    def edges(self) -> Edges:
        """The candidates as edges between nodes."""
        starts = np.array([s.start for s in self.candidates], np.int64)
        return Edges(starts, np.array([s.end for s in self.candidates], np.int64))

    def scores(self, weights: LatticeWeights) -> Floats:
        """Return (S, K + 1): the score of each candidate as each symbol, and rejected.

        Of marks it is NEVER; and of the reject class where a candidate cannot be
        rejected.
        """
        digit = weights.digit[0] * self.likely
        digit = digit + (self.digit @ weights.digit[1:])[:, None]
        reject = self.reject @ weights.reject
        reject = np.where(np.isnan(reject), NEVER, reject)
        marks = np.full((len(digit), len(MARKS)), NEVER)
        return np.concatenate([digit, marks, reject[:, None]], axis=1)


def gradients(
    lattice: Lattice, weights: LatticeWeights, text: Sequence[int]
) -> tuple[float, LatticeWeights]:
    """Return the loss, -log P(text), and its gradient for each weight.

    Scores are linear in the weights, so it is the gradient of each score times the
    features. A row without a path that reads `text` counts for 0.
    """
    loss, dscores = text_loss(lattice.edges, lattice.scores(weights), text)
    dread = dscores[:, : lattice.likely.shape[1]]  # (S, D), as a digit
    dlikely = float((dread * lattice.likely).sum())
    ddigit = dread.sum(axis=1) @ lattice.digit  # (S,) @ (S, A - 1)
    dreject = dscores[:, -1] @ np.nan_to_num(lattice.reject)  # (S,) @ (S, B)
    return loss, LatticeWeights(np.concatenate([[dlikely], ddigit]), dreject)


def make_lattice(
    fragments: Sequence[Fragment],
    candidates: Sequence[Candidate],
    scores: NDArray[np.floating],
    height: float,
    stroke: float,
) -> Lattice:
    """Return the lattice of a row.

    Args:
        fragments: from left to right.
        candidates: from `find_candidates`.
        scores: (S, D + 1), the network's for each candidate, at the right temperature,
            the reject class last.
        height: of the row's digits, pixels.
        stroke: the pen's width, pixels.
    """
    log_p = log_softmax(scores.astype(np.float64))
    features = _Features(fragments, height, stroke)
    digit, reject = [], []
    for candidate, rejected in zip(candidates, log_p[:, -1], strict=True):
        named = features.of_digit(candidate)
        digit.append([named[name] for name in DIGIT_FEATURES[1:]])
        named = {"likely": float(rejected), **features.of_rejected(candidate)}
        reject.append([named[name] for name in REJECT_FEATURES])
        if not _can_be_rejected(fragments, candidate):
            reject[-1] = [np.nan] * len(REJECT_FEATURES)
    return Lattice(candidates, log_p[:, :-1], np.array(digit), np.array(reject))


class _Features:
    """The features of one row's candidates, all but the network's own.

    They are in heights of the row, and 0 where they say nothing.
    """

    def __init__(
        self,
        fragments: Sequence[Fragment],
        height: float,
        stroke: float,
        settings: FeatureSettings = FEATURES,
    ) -> None:
        self.height, self.stroke, self.settings = height, stroke, settings
        self.cuts = _cuts(fragments, settings.least_cut)
        self.widths = _component_widths(fragments)

    def of_digit(self, candidate: Candidate) -> dict[str, float]:
        """Return what speaks for or against one digit."""
        limit, fragments = self.settings, candidate.fragments
        h, w = candidate.box.height / self.height, candidate.box.width / self.height
        through = self.cuts[candidate.start]
        cut = float(through > 0)
        width = self.widths[fragments[0].component] / self.height
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
        }

    def of_rejected(self, candidate: Candidate) -> dict[str, float]:
        """Return what speaks for or against ink that is no digit."""
        through = self.cuts[candidate.start]
        area = sum(p.area for p in candidate.fragments)
        return {
            "each": 1.0,
            "cut": float(through > 0),
            "through": through,
            "ink": min(area / (self.stroke * self.height), self.settings.most_ink),
        }


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
