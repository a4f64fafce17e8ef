"""Recipes: everything that decides how a network is trained, by name.

A recipe is the only place of a default: the command line reads it, the model stores it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from byhand.augment.augmentation import NOTHING, Augmentation
from byhand.errors import RecipeError
from byhand.nn import INITS, SCHEDULES, SGD, AdamW, Optimizer


@dataclass(frozen=True)
class Recipe:
    """How a network is built and trained.

    Attributes:
        name: what it is asked for by.
        summary: one line for people.
        architecture: as `byhand.nn.build` reads it; {classes} is filled in.
        epochs: passes over the training images; None if `steps` says it.
        steps: optimiser steps; None if `epochs` says it.
        batch: images a step.
        shard: images a thread takes at a time; decides the bits, unlike the threads.
        afresh: draw each batch from all images anew, instead of by shuffled epochs.
        augmentation: how training images are changed, each time they are seen.
        label_smoothing: share of the target spread evenly over all classes.
        init: "he", "glorot" or "normal 0.01".
        optimizer: "sgd" or "adamw".
        lr: the learning rate, at its highest.
        schedule: how it moves, a name in `byhand.nn.SCHEDULES`.
        momentum: of SGD, in Nesterov's form where not 0.
        weight_decay: of AdamW, decoupled.
        l2: strength λ of the penalty ½ λ Σ w², part of the loss.
        clip: largest norm of all gradients together; None for no limit.
        distill: share of the loss that asks for what the model in the package says of
            the image, in place of the label.
        average: the model is an exponential moving average of the weights, which keeps
            this share of itself at each step; 0 takes the weights as they are.
        validation: training images held out to measure on after each epoch, of which
            the best is kept, unless weights are averaged; 0 trains on all images. They
            also decide the temperature, and what is no digit.
        half: round the weights to float16 in the end: a file of half the size.
        cost: what is known beforehand of time and memory, one line for people.
    """

    name: str
    summary: str
    architecture: str
    epochs: int | None = None
    steps: int | None = None
    batch: int = 100
    shard: int = 50
    afresh: bool = False
    augmentation: Augmentation = NOTHING
    label_smoothing: float = 0.0
    init: str = "he"
    optimizer: str = "sgd"
    lr: float = 0.1
    schedule: str = "one-cycle"
    momentum: float = 0.0
    weight_decay: float = 0.0
    l2: float = 0.0
    clip: float | None = None
    distill: float = 0.0
    average: float = 0.0
    validation: int = 5000
    half: bool = False
    cost: str = ""

    def __post_init__(self) -> None:
        """Refuse settings that cannot be trained with."""
        _expect(
            self.name,
            "one of epochs and steps",
            (self.epochs is None) ^ (self.steps is None),
        )
        _expect(
            self.name, "epochs of 1 or more", self.epochs is None or self.epochs > 0
        )
        _expect(self.name, "steps of 1 or more", self.steps is None or self.steps > 0)
        _expect(
            self.name, "batch and shard of 1 or more", min(self.batch, self.shard) > 0
        )
        _expect(
            self.name,
            "label smoothing and average from 0 to below 1",
            0 <= self.label_smoothing < 1 and 0 <= self.average < 1,
        )
        _expect(
            self.name,
            "distill from 0 to 1, and then no non-digits, which have no teacher",
            0 <= self.distill <= 1
            and not (self.distill and self.augmentation.nondigits),
        )
        _expect(self.name, "a learning rate above 0", 0 < self.lr < float("inf"))
        _expect(self.name, "validation of 0 or more", self.validation >= 0)
        _expect(
            self.name,
            f"schedule among {', '.join(SCHEDULES)}",
            self.schedule in SCHEDULES,
        )
        _expect(self.name, f"init among {', '.join(INITS)}", self.init in INITS)
        _expect(self.name, "optimizer sgd or adamw", self.optimizer in ("sgd", "adamw"))

    def architecture_for(self, classes: int) -> str:
        """Return the architecture with its outputs filled in.

        One a class, and one more where images of something else are shown, as label -1:
        the last.
        """
        outputs = classes + (self.augmentation.nondigits > 0)
        return self.architecture.replace("{classes}", str(outputs))

    def make_optimizer(self) -> Optimizer:
        """Return a new optimiser with this recipe's settings."""
        if self.optimizer == "adamw":
            return AdamW(weight_decay=self.weight_decay)
        return SGD(self.momentum, nesterov=self.momentum > 0)

    def lr_at(self, step: int, steps: int) -> float:
        """Return the learning rate of step number `step`, from 0, of `steps`."""
        return self.lr * SCHEDULES[self.schedule](step / steps)


def _expect(name: str, wanted: str, true: bool) -> None:
    if not true:
        raise RecipeError(f"recipe {name}: expected {wanted}")


CLASSIC = Recipe(
    name="classic",
    summary="the article's network and training, exactly: 784-30-60-10, plain SGD",
    architecture="pixels 1 | flatten | dense 30 | relu | dense 60 | relu "
    "| dense {classes}",
    steps=1000,
    batch=2000,
    shard=1000,
    afresh=True,
    init="normal 0.01",
    lr=0.01,
    schedule="constant",
    l2=1e-3,
    validation=0,
    cost="2 s, 0.2 GB",
)

MLP = Recipe(
    name="mlp",
    summary="the best dense network within 5 s of training",
    architecture="pixels 1/255 | flatten | dense 384 | relu | dense 128 | relu "
    "| dense {classes}",
    epochs=7,
    batch=512,
    shard=256,
    augmentation=Augmentation(shift=1),
    lr=0.3,
    momentum=0.9,
    cost="4 s, 0.2 GB",
)

FAST = Recipe(
    name="fast",
    summary="99 % in a second and a half: a small convolutional network",
    architecture="pixels 1/255 | crop 2 | conv 16 5x5 | relu | maxpool 2 "
    "| conv 32 3x3 | relu | maxpool 2 | flatten | dense 64 | relu | dense {classes}",
    steps=500,
    batch=200,
    shard=100,
    augmentation=Augmentation(shift=1),
    lr=0.2,
    momentum=0.9,
    clip=1.0,
    validation=0,
    cost="2 s, 0.2 GB",
)

SMALL = Recipe(
    name="small",
    summary="the article's own network, trained as well as we know how",
    architecture="pixels 1/255 | flatten | dense 30 | relu | dense 60 | relu "
    "| dense {classes}",
    epochs=120,
    batch=200,
    shard=100,
    augmentation=Augmentation(shift=1, rotate=5, scale=0.05, shear=0.05, elastic=0.3),
    lr=0.1,
    momentum=0.9,
    clip=1.0,
    average=0.9995,
    cost="2 minutes, 0.3 GB",
)

STANDARD = Recipe(
    name="standard",
    summary="the default: two convolutions, training images bent each time",
    architecture="pixels 1/255 | conv 24 5x5 | relu | maxpool 2 "
    "| conv 64 3x3 | relu | maxpool 2 | flatten | dropout 0.3 | dense 128 | relu "
    "| dropout 0.3 | dense {classes}",
    epochs=120,
    batch=200,
    shard=100,
    augmentation=Augmentation(
        shift=2, rotate=12, scale=0.12, aspect=0.1, shear=0.2, elastic=0.6
    ),
    lr=0.1,
    momentum=0.9,
    clip=1.0,
    average=0.999,
    cost="3 minutes, 0.3 GB",
)

BEST = Recipe(
    name="best",
    summary="one network, four convolutions deep, trained for long",
    architecture="pixels 1/255 | conv 32 5x5 | relu | maxpool 2 "
    "| conv 64 3x3 pad 1 | relu | conv 64 3x3 pad 1 | relu | conv 64 3x3 | relu "
    "| maxpool 2 | flatten | dropout 0.3 | dense 256 | relu | dropout 0.3 "
    "| dense {classes}",
    epochs=60,
    batch=200,
    shard=100,
    augmentation=Augmentation(
        shift=2, rotate=15, scale=0.15, aspect=0.1, shear=0.2, elastic=0.8
    ),
    lr=0.1,
    momentum=0.9,
    clip=1.0,
    average=0.9995,
    validation=1000,
    cost="10 minutes, 0.3 GB",
)

SHIPPED = Recipe(
    name="shipped",
    summary="the model in the package: sure on other people's digits, refuses the rest",
    architecture="pixels 1/255 | conv 32 5x5 | relu | maxpool 2 "
    "| conv 64 3x3 pad 1 | relu | conv 64 3x3 | relu | maxpool 2 | flatten "
    "| dense 320 | relu | dense {classes}",
    epochs=70,
    batch=400,
    shard=100,
    augmentation=Augmentation(
        shift=2,
        rotate=15,
        scale=0.15,
        aspect=0.25,
        shear=0.3,
        elastic=0.7,
        roam=0.4,
        stretch=0.25,
        damage=0.2,
        european=0.35,
        touching=0.2,
        nondigits=0.3,
    ),
    lr=0.15,
    momentum=0.9,
    clip=1.0,
    average=0.9997,
    half=True,
    cost="13 minutes, 0.3 GB",
)

RECIPES = {
    recipe.name: recipe
    for recipe in (CLASSIC, MLP, FAST, SMALL, STANDARD, BEST, SHIPPED)
}


def find_recipe(name: str) -> Recipe:
    """Return the recipe of that name; raise RecipeError with the names there are."""
    if name not in RECIPES:
        names = ", ".join(RECIPES)
        raise RecipeError(f"recipe: expected one of {names}, got {name!r}")
    return RECIPES[name]


def read_recipe(stored: dict[str, Any]) -> Recipe:
    """Return the recipe that `dataclasses.asdict` made these of.

    Raises:
        TypeError, RecipeError: they are no recipe.
    """
    augmentation = Augmentation(**stored["augmentation"])
    return Recipe(**{**stored, "augmentation": augmentation})
