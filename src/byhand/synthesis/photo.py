"""A sheet photographed or scanned as its kind says.

Letters: H, W height and width of the picture in pixels.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops, ImageStat
from scipy import ndimage

from byhand.ink.segmentation import NONE
from byhand.synthesis import camera, light, papers
from byhand.synthesis.drawing import chosen, log_uniform
from byhand.synthesis.geometry import View, view
from byhand.synthesis.kind import Kind
from byhand.synthesis.page import Canvas
from byhand.types import Array, Floats, Grey

Rng = np.random.Generator
SURE = 200  # coverage from which a pixel is surely ink
BLOCK = 16  # pixels: side of the blocks in which ink is compared with paper
LARGE = 300_000  # pixels of a picture of which every second row and column does
LEAST = 7.0  # levels by which ink that can be seen differs from paper, without noise


def size_of(style: Kind, rng: Rng) -> tuple[int, int]:
    """Return a picture's height and width."""
    long = log_uniform(rng, *style.long)
    flat = log_uniform(rng, *style.flat)
    return round(long * min(flat, 1)), round(long * min(1 / flat, 1))


def view_of(style: Kind, size: tuple[int, int], rng: Rng) -> View:
    """Return how the sheet is seen."""
    around = rng.random() < style.table
    if not around and (not style.turn or rng.random() < 0.35):
        return view(size, 0.0, 0.0, 1.0, rng)
    zoom = rng.uniform(0.6, 0.97) if around else rng.choice([1.0, rng.uniform(1, 1.15)])
    turn = float(np.clip(rng.normal(0, style.turn), -12, 12))
    lean = (
        rng.choice([0.0, rng.uniform(0, 0.03)]) if not around else rng.uniform(0, 0.05)
    )
    return view(size, turn, lean, zoom, rng)


def photographed(canvas: Canvas, style: Kind, seen: View, rng: Rng) -> Array:
    """Return the picture of the sheet, on a table if that is seen, in its light."""
    picture = seen.image(canvas.reflectance)
    if not seen.covered:
        mask = Image.fromarray(seen.image(np.full(canvas.size, 255, np.uint8)))
        around = Image.fromarray(papers.table(canvas.size, rng))
        picture = np.asarray(Image.composite(Image.fromarray(picture), around, mask))
    if style.light:
        picture = light.lit(picture, style.light * rng.random(), rng)
    if rng.random() < style.shadow:
        picture = light.shadowed(picture, rng)
    if rng.random() < style.stripes:
        picture = light.striped(picture, rng)
    if rng.random() < style.glare:
        picture = light.glaring(picture, rng)
    return camera.CAMERAS[chosen(rng, style.cameras)](picture, rng)


def hidden(picture: Array, ink: Grey, classes: Grey) -> float:
    """Return the share of the digits' ink that hardly differs from bare paper near it.

    Args:
        picture: (H, W, 3).
        ink: (H, W), coverage of the digits.
        classes: (H, W), of which NONE is bare paper.
    """
    if ink.size > LARGE:
        picture, ink, classes = picture[::2, ::2], ink[::2, ::2], classes[::2, ::2]
    sure = np.where(ink > SURE, 255, 0).astype(np.uint8)
    bare = np.where((classes == NONE) & (ink == 0), 255, 0).astype(np.uint8)
    masks = Image.fromarray(sure), Image.fromarray(bare)
    if masks[0].getbbox() is None:
        return 0.0
    image = Image.fromarray(np.ascontiguousarray(picture))
    on_ink, on_paper = (np.array(ImageStat.Stat(image, mask).mean) if mask.getbbox()
                        else np.zeros(3) for mask in masks)  # fmt: skip
    level = image.getchannel(int(np.abs(on_ink - on_paper).argmax()))
    (on, inked), (off, paper) = (_block_sums(level, mask) for mask in masks)
    paper = ndimage.uniform_filter(paper, 3)
    off = ndimage.uniform_filter(off, 3) / np.maximum(paper, 1e-9)
    contrast = np.abs(on / np.maximum(inked, 1e-9) - off)
    some = np.asarray(level)[:: len(picture) // 32 + 1].astype(np.int16)
    least = LEAST + float(np.median(np.abs(np.diff(some, axis=1))))
    lost = inked[(contrast < least) & (paper > 0)].sum()
    return float(lost / inked.sum())


def _block_sums(level: Image.Image, mask: Image.Image) -> tuple[Floats, Floats]:
    """Return each block's mean level times the share of a part, and that share."""
    share = np.asarray(mask.convert("I").reduce(BLOCK), np.float32) / 255
    part = ImageChops.multiply(level, mask).convert("I").reduce(BLOCK)
    return np.asarray(part, np.float32), share
