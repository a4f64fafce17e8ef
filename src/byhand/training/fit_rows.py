"""The row network, trained on composed rows by connectionist temporal classification.

Each step sees two shards of rows of one width. One is new; the other is of a step
before, since to draw a shard takes about as long as to learn from it. Shard number n is
drawn from (seed, n) alone.

Letters: N strips; T frames; K symbols.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from byhand.nn.ctc import ctc_batch_loss
from byhand.nn.network import build
from byhand.nn.run import Arena, Run
from byhand.reading.row_network import CLASSES, SHAPE
from byhand.training.fit import Fit, StepSettings
from byhand.training.row_examples import Strips, draw_batch
from byhand.training.row_source import RowSource
from byhand.training.shards import Workers
from byhand.types import Arrays

ARCHITECTURE = (
    "pixels 1/255 | conv 24 5x5 pad 2 | relu | maxpool 2"  # 16 rows, a column a frame
    " | conv 48 3x3 pad 1 | relu | conv 48 3x3 pad 1 | relu | maxpool 2x1"  # 8 rows
    " | conv 64 3x3 pad 1 | relu | conv 64 3x3 pad 1 | relu | maxpool 2x1"  # 4 rows
    " | conv 64 3x3 pad 1 | relu | conv 96 4x3 | relu"  # 1 row
    f" | conv 96 1x5 | relu | conv {len(CLASSES)} 1x1"
)


SHARDS = 2  # of rows in a step: a new one and one of before

FIT_ROWS = StepSettings(steps=20_000, kept=400)


class RowFit(Fit[Strips]):
    """A training of the row network, which can stop after any step and continue."""

    checkpoint = "row checkpoint"

    def __init__(
        self,
        source: RowSource,
        seed: int = 0,
        settings: StepSettings = FIT_ROWS,
        architecture: str = ARCHITECTURE,
    ) -> None:
        network = build(architecture, SHAPE, rng=np.random.default_rng((seed, 0)))
        super().__init__(network, seed, settings, SHARDS)
        self.source = source

    def advance(self, workers: Workers) -> float:
        """Take one step; return its loss, nats a row."""
        rng = np.random.default_rng((self.seed, 1, self.step))
        old = int(rng.integers(max(0, self.step - self.settings.kept), self.step + 1))
        batch = self.drawn([self.step, old])
        count = sum(len(strips.texts) for strips in batch)

        def shard(number: int) -> tuple[float, Arrays]:
            return self._gradients(batch[number], self.arenas[number], count)

        return self.learn(workers, shard)

    @property
    def drawer(self) -> Callable[[int], Strips]:
        """Draws the shard of a number; it can be pickled."""
        return partial(draw_batch, self.source, self.seed)

    def _gradients(
        self, strips: Strips, arena: Arena, count: int
    ) -> tuple[float, Arrays]:
        """Return the loss of a shard and its gradients, its share of `count` rows."""
        run = Run(arena=arena, training=True)
        logits, caches = self.network.forward(strips.images[..., np.newaxis], run)
        loss, dlogits = ctc_batch_loss(logits[:, 0], strips.texts, count=count)
        return loss, self.network.backward(dlogits[:, np.newaxis], caches)
