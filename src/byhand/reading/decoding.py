"""A row's lattice decoded: its text, the best path, and how likely each part is.

The text is of digits alone, and one that fits what is known of it. Its probability is
the share that all paths that write it have of all whose text fits, with whatever marks;
so marks that no pattern asks for are counted with the reject class before paths are
compared. Which mark a candidate is, is chosen where the best path has read no digit.

Letters: S candidates; K = 25 symbols, and K the label of the reject class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from byhand.nn.calibration import BASE_ERROR_RATE
from byhand.nn.crf import forward
from byhand.nn.losses import softmax
from byhand.nn.product import log_weight, posteriors
from byhand.reading.candidates import Candidate
from byhand.reading.constraint import ANYTHING, Constraint
from byhand.reading.fragments import Fragment
from byhand.reading.lattice import Lattice
from byhand.reading.left_out import left_out
from byhand.reading.line_reader import RowResult
from byhand.reading.marks import Mark
from byhand.reading.rescoring import likelier
from byhand.reading.result import Digit, Line
from byhand.reading.rows import ROWS, Row
from byhand.reading.symbols import DIGITS, REJECT, SYMBOLS, is_digit, is_mark
from byhand.types import Images

Path = Sequence[tuple[int, int]]  # numbers of candidates, and what each is read as
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DecodingSettings:
    """What of a decoded row goes into the answer."""

    word_gap: float = 1.0  # heights of the row: a wider gap parts two words
    least_alternative: float = 0.005  # probability: what is less likely is not named


DECODING = DecodingSettings()


@dataclass(frozen=True, eq=False)
class LatticeEvidence:
    """What the lattice reader knew of a row.

    Attributes:
        row: its connected components.
        fragments: the same, cut, from left to right.
        lattice: every path through them.
        images: (S, H, W) what the network saw of each candidate.
        path: the best one of the text: numbers of candidates, and what each is read as.
        posteriors: (S, K + 1) the probability of each candidate and reading.
    """

    row: Row
    fragments: Sequence[Fragment]
    lattice: Lattice
    images: Images
    path: Path
    posteriors: Floats

    @property
    def rejected(self) -> int:
        """Marks as high as digits that were read as none."""
        return sum(label == REJECT and self._is_high(n) for n, label in self.path)

    @property
    def high_marks(self) -> list[float]:
        """The confidence of each mark as high as digits that was read as a mark."""
        return [
            _confidence(self, number, label)
            for number, label in self.path
            if is_mark(label) and self._is_high(number)
        ]

    def _is_high(self, number: int) -> bool:
        """Return whether a candidate is as high as digits."""
        box = self.lattice.candidates[number].box
        return bool(box.height >= ROWS.body * self.row.height)

    @property
    def symbols(self) -> list[tuple[int, int]]:
        """The part of the path that is read as digits and marks."""
        return [(number, label) for number, label in self.path if label != REJECT]

    @property
    def digits(self) -> list[tuple[int, int]]:
        """The part of the path that is read as digits."""
        return [(number, label) for number, label in self.path if is_digit(label)]

    def position_marginal(self, number: int) -> Floats:
        """Return the distribution over what a candidate's place shows (K + 1,)."""
        return position_marginal(self.lattice.candidates, self.posteriors, number)


def position_marginal(
    candidates: Sequence[Candidate], p: Floats, number: int
) -> Floats:
    """Return the distribution over what a candidate's place shows (K + 1,).

    However a row is cut, one candidate on the path holds the largest fragment of this
    one. The posteriors of all that hold it are added up; they come to 1.

    Args:
        candidates: of a lattice.
        p: (S, K + 1), its posteriors.
        number: of the candidate.
    """
    own = candidates[number]
    areas = [fragment.area for fragment in own.fragments[: own.end - own.start]]
    largest = own.start + int(np.argmax(areas))
    starts, ends = np.array([(s.start, s.end) for s in candidates]).T
    holding = (starts <= largest) & (largest < ends)
    return np.asarray(p[holding].sum(axis=0))


def decode(
    row: Row,
    fragments: Sequence[Fragment],
    images: Images,
    lattice: Lattice,
    scores: Floats,
    log_y: Floats,
    constraint: Constraint = ANYTHING,
    settings: DecodingSettings = DECODING,
) -> RowResult:
    """Return a row as it is read.

    Args:
        row: its connected components.
        fragments: the same, cut.
        images: (S, H, W) of the candidates.
        lattice: of the candidates.
        scores: (S, K + 1).
        log_y: (T, K + 1), what the row network heard.
        constraint: what is known of the text.
        settings: what goes into the answer.
    """
    edges, narrow = lattice.edges, constraint.narrowed(scores)
    best = likelier(edges, narrow, constraint, log_y)
    if best is None:  # nothing fits: what it would be if nothing were known
        free = decode(row, fragments, images, lattice, scores, log_y)
        return replace(free, line=None, unfit=free.line is not None)
    path = _labelled(best.path, scores, constraint)
    p, log_z = posteriors(edges, narrow, constraint.automaton)
    evidence = LatticeEvidence(
        row, fragments, lattice, images, path, _spread(p, scores, constraint)
    )
    probability = min(float(np.exp(best.log_weight - log_z)), 1.0)
    if not evidence.digits:
        return RowResult(None, evidence, nothing=probability)
    line = _line(evidence, probability, constraint, settings)
    return RowResult(
        replace(line, fitted=_fitted(lattice, scores, constraint)), evidence
    )


def _labelled(path: Path, scores: Floats, constraint: Constraint) -> Path:
    """Return a path with labels of `SYMBOLS`; of what does not count the likeliest.

    Args:
        path: labels are numbers of the constraint's symbols, and L for none of them.
        scores: (S, K + 1).
        constraint: what is known of the text.
    """
    own, others = constraint.labels
    likeliest = others[scores[:, others].argmax(axis=1)]  # (S,)
    return [
        (number, int(own[label] if label < len(own) else likeliest[number]))
        for number, label in path
    ]


def _spread(p: Floats, scores: Floats, constraint: Constraint) -> Floats:
    """Return posteriors (S, K + 1) from those of the symbols that count, (S, L + 1).

    What none of them has is shared by the other marks and the reject class.
    """
    own, others = constraint.labels
    spread = np.empty_like(scores)
    spread[:, own] = p[:, :-1]
    spread[:, others] = p[:, -1:] * softmax(scores[:, others])
    return spread


def _fitted(lattice: Lattice, scores: Floats, constraint: Constraint) -> float:
    """Return the share of the weight of all paths that those have whose text fits.

    A lost mark costs nothing here: a text without it fits as well.
    """
    if constraint == ANYTHING:
        return 1.0
    edges, automaton = lattice.edges, constraint.automaton.unweighted()
    fits = log_weight(edges, constraint.narrowed(scores), automaton)
    every = forward(edges, np.logaddexp.reduce(scores, axis=1))[-1]
    return min(float(np.exp(fits - every)), 1.0)


def _line(
    evidence: LatticeEvidence,
    probability: float,
    constraint: Constraint,
    settings: DecodingSettings,
) -> Line:
    """Return the answer, whose text has this probability."""
    digits = tuple(
        _digit(evidence, number, digit, probability, settings)
        for number, digit in evidence.digits
    )
    confidence = probability * (1 - BASE_ERROR_RATE) ** len(digits)
    gap = np.inf if constraint.is_one_word else settings.word_gap * evidence.row.height
    symbols = "".join(SYMBOLS[label] for _, label in evidence.symbols)
    return Line(
        digits,
        confidence,
        _breaks(evidence, evidence.digits, gap),
        left_out=left_out(evidence),
        marks=_marks(evidence),
        marked_breaks=_breaks(evidence, evidence.symbols, gap),
        written=constraint.written(symbols) if constraint.pattern else None,
    )


def _digit(
    evidence: LatticeEvidence,
    number: int,
    digit: int,
    probability: float,
    settings: DecodingSettings,
) -> Digit:
    """Return a digit of the answer, whose text has this probability.

    The digit is at least as likely as the text: its place may be cut otherwise.
    """
    p = evidence.position_marginal(number)[: len(DIGITS)]
    least = settings.least_alternative
    others = [int(d) for d in np.argsort(-p) if d != digit and p[d] >= least]
    alternatives = tuple((d, float(p[d])) for d in others)
    confidence = min(max(float(p[digit]), probability), 1.0) * (1 - BASE_ERROR_RATE)
    fragments = evidence.lattice.candidates[number].fragments
    box = evidence.row.page.in_picture(fragments)
    return Digit(digit, confidence, alternatives, box)


def _confidence(evidence: LatticeEvidence, number: int, label: int) -> float:
    """Return how likely a candidate's place shows what its label says."""
    p = float(evidence.position_marginal(number)[label])
    return min(p, 1.0) * (1 - BASE_ERROR_RATE)


def _marks(evidence: LatticeEvidence) -> tuple[Mark, ...]:
    """Return the marks of the answer, from left to right."""
    found, before = [], 0
    for number, label in evidence.symbols:
        before += is_digit(label)
        if is_mark(label):
            confidence = _confidence(evidence, number, label)
            fragments = evidence.lattice.candidates[number].fragments
            box = evidence.row.page.in_picture(fragments)
            found.append(Mark(SYMBOLS[label], confidence, box, before))
    return tuple(found)


def _breaks(evidence: LatticeEvidence, symbols: Path, gap: float) -> tuple[int, ...]:
    """Return the numbers of the symbols with a wider gap before them, in pixels."""
    candidates = evidence.lattice.candidates
    boxes = [candidates[number].box for number, _ in symbols]
    return tuple(
        number
        for number in range(1, len(boxes))
        if boxes[number].x - boxes[number - 1].right > gap
    )
