"""`pages`: synthetic pages of every kind, from test digits, through byhand.read."""

from __future__ import annotations

import statistics
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import byhand
from benchmarks.matching import digit_errors, exact_lines, lines_of
from benchmarks.report import Report
from byhand.synthesis.kinds import KEPT_OUT, KINDS, make_page
from byhand.synthesis.page import SyntheticPage
from byhand.types import Array, Images, Labels

PAGES = 5  # of a kind in a run: 25 with the usual five
SEED = 2711  # of these pages alone
ATTEMPTS = 20  # at a page of which all digits can be read
LOWEST = 12  # pixels: the height of such a digit
FEW = 1  # digits that may be read of a page without any
TIMER = (
    "Pages of MNIST's test digits, made by byhand.synthesis with seeds that no\n"
    "training uses, through byhand.read; all digits lie inside and are 12 pixels or\n"
    "more in height. Exact: the share of the lines on the pages\n"
    "that are read without an error, in reading order (longest common subsequence).\n"
    "Digit error: digits changed, left out or put in, of those on the pages. Spaces\n"
    "are not compared. Pages without digits: the digits read of one, on average, and\n"
    "the share of the pages with one at most. Seconds: of reading a page."
)

Read = Callable[[Array], str]
Say = Callable[[str], None]


@dataclass(frozen=True)
class PageScore:
    """How one page was read.

    Attributes:
        lines: how many there are on the page.
        exact: how many of them were read without an error.
        digits: how many there are on the page.
        errors: digits changed, left out or put in.
        read: digits that were read.
        seconds: that reading took.
    """

    lines: int
    exact: int
    digits: int
    errors: int
    read: int
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether something is not as it is on the page."""
        return self.exact < self.lines or self.errors > 0


def run(runs: int, say: Say) -> Report:
    """Read pages of every kind and count what is right."""
    test = byhand.load_dataset("mnist").test
    model = byhand.load()

    def read(picture: Array) -> str:
        return byhand.read(picture, model=model).text

    return report(score(KINDS, PAGES * runs, (test.images, test.labels), read, say))


def page(kind: str, number: int, digits: tuple[Images, Labels]) -> SyntheticPage:
    """Return a page of the benchmark, the same in every run.

    Args:
        kind: a name in KINDS; other kinds do not change its pages.
        number: which of the kind's pages.
        digits: the test images (N, 28, 28) and labels (N,).
    """
    for attempt in range(ATTEMPTS):
        seeds = SEED, zlib.crc32(kind.encode()), number, attempt
        made = make_page(kind, digits, np.random.default_rng(seeds))
        if legible(made):
            break
    return made


def legible(page: SyntheticPage) -> bool:
    """Return whether no digit is too low, or cut off at the edge of the picture."""
    high, wide = page.ink.shape
    boxes = [box for line in page.lines for box in line.boxes]
    return all(
        box.height >= LOWEST and min(box.x, box.y) > 0
        and box.right < wide and box.bottom < high
        for box in boxes
    )  # fmt: skip


def score(
    kinds: Iterable[str],
    count: int,
    digits: tuple[Images, Labels],
    read: Read,
    say: Say,
) -> dict[str, list[PageScore]]:
    """Return the scores of the pages of each kind, in their order.

    Args:
        kinds: their names.
        count: pages of each.
        digits: the test images (N, 28, 28) and labels (N,).
        read: returns the text of a picture (H, W, 3).
        say: is called with what is being done.
    """
    found: dict[str, list[PageScore]] = {}
    for kind in kinds:
        found[kind] = []
        for number in range(count):
            say(f"{kind}, page {number + 1} of {count}")
            made = page(kind, number, digits)
            began = time.perf_counter()
            try:
                text = read(made.picture)
            except Exception as error:
                error.add_note(f"on page {number} of the kind {kind!r}")
                raise
            seconds = time.perf_counter() - began
            found[kind].append(page_score(made.text, text, seconds))
    return found


def page_score(written: str, read: str, seconds: float) -> PageScore:
    """Return how a page was read, its texts line by line."""
    lines, said = lines_of(written), lines_of(read)
    return PageScore(
        lines=len(lines),
        exact=exact_lines(lines, said),
        digits=sum(map(len, lines)),
        errors=digit_errors(lines, said),
        read=sum(map(len, said)),
        seconds=seconds,
    )


def report(scores: Mapping[str, Sequence[PageScore]]) -> Report:
    """Return a table of the kinds: with digits, kept out of training, without any."""
    figures = {kind: kind_figures(pages) for kind, pages in scores.items()}
    groups = {
        "in training": [k for k in figures if KINDS[k].digits and k not in KEPT_OUT],
        "kept out of training": [k for k in figures if k in KEPT_OUT],
        "without digits": [k for k in figures if not KINDS[k].digits],
    }
    rows: list[tuple[str, ...]] = []
    totals = {}
    for name, kinds in groups.items():
        if kinds:
            total = group_figures([figures[kind] for kind in kinds])
            rows += [(f"{name}:",), *(_row(kind, figures[kind]) for kind in kinds)]
            rows += _total_rows(total)
            totals[name] = total
    columns = (
        "kind", "lines", "exact", "digit error", "digits read", "pages with ≤ 1",
        "seconds", "most",
    )  # fmt: skip
    raw = {"kinds": figures, "groups": totals}
    return Report("Synthetic pages, read", columns, rows, TIMER, raw)


def kind_figures(pages: Sequence[PageScore]) -> dict[str, Any]:
    """Return the figures of a kind's pages, as JSON has them."""
    lines, digits = sum(p.lines for p in pages), sum(p.digits for p in pages)
    seconds = [p.seconds for p in pages]
    figures: dict[str, Any] = {
        "pages": len(pages),
        "lines": lines,
        "digits": digits,
        "exact": sum(p.exact for p in pages) / lines if lines else None,
        "digit_error": sum(p.errors for p in pages) / digits if digits else None,
        "seconds": statistics.mean(seconds),
        "most_seconds": max(seconds),
        "failed": [number for number, p in enumerate(pages) if p.failed],
    }
    if not digits:
        figures["digits_read"] = sum(p.read for p in pages) / len(pages)
        figures["few"] = sum(p.read <= FEW for p in pages) / len(pages)
    return figures


def group_figures(kinds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return mean and worst of some kinds' figures, each kind counting as much."""
    worst = {"exact": min, "digit_error": max, "digits_read": max, "few": min,
             "most_seconds": max}  # fmt: skip
    found: dict[str, Any] = {"kinds": len(kinds)}
    for name, of in worst.items():
        values = [kind[name] for kind in kinds if kind.get(name) is not None]
        if values:
            found[name] = {"mean": statistics.mean(values), "worst": of(values)}
    return found


def _row(kind: str, figures: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"  {kind}",
        str(figures["lines"]) if figures["lines"] else "",
        _share(figures["exact"]),
        _share(figures["digit_error"]),
        _number(figures.get("digits_read")),
        _share(figures.get("few")),
        _number(figures["seconds"]),
        _number(figures["most_seconds"]),
    )


def _total_rows(total: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return a row with the means of some kinds, and one with the worst of them."""
    return [
        (
            f"  {which}",
            "",
            *(_share(_of(total, name, which)) for name in ("exact", "digit_error")),
            _number(_of(total, "digits_read", which)),
            _share(_of(total, "few", which)),
            "",
            _number(_of(total, "most_seconds", which)),
        )
        for which in ("mean", "worst")
    ]


def _of(total: Mapping[str, Any], name: str, which: str) -> float | None:
    found: float | None = total.get(name, {}).get(which)
    return found


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
