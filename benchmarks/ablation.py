"""`python -m benchmarks.ablation`: what each part of the recipe `standard` is worth.

Every row is the recipe with one thing changed, trained shorter, with several seeds, and
measured on validation images alone: choices are made here, not on the test images. The
runs are those of a sweep: as many at once as there are processors, each with one thread
and in a folder of its own; those that are there already are not trained again.
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
from byhand.data.datasets import Split
from byhand.errors import ByhandError
from byhand.runs.grid import Sweep
from byhand.runs.swept import RunResult, sweep
from byhand.training.recipes import STANDARD
from byhand.training.start import held_out_images

HELD_OUT = 10_000  # images to measure on; the standard error at 99.4 % is 0.08 points

NETWORK = STANDARD.architecture
BENT = ("rotate", "scale", "aspect", "shear", "elastic")
CHANGES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "no augmentation": {f"augmentation.{name}": 0 for name in ("shift", *BENT)},
    "shifts only": {f"augmentation.{name}": 0 for name in BENT},
    "not elastic": {"augmentation.elastic": 0},
    "twice as elastic": {"augmentation.elastic": 1.2},
    "also damaged, 15 %": {"augmentation.damage": 0.15},
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
    """Return accuracies and seconds by what was changed; runs are kept in runs/."""
    what = Sweep("standard", seeds=seeds)
    length = {"epochs": epochs, "validation": HELD_OUT}
    found: dict[str, dict[str, list[float]]] = {
        name: {"accuracy": [], "moved": [], "seconds": []} for name in names
    }
    by_settings = {repr(length | CHANGES[name]): name for name in names}
    held_out = held_out_images(
        replace(STANDARD, **length), byhand.load_dataset("mnist")
    )

    def take(result: RunResult) -> None:
        if result.error:
            raise ByhandError(result.error)
        name = by_settings[repr(dict(result.run.settings))]
        model = byhand.load(result.run.file)
        # the last epoch's, not the best of all: that would be luck as well
        last = model.info["history"][-1]["validation_accuracy"]
        found[name]["accuracy"].append(100 * last)
        found[name]["moved"].append(100 * averaged_over_moves(model, held_out))
        found[name]["seconds"].append(result.seconds)
        print(f"{name}: {spread(found[name]['accuracy'])} %", flush=True)

    sweep(what.runs_of(length | CHANGES[name] for name in names), take)
    return found


def averaged_over_moves(model: byhand.Model, held_out: Split) -> float:
    """Return the accuracy where each image is also shown moved by a pixel, five views.

    Test-time augmentation: the probabilities of the views are averaged.
    """
    images, labels = held_out
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
