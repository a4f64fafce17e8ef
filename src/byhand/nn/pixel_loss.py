"""The loss and the probabilities of a network that classifies pixels.

Letters: N images, H × W pixels, K classes.
"""

from __future__ import annotations

import numpy as np

from byhand.errors import ShapeError
from byhand.kernels.cache import compiled_wanted
from byhand.nn.losses import log_softmax, softmax
from byhand.types import Array, Images


def pixel_cross_entropy(
    logits: Array, targets: Array, weights: Array, count: float | None = None
) -> tuple[float, Array]:
    """Return the weighted mean of the pixels' cross-entropies, and its gradient.

    Args:
        logits: (N, H, W, K), any finite values.
        targets: (N, H, W, K), of each pixel the probabilities of the classes.
        weights: (N, H, W), what each pixel counts, 0 or more.
        count: what the mean is taken over, the sum of the weights unless given. A shard
            of a larger batch gives the batch's, so that its shards add up.

    Returns:
        The loss Σ weight · (-Σ target · log softmax(logits)) / count in nats, and
        d loss / d logits = weight · (softmax - target) / count, (N, H, W, K).

    Raises:
        ShapeError: the shapes do not belong together.
    """
    if targets.shape != logits.shape or weights.shape != logits.shape[:-1]:
        raise ShapeError(
            "pixel_cross_entropy: expected logits and targets (N, H, W, K) and weights "
            f"(N, H, W), got {logits.shape}, {targets.shape} and {weights.shape}"
        )
    count = float(weights.sum(dtype=np.float64)) if count is None else count
    if compiled_wanted():
        return _compiled(logits, targets, weights, count)
    logs = log_softmax(logits)  # (N, H, W, K)
    losses = -(targets * logs).sum(axis=-1) * weights  # (N, H, W)
    shares = np.asarray(weights / count, logits.dtype)[..., np.newaxis]
    return float(losses.sum(dtype=np.float64)) / count, (
        np.exp(logs) - targets
    ) * shares


def _compiled(
    logits: Array, targets: Array, weights: Array, count: float
) -> tuple[float, Array]:
    """Return the same by one kernel."""
    from byhand.kernels import pixel_loss

    dtype, rows = logits.dtype, (weights.size, logits.shape[-1])
    dlogits, loss = np.empty(logits.shape, dtype), np.empty(1)
    pixel_loss.cross_entropy(
        np.ascontiguousarray(logits).reshape(rows),
        np.ascontiguousarray(targets, dtype).reshape(rows),
        np.ascontiguousarray(weights, dtype).reshape(-1),
        dlogits.reshape(rows), loss, np.array([count]),
    )  # fmt: skip
    return float(loss[0]), dlogits


def pixel_probabilities(logits: Array) -> Images:
    """Return softmax(logits) of each pixel · 255, rounded: (N, H, W, K) uint8."""
    if compiled_wanted():
        from byhand.kernels import pixel_loss

        rows = np.ascontiguousarray(logits).reshape(-1, logits.shape[-1])
        out = np.empty(rows.shape, np.uint8)
        pixel_loss.probabilities(rows, out)
        return out.reshape(logits.shape)
    return np.asarray(softmax(logits) * 255 + 0.5, np.uint8)
