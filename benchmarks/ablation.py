"""`python -m benchmarks.ablation`: what each part of the recipe `standard` is worth.

Every row is the recipe with one thing changed, trained shorter, with several seeds, and
measured on validation images alone: choices are made here, not on the test images.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from rich.console import Console

import byhand
from benchmarks import machine
from benchmarks.accuracy import spread
from benchmarks.report import Report, show
from byhand.training.batches import split
from byhand.training.recipe import Recipe
from byhand.training.recipes import STANDARD

HELD_OUT = 10_000  # images to measure on; the standard error at 99.4 % is 0.08 points

AUGMENTATION = STANDARD.augmentation
NETWORK = STANDARD.architecture
CHANGES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "no augmentation": {"augmentation": replace(AUGMENTATION, shift=0, rotate=0,
                        scale=0, aspect=0, shear=0, elastic=0)},
    "shifts only": {"augmentation": replace(AUGMENTATION, rotate=0, scale=0, aspect=0,
                    shear=0, elastic=0)},
    "not elastic": {"augmentation": replace(AUGMENTATION, elastic=0)},
    "twice as elastic": {"augmentation": replace(AUGMENTATION, elastic=1.2)},
    "also damaged, 15 %": {"augmentation": replace(AUGMENTATION, damage=0.15)},
    "no average of the weights": {"ema_decay": 0.0},
    "no dropout": {"architecture": NETWORK.replace("dropout 0.3 | ", "")},
    "label smoothing 0.1": {"label_smoothing": 0.1},
    "weight decay (λ = 0.0001)": {"l2": 1e-4},
    "constant learning rate": {"schedule": "constant", "lr": 0.03},
    "cosine, no warm-up": {"schedule": "cosine"},
    "batch norm": {"architecture": NETWORK.replace("| relu | max",
                   "| batchnorm | relu | max")},
}  # fmt: skip


def run(epochs: int, seeds: int, names: list[str]) -> dict[str, dict[str, list[float]]]:
    """Return accuracies and seconds by what was changed."""
    dataset = byhand.load_dataset("mnist")
    held_out = split(len(dataset.train), HELD_OUT)[1]
    images, labels = (a[held_out] for a in (dataset.train.images, dataset.train.labels))
    found: dict[str, dict[str, list[float]]] = {}
    for name in names:
        recipe: Recipe = replace(
            STANDARD, epochs=epochs, validation=HELD_OUT, **CHANGES[name]
        )
        accuracies, moved, seconds = [], [], []
        for seed in range(seeds):
            result = byhand.train(recipe, dataset, seed=seed, threads=machine.threads())
            # the last epoch's, not the best of all: that would be luck as well
            accuracies.append(100 * (result.history[-1].validation_accuracy or 0))
            moved.append(100 * averaged_over_moves(result.model, images, labels))
            seconds.append(result.seconds)
        found[name] = {"accuracy": accuracies, "moved": moved, "seconds": seconds}
        print(f"{name}: {spread(accuracies)} %", flush=True)
    return found


def averaged_over_moves(model: byhand.Model, images: Any, labels: Any) -> float:
    """Return the accuracy where each image is also shown moved by a pixel, five views.

    Test-time augmentation: the probabilities of the views are averaged.
    """
    views = [images] + [np.roll(images, by, axis) for axis in (1, 2) for by in (-1, 1)]
    total = sum(model.predict_proba(view) for view in views)
    return float((np.argmax(total, axis=1) == labels).mean())


def report(found: Mapping[str, Mapping[str, list[float]]], epochs: int) -> Report:
    """Return the table, and what it was measured on."""
    return Report(
        title=f"ablation: {epochs} epochs, {HELD_OUT:,} images held out",
        columns=("standard, but", "validation accuracy, %", "five views, %", "seconds"),
        rows=[
            (name, *(spread(row[k]) for k in ("accuracy", "moved", "seconds")))
            for name, row in found.items()
        ],
        timer=machine.line(machine.describe()),
        figures=dict(found),
    )


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("names", nargs="*", help="rows; all unless given")
    args = parser.parse_args()
    for name in args.names:
        if name not in CHANGES:
            parser.error(f"expected one of {', '.join(CHANGES)}, got {name!r}")
    names = args.names or list(CHANGES)
    found = run(args.epochs, args.seeds, names)
    show(report(found, args.epochs), Console())


if __name__ == "__main__":
    main()
