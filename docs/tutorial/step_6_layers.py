"""Step 6, parts: network, loss, optimiser, data and training know little of each other.

The same computation as in step 5, put together from byhand.nn.
"""

import argparse
import time

import numpy as np

import byhand
from byhand import nn

STEPS, BATCH, LR, L2 = 1000, 2000, 0.01, 1e-3
CLASSIC = "pixels 1 | flatten | dense 30 | relu | dense 60 | relu | dense 10"


def gradients(network, images, labels):
    """Return the loss of a batch and the gradient of every parameter, by name."""
    logits, caches = network.forward(images, nn.Run(training=True))
    loss, dlogits = nn.softmax_cross_entropy(logits, labels)
    grads = network.backward(dlogits, caches)
    penalty, decay = nn.l2_penalty(network.params, L2)
    for name, g in decay.items():
        grads[name] += g
    return loss + penalty, grads


def fit(network, optimizer, data, steps, rng):
    """Train the network in place; return each step's loss and seconds."""
    losses, seconds = [], []
    for _ in range(steps):
        began = time.perf_counter()
        chosen = rng.choice(len(data), BATCH, replace=False)
        loss, grads = gradients(network, data.images[chosen], data.labels[chosen])
        optimizer.step(network.params, grads, LR)
        losses.append(loss)
        seconds.append(time.perf_counter() - began)
    return losses, seconds


def accuracy_on(network, data):
    """Return the fraction of the images that the network has right."""
    return (network.forward(data.images)[0].argmax(axis=1) == data.labels).mean()


def train(steps, seed=0):
    """Return each step's loss and seconds, and the accuracy on the test images."""
    mnist = byhand.load_dataset("mnist")
    rng = np.random.default_rng(seed)
    network = nn.build(
        CLASSIC, mnist.image_shape, rng=rng, init=nn.INITS["normal 0.01"]
    )
    losses, seconds = fit(network, nn.SGD(), mnist.train, steps, rng)
    return losses, seconds, accuracy_on(network, mnist.test)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    losses, seconds, accuracy = train(parser.parse_args().steps)
    print(f"{1000 * np.median(seconds):.2f} ms a step, loss {losses[-1]:.4f} after")
    print(f"{len(losses)} steps, {accuracy:.2%} of the test images right")
