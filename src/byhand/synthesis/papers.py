"""What is written on, and what it lies on: papers, boards, tables.

Letters: H, W height and width in pixels.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops

from byhand.synthesis.noise import MIDDLE, normal_noise, smooth_noise
from byhand.synthesis.page import Colour
from byhand.synthesis.photographs import photograph
from byhand.types import Array, Grey

Size = tuple[int, int]


def coloured(texture: Grey, dark: Colour, light: Colour) -> Array:
    """Return colours (H, W, 3): `dark` where the texture is 0, `light` where 255."""
    layer = Image.fromarray(texture)
    levels = np.arange(256) / 255
    channels = [
        layer.point(np.rint(255 * (low + (high - low) * levels)).clip(0, 255).tolist())
        for low, high in zip(dark, light, strict=True)
    ]
    return np.asarray(Image.merge("RGB", channels))


def mottled(size: Size, amount: float, rng: np.random.Generator) -> Grey:
    """Return a texture of several sizes of cloud, about MIDDLE.

    Args:
        size: H, W.
        amount: deviation in levels; 0 for an even field.
        rng: draws the sizes.
    """
    if amount < 0.5:
        return np.full(size, MIDDLE, np.uint8)
    layers = [normal_noise(size, amount * rng.uniform(0.1, 1), rng)]
    count = 2 if rng.random() < 0.4 else 1
    for cell in np.exp(rng.uniform(np.log(1.5), np.log(1.5 + max(size) / 2), count)):
        stretched = float(cell * np.exp(rng.normal(0, 0.4)))
        deviation = amount * rng.uniform(0.2, 1)
        layers.append(smooth_noise(size, (float(cell), stretched), deviation, rng))
    total = Image.fromarray(layers[0])
    for layer in layers[1:]:
        total = ImageChops.add(total, Image.fromarray(layer), 1, -MIDDLE)
    return np.asarray(total)


def _plain(
    size: Size, colour: Colour, amount: float, rng: np.random.Generator
) -> Array:
    """Return paper of a colour whose brightness varies by `amount` levels."""
    dark = colour[0] - 0.5, colour[1] - 0.5, colour[2] - 0.5
    light = colour[0] + 0.5, colour[1] + 0.5, colour[2] + 0.5
    return coloured(mottled(size, amount, rng), dark, light)


def _hsv(hue: float, saturation: float, value: float) -> Colour:
    saturation, value = min(max(saturation, 0.0), 1.0), min(max(value, 0.0), 1.0)
    return colorsys.hsv_to_rgb(hue % 1, saturation, value)


def _white(size: Size, rng: np.random.Generator) -> Array:
    colour = _hsv(rng.uniform(0, 1), abs(rng.normal(0, 0.03)), rng.uniform(0.82, 1))
    return _plain(size, colour, rng.choice([0.0, rng.uniform(0, 6)]), rng)


def _grey(size: Size, rng: np.random.Generator) -> Array:
    colour = _hsv(rng.random(), rng.uniform(0, 0.12), rng.uniform(0.35, 0.85))
    return _plain(size, colour, rng.uniform(0, 14), rng)


def _coloured(size: Size, rng: np.random.Generator) -> Array:
    colour = _hsv(rng.random(), rng.uniform(0.1, 0.8), rng.uniform(0.55, 1))
    return _plain(size, colour, rng.uniform(0, 8), rng)


def _kraft(size: Size, rng: np.random.Generator) -> Array:
    colour = _hsv(
        rng.uniform(0.05, 0.12), rng.uniform(0.2, 0.6), rng.uniform(0.45, 0.85)
    )
    paper = Image.fromarray(_plain(size, colour, rng.uniform(4, 16), rng))
    fibre = smooth_noise(size, (rng.uniform(1, 2), rng.uniform(4, 14)), 40, rng)
    drop = np.minimum(255, 255 - (np.arange(256) - 190) * rng.uniform(0, 1.5)).clip(0)
    layer = Image.fromarray(fibre).point(np.rint(drop).tolist())
    return np.asarray(ImageChops.multiply(paper, Image.merge("RGB", (layer,) * 3)))


def _green_board(size: Size, rng: np.random.Generator) -> Array:
    colour = _hsv(
        rng.uniform(0.33, 0.5), rng.uniform(0.2, 0.7), rng.uniform(0.15, 0.45)
    )
    return _board(size, colour, rng)


def _black_board(size: Size, rng: np.random.Generator) -> Array:
    colour = _hsv(rng.random(), rng.uniform(0, 0.3), rng.uniform(0.04, 0.35))
    return _board(size, colour, rng)


def _board(size: Size, colour: Colour, rng: np.random.Generator) -> Array:
    """Return a board with the dust of what was wiped off."""
    board = Image.fromarray(_plain(size, colour, rng.uniform(0, 8), rng))
    cells = rng.uniform(10, 150, 2)
    dust = smooth_noise(size, (float(cells[0]), float(cells[1])), 50, rng)
    share = rng.uniform(0, 0.25) * max(0.0, rng.uniform(-0.5, 1))
    mask = Image.fromarray(dust).point(np.rint(np.arange(256) * share).tolist())
    board.paste((230, 230, 225), mask=mask)
    return np.asarray(board)


def _whiteboard(size: Size, rng: np.random.Generator) -> Array:
    colour = _hsv(rng.uniform(0.4, 0.7), rng.uniform(0, 0.06), rng.uniform(0.75, 1))
    return _plain(size, colour, rng.uniform(0, 4), rng)


def _sticky(size: Size, rng: np.random.Generator) -> Array:
    hue = rng.choice([0.14, 0.92, 0.25, 0.55, 0.08]) + rng.normal(0, 0.02)
    colour = _hsv(hue, rng.uniform(0.25, 0.8), rng.uniform(0.8, 1))
    return _plain(size, colour, rng.uniform(0, 4), rng)


def _dark(size: Size, rng: np.random.Generator) -> Array:
    colour = _hsv(rng.random(), rng.uniform(0, 0.9), rng.uniform(0.0, 0.4))
    return _plain(size, colour, rng.uniform(0, 8), rng)


def _even(size: Size, rng: np.random.Generator) -> Array:
    light = rng.choice([1.0, 1.0, rng.uniform(0.8, 1)])
    return np.full((*size, 3), round(255 * light), np.uint8)


PAPERS: dict[str, Callable[[Size, np.random.Generator], Array]] = {
    "white": _white,
    "grey": _grey,
    "coloured": _coloured,
    "kraft": _kraft,
    "green board": _green_board,
    "black board": _black_board,
    "whiteboard": _whiteboard,
    "sticky": _sticky,
    "dark": _dark,
    "even": _even,
    "scenery": photograph,
}


def table(size: Size, rng: np.random.Generator) -> Array:
    """Return what is around a sheet, (H, W, 3): wood, cloth, a pattern, a scene."""
    colour = _hsv(rng.random(), rng.uniform(0, 0.7), rng.uniform(0.03, 0.95))
    other = _hsv(rng.random(), rng.uniform(0, 0.7), rng.uniform(0.03, 0.95))
    kind = rng.random()
    if kind < 0.12:
        return photograph(size, rng)
    if kind < 0.4:
        return _wood(size, rng)
    if kind < 0.5:
        return _plain(size, colour, rng.uniform(0, 25), rng)
    if kind < 0.75:
        return coloured(mottled(size, rng.uniform(20, 60), rng), colour, other)
    return coloured(_woven(size, rng), colour, other)


def _wood(size: Size, rng: np.random.Generator) -> Array:
    """Return planks or a veneer, its fibres along one side."""
    hue, saturation = rng.uniform(0.03, 0.12), rng.uniform(0.2, 0.8)
    value = rng.uniform(0.2, 0.9)
    dark = _hsv(hue, saturation, value * rng.uniform(0.3, 0.9))
    light = _hsv(hue + rng.normal(0, 0.02), saturation * 0.8, value)
    turned = size[::-1] if rng.random() < 0.5 else size
    cell = float(rng.uniform(1.5, 12)), float(rng.uniform(60, 400))
    fibres = smooth_noise(turned, cell, 60, rng)
    fibres = fibres.T if turned != size else fibres
    return coloured(np.ascontiguousarray(fibres), dark, light)


def _woven(size: Size, rng: np.random.Generator) -> Grey:
    """Return stripes, checks or a weave."""
    down, across = (
        np.sin(np.arange(side) * 2 * np.pi / np.exp(rng.uniform(np.log(3), np.log(90))))
        for side in size
    )
    sharp = rng.uniform(1, 8)
    down, across = np.tanh(down * sharp), np.tanh(across * sharp)
    if rng.random() < 0.4:
        down = 0 * down
    share = rng.uniform(0.3, 0.7)
    pattern = share * down[:, None] + (1 - share) * across
    return np.asarray(np.rint(127 + 120 * pattern), np.uint8)
