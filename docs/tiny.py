"""The article's network in one file: it learns to read handwritten digits in seconds.

    python docs/tiny.py [FOLDER] [--seed 0]

FOLDER holds the four files of MNIST, gzipped or not; by default they are those of this
repository. NumPy is all it needs. Every gradient is derived in docs/mathematics.md, and
a comment names the section.

Letters: N images of a batch, D inputs and M outputs of a layer, K = 10 classes.
"""

import argparse
import gzip
import os
import sys
import time
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small products: threads only cost
import numpy as np

MNIST = Path(__file__).parents[1] / "src" / "byhand" / "data" / "mnist"
SIZES = 784, 30, 60, 10  # pixels, two hidden layers, digits
EPOCHS, BATCH, LR = 5, 50, 0.1
DOTS = np.array([[1, 8], [2, 16], [4, 32], [64, 128]])  # of a Braille character


def read_idx(path):
    """Return a file's array; byte 3 says how many sizes come before the data."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    shape = np.frombuffer(data, ">i4", count=data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def load(folder, part):
    """Return images (N, 784) from 0 to 1 and labels (N,) of "train" or "t10k"."""
    (images,), (labels,) = (
        list(Path(folder).glob(f"{part}-{kind}-ubyte*"))
        for kind in ("images-idx3", "labels-idx1")
    )
    pixels = read_idx(images).reshape(-1, 784)
    return pixels.astype(np.float32) / 255, read_idx(labels)  # Pixels: y = s x + o


def start(rng):
    """Return a pair (w, b) a layer. How the weights start: variance 2 / D, biases 0."""
    pairs = [(rng.normal(0, np.sqrt(2 / d), (d, m)), m) for d, m in pairwise(SIZES)]
    return [(w.astype(np.float32), np.zeros(m, np.float32)) for w, m in pairs]


def forward(params, x):
    """Return the input of each layer and, last, the logits (N, K)."""
    inputs = [x]
    for w, b in params:
        y = inputs[-1] @ w + b  # Dense: (N, D) @ (D, M) + (M,) -> (N, M)
        inputs.append(np.maximum(y, 0))  # ReLU: y = max(x, 0)
    return [*inputs[:-1], y]  # no ReLU after the last layer


def loss_and_gradients(params, x, labels):
    """Return the mean loss of a batch, in nats, and a pair (dw, db) a layer."""
    *inputs, logits = forward(params, x)
    rows = np.arange(len(x))
    shifted = logits - logits.max(axis=1, keepdims=True)  # Softmax: no overflow
    powers = np.exp(shifted)
    total = powers.sum(axis=1, keepdims=True)  # (N, 1)
    loss = (np.log(total[:, 0]) - shifted[rows, labels]).mean()  # Cross-entropy
    dy = powers / total
    dy[rows, labels] -= 1
    dy /= len(x)  # Cross-entropy: dlogits = (p - t) / N
    grads = []
    for x, (w, _) in zip(reversed(inputs), reversed(params), strict=True):
        grads.append((x.T @ dy, dy.sum(axis=0)))  # Dense: dw = x^T dy, db = sum of dy
        dy = (dy @ w.T) * (x > 0)  # Dense: dx = dy w^T; ReLU: dx = dy [x > 0]
    return loss, grads[::-1]


def train(params, images, labels, rng):
    """Improve the parameters in place; yield the mean loss of each epoch."""
    for _ in range(EPOCHS):
        order, losses = rng.permutation(len(images)), []
        for k in range(0, len(order), BATCH):
            chosen = order[k : k + BATCH]
            loss, grads = loss_and_gradients(params, images[chosen], labels[chosen])
            for (w, b), (dw, db) in zip(params, grads, strict=True):
                w -= LR * dw  # Gradient descent
                b -= LR * db
            losses.append(loss)
        yield np.mean(losses)


def drawn(image):
    """Return an image (784,) as 7 lines of 14 characters, a dot a pixel with ink."""
    ink = image.reshape(7, 4, 14, 2) > 0.4  # the pixels of a character are 4 x 2
    codes = 0x2800 + (ink * DOTS[:, None]).sum(axis=(1, 3))  # (7, 14)
    return ["".join(map(chr, line)) for line in codes]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default=MNIST)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8")
    rng, began = np.random.default_rng(args.seed), time.perf_counter()
    params, training = start(rng), load(args.folder, "train")
    for number, loss in enumerate(train(params, *training, rng), start=1):
        print(f"epoch {number}: loss {loss:.4f}", flush=True)
    images, labels = load(args.folder, "t10k")
    found = forward(params, images)[-1].argmax(axis=1)
    right, seconds = (found == labels).mean(), time.perf_counter() - began
    print(f"{right:.2%} of {len(labels)} test images right, after {seconds:.1f} s\n")
    for first in (0, 5):
        five = slice(first, first + 5)
        print(*map("".join, zip(*map(drawn, images[five]), strict=True)), sep="\n")
        print(*(f"{f' {k} ':^14}" for k in found[five]), "\n", sep="")
