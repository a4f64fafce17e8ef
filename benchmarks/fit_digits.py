"""Train the model in the package: `python -m benchmarks.fit_digits OUT`.

On MNIST's training images and as many of them again, redrawn as `synthesis` draws
digits on its pages: by other pens and hands, in European forms, at many sizes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import byhand
from byhand.ink.normalise import normalised
from byhand.synthesis.digits import hand, written
from byhand.training.batches import split
from byhand.types import Images, Labels

HELD_OUT = 5000  # of MNIST's training images, in every recipe
EMA_DECAY = 0.998  # over the steps of two epochs
ROW = 8  # digits by one hand
HEIGHTS = 14, 56  # pixels: of the digits that the ink network knows


def main() -> None:
    """Train and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="where the model is written")
    parser.add_argument("--epochs", type=int, default=14)
    args = parser.parse_args()
    result = byhand.train("shipped", dataset(), epochs=args.epochs, ema_decay=EMA_DECAY)
    result.model.save(args.out)
    test = byhand.load_dataset("mnist").test
    print(byhand.evaluate(byhand.load(args.out), (test.images, test.labels)))


def dataset() -> byhand.Dataset:
    """Return both sets in one; those held out of MNIST stay held out, half redrawn."""
    mnist = byhand.load_dataset("mnist")
    kept, held_out = split(len(mnist.train), HELD_OUT)
    images, labels = mnist.train.images, mnist.train.labels
    redrawn = redraw(images, labels, np.random.default_rng(0))
    total = 2 * len(kept) + HELD_OUT
    trained, validated = split(total, HELD_OUT)
    half = HELD_OUT // 2
    out, said = np.empty((total, 28, 28), np.uint8), np.empty(total, np.int64)
    out[trained] = np.concatenate([images[kept], redrawn[kept]])
    out[validated] = np.concatenate([images[held_out[:half]], redrawn[held_out[half:]]])
    said[trained], said[validated] = np.tile(labels[kept], 2), labels[held_out]
    return byhand.Dataset.from_arrays(
        out, said, mnist.test.images, mnist.test.labels, name="mnist, also redrawn"
    )


def redraw(images: Images, labels: Labels, rng: np.random.Generator) -> Images:
    """Return digits (N, 28, 28) drawn again, as the ink network would pass them on."""
    out = np.empty_like(images)
    for at in range(0, len(images), ROW):
        some = slice(at, at + ROW)
        height = float(np.exp(rng.uniform(*np.log(HEIGHTS))))
        drawn = written(images[some], labels[some], height, hand(rng), rng)
        for number, ink in enumerate(drawn, at):
            out[number] = normalised(ink.astype(np.float32) / 255, (28, 28))
    return out


if __name__ == "__main__":
    main()
