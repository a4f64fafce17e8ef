"""The page prepares drawings as byhand.prepare does, pixel by pixel."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from page_modules import module_page, text_of
from PIL import Image
from scipy import ndimage

import byhand
from byhand.augment import pen
from byhand.ink.prepare import prepare_and_check

PREPARE = """([picture, width, height, shape]) => {
  const data = lab.bytes(picture);
  const { square, cutOff, steps } = lab.prepare({ width, height, data }, shape);
  return { square: lab.toBase64(square), cutOff, steps: steps.map(({ name }) => name) };
}"""
STEPS = ["grey", "bright", "even", "mask", "character", "cut", "boxed", "square"]
# corners of the strokes of each digit, down and across in fractions of its height
DIGITS = {
    1: [[(0, 0.3), (1, 0.3)]],
    2: [[(0.25, 0), (0, 0.3), (0.3, 0.6), (1, 0), (1, 0.65)]],
    4: [[(0, 0.2), (0.6, 0), (0.6, 0.7)], [(0.2, 0.5), (1, 0.5)]],
    5: [[(0, 0.1), (0.45, 0.1), (0.6, 0.6), (1, 0.3), (0.95, 0)], [(0, 0.1), (0, 0.6)]],
    7: [[(0, 0), (0, 0.65), (1, 0.2)]],
    0: [[(0, 0.35), (0.5, 0), (1, 0.35), (0.5, 0.7), (0, 0.35)]],
}
SIDES = [28, 40, 64, 65, 100, 150, 280, 300, 513, 700]


@pytest.fixture(scope="module")
def modules(chromium):
    yield from module_page(chromium)


def prepared(page: Any, picture: np.ndarray, shape: tuple[int, int]) -> Any:
    """Return what the page makes of a picture."""
    height, width = picture.shape
    found = page.evaluate(PREPARE, [text_of(picture), width, height, list(shape)])
    square = np.frombuffer(b64decode(found["square"]), np.uint8)
    return found | {"square": square.reshape(shape)}


def drawing(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Return one digit, dark on light, drawn by a pen anywhere on the paper."""
    out = np.zeros((1, *size), np.uint8)
    tall = rng.uniform(0.35, 0.9) * min(size)
    room = np.array([size[0] - tall, size[1] - 0.7 * tall]).clip(2)
    corner = rng.uniform(1, room)
    width = max(1.0, tall * rng.choice([0.03, 0.08, 0.15, 0.25]))
    bend = rng.normal(0, 0.02, (8, 2))
    for line in DIGITS[rng.choice([*DIGITS])]:
        points = corner + tall * (np.array(line) + bend[: len(line)])
        pen.draw(out, np.zeros(len(line) - 1, int), points[:-1], points[1:], width)
    return 255 - out[0]


def drawings(count: int, seed: int = 0) -> Iterator[np.ndarray]:
    """Yield drawings: of all sizes, also oblong, faint, and light on dark."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        side = SIDES[number % len(SIDES)]
        oblong = max(24, round(side * rng.choice([0.7, 1.0])))
        size = (side, oblong) if rng.random() < 0.5 else (oblong, side)
        picture = drawing(rng, size)
        if rng.random() < 0.3:
            picture = 255 - picture
        if rng.random() < 0.3:
            low, high = sorted(rng.choice(range(0, 256, 40), 2, replace=False))
            picture = (low + picture * ((high - low) / 255)).astype(np.uint8)
        yield picture


def photographs(count: int) -> Iterator[np.ndarray]:
    """Yield drawings with shadows, noise, blur, specks and a dark edge."""
    rng = np.random.default_rng(7)
    for number in range(count):
        side = int(rng.integers(90, 620))
        ink = 1 - drawing(rng, (side, side)) / 255
        paper = rng.uniform(120, 240) + np.zeros((side, side))
        down, across = np.mgrid[:side, :side] / side
        paper *= 1 - rng.uniform(0, 0.5) * (down * rng.random() + across * rng.random())
        if number % 3 == 0:  # the edge of a shadow
            paper[:, : side // 3] *= 0.7
        if number % 4 == 0:  # the table beside the sheet
            paper[-side // 20 :] = 40
        picture = paper * (1 - rng.uniform(0.4, 0.9) * ink)
        picture = ndimage.gaussian_filter(picture, rng.uniform(0, 1.5))
        picture += rng.normal(0, rng.uniform(0, 8), picture.shape)
        yield picture.clip(0, 255).astype(np.uint8)


def agreement(page: Any, pictures: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Return both preparations of each picture, (N, 28, 28)."""
    ours, theirs = [], []
    for picture in pictures:
        found = prepared(page, picture, (28, 28))
        square, cut_off = prepare_and_check(Image.fromarray(picture), (28, 28))
        assert found["cutOff"] == cut_off
        ours.append(found["square"])
        theirs.append(square)
    return np.array(ours), np.array(theirs)


@pytest.mark.parametrize("kind", ["drawings", "photographs"])
def test_pictures_are_prepared_alike(modules, kind):
    pictures = [*drawings(200)] if kind == "drawings" else [*photographs(40)]
    ours, theirs = agreement(modules, pictures)
    near = np.abs(ours.astype(int) - theirs) <= 1
    assert near.mean() >= 0.99
    assert near.mean(axis=(1, 2)).min() >= 0.99  # of each picture, too
    model = byhand.load()
    assert (model.predict(ours) == model.predict(theirs)).all()
    assert theirs.any(axis=(1, 2)).all()


@pytest.mark.parametrize("shape", [(8, 8), (20, 32), (64, 48)])
def test_squares_of_other_sizes(modules, shape):
    for picture in drawings(12, seed=3):
        expected, _ = prepare_and_check(Image.fromarray(picture), shape)
        found = prepared(modules, picture, shape)["square"]
        assert (np.abs(found.astype(int) - expected) <= 1).mean() >= 0.99


def test_a_small_digit_in_a_large_picture_is_searched_again(modules):
    picture = np.full((900, 1300), 255, np.uint8)
    picture[500:560, 200:208] = 30
    picture[500:508, 200:240] = 30
    expected, _ = prepare_and_check(Image.fromarray(picture), (28, 28))
    found = prepared(modules, picture, (28, 28))["square"]
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_symmetric_ink_goes_to_the_same_pixel(modules):
    # its centre of mass is on the border of two pixels
    for side in range(1, 16):
        picture = np.full((60, 60), 255, np.uint8)
        picture[20 : 20 + side, 22 : 22 + 2 * side] = 0
        expected, _ = prepare_and_check(Image.fromarray(picture), (28, 28))
        found = prepared(modules, picture, (28, 28))["square"]
        assert (found == expected).all()


@pytest.mark.parametrize("count", [3, 8, 21, 128, 129, 400, 1000])
def test_sums_are_numpys_to_the_last_bit(modules, rng, count):
    numbers = rng.random((20, count), np.float32)
    script = """([text, count]) => {
      const all = new Float32Array(lab.bytes(text).buffer);
      const sum = (_, n) => lab.pairwiseSum(all, n * count, count);
      return Array.from({ length: 20 }, sum);
    }"""
    found = modules.evaluate(script, [text_of(numbers), count])
    assert found == [float(row.sum()) for row in numbers]


def test_nothing_drawn_is_all_zeros(modules):
    for level in (0, 128, 255):
        picture = np.full((70, 90), level, np.uint8)
        found = prepared(modules, picture, (28, 28))
        assert not found["square"].any()
        assert found["steps"] == ["grey", "bright", "even", "square"]


def test_the_steps_are_in_their_order(modules):
    found = prepared(modules, next(drawings(1)), (28, 28))
    assert found["steps"] == STEPS


FILTERS = """([picture, width, size, factor]) => {
  const data = lab.bytes(picture), height = data.length / width;
  return [
    [...lab.opening(data, width, size)],
    [...lab.maximumFilter(data, width, size)],
    [...lab.uniformFilter(new Float32Array(data), width, size)],
    [...lab.reduce({ width, height, data }, factor).data],
  ];
}"""


@pytest.mark.parametrize(
    ("shape", "size"), [((70, 90), 26), ((66, 66), 19), ((5, 80), 27), ((80, 1), 23)]
)
def test_filters_are_those_of_scipy_and_pillow(modules, rng, shape, size):
    smooth = ndimage.gaussian_filter(rng.normal(size=shape), 1)
    picture = (255 * (smooth - smooth.min()) / np.ptp(smooth)).astype(np.uint8)
    found = modules.evaluate(FILTERS, [text_of(picture), shape[1], size, 3])
    expected = [
        ndimage.grey_opening(picture, (size, size), mode="nearest"),
        ndimage.maximum_filter(picture, size),
        ndimage.uniform_filter(picture.astype(np.float32), size, mode="nearest"),
        np.asarray(Image.fromarray(picture).reduce(3)),
    ]
    for ours, theirs in zip(found, expected, strict=True):
        assert np.abs(np.array(ours) - theirs.ravel()).max() <= 1e-4
