"""A row's lattice decoded: its text, the best path, and how likely each part is.

The text is of digits alone. Its probability is that of all paths that write it, with
whatever marks; so marks are counted with the reject class before paths are compared.
Which mark a candidate is, is chosen where the Viterbi path has read no digit.

Letters: S candidates; K = 25 symbols, and K the label of the reject class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from byhand.nn.calibration import BASE_ERROR_RATE
from byhand.nn.crf import NEVER, posteriors, viterbi
from byhand.reading.candidates import Candidate
from byhand.reading.fragments import Fragment
from byhand.reading.lattice import Lattice
from byhand.reading.left_out import left_out
from byhand.reading.line_reader import RowResult
from byhand.reading.marks import Mark
from byhand.reading.rescoring import digits_alone, likelier
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


def allowed_scores(scores: Floats, whitelist: str) -> Floats:
    """Return the scores (S, K + 1), with NEVER for what may not be read.

    Args:
        scores: (S, K + 1).
        whitelist: the digits that can occur; marks can always.
    """
    scores = scores.copy()
    scores[:, [int(digit) for digit in DIGITS if digit not in whitelist]] = NEVER
    return scores


def decode(
    row: Row,
    fragments: Sequence[Fragment],
    images: Images,
    lattice: Lattice,
    scores: Floats,
    log_y: Floats,
    settings: DecodingSettings = DECODING,
) -> RowResult:
    """Return a row as it is read.

    Args:
        row: its connected components.
        fragments: the same, cut.
        images: (S, H, W) of the candidates.
        lattice: of the candidates.
        scores: (S, K + 1), with NEVER for what may not be read.
        log_y: (T, K + 1), what the row network heard.
        settings: what goes into the answer.
    """
    texts = digits_alone(scores)
    text = likelier(lattice.edges, texts, viterbi(lattice.edges, texts), log_y)
    path = _with_marks(text.path, scores)
    p, log_z = posteriors(lattice.edges, scores)
    evidence = LatticeEvidence(row, fragments, lattice, images, path, p)
    if not evidence.digits:
        return RowResult(None, evidence)
    probability = min(float(np.exp(text.log_weight - log_z)), 1.0)
    return RowResult(_line(evidence, probability, settings), evidence)


def _with_marks(path: Path, scores: Floats) -> Path:
    """Return a path of digits and others, with the likeliest label of the others."""
    none = len(DIGITS)
    return [
        (number, none + int(scores[number, none:].argmax()) if label == none else label)
        for number, label in path
    ]


def _line(
    evidence: LatticeEvidence, probability: float, settings: DecodingSettings
) -> Line:
    """Return the answer, whose text has this probability."""
    digits = tuple(
        _digit(evidence, number, digit, probability, settings)
        for number, digit in evidence.digits
    )
    confidence = probability * (1 - BASE_ERROR_RATE) ** len(digits)
    gap = settings.word_gap * evidence.row.height
    return Line(
        digits,
        confidence,
        _breaks(evidence, evidence.digits, gap),
        left_out=left_out(evidence),
        marks=_marks(evidence),
        marked_breaks=_breaks(evidence, evidence.symbols, gap),
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
