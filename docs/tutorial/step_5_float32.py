"""Step 5, float32: the same program in numbers of half the size.

Letters: N images of a batch, D inputs and M outputs of a layer, K classes.
"""

import argparse
import time

import numpy as np

import byhand

SHAPES = (784, 30), (30, 60), (60, 10)
STEPS, BATCH, LR, L2 = 1000, 2000, 0.01, 1e-3


def forward(params, x):
    """Return the input of each layer and, last, the logits."""
    inputs = [x]
    for w, b in params:
        y = inputs[-1] @ w + b  # (N, D) @ (D, M) + (M,) -> (N, M)
        inputs.append(np.maximum(y, 0))
    return [*inputs[:-1], y]


def cross_entropy(logits, labels):
    """Return the mean loss and its gradient (softmax - onehot) / N, (N, K)."""
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    total = powers.sum(axis=1, keepdims=True)  # (N, 1)
    loss = (np.log(total[:, 0]) - shifted[rows, labels]).mean()
    dlogits = powers / total
    dlogits[rows, labels] -= 1
    return loss, dlogits / len(logits)


def loss_and_gradients(params, x, labels):
    """Return the loss and a pair (dw, db) a layer, of all images at once."""
    *inputs, logits = forward(params, x)
    loss, dy = cross_entropy(logits, labels)
    loss += L2 / 2 * sum((w**2).sum() for w, _ in params)
    grads = []
    for x, (w, _) in zip(reversed(inputs), reversed(params), strict=True):
        grads.append((x.T @ dy + L2 * w, dy.sum(axis=0)))  # (D, N) @ (N, M) -> (D, M)
        dy = (dy @ w.T) * (x > 0)  # (N, M) @ (M, D) -> (N, D)
    return loss, grads[::-1]


def train(steps, seed=0):
    """Return each step's loss and seconds, and the accuracy on the test images."""
    mnist, losses, seconds = byhand.load_dataset("mnist"), [], []
    images, labels = mnist.train.images.reshape(-1, 784), mnist.train.labels
    rng = np.random.default_rng(seed)
    params = [(rng.normal(0, 0.01, s), rng.normal(0, 0.01, s[1])) for s in SHAPES]
    params = [(w.astype(np.float32), b.astype(np.float32)) for w, b in params]
    for _ in range(steps):
        began = time.perf_counter()
        chosen = rng.choice(len(images), BATCH, replace=False)
        x = images[chosen].astype(np.float32)
        loss, grads = loss_and_gradients(params, x, labels[chosen])
        for (w, b), (dw, db) in zip(params, grads, strict=True):
            w -= LR * dw
            b -= LR * db
        losses.append(loss)
        seconds.append(time.perf_counter() - began)
    logits = forward(params, mnist.test.images.reshape(-1, 784))[-1]
    return losses, seconds, (logits.argmax(axis=1) == mnist.test.labels).mean()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    losses, seconds, accuracy = train(parser.parse_args().steps)
    print(f"{1000 * np.median(seconds):.2f} ms a step, loss {losses[-1]:.4f} after")
    print(f"{len(losses)} steps, {accuracy:.2%} of the test images right")
