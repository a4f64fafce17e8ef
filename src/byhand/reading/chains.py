"""Digits chained into rows by how likely they are to be one line of writing.

At first each digit is a row. Then two rows become one, again and again: those for which
one line explains the digits on both sides of the gap between them best, compared with
two lines. How well lines explain digits is their evidence,

    P(y) = integral over a and b of P(a, b) times the product of P(y of a digit | a, b)

with digits that are normally distributed about the line y = a + b x, any place on a
page for a, and a normal prior for b. The ratio P(all y) / (P(left y) P(right y)) is a
Bayes factor; where no two rows have one above 1, that is all. So nothing is fixed of
how far apart rows are or how wide their gaps, and a row may bend, since only the digits
near the gap are asked.

This goes in rounds, the surest first. In the first, words grow across narrow gaps,
whatever their slope. After each, a row's neighbours tell how the writing slopes there,
and this is the prior of b in the next: each block of a page has its own.

Source: MacKay 1992, "Bayesian interpolation", Neural Computation 4, 415-447.

Letters: N digits; R rows, as many as digits, most of which are empty in the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from byhand.types import Floats, Integers


@dataclass(frozen=True)
class ChainSettings:
    """What rows are like; lengths in heights of a digit, deviations standard ones."""

    scatter: float = 0.2  # deviation of a digit's middle from its line
    slope: float = 0.2  # deviation of rows from level
    fan: float = 0.03  # deviation of a row's slope from that of the writing around it
    page: float = 10.0  # where else on the page a row may be
    surest: float = 2.0  # logarithm of the Bayes factor that the first need to be one
    rounds: int = 5  # from these down to a factor of 1
    straight: int = 4  # digits: a row is straight for so long
    around: int = 12  # digits that tell how writing slopes at a place


CHAINS = ChainSettings()
LEFT, RIGHT, ALL = range(3)  # of a row: the digits at its ends, or all


class Chain(NamedTuple):
    """A row: its digits' numbers from left to right, and how much it falls a column."""

    members: Integers
    slope: float


def chained(
    x: Floats,
    y: Floats,
    heights: Floats,
    usual: float,
    count: int | None = None,
    settings: ChainSettings = CHAINS,
) -> list[Chain]:
    """Return the rows of digits.

    Args:
        x: (N,) of their middles, pixels.
        y: (N,) the same.
        heights: (N,) of the digits, pixels.
        usual: height of a digit, pixels.
        count: how many rows there are, if it is known; the likeliest become one until
            there are no more.
        settings: what rows are like.
    """
    if not len(x):
        return []
    w = (settings.scatter * np.maximum(heights, usual)) ** -2
    terms = np.array([w, w * x, w * x * x, w * y, w * x * y, w * y * y])
    rows = _Rows(x, terms, usual, settings)
    for least in np.linspace(settings.surest, 0, settings.rounds):
        rows.merge(least)
        rows.slope_as_around()
    if count is not None:
        rows.merge(-np.inf, count)
    return rows.chains()


class _Rows:
    """Rows that become fewer: each digit is one at first.

    Attributes:
        members: the digits of each row, from left to right; none of one that is gone.
        sums: (6, 3, R) of the digits' terms at a row's left end, at its right, of all.
        prior: (2, R) mean and variance of slopes, as the writing around has them.
    """

    def __init__(
        self, x: Floats, terms: Floats, usual: float, settings: ChainSettings
    ) -> None:
        self.x, self.terms, self.settings = x, terms, settings
        # a is anywhere: log of 1 / page, and of the integral's factor
        self.apart = np.log(np.sqrt(2 * np.pi) / (settings.page * usual))
        self.members = list(np.arange(len(x))[:, None])
        self.left, self.right = x.copy(), x.copy()
        self.sums = np.repeat(terms[:, None], 3, axis=1)
        self.prior = np.full((2, len(x)), [[0.0], [settings.slope**2]])

    def merge(self, least: float, count: int = 1) -> None:
        """Make two rows one, again and again, until the best two are not good enough.

        Args:
            least: logarithm of the Bayes factor that two rows need.
            count: of rows that are left in any case.
        """
        self.evidence = _evidence(self.sums, self.prior[:, None])  # (3, R)
        every = np.array_split(np.arange(len(self.x)), len(self.x) // 50 + 1)
        gain = np.concatenate([self._gains(some) for some in every])
        for _ in range(len(self._alive()) - count):
            i, j = sorted(divmod(int(gain.argmax()), len(gain)))
            if gain[i, j] <= least:
                break
            self._join(i, j)
            gain[j], gain[:, j] = -np.inf, -np.inf
            gain[i] = gain[:, i] = self._gains(np.array([i]))

    def slope_as_around(self) -> None:
        """Take for the prior of each row's slope what the nearest rows measure."""
        alive, settings = self._alive(), self.settings
        sums = self.sums[:, ALL, alive]
        x, y = sums[[1, 3]] / sums[0]  # of the rows' middles
        nearest = np.hypot(x[:, None] - x, y[:, None] - y).argsort(axis=1)
        digits = np.array([len(self.members[i]) for i in alive])[nearest]
        near = digits.cumsum(axis=1) - digits < settings.around
        _, u2, uv, _ = (_centred(sums)[:, nearest] * near).sum(axis=2)
        precision = u2 + settings.slope**-2
        self.prior[:, alive] = uv / precision, settings.fan**2 + 1 / precision

    def chains(self) -> list[Chain]:
        """Return the rows that are left, with their likeliest slopes."""
        alive = self._alive()
        mean, variance = self.prior[:, alive]
        _, u2, uv, _ = _centred(self.sums[:, ALL, alive])
        slopes = (uv + mean / variance) / (u2 + 1 / variance)
        return [
            Chain(self.members[i], float(b)) for i, b in zip(alive, slopes, strict=True)
        ]

    def _alive(self) -> Integers:
        return np.flatnonzero([len(members) > 0 for members in self.members])

    def _join(self, i: int, j: int) -> None:
        """Put the digits of row j into row i."""
        own = np.concatenate([self.members[i], self.members[j]])
        own = own[np.argsort(self.x[own], kind="stable")]
        self.members[i], self.members[j] = own, own[:0]
        k = self.settings.straight
        for end, some in enumerate((own[:k], own[-k:], own)):
            self.sums[:, end, i] = self.terms[:, some].sum(axis=1)
        self.left[i], self.right[i] = self.x[own[0]], self.x[own[-1]]
        mean, variance = self.prior[:, [i, j]]
        self.prior[:, i] = np.average(mean, weights=1 / variance), variance.min()
        self.sums[:, :, j] = np.nan
        self.evidence[:, i] = _evidence(self.sums[:, :, i], self.prior[:, i])

    def _gains(self, some: Integers) -> Floats:
        """Return the logarithm of the Bayes factor (k, R) of k rows and each other."""
        left, right, (mean, variance) = self.left, self.right, self.prior
        i, j = some[:, None], np.arange(len(left))  # (k, 1), (R,)
        beyond, before = left > right[i], right < left[i]
        own = np.where(beyond, RIGHT, np.where(before, LEFT, ALL))  # (k, R)
        other = np.where(beyond, LEFT, np.where(before, RIGHT, ALL))
        p, q = 1 / variance[i], 1 / variance
        both = (p * mean[i] + q * mean) / (p + q)
        gain = _evidence(
            self.sums[:, own, i] + self.sums[:, other, j],
            np.array([both, np.minimum(variance[i], variance)]),
        )
        gain -= self.evidence[own, i] + self.evidence[other, j] + self.apart
        gain -= (mean[i] - mean) ** 2 / (variance[i] + variance) / 2
        gain[np.isnan(gain) | (i == j)] = -np.inf
        return gain


def _evidence(sums: Floats, prior: Floats) -> Floats:
    """Return log P(y) of digits with sums (6, ...), but for constants.

    Without the prior's mean times u, v has a slope with mean 0, and

        -2 log P = Σ w v² - (Σ w u v)² / k + log(k variance W) + constants

    with k = Σ w u² + 1 / variance.
    """
    w, u2, uv, v2 = _centred(sums)
    mean, variance = prior
    v2, uv = v2 - mean * (2 * uv - mean * u2), uv - mean * u2
    k = u2 + 1 / variance
    return np.asarray(-(v2 - uv * uv / k + np.log(k * variance * w)) / 2)


def _centred(sums: Floats) -> Floats:
    """Return (4, R) of W, Σ w u², Σ w u v, Σ w v² from sums (6, R).

    With w for 1 / deviation², W = Σ w, u = x - mean x and v = y - mean y.
    """
    w, wx, wxx, wy, wxy, wyy = sums
    return np.array([w, wxx - wx * wx / w, wxy - wx * wy / w, wyy - wy * wy / w])
