"""An optimiser, a schedule or a loss of the caller's own, instead of the recipe's.

Letters: N images of a shard, K outputs.
"""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias

import numpy as np

from byhand.augment.augmentation import OWN
from byhand.augment.own import made
from byhand.errors import RecipeError, ShapeError
from byhand.nn import Optimizer
from byhand.nn.schedules import Schedule
from byhand.training.objective import Examples
from byhand.training.recipe import Recipe
from byhand.types import Array, Images

OwnLoss: TypeAlias = Callable[..., tuple[float, Array]]
Change: TypeAlias = Callable[[Images, np.random.Generator], Images]


@dataclass(frozen=True)
class Own:
    """What a caller gives of his own; None is the recipe's.

    A recipe and a file cannot hold these; they say "own" instead.

    Attributes:
        optimizer: an object with `step(params, grads, lr)`, which updates the arrays of
            params in place, and with a dict `state` of all arrays that it remembers.
        schedule: a function of progress, from 0 to 1, that returns what the learning
            rate is multiplied by, 0 or more.
        loss: a function of logits (N, K) and labels (N,) that returns the mean loss of
            these images and d loss / d logits (N, K). With a third argument, the number
            of images to take the mean over, as `byhand.nn.softmax_cross_entropy` has
            it, it is given that of the whole batch. Threads call it at the same time.
        augmentation: a function of images uint8 (N, H, W) or (N, H, W, C), changed as
            the recipe says, and a generator, its only source of chance; it returns
            such images. Threads call it at the same time.
    """

    optimizer: Optimizer | None = None
    schedule: Schedule | None = None
    loss: OwnLoss | None = None
    augmentation: Change | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be called as it is going to be."""
        optimizer = self.optimizer
        stateful = isinstance(getattr(optimizer, "state", None), dict)
        steps = callable(getattr(optimizer, "step", None))
        if optimizer is not None and not (stateful and steps):
            raise RecipeError(
                "train, optimizer: expected a name, or an object with"
                " step(params, grads, lr) and a dict state, got"
                f" {_kind(optimizer)}; try byhand.nn.SGD(0.9)"
            )
        for name in ("schedule", "loss", "augmentation"):
            given = getattr(self, name)
            if given is not None and not callable(given):
                raise RecipeError(
                    f"train, {name}: expected a function, got {_kind(given)}"
                )

    def applied(self, recipe: Recipe) -> Recipe:
        """Return the recipe, saying "own" where one of these is used."""
        own: dict[str, Any] = {f.name: OWN for f in fields(self) if _has(self, f.name)}
        if self.augmentation is not None:
            own["augmentation"] = replace(recipe.augmentation, own=OWN)
        if self.optimizer is not None:
            own |= {"momentum": 0.0, "weight_decay": 0.0}
        return replace(recipe, **own)

    def check(self, recipe: Recipe, where: str) -> None:
        """Raise RecipeError unless these are given where the recipe says "own"."""
        for field in fields(self):
            name, given = field.name, _has(self, field.name)
            stored = getattr(recipe, name)
            if name == "augmentation":
                stored = recipe.augmentation.own
            if given != (stored == OWN):
                expected = f"{name} {stored!r}, as it began, got one of your own"
                cure = f"leave {name} out"
                if not given:
                    expected = f"the {name} of your own that it began with, got none"
                    cure = f"give it in Python: byhand.train(..., {name}=...)"
                raise RecipeError(f"{where}: expected {expected}; {cure}")

    def new_optimizer(self, recipe: Recipe) -> Optimizer:
        """Return an optimiser that has not made a step; the caller's stays as it is."""
        if self.optimizer is not None:
            return copy.deepcopy(self.optimizer)
        return recipe.make_optimizer()

    def change(self, recipe: Recipe) -> CheckedAugmentation | None:
        """Return what changes images after the recipe's augmentation; None for nothing.

        Raises:
            RecipeError: the recipe's words say no augmentation that is known.
        """
        words = recipe.augmentation.own
        if self.augmentation is not None:
            return CheckedAugmentation(self.augmentation)
        return CheckedAugmentation(made(words)) if words else None

    def lr_at(self, recipe: Recipe, step: int, steps: int) -> float:
        """Return the learning rate of step number `step`, from 0, of `steps`."""
        if self.schedule is None:
            return recipe.lr_at(step, steps)
        factor = self.schedule(step / steps)
        if (
            not isinstance(factor, int | float | np.number)
            or not 0 <= factor < math.inf
        ):
            raise RecipeError(
                "train, schedule: expected a finite number of 0 or more, got"
                f" {factor!r:.60} at {step / steps:.3g}"
            )
        return recipe.lr * float(factor)


@dataclass(frozen=True)
class CheckedAugmentation:
    """An augmentation of the caller's own, called for a shard of a batch."""

    function: Change

    def __call__(self, images: Images, rng: np.random.Generator) -> None:
        """Set images (N, H, W) to what the function makes of them.

        Raises:
            ShapeError: it returned something else.
        """
        found = self.function(images, rng)
        if not isinstance(found, np.ndarray):
            raise ShapeError(
                "train, augmentation: expected the images changed, got"
                f" {_kind(found)}; return them"
            )
        if found.shape != images.shape or found.dtype != images.dtype:
            raise ShapeError(
                f"train, augmentation: expected images of {images.dtype}"
                f" {images.shape}, as were given, got {found.dtype} {found.shape}"
            )
        if found is not images:
            images[...] = found


@dataclass(frozen=True)
class CheckedLoss:
    """A loss of the caller's own, called for a shard of a batch."""

    function: OwnLoss

    def __call__(self, logits: Array, examples: Examples) -> tuple[float, Array]:
        """Return the shard's part of the batch's loss, and its gradient.

        Raises:
            ShapeError: the function returned something else.
        """
        n, batch = len(logits), examples.batch
        if self.takes_count:
            found, share = self.function(logits, examples.labels, batch), 1.0
        else:
            found, share = self.function(logits, examples.labels), n / batch
        try:
            loss, dlogits = found
            loss, dlogits = float(loss) * share, np.asarray(dlogits)
        except (TypeError, ValueError) as error:
            raise ShapeError(
                "train, loss: expected the loss and d loss / d logits, got"
                f" {_kind(found)}"
            ) from error
        if dlogits.shape != logits.shape or dlogits.dtype.kind != "f":
            raise ShapeError(
                f"train, loss: expected d loss / d logits of floats {logits.shape},"
                f" like the logits, got {dlogits.dtype} {dlogits.shape}"
            )
        return loss, (dlogits * share).astype(logits.dtype, copy=False)

    @property
    def takes_count(self) -> bool:
        """Whether the function has a third argument, what the mean is taken over."""
        try:
            arguments = inspect.signature(self.function).parameters.values()
        except (TypeError, ValueError):
            return False  # compiled, without a signature
        places = (inspect.Parameter.POSITIONAL_ONLY,
                  inspect.Parameter.POSITIONAL_OR_KEYWORD)  # fmt: skip
        return [a.kind in places for a in arguments].count(True) >= 3


def _has(own: Own, name: str) -> bool:
    return getattr(own, name) is not None


def _kind(value: object) -> str:
    return type(value).__name__
