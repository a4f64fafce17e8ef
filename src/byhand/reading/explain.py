"""What was done to a page, and what is doubtful about it, in plain sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from byhand.reading.fragments import Fragment, find_fragments
from byhand.reading.lattice import DIGIT, SKIP
from byhand.reading.lattice_reader import DIGITS, NONE, LineEvidence, position_marginal
from byhand.reading.page import Page
from byhand.reading.page_reader import PageResult
from byhand.reading.rows import TALLEST
from byhand.words import counted

SURE = 0.9  # of confidence: below it there is something to explain
TOLD = 0.05  # what is less likely is not told
FEW = 15  # pixels of the picture: digits lower than this are read less well
THROUGH = DIGIT.index("through") - 1  # its column in `Lattice.digit`
UNLIKE = SKIP.index("unlike")
POINT, LOW = 0.4, 0.6  # of a digit's height: what is smaller, and lower
DASH = 1.5  # of its own height: what is wider
HARDLY = 0.15  # pens' widths of ink: cutting through less is told in words


def told(
    result: PageResult, whitelist: str = DIGITS, min_confidence: float = 0.0
) -> list[str]:
    """Return all that is to be said of a page: first of it, then of each row.

    Args:
        result: the page as it was read.
        whitelist: as it was read with.
        min_confidence: lines less sure than this are not in the answer.
    """
    sentences = of_page(result, whitelist)
    for number, row in enumerate(result.rows, start=1):
        where = f"Row {number}: " if len(result.rows) > 1 else ""
        sentences += [where + sentence for sentence in of_row(row, min_confidence)]
    return sentences


def of_page(result: PageResult, whitelist: str = DIGITS) -> list[str]:
    """Return what is to be said of a page as a whole."""
    sentences = [upper(f"{warning}.") for warning in result.warnings]
    if set(whitelist) < set(DIGITS):
        digits = listed(sorted(set(whitelist)), "and")
        sentences.append(f"Only {digits} could be read: so it was asked for.")
    if result.page is None:
        sentences.append("The paper is blank, or what is on it is too faint.")
        return sentences
    sentences += _prepared(result.page)
    if not result.rows:
        return sentences
    if (high := result.page.ink.character_height * result.page.ink.scale) < FEW:
        sentences.append(
            f"Digits are only {high:.0f} pixels high; larger ones are read better."
        )
    inside = {
        fragment.component for row in result.rows for fragment in row.row.fragments
    }
    outside = [p for p in find_fragments(result.page) if p.component not in inside]
    return sentences + _strays(outside, result.page.ink.character_height)


def _prepared(page: Page) -> Iterator[str]:
    """Yield what was done to a page before anything was looked for."""
    if page.angle:
        way = "counter-clockwise" if page.angle > 0 else "clockwise"
        yield f"The page was askew: it was turned by {abs(page.angle):.1f}° {way}."
    if page.slant:
        yield "The writing slants: its strokes were set upright."
    if page.ink.rules.any():
        left = "" if page.ink.mask.any() else ": no other ink is left"
        yield f"Ruled lines were taken off{left}."


def _strays(outside: Sequence[Fragment], height: float) -> list[str]:
    """Return what became of ink that is in no row."""
    tall = sum(p.height > TALLEST * height for p in outside)
    counts = (
        (tall, f"higher than {TALLEST:g} digits, so no writing"),
        (len(outside) - tall, "too low for a digit and far from every row"),
    )
    return [
        f"{counted(count, 'mark')} in no row: {reason}." for count, reason in counts
        if count
    ]  # fmt: skip


def of_row(row: LineEvidence, min_confidence: float = 0.0) -> list[str]:
    """Return what is to be said of a row: how sure, what else, how it was cut."""
    return [
        *_summary(row, min_confidence), *_doubts(row), *_cuts(row), *_strokes(row),
        *_left_out(row),
    ]  # fmt: skip


def _summary(row: LineEvidence, min_confidence: float) -> Iterator[str]:
    """Yield what was read and how sure that is."""
    line = row.line
    if line is None:
        yield "Nothing in this row looks like a digit."
        return
    text = f"Read as {line.text}, {percent(line.confidence)} sure"
    sure = [float(_position_marginal(row, number)[digit]) for number, digit in row.path]
    weakest = min(range(len(sure)), key=sure.__getitem__)
    if line.confidence >= SURE or len(sure) == 1:
        yield f"{text}."
    elif sure[weakest] ** 2 > line.confidence:  # it makes less than half of the doubt
        yield f"{text}: small doubts add up."
    elif row.path[weakest][1] == NONE:
        yield f"{text}, mostly because a mark was left out."
    else:
        place = sum(digit != NONE for _, digit in row.path[:weakest])
        yield f"{text}, mostly because of {_name(row, place)}."
    if line.confidence < min_confidence:
        yield f"Not in the answer, as less sure than {percent(min_confidence)}."


def _doubts(row: LineEvidence) -> Iterator[str]:
    """Yield what a digit may be instead, the most doubtful first."""
    found = []
    for place, number in enumerate(_read(row)):
        assert row.line is not None
        digit = row.line.digits[place]
        others = [(_a(other), p) for other, p in digit.alternatives[:2]]
        others.append(("no digit", float(_position_marginal(row, number)[NONE])))
        likely = [f"{what} ({percent(p)})" for what, p in others if p >= TOLD]
        if likely:
            text = f"{_name(row, place)}, {percent(digit.confidence)} sure, may also be"
            text = f"{text} {listed(likely, 'or')}"
            if _otherwise(row, number, digit.digit) > (1 - digit.confidence) / 2:
                text += " if cut or joined otherwise"
            found.append((digit.confidence, f"{text}."))
    return (upper(sentence) for _, sentence in sorted(found))


def _otherwise(row: LineEvidence, number: int, digit: int) -> float:
    """Return how likely a digit is another one, made of other fragments than these."""
    own = row.lattice.candidates[number]
    same = [(s.start, s.end) == (own.start, own.end) for s in row.lattice.candidates]
    here = row.posteriors[same].sum(axis=0)  # (K + 1,)
    other = 1 - _position_marginal(row, number)[digit]
    return float(other - (here.sum() - here[digit]))


def _cuts(row: LineEvidence) -> Iterator[str]:
    """Yield where connected ink was cut, and through how much of it."""
    after = 0
    for (a, left), (b, right) in pairwise(row.path):
        after += left != NONE
        through = float(row.lattice.digit[b, THROUGH])
        if not through or NONE == left == right:
            continue
        ink = f"cut through {through:.1f} pens' widths of ink"
        if through < HARDLY:
            ink = "cut where it hardly holds together"
        if row.lattice.candidates[a].shared or row.lattice.candidates[b].shared:
            ink += "; what is near the cut may be part of both"
        if NONE in (left, right):
            name = _name(row, after if left == NONE else after - 1)
            side = "left" if left == NONE else "right"
            yield f"Ink {side} of {name} was left out: {ink}."
        else:
            pair = f"{ordinal(after)} and {ordinal(after + 1)} digit"
            yield f"{left} and {right} ({pair}) touch: {ink}."


def _strokes(row: LineEvidence) -> Iterator[str]:
    """Yield which digits are put together from strokes that do not touch."""
    for place, number in enumerate(_read(row)):
        candidate = row.lattice.candidates[number]
        own = row.fragments[candidate.start : candidate.end]
        if (count := len({fragment.component for fragment in own})) > 1:
            name = upper(_name(row, place))
            yield f"{name} is put together from {count} strokes that do not touch."


def _left_out(row: LineEvidence) -> Iterator[str]:
    """Yield which marks were left out, and why."""
    marks, after = [], 0
    for number, digit in row.path:
        if digit == NONE:
            marks.append((after, _reason(row, number)))
        after += digit != NONE
    for (after, reason), same in groupby(marks):
        count = len(list(same))
        what = f"{counted(count, 'mark', 'A')}{_where(row, after)}"
        yield f"{what} {'was' if count == 1 else 'were'} left out: {reason}."


def _reason(row: LineEvidence, number: int) -> str:
    """Return why a candidate was left out, and what it may be after all."""
    box = row.lattice.candidates[number].box
    h, w = box.height / row.row.height, box.width / row.row.height
    unlike = math.exp(row.lattice.skip[number, UNLIKE])
    if max(h, w) < POINT:
        reason = "as small as a point or a comma"
    elif h < LOW:
        reason = "flat, as a dash is" if w > DASH * h else "too low for a digit"
    elif unlike >= 0.5:
        reason = f"the network takes it for no digit ({percent(unlike)})"
    else:
        reason = "the row is likelier without it"
    p = _position_marginal(row, number)[:NONE]
    likeliest = int(p.argmax())
    if p[likeliest] < TOLD:
        return reason
    part = "part of " if h < LOW else ""
    after_all = f"{part}{_a(likeliest)} ({percent(float(p[likeliest]))})"
    return f"{reason}; though perhaps {after_all}"


def _where(row: LineEvidence, after: int) -> str:
    """Return where in a row a mark stands, by the number of digits before it."""
    count = len(_read(row))
    if not count:
        return ""
    if after == 0:
        return f" left of {_name(row, 0)}"
    if after == count:
        return f" right of {_name(row, count - 1)}"
    return f" between the {ordinal(after)} and {ordinal(after + 1)} digit"


def _read(row: LineEvidence) -> list[int]:
    """Return the numbers of the candidates that were read as digits."""
    return [number for number, digit in row.path if digit != NONE]


def _position_marginal(row: LineEvidence, number: int) -> NDArray[np.float64]:
    """Return how likely a candidate of a row is each digit, and none (K + 1,)."""
    return position_marginal(row.lattice.candidates, row.posteriors, number)


def _name(row: LineEvidence, place: int) -> str:
    """Return "the 3rd digit (7)" for a place from 0."""
    assert row.line is not None
    digits = row.line.digits
    which = ordinal(place + 1) if len(digits) > 1 else "only"
    return f"the {which} digit ({digits[place].digit})"


def upper(sentence: str) -> str:
    """Return a sentence with its first letter a capital."""
    return sentence[:1].upper() + sentence[1:]


def _a(digit: int) -> str:
    return f"an {digit}" if digit == 8 else f"a {digit}"


def ordinal(number: int) -> str:
    """Return "1st", "2nd", "13th"."""
    last = 0 if number // 10 % 10 == 1 else number % 10
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"


def listed(words: Sequence[str], last: str) -> str:
    """Return "a, b or c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def percent(fraction: float) -> str:
    """Return a fraction as "98 %", never as all or none unless it is."""
    if 0.995 <= fraction < 1:
        return "over 99 %"
    if 0 < fraction < 0.005:
        return "under 1 %"
    return f"{100 * fraction:.0f} %"
