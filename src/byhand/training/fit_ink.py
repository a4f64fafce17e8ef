"""The ink network, trained on synthetic pages; no page is drawn twice alike.

Each step sees a few pages. Half of them are new; the others are of steps before, and
kept, since to draw a page takes about as long as to learn from it. Page number n is
drawn from (seed, n) alone, so a training that is continued gives the same network.

Letters: N pages of H × W pixels; K classes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from byhand.data.datasets import Split
from byhand.ink.segmentation import CLASSES
from byhand.nn.network import build
from byhand.nn.pixel_loss import pixel_cross_entropy
from byhand.nn.run import Arena, Run
from byhand.training.fit import Fit, StepSettings
from byhand.training.ink_examples import (
    EXAMPLES,
    Example,
    ExampleSettings,
    draw_example,
)
from byhand.training.shards import Workers
from byhand.types import Arrays

ARCHITECTURE = (
    "pixels 1/255"
    " | conv 16 3x3 stride 2 pad 1 | relu | conv 16 3x3 pad 1 | relu | as half"
    " | conv 32 3x3 stride 2 pad 1 | relu | conv 32 3x3 pad 1 | relu | as quarter"
    " | conv 64 3x3 stride 2 pad 1 | relu | conv 64 3x3 pad 1 | relu | as eighth"
    " | conv 96 3x3 stride 2 pad 1 | relu | conv 96 3x3 pad 1 | relu"
    " | conv 96 3x3 pad 1 | relu"
    " | conv 64 1x1 | upsample 2 | add eighth | conv 64 3x3 pad 1 | relu"
    " | conv 32 1x1 | upsample 2 | add quarter | conv 32 3x3 pad 1 | relu"
    " | conv 16 1x1 | upsample 2 | add half | conv 16 3x3 pad 1 | relu"
    f" | conv {4 * len(CLASSES)} 1x1 | pixelshuffle 2"
)


@dataclass(frozen=True)
class FitInkSettings(StepSettings):
    """How long the ink network is trained, and on which pages."""

    steps: int = 6000
    kept: int = 2000  # pages
    ema: float = 0.998
    batch: int = 8  # pages a step
    new: int = 4  # of them drawn for the step
    examples: ExampleSettings = EXAMPLES


FIT_INK = FitInkSettings()


class InkFit(Fit[Example]):
    """A training of the ink network, which can stop after any step and continue."""

    checkpoint = "ink checkpoint"
    settings: FitInkSettings

    def __init__(
        self,
        digits: Split,
        seed: int = 0,
        settings: FitInkSettings = FIT_INK,
        architecture: str = ARCHITECTURE,
    ) -> None:
        shape = (*settings.examples.size, 3)
        network = build(architecture, shape, rng=np.random.default_rng((seed, 0)))
        super().__init__(network, seed, settings, settings.batch)
        self.digits = digits

    def advance(self, workers: Workers) -> float:
        """Take one step; return its loss, nats a pixel."""
        settings, rng = self.settings, np.random.default_rng((self.seed, 1, self.step))
        first = self.step * settings.new
        last = first + settings.new
        old = rng.integers(max(0, last - settings.kept), last, settings.batch)
        batch = self.drawn([*range(first, last), *old[settings.new :].tolist()])
        size = settings.batch * settings.examples.size[0] * settings.examples.size[1]

        def shard(number: int) -> tuple[float, Arrays]:
            return self._gradients(batch[number], self.arenas[number], size)

        return self.learn(workers, shard)

    @property
    def drawer(self) -> Callable[[int], Example]:
        """Draws the page of a number; it can be pickled."""
        return partial(
            draw_example, self.digits, self.seed, settings=self.settings.examples
        )

    def _gradients(
        self, example: Example, arena: Arena, size: int
    ) -> tuple[float, Arrays]:
        """Return the loss of a page and its gradients."""
        run = Run(arena=arena, training=True)
        logits, caches = self.network.forward(example.picture[np.newaxis], run)
        targets, weights = example.targets()
        loss, dlogits = pixel_cross_entropy(
            logits, targets[np.newaxis], weights[np.newaxis], size
        )
        return loss, self.network.backward(dlogits, caches)
