"""Step 7, choices: pixels from 0 to 1, He's start, momentum, a schedule, validation."""

import argparse
import time

import numpy as np

import byhand
from byhand import nn

STEPS, BATCH, LR, HELD_OUT = 4400, 100, 0.1, 5000  # 8 epochs of 55,000 images
WIDE = "pixels 1/255 | flatten | dense 512 | relu | dense 10"


def batches(count, size, rng):
    """Yield indices: all of them once an epoch, each epoch in another order."""
    while True:
        order = rng.permutation(count)
        for start in range(0, count, size):
            yield order[start : start + size]


def gradients(network, images, labels):
    """Return the loss of a batch and the gradient of every parameter, by name."""
    logits, caches = network.forward(images, nn.Run(training=True))
    loss, dlogits = nn.softmax_cross_entropy(logits, labels)
    return loss, network.backward(dlogits, caches)


def accuracy_on(network, images, labels):
    """Return the fraction of the images that the network has right."""
    return (network.forward(images)[0].argmax(axis=1) == labels).mean()


def fit(network, optimizer, images, labels, steps, rng):
    """Train the network in place; return each step's loss and seconds."""
    order, losses, seconds = batches(len(images), BATCH, rng), [], []
    for step in range(steps):
        began = time.perf_counter()
        chosen = next(order)
        loss, grads = gradients(network, images[chosen], labels[chosen])
        optimizer.step(network.params, grads, LR * nn.one_cycle(step / steps))
        losses.append(loss)
        seconds.append(time.perf_counter() - began)
    return losses, seconds


def train(steps, seed=0):
    """Return losses and seconds, and the accuracies held out and on the test images."""
    mnist, rng = byhand.load_dataset("mnist"), np.random.default_rng(seed)
    order = np.random.default_rng(1).permutation(len(mnist.train))  # for every seed
    images, labels = mnist.train.images[order], mnist.train.labels[order]
    network = nn.build(WIDE, mnist.image_shape, rng=rng)  # weights as He proposed
    optimizer = nn.SGD(momentum=0.9, nesterov=True)
    x, y = images[HELD_OUT:], labels[HELD_OUT:]
    losses, seconds = fit(network, optimizer, x, y, steps, rng)
    held_out = accuracy_on(network, images[:HELD_OUT], labels[:HELD_OUT])
    test = accuracy_on(network, mnist.test.images, mnist.test.labels)
    return losses, seconds, test, held_out


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    losses, seconds, accuracy, held_out = train(parser.parse_args().steps)
    print(f"{1000 * np.median(seconds):.2f} ms a step, loss {losses[-1]:.4f} after")
    print(f"{len(losses)} steps, {accuracy:.2%} of the test images right")
    print(f"and {held_out:.2%} of those held out")
