"""Step 1, the article's way: float64, all shuffled each step, image after image.

Letters: N images of a batch, D inputs and M outputs of a layer, K classes.
"""

import argparse
import gzip
import struct
import tempfile
import time
from importlib import resources
from pathlib import Path

import numpy as np

SHAPES = (784, 30), (30, 60), (60, 10)
STEPS, BATCH, LR, L2 = 30, 2000, 0.01, 1e-3


def read(path):
    """Return the array in an unpacked IDX file, (N, D) in float64."""
    data = path.read_bytes()
    count, *sides = struct.unpack_from(f">{data[3]}i", data, 4)
    size, start = int(np.prod(sides)), 8 + 4 * len(sides)
    array = np.empty((count, size))
    for n in range(count):
        array[n] = struct.unpack_from(f">{size}B", data, start + n * size)
    return array


def load(part):
    """Unpack the bundled files, then return images (N, D) and labels (N,)."""
    mnist, arrays = resources.files("byhand") / "data" / "mnist", []
    for name in (f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"):
        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder) / name
            plain.write_bytes(gzip.decompress((mnist / f"{name}.gz").read_bytes()))
            arrays.append(read(plain))
    return arrays[0], arrays[1][:, 0].astype(int)


def forward(params, x):
    """Return the input of each layer and, last, the logits."""
    inputs = [x]
    for w, b in params:
        y = inputs[-1] @ w + b  # (N, D) @ (D, M) + (M,) -> (N, M)
        inputs.append(np.maximum(y, 0))
    return [*inputs[:-1], y]


def loss_and_gradients(params, x, labels):
    """Return the loss and a pair (dw, db) a layer, summed image by image."""
    inputs = forward(params, x)
    loss = L2 / 2 * sum((w**2).sum() for w, _ in params)
    grads = [(L2 * w, np.zeros_like(b)) for w, b in params]
    for n in range(len(x)):
        powers = np.exp(inputs[-1][n] - inputs[-1][n].max())  # (K,)
        dy = powers / powers.sum()
        loss -= np.log(dy[labels[n]]) / len(x)
        dy[labels[n]] -= 1
        dy /= len(x)
        for layer in (2, 1, 0):
            w, dw, db = params[layer][0], *grads[layer]
            dw += inputs[layer][n][:, None] * dy  # (D, 1) * (M,) -> (D, M)
            db += dy
            if layer > 0:
                dy = (w @ dy) * (inputs[layer][n] > 0)  # (D, M) @ (M,) -> (D,)
    return loss, grads


def train(steps, seed=0):
    """Return each step's loss and seconds, and the accuracy on the test images."""
    (images, labels), losses, seconds = load("train"), [], []
    rng = np.random.default_rng(seed)
    params = [(rng.normal(0, 0.01, s), rng.normal(0, 0.01, s[1])) for s in SHAPES]
    for _ in range(steps):
        began = time.perf_counter()
        order = rng.permutation(len(images))
        images, labels = images[order], labels[order]
        loss, grads = loss_and_gradients(params, images[:BATCH], labels[:BATCH])
        for (w, b), (dw, db) in zip(params, grads, strict=True):
            w -= LR * dw
            b -= LR * db
        losses.append(loss)
        seconds.append(time.perf_counter() - began)
    images, labels = load("t10k")
    right = forward(params, images)[-1].argmax(axis=1) == labels
    return losses, seconds, right.mean()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    losses, seconds, accuracy = train(parser.parse_args().steps)
    print(f"{1000 * np.median(seconds):.2f} ms a step, loss {losses[-1]:.4f} after")
    print(f"{len(losses)} steps, {accuracy:.2%} of the test images right")
