"""Train the ink network on synthetic pages: `python -m benchmarks.fit_ink OUT`.

A training that was stopped continues from `OUT.checkpoint` beside the result.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import byhand
from benchmarks.fit_lattice import HELD_OUT
from byhand.data.datasets import Split
from byhand.ink.segmentation import save
from byhand.training.batches import split
from byhand.training.drawing import Drawing
from byhand.training.fit_ink import FIT_INK, InkFit
from byhand.training.shards import Workers


def main() -> None:
    """Train, with the loss on the way, and write the network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="where the network is written")
    parser.add_argument("--steps", type=int, default=FIT_INK.steps)
    parser.add_argument("--lr", type=float, default=FIT_INK.lr)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path, help="a checkpoint to begin from")
    args = parser.parse_args()
    settings = replace(FIT_INK, steps=args.steps, lr=args.lr)
    fit = InkFit(training_digits(), args.seed, settings)
    checkpoint = args.out.with_suffix(".checkpoint")
    if checkpoint.exists():
        fit.restore(checkpoint)
    elif args.start:
        fit.restore(args.start)
        fit.step = 0
    began, losses = time.perf_counter(), []

    def on_step(step: int, loss: float) -> None:
        losses.append(loss)
        if step % 50 == 0 or step == settings.steps:
            mean = sum(losses) / len(losses)
            seconds = time.perf_counter() - began
            print(f"step {step:5}  loss {mean:.4f}  {seconds:.0f} s", flush=True)
            losses.clear()
        if step % 250 == 0 or step == settings.steps:
            fit.save(checkpoint)
            save(fit.trained(), args.out, {"steps": step, "seed": args.seed})

    with Workers() as workers, Drawing(fit.drawer) as fit.draw:
        fit.run(workers, on_step)


def training_digits() -> Split:
    """Return MNIST's training images without those that every recipe holds out."""
    train = byhand.load_dataset("mnist").train
    kept, _ = split(len(train), HELD_OUT)
    return Split(train.images[kept], train.labels[kept])


if __name__ == "__main__":
    main()
