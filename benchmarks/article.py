"""The article's program: how a first program from a blog trains and reads, rewritten.

Numbers are float64. Every step shuffles the whole training set and takes its first 2000
images. Layers are computed for the batch as matrices, loss and gradient for one image
after the other. Nothing in here is slower than that plan makes it.

Letters: N images of a batch, D inputs and M outputs of a layer, K classes.
"""

from __future__ import annotations

import math
import struct
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.job import BATCH, DECAY, LEARNING_RATE, Array, Parameters


class ArticleNetwork:
    """Dense layers with ReLU between; weights are (M, D), as in W x + b."""

    def __init__(self, parameters: Parameters) -> None:
        self.weights = [np.array(w.T, np.float64, order="C") for w, _ in parameters]
        self.biases = [np.array(b, np.float64) for _, b in parameters]

    def step(self, images: Array, labels: Array) -> float:
        """Learn from one batch, (N, D) and (N,); return its loss before the step."""
        inputs, scores = self.forward(images)
        loss, probabilities = self.loss(scores, labels)
        self.update(*self.gradients(inputs, probabilities, labels))
        return loss

    def forward(self, images: Array) -> tuple[list[Array], Array]:
        """Return what goes into each layer, (N, D) each, and the scores (N, K)."""
        inputs = [images]
        for w, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            inputs.append(np.maximum(inputs[-1] @ w.T + b, 0))
        return inputs, inputs[-1] @ self.weights[-1].T + self.biases[-1]

    def loss(self, scores: Array, labels: Array) -> tuple[float, Array]:
        """Return the loss, and the probabilities (N, K), one image at a time."""
        probabilities = np.empty_like(scores)
        total = 0.0
        for n in range(len(scores)):
            shifted = scores[n] - scores[n].max()  # (K,)
            powers = np.exp(shifted)
            total_power = powers.sum()
            probabilities[n] = powers / total_power
            total += math.log(total_power) - shifted[labels[n]]
        penalty = sum((w**2).sum() for w in self.weights)
        return float(total / len(scores) + DECAY / 2 * penalty), probabilities

    def gradients(
        self, inputs: list[Array], probabilities: Array, labels: Array
    ) -> tuple[list[Array], list[Array]]:
        """Return the gradients of weights and biases, summed image by image."""
        dws = [np.zeros_like(w) for w in self.weights]
        dbs = [np.zeros_like(b) for b in self.biases]
        for n in range(len(labels)):
            dy = probabilities[n].copy()  # (K,)
            dy[labels[n]] -= 1
            for layer in reversed(range(len(inputs))):
                x = inputs[layer][n]  # (D,)
                dws[layer] += dy[:, None] * x  # the outer product, (M, D)
                dbs[layer] += dy
                if layer:
                    dy = (dy @ self.weights[layer]) * (x > 0)  # (M,) @ (M, D) -> (D,)
        count = len(labels)
        means = [
            dw / count + DECAY * w for dw, w in zip(dws, self.weights, strict=True)
        ]
        return means, [db / count for db in dbs]

    def update(self, dws: list[Array], dbs: list[Array]) -> None:
        """Move against the gradient."""
        for array, gradient in zip(self.weights + self.biases, dws + dbs, strict=True):
            array -= LEARNING_RATE * gradient

    def parameters(self) -> Parameters:
        """Return the layers' w (D, M) and b (M,) as they are now."""
        return [(w.T, b) for w, b in zip(self.weights, self.biases, strict=True)]


def seconds_a_step(
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    parameters: Parameters,
    steps: int,
    rng: np.random.Generator,
) -> float:
    """Train on images (N, D) for some steps; return the mean seconds of one."""
    x = images.astype(np.float64)
    network = ArticleNetwork(parameters)
    began = time.perf_counter()
    for _ in range(steps):
        order = rng.permutation(len(x))
        x, labels = x[order], labels[order]
        network.step(x[:BATCH], labels[:BATCH])
    return (time.perf_counter() - began) / steps


def read_images(path: Path) -> NDArray[np.float64]:
    """Read a plain IDX file of images, unpacked one by one, as (N, H, W)."""
    data = path.read_bytes()
    _, count, height, width = struct.unpack_from(">4i", data)
    pixels, place = f">{height * width}B", struct.calcsize(">4i")
    images = np.empty((count, height, width))
    for n in range(count):
        image = struct.unpack_from(pixels, data, place)
        images[n] = np.array(image).reshape(height, width)
        place += height * width
    return images


def read_labels(path: Path) -> NDArray[np.float64]:
    """Read a plain IDX file of labels, unpacked one by one, as (N,)."""
    data = path.read_bytes()
    _, count = struct.unpack_from(">2i", data)
    labels, place = np.empty(count), struct.calcsize(">2i")
    for n in range(count):
        labels[n] = struct.unpack_from(">B", data, place)[0]
        place += 1
    return labels
