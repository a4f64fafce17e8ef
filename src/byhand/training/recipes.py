"""The recipes that have a name, and how one of them is found."""

from __future__ import annotations

import difflib

from byhand.augment.augmentation import Augmentation
from byhand.errors import RecipeError
from byhand.training.recipe import Recipe

DEFAULT = "standard"  # what is trained unless another recipe is asked for

CLASSIC = Recipe(
    name="classic",
    summary="the article's network and training, exactly: 784-30-60-10, plain SGD",
    architecture="pixels 1 | flatten | dense 30 | relu | dense 60 | relu "
    "| dense {classes}",
    steps=1000,
    batch=2000,
    shard=1000,
    replacement="per_batch",
    init="normal 0.01",
    lr=0.01,
    schedule="constant",
    l2=1e-3,
    validation=0,
)

MLP = Recipe(
    name="mlp",
    summary="the best dense network that trains in seconds",
    architecture="pixels 1/255 | flatten | dense 384 | relu | dense 128 | relu "
    "| dense {classes}",
    epochs=7,
    batch=512,
    shard=256,
    augmentation=Augmentation(shift=1),
    lr=0.3,
    momentum=0.9,
)

FAST = Recipe(
    name="fast",
    summary="99 % in seconds: a small convolutional network",
    architecture="pixels 1/255 | crop 2 | conv 16 5x5 | relu | maxpool 2 "
    "| conv 32 3x3 | relu | maxpool 2 | flatten | dense 64 | relu | dense {classes}",
    steps=400,
    batch=200,
    shard=100,
    augmentation=Augmentation(shift=1),
    label_smoothing=0.05,
    backward=1 / 3,
    lr=0.4,
    momentum=0.9,
    clip=1.0,
    validation=0,
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
    ema_decay=0.9995,
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
    backward=0.5,
    lr=0.1,
    momentum=0.9,
    clip=1.0,
    ema_decay=0.999,
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
    ema_decay=0.9995,
    validation=1000,
)

SHIPPED = Recipe(
    name="shipped",
    summary="the model in the package: sure on other people's digits, rejects the rest",
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
    ema_decay=0.9997,
    half=True,
)

RECIPES = {
    recipe.name: recipe
    for recipe in (CLASSIC, MLP, FAST, SMALL, STANDARD, BEST, SHIPPED)
}


def find_recipe(name: str) -> Recipe:
    """Return the recipe of that name; raise RecipeError with the names there are."""
    names = ", ".join(RECIPES)
    if not isinstance(name, str):
        kind = type(name).__name__
        raise RecipeError(f"recipe: expected one of {names}, or a Recipe, got {kind}")
    if name not in RECIPES:
        near = difflib.get_close_matches(name, RECIPES, 1)
        advice = f"; did you mean {near[0]}?" if near else ""
        raise RecipeError(f"recipe: expected one of {names}, got {name!r:.60}{advice}")
    return RECIPES[name]
