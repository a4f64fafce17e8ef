"""The job `classic` as other libraries do it.

A library is imported when its side is built; ImportError then means: not installed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.job import BATCH, DECAY, LEARNING_RATE, Array, Parameters

Batches = Sequence[NDArray[np.int64]]


class TorchNetwork:
    """PyTorch, eager, float32.

    Args:
        parameters: to start from.
        fused: one kernel updates all parameters, instead of a call for each.
        threads: for all of PyTorch.
    """

    def __init__(self, parameters: Parameters, *, fused: bool, threads: int) -> None:
        import torch
        from torch import nn

        torch.set_num_threads(threads)
        layers: list[nn.Module] = []
        for w, b in parameters:
            dense = nn.Linear(*w.shape)
            with torch.no_grad():
                dense.weight.copy_(torch.from_numpy(w.T))
                dense.bias.copy_(torch.from_numpy(b))
            layers += [dense, nn.ReLU()]
        self.network = nn.Sequential(*layers[:-1])
        weights = [p for p in self.network.parameters() if p.ndim == 2]
        biases = [p for p in self.network.parameters() if p.ndim == 1]
        # Decay adds the penalty's gradient; the penalty itself is never computed.
        groups: list[dict[str, Any]] = [
            {"params": weights, "weight_decay": DECAY},
            {"params": biases},
        ]
        self.optimizer = torch.optim.SGD(groups, lr=LEARNING_RATE, fused=fused)

    def seconds_a_step(self, images: Any, labels: Any, batches: Batches) -> float:
        """Train on tensors (N, D) and (N,); return the mean seconds of a step."""
        import torch
        from torch.nn.functional import cross_entropy

        chosen = [torch.from_numpy(batch) for batch in batches]
        began = time.perf_counter()
        for batch in chosen:
            x = images.index_select(0, batch).float()  # no copy if it is float32
            loss = cross_entropy(self.network(x), labels.index_select(0, batch))
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return (time.perf_counter() - began) / len(batches)

    def parameters(self) -> Parameters:
        """Return the layers' w (D, M) and b (M,) as they are now."""
        arrays = [p.detach().numpy() for p in self.network.parameters()]
        return [(w.T, b) for w, b in zip(arrays[::2], arrays[1::2], strict=True)]


class SklearnNetwork:
    """scikit-learn's MLPClassifier in float32, one `partial_fit` a step.

    Args:
        parameters: to start from.
        images: (N, D) float32, more of them than a batch.
        labels: (N,).
        batch: images a step.
    """

    def __init__(
        self, parameters: Parameters, images: Array, labels: Array, batch: int = BATCH
    ) -> None:
        from sklearn.neural_network import MLPClassifier

        self.network = MLPClassifier(
            hidden_layer_sizes=[w.shape[1] for w, _ in parameters[:-1]],
            solver="sgd",
            learning_rate_init=LEARNING_RATE,
            momentum=0,
            alpha=DECAY * batch,  # its penalty is divided by the batch's size
            batch_size=batch,
            shuffle=False,
        )
        # The first call makes the arrays; what it made of them is written over.
        classes = np.arange(parameters[-1][0].shape[1])
        self.network.partial_fit(images[:batch], labels[:batch], classes=classes)
        for array, value in zip(
            self.network.coefs_ + self.network.intercepts_,
            [w for w, _ in parameters] + [b for _, b in parameters],
            strict=True,
        ):
            array[...] = value

    def seconds_a_step(self, images: Array, labels: Array, batches: Batches) -> float:
        """Train on images (N, D) and labels (N,); return the mean seconds of a step."""
        began = time.perf_counter()
        for batch in batches:
            self.network.partial_fit(images[batch], labels[batch])
        return (time.perf_counter() - began) / len(batches)

    def parameters(self) -> Parameters:
        """Return the layers' w (D, M) and b (M,) as they are now."""
        network = self.network
        return list(zip(network.coefs_, network.intercepts_, strict=True))
