"""Two models on the same images: which one is better, and may that be chance.

Letters in shapes: N images, M images with different predictions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from byhand import notebook
from byhand.errors import DataError, ShapeError
from byhand.types import Integers, Labels

LEVEL = 0.05  # of significance: below it, the difference is not taken for chance


@dataclass(frozen=True, eq=False)
class Comparison:
    """What two models, a and b, predict for the same N labelled images.

    Attributes:
        both: how many images both had right.
        only_a: how many a had right and b wrong.
        only_b: how many b had right and a wrong.
        neither: how many both had wrong; the four counts sum to N.
        p: of McNemar's exact test, in 0..1: how likely two equally good models are
            to differ as much as this, or more.
        differing: (M,) indices of the images with different predictions, ascending.
    """

    both: int
    only_a: int
    only_b: int
    neither: int
    p: float
    differing: Integers

    def __repr__(self) -> str:
        count = self.both + self.only_a + self.only_b + self.neither
        verdict = f"{self.better} is better" if self.better else "may be chance"
        return (
            f"Comparison({count} images: {self.only_a} right by a alone,"
            f" {self.only_b} by b alone, p = {self.p:.2g}: {verdict})"
        )

    def _repr_html_(self) -> str:
        """Return the four counts as a table, for notebooks."""
        rows = [
            ["a right", self.both, self.only_a],
            ["a wrong", self.only_b, self.neither],
        ]
        return notebook.block(
            notebook.title(repr(self)),
            notebook.table(["", "b right", "b wrong"], rows),
        )

    @property
    def better(self) -> Literal["a", "b"] | None:
        """Which one is better; None if p is 0.05 or more: it may be chance."""
        if self.p >= LEVEL:
            return None
        return "a" if self.only_a > self.only_b else "b"


def compare(labels: Labels, a: Labels, b: Labels) -> Comparison:
    """Compare two models by their predictions a and b for the same images.

    Args:
        labels: (N,) class numbers, the truth.
        a: (N,) class numbers that the first model predicts.
        b: (N,) class numbers that the second model predicts.

    Raises:
        ShapeError: the three are not of one length.
        DataError: no images.
    """
    labels, a, b = (np.asarray(each) for each in (labels, a, b))
    if not labels.shape == a.shape == b.shape or labels.ndim != 1:
        raise ShapeError(
            f"compare: expected labels and two predictions of one shape (N,), got "
            f"{labels.shape}, {a.shape} and {b.shape}; try the same images for both"
        )
    if len(labels) == 0:
        raise DataError("compare: expected at least 1 image, got 0")
    return _compared(labels, a, b)


def _compared(labels: Labels, a: Labels, b: Labels) -> Comparison:
    """Return the comparison of predictions that fit the labels."""
    right_a, right_b = a == labels, b == labels  # (N,)
    only_a = int(np.sum(right_a & ~right_b))
    only_b = int(np.sum(right_b & ~right_a))
    return Comparison(
        both=int(np.sum(right_a & right_b)),
        only_a=only_a,
        only_b=only_b,
        neither=int(np.sum(~right_a & ~right_b)),
        p=mcnemar(only_a, only_b),
        differing=np.flatnonzero(a != b),
    )


def mcnemar(only_a: int, only_b: int) -> float:
    """Return the two-sided p-value, 0..1, of McNemar's exact test.

    Images that both models have right, or both wrong, do not show which is better. If
    both were equally good, each of the n others would be a fair coin's throw: right by
    one or by the other. So p is twice the probability of at most `fewer` heads.

    Args:
        only_a: images that the first model alone has right, 0 or more.
        only_b: images that the second model alone has right, 0 or more.

    Raises:
        ValueError: a count is below 0.

    Source: McNemar 1947, "Note on the sampling error of the difference between
    correlated proportions or percentages", Psychometrika 12, 153-157; exact, by the
    binomial distribution, instead of his chi-square.
    """
    if min(only_a, only_b) < 0:
        raise ValueError(f"mcnemar: expected counts from 0, got {only_a, only_b}")
    n, fewer = only_a + only_b, min(only_a, only_b)
    choose = total = 1  # n over k for k = 0, in whole numbers: exact
    for k in range(fewer):
        choose = choose * (n - k) // (k + 1)  # n over k -> n over k + 1
        total += choose
    return min(1.0, 2 * total / (1 << n))  # two whole numbers, rounded once
