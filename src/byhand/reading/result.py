"""The answer of reading: digits in lines, lines in a reading.

Boxes are in pixels of the picture as it is seen, upright.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from byhand import notebook
from byhand.notebook import Labelled
from byhand.reading.page_view import pages_with_boxes
from byhand.reading.phrases import listed, ordinal
from byhand.types import Box
from byhand.words import counted

DOUBTFUL = 0.9  # of confidence: digits below it are shown in another colour
NAMED = 4  # places of marks left out; of more only their number is said
BASE_ERROR_RATE = 0.03  # of digits in other hands than MNIST's, however certain


@dataclass(frozen=True)
class Digit:
    """One digit that was read.

    Attributes:
        digit: 0 to 9.
        confidence: how likely it is that this digit stands here, 0 to 1.
        alternatives: what else it may be, likeliest first, each with its confidence.
        box: where its ink is.
    """

    digit: int
    confidence: float
    alternatives: tuple[tuple[int, float], ...]
    box: Box

    def __repr__(self) -> str:
        place = ", ".join(map(str, self.box))
        return f"Digit({self.digit}, {100 * self.confidence:.1f} %, box {place})"


@dataclass(frozen=True)
class LeftOut:
    """A mark in a line that is no digit in the answer: a point, a dash, a letter.

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
    places = list(dict.fromkeys(mark.before for mark in marks))
    text = f"{counted(len(marks), 'mark')} left out"
    if len(places) > NAMED:
        return text
    words = ["before the 1st digit" for place in places if place == 0]
    after = [ordinal(place) for place in places if place]
    words += [f"after the {listed(after, 'and')} digit"] if after else []
    return f"{text} {' and '.join(words)}"


@dataclass(frozen=True)
class Line:
    """One row of digits, from left to right.

    Attributes:
        digits: at least one.
        confidence: how likely it is that the whole line is right, 0 to 1.
        breaks: the numbers of the digits before which a wide gap parts two words.
        page: of a file with several pages, the one it stands on, from 1.
        left_out: its marks that are no digits in the answer.
    """

    digits: tuple[Digit, ...]
    confidence: float
    breaks: tuple[int, ...] = ()
    page: int = 1
    left_out: tuple[LeftOut, ...] = ()

    def __repr__(self) -> str:
        page = f", page {self.page}" if self.page != 1 else ""
        return f"Line('{self.text}', {100 * self.confidence:.1f} %{page})"

    @property
    def text(self) -> str:
        """The digits, with a space where a wide gap is."""
        space = set(self.breaks)
        return "".join(
            f"{' ' if number in space else ''}{found.digit}"
            for number, found in enumerate(self.digits)
        )

    @property
    def left_out_text(self) -> str:
        """What was left out where, as "1 mark left out after the 2nd digit"."""
        return left_out_text(self.left_out)

    @property
    def box(self) -> Box:
        """Where the line's ink is."""
        return Box.around(digit.box for digit in self.digits)


@dataclass(frozen=True)
class Reading:
    """All that was read in a picture.

    Attributes:
        lines: from top to bottom, page by page.
        warnings: what a user should know, such as ink that was taken for no digit.
        pages: how many pages the file has.
        picture: what was read, for `_repr_html_`, which shows it with boxes: a
            reference, not a copy; None where there is none. Pickles hold it only if it
            is a path.
    """

    lines: tuple[Line, ...]
    warnings: tuple[str, ...] = ()
    pages: int = field(default=1)
    picture: Any = field(default=None, compare=False, repr=False)

    def __repr__(self) -> str:
        texts = [repr(line.text) for line in self.lines[:3]]
        texts += ["…"] if len(self.lines) > 3 else []
        parts = [counted(len(self.lines), "line")]
        parts += [f"{self.pages} pages"] if self.pages > 1 else []
        parts += [counted(len(self.warnings), "warning")] if self.warnings else []
        return f"Reading({', '.join(parts)}{': ' * bool(texts)}{', '.join(texts)})"

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or a pickle holds: of the picture, only its path."""
        path = self.picture if isinstance(self.picture, str | Path) else None
        return {**vars(self), "picture": path}

    def _repr_html_(self) -> str:
        """Return the first pages with a box around each digit, for notebooks."""
        rows = [
            [line.page, line.text, f"{100 * line.confidence:.1f} %"]
            for line in self.lines[:100]
        ]
        boxes: dict[int, list[Labelled]] = {}
        for line in self.lines:
            boxes.setdefault(line.page, []).extend(
                Labelled(*d.box, str(d.digit), d.confidence >= DOUBTFUL)
                for d in line.digits
            )
        return notebook.block(
            notebook.title(repr(self)),
            *(notebook.escaped(warning, 300) for warning in self.warnings[:10]),
            *pages_with_boxes(self.picture, boxes),
            notebook.table(["page", "line", "confidence"], rows),
        )

    @property
    def text(self) -> str:
        """The lines' texts, one a line."""
        return "\n".join(line.text for line in self.lines)

    def as_dict(self) -> dict[str, Any]:
        """Return lines and warnings as `read --json` prints them."""
        return {
            "lines": [self._line(line) for line in self.lines],
            "warnings": list(self.warnings),
        }

    def _line(self, line: Line) -> dict[str, Any]:
        page = {"page": line.page} if self.pages > 1 else {}
        digits = [
            {
                "digit": d.digit,
                "confidence": d.confidence,
                "alternatives": [list(other) for other in d.alternatives],
                "box": list(d.box),
            }
            for d in line.digits
        ]
        return {
            **page,
            "text": line.text,
            "confidence": line.confidence,
            "digits": digits,
            "left_out": [
                {
                    "box": list(mark.box),
                    "before": mark.before,
                    "likeliest": mark.likeliest,
                    "confidence": mark.confidence,
                }
                for mark in line.left_out
            ],
        }
