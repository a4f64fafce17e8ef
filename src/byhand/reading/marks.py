"""What a line has beside its digits: marks that were read, and ink left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from byhand.reading.phrases import listed, ordinal
from byhand.reading.symbols import NAMES
from byhand.types import Box
from byhand.words import counted

NAMED = 4  # places of marks; of more only their number is said


@dataclass(frozen=True)
class Mark:
    """A mark between digits that was read: a point, a dash, a currency sign.

    Attributes:
        text: one of `.,:/-+()%$€£=×#`.
        confidence: how likely it is that this mark stands here, 0 to 1.
        box: where its ink is.
        before: the number of the digit before which it stands, from 0; after the last
            digit, how many there are.
    """

    text: str
    confidence: float
    box: Box
    before: int

    def __repr__(self) -> str:
        place = ", ".join(map(str, self.box))
        return f"Mark({self.text!r}, {100 * self.confidence:.1f} %, box {place})"


@dataclass(frozen=True)
class LeftOut:
    """A mark in a line that was read as none: a letter, a spot, a flourish.

    Attributes:
        box: where its ink is.
        before: the number of the digit before which it stands, from 0; after the last
            digit, how many there are.
        likeliest: the digit that it would be; None if it was read as a part of one.
        confidence: how likely that is, 0 to 1.
    """

    box: Box
    before: int
    likeliest: int | None
    confidence: float


def left_out_text(marks: Sequence[LeftOut]) -> str:
    """Return "1 mark left out after the 2nd digit"; "" if there is none."""
    if not marks:
        return ""
    text = f"{counted(len(marks), 'mark')} left out"
    places = {mark.before for mark in marks}
    return text if len(places) > NAMED else f"{text} {_places(places)}"


def marks_text(marks: Sequence[Mark]) -> str:
    """Return "a point after the 1st digit"; "" if there is none."""
    if len({(mark.text, mark.before) for mark in marks}) > NAMED:
        return counted(len(marks), "mark")
    kinds = dict.fromkeys(mark.text for mark in marks)
    each = ({mark.before for mark in marks if mark.text == kind} for kind in kinds)
    words = [
        f"{NAMES[kind]} {_places(places)}"
        for kind, places in zip(kinds, each, strict=True)
    ]
    return ", ".join(words)


def _places(places: set[int]) -> str:
    """Return "before the 1st digit and after the 2nd and 3rd digit"."""
    words = ["before the 1st digit"] if 0 in places else []
    after = [ordinal(place) for place in sorted(places) if place]
    words += [f"after the {listed(after, 'and')} digit"] if after else []
    return " and ".join(words)
