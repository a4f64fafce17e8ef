"""The ink network, trained on synthetic pages; no page is drawn twice alike.

Each step sees a few pages. Half of them are new; the others are of steps before, and
kept, since to draw a page takes about as long as to learn from it. Page number n is
drawn from (seed, n) alone, so a training that is continued gives the same network.

Letters: N pages of H × W pixels; K classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from byhand import tensors
from byhand.data.datasets import Split
from byhand.ink.segmentation import CLASSES
from byhand.nn.network import Network, build
from byhand.nn.optim import AdamW, clip_gradients
from byhand.nn.pixel_loss import pixel_cross_entropy
from byhand.nn.run import Arena, Run
from byhand.nn.schedules import one_cycle
from byhand.training.checkpoint import part
from byhand.training.ink_examples import (
    EXAMPLES,
    Example,
    ExampleSettings,
    draw_example,
)
from byhand.training.shards import Workers, added
from byhand.training.state import update_ema
from byhand.types import Arrays

CHECKPOINT = "ink checkpoint"
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
class FitInkSettings:
    """How long the ink network is trained, and on which pages."""

    steps: int = 6000
    batch: int = 8  # pages a step
    new: int = 4  # of them drawn for the step
    kept: int = 2000  # pages kept from steps before
    lr: float = 2e-3
    weight_decay: float = 1e-3
    clip: float = 1.0
    ema: float = 0.998
    examples: ExampleSettings = EXAMPLES


FIT_INK = FitInkSettings()


class InkFit:
    """A training of the ink network, which can stop after any step and continue."""

    def __init__(
        self,
        digits: Split,
        seed: int = 0,
        settings: FitInkSettings = FIT_INK,
        architecture: str = ARCHITECTURE,
    ) -> None:
        self.digits, self.seed, self.settings = digits, seed, settings
        shape = (*settings.examples.size, 3)
        self.network = build(architecture, shape, rng=np.random.default_rng((seed, 0)))
        self.average = {k: p.copy() for k, p in self.network.params.items()}
        self.optimizer = AdamW(weight_decay=settings.weight_decay)
        self.step = 0
        self.pages: dict[int, Example] = {}
        self.draw: Callable[[int], Example] | None = None  # another than `drawer`
        self.arenas = [Arena() for _ in range(settings.batch)]

    def run(
        self, workers: Workers, on_step: Callable[[int, float], object] | None = None
    ) -> None:
        """Take the steps that are left."""
        while self.step < self.settings.steps:
            loss = self.advance(workers)
            if on_step:
                on_step(self.step, loss)

    def advance(self, workers: Workers) -> float:
        """Take one step; return its loss, nats a pixel."""
        settings, rng = self.settings, np.random.default_rng((self.seed, 1, self.step))
        first = self.step * settings.new
        last = first + settings.new
        old = rng.integers(max(0, last - settings.kept), last, settings.batch)
        batch = self._drawn([*range(first, last), *old[settings.new :].tolist()])
        size = settings.batch * settings.examples.size[0] * settings.examples.size[1]

        def shard(number: int) -> tuple[float, Arrays]:
            return self._gradients(batch[number], self.arenas[number], size)

        losses, grads = zip(*workers.map(shard, range(len(batch))), strict=True)
        total = added(grads)
        clip_gradients(total, settings.clip)
        lr = settings.lr * one_cycle(self.step / settings.steps, warm=0.05)
        self.optimizer.step(self.network.params, total, lr)
        self.step += 1
        update_ema(self.average, self.network.params, self.step, settings.ema)
        return float(sum(losses))

    @property
    def drawer(self) -> Callable[[int], Example]:
        """Draws the page of a number; it can be pickled."""
        return partial(
            draw_example, self.digits, self.seed, settings=self.settings.examples
        )

    def _drawn(self, numbers: Sequence[int]) -> list[Example]:
        """Return the pages of these numbers, drawn unless they were kept."""
        draw = self.draw or self.drawer
        for number in sorted({*numbers} - self.pages.keys()):
            self.pages[number] = draw(number)
        examples = [self.pages[n] for n in numbers]
        for number in sorted(self.pages)[: -self.settings.kept]:
            del self.pages[number]
        return examples

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
