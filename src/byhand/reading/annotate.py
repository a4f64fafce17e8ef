"""A copy of a picture with what was read drawn on it.

Boxes are in pixels of the upright picture, as in `result`.
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from byhand.pictures.convert import Picture, grey_levels
from byhand.pictures.sheets import open_sheets
from byhand.reading.result import Reading
from byhand.types import Box

PLAIN = ("RGB", "L", "P", "1", "CMYK", "YCbCr", "HSV")  # modes that become RGB at once
SURE_COLOUR, DOUBTFUL_COLOUR, PAPER = "#0072B2", "#D55E00", "#FFFFFF"


@dataclass(frozen=True)
class AnnotationSettings:
    """How a picture is annotated; lengths in pixels."""

    longest: int = 2000  # what is larger is shrunk to this
    doubtful: float = 0.9  # of confidence: symbols below it stand out
    smallest: int = 12  # height of what is written
    largest: int = 48  # the same
    margin: int = 2  # between a box and what is written beside it


ANNOTATION = AnnotationSettings()


def annotated(picture: Picture, reading: Reading) -> Image.Image:
    """Return the picture with a box round each symbol, and what it was read as.

    Doubtful ones are drawn in another colour. Of several pages only the first is
    drawn.

    Args:
        picture: what was read, as `read` takes it.
        reading: what was read in it.

    Returns:
        RGB, upright, the longer side at most 2000 pixels.

    Raises:
        PictureError: the picture cannot be opened, or is none.
    """
    sheet = next(iter(open_sheets(picture, ANNOTATION.longest)))
    image = in_colour(sheet.image)
    image.thumbnail((ANNOTATION.longest, ANNOTATION.longest))
    scale = image.width / sheet.size[0]
    draw = ImageDraw.Draw(image)
    for line in (line for line in reading.lines if line.page == 1):
        for digit in line.digits:
            _draw(draw, str(digit.digit), digit.confidence, digit.box, scale)
        for mark in line.marks:
            _draw(draw, mark.text, mark.confidence, mark.box, scale)
    return image


def in_colour(image: Image.Image) -> Image.Image:
    """Return an RGB copy; grey where the mode has no colours that can be shown."""
    if image.mode in PLAIN and not image.has_transparency_data:
        return image.convert("RGB") if image.mode != "RGB" else image.copy()
    return Image.fromarray(grey_levels(image, max(image.size))).convert("RGB")


def _draw(
    draw: ImageDraw.ImageDraw, text: str, confidence: float, box: Box, scale: float
) -> None:
    """Draw a symbol's box, and the symbol above it, or below where there is no room."""
    x, y, w, h = (side * scale for side in box)
    colour = SURE_COLOUR if confidence >= ANNOTATION.doubtful else DOUBTFUL_COLOUR
    edges = (x, y, x + max(w - 1, 0), y + max(h - 1, 0))
    draw.rectangle(edges, outline=colour, width=1 + max(draw.im.size) // 1000)
    font = ImageFont.load_default(
        min(max(h / 2, ANNOTATION.smallest), ANNOTATION.largest)
    )
    left, top, right, bottom = draw.textbbox((0, 0), text, font, stroke_width=1)
    above = y - ANNOTATION.margin - bottom
    at = (
        min(max(x + (w - right - left) / 2, -left), draw.im.size[0] - right),
        above if above + top >= 0 else y + h + ANNOTATION.margin - top,
    )
    draw.text(at, text, colour, font, stroke_width=1, stroke_fill=PAPER)
