"""Losses: each returns its value and its gradient together.

Letters: N images, K classes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from byhand.errors import ShapeError
from byhand.types import Array


def softmax(logits: Array) -> Array:
    """Return exp(logits) / sum exp(logits) along the last axis: probabilities.

    Safe for any finite logits: the maximum of each row is subtracted first, which
    changes nothing in the ratio and leaves no exponent above 0.
    """
    exp = np.exp(logits - np.maximum.reduce(logits, axis=-1, keepdims=True))
    exp /= np.add.reduce(exp, axis=-1, keepdims=True)
    return np.asarray(exp)


def log_softmax(logits: Array) -> Array:
    """Return the logarithm of softmax, exact where softmax itself would round to 0."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def softmax_cross_entropy(
    logits: Array,
    labels: NDArray[np.integer],
    count: int | None = None,
    smoothing: float = 0.0,
) -> tuple[float, Array]:
    """Return the mean of -log softmax(logits)[label], and its gradient.

    Args:
        logits: (N, K), any finite values.
        labels: (N,) integers in 0..K-1.
        count: what the mean is taken over, N unless given. A shard of a larger batch
            gives the batch's size, so that losses and gradients of its shards add up.
        smoothing: ε: the target is 1 - ε on the label and ε / K more on every class.

    Returns:
        The loss in nats, and d loss / d logits = (softmax - target) / count, (N, K).

    Source: for smoothing, Szegedy et al. 2016, arXiv:1512.00567, section 7.

    Raises:
        ShapeError: logits and labels do not belong together.
    """
    check_labels(logits, labels)
    count = len(logits) if count is None else count
    columns = np.arange(len(logits))
    # a row a class: what runs over the images runs along the memory
    scores = np.ascontiguousarray(logits.T)  # (K, N)
    scores = scores - scores.max(axis=0)  # all <= 0, the largest 0
    label_scores = scores[labels, columns]  # (N,)
    exp = np.exp(scores)
    total = exp.sum(axis=0)  # (N,), in [1, K]
    # -log(exp(s_label) / total) = log(total) - s_label: no log of a tiny number
    losses = np.log(total) - label_scores  # (N,)
    dlogits = exp / total
    dlogits[labels, columns] -= 1 - smoothing
    if smoothing:  # the target's mean score: (1 - ε) s_label + ε / K Σ s
        losses += smoothing * (label_scores - scores.mean(axis=0))
        dlogits -= smoothing / len(scores)
    dlogits /= count
    loss = float(losses.sum(dtype=np.float64)) / count
    return loss, np.ascontiguousarray(dlogits.T)


def check_labels(logits: Array, labels: Array) -> None:
    """Raise ShapeError unless labels (N,) are classes of logits (N, K)."""
    if logits.ndim != 2 or labels.shape != (len(logits),):
        raise ShapeError(
            "softmax_cross_entropy: expected logits (N, K) and labels (N,), "
            f"got {logits.shape} and {labels.shape}"
        )
    if labels.dtype.kind not in "iu":
        raise ShapeError(
            f"softmax_cross_entropy: expected integer labels, got {labels.dtype}; "
            "try labels.astype(int), or argmax of one-hot rows"
        )
    classes = logits.shape[1]
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ShapeError(
            f"softmax_cross_entropy: expected labels from 0 to {classes - 1}, "
            f"got {labels.min()} to {labels.max()}"
        )


def distillation(
    logits: Array, teacher: Array, count: int, temperature: float
) -> tuple[float, Array]:
    """Return how far softmax(logits / T) is from the teacher's, and the gradient.

    Args:
        logits: (N, K), of the network that learns.
        teacher: (N, K), the logits of the one that it learns from.
        count: what the mean is taken over.
        temperature: T; above 1 what the teacher thinks of the other classes shows more.

    Returns:
        T² times the mean cross-entropy, in nats, and its gradient,
        T (softmax(logits / T) - softmax(teacher / T)) / count. T² keeps gradients as
        large as those of the labels, whatever T.

    Source: Hinton, Vinyals and Dean 2015, arXiv:1503.02531, section 2.
    """
    cooler = logits / temperature
    targets = softmax(teacher / temperature)
    shifted = cooler - cooler.max(axis=1, keepdims=True)
    total = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    losses = (targets * (total - shifted)).sum(axis=1)  # (N,)
    loss = temperature**2 * float(losses.sum(dtype=np.float64)) / count
    return loss, (softmax(cooler) - targets) * (temperature / count)


def l2_penalty(
    params: dict[str, Array], strength: float
) -> tuple[float, dict[str, Array]]:
    """Return ½ · strength · Σ w² over all weights, and its gradient strength · w.

    Weights are the parameters named w; biases and the rest are left free.
    """
    weights = {name: p for name, p in params.items() if is_weight(name)}
    value = sum(float(np.vdot(w, w)) for w in weights.values())
    return 0.5 * strength * value, {name: strength * w for name, w in weights.items()}


def is_weight(name: str) -> bool:
    """Return whether a parameter of this name is a weight: decayed, unlike a bias."""
    return name.rpartition(".")[2] == "w"
