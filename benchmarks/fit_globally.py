"""Train a model on rows through the lattice: `python -m benchmarks.fit_globally OUT`.

What `benchmarks.fit_digits` trained learns for some steps more, from the same images
and from rows whose texts are given, through the lattice that reads them.
"""

from __future__ import annotations

import argparse
import itertools
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

import byhand
from benchmarks.fit_digits import (
    CHANGES,
    RECIPE,
    SHARES,
    close_epoch,
    drawn_sets,
    report,
    validation_sets,
)
from benchmarks.held_out import kept_and_held_out
from byhand.data.datasets import Split
from byhand.model import Model
from byhand.nn import Network, clip_gradients
from byhand.reading.lattice_reader import LatticeReader
from byhand.reading.lattice_weights import LatticeWeights, weights_of
from byhand.training.fit_lattice import FitSettings, composed_rows, touching_rows
from byhand.training.global_rows import RowExample, row_examples, row_gradients
from byhand.training.outcome import result_of
from byhand.training.parts import Part, job_of_parts
from byhand.training.shards import Workers
from byhand.training.start import first_state
from byhand.types import Arrays

SEED = 11
UNSEEN = FitSettings(rows=150, rows_seed=21, composed=150, composed_seed=22)


def main() -> None:
    """Train, with the loss on rows held out before and after, and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="where the model is written")
    parser.add_argument("--start", help="the model to begin from: the package's")
    parser.add_argument("--drawn", type=Path, help="where drawn images are kept")
    parser.add_argument("--rows", type=int, default=1500, help="of either kind")
    parser.add_argument("--each", type=int, default=8, help="rows of a step")
    parser.add_argument(
        "--weight", type=float, default=1.0, help="of the mean gradient of its rows"
    )
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--threads", type=int)
    args = parser.parse_args()
    model, (kept, held) = byhand.load(args.start), kept_and_held_out()
    weights, temperature = weights_of(model), model.calibration.temperature
    seen = FitSettings(
        rows=args.rows, rows_seed=31, composed=args.rows, composed_seed=32
    )
    rows, unseen = rows_of(model, kept, seen), rows_of(model, held, UNSEEN)
    print(f"{len(rows)} rows, {len(unseen)} unseen ones", flush=True)
    print(on_rows(model.network, unseen, weights, temperature), flush=True)
    trained = fit(model, rows, weights, drawn_sets(args.drawn), args)
    trained.save(args.out)
    print(on_rows(trained.network, unseen, weights, temperature), flush=True)
    for line in report(trained, validation_sets(args.drawn)):
        print(line, flush=True)


def rows_of(model: Model, digits: Split, settings: FitSettings) -> list[RowExample]:
    """Return rows set from digits, as a model reads them."""
    reader, given = LatticeReader(model), (digits.images, digits.labels)
    found = itertools.chain(
        touching_rows(given, settings, reader), composed_rows(given, settings, reader)
    )
    return list(row_examples(found, reader.weights))


def on_rows(
    network: Network,
    rows: list[RowExample],
    weights: LatticeWeights,
    temperature: float,
) -> str:
    """Return a line on how likely the texts of rows are."""
    losses = np.array(
        [row_gradients(network, row, weights, temperature)[0] for row in rows]
    )
    sure = float((losses < np.log(2)).mean())  # likelier than all else together
    return f"{len(rows)} rows: loss {losses.mean():.4f}, text above 50 %: {sure:.1%}"


def fit(
    model: Model,
    rows: list[RowExample],
    weights: LatticeWeights,
    drawn: dict[str, Split],
    settings: argparse.Namespace,
) -> Model:
    """Return the model trained further, on images and on rows."""
    data, (kept, held) = byhand.load_dataset("mnist"), kept_and_held_out()
    recipe = replace(
        RECIPE, steps=settings.steps, lr=settings.lr, batch=200, shard=50,
        ema_decay=0.99,
    )  # fmt: skip
    parts = [Part(kept, SHARES["mnist"], recipe.augmentation)]
    parts += [Part(drawn[name], SHARES[name], CHANGES[name]) for name in CHANGES]
    job = job_of_parts(recipe, data, parts, held, SEED, settings.steps)
    state = first_state(job, drawn=True)
    network, rng = state.network, np.random.default_rng(SEED)
    network.load(model.network.arrays)
    state.ema = {name: a.copy() for name, a in network.arrays.items()}
    temperature, losses, began = model.calibration.temperature, [], time.perf_counter()
    with Workers(settings.threads) as workers:
        while state.step < job.steps:
            chosen, lr = job.batches[state.step], job.lr_at(state.step)
            found = workers.gradients(network, job, state.step, chosen)
            for number in rng.integers(len(rows), size=settings.each):
                loss, grads = row_gradients(network, rows[number], weights, temperature)
                add(found.grads, grads, settings.weight / settings.each)
                losses.append(loss)
            clip_gradients(found.grads, RECIPE.clip or np.inf)
            state.optimizer.step(network.params, found.grads, lr)
            state.update_ema(recipe.ema_decay)
            state.count(found.loss, found.right, len(chosen))
            state.seconds = time.perf_counter() - began
            if state.step % 50 == 0:
                print(f"step {state.step}: rows {np.mean(losses):.4f}", flush=True)
                losses.clear()
        print(close_epoch(job, state, workers, 0.0), flush=True)
    trained = result_of(job, state).model
    trained.info = {**model.info, "calibration": trained.info["calibration"]}
    return trained


def add(total: Arrays, grads: Arrays, share: float) -> None:
    """Add a share of gradients to others, in place."""
    for name, g in grads.items():
        total[name] += share * g


if __name__ == "__main__":
    main()
