"""A recipe: everything that decides how a network is trained.

A recipe is the only place of a default: the command line reads it, the model stores it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from byhand import notebook
from byhand.augment.augmentation import NO_AUGMENTATION, OWN, Augmentation
from byhand.constraints import (
    FLAG,
    TEXT,
    Choice,
    Constraint,
    Integer,
    Kind,
    Optional,
    Part,
    Real,
    Rule,
    check_settings,
)
from byhand.errors import RecipeError
from byhand.nn import INITS, OPTIMIZERS, SCHEDULES, SGD, AdamW, Optimizer
from byhand.nn.optim import optimizer_known
from byhand.words import one_line


@dataclass(frozen=True)
class Recipe:
    """How a network is built and trained.

    Attributes:
        name: what it is asked for by.
        summary: one line for people.
        architecture: as `byhand.nn.build` reads it; {classes} is filled in.
        epochs: passes over all training images; None if `steps` says it.
        steps: optimiser steps; None if `epochs` says it.
        batch: images a step.
        shard: images a thread takes at a time; decides the bits, unlike the threads.
        replacement: when images that were drawn may be drawn again. "per_epoch": once
            all have been, so that an epoch is a permutation; "per_batch": after each
            batch, which is drawn from all images.
        augmentation: how training images are changed, each time they are seen.
        label_smoothing: share of the target spread evenly over all classes.
        init: a name in `byhand.nn.INITS`.
        loss: "cross-entropy".
        optimizer: "sgd", "adamw", or the words of a plug-in's, as "rmsprop 0.9".
        lr: the learning rate, at its highest.
        schedule: how it moves, a name in `byhand.nn.SCHEDULES`.
        momentum: of SGD, in Nesterov's form where not 0.
        weight_decay: of AdamW, decoupled.
        l2: strength λ of the penalty ½ λ Σ w², part of the loss.
        backward: share of a shard's images whose gradient is computed, those from
            which there is most to learn more often (`training.sampling`); 1 for all.
        clip: largest norm of all gradients together; None for no limit.
        distill: share of the loss that compares with the model in the package instead
            of the label.
        ema_decay: the model is the exponential moving average of the weights, which
            keeps this share of itself at each step; 0 takes the weights as they are.
        validation: training images held out to measure on after each epoch. The best
            epoch is kept, unless there is an average of the weights; 0 trains on all
            images. They also decide the temperature and the threshold of rejection.
        rehearsal: share of each batch that are images the model was trained on before,
            where one is trained further.
        interpolation: of the weights that it began from, the share in those at the end.
        half: round the weights to float16 at the end: a file of half the size.
        adjustments: settings that change on the way, each after a number of steps:
            "120 lr=0.01 momentum=0.8 | 300 augmentation.rotate=10".

    Loss, optimiser and schedule are "own" where `byhand.train` was given one.
    """

    name: str
    summary: str
    architecture: str
    epochs: int | None = None
    steps: int | None = None
    batch: int = 100
    shard: int = 50
    replacement: str = "per_epoch"
    augmentation: Augmentation = NO_AUGMENTATION
    label_smoothing: float = 0.0
    init: str = "he"
    loss: str = "cross-entropy"
    optimizer: str = "sgd"
    lr: float = 0.1
    schedule: str = "one-cycle"
    momentum: float = 0.0
    weight_decay: float = 0.0
    l2: float = 0.0
    backward: float = 1.0
    clip: float | None = None
    distill: float = 0.0
    ema_decay: float = 0.0
    validation: int = 5000
    rehearsal: float = 0.0
    interpolation: float = 0.0
    half: bool = False
    adjustments: str = ""

    def __post_init__(self) -> None:
        """Refuse settings that cannot be trained with."""
        check_settings(f"recipe {self.name}", self, CONSTRAINTS, RULES)

    def __repr__(self) -> str:
        layers = " | ".join(self.architecture.split(" | ")[1:])
        length = (
            f"{self.epochs} epochs" if self.steps is None else f"{self.steps} steps"
        )
        how = f"{length}, {self.optimizer} lr {self.lr:g} {self.schedule}"
        return f"Recipe({one_line(self.name, 40)}: {one_line(layers, 200)}; {how})"

    def _repr_html_(self) -> str:
        """Return the settings as a table, for notebooks."""
        rows = [(f.name, getattr(self, f.name)) for f in fields(self)]
        return notebook.block(
            notebook.title(f"Recipe {self.name}: {self.summary}"),
            notebook.table(["setting", "value"], rows),
        )

    def architecture_for(self, classes: int) -> str:
        """Return the architecture with its outputs filled in.

        One a class, and a last one for the reject class where non-digits are shown.
        """
        outputs = classes + (self.augmentation.nondigits > 0)
        return self.architecture.replace("{classes}", str(outputs))

    def make_optimizer(self) -> Optimizer:
        """Return a new optimiser with this recipe's settings.

        Raises:
            RecipeError: it is one of the caller's own, or does not take its words.
        """
        if self.optimizer == OWN:
            raise RecipeError(
                f"recipe {self.name}: expected an optimizer by name, got one of your"
                " own, which a recipe cannot hold; give it to byhand.train"
            )
        if self.optimizer == "adamw":
            return AdamW(weight_decay=self.weight_decay)
        if self.optimizer == "sgd":
            return SGD(self.momentum, nesterov=self.momentum > 0)
        kind, *words = self.optimizer.split()
        try:
            return OPTIMIZERS[kind](*words)
        except (TypeError, ValueError) as error:
            raise RecipeError(
                f"recipe {self.name}, optimizer: cannot read {self.optimizer!r}:"
                f" {error}"
            ) from error

    def lr_at(self, step: int, steps: int) -> float:
        """Return the learning rate of step number `step`, from 0, of `steps`."""
        return self.lr * SCHEDULES[self.schedule](step / steps)


# A setting, and what it may be.
CONSTRAINTS: dict[str, Constraint] = {
    "name": TEXT,
    "summary": TEXT,
    "architecture": TEXT,
    "epochs": Optional(Integer(1)),
    "steps": Optional(Integer(1)),
    "batch": Integer(1),
    "shard": Integer(1),
    "replacement": Choice("per_epoch", "per_batch"),
    "augmentation": Kind(Augmentation, "an Augmentation"),
    "label_smoothing": Real(0, 1, below=True),
    "init": Choice(*INITS),
    "loss": Choice("cross-entropy", OWN),
    "optimizer": Part("sgd", "adamw", OWN, known=optimizer_known),
    "lr": Real(0, above=True),
    "schedule": Choice(*SCHEDULES, OWN),
    "momentum": Real(0, 1, below=True),
    "weight_decay": Real(0),
    "l2": Real(0),
    "backward": Real(0, 1, above=True),
    "clip": Optional(Real(0, above=True)),
    "distill": Real(0, 1),
    "ema_decay": Real(0, 1, below=True),
    "validation": Integer(0),
    "rehearsal": Real(0, 1, below=True),
    "interpolation": Real(0, 1, below=True),
    "half": FLAG,
    "adjustments": TEXT,
}

# What must hold between settings.
RULES = (
    Rule(
        ("epochs", "steps"),
        "exactly one of epochs and steps",
        lambda r: (r.epochs is None) != (r.steps is None),
    ),
    Rule(
        ("optimizer", "momentum"),
        "momentum only with optimizer 'sgd'",
        lambda r: r.optimizer == "sgd" or not r.momentum,
    ),
    Rule(
        ("optimizer", "weight_decay"),
        "weight_decay only with optimizer 'adamw'; try l2",
        lambda r: r.optimizer == "adamw" or not r.weight_decay,
    ),
    Rule(
        ("distill", "loss"),
        "distill only with loss 'cross-entropy'",
        lambda r: r.loss == "cross-entropy" or not r.distill,
    ),
    Rule(
        ("distill", "augmentation"),
        "distill without nondigits, which its teacher does not know",
        lambda r: not (r.distill and r.augmentation.nondigits),
    ),
)


def read_recipe(stored: dict[str, Any]) -> Recipe:
    """Return the recipe that `dataclasses.asdict` made these settings of.

    Raises:
        TypeError, KeyError, RecipeError: they are no recipe.
    """
    settings = _renamed(stored) if "afresh" in stored else {**stored}
    settings.pop("cost", None)  # older files have what it was said to take
    augmentation = Augmentation(**settings["augmentation"])
    return Recipe(**{**settings, "augmentation": augmentation})


def _renamed(stored: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of an older file under their present names.

    Such a file may hold settings of the other optimiser, which had no effect.
    """
    settings = {**stored}
    settings["replacement"] = "per_batch" if settings.pop("afresh") else "per_epoch"
    if "average" in settings:
        settings["ema_decay"] = settings.pop("average")
    unused = "momentum" if settings.get("optimizer") == "adamw" else "weight_decay"
    return settings | {unused: 0.0}
