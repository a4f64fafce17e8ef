"""Any picture of one character as the square that a network was trained on.

The steps: grey levels, ink made bright, paper made even, binarisation, specks dropped,
ink cut out, scaled to a 20-pixel box, centre of mass in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from byhand.errors import PictureError
from byhand.ink.character import CHARACTER, Character, CharacterSettings, find_character
from byhand.ink.normalise import normalised
from byhand.pictures.convert import Picture, as_image, grey_levels
from byhand.types import Grey


@dataclass(frozen=True)
class PrepareSettings:
    """At which size a character is searched for."""

    longest: int = 256  # pixels: pictures are shrunk to 256–511 on their longer side
    small: int = 40  # pixels: a smaller character is searched for again, enlarged
    character: CharacterSettings = CHARACTER


PREPARE = PrepareSettings()


def prepare(
    picture: Picture,
    size: tuple[int, int] = (28, 28),
    settings: PrepareSettings = PREPARE,
) -> Grey:
    """Return a picture of one character as a network takes it: ink bright on 0.

    Args:
        picture: a path, a Pillow image, or an array (H, W), (H, W, 3) or (H, W, 4)
            of bool, integers or floats; dark ink on light paper or the reverse.
        size: height and width of the result in pixels.
        settings: how the ink is found.

    Returns:
        uint8 of that size: the ink fits a box of 20/28 of the square, its centre of
        mass is in the middle, its brightest pixel 255. All zeros if there is no ink.

    Raises:
        PictureError: the picture cannot be opened, or is none (see as_image).
    """
    return prepare_and_check(picture, size, settings)[0]


def prepare_and_check(
    picture: Picture, size: tuple[int, int], settings: PrepareSettings = PREPARE
) -> tuple[Grey, bool]:
    """Return the same, and whether the picture's edge cuts the character off.

    A picture of just that size was prepared before, with less paper than in others.
    """
    if min(size) < 1:
        raise PictureError(f"prepare: expected a size of at least (1, 1), got {size}")
    image = as_image(picture)
    found = _search(image, settings)
    if found is not None and (part := closer(image, found, settings)) is not None:
        found = _search(part, settings) or found
    if found is None:
        return np.zeros(size, np.uint8), False
    prepared = image.size == size[::-1]
    cut_off = not prepared and found.is_cut_off(settings.character)
    return normalised(found.cut_out(), size), cut_off


def _search(image: Image.Image, settings: PrepareSettings) -> Character | None:
    """Return the character in a copy of an image; None if there is no ink."""
    return find_character(grey_levels(image, settings.longest), settings.character)


def closer(
    image: Image.Image, found: Character, settings: PrepareSettings = PREPARE
) -> Image.Image | None:
    """Return the part of a shrunk image that shows a small character, with its paper.

    None if the image was not shrunk, or the character is large enough as it is.
    """
    scale = max(image.size) / max(found.ink.shape)
    box = found.box
    side = max(box.width, box.height)
    if scale < 2 or side >= settings.small:
        return None
    around = box.x - side, box.y - side, box.right + side, box.bottom + side
    left, top, right, bottom = (round(edge * scale) for edge in around)
    return image.crop(
        (max(left, 0), max(top, 0), min(right, image.width), min(bottom, image.height))
    )
