"""Connectionist temporal classification, compiled: `nn.ctc` defines it.

All sums are of logarithms in float64, whatever the type of the logits.

Letters: N strips; T frames; K symbols; L length of a text; U = 2L + 1 states.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from byhand.kernels.compiled import OPTIONS


@njit(**OPTIONS)
def log_add(a: Any, b: Any) -> Any:
    """Return log(exp(a) + exp(b))."""
    high, low = (a, b) if a > b else (b, a)
    if low == -np.inf:
        return high
    return high + math.log1p(math.exp(low - high))


@njit(**OPTIONS)
def label_of(text: Any, state: Any, blank: Any) -> Any:
    """Return the label of a state: blanks are the even ones."""
    return text[state // 2] if state % 2 else blank


@njit(**OPTIONS)
def skips(text: Any, state: Any) -> Any:
    """Return whether a state may follow the last but one: another symbol than that."""
    place = state // 2
    return state % 2 == 1 and place > 0 and text[place] != text[place - 1]


@njit(**OPTIONS)
def log_totals(logits: Any, totals: Any) -> None:
    """Set totals (T,) to log Σ exp(logits (T, K + 1)) of each frame."""
    for t in range(len(logits)):
        high, total = np.float64(logits[t, 0]), 0.0
        for k in range(1, logits.shape[1]):
            high = max(high, np.float64(logits[t, k]))
        for k in range(logits.shape[1]):
            total += math.exp(np.float64(logits[t, k]) - high)
        totals[t] = high + math.log(total)


@njit(**OPTIONS)
def forward(logits: Any, totals: Any, text: Any, alpha: Any) -> None:
    """Set alpha (T, U): the weight of the alignments to each frame and state."""
    frames, states = alpha.shape
    blank = logits.shape[1] - 1
    for t in range(frames):
        for u in range(states):
            weight = 0.0 if t == 0 and u < 2 else -np.inf
            if t:
                weight = alpha[t - 1, u]
                if u:
                    weight = log_add(weight, alpha[t - 1, u - 1])
                if skips(text, u):
                    weight = log_add(weight, alpha[t - 1, u - 2])
            y = np.float64(logits[t, label_of(text, u, blank)]) - totals[t]
            alpha[t, u] = weight + y


@njit(**OPTIONS)
def step_back(logits: Any, total: Any, text: Any, after: Any, beta: Any) -> None:
    """Set beta (U,) from that of the frame after, whose logits (K + 1,) these are.

    Scratch: after (U,).
    """
    states = len(beta)
    for u in range(states):
        label = label_of(text, u, len(logits) - 1)
        after[u] = beta[u] + (np.float64(logits[label]) - total)
    for u in range(states):
        weight = after[u]
        if u + 1 < states:
            weight = log_add(weight, after[u + 1])
        if u + 2 < states and skips(text, u + 2):
            weight = log_add(weight, after[u + 2])
        beta[u] = weight


@njit(**OPTIONS)
def strip_loss(logits: Any, text: Any, dlogits: Any) -> Any:
    """Return -log P(text) of logits (T, K + 1); set dlogits, all 0, to its gradient."""
    frames, labels = logits.shape
    states = 2 * len(text) + 1
    totals, row = np.empty(frames), np.empty(labels)
    alpha, beta, after = np.empty((frames, states)), np.empty(states), np.empty(states)
    log_totals(logits, totals)
    forward(logits, totals, text, alpha)
    log_p = alpha[frames - 1, states - 1]
    if states > 1:
        log_p = log_add(log_p, alpha[frames - 1, states - 2])
    if log_p == -np.inf:
        return 0.0
    beta[:] = -np.inf
    beta[max(states - 2, 0) :] = 0.0
    for t in range(frames - 1, -1, -1):
        for k in range(labels):
            row[k] = math.exp(np.float64(logits[t, k]) - totals[t])
        for u in range(states):
            posterior = math.exp(alpha[t, u] + beta[u] - log_p)
            row[label_of(text, u, labels - 1)] -= posterior
        for k in range(labels):
            dlogits[t, k] = row[k]
        if t:
            step_back(logits[t], totals[t], text, after, beta)
    return -log_p


@njit(**OPTIONS)
def losses(
    logits: Any, symbols: Any, ends: Any, frames: Any, out: Any, dlogits: Any
) -> None:
    """Set out (N,) to the loss of each strip, and dlogits, all 0, to the gradients.

    Args:
        logits: (N, T, K + 1), and dlogits.
        symbols: of all texts, one after another.
        ends: (N + 1,) where each begins, and the last ends.
        frames: (N,) how many count of each strip.
        out: (N,) float64, all 0; stays so where no alignment writes the text.
        dlogits: the gradients.
    """
    for n in range(len(logits)):
        text, count = symbols[ends[n] : ends[n + 1]], frames[n]
        if count:
            out[n] = strip_loss(logits[n, :count], text, dlogits[n, :count])
