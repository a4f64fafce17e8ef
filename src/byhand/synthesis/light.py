"""Light on a page: gradients, dark corners, shadows, glare and casts of colour.

Letters: H, W height and width of the picture in pixels.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from byhand.types import Array, Floats

DARKEST = 0.12  # light in the darkest corner, of that in the brightest
STEP = 12  # pixels of the picture for each of the light's


def lit(picture: Array, strength: float, rng: np.random.Generator) -> Array:
    """Return the picture (H, W, 3) in uneven light.

    Args:
        picture: uint8, as it is in even light.
        strength: 0 for even light, 1 for much unevenness.
        rng: draws what makes it uneven.
    """
    height, width = picture.shape[:2]
    grid = np.mgrid[0 : height // STEP + 2, 0 : width // STEP + 2]
    y, x = grid * STEP / max(height, width)
    light = _gradient(x, y, strength, rng)
    if rng.random() < 0.5:
        light *= _dark_corners(x, y, strength, rng)
    light = np.maximum(light / light.max(), DARKEST)
    deviation = float(strength * rng.choice([0.0, 0.0, 0.03, 0.12]))
    if deviation:
        light = light[..., None] * _cast(x, y, deviation, rng)
    small = Image.fromarray(np.rint(255 * light / light.max()).astype(np.uint8))
    large = small.resize((width, height), Image.Resampling.BILINEAR)
    if not deviation:
        large = Image.merge("RGB", (large,) * 3)
    return np.asarray(ImageChops.multiply(Image.fromarray(picture), large))


def _gradient(
    x: Floats, y: Floats, strength: float, rng: np.random.Generator
) -> Floats:
    """Return light that falls off to a side."""
    angle = rng.uniform(0, 2 * np.pi)
    along = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)
    bend = rng.normal(0, 0.6)
    return np.asarray(
        np.exp(strength * rng.uniform(0, 1.3) * (along + bend * along**2))
    )


def _dark_corners(
    x: Floats, y: Floats, strength: float, rng: np.random.Generator
) -> Floats:
    """Return light that is less far from somewhere near the middle."""
    across, down = rng.normal(0.5, 0.12, 2)
    far = (x - across) ** 2 + (y - down * y.max()) ** 2
    return np.asarray(1 / (1 + strength * rng.uniform(0, 4) * far) ** 2)


def _cast(x: Floats, y: Floats, deviation: float, rng: np.random.Generator) -> Floats:
    """Return the colour of the light (..., 3), which changes across the page."""
    tint, across, down = rng.normal(0, 1, (3, 3)) * deviation
    place = across * (x - 0.5)[..., None] + down * (y - 0.5)[..., None]
    return np.asarray(np.exp(tint + 2 * place))


def shadowed(picture: Array, rng: np.random.Generator) -> Array:
    """Return the picture with the shadow of a hand, a phone or an edge on it."""
    height, width = picture.shape[:2]
    mask = Image.new("L", (width, height), 0)
    draw, side = ImageDraw.Draw(mask), max(width, height)
    for _ in range(rng.integers(1, 3)):
        middle = rng.uniform(0, 1, 2) * (width, height)
        turns = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 9)))
        reach = rng.uniform(0.15, 1.2, len(turns)) * side
        points = middle + np.stack([np.cos(turns), np.sin(turns)], 1) * reach[:, None]
        draw.polygon([tuple(point) for point in points.tolist()], fill=255)
    soft = float(
        rng.choice([0.6, rng.uniform(1, 1 + 0.03 * side), rng.uniform(0, 0.1) * side])
    )
    reduced = mask.reduce(4) if soft > 8 else mask
    blurred = reduced.filter(ImageFilter.BoxBlur(soft / 4 if soft > 8 else soft))
    if soft > 8:
        blurred = blurred.filter(ImageFilter.BoxBlur(soft / 4))
        blurred = blurred.resize((width, height), Image.Resampling.BILINEAR)
    taken = rng.uniform(0.1, 0.65) * (1 + rng.normal(0, 0.06, 3))
    levels = np.arange(256)
    channels = [blurred.point(np.rint(255 - levels * share).clip(0, 255).tolist())
                for share in taken.clip(0, 0.8)]  # fmt: skip
    light = Image.merge("RGB", channels)
    return np.asarray(ImageChops.multiply(Image.fromarray(picture), light))


def striped(picture: Array, rng: np.random.Generator) -> Array:
    """Return the picture with the shadow of a blind or a fence."""
    height, width = picture.shape[:2]
    angle, pitch = rng.uniform(0, np.pi), max(width, height) * rng.uniform(0.02, 0.2)
    y, x = np.ogrid[0:height, 0:width]
    phase = (x * np.cos(angle) + y * np.sin(angle)) * (2 * np.pi / pitch)
    wave = np.tanh(rng.uniform(1, 12) * (np.sin(phase) + rng.uniform(-0.5, 0.5)))
    shade = np.asarray(127.5 * (1 + wave), np.uint8)
    low = rng.uniform(0.35, 0.85) * (1 + rng.normal(0, 0.03, 3))
    levels = np.arange(256)
    channels = [Image.fromarray(shade).point(np.rint(255 * share + levels * (1 - share))
                                             .clip(0, 255).tolist())
                for share in low.clip(0, 0.9)]  # fmt: skip
    light = Image.merge("RGB", channels)
    return np.asarray(ImageChops.multiply(Image.fromarray(picture), light))


def glaring(picture: Array, rng: np.random.Generator) -> Array:
    """Return the picture with the reflection of a lamp or a window."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0 : height // STEP + 2, 0 : width // STEP + 2] * STEP
    across, down = rng.uniform(0, 1, 2) * (width, height)
    angle, long, wide = rng.uniform(0, np.pi), *np.exp(rng.uniform(-3, -0.7, 2))
    u = (x - across) * np.cos(angle) + (y - down) * np.sin(angle)
    v = (y - down) * np.cos(angle) - (x - across) * np.sin(angle)
    side = max(width, height)
    spot = np.exp(
        -(((u / long / side) ** 2 + (v / wide / side) ** 2) ** rng.uniform(0.6, 3))
    )
    spot *= rng.uniform(0.15, 0.9)
    small = Image.fromarray(np.rint(255 * spot).astype(np.uint8))
    large = small.resize((width, height), Image.Resampling.BICUBIC)
    white = Image.merge("RGB", (large,) * 3)
    return np.asarray(ImageChops.screen(Image.fromarray(picture), white))
