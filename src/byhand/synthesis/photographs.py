"""Pictures much as photographs without any writing: scenes, leaves, faces, walls.

Letters: H, W height and width of the picture in pixels; K points.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from byhand.synthesis.drawing import chosen, log_uniform
from byhand.synthesis.noise import MIDDLE, smooth_noise
from byhand.types import Array, Floats

Size = tuple[int, int]
Paint = tuple[int, int, int]
Rng = np.random.Generator


def colour(rng: Rng, hue: float | None = None, value: float | None = None) -> Paint:
    """Return a colour in bytes, at random but for what is given."""
    saturation = rng.uniform(0, 1) ** 1.5
    bright = rng.uniform(0, 1) if value is None else value
    shade = rng.random() if hue is None else hue + rng.normal(0, 0.03)
    r, g, b = colorsys.hsv_to_rgb(shade % 1, saturation, min(max(bright, 0), 1))
    return round(255 * r), round(255 * g), round(255 * b)


def gradient(size: Size, rng: Rng) -> Image.Image:
    """Return a few colours that flow into one another."""
    cells = tuple(int(n) for n in rng.integers(2, 6, 2))
    small = np.array([colour(rng) for _ in range(cells[0] * cells[1])], np.uint8)
    image = Image.fromarray(small.reshape(*cells, 3))
    return image.resize(size[::-1], Image.Resampling.BICUBIC)


def outline(middle: Floats, radius: float, rng: Rng) -> list[tuple[float, float]]:
    """Return points (K, 2) around a place: a polygon, a disc or something uneven."""
    count = int(chosen(rng, (3, 4, 4, 5, 8, 24)))
    turn = np.sort(rng.uniform(0, 2 * np.pi, count)) if count < 9 else (
        np.linspace(0, 2 * np.pi, count, endpoint=False))  # fmt: skip
    reach = radius * (1 + rng.choice([0, 0.1, 0.4]) * rng.normal(0, 1, count))
    x, y = reach * np.cos(turn) * rng.uniform(0.4, 1), reach * np.sin(turn)
    angle = rng.uniform(0, np.pi)
    sin, cos = np.sin(angle), np.cos(angle)
    points = np.stack([x, y], axis=1) @ np.array([[cos, sin], [-sin, cos]]) + middle
    return [(float(a), float(b)) for a, b in points]


def palette(rng: Rng, hue: float, values: Floats) -> list[Paint]:
    """Return colours of a hue, one of each brightness."""
    return [colour(rng, hue, float(value)) for value in values]


def shapes(size: Size, rng: Rng) -> Image.Image:
    """Return polygons, discs, bars and lines of all sizes over one another."""
    image = gradient(size, rng)
    draw, side = ImageDraw.Draw(image), max(size)
    for _ in range(rng.integers(5, 60)):
        middle = rng.random(2) * size[::-1]
        radius = side * log_uniform(rng, 0.01, 0.4)
        kind = rng.random()
        if kind < 0.6:
            draw.polygon(outline(middle, radius, rng), colour(rng))
        elif kind < 0.8:
            ends = np.stack([middle, middle + rng.normal(0, radius, 2)])
            width = int(rng.integers(1, 2 + side // 60))
            draw.line(ends.ravel().tolist(), colour(rng), width)
        else:
            box = [*(middle - radius), *(middle + radius * rng.uniform(0.3, 1))]
            draw.arc([float(v) for v in box], 0, rng.uniform(90, 360), colour(rng), 3)
    return image


def leaves(size: Size, rng: Rng) -> Image.Image:
    """Return leaves, grass or pebbles: many of one shape, in shades of a hue."""
    hue, image = chosen(rng, (0.3, 0.25, 0.1, 0.6, rng.random())), gradient(size, rng)
    draw, side = ImageDraw.Draw(image), max(size)
    long = side * log_uniform(rng, 0.012, 0.12)
    slim, wild = rng.uniform(0.05, 0.9), chosen(rng, (0.2, 1.0, 6.0))
    t = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    leaf = np.stack([np.cos(t), slim * np.sin(t)], axis=1)  # (K, 2)
    count = min(900, round(1.5 * size[0] * size[1] / (long * long * slim + 20)))
    turns = rng.uniform(0, 2 * np.pi) + rng.normal(0, wild, count)
    sin, cos = np.sin(turns), np.cos(turns)
    frames = np.stack([cos, sin, -sin, cos], axis=1).reshape(-1, 2, 2)
    frames *= long * rng.uniform(0.2, 0.5, (count, 1, 1))
    outlines = leaf @ frames + rng.random((count, 1, 2)) * size[::-1]
    paints = palette(rng, hue, np.linspace(0.1, 0.95, 24))
    for number, points in enumerate(outlines.reshape(count, -1).tolist()):
        near = 24 * number // count + int(rng.integers(-4, 5))
        draw.polygon(points, paints[min(max(near, 0), 23)])
    return image


def branches(size: Size, rng: Rng) -> Image.Image:
    """Return a bare tree, roots or cracks: lines that part into thinner ones."""
    image = gradient(size, rng)
    draw, paint = ImageDraw.Draw(image), colour(rng, value=rng.choice([0.1, 0.95]))
    h, w = size
    trunk = h * rng.uniform(0.01, 0.05)
    stack = [(rng.uniform(0, w), float(h), -np.pi / 2, 0.25 * h, trunk)]
    for _ in range(400):
        if not stack:
            break
        x, y, heading, length, width = stack.pop(0)
        x1, y1 = x + length * np.cos(heading), y + length * np.sin(heading)
        draw.line([x, y, x1, y1], paint, max(1, round(width)))
        if length > 6:
            shorter = length * rng.uniform(0.6, 0.9)
            turns = heading + rng.normal(0, 0.5, rng.integers(1, 4))
            stack += [(x1, y1, turn, shorter, 0.7 * width) for turn in turns]
    return image


def bricks(size: Size, rng: Rng) -> Image.Image:
    """Return a wall, tiles, windows or a keyboard without letters: boxes in rows."""
    hue, gap = rng.random(), colour(rng)
    image = Image.new("RGB", size[::-1], gap)
    draw, side = ImageDraw.Draw(image), max(size)
    high = max(6.0, side * rng.uniform(0.015, 0.15))
    wide, joint = high * rng.uniform(0.5, 3), max(1.0, high * rng.uniform(0.02, 0.3))
    paints = palette(rng, hue, rng.uniform(0.2, 0.9) + rng.normal(0, 0.08, 16))
    shift = chosen(rng, (0.0, 0.5))
    for row, y in enumerate(np.arange(-high, size[0], high)):
        for x in np.arange(-wide * (1 + shift * (row % 2)), size[1], wide):
            box = [x, y, x + wide - joint, y + high - joint]
            draw.rectangle(box, paints[int(rng.integers(16))])
    if rng.random() < 0.7:
        image = image.rotate(rng.normal(0, 8), Image.Resampling.BILINEAR, fillcolor=gap)
    return image


def faces(size: Size, rng: Rng) -> Image.Image:
    """Return ovals with eyes, brows, mouth and hair, in front of something."""
    image = gradient(size, rng)
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(1, 6)):
        r = min(size) * rng.uniform(0.08, 0.35)
        x, y = (rng.random(2) * size[::-1]).tolist()
        skin = colour(rng, 0.06, rng.uniform(0.3, 1))
        dark = colour(rng, 0.05, rng.uniform(0, 0.4))
        draw.ellipse([x - r, y - 1.4 * r, x + r, y + 0.8 * r], dark)  # hair
        draw.ellipse([x - 0.4 * r, y + 0.5 * r, x + 0.4 * r, y + 1.8 * r], skin)
        draw.ellipse([x - 1.6 * r, y + 1.3 * r, x + 1.6 * r, y + 4 * r], colour(rng))
        draw.ellipse([x - 0.8 * r, y - r, x + 0.8 * r, y + r], skin)
        width = max(1, round(0.06 * r))
        for eye in (x - 0.33 * r, x + 0.33 * r):
            box = [eye - 0.15 * r, y - 0.25 * r, eye + 0.15 * r, y - 0.1 * r]
            draw.ellipse(box, (240, 240, 240))
            draw.ellipse([eye - 0.06 * r, box[1], eye + 0.06 * r, box[3]], dark)
            draw.arc([box[0], box[1] - 0.2 * r, box[2], box[3]], 200, 340, dark, width)
        draw.arc([x - 0.3 * r, y + 0.1 * r, x + 0.3 * r, y + 0.6 * r], 20, 160,
                 colour(rng, 0.0, 0.6), 2 * width)  # fmt: skip
        draw.line(
            [x, y - 0.1 * r, x + 0.1 * r, y + 0.2 * r, x, y + 0.2 * r], dark, width
        )
    return image


def landscape(size: Size, rng: Rng) -> Image.Image:
    """Return a sky, hills one before the other, and posts, wires or houses."""
    image = gradient(size, rng)
    draw, (h, w) = ImageDraw.Draw(image), size
    x = np.linspace(0, w, 40)
    for level in np.sort(rng.uniform(0.3, 0.95, rng.integers(1, 6))):
        rough = np.cumsum(rng.normal(0, rng.uniform(0.002, 0.02), 40)) * h
        ridge = np.stack([x, level * h + rough], axis=1)
        draw.polygon([*ridge.ravel().tolist(), w, h, 0, h], colour(rng))
    for left in rng.uniform(0, w, rng.integers(0, 12)):
        top, wide = rng.uniform(0.2, 0.8) * h, w * rng.uniform(0.003, 0.08)
        draw.rectangle([left, top, left + wide, h], colour(rng))
    for y in rng.uniform(0, 0.5, rng.integers(0, 5)) * h:
        sag = y + 0.08 * h * np.sin(np.linspace(0, np.pi, 40))
        draw.line(np.stack([x, sag], axis=1).ravel().tolist(), (20, 20, 20), 1)
    return image


def clouds(size: Size, rng: Rng) -> Image.Image:
    """Return fur, clouds, water or stone: noise between two colours."""
    cell = np.exp(rng.uniform(np.log(2), np.log(max(size) / 3), 2))
    cells = float(cell[0]), float(cell[1])
    mask = smooth_noise(size, cells, rng.uniform(30, 90), rng)
    one, other = (Image.new("RGB", size[::-1], colour(rng)) for _ in range(2))
    return Image.composite(one, other, Image.fromarray(mask))


SCENES: dict[str, Callable[[Size, Rng], Image.Image]] = {
    "gradient": gradient, "shapes": shapes, "leaves": leaves, "branches": branches,
    "bricks": bricks, "faces": faces, "landscape": landscape, "clouds": clouds,
}  # fmt: skip


def photograph(size: Size, rng: Rng) -> Array:
    """Return a picture (H, W, 3) without any writing: one scene, or two blended.

    Args:
        size: H, W.
        rng: draws all of it.
    """
    names = tuple(SCENES)
    image = SCENES[chosen(rng, names)](size, rng)
    if rng.random() < 0.35:
        other = SCENES[chosen(rng, names)](size, rng)
        mask = smooth_noise(size, max(size) * rng.uniform(0.03, 0.5), 120, rng)
        if rng.random() < 0.5:
            mask = np.where(mask > 128, 255, 0).astype(np.uint8)
        image = Image.composite(image, other, Image.fromarray(mask))
    if rng.random() < 0.25:
        image = image.convert("L").convert("RGB")
    if rng.random() < 0.4:  # texture
        noise = smooth_noise(size, float(rng.uniform(1, 6)), rng.uniform(4, 30), rng)
        grey = Image.merge("RGB", (Image.fromarray(noise),) * 3)
        image = ImageChops.add(image, grey, 1, -MIDDLE)
    if rng.random() < 0.5:
        image = image.filter(ImageFilter.BoxBlur(float(rng.uniform(0.4, 4))))
    return np.asarray(image)
