"""Softmax of pixels and its cross-entropy, compiled: `nn.pixel_loss` defines them.

Pixels are taken some at a time, a row a class: what runs over pixels runs along the
memory, so that LLVM can do many at once. The C library's exp, one by one, would take
most of the time; in float32 a polynomial is as exact as the type.

Letters: M pixels, K classes, B pixels at a time.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from byhand.kernels.compiled import OPTIONS

BLOCK = 256  # B: all that is read and written of them stays in the first-level cache
LOWEST = np.float32(-87)  # exp of less is no normal number
LOG2_E = np.float32(1.44269504)
LN_2, LN_2_REST = np.float32(0.693359375), np.float32(-2.12194440e-4)
# (exp(r) - 1 - r) / r² for |r| < ln 2 / 2, lowest power first: Cephes' expf
P0, P1 = np.float32(5.0000001201e-1), np.float32(1.6666665459e-1)
P2, P3 = np.float32(4.1665795894e-2), np.float32(8.3334519073e-3)
P4, P5 = np.float32(1.3981999507e-3), np.float32(1.9875691500e-4)
HALF, ONE = np.float32(0.5), np.float32(1)


@njit(**OPTIONS)
def exponentials(x: Any, scale: Any, bits: Any) -> None:
    """Set x (B,), none above 0, to exp(x) = 2ⁿ · exp(r); bits is scale as integers."""
    if x.itemsize == 8:
        for i in range(len(x)):
            x[i] = math.exp(x[i])
        return
    for i in range(len(x)):
        v = x[i]
        v = v if v > LOWEST else LOWEST
        nearest = np.int32(v * LOG2_E - HALF)  # towards 0, so the nearest
        n = np.float32(nearest)
        r = v - n * LN_2 - n * LN_2_REST
        p = ((((P5 * r + P4) * r + P3) * r + P2) * r + P1) * r + P0
        x[i] = p * r * r + r + ONE
        bits[i] = (nearest + np.int32(127)) << np.int32(23)  # a float32's exponent
    for i in range(len(x)):
        x[i] *= scale[i]


@njit(**OPTIONS)
def softened(
    logits: Any, first: Any, scores: Any, exp: Any, total: Any, scale: Any
) -> None:
    """Set scores and exp (K, B) to logits (M, K) less their largest, and exp of that.

    Of B pixels from `first` on, or up to the last. total (B,) is the sum of exp.
    Scratch: scale (B,) float32.
    """
    classes, bits = len(scores), scale.view(np.int32)
    for i in range(min(BLOCK, len(logits) - first)):
        for k in range(classes):
            scores[k, i] = logits[first + i, k]
    for i in range(BLOCK):
        total[i] = scores[0, i]  # for now the largest
    for k in range(1, classes):
        row = scores[k]
        for i in range(BLOCK):
            total[i] = row[i] if row[i] > total[i] else total[i]
    for k in range(classes):
        row, power = scores[k], exp[k]
        for i in range(BLOCK):
            row[i] -= total[i]
            power[i] = row[i]
    total[:] = 0
    for k in range(classes):
        power = exp[k]
        exponentials(power, scale, bits)
        for i in range(BLOCK):
            total[i] += power[i]


@njit(**OPTIONS)
def cross_entropy(
    logits: Any, targets: Any, weights: Any, dlogits: Any, loss: Any, count: Any
) -> None:
    """Set loss (1,) to the weighted sum over `count`, and dlogits to its gradient.

    logits, targets and dlogits (M, K) of M pixels; weights (M,); loss (1,) and
    count (1,) float64.
    """
    pixels, classes = logits.shape
    number = dlogits.dtype.type
    scores = np.zeros((classes, BLOCK), dlogits.dtype)
    exp, total = scores.copy(), scores[0].copy()
    scale = np.empty(BLOCK, np.float32)
    loss[0] = 0.0
    for first in range(0, pixels, BLOCK):
        softened(logits, first, scores, exp, total, scale)
        for i in range(min(BLOCK, pixels - first)):
            m, one = first + i, number(0)
            share = number(weights[m] / count[0])
            inverse = number(1) / total[i]
            for k in range(classes):
                one -= targets[m, k] * scores[k, i]
                dlogits[m, k] = (exp[k, i] * inverse - targets[m, k]) * share
            loss[0] += weights[m] * (one + math.log(total[i]))
    loss[0] /= count[0]


@njit(**OPTIONS)
def probabilities(logits: Any, out: Any) -> None:
    """Set out (M, K) uint8 to softmax(logits (M, K)) · 255, rounded."""
    pixels, classes = logits.shape
    number = logits.dtype.type
    scores = np.zeros((classes, BLOCK), logits.dtype)
    exp, total = scores.copy(), scores[0].copy()
    scale = np.empty(BLOCK, np.float32)
    for first in range(0, pixels, BLOCK):
        softened(logits, first, scores, exp, total, scale)
        for i in range(min(BLOCK, pixels - first)):
            share = number(255) / total[i]
            for k in range(classes):
                out[first + i, k] = np.uint8(exp[k, i] * share + number(0.5))
