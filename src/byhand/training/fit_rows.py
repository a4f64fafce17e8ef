"""The row network, trained on composed rows by connectionist temporal classification.

Each step sees two shards of rows of one width. One is new; the other is of a step
before, since to draw a shard takes about as long as to learn from it. Shard number n is
drawn from (seed, n) alone.

Letters: N strips; T frames; K symbols.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from byhand import tensors
from byhand.nn.ctc import ctc_batch_loss
from byhand.nn.network import Network, build
from byhand.nn.optim import AdamW, clip_gradients
from byhand.nn.run import Arena, Run
from byhand.nn.schedules import one_cycle
from byhand.reading.row_network import CLASSES, SHAPE
from byhand.training.checkpoint import part
from byhand.training.row_examples import Strips, draw_batch
from byhand.training.row_source import RowSource
from byhand.training.shards import Workers, added
from byhand.training.state import update_ema
from byhand.types import Arrays

CHECKPOINT = "row checkpoint"
ARCHITECTURE = (
    "pixels 1/255 | conv 24 5x5 pad 2 | relu | maxpool 2"  # 16 rows, a column a frame
    " | conv 48 3x3 pad 1 | relu | conv 48 3x3 pad 1 | relu | maxpool 2x1"  # 8 rows
    " | conv 64 3x3 pad 1 | relu | conv 64 3x3 pad 1 | relu | maxpool 2x1"  # 4 rows
    " | conv 64 3x3 pad 1 | relu | conv 96 4x3 | relu"  # 1 row
    f" | conv 96 1x5 | relu | conv {len(CLASSES)} 1x1"
)


@dataclass(frozen=True)
class FitRowsSettings:
    """How long the row network is trained."""

    steps: int = 20_000
    kept: int = 400  # shards kept from steps before
    lr: float = 2e-3
    weight_decay: float = 1e-3
    clip: float = 1.0
    ema: float = 0.9990


FIT_ROWS = FitRowsSettings()


class RowFit:
    """A training of the row network, which can stop after any step and continue."""

    def __init__(
        self,
        source: RowSource,
        seed: int = 0,
        settings: FitRowsSettings = FIT_ROWS,
        architecture: str = ARCHITECTURE,
    ) -> None:
        self.source, self.seed, self.settings = source, seed, settings
        self.network = build(architecture, SHAPE, rng=np.random.default_rng((seed, 0)))
        self.average = {k: p.copy() for k, p in self.network.params.items()}
        self.optimizer = AdamW(weight_decay=settings.weight_decay)
        self.step = 0
        self.shards: dict[int, Strips] = {}
        self.draw: Callable[[int], Strips] | None = None  # another than `drawer`
        self.arenas = [Arena() for _ in range(2)]

    def run(
        self, workers: Workers, on_step: Callable[[int, float], object] | None = None
    ) -> None:
        """Take the steps that are left."""
        while self.step < self.settings.steps:
            loss = self.advance(workers)
            if on_step:
                on_step(self.step, loss)

    def advance(self, workers: Workers) -> float:
        """Take one step; return its loss, nats a row."""
        settings, rng = self.settings, np.random.default_rng((self.seed, 1, self.step))
        old = int(rng.integers(max(0, self.step - settings.kept), self.step + 1))
        batch = [self._drawn(self.step), self._drawn(old)]
        count = sum(len(strips.texts) for strips in batch)

        def shard(number: int) -> tuple[float, Arrays]:
            return self._gradients(batch[number], self.arenas[number], count)

        losses, grads = zip(*workers.map(shard, range(2)), strict=True)
        total = added(grads)
        clip_gradients(total, settings.clip)
        lr = settings.lr * one_cycle(self.step / settings.steps, warm=0.05)
        self.optimizer.step(self.network.params, total, lr)
        self.step += 1
        self.shards.pop(self.step - settings.kept, None)
        update_ema(self.average, self.network.params, self.step, settings.ema)
        return float(sum(losses))

    @property
    def drawer(self) -> Callable[[int], Strips]:
        """Draws the shard of a number; it can be pickled."""
        return partial(draw_batch, self.source, self.seed)

    def _drawn(self, number: int) -> Strips:
        """Return a shard, drawn unless it was kept."""
        if number not in self.shards:
            self.shards[number] = (self.draw or self.drawer)(number)
        return self.shards[number]

    def _gradients(
        self, strips: Strips, arena: Arena, count: int
    ) -> tuple[float, Arrays]:
        """Return the loss of a shard and its gradients, its share of `count` rows."""
        run = Run(arena=arena, training=True)
        logits, caches = self.network.forward(strips.images[..., np.newaxis], run)
        loss, dlogits = ctc_batch_loss(logits[:, 0], strips.texts, count=count)
        return loss, self.network.backward(dlogits[:, np.newaxis], caches)

    def trained(self) -> Network:
        """Return the network with the moving average of its weights."""
        return self.network.with_arrays(self.average)

    def save(self, path: Path) -> None:
        """Write all that a stopped training needs, in one step."""
        arrays = {f"p.{k}": a for k, a in self.network.params.items()}
        arrays |= {f"a.{k}": a for k, a in self.average.items()}
        arrays |= {f"o.{k}": a for k, a in self.optimizer.state.items()}
        header = {"step": self.step, "seed": self.seed, "network": str(self.network)}
        tensors.write(path, arrays, CHECKPOINT, header)

    def restore(self, path: Path) -> None:
        """Continue where a stopped training was.

        Raises:
            ModelError: the file is no such checkpoint.
            ShapeError: it is of another network.
        """
        header, arrays = tensors.read(path, CHECKPOINT)
        self.network.load(part(arrays, "p."))
        self.average, self.optimizer.state = part(arrays, "a."), part(arrays, "o.")
        self.step, self.seed = header["step"], header["seed"]
