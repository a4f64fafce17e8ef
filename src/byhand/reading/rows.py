"""Fragments of ink gathered into rows, though rows slope and drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from byhand.reading.fragments import Fragment
from byhand.types import Floats


@dataclass(frozen=True)
class RowSettings:
    """What belongs to a row; lengths in heights of a digit."""

    body: float = 0.5  # what is lower is a dot, a dash or a bar
    tallest: float = 3.0  # what is higher is no writing
    step: float = 0.6  # up or down, from one digit to the next of a row
    far: float = 1.0  # dots farther from the middle of a row do not belong to it
    beyond: float = 2.0  # nor those farther from its ends
    meet: float = 0.5  # rows whose middles are no farther apart are one
    previous: int = 2  # digits whose places say where the next one should be
    most: int = 60  # rows; a page with more is no page of writing: those with most ink


ROWS = RowSettings()


@dataclass(eq=False)
class Row:
    """Fragments of one line of writing.

    Attributes:
        fragments: from left to right.
        settings: what of them is as high as a digit.
        height: of its digits, pixels.
    """

    fragments: list[Fragment] = field(default_factory=list)
    settings: RowSettings = ROWS

    @property
    def bodies(self) -> list[Fragment]:
        """Fragments as high as digits, or nearly."""
        tallest = max(p.height for p in self.fragments)
        return [p for p in self.fragments if p.height >= self.settings.body * tallest]

    @property
    def height(self) -> float:
        """The usual height of its digits."""
        return float(np.median([p.height for p in self.bodies]))

    def line(self) -> tuple[float, float]:
        """Return where its middle is at column 0, and how much it falls a column."""
        bodies = self.bodies
        y, x = np.array([_middle(p) for p in bodies]).T
        if len(bodies) < 2 or np.ptp(x) < self.height:
            return float(y.mean()), 0.0
        slope = float(np.polyfit(x, y, 1)[0])
        return float(y.mean() - slope * x.mean()), slope

    def expected(self) -> float:
        """Return the row of the page at which its next digit should be."""
        last = [_middle(p)[0] for p in self.fragments[-self.settings.previous :]]
        return sum(last) / len(last)


def find_rows(
    fragments: Sequence[Fragment],
    height: float,
    count: int | None = None,
    settings: RowSettings = ROWS,
) -> list[Row]:
    """Return the rows, from top to bottom.

    Digits are taken from left to right. Each goes to the row whose last digits are
    nearest to its own height on the page, or begins another. Dots, dashes and bars go
    to the row that is nearest.

    Args:
        fragments: connected components.
        height: of a usual digit, pixels.
        count: how many rows there are, if it is known.
        settings: what belongs to a row.
    """
    low, high = settings.body * height, settings.tallest * height
    rows = _gathered([p for p in fragments if low <= p.height <= high], settings)
    rows.sort(key=lambda r: -sum(p.area for p in r.fragments))
    rows = _joined(rows[: settings.most], count, settings.meet)
    _add_small(rows, [p for p in fragments if p.height < low], settings)
    for row in rows:
        row.fragments.sort(key=lambda p: p.centre[1])
    rows.sort(key=lambda r: float(np.mean([_middle(p)[0] for p in r.bodies])))
    return rows


def _gathered(bodies: Sequence[Fragment], settings: RowSettings) -> list[Row]:
    """Return rows of what is as high as digits, in the order of their left ends."""
    rows: list[Row] = []
    # of each row the place expected of its next digit, and the height of its last
    expected, last = np.empty(len(bodies)), np.empty(len(bodies))
    for fragment in sorted(bodies, key=lambda p: p.centre[1]):
        count = len(rows)
        smaller = np.minimum(last[:count], fragment.height)
        off = abs(expected[:count] - _middle(fragment)[0]) / np.maximum(smaller, 1)
        nearest = int(off.argmin()) if count else count
        if not count or off[nearest] > settings.step:
            nearest = count
            rows.append(Row(settings=settings))
        rows[nearest].fragments.append(fragment)
        expected[nearest], last[nearest] = rows[nearest].expected(), fragment.height
    return rows


def _add_small(
    rows: Sequence[Row], small: Sequence[Fragment], settings: RowSettings
) -> None:
    """Add dots, dashes and bars to the rows that are nearest, if they are near."""
    measured = [_Measure(row) for row in rows]
    if not measured or not small:
        return
    off = np.array([m.off(small) for m in measured])  # (rows, fragments)
    for fragment, nearest, least in zip(
        small, off.argmin(axis=0), off.min(axis=0), strict=True
    ):
        if least <= settings.far:
            rows[nearest].fragments.append(fragment)


def _middle(fragment: Fragment) -> tuple[float, float]:
    """Return row and column of the middle of a fragment's box."""
    return fragment.top + fragment.height / 2, fragment.left + fragment.width / 2


class _Measure:
    """A row as it was before small fragments came to it."""

    def __init__(self, row: Row) -> None:
        self.height, self.line = row.height, row.line()
        beyond = row.settings.beyond * row.height
        self.left = min(p.left for p in row.bodies) - beyond
        self.right = max(p.right for p in row.bodies) + beyond

    def off(self, fragments: Sequence[Fragment]) -> Floats:
        """Return how far fragments are off the row's middle, in heights of digits."""
        (start, slope), (y, x) = self.line, np.array([*map(_middle, fragments)]).T
        inside = (self.left <= x) & (x <= self.right)
        off = abs(start + slope * x - y) / self.height
        return np.where(inside, off, np.inf)


def _joined(rows: list[Row], count: int | None, meet: float) -> list[Row]:
    """Return the rows with parts of one row put together.

    Two belong together if their middles are no farther apart than `meet`, in heights of
    digits; or, if there are more than wanted, the nearest.
    """
    rows = list(rows)
    places = [_Place(row) for row in rows]
    while len(rows) > 1:
        distance, i, j = min(
            (a.apart(b), i, j) for i, a in enumerate(places)
            for j, b in enumerate(places[:i])
        )  # fmt: skip
        if distance > meet and (count is None or len(rows) <= count):
            break
        rows[j].fragments = sorted(
            rows[j].fragments + rows[i].fragments, key=lambda p: p.centre[1]
        )
        places[j] = _Place(rows[j])
        del rows[i], places[i]
    return rows


class _Place:
    """Where a row is."""

    def __init__(self, row: Row) -> None:
        middles = [_middle(p) for p in row.bodies]
        self.middle = float(np.mean([y for y, _ in middles]))
        self.left = min(x for _, x in middles)
        self.right = max(x for _, x in middles)
        self.height, (self.start, self.slope) = row.height, row.line()

    def apart(self, other: _Place) -> float:
        """Return how far the middles of two rows are apart, in heights of digits."""
        x = (min(self.left, other.left) + max(self.right, other.right)) / 2
        lines = abs(self.start + self.slope * x - other.start - other.slope * x)
        middles = abs(self.middle - other.middle)
        return min(lines, middles) / max(min(self.height, other.height), 1)
