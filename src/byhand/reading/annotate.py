"""A copy of a picture with what was read drawn on it.

Boxes are (x, y, w, h) in pixels of the upright picture, as in `answer`.
"""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from byhand.pictures.convert import Picture, grey_levels
from byhand.pictures.sheets import open_sheets
from byhand.reading.result import Digit, Reading

LONGEST = 2000  # pixels: what is larger is shrunk to this
PLAIN = ("RGB", "L", "P", "1", "CMYK", "YCbCr", "HSV")  # modes that become RGB at once
DOUBTFUL = 0.9  # of confidence: digits below it stand out
SURE_COLOUR, DOUBTFUL_COLOUR, PAPER = "#0072B2", "#D55E00", "#FFFFFF"
SMALLEST, LARGEST = 12, 48  # pixels: the height of what is written
GAP = 2  # pixels between a box and what is written beside it


def annotated(picture: Picture, reading: Reading) -> Image.Image:
    """Return the picture with a box round each digit, and what it was read as.

    Doubtful digits are drawn in another colour. Of several pages only the first is
    drawn.

    Args:
        picture: what was read, as `read` takes it.
        reading: what was read in it.

    Returns:
        RGB, upright, the longer side at most 2000 pixels.

    Raises:
        PictureError: the picture cannot be opened, or is none.
    """
    sheet = next(iter(open_sheets(picture, LONGEST)))
    image = in_colour(sheet.image)
    image.thumbnail((LONGEST, LONGEST))
    scale = image.width / sheet.size[0]
    draw = ImageDraw.Draw(image)
    for line in reading.lines:
        for digit in line.digits if line.page == 1 else ():
            _draw(draw, digit, scale)
    return image


def in_colour(image: Image.Image) -> Image.Image:
    """Return an RGB copy; grey where the mode has no colours that can be shown."""
    if image.mode in PLAIN and not image.has_transparency_data:
        return image.convert("RGB") if image.mode != "RGB" else image.copy()
    return Image.fromarray(grey_levels(image, max(image.size))).convert("RGB")


def _draw(draw: ImageDraw.ImageDraw, digit: Digit, scale: float) -> None:
    """Draw one digit's box, and the digit above it, or below where there is no room."""
    x, y, w, h = (side * scale for side in digit.box)
    colour = SURE_COLOUR if digit.confidence >= DOUBTFUL else DOUBTFUL_COLOUR
    edges = (x, y, x + max(w - 1, 0), y + max(h - 1, 0))
    draw.rectangle(edges, outline=colour, width=1 + max(draw.im.size) // 1000)
    font = ImageFont.load_default(min(max(h / 2, SMALLEST), LARGEST))
    text = str(digit.digit)
    left, top, right, bottom = draw.textbbox((0, 0), text, font, stroke_width=1)
    above = y - GAP - bottom
    at = (
        min(max(x + (w - right - left) / 2, -left), draw.im.size[0] - right),
        above if above + top >= 0 else y + h + GAP - top,
    )
    draw.text(at, text, colour, font, stroke_width=1, stroke_fill=PAPER)
