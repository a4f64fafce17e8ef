"""Train the row network on composed rows: `python -m benchmarks.fit_rows OUT`.

A training that was stopped continues from `OUT.checkpoint` beside the result.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.fitting import arguments, continued, losses_shown
from benchmarks.held_out import kept_and_held_out
from byhand.data.datasets import Split
from byhand.nn.ctc import best_path_text
from byhand.nn.run import Run
from byhand.reading.row_network import save
from byhand.synthesis.pool import Pool, draw_hands, load_pool
from byhand.training.drawing import Drawing
from byhand.training.fit_rows import FIT_ROWS, RowFit
from byhand.training.row_examples import draw_batch
from byhand.training.row_source import RowSource
from byhand.training.shards import Workers

HANDS, PER_HAND = 10_000, 12
CHECKS = 30  # batches of held-out rows


def main() -> None:
    """Train, with the loss on the way, and write the network."""
    parser = arguments(__doc__, FIT_ROWS)
    parser.add_argument("--pool", type=Path, help="a file of drawn hands, for reuse")
    args = parser.parse_args()
    settings = replace(FIT_ROWS, steps=args.steps, lr=args.lr)
    train, held = kept_and_held_out()
    source = RowSource(hands(train, args.pool), *train)
    checks = RowSource(draw_hands(*held, 400, 12, seed=1), *held)
    fit = RowFit(source, args.seed, settings)
    checkpoint = continued(fit, args.out, args.start)
    show = losses_shown(settings.steps, 100)

    def on_step(step: int, loss: float) -> None:
        show(step, loss)
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
    pool = draw_hands(*train, HANDS, PER_HAND)
    if file:
        pool.save(file)
    return pool


if __name__ == "__main__":
    main()
