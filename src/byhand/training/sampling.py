"""Which images of a shard go backward: mostly those from which there is much to learn.

Soon a network is right about most images, and most of a backward pass multiplies by
numbers near 0. So an image is kept with a probability π that follows its gradient, and
its gradient is multiplied by 1 / π: the mean over the draws is the full gradient.

Letters: N images of a shard, J of them kept, K classes.

Source: Jiang et al. 2019, "Accelerating deep learning by focusing on the biggest
losers", arXiv:1910.00762; for the weights Katharopoulos and Fleuret 2018, "Not all
samples are created equal", arXiv:1803.00942.
"""

from __future__ import annotations

import numpy as np

from byhand.types import Array, Floats, Integers

FLOOR = 0.05  # of a score: an image known well is kept now and then, at no great weight


def kept_of(count: int, share: float) -> int:
    """Return J: the share of that many images, at least 1 of them."""
    return min(count, max(1, round(share * count)))


def sampled(dlogits: Array, batch: int, kept: int, u: float) -> Array:
    """Return d loss / d logits (N, K) of the kept images over π, and 0 of the others.

    Args:
        dlogits: (N, K), of a loss that is the mean over `batch` images.
        batch: images in the batch, of all its shards.
        kept: J, from 1 to N; with N the gradient stays as it is, to the bit.
        u: the chance of the draw, from 0 to below 1.
    """
    pi = probabilities(scores(dlogits, batch), kept)
    chosen = systematic(pi, kept, u)
    weights = np.zeros((len(pi), 1), dlogits.dtype)
    weights[chosen, 0] = 1 / pi[chosen]
    return np.asarray(dlogits * weights)


def scores(dlogits: Array, batch: int) -> Floats:
    """Return how much there is to learn from each image, (N,), at least FLOOR.

    Half the sum of |d loss / d logits| over the classes. For cross-entropy this is
    1 - p, with p the probability of the label: the other classes' errors, p each, add
    up to the label's.
    """
    errors = np.abs(dlogits).sum(axis=1, dtype=np.float64)  # (N, K) -> (N,)
    return np.asarray(np.maximum(errors * (batch / 2), FLOOR))


def probabilities(scores: Floats, kept: int) -> Floats:
    """Return π (N,): in proportion to the scores, at most 1, with sum J.

    Args:
        scores: (N,), above 0.
        kept: J, from 1 to N.
    """
    if kept == len(scores):
        return np.ones(kept)
    pi = scores * (kept / scores.sum())
    while (pi > 1).any():  # certain ones; the others share what is left of J
        certain = pi >= 1
        rate = (kept - certain.sum()) / scores[~certain].sum()
        pi = np.where(certain, 1.0, scores * rate)
    return np.asarray(pi)


def systematic(pi: Floats, kept: int, u: float) -> Integers:
    """Return which J of N are kept, ascending; each i with probability π[i].

    The π, laid end to end, make a line of length J. The points u, u + 1, u + 2, … on it
    are in J different ones, since none is longer than 1.

    Args:
        pi: (N,), from 0 to 1, with sum J.
        kept: J.
        u: from 0 to below 1, uniform.

    Source: Madow 1949, "On the theory of systematic sampling, II".
    """
    point = np.arange(kept)
    found = np.searchsorted(np.cumsum(pi), u + point, side="right")
    # different and below N even where the sums were rounded
    spare = np.maximum.accumulate(found - point)
    return np.asarray(np.minimum(spare, len(pi) - kept) + point)
