"""Train the ink network on synthetic pages: `python -m benchmarks.fit_ink OUT`.

A training that was stopped continues from `OUT.checkpoint` beside the result.
"""

from __future__ import annotations

from dataclasses import replace

from benchmarks.fitting import arguments, continued, losses_shown
from benchmarks.held_out import kept_and_held_out
from byhand.ink.segmentation import save
from byhand.training.drawing import Drawing
from byhand.training.fit_ink import FIT_INK, InkFit
from byhand.training.shards import Workers


def main() -> None:
    """Train, with the loss on the way, and write the network."""
    args = arguments(__doc__, FIT_INK).parse_args()
    settings = replace(FIT_INK, steps=args.steps, lr=args.lr)
    fit = InkFit(kept_and_held_out()[0], args.seed, settings)
    checkpoint = continued(fit, args.out, args.start)
    show = losses_shown(settings.steps, 50)

    def on_step(step: int, loss: float) -> None:
        show(step, loss)
        if step % 250 == 0 or step == settings.steps:
            fit.save(checkpoint)
            save(fit.trained(), args.out, {"steps": step, "seed": args.seed})

    with Workers() as workers, Drawing(fit.drawer) as fit.draw:
        fit.run(workers, on_step)


if __name__ == "__main__":
    main()
