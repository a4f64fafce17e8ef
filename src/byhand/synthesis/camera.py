"""What a camera or a scanner makes of a page: blur, noise, exposure, JPEG, one bit.

Letters: H, W height and width of the picture in pixels.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageChops

from byhand.pictures.opening import open_picture
from byhand.synthesis.drawing import log_uniform
from byhand.synthesis.noise import MIDDLE, normal_noise
from byhand.types import Array

Rng = np.random.Generator


def _mean(a: Array, b: Array) -> Array:
    """Return the means of bytes, rounded down."""
    mean: Array = (a & b) + ((a ^ b) >> 1)
    return mean


def averaged(x: Array, axis: int, step: int) -> Array:
    """Return the means of pixels and those `step` further, the axis so much shorter."""
    ahead = (slice(None),) * axis
    return _mean(x[(*ahead, slice(None, -step))], x[(*ahead, slice(step, None))])


def _binomial(x: Array) -> Array:
    """Return the picture blurred by 1 2 1 down and across."""
    for axis in (0, 1):
        ends = [(0, 0)] * x.ndim
        ends[axis] = (1, 1)
        x = averaged(averaged(np.pad(x, ends, "edge"), axis, 1), axis, 1)
    return x


def blurred(picture: Array, radius: float) -> Array:
    """Return the picture out of focus: `radius` pixels of deviation, about."""
    height, width = picture.shape[:2]
    if radius > 1.2:
        over = 2 ** max(1, round(np.log2(radius / 0.7)))
        small = np.asarray(Image.fromarray(picture).reduce(over))
        soft = Image.fromarray(_binomial(small))
        frame = (0, 0, width / over, height / over)
        return np.asarray(soft.resize((width, height), Image.Resampling.BICUBIC, frame))
    for _ in range(max(1, round(2 * radius**2))):  # each adds a variance of a half
        picture = _binomial(picture)
    return picture


def shaken(picture: Array, length: int, down: bool) -> Array:
    """Return the picture moved along a side while it was taken."""
    axis, step, moved = (0 if down else 1), 1, picture
    while step < length:
        moved = averaged(moved, axis, step)
        step *= 2
    ends = [(0, 0)] * 3
    ends[axis] = (
        (short := picture.shape[axis] - moved.shape[axis]) // 2,
        short - short // 2,
    )
    return np.pad(moved, ends, "edge")


def exposed(picture: Array, rng: Rng) -> Array:
    """Return the picture with another exposure, contrast and white balance."""
    bright = float(np.percentile(picture[::9, ::9], 90)) / 255
    gamma = np.exp(rng.normal(0, 0.25))
    highest = rng.uniform(0.3, 1.05) if rng.random() < 0.6 else rng.uniform(0.9, 1.1)
    gain = min(highest / max(bright, 0.1) ** gamma, 4.0)
    black = rng.choice([0.0, rng.uniform(0, 0.25)])
    balance = np.exp(rng.normal(0, 1, 3) * rng.choice([0.0, 0.02, 0.08]))
    levels = np.linspace(0, 1, 256)[None] ** gamma * gain * balance[:, None]
    curve = 255 * (black + (1 - black) * levels)
    table = np.rint(curve).clip(0, 255).astype(int).ravel().tolist()
    return np.asarray(Image.fromarray(picture).point(table))


def noisy(picture: Array, deviation: float, colour: float, rng: Rng) -> Array:
    """Return the picture with noise.

    Args:
        picture: (H, W, 3).
        deviation: of the brightness, in levels.
        colour: deviation of each channel, in blocks of two pixels.
        rng: draws the noise.
    """
    height, width = picture.shape[:2]
    grey = Image.fromarray(normal_noise((height, width), deviation, rng))
    noise = Image.merge("RGB", (grey,) * 3)
    if colour:
        small = normal_noise(((height + 1) // 2, (width + 1) // 2, 3), colour, rng)
        large = Image.fromarray(small).resize((width, height), Image.Resampling.NEAREST)
        noise = ImageChops.add(noise, large, 1, -MIDDLE)
    return np.asarray(ImageChops.add(Image.fromarray(picture), noise, 1, -MIDDLE))


def sharpened(picture: Array, amount: float) -> Array:
    """Return the picture with bright and dark halos at its edges."""
    image = Image.fromarray(picture)
    soft = Image.fromarray(blurred(picture, 1.0))
    return np.asarray(Image.blend(soft, image, 1 + amount))


def compressed(picture: Array, quality: int) -> Array:
    """Return the picture as it comes out of a JPEG file."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(open_picture(file).convert("RGB"))


def coarse(
    picture: Array, factor: float, how: Image.Resampling = Image.Resampling.BICUBIC
) -> Array:
    """Return the picture drawn smaller by a factor and as large again."""
    height, width = picture.shape[:2]
    small = max(1, round(width / factor)), max(1, round(height / factor))
    image = Image.fromarray(picture).resize(small, Image.Resampling.BILINEAR)
    return np.asarray(image.resize((width, height), how))


def grey(picture: Array) -> Array:
    """Return the picture without colours."""
    layer = Image.fromarray(picture).convert("L")
    return np.asarray(Image.merge("RGB", (layer,) * 3))


def one_bit(picture: Array, rng: Rng) -> Array:
    """Return the picture in black and white, its threshold about halfway."""
    layer = np.asarray(Image.fromarray(picture).convert("L"))
    dark, light = np.percentile(layer[::3, ::3], (1, 90))
    threshold = dark + (light - dark) * rng.uniform(0.4, 0.75)
    table = [0 if level < threshold else 255 for level in range(256)]
    image = Image.fromarray(layer).point(table)
    return np.asarray(Image.merge("RGB", (image,) * 3))


def photographed(picture: Array, rng: Rng, sharp: bool = False) -> Array:
    """Return the picture as a telephone takes it: each fault may be there or not."""
    if rng.random() < (0.3 if sharp else 0.7):
        picture = blurred(picture, rng.uniform(0.5, 1.2))
    if rng.random() < 0.08:
        picture = shaken(picture, int(rng.integers(2, 6)), rng.random() < 0.5)
    if rng.random() < 0.7:
        picture = exposed(picture, rng)
    if rng.random() < 0.12:
        picture = coarse(picture, rng.uniform(1.2, 2.5))
    if rng.random() < 0.8:
        deviation = log_uniform(rng, 0.7, 14)
        colour = deviation * rng.choice([0, rng.uniform(0, 1)])
        picture = noisy(picture, deviation, colour, rng)
    if rng.random() < 0.2:
        picture = sharpened(picture, rng.uniform(0.3, 2))
    if rng.random() < 0.15:
        picture = grey(picture)
    if rng.random() < 0.7:
        picture = compressed(picture, int(rng.integers(25, 96)))
    return picture


def scanned(picture: Array, rng: Rng) -> Array:
    """Return the picture as a scanner makes it: sharp, even, some in grey."""
    if rng.random() < 0.6:
        picture = blurred(picture, rng.uniform(0.5, 0.8))
    if rng.random() < 0.4:
        picture = exposed(picture, rng)
    if rng.random() < 0.5:
        picture = noisy(picture, rng.uniform(0.5, 5), 0, rng)
    if rng.random() < 0.4:
        picture = grey(picture)
    if rng.random() < 0.6:
        picture = compressed(picture, int(rng.integers(30, 96)))
    return picture


def scanned_in_one_bit(picture: Array, rng: Rng) -> Array:
    """Return the picture scanned in black and white, or nearly so."""
    if rng.random() < 0.5:
        picture = blurred(picture, rng.uniform(0.5, 0.8))
    if rng.random() < 0.5:
        picture = noisy(picture, rng.uniform(2, 18), 0, rng)
    if rng.random() < 0.75:
        picture = one_bit(picture, rng)
    if rng.random() < 0.25:
        picture = blurred(picture, 0.5)
    if rng.random() < 0.3:
        picture = compressed(picture, int(rng.integers(40, 96)))
    return picture


def captured(picture: Array, rng: Rng) -> Array:
    """Return the picture of a screen: as it is, or drawn a little smaller."""
    if rng.random() < 0.3:
        picture = coarse(picture, rng.uniform(1.0, 1.5))
    if rng.random() < 0.3:
        picture = compressed(picture, int(rng.integers(40, 96)))
    return picture


def photographed_coarsely(picture: Array, rng: Rng) -> Array:
    """Return the picture enlarged from a small one."""
    sampling = Image.Resampling
    how = (sampling.BICUBIC, sampling.BILINEAR, sampling.NEAREST)[int(rng.integers(3))]
    return photographed(coarse(picture, rng.uniform(1.5, 3.5), how), rng, sharp=True)


def photographed_in_the_dark(picture: Array, rng: Rng) -> Array:
    """Return the picture with much noise."""
    deviation = rng.uniform(8, 28)
    return photographed(noisy(picture, deviation, deviation * rng.random(), rng), rng)


def inverted(picture: Array, rng: Rng) -> Array:
    """Return the negative of what a telephone or a scanner makes."""
    take = photographed if rng.random() < 0.5 else scanned
    return 255 - take(picture, rng)


CAMERAS = {
    "photo": photographed,
    "scan": scanned,
    "one bit": scanned_in_one_bit,
    "screen": captured,
    "negative": inverted,
    "coarse": photographed_coarsely,
    "noisy": photographed_in_the_dark,
}
