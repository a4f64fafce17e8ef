"""Step 8, byhand.train: all of this in one call, and each choice a line in a recipe."""

import argparse
from dataclasses import replace

import numpy as np

import byhand
from byhand.training.recipes import CLASSIC

START = "pixels 1/255 | flatten | "
CHANGES = {  # each on top of those before it
    "the article's choices": {"validation": 5000},
    "pixels from 0 to 1, rate 0.3": {
        "architecture": START + "dense 30 | relu | dense 60 | relu | dense 10",
        "lr": 0.3,
    },
    "weights drawn as He proposed": {"init": "he"},
    "Nesterov momentum 0.9, rate 0.1": {"momentum": 0.9, "lr": 0.1},
    "batches of 200, by epochs": {
        "batch": 200,
        "steps": 10_000,
        "replacement": "per_epoch",
    },
    "one-cycle schedule": {"schedule": "one-cycle"},
    "one layer of 512, 8 epochs of batches of 100, no penalty": {
        "architecture": START + "dense 512 | relu | dense 10",
        "batch": 100,
        "steps": 4400,
        "l2": 0.0,
    },
}


def recipes():
    """Return the recipes that lead from the article's to that of step 7, by name."""
    recipe, found = CLASSIC, {}
    for name, change in CHANGES.items():
        recipe = found[name] = replace(recipe, **change)
    return found


def train(recipe, steps=None, seeds=1, threads=None):
    """Return means over the seeds: both accuracies, seconds, and the median step's."""
    mnist, figures = byhand.load_dataset("mnist"), []
    for seed in range(seeds):
        ends = [0.0]  # of the steps, in seconds since the start
        result = byhand.train(
            recipe,
            mnist,
            seed=seed,
            steps=steps,
            threads=threads,
            on_progress=lambda now, ends=ends: ends.append(now.seconds),
        )
        held_out = max((e.validation_accuracy or 0.0) for e in result.history)
        test = byhand.evaluate(result.model, mnist.test).accuracy
        figures.append((held_out, test, result.seconds, np.median(np.diff(ends))))
    return np.mean(figures, axis=0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seeds", type=int, default=1)
    args = parser.parse_args()
    print("held out     test  seconds")
    for name, recipe in recipes().items():
        held_out, test, seconds, _ = train(recipe, args.steps, args.seeds)
        print(f"{held_out:8.2%} {test:8.2%} {seconds:8.1f}  {name}")
