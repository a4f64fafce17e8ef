"""The optimiser's update, compiled: one pass over memory instead of five."""

from __future__ import annotations

from typing import Any

from numba import njit

from byhand.kernels import reference
from byhand.kernels.checks import expect_shape
from byhand.kernels.compiled import OPTIONS
from byhand.types import Array


@njit(**OPTIONS)
def _flat_step(p: Any, v: Any, g: Any, lr: Any, momentum: Any, nesterov: Any) -> None:
    for i in range(len(p)):
        v[i] = momentum * v[i] + g[i]
        p[i] -= lr * (g[i] + momentum * v[i] if nesterov else v[i])


def momentum_step(
    p: Array, v: Array, g: Array, lr: float, momentum: float, nesterov: bool
) -> None:
    """Update p and v in place, as `reference.momentum_step` does."""
    if not (p.flags.c_contiguous and v.flags.c_contiguous):
        reference.momentum_step(p, v, g, lr, momentum, nesterov)  # no flat view exists
        return
    expect_shape("v", v, p.shape)
    expect_shape("g", g, p.shape)
    number = p.dtype.type  # so that float32 stays float32 in the loop
    _flat_step(
        p.reshape(-1), v.reshape(-1), g.reshape(-1),
        number(lr), number(momentum), nesterov,
    )  # fmt: skip
