"""What a page asks of whoever reads its rows, and what it gets back.

A reader is given all rows of a page at once, so that a network sees them in one batch.
For each row it returns the answer and its evidence. The lattice reader
(`lattice_reader`) is one such reader; another, without cuts, can stand beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from byhand.reading.constraint import ANYTHING, Constraint
from byhand.reading.result import Line
from byhand.reading.rows import Row


class Evidence(Protocol):
    """What a reader knew of a row; each reader has a class of its own for it."""

    @property
    def row(self) -> Row:
        """The row."""

    @property
    def rejected(self) -> int:
        """Marks as high as digits that were read as none."""

    @property
    def high_marks(self) -> Sequence[float]:
        """The confidence of each mark as high as digits that was read as a mark."""


@dataclass(frozen=True, eq=False)
class RowResult:
    """A row as it was read.

    Attributes:
        line: the answer; None if nothing in the row is a digit.
        evidence: what the answer comes from.
        nothing: how likely it is that there are no digits, where none was read; else 0.
        unfit: there are digits in it, but nothing that fits what is known of the text.
    """

    line: Line | None
    evidence: Evidence
    nothing: float = 0.0
    unfit: bool = False


@dataclass(frozen=True, eq=False)
class RowsResult:
    """The rows of a page as they were read.

    Attributes:
        rows: in the order given; none if the reader refused the page.
        warnings: what a user should know.
        candidates: how many were weighed: what it cost.
    """

    rows: tuple[RowResult, ...]
    warnings: tuple[str, ...] = ()
    candidates: int = 0


class LineReader(Protocol):
    """Reads rows of digits."""

    def read_rows(
        self,
        rows: Sequence[Row],
        constraints: Constraint | Sequence[Constraint] = ANYTHING,
    ) -> RowsResult:
        """Return each row's line and evidence.

        Args:
            rows: at least one.
            constraints: what is known of the text of all, or of each row its own.
        """
