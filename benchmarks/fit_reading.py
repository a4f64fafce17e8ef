"""Fit what each feature of a candidate counts: `python -m benchmarks.fit_reading`.

Prints the weights for `byhand/reading/weights.py`. Rows are set from the images that
training held out: those that a network was trained on it is too sure of.
"""

from __future__ import annotations

import argparse
import pprint
from collections.abc import Iterable

import numpy as np
from PIL import Image

import byhand
from byhand.augment.fields import draw_fields, draw_rows
from byhand.nn import AdamW
from byhand.pictures.sheets import Sheet
from byhand.reading.lattice import DIGIT, SKIP, Lattice, Weights, gradients
from byhand.reading.page_reader import read_page
from byhand.reading.weights import WEIGHTS
from byhand.training.batches import split
from byhand.types import Images

Example = tuple[Lattice, list[int]]
PENALTY = 1e-3  # on the squares of the weights
HOPELESS = 1e-3  # a text less likely than this was cut wrongly, and teaches little


def main() -> None:
    """Fit the weights and print them, with the loss before and after."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fields", type=int, default=1500)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--model", default=None)
    args = parser.parse_args()
    mnist = byhand.load_dataset("mnist")
    _, held_out = split(len(mnist.train), 5000)
    images, labels = mnist.train.images[held_out], mnist.train.labels[held_out]
    drawn = draw_fields(images, labels, args.fields, seed=1)
    drawn += [(255 - row, text) for row, text, _ in
              draw_rows(images, labels, args.rows, seed=2)]  # fmt: skip
    model = byhand.load(args.model)
    examples = list(lattices(drawn, model))
    print(f"{len(examples)} of {len(drawn)} rows can be read right")
    weights = fit(examples, args.steps)
    pprint.pprint({"digit": dict(zip(DIGIT, weights.digit.round(3), strict=True)),
                   "skip": dict(zip(SKIP, weights.skip.round(3), strict=True))},
                  sort_dicts=False)  # fmt: skip


def lattices(
    drawn: Iterable[tuple[Images, str]], model: byhand.Model
) -> Iterable[Example]:
    """Yield the lattice of each picture's longest row, if its text is a way in it."""
    for picture, text in drawn:
        image = Image.fromarray(picture)
        rows = read_page(Sheet(image, image.size), model).rows
        if not rows:
            continue
        row = max(rows, key=lambda r: len(r.fragments))
        digits = [int(digit) for digit in text]
        if gradients(row.lattice, WEIGHTS, digits)[0]:  # 0 where no way is right
            yield row.lattice, digits


def fit(examples: list[Example], steps: int) -> Weights:
    """Return the weights that make the right texts likeliest, by AdamW."""
    params = {"digit": WEIGHTS.digit.copy(), "skip": WEIGHTS.skip.copy()}
    optimizer = AdamW(weight_decay=0.0)
    for step in range(steps):
        loss, total = 0.0, {name: PENALTY * p for name, p in params.items()}
        for lattice, digits in examples:
            one, g = gradients(lattice, Weights(**params), digits)
            loss += one / len(examples)
            share = 1 / (1 + HOPELESS * np.exp(one)) / len(examples)
            total["digit"] += share * g.digit
            total["skip"] += share * g.skip
        optimizer.step(params, total, lr=0.1 * 0.5 * (1 + np.cos(np.pi * step / steps)))
        if step % 20 == 0 or step == steps - 1:
            print(f"step {step:4}  loss {loss:.4f} nats a row", flush=True)
    return Weights(**params)


if __name__ == "__main__":
    main()
