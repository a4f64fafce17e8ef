"""Train the row network on composed rows: `python -m benchmarks.fit_rows OUT`.

A training that was stopped continues from `OUT.checkpoint` beside the result.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

import byhand
from benchmarks.fit_lattice import HELD_OUT
from byhand.data.datasets import Split
from byhand.nn.ctc import best_path_text
from byhand.nn.run import Run
from byhand.reading.row_network import save
from byhand.synthesis.pool import Pool, draw_hands, load_pool
from byhand.training.batches import split
from byhand.training.drawing import Drawing
from byhand.training.fit_rows import FIT_ROWS, RowFit
from byhand.training.row_examples import draw_batch
from byhand.training.row_source import RowSource
from byhand.training.shards import Workers

HANDS, PER_HAND = 10_000, 12
CHECKS = 30  # batches of held-out rows


def main() -> None:
    """Train, with the loss on the way, and write the network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="where the network is written")
    parser.add_argument("--steps", type=int, default=FIT_ROWS.steps)
    parser.add_argument("--lr", type=float, default=FIT_ROWS.lr)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pool", type=Path, help="a file of drawn hands, for reuse")
    parser.add_argument("--start", type=Path, help="a checkpoint to begin from")
    args = parser.parse_args()
    settings = replace(FIT_ROWS, steps=args.steps, lr=args.lr)
    train, held = training_and_held_out()
    source = RowSource(hands(train, args.pool), train.images, train.labels)
    checks = RowSource(draw_hands(*held_pair(held), 400, 12, seed=1), *held_pair(held))
    fit = RowFit(source, args.seed, settings)
    checkpoint = args.out.with_suffix(".checkpoint")
    if checkpoint.exists():
        fit.restore(checkpoint)
    elif args.start:
        fit.restore(args.start)
        fit.step = 0
    began, losses = time.perf_counter(), []

    def on_step(step: int, loss: float) -> None:
        losses.append(loss)
        if step % 100 == 0 or step == settings.steps:
            mean, seconds = sum(losses) / len(losses), time.perf_counter() - began
            print(f"step {step:6}  loss {mean:.4f}  {seconds:.0f} s", flush=True)
            losses.clear()
        if step % 500 == 0 or step == settings.steps:
            fit.save(checkpoint)
            save(fit.trained(), args.out, {"steps": step, "seed": args.seed})
            right = exact(fit, checks)
            print(f"held-out rows read exactly: {right:.1%}", flush=True)

    with Workers() as workers, Drawing(fit.drawer) as fit.draw:
        fit.run(workers, on_step)


def exact(fit: RowFit, source: RowSource) -> float:
    """Return the share of held-out rows that the network alone reads exactly."""
    network, right, count = fit.trained(), 0, 0
    for number in range(CHECKS):
        images, texts = draw_batch(source, 1, number)
        logits = network.forward(images[..., np.newaxis], Run(gradients=False))[0]
        found = map(best_path_text, logits[:, 0])
        right += sum([*a] == [*b] for a, b in zip(found, texts, strict=True))
        count += len(texts)
    return right / count


def hands(train: Split, file: Path | None) -> Pool:
    """Return the pool of hands, from a file if it is there."""
    if file and file.exists():
        return load_pool(file)
    pool = draw_hands(*held_pair(train), HANDS, PER_HAND)
    if file:
        pool.save(file)
    return pool


def held_pair(images: Split) -> tuple[np.ndarray, np.ndarray]:
    """Return images and labels."""
    return images.images, images.labels


def training_and_held_out() -> tuple[Split, Split]:
    """Return MNIST's training images in two: those that every recipe holds out last."""
    train = byhand.load_dataset("mnist").train
    parts = split(len(train), HELD_OUT)
    kept, held = (Split(train.images[p], train.labels[p]) for p in parts)
    return kept, held


if __name__ == "__main__":
    main()
