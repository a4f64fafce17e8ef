"""Fit what each feature of a candidate counts: `python -m benchmarks.fit_lattice`.

Prints the weights; with `--out FILE`, writes the model with them to a file. Rows are
set from the images that training held out: of those that it was trained on, a network
is too sure.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace

import byhand
from benchmarks.held_out import kept_and_held_out
from byhand.reading.lattice_weights import INFO
from byhand.training.fit_lattice import FIT, fit_lattice


def main() -> None:
    """Fit the weights of a model and print them, with the loss on the way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", help="the one in the package unless given")
    parser.add_argument("--out", help="where the model with these weights is written")
    for name in ("rows", "composed", "pages", "steps"):
        parser.add_argument(f"--{name}", type=int, default=getattr(FIT, name))
    args = parser.parse_args()
    model = byhand.load(args.model)
    settings = replace(
        FIT, rows=args.rows, composed=args.composed, pages=args.pages, steps=args.steps
    )
    weights = fit_lattice(model, *kept_and_held_out()[1], settings, say)
    print(json.dumps(weights.as_dict(), indent=2))
    if args.out:
        model.info[INFO] = weights.as_dict()
        model.save(args.out)


def say(step: int, loss: float) -> None:
    """Print the loss of every twentieth step."""
    if step % 20 == 0:
        print(f"step {step:4}  loss {loss:.4f} nats a row", flush=True)


if __name__ == "__main__":
    main()
