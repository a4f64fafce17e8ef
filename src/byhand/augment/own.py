"""Augmentations of the user's own, found by their words.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from byhand.errors import RecipeError
from byhand.registry import find
from byhand.types import Images


class OwnAugmentation:
    """The base of augmentations of one's own: images changed at random.

    Derived classes have a `kind`; the words behind it in a recipe
    (augmentation.own = "erase 6") are the arguments of their constructor, as texts.

    Attributes:
        kind: the word that names it in a recipe.
    """

    kind: ClassVar[str]

    def __call__(self, images: Images, rng: np.random.Generator) -> Images:
        """Return the images changed, uint8 of the same shape.

        Args:
            images: (N, H, W) or (N, H, W, C), already changed as the recipe says; may
                be changed in place.
            rng: the only source of chance. It is of the seed, the step and the shard,
                so that the same seed gives the same images on any number of threads,
                several of which call at the same time.
        """
        raise NotImplementedError


# by kind; a plug-in adds its own
AUGMENTATIONS: dict[str, Callable[..., OwnAugmentation]] = {}


def known(kind: str) -> bool:
    """Return whether there is an augmentation of that kind."""
    return find(AUGMENTATIONS, kind, "augmentations") is not None


def made(words: str) -> OwnAugmentation:
    """Return the augmentation of these words, as "erase 6".

    Raises:
        RecipeError: there is none, or it does not take the words.
    """
    kind, *arguments = words.split()
    part: Callable[..., OwnAugmentation] | None
    part = find(AUGMENTATIONS, kind, "augmentations")
    if part is None:
        raise RecipeError(f"augmentation.own: expected one of a plug-in, got {words!r}")
    try:
        return part(*arguments)
    except (TypeError, ValueError) as error:
        raise RecipeError(
            f"augmentation.own: cannot read {words!r}: {error}"
        ) from error
