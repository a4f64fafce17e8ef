"""The fifteen corruptions of MNIST-C, in NumPy: what a digit may suffer and stay one.

Each function takes images (N, H, W) uint8, ink bright on 0, and a generator that draws
what differs from image to image; it returns new images of the same shape and type.
They are as strong as the authors' program makes them where nothing else is asked.
Lengths are given for a side of 28 pixels and grow with the image, but glass and edges,
which know single pixels only.

Letters: N images, H × W pixels.

Source: Mu and Gilmer 2019, "MNIST-C: A Robustness Benchmark for Computer Vision",
arXiv:1906.02337; strengths and ranges as in github.com/google-research/mnist-c.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from byhand.augment.damage import grey
from byhand.augment.geometry import mapped, moved
from byhand.robustness.edges import blurred, canny
from byhand.types import Floats, Images, Integers

Corruption = Callable[[Images, np.random.Generator], Images]

SIDE = 28  # pixels: the side that all lengths are given for
CLOUD = 64  # cells of a plasma's side; 7 of them lie over the image
STROKE = 2.3  # pixels from the middle of a drawn line to where it ends


def shot_noise(images: Images, rng: np.random.Generator) -> Images:
    """Count photons, 3 on average where a pixel is 255: a Poisson distribution."""
    return grey(rng.poisson(images * (3 / 255)) * (255 / 3))


def impulse_noise(images: Images, rng: np.random.Generator) -> Images:
    """Make 17 % of the pixels black or white, each as often."""
    draw = rng.random(images.shape, np.float32)
    out = np.where(draw < 0.17, 0, images)
    return np.where(draw < 0.17 / 2, 255, out).astype(np.uint8)


def glass_blur(images: Images, rng: np.random.Generator) -> Images:
    """Blur as frosted glass does: pixels change places with neighbours, between blurs.

    From the last pixel to the first, twice over, half of them change places with the
    one above, before or both. The blurs have a deviation of 0.7 pixels.
    """
    n, height, width = images.shape
    out, every = grey(blurred(images, 0.7)), np.arange(n)
    for _ in range(2):
        for i in range(height - 1, 1, -1):
            for j in range(width - 1, 1, -1):
                up, left = rng.integers(0, 2, (2, n)) * (rng.random(n) < 0.5)
                here = out[:, i, j].copy()
                out[:, i, j] = out[every, i - up, j - left]
                out[every, i - up, j - left] = here
    return grey(blurred(out, 0.7))


def motion_blur(images: Images, rng: np.random.Generator) -> Images:
    """Smear the ink to the left, up to 45° up or down, as half a Gaussian of 3 pixels.

    As ImageMagick does it, a pixel is the weighted mean of those on its one side.
    """
    sigma = 3 * _unit(images)
    angle = np.radians(rng.uniform(-45, 45, len(images)))
    far = np.arange(1 + np.ceil(4 * sigma))
    weights = np.exp(-0.5 * (far / sigma) ** 2)
    total = np.zeros(images.shape, np.float32)
    for distance, weight in zip(far, weights / weights.sum(), strict=True):
        down, right = -distance * np.sin(angle), -distance * np.cos(angle)
        total += np.float32(weight) * moved(images, np.rint(down), np.rint(right))
    return grey(total)


def shear(images: Images, rng: np.random.Generator) -> Images:
    """Slant by 0.4 radians to the left or the right.

    Columns are slanted at their length, as scikit-image's transform does, so that the
    digit grows taller by 1 / cos 0.4.
    """
    slant, one = 0.4 * _signs(images, rng), np.ones(len(images))
    return bent(images, [[np.cos(slant), 0 * one], [-np.sin(slant), one]])


def scale(images: Images, rng: np.random.Generator) -> Images:
    """Shrink to 0.7 of the size, about the middle."""
    larger = np.full(len(images), 1 / 0.7)
    return bent(images, [[larger, 0 * larger], [0 * larger, larger]])


def rotate(images: Images, rng: np.random.Generator) -> Images:
    """Rotate by 0.4 radians, which is 23°, to the left or the right."""
    return rotated_by(images, 0.4 * _signs(images, rng))


def brightness(images: Images, rng: np.random.Generator) -> Images:
    """Make every pixel brighter by half of the range."""
    return grey(images + 127.5)


def translate(images: Images, rng: np.random.Generator) -> Images:
    """Move by 3 pixels up or down and 3 to the left or the right."""
    far = max(1, round(3 * _unit(images)))
    return moved(images, far * _signs(images, rng), far * _signs(images, rng))


def stripe(images: Images, rng: np.random.Generator) -> Images:
    """Invert the left quarter and the right quarter."""
    out, quarter = images.copy(), round(images.shape[2] / 4)
    for side in (slice(0, quarter), slice(images.shape[2] - quarter, None)):
        out[:, :, side] = 255 - images[:, :, side]
    return out


def fog(images: Images, rng: np.random.Generator) -> Images:
    """Mix three parts of fog, as thick as a plasma is bright, with one of the image.

    The fog is a corner of the plasma, a ninth of its side.
    """
    down, across = (_interpolation(size) for size in images.shape[1:])
    clouds = plasma(len(images), rng)[:, : down.shape[1], : across.shape[1]]
    thick = 3 * (down @ clouds @ across.T)  # (H, 8) @ (N, 8, 8) @ (8, W) -> (N, H, W)
    brightest = images.max(axis=(1, 2), keepdims=True) / np.float32(255)
    return grey((images + 255 * thick) * brightest / (brightest + 3))


def spatter(images: Images, rng: np.random.Generator) -> Images:
    """Splash mud, of grey level 63, where smooth noise is high all around."""
    unit = _unit(images)
    noise = rng.standard_normal(images.shape, np.float32)
    wet = blurred(blurred(noise, unit) > 0, 1.5 * unit)
    mud = np.where(wet < 0.8, 0, wet)
    return grey(images * (1 - mud) + 63 * mud)


def dotted_line(images: Images, rng: np.random.Generator) -> Images:
    """Draw a line from side to side, in dashes 2 pixels wide and as far apart."""
    n, height, width = images.shape
    begin, end = rng.uniform(0, height - 1, (2, n))
    line = _lines(images, np.zeros(n), begin, np.full(n, width - 1), end)
    line[:, :, np.arange(width) // max(1, round(2 * _unit(images))) % 2 == 0] = 0
    return grey(images + 255 * line)


def zigzag(images: Images, rng: np.random.Generator) -> Images:
    """Draw a zigzag across, 2 pixels up and down every 4, sloping by up to 5 pixels."""
    n, height, width = images.shape
    unit = _unit(images)
    row, rise = rng.uniform(0, height - 1, n), unit * rng.uniform(-5, 5, n)
    run = max(width - 1 - 4 * unit, unit)  # from the third column to the last but two
    length, turns = np.hypot(run, rise), int((run / unit - 2) // 4) + 1
    places = np.zeros((turns + 2, 2, n))  # along the line and beside it
    places[1:-1, 0] = (unit * (4 * np.arange(turns) + 2))[:, None]
    places[1:-1, 1] = (2 * unit * (-1.0) ** np.arange(turns))[:, None]
    places[-1, 0] = length
    along, beside = places.transpose(1, 0, 2)  # (turns + 2, N) each
    columns = 2 * unit + (along * run - beside * rise) / length
    rows = row + (along * rise + beside * run) / length
    out = images.astype(np.float32)
    for k in range(turns + 1):
        ends = columns[k], rows[k], columns[k + 1], rows[k + 1]
        out += 255 * _lines(images, *ends)
    return grey(out)


def canny_edges(images: Images, rng: np.random.Generator) -> Images:
    """Leave only the edges, white on black (see `edges.canny`)."""
    return np.where(canny(images), 255, 0).astype(np.uint8)


CORRUPTIONS: dict[str, Corruption] = {
    change.__name__: change
    for change in (
        shot_noise,
        impulse_noise,
        glass_blur,
        motion_blur,
        shear,
        scale,
        rotate,
        brightness,
        translate,
        stripe,
        fog,
        spatter,
        dotted_line,
        zigzag,
        canny_edges,
    )
}


def rotated_by(images: Images, angle: Floats) -> Images:
    """Return each image rotated about its middle by an angle (N,) in radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    return bent(images, [[cos, -sin], [sin, cos]])


def bent(images: Images, inverse: list[list[Floats]]) -> Images:
    """Return each image, its pixels read where a linear map about its middle leads.

    Args:
        images: (N, H, W).
        inverse: (2, 2, N), from a pixel's place, down and across, to where it is read.
    """
    matrices = np.zeros((len(images), 2, 3), np.float32)
    matrices[:, :, :2] = np.moveaxis(np.array(inverse), -1, 0)
    return mapped(images, matrices)


def plasma(count: int, rng: np.random.Generator) -> Floats:
    """Return random clouds (N, 64, 64) from 0 to 1 that go on beyond their edges.

    The middle of every square gets the mean of its four corners and a random number,
    then the middle of every side that of its four neighbours; so on with squares half
    as wide and numbers 1.96 times smaller. In MNIST-C the clouds have 256 cells a side;
    what the two last rounds add is less than a grey level.

    Source: Fournier, Fussell and Carpenter 1982, "Computer rendering of stochastic
    models", Communications of the ACM 25, 371-384.
    """
    clouds = np.zeros((count, CLOUD, CLOUD), np.float32)
    step, rough = CLOUD, 1.0
    while step > 1:
        even, odd = slice(None, None, step), slice(step // 2, None, step)
        corners, middles = clouds[:, even, even], clouds[:, odd, odd]
        noise = rng.uniform(-rough, rough, (3, *corners.shape))
        middles[...] = _pairs(_pairs(corners, 1, -1), 2, -1) / 4 + noise[0]
        upper = _pairs(corners, 2, -1) + _pairs(middles, 1, 1)
        clouds[:, even, odd] = upper / 4 + noise[1]
        left = _pairs(corners, 1, -1) + _pairs(middles, 2, 1)
        clouds[:, odd, even] = left / 4 + noise[2]
        step, rough = step // 2, rough / 1.4**2
    clouds -= clouds.min(axis=(1, 2), keepdims=True)
    clouds /= clouds.max(axis=(1, 2), keepdims=True)
    return clouds


def _pairs(x: Floats, axis: int, shift: int) -> Floats:
    """Return each number plus its neighbour along an axis; the ends meet."""
    return x + np.roll(x, shift, axis)


def _interpolation(size: int) -> Floats:
    """Return how much of each of eight cells is in every pixel, (size, 8)."""
    place = np.arange(size)[:, None] * (7 / size)
    share = np.clip(1 - abs(place - np.arange(8)), 0, 1)
    return np.asarray(share, np.float32)


def _lines(
    images: Images, column0: Floats, row0: Floats, column1: Floats, row1: Floats
) -> Floats:
    """Return straight lines (N, H, W) as bright as 1, fading above and below.

    At d pixels above or below it a line is 1 + log(1 - d / 2.3) bright; it goes from
    the column in which it begins up to the one before it ends.
    """
    _, height, width = images.shape
    column0, row0, column1, row1 = (
        np.asarray(x, np.float32)[:, None, None] for x in (column0, row0, column1, row1)
    )
    i, j = np.indices((height, width), np.float32)
    slope = (row1 - row0) / np.maximum(column1 - column0, 1e-6)
    widest = STROKE * max(_unit(images), 0.5)  # on small images at least a pixel
    far = np.minimum(abs(i - row0 - slope * (j - column0)) / widest, 1 - 1e-6)
    inside = (j >= np.floor(column0)) & (j < np.ceil(column1))
    return np.where(inside, np.maximum(1 + np.log(1 - far), 0), 0)


def _signs(images: Images, rng: np.random.Generator) -> Integers:
    """Return -1 or 1 for each image, (N,)."""
    return 2 * rng.integers(0, 2, len(images)) - 1


def _unit(images: Images) -> float:
    """Return how many pixels of the images a pixel of 28 × 28 ones is."""
    _, height, width = images.shape
    return float(min(height, width)) / SIDE
