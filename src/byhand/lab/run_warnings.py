"""What goes wrong in a run, as soon as it can be seen, and since which step.

A page says it in words, with what to try. Nothing here stops a run.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Any

from byhand.training.state import Epoch

STEPS = 10  # whose mean loss is compared
RISEN = 3.0  # times the lowest mean, or the first loss: it grows, or will soon
BETTER = 0.9  # times that: it learns again, and does not only guess
HIGHER = 1.1  # times the lowest validation loss
DEAD = 0.3  # share of a layer's units
FEWEST = 5  # dead units of a layer that are worth a word

Warnings = list[dict[str, Any]]


class Watch:
    """Follows a run's numbers.

    Attributes:
        guess: the loss of a network that knows nothing, ln K nats.
        found: what went wrong, each with its kind and the step since which it does.
    """

    def __init__(self, classes: int) -> None:
        self.guess = math.log(max(classes, 2))
        self.found: dict[str, dict[str, Any]] = {}
        self._recent: deque[float] = deque(maxlen=STEPS)
        self._lowest, self._lowest_step = math.inf, 0
        self._best: Epoch | None = None

    @property
    def trouble(self) -> bool:
        """Whether a state of now is none to go back to."""
        return bool(self.found.keys() & {"diverges", "overfits"})

    def step(self, step: int, loss: float) -> None:
        """Take in the loss of a step."""
        if not self._recent:
            self._lowest = loss  # of the network as it began
        self._recent.append(loss)
        mean = sum(self._recent) / len(self._recent)
        full = len(self._recent) == STEPS
        limit = max(RISEN * self._lowest, 1.5 * self.guess)
        if full and mean < self._lowest:
            if mean < BETTER * self._lowest:
                self.found.pop("diverges", None)  # it has recovered
            self._lowest, self._lowest_step = mean, step
        elif not loss <= RISEN * limit or (full and mean > limit):  # nan is not below
            self.diverged(step)

    def epoch(self, epoch: Epoch) -> None:
        """Take in what was measured at the end of an epoch."""
        loss = epoch.validation_loss
        if loss is None:
            return
        if self._best is None or loss <= (self._best.validation_loss or math.inf):
            self._best = epoch
            self.found.pop("overfits", None)
        elif loss > HIGHER * (self._best.validation_loss or 0) and (
            epoch.loss < self._best.loss
        ):
            best = self._best
            self._add("overfits", best.step, epoch=best.number,
                      loss=best.validation_loss, now=loss)  # fmt: skip

    def layers(self, step: int, layers: list[dict[str, Any]]) -> None:
        """Take in the dead units of each layer."""
        for layer in layers:
            number, dead = layer["number"], layer["dead"] or {"dead": 0, "units": 1}
            kind = f"dead-{number}"
            if dead["dead"] >= max(FEWEST, DEAD * dead["units"]):
                self._add(kind, step, layer=number, text=layer["text"], **dead)
            else:
                self.found.pop(kind, None)

    def diverged(self, step: int) -> None:
        """Take in that the loss has grown beyond measure, or ended the run."""
        if "diverges" not in self.found:
            self._add("diverges", step, since=self._lowest_step)

    def _add(self, key: str, step: int, **more: Any) -> None:
        """Add a warning; one that is there keeps its first step."""
        first = self.found.get(key, {}).get("step", step)
        self.found[key] = {"kind": key.partition("-")[0], **more, "step": first}
