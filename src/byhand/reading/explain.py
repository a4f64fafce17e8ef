"""What was done to a page, and what is doubtful about it, in plain sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from byhand.reading.constraint import ANYTHING, Constraint
from byhand.reading.decoding import LatticeEvidence
from byhand.reading.fragments import find_fragments
from byhand.reading.lattice_weights import DIGIT_FEATURES
from byhand.reading.line_reader import RowResult
from byhand.reading.page_reader import PageResult
from byhand.reading.phrases import (
    capitalised,
    listed,
    ordinal,
    percent,
    with_article,
)
from byhand.reading.result import Line
from byhand.reading.symbols import DIGITS, NAMES, REJECT, SYMBOLS, is_digit, is_mark
from byhand.words import counted

THROUGH = DIGIT_FEATURES.index("through") - 2  # its column in `Lattice.digit`


@dataclass(frozen=True)
class ExplanationSettings:
    """What is worth a sentence, and which words it takes."""

    certain: float = 0.9  # of confidence: below it there is something to explain
    least: float = 0.05  # probability: what is less likely is not named
    pixels: int = 15  # of the picture: lower digits are read less well
    point: float = 0.4  # heights of the row: what is smaller is as small as a point
    low: float = 0.6  # heights of the row: what is lower is too low for a digit
    dash: float = 1.5  # width by height: what is low and wider is as flat as a dash
    hardly: float = 0.15  # pens' widths of ink: a cut through less is none to measure


LIMITS = ExplanationSettings()


def explain_page(
    result: PageResult, constraint: Constraint = ANYTHING, min_confidence: float = 0.0
) -> list[str]:
    """Return all sentences about a page: first about it, then about each row.

    Args:
        result: the page as it was read.
        constraint: as it was read with.
        min_confidence: lines with less are not in the answer.
    """
    sentences = describe_page(result, constraint)
    for number, row in enumerate(result.rows, start=1):
        where = f"Row {number}: " if len(result.rows) > 1 else ""
        sentences += [
            where + sentence for sentence in describe_row(row, min_confidence)
        ]
    return sentences


def describe_page(result: PageResult, constraint: Constraint = ANYTHING) -> list[str]:
    """Return the sentences about a page itself."""
    sentences = [capitalised(f"{warning}.") for warning in result.warnings]
    if constraint != ANYTHING:
        sentences.append(f"Only {constraint} could be read, as requested.")
    if result.page is None:
        return sentences
    sentences += _prepared(result)
    if not result.rows:
        return sentences
    ink = result.page.ink
    if (high := ink.character_height * ink.scale) < LIMITS.pixels:
        sentences.append(
            f"Digits are only {high:.0f} pixels high; larger ones are read better."
        )
    inside = {p.component for row in result.rows for p in row.evidence.row.found}
    outside = [p for p in find_fragments(ink) if p.component not in inside]
    if outside:
        marks = counted(len(outside), "mark")
        sentences.append(f"{marks} in no row of digits.")
    return sentences


def _prepared(result: PageResult) -> Iterator[str]:
    """Yield what was done to a page before its rows were read."""
    pages = [row.evidence.row.page for row in result.rows]
    angles = [page.angle for page in pages if page.angle]
    if angles:
        angle = float(np.median(angles))
        direction = "counter-clockwise" if angle > 0 else "clockwise"
        who = (
            "The rows slope: they were" if len(pages) > 1 else "The row slopes: it was"
        )
        yield f"{who} rotated by {abs(angle):.1f}° {direction}."
    if any(page.slant for page in pages):
        yield "The writing slants: it was sheared so that strokes are upright."


def describe_row(row: RowResult, min_confidence: float = 0.0) -> list[str]:
    """Return the sentences about a row: its text, alternatives, cuts, rejections.

    From the evidence of another reader than the lattice's, only its text is known.
    """
    evidence = row.evidence
    if not isinstance(evidence, LatticeEvidence):
        return list(_answer(row, "", min_confidence))
    doubt = _main_doubt(row.line, evidence) if row.line else ""
    return [
        *_answer(row, doubt, min_confidence),
        *(_doubts(row.line, evidence) if row.line else ()),
        *_cuts(evidence), *_strokes(evidence), *_rejected(evidence),
    ]  # fmt: skip


def _answer(row: RowResult, doubt: str, min_confidence: float) -> Iterator[str]:
    """Yield what was read, and with which confidence."""
    if row.unfit:
        yield "Nothing in this row fits what is known of it."
    line = row.line
    if line is None and not row.unfit:
        yield "Nothing in this row looks like a digit."
    if line is None:
        return
    yield f"Read as {line.text}, {percent(line.confidence)} sure{doubt}."
    if line.fitted < 1:
        yield f"Of all that it may be, {percent(line.fitted)} fits what is known of it."
    if line.marked != line.text:
        yield f"With its marks: {line.marked}."
    if line.confidence < min_confidence:
        yield f"Not in the answer, as less sure than {percent(min_confidence)}."


def _main_doubt(line: Line, evidence: LatticeEvidence) -> str:
    """Return what makes most of a line's doubt; nothing if there is little."""
    marginals = [
        float(evidence.position_marginal(number)[label])
        for number, label in evidence.path
    ]
    weakest = min(range(len(marginals)), key=marginals.__getitem__)
    if line.confidence >= LIMITS.certain or len(marginals) == 1:
        return ""
    if marginals[weakest] ** 2 > line.confidence:  # less than half of the doubt
        return ": small doubts add up"
    if evidence.path[weakest][1] == REJECT:
        return ", mostly because a mark was rejected"
    if is_mark(evidence.path[weakest][1]):
        return f", mostly because of {NAMES[SYMBOLS[evidence.path[weakest][1]]]}"
    place = sum(is_digit(label) for _, label in evidence.path[:weakest])
    return f", mostly because of {_name(evidence, place)}"


def _doubts(line: Line, evidence: LatticeEvidence) -> Iterator[str]:
    """Yield what a digit may be instead, the most doubtful first."""
    found = []
    for place, (number, _) in enumerate(evidence.digits):
        digit = line.digits[place]
        others = [(with_article(other), p) for other, p in digit.alternatives[:2]]
        here = evidence.position_marginal(number)
        mark = len(DIGITS) + int(here[len(DIGITS) : REJECT].argmax())
        others.append((NAMES[SYMBOLS[mark]], float(here[mark])))
        others.append(("no digit", float(here[REJECT])))
        likely = [f"{what} ({percent(p)})" for what, p in others if p >= LIMITS.least]
        if likely:
            sure = percent(digit.confidence)
            text = f"{_name(evidence, place)}, {sure} sure, may also be"
            text = f"{text} {listed(likely, 'or')}"
            if _otherwise(evidence, number, digit.digit) > (1 - digit.confidence) / 2:
                text += " if cut or joined otherwise"
            found.append((digit.confidence, f"{text}."))
    return (capitalised(sentence) for _, sentence in sorted(found))


def _otherwise(evidence: LatticeEvidence, number: int, digit: int) -> float:
    """Return how likely a digit is another one, made of other fragments than these."""
    candidates = evidence.lattice.candidates
    own = candidates[number]
    same = [(s.start, s.end) == (own.start, own.end) for s in candidates]
    here = evidence.posteriors[same].sum(axis=0)  # (K + 1,)
    other = 1 - evidence.position_marginal(number)[digit]
    return float(other - (here.sum() - here[digit]))


def _cuts(evidence: LatticeEvidence) -> Iterator[str]:
    """Yield where connected ink was cut, and through how much of it."""
    after = 0
    candidates = evidence.lattice.candidates
    for (a, left), (b, right) in pairwise(evidence.path):
        after += is_digit(left)
        through = float(evidence.lattice.digit[b, THROUGH])
        if not through or REJECT == left == right:
            continue
        ink = f"cut through {through:.1f} pens' widths of ink"
        if through < LIMITS.hardly:
            ink = "cut where it hardly holds together"
        if candidates[a].shared or candidates[b].shared:
            ink += "; what is near the cut may be part of both"
        if is_mark(left) or is_mark(right):
            pair = " and ".join(SYMBOLS[k] for k in (left, right) if k != REJECT)
            yield f"Ink of {pair} was cut: {ink}."
        elif REJECT in (left, right):
            name = _name(evidence, after if left == REJECT else after - 1)
            side = "left" if left == REJECT else "right"
            yield f"Ink {side} of {name} was rejected: {ink}."
        else:
            pair = f"{ordinal(after)} and {ordinal(after + 1)} digit"
            yield f"{left} and {right} ({pair}) touch: {ink}."


def _strokes(evidence: LatticeEvidence) -> Iterator[str]:
    """Yield which digits are put together from strokes that do not touch."""
    for place, (number, _) in enumerate(evidence.digits):
        candidate = evidence.lattice.candidates[number]
        own = evidence.fragments[candidate.start : candidate.end]
        if (count := len({fragment.component for fragment in own})) > 1:
            name = capitalised(_name(evidence, place))
            yield f"{name} is put together from {count} strokes that do not touch."


def _rejected(evidence: LatticeEvidence) -> Iterator[str]:
    """Yield which marks were rejected, and why."""
    found, after = [], 0
    for number, label in evidence.path:
        if label == REJECT:
            found.append((after, _reason(evidence, number)))
        after += is_digit(label)
    for (after, reason), same in groupby(found):
        count = len(list(same))
        what = f"{counted(count, 'mark', 'A')}{_where(evidence, after)}"
        yield f"{what} {'was' if count == 1 else 'were'} rejected: {reason}."


def _reason(evidence: LatticeEvidence, number: int) -> str:
    """Return why a candidate was rejected, and what it may be after all."""
    box, height = evidence.lattice.candidates[number].box, evidence.row.height
    h, w = box.height / height, box.width / height
    rejected = math.exp(evidence.lattice.likely[number, REJECT])
    if max(h, w) < LIMITS.point:
        reason = "as small as a point or a comma"
    elif h < LIMITS.low:
        reason = "flat, as a dash is" if w > LIMITS.dash * h else "too low for a digit"
    elif rejected >= 0.5:
        reason = f"the network takes it for no digit ({percent(rejected)})"
    else:
        reason = "the row is likelier without it"
    p = evidence.position_marginal(number)[: len(DIGITS)]
    likeliest = int(p.argmax())
    if p[likeliest] < LIMITS.least:
        return reason
    part = "part of " if h < LIMITS.low else ""
    after_all = f"{with_article(likeliest)} ({percent(float(p[likeliest]))})"
    return f"{reason}; though perhaps {part}{after_all}"


def _where(evidence: LatticeEvidence, after: int) -> str:
    """Return where in a row a mark stands, by the number of digits before it."""
    count = len(evidence.digits)
    if not count:
        return ""
    if after == 0:
        return f" left of {_name(evidence, 0)}"
    if after == count:
        return f" right of {_name(evidence, count - 1)}"
    return f" between the {ordinal(after)} and {ordinal(after + 1)} digit"


def _name(evidence: LatticeEvidence, place: int) -> str:
    """Return "the 3rd digit (7)" for a place from 0."""
    digits = evidence.digits
    which = ordinal(place + 1) if len(digits) > 1 else "only"
    return f"the {which} digit ({digits[place][1]})"
