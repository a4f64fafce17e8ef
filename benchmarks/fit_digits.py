"""Train the model in the package further: `python -m benchmarks.fit_digits OUT`.

It learns from MNIST's training images, from digits of drawn hands, from the candidates
of rows composed of these, and from what is no digit. A training that was stopped
continues from `OUT.checkpoint`. All images are drawn first; with `--drawn FOLDER` they
are kept there and used again.
"""

from __future__ import annotations

import argparse
import functools
import time
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.ft2font import FT2Font

import byhand
from benchmarks.held_out import kept_and_held_out
from byhand.augment.augmentation import Augmentation
from byhand.data.datasets import Split
from byhand.evaluation import evaluate
from byhand.ink.normalise import normalised
from byhand.model import Model
from byhand.synthesis.digits import Hand, any_hand
from byhand.synthesis.nondigits import LIKE_DIGITS, draw_glyphs, draw_nondigits
from byhand.synthesis.pool import Pool, draw_hands
from byhand.training.checkpoint import Saver, restore
from byhand.training.harvest import harvest
from byhand.training.loop import step
from byhand.training.outcome import Result, result_of
from byhand.training.parts import Part, job_of_parts
from byhand.training.recipes import SHIPPED
from byhand.training.shards import Workers, measure
from byhand.training.start import first_state
from byhand.training.state import Job, State

REJECT = 10
FONTS = ("DejaVuSans.ttf", "DejaVuSerif.ttf")
CATEGORIES = ("Lu", "Ll", "Lo", "Sm", "Sc", "Po")
HANDS, PER_HAND, ROWS, GLYPHS, NONDIGITS = 12_000, 16, 15_000, 3_000, 10_000
OF_HANDS = Augmentation(
    shift=2, rotate=8, scale=0.15, aspect=0.1, shear=0.1, elastic=0.3, roam=0.3,
    stretch=0.2, damage=0.15,
)  # fmt: skip
OF_ROWS = Augmentation(
    shift=1, rotate=5, scale=0.08, aspect=0.08, shear=0.1, elastic=0.3, damage=0.05
)
OF_NONDIGITS = Augmentation(
    shift=2, rotate=15, scale=0.15, aspect=0.2, shear=0.2, elastic=0.6, roam=0.3,
    stretch=0.2, damage=0.15,
)  # fmt: skip
CHANGES = {"hands": OF_HANDS, "rows": OF_ROWS, "nondigits": OF_NONDIGITS}
SHARES = {"mnist": 0.35, "hands": 0.2, "rows": 0.25, "nondigits": 0.2}
EACH = 250  # steps, after which the images held out are measured
RECIPE = replace(
    SHIPPED,
    epochs=None,
    steps=13_000,
    lr=0.06,
    backward=0.4,
    ema_decay=0.999,
    augmentation=replace(SHIPPED.augmentation, touching=0.1, nondigits=0.15),
)


def main() -> None:
    """Draw what is missing, train, and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="where the model is written")
    parser.add_argument("--drawn", type=Path, help="where drawn images are kept")
    parser.add_argument("--start", help="the model to begin from: the package's")
    parser.add_argument("--steps", type=int, default=RECIPE.steps)
    parser.add_argument("--lr", type=float, default=RECIPE.lr)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int)
    parser.add_argument(
        "--average", action="store_true", help="with the weights that it began from"
    )
    parser.add_argument(
        "--shares", type=float, nargs=4, default=tuple(SHARES.values()),
        metavar=tuple(name.upper() for name in SHARES), help="of a batch",
    )  # fmt: skip
    args = parser.parse_args()
    drawn = drawn_sets(args.drawn)
    model = fit(drawn, byhand.load(args.start), args.out, args)
    for line in report(model, validation_sets(args.drawn)):
        print(line, flush=True)


def drawn_sets(folder: Path | None) -> dict[str, Split]:
    """Return the images that are trained on beside MNIST's, drawn or from a folder."""
    kept = kept_and_held_out()[0]
    pool: list[Pool] = []

    def hands() -> Pool:
        if not pool:
            pool.append(draw_hands(kept.images, kept.labels, HANDS, PER_HAND, seed=1))
        return pool[0]

    return {
        "hands": remembered(folder, "hands", lambda: of_pool(hands())),
        "rows": remembered(folder, "rows", lambda: harvest(hands(), ROWS, seed=1)),
        "nondigits": remembered(folder, "nondigits", lambda: nondigits(0)),
    }


def validation_sets(folder: Path | None) -> dict[str, Split]:
    """Return images on which choices are made: of MNIST's held-out digits, and others.

    Their hands are drawn otherwise than those of the training: slanted more, bent more.
    """
    held = kept_and_held_out()[1]

    def writer(rng: np.random.Generator) -> Hand:
        by = any_hand(rng)
        slant, wobble = float(rng.normal(0.1, 0.3)), float(rng.uniform(0.5, 1.2))
        return replace(by, slant=slant, wobble=wobble, uneven=0.08)

    def hands() -> Pool:
        return draw_hands(held.images, held.labels, 600, 16, seed=7, writer=writer)

    return {
        "MNIST, held out": held,
        "hands": remembered(folder, "val_hands", lambda: of_pool(hands())),
        "rows": remembered(folder, "val_rows", lambda: harvest(hands(), 1200, seed=9)),
        "nondigits": remembered(folder, "val_nondigits", lambda: nondigits(1, 0.2)),
    }


def remembered(folder: Path | None, name: str, draw: Callable[[], Split]) -> Split:
    """Return images from a file of a folder, or drawn, and then kept there."""
    path = folder / f"{name}.npz" if folder else None
    if path and path.exists():
        with np.load(path) as file:
            return Split(file["images"], file["labels"])
    began = time.perf_counter()
    found = draw()
    seconds = time.perf_counter() - began
    print(f"{name}: {len(found):,} images drawn in {seconds:.0f} s", flush=True)
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, images=found.images, labels=found.labels)
    return found


def of_pool(pool: Pool) -> Split:
    """Return the digits of a pool as images of MNIST's kind."""
    images = [
        normalised(pool[n].astype(np.float32) / 255, (28, 28)) for n in range(len(pool))
    ]
    return Split(np.array(images), np.asarray(pool.labels, np.uint8))


def nondigits(seed: int, share: float = 1.0) -> Split:
    """Return images of no digits: drawn ones, and the characters of many scripts."""
    images = [draw_nondigits(round(share * NONDIGITS), seed)]
    for number, name in enumerate(FONTS):
        font, count = font_file(name), round(share * GLYPHS / len(FONTS))
        has = FT2Font(font).get_charmap()
        texts = "".join(c for c in characters() if ord(c) in has)
        images.append(draw_glyphs(texts, font, count, seed + 100 * number))
    every = np.concatenate(images)
    return Split(every, np.full(len(every), REJECT, np.uint8))


def font_file(name: str) -> str:
    """Return the file of a font that comes with matplotlib."""
    return f"{matplotlib.get_data_path()}/fonts/ttf/{name}"


@functools.cache
def characters() -> tuple[str, ...]:
    """Return the characters of the first font that look like no digit.

    Of Latin letters with or without accents, LIKE_DIGITS are left out; of all others
    those that the model in the package takes for a digit more than once of six times.
    """
    font = font_file(FONTS[0])
    model, tries, kept = byhand.load(), 6, []
    for c in map(chr, sorted(FT2Font(font).get_charmap())):
        base = unicodedata.normalize("NFD", c)[0]
        if unicodedata.category(c) not in CATEGORIES:
            continue
        if base.isdigit() or base in LIKE_DIGITS:
            continue
        if not (c.isascii() and c.isalpha()):
            taken = model.is_digit(draw_glyphs(c, font, tries, seed=5))
            if taken.sum() > 1:
                continue
        kept.append(c)
    return tuple(kept)


def fit(
    drawn: dict[str, Split], start: Model, out: Path, settings: argparse.Namespace
) -> Model:
    """Return the model, trained from another one; write it and its checkpoints."""
    data, (kept, held) = byhand.load_dataset("mnist"), kept_and_held_out()
    recipe = replace(RECIPE, steps=settings.steps, lr=settings.lr)
    first, *others = settings.shares
    parts = [Part(kept, first, recipe.augmentation)]
    parts += [
        Part(drawn[name], share, change)
        for (name, change), share in zip(CHANGES.items(), others, strict=True)
    ]
    job = job_of_parts(recipe, data, parts, held, settings.seed, EACH)
    state = first_state(job, drawn=True)
    state.network.load(start.network.arrays)
    state.ema = {name: a.copy() for name, a in state.network.arrays.items()}
    checkpoint = out.with_suffix(".checkpoint")
    if checkpoint.exists():
        restore(checkpoint, state, job.dataset)
    saver, began = Saver(checkpoint, job, state), time.perf_counter() - state.seconds
    with Workers(settings.threads) as workers:
        while state.step < job.steps:
            lr = job.lr_at(state.step)
            step(job, state, workers, lr)
            state.seconds = time.perf_counter() - began
            if state.step % EACH == 0 or state.step == job.steps:
                print(close_epoch(job, state, workers, lr), flush=True)
                saver.save()
    if settings.average:
        first = start.network.arrays
        state.ema = {name: (a + first[name]) / 2 for name, a in state.ema.items()}
    return finished(start, result_of(job, state), data.test, out)


def finished(start: Model, result: Result, test: Split, out: Path) -> Model:
    """Write what was trained, with the story of the model that it began from.

    How it went on from there is at the end of `info["further"]`.
    """
    model, info = result.model, result.model.info
    further = {name: info[name] for name in ("recipe", "seed", "seconds", "versions")}
    model.info = {
        **start.info,
        "calibration": info["calibration"],
        "further": [*start.info.get("further", []), further],
    }
    record_test(model, test)
    model.save(out)
    return model


def record_test(model: Model, test: Split) -> None:
    """Write into a model's info how many of MNIST's test images are right."""
    scores = evaluate(model, test)
    model.info["test"] = {
        "dataset": "mnist", "count": len(test), "accuracy": scores.accuracy,
        "interval": list(scores.interval),
    }  # fmt: skip


def close_epoch(job: Job, state: State, workers: Workers, lr: float) -> str:
    """Measure on the images held out; return a line that says how it went."""
    count = len(job.held_out)
    found = measure(workers, state.outcome, job.dataset.train, job.held_out, REJECT)
    right = found.right / count
    epoch = state.close_epoch(lr, right, found.loss / count)
    return (
        f"step {state.step:6}  loss {epoch.loss:.4f}  held out {right:.2%}"
        f"  {state.seconds:.0f} s"
    )


def report(model: Model, sets: dict[str, Split]) -> list[str]:
    """Return a line on each set: how many digits are right, how many are accepted."""
    lines = []
    for name, given in sets.items():
        digits = given.labels < REJECT
        right = model.predict(given.images) == given.labels
        taken = model.is_digit(given.images)
        parts = [f"{name:18}"]
        if digits.any():
            parts.append(f"right {right[digits].mean():.2%} of {digits.sum()}")
            parts.append(f"accepted {taken[digits].mean():.2%}")
        if not digits.all():
            parts.append(f"no digits: accepted {taken[~digits].mean():.2%}")
        lines.append("  ".join(parts))
    return lines


if __name__ == "__main__":
    main()
