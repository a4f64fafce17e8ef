"""A network and its training as a person composes them, checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from byhand.data.datasets import Dataset, Split
from byhand.errors import ByhandError, RecipeError
from byhand.lab.described import described_images
from byhand.lab.security import Refused
from byhand.nn import INITS, SCHEDULES, build
from byhand.nn.init import PLACEHOLDERS
from byhand.nn.skips import output_shapes
from byhand.training.adjustments import ADJUSTABLE
from byhand.training.changes import changed, settings_of
from byhand.training.fitting import fitted
from byhand.training.recipe import Recipe
from byhand.training.recipes import RECIPES
from byhand.types import Images
from byhand.words import shortened

MOST_WEIGHTS = 20_000_000
MOST_OUTPUTS = 2_000_000  # numbers that a network computes of one image
MOST_BATCH = 10_000
LONGEST = 300  # characters of a line


def refused(error: ByhandError) -> Refused:
    """Return the answer to settings that cannot be: what was expected."""
    return Refused(422, shortened(str(error), LONGEST))


def composed(name: str, settings: Mapping[str, Any], data: Dataset) -> Recipe:
    """Return a recipe with other settings, as it is trained on a data set.

    Raises:
        Refused: it cannot be trained, or only with more memory than a page may take.
    """
    try:
        recipe = changed(RECIPES[name], settings)
        rows = layer_table(recipe, data)
    except ByhandError as error:
        raise refused(error) from error
    weights = sum(row["weights"] for row in rows)
    outputs = sum(math.prod(row["shape"]) for row in rows)
    for what, found, most in (
        ("weights", weights, MOST_WEIGHTS),
        ("numbers computed of an image", outputs, MOST_OUTPUTS),
        ("images a batch", recipe.batch, MOST_BATCH),
        ("images a shard", recipe.shard, MOST_BATCH),
    ):
        if found > most:
            raise Refused(422, f"expected at most {most:,} {what} here, got {found:,}")
    return recipe


def layer_table(recipe: Recipe, data: Dataset) -> list[dict[str, Any]]:
    """Return the layers of a recipe's network: text, output shape, number of weights.

    Raises:
        ShapeError: it is no network for such images.
        RecipeError: it has another number of outputs than there are classes.
    """
    shape, classes = data.image_shape, len(data.class_names)
    text = fitted(recipe, shape).architecture_for(classes)
    network = build(text, shape, init=PLACEHOLDERS)
    shapes = output_shapes(network.layers, shape)
    wanted = classes + (recipe.augmentation.nondigits > 0)
    if shapes[-1] != (wanted,):
        raise RecipeError(
            f"architecture: expected {wanted} outputs, one a class, got"
            f" {' × '.join(map(str, shapes[-1]))}; try | dense {{classes}} at its end"
        )
    return [
        {
            "text": str(layer),
            "shape": list(output),
            "weights": sum(p.size for p in layer.params.values()),
        }
        for layer, output in zip(network.layers, shapes, strict=True)
    ]


def choices() -> dict[str, Any]:
    """Return the recipes with their settings, and what settings may be."""
    return {
        "recipes": [
            {"name": r.name, "summary": r.summary, "settings": settings_of(r)}
            for r in RECIPES.values()
        ],
        "inits": [*INITS],
        "schedules": [*SCHEDULES],
        "optimizers": ["sgd", "adamw"],
        "adjustable": [*ADJUSTABLE],
    }


def to_augment(recipe: Recipe, data: Dataset, seed: int, count: int) -> dict[str, Any]:
    """Return some training images, drawn by a seed, and how they are to be changed."""
    rng = np.random.default_rng(seed)
    at = np.sort(
        rng.choice(len(data.train), min(count, len(data.train)), replace=False)
    )
    change = fitted(recipe, data.image_shape).augmentation
    reject = len(data.class_names)
    return {
        "change": change,
        "at": at,
        "split": Split(data.train.images[at], data.train.labels[at]),
        "reject": reject,
        "seed": seed,
    }


def previewed(wanted: dict[str, Any], changed: Images) -> list[dict[str, Any]]:
    """Return images (H, W) as they are and as they were changed, as JSON has them."""
    split, count = wanted["split"], range(len(wanted["at"]))
    before = described_images(split, count)
    after = described_images(Split(changed, split.labels), count)
    pairs = zip(before, after, strict=True)
    return [{**old, "changed": new["pixels"]} for old, new in pairs]
