"""A network trained on examples that are drawn as it goes, outside of recipes.

Example number n is drawn from its number and a seed alone, so a training that was
stopped and continued gives the same network. Examples are kept for some steps, since to
draw one takes about as long as to learn from it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from byhand import tensors
from byhand.nn.network import Network
from byhand.nn.optim import AdamW, clip_gradients
from byhand.nn.run import Arena
from byhand.nn.schedules import one_cycle
from byhand.training.checkpoint import part
from byhand.training.shards import Workers, added
from byhand.training.state import update_ema
from byhand.types import Arrays

Drawn = TypeVar("Drawn")
WARM = 0.05  # share of the steps until the learning rate is highest


@dataclass(frozen=True)
class StepSettings:
    """How a network is trained.

    Attributes:
        steps: in all.
        kept: examples kept from steps before.
        lr: the highest learning rate.
        weight_decay: of AdamW.
        clip: the largest norm of all gradients.
        ema: decay of the moving average of the weights.
    """

    steps: int
    kept: int
    lr: float = 2e-3
    weight_decay: float = 1e-3
    clip: float = 1.0
    ema: float = 0.999


class Fit(ABC, Generic[Drawn]):
    """A training that can stop after any step and continue."""

    checkpoint: ClassVar[str]  # the kind of its files

    def __init__(
        self, network: Network, seed: int, settings: StepSettings, shards: int
    ) -> None:
        self.network, self.seed, self.settings = network, seed, settings
        self.average = {k: p.copy() for k, p in network.params.items()}
        self.optimizer = AdamW(weight_decay=settings.weight_decay)
        self.step = 0
        self.kept: dict[int, Drawn] = {}
        self.draw: Callable[[int], Drawn] | None = None  # another than `drawer`
        self.arenas = [Arena() for _ in range(shards)]

    def run(
        self, workers: Workers, on_step: Callable[[int, float], object] | None = None
    ) -> None:
        """Take the steps that are left."""
        while self.step < self.settings.steps:
            loss = self.advance(workers)
            if on_step:
                on_step(self.step, loss)

    @abstractmethod
    def advance(self, workers: Workers) -> float:
        """Take one step; return its loss."""

    @property
    @abstractmethod
    def drawer(self) -> Callable[[int], Drawn]:
        """Draws the example of a number; it can be pickled."""

    def drawn(self, numbers: Sequence[int]) -> list[Drawn]:
        """Return the examples of these numbers, drawn unless they were kept."""
        draw = self.draw or self.drawer
        for number in sorted({*numbers} - self.kept.keys()):
            self.kept[number] = draw(number)
        examples = [self.kept[n] for n in numbers]
        for number in sorted(self.kept)[: -self.settings.kept]:
            del self.kept[number]
        return examples

    def learn(
        self, workers: Workers, gradients: Callable[[int], tuple[float, Arrays]]
    ) -> float:
        """Take a step along the gradients of the shards; return their losses' sum.

        Args:
            workers: one for each shard at a time.
            gradients: returns loss and gradients of a shard, by its number.
        """
        settings = self.settings
        losses, grads = zip(
            *workers.map(gradients, range(len(self.arenas))), strict=True
        )
        total = added(grads)
        clip_gradients(total, settings.clip)
        lr = settings.lr * one_cycle(self.step / settings.steps, warm=WARM)
        self.optimizer.step(self.network.params, total, lr)
        self.step += 1
        update_ema(self.average, self.network.params, self.step, settings.ema)
        return float(sum(losses))

    def trained(self) -> Network:
        """Return the network with the moving average of its weights."""
        return self.network.with_arrays(self.average)

    def save(self, path: Path) -> None:
        """Write all that a stopped training needs, in one step."""
        arrays = {f"p.{k}": a for k, a in self.network.params.items()}
        arrays |= {f"a.{k}": a for k, a in self.average.items()}
        arrays |= {f"o.{k}": a for k, a in self.optimizer.state.items()}
        header = {"step": self.step, "seed": self.seed, "network": str(self.network)}
        tensors.write(path, arrays, self.checkpoint, header)

    def restore(self, path: Path) -> None:
        """Continue where a stopped training was.

        Raises:
            ModelError: the file is no such checkpoint.
            ShapeError: it is of another network.
        """
        header, arrays = tensors.read(path, self.checkpoint)
        self.network.load(part(arrays, "p."))
        self.average, self.optimizer.state = part(arrays, "a."), part(arrays, "o.")
        self.step, self.seed = header["step"], header["seed"]
