"""The answer of reading: digits in lines, lines in a reading.

Boxes are in pixels of the picture as it is seen, upright.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from byhand import notebook
from byhand.notebook import Labelled
from byhand.reading.amounts import amount_of
from byhand.reading.marks import LeftOut, Mark, left_out_text
from byhand.reading.page_view import pages_with_boxes
from byhand.types import Box
from byhand.words import counted

DOUBTFUL = 0.9  # of confidence: digits below it are shown in another colour


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
class Line:
    """One row of digits, from left to right.

    Attributes:
        digits: at least one.
        confidence: how likely it is that the whole line is right, 0 to 1.
        breaks: the numbers of the digits before which a wide gap parts two words.
        page: of a file with several pages, the one it stands on, from 1.
        left_out: its ink that was read as no digit and as no mark.
        marks: the marks before, between and after its digits, from left to right.
        marked_breaks: the numbers of the symbols, digits and marks, before which a wide
            gap parts two words.
        fitted: which share of the probability fitted what was known of the text, 0 to
            1; 1 if nothing was known. The confidence is among the texts that fit.
        written: the text as the pattern has it that was given, with its marks, found or
            not; None without one.
    """

    digits: tuple[Digit, ...]
    confidence: float
    breaks: tuple[int, ...] = ()
    page: int = 1
    left_out: tuple[LeftOut, ...] = ()
    marks: tuple[Mark, ...] = ()
    marked_breaks: tuple[int, ...] = ()
    fitted: float = 1.0
    written: str | None = None

    def __repr__(self) -> str:
        page = f", page {self.page}" if self.page != 1 else ""
        marked = f", marked '{self.marked}'" if self.marks else ""
        return f"Line('{self.text}', {100 * self.confidence:.1f} %{marked}{page})"

    @property
    def text(self) -> str:
        """The digits, with a space where a wide gap is."""
        space = set(self.breaks)
        return "".join(
            f"{' ' if number in space else ''}{found.digit}"
            for number, found in enumerate(self.digits)
        )

    @property
    def marked(self) -> str:
        """The digits and the marks, with a space where a wide gap is.

        With a pattern, the marks are those that it has.
        """
        if self.written is not None:
            return self.written
        if not self.marks:
            return self.text
        symbols: list[str] = []
        for number in range(len(self.digits) + 1):
            symbols += [mark.text for mark in self.marks if mark.before == number]
            symbols += [str(d.digit) for d in self.digits[number : number + 1]]
        space = set(self.marked_breaks)
        return "".join(
            f"{' ' if number in space else ''}{symbol}"
            for number, symbol in enumerate(symbols)
        )

    @property
    def amount(self) -> Decimal | None:
        """The number that the line is, as "1 250,75" and "$1,250.75"; else None.

        The last comma or point is the decimal mark, unless it can only part thousands:
        it occurs again, or it is the only one and has three digits behind it. Dates,
        times, percentages and telephone numbers are no amounts.
        """
        return amount_of(self.marked)

    @property
    def left_out_text(self) -> str:
        """What was left out where, as "1 mark left out after the 2nd digit"."""
        return left_out_text(self.left_out)

    @property
    def box(self) -> Box:
        """Where the line's ink is."""
        boxes = [digit.box for digit in self.digits]
        return Box.around(boxes + [mark.box for mark in self.marks])


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
        """Return the first pages with a box around each symbol, for notebooks."""
        rows = [
            [line.page, line.marked, f"{100 * line.confidence:.1f} %"]
            for line in self.lines[:100]
        ]
        boxes: dict[int, list[Labelled]] = {}
        for line in self.lines:
            boxes.setdefault(line.page, []).extend(
                Labelled(*d.box, str(d.digit), d.confidence >= DOUBTFUL)
                for d in line.digits
            )
            boxes[line.page] += [
                Labelled(*mark.box, mark.text, mark.confidence >= DOUBTFUL)
                for mark in line.marks
            ]
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

    @property
    def marked(self) -> str:
        """The lines with their marks, one a line."""
        return "\n".join(line.marked for line in self.lines)

    def to_frame(self) -> Any:
        """Return a pandas DataFrame with a row a line.

        Its columns are page (from 1), text and marked (text, which keeps zeros in
        front), amount (a Decimal or None), confidence (0 to 1), x, y, width and height
        (of the line's box, in pixels of the upright picture) and left_out (text).

        Raises:
            MissingExtraError: pandas is not installed.
        """
        names = ("page", "text", "marked", "amount", "confidence")
        columns = {name: [getattr(line, name) for line in self.lines] for name in names}
        boxes = [line.box for line in self.lines]
        columns |= {name: [getattr(box, name) for box in boxes] for name in Box._fields}
        columns["left_out"] = [line.left_out_text for line in self.lines]
        return notebook.frame(columns)

    def as_rows(self) -> list[dict[str, Any]]:
        """Return a row of CSV for each line of digits, by the names of the columns."""
        return [
            {
                "page": line.page,
                "line": number,
                "lines": len(self.lines),
                "text": line.text,
                "marked": line.marked,
                "confidence": float(line.confidence),
                **line.box._asdict(),
                "left_out": line.left_out_text,
            }
            for number, line in enumerate(self.lines, 1)
        ]

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
            "marked": line.marked,
            "confidence": line.confidence,
            **({"fitted": line.fitted} if line.fitted < 1 else {}),
            "digits": digits,
            "marks": [
                {
                    "mark": mark.text,
                    "confidence": mark.confidence,
                    "box": list(mark.box),
                    "before": mark.before,
                }
                for mark in line.marks
            ],
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
