"""Optimisers: named parameters and gradients in, an update in place.

Each keeps its state in one flat dict of arrays, so that a checkpoint can hold it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np

from byhand import kernels
from byhand.nn.losses import is_weight
from byhand.registry import find
from byhand.types import Arrays


class Optimizer(Protocol):
    """What training needs of an optimiser.

    A plug-in's is derived from this class and has a `kind`, the word that names it in a
    recipe. The words behind it (optimizer = "rmsprop 0.9") are the arguments of its
    constructor, as texts.

    Attributes:
        state: all arrays that it remembers, by name; a checkpoint holds them.
    """

    state: Arrays

    def step(self, params: Arrays, grads: Arrays, lr: float) -> None:
        """Update params in place, a step of size lr."""


class SGD:
    """Gradient descent with momentum: v <- momentum · v + g;  p <- p - lr · v.

    The momentum is not scaled by 1 - momentum (PyTorch's and Sutskever's form). With
    `nesterov` the step anticipates the next: p <- p - lr · (g + momentum · v).

    Source: Sutskever et al. 2013, "On the importance of initialization and momentum in
    deep learning".
    """

    kind = "sgd"

    def __init__(self, momentum: float = 0.0, nesterov: bool = False) -> None:
        self.momentum, self.nesterov = momentum, nesterov
        self.state: Arrays = {}

    def __repr__(self) -> str:
        return f"SGD(momentum={self.momentum}, nesterov={self.nesterov})"

    def step(self, params: Arrays, grads: Arrays, lr: float) -> None:
        """Update params in place; velocities are kept as v.NAME."""
        momentum_step = kernels.momentum_step()
        for name, g in grads.items():
            if not self.momentum:
                params[name] -= lr * g
                continue
            v = self.state.setdefault(f"v.{name}", np.zeros(g.shape, g.dtype))
            momentum_step(params[name], v, g, lr, self.momentum, self.nesterov)


class AdamW:
    """Adam with bias correction and decoupled weight decay.

    eps is added outside the root. Weights, not biases, shrink by lr · weight_decay a
    step, apart from the gradient.

    Source: Kingma and Ba 2015, arXiv:1412.6980, alg. 1; Loshchilov and Hutter 2019,
    arXiv:1711.05101, alg. 2.
    """

    kind = "adamw"

    def __init__(
        self,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.weight_decay = weight_decay
        self.state: Arrays = {"t": np.zeros((), np.int64)}

    def __repr__(self) -> str:
        settings = {n: v for n, v in vars(self).items() if n != "state"}
        return f"AdamW({', '.join(f'{n}={v}' for n, v in settings.items())})"

    def step(self, params: Arrays, grads: Arrays, lr: float) -> None:
        """Update params in place; m and v are kept as m.NAME and v.NAME."""
        self.state["t"] += 1
        t = int(self.state["t"])
        for name, g in grads.items():
            m = self.state.setdefault(f"m.{name}", np.zeros_like(g))
            v = self.state.setdefault(f"v.{name}", np.zeros_like(g))
            m += (1 - self.beta1) * (g - m)
            v += (1 - self.beta2) * (g * g - v)
            m_hat = m / (1 - self.beta1**t)
            v_hat = v / (1 - self.beta2**t)
            if self.weight_decay and is_weight(name):
                params[name] *= 1 - lr * self.weight_decay
            params[name] -= lr * m_hat / (np.sqrt(v_hat) + self.eps)


# by kind; a plug-in adds its own
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"sgd": SGD, "adamw": AdamW}


def optimizer_known(kind: str) -> bool:
    """Return whether there is an optimiser of that kind."""
    return find(OPTIMIZERS, kind, "optimizers") is not None


def clip_gradients(grads: Arrays, limit: float) -> float:
    """Scale all gradients in place so that their joint norm is at most `limit`.

    Returns:
        The norm before: the root of the sum of all squares.

    Source: Pascanu et al. 2013, arXiv:1211.5063, alg. 1.
    """
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in grads.values()))
    if norm > limit:
        for g in grads.values():
            g *= limit / norm
    return norm
