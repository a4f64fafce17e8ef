"""What lies on a sheet: staples, clips, fingers, tape; and the holes in it.

Letters: H, W height and width of the sheet in pixels.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from byhand.synthesis.drawing import blank, chosen, lines, polyline, rotated, smooth
from byhand.synthesis.spots import (
    Size,
    Spot,
    at,
    at_edge,
    blob,
    colour_of,
    grey,
    soft,
    somewhere,
)


def hole(size: Size, height: float, rng: np.random.Generator) -> list[Spot]:
    """Return punched holes near an edge, or those of a ring book: dark or light."""
    radius = height * rng.uniform(0.15, 0.9)
    count = int(chosen(rng, (1, 2, 2, 4, 20)))
    cover = blob(radius, rng.uniform(0, 0.05), rng)
    down = rng.random() < 0.7
    long, deep = size if down else size[::-1]
    away = chosen(rng, (0.03, 0.06, 0.95)) * deep
    places = (np.arange(count) + rng.random()) * long / count
    level = chosen(rng, (rng.uniform(0, 0.3), rng.uniform(0, 0.9)))
    colour = colour_of(level + rng.uniform(0, 0.1, 3))
    spots = [np.array([away, p] if down else [p, away]) for p in places]
    return [at(cover, place, colour, True) for place in spots]


def staple(size: Size, height: float, rng: np.random.Generator) -> list[Spot]:
    """Return a staple: a short bar with bent ends, shining or dark, and its shadow."""
    length = height * rng.uniform(0.5, 2)
    width = max(1.0, height * rng.uniform(0.05, 0.14))
    cover = blank(6 * width + 4, length + 4 * width + 4)
    left, y, right = 2 * width + 2, 3 * width + 2, 2 * width + 2 + length
    bent = width * rng.uniform(-1.5, 1.5, 2)
    ends = [(x, y, x, y + by) for x, by in zip((left, right), bent, strict=True)]
    lines(cover, [(left, y, right, y), *ends], width)
    cover = rotated(cover, rng.uniform(0, 180))
    place = at_edge(size, rng) * 0.85 + np.array(size[::-1]) * 0.08
    level = rng.uniform(0.2, 0.95)
    shadow = at(soft(cover, width), place + width, grey(0.35))
    return [shadow, at(cover, place, grey(level), True)]


def clip(size: Size, height: float, rng: np.random.Generator) -> list[Spot]:
    """Return a paper clip over an edge."""
    length = height * rng.uniform(2, 6)
    width, half = max(1.2, length * rng.uniform(0.03, 0.06)), length * 0.11
    x = half * np.array([-1, -1, 0, 1, 1, 0.2, -0.6, -0.6, 0, 0.6, 0.6])
    y = [0.3, 0.85, 1, 0.85, 0.12, 0, 0.12, 0.7, 0.8, 0.7, 0.3]  # of the length
    points = smooth(np.stack([x, length * np.array(y)], axis=1))
    cover = blank(length + 4 * width, 2 * half + 4 * width)
    polyline(cover, points + np.array([half + 2 * width, 2 * width]), width)
    cover = rotated(cover, chosen(rng, (0, 90, 180, 270)) + rng.normal(0, 15))
    place, colour = at_edge(size, rng), colour_of(rng.uniform(0.2, 0.9, 3))
    if rng.random() < 0.6:
        colour = grey(colour[0])
    return [
        at(soft(cover, width), place + width, grey(0.3)),
        at(cover, place, colour, True),
    ]


def finger(size: Size, height: float, rng: np.random.Generator) -> list[Spot]:
    """Return the end of a finger or thumb at an edge, with its nail and its shadow."""
    width = max(6.0, min(min(size) * rng.uniform(0.06, 0.2), height * 6))
    place = at_edge(size, rng)
    x, y = np.array(size[::-1]) / 2 - place
    heading = np.arctan2(y, x) + rng.normal(0, 0.35)
    ahead = np.array([np.cos(heading), np.sin(heading)])
    tip = place + ahead * width * rng.uniform(0, 2)
    begin = tip - ahead * width * rng.uniform(2.2, 4)
    corner = np.floor(np.minimum(begin, tip) - width)
    wide, high = np.maximum(begin, tip) + width - corner
    skin = np.array([0.9, 0.68, 0.55]) * rng.uniform(0.35, 1.05)
    skin = (skin + rng.normal(0, 0.03, 3)).clip(0, 1)
    flesh, nail = blank(high, wide), blank(high, wide)
    polyline(flesh, [begin - corner, tip - corner], width)
    root = tip - corner + 0.1 * width * ahead
    polyline(nail, [root, root + 0.12 * width * ahead], 0.55 * width)
    around, (left, top) = soft(flesh, 0.15 * width), corner.astype(int).tolist()
    shift = round(0.1 * width)
    spots = [
        Spot(around, left + shift, top + shift, (0.5, 0.5, 0.5)),
        Spot(flesh, left, top, colour_of(skin), True),
        Spot(flesh - np.minimum(flesh, around), left, top, (0.15, 0.3, 0.35)),
        Spot(nail, left, top, colour_of(skin + 0.1), True),
    ]
    return spots if rng.random() < 0.6 else spots[:-1]


def tape(size: Size, height: float, rng: np.random.Generator) -> list[Spot]:
    """Return adhesive tape: a strip a little darker or lighter, with its edges."""
    h, w = (height * rng.uniform((0.8, 2), (3, 8))).astype(int)
    body = np.pad(np.full((h, w), 255, np.uint8), 2)
    edge = body - np.pad(np.full((h - 2, w - 2), 255, np.uint8), 3)
    degrees, place = rng.uniform(0, 180), chosen(rng, (somewhere, at_edge))(size, rng)
    body, edge = rotated(body, degrees), rotated(edge, degrees)
    if rng.random() < 0.2:  # correction tape and labels hide what is below
        return [at(body, place, grey(rng.uniform(0.85, 1)), True)]
    yellowed = np.array([0.4, 0.5, 1]) ** rng.integers(2)
    tint = colour_of(rng.uniform(0.02, 0.2) * yellowed)
    return [at(body, place, tint), at(edge, place, grey(0.2))]


OBJECTS: dict[str, Callable[[Size, float, np.random.Generator], list[Spot]]] = {
    "hole": hole, "staple": staple, "clip": clip, "finger": finger, "tape": tape,
}  # fmt: skip
