"""Connectionist temporal classification: the loss of a text whose places are unknown.

A network cuts a strip into frames and gives each probabilities of K symbols and of
blank, number K. An alignment labels every frame; it writes the text that is left when
equal labels side by side are merged and blanks are dropped. The probability of a text
is that of all its alignments together, and the loss is -log of it. docs/mathematics.md
derives every sum.

Source: Graves, Fernández, Gomez and Schmidhuber 2006, "Connectionist temporal
classification: labelling unsegmented sequence data with recurrent neural networks".

Letters: N strips; T frames; K symbols; L length of a text; U = 2L + 1 states.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from byhand.errors import ShapeError
from byhand.kernels.cache import compiled_wanted
from byhand.nn.losses import log_softmax
from byhand.types import Array, Integers

TYPES = (np.float32, np.float64)  # of logits
Text = Sequence[int] | NDArray[np.integer]  # symbols, each from 0 to K - 1


def frames_needed(text: Text) -> int:
    """Return the fewest frames that can write a text: a blank parts equal symbols."""
    symbols = np.asarray(text)
    return len(symbols) + int((symbols[1:] == symbols[:-1]).sum())


def ctc_loss(logits: Array, text: Text) -> tuple[float, Array]:
    """Return -log P(text) of one strip, and its gradient.

    Args:
        logits: (T, K + 1), any finite values, blank last.
        text: (L,). One that needs more frames than there are counts for 0.

    Returns:
        The loss in nats, and d loss / d logits = y - gamma, (T, K + 1): the
        probabilities of the labels of each frame, less those given the text.

    Raises:
        ShapeError: logits of another shape, or a text of other symbols.
    """
    if logits.ndim != 2:
        raise ShapeError(f"ctc_loss: expected logits (T, K + 1), got {logits.shape}")
    loss, dlogits = ctc_batch_loss(logits[np.newaxis], [text])
    return loss, dlogits[0]


def ctc_batch_loss(
    logits: Array,
    texts: Sequence[Text],
    frames: Integers | None = None,
    count: float | None = None,
) -> tuple[float, Array]:
    """Return the mean of -log P(text) over strips, and its gradient.

    Args:
        logits: (N, T, K + 1), any finite values, blank last.
        texts: N of them. One that needs more frames than there are counts for 0.
        frames: (N,) how many frames of each strip count, from the first; all unless
            given. The others get no gradient.
        count: what the mean is taken over, N unless given. A shard of a larger batch
            gives the batch's, so that its shards add up.

    Returns:
        The loss in nats, and d loss / d logits = (y - gamma) / count, (N, T, K + 1).

    Raises:
        ShapeError: shapes that do not belong together, or a text of other symbols.
    """
    frames, symbols = _checked(logits, texts, frames)
    count = len(logits) if count is None else count
    if compiled_wanted():
        losses, dlogits = _compiled(logits, symbols, frames)
    else:
        losses, dlogits = np.zeros(len(logits)), np.zeros_like(logits)
        with np.errstate(invalid="ignore"):  # nan, which shows in the loss
            for n, text in enumerate(symbols):
                some = slice(frames[n])
                losses[n], dlogits[n, some] = _strip(logits[n, some], text)
    return float(losses.sum()) / count, dlogits / np.asarray(count, dlogits.dtype)


def best_path_text(logits: Array) -> list[int]:
    """Return the text of the likeliest alignment: merged, and blanks dropped.

    It need not be the likeliest text, since a text has many alignments.

    Args:
        logits: (T, K + 1), blank last.
    """
    labels = logits.argmax(axis=1)
    merged = labels[np.concatenate([[True], labels[1:] != labels[:-1]])]
    return [int(symbol) for symbol in merged if symbol != logits.shape[1] - 1]


def _strip(logits: Array, text: Integers) -> tuple[float, Array]:
    """Return the loss of one strip and its gradient: the definition.

    The states are blank, the first symbol, blank, … , the last symbol, blank.
    """
    blank = logits.shape[1] - 1
    if not len(logits):
        return 0.0, logits
    labels = np.full(2 * len(text) + 1, blank)
    labels[1::2] = text
    log_y = log_softmax(logits.astype(np.float64))  # (T, K + 1)
    emitted = log_y[:, labels]  # (T, U)
    alpha, beta = _tables(emitted, labels, blank)
    log_p = float(np.logaddexp.reduce(alpha[-1, -2:]))
    if log_p == -np.inf:  # no alignment writes the text
        return 0.0, np.zeros_like(logits)
    posteriors = np.exp(alpha + beta - log_p)  # (T, U)
    gamma = posteriors @ np.eye(blank + 1)[labels]  # (T, U) @ (U, K + 1)
    return -log_p, (np.exp(log_y) - gamma).astype(logits.dtype)


def _tables(emitted: Array, labels: Integers, blank: int) -> tuple[Array, Array]:
    """Return alpha and beta, (T, U) each, in logarithms.

    alpha[t, u] is the weight of all alignments of frames 0 to t that end in state u;
    beta[t, u] that of the frames after t, from state u to the end.
    """
    other = (labels[2:] != blank) & (labels[2:] != labels[:-2])
    jumps = 2 + np.flatnonzero(other)  # states that may follow the last but one
    alpha = np.full(emitted.shape, -np.inf)
    beta = alpha.copy()
    alpha[0, :2], beta[-1, -2:] = emitted[0, :2], 0.0
    for t in range(1, len(emitted)):
        alpha[t] = alpha[t - 1]
        alpha[t, 1:] = np.logaddexp(alpha[t, 1:], alpha[t - 1, :-1])
        alpha[t, jumps] = np.logaddexp(alpha[t, jumps], alpha[t - 1, jumps - 2])
        alpha[t] += emitted[t]
    for t in range(len(emitted) - 2, -1, -1):
        after = beta[t + 1] + emitted[t + 1]
        beta[t] = after
        beta[t, :-1] = np.logaddexp(beta[t, :-1], after[1:])
        beta[t, jumps - 2] = np.logaddexp(beta[t, jumps - 2], after[jumps])
    return alpha, beta


def _compiled(
    logits: Array, texts: list[Integers], frames: Integers
) -> tuple[Array, Array]:
    """Return the losses and their gradients by one kernel."""
    from byhand.kernels import ctc

    losses, dlogits = np.zeros(len(logits)), np.zeros(logits.shape, logits.dtype)
    ends = np.cumsum([0, *map(len, texts)])
    symbols = np.concatenate([np.zeros(0, np.int64), *texts])
    ctc.losses(np.ascontiguousarray(logits), symbols, ends, frames, losses, dlogits)
    return losses, dlogits


def _checked(
    logits: Array, texts: Sequence[Text], frames: Integers | None
) -> tuple[Integers, list[Integers]]:
    """Return frames and texts as copies in int64; ShapeError unless all fit."""
    if logits.ndim != 3 or not logits.shape[2] or logits.dtype not in TYPES:
        raise ShapeError(
            "ctc_loss: expected logits (N, T, K + 1) in float32 or float64, "
            f"got {logits.dtype} {logits.shape}"
        )
    count, most, labels = logits.shape
    lengths = np.array(np.full(count, most) if frames is None else frames)
    if (
        len(texts) != count
        or lengths.shape != (count,)
        or lengths.dtype.kind not in "iu"
    ):
        raise ShapeError(
            f"ctc_loss: expected {count} texts and lengths, one a strip, "
            f"got {len(texts)} and {lengths.dtype} {lengths.shape}"
        )
    if count and not 0 <= lengths.min() <= lengths.max() <= most:
        raise ShapeError(
            f"ctc_loss: expected 0 to {most} frames, "
            f"got {lengths.min()} to {lengths.max()}"
        )
    return lengths.astype(np.int64), [_symbols(text, labels - 1) for text in texts]


def _symbols(text: Text, blank: int) -> Integers:
    """Return a text as a copy in int64; ShapeError unless of symbols below blank."""
    symbols = np.array(text)
    if not symbols.size and symbols.ndim == 1:
        return np.zeros(0, np.int64)
    if symbols.ndim != 1 or symbols.dtype.kind not in "iu":
        raise ShapeError(
            "ctc_loss: expected a text as integers (L,), "
            f"got {symbols.dtype} {symbols.shape}"
        )
    if not 0 <= symbols.min() <= symbols.max() < blank:
        raise ShapeError(
            f"ctc_loss: expected symbols from 0 to {blank - 1}, "
            f"got {symbols.min()} to {symbols.max()}"
        )
    return symbols.astype(np.int64)
