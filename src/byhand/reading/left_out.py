"""The marks of a row that were read as none: where, and what they may be.

Letters: K = 25 symbols.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from byhand.reading.candidates import Candidate
from byhand.reading.fragments import Fragment, extent
from byhand.reading.lattice import Lattice
from byhand.reading.marks import LeftOut, marks_text
from byhand.reading.phrases import ordinal
from byhand.reading.result import Digit, Line
from byhand.reading.rows import Row
from byhand.reading.symbols import DIGITS, REJECT, is_digit
from byhand.types import Floats


class Decoded(Protocol):
    """A row whose lattice was decoded: the part of the evidence that is needed here."""

    @property
    def row(self) -> Row:
        """The row."""

    @property
    def lattice(self) -> Lattice:
        """Every path through it."""

    @property
    def path(self) -> Sequence[tuple[int, int]]:
        """The Viterbi path: numbers of candidates, and what each is read as."""

    def position_marginal(self, number: int) -> Floats:
        """Return the distribution over what a candidate's place shows (K + 1,)."""


@dataclass(frozen=True)
class MarkSettings:
    """Which marks are named beside the digits; lengths in heights of the row."""

    small: float = 0.5  # a lower one that was joined to a digit may be a comma
    below: float = 0.5  # of the digit's height: a comma is below this
    inside: float = 0.15  # so far a comma may reach under its digit
    beyond: float = 0.06  # a slash or bracket reaches above and below its neighbours


MARKS = MarkSettings()
LIKE_SIGNS = {1: "a slash or a bracket", 7: "a slash", 8: "a dollar sign",
              5: "a dollar sign"}  # fmt: skip


def left_out(evidence: Decoded, settings: MarkSettings = MARKS) -> tuple[LeftOut, ...]:
    """Return the marks of a row that were read as none, from left to right.

    They are the rejected candidates, those of one connected component together; and
    small marks low beside a digit that were read as a part of it. Rejected parts of
    components that show a digit are its own strokes, if they are low.
    """
    found, digits = [], 0
    shown = {
        fragment.component
        for number, label in evidence.path if is_digit(label)
        for fragment in evidence.lattice.candidates[number].fragments
    }  # fmt: skip
    low = settings.small * evidence.row.height
    for numbers, label in _grouped(evidence):
        candidates = [evidence.lattice.candidates[n] for n in numbers]
        if label == REJECT:
            fragments = [p for candidate in candidates for p in candidate.fragments]
            if fragments[0].component in shown and extent(fragments).height < low:
                continue
            found.append(_left_out(evidence, numbers[0], fragments, digits))
            continue
        if not is_digit(label):
            continue
        middle = candidates[0].box.x + candidates[0].box.width / 2
        for comma in _commas(candidates[0], evidence.row.height, settings):
            before = digits + (comma.left > middle)
            found.append(_left_out(evidence, None, [comma], before))
        digits += 1
    return tuple(found)


def _grouped(evidence: Decoded) -> Iterator[tuple[list[int], int]]:
    """Yield candidates of the path with what they are read as.

    Rejected ones of one component come together.
    """
    group: list[int] = []
    component = -1
    for number, read_as in evidence.path:
        own = evidence.lattice.candidates[number].fragments[0].component
        if group and (read_as != REJECT or own != component):
            yield group, REJECT
            group = []
        if read_as == REJECT:
            group.append(number)
            component = own
        else:
            yield [number], read_as
    if group:
        yield group, REJECT


def _left_out(
    evidence: Decoded, number: int | None, fragments: Sequence[Fragment], before: int
) -> LeftOut:
    """Return a mark; the number is that of its candidate, if it has one."""
    likeliest, confidence = None, 0.0
    if number is not None:
        p = evidence.position_marginal(number)[: len(DIGITS)]
        likeliest, confidence = int(p.argmax()), float(p.max())
    return LeftOut(
        evidence.row.page.in_picture(fragments), before, likeliest, confidence
    )


def _commas(
    candidate: Candidate, height: float, settings: MarkSettings
) -> list[Fragment]:
    """Return small marks low beside a digit that were read as parts of it."""
    own = candidate.fragments[: candidate.end - candidate.start]
    body = max(own, key=lambda f: f.area)
    low = body.top + settings.below * body.height
    inside = settings.inside * height
    return [
        f for f in own
        if f.component != body.component and f.height < settings.small * height
        and f.top >= low
        and (f.left >= body.right - inside or f.right <= body.left + inside)
    ]  # fmt: skip


def warnings_of(line: Line, settings: MarkSettings = MARKS) -> list[str]:
    """Return what a user should know of a line: its marks, and what is odd."""
    warnings = []
    if line.marks:
        said = marks_text(line.marks)
        warnings.append(f"{line.text!r}: {said}; with its marks: {line.marked}")
    if line.left_out:
        warnings.append(f"{line.text!r}: {line.left_out_text}")
    for number in _tall(line.digits, settings):
        digit = line.digits[number].digit
        warnings.append(
            f"{line.text!r}: the {ordinal(number + 1)} digit, {digit}, is taller than "
            f"those beside it: it may be {LIKE_SIGNS[digit]}"
        )
    return warnings


def _tall(digits: Sequence[Digit], settings: MarkSettings) -> list[int]:
    """Return which digits are like signs, and reach above and below those beside."""
    found = []
    for number, own in enumerate(digits):
        beside = [d.box for d in (*digits[max(number - 1, 0) : number],
                                  *digits[number + 1 : number + 2])]  # fmt: skip
        margin = settings.beyond * own.box.height
        if own.digit in LIKE_SIGNS and beside:
            above = own.box.y < min(box.y for box in beside) - margin
            below = own.box.bottom > max(box.bottom for box in beside) + margin
            found += [number] if above and below else []
    return found
