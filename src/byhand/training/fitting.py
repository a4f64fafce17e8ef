"""Named recipes fitted to images smaller or larger than MNIST's.

Letters: H × W pixels of an image, or of a map in the network.
"""

from __future__ import annotations

import re
from dataclasses import replace

from byhand.augment.augmentation import Augmentation
from byhand.errors import ShapeError
from byhand.nn import build
from byhand.nn.init import PLACEHOLDERS
from byhand.training.recipe import Recipe
from byhand.training.recipes import RECIPES
from byhand.types import Shape

# pixels, the shorter side of the maps that are flattened: 4 or 5 with MNIST's images
FEWEST, MOST = 2, 8
CONV = re.compile(r"conv (\d+) (\d+)x(\d+)(.*)")
# images of which the shorter side is between these are MNIST's in size
SMALL, USUAL, LARGE = 20, 28, 40


def fitted(recipe: Recipe, image_shape: Shape) -> Recipe:
    """Return the recipe with a network and augmentation that suit such images.

    Only the networks of named recipes are changed, and only where they do not suit:
    without a crop, with padded windows and fewer stages of pooling for small images,
    with more stages for large ones. So is their augmentation, for images of other sizes
    than MNIST's. What is the caller's own stays as it is.
    """
    for named in RECIPES.values():
        if named.architecture == recipe.architecture:
            network = _network(recipe.architecture, image_shape)
            change = recipe.augmentation
            if replace(change, own="") == named.augmentation:
                change = fitted_augmentation(change, image_shape)
            return replace(recipe, architecture=network, augmentation=change)
    return recipe


def fitting_line(built: Recipe, asked: Recipe, image_shape: Shape) -> str:
    """Return a line that says what was fitted to the images; "" where nothing was."""
    fits = []
    if built.architecture != asked.architecture:
        fits.append(f"network {built.architecture}")
    if built.augmentation != asked.augmentation:
        new = built.augmentation
        fits.append(f"augmentation shift {new.shift}, elastic {new.elastic:g}")
    size = " × ".join(map(str, image_shape))
    return f"fitted to images of {size}: {'; '.join(fits)}" if fits else ""


def fitted_augmentation(usual: Augmentation, image_shape: Shape) -> Augmentation:
    """Return the augmentation with its lengths in proportion to the images.

    An elastic field is no rougher in large images, so it stays there.
    """
    side = min(image_shape[:2])
    if SMALL <= side <= LARGE:
        return usual
    size = side / USUAL
    elastic = round(usual.elastic * min(size, 1), 2)
    return replace(usual, shift=round(usual.shift * size), elastic=elastic)


def _network(architecture: str, image_shape: Shape) -> str:
    """Return the architecture for such images."""
    layers = architecture.split(" | ")
    if "conv" not in architecture:
        return architecture
    if _flattened_side(layers, image_shape) < FEWEST:
        layers = _smaller(layers, image_shape)
    while _flattened_side(layers, image_shape) > MOST:
        layers = _with_stage(layers)
    return " | ".join(layers)


def _flattened_side(layers: list[str], shape: Shape) -> int:
    """Return the shorter side of the maps that are flattened; 0 where none are left."""
    before = " | ".join(layers[: layers.index("flatten")])
    try:
        return min(build(before, shape, init=PLACEHOLDERS).output_shape(shape)[:2])
    except ShapeError:
        return 0


def _smaller(layers: list[str], shape: Shape) -> list[str]:
    """Return the layers for small images: uncropped, padded, pooled while it can be."""
    found: list[str] = []
    for layer in layers:
        if layer.startswith("crop"):
            continue
        if match := CONV.fullmatch(layer):
            filters, rows, columns, _ = match.groups()
            pad = int(rows) // 2  # the map keeps its size
            layer = f"conv {filters} {rows}x{columns} pad {pad}"
        if layer.startswith("maxpool") and _pooled_side(found, layer, shape) < FEWEST:
            continue
        found.append(layer)
    return found


def _pooled_side(before: list[str], pool: str, shape: Shape) -> int:
    """Return the shorter side of the maps after this pooling; 0 where none are left."""
    return _flattened_side([*before, pool, "flatten"], shape)


def _with_stage(layers: list[str]) -> list[str]:
    """Return the layers with one more stage of convolution and pooling."""
    end = layers.index("flatten")
    filters = [m.group(1) for layer in layers if (m := CONV.fullmatch(layer))][-1]
    stage = [f"conv {filters} 3x3 pad 1", "relu", "maxpool 2"]
    return [*layers[:end], *stage, *layers[end:]]
