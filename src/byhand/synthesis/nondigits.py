"""What is no digit, drawn: letters, characters of no script, things.

Letters: N images of 28 × 28 pixels; h, w height and width of a patch; K points.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from byhand.ink.normalise import normalised
from byhand.synthesis.digits import Hand, any_hand, written
from byhand.synthesis.drawing import blank, chosen, lay, log_uniform, smooth
from byhand.synthesis.handwriting import drawn
from byhand.synthesis.handwriting import hand as writer_of_letters
from byhand.synthesis.handwriting import written as written_letters
from byhand.synthesis.letters import CAPITAL, SMALL
from byhand.synthesis.scribbles import scribble, signature
from byhand.types import Grey, Images

SIZE = (28, 28)
HEIGHT = 40  # pixels at which letters are drawn, before they are made an image
LIKE_DIGITS = frozenset("OolIiSsZzBbqgGDQ/|!()[]'")  # as some write them
SIGNS = "?&%€$£@#*§√π→✓☆⌂~+="
SINGLE = sorted(set(SMALL + CAPITAL + SIGNS) - LIKE_DIGITS)

Draw = Callable[[np.random.Generator], Grey]  # returns a patch (h, w)


def draw_nondigits(count: int, seed: int = 0) -> Images:
    """Return images (N, 28, 28) of things that are no digits, of all kinds."""
    makers = [make for make, weight in KINDS.items() for _ in range(weight)]
    out = np.zeros((count, *SIZE), np.uint8)
    for n in range(count):
        rng = np.random.default_rng((seed, n))
        patch = makers[rng.integers(len(makers))](rng)
        out[n] = normalised(patch.astype(np.float32) / 255, SIZE)
    return out


def letter(rng: np.random.Generator) -> Grey:
    """Return a handwritten letter or sign that looks like no digit."""
    return written_letters(chosen(rng, SINGLE), HEIGHT, rng, writer_of_letters(rng))


def syllable(rng: np.random.Generator) -> Grey:
    """Return two or three letters, joined or not."""
    text = "".join(chosen(rng, SINGLE) for _ in range(rng.integers(2, 4)))
    return written_letters(text, HEIGHT, rng, writer_of_letters(rng))


def character(rng: np.random.Generator) -> Grey:
    """Return a character put together of two to four parts, as Chinese ones are."""
    layer = blank(HEIGHT, HEIGHT * rng.uniform(0.8, 1.2))
    by, parts = writer_of_letters(rng), int(rng.integers(2, 5))
    across = rng.random() < 0.5
    for part in range(parts):
        size = HEIGHT * rng.uniform(0.35, 0.65)
        patch = written_letters(chosen(rng, SINGLE), size, rng, by)
        along, other = part * HEIGHT / parts, rng.uniform(0, 0.5) * HEIGHT
        y, x = (other, along) if across else (along, other)
        lay(layer, patch, y, x)
    return layer


def cursive(rng: np.random.Generator) -> Grey:
    """Return one to four strokes that wind, as Japanese syllables do.

    A stroke goes on roughly where it was headed, and turns by any angle now and then.
    """
    strokes = []
    for _ in range(rng.integers(1, 5)):
        points = [rng.uniform(0, HEIGHT, 2)]
        heading = rng.uniform(-0.5, 2.0)
        for _ in range(rng.integers(2, 9)):
            turn = rng.normal(0, 0.6) if rng.random() < 0.6 else rng.uniform(1.0, 3.0)
            heading += turn * rng.choice([-1, 1])
            step = HEIGHT * rng.uniform(0.15, 0.55)
            points.append(
                points[-1] + step * np.array([np.cos(heading), np.sin(heading)])
            )
        strokes.append(smooth(np.clip(points, -0.2 * HEIGHT, 1.2 * HEIGHT)))
    if len(strokes) == 1 and len(strokes[0]) < 22:  # so short that it may be a digit
        strokes.append(strokes[0][::-1] + rng.normal(0, 0.3 * HEIGHT, 2))
    return drawn(strokes, HEIGHT * log_uniform(rng, 0.04, 0.18))


def pen_strokes(rng: np.random.Generator) -> Grey:
    """Return a signature, or a scribble that fills an area."""
    if rng.random() < 0.4:
        return signature(HEIGHT, rng)
    size = HEIGHT * rng.uniform(0.5, 1), HEIGHT * rng.uniform(0.5, 1)
    return scribble(size, HEIGHT * log_uniform(rng, 0.04, 0.15), rng)


def silhouette(rng: np.random.Generator) -> Grey:
    """Return a filled thing, mostly symmetric: as clothes, bags, vases and shoes are.

    Its outline bends or has corners; it may be cut from below, as trousers, have
    sleeves, stripes or a pattern, and is of even or changing grey.
    """
    side = 112
    count = int(rng.integers(3, 8))
    y = np.linspace(6, side - 6, count)
    half = side * np.abs(rng.normal(0.28, 0.12, count)).clip(0.06, 0.48)
    other = half if rng.random() < 0.7 else side * rng.uniform(0.06, 0.48, count)
    right, left = np.stack([half, y], 1), np.stack([-other, y], 1)
    if rng.random() < 0.5:
        right, left = smooth(right), smooth(left)
    middle = side / 2 + rng.normal(0, 3)
    outline = np.concatenate([right, left[::-1]])
    outline[:, 0] += middle
    image = Image.new("L", (side, side))
    pen = ImageDraw.Draw(image)
    pen.polygon([tuple(p) for p in outline.tolist()], fill=255)
    if rng.random() < 0.35:  # sleeves, or handles
        _sleeves(pen, middle, side, rng)
    if rng.random() < 0.25:  # legs
        width, top = rng.uniform(2, 10), rng.uniform(0.2, 0.6) * side
        corners = [(middle, top), (middle + width, side), (middle - width, side)]
        pen.polygon(corners, fill=0)
    small = image.resize(SIZE, Image.Resampling.BOX)
    turned = small.rotate(float(rng.choice([0, 0, 0, 90, 180, 270])))
    return _shaded(np.asarray(turned), rng)


def _sleeves(
    pen: ImageDraw.ImageDraw, middle: float, side: int, rng: np.random.Generator
) -> None:
    """Draw a pair of thick strokes from the shoulders down."""
    out, down, width = rng.uniform(0.3, 0.48), rng.uniform(0.2, 0.9), rng.uniform(8, 22)
    for sign in (-1, 1):
        begin = middle + sign * 0.15 * side, 0.12 * side
        pen.line([begin, (middle + sign * out * side, down * side)], 255, round(width))


def _shaded(mask: Grey, rng: np.random.Generator) -> Grey:
    """Return a filled thing with shades, stripes or a pattern."""
    rows, columns = np.indices(mask.shape) / len(mask) - 0.5
    down, across = rng.normal(0, 1, 2)
    shade = rng.uniform(0.5, 1) + rng.uniform(0, 0.5) * (down * rows + across * columns)
    if rng.random() < 0.4:
        waves = np.sin(2 * np.pi * rng.uniform(1, 7) * (down * rows + across * columns))
        shade = shade + rng.uniform(0.1, 0.5) * waves
    if rng.random() < 0.5:
        noise = ndimage.gaussian_filter(rng.normal(size=mask.shape), rng.uniform(0, 2))
        shade = shade + rng.uniform(0, 0.3) * noise / max(float(noise.std()), 1e-6)
    filled = mask * shade.clip(0.08, 1)
    return np.asarray(filled * 255 / max(float(filled.max()), 1), np.uint8)


KINDS: dict[Draw, int] = {  # how often each is drawn, of 20 times
    letter: 6,
    syllable: 1,
    character: 3,
    cursive: 4,
    pen_strokes: 1,
    silhouette: 5,
}


def draw_glyphs(texts: str, font: str, count: int, seed: int = 0) -> Images:
    """Return printed characters as a hand would write them, (N, 28, 28).

    Args:
        texts: characters that the font has.
        font: a file.
        count: of images.
        seed: draws characters and hands.
    """
    face = ImageFont.truetype(font, 64)
    out = np.zeros((count, *SIZE), np.uint8)
    per_hand = 16
    for first in range(0, count, per_hand):
        rng = np.random.default_rng((seed, first))
        size = min(per_hand, count - first)
        glyphs = np.stack([_glyph(chosen(rng, texts), face) for _ in range(size)])
        by = _writer(rng)
        patches = written(glyphs, np.full(size, -1), 20.0, by, rng)
        for n, patch in enumerate(patches):
            out[first + n] = normalised(patch.astype(np.float32) / 255, SIZE)
    return out


def _writer(rng: np.random.Generator) -> Hand:
    """Return a writer of characters that are no digits: their strokes bend more."""
    by = any_hand(rng)
    return Hand(**{**vars(by), "drawn": 0.0, "wobble": float(rng.uniform(0.3, 1.4))})


def _glyph(text: str, face: ImageFont.FreeTypeFont) -> Grey:
    """Return a character in an image of the data's kind."""
    left, top, right, bottom = (int(edge) for edge in face.getbbox(text))
    size = max(right - left, 1) + 4, max(bottom - top, 1) + 4
    image = Image.new("L", size)
    ImageDraw.Draw(image).text((2 - left, 2 - top), text, 255, font=face)
    return normalised(np.asarray(image, np.float32) / 255, SIZE)
