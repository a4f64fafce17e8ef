"""`confidence`: of lines said to be 90 % sure, how many are right."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

import byhand
from benchmarks import read_kinds
from benchmarks.matching import lines_of
from benchmarks.report import Report
from byhand.augment.fields import draw_rows
from byhand.evaluation import wilson
from byhand.model import Model
from byhand.reading.result import Line, Reading
from byhand.synthesis.kinds import KINDS

ROWS = 60  # a run
SEED = 1  # of the rows
EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)  # of the bins
LIMITS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95)  # of --min-confidence
TIMER = (
    "Lines of synthetic pages, one of each kind a run, and rows of five of MNIST's\n"
    "test digits that touch or not, through byhand.read. Right: the line's text is\n"
    "that of a line of the page. Answered and right: of the lines that are at least\n"
    "as sure, how many of all there are, and how many of them are right."
)

Outcome = tuple[float, bool]  # a line's confidence, and whether it is right


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Read pages and rows; compare how sure lines are with how many are right."""
    model, found = byhand.load(), list[Outcome]()
    for number, outcomes in enumerate(_outcomes(model, runs)):
        if number % 20 == 0:
            say(f"picture {number}")
        found += outcomes
    return report(np.array([c for c, _ in found]), np.array([r for _, r in found]))


def _outcomes(model: Model, runs: int) -> Iterator[list[Outcome]]:
    """Yield the outcomes of each picture."""
    test = byhand.load_dataset("mnist").test
    for number in range(runs):
        for kind in KINDS:
            page = read_kinds.page(kind, number, (test.images, test.labels))
            yield outcomes(byhand.read(page.picture, model=model), lines_of(page.text))
    for picture, text, _ in draw_rows(test.images, test.labels, ROWS * runs, SEED):
        yield outcomes(byhand.read(255 - picture, model=model), [text])


def outcomes(reading: Reading, written: Sequence[str]) -> list[Outcome]:
    """Return how sure each line of a picture is, and whether it is on the picture."""
    left = [*written]

    def right(line: Line) -> bool:
        text = line.text.replace(" ", "")
        if text in left:
            left.remove(text)
            return True
        return False

    return [(line.confidence, right(line)) for line in reading.lines]


def report(sure: np.ndarray, right: np.ndarray) -> Report:
    """Return the table of confidences and of what --min-confidence leaves."""
    rows, bins = [], []
    for low, high in itertools.pairwise(EDGES):
        inside = (sure > low) & (sure <= high)
        count, good = int(inside.sum()), int(right[inside].sum())
        if count:
            ends = "{:.0%} to {:.0%}".format(*wilson(good, count))
            said, share = float(sure[inside].mean()), good / count
            rows.append((f"{low:.0%} to {high:.0%}", str(count), f"{said:.1%}",
                         f"{share:.1%}", ends))  # fmt: skip
            bins.append({"from": low, "to": high, "said": said, "right": share})
    for limit in LIMITS:
        kept = sure >= limit
        share = f"{right[kept].mean():.1%}" if kept.any() else ""
        rows.append((f"at least {limit:.0%}", str(int(kept.sum())),
                     f"answered {kept.mean():.1%}", share, ""))  # fmt: skip
    columns = ("confidence", "lines", "said", "right", "95 % interval")
    figures = {"bins": bins, "lines": len(sure), "right": float(right.mean())}
    return Report("How true confidences are", columns, rows, TIMER, figures)
